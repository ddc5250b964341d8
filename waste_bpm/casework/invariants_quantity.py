"""Quantities and numbers of shipments, asked of the stored events: what moved is within what was consented to.

Sources: Basel Art. 6(6)-(8), Annex V B items 5 and 11. Every balance is exact, to the gram.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from waste_bpm.casework.dossier import Dossier, Problem, invariant
from waste_bpm.processes.case import Event
from waste_bpm.vocabulary import Quantity

_TOTAL = "Basel Art. 6(6)-(8)"
_ANNOUNCED = ("MovementAnnounced", "MovementCaptured")
_ARRIVED = ("LoadReceived", "LoadReceivedInPart", "LoadRejected")
_RELEASED = ("LoadReleased", "HeldLoadReleased")


@invariant("I-13", _TOTAL)
def consent_not_exceeded(case: Dossier) -> Iterator[Problem]:
    """I-13: what was let in or received stays within the consent or the excess is said; no held load is received."""
    total = _consented(case)
    moved = [amount for serial in serials(case) if (amount := _let_in(case, serial)) is not None]
    back = [event.facts["returned_quantity"] for event in case.of("WasteCameBack")]
    if total is not None and all(amount.dimension == total.dimension for amount in (*moved, *back)):
        left = total.base - sum((each.base for each in moved), Decimal(0)) + sum((b.base for b in back), Decimal(0))
        said = any("consent-exceeded" in event.flags for event in case.of(*_ARRIVED))
        if left < 0 and not said:
            yield "notification", f"{-left:f} more than the consented {total} was let in or received"
    for serial in serials(case):
        afterwards = any(event.type == "MovementCaptured" for event in case.on(f"movement/{serial}"))
        if decided_here(case.on(f"receipt/{serial}")) and "released" not in entries(case, serial) and not afterwards:
            yield f"receipt/{serial}", "a load was received that customs at entry never released"


def decided_here(events: Sequence[Event]) -> bool:
    """What a peer reported may have arrived before what led to it; what was decided here may not."""
    return any(event.home for event in events)


def _consented(case: Dossier) -> Quantity | None:
    caps = [event.facts["most_quantity"] for event in case.of("ConsentGiven") if event.facts.get("most_quantity")]
    known = [each for each in (case.notified.get("intended_quantity"), *caps) if each is not None]
    return min(known, key=lambda each: each.base) if known else None


def serials(case: Dossier) -> list[str]:
    """The numbers of the shipments that were announced, or recorded afterwards."""
    return [event.key for event in case.of(*_ANNOUNCED)]


def entries(case: Dossier, serial: str) -> dict[str, str]:
    """How the checks of a load at entry ended: `released` or `held`, with the stream of each."""
    ends = {**dict.fromkeys(_RELEASED, "released"), "LoadHeld": "held"}
    checks = [event for event in case.of(*ends) if event.key.partition("/")[0] == serial]
    return {ends[event.type]: event.stream for event in checks if event.facts.get("point") == "entry"}


def _let_in(case: Dossier, serial: str) -> Quantity | None:
    """What a shipment brought in: as received, else as weighed or declared once customs at entry released it."""
    received = case.quantity(f"receipt/{serial}", "received_quantity")
    released = entries(case, serial).get("released")
    if received is not None or released is None:
        return received
    return case.quantity(released, "measured_quantity") or case.quantity(f"movement/{serial}", "quantity")


@invariant("I-14", "Annex V B 5")
def serials_are_unique(case: Dossier) -> Iterator[Problem]:
    """I-14: each shipment has its own number, and there are no more of them than were consented to."""
    known = serials(case)
    for serial, count in Counter(known).items():
        if count > 1:
            yield f"movement/{serial}", f"the number was announced {count} times"
    for event in case.of(*_ANNOUNCED, "MovementAmended"):
        if str(event.facts["serial"]) != event.key:
            yield event.stream, f"its document carries the number {event.facts['serial']}"
    most = [case.notified.get("intended_shipments")]
    most += [event.facts.get("most_shipments") for event in case.of("ConsentGiven")]
    used = len(set(known) - {event.key for event in case.of("MovementCancelled")})
    allowed = min((each for each in most if each is not None), default=used)
    if used > allowed:
        yield "notification", f"{used} shipments were announced, {allowed} were consented to"
    yield from _loads_within_guarantee(case)


def _loads_within_guarantee(case: Dossier) -> Iterator[Problem]:
    """At each announcement decided here, no more loads of that day were active than its guarantee permits."""
    days: dict[str, date] = {}
    approved: dict[str, Event] = {}
    for event in case.events:
        if event.type == "GuaranteeApproved":
            approved[event.key] = event
        elif event.type in ("GuaranteeSuperseded", "GuaranteeFreed", "GuaranteeReleased"):
            approved.pop(event.key, None)
        elif event.type in ("MovementCancelled", "LoadRejected", "TreatmentCertified", "TreatmentChainCertified"):
            days.pop(event.key, None)
        elif event.type in (*_ANNOUNCED, "MovementAmended"):
            day = days[event.key] = event.facts["shipment_date"]
            active, permitted = sum(each == day for each in days.values()), _permitted(approved, day)
            if event.home and permitted is not None and active > permitted and event.type != "MovementCaptured":
                yield event.stream, f"{active} loads are active on {day}, the guarantee permits {permitted}"


def _permitted(approved: Mapping[str, Event], day: date) -> int | None:
    """The loads that the guarantee permits which was approved last of those that cover a day; None without any."""
    covering = [
        event.facts.get("active_loads")
        for event in approved.values()
        if event.facts["valid_from"] <= day <= (event.facts.get("valid_until") or day)
    ]
    return covering[-1] if covering else None


@invariant("I-15", "Basel Art. 6(9), 8")
def receipts_balance(case: Dossier) -> Iterator[Problem]:
    """I-15: what arrived is what was accepted and what was rejected, to the gram."""
    for event in case.of(*_ARRIVED):
        parts = [event.facts.get(name) for name in ("accepted_quantity", "rejected_quantity")]
        known, arrived = [part for part in parts if part is not None], event.facts["received_quantity"]
        alike = all(part.dimension == arrived.dimension for part in known)
        if not alike or sum((part.base for part in known), Decimal(0)) != arrived.base:
            yield event.stream, f"{arrived} arrived, and {' and '.join(map(str, known))} are accounted for"


@invariant("I-16", "Basel Art. 6(9)")
def certificates_balance(case: Dossier) -> Iterator[Problem]:
    """I-16: no more is certified than was accepted, and an interim operation is followed to its last certificate."""
    for serial in serials(case):
        accepted = case.quantity(f"receipt/{serial}", "accepted_quantity")
        stream = f"disposal/{serial}"
        for name in ("treated_quantity", "interim_quantity"):
            said = case.quantity(stream, name)
            if said is None or accepted is None or not said.amount.is_finite():
                continue
            if said.base > accepted.base:
                yield stream, f"{said} certified, {accepted} accepted"
        still = _handed_on_and_open(case.on(stream))
        if any(amount < 0 for amount in still.values()):
            yield stream, f"more is certified than was handed on: {_amounts(still)}"
        if any(event.type == "TreatmentChainCertified" for event in case.on(stream)) and any(still.values()):
            yield stream, f"the last certificate leaves open: {_amounts(still)}"


def _handed_on_and_open(events: Sequence[Event]) -> dict[str, Decimal]:
    """What each later facility got and has not certified."""
    still: dict[str, Decimal] = defaultdict(Decimal)
    for event in events:
        certified = event.facts.get("certified")
        for part in (*event.facts.get("handed_on", ()), *(certified.outputs if certified else ())):
            still[part.facility] += part.quantity.base
        if certified:
            still[certified.facility] -= certified.quantity.base
    return still


def _amounts(still: dict[str, Decimal]) -> str:
    return ", ".join(f"{amount} at {facility}" for facility, amount in still.items() if amount)
