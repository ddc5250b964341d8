"""What a Party tells, through the Secretariat, of a calendar year: its movements, and what did not go as intended.

The words are those of the Basel Convention, Art. 13(3)(b): (i) what was exported, (ii) what was imported, (iii) the
disposals that did not proceed as intended. What was done to move less waste, (iv), stands in no case and is not here.
"""

from enum import StrEnum
from typing import Annotated

from annotated_types import MaxLen, MinLen

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.types import Amount, Count, CountryCode, Day, FormCode, Line, Listed, NoneOrMore, Year

_LAW = "Basel Art. 13(3)(b)"
_EXPORTED, _IMPORTED, _UNINTENDED = (f"{_LAW}({part})" for part in ("i", "ii", "iii"))
_MOVED = f"{_EXPORTED}, (ii)"
_MOST_ROWS = 3000


class Direction(StrEnum):
    """Which way the waste went, as the State that reports sees it."""

    EXPORTED = "exported"
    IMPORTED = "imported"


class Unintended(StrEnum):
    """Why a disposal did not proceed as intended (Basel Art. 8, 9)."""

    REJECTED = "rejected"
    REJECTED_IN_PART = "rejected_in_part"
    NOT_COMPLETED = "not_completed"
    ILLEGAL_TRAFFIC = "illegal_traffic"


class Outcome(StrEnum):
    """What became of the waste, or of a part of it, instead."""

    OPEN = "open"
    ON_ITS_WAY_BACK = "on_its_way_back"
    RETURNED = "returned"
    DISPOSED_OTHERWISE = "disposed_otherwise"
    REFERRED = "referred"
    ACCOUNTED_FOR = "accounted_for"


class TransmissionRow(Document):
    """What was accepted for disposal in the year of one waste, moved between two States by one way to one operation."""

    direction: Annotated[Direction, Block(says="Exported or imported", law=_MOVED)]
    waste: Annotated[Listed, Block(says="Category: entry of Annex VIII, IX or II", law=_MOVED, wco="145")]
    y_codes: Annotated[tuple[FormCode, ...], Block(says="Category: Y-code", law=_MOVED, codes="Y", wco="145")] = ()
    h_codes: Annotated[
        tuple[FormCode, ...], Block(says="Characteristic: H-code", law=_MOVED, codes="H", wco="145")
    ] = ()
    origin: Annotated[CountryCode, Block(says="State of export", law=_IMPORTED, codes="COUNTRY", wco="062")]
    destination: Annotated[CountryCode, Block(says="State of import", law=_EXPORTED, codes="COUNTRY", wco="465")]
    transit: Annotated[tuple[CountryCode, ...], Block(says="State of transit", law=_EXPORTED, codes="COUNTRY")] = ()
    operations: Annotated[
        tuple[FormCode, ...], Block(says="D or R operation, as notified", law=_MOVED, codes="OPERATION"), MinLen(1)
    ]
    shipments: Annotated[Count, Block(says="Number of shipments")]
    quantity: Annotated[Amount, Block(says="Amount accepted by the facilities", law=_MOVED)]


class UnintendedDisposal(Document):
    """A disposal that did not proceed as intended, and what became of each part of the waste."""

    kind: Annotated[Unintended, Block(says="What happened", law=_UNINTENDED)]
    on: Annotated[Day, Block(says="On")]
    notification_number: Annotated[Line | None, Block(says="Notification number", number="N3")] = None
    shipment: Annotated[Count | None, Block(says="Number of the shipment", number="M2")] = None
    origin: Annotated[CountryCode | None, Block(says="State of export", codes="COUNTRY", wco="062")] = None
    destination: Annotated[CountryCode | None, Block(says="State of import", codes="COUNTRY", wco="465")] = None
    waste: Annotated[Listed | None, Block(says="Entry of Annex VIII, IX or II", wco="145")] = None
    quantity: Annotated[Amount | None, Block(says="Amount, where it is known")] = None
    outcomes: Annotated[tuple[Outcome, ...], Block(says="What became of each part", law="Basel Art. 8, 9"), MinLen(1)]


class AnnualTransmissionData(Document):
    """The movements in which a State was involved in a calendar year (Basel Art. 13(3)(b))."""

    country: Annotated[CountryCode, Block(says="State that reports", law="Basel Art. 13(3)", codes="COUNTRY")]
    year: Annotated[Year, Block(says="Calendar year", law="Basel Art. 13(3)")]
    drawn_up_on: Annotated[Day, Block(says="Drawn up on")]
    rows: Annotated[tuple[TransmissionRow, ...], Block(says="Movements", law=_MOVED), MaxLen(_MOST_ROWS)] = ()
    unintended: Annotated[
        tuple[UnintendedDisposal, ...],
        Block(says="Disposals that did not proceed as intended", law=_UNINTENDED),
        MaxLen(_MOST_ROWS),
    ] = ()
    under_way: Annotated[NoneOrMore, Block(says="Shipments that left in the year and had not arrived at its end")] = 0

    @rule(
        "transmission-own-movements",
        field="rows",
        law=_MOVED,
        fix="Report what was exported from, or imported into, the State that reports.",
    )
    def _own(self) -> str | None:
        for number, row in enumerate(self.rows, start=1):
            own = row.origin if row.direction is Direction.EXPORTED else row.destination
            if own != self.country:
                return (
                    f"Row {number}, from {row.origin} to {row.destination}, was not {row.direction} by {self.country}."
                )
        return None

    @rule(
        "transmission-other-state",
        field="rows",
        law="Basel Art. 2(3)",
        fix="Leave out what never left the State.",
    )
    def _transboundary(self) -> str | None:
        at_home = [number for number, row in enumerate(self.rows, start=1) if row.origin == row.destination]
        return f"Row {at_home[0]} begins and ends in {self.country}." if at_home else None

    @rule(
        "transmission-in-its-year",
        field="unintended",
        law=_UNINTENDED,
        fix="Report each disposal in the year in which it became known that it did not proceed as intended.",
    )
    def _in_its_year(self) -> str | None:
        other = [each.on for each in self.unintended if each.on.year != self.year]
        return f"{other[0]} is not in the year {self.year}." if other else None
