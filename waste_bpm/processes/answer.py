"""The answer of one authority to a notification: one instance per State concerned (Basel Art. 6(2), 6(4)).

`consents_in_force` is the predicate on which every departure turns (Basel Art. 6(3), 6(4)): no single status of the
notification could hold what each State said.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from waste_bpm.documents.answers import (
    Acknowledgement,
    ConsentDecision,
    ConsentWithdrawal,
    InformationRequest,
    ObjectionDecision,
    TacitConsent,
)
from waste_bpm.law import countries
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Clock, Command, Instance
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Finding, Quantity, Role, Slot

GIVEN = ("consented", "tacit")
"""The states of an answer that let waste move."""


@dataclass(frozen=True, kw_only=True)
class Answer(Instance):
    """What a case remembers of one authority's answer."""

    appends: ClassVar[frozenset[str]] = frozenset({"request"})

    country: str | None = None
    received_on: date | None = None
    acknowledged_on: date | None = None
    request: tuple[str, ...] = ()
    decided_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    contract_confirmed: bool | None = None
    most_quantity: Quantity | None = None
    most_shipments: int | None = None
    effective_on: date | None = None
    counted_to: date | None = None

    @property
    def begins(self) -> date | None:
        """The first day of a written consent; for a tacit one, the day after the last day for an answer."""
        if self.valid_from is None and self.counted_to is not None:
            return self.counted_to + timedelta(days=1)
        return self.valid_from

    def covers(self, day: date) -> bool:
        """Whether the consent that was given, in writing or tacitly, covers a day."""
        return self.begins is not None and self.begins <= day and (self.valid_until is None or day <= self.valid_until)

    def withdrawn(self, day: date) -> bool:
        """Whether a withdrawal is in effect on a day."""
        return self.state == "consent_withdrawn" and (self.effective_on is None or self.effective_on <= day)


def notification_is_before_it(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(1): an authority answers a notification that was laid before it."""
    notification = case.streams.get("notification")
    needed = ("submitted", "transmitted") if command.role is Role.EXPORT_AUTHORITY else ("transmitted",)
    if notification is not None and notification.state in needed:
        return None
    return Finding(
        rule_id="notification-transmitted",
        message=f"The notification is not before the authority of {command.key}.",
        law="Basel Art. 6(1)",
        fix="The authority of the State of export transmits it to all States concerned first.",
    )


def acknowledged_first(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(4): States of transit and import acknowledge before they decide."""
    if command.role is Role.EXPORT_AUTHORITY:
        return None
    answer = case.streams.get(command.stream)
    if answer is not None and answer.acknowledged_on is not None:
        return None
    return Finding(
        rule_id="acknowledged-first",
        message=f"The authority of {command.key} has not acknowledged the notification.",
        block="N19",
        law="Basel Art. 6(2), 6(4)",
        fix="Acknowledge it, with the day of receipt, and then decide.",
    )


def information_answered(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(2): who asked for information decides when the answer is there."""
    answer = case.streams.get(command.stream)
    supplied = case.streams["notification"].request if "notification" in case.streams else ()
    missing = [each for each in (answer.request if answer else ()) if each not in supplied]
    if not missing:
        return None
    return Finding(
        rule_id="information-answered",
        message=f"The information request {', '.join(missing)} has no reply yet.",
        law="Basel Art. 6(2)",
        fix="Wait for the notifier's reply, or object.",
    )


def contract_confirmed(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(3)(b): the State of import confirms that the contract exists."""
    document = command.document
    if not isinstance(document, ConsentDecision) or command.role is not Role.IMPORT_AUTHORITY:
        return None
    if document.contract_confirmed:
        return None
    return Finding(
        rule_id="contract-confirmed",
        message="The State of import has not confirmed that the contract between exporter and disposer exists.",
        pointer="/contract_confirmed",
        block="N17",
        law="Basel Art. 6(3)(b)",
        fix="Confirm it in the decision, once the contract was seen.",
    )


def validity_within_limit(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(8): consent to a general notification holds for at most twelve months."""
    document = command.document
    if not isinstance(document, ConsentDecision):
        return None
    rule = law.rule("consent_validity")
    latest, held = rule.due(document.valid_from), rule.on(document.valid_from)
    if latest is None or held is None or document.valid_until <= latest:
        return None
    return Finding(
        rule_id="consent-validity",
        message=f"The consent would hold until {document.valid_until}, longer than {held.value} months.",
        pointer="/valid_until",
        block="N20",
        law=held.reference,
        fix=f"Let it end on {latest} at the latest.",
    )


def cap_is_countable(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(2), Annex V A item 15: a cap is set in the dimension of block 5, or nothing can be counted by it."""
    notification = case.streams.get("notification")
    document = command.document
    if not isinstance(document, ConsentDecision) or notification is None or notification.intended_quantity is None:
        return None
    cap, intended = document.most_quantity, notification.intended_quantity
    if cap is None or cap.dimension == intended.dimension:
        return None
    return Finding(
        rule_id="cap-countable",
        message=f"The consent is capped at {cap}, but the notification is for {intended}; the two cannot be compared.",
        pointer="/conditions",
        block="N21",
        law="Basel Art. 6(2), Annex V A 15",
        fix="State the cap in the dimension of block 5; mass and volume are never converted.",
    )


def own_state(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """An authority answers for its own State (Basel Art. 5, 6)."""
    said = getattr(command.document, "country", command.key)
    if said == command.key:
        return None
    return Finding(
        rule_id="own-state",
        message=f"The document speaks for {said}, the answer is that of {command.key}.",
        pointer="/country",
        law="Basel Art. 5, 6",
        fix=f"Write {command.key}.",
    )


def silence_may_consent(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(4): silence of a transit State consents only if that State has waived written consent."""
    answer: Answer | None = case.streams.get(command.stream)
    if answer is None or answer.received_on is None:
        return None
    waiver = law.waiver(command.key, answer.received_on)
    if waiver is not None:
        return None
    return Finding(
        rule_id="transit-waiver",
        message=f"{command.key} has not waived written consent, so its silence does not consent.",
        block="N20",
        law="Basel Art. 6(4)",
        fix="Ask its authority for a written answer.",
    )


def period_has_ended(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(4): tacit consent is recorded after the last day for an answer, not on it."""
    document = command.document
    if isinstance(document, TacitConsent) and now.date() > document.counted_to:
        return None
    return Finding(
        rule_id="transit-period-ended",
        message=f"The authority of {command.key} may still answer.",
        block="N20",
        law="Basel Art. 6(4)",
        fix="Wait until the day after the last day for an answer.",
    )


def missing_consents(case: Case, day: date) -> list[str]:
    """What each State concerned still owes for a departure on this day; empty when waste may move."""
    notification = case.streams.get("notification")
    if notification is None or notification.state != "transmitted":
        return ["the notification is not before the States concerned"]
    return [
        problem
        for slot in notification.slots
        if slot.role in ALL_AUTHORITIES and (problem := _missing(case, slot, day)) is not None
    ]


def _missing(case: Case, slot: Slot, day: date) -> str | None:
    answer: Answer = case.streams.get(f"answer/{slot.country}") or Answer()
    problem = None
    if answer.state not in (*GIVEN, "objected", "consent_withdrawn"):
        problem = f"{slot.country} has not consented" if _consent_needed(slot, day) else None
    elif answer.state == "objected":
        problem = f"{slot.country} objects"
    elif answer.withdrawn(day):
        problem = f"{slot.country} has withdrawn its consent"
    elif not answer.covers(day):
        problem = f"the consent of {slot.country} holds from {answer.begins} to {answer.valid_until}"
    elif slot.role is Role.IMPORT_AUTHORITY and not answer.contract_confirmed:
        problem = f"{slot.country} has not confirmed the contract"
    return problem


def _consent_needed(slot: Slot, day: date) -> bool:
    """A transit State that is not a Party is notified (Basel Art. 7), but its consent is not required."""
    return slot.role is not Role.TRANSIT_AUTHORITY or countries.is_basel_party(slot.country, day) is not False


def tacit_consent(case: Case, stream: str, clock: Clock, law: Law) -> TacitConsent | None:
    """The record of a silence that consents; None where the State has not waived written consent (Basel Art. 6(4))."""
    country = stream.partition("/")[2]
    waiver = law.waiver(country, clock.start)
    until: date | None = case.streams["notification"].last_departure
    if waiver is None or until is None:
        return None
    return TacitConsent(
        country=country,
        counted_from=clock.start,
        counted_to=clock.due,
        days=(clock.due - clock.start) // timedelta(days=1),
        waiver=waiver.source,
        valid_until=until,
    )


_TOLD = (Role.NOTIFIER, *ALL_AUTHORITIES)
_TOLD_WITH_CUSTOMS = (*_TOLD, *CUSTOMS)

ANSWER = Process(
    name="answer",
    title="Answer of an authority",
    one_per="authority",
    instance=Answer,
    states={
        START: "Awaited",
        "acknowledged": "Acknowledged",
        "information_requested": "Information requested",
        "consented": "Consented",
        "tacit": "Tacitly consented",
        "objected": "Objected",
        "consent_withdrawn": "Consent withdrawn",
    },
    steps=[
        Step(
            name="acknowledge",
            title="Acknowledge the notification",
            source=(START,),
            target="acknowledged",
            event="NotificationAcknowledged",
            by=(Role.TRANSIT_AUTHORITY, Role.IMPORT_AUTHORITY),
            law="Basel Art. 6(4)",
            takes=Acknowledgement,
            says="NotificationAcknowledgement",
            to=_TOLD,
            records=("country", "received_on", "acknowledged_on"),
            guards=(notification_is_before_it, own_state),
            starts={"transit_answer": "received_on", "import_answer": "received_on"},
        ),
        Step(
            name="request_information",
            title="Ask for information",
            source=("acknowledged", "information_requested"),
            target="information_requested",
            event="InformationRequested",
            by=(Role.TRANSIT_AUTHORITY, Role.IMPORT_AUTHORITY),
            law="Basel Art. 6(2)",
            takes=InformationRequest,
            says="InformationRequest",
            to=_TOLD,
            records=("country", "request"),
            guards=(notification_is_before_it, own_state),
        ),
        Step(
            name="consent",
            title="Consent in writing",
            source=(START, "acknowledged", "information_requested", "objected"),
            target="consented",
            event="ConsentGiven",
            by=ALL_AUTHORITIES,
            law="Basel Art. 6(2), 6(4)",
            takes=ConsentDecision,
            says="ConsentDecision",
            to=_TOLD_WITH_CUSTOMS,
            records=(
                "country",
                "decided_on",
                "valid_from",
                "valid_until",
                "contract_confirmed",
                "most_quantity",
                "most_shipments",
            ),
            guards=(
                notification_is_before_it,
                own_state,
                acknowledged_first,
                information_answered,
                contract_confirmed,
                validity_within_limit,
                cap_is_countable,
            ),
            stops=("transit_answer", "import_answer"),
        ),
        Step(
            name="object",
            title="Object",
            source=(START, "acknowledged", "information_requested"),
            target="objected",
            event="ObjectionMade",
            by=ALL_AUTHORITIES,
            law="Basel Art. 6(2), 6(4)",
            takes=ObjectionDecision,
            says="ObjectionDecision",
            to=_TOLD,
            records=("country", "decided_on"),
            guards=(notification_is_before_it, own_state),
            stops=("transit_answer", "import_answer"),
        ),
        Step(
            name="presume_consent",
            title="Record tacit consent",
            source=("acknowledged",),
            target="tacit",
            event="TacitConsentRecorded",
            by=(Role.CLOCK,),
            law="Basel Art. 6(4)",
            takes=TacitConsent,
            says="TacitConsentNotice",
            to=_TOLD_WITH_CUSTOMS,
            records=("country", "counted_to", "valid_until"),
            guards=(notification_is_before_it, own_state, silence_may_consent, period_has_ended),
            stops=("transit_answer",),
            lapses=("transit_answer",),
            drawn_up=tacit_consent,
        ),
        Step(
            name="withdraw_consent",
            title="Withdraw the consent",
            source=GIVEN,
            target="consent_withdrawn",
            event="ConsentWithdrawn",
            by=ALL_AUTHORITIES,
            law="Basel Art. 4(1)(c), 6",
            takes=ConsentWithdrawal,
            says="ConsentWithdrawal",
            to=_TOLD_WITH_CUSTOMS,
            records=("country", "effective_on"),
            guards=(own_state,),
        ),
    ],
)
