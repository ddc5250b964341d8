"""The three floors: a raw `transitions` step, a raw lxml message, a bare SQLAlchemy Core transaction."""

import itertools
import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from lxml import etree
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import StaticPool
from transitions import Machine

from benchmarks.harness import Ratio, compare
from benchmarks.stage import consignment, played_until, story
from tests import engines
from waste_bpm import resources
from waste_bpm.casework import store as stores
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.store import Store
from waste_bpm.cli import clock
from waste_bpm.documents import check
from waste_bpm.documents.movement import Movement
from waste_bpm.documents.notification import Notification
from waste_bpm.documents.transport import DepartureNotice
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case, Command
from waste_bpm.processes.decide import decide, evolve
from waste_bpm.processes.ledger import ledger
from waste_bpm.processes.receipt import Receipt
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.vocabulary import Role, tonnes

DEPARTURE = next(each for each in story().steps if (each.on, each.step) == ("movement/1", "depart") and not each.expect)


def raw_transitions() -> Any:
    """The floor: one event on a shared machine of the movement's states, one condition, a throw-away object."""
    process = PROCESSES["movement"]
    machine = Machine(
        model=None,
        states=list(process.states),
        initial="none",
        auto_transitions=False,
        send_event=True,
        transitions=[
            {"trigger": step.name, "source": source, "dest": step.target or "=", "conditions": [lambda data: True]}
            for step in process.steps
            for source in step.source
        ],
    )
    depart = machine.events["depart"]

    class Token:
        __slots__ = ("state",)

    def step() -> None:
        token = Token()
        token.state = "announced"
        depart.trigger(token)

    return step


def decision() -> Ratio:
    """`decide` and its effects on the case, for a departure with all its guards."""
    node, _ = played_until(Store("sqlite://"), "movement/1", "depart")
    case = node.case(_case_id())
    law = node.law_of(case)
    document = check.read(DepartureNotice, DEPARTURE.data, on=DEPARTURE.at.date())
    command = Command(stream="movement/1", step="depart", by="SG-SEACO", role=Role.CARRIER, document=document)

    def ours() -> Case:
        after = case
        for each in decide(case, command, law, DEPARTURE.at):
            after = evolve(after, each)
        return after

    return compare(
        "decide a departure and evolve the case",
        "raw transitions step",
        raw_transitions(),
        ours,
        bound="at most 8",
        times=2000,
    )


def crowded(step: str) -> Ratio:
    """`decide` and its effects with thirty shipments in the ledger, of which most are received."""
    node, _ = played_until(Store("sqlite://"), "movement/1", "depart")
    case = _with_thirty(node.case(_case_id()))
    said = next(
        each for each in story().steps if (each.on, each.step) == ("movement/1", "announce") and not each.expect
    )
    entry, serial = (DEPARTURE, 30) if step == "depart" else (said, 31)
    document: Any = check.read(DepartureNotice, DEPARTURE.data, on=DEPARTURE.at.date())
    if step == "announce":
        filed = node.filed(case, "notification", Notification)
        own = {**(said.data or {}), "serial": serial, "total_shipments": 40}
        document = check.read(Movement, Movement.prefilled(filed, own), on=said.at.date())
    role = Role.CARRIER if step == "depart" else Role.NOTIFIER
    command = Command(stream=f"movement/{serial}", step=step, by=entry.by, role=role, document=document)
    law = node.law_of(case)

    def ours() -> Case:
        after = case
        for each in decide(case, command, law, entry.at):
            after = evolve(after, each)
        ledger(after)
        return after

    return compare(
        f"decide to {step}, evolve the case and count its ledger of thirty shipments",
        "raw transitions step",
        raw_transitions(),
        ours,
        bound="at most 10",
        times=1000,
    )


def _with_thirty(case: Case) -> Case:
    """The case with thirty shipments of 10 t; all but the last five are at the facility."""
    notification = replace(case.streams["notification"], intended_quantity=tonnes(1000), intended_shipments=40)
    case = case.with_stream("notification", notification)
    for country, answer in list(case.of("answer")):
        case = case.with_stream(f"answer/{country}", replace(answer, most_quantity=None, most_shipments=None))
    movement = replace(case.streams["movement/1"], quantity=tonnes(10))
    for serial in range(1, 31):
        gone = replace(movement, serial=serial, state="in_transit" if serial < 26 else "announced")
        case = case.with_stream(f"movement/{serial}", gone)
        if serial < 26:
            amount = {"received_quantity": tonnes(10), "accepted_quantity": tonnes(10)}
            case = case.with_stream(f"receipt/{serial}", Receipt(state="received", version=1, **amount))
    ledger(case)
    return case


def crowded_departure() -> Ratio:
    """A departure among thirty shipments."""
    return crowded("depart")


def crowded_announcement() -> Ratio:
    """An announcement among thirty shipments: two rows, every figure of the ledger."""
    return crowded("announce")


def _case_id() -> str:
    return consignment().case


def message() -> Ratio:
    """A movement announcement built, validated and serialised, against the same tree built by hand with lxml."""
    node, _ = played_until(Store("sqlite://"), "movement/1", "depart")
    stored = node.store.rows(stores.MESSAGE.select().where(stores.MESSAGE.c.name == "MovementAnnouncement"))[0]
    received = gate.read(stored.body)
    spec = MESSAGES["MovementAnnouncement"]
    root = etree.fromstring(stored.body)
    file = resources.path("schemas", "UB-TMW-03", "1", "UB-TMW-03-1.1.xsd")
    schema = etree.XMLSchema(etree.parse(str(file)))
    plan = _plan_of(root)

    def floor() -> bytes:
        tree = _built(plan, root.nsmap)
        assert schema.validate(tree)
        return etree.tostring(tree, encoding="UTF-8", xml_declaration=True)

    def ours() -> bytes:
        return gate.build(spec, received.header, received.document)

    assert floor() == ours() == stored.body
    return compare(
        "build, serialise, re-parse and validate a movement announcement",
        "raw lxml build, validate and serialise",
        floor,
        ours,
        bound="at most 2",
        times=300,
    )


def _plan_of(element: Any) -> tuple[Any, ...]:
    return element.tag, element.text, dict(element.attrib), [_plan_of(child) for child in element]


def _built(plan: tuple[Any, ...], nsmap: Any, parent: Any = None) -> Any:
    tag, text, attributes, children = plan
    element = etree.Element(tag, nsmap=nsmap) if parent is None else etree.SubElement(parent, tag)
    element.text = text
    for name, value in attributes.items():
        element.set(name, value)
    for child in children:
        _built(child, nsmap, element)
    return element


def durable() -> Ratio:
    """A durable command (a departure) against a bare Core transaction that writes the very same rows, on a file."""
    folder = Path(tempfile.mkdtemp(dir=os.environ.get("BENCH_DIR")))
    ours, floor = folder / "ours.db", folder / "floor.db"
    return _durable("SQLite", f"sqlite:///{ours}", lambda: _bare(_file_engine(_copied(ours, floor))))


def durable_on_a_server() -> Ratio:
    """The same on a PostgreSQL server."""
    ours = engines.server().create()

    def floor() -> Any:
        copy = engines.server().create(engines.name_of(ours))
        return _bare(create_engine(copy.replace("postgresql:", "postgresql+psycopg:"), poolclass=StaticPool))

    return _durable("PostgreSQL", ours, floor)


def _durable(name: str, url: str, floor_on: Any) -> Ratio:
    node, world = played_until(Store(url), "movement/1", "depart")
    world.now = DEPARTURE.at
    written, case_ids = _captured(node), copies(node, 400)
    node.store.close()
    bare = floor_on()(written)
    node = replace(node, ids=clock.identity, store=Store(url))
    for case_id in case_ids:
        node.case(case_id)
    waiting = iter(case_ids)

    def ours() -> None:
        case_id = next(waiting)
        act(node, asked(case_id, case_id))

    return compare(
        f"a durable departure on {name}, from request to commit",
        "bare SQLAlchemy Core transaction writing the same rows",
        bare,
        ours,
        bound="at most 1.43 (at least 70 %)",
        times=20,
        rounds=15,
    )


def asked(case_id: str, key: str) -> Request:
    return Request(case_id=case_id, stream="movement/1", step="depart", party="SG-SEACO", data=DEPARTURE.data, key=key)


def _copied(database: Path, to: Path) -> Path:
    """The floor writes into the same tables, as full as ours."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
    return to


def _captured(node: Any) -> list[tuple[Any, Any]]:
    """The rows that the departure of the story itself writes."""
    seen: list[tuple[Any, Any]] = []
    original = node.store.write

    def spy(rows: Any, stopped: Any = ()) -> int:
        seen.extend((table, values) for table, values in rows.items() if values)
        raise InterruptedError

    node.store.write = spy
    try:
        act(node, asked(_case_id(), "k"))
    except InterruptedError:
        pass
    finally:
        node.store.write = original
    return seen


def _file_engine(file: Path) -> Engine:
    engine = create_engine(f"sqlite:///{file}", poolclass=StaticPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "mmap_size=0"):
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _bare(engine: Engine) -> Any:
    """A transaction of Core and nothing else: given the rows, what writes them once more each time it is called."""

    def writes(written: list[tuple[Any, Any]]) -> Any:
        inserts = {table: table.insert() for table, _ in written}
        number = itertools.count()

        def floor() -> None:
            tail = str(next(number))
            with engine.begin() as connection:
                for table, values in written:
                    connection.execute(inserts[table], [_fresh(table, row, tail) for row in values])

        return floor

    return writes


_FRESH = {
    "event": "case_id", "document": "case_id", "message": "id", "inbox": "message", "outbox": "message",
    "deadline": "case_id", "answered": "key", "case_file": "case_id",
}  # fmt: skip


def _fresh(table: Any, row: dict[str, Any], tail: str) -> dict[str, Any]:
    column = _FRESH[table.name]
    return {**row, column: row[column] + tail}


def copies(node: Any, count: int) -> list[str]:
    """The same case under other identities, each waiting for its departure."""
    case_id = _case_id()
    lines = node.store.rows(stores.EVENT.select().where(stores.EVENT.c.case_id == case_id))
    ids = []
    for number in range(count):
        identity = f"{case_id[:-4]}{number:04d}"
        rows = [{**line._mapping, "case_id": identity} for line in lines]
        for row in rows:
            row.pop("position")
        node.store.write({stores.EVENT: rows})
        ids.append(identity)
    return ids


ALL = (decision, crowded_departure, crowded_announcement, message, durable, durable_on_a_server)
