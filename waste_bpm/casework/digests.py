"""Two nodes that keep the acts of authorities of one case hold the same of it, or it is on record where they differ.

Each sends the other, under its seal, a digest of every stream of what all authorities were told, with the number of
its last letter to the other and of the last one that came from there. So what is still under way is told from what
differs. Only nodes with an authority of the case compare, for only they were told all of it. A stream in which papers
stand, or events that were moved beside others, has other numbers on each node, and so has one that programs of
two versions remember otherwise: these are named as not comparable.

    equal        every stream that can be compared is the same
    under way    letters between the two, or of a third node, explain the difference
    different    both hold the same events of a stream, and not the same of it
"""

from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, get_args, get_type_hints

from sqlalchemy import func, select

from waste_bpm.casework import record, views
from waste_bpm.casework.fetching import GOOD_FOR
from waste_bpm.casework.lines import IN, OUT, end
from waste_bpm.casework.node import Node
from waste_bpm.casework.permissions import slots
from waste_bpm.casework.rows import instant
from waste_bpm.casework.traffic import COMPARED, LINE
from waste_bpm.errors import NotFound, NotPermitted
from waste_bpm.logs import log
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case
from waste_bpm.utility_blocks.parcel import State, StreamState, signed_state
from waste_bpm.vocabulary import ALL_AUTHORITIES, Finding

AGAIN = timedelta(days=1)
"""After which time a case is compared anew."""
_log = log(__name__)


class Comparison(StrEnum):
    """How a case on another node compares with this one."""

    EQUAL = "equal"
    UNDER_WAY = "under way"
    DIFFERENT = "different"


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """How two nodes compare in a case, the first stream that is not the same, and those that cannot be compared."""

    result: Comparison
    stream: str | None = None
    beside: tuple[str, ...] = ()


def stream_states(node: Node, case_id: str) -> tuple[StreamState, ...]:
    """Every stream of what all authorities were told of a case, in order of its name."""
    found = views.events(node, case_id)
    moved = {event.stream for event in found if event.on_paper or event.claimed is not None}
    told = views.told_to_all(found)
    said: dict[str, list[str]] = {}
    for event in told:
        party = node.directory.parties.get(event.by)
        said.setdefault(event.stream, []).append(party.node if party is not None else "unknown")
    return tuple(
        StreamState(
            stream=stream,
            events=len(said[stream]),
            by=tuple(sorted(set(said[stream]))),
            form=_form(stream.partition("/")[0]),
            digest="" if stream in moved else record.digest(record.canonical(value)),
        )
        for stream, value in views.alike(case_id, told).items()
    )


@cache
def _form(process: str) -> str:
    """How this program remembers an instance of a process: another version may remember more, or otherwise."""
    return record.digest(repr(_shape(PROCESSES[process].instance)).encode())[:16]


def _shape(kind: Any) -> Any:
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return [(field.name, _shape(hints[field.name])) for field in fields(kind)]
    parts = get_args(kind)
    return [_shape(each) for each in parts] if parts else getattr(kind, "__name__", str(kind))


def state(node: Node, case_id: str, to: str, answers: str = "") -> State:
    """What this node holds of a case, for another node with an authority of it; raises NotFound for any other."""
    with node.store.transaction():
        node.store.hold(case_id)
        streams = stream_states(node, case_id) if {node.directory.own, to} <= _authorities(node, case_id) else ()
        if not streams:
            raise NotFound(_not_shared(case_id))
        return State(
            by=node.directory.own,
            to=to,
            at=instant(node.clock()),
            case=case_id,
            sent=end(node.store, OUT, to, case_id).seq,
            heard=end(node.store, IN, to, case_id).seq,
            streams=streams,
            answers=answers,
        )


def _authorities(node: Node, case_id: str) -> set[str]:
    """The nodes that keep the acts of an authority of a case; none where the case is not here."""
    try:
        case: Case = node.case(case_id)
    except NotFound:
        return set()
    held = (node.directory.parties.get(slot.party) for slot in slots(case) if slot.role in ALL_AUTHORITIES)
    return {party.node for party in held if party is not None}


def compared(ours: State, theirs: State) -> Compared:
    """How two states of one case compare.

    A difference counts as such when nothing that is under way explains it: both nodes have all letters of each other
    and nobody else wrote to the stream, or its one author has told both the same number of events.
    """
    here, there = ({each.stream: each for each in side.streams} for side in (ours, theirs))
    even = (ours.sent, ours.heard) == (theirs.heard, theirs.sent)
    names = sorted({*here, *there})
    beside = tuple(name for name in names if not _comparable(here.get(name), there.get(name)))
    unlike = [name for name in names if name not in beside and here.get(name) != there.get(name)]
    for name in unlike:
        if _certain(here.get(name), there.get(name), {ours.by, ours.to}, even=even):
            return Compared(result=Comparison.DIFFERENT, stream=name, beside=beside)
    if unlike or not even:
        return Compared(result=Comparison.UNDER_WAY, stream=next(iter(unlike), None), beside=beside)
    return Compared(result=Comparison.EQUAL, beside=beside)


def _comparable(here: StreamState | None, there: StreamState | None) -> bool:
    sides = [known for known in (here, there) if known is not None]
    return all(known.digest for known in sides) and len({known.form for known in sides}) == 1


def _certain(here: StreamState | None, there: StreamState | None, both: set[str], *, even: bool) -> bool:
    """Whether no letter that is under way can explain why a stream is not the same."""
    writers = {name for known in (here, there) if known is not None for name in known.by}
    told_alike = here is not None and there is not None and here.events == there.events
    return (len(writers) == 1 and told_alike) or (even and writers <= both)


def take_state(node: Node, data: bytes, seal: bytes) -> State:
    """Compare what another node says it holds, write down how it compares, and give what is held here.

    Each is honoured once and for a short while; raises NotPermitted, InputInvalid, NotFound or Unavailable.
    """
    now = node.clock()
    theirs = signed_state(data, seal, node.believes, node.directory.own, now)
    if theirs.answers or abs(now - datetime.fromisoformat(theirs.at)) > GOOD_FOR:
        raise NotPermitted(_not_now(theirs, instant(now)))
    with node.store.transaction():
        ours = state(node, theirs.case, theirs.by, answers=theirs.hash)
        known = _known(node, theirs.by, theirs.case)
        if known is not None and (known.asked_at or "") >= theirs.at:
            raise NotPermitted(_not_now(theirs, f"later than {known.asked_at}"))
        _record(node, theirs.by, theirs.case, compared(ours, theirs), asked_at=theirs.at)
    return ours


def settle_state(node: Node, ours: State, data: bytes, seal: bytes) -> Compared:
    """Compare what the other node answers to what was sent; raises NotPermitted where it is no answer to that."""
    theirs = signed_state(data, seal, node.believes, node.directory.own, node.clock())
    if (theirs.by, theirs.case, theirs.answers) != (ours.to, ours.case, ours.hash):
        raise NotPermitted(_not_now(theirs, "about something else"))
    found = compared(ours, theirs)
    _record(node, ours.to, ours.case, found)
    return found


def due(node: Node, peer: str, most: int, before: datetime | None = None) -> list[str]:
    """The cases to compare with a node now: those over whose lines something went, the longest untried first."""
    until = instant(before or node.clock() - AGAIN)
    tried = func.coalesce(COMPARED.c.tried_at, "")
    query = (
        select(LINE.c.conversation, tried.label("tried"))
        .join(COMPARED, (COMPARED.c.node == LINE.c.node) & (COMPARED.c.case_id == LINE.c.conversation), isouter=True)
        .where(LINE.c.direction.in_((IN, OUT)), LINE.c.node == peer, tried <= until)
        .distinct()
        .order_by(tried, LINE.c.conversation)
        .limit(most)
    )
    return [row.conversation for row in node.store.rows(query)]


def _known(node: Node, peer: str, case_id: str) -> Any:
    rows = node.store.rows(select(COMPARED).where(COMPARED.c.node == peer, COMPARED.c.case_id == case_id))
    return rows[0] if rows else None


def untold(node: Node, peer: str, case_id: str, why: str | None) -> None:
    """Put on record that a case could not be compared now, and why; what was found before stays."""
    with node.store.transaction():
        node.store.hold(case_id)
        known = _known(node, peer, case_id)
        row = dict(known._mapping) if known is not None else {"node": peer, "case_id": case_id}
        node.store.replace(COMPARED, [row | {"tried_at": instant(node.clock()), "said": why and why[:500]}])


def _record(node: Node, peer: str, case_id: str, found: Compared, **said: str) -> None:
    with node.store.transaction():
        node.store.hold(case_id)
        known, now = _known(node, peer, case_id), instant(node.clock())
        before = dict(known._mapping) if known is not None else {}
        same = (before.get("result"), before.get("stream")) == (found.result.value, found.stream)
        row = {
            "node": peer,
            "case_id": case_id,
            "tried_at": now,
            "asked_at": before.get("asked_at"),
            "compared_at": now,
            "result": found.result.value,
            "stream": found.stream,
            "beside": " ".join(found.beside),
            "since": before["since"] if same else now,
            "said": None,
        }
        node.store.replace(COMPARED, [row | said])
    if found.result is Comparison.DIFFERENT and not same:
        _log.error("a peer holds something else", rule="state-differs", peer=peer, case=case_id)


def on_file(node: Node, peer: str | None = None, case_id: str | None = None) -> list[dict[str, Any]]:
    """How each case compared last with each node, those that differ first."""
    query = select(COMPARED).where(COMPARED.c.result.is_not(None) | COMPARED.c.said.is_not(None))
    if peer is not None:
        query = query.where(COMPARED.c.node == peer)
    if case_id is not None:
        query = query.where(COMPARED.c.case_id == case_id)
    rows = node.store.rows(query.order_by(COMPARED.c.result, COMPARED.c.node, COMPARED.c.case_id))
    told = ("node", "case_id", "result", "stream", "since", "compared_at", "tried_at", "said")
    return [{name: row._mapping[name] for name in told} | {"beside": (row.beside or "").split()} for row in rows]


def counted(node: Node) -> dict[tuple[str, str], int]:
    """How many cases compare how with each node that letters go to or come from."""
    names = [row.node for row in node.store.rows(select(LINE.c.node).distinct())]
    found = {(name, result.value): 0 for name in names for result in Comparison}
    count = select(COMPARED.c.node, COMPARED.c.result, func.count().label("cases")).where(
        COMPARED.c.result.is_not(None)
    )
    rows = node.store.rows(count.group_by(COMPARED.c.node, COMPARED.c.result))
    return found | {(row.node, row.result): row.cases for row in rows}


def _not_shared(case_id: str) -> Finding:
    return Finding(
        rule_id="case-not-shared",
        message=f"There is no case {case_id} here of which both nodes keep an authority.",
        value=case_id,
        fix="Compare the cases that were told to both.",
    )


def _not_now(theirs: State, why: str) -> Finding:
    return Finding(
        rule_id="state-not-now",
        message=f"{theirs.by} says what it held at {theirs.at}; here it is {why}. Nothing is compared with it.",
        value=theirs.at,
        fix="Set the clocks of both nodes, then compare anew.",
    )
