"""The gate: no message enters or leaves that is not valid.

Levels: limits and forbidden constructs, well-formed XML, a known root and version, the XSD, the letters, the codes at
the day of the event, and the rules of the document. All findings of a level are given at once; warnings are no reason
to refuse. What leaves is parsed again from the very bytes to be sent. Rules on the state of a case are not for here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import ParamSpec, TypeVar

from waste_bpm.documents import check
from waste_bpm.documents.model import D, Document
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import explain, lettering, limits, reading, xml, xsd
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES, Message
from waste_bpm.utility_blocks.envelope import Header
from waste_bpm.utility_blocks.wording import Level, told
from waste_bpm.vocabulary import Finding

_FAST_CLOCK = timedelta(minutes=5)
"""How far the clock of a sender may be ahead."""
_TOGETHER = 128 * 1024
"""Bytes of messages of which the trees are kept at once, when many are read."""
_OF_CODES = ("code-", "country-", "list-")
"""How the ids of rules about code lists begin."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """A message that passed the gate."""

    message: Message
    header: Header
    document: Document


def build(message: Message, header: Header, document: Document, minor: int | None = None) -> bytes:
    """The bytes of a valid message; raises InputInvalid when they would not be valid, so that nothing is stored."""
    spoken = message.package.minor if minor is None else minor
    data = xml.write(message, header, document, spoken)
    _valid(data, xml.parse(data), message, spoken)
    return data


def read(data: bytes, now: datetime | None = None) -> Received:
    """The message in the bytes; raises InputInvalid with all findings of the first level that fails.

    `now` is the time of arrival; without it a message may be read again that was issued at any time.
    """
    return _judged(_shown(data), now)


def read_many(messages: Iterable[bytes], now: datetime | None = None) -> Iterator[Received | InputInvalid]:
    """What each of the bytes are, in their order: a message, or why not.

    The schema is asked about a few before their values are read: a processor that does one thing for a while is faster.
    """
    waiting: list[_Shown | InputInvalid] = []
    held = 0
    for data in messages:
        waiting.append(_caught(_shown, data))
        held += len(data)
        if held >= _TOGETHER:
            yield from _each_judged(waiting, now)
            waiting, held = [], 0
    yield from _each_judged(waiting, now)


def _each_judged(shown: "Iterable[_Shown | InputInvalid]", now: datetime | None) -> Iterator[Received | InputInvalid]:
    return (each if isinstance(each, InputInvalid) else _caught(_judged, each, now) for each in shown)


def _caught(asked: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | InputInvalid:
    try:
        return asked(*args, **kwargs)
    except InputInvalid as refused:
        return refused


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shown:
    """A message of which the schema has shown the form, its values not yet read."""

    data: bytes
    root: xml.Element
    message: Message


def _shown(data: bytes) -> _Shown:
    root = xml.parse(data)
    message, minor = _known(root)
    _valid(data, root, message, minor)
    return _Shown(data=data, root=root, message=message)


def _judged(shown: _Shown, now: datetime | None) -> Received:
    """The message, when its codes and its rules are kept too."""
    message = shown.message
    header_part, body = shown.root
    header, document = reading.documents(shown.data, message) or (None, None)
    header = _checked(Header, header_part, header, on=date.max, stage=message.package.header)
    _refuse_header(message, header, header_part, now)
    document = _checked(message.document, body, document, on=header.occurred_at.date(), stage=message.stage)
    return Received(message=message, header=header, document=document)


def header(data: bytes) -> Header | None:
    """The header of a message whose document may be wrong; None where the header itself cannot be read."""
    try:
        root = xml.parse(data)
        message, _ = _known(root)
        return check.read(Header, xml.read(root[0], Header), on=date.max, stage=message.package.header)
    except (InputInvalid, KeyError, IndexError, ValueError, AttributeError):
        return None


def findings(data: bytes, now: datetime | None = None) -> tuple[Finding, ...]:
    """Everything that the gate has to say about some bytes; empty when they are a valid message."""
    try:
        read(data, now)
    except InputInvalid as refused:
        return refused.findings
    return ()


def cross_checked(data: bytes) -> tuple[Finding, ...]:
    """The same, asking `xmlschema` about a valid message too: what the two disagree on is not valid."""
    found = findings(data)
    if found:
        return found
    root = xml.parse(data)
    message, minor = _known(root)
    return () if explain.second_opinion(root, message.package, minor) else (explain.disagreement(root, root),)


def _valid(data: bytes, root: xml.Element, message: Message, minor: int) -> None:
    if not xsd.is_valid(root, message.package, minor):
        limits.count(data, xml.numbers())
        raise InputInvalid(explain.explain(root, message, minor))
    if lettering.may_deceive(data) and (deceiving := tuple(lettering.findings(root))):
        raise InputInvalid(deceiving)


def _checked(model: type[D], part: xml.Element, document: D | None, *, on: date, stage: str | None = None) -> D:
    """What a part of the message says; raises InputInvalid with findings that point into the message."""
    try:
        if document is None:
            return check.read(model, xml.read(part, model), on=on, stage=stage)
        return check.complete(document, on=on, stage=stage)
    except InputInvalid as refused:
        raise InputInvalid([_pointed(finding, part) for finding in refused.findings]) from refused


def _pointed(finding: Finding, part: xml.Element) -> Finding:
    path = finding.xpath or ""
    level = Level.CODES if finding.rule_id.startswith(_OF_CODES) else Level.DOCUMENT
    return replace(finding, xpath=xml.xpath(part) + path, line=xml.find(part, path).sourceline, level=level)


def _known(root: xml.Element) -> tuple[Message, int]:
    known = _SPOKEN.get((root.tag, root.get("schemaVersion")))
    if known is not None:
        return known
    namespace, name = xml.root_name(root)
    message = MESSAGES.get(name)
    if message is None or message.package.namespace != namespace:
        raise InputInvalid(
            told(
                "message-unknown",
                level=Level.SCHEMA,
                xpath=f"/{name}",
                line=root.sourceline,
                name=name[:60],
                namespace=namespace[:80] or "(none)",
                known=", ".join(MESSAGES),
                how=_how_to_begin(name, message),
            )
        )
    package = message.package
    spoken = [f"{package.major}.{minor}" for minor in range(package.minor + 1)]
    raise InputInvalid(
        told(
            "version-unsupported",
            level=Level.SCHEMA,
            xpath=f"/{name}/@schemaVersion",
            line=root.sourceline,
            name=name,
            given=repr(root.get("schemaVersion"))[:40],
            spoken=", ".join(spoken),
            package=package.id,
            newest=spoken[-1],
        )
    )


_SPOKEN = {
    (f"{{{message.package.namespace}}}{message.name}", f"{message.package.major}.{minor}"): (message, minor)
    for message in MESSAGES.values()
    for minor in range(message.package.minor + 1)
}
"""Every root that this node takes, with the version that it states."""


def _how_to_begin(name: str, message: Message | None) -> str:
    """The cure for a root that nobody knows: its namespace, a name that is near, or all there are."""
    if message is not None:
        return f'Write <{name} xmlns="{message.package.namespace}" schemaVersion="{message.package.version}">.'
    near = get_close_matches(name, MESSAGES, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    return f"Messages are {', '.join(MESSAGES)}; namespaces are those of {', '.join(BLOCKS)}."


def _refuse_header(message: Message, header: Header, part: xml.Element, now: datetime | None) -> None:
    if header.type_code != message.code:
        raise InputInvalid(
            told(
                "header-type-differs",
                rule_id="type-code-fits-root",
                level=Level.SCHEMA,
                xpath=f"/{message.name}/Header/TypeCode",
                line=xml.find(part, "/TypeCode").sourceline,
                value=header.type_code,
                given=header.type_code,
                name=message.name,
                code=message.code,
            )
        )
    if now is not None and header.issued_at > now + _FAST_CLOCK:
        raise InputInvalid(
            told(
                "clock",
                level=Level.DOCUMENT,
                xpath=f"/{message.name}/Header/IssuedAt",
                line=xml.find(part, "/IssuedAt").sourceline,
                given=header.issued_at.isoformat(),
                now=now.isoformat(timespec="seconds"),
            )
        )
