"""The code lists of the Convention and of the forms, day by day."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.law import codes

TODAY = date(2026, 11, 24)
EVERY_ENTRY = [entry for name in codes.LISTS for entry in codes.entries(name)]


def rule(list_name: str, code: str, on: date) -> str | None:
    found = codes.problem(list_name, code, on)
    return found.rule_id if found else None


@pytest.mark.parametrize(
    ("list_name", "count"),
    [
        ("Y", 49),
        ("BASEL-II", 4),
        ("H", 14),
        ("BASEL-VIII", 63),
        ("BASEL-IX", 62),
        ("D", 15),
        ("R", 13),
        ("PACKAGING", 9),
        ("PHYSICAL", 7),
        ("TRANSPORT", 5),
        ("OECD", 36),
        ("EU", 7),
    ],
)
def test_a_list_is_whole(list_name: str, count: int) -> None:
    assert len(codes.entries(list_name)) == count


@pytest.mark.parametrize(
    ("list_name", "code", "on", "expected"),
    [
        pytest.param("BASEL-VIII", "A1160", TODAY, None, id="lead-acid batteries are on Annex VIII"),
        pytest.param("BASEL-IX", "B1110", date(2024, 12, 31), None, id="B1110 on its last day"),
        pytest.param("BASEL-IX", "B1110", date(2025, 1, 1), "code-withdrawn", id="B1110 the day after"),
        pytest.param("BASEL-VIII", "A1180", date(2025, 1, 1), "code-withdrawn", id="A1180 ends with B1110"),
        pytest.param("BASEL-VIII", "A1181", date(2024, 12, 31), "code-not-yet-valid", id="A1181 the day before"),
        pytest.param("BASEL-VIII", "A1181", date(2025, 1, 1), None, id="A1181 on its first day"),
        pytest.param("BASEL-II", "Y49", date(2024, 12, 31), "code-not-yet-valid", id="Y49 the day before"),
        pytest.param("Y", "Y49", date(2025, 1, 1), None, id="Y49 on its first day"),
        pytest.param("BASEL-IX", "B3010", date(2021, 1, 1), "code-withdrawn", id="B3010 ends with the plastic changes"),
        pytest.param("BASEL-IX", "B3011", date(2021, 1, 1), None, id="B3011 begins with them"),
        pytest.param("BASEL-VIII", "A1160", date(1998, 11, 5), "code-not-yet-valid", id="before Annex VIII was there"),
        pytest.param("BASEL-VIII", "A1190", date(1999, 1, 1), None, id="an unknown first day counts as passed"),
        pytest.param("BASEL-II", "Y1", TODAY, "code-unknown", id="Y1 is of Annex I, not II"),
        pytest.param("H", "H2", TODAY, "code-unknown", id="there is no H2"),
        pytest.param("BASEL-XII", "A1160", TODAY, "list-unknown", id="there is no Annex XII"),
    ],
)
def test_a_code_on_a_day(list_name: str, code: str, on: date, expected: str | None) -> None:
    assert rule(list_name, code, on) == expected


@pytest.mark.parametrize("list_name", sorted(codes.NOT_CARRIED))
def test_a_list_that_we_do_not_hold_is_taken_as_written(list_name: str) -> None:
    assert codes.problem(list_name, "whatever", TODAY) is None
    assert codes.find(list_name, "whatever") is None


@pytest.mark.parametrize("list_name", ["HS", "BASEL-XII"])
def test_the_entries_of_a_list_that_we_do_not_hold_cannot_be_had(list_name: str) -> None:
    with pytest.raises(NotFound):
        codes.entries(list_name)


@pytest.mark.parametrize(
    ("list_name", "code", "cure"),
    [
        ("BASEL-IX", "B1110", "Use Y49 of BASEL-II, or A1181 of BASEL-VIII if the waste is hazardous."),
        ("BASEL-VIII", "A1180", "Use A1181 of BASEL-VIII."),
        ("BASEL-IX", "B3010", "Use B3011 of BASEL-IX, or Y48 of BASEL-II."),
    ],
)
def test_a_withdrawn_code_names_its_successors(list_name: str, code: str, cure: str) -> None:
    found = codes.problem(list_name, code, TODAY)
    assert found is not None
    assert found.fix == cure
    assert found.law


def test_a_withdrawn_code_tells_the_day_from_which_it_may_not_be_used() -> None:
    assert "withdrawn from 2025-01-01" in str(codes.problem("BASEL-IX", "B1110", TODAY))


@pytest.mark.parametrize(
    ("list_name", "code", "meant"),
    [
        ("BASEL-VIII", "A116O", "A1160"),
        ("BASEL-VIII", "a1160", "A1160"),
        ("BASEL-VIII", "A 1160", "A1160"),
        ("D", "D1O", "D10"),
        ("R", "RI2", "R12"),
        ("Y", "Y4B", "Y4"),
    ],
)
def test_a_slip_of_the_pen_is_understood(list_name: str, code: str, meant: str) -> None:
    found = codes.problem(list_name, code, TODAY)
    assert found is not None
    assert f"Did you mean {meant} (" in (found.fix or "")


def test_a_withdrawn_code_is_not_suggested() -> None:
    found = codes.problem("BASEL-IX", "B3O10", TODAY)
    assert found is not None
    assert "B3010 (" not in (found.fix or "")


@pytest.mark.parametrize(
    ("list_name", "code", "other"),
    [("BASEL-IX", "A1160", "BASEL-VIII"), ("BASEL-VIII", "Y48", "BASEL-II and of Y"), ("R", "D10", "D")],
)
def test_a_code_under_the_wrong_list_is_sent_to_its_own(list_name: str, code: str, other: str) -> None:
    found = codes.problem(list_name, code, TODAY)
    assert found is not None
    assert found.rule_id == "code-unknown"
    assert f"is a code of {other}: name that list." in (found.fix or "")


def test_a_misspelt_list_is_understood() -> None:
    found = codes.problem("basel-viii", "A1160", TODAY)
    assert found is not None
    assert found.fix == "Did you mean BASEL-VIII?"


@pytest.mark.parametrize("entry", EVERY_ENTRY, ids=lambda entry: f"{entry.list}:{entry.code}")
def test_every_entry_has_a_source_a_label_and_days_in_order(entry: codes.Entry) -> None:
    assert entry.source
    assert entry.label
    assert (entry.valid_from or date.min) <= (entry.valid_to or date.max)


WITHDRAWN = [entry for entry in EVERY_ENTRY if entry.valid_to]


def test_eight_codes_are_withdrawn() -> None:
    convention = ["A1180", "B1110", "B3010", "B4030"]
    assert [entry.code for entry in WITHDRAWN] == [*convention, "GH013", "BEU01", "BEU02", "BEU03"]


@pytest.mark.parametrize("entry", WITHDRAWN, ids=lambda entry: entry.code)
def test_the_successors_of_a_withdrawn_code_are_in_force_the_day_after(entry: codes.Entry) -> None:
    assert entry.valid_to is not None
    day_after = date.fromordinal(entry.valid_to.toordinal() + 1)
    successors = [found for code in entry.replaced_by for name in codes.LISTS if (found := codes.find(name, code))]
    assert {found.code for found in successors} == set(entry.replaced_by)
    assert not codes.in_force(entry, day_after)
    assert all(codes.in_force(found, day_after) for found in successors)


def test_the_interim_operations_are_those_of_the_form_instructions() -> None:
    interim = [entry.code for name in ("D", "R") for entry in codes.entries(name) if entry.interim]
    assert interim == ["D13", "D14", "D15", "R12", "R13"]
    assert all(entry.interim is not None for name in ("D", "R") for entry in codes.entries(name))


def test_only_hazards_have_a_class_of_dangerous_goods() -> None:
    assert {entry.list for entry in EVERY_ENTRY if entry.un_class} == {"H"}
    assert {entry.code: entry.un_class for entry in codes.entries("H")}["H12"] == "9"
    assert {entry.code: entry.un_class for entry in codes.entries("H")}["H4.1"] == "4.1"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("A1160", "A1160"),
        ("a116", "A1160"),
        ("lead-acid", "A1160"),
        ("led acid batery", "A1160"),
        ("asbestoss", "A2050"),
        ("TYRES", "B3140"),
        ("jerrycan", "3"),
    ],
)
def test_search_finds_in_spite_of_spelling(text: str, code: str) -> None:
    assert codes.search(text)[0].code == code


@pytest.mark.parametrize("text", ["", "   ", "qqqqqqq"])
def test_search_for_nothing_finds_nothing(text: str) -> None:
    assert codes.search(text) == []


def test_search_gives_a_code_of_annex_two_once() -> None:
    assert [(entry.list, entry.code) for entry in codes.search("household waste")] == [("Y", "Y46"), ("Y", "Y47")]


GOOD = "A1,something,2020-01-01,,,a law"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("A1,something,2020-01-01,,,", "'source' is blank"),
        (",something,2020-01-01,,,a law", "'code' is blank"),
        ("A2,,2020-01-01,,,a law", "'label' is blank"),
        ("A2,something,1 May 2020,,,a law", "no day written as"),
        ("A2,something,2020-01-01,2019-12-31,,a law", "before it begins"),
        ("A2,something,,,maybe,a law", "not yes or no"),
        ("A2,something,2020-01-01,,a law", "5 cells where the header has 6"),
        ("A1,something else,2020-01-01,,,a law", "said twice"),
        ('A2,"some"thing,2020-01-01,,,a law', "no CSV in UTF-8"),
    ],
)
def test_a_bad_row_is_refused_with_file_and_line(tmp_path: Path, row: str, why: str) -> None:
    file = tmp_path / "broken.csv"
    file.write_text(f"code,label,valid_from,valid_to,interim,source\n{GOOD}\n{row}\n", encoding="utf-8")
    with pytest.raises(InputInvalid, match=rf"broken\.csv, line 3: .*{why}") as refused:
        codes.read(file, "BASEL-VIII")
    assert refused.value.findings[0].line == 3


@pytest.mark.parametrize("header", ["", "code,source,label"])
def test_a_list_without_its_source_column_is_refused(tmp_path: Path, header: str) -> None:
    file = tmp_path / "broken.csv"
    file.write_text(header, encoding="utf-8")
    with pytest.raises(InputInvalid, match=r"broken\.csv, line 1"):
        codes.read(file, "Y")


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "broken.csv"
    file.write_text("code,label,source\nX1,déchets,a law\n", encoding="latin-1")
    with pytest.raises(InputInvalid, match=r"broken\.csv, .* no CSV in UTF-8"):
        codes.read(file, "Y")


def test_a_column_that_a_file_leaves_out_is_blank(tmp_path: Path) -> None:
    file = tmp_path / "short.csv"
    file.write_text("code,label,source\nX1,something,a law\n", encoding="utf-8")
    assert codes.read(file, "Y") == (codes.Entry(code="X1", list="Y", label="something", source="a law"),)


def test_an_edition_of_a_code_answers_for_its_days(tmp_path: Path) -> None:
    file = tmp_path / "editions.csv"
    file.write_text("code,label,valid_from,valid_to,source\nX1,old,,2024-12-31,a law\nX1,new,2025-01-01,,a law\n")
    old, new = codes.read(file, "Y")
    assert [codes.in_force(old, date(2024, 12, 31)), codes.in_force(new, date(2024, 12, 31))] == [True, False]
    assert [codes.in_force(old, date(2025, 1, 1)), codes.in_force(new, date(2025, 1, 1))] == [False, True]


def test_only_the_list_that_is_asked_is_read() -> None:
    script = """
import sys
from datetime import date
read = []
sys.addaudithook(lambda name, args: name == "open" and str(args[0]).endswith(".csv") and read.append(str(args[0])))
from waste_bpm.law import codes
assert codes.problem("BASEL-VIII", "A1160", date(2026, 1, 1)) is None
print(*(each.rpartition("/")[2] for each in read))
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["annex_viii.csv"]
