"""The door for documents: from data that somebody sent to a document, or to every reason why not.

First the shape of each field, then the codes at a day, then the rules across fields; each finding points to the field,
the XML element and the block of the form.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import orjson
from pydantic import ValidationError

from waste_bpm.documents.model import D, Document, FieldSpec, fields, present_at, rules
from waste_bpm.errors import InputInvalid
from waste_bpm.law import codes, countries
from waste_bpm.vocabulary import Code, Finding

_SAYS = {
    "missing": "{says} is missing.",
    "extra_forbidden": "There is no field of this name here.",
    "unexpected_keyword_argument": "There is no field of this name here.",
    "string_too_long": "{says} is longer than {max_length} characters.",
    "string_too_short": "{says} is empty.",
    "too_short": "{says}: at least {min_length} must be given.",
    "string_type": "{says} must be text.",
    "string_pattern_mismatch": "{says}: {given} is not written as this field is written.",
    "enum": "{says}: {given} is not one of {expected}.",
    "decimal_parsing": "{says}: {given} is not a number.",
    "greater_than_equal": "{says}: {given} is less than {ge}.",
    "less_than_equal": "{says}: {given} is more than {le}.",
    "date_from_datetime_parsing": "{says}: {given} is no day of the calendar.",
}
_FIX = {
    "missing": "Fill it in.",
    "enum": "Write one of the words listed.",
    "not_positive": "Give an amount of more than zero with its unit (TNE, KGM, MTQ or LTR).",
    "negative": "Give an amount of zero or more with its unit (TNE, KGM, MTQ or LTR).",
    "day": "Write the day as YYYY-MM-DD, for instance 2026-03-01.",
    "date_from_datetime_parsing": "Write a day that exists as YYYY-MM-DD, for instance 2026-02-28.",
    "instant": "Write it as 2026-03-01T08:30:00Z, with the zone.",
    "dataclass_type": 'Give the number and its unit together, for instance {"amount": "25.0", "unit": "TNE"}.',
}


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


def read_json(model: type[D], body: bytes, *, on: date, stage: str | None = None) -> D:
    """The document that a JSON body says; raises InputInvalid (400 when it is not JSON at all)."""
    return read(model, parse_json(body), on=on, stage=stage)


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
    return [*_missing(document, stage), *_codes_and_rules(document, on, "", "")]


def _missing(document: Document, stage: str | None) -> Iterator[Finding]:
    if stage is None:
        return
    for spec, required in present_at(type(document), stage, minor=99):
        if required and getattr(document, spec.name) in (None, ()):
            yield Finding(
                rule_id="field-missing",
                message=f"{spec.block.says} is missing.",
                pointer=f"/{spec.name}",
                xpath=f"/{spec.tag}",
                block=spec.block.number,
                law=spec.block.law,
                fix="Fill it in.",
            )


def _codes_and_rules(document: Document, on: date, pointer: str, xpath: str) -> Iterator[Finding]:
    """Walk the elements that can hold something to check; most documents are mostly plain text."""
    for spec in _worth_checking(type(document)):
        value = getattr(document, spec.name)
        for index, item in enumerate(value if spec.many else () if value is None else (value,)):
            at = f"{pointer}/{spec.name}/{index}" if spec.many else f"{pointer}/{spec.name}"
            path = f"{xpath}/{spec.tag}[{index + 1}]" if spec.many else f"{xpath}/{spec.tag}"
            if isinstance(item, Document):
                yield from _codes_and_rules(item, on, at, path)
            elif finding := _code_problem(spec, item, on):
                yield _at(finding, spec, at, path)
    for each in rules(type(document)):
        if finding := each.finding(document):
            yield _moved(finding, pointer, xpath)


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
    if listed == "OPERATION":
        listed = "D" if code.startswith("D") else "R"
    return codes.problem(listed, code, on)


def _code_problem(spec: FieldSpec, item: Any, on: date) -> Finding | None:
    if isinstance(item, Code):
        return None if item.code == "NOT LISTED" else _code_problem_cached(item.list, item.code, on)
    return _code_problem_cached(spec.block.codes or "", item, on)


def _at(finding: Finding, spec: FieldSpec, pointer: str, xpath: str) -> Finding:
    said = finding.as_json() | {"pointer": pointer, "xpath": xpath}
    said.setdefault("block", spec.block.number)
    return Finding(**said)


def _moved(finding: Finding, pointer: str, xpath: str) -> Finding:
    if not pointer:
        return finding
    said = finding.as_json()
    return Finding(**said | {"pointer": f"{pointer}{finding.pointer}", "xpath": f"{xpath}{finding.xpath}"})


def _of_shape(model: type[Document], error: ValidationError) -> Iterator[Finding]:
    for detail in error.errors(include_url=False):
        spec, xpath = _place(model, detail["loc"])
        kind, given = detail["type"], repr(detail["input"])[:60]
        words: Mapping[str, Any] = {
            **detail.get("ctx", {}),
            "given": given,
            "says": spec.block.says if spec else "Field",
        }
        template = _SAYS.get(kind)
        message = template.format(**words) if template else f"{words['says']}: {detail['msg'].rstrip('.')}."
        yield Finding(
            rule_id="field-" + kind.replace("_", "-"),
            message=message,
            pointer="/" + "/".join(str(part) for part in detail["loc"]),
            xpath=xpath,
            block=spec.block.number if spec else None,
            law=spec.block.law if spec else None,
            value=None if kind == "missing" else given,
            fix=_FIX.get(kind) or _did_you_mean(model, detail["loc"]) if kind == "extra_forbidden" else _FIX.get(kind),
        )


def _place(model: type[Document], loc: tuple[Any, ...]) -> tuple[FieldSpec | None, str | None]:
    """The innermost declared field on the way, and the XPath of the element."""
    spec: FieldSpec | None = None
    numbered: str | None = None
    xpath = ""
    for part in loc:
        if isinstance(part, int):
            xpath += f"[{part + 1}]"
            continue
        inner = next((each for each in fields(model) if each.name == part), None) if model else None
        if inner is None:
            break
        spec = inner
        numbered = inner.block.number or numbered
        xpath += f"/{inner.tag}"
        model = inner.type if inner.nested else Document
    if spec and numbered and spec.block.number is None:
        spec = _numbered(spec, numbered)
    return spec, xpath or None


def _numbered(spec: FieldSpec, number: str) -> FieldSpec:
    return replace(spec, block=replace(spec.block, number=number))


def _did_you_mean(model: type[Document], loc: tuple[Any, ...]) -> str | None:
    near = difflib.get_close_matches(str(loc[-1]), [spec.name for spec in fields(model)], n=1)
    return f"Did you mean {near[0]}?" if near else "Leave it out."
