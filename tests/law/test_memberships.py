"""Who belongs to the OECD, the European Union, EFTA and Annex VII on which day, and what nobody has sourced."""

from datetime import date
from pathlib import Path

import pytest

from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.law import countries, memberships
from waste_bpm.law.memberships import standing

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("group", "iso2", "on", "expected"),
    [
        pytest.param("EU", "GB", date(2020, 1, 31), True, id="Britain was a member until the end of January 2020"),
        pytest.param("EU", "GB", date(2020, 2, 1), False, id="and no longer the day after"),
        pytest.param("EU-LAW", "GB", date(2017, 9, 1), True, id="the law of the Union applied to it as a member"),
        pytest.param("EU-LAW", "GB", date(2020, 12, 31), True, id="and to the end of the transition period"),
        pytest.param("EU-LAW", "GB", date(2021, 1, 1), False, id="and not after it"),
        pytest.param("GB-LAW", "GB", date(2021, 1, 1), True, id="when its own law began"),
        pytest.param("EU", "HR", date(2013, 6, 30), False, id="Croatia the day before its accession"),
        pytest.param("EU", "HR", date(2013, 7, 1), True, id="Croatia on the day of its accession"),
        pytest.param("OECD", "CR", date(2021, 5, 24), False, id="Costa Rica the day before"),
        pytest.param("OECD", "CR", date(2021, 5, 25), True, id="Costa Rica on its first day"),
        pytest.param("OECD", "SI", TODAY, True, id="Slovenia joined in 2010"),
        pytest.param("OECD", "SI", date(2010, 6, 1), None, id="on which day of 2010 is not sourced"),
        pytest.param("OECD-CONTROL", "CO", TODAY, None, id="whether Colombia takes part by now is not sourced"),
        pytest.param("OECD-CONTROL", "CO", date(2019, 1, 1), False, id="before it was a member it did not"),
        pytest.param("OECD-CONTROL", "KR", TODAY, True, id="members take part"),
        pytest.param("ANNEX-VII", "CR", date(2021, 5, 24), False, id="Annex VII follows the OECD by date"),
        pytest.param("ANNEX-VII", "CR", date(2021, 5, 25), True, id="a later member of the OECD counts"),
        pytest.param("EFTA", "LI", TODAY, True, id="Liechtenstein"),
        pytest.param("EFTA", "AT", TODAY, False, id="Austria is in the Union"),
        pytest.param("GB-LAW", "GG", TODAY, None, id="a territory is not sourced"),
        pytest.param("PARTY", "US", TODAY, False, id="the treaties are read from the register of countries"),
        pytest.param("BAN", "DE", TODAY, True, id="and so is the Ban Amendment"),
        pytest.param("OECD", "ZZ", TODAY, None, id="nobody knows ZZ"),
    ],
)
def test_a_membership_holds_on_its_days(group: str, iso2: str, on: date, expected: bool | None) -> None:
    assert standing(group, iso2, on).holds is expected


def test_what_holds_names_its_source() -> None:
    for group in memberships.GROUPS:
        for each in countries.countries():
            found = standing(group, each.iso2, TODAY)
            assert found.source, (group, each.iso2)


STATES = [each for each in countries.countries() if countries.problem(each.iso2) is None]


@pytest.mark.parametrize("each", STATES, ids=lambda each: each.iso2)
def test_the_dated_rows_agree_with_the_standing_of_today(each: countries.Country) -> None:
    assert (standing("OECD", each.iso2, TODAY).holds, standing("EU", each.iso2, TODAY).holds) == (each.oecd, each.eu)


def test_a_group_that_there_is_not() -> None:
    with pytest.raises(NotFound, match="no group 'NATO'"):
        standing("NATO", "DE", TODAY)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("NATO,DE,1955-05-06,,,yes,,a source", "neither a group nor a country"),
        ("EU,ZZ,1955-05-06,,,yes,,a source", "neither a group nor a country"),
        ("EU,DE,,,,yes,,a source", "neither a first day nor a day for which"),
        ("EU,DE,1958-01-01,1957-01-01,,yes,,a source", "before it begins"),
        ("EU,DE,1958-01-01,,,perhaps,,a source", "not yes or no"),
    ],
)
def test_a_bad_row_is_refused_with_file_and_line(tmp_path: Path, row: str, why: str) -> None:
    file = tmp_path / "memberships.csv"
    file.write_text(f"group,country,since,until,known_on,status,note,source\n{row}\n", encoding="utf-8")
    with pytest.raises(InputInvalid, match=rf"memberships\.csv, line 2: .*{why}"):
        memberships.read(file)
