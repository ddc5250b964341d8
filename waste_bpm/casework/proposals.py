"""What one person has proposed and a second one has not confirmed yet: nothing effective, and nothing sent.

A proposal stands on the version of its instance: what happened there since is judged anew, by both. The document is
kept only while it waits; afterwards its digest tells what it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, insert, select, update

from waste_bpm.casework.four_eyes import Pair
from waste_bpm.casework.node import Node
from waste_bpm.casework.persons import PROPOSAL, pseudonym
from waste_bpm.casework.rows import body_of, instant
from waste_bpm.errors import NotFound, NotPermitted, Refused
from waste_bpm.processes.case import Case, Command
from waste_bpm.vocabulary import Finding

WAITS = "waits for a second person"
CONFIRMED, WITHDRAWN, SUPERSEDED, ERASED = "confirmed", "withdrawn", "superseded", "erased"
"""How a proposal ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """What a person of a party has proposed, and how that ended; `ended` None while it waits."""

    position: int
    case_id: str
    stream: str
    step: str
    version: int
    party: str
    person: str
    key: str | None
    fingerprint: str
    kind: str | None
    digest: str | None
    body: bytes | None
    recorded_at: str
    ended: str | None
    ended_by: str | None
    ended_at: str | None

    @property
    def shown(self) -> dict[str, Any]:
        """The proposal as a person of its party reads it, with the document while it waits."""
        return {
            "stream": self.stream,
            "step": self.step,
            "party": self.party,
            "person": self.person,
            "proposed_at": self.recorded_at,
            "says": WAITS if self.ended is None else self.ended,
            "digest": self.digest,
            "document": None if self.body is None else orjson.loads(self.body),
        }


def waiting(node: Node, case: Case, party: str | None = None) -> list[Proposal]:
    """The proposals of a case that a second person may confirm now, of one party or of all here."""
    found = _found(node, (PROPOSAL.c.case_id == case.id) & PROPOSAL.c.ended.is_(None))
    return [each for each in found if party in (None, each.party) and each.version == _version(case, each.stream)]


def before(node: Node, case: Case, stream: str, step: str, party: str) -> Proposal | None:
    """The proposal of a party for a step, on the instance as it stands."""
    mine = waiting(node, case, party)
    return next((each for each in mine if (each.stream, each.step) == (stream, step)), None)


def by_key(node: Node, party: str, key: str) -> Proposal | None:
    """The proposal that a request with this key made."""
    found = _found(node, (PROPOSAL.c.party == party) & (PROPOSAL.c.key == key))
    return found[0] if found else None


def propose(node: Node, case: Case, command: Command, now: datetime, *, key: str | None, fingerprint: str) -> Proposal:
    """Record what the person of a command proposes; an older proposal for the step gives way."""
    same = (PROPOSAL.c.stream == command.stream) & (PROPOSAL.c.step == command.step) & (PROPOSAL.c.party == command.by)
    _end(node, (PROPOSAL.c.case_id == case.id) & same, SUPERSEDED, command.persons[0], now)
    row = {
        "case_id": case.id,
        "stream": command.stream,
        "step": command.step,
        "version": _version(case, command.stream),
        "party": command.by,
        "person": command.persons[0],
        "key": key,
        "fingerprint": fingerprint,
        "kind": None if command.document is None else type(command.document).__name__,
        "digest": command.filed,
        "body": body_of(command.document),
        "recorded_at": instant(now),
    }
    node.store.run(insert(PROPOSAL).values(**row))
    return _found(node, PROPOSAL.c.case_id == case.id)[-1]


def confirm(node: Node, proposal: Proposal, person: str, now: datetime) -> None:
    """End a proposal that a second person has made effective."""
    _end(node, PROPOSAL.c.position == proposal.position, CONFIRMED, person, now)


def withdraw(node: Node, case_id: str, stream: str, step: str, party: str, person: str | None) -> Proposal:
    """Take back what waits for a second person; any person of the party may. Raises NotPermitted or NotFound."""
    with node.store.transaction():
        case, by = node.folded(case_id).case, pseudonym(named(person, step))
        found = before(node, case, stream, step, party)
        if found is None:
            raise NotFound(_nothing_waits(party, stream, step))
        _end(node, PROPOSAL.c.position == found.position, WITHDRAWN, by, node.clock())
    return _found(node, PROPOSAL.c.position == found.position)[0]


def erased(node: Node, case_id: str, party: str, now: datetime) -> None:
    """End what waits in a case whose documents are erased."""
    _end(node, PROPOSAL.c.case_id == case_id, ERASED, party, now)


def named(person: str | None, step: str, asked: Pair | None = None) -> str:
    """The person who acts; raises NotPermitted where a system does, for a system is nobody who could answer for it."""
    if person is not None:
        return person
    raise NotPermitted(
        Finding(
            rule_id="person-missing",
            message=f"Two persons take the step {step} together, and the request names none.",
            law=asked.reference if asked is not None else None,
            fix="Act with the token of a person: waste-bpm node token PARTY --person officer-17; or name it: --person.",
        )
    )


def other_than(proposal: Proposal, person: str, asked: Pair) -> str:
    """The second person; raises Refused where it is the first one again."""
    if person != proposal.person:
        return person
    raise Refused(
        Finding(
            rule_id="four-eyes-same-person",
            message=f"{person} proposed {proposal.step} on {proposal.stream} at {proposal.recorded_at}, and cannot "
            "confirm it too.",
            value=person,
            law=asked.reference,
            fix=f"Another officer of {proposal.party} confirms it with the same document, or it is withdrawn.",
        )
    )


def _version(case: Case, stream: str) -> int:
    instance = case.streams.get(stream)
    return 0 if instance is None else int(instance.version)


def _found(node: Node, where: ColumnElement[bool]) -> Sequence[Proposal]:
    rows = node.store.rows(select(PROPOSAL).where(where).order_by(PROPOSAL.c.position))
    return [Proposal(**row._mapping) for row in rows]


def _end(node: Node, where: ColumnElement[bool], how: str, by: str, now: datetime) -> None:
    """End what waits, and keep no more of the document than its digest."""
    ended = {"ended": how, "ended_by": by, "ended_at": instant(now), "body": None}
    node.store.run(update(PROPOSAL).where(where & PROPOSAL.c.ended.is_(None)).values(**ended))


def _nothing_waits(party: str, stream: str, step: str) -> Finding:
    return Finding(
        rule_id="proposal-missing",
        message=f"Nothing that {party} proposed for {step} on {stream} waits for a second person.",
        fix="See what waits: waste-bpm case show ID.",
    )
