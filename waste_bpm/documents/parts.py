"""Parts that several documents share: parties, waste identity, route, declaration.

Sources: Basel Convention, Annex V A and V B; the common notification and movement forms.
"""

from enum import StrEnum
from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.types import (
    BlockNumber,
    CountryCode,
    Day,
    Email,
    FormCode,
    Instant,
    Line,
    Listed,
    PartyID,
    Percentage,
    Phone,
    Place,
    UNClass,
    UNNumber,
    Words,
)


class PartyDetails(Document):
    """A person or firm named on the form."""

    id: Annotated[PartyID, Block(says="Registration number")]
    name: Annotated[Line, Block(says="Name", personal="contact details")]
    address: Annotated[Line, Block(says="Address", personal="contact details")]
    country: Annotated[CountryCode, Block(says="Country", codes="COUNTRY")]
    contact: Annotated[Line, Block(says="Contact person", personal="contact details")]
    phone: Annotated[Phone, Block(says="Telephone with country code", personal="contact details")]
    email: Annotated[Email, Block(says="E-mail", personal="contact details")]


class CarrierDetails(Document):
    """An intended carrier and how it carries."""

    party: Annotated[PartyDetails, Block(says="Carrier")]
    means_of_transport: Annotated[tuple[FormCode, ...], Block(says="Means of transport", codes="TRANSPORT"), MinLen(1)]
    permit: Annotated[Line | None, Block(says="Registration or permit of the carrier", law="Basel Art. 4(7)(a)")] = None


class GeneratorDetails(Document):
    """A generator of the waste, with the site and the process where it arose (Annex V A items 3 and 16)."""

    party: Annotated[PartyDetails, Block(says="Generator")]
    site: Annotated[Line, Block(says="Site of generation")]
    process: Annotated[Line, Block(says="Process of generation")]


class FacilityDetails(Document):
    """The disposal or recovery facility and its actual site (Annex V A item 4)."""

    party: Annotated[PartyDetails, Block(says="Disposal or recovery facility")]
    site: Annotated[Line, Block(says="Actual site of disposal or recovery")]
    permit: Annotated[Line | None, Block(says="Permit of the facility", law="Basel Art. 4(7)(a)")] = None


class LaterFacility(Document):
    """A facility that treats the waste after an interim operation, and what it does (annex to blocks 10 and 11)."""

    facility: Annotated[FacilityDetails, Block(says="Facility and actual site")]
    operations: Annotated[tuple[FormCode, ...], Block(says="D or R codes", codes="OPERATION"), MinLen(1)]


class Constituent(Document):
    """What the waste consists of, with its share as a range (block 12)."""

    name: Annotated[Line, Block(says="Constituent")]
    least: Annotated[Percentage | None, Block(says="At least, percent")] = None
    most: Annotated[Percentage | None, Block(says="At most, percent")] = None

    @rule(
        "n12-range-in-order",
        field="most",
        law="Annex V A 13",
        fix="Give the smaller share first, or one share twice when it does not vary.",
    )
    def _in_order(self) -> str | None:
        if self.least is None or self.most is None or self.least <= self.most:
            return None
        return f"{self.name}: at least {self.least} % and at most {self.most} % cannot both be."


class CodeFamily(StrEnum):
    """The families of block 14 that may be answered with "not applicable", which is an answer and no blank."""

    OECD = "oecd"
    EC_LIST = "ec_list"
    NATIONAL_EXPORT = "national_export"
    NATIONAL_IMPORT = "national_import"
    OTHER = "other"
    Y = "y"
    H = "h"
    UN_CLASS = "un_class"
    UN_NUMBER = "un_number"
    SHIPPING_NAME = "shipping_name"
    CUSTOMS = "customs"


class WasteIdentification(Document):
    """Block 14: what the waste is, in every list that knows it. `NOT LISTED` is a value, not a blank."""

    basel: Annotated[Listed, Block(says="i Basel Annex VIII, IX or II", number="14.i", law="Basel Annex V A 13")]
    oecd: Annotated[FormCode | None, Block(says="ii OECD code", number="14.ii")] = None
    other: Annotated[tuple[Listed, ...], Block(says="iii-vi national and other codes", number="14.vi")] = ()
    y_codes: Annotated[tuple[FormCode, ...], Block(says="vii Y-code", number="14.vii", codes="Y")] = ()
    h_codes: Annotated[tuple[FormCode, ...], Block(says="viii H-code", number="14.viii", codes="H")] = ()
    un_classes: Annotated[tuple[UNClass, ...], Block(says="ix UN class", number="14.ix")] = ()
    un_number: Annotated[UNNumber | None, Block(says="x UN number", number="14.x")] = None
    shipping_name: Annotated[Line | None, Block(says="xi UN shipping name", number="14.xi")] = None
    hs_codes: Annotated[tuple[Line, ...], Block(says="xii customs code (HS)", number="14.xii")] = ()
    not_applicable: Annotated[tuple[CodeFamily, ...], Block(says="Answered with not applicable", number="14")] = ()
    statement: Annotated[
        tuple[Words, ...], Block(says="Why a code is left out or two lists are named", number="14")
    ] = ()


class RouteRole(StrEnum):
    """What a State is to the route."""

    EXPORT = "export"
    TRANSIT = "transit"
    IMPORT = "import"


class RouteState(Document):
    """Block 15: a State of the route with its competent authority and its border points, in order of travel."""

    role: Annotated[RouteRole, Block(says="Export, transit or import")]
    country: Annotated[CountryCode, Block(says="a State concerned", codes="COUNTRY")]
    authority: Annotated[PartyID, Block(says="b Competent authority")]
    entry_point: Annotated[Place | None, Block(says="c Point of entry")] = None
    entry_office: Annotated[PartyID | None, Block(says="c Customs office of entry")] = None
    exit_point: Annotated[Place | None, Block(says="c Point of exit")] = None
    exit_office: Annotated[PartyID | None, Block(says="c Customs office of exit")] = None


class Routing(Document):
    """A routing that may be used instead of block 15; the movement document says which one was."""

    name: Annotated[Line, Block(says="Name of the routing")]
    states: Annotated[tuple[RouteState, ...], Block(says="States concerned in order", law="Annex V A 10"), MinLen(2)]


class CustomsRole(StrEnum):
    """What a customs office of block 16 is to the consignment."""

    EXPORT = "export"
    EXIT = "exit"
    TRANSIT = "transit"
    ENTRY = "entry"


class CustomsOffice(Document):
    """Block 16: a customs office of the route."""

    role: Annotated[CustomsRole, Block(says="Export, exit, transit or entry")]
    country: Annotated[CountryCode, Block(says="State", codes="COUNTRY")]
    office: Annotated[PartyID, Block(says="Customs office")]


class Declaration(Document):
    """Blocks 17 (notification) and 15 (movement): who declares that everything said is true."""

    name: Annotated[Line, Block(says="Name of the signatory", personal="signatory")]
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
    text: Annotated[tuple[Words, ...], Block(says="What is said"), MinLen(1)]
