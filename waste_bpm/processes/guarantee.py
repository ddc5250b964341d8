"""The financial guarantee: offered, complete, approved with what it covers, released, superseded (Basel Art. 6(11)).

A notification may have several guarantees one after another; the guards of a shipment ask the one approved for its day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from waste_bpm.documents.guarantee import (
    GuaranteeApplication,
    GuaranteeApproval,
    GuaranteeCompletion,
    GuaranteeRefusal,
    GuaranteeRelease,
)
from waste_bpm.documents.movement import Movement as MovementDocument
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Instance, at_home_only
from waste_bpm.processes.ledger import Line, ledger
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, Finding, Quantity, Role

LAW = "Basel Art. 6(11)"


@dataclass(frozen=True, kw_only=True)
class Guarantee(Instance):
    """What a case remembers of one guarantee."""

    received_on: date | None = None
    completed_on: date | None = None
    decided_on: date | None = None
    reference: str | None = None
    active_loads: int | None = None
    covers: Quantity | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    released_on: date | None = None

    def covers_day(self, day: date) -> bool:
        """Whether it is approved and covers shipments of a day."""
        started = self.valid_from is not None and self.valid_from <= day
        return self.state == "approved" and started and (self.valid_until is None or day <= self.valid_until)


def approved_for(case: Case, day: date) -> Guarantee | None:
    """The guarantee that covers shipments of a day, the one approved last if there are several."""
    found = [each for _, each in case.of("guarantee") if each.covers_day(day)]
    return found[-1] if found else None


def superseded(case: Case, command: Command) -> list[str]:
    """The approved guarantees with the same reference: the new approval takes their place."""
    return [stream for stream, same in _earlier(case, command) if same]


def freed(case: Case, command: Command) -> list[str]:
    """The approved guarantees with another reference: the new approval releases them."""
    return [stream for stream, same in _earlier(case, command) if not same]


def _earlier(case: Case, command: Command) -> Iterator[tuple[str, bool]]:
    reference = getattr(command.document, "reference", None)
    for key, each in case.of("guarantee"):
        if each.state == "approved" and key != command.key:
            yield f"guarantee/{key}", each.reference == reference


def _is(law: Law, name: str, day: date) -> str | None:
    """Where it is written that something holds; None where it does not."""
    held = law.on(name, day)
    return held.reference if held is not None and held.value is True else None


@at_home_only
def guarantee_in_force(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(11): where a guarantee is required, one is approved for the day of shipment."""
    document = command.document
    if not isinstance(document, MovementDocument):
        return None
    required = _is(law, "guarantee_required", document.shipment_date)
    if required is None or approved_for(case, document.shipment_date) is not None:
        return None
    return Finding(
        rule_id="guarantee-in-force",
        message=f"No approved guarantee covers a shipment on {document.shipment_date}.",
        block="M15",
        law=f"{LAW}; {required}",
        fix="Apply for a guarantee, and announce the shipment when it is approved.",
    )


@at_home_only
def loads_left(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """The loads under way on a day stay within what the guarantee permits; one received in part counts to its end."""
    document = command.document
    if not isinstance(document, MovementDocument):
        return None
    day = document.shipment_date
    held = approved_for(case, day)
    if held is None or held.active_loads is None:
        return None
    others = [str(line.serial) for line in _active(case, document.serial) if line.shipment_date == day]
    if len(others) < held.active_loads:
        return None
    return Finding(
        rule_id="active-loads-left",
        message=f"{len(others)} loads are under way on {day} (shipments {', '.join(others)}); "
        f"the guarantee permits {held.active_loads}.",
        block="M6",
        pointer="/shipment_date",
        law=_cited(law, "active_loads_capped", day),
        fix="Take another day, or wait for the certificate of one of them.",
    )


def loads_are_named(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Where a guarantee limits the loads under way on a day, its approval names how many."""
    document = command.document
    capped = _is(law, "active_loads_capped", now.date())
    if not isinstance(document, GuaranteeApproval) or capped is None or document.active_loads is not None:
        return None
    return Finding(
        rule_id="guarantee-names-loads",
        message="The approval does not say how many loads may be under way on one day.",
        pointer="/active_loads",
        law=f"{LAW}; {capped}",
        fix="Name the number of loads.",
    )


def _cited(law: Law, name: str, day: date) -> str:
    where = _is(law, name, day)
    return LAW if where is None else f"{LAW}; {where}"


@at_home_only
def quantity_covered(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A guarantee for a part of the notification covers, at any time, all that is under way."""
    document = command.document
    if not isinstance(document, MovementDocument):
        return None
    held = approved_for(case, document.shipment_date)
    if held is None or held.covers is None or held.covers.dimension != document.quantity.dimension:
        return None
    under_way = sum((each.taken.base for each in _active(case, document.serial) if each.counted), Decimal(0))
    if under_way + document.quantity.base <= held.covers.base:
        return None
    return Finding(
        rule_id="guarantee-covers-quantity",
        message=f"With {document.quantity}, {under_way + document.quantity.base} would be under way; "
        f"the guarantee covers {held.covers} at one time.",
        block="M5",
        pointer="/quantity",
        value=str(document.quantity),
        law=LAW,
        fix="Wait for the certificate of a load under way, or have the guarantee raised.",
    )


def _active(case: Case, serial: int) -> Iterator[Line]:
    return (line for line in ledger(case).lines if line.active and line.serial != serial)


def dates_in_order(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A guarantee is complete after it was received, decided after it was complete, and nothing is dated ahead."""
    held, document = case.streams.get(command.stream), command.document
    said = _said(document)
    if said is None:
        return None
    words, day = said
    known = (("received", held.received_on), ("complete", held.completed_on)) if held is not None else ()
    wrong = [f"it was {what} on {since}" for what, since in known if since is not None and day < since]
    wrong += [f"today is {now.date()}"] if day > now.date() else []
    if not wrong:
        return None
    return Finding(
        rule_id="guarantee-dates",
        message=f"{words} on {day} does not fit: {' and '.join(wrong)}.",
        value=str(day),
        law=LAW,
        fix="Give the true days: received, complete, decided, released.",
    )


def _said(document: object) -> tuple[str, date] | None:
    """Which day a document states, in words."""
    if isinstance(document, GuaranteeApplication):
        return "Received", document.received_on
    if isinstance(document, GuaranteeCompletion):
        return "Complete", document.completed_on
    if isinstance(document, GuaranteeApproval | GuaranteeRefusal):
        return "Decided", document.decided_on
    return ("Released", document.released_on) if isinstance(document, GuaranteeRelease) else None


def nothing_depends_on_it(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(11): a guarantee is released when nothing under way depends on it."""
    mine = case.streams.get(command.stream)
    others = [each for key, each in case.of("guarantee") if key != command.key and each.state == "approved"]
    if mine is None or others or "notification" not in case.streams:
        return None
    open_lines = [str(line.serial) for line in ledger(case).lines if line.active and line.counted]
    if not open_lines:
        return None
    return Finding(
        rule_id="guarantee-needed",
        message=f"The guarantee still covers shipments {', '.join(open_lines)}.",
        law=LAW,
        fix="Wait for their last certificates; an interim certificate does not free a guarantee.",
    )


_TOLD = (Role.NOTIFIER, *ALL_AUTHORITIES)

GUARANTEE = Process(
    name="guarantee",
    title="Financial guarantee",
    one_per="guarantee",
    instance=Guarantee,
    states={
        START: "Awaiting application",
        "applied": "Application received",
        "complete": "Application complete",
        "approved": "Approved",
        "refused": "Refused",
        "released": "Released",
        "superseded": "Superseded",
    },
    steps=[
        Step(
            name="apply",
            title="Offer a guarantee",
            source=(START,),
            target="applied",
            event="GuaranteeOffered",
            by=(Role.NOTIFIER,),
            law=LAW,
            takes=GuaranteeApplication,
            says="GuaranteeApplication",
            to=(Role.EXPORT_AUTHORITY,),
            records=("received_on",),
            guards=(dates_in_order,),
        ),
        Step(
            name="complete",
            title="Find the application complete",
            source=("applied", "complete"),
            target="complete",
            event="GuaranteeComplete",
            by=(Role.EXPORT_AUTHORITY,),
            law=LAW,
            takes=GuaranteeCompletion,
            says="GuaranteeCompletion",
            to=(Role.NOTIFIER,),
            records=("completed_on",),
            guards=(dates_in_order,),
            starts={"guarantee_decision": "completed_on"},
        ),
        Step(
            name="approve",
            title="Approve the guarantee",
            source=("complete",),
            target="approved",
            event="GuaranteeApproved",
            by=(Role.EXPORT_AUTHORITY,),
            law=LAW,
            takes=GuaranteeApproval,
            says="GuaranteeApproval",
            to=_TOLD,
            records=("reference", "decided_on", "active_loads", "covers", "valid_from", "valid_until"),
            guards=(dates_in_order, loads_are_named),
            stops=("guarantee_decision",),
            also=("guarantee.supersede", "guarantee.free"),
            where={"guarantee.supersede": superseded, "guarantee.free": freed},
        ),
        Step(
            name="supersede",
            title="Another approval takes its place",
            source=("approved",),
            target="superseded",
            event="GuaranteeSuperseded",
            by=(),
            law=LAW,
            takes=GuaranteeApproval,
        ),
        Step(
            name="free",
            title="Released because another guarantee is approved",
            source=("approved",),
            target="released",
            event="GuaranteeFreed",
            by=(),
            law=LAW,
            takes=GuaranteeApproval,
            records=("released_on",),
        ),
        Step(
            name="refuse",
            title="Refuse the guarantee",
            source=("complete",),
            target="refused",
            event="GuaranteeRefused",
            by=(Role.EXPORT_AUTHORITY,),
            law=LAW,
            takes=GuaranteeRefusal,
            says="GuaranteeRefusal",
            to=(Role.NOTIFIER,),
            records=("decided_on",),
            guards=(dates_in_order,),
            stops=("guarantee_decision",),
        ),
        Step(
            name="release",
            title="Release the guarantee",
            source=("approved",),
            target="released",
            event="GuaranteeReleased",
            by=(Role.EXPORT_AUTHORITY,),
            law=LAW,
            takes=GuaranteeRelease,
            says="GuaranteeRelease",
            to=_TOLD,
            records=("released_on",),
            guards=(dates_in_order, nothing_depends_on_it),
        ),
    ],
)
