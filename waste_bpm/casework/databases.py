"""How a database is opened: SQLite as the store needs it, on a file of its own that one process writes."""

import fcntl
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.pool import StaticPool

from waste_bpm.errors import Unavailable
from waste_bpm.vocabulary import Finding

_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "mmap_size=0")


class Database:
    """One database, through one connection that stays open; a writer holds the lock beside its file.

    Transactions are begun and ended by the driver itself (`run`), because a `Connection` that begins and ends them
    costs a durable command more than its own decision.
    """

    def __init__(self, url: str, *, read_only: bool) -> None:
        self.url: URL = make_url(url)
        self._lock: IO[str] | None = None
        file = self.url.database
        if file in (None, "", ":memory:"):
            self.engine = _settled(_engine("sqlite://"))
        elif read_only:
            self.engine = _engine(f"sqlite:///file:{file}?mode=ro&uri=true")
        else:
            self._lock = _locked(Path(str(file)))
            self.engine = _settled(_engine(self.url))

    @cached_property
    def connection(self) -> Connection:
        """The connection, opened at its first use."""
        return self.engine.connect()

    @cached_property
    def run(self) -> Any:
        """Hand a statement to the driver as it is."""
        return self.cursor().execute

    def cursor(self) -> Any:
        """A cursor of the driver."""
        return self.connection.connection.cursor()

    @property
    def errors(self) -> Any:
        """The driver, which names its errors as all drivers do (PEP 249)."""
        return self.engine.dialect.loaded_dbapi

    def close(self) -> None:
        """Give the database back."""
        self.connection.close()
        self.engine.dispose()
        if self._lock is not None:
            self._lock.close()


def _engine(url: URL | str) -> Engine:
    """An engine whose statements name their values, so that rows are handed to the driver as they are."""
    return create_engine(
        url,
        paramstyle="named",
        isolation_level="AUTOCOMMIT",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
    )


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
    """SQLite as the store needs it: write-ahead log and full synchronisation."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA {setting}")

    return engine
