"""The manifest of a utility block: what a partner's system reads before it speaks the block.

Every line is derived: triggers, senders, receivers and answers from the rows of the processes, deadlines from the law,
fields, code lists and personal data from the documents, conformance tests from the examples. Only purpose, access,
retention and disputes are declared, in the policy of the block. Its JSON Schema is `schemas/manifest/v1.json`.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from waste_bpm import resources
from waste_bpm.documents.life import matrix
from waste_bpm.documents.model import Document, FieldSpec, fields, present_at
from waste_bpm.exchange import saying, specimens
from waste_bpm.law import codes, rules
from waste_bpm.utility_blocks import xsd
from waste_bpm.utility_blocks.catalogue import Message, Package
from waste_bpm.utility_blocks.envelope import Header
from waste_bpm.utility_blocks.policy import Clause, policy
from waste_bpm.vocabulary import Code, Role

_NO_LISTS = {"COUNTRY": "ISO 3166-1", "REGIME": "the regimes of the law"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Term(_Part):
    """What one regime sets for a deadline from a day on; null with the reason where it sets nothing."""

    regime: str
    since: str
    value: int | None
    unit: str
    reference: str
    confidence: str
    reason: str | None = None


class Reply(_Part):
    """A message that answers another, with its deadline, or with the source that says it answers."""

    message: str
    rule: str | None = None
    source: str | None = None
    terms: tuple[Term, ...] = ()


class Trigger(_Part):
    """A step or an occasion that says the message: who speaks, who is told, and the event that it reports, if any."""

    step: str
    title: str
    event: str | None = None
    senders: tuple[Role, ...]
    receivers: tuple[Role, ...]
    law: str
    regimes: tuple[str, ...] = ()


class MessageEntry(_Part):
    """One message of the block."""

    name: str
    type_code: str
    root_element: str
    xsd: str
    document: str
    says: str
    triggers: tuple[Trigger, ...]
    senders: tuple[Role, ...]
    receivers: tuple[Role, ...]
    replies: tuple[Reply, ...]
    code_lists: tuple[str, ...]
    matrix: tuple[dict[str, Any], ...]


class CodeList(_Part):
    """A code list that fields of the block use."""

    id: str
    title: str


class Personal(_Part):
    """A category of personal data, and the elements that hold it."""

    category: str
    elements: tuple[str, ...]


class Conformance(_Part):
    """An example, and what a node has to answer: nothing, or exactly these rules."""

    message: str
    kind: str
    file: str
    valid: bool
    gives: tuple[str, ...]


class Manifest(_Part):
    """The package of a utility block, for machines."""

    manifest_version: Literal[1] = 1
    id: Annotated[str, Field(pattern="^UB-TMW-[0-9]{2}$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+$")]
    title: str
    covers: str
    status: Literal["draft", "released"]
    namespace: str
    xsd: tuple[str, ...]
    legal_basis: tuple[str, ...]
    purpose_limitation: Clause
    access: tuple[Clause, ...]
    personal_data_rules: tuple[Clause, ...]
    retention: tuple[Clause, ...]
    disputes: tuple[Clause, ...]
    roles: tuple[Role, ...]
    messages: tuple[MessageEntry, ...]
    code_lists: tuple[CodeList, ...]
    personal_data_categories: tuple[Personal, ...]
    conformance_tests: tuple[Conformance, ...]

    def as_json(self) -> dict[str, Any]:
        """The manifest as its file holds it."""
        return self.model_dump(mode="json", by_alias=True)


def manifest(package: Package) -> Manifest:
    """The manifest of a block."""
    declared = policy(package)
    said = saying.messages(package)
    entries = tuple(_entry(message) for message in said)
    return Manifest(
        id=package.id,
        version=package.version,
        title=package.title,
        covers=declared.covers,
        status="released" if xsd.is_released(package, package.minor) else "draft",
        namespace=package.namespace,
        xsd=tuple(xsd.file_of(package, minor)[-1] for minor in range(package.minor + 1)),
        legal_basis=_unique(trigger.law for each in entries for trigger in each.triggers),
        purpose_limitation=declared.purpose,
        access=declared.access,
        personal_data_rules=declared.personal_data,
        retention=declared.retention,
        disputes=declared.disputes,
        roles=saying.unique(role for each in entries for role in (*each.senders, *each.receivers)),
        messages=entries,
        code_lists=tuple(_code_list(name) for name in sorted({name for each in entries for name in each.code_lists})),
        personal_data_categories=tuple(_personal(said)),
        conformance_tests=tuple(_conformance(each) for message in said for each in specimens.specimens(message)),
    )


def _entry(message: Message) -> MessageEntry:
    return MessageEntry(
        name=message.name,
        type_code=message.code,
        root_element=message.name,
        xsd=xsd.file_of(message.package, message.package.minor)[-1],
        document=message.document.__name__,
        says=(message.document.__doc__ or "").partition("\n")[0],
        triggers=tuple(_trigger(said) for said in saying.sayings(message.name)),
        senders=saying.senders(message.name),
        receivers=saying.receivers(message.name),
        replies=tuple(_reply(each) for each in saying.answers(message)),
        code_lists=_unique(sorted(_lists(message))),
        matrix=tuple(matrix(message.document)),
    )


def _trigger(said: saying.Saying) -> Trigger:
    return Trigger(
        step=said.name,
        title=said.title,
        event=said.event,
        senders=said.senders,
        receivers=said.receivers,
        law=said.law,
        regimes=said.regimes,
    )


def _reply(answer: saying.Answer) -> Reply:
    terms = tuple(_terms(answer.rule)) if answer.rule else ()
    return Reply(message=answer.message, rule=answer.rule, source=answer.source, terms=terms)


def _terms(name: str) -> Iterator[Term]:
    for regime in rules.regimes():
        rule = rules.regime(regime).rules.get(name)
        for value in rule.values if rule else ():
            yield Term(
                regime=regime,
                since=value.since.isoformat(),
                value=value.number,
                unit=value.unit,
                reference=value.reference,
                confidence=value.confidence,
                reason=rule.reason if rule and value.number is None else None,
            )


def walked(message: Message) -> Iterator[tuple[str, FieldSpec]]:
    """Every field that the message can hold, with its path below the root: the header first."""
    yield from _inside("Header", Header, message.package.header, message.package.minor)
    yield from _inside(message.body, message.document, message.stage, message.package.minor)


def _inside(path: str, model: type[Document], stage: str | None, minor: int) -> Iterator[tuple[str, FieldSpec]]:
    for spec, _ in present_at(model, stage, minor) if stage else ((each, True) for each in fields(model)):
        if spec.block.since > minor:
            continue
        yield f"{path}/{spec.tag}", spec
        if spec.nested:
            yield from _inside(f"{path}/{spec.tag}", spec.type, None, minor)


def _lists(message: Message) -> Iterator[str]:
    for _, spec in walked(message):
        if spec.block.codes:
            yield from ("D", "R") if spec.block.codes == "OPERATION" else (spec.block.codes,)
        elif spec.type is Code:
            yield from (name for name in codes.LISTS if name.startswith("BASEL"))


def _code_list(name: str) -> CodeList:
    title = _NO_LISTS.get(name) or codes.LISTS[name].title
    return CodeList(id=name, title=title)


def _personal(said: Iterable[Message]) -> Iterator[Personal]:
    found: dict[str, dict[str, None]] = {}
    for message in said:
        for path, spec in walked(message):
            if spec.block.personal:
                found.setdefault(spec.block.personal, {})[path] = None
    yield from (Personal(category=name, elements=tuple(paths)) for name, paths in sorted(found.items()))


def _conformance(each: specimens.Specimen) -> Conformance:
    return Conformance(
        message=each.message.name,
        kind=each.kind,
        file=f"examples/{each.file}",
        valid=not each.gives,
        gives=each.gives,
    )


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def schema() -> dict[str, Any]:
    """The JSON Schema of a manifest."""
    made = Manifest.model_json_schema(by_alias=True, mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:waste-bpm:schema:manifest:v1"}
    return {**head, **made}


def place(package: Package, *parts: str) -> Any:
    """Where a file of the package lies in `schemas/`."""
    return resources.path("schemas", package.id, str(package.major), *parts)
