"""Walk the migrations with Alembic, inside the transaction of the caller."""

from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def forwards(connection: Connection, found: str | None, to: str) -> None:
    """From the version found to another; tables without a version are those of the first."""
    script = ScriptDirectory(str(Path(__file__).parent))
    context = MigrationContext.configure(connection, opts={"fn": lambda at, _: script._upgrade_revs(to, at)})
    if found is None:
        context.stamp(script, "0001")
    with Operations.context(context):
        context.run_migrations()
