"""The door for documents: from data that somebody sent to a document, or to every reason why not.

First the shape of each field, then the codes at a day, then the rules across fields; each finding points to the field,
the XML element and the block of the form. An error refuses; a warning is told with the success (`warnings`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from typing import Any

import orjson
from pydantic import ValidationError

from waste_bpm.documents.model import D, Document, FieldSpec, Rule, fields, present_at, rules
from waste_bpm.documents.shape import how_to_code, how_to_write, of_shape
from waste_bpm.errors import InputInvalid
from waste_bpm.law import codes, countries
from waste_bpm.law.rules import Law, regime, regimes
from waste_bpm.vocabulary import Code, Finding, Quantity, Severity, Text, Unit

_PRECISION = {Unit.TONNE: "quantity_decimals_tonnes", Unit.KILOGRAM: "quantity_decimals_kilograms"}
"""The rule of law that limits the decimals of a declared quantity, by its unit."""
_MOST_KEPT = 4096
"""Of the codes that were looked up; messages from anywhere may name any."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """What a document is judged by: the day of its codes, the day of the act, the law of its regime."""

    dated: date
    on: date
    law: Law | None


def read(model: type[D], data: Any, *, on: date, stage: str | None = None, law: Law | None = None) -> D:
    """The document that the data say; raises InputInvalid with all findings."""
    return complete(shaped(model, data), on=on, stage=stage, law=law)


def shaped(model: type[D], data: Any) -> D:
    """The document of the right shape that the data say, its rules not yet asked; raises InputInvalid."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InputInvalid(list(of_shape(model, error))) from error


def complete(document: D, *, on: date, stage: str | None = None, law: Law | None = None) -> D:
    """The document itself when it is complete for its stage and keeps every rule; raises InputInvalid otherwise.

    What is only to be looked at is not asked for: see `judged`.
    """
    _refuse(_findings(document, stage, _Asked(dated=on, on=on, law=law), refusing=True))
    return document


def judged(document: Document, *, on: date, stage: str | None = None, law: Law | None = None) -> tuple[Finding, ...]:
    """What is to be looked at in a document that is complete and keeps every rule; raises InputInvalid otherwise."""
    found = findings(document, on=on, stage=stage, law=law)
    _refuse(found)
    return tuple(found)


def _refuse(found: Sequence[Finding]) -> None:
    wrong = [each for each in found if each.severity is Severity.ERROR]
    if wrong:
        raise InputInvalid(wrong)


def warnings(document: Document, *, on: date, stage: str | None = None, law: Law | None = None) -> tuple[Finding, ...]:
    """What a person should look at although nothing is refused for it."""
    found = findings(document, on=on, stage=stage, law=law)
    return tuple(each for each in found if each.severity is not Severity.ERROR)


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


def findings(document: Document, *, on: date, stage: str | None = None, law: Law | None = None) -> list[Finding]:
    """What is wrong with a document that has the right shape: missing at its stage, codes at the day, rules.

    `law` is that of the case; a document that names its regime is judged by that one, also inside another.
    """
    return _findings(document, stage, _Asked(dated=on, on=on, law=law), refusing=False)


def _findings(document: Document, stage: str | None, asked: _Asked, *, refusing: bool) -> list[Finding]:
    judged = _judged(type(document), stage, refusing)
    return [*_missing(document, stage), *_codes_and_rules(document, judged, asked)]


def _missing(document: Document, stage: str | None) -> Iterator[Finding]:
    if stage is None:
        return
    for spec in _required(type(document), stage):
        value = getattr(document, spec.name)
        if not value and value in (None, ()):
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


def _codes_and_rules(document: Document, judged: "_Judged", asked: _Asked) -> list[Finding]:
    """Walk the elements that can hold something to check; most documents are mostly plain text, and mostly right."""
    if judged.alone:
        named = _law(getattr(document, "regime", None))
        asked = _Asked(dated=document.codes_on(asked.dated), on=asked.on, law=named or asked.law)
    found: list[Finding] = []
    said = vars(document)
    for name, wrong_in in judged.steps:
        value = said[name]
        if value and (wrong := wrong_in(value, asked)):
            found += wrong
    for check, each in judged.rules:
        if (each.parameter is not None or check(document) is not None) and (
            broken := each.finding(document, law=asked.law, on=asked.on)
        ):
            found.append(broken)
    return found


_WrongIn = Callable[[Any, _Asked], Sequence[Finding]]
"""What is wrong in the value of a field, as seen from the document that has the field."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Judged:
    """What is asked of every document of a kind: the fields worth a look, and the rules.

    One that is `alone` may have a regime or a day of its codes of its own.
    """

    alone: bool
    steps: tuple[tuple[str, _WrongIn], ...]
    rules: tuple[tuple[Callable[[Any], str | None], Rule], ...]


@cache
def _judged(model: type[Document], stage: str | None, refusing: bool) -> _Judged:
    """What is asked at a stage; without the rules that only warn, where all that counts is what refuses."""
    asked = (each for each in rules(model) if each.asked_at(model, stage))
    return _Judged(
        alone="regime" in model.model_fields or model.codes_on is not Document.codes_on,
        steps=tuple((spec.name, _wrong_in(spec, refusing)) for spec in _worth_checking(model)),
        rules=tuple((each.check, each) for each in asked if each.severity is Severity.ERROR or not refusing),
    )


def _wrong_in(spec: FieldSpec, refusing: bool) -> _WrongIn:
    """How the value of a field is judged; that of one that repeats, item by item."""
    judge = _wrong_in_document(spec, refusing) if spec.nested else _wrong_value(spec)
    if spec.type is Text:
        return lambda texts, asked: _said_twice(texts, spec) if len(texts) > 1 else ()
    if not spec.many:
        return judge
    return lambda items, asked: [each for index, item in enumerate(items) for each in judge(item, asked, index)]


def _wrong_in_document(spec: FieldSpec, refusing: bool) -> Callable[..., Sequence[Finding]]:
    kind: Any = spec.type
    inner = _judged(kind, None, refusing)

    def wrong(document: Document, asked: _Asked, index: int = 0) -> Sequence[Finding]:
        found = _codes_and_rules(document, inner, asked)
        if not found:
            return ()
        at, path = _place(spec, index)
        return [replace(each, pointer=f"{at}{each.pointer}", xpath=f"{path}{each.xpath}") for each in found]

    return wrong


def _wrong_value(spec: FieldSpec) -> Callable[..., Sequence[Finding]]:
    listed = spec.block.codes or ""
    problem_of = _JUDGES.get(spec.type) or (lambda code, asked: _problem(listed, code, asked.dated))

    def wrong(value: Any, asked: _Asked, index: int = 0) -> Sequence[Finding]:
        problem = problem_of(value, asked)
        if problem is None:
            return ()
        at, path = _place(spec, index)
        return (replace(problem, pointer=at, xpath=path, block=problem.block or spec.block.number),)

    return wrong


def _place(spec: FieldSpec, index: int) -> tuple[str, str]:
    """The pointer and the path to a value of a field."""
    if not spec.many:
        return f"/{spec.name}", f"/{spec.tag}"
    return f"/{spec.name}/{index}", f"/{spec.tag}[{index + 1}]"


@cache
def _law(name: str | None) -> Law | None:
    """The law of the regime that a document names; None when it names none, or one that is not there."""
    return regime(name) if name is not None and name in regimes() else None


@cache
def _worth_checking(model: type[Document]) -> tuple[FieldSpec, ...]:
    return tuple(
        spec
        for spec in fields(model)
        if spec.block.codes
        or spec.type in (Code, Quantity)
        or (spec.type is Text and spec.many)
        or (spec.nested and _has_checks(spec.type))
    )


def _has_checks(model: Any) -> bool:
    return bool(rules(model) or _worth_checking(model))


def too_precise(quantity: Quantity, law: Law | None, on: date) -> Finding | None:
    """A declared quantity has no more decimals than the regime takes; inside, amounts stay exact."""
    name = _PRECISION.get(quantity.unit)
    held = law.on(name, on) if law and name else None
    if held is None or not isinstance(held.value, int) or quantity.decimals <= held.value:
        return None
    return Finding(
        rule_id="quantity-decimals",
        message=f"{quantity} has {quantity.decimals} decimals; the regime takes {held.value} for this unit.",
        value=str(quantity),
        law=held.reference,
        fix="Round the quantity as the regime asks, and keep the weighbridge ticket with the exact one.",
    )


def _said_twice(texts: tuple[Text, ...], spec: FieldSpec) -> Sequence[Finding]:
    """Free text is said once in each language; the first is the authentic one."""
    languages = [each.language for each in texts]
    twice = next((each for each in languages if languages.count(each) > 1), None)
    if twice is None:
        return ()
    return (
        Finding(
            rule_id="text-language-twice",
            message=f"The text is given more than once in the language {twice}.",
            pointer=f"/{spec.name}",
            xpath=f"/{spec.tag}",
            block=spec.block.number,
            value=twice,
            fix="Give one text in each language, the authentic one first.",
        ),
    )


def _problem(listed: str, code: str, on: date) -> Finding | None:
    days = _right_on(listed, code)
    return None if days and days[0] <= on <= days[1] else _wrong(listed, code, on)


@lru_cache(maxsize=_MOST_KEPT)
def _right_on(listed: str, code: str) -> tuple[date, date] | None:
    """The first and the last day on which nothing is wrong with a code; None when it has to be asked each time."""
    if listed in _UNDATED:
        return None if _UNDATED[listed](code) else (date.min, date.max)
    entry = codes.find(_list_of(listed, code), code)
    return (entry.valid_from or date.min, entry.valid_to or date.max) if entry else None


def _wrong(listed: str, code: str, on: date) -> Finding | None:
    return _UNDATED[listed](code) if listed in _UNDATED else codes.problem(_list_of(listed, code), code, on)


def _list_of(listed: str, code: str) -> str:
    return listed if listed != "OPERATION" else "D" if code.startswith("D") else "R"


def _regime_problem(name: str) -> Finding | None:
    if name in regimes():
        return None
    return Finding(
        rule_id="regime-unknown",
        message=f"There is no legal regime {name!r} here.",
        value=name,
        fix=how_to_code("REGIME"),
    )


_UNDATED: Mapping[str, Callable[[str], Finding | None]] = {"COUNTRY": countries.problem, "REGIME": _regime_problem}
"""Names that are right or wrong whatever the day."""


_Judge = Callable[[Any, _Asked], Finding | None]


def _listed_problem(item: Code, asked: _Asked) -> Finding | None:
    return None if item.code == codes.NOT_LISTED else _problem(item.list, item.code, asked.dated)


def _amount_problem(item: Quantity, asked: _Asked) -> Finding | None:
    return too_precise(item, asked.law, asked.on)


_JUDGES: Mapping[type[Any], _Judge] = {Code: _listed_problem, Quantity: _amount_problem}
"""How a value of a type is judged; all others are codes of the list that their field names."""
