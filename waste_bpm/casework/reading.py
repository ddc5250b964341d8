"""What a party may read: its cases, their messages and documents, and the feed of what was recorded.

A party sees a case in which it holds a role. What it may not see is answered in the words of what is not there.
Nothing here decides, and every page looks at a bounded number of rows.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from sqlalchemy import bindparam, select

from waste_bpm.casework import record
from waste_bpm.casework.node import Node
from waste_bpm.casework.permissions import slots
from waste_bpm.casework.sealing import seal
from waste_bpm.casework.store import ANSWERED, CASE_FILE, EVENT, FEED, MESSAGE
from waste_bpm.errors import NotFound
from waste_bpm.processes.case import Case, Event
from waste_bpm.processes.decide import state_of
from waste_bpm.utility_blocks import xml
from waste_bpm.utility_blocks.envelope import Header
from waste_bpm.vocabulary import Finding

_LOOKED_AT = 1000
"""The most rows that one page looks at, whatever it finds in them."""
_EVERY_CASE = select(EVENT.c.case_id).distinct().order_by(EVENT.c.case_id)
_CASES = (
    select(CASE_FILE.c.case_id)
    .where(CASE_FILE.c.case_id > bindparam("after"))
    .order_by(CASE_FILE.c.case_id)
    .limit(bindparam("most"))
)
_FEED = (
    select(
        FEED.c.position,
        EVENT.c.case_id.label("case"),
        EVENT.c.stream,
        EVENT.c.version,
        EVENT.c.type,
        EVENT.c.recorded_at,
    )
    .join(EVENT, EVENT.c.position == FEED.c.event)
    .where(FEED.c.position > bindparam("after"))
    .order_by(FEED.c.position)
    .limit(bindparam("most"))
)
_ANSWER = select(ANSWERED.c.answer).where(
    ANSWERED.c.principal == bindparam("party"), ANSWERED.c.key == bindparam("key")
)
_BEGUN = (
    select(EVENT.c.case_id, EVENT.c.body)
    .join(CASE_FILE, CASE_FILE.c.case_id == EVENT.c.case_id)
    .where(CASE_FILE.c.number == bindparam("number"), EVENT.c.stream == "notification", EVENT.c.version == 1)
)
_MESSAGES = (
    select(
        MESSAGE.c.id,
        MESSAGE.c.case_id.label("case"),
        MESSAGE.c.name,
        MESSAGE.c.sender,
        MESSAGE.c.home,
        MESSAGE.c.digest,
        MESSAGE.c.recorded_at,
        MESSAGE.c.body,
    )
    .where(MESSAGE.c.body != b"")
    .order_by(MESSAGE.c.position)
)


def concerns(case: Case, party: str) -> bool:
    """Whether the party holds a role in the case: only then it may see it."""
    return any(slot.party == party for slot in slots(case))


def seen_by(node: Node, party: str, name: str) -> Case:
    """The case of this identity or notification number; raises NotFound, in the same words, where it is not theirs."""
    with node.store.turn, suppress(NotFound):
        case = node.case(node.find(name))
        if concerns(case, party):
            return case
    raise NotFound(
        Finding(
            rule_id="case-unknown",
            message=f"There is no case {name!r} here, or it is not yours to see.",
            value=name,
            fix="Name it by its identity or by its notification number; only its parties see it.",
        )
    )


def cases(
    node: Node, party: str, *, after: str, limit: int, number: str | None = None, state: str | None = None
) -> tuple[list[Case], str | None]:
    """A page of the cases that a party sees, in order of identity; and where to go on, None at the end."""
    query = _CASES.where(CASE_FILE.c.number.contains(number, autoescape=True)) if number else _CASES
    found: list[Case] = []
    with node.store.turn:
        rows = node.store.rows(query, {"after": after, "most": _LOOKED_AT})
        for row in rows:
            case = node.case(row.case_id)
            if concerns(case, party) and state in (None, state_of(case, "notification")):
                found.append(case)
            if len(found) == limit:
                return found, str(row.case_id)
    return found, str(rows[-1].case_id) if len(rows) == _LOOKED_AT else None


def feed(node: Node, party: str, after: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """The lines of the feed after a position, of the cases that a party sees; and the last position looked at.

    Where this process alone writes, it seals first, so that the feed ends where the log does.
    """
    if node.store.exclusive:
        seal(node)
    found: list[dict[str, Any]] = []
    sees = cache(lambda case_id: concerns(node.case(case_id), party))
    with node.store.turn:
        for row in node.store.rows(_FEED, {"after": after, "most": _LOOKED_AT}):
            after = row.position
            if sees(row.case):
                found.append(_named(row))
            if len(found) == limit:
                break
    return found, after


def _named(row: Any) -> dict[str, Any]:
    return {str(name): value for name, value in row._mapping.items()}


def begun(node: Node, party: str, key: str) -> str | None:
    """The case that the party began with this idempotency key; None when it began none with it."""
    rows = node.store.rows(_ANSWER, {"party": party, "key": key})
    first = orjson.loads(rows[0].answer)["events"][0] if rows else {}
    if (first.get("stream"), first.get("version")) != ("notification", 1):
        return None
    same_number = node.store.rows(_BEGUN, {"number": first["facts"]["number"]})
    return next((str(row.case_id) for row in same_number if orjson.loads(row.body) == first), None)


def documents(node: Node, case: Case, found: Iterable[Event]) -> list[dict[str, Any]]:
    """The documents filed with these events; what was erased is None."""
    return [_filed(node, case, event) for event in found if event.document is not None]


def _filed(node: Node, case: Case, event: Event) -> dict[str, Any]:
    said = {"stream": event.stream, "version": event.version, "digest": event.document, "kind": None, "document": None}
    with suppress(NotFound):
        document = node.document(case.id, str(event.document))
        said |= {"kind": type(document).__name__, "document": document.model_dump(mode="json", exclude_none=True)}
    return said


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """A message on file: what is known about it, and its bytes."""

    about: dict[str, Any]
    data: bytes

    def names(self, party: str) -> bool:
        """Whether the party sends or receives it."""
        return party in (self.about["sender"], *(each["party"] for each in self.about["receivers"]))


def messages(node: Node, case_id: str) -> list[Stored]:
    """The messages of a case in the order in which they were filed."""
    return [_stored(row) for row in node.store.rows(_MESSAGES.where(MESSAGE.c.case_id == case_id))]


def message(node: Node, party: str, identity: str) -> Stored:
    """A message that the party sent, received, or finds in a case of its own; raises NotFound."""
    with node.store.turn:
        for row in node.store.rows(_MESSAGES.where(MESSAGE.c.id == identity)):
            stored = _stored(row)
            if stored.names(party) or concerns(node.case(row.case), party):
                return stored
    raise NotFound(
        Finding(
            rule_id="message-unknown",
            message=f"There is no message {identity!r} here, or it is not yours to see.",
            value=identity,
            fix="Take the identity from the messages of a case; it begins with urn:uuid.",
        )
    )


def _stored(row: Any) -> Stored:
    header = Header.model_validate(xml.read(xml.parse(row.body)[0], Header))
    about = _named(row)
    del about["body"]
    about["receivers"] = [{"party": ref.id, "role": ref.role} for ref in header.receivers]
    about["streams"] = [said.stream for said in header.recorded]
    return Stored(about=about, data=row.body)


def every_case(node: Node) -> Iterator[Case]:
    """Every case of the node, in order of identity."""
    for row in node.store.rows(_EVERY_CASE):
        yield node.case(row.case_id)


def events_of(node: Node, case_id: str) -> list[Event]:
    """The events of a case in the order in which they were recorded."""
    return [record.event_of(line.body) for line in node.store.newer(case_id, 0)]
