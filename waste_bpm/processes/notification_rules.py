"""The rules by which a notification is laid before the authorities, changed, withdrawn and closed (Basel Art. 4, 6)."""

from datetime import datetime, timedelta

from waste_bpm.documents.answers import InformationReply
from waste_bpm.documents.changes import ChangeAgreement
from waste_bpm.documents.notification import Notification as NotificationDocument
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Instance
from waste_bpm.processes.decision_steps import GIVEN
from waste_bpm.vocabulary import ALL_AUTHORITIES, Finding


def case_is_of_one_file(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A case is one file: the document that began it names its parties, and no other takes its place."""
    others = [
        stream
        for stream, each in case.streams.items()
        if "/" not in stream and stream != command.stream and bool(getattr(each, "slots", ()))
    ]
    if not others:
        return None
    return Finding(
        rule_id="case-of-one-file",
        message=f"The case was begun by its {others[0].replace('_', ' ')}; a {command.process.replace('_', ' ')} is "
        "another file, with parties of its own.",
        law="engine: the document that begins a case names its parties",
        fix="Begin a case of its own.",
    )


def period_within_limit(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(8): a general notification covers no longer a period than the law allows.

    Where the law does not say whether the day after the period still counts, it does not.
    """
    document = command.document
    if not isinstance(document, NotificationDocument):
        return None
    rule = law.rule("consent_validity_pre_consented" if document.pre_consented else "consent_validity")
    latest, held = rule.due(document.first_departure), rule.on(document.first_departure)
    if latest is None or held is None:
        return None
    latest = latest if rule.ends_exclusive(document.first_departure) else latest - timedelta(days=1)
    if document.last_departure <= latest:
        return None
    return Finding(
        rule_id="notification-period",
        message=f"Departures from {document.first_departure} to {document.last_departure}: more than the law allows.",
        block="N6",
        law=held.reference,
        fix=f"Let {latest} be the last day of departure, or file two notifications.",
    )


def request_is_open(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(2): a reply answers a request that an authority made."""
    document = command.document
    if not isinstance(document, InformationReply):
        return None
    answer = case.streams.get(f"answer/{document.country}")
    if answer is not None and document.request in answer.request:
        return None
    return Finding(
        rule_id="request-exists",
        message=f"{document.country} has made no request {document.request!r}.",
        law="Basel Art. 6(2)",
        fix="Name the reference of a request that is on file.",
    )


def nothing_open(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A case closes when every shipment has its last certificate and no return is owed (Basel Art. 6(9), 8)."""
    owed = [f"shipment {serial} is {movement.state.replace('_', ' ')}" for serial, movement in _unfinished(case)]
    owed += [f"the return case of shipment {key} is {each.state}" for key, each in _unreturned(case)]
    if not owed:
        return None
    return Finding(
        rule_id="nothing-open",
        message=f"The file cannot be closed: {'; '.join(owed)}.",
        law="Basel Art. 6(9), 8",
        fix="Wait for the last certificates and for the return of what was rejected.",
    )


def _unfinished(case: Case) -> list[tuple[str, Instance]]:
    certified = {key for key, disposal in case.of("disposal") if disposal.state == "certified"}
    rejected = {key for key, receipt in case.of("receipt") if receipt.state == "rejected"}
    failed = {key for key, _ in case.of("return_case") if f"receipt/{key}" not in case.streams}
    return [
        (key, movement)
        for key, movement in case.of("movement")
        if movement.state not in ("planned", "cancelled") and key not in certified | rejected | failed
    ]


def _unreturned(case: Case) -> list[tuple[str, Instance]]:
    """The return cases whose waste is neither back and treated, nor dealt with in another procedure."""
    closed = {key for key, answer in case.of("take_back") if answer.state == "closed"}
    return [(key, each) for key, each in case.of("return_case") if each.state != "referred" and key not in closed]


def was_assessed(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Practice of the authorities of Great Britain: what is transmitted was assessed before."""
    assessment = case.streams.get("assessment")
    if assessment is not None and assessment.state == "ready":
        return None
    return Finding(
        rule_id="assessment-complete",
        message="The authority of export has not completed its assessment.",
        law="practice of the authorities of Great Britain (IWS)",
        fix="Record the receipt, the payment, and the begin and the end of the assessment first.",
    )


def _given(case: Case) -> list[str]:
    return [key for key, answer in case.of("answer") if answer.state in GIVEN]


def nobody_has_consented(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(3): what authorities have consented to is not changed or taken back as if they had not."""
    given = _given(case)
    if not given:
        return None
    return Finding(
        rule_id="file-is-consented",
        message=f"{', '.join(given)} has consented to this file.",
        law="Basel Art. 6(2)-(3); Regulation (EU) 2024/1157, Art. 17",
        fix="Correct what is not material; for anything else ask for a change, to which all authorities agree.",
    )


def not_withdrawn_while_unlocked(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(3): a consented file that is unlocked for a correction is locked again before it is withdrawn."""
    notification = case.streams.get("notification")
    given = _given(case)
    if notification is None or notification.state not in ("unlocked", "resubmitted") or not given:
        return None
    return Finding(
        rule_id="unlocked-file-is-consented",
        message=f"The file is unlocked for a correction, and {', '.join(given)} has consented to it.",
        law="Basel Art. 6(2)-(3)",
        fix="File the correction first; then withdraw, or let the authorities withdraw their consents.",
    )


def somebody_has_consented(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A correction keeps consents; where nobody has consented yet, the changed notification is assessed anew."""
    if _given(case):
        return None
    return Finding(
        rule_id="nobody-has-consented",
        message="No authority has consented yet, so there is no consent that a correction could keep.",
        law="Basel Art. 6(1)-(2)",
        fix="Resubmit the changed notification.",
    )


def only_immaterial(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 17: a correction changes nothing that the authorities consented to."""
    document, notification = command.document, case.streams.get("notification")
    if not isinstance(document, NotificationDocument) or notification is None:
        return None
    if document.content == notification.content:
        return None
    return Finding(
        rule_id="change-is-material",
        message="The corrected notification differs in more than persons to contact, telephone numbers and e-mail.",
        law="Regulation (EU) 2024/1157, Art. 17; Basel Art. 6(6)-(7)",
        fix="Ask for a change of the consented file, to which all authorities must agree, or file a new notification.",
    )


def same_authorities(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 17(3): a change that concerns another authority needs a new notification."""
    document = command.document
    changed = getattr(document, "notification", document)
    if not isinstance(changed, NotificationDocument) or not case.slots:
        return None
    now_concerned = {slot.party for slot in case.slots if slot.role in ALL_AUTHORITIES}
    new = sorted({slot.party for slot in changed.slots if slot.role in ALL_AUTHORITIES} - now_concerned)
    if not new:
        return None
    return Finding(
        rule_id="new-authority",
        message=f"The change concerns {', '.join(new)}, before which the notification was never laid.",
        pointer="/route",
        block="N15",
        law="Regulation (EU) 2024/1157, Art. 17(3)",
        fix="File a new notification.",
    )


def same_number(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A notification keeps its number; a number is never used for another file (block 3)."""
    notification = case.streams.get("notification")
    changed = getattr(command.document, "notification", command.document)
    if not isinstance(changed, NotificationDocument) or notification is None:
        return None
    if (changed.number, changed.regime) == (notification.number, notification.regime):
        return None
    return Finding(
        rule_id="same-number",
        message=f"The file is {notification.number} under {notification.regime}; the document says {changed.number} "
        f"under {changed.regime}.",
        pointer="/number",
        block="N3",
        law="Basel Annex V A",
        fix="Keep number and regime; another procedure is another notification.",
    )


def all_have_agreed(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Implementing Regulation (EU) 2025/1290, Art. 17(14): a change is agreed only if every authority has agreed."""
    number = command.document.change if isinstance(command.document, ChangeAgreement) else command.key
    waits = [
        slot.country
        for slot in case.slots
        if slot.role in ALL_AUTHORITIES
        if getattr(case.streams.get(f"change_answer/{number}/{slot.country}"), "state", None) != "agreed"
    ]
    if not waits:
        return None
    return Finding(
        rule_id="all-agree",
        message=f"{', '.join(dict.fromkeys(waits))} has not agreed to change {number}.",
        law="Implementing Regulation (EU) 2025/1290, Art. 17(14); Regulation (EU) 2024/1157, Art. 17",
        fix="Wait for every authority; if one wants a new notification, refuse the change.",
    )
