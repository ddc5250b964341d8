"""Any walk of public acts keeps every invariant: ledger and movement, guarantee, border check, return case."""

import os
import random

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.processes.walks import WALKS

MANY = int(os.environ.get("WASTE_BPM_EXAMPLES", "4"))


def machine(walk):
    """A state machine whose one rule takes the next step of a walk; dice are drawn, so a failure is made small."""

    class Machine(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.walk = walk(random.Random(0))

        @rule(dice=some.randoms(use_true_random=False))
        def take_a_step(self, dice):
            self.walk.step(dice)

        def teardown(self):
            self.walk.close()

    return Machine


@pytest.mark.parametrize("name", WALKS)
def test_a_walk_keeps_every_invariant(name):
    run_state_machine_as_test(
        machine(WALKS[name]), settings=settings(max_examples=MANY, stateful_step_count=12, deadline=None)
    )


def test_a_walk_of_many_steps_takes_some_and_is_refused_others():
    for walk in WALKS.values():
        going = walk(random.Random(7))
        for _ in range(25):
            going.step()
        assert going.asked["refused"] > 0
        going.close()
