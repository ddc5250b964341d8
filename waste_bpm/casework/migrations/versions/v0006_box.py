"""A relay keeps parcels for other nodes in a box, and their slips until their senders ask again."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0006", "0005"

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "box",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("hash", "sender", "receiver", "came_at")),
        sa.Column("put_off_until", sa.String()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("parcel", "seal", "body")),
        *(sa.Column(name, sa.LargeBinary()) for name in ("slip", "slip_seal")),
        sa.UniqueConstraint("hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_box_came_at", "box", ["came_at"])
    op.create_index("ix_box_next", "box", ["receiver", "position"])
