"""Countries that hand each other files while everything goes wrong: every invariant after it has become quiet."""

import os

import pytest

from tests.federation.play import Federation, play

SEEDS = int(os.environ.get("WASTE_BPM_FEDERATION_SEEDS", "40"))
"""How many stories are told in a run of the tests; `python -m tests.campaigns.federation` tells thousands."""
_TOGETHER = 5


@pytest.mark.parametrize("first", range(0, SEEDS, _TOGETHER))
def test_whatever_goes_wrong_all_nodes_end_with_the_same_case(first):
    """Loss, repetition, delay, other order, partition, death, wrong clocks, new keys, forgeries: nothing lost or twice."""
    for seed in range(first, first + _TOGETHER):
        assert play(seed).problems == [], f"python -m tests.campaigns.federation --only {seed}"


def test_with_real_keys_it_is_the_same():
    assert play(7, real=True).problems == []


def test_a_seed_tells_the_same_story_to_the_last_hash():
    first, again = play(11), play(11)
    assert first.log
    assert (first.log, first.faults) == (again.log, again.faults)


def test_nothing_of_a_case_comes_to_a_node_that_is_not_party_to_it():
    federation = Federation(3)
    assert federation.run().problems == []
    assert federation.sites["stranger"].store.newer("11111111-2222-5333-8444-555555555555", 0) == []
    federation.close()
