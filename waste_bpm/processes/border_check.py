"""The border check: one per shipment and customs office, at exit, transit and import entry (Basel Art. 4(7)(c), 9).

The paper part is a checklist run; its outcome raises a step here, which the guards may still refuse.
"""

from dataclasses import dataclass
from datetime import datetime

from waste_bpm.documents.transport import BorderArrival, BorderCheckResult, BorderResult, DocumentCheck, Weighing
from waste_bpm.law.rules import Law
from waste_bpm.processes.answer import missing_consents
from waste_bpm.processes.case import Case, Command, Guard, Instance, at_home_only
from waste_bpm.processes.ledger import LAW as LEDGER_LAW
from waste_bpm.processes.ledger import ledger
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Finding, Quantity, Role


@dataclass(frozen=True, kw_only=True)
class BorderCheck(Instance):
    """What a case remembers of one check at one office."""

    office: str | None = None
    point: str | None = None
    arrived_at: datetime | None = None
    reason: str | None = None
    run: str | None = None
    measured_quantity: Quantity | None = None
    decided_at: datetime | None = None


def movement_is_known(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 4(7)(c): a movement document accompanies the waste."""
    serial = command.key.partition("/")[0]
    movement = case.streams.get(f"movement/{serial}")
    if movement is not None and movement.state != "cancelled":
        return None
    state = "was cancelled" if movement is not None else "was never announced"
    return Finding(
        rule_id="movement-announced",
        message=f"Shipment {serial} {state}.",
        law="Basel Art. 4(7)(c)",
        fix="Hold the load and consult the competent authority.",
    )


def own_office(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """An office records its own check, at a point of the notified route (Annex V A items 6 to 8)."""
    own = command.key.partition("/")[2]
    office = getattr(command.document, "office", own)
    if office == own:
        return None
    return Finding(
        rule_id="own-office",
        message=f"The document is that of office {office}, the check is {command.key}.",
        pointer="/office",
        law="Annex V A 6-8",
        fix="Use the identifier of the office in both places.",
    )


@at_home_only
def papers_were_right(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 9(1)(d): a load whose papers do not fit it is not released."""
    check = case.streams.get(command.stream)
    if check is not None and check.state == "documents_verified":
        return None
    return Finding(
        rule_id="documents-verified",
        message="The document and consent check has not ended well for this load.",
        law="Basel Art. 9(1)",
        fix="Run the document and consent check (SOP-01) first; a discrepancy is for the competent authority.",
    )


def consents_cover_today(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 9(1)(b): without every consent the movement is illegal traffic."""
    missing = missing_consents(case, now.date())
    if not missing:
        return None
    return Finding(
        rule_id="consents-cover-today",
        message=f"The load cannot be released: {'; '.join(missing)}.",
        block="N20",
        law="Basel Art. 9(1)(a)-(b)",
        fix="Hold the load and consult the competent authority.",
    )


def weight_within_consent(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(6)-(8), 9(1)(d): what was weighed, with all other shipments, stays within the consented total."""
    check = case.streams.get(command.stream)
    document = command.document
    weighed = getattr(document, "measured_quantity", None) or (check.measured_quantity if check else None)
    if weighed is None or command.key.partition("/")[0] not in dict(case.of("movement")):
        return None
    book = ledger(case)
    left = book.without(int(command.key.partition("/")[0]))
    if weighed <= left:
        return None
    return Finding(
        rule_id="weight-within-consent",
        message=f"{weighed} were weighed, but {left} are left of the consented {book.consented} for this load.",
        block="M5",
        pointer="/measured_quantity",
        value=str(weighed),
        law=f"{LEDGER_LAW}, 9(1)(d)",
        fix="Hold the load; the competent authority decides on the excess.",
    )


def result_is(result: BorderResult) -> Guard:
    """A guard: the document says the result that the step stands for."""

    def result_fits_step(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
        """The document of a control says how it ended."""
        said = getattr(command.document, "result", result)
        if said is result:
            return None
        return Finding(
            rule_id="result-fits-step",
            message=f"The document says {said}, the step means {result}.",
            pointer="/result",
            law="Basel Art. 4(7)(c)",
            fix=f"Write {result}, or take the other step.",
        )

    return result_fits_step


_TOLD = (Role.NOTIFIER, *ALL_AUTHORITIES, *CUSTOMS, Role.CARRIER, Role.DISPOSER)

BORDER_CHECK = Process(
    name="border_check",
    title="Border check",
    one_per="office",
    instance=BorderCheck,
    states={
        START: "Expected",
        "presented": "Presented",
        "documents_verified": "Documents verified",
        "discrepancy": "Discrepancy found",
        "released": "Released",
        "held": "Held",
    },
    steps=[
        Step(
            name="present",
            title="Record the arrival at the office",
            source=(START,),
            target="presented",
            event="ShipmentPresented",
            by=CUSTOMS,
            law="Basel Art. 4(7)(c)",
            takes=BorderArrival,
            says="BorderArrival",
            to=(*ALL_AUTHORITIES, *CUSTOMS),
            records=("office", "point", "arrived_at"),
            guards=(own_office, movement_is_known),
        ),
        Step(
            name="verify_documents",
            title="Documents and consents verified",
            source=("presented",),
            target="documents_verified",
            event="DocumentsVerified",
            by=CUSTOMS,
            law="Basel Art. 4(7)(c), Annex V B",
            takes=DocumentCheck,
            records=("run",),
            guards=(consents_cover_today,),
            outcome="documents.verified",
        ),
        Step(
            name="record_discrepancy",
            title="Discrepancy recorded",
            source=("presented",),
            target="discrepancy",
            event="DiscrepancyRecorded",
            by=CUSTOMS,
            law="Basel Art. 9(1)",
            takes=DocumentCheck,
            records=("run", "reason"),
            outcome="documents.discrepancy_recorded",
        ),
        Step(
            name="weigh",
            title="Weigh the load",
            source=("presented", "documents_verified", "discrepancy"),
            target=None,
            event="LoadWeighed",
            by=CUSTOMS,
            law="Annex V B 11",
            takes=Weighing,
            records=("measured_quantity",),
        ),
        Step(
            name="release",
            title="Release the load",
            source=("presented", "documents_verified", "discrepancy"),
            target="released",
            event="LoadReleased",
            by=CUSTOMS,
            law="Basel Art. 4(7)(c)",
            takes=BorderCheckResult,
            says="BorderCheckResult",
            to=_TOLD,
            records=("office", "point", "measured_quantity", "decided_at"),
            guards=(
                own_office,
                result_is(BorderResult.RELEASED),
                papers_were_right,
                consents_cover_today,
                weight_within_consent,
            ),
        ),
        Step(
            name="hold",
            title="Hold the load",
            source=("presented", "documents_verified", "discrepancy"),
            target="held",
            event="LoadHeld",
            by=CUSTOMS,
            law="Basel Art. 9(1)",
            takes=BorderCheckResult,
            says="BorderCheckResult",
            to=_TOLD,
            records=("office", "point", "measured_quantity", "decided_at"),
            guards=(own_office, result_is(BorderResult.HELD)),
        ),
    ],
)
