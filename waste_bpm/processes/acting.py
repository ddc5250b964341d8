"""Whose days count: the calendar of the authority that acts in a case."""

from waste_bpm.errors import NotFound
from waste_bpm.law.calendars import Calendar, calendar
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case
from waste_bpm.vocabulary import Role


def acting_calendar(case: Case, law: Law, role: Role) -> Calendar | None:
    """The working days of the authority in a role, else of its country; None where there is no data for either."""
    slot = next((slot for slot in case.slots if slot.role is role), None)
    if slot is None:
        return None
    try:
        return calendar(law.calendars.get(slot.party, slot.country))
    except NotFound:
        return None
