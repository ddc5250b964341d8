"""The tables of a database and their versions: made at the first opening, migrated by Alembic at a later one.

A new database gets the tables of today at once. An older one walks the migrations, forwards only and in one
transaction: all of them, or none. A newer one is refused, for what it holds is not known here.
"""

from importlib import import_module

from sqlalchemy import Connection, MetaData, inspect, text

from waste_bpm.errors import Unavailable
from waste_bpm.vocabulary import Finding

VERSION = "0008"
"""The version of the tables as they are written in `store`."""
_MIGRATIONS = "waste_bpm.casework.migrations"
"""Imported when they are needed: Alembic takes longer to load than a command to run."""

_APPEND_ONLY = {
    "sqlite": tuple(
        f"CREATE TRIGGER {{table}}_no_{verb.lower()} BEFORE {verb} ON {{table}} "
        "BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION ''the event log is append-only''; END'",
        "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION append_only()",
    ),
}


def prepare(connection: Connection, tables: MetaData) -> None:
    """Bring the database to the version of today; raises Unavailable when it is newer than that."""
    found = version(connection)
    if found is None and not inspect(connection).has_table("event"):
        tables.create_all(connection)
        for table in GUARDED:
            append_only(connection, table)
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": VERSION})
    elif found != VERSION:
        _migrate(connection, found)


def version(connection: Connection) -> str | None:
    """The version of a database; None when it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def refuse_other(connection: Connection) -> None:
    """Raise Unavailable unless the database has the version of today: who may not write cannot migrate."""
    found = version(connection)
    if found != VERSION:
        raise _other(found)


GUARDED = ("event", "feed", "head")
"""The tables whose rows the database itself refuses to change."""
_TRIGGERS = {
    "sqlite": ("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'", 2),
    "postgresql": (
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgenabled <> 'D' AND NOT tgisinternal",
        1,
    ),
}
"""How the triggers are asked for, and how many each guarded table has."""


def unguarded(connection: Connection) -> list[str]:
    """The tables of the log whose rows could be changed, because what refuses it is not there."""
    asked, wanted = _TRIGGERS[connection.dialect.name]
    there = [row[0] for row in connection.exec_driver_sql(asked)]
    return [table for table in GUARDED if there.count(table) < wanted]


def append_only(connection: Connection, table: str) -> None:
    """Let the database itself refuse to change or delete rows of a table."""
    for statement in _APPEND_ONLY[connection.dialect.name]:
        connection.exec_driver_sql(statement.format(table=table))


def _migrate(connection: Connection, found: str | None) -> None:
    if found is not None and found > VERSION:
        raise _other(found)
    walk = import_module(f"{_MIGRATIONS}.walk")
    walk.forwards(connection, found, VERSION)


def _other(found: str | None) -> Unavailable:
    newer = found is not None and found > VERSION
    return Unavailable(
        Finding(
            rule_id="schema-newer" if newer else "schema-older",
            message=f"The database has version {found or 'none'} of the tables; this program knows {VERSION}.",
            fix="Use the program that wrote it, or a newer one." if newer else "Open it once for writing.",
        )
    )
