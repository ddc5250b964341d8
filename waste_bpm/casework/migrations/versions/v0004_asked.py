"""A node that cannot be reached asks for its letters: when each asked last is on file."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "asked",
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("node"),
    )
