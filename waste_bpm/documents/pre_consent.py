"""Pre-consent: the State of import agrees in advance to what one facility may receive for recovery.

It belongs to the facility, its wastes, operations, quantity and days, never to a notification (Regulation (EU)
2024/1157, Art. 14; OECD Decision C(2001)107, chapter II.D).
"""

from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.parts import FacilityDetails
from waste_bpm.documents.types import Amount, Day, FormCode, Listed, PartyID, Regime, Words
from waste_bpm.vocabulary import Role, Slot

_STORAGE = ("R13",)
"""The operation that is not enough for a pre-consent by itself."""


class PreConsentApplication(Document):
    """A facility asks the authority of its State to be pre-consented."""

    regime: Annotated[Regime, Block(says="Legal regime", codes="REGIME", assumed=True)] = "EU"
    applied_on: Annotated[Day, Block(says="Applied on")]
    facility: Annotated[FacilityDetails, Block(says="Facility and actual site")]
    authority: Annotated[PartyID, Block(says="Competent authority of its State")]
    waste: Annotated[tuple[Listed, ...], Block(says="Wastes"), MinLen(1)]
    operations: Annotated[tuple[FormCode, ...], Block(says="R codes", codes="OPERATION"), MinLen(1)]
    most_quantity: Annotated[Amount | None, Block(says="Quantity that it may receive")] = None
    technology: Annotated[tuple[Words, ...], Block(says="Technology"), MinLen(1)]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The facility, and the authority that decides."""
        party = self.facility.party
        return (
            Slot(role=Role.DISPOSER, party=party.id, country=party.country),
            Slot(role=Role.IMPORT_AUTHORITY, party=self.authority, country=party.country),
        )

    @rule(
        "pre-consent-for-recovery",
        field="operations",
        law="Regulation (EU) 2024/1157, Art. 14(1)",
        fix="Name R codes only; final disposal is never pre-consented.",
    )
    def _recovery(self) -> str | None:
        wrong = [code for code in self.operations if not code.startswith("R")]
        return f"{', '.join(wrong)} is no recovery." if wrong else None

    @rule(
        "pre-consent-more-than-storage",
        field="operations",
        law="Regulation (EU) 2024/1157, Art. 14",
        fix="Name the operation that follows the storage in the same facility.",
    )
    def _more_than_storage(self) -> str | None:
        return "R13 alone is not pre-consented." if set(self.operations) <= set(_STORAGE) else None


class PreConsentNotice(Document):
    """The authority pre-consents: for which wastes and operations, up to which quantity, on which days."""

    decided_on: Annotated[Day, Block(says="Decided on")]
    valid_from: Annotated[Day, Block(says="Valid from")]
    valid_until: Annotated[Day, Block(says="Valid until")]
    waste: Annotated[tuple[Listed, ...], Block(says="Wastes"), MinLen(1)]
    operations: Annotated[tuple[FormCode, ...], Block(says="R codes", codes="OPERATION"), MinLen(1)]
    most_quantity: Annotated[Amount | None, Block(says="Quantity that it may receive")] = None
    conditions: Annotated[tuple[Words, ...], Block(says="Conditions")] = ()

    @rule(
        "pre-consent-validity-in-order",
        field="valid_until",
        law="Regulation (EU) 2024/1157, Art. 14(5)",
        fix="Give a last day that is not before the first.",
    )
    def _in_order(self) -> str | None:
        if self.valid_from <= self.valid_until:
            return None
        return f"The last day, {self.valid_until}, lies before the first, {self.valid_from}."


class PreConsentRefusal(Document):
    """The authority does not pre-consent."""

    decided_on: Annotated[Day, Block(says="Decided on")]
    reason: Annotated[tuple[Words, ...], Block(says="Reasons"), MinLen(1)]


class PreConsentRevocation(Document):
    """The authority takes a pre-consent back, wholly or for some wastes, from a day on."""

    effective_on: Annotated[Day, Block(says="From")]
    waste: Annotated[tuple[Listed, ...], Block(says="Wastes that remain; none: it is revoked wholly")] = ()
    reason: Annotated[tuple[Words, ...], Block(says="Reasons"), MinLen(1)]
