"""Any walk of public acts keeps every invariant: each process, under each regime, with good and bad data, in time."""

import os
import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.walks.coverage import ELSEWHERE, NEVER, Coverage, declared, declared_states
from tests.walks.going import gone
from tests.walks.stories import GRAVE, SAYS, STORIES, WALKS, WHO
from tests.walks.walk import Walk
from waste_bpm.law.rules import regimes
from waste_bpm.processes import PROCESSES
from waste_bpm.vocabulary import Role

EXAMPLES = int(os.environ.get("WASTE_BPM_EXAMPLES", "2"))
OF_THE_NODE = {name for name, process in PROCESSES.items() if process.of_the_node}
"""What the node notes by itself while other processes are told."""
ROWS_FLOOR, STATES_FLOOR, TAKEN_FLOOR = 0.75, 0.85, 0.5
"""The shares of rows and states that the short walks reach, and of asks that are taken, at the least."""


def machine(story):
    """A state machine whose one rule takes the next step of a walk; throws are drawn, so a failure is made small."""

    class Machine(RuleBasedStateMachine):
        walk = None

        @initialize(regime=some.sampled_from(story.regimes), throw=some.integers(0, 99))
        def begin(self, regime, throw):
            self.walk = Walk(random.Random(throw), story, regime)

        @rule(throw=some.integers(0, 9999))
        def take_a_step(self, throw):
            self.walk.step(random.Random(throw))

        @invariant()
        def everything_holds(self):
            if self.walk is not None:
                self.walk.hold()

        def teardown(self):
            if self.walk is not None:
                self.walk.close()

    return Machine


@pytest.mark.parametrize("name", STORIES)
def test_whatever_is_asked_every_invariant_holds(name):
    limits = settings(
        max_examples=EXAMPLES, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine(STORIES[name]), settings=limits)


@pytest.fixture(scope="module")
def short():
    """Each story on one node, under each regime, always the same."""
    numbers = [number for number, (name, _) in enumerate(WALKS) if not STORIES[name].each]
    return gone("short", numbers, length=range(24, 26))


def test_short_walks_take_most_rows_and_reach_most_states(short):
    assert len(short.rows() & declared()) >= ROWS_FLOOR * len(declared()), short.never_taken()
    assert len(short.states() & declared_states()) >= STATES_FLOOR * len(declared_states())


def test_at_least_half_of_what_is_asked_is_taken_and_some_is_refused(short):
    asked = short.asked["taken"] + short.asked["refused"]
    assert TAKEN_FLOOR * asked <= short.asked["taken"] < asked


def test_every_process_is_walked(short):
    assert {process for process, _, _ in short.taken} >= PROCESSES.keys() - ELSEWHERE - OF_THE_NODE


def test_every_process_is_in_a_story_under_every_regime_that_has_its_procedure():
    told = {(process, law) for name, law in WALKS for process in STORIES[name].processes}
    told |= {(process, law) for name, law in WALKS for process in STORIES[name].beside}
    alone = {"annex_vii", "pre_consent"}
    passing = {name for name, process in PROCESSES.items() if all(step.by == (Role.CLOCK,) for step in process.steps)}
    assert told >= {(process, law) for process in PROCESSES.keys() - alone - passing for law in regimes()}
    assert {process for process, _ in told} >= PROCESSES.keys() - passing, "time passes in every story"


def test_the_same_walk_is_the_same_walk():
    once, again = (gone("again", [3], length=range(10, 11)) for _ in range(2))
    assert (once.taken, once.reached, once.asked) == (again.taken, again.reached, again.asked)


def test_what_walks_say_is_said_in_rows_that_exist():
    assert {*SAYS, *WHO, *GRAVE, *NEVER} <= declared()


def test_a_row_that_was_never_taken_is_named():
    assert Coverage().never_taken() == sorted(declared() - NEVER.keys())
