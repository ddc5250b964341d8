"""Documents to XML bytes and back, driven by the document models.

Output is deterministic: one default namespace, no indentation, UTF-8. Input is limited and refused before anything
reads a value: no DOCTYPE, entity, comment, processing instruction or schema location ever reaches the parser.
"""

import re
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
from waste_bpm.utility_blocks.envelope import Header
from waste_bpm.vocabulary import Code, Finding, Quantity, Text

Element = Any
"""An lxml element."""

MOST_BYTES = 2 * 1024 * 1024
MOST_TAGS = 100_000
_FORBIDDEN = (
    (re.compile(rb"<!(?!\[CDATA\[)"), "a DOCTYPE, entity declaration or comment"),
    (re.compile(rb"<\?(?!xml\s)"), "a processing instruction"),
    (re.compile(rb"http://www\.w3\.org/2001/(XMLSchema-instance|XInclude)"), "a schema location, xsi or XInclude"),
)
_ENCODING = re.compile(rb"""^<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_SubElement = etree.SubElement

Plan = tuple[tuple[Callable[[Any], Any], str, bool, Callable[[Element, Any], None]], ...]


def _put_text(element: Element, value: Any) -> None:
    element.text = value


def _put_quantity(element: Element, value: Quantity) -> None:
    element.text = format(value.amount, "f")
    element.set("unitCode", value.unit)


def _put_words(element: Element, value: Text) -> None:
    element.text = value.text
    element.set("languageID", value.language)


def _put_code(element: Element, value: Code) -> None:
    element.text = value.code
    element.set("listID", value.list)


def _put_instant(element: Element, value: datetime) -> None:
    element.text = value.strftime("%Y-%m-%dT%H:%M:%SZ")


def _put_bool(element: Element, value: bool) -> None:
    element.text = "true" if value else "false"


def _put_plain(element: Element, value: Any) -> None:
    element.text = str(value)


_PUT: dict[type[Any], Callable[[Element, Any], None]] = {
    str: _put_text,
    Quantity: _put_quantity,
    Text: _put_words,
    Code: _put_code,
    datetime: _put_instant,
    bool: _put_bool,
}
ATTRIBUTES: dict[type[Any], tuple[str, str, str]] = {
    Quantity: ("amount", "unit", "unitCode"),
    Text: ("text", "language", "languageID"),
    Code: ("code", "list", "listID"),
}
"""Leaves written as text with one attribute: the member that is the text, the other, and the attribute's name."""


@cache
def _plan(model: type[Document], namespace: str, stage: str | None, minor: int) -> Plan:
    return tuple(_entry(spec, namespace, minor) for spec, _ in present_at(model, stage, minor))


def _entry(spec: FieldSpec, namespace: str, minor: int) -> tuple[Any, str, bool, Any]:
    put = _PUT.get(spec.type, _put_plain)
    if spec.nested:
        model: Any = spec.type
        inner = _plan(model, namespace, None, minor)

        def put(element: Element, value: Any) -> None:
            _fill(element, inner, value)

    return attrgetter(spec.name), f"{{{namespace}}}{spec.tag}", spec.many, put


def _fill(element: Element, plan: Plan, document: Document) -> None:
    for get, tag, many, put in plan:
        value = get(document)
        if value is None:
            continue
        if many:
            for item in value:
                put(_SubElement(element, tag), item)
        else:
            put(_SubElement(element, tag), value)


def write(message: Message, header: Header, document: Document, minor: int) -> bytes:
    """The bytes of a message in the block's version `major.minor`."""
    package = message.package
    namespace = package.namespace
    root = etree.Element(f"{{{namespace}}}{message.name}", nsmap={None: namespace})  # type: ignore[dict-item]
    root.set("schemaVersion", f"{package.major}.{minor}")
    _fill(_SubElement(root, f"{{{namespace}}}Header"), _plan(Header, namespace, None, minor), header)
    body = _SubElement(root, f"{{{namespace}}}{message.body}")
    _fill(body, _plan(message.document, namespace, message.stage, minor), document)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_blank_text=False
    )


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


def _refuse_encoding(data: bytes) -> None:
    declared = _ENCODING.match(data.lstrip(b"\xef\xbb\xbf"))
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _malformed(
            "xml-malformed", f"Byte {error.start} is not UTF-8.", line, "Write the message in UTF-8."
        ) from error
    if b"\x00" in data or (declared and declared.group(1).upper() not in (b"UTF-8", b"UTF8", b"US-ASCII")):
        raise _malformed("xml-forbidden-construct", "The message is not in UTF-8.", 1, "Write the message in UTF-8.")


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
        parent = element.getparent()
        same = [] if parent is None else [child for child in parent if child.tag == element.tag]
        number = f"[{same.index(element) + 1}]" if len(same) > 1 else ""
        steps.append(root_name(element)[1] + number)
        element = parent
    return "/" + "/".join(reversed(steps))
