"""All that a node holds of one case, as invariants ask it, and the register in which invariants enter themselves."""

from bisect import insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import select

from waste_bpm.casework import record
from waste_bpm.casework.four_eyes import FourEyes
from waste_bpm.casework.log import Stored, erased_names, messages
from waste_bpm.casework.node import Node
from waste_bpm.casework.store import DOCUMENT, EVENT, INBOX, MESSAGE, OUTBOX
from waste_bpm.errors import InputInvalid
from waste_bpm.processes.case import Case, Event
from waste_bpm.utility_blocks import gate
from waste_bpm.vocabulary import Finding, Quantity


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """All that a node holds of one case: events as recorded, its fold as shown, documents, messages and outbox.

    `nodes` gives the node of each party, `countries` its country, and `own` is this node; `outbox` holds pairs of
    message and node; `known` and `lines` are for the next dossier of the case: the same bytes say the same.
    """

    case: Case
    events: Sequence[Event]
    documents: Mapping[str, tuple[str, bytes]]
    letters: Sequence[Stored]
    erased: Sequence[str]
    outbox: Sequence[tuple[str, str]]
    nodes: Mapping[str, str]
    own: str
    recorded: Mapping[tuple[str, int], str] = field(default_factory=dict)
    inbox: frozenset[str] = frozenset()
    forgotten: int = 0
    four_eyes: FourEyes = field(default_factory=dict)
    countries: Mapping[str, str] = field(default_factory=dict)
    lines: Sequence[bytes] = ()
    known: Mapping[bytes, gate.Received | tuple[Finding, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def read(self) -> Mapping[str, gate.Received | tuple[Finding, ...]]:
        """Each message by its identity: what it says, or why it is not valid."""
        return {letter.id: self.known.get(letter.body) or _read(letter.body) for letter in self.letters}

    @cached_property
    def notified(self) -> Mapping[str, Any]:
        """The facts of the notification as it was filed last."""
        filed = [event.facts for event in self.events if event.stream == "notification" and "slots" in event.facts]
        return filed[-1] if filed else {}

    def of(self, *types: str) -> list[Event]:
        """The events of these types in the order in which they were recorded."""
        return [event for event in self.events if event.type in types]

    def on(self, stream: str) -> Sequence[Event]:
        """The events of one stream in the order of their versions."""
        return self._streams.get(stream, ())

    @cached_property
    def _streams(self) -> Mapping[str, list[Event]]:
        streams: dict[str, list[Event]] = {}
        for event in sorted(self.events, key=lambda event: event.version):
            streams.setdefault(event.stream, []).append(event)
        return streams

    def quantity(self, stream: str, fact: str) -> Quantity | None:
        """The last quantity that a stream records under a name."""
        said = [event.facts[fact] for event in self.on(stream) if event.facts.get(fact) is not None]
        return said[-1] if said else None


def _read(data: bytes) -> gate.Received | tuple[Finding, ...]:
    try:
        return gate.read(data)
    except InputInvalid as refused:
        return refused.findings


Problem = tuple[str, str]
"""Where it is, and what is wrong there."""


Problems = Callable[[Dossier], Iterator[Problem]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Invariant:
    """A rule with its stable id, what it says in a sentence, and where that is written."""

    id: str
    says: str
    law: str
    problems: Problems


INVARIANTS: list[Invariant] = []
"""All rules, in the order of their ids."""


def invariant(id: str, law: str) -> Callable[[Problems], Problems]:
    """Enter a function as an invariant; its docstring is what the rule says."""

    def mark(problems: Problems) -> Problems:
        says = (problems.__doc__ or "").partition(": ")[2].rstrip(".")
        insort(INVARIANTS, Invariant(id=id, says=says, law=law, problems=problems), key=lambda each: each.id)
        return problems

    return mark


def dossier(node: Node, case_id: str, before: Dossier | None = None) -> Dossier:
    """All that a node holds of a case; bytes that the dossier `before` has read are not read again."""
    letters = tuple(messages(node.store, case_id))
    lines = tuple(line.body for line in node.store.newer(case_id, 0))
    told = {} if before is None else dict(zip(before.lines, before.events, strict=True))
    known = {} if before is None else {letter.body: before.read[letter.id] for letter in before.letters}
    sent = select(OUTBOX.c.message, OUTBOX.c.node).where(OUTBOX.c.message.in_([letter.id for letter in letters]))
    heard = select(INBOX.c.message).join(MESSAGE, MESSAGE.c.id == INBOX.c.message).where(MESSAGE.c.case_id == case_id)
    moments = select(EVENT.c.stream, EVENT.c.version, EVENT.c.recorded_at).where(EVENT.c.case_id == case_id)
    filed = select(DOCUMENT.c.digest, DOCUMENT.c.kind, DOCUMENT.c.body).where(DOCUMENT.c.case_id == case_id)
    return Dossier(
        case=node.folded(case_id).case,
        events=tuple(told.get(line) or record.event_of(line) for line in lines),
        documents={row.digest: (row.kind, row.body) for row in node.store.rows(filed)},
        letters=letters,
        erased=erased_names(node.store, case_id),
        outbox=tuple((row.message, row.node) for row in node.store.rows(sent)),
        nodes={party.id: party.node for party in node.directory.parties.values()},
        own=node.directory.own,
        recorded={(row.stream, row.version): row.recorded_at for row in node.store.rows(moments)},
        inbox=frozenset(row.message for row in node.store.rows(heard)),
        forgotten=len(erased_names(node.store, case_id, home=False)),
        four_eyes=node.four_eyes,
        countries={party.id: party.country for party in node.directory.parties.values()},
        lines=lines,
        known=known,
    )
