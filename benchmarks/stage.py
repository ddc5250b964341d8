"""The cases that the benchmarks work on: the demo's consignment, played up to a point."""

from datetime import UTC, datetime

from waste_bpm.casework.node import Node
from waste_bpm.casework.store import Store
from waste_bpm.simulation.scenario import Consignment, Scenario, consignment_of, scenario
from waste_bpm.simulation.world import World, play

STATES = dict.fromkeys(("KE", "SG", "KR", "LK", "CH"), "bench")


def story() -> Scenario:
    return scenario("used-lead-acid-batteries")


def consignment() -> Consignment:
    return consignment_of(story())


def played_until(store: Store, stream: str, step: str) -> tuple[Node, World]:
    """A node on which the story was told up to, and without, this step."""
    whole = story()
    stop = next(n for n, each in enumerate(whole.steps) if (each.on, each.step) == (stream, step) and not each.expect)
    world = World(now=datetime(2026, 1, 1, tzinfo=UTC))
    node = world.host(consignment(), "bench", STATES, store)
    part = whole.model_copy(update={"steps": whole.steps[:stop], "ends": whole.steps[stop].at})
    for _ in play(world, part):
        pass
    return node, world


def told(store: Store) -> tuple[Node, World]:
    """A node on which the story was told to its end."""
    world = World(now=datetime(2026, 1, 1, tzinfo=UTC))
    node = world.host(consignment(), "bench", STATES, store)
    for _ in play(world, story()):
        pass
    return node, world
