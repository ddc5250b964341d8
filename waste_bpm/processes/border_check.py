"""The border check: one per shipment and customs office, at exit, transit and import entry (Basel Art. 4(7)(c), 9).

The paper part is a checklist run; its outcome raises a step here, which the rules may still refuse. A load that is held
goes on only by the written instruction of the authority of the State of export (`detention`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from waste_bpm.documents.border import (
    DetentionInstruction,
    DetentionNotice,
    EntryConfirmation,
    ExitConfirmation,
    Inspection,
    Instruction,
    RiskSelection,
    SampleResult,
    SampleTaken,
    TransitPassage,
)
from waste_bpm.documents.transport import (
    BorderArrival,
    BorderCheckResult,
    BorderPoint,
    BorderResult,
    DocumentCheck,
    Weighing,
)
from waste_bpm.processes import border_rules as rules
from waste_bpm.processes.case import Guard, Instance
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Quantity, Role


@dataclass(frozen=True, kw_only=True)
class BorderCheck(Instance):
    """What a case remembers of one check at one office."""

    appends: ClassVar[frozenset[str]] = frozenset({"sample", "answered"})

    office: str | None = None
    point: str | None = None
    arrived_at: datetime | None = None
    reason: str | None = None
    run: str | None = None
    verified: bool = False
    measured_quantity: Quantity | None = None
    selected: bool = False
    inspected_at: datetime | None = None
    conforms: bool | None = None
    sample: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    decided_at: datetime | None = None
    handed_over_at: datetime | None = None
    left_on: date | None = None
    entered_on: date | None = None
    passed_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Detention(Instance):
    """What a case remembers of the instruction on a load that an office holds."""

    office: str | None = None
    instruction: str | None = None
    decided_on: date | None = None


_TOLD = (Role.NOTIFIER, *ALL_AUTHORITIES, *CUSTOMS, Role.CARRIER, Role.DISPOSER)
_OPEN = ("presented", "documents_verified", "discrepancy")
_UNDECIDED = (*_OPEN, "held", "handed_over")
_RESULT = ("office", "point", "measured_quantity", "decided_at")


def _ends(name: str, title: str, source: tuple[str, ...], event: str, result: BorderResult, *guards: Guard) -> Step:
    """A row that ends the control of a load, or holds it, with the result that its document says."""
    return Step(
        name=name,
        title=title,
        source=source,
        target=result.value,
        event=event,
        by=CUSTOMS,
        law="Basel Art. 4(7)(c)" if result is BorderResult.RELEASED else "Basel Art. 9(1)",
        takes=BorderCheckResult,
        says="BorderCheckResult",
        to=_TOLD,
        records=_RESULT,
        guards=(rules.own_office, rules.result_is(result), *guards),
    )


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
        "passed": "Passed",
        "held": "Held",
        "handed_over": "Handed over to the authority",
        "refused": "Refused",
        "seized": "Seized",
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
            guards=(rules.own_office, rules.movement_is_known, rules.point_is_notified),
        ),
        Step(
            name="select",
            title="Record the selection for inspection",
            source=_OPEN,
            target=None,
            event="RiskAssessed",
            by=CUSTOMS,
            law="Basel Art. 4(7)(c), 9",
            takes=RiskSelection,
            records=("selected",),
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
            records=("run", "verified"),
            guards=(rules.consents_cover_today,),
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
            name="inspect",
            title="Inspect the load",
            source=_UNDECIDED,
            target=None,
            event="LoadInspected",
            by=CUSTOMS,
            law="Basel Art. 9(1)(d)",
            takes=Inspection,
            records=("inspected_at", "conforms"),
        ),
        Step(
            name="sample",
            title="Take a sample",
            source=_UNDECIDED,
            target=None,
            event="SampleTaken",
            by=CUSTOMS,
            law="Basel Art. 9(1)(d)",
            takes=SampleTaken,
            records=("sample",),
        ),
        Step(
            name="record_result",
            title="Record the result of a sample",
            source=_UNDECIDED,
            target=None,
            event="SampleAnalysed",
            by=CUSTOMS,
            law="Basel Art. 9(1)(d)",
            takes=SampleResult,
            records=("answered", "conforms"),
            guards=(rules.sample_was_taken,),
        ),
        Step(
            name="weigh",
            title="Weigh the load",
            source=_UNDECIDED,
            target=None,
            event="LoadWeighed",
            by=CUSTOMS,
            law="Annex V B 11",
            takes=Weighing,
            says="WeighingReport",
            to=(*ALL_AUTHORITIES, *CUSTOMS),
            records=("measured_quantity",),
        ),
        _ends(
            "release",
            "Release the load",
            _OPEN,
            "LoadReleased",
            BorderResult.RELEASED,
            rules.papers_were_right,
            rules.consents_cover_today,
            rules.weight_within_consent,
            rules.inspected_if_selected,
            rules.samples_answered,
        ),
        _ends("hold", "Hold the load", _OPEN, "LoadHeld", BorderResult.HELD),
        Step(
            name="hand_over",
            title="Hand the load over to the competent authority",
            source=("held",),
            target="handed_over",
            event="LoadHandedOver",
            by=CUSTOMS,
            law="Basel Art. 9",
            takes=DetentionNotice,
            says="DetentionNotice",
            to=_TOLD,
            records=("office", "handed_over_at"),
            guards=(rules.own_office,),
        ),
        _ends(
            "release_as_instructed",
            "Release the load as instructed",
            ("handed_over",),
            "HeldLoadReleased",
            BorderResult.RELEASED,
            rules.instructed_to(Instruction.RELEASE),
            rules.consents_cover_today,
            rules.weight_within_consent,
            rules.samples_answered,
        ),
        _ends("refuse", "Refuse the load", _UNDECIDED, "LoadRefused", BorderResult.REFUSED),
        _ends("seize", "Seize the load", _UNDECIDED, "LoadSeized", BorderResult.SEIZED),
        Step(
            name="pass_out",
            title="The load left the State of export",
            source=("released",),
            target="passed",
            event="LoadPassedOut",
            by=(),
            law="Basel Art. 6(9), Annex V B 7",
            takes=ExitConfirmation,
            records=("left_on",),
            guards=(rules.at_point(BorderPoint.EXIT), rules.passage_in_order),
        ),
        Step(
            name="confirm_passage",
            title="Confirm that the load left a State of transit",
            source=("released",),
            target="passed",
            event="PassageConfirmed",
            by=(Role.CUSTOMS_TRANSIT,),
            law="Basel Art. 4(7)(c), Annex V B 7",
            takes=TransitPassage,
            says="TransitPassage",
            to=(*ALL_AUTHORITIES, *CUSTOMS),
            records=("passed_on",),
            guards=(
                rules.own_office,
                rules.at_point(BorderPoint.TRANSIT_IN, BorderPoint.TRANSIT_OUT),
                rules.passage_in_order,
                rules.entry_is_paired,
            ),
        ),
        Step(
            name="confirm_entry",
            title="Confirm that the load entered the State of import",
            source=("released",),
            target="passed",
            event="EntryConfirmed",
            by=(Role.CUSTOMS_ENTRY,),
            law="Basel Art. 4(7)(c), Annex V B 7",
            takes=EntryConfirmation,
            says="EntryConfirmation",
            to=(*ALL_AUTHORITIES, *CUSTOMS),
            records=("entered_on",),
            guards=(rules.own_office, rules.at_point(BorderPoint.ENTRY), rules.passage_in_order),
        ),
    ],
)

DETENTION = Process(
    name="detention",
    title="Instruction on a load that is held",
    one_per="office",
    instance=Detention,
    states={START: "No instruction", "instructed": "Instructed"},
    steps=[
        Step(
            name="instruct",
            title="Decide in writing on the held load",
            source=(START,),
            target="instructed",
            event="DetentionInstructed",
            by=(Role.EXPORT_AUTHORITY,),
            law="Basel Art. 8, 9",
            takes=DetentionInstruction,
            says="DetentionInstruction",
            to=_TOLD,
            records=("office", "instruction", "decided_on"),
            guards=(rules.own_office, rules.load_is_handed_over),
        ),
        Step(
            name="revise",
            title="Change the instruction",
            source=("instructed",),
            target=None,
            event="DetentionInstructionChanged",
            by=(Role.EXPORT_AUTHORITY,),
            law="Basel Art. 8, 9",
            takes=DetentionInstruction,
            says="DetentionInstruction",
            to=_TOLD,
            records=("office", "instruction", "decided_on"),
            guards=(rules.own_office, rules.load_is_handed_over),
        ),
    ],
)
