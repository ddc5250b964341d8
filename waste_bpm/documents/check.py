"""The door for documents: from data that somebody sent to a document, or to every reason why not.

First the shape of each field, then the codes at a day, then the rules across fields; each finding points to the field,
the XML element and the block of the form.
"""

import dataclasses
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

import orjson
from pydantic import ValidationError

from waste_bpm.documents.model import D, Document, FieldSpec, fields, is_enumeration, present_at, rules
from waste_bpm.documents.types import Lexical
from waste_bpm.errors import InputInvalid
from waste_bpm.law import codes, countries
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
        return _how_to_code(spec.block.codes)
    if spec.type in _WRITE:
        return _WRITE[spec.type]
    if spec.lexical is None:
        return "Correct it."
    return _how_to_spell(spec.lexical)


def _how_to_code(listed: str) -> str:
    if listed == "COUNTRY":
        return "Write the country as two capital letters, for instance KE for Kenya."
    if listed == "OPERATION":
        return "Write a D or R code, for instance D10 or R4."
    if listed == "REGIME":
        return f"Write one of {', '.join(regimes())}."
    entry = codes.entries(listed)[0]
    return f"Write a code of the list {listed}, for instance {entry.code} ({entry.label})."


def _how_to_spell(lexical: Lexical) -> str:
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
        return f"Write it like this: {lexical.example}"
    return f"Write words on one line, at most {lexical.max_length} characters."


def read(model: type[D], data: Any, *, on: date, stage: str | None = None) -> D:
    """The document that the data say; raises InputInvalid with all findings."""
    try:
        document = model.model_validate(data)
    except ValidationError as error:
        raise InputInvalid(list(_of_shape(model, error))) from error
    return complete(document, on=on, stage=stage)


def complete(document: D, *, on: date, stage: str | None = None) -> D:
    """The document itself when it is complete for its stage and keeps every rule; raises InputInvalid otherwise."""
    wrong = [finding for finding in findings(document, on=on, stage=stage) if finding.severity == "error"]
    if wrong:
        raise InputInvalid(wrong)
    return document


def parse_json(body: bytes) -> Any:
    """The value of a JSON body; raises InputInvalid with line and column when it is not JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InputInvalid(
            Finding(
                rule_id="json-malformed",
                message=f"The body is not JSON: {error.msg} ({where}).",
                line=error.lineno,
                fix="Correct the text at this place and send it again.",
            ),
            status=400,
        ) from error


def findings(document: Document, *, on: date, stage: str | None = None) -> list[Finding]:
    """What is wrong with a document that has the right shape: missing at its stage, codes at the day, rules."""
    return [*_missing(document, stage), *_codes_and_rules(document, on)]


def _missing(document: Document, stage: str | None) -> Iterator[Finding]:
    if stage is None:
        return
    for spec in _required(type(document), stage):
        value = getattr(document, spec.name)
        if value is None or value == ():
            yield Finding(
                rule_id="field-missing",
                message=f"{spec.block.says} is missing.",
                pointer=f"/{spec.name}",
                xpath=f"/{spec.tag}",
                block=spec.block.number,
                law=spec.block.law,
                fix=f"Fill it in. {how_to_write(spec)}",
            )


@cache
def _required(model: type[Document], stage: str) -> tuple[FieldSpec, ...]:
    return tuple(spec for spec, required in present_at(model, stage, minor=99) if required)


def _codes_and_rules(document: Document, on: date) -> list[Finding]:
    """Walk the elements that can hold something to check; most documents are mostly plain text, and mostly right."""
    found: list[Finding] = []
    for spec in _worth_checking(type(document)):
        value = getattr(document, spec.name)
        if value is None:
            continue
        for index, item in enumerate(value) if spec.many else ((0, value),):
            if isinstance(item, Document):
                found += [_inside(finding, spec, index, item) for finding in _codes_and_rules(item, on)]
            elif problem := _code_problem(spec, item, on):
                found.append(_inside(problem, spec, index, item))
    for each in rules(type(document)):
        if finding := each.finding(document):
            found.append(finding)
    return found


@cache
def _worth_checking(model: type[Document]) -> tuple[FieldSpec, ...]:
    return tuple(
        spec
        for spec in fields(model)
        if spec.block.codes or spec.type is Code or (spec.nested and _has_checks(spec.type))
    )


def _has_checks(model: Any) -> bool:
    return bool(rules(model) or _worth_checking(model))


@cache
def _code_problem_cached(listed: str, code: str, on: date) -> Finding | None:
    if listed == "COUNTRY":
        return countries.problem(code)
    if listed == "REGIME":
        return _regime_problem(code)
    if listed == "OPERATION":
        listed = "D" if code.startswith("D") else "R"
    return codes.problem(listed, code, on)


def _regime_problem(name: str) -> Finding | None:
    if name in regimes():
        return None
    return Finding(
        rule_id="regime-unknown",
        message=f"There is no legal regime {name!r} here.",
        value=name,
        fix=_how_to_code("REGIME"),
    )


def _code_problem(spec: FieldSpec, item: Any, on: date) -> Finding | None:
    if isinstance(item, Code):
        return None if item.code == codes.NOT_LISTED else _code_problem_cached(item.list, item.code, on)
    return _code_problem_cached(spec.block.codes or "", item, on)


def _inside(finding: Finding, spec: FieldSpec, index: int, item: Any) -> Finding:
    """A finding about a field, or about something in it, as seen from the document that has the field."""
    at = f"/{spec.name}/{index}" if spec.many else f"/{spec.name}"
    path = f"/{spec.tag}[{index + 1}]" if spec.many else f"/{spec.tag}"
    if not isinstance(item, Document):
        return replace(finding, pointer=at, xpath=path, block=finding.block or spec.block.number)
    return replace(finding, pointer=f"{at}{finding.pointer}", xpath=f"{path}{finding.xpath}")


def _of_shape(model: type[Document], error: ValidationError) -> Iterator[Finding]:
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
