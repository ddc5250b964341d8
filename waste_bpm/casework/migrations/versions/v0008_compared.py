"""How what other nodes hold of each case compares with what is held here."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0008", "0007"

_LATER = ("asked_at", "compared_at", "result", "stream", "beside", "since", "said")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "compared",
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("node", "case_id")),
        sa.Column("tried_at", sa.String(), nullable=False),
        *(sa.Column(name, sa.String()) for name in _LATER),
    )
