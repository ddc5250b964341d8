"""Every checklist of the tree is sound; every fault that is planted is found."""

import pytest

from waste_bpm.sop.checklist import Sop
from waste_bpm.sop.lint import lint
from waste_bpm.vocabulary import Severity


def paths(sop, step_id=None, behind=()):
    """Every way through a checklist, as step ids; a way that turns round ends with the step it meets again."""
    step = sop.step(step_id or sop.steps[0].id)
    way = (*behind, step.id)
    if step.id in behind or not step.next:
        yield way
        return
    for target in dict.fromkeys(row.go for row in step.next):
        yield from paths(sop, target, way)


def test_each_checklist_is_clean(each_sop, known_events):
    assert lint(each_sop, known_events) == []


def test_each_path_ends_in_an_outcome(each_sop):
    ways = list(paths(each_sop))
    assert len(ways) > 1
    assert {each_sop.step(way[-1]).kind for way in ways} == {"outcome"}
    assert {step for way in ways for step in way} == set(each_sop.by_id)


def test_each_asking_is_short(each_sop):
    assert [step.id for step in each_sop.steps if len(step.ask.split()) > 20] == []


def test_the_small_checklist_is_clean(small, known_events):
    assert lint(small, known_events) == []


def aim(written, step, go):
    written["steps"][step]["next"][-1]["go"] = go


PLANTED = {
    "sop-target-missing": ("photo", lambda w: aim(w, 2, "nowhere")),
    "sop-next-conditional": ("colour", lambda w: w["steps"][1]["next"].pop()),
    "sop-next-hidden": ("colour", lambda w: w["steps"][1]["next"].insert(0, {"go": "photo"})),
    "sop-dead-end": ("words", lambda w: w["steps"][4].pop("next")),
    "sop-step-unreachable": ("words", lambda w: aim(w, 3, "fine")),
    "sop-loop-endless": ("weight", lambda w: aim(w, 4, "photo")),
    "sop-no-outcome": ("weight", lambda w: w["steps"][4].pop("next")),
    "sop-event-unknown": ("fine", lambda w: w["steps"][5]["emits"].update(event="documents.eaten")),
    "sop-answer-unrouted": ("colour", lambda w: w["steps"][1]["answer"]["of"].append("blue")),
    "sop-cannot-tell-lost": ("colour", lambda w: w["steps"][1]["next"].pop(1)),
    "sop-name-unknown": ("colour", lambda w: w["steps"][1]["facts"].clear() or ask_fact(w)),
    "sop-value-unknown": ("colour", lambda w: w["steps"][1]["next"][0].update(when={"eq": ["answer", "rod"]})),
    "sop-name-twice": ("colour", lambda w: w["steps"][1]["facts"].append("colour")),
    "sop-warning-missing": ("photo", lambda w: w["steps"][2].pop("warn")),
    "sop-text-empty": ("weight", lambda w: w["steps"][3].update(ask=" ")),
    "sop-ask-long": ("weight", lambda w: w["steps"][3].update(ask="word " * 21)),
}


def ask_fact(written):
    written["steps"][1]["next"].insert(0, {"when": {"gt": ["painted", 3]}, "go": "stop"})


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_fault_is_found_with_step_and_cure(written, known_events, rule):
    step, plant = PLANTED[rule]
    plant(written)
    found = [finding for finding in lint(Sop.model_validate(written), known_events) if finding.rule_id == rule]
    assert f"SOP-99.yaml#{step}" in [finding.pointer for finding in found]
    assert all(finding.fix and step_named(finding) for finding in found)


def step_named(finding):
    return f"step {finding.pointer.partition('#')[2]}" in finding.message


def test_a_loop_with_a_way_out_is_no_fault(written, known_events):
    written["steps"][1]["next"][0]["go"] = "hello"
    written["steps"][1]["next"][1]["go"] = "stop"
    assert lint(Sop.model_validate(written), known_events) == []


def test_an_answer_may_be_weighed_later(written, known_events):
    written["steps"][1]["next"] = [{"when": {"eq": ["answer", "cannot_tell"]}, "go": "stop"}, {"go": "photo"}]
    written["steps"][4]["next"].insert(0, {"when": {"eq": ["colour", "red"]}, "go": "stop"})
    assert lint(Sop.model_validate(written), known_events) == []


def test_an_empty_head_and_a_reserved_name_are_found(written, known_events):
    written["purpose"] = " "
    written["steps"][1]["facts"] = ["painted", "point"]
    found = lint(Sop.model_validate(written), known_events)
    assert [finding.rule_id for finding in found] == ["sop-text-empty", "sop-name-twice"]


def test_only_length_is_a_warning(written, known_events):
    written["steps"][3]["ask"] = "word " * 21
    assert [finding.severity for finding in lint(Sop.model_validate(written), known_events)] == [Severity.WARNING]
