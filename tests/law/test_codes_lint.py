"""A list that is wrong is told with file and line, all mistakes at once."""

import shutil
from pathlib import Path

import pytest

from waste_bpm import resources
from waste_bpm.law.codes.lint import lint


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """A copy of our lists that a test may spoil."""
    return Path(shutil.copytree(resources.path("law", "lists"), tmp_path / "lists"))


def add(file: Path, row: str) -> int:
    """Add a row to a list; gives its line."""
    text = file.read_text(encoding="utf-8") + row + "\n"
    file.write_text(text, encoding="utf-8")
    return text.count("\n")


def test_nothing_is_wrong_in_our_lists() -> None:
    assert lint() == []


@pytest.mark.parametrize(
    ("name", "row", "rule_id"),
    [
        ("oecd.csv", "GZ010,green,something,,,,", "source-blank"),
        ("oecd.csv", "GZ010,green,,,,,a law", "label-blank"),
        ("oecd.csv", ",green,something,,,,a law", "code-blank"),
        ("oecd.csv", "GZ010,green,something,1 May 2020,,,a law", "date-wrong"),
        ("oecd.csv", "GZ010,green,something,2020-02-30,,,a law", "date-wrong"),
        ("oecd.csv", "GZ010,green,something,2020-01-01,2019-12-31,,a law", "dates-reversed"),
        ("oecd.csv", "GB040,green,something,2020-01-01,,,a law", "code-twice"),
        ("oecd.csv", "GZ010,green,something,,2020-12-31,GZ999,a law", "successor-unknown"),
        ("oecd.csv", "GZ010,green,something,,a law", "list-row-wrong"),
        ("disposal.csv", "D16,something,perhaps,no,a law", "list-row-wrong"),
        ("status.csv", "MARS,,,EU,green,,,,text read,a law", "list-unknown"),
        ("status.csv", "OECD,,GZ010,EU,green,,,,text read,a law", "waste-code-unknown"),
        ("status.csv", "OECD,,AB030,EU,green,GZ999,,,text read,a law", "successor-unknown"),
        ("status.csv", "OECD,,AB030,EU,blue,,,,text read,a law", "list-row-wrong"),
        ("status.csv", "BASEL-IX,,,EU,amber,,2026-01-01,,text read,a law", "code-twice"),
        ("equivalents.csv", "Y48,GZ999,same waste,everywhere,,,,a law", "waste-code-unknown"),
        ("equivalents.csv", "EU48,Y48,same waste,everywhere,,,,a law", "code-twice"),
        ("hs.csv", "854911,A1160,,hint,inference,no,2022,again,a law", "code-twice"),
        ("hs.csv", "854911,A9999,,hint,inference,no,2022,,a law", "waste-code-unknown"),
        ("hs.csv", "8549x1,A1160,,hint,inference,no,2022,,a law", "list-row-wrong"),
        ("hs.csv", "854911,,,hint,inference,no,2022,,a law", "list-row-wrong"),
    ],
)
def test_a_wrong_row_is_told_with_file_and_line(lists: Path, name: str, row: str, rule_id: str) -> None:
    line = add(lists / name, row)
    assert [(each.rule_id, each.line, Path(each.pointer or "").name) for each in lint(lists)] == [(rule_id, line, name)]


def test_a_new_edition_of_a_code_may_follow_the_old_one(lists: Path) -> None:
    add(lists / "oecd.csv", "GZ010,green,old words,,2024-12-31,,a law")
    add(lists / "oecd.csv", "GZ010,green,new words,2025-01-01,,,a law")
    assert lint(lists) == []


def test_all_mistakes_are_told_at_once(lists: Path) -> None:
    first = add(lists / "oecd.csv", "GZ010,green,too short")
    second = add(lists / "oecd.csv", "GZ020,green,,,,,a law")
    third = add(lists / "y.csv", "Y50,I,something,soon,,,a law")
    assert [each.line for each in lint(lists)] == [first, second, third]


def test_a_file_that_cannot_be_read_is_told(lists: Path) -> None:
    (lists / "un.csv").write_text("code,label,source\nX1,déchets,a law\n", encoding="latin-1")
    assert ["no CSV in UTF-8" in each.message for each in lint(lists)] == [True]


def test_a_register_beside_the_lists_needs_its_source_too(lists: Path) -> None:
    (lists / "ports.csv").write_text("code,source\nKEMBA,\n", encoding="utf-8")
    assert [each.rule_id for each in lint(lists)] == ["source-blank"]
