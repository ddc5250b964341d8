"""What nodes told each other about a case: every letter with its way, what failed, and when a node was not there.

All of it is read from the nodes themselves: their outboxes, the messages that they recorded, and the lines of their
logs. A node that was killed leaves no word of it; that it begins to serve again without having ended is what tells.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from waste_bpm.casework.log import messages
from waste_bpm.casework.node import Node
from waste_bpm.casework.posting import journeys
from waste_bpm.errors import NotFound
from waste_bpm.utility_blocks.catalogue import MESSAGES

BEGINS, ENDS, FAILED = "begins to serve", "ends", "no answer"
"""What the log of a node says when it begins, when it ends in order, and when an attempt to send failed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """A letter at one of its nodes: when it was recorded there; None while it was not."""

    node: str
    at: datetime | None
    attempts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A letter: who said what, on which node and when, and its arrivals."""

    message: str
    name: str
    party: str
    node: str
    at: datetime
    to: tuple[Arrival, ...]

    @property
    def block(self) -> str:
        """The utility block of the message."""
        return MESSAGES[self.name].block


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """An attempt of a node to reach another that failed, with the letter that it tried."""

    node: str
    peer: str
    message: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Away:
    """A node that gave no sign of life any more, until it served again."""

    node: str
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """All that nodes told each other, in order of time."""

    nodes: tuple[str, ...]
    said: tuple[Said, ...]
    failed: tuple[Failed, ...]
    away: tuple[Away, ...]

    @property
    def arrivals(self) -> Iterator[tuple[Said, Arrival]]:
        """Each letter with each node that it goes to."""
        return ((each, arrival) for each in self.said for arrival in each.to)

    def is_away(self, node: str, at: datetime) -> bool:
        """Whether a node was not there at a moment."""
        return any(each.node == node and each.since <= at <= each.until for each in self.away)


def exchange(nodes: Sequence[Node], logs: Mapping[str, Iterable[bytes]]) -> Exchange:
    """What these nodes told each other; `logs` gives the lines of each node's log."""
    names = tuple(node.directory.own for node in nodes)
    lines = {name: tuple(_read(logs.get(name, ()))) for name in names}
    recorded = {node.directory.own: _recorded(node) for node in nodes}
    said = sorted((each for node in nodes for each in _said(node, recorded)), key=lambda each: each.at)
    failed = sorted((each for name in names for each in _failed(name, lines[name])), key=lambda each: each.at)
    away = [each for node in nodes for each in _away(node, lines[node.directory.own])]
    return Exchange(nodes=names, said=tuple(said), failed=tuple(failed), away=tuple(away))


def _read(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The lines of a log that name a moment; what stands between them was said to a person."""
    for line in lines:
        if line.startswith(b"{"):
            said = orjson.loads(line)
            if "moment" in said:
                yield said | {"moment": datetime.fromisoformat(said["moment"])}


def _recorded(node: Node) -> dict[str, datetime]:
    """When each message of other nodes was recorded on a node."""
    return {each.id: datetime.fromisoformat(each.recorded_at) for each in messages(node.store) if not each.home}


def _said(node: Node, recorded: Mapping[str, Mapping[str, datetime]]) -> Iterator[Said]:
    for letter in messages(node.store):
        if letter.home and (to := tuple(_arrivals(node, letter.id, recorded))):
            yield Said(
                message=letter.id,
                name=letter.name,
                party=letter.sender,
                node=node.directory.own,
                at=datetime.fromisoformat(letter.recorded_at),
                to=to,
            )


def _arrivals(node: Node, message: str, recorded: Mapping[str, Mapping[str, datetime]]) -> Iterator[Arrival]:
    try:
        found = journeys(node, message)
    except NotFound:  # all its receivers are on this node
        return
    for each in found:
        at = recorded.get(each["node"], {}).get(message)
        yield Arrival(node=each["node"], at=at, attempts=each["attempts"])


def _failed(name: str, lines: Iterable[dict[str, Any]]) -> Iterator[Failed]:
    for line in lines:
        if line["event"] == FAILED:
            yield Failed(node=name, peer=line["peer"], message=line["message_id"], at=line["moment"])


def _away(node: Node, lines: Sequence[dict[str, Any]]) -> Iterator[Away]:
    """Each time at which a node begins to serve and had not said that it ends."""
    alive = sorted(datetime.fromisoformat(each.recorded_at) for each in messages(node.store))
    before: list[dict[str, Any]] = []
    for line in lines:
        if line["event"] == BEGINS and before and before[-1]["event"] != ENDS:
            until = line["moment"]
            since = max(each for each in (before[-1]["moment"], *alive) if each <= until)
            yield Away(node=node.directory.own, since=since, until=until)
        before.append(line)
