"""A world: nodes in one process with one clock, which hand each other their letters. A scenario is played over it.

Whoever acts on a node of the world acts there; whoever does not is heard through the message that the scenario brings.
Playing is repeatable: each act has its key, so a story that was interrupted goes on where it stopped.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from waste_bpm.casework.arrivals import receive
from waste_bpm.casework.checklists import run
from waste_bpm.casework.lapses import lapse
from waste_bpm.casework.line import Request, act, answered_keys
from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import Waiting, hand_over
from waste_bpm.casework.registers import open_node, register
from waste_bpm.casework.store import Store
from waste_bpm.errors import NotPermitted, Refused, WasteBpmError
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Event
from waste_bpm.simulation.scenario import Consignment, Entry, Scenario, consignment_of
from waste_bpm.utility_blocks import gate
from waste_bpm.vocabulary import Finding

_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waste-bpm:world")


@dataclass
class World:
    """The nodes by name, and what time it is for all of them."""

    now: datetime
    nodes: dict[str, Node] = field(default_factory=dict)

    def clock(self) -> datetime:
        """What time it is."""
        return self.now

    def host(self, consignment: Consignment, name: str, states: Mapping[str, str], store: Store) -> Node:
        """Open a node of this world on a store, knowing the parties of a consignment."""
        register(store, name, consignment.register(states), consignment.waivers_on_file())
        node = open_node(store, self.clock, named(consignment.case))
        self.nodes[name] = node
        return node

    def home_of(self, party: str) -> Node | None:
        """The node of this world that keeps the acts of a party."""
        return next((node for node in self.nodes.values() if node.directory.hosts(party)), None)

    def exchange(self) -> int:
        """Let the nodes hand each other what waits, until nothing moves; gives how many letters arrived."""
        arrived = 0
        while moved := sum(hand_over(node, self._send) for node in self.nodes.values()):
            arrived += moved
        return arrived

    def _send(self, letter: Waiting) -> bool:
        receiver = self.nodes.get(letter.node)
        if receiver is None:
            return False
        receive(receiver, letter.data)
        return True


def named(case: str) -> Callable[[str], str]:
    """Identities that depend on the case and on the name of the thing only, so that a story repeats to the byte."""
    space = uuid.uuid5(_NAMES, case)
    return lambda name: str(uuid.uuid5(space, name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What one entry of a scenario led to: events, flags of a report, or the findings of an expected refusal."""

    entry: Entry
    events: tuple[Event, ...] = ()
    refused: tuple[Finding, ...] = ()
    flags: tuple[str, ...] = ()
    replayed: bool = False


class StoryBroken(AssertionError):  # noqa: N818 - says what happened
    """A scenario did not go as it says."""


def play(world: World, story: Scenario) -> Iterator[Told]:
    """Play a scenario in the world, step by step; raises StoryBroken when a step does not go as written."""
    case = consignment_of(story).case
    passed = _passed(world, story)
    for number, entry in enumerate(story.steps):
        world.now = entry.at
        yield from _lapsed(world, story, entry.at)
        world.exchange()
        if entry.expect:
            if number > passed:
                yield _refused(world, story, entry, case)
        else:
            yield _taken(world, story, entry, _request(story, entry, case, number))
        world.exchange()
    world.now = story.ends
    yield from _lapsed(world, story, story.ends)
    world.exchange()


def _passed(world: World, story: Scenario) -> int:
    """The number of the last step that an earlier, interrupted telling has taken; -1 when none."""
    keys = {key for node in world.nodes.values() for key in answered_keys(node)}
    return max((number for number, _ in enumerate(story.steps) if _key(story, number) in keys), default=-1)


def _key(story: Scenario, number: int) -> str:
    return f"{story.id}/{number}"


def _request(story: Scenario, entry: Entry, case: str, number: int | None) -> Request:
    return Request(
        case_id=case,
        stream=entry.on,
        step=entry.step,
        party=entry.by,
        data=entry.data,
        key=None if number is None else _key(story, number),
    )


def _taken(world: World, story: Scenario, entry: Entry, request: Request) -> Told:
    node = world.home_of(entry.by)
    if node is None:
        flags = [receive(each, story.message(entry)) for each in world.nodes.values() if _addressed(each, story, entry)]
        return Told(
            entry=entry,
            flags=tuple(flag for receipt in flags for flag in receipt.flags),
            replayed=all(receipt.duplicate for receipt in flags),
        )
    try:
        if entry.sop is not None:
            _, outcome = run(node, request, entry.sop, entry.answers or {}, entry.at)
        else:
            outcome = act(node, _with_document(story, entry, request))
    except WasteBpmError as error:
        raise StoryBroken(f"{entry.at:%Y-%m-%d} {entry.say}: {error}") from error
    return Told(entry=entry, events=outcome.events, replayed=outcome.replayed)


def _addressed(node: Node, story: Scenario, entry: Entry) -> bool:
    header = gate.read(story.message(entry)).header
    return any(node.directory.hosts(ref.id) for ref in header.receivers)


def _with_document(story: Scenario, entry: Entry, request: Request) -> Request:
    """On its own node, a party says what its message says; the notification is that of the consignment file."""
    return Request(
        case_id=request.case_id,
        stream=request.stream,
        step=request.step,
        party=request.party,
        data=data_of(story, entry),
        key=request.key,
    )


def data_of(story: Scenario, entry: Entry) -> Any:
    """What an entry says, as data: its own, that of the message that it brings, or that of the consignment file."""
    if entry.message is not None:
        return gate.read(story.message(entry)).document.model_dump(mode="json")
    return consignment_of(story).notification if entry.step == "draft" else entry.data


def _refused(world: World, story: Scenario, entry: Entry, case: str) -> Told:
    node = world.home_of(entry.by)
    if node is None:
        raise StoryBroken(f"{entry.say}: {entry.by} acts on no node of this world.")
    try:
        act(node, _with_document(story, entry, _request(story, entry, case, None)))
    except (Refused, NotPermitted) as refusal:
        missing = set(entry.expect) - {finding.rule_id for finding in refusal.findings}
        if missing:
            raise StoryBroken(f"{entry.say}: refused, but not by {missing}: {refusal}") from refusal
        return Told(entry=entry, refused=refusal.findings)
    raise StoryBroken(f"{entry.say}: this was to be refused by {', '.join(entry.expect)}.")


def _lapsed(world: World, story: Scenario, at: datetime) -> Iterator[Told]:
    for node in world.nodes.values():
        for outcome in lapse(node):
            event = outcome.events[0]
            step = PROCESSES[event.process].by_event[event.type]
            said = f"{step.title}: time has passed."
            entry = Entry(at=at, say=said, by=event.by, on=event.stream, step=step.name)
            yield Told(entry=entry, events=outcome.events)
