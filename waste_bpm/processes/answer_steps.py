"""The steps of an authority before its decision: receive, read, acknowledge, ask, find complete or invalid.

Where the procedure itself differs, a row names its regimes. What follows an event or a silence is on record as an event
with its evidence, and never computed when somebody looks.
"""

from waste_bpm.documents.answers import Acknowledgement, InformationRequest, NotificationReading
from waste_bpm.documents.completeness import (
    CompletenessStatement,
    DecisionPeriod,
    Invalidity,
    NotificationCompletion,
    NotificationReceipt,
    NotificationValidation,
    ReplyReceipt,
)
from waste_bpm.law.rules import Law
from waste_bpm.processes import answer_rules as rules
from waste_bpm.processes import completeness_rules as completeness
from waste_bpm.processes import silence
from waste_bpm.processes.case import Case, Event
from waste_bpm.processes.conditions import (
    all_of,
    by_export,
    by_import,
    member,
    not_by_export,
    not_pre_consented,
    outside,
    pre_consented,
)
from waste_bpm.processes.process import START, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, Role

PENDING = (START, "received", "acknowledged", "information_requested", "complete")
"""The states of an answer before its decision."""
EU = frozenset({"EU"})
OTHER_THAN_EU = frozenset({"BASEL", "OECD", "GB"})


def received(case: Case, stream: str, event: Event, law: Law) -> NotificationReceipt | None:
    """The receipt of a notification by an authority to which it was transmitted."""
    country = stream.partition("/")[2]
    if any((slot.role, slot.country) == (Role.EXPORT_AUTHORITY, country) for slot in case.slots):
        return None
    return NotificationReceipt(country=country, received_on=event.occurred_at.date())


def validated(case: Case, stream: str, event: Event, law: Law) -> NotificationValidation | None:
    """The word that the message passed schema and rules: only such a one is ever recorded."""
    if event.stream != stream:
        return None
    return NotificationValidation(country=stream.partition("/")[2], validated_on=event.facts["received_on"])


def reply_received(case: Case, stream: str, event: Event, law: Law) -> ReplyReceipt | None:
    """The receipt of a reply, by the authority that asked."""
    answer, said = case.streams.get(stream), event.facts["request"]
    if answer is None or said not in answer.request:
        return None
    return ReplyReceipt(country=stream.partition("/")[2], reply=said, reply_on=event.occurred_at.date())


def period_begun(case: Case, stream: str, event: Event, law: Law) -> DecisionPeriod | None:
    """The begin of an authority's time to decide, by what the authority of destination told."""
    first = event.facts.get("completed_on") or event.facts.get("acknowledged_on")
    told = next((slot.country for slot in case.slots if slot.role is Role.IMPORT_AUTHORITY), None)
    if first is None or event.key != told or event.stream == stream:
        return None
    return DecisionPeriod(country=stream.partition("/")[2], period_from=first)


_TOLD = (Role.NOTIFIER, *ALL_AUTHORITIES)
BEFORE_DECISION = (
    Step(
        name="note_receipt",
        title="Note that the notification has arrived",
        source=(START,),
        target="received",
        event="NotificationReceived",
        by=(Role.CLOCK,),
        law="Regulation (EU) 2024/1157, Art. 8(2), 8(6)-(7)",
        takes=NotificationReceipt,
        says="NotificationReceipt",
        to=_TOLD,
        records=("country", "received_on"),
        guards=(rules.own_state,),
        starts={
            "acknowledgement": "received_on",
            "destination_request": "received_on",
            "idle_explanation": "received_on",
        },
        runs_if={"acknowledgement": by_import},
        regimes=frozenset({"OECD", "EU", "GB"}),
        follows=("notification.transmit",),
        drawn_up=received,
    ),
    Step(
        name="note_validation",
        title="Note that the notification is valid in form",
        source=("received",),
        target=None,
        event="NotificationValidated",
        by=(Role.CLOCK,),
        law="Regulation (EU) 2024/1157, Art. 27",
        takes=NotificationValidation,
        says="NotificationValidation",
        to=_TOLD,
        records=("country", "validated_on"),
        guards=(rules.own_state,),
        regimes=frozenset({"OECD", "EU", "GB"}),
        follows=("answer.note_receipt",),
        drawn_up=validated,
    ),
    Step(
        name="read",
        title="Note that an officer has read the notification",
        source=PENDING,
        target=None,
        event="NotificationRead",
        by=ALL_AUTHORITIES,
        law="Basel Art. 6(4): only the acknowledgement has an effect",
        takes=NotificationReading,
        says="NotificationReading",
        to=_TOLD,
        records=("country", "read_on"),
        guards=(rules.notification_is_before_it, rules.own_state),
    ),
    Step(
        name="acknowledge",
        title="Acknowledge the notification",
        source=(START, "received"),
        target="acknowledged",
        event="NotificationAcknowledged",
        by=(Role.TRANSIT_AUTHORITY, Role.IMPORT_AUTHORITY),
        law="Basel Art. 6(4)",
        takes=Acknowledgement,
        says="NotificationAcknowledgement",
        to=_TOLD,
        records=("country", "received_on", "acknowledged_on"),
        guards=(rules.notification_is_before_it, rules.own_state, rules.within(EU, rules.acknowledges_by_treaty)),
        starts={
            "transit_answer": ("received_on", "acknowledged_on"),
            "import_answer": "received_on",
            "decision": "acknowledged_on",
            "decision_pre_consented": "acknowledged_on",
        },
        runs_if={
            "transit_answer": outside,
            "decision": all_of(by_import, not_pre_consented),
            "decision_pre_consented": all_of(by_import, pre_consented),
        },
        stops=("acknowledgement",),
    ),
    Step(
        name="request_information",
        title="Ask for information",
        source=PENDING,
        target="information_requested",
        event="InformationRequested",
        by=ALL_AUTHORITIES,
        law="Basel Art. 6(2)",
        takes=InformationRequest,
        says="InformationRequest",
        to=_TOLD,
        records=("country", "request"),
        guards=(
            rules.notification_is_before_it,
            rules.own_state,
            rules.within(OTHER_THAN_EU, rules.acknowledged_first),
            completeness.rounds_left,
        ),
        starts={"dispatch_reply": "occurred", "destination_reply": "occurred"},
        runs_if={"dispatch_reply": by_export, "destination_reply": not_by_export},
        stops=(
            "notification.dispatch_request",
            "notification.dispatch_completeness",
            "destination_request",
            "destination_completeness",
        ),
    ),
    Step(
        name="note_reply",
        title="Note that the reply has arrived",
        source=("information_requested",),
        target=None,
        event="InformationReceived",
        by=(Role.CLOCK,),
        law="Regulation (EU) 2024/1157, Art. 8(3)-(4), 8(8)-(11)",
        takes=ReplyReceipt,
        records=("country", "reply", "reply_on"),
        guards=(rules.own_state,),
        starts={
            "dispatch_repeat": "reply_on",
            "destination_repeat": "reply_on",
            "destination_completeness": "reply_on",
        },
        runs_if={
            "dispatch_repeat": by_export,
            "destination_repeat": not_by_export,
            "destination_completeness": not_by_export,
        },
        regimes=EU,
        follows=("notification.supply_information",),
        drawn_up=reply_received,
    ),
    Step(
        name="state_complete",
        title="State that the notification is complete for this authority",
        source=("received", "acknowledged", "information_requested"),
        target="complete",
        event="CompletenessStated",
        by=(Role.TRANSIT_AUTHORITY, Role.IMPORT_AUTHORITY),
        law="Regulation (EU) 2024/1157, Art. 8(11)",
        takes=CompletenessStatement,
        says="CompletenessStatement",
        to=_TOLD,
        records=("country", "complete_on"),
        guards=(rules.notification_is_before_it, rules.own_state, rules.information_answered),
        stops=("destination_request", "destination_repeat", "destination_completeness"),
        regimes=EU,
    ),
    Step(
        name="presume_complete",
        title="Record that silence stands for satisfaction",
        source=("received",),
        target="complete",
        event="CompletenessPresumed",
        by=(Role.CLOCK,),
        law="Implementing Regulation (EU) 2025/1290, Art. 17(13)",
        takes=CompletenessStatement,
        says="CompletenessPresumption",
        to=_TOLD,
        records=("country", "complete_on"),
        guards=(
            rules.own_state,
            rules.transit_alone,
            completeness.request_term_has_ended,
            completeness.others_are_satisfied,
        ),
        stops=("destination_request",),
        regimes=EU,
        lapses=("destination_request",),
        drawn_up=silence.presumed_complete,
    ),
    Step(
        name="declare_completed",
        title="Declare the notification properly completed",
        source=("complete",),
        target=None,
        event="NotificationCompleted",
        by=(Role.IMPORT_AUTHORITY,),
        law="Regulation (EU) 2024/1157, Art. 8(12)",
        takes=NotificationCompletion,
        says="NotificationCompletion",
        to=_TOLD,
        records=("country", "completed_on"),
        guards=(rules.own_state, completeness.completed_once, completeness.all_are_satisfied),
        starts={"decision": "completed_on", "decision_pre_consented": "completed_on"},
        runs_if={"decision": not_pre_consented, "decision_pre_consented": pre_consented},
        regimes=EU,
    ),
    Step(
        name="begin_period",
        title="Note that the time to decide has begun",
        source=PENDING,
        target=None,
        event="DecisionPeriodBegan",
        by=(Role.CLOCK,),
        law="Regulation (EU) 2024/1157, Art. 9(1); OECD Decision C(2001)107, ch. II.D(2)",
        takes=DecisionPeriod,
        records=("country", "period_from"),
        guards=(rules.own_state,),
        starts={"decision": "period_from", "decision_pre_consented": "period_from"},
        runs_if={
            "decision": all_of(member, not_pre_consented),
            "decision_pre_consented": all_of(member, pre_consented),
        },
        regimes=frozenset({"OECD", "EU", "GB"}),
        follows=("answer.acknowledge", "answer.declare_completed"),
        drawn_up=period_begun,
    ),
    Step(
        name="declare_invalid",
        title="Declare the notification invalid",
        source=("information_requested",),
        target="invalid",
        event="NotificationDeclaredInvalid",
        by=ALL_AUTHORITIES,
        law="Regulation (EU) 2024/1157, Art. 8(5), 8(10)",
        takes=Invalidity,
        says="NotificationInvalidity",
        to=_TOLD,
        records=("country", "declared_on"),
        guards=(rules.notification_is_before_it, rules.own_state, completeness.rounds_used),
        stops=("dispatch_repeat", "destination_repeat", "destination_completeness", "idle_explanation"),
        regimes=EU,
    ),
)
