"""Countries that hand each other files while everything goes wrong: every invariant after it has become quiet."""

import os
from contextlib import suppress

import pytest

from tests.federation.planted import BUGS, found
from tests.federation.play import Federation, play
from tests.federation.story import CASE
from waste_bpm.casework.digests import Comparison, compared, state
from waste_bpm.casework.views import events
from waste_bpm.errors import NotFound

SEEDS = int(os.environ.get("WASTE_BPM_FEDERATION_SEEDS", "200"))
"""How many stories are told in a run of the tests; `python -m tests.campaigns.federation` tells thousands."""
_TOGETHER = 10


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
    assert federation.sites["stranger"].store.newer(CASE, 0) == []
    federation.close()


@pytest.mark.spoils
@pytest.mark.parametrize("name", ["no memory", "answered before recorded", "everybody told"])
def test_a_planted_bug_is_found(name):
    bug = next(each for each in BUGS if each.name == name)
    assert found(bug, 1, 20)[0] is not None


def test_three_weeks_of_silence_of_one_node_lose_nothing_and_move_no_clock():
    """Given a node that hears nothing for three weeks, when it is back, then it has all, in order, with the true days."""
    federation = Federation(5, calm=True, count=3)
    silent = federation.tale.states[1].lower()
    federation.sites[silent].up, federation.silent = False, {silent}
    for _ in range(28):
        federation._round()
    assert (federation.now - federation.begun).days >= 21
    assert federation.sites[silent].store.newer(CASE, 0) == []
    federation.sites[silent].back()
    result = federation.run()
    assert result.problems == []
    clocks = {
        name: {
            (clock.rule, clock.start, clock.due)
            for event in events(site.node, CASE)
            for clock in event.clocks
            if event.type == "NotificationAcknowledged"
        }
        for name, site in federation.sites.items()
        if name != "stranger"
    }
    assert clocks["ke"]
    assert all(each == clocks["ke"] for each in clocks.values())
    federation.close()


def test_what_is_under_way_is_never_held_to_be_a_difference():
    """Given everything that goes wrong, when nodes compare after each round, then none differs, and all end equal."""
    federation = Federation(2, count=2)
    pair = [federation.sites[name.lower()] for name in federation.tale.states]
    found, step = [], federation._round

    def looked():
        step()
        with suppress(NotFound):
            ours, theirs = (state(one.node, CASE, other.name) for one, other in (pair, pair[::-1]))
            found.append(compared(ours, theirs).result)

    federation._round = looked
    assert federation.run().problems == []
    looked()
    assert set(found) == {Comparison.EQUAL, Comparison.UNDER_WAY}
    assert found[-1] is Comparison.EQUAL
    federation.close()
