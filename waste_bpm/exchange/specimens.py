"""Example messages of every block, made from what the fields and the rows declare: the same bytes each time.

Of each message a full one, in which every field is there, and a minimal one, in which only what is required is there;
of each document one for each of its rules, which breaks that rule and no other. What rules across fields tie together
is declared with the policy of a block, for a document that is a part of others once for all of them.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from waste_bpm.documents.model import Document, FieldSpec, Rule, present_at, rules
from waste_bpm.exchange import saying
from waste_bpm.law.rules import regime
from waste_bpm.processes.process import Step
from waste_bpm.utility_blocks import xml
from waste_bpm.utility_blocks.catalogue import BLOCKS, Message
from waste_bpm.utility_blocks.envelope import Header, LegalClock, PartyRef, Recorded
from waste_bpm.utility_blocks.places import value_like
from waste_bpm.utility_blocks.policy import Example, policy
from waste_bpm.vocabulary import Code, Quantity, Role, Severity, Text, Unit

AT = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
"""The moment of all examples: every regime that they name is in force."""
_NUMBERS = {"EU": "DE 000427"}
"""The number of the notification in the examples, where the regime is not for the States of the others."""
_NUMBER = "KE 000427"
_KEYS = {"country": "LK", "serial": "1", "office": "SG-PORT", "number": "1", "part": "1"}
_ONLY_FULL = ("profile", "conversation", "law")
"""What the header of a signal may leave out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Specimen:
    """An example message: its file, its bytes, what it is an example of, and the rules that it breaks."""

    message: Message
    kind: str
    data: bytes
    gives: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.message.name}-{self.kind}.xml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Breakable:
    """A rule that a message can break, the document that has it, and the values that break it, where declared."""

    rule: Rule
    document: str
    breach: Mapping[str, Any] | None


def specimens(message: Message) -> Iterator[Specimen]:
    """The examples of a message; those that break a rule stand with the first message of their document."""
    minor = message.package.minor
    whole = _said(message.document, message.stage, minor, full=True)
    yield _written(message, "full", whole)
    yield _written(message, "minimal", _said(message.document, message.stage, minor, full=False))
    if message is not first_of(message):
        return
    for each in breakable(message):
        if each.breach is not None:
            yield _written(message, each.rule.id, _with(whole, each.breach, add=True), gives=(each.rule.id,))


def first_of(message: Message) -> Message:
    """The first message of the block that carries this document at this stage."""
    alike = saying.messages(message.package)
    return next(each for each in alike if (each.document, each.stage) == (message.document, message.stage))


def breakable(message: Message) -> tuple[Breakable, ...]:
    """The rules whose breach refuses the message as it is, in the order of its fields."""
    found: dict[str, Breakable] = {}
    for each in _breakable(message.document, message.stage, message.package.minor):
        found.setdefault(each.rule.id, each)
    return tuple(found.values())


def _breakable(model: type[Document], stage: str | None, minor: int) -> Iterator[Breakable]:
    """The rules that can be broken in a document or a part of it; what the whole declares goes before the part."""
    breaks = _declared(model.__name__).breaks
    for each in (*_own(model, stage, minor), *_of_parts(model, stage, minor)):
        yield replace(each, breach=breaks[each.rule.id]) if each.rule.id in breaks else each


def _own(model: type[Document], stage: str | None, minor: int) -> Iterator[Breakable]:
    """The rules of the document itself whose field can stand in the message."""
    names = {spec.name for spec, _ in present_at(model, stage, minor)}
    for each in rules(model):
        if each.severity is Severity.ERROR and each.field in names and each.asked_at(model, stage):
            yield Breakable(rule=each, document=model.__name__, breach=None)


def _of_parts(model: type[Document], stage: str | None, minor: int) -> Iterator[Breakable]:
    for spec, _ in present_at(model, stage, minor):
        at = f"/{spec.name}/0" if spec.many else f"/{spec.name}"
        for each in _breakable(spec.type, None, minor) if spec.nested else ():
            breach = each.breach and {f"{at}{pointer}": value for pointer, value in each.breach.items()}
            yield replace(each, breach=breach)


@cache
def _declared(document: str) -> Example:
    held = (policy(package).examples.get(document) for package in BLOCKS.values())
    return next((each for each in held if each), Example())


def _said(model: type[Document], stage: str | None, minor: int, *, full: bool) -> dict[str, Any]:
    """The data of a document: of every field, or of what is required, a value as the field or its example declares."""
    data: dict[str, Any] = {}
    for spec, required in present_at(model, stage, minor):
        if full or required:
            value = _said(spec.type, None, minor, full=full) if spec.nested else _value(spec, full=full)
            data[spec.name] = [deepcopy(value) for _ in range(max(spec.least, 1))] if spec.many else value
    declared = _declared(model.__name__)
    said = _with(data, declared.says)
    return said if full else _with(said, declared.minimal, add=True)


def _value(spec: FieldSpec, *, full: bool) -> Any:
    kind: Any = spec.type
    if kind in _MADE:
        return _MADE[kind](spec, full)
    if kind is str and spec.lexical and not spec.lexical.pattern and not spec.block.codes:
        return spec.block.says
    return value_like(spec)


_MADE: Mapping[type[Any], Callable[[FieldSpec, bool], Any]] = {
    bool: lambda spec, full: full,
    date: lambda spec, full: AT.date().isoformat(),
    datetime: lambda spec, full: AT.isoformat(),
    Quantity: lambda spec, full: {"amount": value_like(spec), "unit": Unit.TONNE},
    Text: lambda spec, full: {"text": spec.block.says, "language": "en"},
    Code: lambda spec, full: {"code": value_like(spec), "list": "BASEL-VIII"},
}
"""How a value of a type is made; all others are said as the field itself shows."""


def _with(data: dict[str, Any], changes: Mapping[str, Any], *, add: bool = False) -> dict[str, Any]:
    """The data with other values at some pointers: only where something stands, unless it may be added.

    What is added behind the last of a list is like the last, with the value changed.
    """
    changed = deepcopy(data)
    for pointer, value in changes.items():
        *way, last = pointer.strip("/").split("/")
        place: Any = changed
        for part in way:
            place = _inside(place, part, add=add)
        if isinstance(place, list) and int(last) < len(place):
            place[int(last)] = deepcopy(value)
        elif isinstance(place, dict) and value is None:
            place.pop(last, None)
        elif isinstance(place, dict) and (add or last in place):
            place[last] = deepcopy(value)
    return changed


def _inside(place: Any, part: str, *, add: bool) -> Any:
    if isinstance(place, list):
        if add and int(part) == len(place):
            place.append(deepcopy(place[-1]))
        return place[int(part)] if int(part) < len(place) else None
    return place.get(part) if isinstance(place, dict) else None


def _written(message: Message, kind: str, data: dict[str, Any], gives: tuple[str, ...] = ()) -> Specimen:
    document = message.document.model_validate(data)
    header = _header(message, kind, getattr(document, "regime", None))
    written = xml.write(message, header, document, message.package.minor)
    return Specimen(message=message, kind=kind, data=xml.indented(written), gives=gives)


def _header(message: Message, kind: str, regime: str | None) -> Header:
    """The header of an example: under the regime that the document names, or that of the block."""
    package = message.package
    profile, said = _under(message, regime or policy(package).profile)
    sender, full = said.senders[0], kind == "full"
    others = tuple(role for role in said.receivers if role != sender) or said.receivers
    written = Header(
        message=f"urn:uuid:{uuid5(NAMESPACE_URL, f'{package.namespace}:{message.name}:{kind}')}",
        type_code=message.code,
        profile=profile,
        issued_at=AT,
        occurred_at=AT,
        conversation=str(uuid5(NAMESPACE_URL, "urn:waste-bpm:example:case")),
        notification_number=policy(package).number or _NUMBERS.get(profile, _NUMBER) if full else None,
        sender=_party(sender),
        receivers=tuple(_party(role) for role in (others if full else others[:1])),
        law=said.law,
        exercise=True,
    )
    if said.row is None:
        return written if full else written.model_copy(update=dict.fromkeys(_ONLY_FULL))
    return written.model_copy(update=_of_row(said.row, profile, full=full))


def _under(message: Message, usual: str) -> tuple[str, saying.Saying]:
    """The regime under which an example is said, and the row: another regime where no row of the usual one says it."""
    said = saying.sayings(message.name)
    mine = next((each for each in said if not each.regimes or usual in each.regimes), None)
    return (usual, mine) if mine is not None else (said[0].regimes[0], said[0])


def _of_row(row: saying.Row, profile: str, *, full: bool) -> dict[str, Any]:
    """The event that an example reports, and the clocks that the event starts."""
    key = "/".join(_KEYS[part] for part in row.process.parts)
    stream = f"{row.process.name}/{key}" if key else row.process.name
    return {
        "recorded": (Recorded(stream=stream, version=1, event=row.step.event),),
        "clocks": tuple(_clocks(row.step, profile)) if full else (),
    }


def _party(role: Role) -> PartyRef:
    return PartyRef(role.replace("_", "-").upper(), role)


def _clocks(step: Step, profile: str) -> Iterator[LegalClock]:
    """The clocks that the step starts under the regime of the examples, from their day."""
    law, start = regime(profile), AT.date()
    for name in step.starts:
        rule = law.rule(name)
        due, held = rule.due(start), rule.on(start)
        if due and held and rule.owed_by and rule.owes:
            yield LegalClock(
                rule=name, start=start, due=due, owed_by=rule.owed_by, owes=rule.owes, reference=held.reference
            )
