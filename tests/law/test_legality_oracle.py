"""What must hold whatever is asked: nothing unknown is a yes, and a longer route never has fewer reasons."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from tests.law.legal import ask
from waste_bpm.law import countries
from waste_bpm.law.legality.provisions import chapter
from waste_bpm.law.memberships import standing

STATES = [each.iso2 for each in countries.countries() if countries.problem(each.iso2) is None]
WASTES = ["A1160", "Y1", "Y46", "Y48", "Y49", "B1010", "B3011", "B1110", "AC300", "GC010", "EU3011", "NOT LISTED"]
DAYS = ["1995-01-01", "2008-06-01", "2013-09-01", "2020-06-01", "2024-12-31", "2026-06-01", "2026-11-21", "2027-06-01"]
CONTROLLED = {"A1160", "Y1", "Y46", "AC300"}
UNION = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"

routes = some.tuples(
    some.sampled_from(STATES), some.sampled_from(STATES), some.lists(some.sampled_from(STATES), max_size=3)
).filter(lambda route: len({route[0], route[1], *route[2]}) > 1)
questions = some.tuples(
    routes, some.sampled_from(WASTES), some.sampled_from(["R4", "R13", "D10"]), some.sampled_from(DAYS)
)


@given(questions)
def test_a_verdict_is_what_its_findings_say(asked):
    (start, end, via), waste, operation, day = asked
    found = ask(start, end, waste, operation, day, via=" ".join(via))
    outcomes = {ground.outcome for ground in found.findings}
    assert (found.verdict == "prohibited") is ("prohibited" in outcomes)
    assert (found.verdict == "permitted") is (outcomes == set())
    for ground in found.findings:
        if ground.outcome == "needs_review" and any(fact.holds is None for fact in ground.evidence):
            assert "not sourced" in ground.message or "not known" in ground.message


@given(questions, some.sampled_from(STATES))
@example((("AU", "AT", ["GF"]), "A1160", "R4", "2008-06-01"), "AD")
def test_another_transit_state_never_removes_a_finding(asked, more):
    (start, end, via), waste, operation, day = asked
    before = {each.rule_id for each in ask(start, end, waste, operation, day, via=" ".join(via)).findings}
    after = {each.rule_id for each in ask(start, end, waste, operation, day, via=" ".join([*via, more])).findings}
    assert before <= after


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("operation", ["R4", "D10"])
def test_controlled_waste_from_or_to_a_state_that_is_not_sourced_is_never_permitted(day, operation):
    """Against the register itself: every country of the world, in both directions, with a State that is sourced."""
    for state, waste in itertools.product(STATES, sorted(CONTROLLED)):
        when = ask("LK", "KE", waste, operation, day).question.day
        if state == "KE" or standing("PARTY", state, when).holds is not None:
            continue
        assert ask(state, "KE", waste, operation, day).verdict != "permitted", (state, waste)
        assert ask("KE", state, waste, operation, day).verdict != "permitted", (state, waste)


@pytest.mark.parametrize("day", ["2026-06-01", "2026-11-21", "2027-06-01"])
def test_the_export_matrix_of_the_union_against_its_table(day):
    """The matrix as a person reads it: hazardous and Annex II waste leaves only for countries of the OECD Decision."""
    for end in STATES:
        when = ask("DE", "FR", "A1160", "R4", day).question.day
        if end in UNION:
            continue
        oecd, efta = standing("OECD-CONTROL", end, when).holds, standing("EFTA", end, when).holds
        for waste in ("A1160", "Y46", "Y49"):
            rules = {ground.rule_id: ground.outcome for ground in ask("DE", end, waste, "R4", day).findings}
            banned = rules.get("eu-export-hazardous", rules.get("eu-export-other-wastes"))
            assert banned == {True: None, False: "prohibited", None: "needs_review"}[oecd], (end, waste)
        disposal = {ground.rule_id: ground.outcome for ground in ask("DE", end, "A1160", "D10", day).findings}
        assert disposal.get("eu-export-disposal") == (
            None if efta else "prohibited" if efta is False else "needs_review"
        )


def test_every_provision_decides_somewhere():
    """Nothing in the file of prohibitions is dead: for each there is a question that it answers."""
    met: set[str] = set()
    ends = ["IN", "KR", "GH", "NO", "BR", "CN", "TN", "AQ", "FR", "FJ", "CO"]
    for start, end, waste, operation, day in itertools.product(
        ["DE", "US", "GB", "KE"], ends, WASTES, ["R4", "D10"], DAYS
    ):
        if start != end:
            met |= {each.rule_id for each in ask(start, end, waste, operation, day, via="FJ").findings}
    assert {each.id for each in chapter("prohibitions").provisions} <= met


def test_every_route_is_taken_by_somebody():
    taken: set[str] = set()
    pairs = itertools.product(["DE", "US", "GB", "KE", "NO"], ["FR", "KR", "BR", "GB", "KE", "DE"])
    asked = itertools.product(
        pairs, ["A1160", "B1010", "GC010"], ["2020-06-01", "2026-06-01"], ["1", None], [True, False]
    )
    for (start, end), waste, day, kg, sample in asked:
        if start != end:
            mass = {"kg": kg} if kg else {}
            found = ask(start, end, waste, "R4", day, laboratory=sample, **mass)
            taken.add(found.procedure.id if found.procedure else "")
    assert set(chapter("routes").procedures) - taken == {"agreement"}


def test_an_agreement_beside_the_oecd_decision_sets_its_own_procedure():
    found = ask("US", "KR", "A1160", "R4", "2026-06-01", via="SG")
    assert found.procedure is not None
    assert (found.verdict, found.procedure.id) == ("permitted", "agreement")
