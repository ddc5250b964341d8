"""Backups: a copy of the whole database in one file that proves itself, and the way back.

One form serves both databases: a SQLite file with the tables of the store. A database on a file is copied by SQLite
itself while its writer goes on; one on a server is read table by table in a transaction that sees one moment. So what
was backed up here can be restored there. A backup gets its name only after it was proved and lies on the disk; before,
nothing bears that name. The private key of the node is not in it.

A restored node shows what it has and takes nothing more until somebody has compared its heads with those that others
keep: what was answered after the backup is not in it.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Table, func, select, tuple_
from sqlalchemy.exc import DatabaseError

from waste_bpm.casework.log import Kept, Verdict, verify
from waste_bpm.casework.sealing import newest
from waste_bpm.casework.signing import keys_of, proof
from waste_bpm.casework.store import READ_ONLY, SETTING, Store
from waste_bpm.casework.traffic import META
from waste_bpm.errors import Conflict, InputInvalid
from waste_bpm.vocabulary import Finding

_PAGE = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Proved:
    """What a backup or a restored database holds: counts, and the newest head as place and hash."""

    verdict: Verdict
    head: tuple[int, str] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """A restored database, and up to which place others hold heads that are not in it."""

    proved: Proved
    missing_up_to: int | None


def back_up(store: Store, file: Path) -> Proved:
    """Write a backup that proves itself; raises Conflict when the file is there, InputInvalid for a broken log."""
    if file.exists():
        raise Conflict(_there(str(file)), status=409)
    with _beside(file) as part:
        _written(store, part)
        with closing(Store(f"sqlite:///{part}", read_only=True)) as copy:
            proved = prove(copy)
    return proved


def _written(store: Store, part: Path) -> None:
    if store.database.shared:
        with TemporaryDirectory(prefix="waste-bpm-backup") as folder, closing(_empty(Path(folder))) as copy:
            _copied(store, copy)
            copy.database.copy_to(part)
    else:
        with store.turn:
            store.database.copy_to(part)


def _empty(folder: Path) -> Store:
    return Store(f"sqlite:///{folder / 'copy.db'}")


def prove(store: Store, kept: Kept = ()) -> Proved:
    """Prove a copy from its pages to its heads; raises InputInvalid naming the first thing that is wrong."""
    with _readable():
        damaged = store.database.damage()
        if damaged is not None:
            raise InputInvalid(_broken(f"its pages are damaged: {damaged.splitlines()[0]}"))
        verdict = verify(store, kept=kept, proves=proof(keys_of(store)))
    if verdict.broken is not None:
        raise InputInvalid(_broken(verdict.broken.what))
    return Proved(verdict=verdict, head=newest(store))


def restore(backup: Path, url: str, *, at: str, kept: Kept = ()) -> Restored:
    """Bring a backup to a new database, prove it there, and leave it read-only.

    Raises Conflict when something is there already, InputInvalid when the backup or a head that others keep says that
    it is not what was written.
    """
    kept = tuple(kept)
    with TemporaryDirectory(prefix="waste-bpm-restore") as folder:
        copy = Path(folder) / "copy.db"
        shutil.copyfile(backup, copy)
        with _readable(), closing(Store(f"sqlite:///{copy}")) as source:
            last = newest(source)
            place = last[0] if last else 0
            proved = prove(source, [each for each in kept if each[0] <= place])
            _mark(source, f"it was restored from {backup.name} at {at}")
            _brought(source, url)
    later = [position for position, _ in kept if position > place]
    return Restored(proved=proved, missing_up_to=max(later, default=None))


@contextmanager
def _readable() -> Iterator[None]:
    """A file whose pages cannot be read is told as a broken backup."""
    try:
        yield
    except DatabaseError as error:
        raise InputInvalid(_broken(f"its pages are damaged: {error.orig}")) from error


def _mark(store: Store, why: str) -> None:
    store.replace(SETTING, [{"name": READ_ONLY, "value": why}])


def _brought(source: Store, url: str) -> None:
    if not url.startswith("sqlite:///"):
        with closing(Store(url)) as target:
            _copied(source, target)
        return
    file = Path(url.removeprefix("sqlite:///"))
    if file.exists():
        raise Conflict(_there(str(file)), status=409)
    with _beside(file) as part:
        source.database.copy_to(part)
        with closing(Store(f"sqlite:///{part}", read_only=True)) as copy:
            prove(copy)


def resume(store: Store) -> bool:
    """Let a node that was restored be written again; tells whether it was read-only."""
    store.halts.clear()
    rows = store.rows(select(SETTING.c.value).where(SETTING.c.name == READ_ONLY))
    _mark(store, "")
    return bool(rows and rows[0].value)


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A file beside its place, which gets its name when all went well and it lies on the disk; else it goes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    _remove(part)
    try:
        yield part
        _to_disk(part)
        part.rename(file)
        _to_disk(file.parent)
    finally:
        _remove(part)


def _remove(part: Path) -> None:
    for rest in ("", "-wal", "-shm", "-journal", ".lock"):
        part.with_name(part.name + rest).unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copied(source: Store, target: Store) -> None:
    """Copy every table as it is at one moment into a database in which there is nothing."""
    with source.transaction() as reading, target.transaction() as writing:
        source.database.freeze()
        for table in META.sorted_tables:
            if writing.execute(select(func.count()).select_from(table)).scalar():
                raise Conflict(_there(table.name), status=409)
            for page in _pages(reading, table):
                writing.execute(table.insert(), page)
        for table in META.sorted_tables:
            column = table.primary_key.columns[0]
            last = writing.execute(select(func.max(column))).scalar() if column.autoincrement is True else None
            if last:
                target.database.numbered(table.name, last)


def _pages(reading: Connection, table: Table) -> Iterator[Sequence[dict[str, Any]]]:
    keys = [*table.primary_key.columns]
    query = select(table).order_by(*keys).limit(_PAGE)
    last: tuple[Any, ...] | None = None
    while True:
        asked = query if last is None else query.where(tuple_(*keys) > last)
        page = [dict(row) for row in reading.execute(asked).mappings()]
        if not page:
            return
        yield page
        last = tuple(page[-1][key.name] for key in keys)


def _there(what: str) -> Finding:
    return Finding(
        rule_id="already-there",
        message=f"{what} is there already; nothing was overwritten.",
        value=what,
        fix="Name another place.",
    )


def _broken(what: str) -> Finding:
    return Finding(
        rule_id="backup-broken",
        message=f"This is not as it was written: {what}.",
        fix="Take another backup; ask waste-bpm log verify what the running database says.",
    )
