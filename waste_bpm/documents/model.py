"""What a document is: a frozen pydantic model whose fields know their form block, their citation and their life.

`fields(model)` gives the one description from which XML, XSD, the matrix of required and sealed fields (`life`), and
the pointers of findings are derived. Rules across fields are methods marked `@rule`, each with a stable id.
"""

import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar, Union, get_args, get_origin

from annotated_types import MaxLen, MinLen
from pydantic import BaseModel, ConfigDict

from waste_bpm.documents.types import Lexical
from waste_bpm.law.rules import Law
from waste_bpm.vocabulary import Finding, Severity

_SPELT = {"id": "ID", "un": "UN", "hs": "HS"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Where a field stands on the form, what it means in words, and from which stage it is filled, required, sealed.

    `stage` names are those of the document's `stages`; `codes` is the list (of `law/lists`) that its codes come from;
    a part that is `reach` stays open to the signature after the one that seals the field that it stands in, and the
    parts named in `own` to the signature of the party whose entry it is (`life`); to a field that `grows` an entry is
    added by whoever makes it, and none is changed; `since` is the minor version of the
    utility block that brought the field; what is `assumed` may be left out of a message, which then says the default.
    `personal` names the category of personal data that it holds; `wco` and `cefact` are the ids of the same notion in
    the WCO Data Model and the UN/CEFACT library, where verified.
    """

    says: str
    number: str | None = None
    law: str | None = None
    since: int = 0
    filled_from: str | None = None
    required_from: str | None = None
    sealed_from: str | None = None
    reach: bool = False
    own: tuple[str, ...] = ()
    grows: bool = False
    codes: str | None = None
    assumed: bool = False
    personal: str | None = None
    wco: str | None = None
    cefact: str | None = None


class Document(BaseModel):
    """The root of all documents: frozen, closed to unknown fields.

    `stages` are the steps of the document's life in order; the first is where it is drafted. `ways` tells for a stage
    how what was sealed at it can still be changed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")
    stages: ClassVar[tuple[str, ...]] = ("filed",)
    ways: ClassVar[Mapping[str, str]] = {}

    def codes_on(self, on: date) -> date:
        """The day at which the codes of the document are judged: that of the act, unless the document has its own."""
        return on

    @classmethod
    def changed(cls, before: "Document", own: dict[str, Any], basis: "Document | None") -> Any:
        """The data of the document on file with what was sent changed in them; `basis` is what both were made from."""
        return patched(before.model_dump(mode="json"), own)


def patched(on_file: Any, sent: Any) -> Any:
    """The data on file with what was sent changed in them (RFC 7396): what is left out stays, null takes it away."""
    if not isinstance(sent, dict) or not isinstance(on_file, dict):
        return sent
    kept = {name: value for name, value in on_file.items() if sent.get(name, value) is not None or name not in sent}
    changed = {name: patched(on_file.get(name), value) for name, value in sent.items() if value is not None}
    return {**kept, **changed}


D = TypeVar("D", bound=Document)
Check = Callable[..., str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule across the fields of one document: its id, where it points, why, and how to cure a breach.

    It is asked from its `stage` on. One with a `parameter` is asked only where the regime of the case sets that rule of
    law: the check is given the value, and the finding cites the source of the value.
    """

    id: str
    field: str
    law: str
    fix: str
    severity: Severity
    check: Check
    stage: str | None = None
    parameter: str | None = None

    def finding(self, document: Document, *, law: Law | None = None, on: date | None = None) -> Finding | None:
        """What the rule has to say about this document; None when it is kept or not asked."""
        held = None
        if self.parameter is None:
            message = self.check(document)
        else:
            held = law.on(self.parameter, on) if law and on else None
            message = self.check(document, held.value) if held else None
        if message is None:
            return None
        spec = next(spec for spec in fields(type(document)) if spec.name == self.field)
        return Finding(
            rule_id=self.id,
            message=message,
            severity=self.severity,
            pointer=f"/{self.field}",
            xpath=f"/{spec.tag}",
            block=spec.block.number,
            law=held.reference if held else self.law,
            fix=self.fix,
        )

    def asked_at(self, document: type[Document], stage: str | None) -> bool:
        """Whether the rule is asked when the document stands at this stage."""
        if stage is None or self.stage is None:
            return True
        return document.stages.index(self.stage) <= document.stages.index(stage)


def rule(
    id: str,
    *,
    field: str,
    law: str,
    fix: str,
    severity: Severity = Severity.ERROR,
    stage: str | None = None,
    parameter: str | None = None,
) -> Callable[[Check], Check]:
    """Mark a method of a document as a rule: it returns a sentence when the rule is broken, else None."""

    def mark(check: Check) -> Check:
        declared = Rule(
            id=id, field=field, law=law, fix=fix, severity=severity, check=check, stage=stage, parameter=parameter
        )
        check.__rule__ = declared  # type: ignore[attr-defined]
        return check

    return mark


@cache
def rules(model: type[Document]) -> tuple[Rule, ...]:
    """The rules of a document in the order in which they are written."""
    found: dict[str, Rule] = {}
    for owner in reversed(model.__mro__):
        found.update({name: value.__rule__ for name, value in vars(owner).items() if hasattr(value, "__rule__")})
    return tuple(found.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldSpec:
    """One field as the schema, the XML and the form see it.

    `type` is a Document for a nested element, else the Python type of a leaf written as `lexical` (or an enumeration).
    """

    name: str
    tag: str
    block: Block
    type: type[Any]
    lexical: Lexical | None
    optional: bool
    many: bool
    least: int
    most: int | None

    @property
    def nested(self) -> bool:
        """Whether the element holds elements."""
        return issubclass(self.type, Document)


def tag(name: str, *, many: bool = False) -> str:
    """The XML name of a field: `hs_codes`, of which there are many -> `HSCode`, one element each."""
    words = name.split("_")
    if many:
        words[-1] = _singular(words[-1])
    return "".join(_SPELT.get(word, word.capitalize()) for word in words)


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


@cache
def fields(model: type[Document]) -> tuple[FieldSpec, ...]:
    """The fields of a document in the order of the form."""
    return tuple(_spec(name, info) for name, info in model.model_fields.items())


def _spec(name: str, info: Any) -> FieldSpec:
    kind, optional = _without_none(info.annotation)
    metadata = list(info.metadata)
    most = next((item.max_length for item in metadata if isinstance(item, MaxLen)), None)
    many = get_origin(kind) is tuple
    if many:
        kind = get_args(kind)[0]
    while get_origin(kind) is Annotated:
        kind, *more = get_args(kind)
        metadata += more
    block = next((item for item in metadata if isinstance(item, Block)), Block(says=info.description or name))
    least = next((item.min_length for item in metadata if isinstance(item, MinLen)), 0)
    return FieldSpec(
        name=name,
        tag=tag(name, many=many),
        block=block,
        type=kind,
        lexical=next((item for item in metadata if isinstance(item, Lexical)), None),
        optional=optional or block.assumed or (many and least == 0),
        many=many,
        least=least if many else int(not optional),
        most=most,
    )


def _without_none(annotation: Any) -> tuple[Any, bool]:
    while get_origin(annotation) is Annotated and get_origin(get_args(annotation)[0]) in (Union, types.UnionType):
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        (kind,) = [part for part in get_args(annotation) if part is not type(None)]
        return kind, True
    return annotation, False


def present_at(model: type[Document], stage: str | None, minor: int) -> Iterator[tuple[FieldSpec, bool]]:
    """The fields that a document has at a stage and minor version, each with whether it is required by then."""
    order = model.stages
    at = order.index(stage) if stage else len(order) - 1
    for spec in fields(model):
        filled, needed = spec.block.filled_from, spec.block.required_from
        if spec.block.since > minor or (filled and order.index(filled) > at):
            continue
        yield spec, not spec.optional or bool(needed and order.index(needed) <= at)


def is_enumeration(kind: type[Any]) -> bool:
    """Whether a leaf is one of a small, frozen set of words."""
    return issubclass(kind, StrEnum)
