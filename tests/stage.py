"""Where tests stand: the story of the examples, played to any point, on one node or on several."""

from datetime import UTC, datetime

from tests.engines import fresh
from waste_bpm.casework.node import Node
from waste_bpm.casework.store import Store
from waste_bpm.simulation.scenario import Consignment, Scenario, consignment_of, scenario
from waste_bpm.simulation.world import World, play

STATES = ("KE", "LK", "SG", "KR")
ONE = dict.fromkeys(STATES, "one")
FOUR = {state: state.lower() for state in STATES}
DEMO = dict.fromkeys(("KE", "SG", "KR"), "demo")


def story() -> Scenario:
    return scenario("used-lead-acid-batteries")


def consignment() -> Consignment:
    return consignment_of(story())


def case_id() -> str:
    return consignment().case


def world(hosting: dict[str, str] = ONE, url: str | None = None) -> World:
    """A world in which these States are hosted so, before anything happened."""
    made = World(now=datetime(2026, 1, 1, tzinfo=UTC))
    for name in dict.fromkeys(hosting.values()):
        made.host(consignment(), name, hosting, Store(url or fresh()))
    return made


def part(until: str) -> Scenario:
    """The story up to, and without, the first entry whose words begin so."""
    whole = story()
    stop = next(number for number, entry in enumerate(whole.steps) if entry.say.startswith(until))
    return whole.model_copy(update={"steps": whole.steps[:stop], "ends": whole.steps[stop].at})


def played(until: str | None = None, hosting: dict[str, str] = ONE) -> World:
    """A world in which the story was told, whole or up to a point."""
    made = world(hosting)
    for _ in play(made, story() if until is None else part(until)):
        pass
    return made


def node_of(made: World) -> Node:
    """The only node of a world."""
    (node,) = made.nodes.values()
    return node


def entry(words: str) -> dict[str, object]:
    """What the entry that begins with these words does, as an `act` takes it."""
    found = next(each for each in story().steps if each.say.startswith(words))
    return {"stream": found.on, "step": found.step, "party": found.by, "data": found.data}
