"""What an element of a message is: its words, block and citation, how it is written, and which parts it has."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from waste_bpm.documents.model import Block, Document, FieldSpec, fields, is_enumeration
from waste_bpm.documents.shape import how_to_write
from waste_bpm.law import codes
from waste_bpm.utility_blocks.catalogue import MESSAGES, Message
from waste_bpm.utility_blocks.envelope import Header, PartyRef
from waste_bpm.utility_blocks.xml import ATTRIBUTES, Element, root_name, walked
from waste_bpm.vocabulary import Code, Quantity, Role, Text, Unit

_LIKE = {"COUNTRY": "KE", "OPERATION": "R4", "REGIME": "BASEL"}
"""Codes that come from no single list."""
_ATTRIBUTE_LIKE: dict[type[Any], str] = {Quantity: Unit.TONNE, Text: "en", Code: "BASEL-VIII", PartyRef: Role.NOTIFIER}


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """An element in its place; `spec` is None for the message itself and for what the message does not know."""

    element: str
    says: str
    number: str | None
    law: str | None
    how: str
    example: str
    parts: Mapping[str, FieldSpec]
    spec: FieldSpec | None = None

    def inside(self, name: str) -> "Placed":
        """One of the parts, whether it is known or not."""
        spec = self.parts.get(name)
        if spec is None:
            return Placed(
                element=name, says=name, number=self.number, law=self.law, how="Leave it out.", example="", parts={}
            )
        kind: Any = spec.type
        return Placed(
            element=name,
            says=spec.block.says,
            number=spec.block.number or self.number,
            law=spec.block.law or self.law,
            how=how_to_write(spec),
            example=example(spec),
            parts={each.tag: each for each in fields(kind)} if spec.nested else {},
            spec=spec,
        )


def placed(root: Element, element: Element) -> Placed:
    """Follow the way from the root down to the element along the fields of the documents."""
    names = [root_name(each)[1] for each in (element, *element.iterancestors())][::-1]
    place = _message(MESSAGES[names[0]])
    for name in names[1:]:
        place = place.inside(name)
    return place


def _message(message: Message) -> Placed:
    parts = {"Header": _part("Header", Header), message.body: _part(message.body, message.document)}
    return Placed(
        element=message.name,
        says=message.name,
        number=None,
        law=None,
        how=f"Give its parts: {', '.join(parts)}.",
        example=f"<{message.name}>{''.join(f'<{name}>...</{name}>' for name in parts)}</{message.name}>",
        parts=parts,
    )


def _part(tag: str, model: type[Document]) -> FieldSpec:
    """One of the two parts of a message, as if it were a field."""
    return FieldSpec(
        name=tag, tag=tag, block=Block(says=tag), type=model, lexical=None, optional=False, many=False, least=1, most=1
    )


def home_of(root: Element, name: str) -> str | None:
    """The element of this message in which an element of that name may stand."""
    return _homes(MESSAGES[root_name(root)[1]]).get(name)


@cache
def _homes(message: Message) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for parent, spec in (*walked("Header", Header), *walked(message.body, message.document)):
        found.setdefault(spec.tag, parent)
    return found


def example(spec: FieldSpec) -> str:
    """How the element may look in a message: the same in every language."""
    kind: Any = spec.type
    if spec.nested:
        inner = "".join(f"<{each.tag}>...</{each.tag}>" for each in fields(kind) if not each.optional)
        return f"<{spec.tag}>{inner or '...'}</{spec.tag}>"
    attribute = f' {ATTRIBUTES[kind][2]}="{_ATTRIBUTE_LIKE[kind]}"' if kind in ATTRIBUTES else ""
    return f"<{spec.tag}{attribute}>{value_like(spec)}</{spec.tag}>"


def value_like(spec: FieldSpec) -> str:
    """A value of the field as it may stand between its tags."""
    kind: Any = spec.type
    if kind is bool:
        return "true"
    if is_enumeration(kind):
        return str(next(iter(kind)).value)
    listed = spec.block.codes or ""
    if listed in codes.LISTS:
        return codes.entries(listed)[0].code
    if listed in _LIKE:
        return _LIKE[listed]
    return (spec.lexical.example if spec.lexical else None) or "..."
