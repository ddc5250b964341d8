"""The lines between nodes: which number the next parcel has, and which parcel stands before it.

A line is one node's parcels to another about one case. Its next number is given in the transaction that writes the
letter, and taken in the transaction that records what arrived, so that neither side ever skips or repeats one.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from waste_bpm.casework.correspondence import Letter
from waste_bpm.casework.rows import Filing
from waste_bpm.casework.store import OUTBOX, Store
from waste_bpm.casework.traffic import LINE
from waste_bpm.utility_blocks.parcel import Parcel

OUT, IN = "out", "in"
_END = select(LINE.c.seq, LINE.c.hash, LINE.c.at, LINE.c.frozen).where(
    LINE.c.direction == bindparam("direction"),
    LINE.c.node == bindparam("node"),
    LINE.c.conversation == bindparam("conversation"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """Where a line stands: number, hash and time of its last parcel, and why it stands still if it does.

    The time never goes back, whatever a clock does, so that letters sorted by it are in the order of their numbers.
    """

    seq: int = 0
    hash: str = ""
    at: str = ""
    frozen: str | None = None


def end(store: Store, direction: str, node: str, conversation: str) -> End:
    """Where a line stands; at its beginning when nothing went over it yet."""
    found = store.rows(_END, {"direction": direction, "node": node, "conversation": conversation})
    return End(**found[0]._mapping) if found else End()


def file_parcels(filing: Filing, store: Store, own: str, letter: Letter, digest: str) -> None:
    """Add an outbox row for each node that a letter goes to, with its parcel, the next of its line."""
    outbox, ends = [], []
    for node in letter.nodes:
        last = end(store, OUT, node, filing.case.id)
        parcel = Parcel.model_construct(
            message=letter.id,
            sender=own,
            receiver=node,
            conversation=filing.case.id,
            seq=last.seq + 1,
            previous=last.hash,
            issued_at=filing.recorded_at,
            digest=digest,
        )
        ends.append(row(OUT, node, parcel, max(last.at, parcel.issued_at)))
        outbox.append(_waits(parcel, ends[-1]["at"]))
    filing.rows.update({OUTBOX: outbox, LINE: ends})


def _waits(parcel: Parcel, at: str) -> dict[str, Any]:
    return {
        "message": parcel.message,
        "node": parcel.receiver,
        "state": "waiting",
        "conversation": parcel.conversation,
        "seq": parcel.seq,
        "parcel": parcel.written,
        "written_at": at,
    }


def row(direction: str, node: str, parcel: Parcel, at: str) -> dict[str, Any]:
    """The row of a line of which this parcel is the last."""
    return {
        "direction": direction,
        "node": node,
        "conversation": parcel.conversation,
        "seq": parcel.seq,
        "hash": parcel.hash,
        "at": at,
    }


def freeze(store: Store, node: str, parcel: Parcel, reason: str | None) -> None:
    """Let what comes over a line wait, or go on when there is no reason any more."""
    if not store.rows(_END, {"direction": IN, "node": node, "conversation": parcel.conversation}):
        store.replace(LINE, [{**row(IN, node, parcel, ""), "seq": 0, "hash": ""}])
    mine = (LINE.c.direction == IN) & (LINE.c.node == node) & (LINE.c.conversation == parcel.conversation)
    store.run(update(LINE).where(mine).values(frozen=reason))
