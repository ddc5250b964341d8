"""The movement: one per shipment, from its announcement to the hand-over at the facility (Basel Art. 4(7)(c), 6(9))."""

from dataclasses import dataclass
from datetime import date, datetime

from waste_bpm.documents.movement import Movement as MovementDocument
from waste_bpm.documents.transport import CarrierTransfer, DepartureNotice, MovementCancellation
from waste_bpm.law.rules import Law
from waste_bpm.processes.answer import missing_consents
from waste_bpm.processes.case import Case, Command, Instance
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Code, Finding, Quantity, Role


@dataclass(frozen=True, kw_only=True)
class Movement(Instance):
    """What a case remembers of one shipment."""

    serial: int = 0
    quantity: Quantity | None = None
    shipment_date: date | None = None
    waste_code: Code | None = None
    carrier_ids: tuple[str, ...] = ()
    departed_at: datetime | None = None
    handed_over_at: datetime | None = None
    carrier: str | None = None


def consents_for_shipment(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(3), 6(4): every State concerned has consented for the day of shipment."""
    document = command.document
    if not isinstance(document, MovementDocument):
        return None
    return _consents(case, document.shipment_date, "M6")


def consents_in_force(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(3), 6(4): every consent is in force on the day of departure."""
    day = command.document.departed_at.date() if isinstance(command.document, DepartureNotice) else now.date()
    return _consents(case, day, "N20")


def _consents(case: Case, day: date, block: str) -> Finding | None:
    missing = missing_consents(case, day)
    if not missing:
        return None
    return Finding(
        rule_id="consents-in-force",
        message=f"The waste may not move on {day}: {'; '.join(missing)}.",
        block=block,
        law="Basel Art. 6(3), 6(4)",
        fix="Wait for the written consent of each State named, and move within its validity.",
    )


def agrees_with_notification(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Annex V B: the movement document says what the notification says."""
    document, notification = command.document, case.streams.get("notification")
    if not isinstance(document, MovementDocument) or notification is None:
        return None
    carriers = {slot.party for slot in notification.slots if slot.role is Role.CARRIER}
    differs = [
        words
        for words, wrong in (
            ("the notification number (M1)", document.notification_number != notification.number),
            ("the waste code (M14)", document.waste_code != notification.waste_code),
            ("the operation (M11)", document.operations != notification.operations),
            ("a packaging type (M7)", not set(document.packaging) <= set(notification.packaging)),
            ("a carrier (M8)", not set(document.carrier_ids) <= carriers),
        )
        if wrong
    ]
    if not differs:
        return None
    return Finding(
        rule_id="agrees-with-notification",
        message=f"The movement document does not say what the notification says: {', '.join(differs)}.",
        block="M1",
        law="Basel Annex V B",
        fix="Say the same as the notification, or have the notification changed first.",
    )


def own_number(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """The document carries the number of the shipment that it announces (Annex V B item 5)."""
    serial = getattr(command.document, "serial", command.key)
    if str(serial) == command.key:
        return None
    return Finding(
        rule_id="own-number",
        message=f"The document is that of shipment {serial}, the step is asked for shipment {command.key}.",
        block="M2",
        pointer="/serial",
        law="Annex V B 5",
        fix="Use the same number in both places.",
    )


def within_notified_period(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Annex V A item 10: the shipment leaves within the period of block 6 of the notification."""
    document, notification = command.document, case.streams.get("notification")
    if not isinstance(document, MovementDocument) or notification is None or notification.first_departure is None:
        return None
    if notification.first_departure <= document.shipment_date <= notification.last_departure:
        return None
    return Finding(
        rule_id="within-notified-period",
        message=f"{document.shipment_date} lies outside the notified period, {notification.first_departure} to "
        f"{notification.last_departure}.",
        block="M6",
        pointer="/shipment_date",
        law="Annex V A 10",
        fix="Ship within the period of block 6 of the notification.",
    )


def named_carrier(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(9): whoever takes charge of the waste is named in block 8 and signs for itself."""
    carrier = getattr(command.document, "carrier", command.by)
    movement = case.streams.get(command.stream)
    if movement is None or (carrier in movement.carrier_ids and carrier == command.by):
        return None
    return Finding(
        rule_id="named-carrier",
        message=f"{command.by} signs for {carrier}; the carriers of block 8 are {', '.join(movement.carrier_ids)}.",
        block="M8",
        pointer="/carrier",
        law="Basel Art. 6(9)",
        fix="The carrier named in block 8 that takes charge signs itself.",
    )


def not_before_shipment_date(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Annex V B item 6: the load does not leave before the date it was announced for, nor in the future."""
    document, movement = command.document, case.streams.get(command.stream)
    if not isinstance(document, DepartureNotice) or movement is None or movement.shipment_date is None:
        return None
    if movement.shipment_date <= document.departed_at.date() and document.departed_at <= now:
        return None
    return Finding(
        rule_id="departure-date",
        message=f"A departure at {document.departed_at:%Y-%m-%d %H:%M} UTC does not fit: the shipment is announced for "
        f"{movement.shipment_date} and it is now {now:%Y-%m-%d %H:%M} UTC.",
        block="M6",
        pointer="/departed_at",
        law="Annex V B 6",
        fix="Give the true time of departure, or announce the new date first.",
    )


def custody_has_no_gap(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(9): the load passes from the carrier that has it, after it got it."""
    document, movement = command.document, case.streams.get(command.stream)
    if not isinstance(document, CarrierTransfer) or movement is None or movement.carrier is None:
        return None
    since = movement.handed_over_at or movement.departed_at
    if document.from_carrier == movement.carrier and (since is None or since <= document.handed_over_at <= now):
        return None
    return Finding(
        rule_id="custody-has-no-gap",
        message=f"{movement.carrier} has the load since {since:%Y-%m-%d %H:%M} UTC; the document says that "
        f"{document.from_carrier} delivers it at {document.handed_over_at:%Y-%m-%d %H:%M} UTC.",
        block="M8",
        law="Basel Art. 6(9)",
        fix="Name the carrier that has the load, and a time after it took charge and not after now.",
    )


_ALL_CONCERNED = (
    Role.NOTIFIER,
    *ALL_AUTHORITIES,
    *CUSTOMS,
    Role.CARRIER,
    Role.CONSIGNEE,
    Role.DISPOSER,
)

MOVEMENT = Process(
    name="movement",
    title="Movement of one shipment",
    one_per="shipment",
    instance=Movement,
    states={
        START: "Planned",
        "announced": "Announced",
        "in_transit": "In transit",
        "cancelled": "Cancelled",
    },
    steps=[
        Step(
            name="announce",
            title="Announce the shipment",
            source=(START,),
            target="announced",
            event="MovementAnnounced",
            by=(Role.NOTIFIER,),
            law="Basel Art. 6(9), Annex V B",
            takes=MovementDocument,
            says="MovementAnnouncement",
            to=_ALL_CONCERNED,
            records=("serial", "quantity", "shipment_date", "waste_code", "carrier_ids"),
            guards=(own_number, agrees_with_notification, within_notified_period, consents_for_shipment),
            also=("notification.reserve",),
        ),
        Step(
            name="cancel",
            title="Cancel the shipment",
            source=("announced",),
            target="cancelled",
            event="MovementCancelled",
            by=(Role.NOTIFIER,),
            law="Basel Art. 6(9)",
            takes=MovementCancellation,
            says="MovementCancellation",
            to=_ALL_CONCERNED,
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
            guards=(named_carrier, not_before_shipment_date, consents_in_force),
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
            guards=(named_carrier, custody_has_no_gap),
        ),
    ],
)
