"""How a database is opened: SQLite on a file that one process writes, or a PostgreSQL server that many share.

Both are written with the same SQLAlchemy Core statements. What differs stands here: the connection and its settings,
the lock of a case, the settings that must be in force, and which errors mean that the database is away.
"""

import fcntl
import sqlite3
from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from waste_bpm.errors import Unavailable
from waste_bpm.vocabulary import Finding

_SQLITE = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", "mmap_size": "0"}
"""Settings of a writing SQLite connection: write-ahead log, a sync at every commit (2 is FULL)."""
_SERVER = {"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on"}
"""What a PostgreSQL server must say of itself, lest a commit be lost."""
_SESSION = "-c statement_timeout=5000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=10000"
_WAL_RESET_FIXED = (3, 51, 3)
"""Before it, two connections that write or checkpoint a write-ahead log at once may damage it; here one does."""
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))"

_COUNTS_ON = "SELECT setval(pg_get_serial_sequence(%(table)s, 'position'), %(last)s)"
_STILL = {"event": "LOCK TABLE event IN SHARE MODE"}


class Database:
    """One database, through one connection that stays open.

    Transactions are begun and ended by the driver itself (`run`), because a `Connection` that begins and ends them
    costs a durable command more than its own decision.
    """

    def __init__(self, url: str, *, read_only: bool) -> None:
        self.url: URL = make_url(url)
        self._reads = read_only
        self._lock: IO[str] | None = None
        self.shared = self.url.get_backend_name() == "postgresql"
        file = self.url.database
        if self.shared:
            self.engine = _server(self.url, read_only)
        elif file in (None, "", ":memory:"):
            self.engine = _settled(_file("sqlite://"))
        elif read_only:
            self.engine = _file(f"sqlite:///file:{file}?mode=ro&uri=true")
        else:
            self._lock = _locked(Path(str(file)))
            self.engine = _settled(_file(self.url))

    @cached_property
    def connection(self) -> Connection:
        """The connection, opened at its first use and again after it was lost."""
        return self.engine.connect()

    @cached_property
    def cursor(self) -> Any:
        """The cursor of the driver that writes."""
        return self.connection.connection.cursor()

    @cached_property
    def run(self) -> Any:
        """Hand a statement to the driver as it is."""
        return self.cursor.execute

    @property
    def errors(self) -> Any:
        """The driver, which names its errors as all drivers do (PEP 249)."""
        return self.engine.dialect.loaded_dbapi

    def hold(self, name: str) -> None:
        """Let nobody else change what is named so until this transaction ends.

        Where many processes write, a decision reads a whole case, so one of them at a time decides on it. The writer of
        a file is alone anyway. A name is held, not a row: a case that begins has no row yet.
        """
        if self.shared:
            self.run(_HOLD, {"name": name})

    def still(self, table: str) -> None:
        """Wait until whoever is writing to a table has ended, and let nobody begin before this transaction ends."""
        if self.shared:
            self.run(_STILL[table])

    def freeze(self) -> None:
        """Let this transaction see the database as it is now, whatever others write; said before anything is read.

        A transaction on a file does so anyway.
        """
        if self.shared:
            self.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")

    def copy_to(self, file: Path) -> None:
        """Copy a database on a file as it is now into another file, while its writer goes on."""
        with closing(sqlite3.connect(file)) as target:
            self.connection.connection.driver_connection.backup(target)  # type: ignore[union-attr]
            target.execute("PRAGMA journal_mode=DELETE")

    def damage(self) -> str | None:
        """What is wrong with the pages of a database on a file; None when nothing is."""
        said = None if self.shared else self._shown("PRAGMA integrity_check")
        return None if said == "ok" else said

    def numbered(self, table: str, last: int) -> None:
        """Let a table whose rows were brought from elsewhere count on from its last one."""
        if self.shared:
            self.run(_COUNTS_ON, {"table": table, "last": last})

    def away(self, error: BaseException) -> bool:
        """Whether an error says that the database does not answer, or gave up waiting."""
        said = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(said, self.errors.OperationalError | self.errors.InterfaceError)

    def undo(self) -> None:
        """Roll back; a connection that was lost is given up, so that the next transaction opens a new one."""
        with suppress(self.errors.Error, DBAPIError):
            self.run("ROLLBACK")
            return
        self._drop()

    def _drop(self) -> None:
        kept = self.__dict__.pop("connection", None)
        for name in ("cursor", "run"):
            self.__dict__.pop(name, None)
        if kept is not None and (self.shared or self.url.database):
            with suppress(self.errors.Error, DBAPIError):
                kept.invalidate()
                kept.close()

    def unsafe(self) -> dict[str, str]:
        """The settings in force that would let a commit be lost, by name; who reads a file commits nothing."""
        if self._reads and not self.shared:
            return {}
        if self.shared:
            return {name: value for name in _SERVER if (value := self._shown(f"SHOW {name}")) != _SERVER[name]}
        needed = _SQLITE if self.url.database not in (None, "", ":memory:") else {"foreign_keys": "1"}
        return {name: value for name in needed if (value := self._shown(f"PRAGMA {name}")) != needed[name]}

    def _shown(self, statement: str) -> str:
        return str(self.connection.exec_driver_sql(statement).scalar())

    def about(self) -> dict[str, str]:
        """Which database this is, for those who operate it."""
        if self.shared:
            return {"database": "postgresql", "version": self._shown("SHOW server_version")}
        fixed = sqlite3.sqlite_version_info >= _WAL_RESET_FIXED
        return {
            "database": "sqlite",
            "version": sqlite3.sqlite_version,
            "wal_reset_bug": "fixed" if fixed else "affected; harmless here, because one connection writes",
        }

    def close(self) -> None:
        """Give the database back."""
        kept = self.__dict__.pop("connection", None)
        for name in ("cursor", "run"):
            self.__dict__.pop(name, None)
        if kept is not None:
            kept.close()
        self.engine.dispose()
        if self._lock is not None:
            self._lock.close()


def _file(url: URL | str) -> Engine:
    """An engine whose statements name their values, so that rows are handed to the driver as they are."""
    return create_engine(
        url,
        paramstyle="named",
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        connect_args={"check_same_thread": False},
    )


def _server(url: URL, read_only: bool) -> Engine:
    options = f"{_SESSION} -c default_transaction_read_only=on" if read_only else _SESSION
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
            connect_args={"connect_timeout": 5, "options": options},
        )
    except ModuleNotFoundError as error:
        raise Unavailable(
            Finding(
                rule_id="driver-missing",
                message=f"The driver for PostgreSQL is not installed: {error}.",
                fix="Install it: pip install 'waste-bpm[postgresql]'.",
            )
        ) from error


def _locked(file: Path) -> IO[str]:
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = file.with_name(file.name + ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise Unavailable(
            Finding(
                rule_id="store-in-use",
                message=f"Another process writes to {file.name}.",
                fix="Stop it, or ask it through its API.",
            )
        ) from error
    return lock


def _settled(engine: Engine) -> Engine:
    """SQLite as the store needs it."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        for name, value in _SQLITE.items():
            connection.execute(f"PRAGMA {name}={value}")

    return engine
