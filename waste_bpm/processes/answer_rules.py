"""The rules by which an authority answers a notification (Basel Art. 6; Regulation (EU) 2024/1157, Art. 8 to 12)."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import wraps

from waste_bpm.documents.answers import ConsentDecision
from waste_bpm.documents.decisions import DecisionUpdate, ObjectionDecision, Outcome
from waste_bpm.law import grounds
from waste_bpm.law.memberships import shares_terms
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Guard
from waste_bpm.processes.conditions import outside, pre_consented, role_in
from waste_bpm.vocabulary import Finding, Role

DECISION = ("decision", "decision_pre_consented")
"""The rules that give an authority its time to decide."""


def within(regimes: Iterable[str], guard: Guard) -> Guard:
    """The guard, asked in the procedure of these regimes only."""
    known = frozenset(regimes)

    @wraps(guard)
    def asked(case: Case, command: Command, law: Law, now: datetime) -> Finding | tuple[Finding, ...] | None:
        return guard(case, command, law, now) if law.regime in known else None

    return asked


def notification_is_before_it(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(1): an authority answers a notification that was laid before it."""
    notification = case.streams.get("notification")
    exports = role_in(case, command) is Role.EXPORT_AUTHORITY
    needed = ("submitted", "resubmitted", "transmitted") if exports else ("transmitted", "resubmitted")
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


def _gives(document: object) -> ConsentDecision | DecisionUpdate | None:
    """The document when it gives consent."""
    if isinstance(document, ConsentDecision):
        return document
    return document if isinstance(document, DecisionUpdate) and document.becomes is Outcome.CONSENT else None


def contract_confirmed(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(3)(b): the State of import confirms that the contract exists."""
    document = _gives(command.document)
    if document is None or command.role is not Role.IMPORT_AUTHORITY or document.contract_confirmed:
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
    """Basel Art. 6(8): consent to a general notification holds no longer than the law allows."""
    document = _gives(command.document)
    if document is None or document.valid_from is None or document.valid_until is None:
        return None
    rule = law.rule("consent_validity_pre_consented" if pre_consented(case, command) else "consent_validity")
    latest, held_by = rule.due(document.valid_from), rule.on(document.valid_from)
    if latest is None or held_by is None or document.valid_until <= latest:
        return None
    return Finding(
        rule_id="consent-validity",
        message=f"The consent would hold until {document.valid_until}; the law lets it hold until {latest}.",
        pointer="/valid_until",
        block="N20",
        law=held_by.reference,
        fix=f"Let it end on {latest} at the latest.",
    )


def cap_is_countable(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(2), Annex V A item 15: a cap is set in the dimension of block 5, or nothing can be counted by it."""
    notification = case.streams.get("notification")
    document = _gives(command.document)
    if document is None or notification is None or notification.intended_quantity is None:
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


def grounds_are_admitted(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 11, 12: where the law has a closed list of grounds, an objection keeps to it."""
    document, notification = command.document, case.streams.get("notification")
    if not isinstance(document, ObjectionDecision | DecisionUpdate) or notification is None:
        return None
    known = grounds.grounds(law.regime, notification.category or "", command.role, document.decided_on)
    wrong = [
        ground.code or "a ground without its provision"
        for ground in document.grounds
        if not any(each.admits(ground.code or "") for each in known)
    ]
    if not known or not wrong:
        return None
    return Finding(
        rule_id="objection-grounds",
        message=f"{', '.join(wrong)}: no ground on which the {command.role.replace('_', ' ')} may object "
        f"to {notification.category}.",
        pointer="/grounds",
        block="N21",
        law=known[0].source.rpartition("(")[0] if len(known) > 1 else known[0].source,
        fix=f"Name one of: {', '.join(each.code for each in known)}.",
    )


def own_state(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """An authority answers for its own State (Basel Art. 5, 6)."""
    own = command.key.rpartition("/")[2]
    said = getattr(command.document, "country", own)
    if said == own:
        return None
    return Finding(
        rule_id="own-state",
        message=f"The document speaks for {said}, the answer is that of {own}.",
        pointer="/country",
        law="Basel Art. 5, 6",
        fix=f"Write {own}.",
    )


def decision_is_the_last(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Implementing Regulation (EU) 2025/1290, Art. 17(11): one decision is in force, by its number."""
    document, answer = command.document, case.streams.get(command.stream)
    if not isinstance(document, DecisionUpdate) or answer is None or document.replaces == answer.decisions:
        return None
    return Finding(
        rule_id="decision-in-force",
        message=f"The update replaces decision {document.replaces}; decision {answer.decisions} is in force.",
        pointer="/replaces",
        law="Implementing Regulation (EU) 2025/1290, Art. 17(11)",
        fix=f"Read decision {answer.decisions}, and say that it is replaced.",
    )


def becomes(outcome: Outcome) -> Guard:
    """A guard: the update says what the step makes of the decision."""

    def update_fits_step(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
        """Implementing Regulation (EU) 2025/1290, Art. 17(11): the update says what the decision becomes."""
        said = getattr(command.document, "becomes", outcome)
        if said is outcome:
            return None
        return Finding(
            rule_id="update-fits-step",
            message=f"The document says {said}, the step means {outcome}.",
            pointer="/becomes",
            law="Implementing Regulation (EU) 2025/1290, Art. 17(11)",
            fix=f"Write {outcome}, or take the other step.",
        )

    return update_fits_step


def objection_still_curable(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 12(4): an objection not resolved in the time to decide stands for good."""
    answer = case.streams.get(command.stream)
    clock = next((each for each in answer.clocks if each.rule in DECISION and each.over(now)), None) if answer else None
    if clock is None:
        return None
    return Finding(
        rule_id="objection-final",
        message=f"The objection was not resolved by {clock.due}; the notification has no effect any more.",
        block="N20",
        law="Regulation (EU) 2024/1157, Art. 12(4)",
        fix="File a new notification.",
    )


def not_before_embargo(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 38(2)(g): dispatch waits for transit States outside the Union."""
    document = _gives(command.document)
    rule = law.rules.get("dispatch_embargo")
    if document is None or rule is None or command.role is not Role.EXPORT_AUTHORITY:
        return None
    waits = [
        (rule.due(answer.acknowledged_on), answer)
        for slot in case.slots
        if slot.role is Role.TRANSIT_AUTHORITY and shares_terms(law.regime, slot.country, now.date()) is False
        if (answer := case.streams.get(f"answer/{slot.country}")) is not None
        if answer.acknowledged_on is not None and answer.state != "consented"
    ]
    days: list[date] = [day for day, _ in waits if day is not None and document.decided_on < day]
    if not days:
        return None
    return Finding(
        rule_id="dispatch-embargo",
        message=f"The authority of dispatch may not decide before {max(days)}: not all written consents are in.",
        pointer="/decided_on",
        block="N20",
        law="Regulation (EU) 2024/1157, Art. 38(2)(g), 44(6)(b)",
        fix=f"Wait until {max(days)}, or for the written consent of every transit State.",
    )


def file_is_not_prohibited(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 4(1), 4(2): while an authority prohibits the file, it goes no further."""
    by = [answer.country or key for key, answer in case.of("answer") if answer.prohibited]
    if not by:
        return None
    return Finding(
        rule_id="file-prohibited",
        message=f"{', '.join(by)} has prohibited this file.",
        law="Basel Art. 4(1), 4(2)",
        fix="Wait until the authority lifts the prohibition.",
    )


def is_prohibited(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A prohibition is lifted by the authority that set it, while it holds."""
    answer = case.streams.get(command.stream)
    if answer is not None and answer.prohibited:
        return None
    return Finding(
        rule_id="prohibition-in-force",
        message=f"{command.key} has not prohibited this file.",
        law="Basel Art. 4(1), 4(2)",
        fix="Nothing needs to be lifted.",
    )


def not_prohibited_already(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """An authority prohibits a file once, until it lifts that."""
    answer = case.streams.get(command.stream)
    if answer is None or not answer.prohibited:
        return None
    return Finding(
        rule_id="prohibition-is-set",
        message=f"{command.key} has prohibited this file since {answer.prohibited_on}.",
        law="Basel Art. 4(1), 4(2)",
        fix="Lift the prohibition first, if a new one is to say something else.",
    )


def acknowledges_by_treaty(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 8, 38(2)(f): inside the Union completeness is stated; others acknowledge."""
    if outside(case, command):
        return None
    return Finding(
        rule_id="acknowledgement-not-owed",
        message=f"The authority of {command.key} does not acknowledge: it states completeness.",
        block="N19",
        law="Regulation (EU) 2024/1157, Art. 8(11)-(12)",
        fix="State that the notification is complete, or ask for what is missing.",
    )


def transit_alone(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Implementing Regulation (EU) 2025/1290, Art. 17(13): only an authority of transit is satisfied by silence."""
    if role_in(case, command) is Role.TRANSIT_AUTHORITY:
        return None
    return Finding(
        rule_id="transit-alone",
        message=f"The silence of the authority of {command.key} does not stand for its satisfaction.",
        law="Implementing Regulation (EU) 2025/1290, Art. 17(13)",
        fix="Ask the authority to say that the notification is complete.",
    )
