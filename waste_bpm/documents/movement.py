"""The movement document: what it takes from the notification, and what must agree in it (Annex V B).

Its fields stand in `movement_form`.
"""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

from waste_bpm.documents import containers
from waste_bpm.documents.model import Document, rule
from waste_bpm.documents.movement_form import MovementForm
from waste_bpm.documents.notification import FROM_NOTIFICATION, Notification, repeated
from waste_bpm.documents.parts import CarrierDetails, Remark, undescribed
from waste_bpm.documents.transport import BorderPoint
from waste_bpm.documents.treatment import certified_too_early
from waste_bpm.law import codes
from waste_bpm.law.numbers import movement_number
from waste_bpm.vocabulary import Code, Severity


def _remark(said: Any) -> Remark | None:
    """A remark as it is sent; None where it is none, which the check of the whole document tells."""
    try:
        return Remark.model_validate(said)
    except ValueError:
        return None


def _in_full(own: dict[str, Any], carriers: Iterable[CarrierDetails]) -> dict[str, Any]:
    """The data in which a carrier that is named by its identifier alone is one of those that are known in full."""
    if not isinstance(own.get("carriers"), list):
        return own
    known = {carrier.party.id: carrier.model_dump(mode="json") for carrier in carriers}
    return {**own, "carriers": [known.get(each, each) if isinstance(each, str) else each for each in own["carriers"]]}


class Movement(MovementForm):
    """What accompanies one shipment from the place where it starts to the disposal certificate."""

    basis: ClassVar[type[Document]] = Notification

    @cached_property
    def repeated(self) -> tuple[str, ...]:
        """The digests of what it repeats of the notification."""
        return repeated(self)

    @property
    def waste_code(self) -> Code:
        """The Basel list entry of the waste (block 14.i)."""
        return self.waste.basel

    @property
    def planned_for(self) -> date:
        """The day of shipment, as one of the days for which the shipment was announced."""
        return self.shipment_date

    @property
    def declared_on(self) -> date | None:
        """The day on which the shipment was declared (block 15)."""
        return None if self.declaration is None else self.declaration.signed_on

    @property
    def carrier_ids(self) -> tuple[str, ...]:
        """The carriers of block 8 by their identifiers."""
        return tuple(carrier.party.id for carrier in self.carriers)

    @classmethod
    def prefilled(cls, filed: Document, own: dict[str, Any]) -> dict[str, Any]:
        """The data of a movement document: what is left out of blocks 1, 3, 4 and 9 to 14 is as notified.

        A carrier may be named by its identifier alone when the notification names it in full.
        """
        notification = Notification.model_validate(filed)
        said = notification.model_dump(mode="json", include=set(FROM_NOTIFICATION))
        numbers = {"notification_number": notification.number, "total_shipments": notification.intended_shipments}
        signed = (
            {} if notification.declaration is None else {"notified_on": notification.declaration.signed_on.isoformat()}
        )
        return {**numbers, **signed, **said, **_in_full(own, notification.carriers)}

    @classmethod
    def changed(cls, before: Document, own: dict[str, Any], basis: Document | None) -> Any:
        """The data of the movement document on file with what was sent changed in them.

        Remarks that are sent are added to those on file, unless they stand there already.
        """
        on_file = cls.model_validate(before)
        notified = () if basis is None else Notification.model_validate(basis).carriers
        said = _in_full(own, (*notified, *on_file.carriers))
        if isinstance(own.get("remarks"), list):
            kept = on_file.model_dump(mode="json")["remarks"]
            said = {**said, "remarks": kept + [each for each in own["remarks"] if _remark(each) not in on_file.remarks]}
        return super().changed(before, said, basis)

    @property
    def number(self) -> str:
        """The number of the movement: that of the notification, a point, and six digits; it is never used again."""
        return movement_number(self.notification_number, self.serial)

    def codes_on(self, on: date) -> date:
        """Codes are judged at the day of the notification: a consent outlives a code that is withdrawn later."""
        return min(on, self.notified_on) if self.notified_on else on

    @rule(
        "m2a-container-check-digit",
        field="containers",
        law="ISO 6346",
        fix="Read the container again: four letters, six digits, and the check digit in its frame.",
    )
    def _containers(self) -> str | None:
        wrong = [each for each in self.containers if containers.misread(each)]
        return f"The check digit of {', '.join(wrong)} does not fit." if wrong else None

    @rule(
        "m5-quantities-comparable",
        field="other_quantity",
        law="Annex V B 11",
        fix="Give one quantity as a mass and one as a volume.",
    )
    def _measures(self) -> str | None:
        if self.other_quantity is None or self.other_quantity.dimension != self.quantity.dimension:
            return None
        return f"{self.quantity} and {self.other_quantity} are both a {self.quantity.dimension}."

    @rule(
        "m7-packaging-described",
        field="packaging_other",
        law="Annex V B 10",
        fix="Write in words what the packaging is.",
    )
    def _packaging(self) -> str | None:
        unsaid = undescribed("PACKAGING", self.packaging, self.packaging_other)
        return f"Packaging type {unsaid} stands without its description." if unsaid else None

    @rule(
        "m8-custody-without-gap",
        field="transfers",
        law="Basel Art. 6(9)",
        fix="Name the hand-overs in order of time; the carrier that takes charge is the next one to deliver.",
    )
    def _custody(self) -> str | None:
        for before, after in pairwise(self.transfers):
            if after.handed_over_at < before.handed_over_at:
                return f"The hand-over to {after.carrier} lies before the one to {before.carrier}."
            if after.from_carrier != before.carrier:
                return f"{before.carrier} took charge, but {after.from_carrier} hands over to {after.carrier}."
        return None

    @rule(
        "m14-codes-still-valid",
        field="waste",
        law="Annex V B 8",
        fix="Ask the authorities for a change of the notification before the next shipment.",
        severity=Severity.WARNING,
    )
    def _codes(self) -> str | None:
        found = codes.problem(self.waste.basel.list, self.waste.basel.code, self.shipment_date)
        return f"On the day of shipment: {found.message} {found.fix or ''}".rstrip() if found else None

    @rule(
        "m17-consignee-is-not-facility",
        field="consignee_received_on",
        law="Implementing Regulation (EU) 2025/1290, Art. 17(2)",
        fix="Leave block 17 out; the facility fills block 18.",
    )
    def _consignee(self) -> str | None:
        received = self.consignee_received_on or self.consignee_signature
        if not received or self.consignee.id != self.facility.party.id:
            return None
        return f"{self.consignee.id} is the facility: it certifies the receipt in block 18, not in block 17."

    @rule(
        "m19-not-before-receipt",
        field="completion",
        law="Basel Art. 6(9)",
        fix="Correct the day of block 19; treatment ends after the facility received the load.",
    )
    def _completion(self) -> str | None:
        if self.receipt is None or self.completion is None:
            return None
        return certified_too_early(self.receipt.received_on, self.completion.completed_on)

    @rule(
        "m19-mass-accounted-for",
        field="completion",
        law="Basel Art. 6(9)",
        fix="Compare block 19 with block 18: water and gas may be lost, nothing can be won.",
        severity=Severity.WARNING,
    )
    def _mass(self) -> str | None:
        if self.receipt is None or self.completion is None:
            return None
        accepted, treated = self.receipt.accepted_quantity, self.completion.treated_quantity
        if accepted.dimension != treated.dimension or treated.same_as(accepted):
            return None
        return f"{treated} are certified, {accepted} were accepted."

    @rule(
        "m22-transit-paired",
        field="border_checks",
        law="Annex V B 7",
        fix="Name the checks in order of time: the load enters a transit State before it leaves it.",
    )
    def _transit(self) -> str | None:
        inside = 0
        for check in self.border_checks:
            inside += (check.point is BorderPoint.TRANSIT_IN) - (check.point is BorderPoint.TRANSIT_OUT)
            if inside not in (0, 1):
                return f"The check at {check.office} does not follow from the one before it."
        return None
