"""When and how a shipment may be announced, moved to another day, or recorded afterwards (Basel Art. 6(9), Annex V B).

A verdict is the same however the announcement came in: one by one, in a file, or typed by an officer.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from waste_bpm.documents.model import FieldSpec, fields
from waste_bpm.documents.movement import Movement as MovementDocument
from waste_bpm.documents.notification import FROM_NOTIFICATION
from waste_bpm.documents.transport import DepartureNotice
from waste_bpm.law import deadlines
from waste_bpm.law.rules import Law
from waste_bpm.processes.acting import acting_calendar
from waste_bpm.processes.answer import missing_consents
from waste_bpm.processes.case import Case, Command, at_home_only
from waste_bpm.vocabulary import Finding, Role, Severity


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


def agrees_with_notification(case: Case, command: Command, law: Law, now: datetime) -> tuple[Finding, ...]:
    """Annex V B: the movement document says what the notification says, block by block."""
    document, notification = command.document, case.streams.get("notification")
    if not isinstance(document, MovementDocument) or notification is None:
        return ()
    differing = {name for name, agrees in _AGREES.items() if not agrees(document, notification)}
    if document.repeated != notification.repeated:
        digests = zip(FROM_NOTIFICATION, document.repeated, notification.repeated, strict=False)
        differing |= {name for name, here, there in digests if here != there}
    if not differing:
        return ()
    return tuple(
        _differs(spec, notification.number)
        for spec in fields(MovementDocument)
        if spec.name in differing and not _is_broken_seal(spec, command)
    )


def _is_broken_seal(spec: FieldSpec, command: Command) -> bool:
    """Whether an amendment changes a field that the announcement sealed: its seal says so, and how it is cured."""
    before, announced = command.before, MovementDocument.stages[1]
    if before is None or spec.block.sealed_from != announced:
        return False
    return bool(getattr(before, spec.name) != getattr(command.document, spec.name))


_AGREES: Mapping[str, Callable[[MovementDocument, Any], bool]] = {
    "notification_number": lambda said, filed: said.notification_number == filed.number,
    "total_shipments": lambda said, filed: said.total_shipments == filed.intended_shipments,
    "packaging": lambda said, filed: set(said.packaging) <= set(filed.packaging),
    "carriers": lambda said, filed: (
        {*said.carrier_ids} <= {slot.party for slot in filed.slots if slot.role is Role.CARRIER}
    ),
    "operations": lambda said, filed: said.operations == filed.operations,
    "waste": lambda said, filed: said.waste_code == filed.waste_code,
    "routing": lambda said, filed: said.routing is None or said.routing in filed.routings,
}
"""When a field that is not repeated word for word agrees with what the case remembers of the notification."""


def _differs(spec: FieldSpec, number: str) -> Finding:
    item = spec.block.law
    return Finding(
        rule_id="agrees-with-notification",
        message=f"{spec.block.says}: this is not what the notification {number} says.",
        block=spec.block.number,
        pointer=f"/{spec.name}",
        law=f"{'Basel ' + item if item else 'Basel Annex V B'}; Implementing Regulation (EU) 2025/1290, Art. 17(6)",
        fix="Say the same, or leave out what is filled in from the notification; for anything else have the "
        "notification changed first. What was announced before a change is cancelled and announced anew.",
    )


def within_notified_load(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Annex V A item 15: one shipment is no heavier than the notification expects; what it expects is an estimate."""
    document, notification = command.document, case.streams.get("notification")
    if not isinstance(document, MovementDocument) or notification is None or notification.shipment_quantity is None:
        return None
    most = notification.shipment_quantity
    if document.quantity.dimension != most.dimension or document.quantity <= most:
        return None
    return Finding(
        rule_id="within-notified-load",
        message=f"{document.quantity} are announced for one shipment; the notification expects {most} at most.",
        severity=Severity.WARNING,
        block="M5",
        pointer="/quantity",
        law="Basel Annex V A 15, note 6",
        fix="Compare the load with block 5 of the notification; where all loads are heavier, have it changed.",
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


@at_home_only
def not_in_the_past(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(9): a shipment is announced before it takes place."""
    document = command.document
    if not isinstance(document, MovementDocument) or document.shipment_date >= now.date():
        return None
    return Finding(
        rule_id="movement-date-past",
        message=f"{document.shipment_date} is past: today is {now.date()}.",
        block="M6",
        pointer="/shipment_date",
        law="Basel Art. 6(9), Annex V B 6",
        fix="Announce the shipment for a day to come; what has moved already is recorded afterwards by the authority.",
    )


@at_home_only
def within_horizon(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A shipment is not announced further ahead than the regime allows."""
    document, today = command.document, now.date()
    if not isinstance(document, MovementDocument) or document.shipment_date < today:
        return None
    return deadlines.horizon(law, today, document.shipment_date)


@at_home_only
def with_lead(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A shipment is announced as long before as the regime asks; how much a short notice weighs is its policy."""
    document, today = command.document, now.date()
    if not isinstance(document, MovementDocument) or law.on("movement_lead", today) is None:
        return None
    if document.shipment_date < today:
        return None
    return deadlines.lead_time(law, acting_calendar(case, law, Role.EXPORT_AUTHORITY), today, document.shipment_date)


@at_home_only
def not_postponed_too_far(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A shipment is moved to another day within the period from the day announced first, whatever came since."""
    document, movement = command.document, case.streams.get(command.stream)
    if not isinstance(document, MovementDocument) or movement is None or not movement.planned_for:
        return None
    original = movement.planned_for[0]
    if document.shipment_date == movement.shipment_date or law.on("movement_postponement", original) is None:
        return None
    calendar = acting_calendar(case, law, Role.EXPORT_AUTHORITY)
    return deadlines.postponement(law, calendar, original, document.shipment_date)


@at_home_only
def recorded_in_window(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """What is recorded afterwards was announced before it took place, and took place within the window."""
    document = command.document
    if not isinstance(document, MovementDocument):
        return None
    declared, shipped = document.declared_on, document.shipment_date
    if declared is not None and declared <= shipped <= now.date():
        return deadlines.capture(law, declared, shipped)
    return Finding(
        rule_id="movement-capture",
        message=f"Announced on {declared or 'no day'}, shipped on {shipped}, recorded on {now.date()}.",
        block="M6",
        pointer="/shipment_date",
        law="Basel Art. 6(9), Annex V B 6",
        fix="Give the day of block 15 on which it was announced, and the true day of shipment.",
    )


def file_is_open(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(1): a shipment belongs to a notification that is neither withdrawn nor closed."""
    notification = case.streams.get("notification")
    if notification is None or notification.state not in ("withdrawn", "closed"):
        return None
    return Finding(
        rule_id="file-is-open",
        message=f"The notification {notification.number} is {notification.state}; no shipment is planned under it.",
        block="M1",
        law="Basel Art. 6(1)",
        fix="Have a closed file opened again by the authority of export, or file a new notification.",
    )
