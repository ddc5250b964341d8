"""The change of a consented file: asked for by the notifier, answered by every authority, agreed only if all agree.

Regulation (EU) 2024/1157, Art. 17; Implementing Regulation (EU) 2025/1290, Art. 17(14). While a material change waits,
nothing departs; an immaterial one leaves the consents as they are.
"""

from dataclasses import dataclass
from datetime import date, datetime

from waste_bpm.documents.changes import ChangeAgreement, ChangeAnswer, ChangeRefusal, ChangeRequest
from waste_bpm.law.rules import Law
from waste_bpm.processes import notification_rules as rules
from waste_bpm.processes.answer_rules import file_is_not_prohibited, own_state
from waste_bpm.processes.case import Case, Command, Instance
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Finding, Role

_LAW = "Regulation (EU) 2024/1157, Art. 17"
_TOLD = (Role.NOTIFIER, *ALL_AUTHORITIES)
_TOLD_WITH_CUSTOMS = (*_TOLD, *CUSTOMS)


@dataclass(frozen=True, kw_only=True)
class Change(Instance):
    """What a case remembers of a change."""

    asked_on: date | None = None
    content: str | None = None
    material: bool | None = None
    agreed_on: date | None = None
    refused_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeReply(Instance):
    """What a case remembers of one authority's answer to a change."""

    country: str | None = None
    answered_on: date | None = None


def file_is_before_all(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 17(1): what is changed was consented to."""
    notification = case.streams.get("notification")
    if notification is not None and notification.state == "transmitted":
        return rules.somebody_has_consented(case, command, law, now)
    return Finding(
        rule_id="notification-transmitted",
        message="The notification is not before the States concerned.",
        law=_LAW,
        fix="Change the draft, or have the notification unlocked.",
    )


def materiality_is_true(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 17(1): a change is material when it touches what the authorities consented to."""
    document, notification = command.document, case.streams.get("notification")
    if not isinstance(document, ChangeRequest) or notification is None:
        return None
    material = document.content != notification.content
    if document.material == material:
        return None
    return Finding(
        rule_id="change-materiality",
        message=f"The request says that the change is {'' if document.material else 'not '}material; compared with the "
        f"notification on file it is {'' if material else 'not '}material.",
        pointer="/material",
        law=_LAW,
        fix="Leave the field out; it is found by comparing with the notification on file.",
    )


def one_at_a_time(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A second change is asked for when the first is settled, so that each says what it is a change of."""
    open_ones = [key for key, change in case.of("change") if change.state == "asked" and key != command.key]
    if not open_ones:
        return None
    return Finding(
        rule_id="change-is-open",
        message=f"Change {', '.join(open_ones)} is not settled yet.",
        law=_LAW,
        fix="Wait for it, or have it refused.",
    )


def own_change(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """The document carries the number of the change that it is about."""
    own = command.key.partition("/")[0]
    number = getattr(command.document, "change", own)
    if str(number) == own:
        return None
    return Finding(
        rule_id="own-change",
        message=f"The document is about change {number}, the step is asked for change {own}.",
        pointer="/change",
        law=_LAW,
        fix="Use the same number in both places.",
    )


def change_is_asked(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """An authority answers a change that was asked for and is not settled."""
    change = case.streams.get(f"change/{command.key.partition('/')[0]}")
    if change is not None and change.state == "asked":
        return None
    return Finding(
        rule_id="change-asked",
        message=f"Change {command.key.partition('/')[0]} was not asked for, or is settled.",
        law=_LAW,
        fix="Answer a change that is open.",
    )


def as_asked(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """What is put on file is what was asked for and agreed to."""
    change, document = case.streams.get(command.stream), command.document
    if change is None or not isinstance(document, ChangeAgreement) or document.notification.content == change.content:
        return None
    return Finding(
        rule_id="change-as-asked",
        message="The notification in the agreement is not the one that was asked for.",
        pointer="/notification",
        law=_LAW,
        fix="Put the notification of the request on file, unchanged.",
    )


CHANGE = Process(
    name="change",
    title="Change of a consented file",
    one_per="change",
    instance=Change,
    states={START: "Not asked", "asked": "Asked", "agreed": "Agreed by all", "refused": "Refused"},
    steps=[
        Step(
            name="ask",
            title="Ask for a change",
            source=(START,),
            target="asked",
            event="ChangeAsked",
            by=(Role.NOTIFIER,),
            law=f"{_LAW}(1)",
            takes=ChangeRequest,
            says="AmendmentRequest",
            to=_TOLD,
            records=("asked_on", "content", "material"),
            guards=(
                own_change,
                file_is_before_all,
                materiality_is_true,
                one_at_a_time,
                rules.same_number,
                rules.same_authorities,
                file_is_not_prohibited,
            ),
            starts={"change_answer": "asked_on"},
        ),
        Step(
            name="agree",
            title="Put the agreed change on file",
            source=("asked",),
            target="agreed",
            event="ChangeAgreed",
            by=(Role.EXPORT_AUTHORITY,),
            law=f"{_LAW}; Implementing Regulation (EU) 2025/1290, Art. 17(14)",
            takes=ChangeAgreement,
            says="AmendmentAgreement",
            to=_TOLD_WITH_CUSTOMS,
            records=("agreed_on",),
            guards=(own_change, as_asked, rules.all_have_agreed, file_is_not_prohibited),
            stops=("change_answer",),
            also=("notification.amend",),
        ),
        Step(
            name="refuse",
            title="Refuse the change: a new notification is needed",
            source=("asked",),
            target="refused",
            event="ChangeRefused",
            by=(Role.EXPORT_AUTHORITY, Role.NOTIFIER),
            law=_LAW,
            takes=ChangeRefusal,
            says="AmendmentRefusal",
            to=_TOLD_WITH_CUSTOMS,
            records=("refused_on",),
            guards=(own_change,),
            stops=("change_answer",),
        ),
    ],
)

CHANGE_ANSWER = Process(
    name="change_answer",
    title="Answer of an authority to a change",
    one_per="change and authority",
    instance=ChangeReply,
    states={START: "Awaited", "agreed": "Agreed", "refused": "New notification needed"},
    steps=[
        Step(
            name="agree",
            title="Agree to the change",
            source=(START,),
            target="agreed",
            event="ChangeAccepted",
            by=ALL_AUTHORITIES,
            law=_LAW,
            takes=ChangeAnswer,
            says="AmendmentConsent",
            to=_TOLD,
            records=("country", "answered_on"),
            guards=(own_change, own_state, change_is_asked),
        ),
        Step(
            name="require_new",
            title="Require a new notification",
            source=(START,),
            target="refused",
            event="NewNotificationRequired",
            by=ALL_AUTHORITIES,
            law=_LAW,
            takes=ChangeAnswer,
            says="AmendmentObjection",
            to=_TOLD,
            records=("country", "answered_on"),
            guards=(own_change, own_state, change_is_asked),
        ),
    ],
)
