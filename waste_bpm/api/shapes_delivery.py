"""The shapes of what is told of delivery: what has not arrived, and who knows what of a case."""

from datetime import datetime

from pydantic import Field

from waste_bpm.api.shapes import Shape
from waste_bpm.vocabulary import Role


class Undelivered(Shape):
    """Letters for one node that have not arrived."""

    node: str
    waiting: int
    oldest: datetime | None
    attempts: int
    next_attempt: datetime | None = Field(description="None: at the next round, or on paper.")
    on_paper: bool
    refused: int
    failing_since: datetime | None
    said: str | None = Field(description="What its last attempt ended with.")


class InRole(Shape):
    """A party in its role in the case."""

    party: str
    role: Role
    country: str


class Act(Shape):
    """An act of a person that is a layer: by whom, when, and whether it came on paper."""

    by: str
    at: datetime
    on_paper: str | None


class Told(Shape):
    """A letter to a node, and how far it went; a layer that nobody has told of is null."""

    message: str
    name: str
    written_at: datetime
    state: str
    replaced_by: str | None
    stored: datetime | None = Field(description="The node has the bytes.")
    valid: bool | None = Field(description="They have passed its gate.")
    read: Act | None = Field(description="An officer there has read it.")
    acknowledged: Act | None = Field(description="Its authority has acknowledged: only this starts a clock.")


class ToldUs(Shape):
    """What a party of a node told this node: a message, or a paper that was entered here."""

    message: str | None
    name: str
    at: datetime
    on_paper: str | None


class Knows(Shape):
    """What one node knows of a case."""

    node: str
    here: bool
    reached: str = Field(description="here, peer, paper, or not registered.")
    parties: list[InRole]
    told: list[Told]
    not_yet: int
    told_us: list[ToldUs]


class ComparedCase(Shape):
    """How what another node holds of a case compared last with what is held here."""

    node: str
    case_id: str
    result: str | None = Field(description="equal, under way, or different; null: never compared.")
    stream: str | None = Field(description="The first stream that is not the same.")
    beside: list[str] = Field(description="The streams that cannot be compared.")
    since: datetime | None = Field(description="Since when it is so.")
    compared_at: datetime | None
    tried_at: datetime
    said: str | None = Field(description="Why it was not compared at the last attempt.")
