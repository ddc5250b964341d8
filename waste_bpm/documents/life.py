"""The life of each field: from which stage it is filled, required and sealed, and what a changed document changes.

A field is sealed by the signature with which the document reaches the stage named; a part may stay open longer: to the
next signature, or to that of the party whose entry it is. One set of rows says so to the API, the pages, the command
line and the rule that judges a change (Basel Annex V B items 6 and 12).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from waste_bpm.documents.model import Document, FieldSpec, fields
from waste_bpm.documents.parts import PartyDetails

OWN = "own signature"
"""What seals the part of a party that signs for itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Life:
    """One field, or a part of one that has a life of its own; `path` leads to it, with `*` for each of many."""

    path: str
    spec: FieldSpec
    top: FieldSpec
    filled_from: str
    required_from: str | None
    sealed_from: str | None

    @property
    def block(self) -> str | None:
        """The block of the form in which it stands."""
        return self.spec.block.number or self.top.block.number

    @property
    def says(self) -> str:
        """What it is, in words."""
        return self.spec.block.says if self.spec is self.top else f"{self.top.block.says}: {self.spec.block.says}"

    @property
    def corrected(self) -> bool:
        """Whether it stays open beyond the stage at which what it stands in is sealed."""
        return self.sealed_from is not None and self.sealed_from != self.top.block.sealed_from


@cache
def lives(model: type[Document]) -> tuple[Life, ...]:
    """The life of every field, in the order of the form; a part follows the field that it stands in."""
    return tuple(life for spec in fields(model) for life in (_own(model, spec), *_parts(model, spec, spec, spec.name)))


def _own(model: type[Document], spec: FieldSpec) -> Life:
    return Life(
        path=f"/{spec.name}",
        spec=spec,
        top=spec,
        filled_from=spec.block.filled_from or model.stages[0],
        required_from=spec.block.required_from or (None if spec.optional else model.stages[0]),
        sealed_from=spec.block.sealed_from,
    )


def _parts(model: type[Document], top: FieldSpec, within: FieldSpec, path: str) -> Iterator[Life]:
    """The parts of a sealed field that stay open longer: how a party is reached, and what it says of itself."""
    if not within.nested or top.block.sealed_from is None:
        return
    inside: type[Document] = within.type
    for spec in fields(inside):
        inner = f"{path}/*/{spec.name}" if within.many else f"{path}/{spec.name}"
        own = within is top and spec.name in top.block.own
        if own or spec.block.reach:
            yield Life(
                path=f"/{inner}",
                spec=spec,
                top=top,
                filled_from=top.block.filled_from or model.stages[0],
                required_from=None if spec.optional else model.stages[0],
                sealed_from=OWN if own else _next(model, top.block.sealed_from),
            )
        yield from _parts(model, top, spec, inner)


def _next(model: type[Document], stage: str) -> str:
    """The stage after one: the next signature."""
    return model.stages[min(model.stages.index(stage) + 1, len(model.stages) - 1)]


def matrix(model: type[Document]) -> list[dict[str, Any]]:
    """Which field is filled, required and sealed from which stage: one set of rows for API, pages and gate."""
    return [
        {
            "field": life.path[1:],
            "block": life.block,
            "says": life.says,
            "law": life.spec.block.law,
            "filled_from": life.filled_from,
            "required_from": life.required_from,
            "sealed_from": life.sealed_from,
            "amended_by": model.ways.get(life.top.block.sealed_from or ""),
            "codes": life.spec.block.codes,
            "personal": life.spec.block.personal,
            "wco": life.spec.block.wco,
            "cefact": life.spec.block.cefact,
        }
        for life in lives(model)
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A place in which two documents differ: where, the life of the field, and the party whose entry it is."""

    pointer: str
    says: str
    life: Life
    party: str | None


def differences(before: Document, after: Document) -> Iterator[Difference]:
    """The fields in which a document differs from the one on file, each at the deepest place."""
    kind: type[Document] = type(before)
    known = {life.path: life for life in lives(kind)}
    for spec in fields(kind):
        old, new = getattr(before, spec.name), getattr(after, spec.name)
        if old != new:
            yield from _compared(spec, old, new, _Place(known, f"/{spec.name}", known[f"/{spec.name}"], None))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a comparison stands: the lives of the document, the path, the life that holds there, whose entry it is."""

    known: dict[str, Life]
    pointer: str
    life: Life
    party: str | None

    def at(self, name: str, party: str | None) -> "_Place":
        pointer = f"{self.pointer}/{name}"
        path = "/".join("*" if part.isdigit() else part for part in pointer.split("/"))
        return _Place(self.known, pointer, self.known.get(path, self.life), party or self.party)


def _compared(spec: FieldSpec, old: Any, new: Any, place: _Place) -> Iterator[Difference]:
    if spec.many and spec.nested and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            if one != other:
                yield from _inside(one, other, place.at(str(index), None))
    elif spec.nested and not spec.many and old is not None and new is not None:
        yield from _inside(old, new, place)
    else:
        top = place.life.top.block.says
        says = top if spec is place.life.top else f"{top}: {spec.block.says}"
        yield Difference(pointer=place.pointer, says=says, life=place.life, party=place.party)


def _inside(old: Document, new: Document, place: _Place) -> Iterator[Difference]:
    for spec in fields(type(old)):
        one, other = getattr(old, spec.name), getattr(new, spec.name)
        if one != other:
            yield from _compared(spec, one, other, place.at(spec.name, party_in(old)))


def party_in(part: Document) -> str | None:
    """The party whose entry a part of a document is; None where it is nobody's alone."""
    party = part if isinstance(part, PartyDetails) else getattr(part, "party", None)
    return party.id if isinstance(party, PartyDetails) else None


def places(document: Document) -> Iterator[tuple[str, Life, str | None]]:
    """Every field of a document with a life of its own, where it stands in it, and whose entry it is."""
    for life in lives(type(document)):
        yield from _places(document, life.path[1:].split("/"), "", life, None)


def _places(
    value: Any, path: list[str], pointer: str, life: Life, party: str | None
) -> Iterator[tuple[str, Life, str | None]]:
    if isinstance(value, Document):
        party = party_in(value) or party
    if not path or value is None:
        yield pointer or life.path, life, party
    elif path[0] == "*":
        for index, each in enumerate(value):
            yield from _places(each, path[1:], f"{pointer}/{index}", life, party)
    else:
        yield from _places(getattr(value, path[0]), path[1:], f"{pointer}/{path[0]}", life, party)
