"""From customs codes to waste codes: hints with their evidence, and the slips of the printed table."""

from collections import Counter
from datetime import date

import pytest

from waste_bpm.errors import InputInvalid
from waste_bpm.law import codes

TODAY = date(2026, 11, 24)
EVERY = codes.correlations()


@pytest.mark.parametrize("written", ["854911", "8549.11", "8549 11", "85491110"])
def test_a_customs_code_is_understood_however_it_is_written(written: str) -> None:
    assert [(each.now, each.evidence) for each in codes.hs(written)] == [(("A1160",), "inference")]


def test_a_withdrawn_code_of_the_table_comes_with_the_codes_of_today() -> None:
    plastic = next(each for each in codes.hs("391510") if each.waste == "B3010")
    assert (plastic.now, plastic.evidence) == (("B3011", "Y48", "A3210"), "official")


def test_official_evidence_stands_before_inference() -> None:
    evidence = [each.evidence for each in codes.hs("391510")]
    assert evidence == sorted(evidence, key=lambda each: each != "official")
    assert set(evidence) == {"official", "inference"}


def test_a_heading_under_which_waste_hides_is_told_with_every_code_below_it() -> None:
    found = codes.hs("847130")
    assert [(each.hs, each.relation, each.waste) for each in found] == [("8471", "cover", None)]
    assert found[0].weak


def test_a_heading_stands_for_all_codes_that_begin_with_it() -> None:
    assert {each.hs for each in codes.hs("8549")} == {each.hs for each in EVERY if each.hs.startswith("8549")}


@pytest.mark.parametrize("written", ["", "85", "scrap", "85x9"])
def test_what_is_no_customs_code_is_refused(written: str) -> None:
    with pytest.raises(InputInvalid, match="hs-code-malformed"):
        codes.hs(written)


def test_a_code_that_the_table_lacks_gives_no_candidate() -> None:
    assert codes.hs("010121") == ()


def test_a_correlation_is_never_more_than_a_hint() -> None:
    assert {each.relation for each in EVERY if each.evidence == "official"} == {"part"}
    assert "never proof" in codes.HINT


@pytest.mark.parametrize("relation", ["part", "hint", "cover"])
def test_every_code_of_today_exists_and_is_in_force(relation: str) -> None:
    for each in EVERY:
        if each.relation == relation:
            found = [codes.wastes(code) for code in each.now]
            assert found, each
            assert all(entry and codes.in_force(entry, TODAY) for entry in found), each


def test_the_codes_of_today_agree_with_the_successors_of_the_lists() -> None:
    for each in EVERY:
        entry = codes.wastes(each.waste) if each.waste else None
        assert entry is None or set(entry.replaced_by) <= set(each.now), each


def test_trap_41_the_heading_that_does_not_exist_is_not_taken_over() -> None:
    assert not [each for each in EVERY if each.hs.startswith("8497")]
    assert [(each.waste, "8497 89 97" in each.note) for each in codes.hs("847989")] == [("B1250", True)]


def test_trap_41_a_pair_that_the_table_prints_twice_stands_once() -> None:
    assert Counter((each.hs, each.waste, each.relation) for each in EVERY).most_common(1)[0][1] == 1
    assert len([each for each in codes.hs("780200") if each.waste == "B1115"]) == 1


def test_the_table_is_whole() -> None:
    assert Counter(each.evidence for each in EVERY) == {"official": 1296, "inference": 44}
