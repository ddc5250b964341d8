"""The store: the event log and what lies beside it, in one transaction. The only module that knows the database.

Tables: `event` (append-only, one hash chain per stream), `feed` and `head` (the order of all events and its signed
heads, written after commit), `document` and `message` (bytes that can be erased without touching the chain), `inbox`,
`outbox`, `deadline`, `answered` (idempotency), `case_file` (a search table), and the registers of the node (`setting`,
`party`, `waiver`); what travels between nodes has its tables in `traffic`, who acts for a party in `persons`. How the
two databases are opened stands in `databases`, how their tables come to the version of today in `schema`.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    false,
    select,
    text,
)

from waste_bpm.casework import schema
from waste_bpm.casework.databases import Database
from waste_bpm.casework.persons import CREDENTIAL, PROPOSAL
from waste_bpm.casework.traffic import LINE, META, NEXT_IN_LINE, POSITION
from waste_bpm.errors import Conflict, Unavailable
from waste_bpm.vocabulary import Finding

EVENT = Table(
    "event",
    META,
    Column("position", POSITION, primary_key=True, autoincrement=True),
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
FEED = Table(
    "feed",
    META,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("event", BigInteger, nullable=False, unique=True),
)
HEAD = Table(
    "head",
    META,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("root", String, nullable=False),
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("sealed_at", String, nullable=False),
    Column("signature", LargeBinary),
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
    Column("position", POSITION, primary_key=True, autoincrement=True),
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
    Column("leased_until", String),
    Column("conversation", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("parcel", LargeBinary, nullable=False),
    Column("written_at", String, nullable=False),
    Column("attempts", Integer),
    Column("reason", String),
    Column("slip", LargeBinary),
    Column("slip_seal", LargeBinary),
    Index("ix_outbox_next", "state", "node", "written_at", "conversation", "seq"),
)
DEADLINE = Table(
    "deadline",
    META,
    Column("case_id", String, primary_key=True),
    Column("stream", String, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("due", String, nullable=False, index=True),
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

WHO_ACTS = (CREDENTIAL, PROPOSAL)
"""The tables of `persons`, which belong to the store like its own."""

READ_ONLY = "read_only"
"""The setting that says why nothing may be written; blank or absent where everything may."""

Halt = Callable[[], Finding | None]
"""Why nothing may be written now; None when everything may."""

Rows = dict[Table, list[dict[str, Any]]]
"""What one command writes: rows to insert, by table."""

_STOP = (
    DEADLINE.update()
    .values(running=false())
    .where(
        DEADLINE.c.case_id == bindparam("of_case"),
        DEADLINE.c.stream == bindparam("of_stream"),
        DEADLINE.c.rule == bindparam("of_rule"),
    )
)
_RUNS_ANEW = " ON CONFLICT (case_id, stream, rule) DO UPDATE SET due = excluded.due, running = excluded.running"
"""A deadline that starts anew on its stream takes the place of the one before."""
_ANEW = {DEADLINE: _RUNS_ANEW, LINE: NEXT_IN_LINE}
_NEWER = (
    select(*EVENT.c["position", "stream", "recorded_at", "body", "hash"])
    .where(EVENT.c.case_id == text(":case_id"), EVENT.c.position > text(":position"))
    .order_by(EVENT.c.position)
)


class Store:
    """One database. Writers take turns; whoever opens it read-only never blocks them.

    `memory` is what readers remember of the cases they folded; it is emptied when a transaction that wrote is undone.
    Nobody else writes to an `exclusive` store, so that memory is as good as the log. `known` are the editions of
    the law that are on file. `halts` are asked before anything
    is written: a node that was restored, or whose disk is nearly full, shows what it has and takes nothing more.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.turn = threading.RLock()
        self.memory: dict[str, Any] = {}
        self.database = Database(url, read_only=read_only)
        self.exclusive = not read_only and not self.database.shared
        self._open: Connection | None = None
        self._written = False
        self._spelt: dict[Any, str] = {}
        self.halts: list[Halt] = []
        self.known: set[str] = set()
        try:
            self._prepare(read_only)
        except BaseException:
            self.close()
            raise

    def _prepare(self, read_only: bool) -> None:
        with self.transaction() as connection:
            if read_only:
                schema.refuse_other(connection)
                return
            self.database.hold("schema")
            schema.prepare(connection, META)
            said = connection.execute(select(SETTING.c.value).where(SETTING.c.name == READ_ONLY)).scalar()
            unsafe = self.database.unsafe()
        if said:
            self.halts.append(lambda: _read_only(said))
        if unsafe:
            raise Unavailable(
                Finding(
                    rule_id="store-unsafe",
                    message=f"Settings of the database would let a commit be lost: {unsafe}.",
                    fix="Set them as the manual says, then start again.",
                )
            )

    @property
    def halted(self) -> Finding | None:
        """Why nothing may be written now; None when everything may."""
        return next((why for halt in self.halts if (why := halt()) is not None), None)

    def refuse_halted(self) -> None:
        """Raise Unavailable when nothing may be written now."""
        if self.halts and (why := self.halted) is not None:
            raise Unavailable(why)

    def close(self) -> None:
        """Give the database back."""
        self.database.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction, joined by whatever this thread reads and writes inside it: all of it, or nothing."""
        with self.turn:
            if self._open is not None:
                yield self._open
                return
            self._written = False
            try:
                self._open = self.database.connection
                self.database.run("BEGIN")
                yield self._open
                self.database.run("COMMIT")
            except BaseException as error:
                self._undo()
                if not self.database.away(error):
                    raise
                raise Unavailable(
                    Finding(rule_id="store-unavailable", message=f"The database does not answer: {error}.")
                ) from error
            finally:
                self._open = None

    def _undo(self) -> None:
        self.known.clear()
        if self._written:
            self.memory.clear()
        self.database.undo()

    def about(self) -> dict[str, str]:
        """Which database this is, and whether it has a fault that one must know of."""
        with self.transaction():
            return self.database.about()

    def hold(self, case_id: str) -> None:
        """Let no other process decide on this case until the transaction ends."""
        self.database.hold(case_id)

    def newer(self, case_id: str, position: int) -> Sequence[Any]:
        """The lines of a case after a position: position, stream, moment, body and hash of each."""
        with self.transaction() as connection:
            return connection.execute(_NEWER, {"case_id": case_id, "position": position}).all()

    def write(self, rows: Rows, stopped: Sequence[dict[str, str]] = ()) -> int:
        """Write all of it, or nothing; gives the position of the last event.

        The statements are those of SQLAlchemy Core, spelt once and handed to the driver: asking Core each time costs as
        much as writing. Raises Conflict when a version or a message is already there.
        """
        self.refuse_halted()
        try:
            with self.transaction():
                position = self._file(self.database.cursor, rows, stopped)
        except self.database.errors.IntegrityError as error:
            raise Conflict(
                Finding(
                    rule_id="changed-meanwhile",
                    message="Somebody changed the case in the same moment.",
                    fix="Read it again and decide anew.",
                )
            ) from error
        self._written = True
        return position

    def _file(self, cursor: Any, rows: Rows, stopped: Sequence[dict[str, str]]) -> int:
        position = 0
        for table, values in rows.items():
            if table is EVENT:
                for line in values:
                    position = cursor.execute(self._insert(EVENT), line).fetchone()[0]
            elif len(values) == 1:
                cursor.execute(self._insert(table), values[0])
            elif values:
                cursor.executemany(self._insert(table), values)
        if stopped:
            cursor.executemany(self._sql(_STOP), stopped)
        return int(position)

    def _insert(self, table: Table) -> str:
        """How a row begins in a table, what may be blank left blank; an event gives its position back."""
        known = self._spelt.get(table)
        if known is None:
            names = [
                column.name for column in table.columns if not column.nullable and column.autoincrement is not True
            ]
            insert = table.insert().returning(EVENT.c.position) if table is EVENT else table.insert()
            spelt = str(insert.compile(dialect=self.database.engine.dialect, column_keys=names))
            known = self._spelt[table] = spelt + _ANEW.get(table, "")
        return known

    def _sql(self, statement: Any) -> str:
        known = self._spelt.get(statement)
        if known is None:
            known = self._spelt[statement] = str(statement.compile(dialect=self.database.engine.dialect))
        return known

    def replace(self, table: Table, values: Sequence[dict[str, Any]]) -> None:
        """Write rows of a register; those with the same key give way."""
        self.refuse_halted()
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
        self.refuse_halted()
        with self.transaction() as connection:
            return int(connection.execute(statement, values or {}).rowcount)


def _read_only(why: str) -> Finding:
    return Finding(
        rule_id="node-read-only",
        message=f"This node shows what it has and takes nothing more: {why}.",
        fix="Compare its heads with those that others keep, then let it go on: waste-bpm node resume.",
    )
