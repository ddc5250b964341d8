"""Receipt at the facility, disposal certificate, and the return case that a rejection opens (Basel Art. 6(9), 8)."""

from dataclasses import dataclass
from datetime import date, datetime

from waste_bpm.documents.treatment import FacilityReceipt, ShipmentRejection, TakeBackRequest, TreatmentCompletion
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Instance
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Finding, Quantity, Role


@dataclass(frozen=True, kw_only=True)
class Receipt(Instance):
    """What a case remembers of the arrival of one shipment at the facility."""

    received_on: date | None = None
    received_quantity: Quantity | None = None
    accepted_quantity: Quantity | None = None
    rejected_quantity: Quantity | None = None


@dataclass(frozen=True, kw_only=True)
class Disposal(Instance):
    """What a case remembers of the treatment of one shipment."""

    completed_on: date | None = None
    treated_quantity: Quantity | None = None


@dataclass(frozen=True, kw_only=True)
class ReturnCase(Instance):
    """What a case remembers of waste that has to go back or elsewhere."""

    rejected_quantity: Quantity | None = None
    location: str | None = None
    informed_on: date | None = None
    quantity: Quantity | None = None


def has_departed(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(9): only a load on its way can be received."""
    movement = case.streams.get(f"movement/{command.key}")
    if movement is not None and movement.state == "in_transit":
        return None
    state = "was never announced" if movement is None else f"is {movement.state}, not in transit"
    return Finding(
        rule_id="shipment-departed",
        message=f"Shipment {command.key} {state}.",
        block="M8",
        law="Basel Art. 4(7)(c), 6(9)",
        fix="The carrier records its departure first; a load without a movement document is a case for the authority.",
    )


def has_arrived(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(9): the load crossed the border of the State of import, and customs let it go on."""
    checks = {
        key: check
        for key, check in case.of("border_check")
        if key.partition("/")[0] == command.key and check.point == "entry"
    }
    if any(check.state == "released" for check in checks.values()):
        return None
    held = [key.partition("/")[2] for key, check in checks.items() if check.state == "held"]
    message = (
        f"Shipment {command.key} is held by {held[0]}."
        if held
        else f"Shipment {command.key} has not been released at the border of the State of import."
    )
    return Finding(
        rule_id="shipment-arrived",
        message=message,
        block="M21",
        law="Basel Art. 6(9)",
        fix="Customs at entry records the release with its true time; if the load stands at the gate, ask them now.",
    )


def receipt_not_before_departure(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Block 18: the day of receipt is not before the departure, nor in the future."""
    received_on = getattr(command.document, "received_on", None)
    movement = case.streams.get(f"movement/{command.key}")
    if received_on is None or movement is None or movement.departed_at is None:
        return None
    if movement.departed_at.date() <= received_on <= now.date():
        return None
    return Finding(
        rule_id="receipt-date",
        message=f"Received on {received_on} does not fit: it departed on {movement.departed_at.date()}, "
        f"today is {now.date()}.",
        block="M18",
        pointer="/received_on",
        law="Annex V B 14",
        fix="Give the day on which the load arrived at the facility.",
    )


def operation_is_notified(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Annex V A item 18: the waste is treated as notified."""
    operation = getattr(command.document, "operation", None)
    notification = case.streams.get("notification")
    if operation is None or notification is None or operation in notification.operations:
        return None
    return Finding(
        rule_id="operation-notified",
        message=f"{operation} was not notified; {', '.join(notification.operations)} was.",
        pointer="/operation",
        block="M18",
        law="Annex V A 18",
        fix="Name the notified operation; another operation needs a change of the notification.",
    )


def was_accepted(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(9): what is certified was received and accepted before, and is not more."""
    receipt = case.streams.get(f"receipt/{command.key}")
    document = command.document
    if receipt is None or receipt.state == "rejected" or receipt.accepted_quantity is None:
        problem, cure = f"No part of shipment {command.key} has been accepted.", "Record the receipt first."
    elif isinstance(document, TreatmentCompletion) and document.completed_on < receipt.received_on:
        problem = f"Completed on {document.completed_on}, before the receipt on {receipt.received_on}."
        cure = "Give the day on which the treatment was completed."
    elif isinstance(document, TreatmentCompletion) and receipt.accepted_quantity < document.treated_quantity:
        problem = f"{document.treated_quantity} certified, {receipt.accepted_quantity} accepted."
        cure = "Certify at most what was accepted."
    else:
        return None
    return Finding(rule_id="was-accepted", message=problem, block="M19", law="Basel Art. 6(9)", fix=cure)


def within_rejected(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 8: what has to go back is what was rejected."""
    each = case.streams.get(command.stream)
    document = command.document
    rejected = each.rejected_quantity if each is not None else None
    if rejected is None or not isinstance(document, TakeBackRequest) or document.quantity.same_as(rejected):
        return None
    return Finding(
        rule_id="take-back-quantity",
        message=f"{document.quantity} asked to be taken back, {rejected} rejected.",
        pointer="/quantity",
        law="Basel Art. 8",
        fix=f"Ask for {rejected}.",
    )


_TOLD = (Role.NOTIFIER, *ALL_AUTHORITIES, Role.CONSIGNEE)
_ARRIVAL = (has_departed, has_arrived, receipt_not_before_departure)

RECEIPT = Process(
    name="receipt",
    title="Receipt at the facility",
    one_per="shipment",
    instance=Receipt,
    states={
        START: "Awaited",
        "received": "Received",
        "received_in_part": "Received in part",
        "rejected": "Rejected",
    },
    steps=[
        Step(
            name="receive",
            title="Receive the load",
            source=(START,),
            target="received",
            event="LoadReceived",
            by=(Role.DISPOSER,),
            law="Basel Art. 6(9)",
            takes=FacilityReceipt,
            says="FacilityReceipt",
            to=_TOLD,
            records=("received_on", "received_quantity", "accepted_quantity"),
            guards=(*_ARRIVAL, operation_is_notified),
            stops=("movement.receipt_watch",),
            starts={"completion_certificate": "received_on"},
        ),
        Step(
            name="receive_in_part",
            title="Receive a part, reject the rest",
            source=(START,),
            target="received_in_part",
            event="LoadReceivedInPart",
            by=(Role.DISPOSER,),
            law="Basel Art. 6(9), 8",
            takes=ShipmentRejection,
            says="ShipmentRejection",
            to=(*_TOLD, *CUSTOMS),
            records=("received_on", "received_quantity", "accepted_quantity", "rejected_quantity"),
            guards=_ARRIVAL,
            stops=("movement.receipt_watch",),
            starts={"completion_certificate": "received_on"},
            also=("return_case.open",),
        ),
        Step(
            name="reject",
            title="Reject the whole load",
            source=(START,),
            target="rejected",
            event="LoadRejected",
            by=(Role.DISPOSER,),
            law="Basel Art. 8",
            takes=ShipmentRejection,
            says="ShipmentRejection",
            to=(*_TOLD, *CUSTOMS),
            records=("received_on", "received_quantity", "accepted_quantity", "rejected_quantity"),
            guards=_ARRIVAL,
            stops=("movement.receipt_watch",),
            also=("return_case.open",),
        ),
    ],
)

DISPOSAL = Process(
    name="disposal",
    title="Disposal or recovery of a shipment",
    one_per="shipment",
    instance=Disposal,
    states={START: "Awaited", "certified": "Certified"},
    steps=[
        Step(
            name="certify",
            title="Certify disposal or recovery",
            source=(START,),
            target="certified",
            event="TreatmentCertified",
            by=(Role.DISPOSER,),
            law="Basel Art. 6(9)",
            takes=TreatmentCompletion,
            says="TreatmentCompletion",
            to=_TOLD,
            records=("completed_on", "treated_quantity"),
            guards=(was_accepted, operation_is_notified),
            stops=("receipt.completion_certificate",),
        ),
    ],
)

RETURN_CASE = Process(
    name="return_case",
    title="Return of what was rejected",
    one_per="shipment",
    instance=ReturnCase,
    states={START: "No return owed", "open": "Open", "informed": "State of export informed"},
    steps=[
        Step(
            name="open",
            title="Open the return case",
            source=(START,),
            target="open",
            event="ReturnCaseOpened",
            by=(),
            law="Basel Art. 8",
            takes=ShipmentRejection,
            records=("rejected_quantity", "location"),
        ),
        Step(
            name="inform",
            title="Inform the State of export and the Secretariat",
            source=("open",),
            target="informed",
            event="ReturnRequested",
            by=(Role.IMPORT_AUTHORITY,),
            law="Basel Art. 8",
            takes=TakeBackRequest,
            says="TakeBackRequest",
            to=(*_TOLD, Role.SECRETARIAT),
            records=("informed_on", "quantity", "location"),
            guards=(within_rejected,),
            starts={"take_back_failed": "informed_on"},
        ),
    ],
)
