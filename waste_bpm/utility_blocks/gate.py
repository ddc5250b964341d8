"""The gate: no message enters or leaves that is not valid.

Levels: limits and forbidden constructs, well-formed XML, a known root and version, the XSD, the codes at the day of the
event, and the rules of the document. All findings of a level are given at once. What leaves is parsed again from the
very bytes to be sent.
"""

from dataclasses import dataclass, replace
from datetime import date

from waste_bpm.documents import check
from waste_bpm.documents.model import D, Document
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import xml, xsd
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES, Message
from waste_bpm.utility_blocks.envelope import Header
from waste_bpm.vocabulary import Finding

_SMALL = 64 * 1024
"""Bytes in which a message of ours cannot exceed what a receiver takes."""


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
    root = xml.parse(data)
    if len(data) > _SMALL:
        xml.refuse_excess(root)
    if not xsd.is_valid(root, message.package, spoken):
        raise InputInvalid(_all_of(root, message, spoken))
    return data


def read(data: bytes) -> Received:
    """The message in the bytes; raises InputInvalid with all findings of the first level that fails."""
    root = xml.parse(data)
    xml.refuse_foreign(root)
    xml.refuse_excess(root)
    message, minor = _known(root)
    if not xsd.is_valid(root, message.package, minor):
        raise InputInvalid(_all_of(root, message, minor))
    header_part, body = root
    header = _checked(Header, header_part, on=date.max)
    if header.type_code != message.code:
        raise InputInvalid(_wrong_code(message, header, header_part))
    document = _checked(message.document, body, on=header.occurred_at.date(), stage=message.stage)
    return Received(message=message, header=header, document=document)


def findings(data: bytes) -> tuple[Finding, ...]:
    """Everything that the gate has to say about some bytes; empty when they are a valid message."""
    try:
        read(data)
    except InputInvalid as refused:
        return refused.findings
    return ()


def _checked(model: type[D], part: xml.Element, *, on: date, stage: str | None = None) -> D:
    """What a part of the message says; raises InputInvalid with findings that point into the message."""
    try:
        return check.read(model, xml.read(part, model), on=on, stage=stage)
    except InputInvalid as refused:
        raise InputInvalid([_pointed(finding, part) for finding in refused.findings]) from refused


def _pointed(finding: Finding, part: xml.Element) -> Finding:
    path = finding.xpath or ""
    return replace(finding, xpath=xml.xpath(part) + path, line=xml.find(part, path).sourceline)


def _known(root: xml.Element) -> tuple[Message, int]:
    namespace, name = xml.root_name(root)
    message = MESSAGES.get(name)
    if message is None or message.package.namespace != namespace:
        raise InputInvalid(
            Finding(
                rule_id="message-unknown",
                message=f"There is no message {name} in the namespace {namespace or 'without name'}.",
                xpath=f"/{name}",
                line=root.sourceline,
                fix=f"Messages are {', '.join(MESSAGES)}; namespaces are those of {', '.join(BLOCKS)}.",
            )
        )
    package = message.package
    spoken = [f"{package.major}.{minor}" for minor in range(package.minor + 1)]
    version = root.get("schemaVersion")
    if version not in spoken:
        raise InputInvalid(
            Finding(
                rule_id="version-unsupported",
                message=f"{name} says schemaVersion {version!r}; this node speaks {', '.join(spoken)} of {package.id}.",
                xpath=f"/{name}/@schemaVersion",
                line=root.sourceline,
                fix=f"Send it in version {spoken[-1]}.",
            )
        )
    return message, spoken.index(version)


def _all_of(root: xml.Element, message: Message, minor: int) -> list[Finding]:
    explained = list(xsd.explain(root, message.package, minor))
    return explained or [
        Finding(
            rule_id="schema-invalid",
            message=f"{message.name} is not valid: the two validators disagree, which counts as invalid.",
            xpath=f"/{message.name}",
            line=root.sourceline,
            fix="Report this message to the maintainers, and write it as the examples are written.",
        )
    ]


def _wrong_code(message: Message, header: Header, part: xml.Element) -> Finding:
    return Finding(
        rule_id="type-code-fits-root",
        message=f"The header says {header.type_code}, but the root is {message.name}, which is {message.code}.",
        xpath=f"/{message.name}/Header/TypeCode",
        line=xml.find(part, "/TypeCode").sourceline,
        value=header.type_code,
        fix=f"Write {message.code}.",
    )
