"""The answer of the State of export to a failed movement, to its end: return, or another sound disposal (Basel Art. 8).

The return travels as a movement of its own (`return_movement`), under documents that name the original shipment; its
steps carry this case along. Nobody may prevent a return, so no consent is asked for it.
"""

from dataclasses import dataclass
from datetime import date, datetime

from waste_bpm.documents.returns import (
    AlternativeAgreement,
    ReturnMovement,
    ReturnReceipt,
    TakeBackAnswer,
    TakeBackClosure,
    TakeBackResponse,
)
from waste_bpm.documents.transport import DepartureNotice, MovementCancellation
from waste_bpm.documents.treatment import TreatmentCompletion
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Guard, Instance, at_home_only
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.processes.return_case import LAW, concerned
from waste_bpm.vocabulary import ALL_AUTHORITIES, Finding, Quantity, Role


@dataclass(frozen=True, kw_only=True)
class TakeBack(Instance):
    """What a case remembers of the answer of the State of export, and of the waste that came back."""

    answered_on: date | None = None
    holder: str | None = None
    quantity: Quantity | None = None
    facility: str | None = None
    number: str | None = None
    agreed_on: date | None = None
    returned_on: date | None = None
    returned_quantity: Quantity | None = None
    treated_quantity: Quantity | None = None
    closed_on: date | None = None


def asked_for(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 8: the State of export answers when the State of import has informed it."""
    asked = case.streams.get(f"return_case/{command.key}")
    if asked is not None and asked.state == "informed":
        return None
    return Finding(
        rule_id="take-back-asked",
        message=f"The State of import has not asked for a return of {command.key}.",
        law=LAW,
        fix="Wait for its request; the period of the return begins with it.",
    )


def answer_is(answer: TakeBackAnswer) -> Guard:
    """A guard: the document says the answer that the step stands for."""

    def answer_fits_step(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
        """The answer of the State of export says what it will do (Basel Art. 8)."""
        said = getattr(command.document, "answer", answer)
        if said is answer:
            return None
        return Finding(
            rule_id="answer-fits-step",
            message=f"The document says {said}, the step means {answer}.",
            pointer="/answer",
            law=LAW,
            fix=f"Write {answer}, or take the other step.",
        )

    return answer_fits_step


def whole_of_it(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 8: the answer is about all that was asked to be taken back; a part has a case of its own."""
    said, asked = getattr(command.document, "quantity", None), concerned(case, command.key)
    if said is None or asked is None or said.same_as(asked):
        return None
    return Finding(
        rule_id="take-back-whole",
        message=f"{said} is said, {asked} is to be taken back.",
        pointer="/quantity",
        value=str(said),
        law=LAW,
        fix=f"Name {asked}; the State of import opens a case of its own for a part that goes another way.",
    )


def duty_has_a_holder(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 8: the duty falls on the exporter, then on the State of export."""
    holder = getattr(command.document, "holder", None)
    slots = case.streams["notification"].slots if "notification" in case.streams else ()
    able = [slot.party for slot in slots if slot.role in (Role.NOTIFIER, Role.GENERATOR, Role.EXPORT_AUTHORITY)]
    if holder is None or not able or holder in able:
        return None
    return Finding(
        rule_id="take-back-holder",
        message=f"{holder} has no duty to take back.",
        pointer="/holder",
        value=holder,
        law=LAW,
        fix=f"Name one of {', '.join(dict.fromkeys(able))}.",
    )


@at_home_only
def import_state_agrees(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 8: an alternative holds when the State of import agrees to it."""
    asked = case.streams.get(f"return_case/{command.key}")
    if asked is not None and asked.agreed_on is not None:
        return None
    return Finding(
        rule_id="alternative-agreed",
        message="The State of import has not agreed to the alternative disposal.",
        law=LAW,
        fix="Wait for its agreement, or have the waste returned.",
    )


def treated_as_owed(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """What came back, or was agreed to be disposed of elsewhere, is certified, and no more of it."""
    treated, mine = getattr(command.document, "treated_quantity", None), case.streams.get(command.stream)
    owed = (mine.returned_quantity or mine.quantity) if mine is not None else None
    if treated is None or owed is None or (treated.dimension == owed.dimension and treated <= owed):
        return None
    return Finding(
        rule_id="treated-as-owed",
        message=f"{treated} certified, {owed} came back or was agreed on.",
        pointer="/treated_quantity",
        law=LAW,
        fix=f"Certify at most {owed}.",
    )


_TOLD = (Role.NOTIFIER, *ALL_AUTHORITIES, Role.CONSIGNEE)
_ANSWERS = (asked_for, whole_of_it, duty_has_a_holder)
_STOPPED = ("return_case.take_back_failed",)

TAKE_BACK = Process(
    name="take_back",
    title="Take-back by the State of export",
    one_per="part of a shipment",
    instance=TakeBack,
    states={
        START: "No answer yet",
        "alternative_proposed": "Alternative disposal proposed",
        "alternative_agreed": "Alternative disposal agreed",
        "return_ordered": "Return ordered",
        "return_announced": "Return announced",
        "return_in_transit": "Return in transit",
        "returned": "Returned",
        "treated": "Treated",
        "closed": "Closed",
    },
    steps=[
        Step(
            name="propose_alternative",
            title="Propose another sound disposal",
            source=(START,),
            target="alternative_proposed",
            event="AlternativeProposed",
            by=(Role.EXPORT_AUTHORITY,),
            law=LAW,
            takes=TakeBackResponse,
            says="TakeBackResponse",
            to=_TOLD,
            records=("answered_on", "holder", "quantity", "facility"),
            guards=(*_ANSWERS, answer_is(TakeBackAnswer.ALTERNATIVE)),
        ),
        Step(
            name="confirm_alternative",
            title="Confirm the alternative that was agreed",
            source=("alternative_proposed",),
            target="alternative_agreed",
            event="AlternativeConfirmed",
            by=(Role.EXPORT_AUTHORITY,),
            law=LAW,
            takes=AlternativeAgreement,
            says="AlternativeAgreement",
            to=_TOLD,
            records=("agreed_on",),
            guards=(import_state_agrees,),
            stops=_STOPPED,
        ),
        Step(
            name="order_return",
            title="Order the return",
            source=(START, "alternative_proposed"),
            target="return_ordered",
            event="ReturnOrdered",
            by=(Role.EXPORT_AUTHORITY,),
            law=LAW,
            takes=TakeBackResponse,
            says="TakeBackResponse",
            to=_TOLD,
            records=("answered_on", "holder", "quantity"),
            guards=(*_ANSWERS, answer_is(TakeBackAnswer.RETURN)),
        ),
        Step(
            name="announce_return",
            title="Link the return movement",
            source=("return_ordered",),
            target="return_announced",
            event="ReturnAnnounced",
            by=(),
            law="Basel Art. 4(7)(c), 8",
            takes=ReturnMovement,
            records=("number",),
        ),
        Step(
            name="call_off",
            title="Unlink a return movement that does not take place",
            source=("return_announced",),
            target="return_ordered",
            event="ReturnCalledOff",
            by=(),
            law=LAW,
            takes=MovementCancellation,
        ),
        Step(
            name="set_out",
            title="The return is under way",
            source=("return_announced",),
            target="return_in_transit",
            event="ReturnSetOut",
            by=(),
            law=LAW,
            takes=DepartureNotice,
        ),
        Step(
            name="come_back",
            title="The waste has come back",
            source=("return_in_transit",),
            target="returned",
            event="WasteCameBack",
            by=(),
            law=LAW,
            takes=ReturnReceipt,
            records=("returned_on", "returned_quantity"),
            stops=_STOPPED,
        ),
        Step(
            name="certify",
            title="Certify what became of the waste",
            source=("returned", "alternative_agreed"),
            target="treated",
            event="TakenBackWasteTreated",
            by=(Role.NOTIFIER, Role.EXPORT_AUTHORITY),
            law=LAW,
            takes=TreatmentCompletion,
            says="TreatmentCompletion",
            to=_TOLD,
            records=("treated_quantity",),
            guards=(treated_as_owed,),
        ),
        Step(
            name="close",
            title="Close the take-back",
            source=("treated",),
            target="closed",
            event="TakeBackClosed",
            by=(Role.EXPORT_AUTHORITY,),
            law=LAW,
            takes=TakeBackClosure,
            says="TakeBackClosure",
            to=(*_TOLD, Role.SECRETARIAT),
            records=("closed_on",),
        ),
    ],
)
