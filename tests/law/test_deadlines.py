"""When periods of the law end: worked cases, traps, and every rule against a slow and obvious count."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from waste_bpm.errors import InputInvalid
from waste_bpm.law.calendars import Calendar, Year, calendar
from waste_bpm.law.deadlines import capture, civil_day, deadline, horizon, lead_time, postponement
from waste_bpm.law.rules import regime, regimes
from waste_bpm.law.values import PERIODS
from waste_bpm.vocabulary import Severity

LAWS = {name: regime(name) for name in regimes()}
BASEL, OECD, EU, GB = (LAWS[name] for name in ("BASEL", "OECD", "EU", "GB"))
ENGLAND, SCOTLAND = calendar("GB-ENG"), calendar("GB-SCT")
ONE = timedelta(days=1)


def day(month, number, year=2026):
    return date(year, month, number)


@pytest.mark.parametrize(
    ("law", "rule", "start", "authority", "due"),
    [
        pytest.param(GB, "decision_pre_consented", day(4, 2), "GB-ENG", day(4, 15), id="A1 England"),
        pytest.param(GB, "decision_pre_consented", day(4, 2), "GB-SCT", day(4, 14), id="A1 Scotland"),
        pytest.param(GB, "decision", day(4, 2), "GB-ENG", day(5, 2), id="A1 not pre-consented"),
        pytest.param(GB, "movement_postponement", day(6, 1), "GB-ENG", day(6, 15), id="A10"),
        pytest.param(GB, "guarantee_decision", day(6, 1), "GB-ENG", day(6, 29), id="A11"),
        pytest.param(BASEL, "transit_answer", day(1, 10), None, day(3, 11), id="D1"),
        pytest.param(EU, "decision", day(6, 1), None, day(7, 1), id="D2"),
        pytest.param(EU, "dispatch_request", day(12, 18), None, day(1, 5, 2027), id="D3"),
        pytest.param(EU, "dispatch_embargo", day(6, 10), None, day(8, 10), id="D4, g4"),
        pytest.param(BASEL, "take_back_failed", day(11, 24), None, day(2, 22, 2027), id="D5"),
        pytest.param(BASEL, "take_back_illegal", day(11, 24), None, day(12, 24), id="D5 illegal"),
        pytest.param(EU, "receipt_watch", day(9, 1), None, day(10, 13), id="D6, g50"),
        pytest.param(BASEL, "receipt_watch", day(9, 1), None, day(10, 13), id="g50 by practice"),
        pytest.param(EU, "consent_validity", date(2028, 2, 29), None, date(2029, 2, 28), id="leap day"),
        pytest.param(GB, "consent_validity", day(3, 1), None, day(2, 28, 2027), id="g6"),
        pytest.param(GB, "consent_validity", date(2028, 2, 29), None, date(2029, 2, 27), id="g6 leap day"),
        pytest.param(GB, "consent_validity", date(2027, 2, 28), None, date(2028, 2, 27), id="g6 before a leap day"),
        pytest.param(GB, "consent_validity_pre_consented", day(8, 31), None, date(2029, 8, 30), id="g6 36 months"),
    ],
)
def test_a_period_ends_on_the_day_of_the_worked_case(law, rule, start, authority, due):
    assert deadline(law.rule(rule), start, calendar(authority) if authority else None).due == due


def test_a1_a_saturday_is_said_and_not_moved():
    end = deadline(GB.rule("decision"), day(4, 2), ENGLAND)
    assert (end.due, end.falls_on, end.uncounted) == (day(5, 2), "Saturday", ())


def test_a1_the_days_that_were_not_counted_are_named():
    end = deadline(GB.rule("decision_pre_consented"), day(4, 2), ENGLAND)
    assert [(each.day, why) for each, why in end.uncounted] == [
        (3, "Good Friday"), (4, "Saturday"), (5, "Sunday"), (6, "Easter Monday"), (11, "Saturday"), (12, "Sunday"),
    ]  # fmt: skip


def test_a1_a_year_without_data_is_an_error_that_says_which_and_how_to_cure_it():
    with pytest.raises(InputInvalid, match="has no data for the year 2028") as refused:
        deadline(GB.rule("decision_pre_consented"), day(12, 30, 2027), ENGLAND)
    assert refused.value.findings[0].rule_id == "calendar-year-unknown"
    assert "last_year" in refused.value.findings[0].fix


def test_working_days_of_nobody_are_an_error():
    with pytest.raises(InputInvalid, match="it is not said whose"):
        deadline(GB.rule("decision_pre_consented"), day(4, 2))


@pytest.mark.parametrize(
    ("asked", "shipped", "authority", "counted"),
    [
        (day(3, 2), day(3, 4), ENGLAND, "3"),
        (day(3, 2), day(3, 5), ENGLAND, None),
        (day(4, 2), day(4, 8), ENGLAND, "3"),
        (day(4, 2), day(4, 9), ENGLAND, None),
        (day(4, 2), day(4, 8), SCOTLAND, None),
        (day(4, 2), day(4, 1), SCOTLAND, "0"),
    ],
)
def test_a2_the_lead_counts_both_ends_and_the_policy_of_the_regime_weighs_it(asked, shipped, authority, counted):
    found = lead_time(GB, authority, asked, shipped)
    assert (found and found.value) == counted
    assert found is None or found.severity is Severity.WARNING


def test_a2_elsewhere_the_day_of_the_announcement_does_not_count_and_late_is_an_error():
    late = lead_time(EU, None, day(6, 1), day(6, 2))
    assert (late.value, late.severity, late.law) == ("1", Severity.ERROR, "Regulation (EU) 2024/1157, Art. 16(2)")
    assert lead_time(EU, None, day(6, 1), day(6, 3)) is None
    assert lead_time(BASEL, None, day(6, 1), day(6, 1)) is None


@pytest.mark.parametrize(
    ("shipped", "rule_id"),
    [(day(7, 1), None), (day(7, 2), "movement-horizon"), (day(6, 1), None), (day(5, 31), "movement-date-past")],
)
def test_a3_a_movement_is_announced_for_a_day_within_the_horizon(shipped, rule_id):
    found = horizon(GB, day(6, 1), shipped)
    assert (found and found.rule_id) == rule_id


def test_a10_a_departure_is_moved_ten_working_days_from_the_original_at_most():
    assert postponement(GB, ENGLAND, day(6, 1), day(6, 15)) is None
    assert postponement(GB, ENGLAND, day(6, 1), day(6, 16)).rule_id == "movement-postponement"
    assert postponement(BASEL, None, day(6, 1), day(12, 31)) is None


def test_a_movement_is_recorded_within_the_window_of_capture():
    assert capture(GB, day(6, 1), day(7, 31)) is None
    assert capture(GB, day(6, 1), day(8, 1)).rule_id == "movement-capture"


def test_d3_two_holidays_and_the_weekends_are_not_counted():
    end = deadline(EU.rule("dispatch_request"), day(12, 18))
    holidays = [(each, why) for each, why in end.uncounted if why not in ("Saturday", "Sunday")]
    assert holidays == [(day(12, 25), "25 December"), (day(1, 1, 2027), "1 January")]
    assert (day(12, 26), "Saturday") in end.uncounted


def test_trap_2_three_periods_of_thirty_days_are_three_rules():
    thirty = {
        name: (EU.on(name, day(6, 1)).value, EU.on(name, day(6, 1)).unit, EU.rule(name).starts)
        for name in ("decision", "idle_explanation", "completion_certificate")
    }
    assert {value for value, _, _ in thirty.values()} == {30}
    assert [unit for _, unit, _ in thirty.values()] == ["calendar days", "working days", "calendar days"]
    assert len({starts for _, _, starts in thirty.values()}) == 3


def test_trap_3_the_same_period_starts_with_another_event_under_another_law():
    basel, old, new = BASEL.rule("transit_answer"), EU.on("decision", day(5, 20)), EU.on("decision", day(5, 21))
    assert "receives the notification" in basel.starts
    assert "sends its acknowledgement" in EU.rule("transit_answer").starts
    assert (old.value, new.value) == (30, 30)
    assert old.starts != new.starts


def test_trap_4_the_embargo_ends_a_day_after_the_answer_of_the_transit_state():
    sent = day(6, 10)
    answer, embargo = (deadline(EU.rule(name), sent) for name in ("transit_answer", "dispatch_embargo"))
    assert embargo.due - answer.due == ONE
    assert (answer.marks, embargo.marks) == ("last day", "first day")


def test_trap_34_each_authority_has_its_working_days_and_the_union_its_own():
    easter_monday, saint_andrew = day(4, 6), day(11, 30)
    names = ("GB-ENG", "GB-SCT", "EU-SYSTEM", "KE")
    assert [calendar(name).is_working_day(easter_monday) for name in names] == [False, True, True, False]
    assert [calendar(name).is_working_day(saint_andrew) for name in names] == [True, False, True, True]


def test_trap_35_a_day_ends_in_the_place_of_the_authority():
    kenya, england = (deadline(BASEL.rule("transit_answer"), day(5, 1), calendar(name)) for name in ("KE", "GB-ENG"))
    assert kenya.due == england.due == day(6, 30)
    assert kenya.ends_at == datetime(2026, 6, 30, 21, tzinfo=UTC)
    assert england.ends_at == datetime(2026, 6, 30, 23, tzinfo=UTC)
    assert deadline(BASEL.rule("transit_answer"), day(5, 1)).ends_at is None
    assert civil_day(datetime(2026, 6, 30, 22, tzinfo=UTC), kenya.zone) == day(7, 1)


def test_trap_51_the_slip_in_the_regulation_is_cited_and_its_meaning_encoded():
    rule = EU.rule("destination_repeat")
    assert (rule.on(day(6, 1)).value, rule.on(day(6, 1)).unit) == (7, "working days")
    assert "paragraph 9 is meant" in rule.open


# ---- the second count: day by day, and months by trying the days of the calendar

SYSTEM = [(1, 1), (5, 1), (8, 15), (11, 1), (12, 25), (12, 26)]
AUTHORITIES = ("GB-ENG", "GB-SCT", "KE", "EG", "DE", None)
CLOCKS = [(law, rule) for law in LAWS.values() for rule in law.rules.values() if rule.is_clock]


def works(held, authority, each):
    if held.calendar == "EU-SYSTEM":
        return each.weekday() < 5 and (each.month, each.day) not in SYSTEM
    return calendar(authority).why_not(each) is None


def same_day_of(year, month, number):
    """The day of that number in a month, or the last one before it that exists."""
    for number_here in range(number, 0, -1):
        try:
            return date(year, month, number_here)
        except ValueError:
            continue
    raise AssertionError


def walked(law, rule, start, authority):
    """The end of a period, by walking day by day and month by month; what a person would do with a wall calendar."""
    held = rule.on(start)
    both = rule.id == "movement_lead" and law.on("lead_counts_both_ends", start)
    before = rule.id.startswith("consent_validity") and law.on("period_end_exclusive", start)
    each, left = start, held.value
    if held.unit in ("calendar months", "calendar years"):
        year, month = start.year, start.month
        for _ in range(left if held.unit == "calendar months" else 12 * left):
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        each = same_day_of(year, month, start.day)
    else:
        if both and both.value and (held.unit == "calendar days" or works(held, authority, start)):
            left -= 1
        while left:
            each += ONE
            if held.unit == "calendar days" or works(held, authority, each):
                left -= 1
    return each - ONE if before and before.value else each


@given(some.sampled_from(CLOCKS), some.sampled_from(AUTHORITIES), some.dates(date(2005, 1, 1), date(2027, 8, 31)))
def test_every_clock_ends_where_a_walk_through_the_calendar_ends(clock, authority, start):
    law, rule = clock
    held = rule.on(start)
    acting = calendar(authority) if authority else None
    if held is None or held.value is None:
        assert deadline(rule, start, acting).due is None
    elif held.unit == "working days" and held.calendar == "acting authority" and acting is None:
        with pytest.raises(InputInvalid, match="not said whose"):
            deadline(rule, start, acting)
    else:
        end = deadline(rule, start, acting)
        assert end.due == walked(law, rule, start, authority)
        assert end.reference == held.reference
        if held.unit == "working days":
            told = {each for each, _ in end.uncounted}
            between = [start + ONE * number for number in range(1, (end.due - start).days + 1)]
            assert told == {each for each in between if not works(held, authority, each)}


@given(some.sampled_from(PERIODS), some.dates(date(2005, 1, 1), date(2027, 8, 31)))
def test_the_end_of_a_period_never_comes_earlier_for_a_later_start(unit, start):
    for law, rule in CLOCKS:
        now, later = rule.on(start), rule.on(start + ONE)
        if now and now.value is not None and now.unit == unit and later == now:
            assert deadline(rule, start, ENGLAND).due <= deadline(rule, start + ONE, ENGLAND).due, law.regime


def test_a_calendar_of_its_own_may_be_given():
    friday_free = Calendar(
        id="XA", name="a fictional State", zone=None, first_year=None, last_year=None,
        year_of=lambda year: Year(weekend=frozenset({4})),
    )  # fmt: skip
    assert deadline(GB.rule("decision_pre_consented"), day(4, 2), friday_free).due == day(4, 11)
