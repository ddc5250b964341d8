"""Who is Party to what, since when, and what nobody has sourced."""

from datetime import date
from pathlib import Path

import pytest

from waste_bpm.errors import InputInvalid
from waste_bpm.law import countries as register
from waste_bpm.law.countries import bound_by_ban_amendment, country, is_basel_party, problem
from waste_bpm.law.memberships import in_annex_vii

TODAY = date(2026, 11, 24)


def test_the_register_holds_iso_3166_and_the_european_union_each_with_a_source() -> None:
    everyone = register.countries()
    assert len(everyone) == 250
    assert all(each.source and each.name and len(each.iso2) == 2 for each in everyone)
    assert [each.iso2 for each in everyone] == sorted({each.iso2 for each in everyone})


def test_as_many_parties_as_sourced() -> None:
    assert sum(each.basel_party is True for each in register.countries()) == 190
    assert sum(each.ban_amendment is True for each in register.countries()) == 87
    assert sum(in_annex_vii(each.iso2, TODAY) is True for each in register.countries()) == 45


@pytest.mark.parametrize(
    ("iso2", "on", "expected"),
    [
        pytest.param("KE", date(2000, 8, 30), True, id="Kenya on its first day"),
        pytest.param("KE", date(2000, 8, 29), False, id="Kenya the day before"),
        pytest.param("AR", date(1992, 5, 5), True, id="Argentina from the first day of the Convention"),
        pytest.param("EU", TODAY, True, id="the European Union is a Party of its own"),
        pytest.param("US", TODAY, False, id="the United States signed and did not ratify"),
        pytest.param("MM", TODAY, True, id="Myanmar is a Party since a day not sourced"),
        pytest.param("MM", date(2010, 1, 1), None, id="so of earlier days nothing is known"),
        pytest.param("CZ", date(1993, 6, 1), None, id="a successor may be bound before its deposit counts"),
        pytest.param("FJ", TODAY, None, id="Fiji is not verified"),
        pytest.param("HK", TODAY, None, id="a territory follows the declaration of its State"),
        pytest.param("ZZ", TODAY, None, id="nobody knows ZZ"),
    ],
)
def test_party_to_the_convention(iso2: str, on: date, expected: bool | None) -> None:
    assert is_basel_party(iso2, on) is expected


@pytest.mark.parametrize(
    ("iso2", "expected"),
    [
        pytest.param("DE", True, id="a member of both"),
        pytest.param("US", True, id="a member of OECD, though no Party"),
        pytest.param("BG", True, id="a member of the European Union only"),
        pytest.param("LI", True, id="Liechtenstein is named"),
        pytest.param("KE", False, id="Kenya is outside"),
        pytest.param("RE", None, id="a territory of a State of Annex VII is not sourced"),
        pytest.param("ZZ", None, id="nobody knows ZZ"),
    ],
)
def test_the_group_of_annex_vii(iso2: str, expected: bool | None) -> None:
    assert in_annex_vii(iso2, TODAY) is expected


@pytest.mark.parametrize(
    ("iso2", "on", "expected"),
    [
        pytest.param("DE", date(2019, 12, 4), False, id="before the amendment was in force"),
        pytest.param("DE", date(2019, 12, 5), True, id="from the first day of the amendment"),
        pytest.param("CR", date(2020, 2, 18), False, id="Costa Rica, 89 days after its deposit"),
        pytest.param("CR", date(2020, 2, 19), True, id="Costa Rica, 90 days after its deposit"),
        pytest.param("SL", TODAY, True, id="Sierra Leone is bound since a day not sourced"),
        pytest.param("US", TODAY, False, id="the United States is not bound"),
        pytest.param("AE", TODAY, None, id="not verified"),
        pytest.param("HK", TODAY, None, id="a territory is not sourced"),
    ],
)
def test_the_ban_amendment(iso2: str, on: date, expected: bool | None) -> None:
    assert bound_by_ban_amendment(iso2, on) is expected


@pytest.mark.parametrize("each", register.countries(), ids=lambda each: each.iso2)
def test_a_first_day_stands_only_where_there_is_a_status_and_not_before_the_treaty(each: register.Country) -> None:
    assert each.basel_party is True or each.basel_from is None
    assert each.ban_amendment is True or each.ban_amendment_from is None
    assert (each.basel_from or date.max) >= date(1992, 5, 5)
    assert (each.ban_amendment_from or date.max) >= date(2019, 12, 5)


@pytest.mark.parametrize(
    "each", [each for each in register.countries() if each.eu or each.oecd], ids=lambda each: each.iso2
)
def test_members_of_oecd_and_of_the_union_are_in_annex_vii(each: register.Country) -> None:
    assert in_annex_vii(each.iso2, TODAY) is True


def test_the_namesake_of_a_refusal_is_a_country() -> None:
    norway = country("NO")
    assert norway is not None
    assert norway.name == "Norway"


def test_a_country_code_of_iso_is_no_problem() -> None:
    assert [each.iso2 for each in register.countries() if problem(each.iso2)] == ["EU"]


@pytest.mark.parametrize(
    ("written", "cure"),
    [
        ("UK", "Write GB"),
        ("XI", "Write GB"),
        ("EU", "code of the member State"),
        ("EL", "Write GR"),
        ("XA", "fictional State of a training world"),
        ("XZ", "fictional State of a training world"),
        ("ke", "Did you mean KE?"),
        ("KEN", "Did you mean KE (Kenya)?"),
        ("Kenia", "Did you mean KE (Kenya)?"),
        ("ZZ", "two capital letters"),
        ("", "two capital letters"),
    ],
)
def test_what_is_no_country_code_is_told_how_to_write_it(written: str, cure: str) -> None:
    found = problem(written)
    assert found is not None
    assert found.rule_id == "country-unknown"
    assert cure in (found.fix or "")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("KE,Kenya,2000-08-30,perhaps,a source", "not yes or no"),
        ("KE,Kenya,August,yes,a source", "no day written as"),
        (",Kenya,2000-08-30,yes,a source", "'iso2' is blank"),
        ("AD,Kenya,2000-08-30,yes,a source", "said twice"),
    ],
)
def test_a_bad_row_is_refused_with_file_and_line(tmp_path: Path, row: str, why: str) -> None:
    file = tmp_path / "countries.csv"
    file.write_text(f"iso2,name,basel_from,basel_party,source\nAD,Andorra,,yes,a source\n{row}\n", encoding="utf-8")
    with pytest.raises(InputInvalid, match=rf"countries\.csv, line 3: .*{why}"):
        register.read(file)
