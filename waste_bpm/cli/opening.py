"""Opening the node that a database holds, with the clock that counts for it and real identities."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from waste_bpm.casework import exercise
from waste_bpm.casework.node import Node
from waste_bpm.casework.registers import open_node
from waste_bpm.casework.store import Store
from waste_bpm.cli import clock
from waste_bpm.cli.command import DATABASE, refuse_unruled
from waste_bpm.errors import InputInvalid, NotFound, Unavailable
from waste_bpm.vocabulary import Finding

SQLITE = "sqlite:///"
SERVER = "postgresql://"
_MAGIC = b"SQLite format 3\x00"
TURN = 5.0
"""Seconds for which an act waits until the act of another process is recorded."""
_LOOK = 0.01


@contextmanager
def opened_store(db: str, *, write: bool = False, create: bool = False, turn: float = 0) -> Iterator[Store]:
    """The store at a path or URL, for reading unless told otherwise; raises NotFound when it is not there.

    For `turn` seconds it waits for another process that writes to it. Who may write is said by the command.
    """
    if write:
        refuse_unruled()
    store = _in_turn(db if db.startswith(SERVER) else _on_file(db, create=create), write=write, turn=turn)
    try:
        yield store
    finally:
        store.close()


def _in_turn(url: str, *, write: bool, turn: float) -> Store:
    until = time.monotonic() + turn
    while True:
        try:
            return Store(url, read_only=not write)
        except Unavailable as error:
            if error.findings[0].rule_id != "store-in-use" or time.monotonic() >= until:
                raise
            time.sleep(_LOOK)


@contextmanager
def opened(db: str, *, write: bool = False, turn: float = 0) -> Iterator[Node]:
    """The node that a database holds; raises NotFound when there is no database, or no node in it."""
    with opened_store(db, write=write, turn=turn) as store:
        yield node_in(store)


def node_in(store: Store) -> Node:
    """The node that a store holds, with real identities and the clock that counts for it; raises NotFound."""
    told = exercise.clock_file(store)
    return open_node(store, clock.now if told is None else clock.of_exercise(Path(told)), clock.identity)


def _on_file(db: str, *, create: bool) -> str:
    """The address of a database on a file; raises NotFound when it is not there and shall not be made."""
    if "://" in db and not db.startswith(SQLITE):
        raise InputInvalid(_not_opened(db))
    file = Path(db.removeprefix(SQLITE))
    if file.exists():
        _look_at(file, new=create)
    elif not create:
        raise NotFound(_no_database(file))
    return f"{SQLITE}{file.absolute()}"


def again(db: str) -> str:
    """What to add to a command so that it speaks of the same database."""
    return "" if db == DATABASE else f" --db {quote(db)}"


def _look_at(file: Path, *, new: bool) -> None:
    """A file that is no database is refused before anything opens it; an empty one may become one."""
    with file.open("rb") as opened_file:
        start = opened_file.read(len(_MAGIC))
    if start != _MAGIC and not (new and not start):
        raise InputInvalid(
            Finding(
                rule_id="not-a-database",
                message=f"{file} is not a database of this program.",
                pointer=str(file),
                fix="Name the database with --db; waste-bpm case import FILE makes one.",
            )
        )


def _no_database(file: Path) -> Finding:
    return Finding(
        rule_id="database-missing",
        message=f"There is no database {file}.",
        pointer=str(file),
        fix="Name it with --db, or make one: waste-bpm demo, or waste-bpm case import FILE.",
    )


def _not_opened(db: str) -> Finding:
    return Finding(
        rule_id="database-kind",
        message=f"{db.partition('://')[0]} is not a kind of database that this version opens.",
        fix=f"Give a path, or a URL that begins with {SQLITE} or {SERVER}.",
    )
