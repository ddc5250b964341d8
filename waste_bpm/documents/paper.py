"""What a node puts on record of a letter, e-mail or fax of a State that no node speaks for, and how it compares later.

The paper reports an act that has legally happened; nobody sealed it. So it is on record who entered it, how it came,
the day it bears, the day it came, and the digest of its scan.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.types import Count, Day, Digest, Line, MessageID, PartyID


class Medium(StrEnum):
    """How something came that no node has sealed."""

    LETTER = "letter"
    EMAIL = "e-mail"
    FAX = "fax"


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A paper as the case remembers it: what it reports, of whom, how and when it came, and the digest of its scan."""

    stream: str
    version: int
    event: str
    said_by: str
    medium: Medium
    dated_on: date
    received_on: date
    scan: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A paper beside the sealed message about the same thing: which message, and the fields that are not the same."""

    stream: str
    version: int
    event: str
    message: str
    differs: tuple[str, ...] = ()


class PaperReport(Document):
    """A paper of a State that is not connected, as it was entered here: what it reports, and where it comes from."""

    stream: Annotated[Line, Block(says="Which part of the case it is about")]
    version: Annotated[Count, Block(says="Under which number it is on record here")]
    event: Annotated[Line, Block(says="What it reports")]
    said_by: Annotated[PartyID, Block(says="Whose paper it is")]
    medium: Annotated[Medium, Block(says="How it came")]
    dated_on: Annotated[Day, Block(says="The day it bears")]
    received_on: Annotated[Day, Block(says="The day it came")]
    entered_by: Annotated[Line, Block(says="Who entered it", personal="official")]
    paper_reference: Annotated[Line | None, Block(says="The reference it bears")] = None
    scan: Annotated[Digest, Block(says="Digest of its scan")]

    @property
    def page(self) -> Page:
        """The paper as the case remembers it; who entered it stays in the document, which can be erased."""
        kept = ("stream", "version", "event", "said_by", "medium", "dated_on", "received_on", "scan")
        return Page(**{name: getattr(self, name) for name in kept})


class PaperComparison(Document):
    """The first sealed message about what a paper reported, and what of it is not as the paper said."""

    stream: Annotated[Line, Block(says="Which part of the case it is about")]
    version: Annotated[Count, Block(says="The number of the paper there")]
    event: Annotated[Line, Block(says="What both report")]
    message: Annotated[MessageID, Block(says="The sealed message")]
    differs: Annotated[tuple[Line, ...], Block(says="Fields that are not the same")] = ()

    @property
    def compared(self) -> Comparison:
        """The comparison as the case remembers it."""
        return Comparison(
            **{name: getattr(self, name) for name in ("stream", "version", "event", "message", "differs")}
        )
