"""Documents to XML bytes and back, driven by the document models.

Output is deterministic: one default namespace, no indentation, UTF-8. Input passes `limits` first: no DOCTYPE, entity,
comment, processing instruction or schema location ever reaches the parser.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from lxml import etree

from waste_bpm.documents.model import Document, FieldSpec, fields, present_at
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import limits
from waste_bpm.utility_blocks.catalogue import MESSAGES, Message
from waste_bpm.utility_blocks.envelope import Header, PartyRef
from waste_bpm.utility_blocks.wording import Level, told
from waste_bpm.vocabulary import Code, Quantity, Role, Text, Unit

Element = Any
"""An lxml element."""

_local = threading.local()
_FOREIGN = etree.XPath("(//*[@*[namespace-uri() != '']] | //*[namespace-uri() = 'http://www.w3.org/2001/XInclude'])[1]")

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
    datetime: lambda value: value.isoformat()[:19] + "Z",
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
        f"<Header>{_content(_plan(Header, package.header, minor), header)}</Header>"
        f"<{message.body}>{_content(_plan(message.document, message.stage, minor), document)}</{message.body}>"
        f"</{message.name}>"
    )
    return text.encode()


def indented(data: bytes) -> bytes:
    """The same message with a line for each element, for people to read; it says the same."""
    root = etree.fromstring(data, _parser())
    etree.indent(root, "  ")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def _parser() -> etree.XMLParser:
    """The hardened parser of this thread."""
    parser: etree.XMLParser | None = getattr(_local, "parser", None)
    if parser is None:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, collect_ids=False
        )
        _local.parser = parser
    return parser


def parse(data: bytes) -> Element:
    """The root element of bytes from anywhere; raises InputInvalid (413 too large, 400 not to be read)."""
    hiding = limits.admit(data, numbers())
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        limits.count(data, numbers())
        line = error.lineno or 1
        raise InputInvalid(
            told("xml-malformed", level=Level.SYNTAX, line=line, reason=error.msg or "nothing is there"), status=400
        ) from error
    if hiding:
        _refuse_foreign(root)
    return root


def _refuse_foreign(root: Element) -> None:
    """Refuse what the bytes of others can hide: a namespace in character references is seen only after parsing."""
    found: Any = _FOREIGN(root)
    for element in found:
        raise InputInvalid(
            told(
                "foreign-namespace",
                rule_id="xml-forbidden-construct",
                level=Level.SYNTAX,
                line=element.sourceline,
                xpath=xpath(element),
                name=root_name(element)[1],
            ),
            status=400,
        )


def read(element: Element, model: type[Document]) -> dict[str, Any]:
    """The data of a schema-valid element, as the document model takes them."""
    return _read(element, _known(model, _namespace(element)))


def _namespace(element: Element) -> str:
    return str(element.tag.rpartition("}")[0] + "}")


class _Part(NamedTuple):
    """An element that a document may hold: its field, and how its text (and attribute) become data.

    `inner` says what may stand in it.
    """

    name: str
    many: bool
    inner: "_Known | None"
    attribute: str | None
    taken: Callable[..., Any]


_Known = Mapping[str, _Part]
"""The elements that a document may hold, by their full names."""


@cache
def _known(model: type[Document], namespace: str) -> _Known:
    return {f"{namespace}{spec.tag}": _part(spec, namespace) for spec in fields(model)}


def _part(spec: FieldSpec, namespace: str) -> _Part:
    kind: Any = spec.type
    return _Part(
        name=spec.name,
        many=spec.many,
        inner=_known(kind, namespace) if spec.nested else None,
        attribute=ATTRIBUTES[kind][2] if kind in ATTRIBUTES else None,
        taken=TAKEN.get(kind, str.strip),
    )


def _read(element: Element, known: _Known) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for child in element:
        part = known[child.tag]
        value = _read(child, part.inner) if part.inner else part.taken(*_said(child, part))
        if part.many:
            data.setdefault(part.name, []).append(value)
        else:
            data[part.name] = value
    return data


def _said(leaf: Element, part: _Part) -> tuple[str, ...]:
    return (leaf.text or "",) if part.attribute is None else (leaf.text or "", leaf.get(part.attribute))


def _date(text: str) -> date | str:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return text.strip()


def _instant(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return text.strip()


TAKEN: dict[type[Any], Callable[..., Any]] = {
    str: str,
    date: _date,
    datetime: _instant,
    Decimal: lambda text: Decimal(text.strip()),
    Quantity: lambda text, unit: Quantity(Decimal(text.strip()), Unit(unit.strip())),
    Text: Text,
    Code: Code,
    PartyRef: lambda text, role: PartyRef(text, Role(role.strip())),
}
"""How the value of a schema-valid leaf is taken from its text and attribute; the model has the last word on it."""


def walked(tag: str, model: type[Document]) -> Iterator[tuple[str, FieldSpec]]:
    """Every field of a document and of the documents in it, with the name of the element that holds it."""
    for spec in fields(model):
        yield tag, spec
        if spec.nested:
            kind: Any = spec.type
            yield from walked(spec.tag, kind)


@cache
def numbers() -> frozenset[str]:
    """The names of all elements that hold a number."""
    models: tuple[type[Document], ...] = (Header, *(each.document for each in MESSAGES.values()))
    return frozenset(spec.tag for model in models for _, spec in walked("", model) if spec.type in (Quantity, int))


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
