"""What a shipment may still take of the notification: its number, its place among the shipments, its quantity.

These guards read the ledger that the pages show. Sources: Basel Art. 6(6)-(8), Annex V A items 9 and 15, V B item 5.
"""

from datetime import date, datetime

from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command
from waste_bpm.processes.ledger import Ledger, ledger
from waste_bpm.vocabulary import Finding, Quantity, Severity

LAW = "Basel Art. 6(6)-(8)"


def next_number(case: Case) -> int:
    """The lowest number that no shipment has had; that of a cancelled one is never used again (Annex V B item 5)."""
    used = {int(key) for key, _ in case.of("movement")}
    return next(number for number in range(1, len(used) + 2) if number not in used)


def cancelled_count(law: Law, day: date) -> bool:
    """Whether a cancelled shipment stays among the shipments that were consented to."""
    held = law.on("cancelled_counts", day)
    return held is not None and held.value is True


def available(book: Ledger, law: Law, day: date, *, without: int | None = None) -> Quantity:
    """What may still be announced, beside one shipment; what came back counts again where the regime gives it back."""
    left = book.left if without is None else book.without(without)
    held = law.on("return_recredits", day)
    return left - book.returned if held is not None and held.value is False else left


def number_is_free(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A serial number is used once, even when its shipment was cancelled (Annex V B item 5)."""
    serial = getattr(command.document, "serial", None)
    known = case.streams.get(f"movement/{serial}")
    if known is None or (known.state == "planned" and command.stream == f"movement/{serial}"):
        return None
    return Finding(
        rule_id="serial-free",
        message=f"Shipment number {serial} is already used.",
        block="M2",
        pointer="/serial",
        law="Annex V B 5",
        fix=f"Use the next free number, {next_number(case)}.",
    )


def number_within_total(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """The number lies within the shipments notified; where a cancelled one frees its place, a later number takes it."""
    serial = getattr(command.document, "serial", None)
    if serial is None:
        return None
    total = case.streams["notification"].intended_shipments
    if serial > total and not cancelled_count(law, now.date()):
        total += ledger(case).cancelled
    if serial <= total:
        return None
    return Finding(
        rule_id="serial-within-total",
        message=f"Shipment number {serial} cannot be: {total} is the highest that is left to this notification.",
        block="M2",
        pointer="/serial",
        law="Annex V B 5",
        fix=f"Use the next free number, {next_number(case)}.",
    )


def shipments_left(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """No more shipments than block 4 or the lowest cap of a consent."""
    serial = getattr(command.document, "serial", None)
    if serial is None:
        return None
    book, counts = ledger(case), cancelled_count(law, now.date())
    used = book.begun_beside(serial, cancelled=counts)
    if used < book.shipments:
        return None
    return Finding(
        rule_id="shipments-left",
        message=f"{used} of {book.shipments} consented shipments are used; number {serial} cannot be added.",
        block="M2",
        pointer="/serial",
        law=_reference(law, "cancelled_counts", now) if counts else LAW,
        fix="A new notification is needed for more shipments.",
    )


def _reference(law: Law, name: str, now: datetime) -> str:
    held = law.on(name, now.date())
    return LAW if held is None else f"{LAW}; {held.reference}"


def quantity_left(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """The shipments together never exceed the consented quantity; a movement recorded afterwards is only warned of."""
    wanted = getattr(command.document, "quantity", None)
    if wanted is None:
        return None
    book = ledger(case)
    if wanted.dimension != book.consented.dimension:
        return _not_comparable(wanted, book)
    left = available(book, law, now.date(), without=getattr(command.document, "serial", None))
    if wanted <= left:
        return None
    return Finding(
        rule_id="consent-balance",
        message=f"{wanted} are asked for, but {left} are left of the consented {book.consented}.{_because(book)}",
        severity=Severity.WARNING if command.step == "capture" else Severity.ERROR,
        block="M5",
        pointer="/quantity",
        value=str(wanted),
        law=LAW,
        fix="Announce less, or file a new notification for the rest.",
    )


def _because(book: Ledger) -> str:
    return "".join(f" {line.why}" for line in book.heavier)


def _not_comparable(wanted: Quantity, book: Ledger) -> Finding:
    return Finding(
        rule_id="quantity-comparable",
        message=f"{wanted} cannot be counted against a consent of {book.consented}.",
        block="M5",
        pointer="/quantity",
        law=LAW,
        fix="Declare the shipment in the unit of block 5 of the notification; mass and volume are never converted.",
    )
