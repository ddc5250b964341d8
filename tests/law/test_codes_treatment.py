"""How control systems treat a code: colours by day, other codes for the same waste, and two readings of interim."""

from datetime import date, timedelta

import pytest

from waste_bpm.errors import NotFound
from waste_bpm.law import codes

LAST_GREEN_DAY = date(2026, 12, 31)
TODAY = date(2026, 11, 24)
DAYS = [date(2020, 6, 1), date(2024, 12, 31), date(2025, 1, 1), TODAY, date(2027, 1, 1)]
WASTES = [entry for name in ("BASEL-VIII", "BASEL-IX", "BASEL-II", "OECD", "EU") for entry in codes.entries(name)]


def treated(code: str, on: date, view: str) -> str | None:
    found = codes.status(code, on, view)
    return found.status if found else None


def others(code: str, on: date | None = None) -> set[str]:
    return {pair.other(code) for pair in codes.equivalents(code, on)}


@pytest.mark.parametrize("code", ["GC010", "GC020"])
def test_electrical_scrap_is_green_within_the_eu_until_the_end_of_2026(code: str) -> None:
    assert treated(code, LAST_GREEN_DAY, "EU") == "green"


@pytest.mark.parametrize("code", ["GC010", "GC020"])
def test_from_2027_electrical_scrap_needs_prior_notification_as_y49_or_a1181(code: str) -> None:
    found = codes.status(code, LAST_GREEN_DAY + timedelta(days=1), "EU")
    assert found is not None
    assert (found.status, found.instead) == ("prior notification", ("Y49", "A1181"))
    assert "2024/3230" in found.law


def test_the_oecd_did_not_agree_on_electronic_waste_so_each_country_says() -> None:
    assert treated("GC010", date(2024, 12, 31), "OECD") == "green"
    assert [treated(code, TODAY, "OECD") for code in ("GC010", "Y49", "A1181")] == ["by country"] * 3


@pytest.mark.parametrize(
    ("code", "view", "expected"),
    [
        ("A1160", "EU", "amber"),
        ("A1160", "OECD", "amber"),
        ("A1160", "BASEL", "prior notification"),
        ("B1010", "EU", "green"),
        ("B1010", "BASEL", "not covered"),
        ("Y46", "EU", "amber"),
        ("Y46", "BASEL", "prior notification"),
        ("AC170", "EU", "amber"),
        ("GB040", "OECD", "green"),
        ("EU3011", "EU", "green"),
        ("EU48", "EU", "amber"),
        ("BEU04", "OECD", None),
    ],
)
def test_a_list_has_its_colour_in_each_view(code: str, view: str, expected: str | None) -> None:
    assert treated(code, TODAY, view) == expected


@pytest.mark.parametrize(
    ("code", "view", "instead"),
    [
        ("B3011", "EU", ("EU3011",)),
        ("Y48", "EU", ("EU48",)),
        ("A3210", "EU", ("AC300",)),
        ("A3210", "OECD", ("AC300",)),
        ("A2060", "EU", ("GG040",)),
        ("B2050", "OECD", ("GG040",)),
        ("EU48", "OECD", ("Y48",)),
    ],
)
def test_a_view_that_uses_another_code_names_it(code: str, view: str, instead: tuple[str, ...]) -> None:
    found = codes.status(code, TODAY, view)
    assert found is not None
    assert (found.status, found.instead) == ("not used", instead)


def test_a_withdrawn_code_has_no_colour_but_a_successor() -> None:
    found = codes.status("B1110", date(2025, 1, 1), "OECD")
    assert found is not None
    assert (found.status, found.instead) == ("withdrawn", ("Y49", "A1181"))
    assert treated("A1181", date(2024, 12, 31), "EU") == "not yet"


@pytest.mark.parametrize("view", codes.VIEWS)
@pytest.mark.parametrize("on", DAYS)
def test_one_row_decides_for_every_waste_on_every_day(view: str, on: date) -> None:
    for entry in WASTES:
        found = codes.status(entry.code, on, view)
        assert found is None or (found.status in codes.STATUSES and found.law and found.code == entry.code)
        assert found is None or all(codes.wastes(code) for code in found.instead)


@pytest.mark.parametrize("entry", [each for each in WASTES if each.list != "EU"], ids=lambda each: each.code)
def test_every_waste_of_the_convention_and_the_oecd_has_a_treatment_within_the_eu(entry: codes.Entry) -> None:
    assert codes.status(entry.code, TODAY, "EU") is not None


def test_a_code_or_view_that_is_not_there_is_said_so() -> None:
    with pytest.raises(NotFound, match="waste code 'A9999'"):
        codes.status("A9999", TODAY, "EU")
    with pytest.raises(NotFound, match="There are: BASEL, OECD, EU"):
        codes.status("A1160", TODAY, "MARS")


def test_a_code_that_stands_in_for_another_is_told_as_the_same_waste() -> None:
    rules = [rule.status for view in codes.VIEWS for rule in codes.status_rules(view)]
    for said in rules:
        if said.status == "not used":
            assert set(said.instead) <= others(said.code), said


@pytest.mark.parametrize("code", ["D8", "D9"])
def test_trap_14_treatment_before_disposal_is_interim_in_the_eu_and_not_on_the_form(code: str) -> None:
    assert codes.interim(code, "form") is False
    assert codes.interim(code, "eu") is True


def test_trap_14_both_readings_agree_on_every_other_operation() -> None:
    operations = [entry.code for name in ("D", "R") for entry in codes.entries(name)]
    differ = [code for code in operations if codes.interim(code, "form") != codes.interim(code, "eu")]
    assert differ == ["D8", "D9"]


def test_trap_14_an_operation_or_reading_that_is_not_there_is_said_so() -> None:
    with pytest.raises(NotFound, match="operation 'D16'"):
        codes.interim("D16", "eu")
    with pytest.raises(NotFound, match="There are: form, eu"):
        codes.interim("D8", "swiss")


@pytest.mark.parametrize(
    ("list_name", "code", "last_day"),
    [
        ("BASEL-VIII", "A1180", date(2024, 12, 31)),
        ("BASEL-IX", "B1110", date(2024, 12, 31)),
        ("BASEL-IX", "B4030", date(2024, 12, 31)),
        ("BASEL-IX", "B3010", date(2020, 12, 31)),
        ("OECD", "GH013", date(2020, 12, 31)),
    ],
)
def test_trap_18_a_code_is_valid_on_its_last_day_and_withdrawn_on_the_next(
    list_name: str, code: str, last_day: date
) -> None:
    assert codes.problem(list_name, code, last_day) is None
    found = codes.problem(list_name, code, last_day + timedelta(days=1))
    assert found is not None
    assert found.rule_id == "code-withdrawn"
    assert found.fix


@pytest.mark.parametrize("code", ["A1180", "B1110", "B4030"])
def test_trap_18_a_consent_given_before_covers_a_withdrawn_code_in_the_eu_until_the_first_of_january_2026(
    code: str,
) -> None:
    days = [date(2024, 12, 31), date(2025, 1, 1), date(2026, 1, 1), date(2026, 1, 2)]
    statuses = [treated(code, day, "EU") for day in days]
    assert statuses[1:] == ["earlier consents", "earlier consents", "withdrawn"]
    assert statuses[0] not in ("earlier consents", "withdrawn")


@pytest.mark.parametrize(
    ("code", "other"),
    [
        ("Y48", "EU48"),
        ("B3011", "EU3011"),
        ("Y49", "GC020"),
        ("A3210", "AC300"),
        ("B2050", "GG040"),
        ("A2060", "GG040"),
    ],
)
def test_trap_19_the_same_waste_has_another_code_on_another_leg(code: str, other: str) -> None:
    assert other in others(code, TODAY)
    assert code in others(other, TODAY)


def test_trap_19_an_equivalent_has_its_days() -> None:
    assert "GC020" in others("Y49", LAST_GREEN_DAY)
    assert others("Y49", date(2027, 1, 1)) == set()
    assert others("Y49") == {"GC010", "GC020"}


def test_trap_20_not_listed_is_a_value_and_no_unknown_code() -> None:
    assert codes.problem("BASEL-VIII", codes.NOT_LISTED, TODAY) is None
    assert codes.problem("OECD", codes.NOT_LISTED, TODAY) is None


@pytest.mark.parametrize(
    ("view", "expected"), [("EU", "prior notification"), ("OECD", "amber"), ("BASEL", "to be judged")]
)
def test_trap_20_what_is_not_listed_is_controlled_unless_the_convention_leaves_it_open(
    view: str, expected: str
) -> None:
    assert treated(codes.NOT_LISTED, TODAY, view) == expected


def test_trap_42_a_label_is_not_law() -> None:
    label = codes.entries("BASEL-VIII")[0].label
    found = codes.problem("BASEL-VIII", label, TODAY)
    assert found is not None
    assert found.rule_id == "code-unknown"
    withdrawn = codes.problem("BASEL-IX", "B1110", TODAY)
    assert withdrawn is not None
    assert "BC-15/18" in (withdrawn.law or "")


def test_trap_42_the_tar_of_a1190_is_no_coal() -> None:
    entry = codes.find("BASEL-VIII", "A1190")
    assert entry is not None
    assert "tar" in entry.label
    assert "coal," not in entry.label


def test_the_mirror_of_a_hazardous_entry_is_the_harmless_one() -> None:
    assert [pair.equivalent for pair in codes.mirrors("A1170")] == ["B1090"]
    assert {pair.other("B3011") for pair in codes.mirrors("B3011")} == {"A3210", "Y48"}


def test_the_predecessors_of_a_code_are_those_it_took_the_place_of() -> None:
    entry = codes.find("BASEL-II", "Y49")
    assert entry is not None
    assert [each.code for each in codes.predecessors(entry)] == ["B1110", "B4030"]


@pytest.mark.parametrize("name", ["EC", "UN", "UN-CLASS"])
def test_a_code_that_an_open_list_lacks_is_not_known_here_and_not_wrong(name: str) -> None:
    assert codes.problem(name, "9999", TODAY) is None
    found = codes.unknown_here(name, "9999")
    assert found is not None
    assert (found.rule_id, found.severity) == ("code-not-known-here", "info")


def test_a_code_of_the_list_of_waste_is_read_with_spaces_and_star() -> None:
    assert codes.find("EC", "16 06 01*") == codes.find("EC", "160601")
    assert [entry.code for entry in codes.entries("EC") if entry.hazardous][:1] == ["160104"]


def test_a_code_that_an_open_list_holds_is_known() -> None:
    assert codes.unknown_here("UN-CLASS", "8") is None
    assert codes.unknown_here("BASEL-VIII", "8") is None


def test_the_class_of_every_hazard_is_a_class_of_dangerous_goods() -> None:
    assert {entry.un_class for entry in codes.entries("H")} == {entry.code for entry in codes.entries("UN-CLASS")}


def test_only_what_the_forms_call_other_needs_words() -> None:
    every = [entry for name in codes.LISTS for entry in codes.entries(name)]
    assert [(entry.list, entry.code) for entry in every if entry.needs_text] == [("PACKAGING", "9"), ("PHYSICAL", "7")]
