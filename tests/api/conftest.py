"""A node behind its HTTP interface, empty or with a story played up to some point."""

import itertools
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import func, select

from waste_bpm.api.app import create_app
from waste_bpm.casework.node import Node
from waste_bpm.casework.registers import admit
from waste_bpm.casework.store import EVENT, Store
from waste_bpm.simulation.scenario import consignment_of, scenario
from waste_bpm.simulation.world import World, play

with warnings.catch_warnings():
    # starlette asks for another client library than the one that the test requirements name
    warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient` is deprecated")
    from fastapi.testclient import TestClient

STORY = scenario("used-lead-acid-batteries")
CONSIGNMENT = consignment_of(STORY)
CASE = CONSIGNMENT.case
HERE = dict.fromkeys(("KE", "SG", "KR"), "one")


@dataclass
class Door:
    """A client of the interface; each party shows its own token."""

    world: World
    node: Node
    client: TestClient
    keys: Iterator[int] = field(default_factory=itertools.count)

    def get(self, path: str, by: str | None = "KE-RVB", **headers: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=_of(by) | headers)

    def post(self, path: str, by: str | None = "KE-RVB", *, key: str | None = None, seen: str = "", **sent: Any) -> Any:
        """Post as a party, with a new key unless one is given; an empty key is not sent."""
        headers = _of(by) | sent.pop("headers", {})
        used = f"key-{next(self.keys)}" if key is None else key
        headers |= {name: value for name, value in (("Idempotency-Key", used), ("If-Match", seen)) if value}
        return self.client.post(f"/api/v1{path}", headers=headers, **sent)

    def step(self, path: str, by: str, **sent: Any) -> Any:
        """Take a step with the version that the instance has now."""
        seen = self.get(path.partition("/steps/")[0], by).headers.get("etag", "")
        return self.post(path, by, seen=seen, **sent)

    @property
    def events(self) -> int:
        """How many events the log holds."""
        return int(self.node.store.rows(select(func.count()).select_from(EVENT))[0][0])


def _of(party: str | None) -> dict[str, str]:
    return {} if party is None else {"Authorization": f"Bearer token of {party}"}


def opened(until: str | None = None) -> Door:
    """A door to a node on which the story was told before the entry that says `until`; None: to its end."""
    world = World(now=STORY.steps[0].at)
    node = world.host(CONSIGNMENT, "one", HERE, Store("sqlite://"))
    number = next((n for n, entry in enumerate(STORY.steps) if entry.say == until), len(STORY.steps))
    for _ in play(world, STORY.model_copy(update={"steps": STORY.steps[:number]})) if number else ():
        pass
    world.now = STORY.steps[min(number, len(STORY.steps) - 1)].at
    for party in CONSIGNMENT.parties:
        admit(node.store, party.id, f"token of {party.id}")
    client = TestClient(create_app(node), raise_server_exceptions=False)
    return Door(world=world, node=node, client=client)


@pytest.fixture
def door() -> Iterator[Callable[..., Door]]:
    """Open doors, and close their stores at the end."""
    made: list[Door] = []

    def make(until: str | None = None, *, ids: Callable[[str], str] | None = None) -> Door:
        found = opened(until)
        if ids is not None:
            found.node = replace(found.node, ids=ids)
            found.client = TestClient(create_app(found.node), raise_server_exceptions=False)
        made.append(found)
        return found

    yield make
    for each in made:
        each.node.store.close()


@pytest.fixture(scope="module")
def told() -> Iterator[Door]:
    """A door to the whole story, for reading only."""
    found = opened()
    yield found
    found.node.store.close()


@pytest.fixture
def draft() -> dict[str, Any]:
    """The notification of the consignment file, free to be spoilt."""
    copy: dict[str, Any] = CONSIGNMENT.model_copy(deep=True).notification
    return copy


def fresh_ids() -> Callable[[str], str]:
    """Identities that never repeat, whatever is named: as in production, but the same in each test run."""
    numbers = itertools.count()
    return lambda name: str(uuid.uuid5(uuid.NAMESPACE_URL, f"{next(numbers)}/{name}"))


BEGIN = STORY.steps[0].say
"""Before anything has happened."""
LK_ACKNOWLEDGES = next(entry for entry in STORY.steps if entry.by == "LK-CA")
"""The first message that comes from another node."""
EARLY = next(entry for entry in STORY.steps if entry.expect == ("consents-in-force",))
"""A shipment that is announced before all have consented."""
