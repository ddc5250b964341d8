"""The movement of waste on its way back, under documents of its own that name the original shipment (Basel Art. 8).

Its consignor is the State of import's side, its receiver the one who has the duty to take back. The bans and the
consents of an ordinary movement do not stand against it: nobody may oppose, hinder or prevent the return.
"""

from dataclasses import dataclass
from datetime import date, datetime

from waste_bpm.documents.returns import ReturnMovement as ReturnDocument
from waste_bpm.documents.returns import ReturnReceipt
from waste_bpm.documents.transport import CarrierTransfer, DepartureNotice, MovementCancellation
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Instance, at_home_only
from waste_bpm.processes.custody import custody_has_no_gap, named_carrier, not_before_shipment_date
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.processes.return_case import LAW
from waste_bpm.processes.take_back import whole_of_it
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Finding, Quantity, Role


@dataclass(frozen=True, kw_only=True)
class ReturnMovement(Instance):
    """What a case remembers of the way back."""

    number: str | None = None
    original: int | None = None
    quantity: Quantity | None = None
    shipment_date: date | None = None
    receiver: str | None = None
    carrier_ids: tuple[str, ...] = ()
    departed_at: datetime | None = None
    handed_over_at: datetime | None = None
    carrier: str | None = None
    returned_on: date | None = None
    returned_quantity: Quantity | None = None


def names_its_original(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 4(7)(c), 8: the documents of a return name the shipment from which the waste comes."""
    document = command.document
    serial = command.key.partition("/")[0]
    if not isinstance(document, ReturnDocument) or str(document.original) == serial:
        return None
    return Finding(
        rule_id="return-names-original",
        message=f"The document names shipment {document.original}, the return is that of shipment {serial}.",
        pointer="/original",
        law="Basel Art. 4(7)(c), 8",
        fix="Name the shipment from which the waste comes.",
    )


def number_of_its_own(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 4(7)(c): each return has a number of its own."""
    number = getattr(command.document, "number", None)
    taken = [key for key, each in case.of("return_movement") if each.number == number and key != command.key]
    if number is None or not taken:
        return None
    return Finding(
        rule_id="return-number-free",
        message=f"The number {number} is that of the return of shipment {taken[0]}.",
        pointer="/number",
        law="Basel Art. 4(7)(c), Annex V B 5",
        fix="Give the return a number that no other has.",
    )


def back_with_its_holder(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 8: what goes back is received by the one who has the duty, as the order says."""
    answer = case.streams.get(f"take_back/{command.key}")
    receiver = getattr(command.document, "receiver", None)
    if receiver is None or answer is None or answer.holder in (None, receiver):
        return None
    return Finding(
        rule_id="return-receiver",
        message=f"The waste would go to {receiver}; the duty to take back is that of {answer.holder}.",
        pointer="/receiver",
        law=LAW,
        fix=f"Name {answer.holder}, or have the order changed.",
    )


def return_balances(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """What came back is what set out, to the gram, or the difference is explained."""
    document, mine = command.document, case.streams.get(command.stream)
    if not isinstance(document, ReturnReceipt) or mine is None or mine.quantity is None:
        return None
    if document.returned_quantity.same_as(mine.quantity) or document.difference:
        return None
    return Finding(
        rule_id="return-balances",
        message=f"{mine.quantity} set out, {document.returned_quantity} came back.",
        pointer="/returned_quantity",
        value=str(document.returned_quantity),
        law=LAW,
        fix="Say why the two differ, or correct the weight.",
    )


@at_home_only
def back_in_order(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """The waste comes back after it set out, and not in the future."""
    document, mine = command.document, case.streams.get(command.stream)
    if not isinstance(document, ReturnReceipt) or mine is None or mine.departed_at is None:
        return None
    if mine.departed_at.date() <= document.returned_on <= now.date():
        return None
    return Finding(
        rule_id="return-date",
        message=f"Back on {document.returned_on} does not fit: it set out on {mine.departed_at.date()}, "
        f"today is {now.date()}.",
        pointer="/returned_on",
        law=LAW,
        fix="Give the day on which the waste was received back.",
    )


_TOLD = (Role.NOTIFIER, *ALL_AUTHORITIES, *CUSTOMS, Role.CARRIER, Role.CONSIGNEE, Role.DISPOSER)

RETURN_MOVEMENT = Process(
    name="return_movement",
    title="Movement of a return",
    one_per="part of a shipment",
    instance=ReturnMovement,
    states={
        START: "Not begun",
        "announced": "Announced",
        "in_transit": "In transit",
        "received": "Received back",
        "called_off": "Called off",
    },
    steps=[
        Step(
            name="announce",
            title="Announce the return",
            source=(START, "called_off"),
            target="announced",
            event="ReturnMovementAnnounced",
            by=(Role.NOTIFIER, Role.EXPORT_AUTHORITY),
            law="Basel Art. 4(7)(c), 8, Annex V B",
            takes=ReturnDocument,
            says="ReturnMovementAnnouncement",
            to=_TOLD,
            records=("number", "original", "quantity", "shipment_date", "receiver", "carrier_ids"),
            guards=(names_its_original, number_of_its_own, whole_of_it, back_with_its_holder),
            also=("take_back.announce_return",),
        ),
        Step(
            name="cancel",
            title="Call off the return",
            source=("announced",),
            target="called_off",
            event="ReturnMovementCancelled",
            by=(Role.NOTIFIER, Role.EXPORT_AUTHORITY),
            law=LAW,
            takes=MovementCancellation,
            says="ReturnMovementCancellation",
            to=_TOLD,
            also=("take_back.call_off",),
        ),
        Step(
            name="depart",
            title="Take charge of the return and depart",
            source=("announced",),
            target="in_transit",
            event="ReturnDeparted",
            by=(Role.CARRIER,),
            law="Basel Art. 4(7)(c), 8",
            takes=DepartureNotice,
            says="DepartureNotice",
            to=_TOLD,
            records=("departed_at", "carrier"),
            guards=(named_carrier, not_before_shipment_date),
            also=("take_back.set_out",),
        ),
        Step(
            name="take_over",
            title="Hand the return over to the next carrier",
            source=("in_transit",),
            target=None,
            event="ReturnTakenOver",
            by=(Role.CARRIER,),
            law="Basel Art. 6(9), 8",
            takes=CarrierTransfer,
            says="CarrierTransfer",
            to=_TOLD,
            records=("handed_over_at", "carrier"),
            guards=(named_carrier, custody_has_no_gap),
        ),
        Step(
            name="receive",
            title="Receive the waste back",
            source=("in_transit",),
            target="received",
            event="ReturnReceived",
            by=(Role.NOTIFIER, Role.EXPORT_AUTHORITY),
            law=LAW,
            takes=ReturnReceipt,
            says="ReturnReceipt",
            to=_TOLD,
            records=("returned_on", "returned_quantity"),
            guards=(return_balances, back_in_order),
            also=("take_back.come_back",),
        ),
    ],
)
