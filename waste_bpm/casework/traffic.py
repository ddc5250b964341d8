"""The tables of what travels between nodes: lines, parcels that came, what was turned away, warned of and compared.

A line is all that one node says to another about one case, in one direction: numbered from 1 and chained by hashes.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

META = MetaData()
POSITION = BigInteger().with_variant(Integer, "sqlite")

LINE = Table(
    "line",
    META,
    Column("direction", String, primary_key=True),
    Column("node", String, primary_key=True),
    Column("conversation", String, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String, nullable=False),
    Column("at", String, nullable=False),
    Column("frozen", String),
)
NEXT_IN_LINE = (
    " ON CONFLICT (direction, node, conversation) "
    "DO UPDATE SET seq = excluded.seq, hash = excluded.hash, at = excluded.at"
)
"""A line goes on where it stood."""
PARCEL = Table(
    "parcel",
    META,
    Column("sender", String, primary_key=True),
    Column("conversation", String, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("message", String, nullable=False),
    Column("state", String, nullable=False),
    Column("received_at", String, nullable=False),
    Column("parcel", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("attempts", Integer),
    Column("reason", String),
    Column("slip", LargeBinary),
    Index("ix_parcel_message", "sender", "message"),
    Index("ix_parcel_state", "state", "sender", "conversation", "seq"),
)
TURNED_AWAY = Table(
    "turned_away",
    META,
    Column("position", POSITION, primary_key=True, autoincrement=True),
    Column("at", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("node", String, nullable=False),
    Column("message", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("said", String, nullable=False),
    sqlite_autoincrement=True,
)
LINK = Table(
    "link",
    META,
    Column("node", String, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("silent_until", String, nullable=False),
    Column("failed_since", String),
    Column("heard_at", String),
    Column("said", String),
)
PEER = Table(
    "peer",
    META,
    Column("node", String, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("about", LargeBinary, nullable=False),
)
BOX = Table(
    "box",
    META,
    Column("position", POSITION, primary_key=True, autoincrement=True),
    Column("hash", String, nullable=False, unique=True),
    Column("sender", String, nullable=False),
    Column("receiver", String, nullable=False),
    Column("came_at", String, nullable=False, index=True),
    Column("put_off_until", String),
    Column("attempts", Integer, nullable=False),
    Column("parcel", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("slip", LargeBinary),
    Column("slip_seal", LargeBinary),
    Index("ix_box_next", "receiver", "position"),
    sqlite_autoincrement=True,
)
"""Parcels that this node passes on to others as a relay, and their slips on the way back."""
ASKED = Table("asked", META, Column("node", String, primary_key=True), Column("at", String, nullable=False))
"""When each node last asked for what waits for it; an ask that is not later was honoured before."""
WARNED = Table(
    "warned",
    META,
    Column("message", String, primary_key=True),
    Column("node", String, primary_key=True),
    *(Column(name, String, nullable=False) for name in ("name", "case_id", "stream", "rule", "due")),
    Column("takes", BigInteger, nullable=False),
    Column("level", String, nullable=False),
)
"""The letters under way that are near, urgent or late for a day of the law, as they were found last."""
COMPARED = Table(
    "compared",
    META,
    Column("node", String, primary_key=True),
    Column("case_id", String, primary_key=True),
    Column("tried_at", String, nullable=False),
    *(Column(name, String) for name in ("asked_at", "compared_at", "result", "stream", "beside", "since", "said")),
)
"""How what another node holds of a case compared last, since when it is so, and when that node last asked."""
