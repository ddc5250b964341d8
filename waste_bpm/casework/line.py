"""The straight line that every act walks: load, permit, decide, write the letters, append. Nothing else writes.

Reports of peers end in the same `append` (`arrivals`), and so do the steps that the clock owes (`lapses`).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, select

from waste_bpm.casework import editions, four_eyes, proposals, record
from waste_bpm.casework.correspondence import Letter, letter
from waste_bpm.casework.four_eyes import Pair
from waste_bpm.casework.lines import file_parcels
from waste_bpm.casework.node import Folded, Node
from waste_bpm.casework.permissions import role_for, slots
from waste_bpm.casework.persons import pseudonym
from waste_bpm.casework.proposals import Proposal
from waste_bpm.casework.rows import Filing, body_of, file_events, file_letter, instant
from waste_bpm.casework.store import ANSWERED, EVENT
from waste_bpm.documents import check
from waste_bpm.documents.model import Document
from waste_bpm.errors import Conflict, NotPermitted, Refused, WasteBpmError
from waste_bpm.processes.case import Case, Command, Event
from waste_bpm.processes.decide import decide, evolve, findings, followers, rows_of
from waste_bpm.processes.process import Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, Finding, Role, Severity

_ANSWERED = select(ANSWERED.c.fingerprint, ANSWERED.c.answer).where(
    ANSWERED.c.principal == bindparam("party"), ANSWERED.c.key == bindparam("key")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a door hands to `act`: who asks for which step of which instance, with which data.

    `person` is the pseudonym of who acts for the party, None where a system does; `key` is the idempotency key;
    `expected` the version of the stream that the asker has seen; `document` may come instead of `data`, and `asked`
    then is what it was made from; `occurred_at` is when it happened, if that is not now.
    """

    case_id: str
    stream: str
    step: str
    party: str
    person: str | None = None
    data: Any = None
    document: Document | None = None
    asked: Any = None
    occurred_at: datetime | None = None
    key: str | None = None
    expected: int | None = None

    @property
    def fingerprint(self) -> str:
        """What makes two requests the same."""
        said = self.document.model_dump(mode="json") if self.document is not None else self.data
        asked = [self.step, said] if self.asked is None else self.asked
        return record.digest(record.canonical([self.case_id, self.stream, asked]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a step did: the case after it, its events, the letter that was written, and what should be looked at.

    Where two persons take the step and one has spoken, nothing has happened yet but a proposal.
    """

    case: Case
    events: tuple[Event, ...]
    letter: Letter | None = None
    replayed: bool = False
    warnings: tuple[Finding, ...] = ()
    proposal: Proposal | None = None


def act(node: Node, request: Request) -> Outcome:
    """Take a step for a party of this node; raises NotPermitted, Refused, InputInvalid, NotFound or Conflict.

    A request that was answered before is refused by what it did then; so its key is looked up only after a refusal.
    """
    try:
        with node.store.transaction():
            return _act(node, request, node.clock())
    except WasteBpmError:
        earlier = answered(node, request)
        if earlier is None:
            raise
        return earlier


def _act(node: Node, request: Request, now: datetime) -> Outcome:
    folded = node.folded(request.case_id)
    _as_seen(folded.case, request)
    if not node.directory.hosts(request.party):
        raise NotPermitted(_not_here(node, request.party))
    before, document, warned = asked_for(node, folded.case, request, now)
    command = _command(folded.case, request, document, before)
    if before is not None and document == before:
        return answered(node, request) or Outcome(case=folded.case, events=())
    asked = _asked_of_two(node, folded.case, request, now) if node.four_eyes else None
    if asked is not None:
        return _by_two(node, folded, command, now, request, asked, warned)
    return take(node, folded, command, now, request, warned)


def _asked_of_two(node: Node, case: Case, request: Request, now: datetime) -> Pair | None:
    """What asks for two persons: the file of the country of the party that acts."""
    rows = rows_of(request.stream, request.step, case.regime)
    steps = [f"{process.name}.{step.name}" for process, step, _ in rows]
    return four_eyes.asked(node.four_eyes, node.directory.parties[request.party].country, steps, now.date())


def _by_two(
    node: Node,
    folded: Folded,
    command: Command,
    now: datetime,
    request: Request,
    asked: Pair,
    warned: tuple[Finding, ...],
) -> Outcome:
    """Keep what the first person proposes; take the step when a second one says the same. Both are judged alike."""
    case, body = folded.case, body_of(command.document)
    person = proposals.named(request.person, request.step, asked)
    first = proposals.before(node, case, request.stream, request.step, request.party)
    digest = None if body is None else record.digest(body)
    if first is not None and first.digest == digest:
        second = proposals.other_than(first, person, asked)
        outcome = take(node, folded, replace(command, persons=(first.person, second)), now, request, warned)
        proposals.confirm(node, first, second, now)
        return outcome
    decide(case, command, node.law_of(case, command.document), now)
    if request.key is not None and proposals.by_key(node, request.party, request.key) is not None:
        raise Conflict(_key_reused(request), status=409)
    said = replace(command, filed=digest)
    made = proposals.propose(node, case, said, now, key=request.key, fingerprint=request.fingerprint)
    return Outcome(case=case, events=(), warnings=warned, proposal=made)


def asked_for(
    node: Node, case: Case, request: Request, now: datetime
) -> tuple[Document | None, Document | None, tuple[Finding, ...]]:
    """The document on file that is changed, the document that is asked for, and what is to be looked at in it."""
    before = _before(node, case, request)
    return before, *_document(node, case, request, before, now)


def take(
    node: Node,
    folded: Folded,
    command: Command,
    now: datetime,
    request: Request | None = None,
    warned: tuple[Finding, ...] = (),
) -> Outcome:
    """Decide, write the letter, append: the middle of the line, shared by people and the clock."""
    case = folded.case
    body = body_of(command.document)
    if body is not None:
        command = replace(command, filed=record.digest(body))
    law = node.law_of(case, command.document)
    events = decide(case, command, law, now)
    pointed_out = (*findings(case, command, law, now), *warned) if events[0].flags else warned
    after = case
    for event in events:
        after = evolve(after, event)
    said = None
    if command.document is not None:
        said = letter(after, events, command.document, node.directory, node.ids, node.speaks)
    editions.note(node.store, law, now)
    filing = Filing(
        case=case,
        after=after,
        document=command.document,
        body=body,
        digest=command.filed,
        heads=folded.heads,
        recorded_at=folded.recorded(instant(now)),
    )
    heads = file_events(filing, events)
    if said is not None:
        digest = file_letter(filing, said, command.by)
        file_parcels(filing, node.store, node.directory.own, said, digest)
    if request is not None and request.key is not None:
        filing.rows[ANSWERED] = [_answer(request, filing, pointed_out)]
    position = node.store.write(filing.rows, filing.stopped)
    node.keep(Folded(case=after, position=position, heads=heads, recorded_at=filing.recorded_at))
    if follow(node, after, events):
        after = node.folded(case.id).case
    return Outcome(case=after, events=tuple(events), letter=said, warnings=pointed_out)


def follow(node: Node, case: Case, events: Sequence[Event]) -> bool:
    """Take the steps that this node takes by itself after an event, on the streams of its own authorities.

    Tells whether any was to be taken.
    """
    law, due = node.law_of(case), False
    for event in events:
        for process, step in followers(event.process, event.type):
            for slot in case.slots if law.regime in step.regimes else ():
                if slot.role in ALL_AUTHORITIES and node.directory.hosts(slot.party):
                    _follow(node, case, event, f"{process.name}/{slot.country}", step, slot.party)
                    due = True
    return due


def _follow(node: Node, case: Case, event: Event, stream: str, step: Step, party: str) -> None:
    folded = node.folded(case.id)
    document = step.drawn_up(folded.case, stream, event, node.law_of(case)) if step.drawn_up else None
    if document is None:
        return
    with suppress(Refused):
        command = Command(
            stream=stream,
            step=step.name,
            by=party,
            role=Role.CLOCK,
            document=document,
            occurred_at=event.occurred_at,
        )
        take(node, folded, command, node.clock())


def _answer(request: Request, filing: Filing, warnings: tuple[Finding, ...]) -> dict[str, Any]:
    """The answer that a repeated request gets: the events as they were written, and what was pointed out."""
    written = b",".join(line["body"] for line in filing.rows[EVENT])
    pointed_out = record.canonical([each.as_json() for each in warnings])
    return {
        "principal": request.party,
        "key": request.key,
        "fingerprint": request.fingerprint,
        "answer": b'{"events":[' + written + b'],"warnings":' + pointed_out + b"}",
    }


def answered(node: Node, request: Request) -> Outcome | None:
    """The answer that this key already got; raises Conflict when it was another request."""
    if request.key is None:
        return None
    found = node.store.rows(_ANSWERED, {"party": request.party, "key": request.key})
    if not found:
        return _proposed(node, request) if node.four_eyes else None
    if found[0].fingerprint != request.fingerprint:
        raise Conflict(_key_reused(request), status=409)
    said = orjson.loads(found[0].answer)
    events = tuple(record.event_from(event) for event in said["events"])
    warnings = tuple(Finding(**{**each, "severity": Severity(each["severity"])}) for each in said["warnings"])
    return Outcome(case=node.case(request.case_id), events=events, replayed=True, warnings=warnings)


def _proposed(node: Node, request: Request) -> Outcome | None:
    """The proposal that this person made with this key; raises Conflict when it was another request."""
    made = proposals.by_key(node, request.party, request.key or "")
    if made is None or made.person != request.person:
        return None
    if made.fingerprint != request.fingerprint:
        raise Conflict(_key_reused(request), status=409)
    return Outcome(case=node.case(request.case_id), events=(), replayed=True, proposal=made)


def _key_reused(request: Request) -> Finding:
    return Finding(
        rule_id="key-reused",
        message=f"The key {request.key!r} was used for another request.",
        fix="Use a new key for a new request; repeat a request with its old key unchanged.",
    )


def answered_keys(node: Node) -> set[str]:
    """The idempotency keys that this node has answered."""
    return {row.key for row in node.store.rows(select(ANSWERED.c.key))}


def _as_seen(case: Case, request: Request) -> None:
    instance = case.streams.get(request.stream)
    version = instance.version if instance is not None else 0
    if request.expected not in (None, version):
        raise Conflict(
            Finding(
                rule_id="version-stale",
                message=f"{request.stream} is at version {version}, you have seen {request.expected}.",
                fix="Read it again and decide anew.",
            )
        )


def _not_here(node: Node, party: str) -> Finding:
    known = node.directory.parties.get(party)
    return Finding(
        rule_id="party-at-home",
        message=f"{party} is not a party of this node." if known is None else f"{party} acts on the node {known.node}.",
        fix="Take the step on the node that keeps the acts of this party.",
    )


def _before(node: Node, case: Case, request: Request) -> Document | None:
    """The document on file that a step changes or replaces; None where it does neither, or none is on file."""
    _, step, _ = rows_of(request.stream, request.step, case.regime)[0]
    touched = step.changes or step.replaces
    return node.filed(case, request.stream, step.takes) if touched and step.takes is not None else None


def _document(
    node: Node, case: Case, request: Request, before: Document | None, now: datetime
) -> tuple[Document | None, tuple[Finding, ...]]:
    """The document of the request, and what is to be looked at in it: given, read from its data, or the one on file."""
    _, step, _ = rows_of(request.stream, request.step, case.regime)[0]
    document, on = request.document, now.date()
    if document is not None:
        law, stage = node.law_of(case, document), _stage(request, document)
        return document, check.warnings(document, on=on, stage=stage, law=law)
    if step.takes is None:
        return None, ()
    document = _said(node, case, request, step, before if step.changes else None)
    if document is None:
        return None, ()
    return document, check.judged(document, on=on, stage=_stage(request, document), law=node.law_of(case, document))


def _said(node: Node, case: Case, request: Request, step: Step, before: Document | None) -> Document | None:
    """The document that the data of the request say, or the one on file where the step repeats it."""
    data, takes = request.data, step.takes
    if takes is None or data is None:
        return node.filed(case, request.stream, takes) if takes is not None and step.repeats else None
    basis, prefilled = getattr(takes, "basis", None), getattr(takes, "prefilled", None)
    if isinstance(data, dict) and (before is not None or (basis is not None and prefilled is not None)):
        filed = None if basis is None else _filed(node, case, request.stream, basis)
        if before is not None:
            data = takes.changed(before, data, filed)
        elif filed is not None and prefilled is not None:
            data = prefilled(filed, data)
    return check.shaped(takes, data)


def _filed(node: Node, case: Case, stream: str, kind: type[Document]) -> Document | None:
    return node.filed(case, stream, kind) or node.filed(case, "notification", kind)


def _stage(request: Request, document: Document | type[Document]) -> str | None:
    return request.step if request.step in document.stages else None


def _command(case: Case, request: Request, document: Document | None, before: Document | None) -> Command:
    process, step, stream = rows_of(request.stream, request.step, case.regime)[0]
    role = role_for(process, step, stream, request.party, slots(case, document))
    return Command(
        stream=stream,
        step=step.name,
        by=request.party,
        role=role,
        document=document,
        before=before,
        occurred_at=request.occurred_at,
        persons=() if request.person is None else (pseudonym(request.person),),
    )
