"""The header that begins every message: who says it, to whom, about which case, and which events it reports.

It is the first child of the message's root. Transport data stay outside, so the bytes never change on their way.
`recorded` names the events of the sender's log that the message reports, so that a receiver records the same facts
under the same stream and version.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic_core import PydanticCustomError

from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.types import Count, Day, Instant, Lexical, Line, MessageID, NotificationNumber
from waste_bpm.vocabulary import Role

CaseID = Annotated[
    str,
    Lexical(
        name="CaseID",
        base="xs:token",
        example="0d6f7a52-3f0b-5d1c-9a57-4c1d2b8e6a10",
        pattern=r"[A-Za-z0-9][A-Za-z0-9-]{0,63}",
    ),
]
Stream = Annotated[
    str,
    Lexical(name="Stream", base="xs:token", example="movement/1", pattern=r"[a-z_]{1,30}(/[A-Za-z0-9._-]{1,40}){0,2}"),
]
TypeCode = Annotated[
    str, Lexical(name="TypeCode", base="xs:token", example="TMW.03.1", pattern=r"TMW\.[0-9]{2}\.[0-9]{1,2}")
]
Version = Annotated[str, Lexical(name="Version", base="xs:token", example="1.0", pattern=r"[0-9]{1,3}\.[0-9]{1,3}")]


class FunctionCode(StrEnum):
    """What the message is to earlier ones: the subset of UNTDED 1225 in use."""

    ORIGINAL = "9"


@dataclass(frozen=True, slots=True)
class PartyRef:
    """A party of the case in one of its roles."""

    id: str
    role: Role


_PARTY = r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}"


def _party(ref: PartyRef) -> PartyRef:
    name = ref.id.strip()
    if not re.fullmatch(_PARTY, name):
        raise PydanticCustomError("party", "{given} is not the identifier of a party", {"given": repr(name)[:60]})
    return PartyRef(name, ref.role)


Named = Annotated[PartyRef, Lexical(name="PartyRef", base="xs:token", example="KE-CA", pattern=_PARTY, check=_party)]


class Recorded(Document):
    """One event that the message reports: its stream, its version there, and what happened."""

    stream: Annotated[Stream, Block(says="Process instance")]
    version: Annotated[Count, Block(says="Version of the instance after the event")]
    event: Annotated[Line, Block(says="What happened")]


class LegalClock(Document):
    """A deadline that the event started: the rule, its first and last day, and where it is written."""

    rule: Annotated[Line, Block(says="Rule")]
    start: Annotated[Day, Block(says="First day")]
    due: Annotated[Day, Block(says="Last day")]
    owed_by: Annotated[Role, Block(says="Who owes it")]
    owes: Annotated[Line, Block(says="What is owed")]
    reference: Annotated[Line, Block(says="Source")]
    uncounted: Annotated[Count | None, Block(says="Days that were not counted")] = None
    falls_on: Annotated[Line | None, Block(says="Why the last day is no working day")] = None
    zone: Annotated[Line | None, Block(says="Time zone in which its days are counted")] = None
    pauses: Annotated[bool | None, Block(says="Stands still during an information request")] = None


SIGNAL, OF_A_CASE = "signal", "case"
"""How much a header says: of bytes that travelled, or of what happened in a case."""


class Header(Document):
    """What every message says of itself.

    A technical signal and a report speak of no event of one case: their header is at its first stage, and leaves out
    what only a case has.
    """

    stages: ClassVar[tuple[str, ...]] = (SIGNAL, OF_A_CASE)

    message: Annotated[MessageID, Block(says="Identity of the message, unique for ever")]
    type_code: Annotated[TypeCode, Block(says="Type of the message")]
    profile: Annotated[Line | None, Block(says="Legal regime", required_from=OF_A_CASE)] = None
    function: Annotated[FunctionCode, Block(says="Original")] = FunctionCode.ORIGINAL
    issued_at: Annotated[Instant, Block(says="Issued at")]
    occurred_at: Annotated[Instant, Block(says="When it happened")]
    conversation: Annotated[CaseID | None, Block(says="The case", required_from=OF_A_CASE)] = None
    notification_number: Annotated[NotificationNumber | None, Block(says="Notification number", number="N3")] = None
    sender: Annotated[Named, Block(says="Who says it")]
    receivers: Annotated[tuple[Named, ...], Block(says="To whom", required_from=OF_A_CASE)] = ()
    recorded: Annotated[
        tuple[Recorded, ...], Block(says="Events reported", filled_from=OF_A_CASE, required_from=OF_A_CASE)
    ] = ()
    clocks: Annotated[tuple[LegalClock, ...], Block(says="Deadlines started", filled_from=OF_A_CASE)] = ()
    law: Annotated[Line | None, Block(says="Legal basis of the step", required_from=OF_A_CASE)] = None
    exercise: Annotated[bool, Block(says="Exercise: no legal effect")] = False

    @property
    def case(self) -> str:
        """The case; blank in a message that speaks of none."""
        return self.conversation or ""
