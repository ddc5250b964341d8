"""One rule of the law with its dated values, and how periods of days, months and years are counted.

A value holds from a day on, with its reference and how sure we are. `null` means that the law sets nothing; then no
clock starts, and the reason is on file. A rule that is a clock says when it starts, who owes what and what follows; a
rule that is a mere parameter says none of these.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from waste_bpm.vocabulary import Role

WORKING_DAYS = "working days"
PERIODS = ("calendar days", WORKING_DAYS, "calendar months", "calendar years")
"""The units of a clock."""

AMOUNTS = ("tonnes", "kilograms", "percent")
COUNTS = ("shipments", "decimals", "rounds")
UNITS = (*PERIODS, *AMOUNTS, *COUNTS, "yes or no", "words")
PRACTICE = "practice"
CONFIDENCE = ("text read", PRACTICE, "to verify")

ACTING_AUTHORITY = "acting authority"
"""The calendar of a rule whose working days are those of the authority that has to act."""

Said = int | Decimal | bool | str | tuple[str, ...]
"""What a rule may say: a number, an amount, yes or no, words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """What a rule says from one day on, to `until` where a last day is known.

    `value` None means that the law sets nothing. Unit, start, calendar and confidence are those of the rule, unless
    this value has its own: an older law may have counted otherwise.
    """

    since: date
    value: Said | None
    reference: str
    until: date | None = None
    unit: str
    starts: str | None = None
    calendar: str | None = None
    confidence: str

    @property
    def phrase(self) -> str:
        """The value as a person says it: `1 calendar year`, `yes`, a dash where the law sets nothing."""
        if self.value is None or isinstance(self.value, bool):
            return {None: "-", True: "yes", False: "no"}[self.value]
        said = ", ".join(self.value) if isinstance(self.value, tuple) else str(self.value)
        if self.unit == "words":
            return said.replace("_", " ")
        return f"{said} {self.unit.removesuffix('s') if said == '1' else self.unit}"

    @property
    def number(self) -> int | None:
        """The value of a clock or a count, None where the law sets none."""
        return self.value if isinstance(self.value, int) and not isinstance(self.value, bool) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule of the law: what it measures, from which event, who owes what, and its dated values.

    `marks`: the day that a clock ends on is the last day of a period, or the first day on which something may be done.
    `counts_start` and `ends_before` are the values of the parameters that the entry names as `both_ends` and
    `end_exclusive`: whether the day of the start counts, and whether the period ends on the day before.
    `tighter` says in which direction a national law may depart from it; `words` are the words it may say, strictest
    first. `started_by`: only what this role does starts the clock; `counts_from` names the day that it counts from,
    where an act holds several; `pauses` says by which provision it stands still during an information request.
    """

    id: str
    description: str
    unit: str
    values: tuple[Value, ...]
    confidence: str
    checked_on: date
    starts: str | None = None
    owed_by: Role | None = None
    owes: str | None = None
    consequence: str | None = None
    started_by: Role | None = None
    counts_from: str | None = None
    pauses: str | None = None
    silence: str | None = None
    calendar: str | None = None
    marks: str = "last day"
    tighter: str | None = None
    words: tuple[str, ...] = ()
    reason: str | None = None
    open: str | None = None
    counts_start: tuple[Value, ...] = ()
    ends_before: tuple[Value, ...] = ()

    @property
    def is_clock(self) -> bool:
        """Whether the rule is a period that runs, and not a mere parameter."""
        return self.starts is not None

    def on(self, day: date) -> Value | None:
        """The value in force on a day; None before the first, and after a last day."""
        return _in_force(self.values, day)

    def counts_both_ends(self, day: date) -> bool:
        """Whether the day of the start is counted too, for a period that starts on this day."""
        return _holds(self.counts_start, day)

    def ends_exclusive(self, day: date) -> bool:
        """Whether a period that starts on this day ends on the day before the one it is counted to."""
        return _holds(self.ends_before, day)

    def due(self, start: date) -> date | None:
        """The last day of a period that starts on `start`; None where the law sets no number.

        For working days a calendar is needed: ask `deadlines.deadline`.
        """
        held = self.on(start)
        if held is None or held.number is None or held.unit not in PERIODS or held.unit == WORKING_DAYS:
            return None
        return self.counted(held, start)

    def counted(self, held: Value, start: date) -> date:
        """The day to which a period of calendar days, months or years is counted."""
        earlier = self.counts_both_ends(start) + self.ends_exclusive(start)
        return date_after(start, held.number or 0, held.unit) - timedelta(days=earlier)


def _in_force(values: tuple[Value, ...], day: date) -> Value | None:
    for value in reversed(values):
        if value.since <= day:
            return value if value.until is None or day <= value.until else None
    return None


def _holds(values: tuple[Value, ...], day: date) -> bool:
    held = _in_force(values, day)
    return held is not None and held.value is True


def months_later(start: date, months: int) -> date:
    """The same day some months later, or the last day of a month that is too short."""
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def date_after(start: date, number: int, unit: str) -> date:
    """The day that lies a number of calendar days, months or years after another."""
    if unit == "calendar days":
        return start + timedelta(days=number)
    return months_later(start, number * 12 if unit == "calendar years" else number)
