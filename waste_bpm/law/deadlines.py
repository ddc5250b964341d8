"""When a period of the law ends: days that were not counted and why, and the instant at which the day is over.

All pure: events keep the day on which a clock started, and the end is computed from it. Days are civil days in the
place of the authority that acts. Nothing is moved: a period of calendar days that ends on a Sunday ends on it, and that
is said.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from waste_bpm.errors import InputInvalid
from waste_bpm.law import calendars
from waste_bpm.law.calendars import DAY, WEEKDAYS, Calendar
from waste_bpm.law.rules import Law
from waste_bpm.law.values import ACTING_AUTHORITY, PERIODS, WORKING_DAYS, Rule, Value
from waste_bpm.vocabulary import Finding, Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """The end of a period, and how it was counted.

    `due` is the last day of the period, or with `marks` "first day" the first on which something may be done; None
    where the law sets no number. `falls_on` names the weekend day or the holiday that it is; `not_known` says what
    could not be told. `ends_at` is the instant at which the period is over, None where no time zone is known.
    """

    rule: str
    start: date
    due: date | None
    value: Value | None
    marks: str
    uncounted: tuple[tuple[date, str], ...] = ()
    falls_on: str | None = None
    not_known: str | None = None
    calendar: str | None = None
    zone: str | None = None
    ends_at: datetime | None = None

    @property
    def reference(self) -> str | None:
        """Where the number is written."""
        return self.value.reference if self.value else None


def deadline(rule: Rule, start: date, calendar: Calendar | None = None, zone: str | None = None) -> Deadline:
    """The end of a period that starts on a day.

    `calendar` is that of the authority that acts, which also gives the time zone unless another is named. A rule whose
    working days are those of a system is counted by the calendar of that system. Raises InputInvalid where working days
    are asked of nobody's calendar, or of a year without data.
    """
    held = rule.on(start)
    if held is None or held.number is None or held.unit not in PERIODS:
        return Deadline(rule=rule.id, start=start, due=None, value=held, marks=rule.marks)
    days = _calendar(rule, held, calendar) if held.unit == WORKING_DAYS else None
    due = _working(rule, days, held.number, start) if days else rule.counted(held, start)
    falls_on, not_known = _falls_on(due, calendar) if days is None else (None, None)
    zone = zone or (calendar.zone if calendar else None)
    return Deadline(
        rule=rule.id,
        start=start,
        due=due,
        value=held,
        marks=rule.marks,
        uncounted=days.uncounted(start, due) if days else (),
        falls_on=falls_on,
        not_known=not_known,
        calendar=days.id if days else None,
        zone=zone,
        ends_at=_midnight(due if rule.marks == "first day" else due + DAY, zone) if zone else None,
    )


_ENDS: dict[tuple[int, date, int], tuple[Rule, Calendar | None, Deadline]] = {}
"""Ends that were counted before, by the identity of rule and calendar, which it keeps alive; bounded."""
_MOST = 4096


def known_end(rule: Rule, start: date, calendar: Calendar | None = None) -> Deadline:
    """The same as `deadline`; a period that was counted before is not counted again."""
    key = (id(rule), start, id(calendar))
    known = _ENDS.get(key)
    if known is None:
        if len(_ENDS) >= _MOST:
            _ENDS.clear()
        known = _ENDS[key] = (rule, calendar, deadline(rule, start, calendar))
    return known[2]


def _calendar(rule: Rule, held: Value, acting: Calendar | None) -> Calendar:
    if held.calendar != ACTING_AUTHORITY and held.calendar:
        return calendars.calendar(held.calendar)
    if acting is None:
        raise InputInvalid(
            Finding(
                rule_id="calendar-missing",
                message=f"{rule.description}: {held.value} working days, and it is not said whose.",
                law=held.reference,
                fix="Name the calendar of the authority that acts, as KE or GB-ENG.",
            )
        )
    return acting


def _working(rule: Rule, days: Calendar, number: int, start: date) -> date:
    end = days.add(start, number, count_start=rule.counts_both_ends(start))
    return end - DAY if rule.ends_exclusive(start) else end


def _falls_on(due: date, calendar: Calendar | None) -> tuple[str | None, str | None]:
    """The weekend day or holiday that a day is, and what could not be told of it."""
    if calendar is not None and calendar.knows(due.year):
        return calendar.why_not(due), None
    weekday = WEEKDAYS[due.weekday()] if due.weekday() >= WEEKDAYS.index("Saturday") else None
    if calendar is None:
        return weekday, None
    return weekday, f"whether {due} is a holiday: the calendar {calendar.id} has no data for {due.year}"


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def civil_day(at: datetime, zone: str) -> date:
    """The day that it is at an instant in the place of an authority: on that day a clock starts or ends."""
    return at.astimezone(ZoneInfo(zone)).date()


def lead_time(law: Law, calendar: Calendar | None, asked: date, shipped: date) -> Finding | None:
    """Why a movement that is announced on a day may not depart on another: the lead is too short.

    How much that weighs is the regime's own policy (`short_notice`). None where the lead is kept, or none is asked.
    """
    rule = law.rule("movement_lead")
    end = known_end(rule, asked, calendar)
    if end.due is None or end.value is None or shipped >= end.due:
        return None
    both = rule.counts_both_ends(asked)
    days = _calendar(rule, end.value, calendar)
    counted = max(days.count(asked, shipped, count_start=both), 0)
    return Finding(
        rule_id="movement-lead",
        message=f"Announced on {asked} for {shipped}: {counted} working days{', both ends counted' if both else ''}, "
        f"where {end.value.value} are asked for.",
        severity=_severity(law, asked),
        block="M6",
        value=str(counted),
        law=end.reference,
        fix=f"Let it depart on {end.due} or later.",
    )


def _severity(law: Law, day: date) -> Severity:
    said = law.on("short_notice", day)
    return Severity(str(said.value)) if said else Severity.ERROR


def horizon(law: Law, today: date, shipped: date) -> Finding | None:
    """Why a movement may not be announced today for a day: it is past, or too far ahead; None where no law says so."""
    end = known_end(law.rule("movement_horizon"), today)
    if end.due is None or today <= shipped <= end.due:
        return None
    past = shipped < today
    return Finding(
        rule_id="movement-date-past" if past else "movement-horizon",
        message=f"{shipped} is past." if past else f"{shipped} is further ahead than {end.due}.",
        block="M6",
        value=str(shipped),
        law=end.reference,
        fix=f"Name a day from {today} to {end.due}.",
    )


def postponement(law: Law, calendar: Calendar | None, original: date, asked: date) -> Finding | None:
    """Why the departure may not be moved to a day, counted from the one announced first, whatever came since."""
    end = known_end(law.rule("movement_postponement"), original, calendar)
    return _beyond(end, asked, "movement-postponement", f"The departure was first announced for {original}")


def capture(law: Law, announced: date, shipped: date) -> Finding | None:
    """Why a movement may not be recorded afterwards: its departure lies too far from its announcement."""
    end = known_end(law.rule("capture_window"), announced)
    return _beyond(end, shipped, "movement-capture", f"The movement was announced on {announced}")


def _beyond(end: Deadline, day: date, rule_id: str, because: str) -> Finding | None:
    if end.due is None or day <= end.due:
        return None
    return Finding(
        rule_id=rule_id,
        message=f"{because}; {day} lies after {end.due}.",
        block="M6",
        value=str(day),
        law=end.reference,
        fix=f"Name a day up to {end.due}, or announce a new movement.",
    )


def told(law: Law, rule: Rule, end: Deadline) -> dict[str, Any]:
    """A deadline with the rule it follows, as every door gives it."""
    held = end.value
    return {
        "regime": law.regime,
        "country": law.country,
        "rule": rule.id,
        "description": rule.description,
        "start": end.start,
        "due": end.due,
        "marks": end.marks,
        "value": held.value if held else None,
        "unit": held.unit if held else rule.unit,
        "starts": held.starts if held else rule.starts,
        "calendar": end.calendar,
        "not_counted": [{"day": day, "why": why} for day, why in end.uncounted],
        "falls_on": end.falls_on,
        "not_known": end.not_known,
        "zone": end.zone,
        "ends_at": end.ends_at,
        "owed_by": rule.owed_by,
        "owes": rule.owes,
        "consequence": rule.consequence,
        "silence": rule.silence,
        "reference": end.reference,
        "reason": rule.reason if held and held.value is None else None,
        "open": rule.open,
        "confidence": held.confidence if held else rule.confidence,
        "checked_on": rule.checked_on,
    }
