"""The XSD 1.0 of each block: generated from the documents, loaded once per thread, and asked about messages.

libxml2 (through lxml) validates everything that enters or leaves. A rule across fields, a code list or a choice is
never written here: that is the work of the documents. A schema on disk is believed only when it is what the documents
give, or, once released, what was released.
"""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from waste_bpm import resources
from waste_bpm.documents.model import Block, Document, FieldSpec, is_enumeration, present_at
from waste_bpm.documents.types import Lexical
from waste_bpm.errors import Unavailable
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES, Message, Package
from waste_bpm.utility_blocks.envelope import Header
from waste_bpm.utility_blocks.xml import ATTRIBUTES, Element
from waste_bpm.vocabulary import Finding, Quantity, Role, Unit

XS = "http://www.w3.org/2001/XMLSchema"
_ATTRIBUTE_PATTERN = {"languageID": "[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "listID": "[A-Z][A-Z0-9-]{0,19}"}
_ATTRIBUTE_WORDS: dict[str, type[Unit] | type[Role]] = {"unitCode": Unit, "role": Role}
APPINFO = {"block": "number", **{name: name for name in ("law", "codes", "wco", "cefact", "personal")}}
"""What the schema says of an element beside its words, and the member of its block that says it."""
MOST_ITEMS = 1000
"""Of one list in a message, where the document names no smaller number."""
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
    _complex(types, Header, package.header, minor)
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
            element.set("maxOccurs", str(spec.most or MOST_ITEMS))
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
        if not lexical.signed:
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
    told = {name: value for name, member in APPINFO.items() if (value := getattr(block, member))}
    if told:
        info = _sub(annotation, "appinfo")
        for name, value in told.items():
            etree.SubElement(info, name).text = value
    _sub(annotation, "documentation").text = block.says


def schema(package: Package, minor: int) -> etree.XMLSchema:
    """The compiled schema of a block's version, one per thread because its error log is not shared safely."""
    loaded: dict[tuple[str, int], etree.XMLSchema] = _local.__dict__.setdefault("schemas", {})
    key = (package.namespace, minor)
    if key not in loaded:
        loaded[key] = etree.XMLSchema(etree.fromstring(content(package, minor)))
    return loaded[key]


@cache
def content(package: Package, minor: int) -> bytes:
    """The XSD file of a block's version; raises Unavailable when it was altered since it was installed."""
    file = resources.path("schemas", *file_of(package, minor))
    data = file.read_bytes() if file.is_file() else b""
    frozen = _frozen().get(file.name)
    if hashlib.sha256(data).hexdigest() == frozen or (frozen is None and data == generate(package, minor)):
        return data
    raise Unavailable(
        Finding(
            rule_id="schema-altered",
            message=f"The installed schema {file.name} is not the one that this version of waste-bpm was made with.",
            pointer=f"schemas/{'/'.join(file_of(package, minor))}",
            fix="Install this version again, and find out who changed the file.",
        )
    )


@cache
def _frozen() -> Mapping[str, str]:
    """The digests of released schemas by file name."""
    said = json.loads(resources.path("schemas", "released.json").read_text(encoding="utf-8"))
    digests: Mapping[str, str] = said["sha256"]
    return digests


def is_released(package: Package, minor: int) -> bool:
    """Whether the XSD of a block's version is frozen."""
    return file_of(package, minor)[-1] in _frozen()


def refuse_altered() -> None:
    """Raise Unavailable when any schema of the installation was altered; a node asks this before it starts."""
    for package, minor in released():
        content(package, minor)


def is_valid(root: Element, package: Package, minor: int) -> bool:
    """Whether libxml2 finds the message valid."""
    return bool(schema(package, minor).validate(root))


def first_refused(root: Element, package: Package, minor: int) -> Element:
    """The element at which libxml2 stopped when it refused the message; the root when it did not."""
    log: Any = schema(package, minor).error_log
    error = log.last_error
    found = root.xpath(error.path) if error is not None and error.path else ()
    return found[0] if found else root


def generated() -> Iterator[tuple[Path, bytes]]:
    """Each schema file, of every version from the first on, with the content that the documents give it."""
    for package, minor in released():
        yield resources.path("schemas", *file_of(package, minor)), generate(package, minor)


def released() -> Iterator[tuple[Package, int]]:
    """Every version of every block, from the first minor version on."""
    return ((package, minor) for package in BLOCKS.values() for minor in range(package.minor + 1))
