"""The failed movement: waste that is not disposed of as the contract says, and goes back or elsewhere (Basel Art. 8).

Two streams, each with its home. `return_case` is kept by the State of import: opened by a rejection or a failure, split
where parts go different ways, and put to the State of export, which starts the clock. `take_back` is the answer of the
State of export, from the order to return, or the alternative, to the end. A part of a load has a case of its own.
"""

from dataclasses import dataclass
from datetime import date, datetime

from waste_bpm.documents.returns import (
    AlternativeAgreement,
    FailedMovement,
    PeriodAgreement,
    ReturnPart,
    ReturnReferral,
    TakeBackRequest,
)
from waste_bpm.documents.treatment import ShipmentRejection
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Instance, at_home_only
from waste_bpm.processes.ledger import ledger
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, Finding, Quantity, Role

LAW = "Basel Art. 8"


@dataclass(frozen=True, kw_only=True)
class ReturnCase(Instance):
    """What a case remembers of waste that has to go back or elsewhere.

    `rejected_quantity` is what the case began with; `quantity` what was asked to be taken back.
    """

    rejected_quantity: Quantity | None = None
    location: str | None = None
    informed_on: date | None = None
    quantity: Quantity | None = None
    agreed_on: date | None = None
    until: date | None = None
    referred_on: date | None = None


def concerned(case: Case, key: str) -> Quantity | None:
    """What a return case is about: what it began with, without the parts that have a case of their own."""
    mine = case.streams.get(f"return_case/{key}")
    whole: Quantity | None = mine.rejected_quantity if mine is not None else None
    if whole is None or "/" in key:
        return whole
    for name, part in case.of("return_case"):
        if name.startswith(f"{key}/") and part.rejected_quantity is not None:
            whole = whole - part.rejected_quantity
    return whole


def movement_failed(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 8: what is on its way and was not received can fail; a rejection opens its case by itself.

    A failure is that of the shipment; what goes another way is parted from it afterwards, so nothing fails twice.
    """
    serial, _, part = command.key.partition("/")
    movement, failed = case.streams.get(f"movement/{serial}"), getattr(command.document, "failed_quantity", None)
    if movement is None or movement.state in ("planned", "announced", "cancelled"):
        problem = f"Shipment {serial} is not on its way."
    elif part:
        problem = f"A failure is that of shipment {serial}, not of its part {part}."
    elif f"receipt/{serial}" in case.streams:
        problem = f"Shipment {serial} was received or rejected; a rejection opens its return case by itself."
    elif failed is not None and _exceeds(failed, ledger(case).by_serial[int(serial)].gross):
        problem = f"{failed} are more than shipment {serial} carries."
    else:
        return None
    fix = f"Declare on return_case/{serial} what is on its way and has failed; a part of it is split off then."
    return Finding(rule_id="movement-failed", message=problem, law=LAW, fix=fix)


def _exceeds(part: Quantity, whole: Quantity | None) -> bool:
    return whole is None or part.dimension != whole.dimension or whole < part


def part_of_what_is_open(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A part that goes another way is a part of what its load has open, and leaves a rest (Basel Art. 8)."""
    serial, _, number = command.key.partition("/")
    document = command.document
    if not isinstance(document, ReturnPart):
        return None
    whole = concerned(case, serial)
    left = whole is not None and not _exceeds(document.quantity, whole) and document.quantity.base < whole.base
    if number and left and f"take_back/{serial}" not in case.streams:
        return None
    if whole is None:
        problem = f"Shipment {serial} has no return case."
    elif not number:
        problem = "A part needs a number of its own."
    elif f"take_back/{serial}" in case.streams:
        problem = "The State of export has answered already."
    else:
        problem = f"{document.quantity} is no part of the {whole} that are open."
    return Finding(
        rule_id="return-part",
        message=problem,
        pointer="/quantity",
        law=LAW,
        fix=f"Open the part as return_case/{serial}/2 (3, 4, ...) with less than what is open, before an answer.",
    )


def within_rejected(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 8: what has to go back is what the case is about, to the gram."""
    document, open_ = command.document, concerned(case, command.key)
    if open_ is None or not isinstance(document, TakeBackRequest) or document.quantity.same_as(open_):
        return None
    return Finding(
        rule_id="take-back-quantity",
        message=f"{document.quantity} asked to be taken back, {open_} rejected.",
        pointer="/quantity",
        law=LAW,
        fix=f"Ask for {open_}.",
    )


@at_home_only
def alternative_is_proposed(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 8: the State of import agrees to what the State of export has proposed."""
    answer = case.streams.get(f"take_back/{command.key}")
    if answer is not None and answer.state == "alternative_proposed":
        return None
    return Finding(
        rule_id="alternative-proposed",
        message="No alternative disposal is proposed.",
        law=LAW,
        fix="Wait for the proposal of the State of export.",
    )


def period_is_agreed(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 8: another period holds where the States concerned agree on it: both ends of the route at least."""
    document = command.document
    if not isinstance(document, PeriodAgreement) or "notification" not in case.streams:
        return None
    ends = {
        slot.country
        for slot in case.streams["notification"].slots
        if slot.role in (Role.EXPORT_AUTHORITY, Role.IMPORT_AUTHORITY)
    }
    missing = sorted(ends - set(document.agreed_with))
    mine = case.streams.get(command.stream)
    after_request = mine is None or mine.informed_on is None or mine.informed_on < document.until
    if not missing and after_request and now.date() <= document.until:
        return None
    passed = f"{document.until} lies before the {'day of the record' if after_request else 'request'}."
    return Finding(
        rule_id="period-agreed",
        message=f"{', '.join(missing)} has not agreed." if missing else passed,
        pointer="/agreed_with",
        law=LAW,
        fix="Name the States that agree, the States of export and of import among them, and a day to come.",
    )


_TOLD = (Role.NOTIFIER, *ALL_AUTHORITIES, Role.CONSIGNEE)
_TOLD_WITH_SECRETARIAT = (*_TOLD, Role.SECRETARIAT)

RETURN_CASE = Process(
    name="return_case",
    title="Return of what was rejected or failed",
    one_per="part of a shipment",
    instance=ReturnCase,
    states={
        START: "No return owed",
        "open": "Open",
        "informed": "State of export informed",
        "referred": "Dealt with in another procedure",
    },
    steps=[
        Step(
            name="open",
            title="Open the return case",
            source=(START,),
            target="open",
            event="ReturnCaseOpened",
            by=(),
            law=LAW,
            takes=ShipmentRejection,
            records=("rejected_quantity", "location"),
        ),
        Step(
            name="declare_failed",
            title="Record that the movement cannot be completed",
            source=(START,),
            target="open",
            event="MovementFailed",
            by=(Role.IMPORT_AUTHORITY,),
            law=LAW,
            takes=FailedMovement,
            says="MovementFailure",
            to=_TOLD,
            records=("rejected_quantity", "location"),
            guards=(movement_failed,),
        ),
        Step(
            name="split",
            title="Open a case of its own for a part",
            source=(START,),
            target="open",
            event="ReturnPartOpened",
            by=(Role.IMPORT_AUTHORITY,),
            law=LAW,
            takes=ReturnPart,
            says="ReturnPart",
            to=_TOLD,
            records=("rejected_quantity", "location"),
            guards=(part_of_what_is_open,),
        ),
        Step(
            name="inform",
            title="Inform the State of export and the Secretariat",
            source=("open",),
            target="informed",
            event="ReturnRequested",
            by=(Role.IMPORT_AUTHORITY,),
            law=LAW,
            takes=TakeBackRequest,
            says="TakeBackRequest",
            to=_TOLD_WITH_SECRETARIAT,
            records=("informed_on", "quantity", "location"),
            guards=(within_rejected,),
            starts={"take_back_failed": "informed_on"},
        ),
        Step(
            name="agree_alternative",
            title="Agree to the alternative disposal",
            source=("informed",),
            target=None,
            event="AlternativeAgreed",
            by=(Role.IMPORT_AUTHORITY,),
            law=LAW,
            takes=AlternativeAgreement,
            says="AlternativeAgreement",
            to=_TOLD,
            records=("agreed_on",),
            guards=(alternative_is_proposed,),
        ),
        Step(
            name="extend",
            title="Record another period that the States agree on",
            source=("informed",),
            target=None,
            event="ReturnPeriodAgreed",
            by=(Role.IMPORT_AUTHORITY,),
            law=LAW,
            takes=PeriodAgreement,
            says="PeriodAgreement",
            to=_TOLD_WITH_SECRETARIAT,
            records=("until",),
            guards=(period_is_agreed,),
            agreed={"take_back_failed": "until"},
        ),
        Step(
            name="refer",
            title="Refer the waste to another procedure",
            source=("open", "informed"),
            target="referred",
            event="ReturnCaseReferred",
            by=(Role.IMPORT_AUTHORITY,),
            law="Basel Art. 8, 9",
            takes=ReturnReferral,
            says="ReturnReferral",
            to=_TOLD_WITH_SECRETARIAT,
            records=("referred_on",),
            stops=("take_back_failed",),
        ),
    ],
)
