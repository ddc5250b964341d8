"""A token may be that of a person; what one person proposed waits for a second one."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0005", "0004"

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Tokens that were issued before name no person."""
    op.add_column("credential", sa.Column("person", sa.String()))
    op.create_table(
        "proposal",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("case_id", "stream", "step")),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("party", "person")),
        sa.Column("key", sa.String()),
        sa.Column("fingerprint", sa.String(), nullable=False),
        *(sa.Column(name, sa.String()) for name in ("kind", "digest")),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("recorded_at", sa.String(), nullable=False),
        *(sa.Column(name, sa.String()) for name in ("ended", "ended_by", "ended_at")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_proposal_case_id", "proposal", ["case_id"])
    op.create_index("ix_proposal_key", "proposal", ["party", "key"])
