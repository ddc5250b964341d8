"""Parts that several documents share: parties, facilities, declarations, annexes, remarks.

Sources: Basel Convention, Annex V A and V B; the common notification and movement forms.
"""

from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.types import (
    BlockNumber,
    CountryCode,
    Day,
    Email,
    FormCode,
    Instant,
    Line,
    PartyID,
    Phone,
    Words,
)
from waste_bpm.law import codes
from waste_bpm.vocabulary import Text


class PartyDetails(Document):
    """A person or firm named on the form."""

    id: Annotated[PartyID, Block(says="Registration number")]
    name: Annotated[Line, Block(says="Name", personal="contact details")]
    address: Annotated[Line, Block(says="Address", personal="contact details", wco="04A", cefact="UN01000895")]
    country: Annotated[CountryCode, Block(says="Country", codes="COUNTRY")]
    contact: Annotated[
        Line, Block(says="Contact person", reach=True, personal="contact details", wco="246", cefact="UN03000243")
    ]
    phone: Annotated[
        Phone, Block(says="Telephone with country code", reach=True, personal="contact details", wco="240")
    ]
    email: Annotated[Email, Block(says="E-mail", reach=True, personal="contact details", wco="240")]


class CarrierDetails(Document):
    """An intended carrier and how it carries."""

    party: Annotated[PartyDetails, Block(says="Carrier")]
    means_of_transport: Annotated[
        tuple[FormCode, ...],
        Block(says="Means of transport", codes="TRANSPORT", cefact="UN03000311 ModeCode"),
        MinLen(1),
    ]
    permit: Annotated[Line | None, Block(says="Registration or permit of the carrier", law="Basel Art. 4(7)(a)")] = None


class GeneratorDetails(Document):
    """A generator of the waste, with the site and the process where it arose (Annex V A items 3 and 16)."""

    party: Annotated[PartyDetails, Block(says="Generator")]
    site: Annotated[Line, Block(says="Site of generation", wco="L016", cefact="UN03000261")]
    process: Annotated[Line, Block(says="Process of generation", cefact="UN01005217")]


class FacilityDetails(Document):
    """The disposal or recovery facility and its actual site (Annex V A item 4)."""

    party: Annotated[PartyDetails, Block(says="Disposal or recovery facility")]
    site: Annotated[Line, Block(says="Actual site of disposal or recovery", wco="L016", cefact="UN03000261")]
    permit: Annotated[Line | None, Block(says="Permit of the facility", law="Basel Art. 4(7)(a)")] = None


class LaterFacility(Document):
    """A facility that treats the waste after an interim operation, and what it does (annex to blocks 10 and 11)."""

    facility: Annotated[FacilityDetails, Block(says="Facility and actual site")]
    operations: Annotated[tuple[FormCode, ...], Block(says="D or R codes", codes="OPERATION"), MinLen(1)]


class Declaration(Document):
    """Blocks 17 (notification) and 15 (movement): who declares that everything said is true."""

    name: Annotated[Line, Block(says="Name of the signatory", personal="signatory", wco="R007")]
    function: Annotated[Line, Block(says="Function of the signatory", personal="signatory")]
    signed_on: Annotated[Day, Block(says="Date of the signature")]
    signed_at: Annotated[Instant | None, Block(says="Moment of an electronic signature")] = None


class Annex(Document):
    """A paper that belongs to the document: which, to which block, and the digest of its file."""

    title: Annotated[Line, Block(says="Title of the annex")]
    to_block: Annotated[BlockNumber, Block(says="Block to which it belongs")]
    sha256: Annotated[Line | None, Block(says="SHA-256 of the file")] = None


class Remark(Document):
    """A remark with its author (block 16 of the movement document); remarks are only ever added."""

    author: Annotated[PartyID, Block(says="Who says it")]
    at: Annotated[Instant | None, Block(says="When it was said")] = None
    text: Annotated[tuple[Words, ...], Block(says="What is said", wco="225"), MinLen(1)]


def undescribed(listed: str, given: tuple[str, ...], words: tuple[Text, ...]) -> str | None:
    """A code of a form that needs words beside it and has none."""
    needs = (code for code in given if (entry := codes.find(listed, code)) and entry.needs_text)
    return None if words else next(needs, None)
