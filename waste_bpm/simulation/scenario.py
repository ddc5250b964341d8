"""A scenario: a story of a consignment as data, step by step, with the consignment file it is about.

`scenarios/*.yaml` holds what happens when; the consignment file (`examples/*/consignment.json`) holds who the parties
are, which waivers are on file, and the notification. The same scenario is demonstration, training and test.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from waste_bpm import resources
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.law.rules import Waiver
from waste_bpm.vocabulary import Finding, Party, Role

M = TypeVar("M", bound=BaseModel)


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PartyEntry(_Closed):
    """A party of the consignment; `home` is the State whose node keeps its acts."""

    id: str
    name: str
    country: str
    roles: tuple[Role, ...]
    home: str
    calendar: str | None = None


class WaiverEntry(_Closed):
    """A waiver of written consent as it is on file, or as the example supposes."""

    country: str
    since: date
    until: date | None = None
    source: str


class Consignment(_Closed):
    """A consignment file: the case, its parties, the waivers on file, and its notification."""

    schema_: Annotated[Literal["waste-bpm/consignment/v1"], Field(alias="schema")]
    case: str
    title: str
    about: str
    parties: tuple[PartyEntry, ...]
    waivers: tuple[WaiverEntry, ...] = ()
    notification: dict[str, Any]

    def register(self, nodes: Mapping[str, str]) -> tuple[Party, ...]:
        """The parties with the node of each, when the States in `nodes` are hosted so; others host themselves."""
        return tuple(
            Party(
                id=party.id,
                name=party.name,
                country=party.country,
                roles=frozenset(party.roles),
                node=nodes.get(party.home, party.home.lower()),
                calendar=party.calendar,
            )
            for party in self.parties
        )

    def waivers_on_file(self) -> tuple[Waiver, ...]:
        """The waivers as the law takes them."""
        return tuple(Waiver(**waiver.model_dump()) for waiver in self.waivers)


class Entry(_Closed):
    """One thing that happens: an act, a message from a party elsewhere, or a checklist run.

    `expect` names the rules by which the act is refused: it then is shown, and changes nothing.
    """

    at: AwareDatetime
    say: str
    by: str
    on: str
    step: str
    data: dict[str, Any] | None = None
    message: str | None = None
    sop: str | None = None
    answers: dict[str, Any] | None = None
    expect: tuple[str, ...] = ()


class Scenario(_Closed):
    """A story over one consignment file, in order of time."""

    scenario: Literal["waste-bpm/scenario/v1"]
    id: str
    title: str
    consignment: str
    ends: AwareDatetime
    steps: tuple[Entry, ...]

    @property
    def folder(self) -> str:
        """The folder of `examples/` that the story draws on."""
        return str(Path(self.consignment).parent)

    def message(self, entry: Entry) -> bytes:
        """The bytes of the message that a step brings; raises NotFound when the step brings none."""
        if entry.message is None:
            raise NotFound(Finding(rule_id="message-missing", message=f"{entry.say} brings no message."))
        return resources.path("examples", self.folder, entry.message).read_bytes()


@cache
def scenario(name: str) -> Scenario:
    """The packaged scenario of this name; raises NotFound, or InputInvalid naming the file and the step."""
    known = {file.stem: file for file in resources.files("scenarios", "*.yaml")}
    if name not in known:
        raise NotFound(
            Finding(
                rule_id="scenario-unknown",
                message=f"There is no scenario {name!r}.",
                fix=f"There are: {', '.join(known)}.",
            )
        )
    return _valid(Scenario, resources.read_yaml(known[name]), known[name])


def consignment(file: Path) -> Consignment:
    """The consignment file; raises InputInvalid naming what is wrong in it."""
    try:
        data = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise InputInvalid(
            Finding(rule_id="json-malformed", message=f"{file.name} is not JSON: {error.msg}.", line=error.lineno)
        ) from error
    return _valid(Consignment, data, file)


def consignment_of(story: Scenario) -> Consignment:
    """The consignment file of a scenario."""
    return consignment(resources.path("examples", story.consignment))


def _valid(model: type[M], data: Any, file: Path) -> M:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InputInvalid(
            Finding(
                rule_id="file-shape",
                message=f"{file.name}: {detail['msg']}.",
                pointer="/" + "/".join(str(part) for part in detail["loc"]),
            )
            for detail in error.errors(include_url=False)
        ) from error
