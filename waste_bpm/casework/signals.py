"""Technical signals of a node: what it answers to bytes that arrived, and what it does with the answers of others.

An answer is told to the node that sent the message, where that is known. A signal is never answered. A receipt for the
very bytes that were sent ends the waiting of a letter; one for other bytes changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from waste_bpm.casework import arrivals, record
from waste_bpm.casework.node import Node
from waste_bpm.casework.rows import instant
from waste_bpm.casework.store import MESSAGE, OUTBOX
from waste_bpm.documents import check
from waste_bpm.documents.model import Document
from waste_bpm.documents.signals import (
    BusinessRejection,
    DuplicateNotice,
    Overall,
    Receipt,
    ReportedFinding,
    Result,
    ValidationReport,
)
from waste_bpm.errors import InputInvalid, NotFound, NotPermitted, Refused, Unavailable, WasteBpmError
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.utility_blocks.envelope import SIGNAL, Header, PartyRef
from waste_bpm.utility_blocks.wording import in_language, languages
from waste_bpm.vocabulary import Finding, Role, Severity, Text

DELIVERED, REFUSED = "delivered", "refused"
_LONGEST_LINE, _LONGEST_TEXT, _LAST_POSITION = 250, 4000, 99_999
"""What a line, a text and the number of a line may be in a signal."""
_LETTER = (
    select(MESSAGE.c.case_id, MESSAGE.c.digest, OUTBOX.c.state)
    .join(OUTBOX, OUTBOX.c.message == MESSAGE.c.id)
    .where(MESSAGE.c.home)
)
_ON_FILE = select(MESSAGE.c.digest, MESSAGE.c.recorded_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """A signal of another node: what it is, the letter that it is about, and how that letter stands now."""

    signal: str
    letter: str
    node: str
    state: str


def arrive(node: Node, received: gate.Received, data: bytes) -> arrivals.Receipt | Heard:
    """Record what a message reports, or hear what a signal says of a letter; raises as `arrivals.receive` does."""
    if received.message.package.header != SIGNAL:
        return arrivals.take(node, received, data)
    return _hear(node, received, data)


def _hear(node: Node, received: gate.Received, data: bytes) -> Heard:
    said, home = received.document, _home(node, received.header.sender)
    if not isinstance(said, Receipt | ValidationReport | BusinessRejection | DuplicateNotice):
        raise Refused(_kept_elsewhere(received.message.name))
    if home is None:
        raise NotPermitted(_no_other_node(received.header.sender))
    with node.store.transaction():
        found = node.store.rows(_LETTER.where(MESSAGE.c.id == said.message, OUTBOX.c.node == home))
        if not found:
            raise NotFound(_no_letter(said.message, home))
        if found[0].digest != said.digest:
            raise Refused(_other_bytes(received.message.name))
        state = _state_after(said, found[0].state)
        if not _known(node, received.header.message, data):
            _keep(node, received, data, found[0].case_id)
            mine = (OUTBOX.c.message == said.message) & (OUTBOX.c.node == home)
            node.store.run(update(OUTBOX).where(mine).values(state=state, **_since(node, state, found[0].state)))
    return Heard(signal=received.message.name, letter=str(said.message), node=home, state=state)


def _home(node: Node, sender: PartyRef) -> str | None:
    """The node that speaks, named by itself or by a party whose acts it keeps; None when it is not another node."""
    party = node.directory.parties.get(sender.id)
    home = sender.id if party is None else party.node
    return home if sender.role is Role.NODE and home != node.directory.own else None


def _state_after(said: Document, state: str) -> str:
    """How a letter stands after a signal: what was received once stays received."""
    if state == DELIVERED or isinstance(said, Receipt):
        return DELIVERED
    if isinstance(said, ValidationReport):
        return REFUSED if said.overall is Overall.REJECTED else state
    return state if isinstance(said, BusinessRejection) and not said.final else REFUSED


def _since(node: Node, state: str, before: str) -> dict[str, str]:
    return {"delivered_at": instant(node.clock())} if state == DELIVERED != before else {}


def _known(node: Node, identity: str, data: bytes) -> bool:
    """Whether this very signal is on file; raises Conflict where its identity is on file for other bytes."""
    known = node.store.rows(_ON_FILE.where(MESSAGE.c.id == identity))
    if known:
        arrivals.again(identity, record.digest(data), known[0].digest, known[0].recorded_at)
    return bool(known)


def _keep(node: Node, received: gate.Received, data: bytes, case_id: str) -> None:
    """Keep the signal with the messages of the case whose letter it is about: it is the proof of delivery."""
    row = {
        "id": received.header.message,
        "case_id": case_id,
        "name": received.message.name,
        "sender": received.header.sender.id,
        "home": False,
        "digest": record.digest(data),
        "recorded_at": instant(node.clock()),
        "body": data,
    }
    node.store.write({MESSAGE: [row]})


def receipt(node: Node, data: bytes, given: arrivals.Receipt) -> bytes:
    """The receipt for a message that was taken in, as a signal."""
    said = Receipt(
        message=given.message,
        digest=given.digest,
        received_at=datetime.fromisoformat(given.recorded_at),
        result=Result.DUPLICATE if given.duplicate else Result.ACCEPTED,
        flags=given.flags,
    )
    return _written(node, said, gate.header(data), given.digest)


def refusal(node: Node, data: bytes, why: WasteBpmError) -> bytes | None:
    """The signal that says why some bytes were not taken in; None when they are a signal themselves."""
    header = gate.header(data)
    if header is not None and _is_signal(header):
        return None
    now, digest = node.clock(), record.digest(data)
    if isinstance(why, InputInvalid) or header is None:
        return _written(node, _verdict(header, digest, now, why.findings), header, digest)
    if any(finding.rule_id == arrivals.REUSED for finding in why.findings):
        return _written(node, _notice(node, header.message, digest, now), header, digest)
    said = BusinessRejection(
        message=header.message,
        digest=digest,
        rejected_at=now,
        final=not isinstance(why, Unavailable),
        findings=_told(why.findings),
    )
    return _written(node, said, header, digest)


def verdict(node: Node, data: bytes) -> bytes:
    """What the gate has to say about some bytes, as a signal: the reasons to refuse them, or what to look at."""
    try:
        received = gate.read(data)
        on, stage = received.header.occurred_at.date(), received.message.stage
        found = check.warnings(received.document, on=on, stage=stage)
    except InputInvalid as refused:
        found = refused.findings
    digest, header = record.digest(data), gate.header(data)
    return _written(node, _verdict(header, digest, node.clock(), found), header, digest)


def _verdict(header: Header | None, digest: str, now: datetime, found: tuple[Finding, ...]) -> ValidationReport:
    wrong = any(finding.severity is Severity.ERROR for finding in found)
    passed = Overall.WITH_WARNINGS if found else Overall.ACCEPTED
    return ValidationReport(
        message=header.message if header else None,
        digest=digest,
        judged_at=now,
        overall=Overall.REJECTED if wrong else passed,
        findings=_told(found),
    )


def _notice(node: Node, identity: str, digest: str, now: datetime) -> DuplicateNotice:
    kept = node.store.rows(_ON_FILE.where(MESSAGE.c.id == identity))[0]
    since = datetime.fromisoformat(kept.recorded_at)
    return DuplicateNotice(message=identity, digest=digest, on_file=kept.digest, received_at=since, noticed_at=now)


def _written(node: Node, said: Document, header: Header | None, digest: str) -> bytes:
    """The bytes of a signal, through the gate; nodes are named by a party that they keep, as all know the parties."""
    message, now = MESSAGES[type(said).__name__], node.clock()
    here = next((ref.id for ref in header.receivers if node.directory.hosts(ref.id)), None) if header else None
    about = Header(
        message=f"urn:uuid:{node.ids(f'{message.name}/{digest}/{instant(now)}')}",
        type_code=message.code,
        issued_at=now,
        occurred_at=now,
        conversation=header.conversation if header else None,
        sender=PartyRef(here or node.directory.own, Role.NODE),
        receivers=(PartyRef(header.sender.id, Role.NODE),) if header is not None else (),
    )
    return gate.build(message, about, said)


def _is_signal(header: Header) -> bool:
    return any(header.type_code == each.code and each.package.header == SIGNAL for each in MESSAGES.values())


def _told(found: tuple[Finding, ...]) -> tuple[ReportedFinding, ...]:
    return tuple(
        ReportedFinding(
            rule=each.rule_id,
            level=_line(each.level),
            severity=each.severity,
            text=_texts({name: in_language(each, name).message for name in languages()}),
            fix=_texts({name: in_language(each, name).fix for name in languages()}),
            path=_line(each.xpath or each.pointer),
            position=each.line if each.line and each.line <= _LAST_POSITION else None,
            form_block=_line(each.block),
            value=_line(each.value),
            law=_line(each.law),
        )
        for each in found
    )


def _texts(said: dict[str, str | None]) -> tuple[Text, ...]:
    """A sentence in each language in which it differs from the one before."""
    texts = {_legible(each, _LONGEST_TEXT): language for language, each in reversed(said.items()) if each}
    return tuple(Text(text, language) for text, language in reversed(texts.items()) if text)


def _line(said: str | None) -> str | None:
    return _legible(said, _LONGEST_LINE) or None if said else None


def _legible(said: str, most: int) -> str:
    """Words with nothing in them that XML cannot carry, and no longer than a signal holds."""
    words = "".join(each if each.isprintable() else " " for each in said)
    return " ".join(words.split())[:most].strip()


def _kept_elsewhere(name: str) -> Finding:
    return Finding(
        rule_id="message-of-no-case",
        message=f"{name} is about no case, and this node keeps nothing but cases.",
        fix="Give it to whoever draws up the reports; nothing was recorded.",
    )


def _no_other_node(sender: PartyRef) -> Finding:
    return Finding(
        rule_id="signal-from-node",
        message=f"The signal is from {sender.id} as {sender.role}; signals come from another node.",
        value=sender.id,
        fix="Have the node that received the letter write the signal.",
    )


def _no_letter(message: str | None, node: str) -> Finding:
    return Finding(
        rule_id="letter-unknown",
        message=f"No letter {message or 'without identity'} was ever written here for the node {node}.",
        fix="Compare the identity with those of `waste-bpm outbox list`; nothing was changed.",
    )


def _other_bytes(name: str) -> Finding:
    return Finding(
        rule_id="signal-fits-bytes",
        message=f"The {name} is for other bytes than those that were sent: its SHA-256 is not that of the letter.",
        fix="Nothing was changed, and the letter still waits; find out what changed it on its way.",
    )
