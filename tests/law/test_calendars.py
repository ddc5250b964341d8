"""Working days: each authority has its own, the Union's system has its list, and a year without data is no guess."""

import subprocess
import sys
from datetime import date, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as some

from waste_bpm import resources
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.law.calendars import EU_SYSTEM, calendar, calendars, days
from waste_bpm.law.codes import rows

ONE = timedelta(days=1)
NAMES = ("GB-ENG", "GB-SCT", "KE", "EG", "CN", EU_SYSTEM)
DAYS = some.dates(date(2026, 1, 1), date(2027, 8, 31))


@pytest.mark.parametrize(
    ("name", "day", "why"),
    [
        ("GB-ENG", date(2026, 4, 3), "Good Friday"),
        ("GB-ENG", date(2026, 4, 6), "Easter Monday"),
        ("GB-SCT", date(2026, 4, 3), "Good Friday"),
        ("GB-SCT", date(2026, 4, 6), None),
        ("EG", date(2026, 6, 5), "Friday"),
        ("EG", date(2026, 6, 7), None),
        ("CN", date(2026, 2, 14), None),
        (EU_SYSTEM, date(2026, 5, 1), "1 May"),
        (EU_SYSTEM, date(2027, 11, 1), "1 November"),
        (EU_SYSTEM, date(2026, 4, 6), None),
        (EU_SYSTEM, date(2099, 12, 25), "25 December"),
    ],
)
def test_a_day_is_free_for_a_reason_or_worked(name, day, why):
    assert calendar(name).why_not(day) == why


def test_the_unions_system_rests_on_six_days_besides_weekends():
    year = days(date(2026, 1, 1), date(2026, 12, 31))
    free = [f"{day:%m-%d}" for day in year if calendar(EU_SYSTEM).why_not(day) not in (None, "Saturday", "Sunday")]
    assert free == ["01-01", "05-01", "12-25"]  # 15 August, 1 November and 26 December 2026 are a weekend
    named = calendar(EU_SYSTEM).year_of(2026).holidays
    assert sorted(f"{day:%m-%d}" for day in named) == ["01-01", "05-01", "08-15", "11-01", "12-25", "12-26"]


@pytest.mark.parametrize(("name", "year"), [("GB-ENG", 2028), ("LK", 2027), (EU_SYSTEM, 2025), ("KE", 1899)])
def test_a_year_without_data_is_refused_with_a_cure(name, year):
    known = calendar(name)
    assert not known.knows(year)
    with pytest.raises(InputInvalid, match=f"{name} .* has no data for the year {year}") as refused:
        known.is_working_day(date(year, 6, 1))
    assert "last_year" in refused.value.findings[0].fix


@pytest.mark.parametrize(("name", "cure"), [("GB-EN", "GB-ENG"), ("Kenya", "Name a country"), ("XA", "Name a country")])
def test_an_unknown_calendar_is_said_to_be_one(name, cure):
    with pytest.raises(NotFound, match="no calendar") as refused:
        calendar(name)
    assert cure in refused.value.findings[0].fix


def test_a_part_of_a_country_that_has_no_row_is_known_too_without_a_zone_where_the_country_has_several():
    assert (calendar("US-CA").id, calendar("US-CA").zone) == ("US-CA", None)
    assert (calendar("US").zone, calendar("DE-BY").zone) == ("America/New_York", None)
    assert calendar("AT-9").zone == "Europe/Vienna"


@given(some.sampled_from(NAMES), DAYS, some.integers(0, 40), some.booleans())
def test_what_is_added_is_counted_again(name, start, number, count_start):
    known = calendar(name)
    end = known.add(start, number, count_start=count_start)
    counted = known.count(start, end, count_start=count_start)
    assert counted == number or (number == 0 and end == start)
    assert number == 0 or known.is_working_day(end)


@given(some.sampled_from(NAMES), DAYS, some.integers(0, 60))
def test_counting_is_looking_at_each_day(name, start, length):
    known, end = calendar(name), start + ONE * length
    worked = [day for day in days(start + ONE, end) if known.why_not(day) is None]
    assert known.count(start, end) == len(worked)
    assert known.count(end, start) == -len(worked)
    assert len(known.uncounted(start, end)) == length - len(worked)


@given(some.sampled_from(NAMES), DAYS.filter(lambda day: day > date(2026, 4, 1)), some.integers(1, 20))
def test_going_back_is_going_forth(name, start, number):
    known = calendar(name)
    forth = known.add(start, number)
    assert known.add(forth, -number) <= start
    assert known.count(known.add(forth, -number), forth) == number


def test_every_calendar_of_the_register_can_be_asked_about_the_year_it_was_checked_in():
    silent = [name for name in calendars() if calendar(name).knows(2026) and not calendar(name).year_of(2026).weekend]
    assert silent == []
    assert [name for name in calendars() if not calendar(name).knows(2026)] == []


def test_every_zone_exists_and_every_day_of_a_row_belongs_to_a_calendar():
    registered = list(rows(resources.path("law", "lists", "calendars.csv")))
    assert {row.text("zone") for row in registered} - {""} <= available_timezones()
    assert len({row.required("id") for row in registered}) == len(registered)
    named = {row.required("calendar") for row in rows(resources.path("law", "lists", "holidays.csv"))}
    assert named <= set(calendars())


def test_who_asks_no_calendar_does_not_pay_for_the_holidays():
    script = (
        "import sys; from datetime import date; from waste_bpm.law.deadlines import deadline;"
        "from waste_bpm.law.rules import regime;"
        "deadline(regime('EU').rule('dispatch_request'), date(2026, 12, 18)); print('holidays' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
