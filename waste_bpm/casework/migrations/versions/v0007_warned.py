"""Letters under way that are near a day of the law are on file as they were found last."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0007", "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "warned",
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("message", "node")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("name", "case_id", "stream", "rule", "due")),
        sa.Column("takes", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
    )
