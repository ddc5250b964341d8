"""The assessment of a notification by the authority of export, one per case, where national practice has it.

Receipt, payment, assessment, ready to transmit. Everywhere else the authority transmits what it was given.
"""

from dataclasses import dataclass
from datetime import date, datetime

from waste_bpm.documents.assessment import AssessmentEnd, AssessmentStart, ChargePayment, FilingReceipt
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Instance
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import Finding, Role

_PRACTICE = "practice of the authorities of Great Britain (IWS)"
_REGIMES = frozenset({"GB"})


@dataclass(frozen=True, kw_only=True)
class Assessment(Instance):
    """What a case remembers of its assessment."""

    filed_on: date | None = None
    paid_on: date | None = None
    begun_on: date | None = None
    assessed_on: date | None = None
    interim: bool | None = None


def notification_is_submitted(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """What is assessed was submitted, and is not transmitted yet."""
    notification = case.streams.get("notification")
    if notification is not None and notification.state == "submitted":
        return None
    return Finding(
        rule_id="notification-submitted",
        message="The notification is not before the authority of export.",
        law=_PRACTICE,
        fix="The notifier submits it first.",
    )


def charge_is_paid(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """The assessment begins when the charge is paid."""
    assessment = case.streams.get("assessment")
    if assessment is not None and assessment.paid_on is not None:
        return None
    return Finding(
        rule_id="charge-paid",
        message="No payment of the charge is on record.",
        law=_PRACTICE,
        fix="Record the payment first.",
    )


def dates_follow(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Receipt, payment, begin and end of the assessment follow each other, and none lies in the future."""
    assessment, document = case.streams.get("assessment") or Assessment(), command.document
    on = next((day for name in _DATES if (day := getattr(document, name, None)) is not None), None)
    earlier = [
        day for name in _AFTER.get(type(document).__name__, ()) if (day := getattr(assessment, name)) is not None
    ]
    if on is None or (on <= now.date() and all(day <= on for day in earlier)):
        return None
    return Finding(
        rule_id="assessment-dates",
        message=f"{on} does not fit: what comes before it is of {max(earlier, default=on)}, and today is {now.date()}.",
        law=_PRACTICE,
        fix="Give the true day; receipt and payment come before the assessment, and nothing lies in the future.",
    )


_DATES = ("filed_on", "paid_on", "begun_on", "assessed_on")
_AFTER: dict[str, tuple[str, ...]] = {
    "AssessmentStart": ("filed_on", "paid_on"),
    "AssessmentEnd": ("filed_on", "paid_on", "begun_on"),
}

ASSESSMENT = Process(
    name="assessment",
    title="Assessment by the authority of export",
    one_per="case",
    instance=Assessment,
    states={
        START: "Not begun",
        "received": "Received",
        "in_assessment": "In assessment",
        "ready": "Ready to transmit",
    },
    steps=[
        Step(
            name="record_receipt",
            title="Record the receipt of the filing",
            source=(START,),
            target="received",
            event="FilingReceived",
            by=(Role.EXPORT_AUTHORITY,),
            law=_PRACTICE,
            takes=FilingReceipt,
            records=("filed_on",),
            guards=(notification_is_submitted, dates_follow),
            regimes=_REGIMES,
        ),
        Step(
            name="record_payment",
            title="Record the payment of the charge",
            source=("received",),
            target=None,
            event="ChargePaid",
            by=(Role.EXPORT_AUTHORITY,),
            law=_PRACTICE,
            takes=ChargePayment,
            records=("paid_on",),
            guards=(notification_is_submitted, dates_follow),
            regimes=_REGIMES,
        ),
        Step(
            name="begin",
            title="Begin the assessment",
            source=("received",),
            target="in_assessment",
            event="AssessmentBegun",
            by=(Role.EXPORT_AUTHORITY,),
            law=_PRACTICE,
            takes=AssessmentStart,
            records=("begun_on",),
            guards=(notification_is_submitted, charge_is_paid, dates_follow),
            regimes=_REGIMES,
        ),
        Step(
            name="complete",
            title="Complete the assessment",
            source=("in_assessment",),
            target="ready",
            event="AssessmentCompleted",
            by=(Role.EXPORT_AUTHORITY,),
            law=_PRACTICE,
            takes=AssessmentEnd,
            records=("assessed_on", "interim"),
            guards=(notification_is_submitted, dates_follow),
            regimes=_REGIMES,
        ),
    ],
)
