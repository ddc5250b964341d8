"""The process tables hold together: each row names states, documents, facts, messages and rules that exist."""

from collections import Counter
from dataclasses import fields

import pytest

from waste_bpm.documents.model import fields as document_fields
from waste_bpm.law.rules import regime, regimes
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.process import START
from waste_bpm.sop.checklist import sops
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES
from waste_bpm.utility_blocks.policy import policy
from waste_bpm.vocabulary import Role

ROWS = [(process, step) for process in PROCESSES.values() for step in process.steps]
CITED = ("Basel", "Annex V", "Regulation (E", "Implementing Regulation (EU)", "OECD Decision", "practice of the")
"""How a citation begins."""
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
    for written in step.records:
        outer, _, name = written.rpartition(".")
        assert name in remembered
        if outer:
            continue
        assert name in {spec.name for spec in document_fields(step.takes)} or hasattr(step.takes, name)


@rows
def test_clocks_are_rules_of_the_law_that_start_somewhere_and_stop_somewhere(process, step):
    laws = [regime(name) for name in step.regimes or regimes()]
    for name, offered in step.starts.items():
        assert any(name in law.rules for law in laws)
        assert all(law.rules[name].counts_from in (None, *offered) for law in laws if isinstance(offered, tuple))
        facts = offered if isinstance(offered, tuple) else (offered,)
        assert set(facts) <= {"occurred", *step.records}
    assert set(step.runs_if) <= set(step.starts)
    assert set(step.lapses) <= {name for law in laws for name in law.rules}
    assert (step.drawn_up is None) == (not step.lapses and not step.follows)


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
    assert step.law.startswith((*CITED, "engine:") if process.of_the_node else CITED)
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
        assert len(process.by_name) == len(process.steps)


def test_every_state_can_be_reached():
    for process in PROCESSES.values():
        reached, before = {START}, set()
        while reached != before:
            before = set(reached)
            reached |= {step.target for step in process.steps if step.target and before & set(step.source)}
        assert reached == set(process.states), process.name


def test_every_message_is_said_by_a_step_or_on_an_occasion_of_its_block_and_every_block_has_one():
    by_step = {step.says for _, step in ROWS if step.says}
    on_occasion = {name for package in BLOCKS.values() for name in policy(package).occasions}
    assert by_step.isdisjoint(on_occasion)
    assert by_step | on_occasion == set(MESSAGES)
    assert {message.block for message in MESSAGES.values()} == set(BLOCKS)
    assert len({message.code for message in MESSAGES.values()}) == len(MESSAGES)


def test_the_outcomes_of_checklists_are_steps():
    outcomes = {step.outcome for _, step in ROWS if step.outcome}
    raised = {step.emits.event for sop in sops().values() for step in sop.steps if step.emits}
    assert raised == outcomes


def test_steps_of_the_clock_are_not_for_people():
    for process, step in ROWS:
        by_itself = bool(step.lapses or step.follows) or process.of_the_node
        assert (Role.CLOCK in step.by) == by_itself, (process.name, step.name)
        assert step.by == (Role.CLOCK,) or not by_itself


def test_what_a_row_follows_and_the_regimes_it_names_exist():
    for process, step in ROWS:
        assert set(step.regimes) <= set(regimes())
        for name in (*step.follows, *step.also):
            other, _, row = name.partition(".")
            assert row in PROCESSES[other].by_name, (process.name, step.name)


def test_under_each_regime_steps_have_names_of_their_own_and_every_state_is_left_or_ends():
    for name in regimes():
        for process in PROCESSES.values():
            narrowed = process.under(name)
            assert len({step.name for step in narrowed.steps}) == len(narrowed.steps)
            assert all(not step.regimes or name in step.regimes for step in narrowed.steps)
