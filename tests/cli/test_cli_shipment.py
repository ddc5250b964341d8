"""A2, A3, A7 and A10 of the acceptance cases through the command line, under the numbers of Great Britain."""

import json

import pytest
from click.testing import CliRunner

from waste_bpm.cli import main


def asked(*words):
    result = CliRunner().invoke(main, ["shipment", *words, "--regime", "GB", "--json"])
    said = json.loads(result.stdout)
    return result.exit_code, said["verdict"], [finding["rule_id"] for finding in said["findings"]], said


@pytest.mark.parametrize(
    ("announced", "ships", "authority", "verdict"),
    [
        ("2026-03-02", "2026-03-04", "GB-ENG", "warned"),
        ("2026-03-02", "2026-03-05", "GB-ENG", "ok"),
        ("2026-04-02", "2026-04-08", "GB-ENG", "warned"),
        ("2026-04-02", "2026-04-09", "GB-ENG", "ok"),
        ("2026-04-02", "2026-04-08", "GB-SCT", "ok"),
    ],
)
def test_a2_the_lead_counts_both_ends_in_the_working_days_of_the_authority(announced, ships, authority, verdict):
    code, said, rules, _ = asked("date", ships, "--announced", announced, "--authority", authority)
    assert (code, said, rules) == (0, verdict, ["movement-lead"] if verdict == "warned" else [])


@pytest.mark.parametrize(
    ("ships", "rules"),
    [("2026-07-01", []), ("2026-07-02", ["movement-horizon"]), ("2026-05-31", ["movement-date-past"])],
)
def test_a3_a_shipment_is_announced_neither_too_far_ahead_nor_for_a_past_day(ships, rules):
    code, _, found, _ = asked("date", ships, "--announced", "2026-06-01", "--authority", "GB-ENG")
    assert set(rules) <= set(found)
    assert code == (4 if rules else 0)


@pytest.mark.parametrize(("ships", "code"), [("2026-06-15", 0), ("2026-06-16", 4)])
def test_a10_a_day_is_moved_at_most_ten_working_days_from_the_original_one(ships, code):
    answered, _, rules, _ = asked(
        "date", ships, "--announced", "2026-06-05", "--first", "2026-06-01", "--authority", "GB-ENG"
    )
    assert (answered, rules) == (code, ["movement-postponement"] if code else [])


@pytest.mark.parametrize(
    ("amount", "exact", "rules"), [("12345.6", "12.3456", []), ("12345.67", "12.34567", ["quantity-decimals"])]
)
def test_a7_tonnes_are_exact_and_a_declared_value_has_four_decimals_of_a_tonne(amount, exact, rules):
    _, _, found, said = asked("quantity", amount, "kg", "--date", "2026-06-01")
    assert said["exact"] == {"amount": exact, "unit": "TNE"}
    assert found == rules


@pytest.mark.parametrize(("other", "comparison"), [(("1000", "kg"), "equal"), (("1", "m3"), "not comparable")])
def test_a7_a_tonne_is_a_thousand_kilograms_and_never_a_cubic_metre(other, comparison):
    _, _, _, said = asked("quantity", "1", "t", "--against", *other, "--date", "2026-06-01")
    assert said["comparison"] == comparison


def test_what_is_no_number_is_said_with_how_to_write_it():
    result = CliRunner().invoke(main, ["shipment", "quantity", "1,5", "t", "--json"])
    assert result.exit_code == 3
    assert "point before decimals" in result.stdout
