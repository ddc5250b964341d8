"""The process tables hold together: each row names states, documents, facts, messages and rules that exist."""

from collections import Counter
from dataclasses import fields

import pytest

from waste_bpm.documents.model import fields as document_fields
from waste_bpm.law.rules import regime
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.process import START
from waste_bpm.sop.checklist import sops
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES
from waste_bpm.vocabulary import Role

ROWS = [(process, step) for process in PROCESSES.values() for step in process.steps]
IDS = [f"{process.name}.{step.name}" for process, step in ROWS]
rows = pytest.mark.parametrize(("process", "step"), ROWS, ids=IDS)


@rows
def test_a_row_stands_between_states_of_its_process(process, step):
    assert set(step.source) <= set(process.states)
    assert step.target is None or step.target in process.states
    assert len(set(step.source)) == len(step.source)


@rows
def test_the_machine_takes_each_row_from_its_sources_only(process, step):
    for state in process.states:
        after = process.after(state, step.name)
        assert after == ((step.target or state) if state in step.source else None)


@rows
def test_what_a_row_says_is_a_message_with_the_document_it_takes(process, step):
    assert (step.says is None) == (step.to == ())
    if step.says is not None:
        assert MESSAGES[step.says].document is step.takes


@rows
def test_what_a_row_records_is_in_the_document_and_remembered_by_the_instance(process, step):
    remembered = {field.name for field in fields(process.instance)}
    for name in step.records:
        assert name in remembered
        assert name in {spec.name for spec in document_fields(step.takes)} or hasattr(step.takes, name)


@rows
def test_clocks_are_rules_of_the_law_that_start_somewhere_and_stop_somewhere(process, step):
    law = regime("BASEL")
    for name, fact in step.starts.items():
        assert law.rule(name)
        assert fact == "occurred" or fact in step.records


def test_each_clock_with_a_number_is_started_and_each_stopped_one_was_started():
    started = Counter(name for _, step in ROWS for name in step.starts)
    stopped = {name.rpartition(".")[2] for _, step in ROWS for name in step.stops}
    assert stopped <= set(started)
    law = regime("BASEL")
    assert set(started) <= {rule.id for rule in law.rules.values() if rule.is_clock}
    numbered = {rule.id for rule in law.rules.values() if rule.is_clock and any(each.value for each in rule.values)}
    assert numbered - set(started) == {"consent_validity"}


@rows
def test_a_row_has_its_article_its_words_and_somebody_who_may_take_it(process, step):
    assert step.law.startswith(("Basel", "Annex V", "Regulation (E", "Implementing Regulation (EU)", "OECD Decision"))
    assert step.title[0].isupper()
    beside = {name for _, other in ROWS for name in other.also}
    assert step.by or f"{process.name}.{step.name}" in beside


@rows
def test_every_guard_says_its_article(process, step):
    for guard in step.guards:
        assert guard.__doc__
        assert guard.__doc__.rstrip().endswith(".")


def test_events_and_steps_have_names_of_their_own():
    events = Counter(step.event for _, step in ROWS)
    assert not [name for name, times in events.items() if times > 1]
    for process in PROCESSES.values():
        assert len(process.by_name) == len(process.rows)


def test_every_state_can_be_reached():
    for process in PROCESSES.values():
        reached, before = {START}, set()
        while reached != before:
            before = set(reached)
            reached |= {step.target for step in process.steps if step.target and before & set(step.source)}
        assert reached == set(process.states), process.name


def test_every_message_is_said_by_a_step_and_every_block_has_one():
    assert {step.says for _, step in ROWS if step.says} == set(MESSAGES)
    assert {message.block for message in MESSAGES.values()} == set(BLOCKS)
    assert len({message.code for message in MESSAGES.values()}) == len(MESSAGES)


def test_the_outcomes_of_checklists_are_steps():
    outcomes = {step.outcome for _, step in ROWS if step.outcome}
    raised = {step.emits.event for sop in sops().values() for step in sop.steps if step.emits}
    assert raised == outcomes


def test_steps_of_the_clock_are_not_for_people():
    assert [(p.name, s.name) for p, s in ROWS if Role.CLOCK in s.by] == [("answer", "presume_consent")]
