"""Receipt at the facility: the whole load, a part of it, or none (Basel Art. 6(9), 8).

A rejected part opens a return case in the same act; what was accepted goes on to treatment.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from waste_bpm.documents.treatment import FacilityReceipt, ShipmentRejection
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Instance, at_home_only
from waste_bpm.processes.ledger import UNDER_WAY, ledger
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Finding, Quantity, Role, Severity


@dataclass(frozen=True, kw_only=True)
class Receipt(Instance):
    """What a case remembers of the arrival of one shipment at the facility."""

    received_on: date | None = None
    received_quantity: Quantity | None = None
    accepted_quantity: Quantity | None = None
    rejected_quantity: Quantity | None = None


LET_IN = ("released", "passed")
"""The states of a border check at entry after which a load may go on."""
KEPT = ("held", "handed_over")
_ALLOWED = "allow with reason"
_PERCENT = 100


def has_departed(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(9): only a load on its way can be received."""
    movement = case.streams.get(f"movement/{command.key}")
    if movement is not None and movement.state in UNDER_WAY:
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
    recorded_afterwards = f"movement/{command.key}" in case.streams and (
        case.streams[f"movement/{command.key}"].state == "captured"
    )
    if any(check.state in LET_IN for check in checks.values()) or (recorded_afterwards and not checks):
        return None
    held = [key.partition("/")[2] for key, check in checks.items() if check.state in KEPT]
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


def receipt_not_in_future(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Block 18: what has not happened yet is not certified."""
    received_on = getattr(command.document, "received_on", None)
    if received_on is None or received_on <= now.date():
        return None
    return Finding(
        rule_id="receipt-date",
        message=f"Received on {received_on} does not fit: today is {now.date()}.",
        block="M18",
        pointer="/received_on",
        law="Annex V B 14",
        fix="Give the day on which the load arrived at the facility.",
    )


def receipt_not_before_departure(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Block 18: the day of receipt is not before the departure; where the regime lets it be, the reason is given."""
    document, movement = command.document, case.streams.get(f"movement/{command.key}")
    received_on = getattr(document, "received_on", None)
    if received_on is None or movement is None or movement.shipped_on is None or movement.shipped_on <= received_on:
        return None
    held = law.on("receipt_before_shipment", received_on)
    allowed = held is not None and held.value == _ALLOWED and bool(getattr(document, "order_explained", ()))
    return Finding(
        rule_id="receipt-before-shipment",
        message=f"Received on {received_on} does not fit: it departed on {movement.shipped_on}.",
        severity=Severity.WARNING if allowed else Severity.ERROR,
        block="M18",
        pointer="/received_on",
        law=held.reference if held is not None else "Annex V B 6, 14",
        fix="Give the day on which the load arrived at the facility; where it is allowed, say why the days stand so.",
    )


def within_tolerance(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """What arrived is compared with what was announced; a gross difference is asked after, not refused."""
    received = getattr(command.document, "received_quantity", None)
    movement = case.streams.get(f"movement/{command.key}")
    if received is None or movement is None or movement.quantity is None:
        return None
    verdict = tolerance(law, movement.quantity, received, now.date())
    if verdict == WITHIN:
        return None
    return Finding(
        rule_id="receipt-tolerance",
        message=f"{received} arrived of {movement.quantity} announced: {verdict} the tolerance.",
        severity=Severity.WARNING,
        block="M18",
        pointer="/received_quantity",
        value=str(received),
        law=_bound(law, verdict, now.date()),
        fix="Compare the weighbridge ticket with the movement document; a gross difference is for the authority.",
    )


def within_consent(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(6)-(8): what arrived is recorded; where all shipments together exceed the consent, that is said."""
    received = getattr(command.document, "received_quantity", None)
    if received is None or f"movement/{command.key}" not in case.streams or "notification" not in case.streams:
        return None
    book = ledger(case)
    if received.dimension != book.consented.dimension or received <= book.without(int(command.key)):
        return None
    return Finding(
        rule_id="consent-exceeded",
        message=f"With {received} received, more than the consented {book.consented} is taken: "
        f"{book.without(int(command.key))} were left for this load.",
        severity=Severity.WARNING,
        block="M18",
        pointer="/received_quantity",
        value=str(received),
        law="Basel Art. 6(6)-(8), 9(1)(d)",
        fix="Tell the competent authority; no further shipment is announced under this consent.",
    )


WITHIN, BELOW, ABOVE = "within", "below", "above"
_BOUNDS = {BELOW: "receipt_tolerance_low", ABOVE: "receipt_tolerance_high"}


def tolerance(law: Law, announced: Quantity, received: Quantity, day: date) -> str:
    """Whether a receipt lies within, below or above the tolerance around what was announced; its bounds are within."""
    if announced.dimension != received.dimension:
        return WITHIN
    low, high = (law.on(name, day) for name in _BOUNDS.values())
    share = received.base * Decimal(_PERCENT)
    if low is not None and share < announced.base * Decimal(str(low.value)):
        return BELOW
    return ABOVE if high is not None and share > announced.base * Decimal(str(high.value)) else WITHIN


def _bound(law: Law, verdict: str, day: date) -> str | None:
    held = law.on(_BOUNDS[verdict], day)
    return None if held is None else held.reference


@at_home_only
def notice_in_time(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A receipt is confirmed within the days that the regime sets; a late one is recorded all the same."""
    received_on = getattr(command.document, "received_on", None)
    held = law.on("receipt_notice", received_on) if received_on is not None else None
    due = law.rule("receipt_notice").due(received_on) if held is not None and received_on is not None else None
    if held is None or due is None or now.date() <= due:
        return None
    return Finding(
        rule_id="receipt-notice-late",
        message=f"Received on {received_on}, to be confirmed by {due}, confirmed on {now.date()}.",
        severity=Severity.WARNING,
        block="M18",
        law=held.reference,
        fix="Confirm each receipt when it happens.",
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


_TOLD = (Role.NOTIFIER, *ALL_AUTHORITIES, Role.CONSIGNEE)
_ARRIVAL = (
    has_departed,
    has_arrived,
    receipt_not_in_future,
    receipt_not_before_departure,
    within_tolerance,
    within_consent,
    notice_in_time,
)
_WATCHED = ("movement.receipt_watch",)

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
            stops=_WATCHED,
            starts={"completion_latest": "received_on"},
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
            stops=_WATCHED,
            starts={"completion_latest": "received_on"},
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
            stops=_WATCHED,
            also=("return_case.open",),
        ),
    ],
)
