"""What a utility block declares of itself, beside what follows from the steps and the documents.

One file of `packages/` for each block: purpose, access, retention, disputes, the replies that no clock tells,
and how its example messages differ from what the fields alone would give. Each sentence names its source: an article,
or that it is the policy of the block.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from waste_bpm import resources
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.utility_blocks.catalogue import Package
from waste_bpm.vocabulary import DEFAULT_REGIME, Finding, Role

OWN = "policy of the block"
"""The source of what no law says."""


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Clause(_Declared):
    """One sentence of a policy with its source; `regime` where it holds for one regime alone."""

    says: str
    source: str
    regime: str | None = None
    confidence: Literal["text read", "to verify"] | None = None


class Answered(_Declared):
    """The message that answers another, where no clock of the law says so."""

    by: str
    source: str


class Occasion(_Declared):
    """When a message is said that no step of a process says: what happened, who speaks and who is told, and why."""

    name: str
    title: str
    by: tuple[Role, ...]
    to: tuple[Role, ...]
    source: str


class Example(_Declared):
    """How the examples of a document differ from what its fields give: by JSON pointer, the value there.

    `says` holds for all examples, in fields that are there; `minimal` for the smallest; each of `breaks` breaks one
    rule, and no other. A document that is a part of others is declared once, and its pointers begin at the part.
    """

    says: Mapping[str, Any] = Field(default_factory=dict)
    minimal: Mapping[str, Any] = Field(default_factory=dict)
    breaks: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)


class Common(_Declared):
    """The clauses that hold for every block; a block may add its own."""

    access: tuple[Clause, ...] = ()
    personal_data: tuple[Clause, ...] = ()
    retention: tuple[Clause, ...] = ()
    disputes: tuple[Clause, ...] = ()


C = TypeVar("C", bound=Common)


class Policy(Common):
    """What a block declares: the policy part of its handbook page, and its examples by document.

    `profile` is the regime under which the examples are sent, where the step is one of that regime, and `number` the
    number of their case, where it is no notification; `occasions` are those of messages that no step says.
    """

    covers: str
    profile: str = DEFAULT_REGIME
    number: str | None = None
    purpose: Clause
    replies: Mapping[str, Answered] = Field(default_factory=dict)
    occasions: Mapping[str, Occasion] = Field(default_factory=dict)
    examples: Mapping[str, Example] = Field(default_factory=dict)


@cache
def policy(package: Package) -> Policy:
    """The policy of a block, with the clauses of every block; raises InputInvalid when a file is not in order."""
    common, own = _read("every-block", Common), _read(package.id, Policy)
    added = {name: (*getattr(common, name), *getattr(own, name)) for name in Common.model_fields}
    return own.model_copy(update=added)


def _read(name: str, model: type[C]) -> C:
    file = resources.path("utility_blocks", "packages", f"{name}.yaml")
    if not file.is_file():
        raise NotFound(_no_policy(name))
    try:
        return model.model_validate(resources.read_yaml(file))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        line = resources.line_of(file, first["loc"])
        message = f"{file.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise InputInvalid(Finding(rule_id="policy-invalid", message=message, line=line, pointer=str(file))) from error


def _no_policy(name: str) -> Finding:
    return Finding(
        rule_id="policy-missing",
        message=f"The utility block {name} does not say what it is for, who may read it, or how long it is kept.",
        fix=f"Write waste_bpm/utility_blocks/packages/{name}.yaml; a file beside it shows how.",
    )
