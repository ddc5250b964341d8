"""Whose days count: the calendar of the authority that acts in a case."""

from waste_bpm.law.calendars import Calendar, calendar
from waste_bpm.processes.case import Case
from waste_bpm.vocabulary import Role


def acting_calendar(case: Case, role: Role) -> Calendar | None:
    """The working days of the authority in a role: of its part of a State where it names one, else of its State."""
    slot = next((slot for slot in case.slots if slot.role is role), None)
    return None if slot is None else calendar(slot.place or slot.country)
