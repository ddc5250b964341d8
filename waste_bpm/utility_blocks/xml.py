"""Documents to XML bytes and back, driven by the document models.

Output is deterministic: one default namespace, no indentation, UTF-8. Input is limited and refused before anything
reads a value: no DOCTYPE, entity, comment, processing instruction or schema location ever reaches the parser.
"""

import re
import threading
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any

from lxml import etree

from waste_bpm.documents.model import Document, FieldSpec, fields, present_at
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks.catalogue import Message
from waste_bpm.utility_blocks.envelope import Header, PartyRef
from waste_bpm.vocabulary import Code, Finding, Quantity, Text

Element = Any
"""An lxml element."""

MOST_BYTES = 2 * 1024 * 1024
MOST_TAGS = 100_000
MOST_ATTRIBUTES, MOST_CHILDREN, MOST_DEPTH = 64, 10_000, 64
"""Of one element. Both validators take a time that grows with the square of these, or worse, to say what is wrong."""
_FORBIDDEN = (
    (re.compile(rb"<!(?!\[CDATA\[)"), "a DOCTYPE, entity declaration or comment"),
    (re.compile(rb"<\?(?!xml\s)"), "a processing instruction"),
    (re.compile(rb"http://www\.w3\.org/2001/(XMLSchema-instance|XInclude)"), "a schema location, xsi or XInclude"),
)
_local = threading.local()
_FOREIGN = etree.XPath("(//*[@*[namespace-uri() != '']] | //*[namespace-uri() = 'http://www.w3.org/2001/XInclude'])[1]")
_EXCESS = etree.XPath(
    f"(//*[count(@*) > {MOST_ATTRIBUTES} or count(*) > {MOST_CHILDREN}] | {'/*' * (MOST_DEPTH + 1)})[1]"
)
_OTHER_UNICODE = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<", b"\x00\x00")
_ENCODING = re.compile(rb"""^<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)""")

Written = Callable[[Any], str]
"""How a value is written between its tags, or with its attribute."""

Plan = tuple[tuple[Callable[[Any], Any], bool, Written], ...]
"""How to write each field of a document: what to get, whether it repeats, and how one value becomes an element."""


def _escaped(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


_TEXT: dict[type[Any], Written] = {
    str: _escaped,
    datetime: lambda value: value.strftime("%Y-%m-%dT%H:%M:%SZ"),
    bool: lambda value: "true" if value else "false",
    Decimal: lambda value: format(value, "f"),
}


ATTRIBUTES: dict[type[Any], tuple[str, str, str]] = {
    Quantity: ("amount", "unit", "unitCode"),
    Text: ("text", "language", "languageID"),
    Code: ("code", "list", "listID"),
    PartyRef: ("id", "role", "role"),
}
"""Leaves written as text with one attribute: the member that is the text, the other, and the attribute's name."""


@cache
def _plan(model: type[Document], stage: str | None, minor: int) -> Plan:
    return tuple(
        (attrgetter(spec.name), spec.many, _element(spec, minor)) for spec, _ in present_at(model, stage, minor)
    )


def _element(spec: FieldSpec, minor: int) -> Written:
    """How one value of a field becomes an element."""
    opened, closed = f"<{spec.tag}>", f"</{spec.tag}>"
    if spec.nested:
        model: Any = spec.type
        inner = _plan(model, None, minor)
        return lambda value: f"{opened}{_content(inner, value)}{closed}"
    if spec.type in ATTRIBUTES:
        return _with_attribute(spec.tag, *ATTRIBUTES[spec.type])
    text = _TEXT.get(spec.type, str)
    return lambda value: f"{opened}{text(value)}{closed}"


def _with_attribute(tag: str, member: str, other: str, attribute: str) -> Written:
    get, closed = attrgetter(member, other), f"</{tag}>"

    def written(value: Any) -> str:
        content, said = get(value)
        text = format(content, "f") if isinstance(content, Decimal) else _escaped(content)
        return f'<{tag} {attribute}="{_escaped(said)}">{text}{closed}'

    return written


def _content(plan: Plan, document: Document) -> str:
    parts: list[str] = []
    for get, many, element in plan:
        value = get(document)
        if many:
            parts.extend(map(element, value))
        elif value is not None:
            parts.append(element(value))
    return "".join(parts)


def write(message: Message, header: Header, document: Document, minor: int) -> bytes:
    """The bytes of a message in the block's version `major.minor`."""
    package = message.package
    text = (
        f"<?xml version='1.0' encoding='UTF-8'?>\n"
        f'<{message.name} xmlns="{package.namespace}" schemaVersion="{package.major}.{minor}">'
        f"<Header>{_content(_plan(Header, None, minor), header)}</Header>"
        f"<{message.body}>{_content(_plan(message.document, message.stage, minor), document)}</{message.body}>"
        f"</{message.name}>"
    )
    return text.encode()


def _parser() -> etree.XMLParser:
    """The hardened parser of this thread."""
    parser: etree.XMLParser | None = getattr(_local, "parser", None)
    if parser is None:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        _local.parser = parser
    return parser


def parse(data: bytes) -> Element:
    """The root element of bytes from anywhere; raises InputInvalid (413 too large, 400 not to be read)."""
    if len(data) > MOST_BYTES or data.count(b"<") > MOST_TAGS:
        raise InputInvalid(
            Finding(
                rule_id="body-too-large",
                message=f"The message is larger than {MOST_BYTES // 1024} KiB or {MOST_TAGS} tags.",
                fix="Send annexes beside the message, and large lists in several messages.",
            ),
            status=413,
        )
    _refuse_encoding(data)
    for forbidden, what in _FORBIDDEN:
        found = forbidden.search(data)
        if found:
            raise _malformed(
                "xml-forbidden-construct",
                f"The message holds {what}.",
                data.count(b"\n", 0, found.start()) + 1,
                "Leave it out: a message is plain elements, attributes and text.",
            )
    try:
        return etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise _malformed(
            "xml-malformed", f"This is not well-formed XML: {error.msg}.", line, "Correct it at this place."
        ) from error


def refuse_foreign(root: Element) -> None:
    """Refuse what the bytes of others can hide: a namespace in character references is seen only after parsing."""
    found: Any = _FOREIGN(root)
    for element in found:
        raise _malformed(
            "xml-forbidden-construct",
            f"{root_name(element)[1]} holds an attribute of another namespace, such as xsi:type, or an XInclude.",
            element.sourceline,
            "Leave it out: a message is plain elements, attributes and text.",
        )


def refuse_excess(root: Element) -> None:
    """Refuse an element with more attributes, children or ancestors than any message has; raises InputInvalid (400)."""
    found: Any = _EXCESS(root)
    for element in found:
        raise _malformed(
            "xml-limit-exceeded",
            f"{root_name(element)[1]} has more than {MOST_ATTRIBUTES} attributes or {MOST_CHILDREN} elements, "
            f"or stands deeper than {MOST_DEPTH} elements.",
            element.sourceline,
            "Leave out what is no part of the message, and send large lists in several messages.",
        )


def _refuse_encoding(data: bytes) -> None:
    declared = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf"))
    if data.startswith(_OTHER_UNICODE) or (
        declared and declared.group(1).upper() not in (b"UTF-8", b"UTF8", b"US-ASCII")
    ):
        raise _malformed("xml-forbidden-construct", "The message is not in UTF-8.", 1, "Write the message in UTF-8.")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _malformed(
            "xml-malformed", f"Byte {error.start} is not UTF-8.", line, "Write the message in UTF-8."
        ) from error


def _malformed(rule_id: str, message: str, line: int, fix: str) -> InputInvalid:
    return InputInvalid(Finding(rule_id=rule_id, message=message, line=line, fix=fix), status=400)


def read(element: Element, model: type[Document]) -> dict[str, Any]:
    """The data of a schema-valid element, as the document model takes them."""
    known = _by_tag(model)
    data: dict[str, Any] = {}
    for child in element:
        spec = known[child.tag.rpartition("}")[2]]
        value = read(child, spec.type) if spec.nested else _leaf(child, spec.type)
        if spec.many:
            data.setdefault(spec.name, []).append(value)
        else:
            data[spec.name] = value
    return data


def _leaf(element: Element, kind: type[Any]) -> Any:
    text = element.text or ""
    if kind in ATTRIBUTES:
        member, other, attribute = ATTRIBUTES[kind]
        return {member: Decimal(text.strip()) if kind is Quantity else text, other: element.get(attribute)}
    return text if kind is str else text.strip()


@cache
def _by_tag(model: type[Document]) -> dict[str, FieldSpec]:
    return {spec.tag: spec for spec in fields(model)}


def root_name(element: Element) -> tuple[str, str]:
    """The namespace and the local name of an element."""
    name = etree.QName(element)
    return name.namespace or "", name.localname


def xpath(element: Element) -> str:
    """Where an element stands, in plain local names: `/MovementAnnouncement/Movement/Quantity`."""
    steps = []
    while element is not None:
        number = 1 + sum(1 for _ in element.itersiblings(element.tag, preceding=True))
        alone = number == 1 and next(element.itersiblings(element.tag), None) is None
        steps.append(root_name(element)[1] + ("" if alone else f"[{number}]"))
        element = element.getparent()
    return "/" + "/".join(reversed(steps))


def find(element: Element, path: str) -> Element:
    """The element that a path of local names leads to, or the last one on the way that is there."""
    for step in path.strip("/").split("/"):
        name, _, number = step.rstrip("]").partition("[")
        same = [child for child in element if root_name(child)[1] == name]
        if len(same) < int(number or 1):
            return element
        element = same[int(number or 1) - 1]
    return element
