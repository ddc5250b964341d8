"""The movement: one per shipment, from its plan to the hand-over at the facility (Basel Art. 4(7)(c), 6(9)).

Being late, held, or on its way while a consent is withdrawn changes no state: such a load must still be receivable.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from waste_bpm.documents.border import ExitConfirmation
from waste_bpm.documents.movement import Movement as MovementDocument
from waste_bpm.documents.transport import CarrierTransfer, DepartureNotice, MovementCancellation, OverdueEnquiry
from waste_bpm.documents.treatment import ConsigneeReceipt
from waste_bpm.law.rules import Law
from waste_bpm.processes import announcement, balance, guarantee, seals
from waste_bpm.processes.announcement import file_is_open
from waste_bpm.processes.border_rules import own_office
from waste_bpm.processes.case import Case, Command, Instance, at_home_only
from waste_bpm.processes.custody import (
    custody_has_no_gap,
    named_carrier,
    not_before_shipment_date,
    nothing_was_seen_of_it,
)
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Code, Finding, Quantity, Role


@dataclass(frozen=True, kw_only=True)
class Movement(Instance):
    """What a case remembers of one shipment; `planned_for` holds each day it was announced for, the first one first."""

    appends: ClassVar[frozenset[str]] = frozenset({"planned_for"})

    serial: int = 0
    quantity: Quantity | None = None
    shipment_date: date | None = None
    planned_for: tuple[date, ...] = ()
    declared_on: date | None = None
    waste_code: Code | None = None
    carrier_ids: tuple[str, ...] = ()
    departed_at: datetime | None = None
    handed_over_at: datetime | None = None
    carrier: str | None = None
    left_on: date | None = None
    received_on: date | None = None
    asked_on: date | None = None

    @property
    def shipped_on(self) -> date | None:
        """The day on which the load left: its departure, or the day announced while none is on record."""
        return self.shipment_date if self.departed_at is None else self.departed_at.date()


def consignee_is_not_the_facility(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Annex V B 6: block 17 is for a consignee that is not the facility."""
    slots = case.streams["notification"].slots if "notification" in case.streams else ()
    facilities = {slot.party for slot in slots if slot.role is Role.DISPOSER}
    if command.by not in facilities:
        return None
    return Finding(
        rule_id="consignee-not-facility",
        message=f"{command.by} is consignee and facility: its receipt is that of block 18.",
        block="M17",
        law="Annex V B 6, 14",
        fix="Record the receipt at the facility.",
    )


def arrival_in_order(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Block 17: the consignee receives the load after its departure, and not in the future."""
    document, movement = command.document, case.streams.get(command.stream)
    if not isinstance(document, ConsigneeReceipt) or movement is None or movement.shipped_on is None:
        return None
    if movement.shipped_on <= document.received_on <= now.date():
        return None
    return Finding(
        rule_id="receipt-date",
        message=f"Received on {document.received_on} does not fit: it left on {movement.shipped_on}, "
        f"today is {now.date()}.",
        block="M17",
        pointer="/received_on",
        law="Annex V B 6",
        fix="Give the day on which the load arrived at the consignee.",
    )


@at_home_only
def receipt_is_overdue(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(9): a receipt is asked after when its watch has ended."""
    movement = case.streams.get(command.stream)
    due = [clock.due for clock in movement.clocks if clock.rule == "receipt_watch"] if movement is not None else []
    if due and due[-1] < now.date() and f"receipt/{command.key}" not in case.streams:
        return None
    said = f"its watch ends on {due[-1]}" if due else "no watch has begun"
    return Finding(
        rule_id="receipt-overdue",
        message=f"The receipt of shipment {command.key} is not overdue: {said}, or it is on record.",
        law="Basel Art. 6(9)",
        fix="Wait for the end of the watch.",
    )


_ALL_CONCERNED = (
    Role.NOTIFIER,
    *ALL_AUTHORITIES,
    *CUSTOMS,
    Role.CARRIER,
    Role.CONSIGNEE,
    Role.DISPOSER,
)
_ANNOUNCED = ("serial", "quantity", "shipment_date", "planned_for", "declared_on", "waste_code", "carrier_ids")
_AS_NOTIFIED = (
    announcement.own_number,
    announcement.agrees_with_notification,
    announcement.within_notified_period,
    announcement.within_notified_load,
)
_AHEAD = (announcement.not_in_the_past, announcement.within_horizon, announcement.with_lead)
_NUMBER = (balance.number_is_free, balance.number_within_total, balance.shipments_left)
_COVERED = (guarantee.guarantee_in_force, guarantee.loads_left, guarantee.quantity_covered)

MOVEMENT = Process(
    name="movement",
    title="Movement of one shipment",
    one_per="shipment",
    instance=Movement,
    states={
        START: "Not begun",
        "planned": "Planned",
        "announced": "Announced",
        "captured": "Recorded afterwards",
        "in_transit": "In transit",
        "at_consignee": "At the consignee",
        "cancelled": "Cancelled",
    },
    steps=[
        Step(
            name="plan",
            title="Plan the shipment",
            source=(START, "planned"),
            target="planned",
            event="MovementPlanned",
            by=(Role.NOTIFIER,),
            law="Annex V B",
            takes=MovementDocument,
            records=("serial", "quantity", "shipment_date", "waste_code", "carrier_ids"),
            guards=(file_is_open, *_AS_NOTIFIED, *_AHEAD, *_NUMBER, *_COVERED),
        ),
        Step(
            name="announce",
            title="Announce the shipment",
            source=(START, "planned"),
            target="announced",
            event="MovementAnnounced",
            by=(Role.NOTIFIER,),
            law="Basel Art. 6(9), Annex V B",
            takes=MovementDocument,
            says="MovementAnnouncement",
            to=_ALL_CONCERNED,
            records=_ANNOUNCED,
            guards=(
                *_AS_NOTIFIED,
                *_AHEAD,
                announcement.consents_for_shipment,
                *_COVERED,
            ),
            seals=("announce",),
            also=("notification.reserve",),
        ),
        Step(
            name="capture",
            title="Record the shipment afterwards",
            source=(START,),
            target="captured",
            event="MovementCaptured",
            by=(Role.EXPORT_AUTHORITY,),
            law="Basel Art. 6(9), Annex V B",
            takes=MovementDocument,
            says="MovementAnnouncement",
            to=_ALL_CONCERNED,
            records=_ANNOUNCED,
            guards=(*_AS_NOTIFIED, announcement.recorded_in_window, announcement.consents_for_shipment),
            seals=("announce", "depart"),
            also=("notification.reserve",),
        ),
        Step(
            name="amend",
            title="Amend the announcement",
            source=("announced",),
            target=None,
            event="MovementAmended",
            by=(Role.NOTIFIER,),
            law="Basel Art. 6(9), Annex V B",
            takes=MovementDocument,
            changes=True,
            says="MovementAmendment",
            to=_ALL_CONCERNED,
            records=_ANNOUNCED,
            guards=(
                seals.sealed_fields_stand,
                seals.remarks_are_only_added,
                *_AS_NOTIFIED,
                *_AHEAD,
                announcement.not_postponed_too_far,
                announcement.consents_for_shipment,
                *_COVERED,
            ),
            also=("notification.rebook",),
        ),
        Step(
            name="correct",
            title="Correct what is not sealed",
            source=("announced", "captured", "in_transit", "at_consignee"),
            target=None,
            event="MovementCorrected",
            by=(Role.NOTIFIER, Role.CARRIER, Role.CONSIGNEE, Role.DISPOSER),
            law="Basel Art. 6(9), Annex V B 6, 12",
            takes=MovementDocument,
            changes=True,
            says="MovementAmendment",
            to=_ALL_CONCERNED,
            guards=(announcement.own_number, seals.only_open_fields_change, seals.remarks_are_only_added),
        ),
        Step(
            name="cancel",
            title="Cancel the shipment",
            source=("planned", "announced", "captured"),
            target="cancelled",
            event="MovementCancelled",
            by=(Role.NOTIFIER,),
            law="Basel Art. 6(9)",
            takes=MovementCancellation,
            says="MovementCancellation",
            to=_ALL_CONCERNED,
            guards=(nothing_was_seen_of_it,),
            also=("notification.release",),
        ),
        Step(
            name="depart",
            title="Take charge and depart",
            source=("announced",),
            target="in_transit",
            event="MovementDeparted",
            by=(Role.CARRIER,),
            law="Basel Art. 4(7)(c), 6(9)",
            takes=DepartureNotice,
            says="DepartureNotice",
            to=_ALL_CONCERNED,
            records=("departed_at", "carrier"),
            seals=("depart",),
            guards=(named_carrier, not_before_shipment_date, announcement.consents_in_force),
            starts={"receipt_watch": "occurred"},
        ),
        Step(
            name="take_over",
            title="Hand over to the next carrier",
            source=("in_transit",),
            target=None,
            event="CarrierTookOver",
            by=(Role.CARRIER,),
            law="Basel Art. 6(9)",
            takes=CarrierTransfer,
            says="CarrierTransfer",
            to=_ALL_CONCERNED,
            records=("handed_over_at", "carrier"),
            seals=(None,),
            guards=(named_carrier, custody_has_no_gap),
        ),
        Step(
            name="confirm_exit",
            title="Confirm that the load left the State of export",
            source=("announced", "captured", "in_transit", "at_consignee"),
            target=None,
            event="ShipmentLeftState",
            by=(Role.CUSTOMS_EXIT,),
            law="Basel Art. 6(9), Annex V B 7",
            takes=ExitConfirmation,
            says="ExitConfirmation",
            to=(*ALL_AUTHORITIES, *CUSTOMS),
            records=("left_on",),
            guards=(own_office,),
            starts={"receipt_watch": "left_on"},
            also=("border_check.pass_out",),
        ),
        Step(
            name="arrive_at_consignee",
            title="Received by a consignee that is not the facility",
            source=("in_transit", "captured"),
            target="at_consignee",
            event="ConsigneeReceived",
            by=(Role.CONSIGNEE,),
            law="Basel Art. 6(9)",
            takes=ConsigneeReceipt,
            says="ConsigneeReceipt",
            to=_ALL_CONCERNED,
            records=("received_on",),
            guards=(consignee_is_not_the_facility, arrival_in_order),
        ),
        Step(
            name="enquire",
            title="Ask after a receipt that is overdue",
            source=("in_transit", "at_consignee", "captured"),
            target=None,
            event="ReceiptAskedAfter",
            by=(Role.EXPORT_AUTHORITY, Role.NOTIFIER),
            law="Basel Art. 6(9)",
            takes=OverdueEnquiry,
            says="OverdueEnquiry",
            to=(Role.NOTIFIER, *ALL_AUTHORITIES, Role.DISPOSER),
            records=("asked_on",),
            guards=(receipt_is_overdue,),
        ),
    ],
)
