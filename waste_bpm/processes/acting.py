"""Whose days count: the calendar of the authority that acts in a case."""

from waste_bpm.errors import NotFound
from waste_bpm.law.calendars import Calendar, calendar
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case
from waste_bpm.vocabulary import Role, Slot


def calendar_of(law: Law, acting: Slot | None) -> Calendar | None:
    """The working days of an authority, else of its country; None where there is no data for either."""
    if acting is None:
        return None
    try:
        return calendar(law.calendars.get(acting.party, acting.country))
    except NotFound:
        return None


def acting_calendar(case: Case, law: Law, role: Role) -> Calendar | None:
    """The working days of the authority that holds a role in the case."""
    return calendar_of(law, next((slot for slot in case.slots if slot.role is role), None))
