"""Working days: of an authority, by the public holidays of its country or part of a country, and of the EU's system.

The register is `law/lists/calendars.csv`; days that the package `holidays` does not know are rows of `holidays.csv`.
A calendar says up to which year it is known: holidays are announced, and a computed far year would be a guess. A
question about a year without data is refused. Nothing else knows the package, and it is imported when it is asked.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache

from waste_bpm import resources
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.law.codes import Row, rows
from waste_bpm.vocabulary import Finding

EU_SYSTEM = "EU-SYSTEM"
"""The calendar of the central system of the European Union (Implementing Regulation (EU) 2025/1290, Art. 2(16))."""

DAY = timedelta(days=1)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, kw_only=True, slots=True)
class Year:
    """One year of a calendar: which weekdays are free, which days besides, and free weekdays that were worked."""

    weekend: frozenset[int] = frozenset({5, 6})
    holidays: Mapping[date, str] = field(default_factory=dict)
    worked: frozenset[date] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """The working days of an authority or a system; `zone` None where its time zone is not sourced.

    `zone` is that of the seat of government where a country has several and `zone_everywhere` is not set.
    """

    id: str
    name: str
    zone: str | None
    zone_everywhere: bool = False
    first_year: int | None
    last_year: int | None
    year_of: Callable[[int], Year]

    def knows(self, year: int) -> bool:
        """Whether there is data for the year."""
        return (self.first_year or year) <= year <= (self.last_year or year)

    def why_not(self, day: date) -> str | None:
        """Why this is no working day; None when it is one. Raises InputInvalid for a year without data."""
        if not self.knows(day.year):
            raise InputInvalid(self._without_data(day))
        year = self.year_of(day.year)
        if day.weekday() in year.weekend and day not in year.worked:
            return WEEKDAYS[day.weekday()]
        return year.holidays.get(day)

    def is_working_day(self, day: date) -> bool:
        """Whether the authority works on the day; raises InputInvalid for a year without data."""
        return self.why_not(day) is None

    def add(self, start: date, number: int, *, count_start: bool = False) -> date:
        """The working day that is so many after `start` (before it, when negative); 0 gives the start back.

        The start is not counted, unless `count_start` says so and it is a working day.
        """
        step = DAY if number >= 0 else -DAY
        left = abs(number) - (count_start and number != 0 and self.is_working_day(start))
        day = start
        while left > 0:
            day += step
            left -= self.is_working_day(day)
        return day

    def count(self, start: date, end: date, *, count_start: bool = False) -> int:
        """The working days after `start` up to and with `end`, negative when `end` lies before it."""
        if end < start:
            return -self.count(end, start, count_start=count_start)
        return sum(self.is_working_day(day) for day in days(start if count_start else start + DAY, end))

    def uncounted(self, start: date, end: date) -> tuple[tuple[date, str], ...]:
        """The days after `start` up to `end` that are no working days, and why."""
        return tuple((day, why) for day in days(start + DAY, end) if (why := self.why_not(day)))

    def _without_data(self, day: date) -> Finding:
        known = " to ".join(str(year) for year in (self.first_year, self.last_year) if year)
        return Finding(
            rule_id="calendar-year-unknown",
            message=f"The calendar {self.id} ({self.name}) has no data for the year {day.year}.",
            value=str(day),
            fix=f"It is known for {known}. Update the package holidays, check the year, and raise last_year in "
            "law/lists/calendars.csv.",
        )


def days(start: date, end: date) -> Iterator[date]:
    """Each day from `start` to `end`, both included."""
    return (start + DAY * number for number in range((end - start).days + 1))


@cache
def _register() -> Mapping[str, Row]:
    return {row.required("id"): row for row in rows(resources.path("law", "lists", "calendars.csv"))}


def calendars() -> tuple[str, ...]:
    """The identifiers of the calendars that have data."""
    return tuple(name for name, row in _register().items() if row.text("days_from"))


@cache
def calendar(name: str) -> Calendar:
    """The calendar of a country (`KE`), a part of one (`GB-ENG`) or a system (`EU-SYSTEM`); raises NotFound."""
    country, _, part = name.partition("-")
    row = _register().get(name) or _register().get(country)
    if row is None or not row.text("days_from"):
        raise NotFound(_unknown(name))
    years = _rows_years(name) if row.text("days_from") == "rows" else _package_years(name, country, part)
    own = row.text("id") == name
    everywhere = bool(row.truth("zone_everywhere"))
    return Calendar(
        id=name,
        name=row.required("name") if own else f"{part}, {row.required('name')}",
        zone=(row.text("zone") or None) if own or everywhere else None,
        zone_everywhere=everywhere,
        first_year=max((year for year in (_year(row, "first_year"), years.first) if year), default=None),
        last_year=min((year for year in (_year(row, "last_year"), years.last) if year), default=None),
        year_of=years.year_of,
    )


def _unknown(name: str) -> Finding:
    near = get_close_matches(name.upper(), calendars(), n=1)
    fix = f"Did you mean {near[0]}?" if near else "Name a country as KE, a part of one as GB-ENG, or EU-SYSTEM."
    message = f"There is no calendar {name!r} with working days."
    return Finding(rule_id="calendar-unknown", message=message, value=name, fix=fix)


def _year(row: Row, column: str) -> int | None:
    written = row.text(column)
    return int(written) if written.isdigit() else row.refuse(f"{column} is {written!r}") if written else None


@dataclass(frozen=True, slots=True)
class _Years:
    """Where the days of a calendar come from, and the years that this source can tell."""

    year_of: Callable[[int], Year]
    first: int | None = None
    last: int | None = None


def _package_years(name: str, country: str, part: str) -> _Years:
    """The years of the package `holidays`, with the rows of `holidays.csv` that it lacks."""
    import holidays  # noqa: PLC0415 - a tenth of a second, for those who ask

    def told(*years: int) -> holidays.HolidayBase:
        return holidays.country_holidays(country, subdiv=part or None, years=years, expand=False, language="en_US")

    try:
        bounds = told()
    except NotImplementedError as error:
        raise NotFound(_unknown(name)) from error

    @cache
    def year_of(year: int) -> Year:
        told_of = told(year)
        named = {day: said for day, said in told_of.items() if day.year == year}
        return Year(
            weekend=frozenset(told_of.weekend),
            holidays={**named, **_rows_of(name, year)},
            worked=frozenset(day for day in told_of.weekend_workdays if day.year == year),
        )

    return _Years(year_of, bounds.start_year, bounds.end_year)


def _rows_years(name: str) -> _Years:
    return _Years(cache(lambda year: Year(holidays=_rows_of(name, year))))


def _rows_of(name: str, year: int) -> Mapping[date, str]:
    """The days of `holidays.csv` in a year: a row says each year as `12-25`, or one day as `2026-06-15`."""
    found = {}
    for row in rows(resources.path("law", "lists", "holidays.csv")):
        written = row.required("day")
        day = _day(row, f"{year}-{written}" if len(written) == len("12-25") else written)
        first, last = row.day("valid_from") or day, row.day("valid_to") or day
        if row.required("calendar") == name and day.year == year and first <= day <= last:
            found[day] = row.required("name")
    return found


def _day(row: Row, written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return row.refuse(f"the day is {written!r}, which is neither 12-25 nor 2026-12-25")
