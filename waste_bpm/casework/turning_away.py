"""What came from other nodes and was not taken in: on file for a while, and only so much of it.

Anybody who reaches a node can be turned away, so what is kept of that has bounds: the newest rows, of the last months.
That rows gave way to newer ones before their time is itself on file, for it is what a flood looks like.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select

from waste_bpm.casework.node import Node
from waste_bpm.casework.rows import instant
from waste_bpm.casework.store import SETTING, Store
from waste_bpm.casework.traffic import TURNED_AWAY
from waste_bpm.errors import WasteBpmError
from waste_bpm.utility_blocks.parcel import Parcel, Sent, digest

MOST = 10_000
"""How many rows are kept: the newest."""
KEPT = timedelta(hours=90 * 24)
"""How long a row is kept."""
FLOOD = timedelta(hours=24)
"""How long it is told that rows gave way before their time."""
_CUT = "turned_away_cut"
_INSERT = insert(TURNED_AWAY).returning(TURNED_AWAY.c.position)
_TOO_MANY = delete(TURNED_AWAY).where(TURNED_AWAY.c.position <= bindparam("up_to"))
_FIRST = select(TURNED_AWAY.c.at).order_by(TURNED_AWAY.c.position).limit(1)
_OLD = delete(TURNED_AWAY).where(TURNED_AWAY.c.at < bindparam("before"))
_WHEN_CUT = select(SETTING.c.value).where(SETTING.c.name == _CUT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """How many rows there are, and when the last gave way before its time; None when none did of late."""

    rows: int
    cut_at: str | None


def turn_away(node: Node, sent: Sent, why: WasteBpmError, parcel: Parcel | None = None) -> None:
    """Write down what was not taken in; the sender is named only where its seal held."""
    finding = why.findings[0]
    row = {
        "at": instant(node.clock()),
        "rule": finding.rule_id,
        "node": parcel.sender if parcel else "",
        "message": parcel.message if parcel else "",
        "digest": digest(sent.data),
        "said": finding.message[:500],
    }
    with node.store.transaction():
        node.store.refuse_halted()
        position = node.store.rows(_INSERT, row)[0].position
        if position > MOST and node.store.run(_TOO_MANY, {"up_to": position - MOST}):
            node.store.replace(SETTING, [{"name": _CUT, "value": row["at"]}])


def forget(node: Node) -> int:
    """Delete what was kept long enough; gives how many rows that were."""
    before = instant(node.clock() - KEPT)
    first = node.store.rows(_FIRST)
    return node.store.run(_OLD, {"before": before}) if first and first[0].at < before else 0


def kept(store: Store, now: datetime) -> Kept:
    """How much is on file, and whether it was cut of late."""
    cut = store.rows(_WHEN_CUT)
    late = bool(cut) and now - datetime.fromisoformat(cut[0].value) <= FLOOD
    return Kept(
        rows=store.rows(select(func.count()).select_from(TURNED_AWAY))[0][0], cut_at=cut[0].value if late else None
    )


def turned_away(store: Store, most: int = 100) -> list[dict[str, Any]]:
    """What came from other nodes and was not taken in, the newest first."""
    newest = select(TURNED_AWAY).order_by(TURNED_AWAY.c.position.desc()).limit(most)
    return [dict(row._mapping) for row in store.rows(newest)]
