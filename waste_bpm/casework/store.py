"""The store: the event log and what lies beside it, in one transaction. The only module that knows the database.

Tables: `event` (append-only, one hash chain per stream), `document` and `message` (bytes that can be erased without
touching the chain), `inbox`, `outbox`, `deadline`, `answered` (idempotency), `case_file` (a search table), and the
registers of the node (`setting`, `party`, `credential`, `waiver`). SQLite is opened in WAL mode with full
synchronisation and one writing process, which holds a lock beside the file.
"""

import fcntl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    create_engine,
    event,
    select,
    text,
)
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.pool import StaticPool

from waste_bpm.errors import Conflict, Unavailable
from waste_bpm.vocabulary import Finding

META = MetaData()

EVENT = Table(
    "event",
    META,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("case_id", String, nullable=False, index=True),
    Column("stream", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("type", String, nullable=False),
    Column("home", Boolean, nullable=False),
    Column("recorded_at", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("hash", String, nullable=False),
    UniqueConstraint("case_id", "stream", "version"),
    sqlite_autoincrement=True,
)
DOCUMENT = Table(
    "document",
    META,
    Column("case_id", String, primary_key=True),
    Column("digest", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
MESSAGE = Table(
    "message",
    META,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("case_id", String, nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("home", Boolean, nullable=False),
    Column("digest", String, nullable=False),
    Column("recorded_at", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
INBOX = Table(
    "inbox",
    META,
    Column("message", String, primary_key=True),
    Column("party", String, primary_key=True),
    Column("role", String, nullable=False),
)
OUTBOX = Table(
    "outbox",
    META,
    Column("message", String, primary_key=True),
    Column("node", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("delivered_at", String),
)
DEADLINE = Table(
    "deadline",
    META,
    Column("case_id", String, primary_key=True),
    Column("stream", String, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("due", Date, nullable=False, index=True),
    Column("running", Boolean, nullable=False),
)
ANSWERED = Table(
    "answered",
    META,
    Column("principal", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("answer", LargeBinary, nullable=False),
)
SETTING = Table(
    "setting",
    META,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)
PARTY = Table(
    "party",
    META,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("country", String, nullable=False),
    Column("roles", String, nullable=False),
    Column("node", String, nullable=False),
)
CREDENTIAL = Table(
    "credential",
    META,
    Column("digest", String, primary_key=True),
    Column("party", String, nullable=False),
)
WAIVER = Table(
    "waiver",
    META,
    Column("country", String, primary_key=True),
    Column("since", String, primary_key=True),
    Column("until", String, nullable=False),
    Column("source", String, nullable=False),
)
CASE_FILE = Table(
    "case_file",
    META,
    Column("case_id", String, primary_key=True),
    Column("number", String, nullable=False, index=True),
)

Rows = dict[Table, list[dict[str, Any]]]
"""What one command writes: rows to insert, by table."""

_APPEND_ONLY = tuple(
    f"CREATE TRIGGER IF NOT EXISTS event_no_{verb.lower()} BEFORE {verb} ON event "
    "BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END"
    for verb in ("UPDATE", "DELETE")
)
_INSERT = {table: table.insert() for table in META.sorted_tables}
_STOP = text("UPDATE deadline SET running = 0 WHERE case_id = :case_id AND stream = :stream AND rule = :rule")
_NEWER = (
    select(EVENT.c.position, EVENT.c.stream, EVENT.c.body, EVENT.c.hash)
    .where(EVENT.c.case_id == text(":case_id"), EVENT.c.position > text(":position"))
    .order_by(EVENT.c.position)
)


class Store:
    """One database. Writers take turns; whoever opens it read-only never blocks them.

    `memory` is what readers remember of the cases they folded; it is emptied when a transaction that wrote is undone.
    Nobody else writes to an `exclusive` store, so that memory is as good as the log.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.url = make_url(url)
        self.turn = threading.RLock()
        self._lock: IO[str] | None = None
        self._open: Connection | None = None
        self._written = False
        self.exclusive = not read_only
        self.memory: dict[str, Any] = {}
        self.engine = self._connected(read_only)
        if not read_only:
            self._prepare()

    def _connected(self, read_only: bool) -> Engine:
        file = self.url.database
        if file in (None, "", ":memory:"):
            return _settled(create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}))
        if read_only:
            return create_engine(f"sqlite:///file:{file}?mode=ro&uri=true", connect_args={"check_same_thread": False})
        self._lock = _locked(Path(str(file)))
        engine = create_engine(self.url, poolclass=StaticPool, connect_args={"check_same_thread": False})
        return _settled(engine)

    def _prepare(self) -> None:
        with self.engine.begin() as connection:
            META.create_all(connection)
            for trigger in _APPEND_ONLY:
                connection.execute(text(trigger))

    def close(self) -> None:
        """Give the database back."""
        self.engine.dispose()
        if self._lock is not None:
            self._lock.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction, joined by whatever this thread reads and writes inside it: all of it, or nothing."""
        with self.turn:
            if self._open is not None:
                yield self._open
                return
            self._written = False
            try:
                with self.engine.begin() as connection:
                    self._open = connection
                    yield connection
            except BaseException:
                if self._written:
                    self.memory.clear()
                raise
            finally:
                self._open = None

    def newer(self, case_id: str, position: int) -> Sequence[Any]:
        """The lines of a case after a position: position, stream, body and hash of each."""
        with self.transaction() as connection:
            return connection.execute(_NEWER, {"case_id": case_id, "position": position}).all()

    def write(self, rows: Rows, stopped: Sequence[dict[str, str]] = ()) -> int:
        """Write all of it, or nothing; gives the position of the last event.

        Raises Conflict when a version or a message is already there, Unavailable when the database does not answer.
        """
        try:
            with self.transaction() as connection:
                position = _written(connection, rows, stopped)
        except IntegrityError as error:
            raise Conflict(
                Finding(
                    rule_id="changed-meanwhile",
                    message="Somebody changed the case in the same moment.",
                    fix="Read it again and decide anew.",
                )
            ) from error
        except OperationalError as error:
            raise Unavailable(
                Finding(rule_id="store-unavailable", message=f"The database does not answer: {error.orig}.")
            ) from error
        self._written = True
        return position

    def replace(self, table: Table, values: Sequence[dict[str, Any]]) -> None:
        """Write rows of a register; those with the same key give way."""
        if values:
            with self.transaction() as connection:
                keys = [column.name for column in table.primary_key]
                same = [table.c[key] == bindparam(f"_{key}") for key in keys]
                old = [{f"_{key}": row[key] for key in keys} for row in values]
                connection.execute(table.delete().where(*same), old)
                connection.execute(table.insert(), list(values))

    def rows(self, query: Any, values: dict[str, Any] | None = None) -> Sequence[Any]:
        """The rows of a query."""
        with self.transaction() as connection:
            return connection.execute(query, values or {}).all()

    def run(self, statement: Any, values: dict[str, Any] | None = None) -> int:
        """Run one statement in a transaction of its own; gives the number of rows changed."""
        with self.transaction() as connection:
            return int(connection.execute(statement, values or {}).rowcount)


def _written(connection: Connection, rows: Rows, stopped: Sequence[dict[str, str]]) -> int:
    position = 0
    for table, values in rows.items():
        if table is EVENT:
            for line in values:
                position = connection.execute(_INSERT[EVENT], line).lastrowid
        elif values:
            connection.execute(_INSERT[table], values)
    if stopped:
        connection.execute(_STOP, list(stopped))
    return position


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
    """SQLite as the store needs it: write-ahead log, full synchronisation, transactions that begin as writers."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "mmap_size=0"):
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
