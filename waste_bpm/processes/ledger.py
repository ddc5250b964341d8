"""The quantity ledger of a notification: what was consented to, what each shipment takes of it, what is left.

A shipment takes the larger of what was declared, weighed or received, from its announcement on; a cancelled one gives
its quantity back but its number is never used again. A rejected part counts until its return is confirmed. Mass and
volume never mix. Sources: Basel Art. 6(6)-(8), Annex V A items 9 and 15.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command
from waste_bpm.vocabulary import Finding, Quantity

LAW = "Basel Art. 6(6)-(8)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One shipment in the ledger: declared, measured at borders, arrived, accepted, rejected, and what it takes."""

    serial: int
    state: str
    declared: Quantity
    measured: Quantity | None
    arrived: Quantity | None
    accepted: Quantity | None
    rejected: Quantity | None
    treated: Quantity | None

    @property
    def taken(self) -> Quantity:
        """What the shipment takes of the consented total."""
        known = [self.declared, *(each for each in (self.measured, self.arrived) if each is not None)]
        return max(known, key=lambda each: each.base)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """Consented, taken and left, with the shipments that explain it."""

    consented: Quantity
    shipments: int
    lines: tuple[Line, ...]

    @property
    def counted(self) -> tuple[Line, ...]:
        """The shipments that take something: all but the cancelled ones."""
        return tuple(line for line in self.lines if line.state != "cancelled")

    @property
    def left(self) -> Quantity:
        """What may still be moved; negative when more moved than was consented to."""
        left = self.consented
        for line in self.counted:
            left = left - line.taken
        return left

    def without(self, serial: int) -> Quantity:
        """What is left when the shipment `serial` is not counted."""
        mine = next((line.taken for line in self.counted if line.serial == serial), None)
        return self.left + mine if mine else self.left


def ledger(case: Case) -> Ledger:
    """The ledger as the streams of the case say it now."""
    notification = case.streams["notification"]
    most, shipments = notification.intended_quantity, notification.intended_shipments
    for _, answer in case.of("answer"):
        if answer.state == "consented":
            cap = answer.most_quantity
            if cap is not None and cap.dimension == most.dimension and cap < most:
                most = cap
            shipments = min(shipments, answer.most_shipments or shipments)
    return Ledger(consented=most, shipments=shipments, lines=tuple(_lines(case)))


def _lines(case: Case) -> Iterator[Line]:
    streams = case.streams
    measured: dict[str, Quantity] = {}
    for key, check in case.of("border_check"):
        if check.measured_quantity is not None:
            serial = key.partition("/")[0]
            earlier = measured.get(serial)
            if earlier is None or earlier < check.measured_quantity:
                measured[serial] = check.measured_quantity
    for key, movement in case.of("movement"):
        if movement.quantity is None:
            continue
        receipt = streams.get(f"receipt/{key}")
        disposal = streams.get(f"disposal/{key}")
        yield Line(
            serial=int(key),
            state=movement.state,
            declared=movement.quantity,
            measured=measured.get(key),
            arrived=receipt.received_quantity if receipt else None,
            accepted=receipt.accepted_quantity if receipt else None,
            rejected=receipt.rejected_quantity if receipt else None,
            treated=disposal.treated_quantity if disposal else None,
        )


def number_is_free(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A serial number is used once, even when its shipment was cancelled (Annex V B item 5)."""
    serial = getattr(command.document, "serial", None)
    if f"movement/{serial}" not in case.streams:
        return None
    used = {int(key) for key, _ in case.of("movement")}
    free = next(number for number in range(1, len(used) + 2) if number not in used)
    return Finding(
        rule_id="serial-free",
        message=f"Shipment number {serial} is already used.",
        block="M2",
        pointer="/serial",
        law="Annex V B 5",
        fix=f"Use the next free number, {free}.",
    )


def shipments_left(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """No more shipments than block 4 or the lowest cap of a consent."""
    serial = getattr(command.document, "serial", None)
    if serial is None:
        return None
    book = ledger(case)
    others = [line for line in book.counted if line.serial != serial]
    if len(others) < book.shipments and serial <= case.streams["notification"].intended_shipments:
        return None
    return Finding(
        rule_id="shipments-left",
        message=f"{len(others)} of {book.shipments} consented shipments are used; number {serial} cannot be added.",
        block="M2",
        pointer="/serial",
        law=LAW,
        fix="A new notification is needed for more shipments.",
    )


def quantity_left(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """The shipments together never exceed the consented quantity."""
    wanted = getattr(command.document, "quantity", None)
    if wanted is None:
        return None
    book = ledger(case)
    if wanted.dimension != book.consented.dimension:
        return Finding(
            rule_id="quantity-comparable",
            message=f"{wanted} cannot be counted against a consent of {book.consented}.",
            block="M5",
            pointer="/quantity",
            law=LAW,
            fix="Declare the shipment in the unit of block 5 of the notification; mass and volume are never converted.",
        )
    left = book.left
    if wanted <= left:
        return None
    return Finding(
        rule_id="consent-balance",
        message=f"{wanted} are asked for, but {left} are left of the consented {book.consented}.",
        block="M5",
        pointer="/quantity",
        value=str(wanted),
        law=LAW,
        fix="Announce less, or file a new notification for the rest.",
    )
