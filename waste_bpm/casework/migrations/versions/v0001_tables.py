"""The first tables: log, documents and letters, deadlines and answers, registers."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    _log()
    _letters()
    _projections()
    _registers()


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _log() -> None:
    op.create_table(
        "event",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=True),
        *_texts("case_id", "stream"),
        sa.Column("version", sa.Integer(), nullable=False),
        *_texts("type"),
        sa.Column("home", sa.Boolean(), nullable=False),
        *_texts("recorded_at"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        *_texts("hash"),
        sa.UniqueConstraint("case_id", "stream", "version"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_case_id", "event", ["case_id"])
    op.create_table(
        "document",
        *_texts("case_id", "digest", "kind"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "digest"),
    )


def _letters() -> None:
    op.create_table(
        "message",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(), nullable=False, unique=True),
        *_texts("case_id", "name", "sender"),
        sa.Column("home", sa.Boolean(), nullable=False),
        *_texts("digest", "recorded_at"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_case_id", "message", ["case_id"])
    op.create_table("inbox", *_texts("message", "party", "role"), sa.PrimaryKeyConstraint("message", "party"))
    op.create_table(
        "outbox",
        *_texts("message", "node", "state"),
        sa.Column("delivered_at", sa.String()),
        sa.PrimaryKeyConstraint("message", "node"),
    )


def _projections() -> None:
    op.create_table(
        "deadline",
        *_texts("case_id", "stream", "rule", "due"),
        sa.Column("running", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "stream", "rule"),
    )
    op.create_index("ix_deadline_due", "deadline", ["due"])
    op.create_table(
        "answered",
        *_texts("principal", "key", "fingerprint"),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key"),
    )
    op.create_table("case_file", *_texts("case_id", "number"), sa.PrimaryKeyConstraint("case_id"))
    op.create_index("ix_case_file_number", "case_file", ["number"])


def _registers() -> None:
    op.create_table("setting", *_texts("name", "value"), sa.PrimaryKeyConstraint("name"))
    op.create_table("party", *_texts("id", "name", "country", "roles", "node"), sa.PrimaryKeyConstraint("id"))
    op.create_table("credential", *_texts("digest", "party"), sa.PrimaryKeyConstraint("digest"))
    op.create_table(
        "waiver", *_texts("country", "since", "until", "source"), sa.PrimaryKeyConstraint("country", "since")
    )
