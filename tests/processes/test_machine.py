"""Any walk of acts and time over a file keeps every invariant, under each regime."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.processes.file_walk import ROUTES, Files

EXAMPLES = int(os.environ.get("WASTE_BPM_EXAMPLES", "5"))


class AnyFile(RuleBasedStateMachine):
    """Notification, assessment, answers and changes, driven by public commands alone."""

    @initialize(regime=some.sampled_from(sorted(ROUTES)), dice=some.randoms(use_true_random=False))
    def begin(self, regime, dice):
        self.walk = Files(dice, regime)

    @rule()
    def go_on(self):
        self.walk.step()

    def teardown(self):
        for node in self.walk.file.world.nodes.values() if hasattr(self, "walk") else ():
            node.store.close()


TestAnyFile = AnyFile.TestCase
TestAnyFile.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
