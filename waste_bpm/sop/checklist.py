"""A checklist (standard operating procedure) as it is written in `sops/*.yaml`, and how it is loaded.

The models are the door: a file that does not fit is refused with file, step and reason. What the steps mean together
(does every path end, does every event exist) is asked by `lint`.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, model_validator

from waste_bpm import resources
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.sop.conditions import WORDS, problem
from waste_bpm.vocabulary import Finding

CANNOT_TELL = "cannot_tell"
"""Always an answer of a choice and of a yes-or-no question: an officer is never made to guess."""

Point = Literal["exit", "transit_in", "transit_out", "entry"]
"""Where customs can step in: leaving the State of export, entering and leaving a transit State, entering the last."""

EvidenceType = Literal[
    "photo", "document_no", "scan", "seal_no", "reading", "weight", "count", "geo", "signature", "sample_id",
    "note", "audio", "person",
]  # fmt: skip

Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]


def _well_formed(condition: dict[str, Any]) -> dict[str, Any]:
    if found := problem(condition):
        raise ValueError(found)
    return condition


WrittenCondition = Annotated[
    dict[str, Any],
    AfterValidator(_well_formed),
    WithJsonSchema(
        {"type": "object", "minProperties": 1, "maxProperties": 1, "propertyNames": {"enum": list(WORDS)}},
    ),
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AppliesTo(_Part):
    """Where the checklist is used."""

    points: tuple[Point, ...] = Field(min_length=1)


class Answer(_Part):
    """What kind of answer a step asks for; `of` lists the choices, in the order in which they are shown."""

    type: Literal["choice", "yes_no", "number", "text"]
    of: tuple[Name, ...] = ()

    @property
    def allowed(self) -> tuple[str, ...]:
        """Every answer that may be given, `cannot_tell` last; empty for numbers and texts."""
        if self.type == "yes_no":
            return ("yes", "no", CANNOT_TELL)
        return (*self.of, CANNOT_TELL) if self.type == "choice" else ()

    @model_validator(mode="after")
    def _choices(self) -> Self:
        if (self.type == "choice") != (len(set(self.of)) > 1):
            raise ValueError("a choice lists two or more answers in `of`; no other type lists any")
        if len(set(self.of)) < len(self.of) or CANNOT_TELL in self.of:
            raise ValueError(f"each answer is listed once, and `{CANNOT_TELL}` not at all: it is always allowed")
        return self


class EvidenceAsked(_Part):
    """One piece of evidence a step asks for; what is required must be there before the outcome."""

    type: EvidenceType
    label: str
    required: bool = False


class Next(_Part):
    """Where to go: the first row whose `when` is true is taken; a row without `when` is always taken."""

    when: WrittenCondition | None = None
    go: Name


class Emits(_Part):
    """The process event an outcome asks for, and the reason code it carries."""

    event: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$")]
    reason: Name | None = None


class SopStep(_Part):
    """One screen, one box on paper: warnings, what to do, why, what to tick off, the answer, the evidence.

    `items` are the things to tick off before answering; `facts` names what the case knows and the officer should see
    beside the question. Conditions in `next` may name `answer`, `point`, these facts, and steps by their id.
    """

    id: Name
    kind: Literal["check", "question", "evidence", "notice", "outcome"]
    ask: str
    why: str | None = None
    warn: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    facts: tuple[Name, ...] = ()
    answer: Answer | None = None
    evidence: tuple[EvidenceAsked, ...] = ()
    next: tuple[Next, ...] = ()
    emits: Emits | None = None

    @property
    def required(self) -> tuple[EvidenceAsked, ...]:
        """The evidence without which no outcome can be recorded."""
        return tuple(asked for asked in self.evidence if asked.required)

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if (self.answer is not None) != (self.kind in {"check", "question"}):
            raise ValueError("a check or a question has an `answer`; no other kind of step has one")
        if self.kind == "evidence" and not self.evidence:
            raise ValueError("a step of kind evidence lists the `evidence` it asks for")
        if (self.emits is not None) != (self.kind == "outcome"):
            raise ValueError("an outcome has `emits`; no other kind of step has it")
        if self.kind == "outcome" and self.next:
            raise ValueError("an outcome ends the checklist: it has no `next`")
        return self


class Sop(_Part):
    """A checklist. `id`, `version` and `digest` together pin what an officer was asked, for good.

    `roles` tells who does what; `legal` where it is written; `targets` are service targets (ISO 8601 durations), which
    no law prescribes.
    """

    id: Annotated[str, Field(pattern="^SOP-[0-9]{2}$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
    title: str
    purpose: str
    applies_to: AppliesTo
    roles: dict[Name, str] = Field(min_length=1)
    legal: tuple[str, ...] = Field(min_length=1)
    targets: dict[Name, Annotated[str, Field(pattern="^P[0-9DTHM]+$")]] = {}
    steps: tuple[SopStep, ...] = Field(min_length=1)

    @cached_property
    def by_id(self) -> Mapping[str, SopStep]:
        """The steps by their id."""
        return MappingProxyType({step.id: step for step in self.steps})

    @property
    def facts(self) -> frozenset[str]:
        """Every fact of the case that some step shows."""
        return frozenset(fact for step in self.steps for fact in step.facts)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content as canonical JSON: any change of a word changes it."""
        return digest_of(self.model_dump(mode="json"))

    def step(self, step: str) -> SopStep:
        """Find the step of this id; raises NotFound with what was probably meant."""
        if step in self.by_id:
            return self.by_id[step]
        raise NotFound(_unknown("sop-step-unknown", f"{self.id} has no step {step!r}.", step, self.by_id))

    @model_validator(mode="after")
    def _each_step_once(self) -> Self:
        if twice := [step for step, count in Counter(step.id for step in self.steps).items() if count > 1]:
            raise ValueError(f"each step has its own id, but {', '.join(twice)} is used more than once")
        return self


def load(path: Path) -> Sop:
    """Read the checklist in a file; raises InputInvalid, with file and step, when it does not fit."""
    written = resources.read_yaml(path)
    try:
        sop = Sop.model_validate(written)
    except ValidationError as error:
        raise InputInvalid(_misfit(path, written, found["loc"], found["msg"]) for found in error.errors()) from error
    if sop.id != path.stem:
        raise InputInvalid(_misfit(path, written, ("id",), f"the file {path.name} holds {sop.id}"))
    return sop


@cache
def sops() -> Mapping[str, Sop]:
    """Every packaged checklist by its id; raises InputInvalid when one does not fit."""
    return MappingProxyType({sop.id: sop for sop in map(load, resources.files("sops", "*.yaml"))})


def sop(id: str) -> Sop:
    """One packaged checklist; raises NotFound with what was probably meant."""
    if id in sops():
        return sops()[id]
    raise NotFound(_unknown("sop-unknown", f"There is no checklist {id!r}.", id, sops()))


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a file in `sops/`, for editors and for other readers of the files."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:waste-bpm:schema:sop:v1",
        **Sop.model_json_schema(),
    }


def digest_of(content: object) -> str:
    """SHA-256 of a value as canonical JSON: sorted keys, no spaces; what JSON does not know is written as text."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _unknown(rule_id: str, message: str, asked: str, known: Mapping[str, Any]) -> Finding:
    near = get_close_matches(asked, known, n=1)
    fix = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
    return Finding(rule_id=rule_id, message=message, value=asked, fix=fix)


def _misfit(path: Path, written: Any, loc: tuple[int | str, ...], message: str) -> Finding:
    """Name the file and, where the fault lies in a step, the step by its id."""
    step = ""
    if loc[:1] == ("steps",) and len(loc) > 1:
        row = written["steps"][loc[1]]
        step = str(row.get("id", loc[1])) if isinstance(row, dict) else str(loc[1])
        loc = loc[2:]
    field = ".".join(map(str, loc))
    place = ", ".join([path.name, *([f"step {step}"] if step else []), *([field] if field else [])])
    return Finding(
        rule_id="sop-schema",
        message=f"{place}: {message.removeprefix('Value error, ')}.",
        pointer=f"{path.name}#{step}",
        fix="The form of a checklist is schemas/sop/v1.json.",
    )
