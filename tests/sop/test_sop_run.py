"""A run is a value: answers make new runs, nothing is forgotten, evidence blocks the outcome and not the way."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.sop.checklist import Sop, sops
from waste_bpm.sop.run import Evidence, Missing, Run, add_evidence, answer, play, start

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
PHOTO = Evidence(type="photo", value="left.jpg", digest="00ff")
WHO = {"by": "officer-7", "at": NOON}


def refused(call, *args, **kwargs):
    with pytest.raises(InputInvalid) as caught:
        call(*args, **kwargs)
    return caught.value.findings


def at_outcome(small):
    run = start(small, "exit", {})
    for step, value in {"hello": None, "colour": "green", "photo": None, "weight": "20.50", "words": " hi "}.items():
        run = answer(run, step, value, **WHO)
    return run


def test_a_run_begins_at_the_first_step_with_the_facts_that_are_shown(small):
    run = start(small, "exit", {"painted": 3, "secret": "x"})
    assert run.current.id == "hello"
    assert dict(run.facts) == {"painted": 3}
    assert (run.lines, run.outcome, run.missing) == ((), None, ())


def test_a_run_begins_only_where_the_checklist_is_used(small):
    (finding,) = refused(start, small, "transit_in", {})
    assert finding.rule_id == "sop-point-unknown"
    assert "exit, entry" in finding.fix


def test_an_answer_makes_a_new_run_and_leaves_the_old_one(small):
    before = start(small, "exit", {})
    after = answer(before, "hello", None, **WHO)
    assert (before.current.id, after.current.id) == ("hello", "colour")
    with pytest.raises(FrozenInstanceError):
        after.point = "entry"


def test_lines_are_numbered_and_keep_what_was_given(small):
    run = at_outcome(small)
    assert [(line.seq, line.step, line.answer) for line in run.lines] == [
        (1, "hello", None), (2, "colour", "green"), (3, "photo", None), (4, "weight", Decimal("20.50")),
        (5, "words", "hi"),
    ]  # fmt: skip
    assert {(line.by, line.at) for line in run.lines} == {("officer-7", NOON)}


def test_a_wrong_answer_names_the_allowed_ones(small):
    run = answer(start(small, "exit", {}), "hello", None, **WHO)
    (finding,) = refused(answer, run, "colour", "blue", **WHO)
    assert finding.rule_id == "sop-answer-unknown"
    assert "red, green, cannot_tell" in finding.fix


@pytest.mark.parametrize("value", [True, None, "", "ten", "NaN", "Infinity", [1]])
def test_a_number_is_a_finite_number(small, value):
    run = Run(sop=small, point="exit", lines=at_outcome(small).lines[:3])
    assert refused(answer, run, "weight", value, **WHO)[0].rule_id == "sop-answer-unknown"


@pytest.mark.parametrize("value", [1, None, "", "  "])
def test_a_text_is_not_empty(small, value):
    run = Run(sop=small, point="exit", lines=at_outcome(small).lines[:4])
    assert refused(answer, run, "words", value, **WHO)[0].rule_id == "sop-answer-unknown"


def test_a_step_without_question_takes_no_answer(small):
    assert refused(answer, start(small, "exit", {}), "hello", "yes", **WHO)[0].rule_id == "sop-answer-unknown"


def test_only_the_current_step_is_answered(small):
    (finding,) = refused(answer, start(small, "exit", {}), "photo", None, **WHO)
    assert finding.rule_id == "sop-step-not-current"
    assert "hello" in finding.message


def test_missing_evidence_blocks_the_outcome_and_not_the_way(small):
    run = at_outcome(small)
    left, right = (Missing(step="photo", type="photo", label=label) for label in ("From the left", "From the right"))
    assert run.missing == (left, right)
    findings = refused(answer, run, "fine", None, **WHO)
    assert [finding.rule_id for finding in findings] == ["sop-evidence-missing"] * 2
    run = add_evidence(run, "photo", [PHOTO], **WHO)
    assert run.missing == (right,)
    assert run.current.id == "fine"
    run = answer(add_evidence(run, "photo", [PHOTO], **WHO), "fine", None, **WHO)
    assert (run.current, run.outcome.event, run.outcome.reason) == (None, "documents.verified", None)


def test_a_step_with_an_answer_keeps_it_when_evidence_is_added_later(small):
    run = add_evidence(at_outcome(small), "colour", [PHOTO], **WHO)
    assert run.answers["colour"] == "green"
    assert run.lines[-1].later


def test_evidence_is_added_only_to_steps_behind(small):
    (finding,) = refused(add_evidence, start(small, "exit", {}), "photo", [PHOTO], **WHO)
    assert finding.rule_id == "sop-step-not-reached"


def test_all_faults_of_one_answer_are_told_at_once(small):
    run = answer(start(small, "exit", {}), "hello", None, **WHO)
    smell = [Evidence(type="smell", value="sour")]
    findings = refused(answer, run, "colour", "blue", by="x", at=NOON.replace(tzinfo=None), evidence=smell)
    assert [finding.rule_id for finding in findings] == ["sop-answer-unknown", "sop-evidence-unknown", "sop-time-naive"]
    findings = refused(add_evidence, run, "hello", smell, **WHO)
    assert [finding.rule_id for finding in findings] == ["sop-evidence-unknown"]


def test_a_finished_run_is_closed(small):
    run = play(small, "exit", {}, {"colour": "red"}, **WHO)
    assert run.current is None
    assert refused(answer, run, "stop", None, **WHO)[0].rule_id == "sop-run-finished"
    assert refused(add_evidence, run, "colour", [PHOTO], **WHO)[0].rule_id == "sop-run-finished"


def test_the_outcome_carries_reason_and_the_digest_of_the_run(small):
    run = play(small, "exit", {}, {"colour": "red"}, **WHO)
    assert run.outcome.reason == "red"
    assert run.outcome.digest == run.digest
    assert run.record["sop"] == {"id": "SOP-99", "version": "1.0.0", "digest": small.digest}


def test_the_digest_tells_runs_apart_but_not_time_zones(small):
    here = timezone(timedelta(hours=9))
    first = play(small, "exit", {}, {"colour": "red"}, by="a", at=NOON)
    assert play(small, "exit", {}, {"colour": "red"}, by="a", at=NOON.astimezone(here)).digest == first.digest
    assert play(small, "exit", {}, {"colour": "red"}, by="b", at=NOON).digest != first.digest
    assert play(small, "exit", {"painted": 1}, {"colour": "red"}, by="a", at=NOON).digest != first.digest
    assert play(small, "exit", {}, {"colour": "cannot_tell"}, by="a", at=NOON).digest != first.digest


def test_a_run_can_be_taken_up_from_its_lines(small):
    run = at_outcome(small)
    again = Run(sop=small, point=run.point, facts=run.facts, lines=run.lines)
    assert again == run
    assert (again.current, again.missing, again.digest) == (run.current, run.missing, run.digest)


def test_a_checklist_that_leads_nowhere_says_so(written):
    written["steps"][1]["next"].pop()
    run = answer(start(Sop.model_validate(written), "exit", {}), "hello", None, **WHO)
    run = answer(run, "colour", "green", **WHO)
    with pytest.raises(InputInvalid, match="sop-dead-end"):
        _ = run.current


def test_play_uses_each_prepared_answer_once(written):
    written["steps"][1]["next"][0]["go"] = "hello"
    (finding,) = refused(play, Sop.model_validate(written), "exit", {}, {"colour": "red"}, **WHO)
    assert finding.rule_id == "sop-answer-missing"
    assert "red, green" in finding.fix


def test_play_takes_answers_with_evidence(small):
    photos = [{"type": "photo", "value": "1"}, PHOTO]
    answers = {"colour": {"answer": "green"}, "photo": {"evidence": photos}, "weight": 3, "words": "x"}
    run = play(small, "exit", {}, answers, **WHO)
    assert run.outcome.event == "documents.verified"
    assert [piece.value for piece in run.lines[2].evidence] == ["1", "left.jpg"]


def test_play_refuses_what_is_not_prepared_or_not_there(small):
    (finding,) = refused(play, small, "exit", {}, {"colour": "green"}, **WHO)
    assert "From the left, From the right" in finding.fix
    with pytest.raises(NotFound, match="Did you mean colour"):
        play(small, "exit", {}, {"color": "red"}, **WHO)
    crooked = {"colour": {"answer": "red", "evidence": [{"kind": "photo"}]}}
    assert refused(play, small, "exit", {}, crooked, **WHO)[0].rule_id == "sop-evidence-unknown"


NUMBERS = st.one_of(st.none(), st.integers(0, 50))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_answers_end_or_stand_at_a_step_that_can_be_answered(data):
    sop = data.draw(st.sampled_from(list(sops().values())))
    facts = {fact: data.draw(NUMBERS) for fact in sorted(sop.facts)}
    run = start(sop, data.draw(st.sampled_from(sop.applies_to.points)), facts)
    for _ in range(10 * len(sop.steps)):
        step = run.current
        if step is None:
            break
        kind = step.answer.type if step.answer else None
        value = {"number": 1, "text": "x", None: None}.get(kind) or (
            data.draw(st.sampled_from(step.answer.allowed)) if step.answer else None
        )
        evidence = [Evidence(type=asked.type, value="x") for asked in step.required]
        run = answer(run, step.id, value, evidence=evidence, **WHO)
        assert [line.seq for line in run.lines] == list(range(1, len(run.lines) + 1))
    assert run.current is None
    assert run.outcome.event in {"documents.verified", "documents.discrepancy_recorded"}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whoever_cannot_tell_anything_never_verifies(data):
    """In a checklist that ends in a decision, `cannot_tell` is never the way to the good end."""
    sop = sops()["SOP-01"]
    unsure = data.draw(st.integers(0, 15))
    run = start(sop, data.draw(st.sampled_from(sop.applies_to.points)), {})
    asked = 0
    while step := run.current:
        value = None
        if step.answer:
            value = "cannot_tell" if asked == unsure else data.draw(st.sampled_from(step.answer.allowed))
            asked += 1
        run = answer(run, step.id, value, evidence=[Evidence(type=e.type, value="x") for e in step.required], **WHO)
    if asked > unsure:
        assert run.outcome.event == "documents.discrepancy_recorded"
