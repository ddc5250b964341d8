"""What is to be seen on a shipment whatever its state: overdue, held, or under way while a consent is gone.

These are worked out from the streams and never states: a late or revoked load is still received.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from waste_bpm.processes.case import Case
from waste_bpm.processes.clocks import overdue
from waste_bpm.processes.ledger import UNDER_WAY, ledger
from waste_bpm.processes.receipt import KEPT


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlay:
    """One thing to be seen on a shipment: its name, since when, and in words why."""

    name: str
    serial: int
    since: date | None
    says: str
    law: str


_OVERDUE = {
    "receipt_watch": ("receipt overdue", "no receipt is on record"),
    "completion_latest": ("certificate overdue", "no certificate is on record"),
    "subsequent_certificate": ("later certificate overdue", "a later certificate is missing"),
    "take_back_failed": ("return overdue", "what has to go back is not back"),
}


_CONSENT = "Basel Art. 6(3), 6(4)"


def overlays(case: Case, now: datetime) -> list[Overlay]:
    """Everything to be seen on the shipments of a case at a moment, in order of their numbers."""
    found = [*_late(case, now), *_held(case), *_without_consent(case, now.date())]
    return sorted(found, key=lambda each: (each.serial, each.name))


def _late(case: Case, now: datetime) -> Iterator[Overlay]:
    for stream, clock in overdue(case, now):
        serial = stream.partition("/")[2].partition("/")[0]
        if clock.rule in _OVERDUE and serial.isdigit():
            name, why = _OVERDUE[clock.rule]
            says = f"{why}; it was owed by {clock.due}"
            yield Overlay(name=name, serial=int(serial), since=clock.due, says=says, law=clock.reference)


def _held(case: Case) -> Iterator[Overlay]:
    for key, check in case.of("border_check"):
        if check.state in KEPT:
            serial, _, office = key.partition("/")
            since = check.decided_at.date() if check.decided_at is not None else None
            yield Overlay(name="held", serial=int(serial), since=since, says=f"held by {office}", law="Basel Art. 9(1)")


def _without_consent(case: Case, today: date) -> Iterator[Overlay]:
    """Loads under way although a State withdrew its consent, or its consent ended."""
    under_way = [line.serial for line in ledger(case).lines if line.state in UNDER_WAY and line.arrived is None]
    for country, answer in case.of("answer") if under_way else ():
        ended = answer.valid_until if answer.valid_until is not None and answer.valid_until < today else None
        if answer.withdrawn(today) or ended is not None:
            since = answer.effective_on if answer.withdrawn(today) else ended
            says = f"the consent of {country} " + ("is withdrawn" if answer.withdrawn(today) else "has ended")
            for serial in under_way:
                yield Overlay(name="without consent", serial=serial, since=since, says=says, law=_CONSENT)
