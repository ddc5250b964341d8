"""Silence: whose counts as consent, after which period, and what is put on record for it (Basel Art. 6(4))."""

from datetime import datetime, timedelta

from waste_bpm.documents.completeness import CompletenessStatement
from waste_bpm.documents.decisions import TacitConsent
from waste_bpm.law.rules import Law
from waste_bpm.processes.answer_rules import DECISION
from waste_bpm.processes.case import Case, Clock, Command, civil_day
from waste_bpm.processes.clocks import held
from waste_bpm.processes.conditions import role_in
from waste_bpm.vocabulary import Finding


def silence_of_this_role(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(4) and the like: whose silence consents is said by the law, for each role."""
    document = command.document
    if not isinstance(document, TacitConsent):
        return None
    role, roles = role_in(case, command), law.on("tacit_roles", document.counted_from)
    if roles is not None and role in (roles.value if isinstance(roles.value, tuple) else (roles.value,)):
        return None
    return Finding(
        rule_id="tacit-role",
        message=f"The silence of the {role.replace('_', ' ')} of {command.key} never consents.",
        block="N20",
        law=roles.reference if roles is not None else "Basel Art. 6(2)",
        fix="Ask its authority for a written answer.",
    )


def waiver_is_on_file(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(4): silence of a transit State consents only if that State has waived written consent."""
    document = command.document
    if not isinstance(document, TacitConsent):
        return None
    needed = law.on("tacit_needs_waiver", document.counted_from)
    own_term = document.rule in DECISION and needed is not None and needed.value is False
    if own_term or law.waiver(command.key, document.counted_from) is not None:
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
    if not isinstance(document, TacitConsent):
        return None
    clock = held(case, command.stream, document.rule)
    fits = clock is None or (clock.due, clock.start) == (document.counted_to, document.counted_from)
    if fits and civil_day(now, document.zone) > document.counted_to:
        return None
    return Finding(
        rule_id="transit-period-ended",
        message=f"The authority of {command.key} may still answer.",
        block="N20",
        law=document.reference,
        fix="Wait until the day after the last day for an answer.",
    )


def tacit_consent(case: Case, stream: str, clock: Clock, law: Law) -> TacitConsent | None:
    """The record of a silence that consents, with its evidence; None where there is no day until which it could hold.

    Whether silence consents at all is asked by the guards of the step.
    """
    country = stream.partition("/")[2]
    waiver, until = law.waiver(country, clock.start), case.streams["notification"].last_departure
    if until is None or until <= clock.due:
        return None
    return TacitConsent(
        country=country,
        rule=clock.rule,
        reference=clock.reference,
        counted_from=clock.start,
        counted_to=clock.due,
        days=(clock.due - clock.start) // timedelta(days=1),
        uncounted=clock.uncounted or 0,
        zone=clock.zone,
        waiver=waiver.source if waiver is not None else None,
        valid_until=until,
    )


def presumed_complete(case: Case, stream: str, clock: Clock, law: Law) -> CompletenessStatement:
    """The record of a silence that stands for satisfaction, since the day after the term."""
    return CompletenessStatement(
        country=stream.partition("/")[2],
        complete_on=clock.due + timedelta(days=1),
        deemed_by="Implementing Regulation (EU) 2025/1290, Art. 17(13)",
    )
