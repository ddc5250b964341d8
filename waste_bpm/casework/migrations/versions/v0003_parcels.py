"""Letters to other nodes are numbered and chained by parcels; what comes and what is turned away is on file."""

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0003", "0002"

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAITING = sa.text(
    "SELECT o.message, o.node, m.case_id, m.digest, m.recorded_at FROM outbox o JOIN message m ON m.id = o.message "
    "WHERE o.state = 'waiting' ORDER BY m.position, o.node"
)
_NUMBER = sa.text(
    "UPDATE outbox SET conversation = :conversation, seq = :seq, parcel = :parcel, written_at = :written_at "
    "WHERE message = :message AND node = :receiver"
)
_LINE = sa.text(
    "INSERT INTO line (direction, node, conversation, seq, hash, at) VALUES ('out', :node, :case, :seq, :hash, :at)"
)


def upgrade() -> None:
    """Make the tables; letters that wait are numbered in the order in which they were written."""
    _outbox()
    _lines()
    _peers()
    _number_what_waits(op.get_bind())


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _outbox() -> None:
    for column in (
        sa.Column("conversation", sa.String(), nullable=False, server_default=""),
        sa.Column("seq", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("parcel", sa.LargeBinary(), nullable=False, server_default=""),
        sa.Column("written_at", sa.String(), nullable=False, server_default=""),
        sa.Column("attempts", sa.Integer()),
        sa.Column("reason", sa.String()),
        sa.Column("slip", sa.LargeBinary()),
        sa.Column("slip_seal", sa.LargeBinary()),
    ):
        op.add_column("outbox", column)
    op.create_index("ix_outbox_next", "outbox", ["state", "node", "written_at", "conversation", "seq"])


def _lines() -> None:
    op.create_table(
        "line",
        *_texts("direction", "node", "conversation"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *_texts("hash", "at"),
        sa.Column("frozen", sa.String()),
        sa.PrimaryKeyConstraint("direction", "node", "conversation"),
    )
    op.create_table(
        "parcel",
        *_texts("sender", "conversation"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *_texts("message", "state", "received_at"),
        sa.Column("parcel", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer()),
        sa.Column("reason", sa.String()),
        sa.Column("slip", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("sender", "conversation", "seq"),
    )
    op.create_index("ix_parcel_message", "parcel", ["sender", "message"])
    op.create_index("ix_parcel_state", "parcel", ["state", "sender", "conversation", "seq"])
    op.create_table(
        "turned_away",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=True),
        *_texts("at", "rule", "node", "message", "digest", "said"),
        sqlite_autoincrement=True,
    )


def _peers() -> None:
    op.create_table(
        "link",
        *_texts("node"),
        sa.Column("failures", sa.Integer(), nullable=False),
        *_texts("silent_until"),
        *(sa.Column(name, sa.String()) for name in ("failed_since", "heard_at", "said")),
        sa.PrimaryKeyConstraint("node"),
    )
    op.create_table(
        "peer",
        *_texts("node"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("node"),
    )


def _number_what_waits(connection: sa.Connection) -> None:
    own = connection.execute(sa.text("SELECT value FROM setting WHERE name = 'node'")).scalar()
    ends: dict[tuple[str, str], tuple[int, str, str]] = {}
    for row in connection.execute(_WAITING).all():
        seq, previous, at = ends.get((row.node, row.case_id), (0, "", ""))
        at = max(at, row.recorded_at)
        said: dict[str, Any] = {
            "profile": "waste-bpm/parcel/v1",
            "message": row.message,
            "sender": own,
            "receiver": row.node,
            "conversation": row.case_id,
            "seq": seq + 1,
            "previous": previous,
            "issued_at": row.recorded_at,
            "digest": row.digest,
        }
        written = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
        ends[row.node, row.case_id] = seq + 1, hashlib.sha256(written).hexdigest(), at
        connection.execute(_NUMBER, {**said, "parcel": written, "written_at": at})
    for (node, case), (seq, hash_, at) in ends.items():
        connection.execute(_LINE, {"node": node, "case": case, "seq": seq, "hash": hash_, "at": at})
