"""What can be dropped and made again from the log: the running deadlines, and the search row of each case."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from waste_bpm.casework import record
from waste_bpm.casework.node import Node
from waste_bpm.casework.rows import on_record, running, stopped
from waste_bpm.casework.store import CASE_FILE, DEADLINE, EVENT, Store

Projection = dict[Any, list[tuple[Any, ...]]]
"""The rows of each projected table, in order of their keys."""

_LINES = select(EVENT.c.case_id, EVENT.c.body).order_by(EVENT.c.position)
PROJECTED = (CASE_FILE, DEADLINE)


def from_events(store: Store) -> Projection:
    """The rows as the log says they must be."""
    deadlines: dict[tuple[str, str, str], dict[str, Any]] = {}
    numbers: dict[str, str] = {}
    for line in store.rows(_LINES):
        event = record.event_of(line.body)
        for clock in event.clocks:
            deadlines[line.case_id, event.stream, clock.rule] = running(line.case_id, event.stream, clock)
        for name in (*event.stopped, *on_record(event)):
            over = deadlines.get(tuple(stopped(line.case_id, name).values()))  # type: ignore[arg-type]
            if over is not None:
                over["running"] = False
        if event.stream == "notification" and "number" in event.facts:
            numbers.setdefault(line.case_id, event.facts["number"])
    files = sorted(numbers.items())
    return {CASE_FILE: files, DEADLINE: [tuple(row.values()) for _, row in sorted(deadlines.items())]}


def stored(store: Store) -> Projection:
    """The rows as they lie in the store."""
    return {
        table: [tuple(row) for row in store.rows(select(table).order_by(*table.primary_key))] for table in PROJECTED
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Rows that the log says and that are not there, and rows that are there without the log saying so."""

    missing: int
    unfounded: int


def difference(node: Node) -> dict[str, Difference]:
    """How each table differs from what the log says; tables that do not are left out."""
    with node.store.transaction():
        wanted, found = from_events(node.store), stored(node.store)
    counted = {
        table.name: Difference(
            missing=len(set(wanted[table]) - set(found[table])), unfounded=len(set(found[table]) - set(wanted[table]))
        )
        for table in PROJECTED
    }
    return {name: each for name, each in counted.items() if each.missing or each.unfounded}


def differing(node: Node) -> list[str]:
    """The tables that are not what the log says; empty when all are."""
    return list(difference(node))


def rebuild(node: Node) -> None:
    """Drop the rows and make them again from the log, in one transaction; who would write meanwhile waits."""
    with node.store.transaction() as connection:
        node.store.hold("projections")
        node.store.database.still("event")
        for table, rows in from_events(node.store).items():
            names = [column.name for column in table.columns]
            connection.execute(delete(table))
            if rows:
                connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
