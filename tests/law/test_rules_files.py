"""A regime, an overlay of a country: one file each. What is wrong in one is said with its file and line."""

from datetime import date

import pytest

from waste_bpm import resources
from waste_bpm.errors import InputInvalid
from waste_bpm.law.deadlines import deadline, horizon
from waste_bpm.law.review import CHECKED_EVERY_MONTHS, files, not_checked, review, to_verify
from waste_bpm.law.rules import read_regime, regime, regimes
from waste_bpm.law.values import months_later

LAWS = {name: regime(name) for name in regimes()}
BASEL, GB = LAWS["BASEL"], LAWS["GB"]
GOOD = {name: resources.path("law", "regimes", f"{name}.yaml").read_text(encoding="utf-8") for name in ("basel", "gb")}


def written(tmp_path, text, name="basel.yaml"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def line(text, words):
    return next(number for number, said in enumerate(text.splitlines(), 1) if words in said)


# ---- a regime is one file

MOON = """\
regime: MOON
title: An invented regime
rules:
  transit_answer:
    description: Time a transit State has to answer
    unit: calendar days
    starts: the transit State receives the notification
    owed_by: transit_authority
    owes: an answer
    consequence: Nothing moves.
    tighter: shorter
    values:
      2026-01-01: {value: 7, reference: "Moon Act, s. 1"}
      2027-01-01: {value: 5, reference: "Moon Act, s. 1 as amended"}
    confidence: text read
    checked_on: 2026-11-24
  movement_horizon:
    description: Furthest day ahead
    unit: calendar months
    starts: the notifier announces the movement
    owed_by: notifier
    owes: an announcement nearer to the departure
    consequence: It is refused.
    tighter: shorter
    values:
      2026-01-01: {value: 2, reference: "Moon Act, s. 2"}
    confidence: text read
    checked_on: 2026-11-24
"""


def test_a_new_file_is_a_new_regime_and_its_numbers_decide(tmp_path):
    moon = read_regime(written(tmp_path, MOON, "moon.yaml"))
    answer = moon.rule("transit_answer")
    assert deadline(answer, date(2026, 12, 31)).due == date(2027, 1, 7)
    assert deadline(answer, date(2027, 1, 1)).due == date(2027, 1, 6)
    assert deadline(answer, date(2025, 12, 31)).due is None
    assert horizon(moon, date(2026, 12, 31), date(2027, 2, 28)) is None
    assert horizon(moon, date(2026, 12, 31), date(2027, 3, 1)).law == "Moon Act, s. 2"
    assert moon.on("green_threshold", date(2026, 6, 1)) is None


def test_every_regime_answers_for_the_same_rules_and_agrees_what_is_stricter():
    for law in LAWS.values():
        assert list(law.rules) == list(BASEL.rules), law.regime
        for rule in law.rules.values():
            assert (rule.tighter, rule.is_clock, rule.marks) == (
                BASEL.rules[rule.id].tighter,
                BASEL.rules[rule.id].is_clock,
                BASEL.rules[rule.id].marks,
            ), f"{law.regime} {rule.id}"


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_each_value_is_cited_and_each_null_has_its_reason(law):
    for rule in law.rules.values():
        assert rule.tighter, rule.id
        for value in rule.values:
            assert value.reference
            assert value.value is not None or rule.reason, rule.id


def test_no_value_went_unchecked_for_eighteen_months():
    newest = max(rule.checked_on for law in LAWS.values() for rule in law.rules.values())
    stale = [
        f"{law.regime} {rule.id}, checked on {rule.checked_on}" for law, rule in not_checked(LAWS.values(), newest)
    ]
    assert stale == []


def test_values_are_listed_once_nobody_has_checked_them_for_eighteen_months():
    rule = BASEL.rule("transit_answer")
    last = months_later(rule.checked_on, CHECKED_EVERY_MONTHS)
    assert (BASEL, rule) not in list(not_checked([BASEL], last))
    assert (BASEL, rule) in list(not_checked([BASEL], months_later(last, 1)))


def test_what_was_not_opened_is_to_verify_and_what_was_read_is_not():
    said = {(law.regime, rule.id) for law, rule, _ in to_verify(LAWS.values())}
    assert {("OECD", "decision"), ("EU", "movement_lead"), ("GB", "receipt_notice")} <= said
    assert ("BASEL", "transit_answer") not in said


def test_the_older_regulation_holds_before_its_day_and_the_newer_from_it():
    rule = LAWS["EU"].rule("receipt_notice")
    old, new = rule.on(date(2026, 5, 20)), rule.on(date(2026, 5, 21))
    assert (old.value, old.unit, old.confidence) == (3, "calendar days", "to verify")
    assert (new.value, new.unit, new.calendar, new.confidence) == (2, "working days", "EU-SYSTEM", "text read")
    assert LAWS["EU"].on("acknowledgement", date(2026, 5, 21)) is None


# ---- what is wrong is said with file and line

ANSWER = '      1992-05-05: {value: 60, reference: "Basel Convention, Art. 6(4)"}\n'
WRONG = {
    "a deadline without a citation": (ANSWER, "      1992-05-05: {value: 60}\n", "no reference", "{value: 60}"),
    "a null without a reason": (
        "    reason: The Convention says in due course and names no number of days.\n",
        "",
        "null and has no reason",
        None,
    ),
    "two values at once": (
        ANSWER,
        '      1992-05-05: {value: 60, until: 2026-06-30, reference: "a"}\n      2026-06-30: {value: 50, reference: "b"}\n',
        "two values would hold",
        "2026-06-30: {value: 50",
    ),
    "a last day before the first": (
        ANSWER,
        '      1992-05-05: {value: 60, until: 1992-05-04, reference: "a"}\n',
        "no day after its first",
        "until",
    ),
    "an unknown unit": ("unit: decimals", "unit: moons", "its unit is none of", None),
    "an unknown unit of a value": (ANSWER, ANSWER.replace("{", "{unit: moons, ", 1), "its unit is none of", "moons"),
    "an unknown role": ("owed_by: disposer", "owed_by: harbour_master", "which is no role", None),
    "an unknown role in words": ("[transit_authority]", "[harbour_master]", "'harbour_master' is none of", "[harbour"),
    "an unknown rule": (
        "end_exclusive: period_end_exclusive",
        "end_exclusive: no_such_rule",
        "which this file does not hold",
        None,
    ),
    "an unknown confidence": ("confidence: practice", "confidence: certain", "its confidence is none of", None),
    "a number that is none": (ANSWER, ANSWER.replace("60", "sixty"), "'sixty' is no number of calendar days", "sixty"),
    "a yes that is none": ("{value: true, ", "{value: perhaps, ", "neither true nor false", "perhaps"),
    "a key that no entry has": ("    started_by: transit", "    begun_by: transit", "has a key 'begun_by'", None),
    "a clock that nobody owes": ("    owed_by: transit_authority\n", "", "a clock says owed by", None),
    "working days of nobody": ("    calendar: acting authority\n", "", "it names none", None),
    "working days of nobody in a value": (
        ANSWER,
        ANSWER.replace("{", "{unit: working days, ", 1),
        "it names none",
        "unit: working days",
    ),
    "an unknown calendar": ("calendar: acting authority", "calendar: MOON-SYSTEM", "there is no calendar", None),
    "a day that is none": ("1992-05-05", "May 1992", "this is none", "May 1992"),
    "nobody checked it": ("    checked_on: 2026-11-24\n", "", "nobody checked it", None),
    "a key said twice": ("title: ", "regime: BASEL\ntitle: ", "said twice", "regime: BASEL"),
}


@pytest.mark.parametrize(("old", "new", "says", "at"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_refused_with_its_name_and_line(tmp_path, old, new, says, at):
    assert old in GOOD["basel"]
    text = GOOD["basel"].replace(old, new, 1)
    reviewed = review(written(tmp_path, text))
    (found,) = [finding for finding in reviewed.findings if says in finding.message]
    assert "basel.yaml" in found.message
    assert found.line is not None
    assert 1 < found.line <= len(text.splitlines())
    if at and "twice" not in says:
        assert at in text.splitlines()[found.line - 1]


def test_every_fault_of_a_file_is_said_at_once(tmp_path):
    text = (
        GOOD["basel"]
        .replace(ANSWER, "      1992-05-05: {value: 60}\n")
        .replace("confidence: practice", "confidence: x")
    )
    assert len(review(written(tmp_path, text)).findings) >= 3


def test_a_file_that_holds_no_law_is_said_to_be_so(tmp_path):
    assert "holds no rules" in review(written(tmp_path, "- 1\n")).findings[0].message
    assert "it has no title" in review(written(tmp_path, "regime: X\nrules: {}\n")).findings[0].message
    assert review(written(tmp_path, "a: [\n")).findings[0].rule_id == "file-unreadable"


def test_the_packaged_files_are_in_order():
    assert [finding for file in files() for finding in review(file).findings] == []


# ---- a country may be stricter, never looser


def overlay(tmp_path, regime_name, rule, value, since="2026-01-01", extra=""):
    text = (
        f"country: XA\noverlays:\n  {regime_name}:\n    {rule}:\n      values:\n"
        f'        {since}: {{value: {value}, reference: "Waste Act of XA, s. 4"{extra}}}\n'
        "      reason: it is so\n      confidence: text read\n      checked_on: 2026-11-24\n"
    )
    return written(tmp_path, text, "xa.yaml")


STRICTER = [
    ("BASEL", "take_back_failed", 60, 90),
    ("BASEL", "import_answer", 30, None),
    ("EU", "records_kept", 7, 5),
    ("GB", "movement_lead", 5, 4),
    ("GB", "receipt_tolerance_low", 80, 50),
    ("GB", "short_notice", "error", "warning"),
    ("EU", "green_threshold", "12.5", 20),
    ("OECD", "tacit_roles", "[transit_authority]", None),
    ("EU", "minor_errors_excused", "false", True),
]


@pytest.mark.parametrize(("name", "rule", "value", "_"), STRICTER)
def test_a_country_may_be_stricter_from_its_day_and_cites_its_own_law(tmp_path, name, rule, value, _):
    national = LAWS[name].with_overlay(overlay(tmp_path, name, rule, value))
    assert national.country == "XA"
    assert national.on(rule, date(2026, 6, 1)).reference == "Waste Act of XA, s. 4"
    assert national.rule(rule).on(date(2025, 12, 31)) == LAWS[name].rule(rule).on(date(2025, 12, 31))
    assert national.rules.keys() == LAWS[name].rules.keys()


@pytest.mark.parametrize(
    ("name", "rule", "value"),
    [
        ("BASEL", "take_back_failed", 91),
        ("BASEL", "take_back_failed", "null"),
        ("EU", "records_kept", 4),
        ("GB", "movement_lead", 3),
        ("GB", "receipt_tolerance_low", 49),
        ("EU", "short_notice", "warning"),
        ("EU", "green_threshold", 21),
        ("EU", "tacit_roles", "[transit_authority, import_authority]"),
        ("BASEL", "tacit_needs_waiver", "false"),
    ],
)
def test_a_country_that_is_looser_than_the_regime_is_refused_with_file_and_line(tmp_path, name, rule, value):
    file = overlay(tmp_path, name, rule, value, since="2026-06-01")
    with pytest.raises(InputInvalid, match="is looser than") as refused:
        LAWS[name].with_overlay(file)
    (found,) = refused.value.findings
    assert (found.line, "xa.yaml" in found.message) == (6, True)
    assert LAWS[name].on(rule, date(2026, 6, 1)).reference in found.message


def test_a_period_in_another_unit_cannot_be_compared_and_is_refused(tmp_path):
    file = overlay(
        tmp_path, "BASEL", "take_back_failed", 10, extra=', unit: working days, calendar: "acting authority"'
    )
    with pytest.raises(InputInvalid, match="is looser than"):
        BASEL.with_overlay(file)


def test_an_overlay_is_compared_with_what_the_regime_says_later_too(tmp_path):
    law = read_regime(written(tmp_path, MOON, "moon.yaml"))
    with pytest.raises(InputInvalid, match=r"6 calendar days is looser than 5 .* from 2027-01-01"):
        law.with_overlay(overlay(tmp_path, "MOON", "transit_answer", 6))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("take_back_failed", "no_such_rule", "the regime has no such rule"),
        ("confidence: text read", "owed_by: notifier\n      confidence: text read", "and not owed_by"),
        ("country: XA\n", "", "names no country"),
        ("BASEL", "MARS", "no regime of this name"),
        ("Waste Act of XA, s. 4", "", "no reference"),
    ],
)
def test_a_wrong_overlay_is_refused_with_its_line(tmp_path, old, new, says):
    file = overlay(tmp_path, "BASEL", "take_back_failed", 60)
    file.write_text(file.read_text().replace(old, new), encoding="utf-8")
    (found,) = review(file).findings
    assert says in found.message
    assert found.line
