"""The feed and its signed heads; a letter that is being delivered is leased to one worker."""

import sqlalchemy as sa
from alembic import op

from waste_bpm.casework.schema import append_only

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    """Make them; what was recorded before gets its place in the feed at the next sealing."""
    op.create_table(
        "feed",
        sa.Column("position", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("event", sa.BigInteger(), nullable=False, unique=True),
    )
    op.create_table(
        "head",
        sa.Column("position", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("sealed_at", sa.String(), nullable=False),
        sa.Column("signature", sa.LargeBinary()),
    )
    for table in ("feed", "head"):
        append_only(op.get_bind(), table)
    op.add_column("outbox", sa.Column("leased_until", sa.String()))
