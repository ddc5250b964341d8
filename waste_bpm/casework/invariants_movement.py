"""The order of what happens to a shipment, and what follows a load that is not accepted: asked of the stored events."""

from collections.abc import Iterator
from decimal import Decimal

from waste_bpm.casework.dossier import Dossier, Problem, invariant
from waste_bpm.casework.invariants_quantity import decided_here, serials
from waste_bpm.vocabulary import Quantity

_ENDS = {"MovementCancelled": "cancelled", "NotificationWithdrawn": "withdrawn", "NotificationClosed": "closed"}
_STILL = ("MovementCorrected",)
"""What is recorded after an end too: who can be reached."""
_OPENED_AGAIN = "NotificationReopened"
_LEFT = ("MovementDeparted", "MovementCaptured")
"""A load that left is followed to its end, whatever becomes of its file."""
_OPENS = ("ReturnCaseOpened", "MovementFailed", "ReturnPartOpened")


@invariant("I-19", "Basel Art. 6(9)")
def what_has_ended_stays_so(case: Dossier) -> Iterator[Problem]:
    """I-19: after a shipment was cancelled, or a file withdrawn or closed, nothing more is begun of it here."""
    ended: dict[str, str] = {}
    under_way: set[str] = set()
    for event in case.events:
        serial = event.key.partition("/")[0] if event.process != "answer" else ""
        open_ = event.process != "movement" or serial in under_way
        what = None if open_ else ended.get("notification")
        if event.process in ("movement", "receipt", "disposal"):
            what = what or ended.get(f"movement/{serial}")
        if what is not None and event.home and event.type not in (*_STILL, *_ENDS):
            yield event.stream, f"{event.type}, although it was {what} before"
        if event.type in _ENDS:
            ended[event.stream] = _ENDS[event.type]
        elif event.type == _OPENED_AGAIN:
            ended.pop(event.stream, None)
        elif event.type in _LEFT:
            under_way.add(serial)


@invariant("I-24", "Basel Art. 6(9)")
def dates_are_in_order(case: Dossier) -> Iterator[Problem]:
    """I-24: departure, receipt and certificate follow each other, and so do the steps of a return."""
    for serial in serials(case):
        yield from _in_order(case, serial)
    for event in case.of("ReturnReceived"):
        set_out = [each for each in case.on(event.stream) if each.type == "ReturnDeparted"]
        if set_out and event.facts["returned_on"] < set_out[-1].facts["departed_at"].date():
            yield event.stream, f"back on {event.facts['returned_on']}, before it set out"


def _in_order(case: Dossier, serial: str) -> Iterator[Problem]:
    movement = case.on(f"movement/{serial}")
    departed = [e.facts["departed_at"].date() for e in movement if "departed_at" in e.facts]
    departed += [e.facts["shipment_date"] for e in movement if e.type == "MovementCaptured"]
    receipts = [e for e in case.on(f"receipt/{serial}") if "received_on" in e.facts]
    received = [e.facts["received_on"] for e in receipts]
    certified = [e.facts["completed_on"] for e in case.on(f"disposal/{serial}") if "completed_on" in e.facts]
    if decided_here(receipts) and not departed:
        yield f"receipt/{serial}", f"received on {received[0]}, and it never departed"
    elif received and departed and received[0] < departed[0] and "receipt-before-shipment" not in receipts[0].flags:
        yield f"receipt/{serial}", f"received on {received[0]}, departed on {departed[0]}"
    if decided_here(case.on(f"disposal/{serial}")) and certified and not received:
        yield f"disposal/{serial}", f"certified for {certified[0]}, and it was never received"
    elif certified and received and certified[0] < received[0]:
        yield f"disposal/{serial}", f"certified for {certified[0]}, received on {received[0]}"


@invariant("I-26", "Basel Art. 8")
def rejections_have_a_return_case(case: Dossier) -> Iterator[Problem]:
    """I-26: each rejection opened one return case, each return case is owed, and what goes back is what it is about."""
    rejected = [event.key for event in case.of("LoadRejected", "LoadReceivedInPart")]
    opened = [event.key for event in case.of("ReturnCaseOpened")]
    for serial in sorted({*rejected, *opened}):
        if rejected.count(serial) != opened.count(serial):
            yield f"return_case/{serial}", f"{rejected.count(serial)} rejections, {opened.count(serial)} return cases"
    for event in case.of("ReturnOrdered", "AlternativeProposed"):
        if event.home and not any(each.type == "ReturnRequested" for each in case.on(f"return_case/{event.key}")):
            yield event.stream, "the State of export answered before it was informed"
    for event in case.of("ReturnMovementAnnounced"):
        if str(event.facts["original"]) != event.key.partition("/")[0]:
            yield event.stream, f"its document names shipment {event.facts['original']}"
    yield from _parts_within_rejected(case)


def _parts_within_rejected(case: Dossier) -> Iterator[Problem]:
    """The parts of a rejected load that have cases of their own are not more than was rejected."""
    begun = {event.key: event.facts["rejected_quantity"] for event in case.of(*_OPENS)}
    for key, whole in begun.items():
        parts = [amount for other, amount in begun.items() if other.startswith(f"{key}/")]
        own = whole.base - _sum(parts)
        if own < 0:
            yield f"return_case/{key}", f"its parts are more than the {whole} that were rejected"


def _sum(amounts: list[Quantity]) -> Decimal:
    return sum((amount.base for amount in amounts), Decimal(0))
