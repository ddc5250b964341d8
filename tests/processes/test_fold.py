"""Folding: any prefix folds, streams may arrive in any order, and permitted agrees with decide."""

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.stage import case_id, node_of, played
from waste_bpm.casework.record import canonical, event_of
from waste_bpm.casework.views import events
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.decide import fold


@cache
def told():
    return tuple(events(node_of(played()), case_id()))


@pytest.mark.parametrize("length", [0, 1, 5, 20, 50])
def test_every_prefix_of_the_log_folds(length):
    case = fold("x", list(told()[:length]))
    assert sum(instance.version for instance in case.streams.values()) == length


@settings(max_examples=25, deadline=None)
@given(some.randoms(use_true_random=False))
def test_the_order_of_different_streams_does_not_matter(dice: random.Random):
    """Each stream in its own order, mixed at random, folds to the same case."""
    queues: dict[str, list] = {}
    for event in told():
        queues.setdefault(event.stream, []).append(event)
    mixed = []
    while queues:
        name = dice.choice(sorted(queues))
        mixed.append(queues[name].pop(0))
        if not queues[name]:
            del queues[name]
    assert fold("x", mixed) == fold("x", list(told()))


def test_a_fact_that_an_instance_does_not_remember_is_an_error():
    """A log from another version of the tables is told from one that this version reads."""
    with pytest.raises(TypeError, match="weather"):
        PROCESSES["movement"].unbegun.becoming({"weather": "fair"})


def test_an_event_survives_the_store():
    for event in told():
        assert event_of(canonical(event)) == event


def test_the_versions_of_a_stream_count_from_one():
    seen: dict[str, int] = {}
    for event in told():
        assert event.version == seen.get(event.stream, 0) + 1
        seen[event.stream] = event.version
