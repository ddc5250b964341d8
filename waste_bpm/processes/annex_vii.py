"""Green-listed waste: an information procedure without consent; one file per shipment (Annex VII).

The person who arranges the shipment completes the document in time before the start; carriers, consignee and facility
add what they know. Sources: Regulation (EU) 2024/1157, Art. 4(4), 18 and 23. Illegal traffic is a case of its own.
"""

from dataclasses import dataclass
from datetime import date, datetime

from waste_bpm.documents.annex_vii import AnnexVII, GreenCompletion, GreenReceipt
from waste_bpm.documents.green import GreenReturn, GreenSignal, GreenTakeBackRequest
from waste_bpm.documents.transport import CarrierTransfer, DepartureNotice, MovementCancellation
from waste_bpm.documents.treatment import ConsigneeReceipt
from waste_bpm.law import calendars, deadlines
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Instance
from waste_bpm.processes.notification_rules import case_is_of_one_file
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Code, Finding, Quantity, Role, Severity, Slot

ARTICLE = "Regulation (EU) 2024/1157, Art. 18"


@dataclass(frozen=True, kw_only=True)
class GreenShipment(Instance):
    """What a file remembers of a green-listed shipment."""

    regime: str | None = None
    slots: tuple[Slot, ...] = ()
    number: str | None = None
    waste_code: Code | None = None
    quantity: Quantity | None = None
    shipment_date: date | None = None
    departed_at: datetime | None = None
    handed_over_at: datetime | None = None
    carrier: str | None = None
    received_on: date | None = None
    accepted_quantity: Quantity | None = None
    rejected_quantity: Quantity | None = None
    completed_on: date | None = None
    informed_on: date | None = None


def regime_has_a_green_list(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """The information procedure belongs to the regimes that have a green list (OECD, European Union)."""
    if law.on("green_threshold", now.date()) is not None:
        return None
    return Finding(
        rule_id="green-list-known",
        message=f"The regime {law.regime} has no information procedure for green-listed waste.",
        pointer="/regime",
        law=f"{ARTICLE}; OECD Decision C(2001)107, chapter II.C",
        fix="Name the regime under which the waste moves; elsewhere it moves as ordinary goods, or is notified.",
    )


def completed_in_time(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """The document is complete some working days before the start; a later one is late and still informs."""
    document, rule = command.document, law.rules.get("green_lead")
    if not isinstance(document, AnnexVII) or rule is None or law.on("green_lead", now.date()) is None:
        return None
    calendar = calendars.calendar(rule.calendar) if rule.calendar else None
    first = deadlines.deadline(rule, now.date(), calendar=calendar).due
    if first is None or first <= document.shipment_date:
        return None
    return Finding(
        rule_id="green-lead",
        message=f"Completed on {now.date()}, the shipment may start on {first} at the earliest, "
        f"not on {document.shipment_date}.",
        block="G4",
        pointer="/shipment_date",
        law=ARTICLE,
        fix=f"Ship on {first} or later.",
    )


def not_yet_departed(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Box 4: the load leaves on the day that the document names, or after it, and not in the future."""
    document, known = command.document, case.streams.get(command.stream)
    if not isinstance(document, DepartureNotice) or known is None or known.shipment_date is None:
        return None
    if known.shipment_date <= document.departed_at.date() and document.departed_at <= now:
        return None
    return Finding(
        rule_id="green-departure",
        message=f"A departure at {document.departed_at:%Y-%m-%d %H:%M} UTC does not fit the shipment of "
        f"{known.shipment_date}; it is now {now:%Y-%m-%d %H:%M} UTC.",
        block="G4",
        pointer="/departed_at",
        law=ARTICLE,
        fix="Give the true time of departure, or correct the day of shipment first.",
    )


def custody_passes_on(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Box 5: the load passes from the carrier that has it."""
    document, known = command.document, case.streams.get(command.stream)
    if not isinstance(document, CarrierTransfer) or known is None or known.carrier in (None, document.from_carrier):
        return None
    return Finding(
        rule_id="green-custody",
        message=f"{known.carrier} has the load; the document says that {document.from_carrier} delivers it.",
        block="G5",
        pointer="/from_carrier",
        law=ARTICLE,
        fix="Name the carrier that has the load.",
    )


def consignee_is_another(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Box 13 is for a consignee that is not the facility."""
    facility = {slot.party for slot in case.slots if slot.role is Role.DISPOSER}
    if command.by not in facility:
        return None
    return Finding(
        rule_id="green-consignee-apart",
        message=f"{command.by} is the facility itself; its receipt stands in box 14.",
        block="G13",
        law="Implementing Regulation (EU) 2025/1290, Art. 17(2)",
        fix="Record the receipt at the facility.",
    )


def received_in_order(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Box 14: the receipt follows the departure and is not in the future."""
    document, known = command.document, case.streams.get(command.stream)
    if not isinstance(document, GreenReceipt) or known is None or known.departed_at is None:
        return None
    if known.departed_at.date() <= document.received_on <= now.date():
        return None
    return Finding(
        rule_id="green-receipt-date",
        message=f"Received on {document.received_on} does not fit: departed on {known.departed_at.date()}, "
        f"today is {now.date()}.",
        block="G14",
        pointer="/received_on",
        law=ARTICLE,
        fix="Give the day on which the load arrived.",
    )


def receipt_said_in_time(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A receipt that is told late is recorded, and the delay with it."""
    document, rule = command.document, law.rules.get("green_receipt")
    if not isinstance(document, GreenReceipt) or rule is None:
        return None
    calendar = calendars.calendar(rule.calendar) if rule.calendar else None
    due = deadlines.deadline(rule, document.received_on, calendar=calendar).due
    if due is None or now.date() <= due:
        return None
    return Finding(
        rule_id="green-receipt-late",
        message=f"Received on {document.received_on}, to be confirmed by {due}; today is {now.date()}.",
        severity=Severity.WARNING,
        block="G14",
        law=ARTICLE,
        fix="Nothing has to be corrected; the receipt is late.",
    )


def recovered_in_order(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Box 15: what is certified was accepted, and no later than it says."""
    document, known = command.document, case.streams.get(command.stream)
    if not isinstance(document, GreenCompletion) or known is None or known.accepted_quantity is None:
        return None
    done = document.recycled_quantity + document.recovered_quantity
    dated = known.received_on is None or known.received_on <= document.completed_on <= now.date()
    if dated and done.dimension == known.accepted_quantity.dimension and done <= known.accepted_quantity:
        return None
    return Finding(
        rule_id="green-recovery",
        message=f"{done} certified on {document.completed_on}; {known.accepted_quantity} were accepted on "
        f"{known.received_on}, and today is {now.date()}.",
        block="G15",
        law=ARTICLE,
        fix="Certify at most what was accepted, with the day on which its recovery was completed.",
    )


_FACTS = ("regime", "slots", "number", "waste_code", "quantity", "shipment_date")
_CONCERNED = (*ALL_AUTHORITIES, Role.CARRIER, Role.CONSIGNEE, Role.DISPOSER)
_BACK = (Role.NOTIFIER, *_CONCERNED)

ANNEX_VII = Process(
    name="annex_vii",
    title="Shipment of green-listed waste",
    one_per="case",
    instance=GreenShipment,
    states={
        START: "Not begun",
        "draft": "Draft",
        "complete": "Document complete",
        "in_transit": "In transit",
        "received": "Received",
        "recovered": "Recovered",
        "cancelled": "Cancelled",
        "failed": "Cannot be completed",
        "returned": "Returned or treated otherwise",
    },
    steps=[
        Step(
            name="draft",
            title="Draft the document",
            source=(START, "draft"),
            target="draft",
            event="GreenDocumentDrafted",
            by=(Role.NOTIFIER,),
            law=ARTICLE,
            takes=AnnexVII,
            records=_FACTS,
            guards=(case_is_of_one_file, regime_has_a_green_list),
        ),
        Step(
            name="complete",
            title="Complete and sign the document",
            source=("draft",),
            target="complete",
            event="GreenDocumentCompleted",
            by=(Role.NOTIFIER,),
            law=ARTICLE,
            takes=AnnexVII,
            repeats=True,
            says="AnnexVIIDocument",
            to=_CONCERNED,
            records=_FACTS,
            guards=(regime_has_a_green_list, completed_in_time),
        ),
        Step(
            name="correct",
            title="Correct the document before the start",
            source=("complete",),
            target=None,
            event="GreenDocumentCorrected",
            by=(Role.NOTIFIER,),
            law=ARTICLE,
            takes=AnnexVII,
            says="AnnexVIIUpdate",
            to=_CONCERNED,
            records=_FACTS,
            guards=(completed_in_time,),
        ),
        Step(
            name="cancel",
            title="Cancel the shipment",
            source=("complete",),
            target="cancelled",
            event="GreenShipmentCancelled",
            by=(Role.NOTIFIER,),
            law=ARTICLE,
            takes=MovementCancellation,
            says="AnnexVIICancellation",
            to=_CONCERNED,
        ),
        Step(
            name="depart",
            title="Take charge and depart",
            source=("complete",),
            target="in_transit",
            event="GreenShipmentDeparted",
            by=(Role.CARRIER,),
            law=ARTICLE,
            takes=DepartureNotice,
            says="AnnexVIIDeparture",
            to=_BACK,
            records=("departed_at", "carrier"),
            guards=(not_yet_departed,),
        ),
        Step(
            name="take_over",
            title="Hand over to the next carrier",
            source=("in_transit",),
            target=None,
            event="GreenCarrierTookOver",
            by=(Role.CARRIER,),
            law=ARTICLE,
            takes=CarrierTransfer,
            says="AnnexVIICarrierTransfer",
            to=_BACK,
            records=("handed_over_at", "carrier"),
            guards=(custody_passes_on,),
        ),
        Step(
            name="receive_by_consignee",
            title="Receive as consignee",
            source=("in_transit",),
            target=None,
            event="GreenConsigneeReceived",
            by=(Role.CONSIGNEE,),
            law=ARTICLE,
            takes=ConsigneeReceipt,
            says="AnnexVIIConsigneeReceipt",
            to=_BACK,
            guards=(consignee_is_another,),
        ),
        Step(
            name="receive",
            title="Receive at the facility or laboratory",
            source=("in_transit",),
            target="received",
            event="GreenShipmentReceived",
            by=(Role.DISPOSER,),
            law=ARTICLE,
            takes=GreenReceipt,
            says="AnnexVIIFacilityReceipt",
            to=_BACK,
            records=("received_on", "accepted_quantity", "rejected_quantity"),
            guards=(received_in_order, receipt_said_in_time),
            starts={"green_certificate_latest": "received_on"},
        ),
        Step(
            name="recover",
            title="Certify the recovery",
            source=("received",),
            target="recovered",
            event="GreenWasteRecovered",
            by=(Role.DISPOSER,),
            law=ARTICLE,
            takes=GreenCompletion,
            says="AnnexVIICompletion",
            to=_BACK,
            records=("completed_on",),
            guards=(recovered_in_order,),
            stops=("green_certificate_latest",),
        ),
        Step(
            name="fail",
            title="Say that the shipment cannot be completed",
            source=("in_transit", "received"),
            target="failed",
            event="GreenShipmentFailed",
            by=(Role.NOTIFIER, *ALL_AUTHORITIES),
            law="Regulation (EU) 2024/1157, Art. 23(1)",
            takes=GreenTakeBackRequest,
            says="AnnexVIITakeBackRequest",
            to=_BACK,
            records=("informed_on",),
            starts={"green_take_back": "informed_on"},
            stops=("green_certificate_latest",),
        ),
        Step(
            name="return",
            title="Record the return or the other treatment",
            source=("failed",),
            target="returned",
            event="GreenWasteReturned",
            by=(Role.NOTIFIER, *ALL_AUTHORITIES),
            law="Regulation (EU) 2024/1157, Art. 23",
            takes=GreenReturn,
            says="AnnexVIIReturn",
            to=_BACK,
            stops=("green_take_back",),
        ),
        Step(
            name="signal",
            title="Point out a problem",
            source=("complete", "in_transit", "received", "failed"),
            target=None,
            event="GreenProblemPointedOut",
            by=(*ALL_AUTHORITIES, *CUSTOMS),
            law=ARTICLE,
            takes=GreenSignal,
            says="AnnexVIISignal",
            to=_BACK,
        ),
    ],
)
