"""The steps by which an authority decides, changes its decision, withdraws it, or bars the file (Basel Art. 4, 6)."""

from waste_bpm.documents.answers import ConsentDecision
from waste_bpm.documents.decisions import (
    ConsentWithdrawal,
    DecisionUpdate,
    ObjectionDecision,
    Outcome,
    Prohibition,
    ProhibitionEnd,
    TacitConsent,
)
from waste_bpm.processes import answer_rules as rules
from waste_bpm.processes import completeness_rules as completeness
from waste_bpm.processes import silence
from waste_bpm.processes.answer_steps import EU, OTHER_THAN_EU, PENDING
from waste_bpm.processes.pre_consent_rules import import_knows_pre_consent
from waste_bpm.processes.process import START, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Role

GIVEN = ("consented", "tacit")
"""The states of an answer that let waste move."""
_TOLD = (Role.NOTIFIER, *ALL_AUTHORITIES)
_TOLD_WITH_CUSTOMS = (*_TOLD, *CUSTOMS)
_TERMS = ("transit_answer", "import_answer", "decision", "decision_pre_consented", "idle_explanation")
_DECISION = (
    "country",
    "decided_on",
    "valid_from",
    "valid_until",
    "contract_confirmed",
    "most_quantity",
    "most_shipments",
)
_MAY_CONSENT = (
    rules.own_state,
    rules.file_is_not_prohibited,
    rules.contract_confirmed,
    rules.validity_within_limit,
    rules.cap_is_countable,
    rules.not_before_embargo,
)

DECISIONS = (
    Step(
        name="consent",
        title="Consent in writing",
        source=PENDING,
        target="consented",
        event="ConsentGiven",
        by=ALL_AUTHORITIES,
        law="Basel Art. 6(2), 6(4)",
        takes=ConsentDecision,
        says="ConsentDecision",
        to=_TOLD_WITH_CUSTOMS,
        records=_DECISION,
        guards=(
            rules.notification_is_before_it,
            rules.within(OTHER_THAN_EU, rules.acknowledged_first),
            rules.within(EU, completeness.completed_first),
            rules.information_answered,
            *_MAY_CONSENT,
            import_knows_pre_consent,
        ),
        stops=_TERMS,
    ),
    Step(
        name="object",
        title="Object",
        source=PENDING,
        target="objected",
        event="ObjectionMade",
        by=ALL_AUTHORITIES,
        law="Basel Art. 6(2), 6(4)",
        takes=ObjectionDecision,
        says="ObjectionDecision",
        to=_TOLD,
        records=("country", "decided_on"),
        guards=(rules.notification_is_before_it, rules.own_state, rules.grounds_are_admitted),
        stops=_TERMS,
    ),
    Step(
        name="presume_consent",
        title="Record tacit consent",
        source=(START, "received", "acknowledged", "complete"),
        target="tacit",
        event="TacitConsentRecorded",
        by=(Role.CLOCK,),
        law="Basel Art. 6(4)",
        takes=TacitConsent,
        says="TacitConsentNotice",
        to=_TOLD_WITH_CUSTOMS,
        records=("country", "counted_to", "valid_until"),
        guards=(
            rules.notification_is_before_it,
            rules.own_state,
            rules.information_answered,
            silence.silence_of_this_role,
            silence.waiver_is_on_file,
            silence.period_has_ended,
        ),
        stops=_TERMS,
        lapses=("transit_answer", "decision", "decision_pre_consented"),
        drawn_up=silence.tacit_consent,
    ),
    Step(
        name="revise_to_consent",
        title="Consent after an objection",
        source=("objected",),
        target="consented",
        event="ObjectionReplaced",
        by=ALL_AUTHORITIES,
        law="Basel Art. 6(2)",
        takes=DecisionUpdate,
        says="DecisionUpdate",
        to=_TOLD_WITH_CUSTOMS,
        records=(*_DECISION, "decision"),
        guards=(
            rules.becomes(Outcome.CONSENT),
            rules.decision_is_the_last,
            rules.within(("EU", "OECD"), rules.objection_still_curable),
            *_MAY_CONSENT,
        ),
    ),
    Step(
        name="revise_conditions",
        title="Change the conditions of the consent",
        source=("consented",),
        target="consented",
        event="ConsentRevised",
        by=ALL_AUTHORITIES,
        law="Basel Art. 6(2)",
        takes=DecisionUpdate,
        says="ConsentRevision",
        to=_TOLD_WITH_CUSTOMS,
        records=(*_DECISION, "decision"),
        guards=(rules.becomes(Outcome.CONSENT), rules.decision_is_the_last, *_MAY_CONSENT),
    ),
    Step(
        name="revise_to_objection",
        title="Object after a consent",
        source=GIVEN,
        target="objected",
        event="ConsentReplaced",
        by=ALL_AUTHORITIES,
        law="Basel Art. 6(2)",
        takes=DecisionUpdate,
        says="ConsentReplacement",
        to=_TOLD_WITH_CUSTOMS,
        records=("country", "decided_on", "decision"),
        guards=(
            rules.own_state,
            rules.becomes(Outcome.OBJECTION),
            rules.decision_is_the_last,
            rules.grounds_are_admitted,
        ),
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
        guards=(rules.own_state,),
    ),
)

_DECIDED = ("consented", "tacit", "objected")
PROHIBITION = (
    Step(
        name="prohibit",
        title="Prohibit the file",
        source=(*PENDING, *_DECIDED),
        target=None,
        event="FileProhibited",
        by=ALL_AUTHORITIES,
        law="Basel Art. 4(1), 4(2)",
        takes=Prohibition,
        says="FileProhibition",
        to=_TOLD_WITH_CUSTOMS,
        records=("country", "prohibited_on"),
        guards=(rules.own_state, rules.not_prohibited_already),
    ),
    Step(
        name="lift_prohibition",
        title="Lift the prohibition",
        source=(*PENDING, *_DECIDED),
        target=None,
        event="ProhibitionLifted",
        by=ALL_AUTHORITIES,
        law="Basel Art. 4(1), 4(2)",
        takes=ProhibitionEnd,
        says="ProhibitionEnd",
        to=_TOLD_WITH_CUSTOMS,
        records=("country", "lifted_on"),
        guards=(rules.own_state, rules.is_prohibited),
    ),
)
