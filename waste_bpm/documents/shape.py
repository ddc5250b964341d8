"""What is said of a value that has not the shape of its field, and how a person writes it.

Each finding points to the innermost declared field on the way, with its block, its element and its cure.
"""

import dataclasses
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from waste_bpm.documents.model import Document, FieldSpec, fields, is_enumeration
from waste_bpm.documents.types import Lexical
from waste_bpm.law import codes
from waste_bpm.law.rules import regimes
from waste_bpm.vocabulary import Code, Finding, Quantity, Text, Unit

_NO_FIELD = "There is no field {name!r} here."
_NO_NUMBER = "{says}: {given} is not a number."
_NOT_WHOLE = "{says}: {given} is not a whole number."
_NOT_TRUTH = "{says}: {given} is neither true nor false."
_NOT_PARTS = "{says}: {given} is one value where several belong."
_SAYS = {
    "missing": "{says} is missing.",
    "extra_forbidden": _NO_FIELD,
    "unexpected_keyword_argument": _NO_FIELD,
    "string_too_long": "{says} is longer than {max_length} characters.",
    "string_too_short": "{says} is empty.",
    "too_short": "{says}: at least {min_length} must be given.",
    "string_type": "{says} must be text.",
    "string_unicode": "{says}: {given} holds characters that belong to no text.",
    "string_pattern_mismatch": "{says}: {given} is not written as this field is written.",
    "enum": "{says}: {given} is not one of {expected}.",
    "bool_parsing": _NOT_TRUTH,
    "bool_type": _NOT_TRUTH,
    "int_type": _NOT_WHOLE,
    "int_parsing": _NOT_WHOLE,
    "int_parsing_size": _NOT_WHOLE,
    "int_from_float": _NOT_WHOLE,
    "decimal_type": _NO_NUMBER,
    "decimal_parsing": _NO_NUMBER,
    "finite_number": _NO_NUMBER,
    "greater_than_equal": "{says}: {given} is less than {ge}.",
    "less_than_equal": "{says}: {given} is more than {le}.",
    "date_from_datetime_parsing": "{says}: {given} is no day of the calendar.",
    "model_type": _NOT_PARTS,
    "dataclass_type": _NOT_PARTS,
    "tuple_type": "{says}: {given} is not a list.",
}
_WRITE: dict[type[Any], str] = {
    bool: "Write true or false.",
    date: "Write a day of the calendar as YYYY-MM-DD, for instance 2026-03-01.",
    datetime: "Write the time with its zone, for instance 2026-03-01T08:30:00Z.",
    Text: "Write the words, and their language as a tag such as en.",
    Code: "Give the code and the list it is from, for instance A1160 of BASEL-VIII.",
}
_AS_JSON: dict[type[Any], str] = {
    Quantity: '{"amount": "25.5", "unit": "TNE"}',
    Text: '{"text": "Used batteries", "language": "en"}',
    Code: '{"code": "A1160", "list": "BASEL-VIII"}',
}


def how_to_write(spec: FieldSpec) -> str:
    """How a person writes this field: the cure for a value that is not written so, in JSON and XML alike."""
    kind: Any = spec.type
    if spec.nested:
        return f"Give its parts: {', '.join(each.block.says for each in fields(kind))}."
    if is_enumeration(kind):
        return f"Write one of these words: {', '.join(kind)}."
    if spec.block.codes:
        return how_to_code(spec.block.codes)
    if spec.type in _WRITE:
        return _WRITE[spec.type]
    if spec.lexical is None:
        return "Correct it."
    return _how_to_spell(spec.lexical, spec.type)


def how_to_code(listed: str) -> str:
    """How a person writes a code of this list."""
    if listed == "COUNTRY":
        return "Write the country as two capital letters, for instance KE for Kenya."
    if listed == "OPERATION":
        return "Write a D or R code, for instance D10 or R4."
    if listed == "REGIME":
        return f"Write one of {', '.join(regimes())}."
    entry = codes.entries(listed)[0]
    return f"Write a code of the list {listed}, for instance {entry.code} ({entry.label})."


def _how_to_spell(lexical: Lexical, kind: type[Any]) -> str:
    if lexical.digits and kind is not Quantity:
        return f"Write a number with at most {lexical.digits[1]} decimals, for instance {lexical.example}."
    if lexical.digits:
        least = "more than zero" if lexical.positive else "zero or more"
        units = ", ".join(Unit)
        whole, decimals = lexical.digits[0] - lexical.digits[1], lexical.digits[1]
        return (
            f"Give an amount of {least} with its unit ({units}), for instance {lexical.example} TNE; "
            f"at most {whole} digits before and {decimals} after the point."
        )
    if lexical.least is not None:
        return f"Write a whole number from {lexical.least} to {lexical.most}."
    if lexical.pattern:
        return f'Write it like "{lexical.example}".'
    return f"Write words on one line, at most {lexical.max_length} characters."


def of_shape(model: type[Document], error: ValidationError) -> Iterator[Finding]:
    """A finding for each value that has not the shape of its field."""
    for detail in error.errors(include_url=False):
        if not _is_echo(detail):
            yield _shape_finding(model, detail)


def _is_echo(detail: Mapping[str, Any]) -> bool:
    """Pydantic calls a list too short when its items are wrong; they have findings of their own."""
    given = detail["input"]
    return detail["type"] == "too_short" and isinstance(given, list) and len(given) >= detail["ctx"]["min_length"]


def _shape_finding(model: type[Document], detail: Any) -> Finding:
    loc, kind, given = detail["loc"], detail["type"], repr(detail["input"])[:60]
    place = _place(model, loc)
    words = {"given": given, "says": place.says, "name": str(loc[-1]) if loc else "", **detail.get("ctx", {})}
    template = _SAYS.get(kind)
    return Finding(
        rule_id="field-" + kind.replace("_", "-"),
        message=template.format(**words) if template else f"{place.says}: {detail['msg'].rstrip('.')}.",
        pointer="".join(f"/{_escaped(str(part))}" for part in loc),
        xpath=place.xpath,
        block=place.number,
        law=place.spec.block.law if place.spec else None,
        value=None if kind == "missing" else given,
        fix=_cure(kind, place, words["name"]),
    )


def _escaped(part: str) -> str:
    """A step of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where a finding belongs: the innermost declared field on the way, its block, its element, what it consists of."""

    spec: FieldSpec | None
    says: str
    number: str | None
    xpath: str | None
    names: tuple[str, ...]


def _place(model: type[Document], loc: tuple[Any, ...]) -> _Place:
    spec: FieldSpec | None = None
    number: str | None = None
    xpath, says = "", "The document"
    names = tuple(each.name for each in fields(model))
    for part in loc:
        if isinstance(part, int):
            xpath += f"[{part + 1}]"
            continue
        leaf = spec is not None and not spec.nested
        inner = None if leaf else next((each for each in fields(model) if each.name == part), None)
        if inner is None:
            says = f"{says}, {part}" if part in names else says
            break
        spec, says = inner, inner.block.says
        number = inner.block.number or number
        xpath += f"/{inner.tag}"
        model = inner.type
        names = _parts(inner)
    return _Place(spec=spec, says=says, number=number, xpath=xpath or None, names=names)


def _parts(spec: FieldSpec) -> tuple[str, ...]:
    kind: Any = spec.type
    if spec.nested:
        return tuple(each.name for each in fields(kind))
    return tuple(each.name for each in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


def _cure(kind: str, place: _Place, name: str) -> str:
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        near = difflib.get_close_matches(name, place.names, n=1)
        return f"Did you mean {near[0]}?" if near else f"Leave it out. Known here: {', '.join(place.names)}."
    if place.spec is None:
        return f"Give its parts as an object: {', '.join(place.names)}."
    if kind == "tuple_type":
        return "Write a list, between [ and ], even for one value."
    if kind == "dataclass_type":
        return f"Give the parts together, for instance {_AS_JSON.get(place.spec.type, ', '.join(place.names))}."
    how = how_to_write(place.spec)
    return f"Fill it in. {how}" if kind == "missing" else how
