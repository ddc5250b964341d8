"""The numbers of the law: each with its citation, counted right at the ends of months and years."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from waste_bpm.errors import NotFound
from waste_bpm.law.rules import Value, Waiver, months_later, regime

BASEL = regime("BASEL")
DAYS = some.dates(date(2000, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("rule", "start", "due"),
    [
        ("transit_answer", date(2026, 1, 10), date(2026, 3, 11)),  # D1
        ("take_back_failed", date(2026, 11, 24), date(2027, 2, 22)),  # D5
        ("consent_validity", date(2026, 3, 1), date(2027, 3, 1)),
        ("consent_validity", date(2028, 2, 29), date(2029, 2, 28)),
        ("import_answer", date(2026, 1, 10), None),
        ("completion_certificate", date(2026, 1, 10), None),
    ],
)
def test_a_period_ends_on_the_day_the_article_says(rule, start, due):
    assert BASEL.rule(rule).due(start) == due


def test_before_the_convention_there_was_no_rule():
    assert BASEL.rule("transit_answer").on(date(1992, 5, 4)) is None
    assert BASEL.rule("transit_answer").due(date(1992, 5, 4)) is None


@given(DAYS, some.integers(0, 60))
def test_months_are_counted_as_a_calendar_counts_them(start, months):
    """Against a slow and obvious count: step month by month, then shorten the day if the month has not so many."""
    year, month = start.year, start.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    first_of_next = date(year + (month == 12), month % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    assert months_later(start, months) == date(year, month, min(start.day, last))


def test_a_waiver_holds_from_its_day_to_its_last():
    law = BASEL.with_waivers(
        [Waiver(country="XB", since=date(2020, 1, 1), until=date(2025, 12, 31), source="register")]
    )
    held = [
        law.waiver("XB", day) is not None
        for day in (date(2019, 12, 31), date(2020, 1, 1), date(2025, 12, 31), date(2026, 1, 1))
    ]
    assert held == [False, True, True, False]
    assert law.waiver("XC", date(2021, 1, 1)) is None


def test_an_unknown_regime_or_rule_is_said():
    with pytest.raises(NotFound):
        regime("NOWHERE")
    with pytest.raises(NotFound, match="no rule 'nothing'"):
        BASEL.rule("nothing")


def test_a_country_without_a_law_of_its_own_has_the_regime_as_it_is():
    assert regime("BASEL", "KE") is BASEL


def test_a_last_day_ends_a_value_and_what_is_null_says_nothing():
    until = Value(
        since=date(2026, 1, 1),
        until=date(2026, 1, 31),
        value=7,
        reference="s. 1",
        unit="calendar days",
        confidence="practice",
    )
    rule = replace(BASEL.rule("transit_answer"), values=(until,))
    assert [rule.on(date(2026, 1, day)) is until for day in (1, 31)] == [True, True]
    assert (rule.on(date(2025, 12, 31)), rule.on(date(2026, 2, 1))) == (None, None)
    assert BASEL.on("import_answer", date(2026, 1, 1)) is None
    assert BASEL.on("no_such_rule", date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("regime_name", "rule", "phrase"),
    [
        ("BASEL", "transit_answer", "60 calendar days"),
        ("EU", "consent_validity", "1 calendar year"),
        ("EU", "guarantee_required", "yes"),
        ("OECD", "tacit_roles", "export authority, import authority, transit authority"),
        ("GB", "receipt_tolerance_low", "50 percent"),
        ("BASEL", "import_answer", "-"),
    ],
)
def test_a_value_is_said_as_a_person_says_it(regime_name, rule, phrase):
    assert regime(regime_name).rule(rule).on(date(2026, 6, 1)).phrase == phrase


def test_amounts_are_exact_and_counts_are_whole():
    assert regime("EU").on("green_threshold", date(2026, 6, 1)).value == Decimal(20)
    assert isinstance(regime("EU").on("green_threshold", date(2026, 6, 1)).value, Decimal)
    assert regime("EU").on("guarantee_required", date(2026, 6, 1)).number is None
    assert regime("GB").on("largest_notification_shipments", date(2026, 6, 1)).number == 99_999
