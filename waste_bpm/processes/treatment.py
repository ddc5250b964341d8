"""Disposal or recovery of a shipment, through interim operations to the last certificate (Basel Art. 6(9)).

An interim certificate ends nothing: the file, the guarantee and the duty to take back stay until every part that was
handed on has the certificate of a facility that finished it.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from waste_bpm.documents.treatment import (
    Certified,
    HandedOn,
    InterimTreatmentCompletion,
    SubsequentTreatmentCompletion,
    TreatmentCompletion,
)
from waste_bpm.law import codes
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Instance, at_home_only
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.processes.receipt import operation_is_notified
from waste_bpm.vocabulary import ALL_AUTHORITIES, Finding, Quantity, Role, Severity, Unit

LAW = "Basel Art. 6(9)"


@dataclass(frozen=True, kw_only=True)
class Disposal(Instance):
    """What a case remembers of the treatment of one shipment."""

    appends: ClassVar[frozenset[str]] = frozenset({"certified"})

    completed_on: date | None = None
    treated_quantity: Quantity | None = None
    interim_quantity: Quantity | None = None
    handed_on: tuple[HandedOn, ...] = ()
    certified: tuple[Certified, ...] = ()

    @property
    def open_parts(self) -> Mapping[str, Decimal]:
        """What each later facility got and has not certified yet, in tonnes or cubic metres."""
        found: dict[str, Decimal] = defaultdict(Decimal)
        for part in (*self.handed_on, *(part for each in self.certified for part in each.outputs)):
            found[part.facility] += part.quantity.base
        for each in self.certified:
            found[each.facility] -= each.quantity.base
        return {facility: amount for facility, amount in found.items() if amount}

    @property
    def recovered(self) -> Quantity | None:
        """What is certified as finally treated: at once, or by the facilities at the ends of the chain."""
        if self.treated_quantity is not None or self.interim_quantity is None:
            return self.treated_quantity
        ends = (each.quantity.base for each in self.certified if not each.outputs)
        unit = Unit.TONNE if self.interim_quantity.dimension == "mass" else Unit.CUBIC_METRE
        return Quantity(sum(ends, Decimal(0)), unit)


def was_accepted(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(9): what is certified was received and accepted before, and is not more."""
    receipt, document = case.streams.get(f"receipt/{command.key}"), command.document
    completed, treated = getattr(document, "completed_on", None), getattr(document, "treated_quantity", None)
    if receipt is None or receipt.state == "rejected" or receipt.accepted_quantity is None:
        problem, cure = f"No part of shipment {command.key} has been accepted.", "Record the receipt first."
    elif completed is not None and completed < receipt.received_on:
        problem = f"Completed on {completed}, before the receipt on {receipt.received_on}."
        cure = "Give the day on which the treatment was completed."
    elif treated is not None and _more(treated, receipt.accepted_quantity):
        problem = f"{treated} certified, {receipt.accepted_quantity} accepted."
        cure = "Certify at most what was accepted."
    else:
        return None
    return Finding(rule_id="was-accepted", message=problem, block="M19", law=LAW, fix=cure)


def _more(treated: Quantity, accepted: Quantity) -> bool:
    return treated.dimension != accepted.dimension or accepted < treated


def completed_by_now(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Block 19: what has not happened yet is not certified."""
    completed = getattr(command.document, "completed_on", None)
    if completed is None or completed <= now.date():
        return None
    return Finding(
        rule_id="completion-date",
        message=f"Completed on {completed} does not fit: today is {now.date()}.",
        block="M19",
        pointer="/completed_on",
        law=LAW,
        fix="Give the day on which the treatment was completed.",
    )


def nothing_is_lost(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Block 19: less than was accepted may be certified, for treatment loses mass; the difference is pointed out."""
    receipt, treated = case.streams.get(f"receipt/{command.key}"), getattr(command.document, "treated_quantity", None)
    accepted = receipt.accepted_quantity if receipt is not None else None
    if treated is None or accepted is None or treated.dimension != accepted.dimension or accepted <= treated:
        return None
    return Finding(
        rule_id="treated-less-than-accepted",
        message=f"{treated} are certified of {accepted} accepted: {accepted - treated} are not accounted for.",
        severity=Severity.WARNING,
        block="M19",
        pointer="/treated_quantity",
        law=LAW,
        fix="Certify the rest too, or say in the file what was lost or left.",
    )


@at_home_only
def certificate_in_time(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A certificate follows its completion within the days of the regime; a late one is recorded all the same."""
    completed = getattr(command.document, "completed_on", None)
    held = law.on("completion_certificate", completed) if completed is not None else None
    due = law.rule("completion_certificate").due(completed) if held is not None and completed is not None else None
    if held is None or due is None or now.date() <= due:
        return None
    return Finding(
        rule_id="certificate-late",
        message=f"Completed on {completed}, to be certified by {due}, certified on {now.date()}.",
        severity=Severity.WARNING,
        block="M19",
        law=held.reference,
        fix="Certify each completion when it happens.",
    )


def is_interim(operation: str) -> bool | None:
    """Whether an operation only prepares for another one; None when that is not known."""
    entry = codes.find(operation[:1], operation)
    return None if entry is None else entry.interim


def operation_ends_it(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A final certificate is for an operation that ends the treatment; an interim one names what follows."""
    document = command.document
    ends = isinstance(document, TreatmentCompletion)
    operation = getattr(document, "operation", None)
    if operation is None or is_interim(operation) is not ends:
        return None
    said = f"{operation} is an interim operation." if ends else f"{operation} is no interim operation."
    other = "interim" if ends else "final"
    return Finding(
        rule_id="operation-ends-treatment",
        message=said,
        block="M19",
        pointer="/operation",
        value=operation,
        law="Basel Annex IV, Art. 6(9)",
        fix=f"File the {other} certificate, or name the operation that was carried out.",
    )


def part_was_handed_on(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A later certificate is for a part that was handed on to that facility, and for no more than that."""
    document, held = command.document, case.streams.get(command.stream)
    if not isinstance(document, SubsequentTreatmentCompletion) or held is None:
        return None
    alike = held.interim_quantity is None or held.interim_quantity.dimension == document.treated_quantity.dimension
    still = held.open_parts.get(document.facility, Decimal(0)) if alike else Decimal(0)
    if document.treated_quantity.base <= still:
        return None
    others = ", ".join(f"{facility} {amount}" for facility, amount in held.open_parts.items()) or "nothing"
    return Finding(
        rule_id="part-handed-on",
        message=f"{document.facility} certifies {document.treated_quantity}; {still} of what it got is open.",
        block="M19",
        pointer="/treated_quantity",
        value=str(document.treated_quantity),
        law=LAW,
        fix=f"Certify what was handed on and is open: {others}.",
    )


def later_interim_names_what_follows(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A later facility whose operation is interim names where the waste goes next; one that ends it names nothing."""
    document = command.document
    if not isinstance(document, SubsequentTreatmentCompletion):
        return None
    interim = is_interim(document.operation)
    if interim is None or interim == bool(document.outputs):
        return None
    operation = document.operation
    problem = (
        f"{operation} is interim, and nothing says where the waste went."
        if interim
        else f"{operation} ends the treatment, and hands on."
    )
    return Finding(
        rule_id="later-interim-named",
        message=problem,
        block="M19",
        pointer="/outputs",
        law="Basel Annex IV, Art. 6(9)",
        fix="Name the facilities that follow an interim operation, and none after a final one.",
    )


def _open_after(case: Case, command: Command) -> Mapping[str, Decimal]:
    document, held = command.document, case.streams.get(command.stream)
    if not isinstance(document, SubsequentTreatmentCompletion) or held is None:
        return {}
    after = Disposal(handed_on=held.handed_on, certified=(*held.certified, document.certified))
    return after.open_parts


@at_home_only
def more_is_open(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A subsequent certificate is one after which others are still awaited."""
    if command.document is None or _open_after(case, command):
        return None
    return Finding(
        rule_id="last-certificate",
        message="With this certificate nothing is open any more: it is the last one.",
        law=LAW,
        fix="File it as the final certificate of the shipment.",
    )


@at_home_only
def nothing_is_open(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """The final certificate of a chain is the one that leaves nothing open, to the gram."""
    still = _open_after(case, command)
    if not still:
        return None
    return Finding(
        rule_id="parts-open",
        message=f"Not yet certified: {', '.join(f'{amount} at {facility}' for facility, amount in still.items())}.",
        law=LAW,
        fix="File this one as a subsequent certificate, and the last as the final one.",
    )


_TOLD = (Role.NOTIFIER, *ALL_AUTHORITIES, Role.CONSIGNEE)
_OWN = (was_accepted, completed_by_now, operation_is_notified, operation_ends_it)
_LATER = (completed_by_now, part_was_handed_on, later_interim_names_what_follows)
_CERTIFIED = ("receipt.completion_latest",)

DISPOSAL = Process(
    name="disposal",
    title="Disposal or recovery of a shipment",
    one_per="shipment",
    instance=Disposal,
    states={START: "Awaited", "interim": "Interim operation certified", "certified": "Certified"},
    steps=[
        Step(
            name="certify",
            title="Certify disposal or recovery",
            source=(START,),
            target="certified",
            event="TreatmentCertified",
            by=(Role.DISPOSER,),
            law=LAW,
            takes=TreatmentCompletion,
            says="TreatmentCompletion",
            to=_TOLD,
            records=("completed_on", "treated_quantity"),
            guards=(*_OWN, nothing_is_lost, certificate_in_time),
            stops=_CERTIFIED,
        ),
        Step(
            name="certify_interim",
            title="Certify an interim operation",
            source=(START,),
            target="interim",
            event="InterimTreatmentCertified",
            by=(Role.DISPOSER,),
            law=LAW,
            takes=InterimTreatmentCompletion,
            says="InterimTreatmentCompletion",
            to=_TOLD,
            records=("completed_on", "interim_quantity", "handed_on"),
            guards=(*_OWN, nothing_is_lost, certificate_in_time),
            stops=_CERTIFIED,
            starts={"subsequent_certificate": "completed_on"},
        ),
        Step(
            name="certify_subsequent",
            title="Pass on the certificate of a later facility",
            source=("interim",),
            target=None,
            event="SubsequentTreatmentCertified",
            by=(Role.DISPOSER,),
            law=LAW,
            takes=SubsequentTreatmentCompletion,
            says="SubsequentTreatmentCompletion",
            to=_TOLD,
            records=("certified",),
            guards=(*_LATER, more_is_open, certificate_in_time),
        ),
        Step(
            name="certify_final",
            title="Pass on the last certificate",
            source=("interim",),
            target="certified",
            event="TreatmentChainCertified",
            by=(Role.DISPOSER,),
            law=LAW,
            takes=SubsequentTreatmentCompletion,
            says="SubsequentTreatmentCompletion",
            to=_TOLD,
            records=("completed_on", "certified"),
            guards=(*_LATER, nothing_is_open, certificate_in_time),
            stops=("subsequent_certificate",),
        ),
    ],
)
