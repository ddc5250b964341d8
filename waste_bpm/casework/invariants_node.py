"""What must be true of a node as a whole: its answers, its outbox, and the database that it stands on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select

from waste_bpm.casework import editions, record, schema
from waste_bpm.casework.dossier import Problem
from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import STATES
from waste_bpm.casework.store import ANSWERED, EVENT, MESSAGE, OUTBOX
from waste_bpm.vocabulary import Finding

_ENGINE = "engine: the log is the only truth"
_LINES = select(EVENT.c.body)
_RECORDED = select(EVENT.c.stream, EVENT.c.version, EVENT.c.recorded_at, EVENT.c.body)
_ANSWERS = select(ANSWERED.c.principal, ANSWERED.c.key, ANSWERED.c.answer)
_SENT = select(OUTBOX.c.message, OUTBOX.c.node, OUTBOX.c.state, OUTBOX.c.delivered_at, MESSAGE.c.home).join(
    MESSAGE, MESSAGE.c.id == OUTBOX.c.message, isouter=True
)


@dataclass(frozen=True, kw_only=True, slots=True)
class OfNode:
    """A rule about a whole node, with its stable id and what it says in a sentence."""

    id: str
    says: str
    law: str
    problems: Callable[[Node], Iterator[Problem]]


OF_NODE: list[OfNode] = []
"""All rules about a node, in the order of their ids."""


def _of_node(id: str) -> Callable[[Callable[[Node], Iterator[Problem]]], Callable[[Node], Iterator[Problem]]]:
    def mark(problems: Callable[[Node], Iterator[Problem]]) -> Callable[[Node], Iterator[Problem]]:
        says = (problems.__doc__ or "").partition(": ")[2].rstrip(".")
        OF_NODE.append(OfNode(id=id, says=says, law=_ENGINE, problems=problems))
        return problems

    return mark


def breaches_of(node: Node) -> Iterator[Finding]:
    """Every breach of a rule about the node."""
    for each in OF_NODE:
        for where, what in each.problems(node):
            yield Finding(
                rule_id=each.id,
                message=f"{where}: {what}.",
                pointer=f"/node/{where}",
                law=each.law,
                fix=f"It must be that {each.says}. Compare the database with a backup.",
            )


@_of_node("I-37")
def answers_have_their_effect(node: Node) -> Iterator[Problem]:
    """I-37: the answer that is kept for a repeated request names events that stand in the log."""
    kept = node.store.rows(_ANSWERS)
    lines = {_same(orjson.loads(row.body)) for row in node.store.rows(_LINES)} if kept else set()
    for row in kept:
        said = orjson.loads(row.answer)["events"]
        if not said or any(_same(each) not in lines for each in said):
            yield f"the answer to {row.principal}, key {row.key}", "what it names is not in the log"


def _same(line: dict[str, Any]) -> str:
    """What makes two lines the same, in whatever order their names stand."""
    return record.digest(record.canonical(line))


@_of_node("I-42")
def letters_are_accounted_for(node: Node) -> Iterator[Problem]:
    """I-42: each letter for another node is written here, and waits, was received, refused or given up."""
    for row in node.store.rows(_SENT):
        where = f"the letter {row.message} to {row.node}"
        if row.home is None:
            yield where, "there is no such message"
        elif not row.home:
            yield where, "it was not written here"
        if row.state not in STATES:
            yield where, f"its state is {row.state!r}"
        if (row.state == "delivered") != (row.delivered_at is not None):
            yield where, f"it is {row.state}, and its receipt is of {row.delivered_at}"


@_of_node("I-44")
def the_database_is_as_declared(node: Node) -> Iterator[Problem]:
    """I-44: the settings that keep a commit are in force, and the database itself refuses to change the log."""
    with node.store.transaction() as connection:
        unsafe = node.store.database.unsafe()
        unguarded = schema.unguarded(connection)
    for name, value in unsafe.items():
        yield "database", f"the setting {name} is {value}"
    for table in unguarded:
        yield "database", f"rows of the table {table} can be changed"


@_of_node("I-25")
def decisions_name_a_law_that_was_there(node: Node) -> Iterator[Problem]:
    """I-25: each event decided here names the edition of the law that it rests on, which was on file by then."""
    on_file = editions.on_file(node.store)
    first = min((since for _, since in on_file.values()), default=None)
    for row in node.store.rows(_RECORDED.where(EVENT.c.home)):
        named = orjson.loads(row.body).get("edition")
        if named is None:
            if first is not None and row.recorded_at >= first:
                yield row.stream, f"version {row.version} names no edition of the law"
        elif named not in on_file or on_file[named][1] > row.recorded_at:
            yield row.stream, f"version {row.version} names an edition of the law that was not on file then"
