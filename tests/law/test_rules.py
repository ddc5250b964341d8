"""The numbers of the law: each with its citation, counted right at the ends of months and years."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from waste_bpm import resources
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.law.rules import Waiver, months_later, read_regime, regime

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


@pytest.mark.parametrize("rule", BASEL.rules.values(), ids=lambda rule: rule.id)
def test_every_number_has_a_citation_and_every_blank_a_reason(rule):
    assert rule.values
    for value in rule.values:
        assert "Basel Convention" in value.reference
        assert value.value is not None or rule.reason


@pytest.mark.parametrize("rule", BASEL.rules.values(), ids=lambda rule: rule.id)
def test_every_number_was_checked_within_eighteen_months_of_the_release(rule):
    assert rule.checked_on > date(2026, 11, 24) - timedelta(days=548)


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


GOOD = resources.path("law", "regimes", "basel.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('{value: 60, reference: "Basel Convention, Art. 6(4)"}', "{value: 60, reference: ''}", "no reference"),
        ("    reason: The Convention says in due course and names no number of days.\n", "", "no reason"),
        ("unit: calendar months", "unit: moons", "unit is none of"),
        ("confidence: practice", "confidence: certain", "confidence is none of"),
        (
            "    confidence: text read\n    checked_on: 2026-11-24\n  import_answer",
            "    confidence: text read\n  import_answer",
            "nobody checked",
        ),
    ],
)
def test_a_wrong_entry_is_refused_naming_file_and_entry(tmp_path, old, new, says):
    assert old in GOOD
    file = tmp_path / "basel.yaml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputInvalid, match=says) as refused:
        read_regime(file)
    assert "basel.yaml" in str(refused.value)


def test_a_key_said_twice_is_refused_with_its_line(tmp_path):
    file = tmp_path / "basel.yaml"
    file.write_text(GOOD + "regime: OTHER\n", encoding="utf-8")
    with pytest.raises(InputInvalid, match="said twice") as refused:
        read_regime(file)
    assert refused.value.findings[0].line == len(GOOD.splitlines()) + 1
