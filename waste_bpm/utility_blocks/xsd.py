"""The XSD 1.0 of each block: generated from the documents, loaded once per thread, and asked about messages.

libxml2 (through lxml) validates everything that enters or leaves; `xmlschema` explains a rejection and is the second
judge in tests. A rule across fields, a code list or a choice is never written here: that is the work of the documents.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import xmlschema
from lxml import etree

from waste_bpm import resources
from waste_bpm.documents.check import how_to_write
from waste_bpm.documents.model import Block, Document, FieldSpec, fields, is_enumeration, present_at
from waste_bpm.documents.types import Lexical
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES, Message, Package
from waste_bpm.utility_blocks.envelope import Header
from waste_bpm.utility_blocks.xml import ATTRIBUTES, Element, root_name, xpath
from waste_bpm.vocabulary import Finding, Quantity, Role, Unit

XS = "http://www.w3.org/2001/XMLSchema"
_ATTRIBUTE_PATTERN = {"languageID": "[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "listID": "[A-Z][A-Z0-9-]{0,19}"}
_ATTRIBUTE_WORDS: dict[str, type[Unit] | type[Role]] = {"unitCode": Unit, "role": Role}
_ATTRIBUTE_FIX = {
    "unitCode": f'Write one of {", ".join(Unit)}, for instance unitCode="TNE".',
    "role": f"Write one of {', '.join(Role)}.",
    "languageID": 'Write a language tag, for instance languageID="en".',
    "listID": 'Write the name of the code list, for instance listID="BASEL-VIII".',
    "schemaVersion": 'Write the version of the block, for instance schemaVersion="1.0".',
}
_ATTRIBUTE_NAMED = re.compile(
    r"^attribute ([^=]+)=|^missing required attribute '([^']+)'|^'([^']+)' attribute not allowed"
)
_STRUCTURE = {
    "character data between child elements not allowed": "there is text between the elements",
    "a simple content element can't have child elements": "there are elements where only a value belongs",
}
MOST_FINDINGS = 100
"""More reasons than this are never listed: a person corrects these first."""
_local = threading.local()


def file_of(package: Package, minor: int) -> tuple[str, str, str]:
    """Where the XSD of a block's version lies in `schemas/`."""
    return package.id, str(package.major), f"{package.id}-{package.major}.{minor}.xsd"


def generate(package: Package, minor: int) -> bytes:
    """The XSD of a block's version: one root element per message, every type named and explained."""
    schema = etree.Element(
        f"{{{XS}}}schema",
        nsmap={"xs": XS, "b": package.namespace},
        targetNamespace=package.namespace,
        elementFormDefault="qualified",
        version=f"{package.major}.{minor}",
    )
    _annotate(schema, Block(says=f"Utility block {package.id}: {package.title}, version {package.major}.{minor}."))
    types: dict[str, Element] = {}
    _complex(types, Header, None, minor)
    for message in MESSAGES.values():
        if message.block == package.id:
            schema.append(_root(message, types, minor))
    schema.extend(types[name] for name in sorted(types))
    etree.indent(schema, "  ")
    return etree.tostring(schema, encoding="UTF-8", xml_declaration=True) + b"\n"


def _root(message: Message, types: dict[str, Element], minor: int) -> Element:
    body = _complex(types, message.document, message.stage, minor)
    root = _xs("element", name=message.name)
    _annotate(root, Block(says=f"{message.code} {message.name}"))
    kind = _sub(root, "complexType")
    sequence = _sub(kind, "sequence")
    _sub(sequence, "element", name="Header", type="b:HeaderType")
    _sub(sequence, "element", name=message.body, type=f"b:{body}")
    attribute = _sub(kind, "attribute", name="schemaVersion", use="required")
    restriction = _sub(_sub(attribute, "simpleType"), "restriction", base="xs:token")
    _sub(restriction, "pattern", value=rf"{message.package.major}\.[0-9]{{1,3}}")
    return root


def _complex(types: dict[str, Element], model: type[Document], stage: str | None, minor: int) -> str:
    name = f"{model.__name__}Type"
    if name in types:
        return name
    types[name] = kind = _xs("complexType", name=name)
    _annotate(kind, Block(says=(model.__doc__ or "").partition("\n")[0]))
    sequence = _sub(kind, "sequence")
    for spec, required in present_at(model, stage, minor):
        element = _sub(sequence, "element", name=spec.tag, type=_type_of(types, spec, minor))
        if not required:
            element.set("minOccurs", "0")
        elif spec.least > 1:
            element.set("minOccurs", str(spec.least))
        if spec.many:
            element.set("maxOccurs", str(spec.most) if spec.most else "unbounded")
        _annotate(element, spec.block)
    return name


def _type_of(types: dict[str, Element], spec: FieldSpec, minor: int) -> str:
    if spec.nested:
        return f"b:{_complex(types, spec.type, None, minor)}"
    if spec.type is bool:
        return "xs:boolean"
    if is_enumeration(spec.type):
        return f"b:{_enumeration(types, spec.type)}"
    if spec.lexical is None:
        raise TypeError(f"{spec.name}: the type {spec.type.__name__} does not say how it is written.")
    return f"b:{_leaf(types, spec.type, spec.lexical)}"


def _enumeration(types: dict[str, Element], kind: type[Any]) -> str:
    name = f"{kind.__name__}Type"
    types[name] = simple = _xs("simpleType", name=name)
    restriction = _sub(simple, "restriction", base="xs:token")
    for word in kind:
        _sub(restriction, "enumeration", value=word.value)
    return name


def _leaf(types: dict[str, Element], kind: type[Any], lexical: Lexical) -> str:
    name = f"{lexical.name}Type"
    if name in types:
        return name
    if kind not in ATTRIBUTES:
        types[name] = _simple(name, lexical, worded=kind is str)
        return name
    value = f"{lexical.name}ValueType"
    types[value] = _simple(value, lexical, worded=kind is not Quantity)
    types[name] = outer = _xs("complexType", name=name)
    extension = _sub(_sub(outer, "simpleContent"), "extension", base=f"b:{value}")
    attribute = _sub(extension, "attribute", name=ATTRIBUTES[kind][2], use="required")
    restriction = _sub(_sub(attribute, "simpleType"), "restriction", base="xs:token")
    if ATTRIBUTES[kind][2] in _ATTRIBUTE_WORDS:
        for word in _ATTRIBUTE_WORDS[ATTRIBUTES[kind][2]]:
            _sub(restriction, "enumeration", value=word.value)
    else:
        _sub(restriction, "pattern", value=_ATTRIBUTE_PATTERN[ATTRIBUTES[kind][2]])
    return name


def _simple(name: str, lexical: Lexical, *, worded: bool) -> Element:
    simple = _xs("simpleType", name=name)
    restriction = _sub(simple, "restriction", base=lexical.base)
    if lexical.digits:
        _sub(restriction, "totalDigits", value=str(lexical.digits[0]))
        _sub(restriction, "fractionDigits", value=str(lexical.digits[1]))
        _sub(restriction, "minExclusive" if lexical.positive else "minInclusive", value="0")
    elif lexical.base == "xs:integer":
        _sub(restriction, "minInclusive", value=str(lexical.least))
        _sub(restriction, "maxInclusive", value=str(lexical.most))
    elif worded and not lexical.pattern:
        _sub(restriction, "minLength", value="1")
        _sub(restriction, "maxLength", value=str(lexical.max_length))
    if lexical.pattern:
        _sub(restriction, "pattern", value=lexical.pattern)
    return simple


def _xs(kind: str, /, **attributes: str) -> Element:
    return etree.Element(f"{{{XS}}}{kind}", attributes)


def _sub(parent: Element, kind: str, /, **attributes: str) -> Element:
    return etree.SubElement(parent, f"{{{XS}}}{kind}", attributes)


def _annotate(element: Element, block: Block) -> None:
    annotation = _sub(element, "annotation")
    if block.number or block.law:
        info = _sub(annotation, "appinfo")
        for name, value in (("block", block.number), ("law", block.law)):
            if value:
                etree.SubElement(info, name).text = value
    _sub(annotation, "documentation").text = block.says


def schema(package: Package, minor: int) -> etree.XMLSchema:
    """The compiled schema of a block's version, one per thread because its error log is not shared safely."""
    loaded: dict[tuple[str, int], etree.XMLSchema] = _local.__dict__.setdefault("schemas", {})
    key = (package.namespace, minor)
    if key not in loaded:
        loaded[key] = etree.XMLSchema(etree.parse(str(resources.path("schemas", *file_of(package, minor)))))
    return loaded[key]


@cache
def _explainer(package: Package, minor: int) -> xmlschema.XMLSchema10:
    text = resources.path("schemas", *file_of(package, minor)).read_text(encoding="utf-8")
    return xmlschema.XMLSchema10(text, allow="none", defuse="always")


def is_valid(root: Element, package: Package, minor: int) -> bool:
    """Whether libxml2 finds the message valid."""
    return bool(schema(package, minor).validate(root))


def second_opinion(root: Element, package: Package, minor: int) -> bool:
    """Whether `xmlschema` finds the message valid; a disagreement with libxml2 is a bug."""
    return _explainer(package, minor).is_valid(root)


def explain(root: Element, package: Package, minor: int) -> Iterator[Finding]:
    """The reasons why a message is not valid, up to `MOST_FINDINGS`.

    libxml2 stops at the first of a subtree, `xmlschema` names them all; it names a value twice when two facets fail.
    """
    said: set[tuple[str | None, str]] = set()
    for error in islice(_explainer(package, minor).iter_errors(root), MOST_FINDINGS):
        finding = _explained(root, error, minor)
        if (finding.xpath, finding.message) not in said:
            said.add((finding.xpath, finding.message))
            yield finding


def _explained(root: Element, error: xmlschema.XMLSchemaValidationError, minor: int) -> Finding:
    element: Element = error.elem if error.elem is not None else root
    if isinstance(error, xmlschema.XMLSchemaChildrenValidationError):
        return _of_children(root, element, error, minor)
    place = _placed(root, element)
    value = error.obj if isinstance(error.obj, str) else element.text if isinstance(error.obj, int | Decimal) else None
    message, fix = f"{place.says}: {_STRUCTURE.get(error.reason or '', error.reason)}.", place.how
    if attribute := _ATTRIBUTE_NAMED.search(error.reason or ""):
        message, fix = _of_attribute(place, attribute, value)
    elif value is not None:
        message = f"{place.says}: {value.strip()[:60]!r} is not written as this element is written."
    return _invalid(element, place, message=message, fix=fix, value=value)


def _of_attribute(place: "_Placed", found: re.Match[str], value: str | None) -> tuple[str, str]:
    name = found[found.lastindex or 0]
    if name not in _ATTRIBUTE_FIX or found[3]:
        return f"{place.says}: there is no attribute {name} here.", "Leave it out."
    if value is None:
        return f"{place.says}: the attribute {name} is missing.", _ATTRIBUTE_FIX[name]
    return f"{place.says}: the attribute {name} cannot be {value[:60]!r}.", _ATTRIBUTE_FIX[name]


def _of_children(
    root: Element, parent: Element, error: xmlschema.XMLSchemaChildrenValidationError, minor: int
) -> Finding:
    """An element that is missing, unknown, said too often or out of order."""
    place = _placed(root, parent)
    child: Element = error.invalid_child
    needed = next((each.local_name for each in error.expected or () if each.min_occurs), None)
    name = "" if child is None else root_name(child)[1]
    if child is not None and (name not in place.parts or place.parts[name].block.since > minor):
        return _unknown_child(place, child, minor)
    if needed and all(root_name(each)[1] != needed for each in parent):
        return _missing_child(place, parent, child, needed)
    return _invalid(
        parent if child is None else child,
        place,
        message=f"{place.says}: {name} stands in the wrong place, or too often.",
        fix=f"Keep the order of the form: {', '.join(place.parts)}.",
    )


def _unknown_child(place: "_Placed", child: Element, minor: int) -> Finding:
    name = root_name(child)[1]
    if name in place.parts:
        since = place.parts[name].block.since
        message = f"{place.says}: {name} came with minor version {since} of the block, the message is of {minor}."
        return _invalid(child, place, message=message, fix="State the newer schemaVersion, or leave the element out.")
    near = get_close_matches(name, place.parts, n=1)
    fix = f"Did you mean {near[0]}?" if near else f"Leave it out. Known here: {', '.join(place.parts)}."
    return _invalid(child, place, message=f"{place.says}: there is no element {name} here.", fix=fix)


def _missing_child(place: "_Placed", parent: Element, child: Element | None, needed: str) -> Finding:
    spec = place.parts.get(needed)
    named = f"{needed} ({spec.block.says})" if spec else needed
    where = "at the end" if child is None else f"before {root_name(child)[1]}"
    return Finding(
        rule_id="schema-invalid",
        message=f"{place.says}: {named} is missing.",
        line=parent.sourceline if child is None else child.sourceline,
        xpath=f"{xpath(parent)}/{needed}",
        block=(spec.block.number if spec else None) or place.number,
        law=spec.block.law if spec else None,
        fix=f"Put it {where}. {how_to_write(spec) if spec else ''}".rstrip(),
    )


def _invalid(element: Element, place: "_Placed", *, message: str, fix: str, value: str | None = None) -> Finding:
    return Finding(
        rule_id="schema-invalid",
        message=message,
        line=element.sourceline,
        xpath=xpath(element),
        block=place.number,
        law=place.law,
        value=(value or "").strip()[:60] or None,
        fix=fix,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Placed:
    """What an element of a message is: its words, block and citation, how it is written, and which parts it has."""

    says: str
    number: str | None
    law: str | None
    how: str
    parts: Mapping[str, FieldSpec]


def _placed(root: Element, element: Element) -> _Placed:
    """Follow the way from the root down to the element along the fields of the documents."""
    names = [root_name(each)[1] for each in (element, *element.iterancestors())][::-1]
    message = MESSAGES[names[0]]
    parts = {"Header": _part("Header", Header), message.body: _part(message.body, message.document)}
    number, law = None, None
    says, how = message.name, f"Give its parts: {', '.join(parts)}."
    for name in names[1:]:
        spec = parts.get(name)
        if spec is None:
            return _Placed(says=name, number=number, law=law, how="Leave it out.", parts={})
        number, law = spec.block.number or number, spec.block.law or law
        says, how = spec.block.says, how_to_write(spec)
        kind: Any = spec.type
        parts = {each.tag: each for each in fields(kind)} if spec.nested else {}
    return _Placed(says=says, number=number, law=law, how=how, parts=parts)


def _part(tag: str, model: type[Document]) -> FieldSpec:
    """One of the two parts of a message, as if it were a field."""
    return FieldSpec(
        name=tag, tag=tag, block=Block(says=tag), type=model, lexical=None, optional=False, many=False, least=1, most=1
    )


def generated() -> Iterator[tuple[Path, bytes]]:
    """Each schema file, of every version from the first on, with the content that the documents give it."""
    for package, minor in released():
        yield resources.path("schemas", *file_of(package, minor)), generate(package, minor)


def released() -> Iterator[tuple[Package, int]]:
    """Every version of every block, from the first minor version on."""
    return ((package, minor) for package in BLOCKS.values() for minor in range(package.minor + 1))
