"""What block 3C of a notification says of its facility, judged by the pre-consents on file.

They belong to the facility, its wastes, operations and days (Regulation (EU) 2024/1157, Art. 14; OECD Decision
C(2001)107, chapter II.D). Of a facility without a file here nothing is known, which is pointed out and refuses nothing.
"""

from datetime import date, datetime

from waste_bpm.documents.notification import Notification as NotificationDocument
from waste_bpm.law.declarations import PreConsented
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command
from waste_bpm.processes.conditions import role_in
from waste_bpm.vocabulary import Code, Finding, Role, Severity

_LAW = "Regulation (EU) 2024/1157, Art. 14; OECD Decision C(2001)107, chapter II.D"


def pre_consent_holds(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Block 3C: the facility is pre-consented for this waste and each operation on the day of the act."""
    document = command.document
    notified = document if isinstance(document, NotificationDocument) else case.streams.get("notification")
    if notified is None or not notified.pre_consented:
        return None
    facility = next((slot.party for slot in notified.slots if slot.role is Role.DISPOSER), None)
    known = [each for each in law.pre_consents if each.facility == facility]
    if not known:
        return _not_on_file(facility)
    day = now.date()
    missing = [each for each in notified.operations if not _covered(known, notified.waste_code, each, day)]
    if not missing:
        return None
    return Finding(
        rule_id="pre-consent-holds",
        message=f"On {day} {facility} is not pre-consented for {notified.waste_code.code} by {', '.join(missing)}: "
        f"{_why(known, day)}.",
        block="N3",
        pointer="/pre_consented",
        law=_LAW,
        fix="Answer no in block 3C; then the ordinary period of decision and the ordinary validity apply.",
    )


def import_knows_pre_consent(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 14: the authority that pre-consents knows whether its own pre-consent holds."""
    return pre_consent_holds(case, command, law, now) if role_in(case, command) is Role.IMPORT_AUTHORITY else None


def _covered(known: list[PreConsented], waste: Code, operation: str, day: date) -> bool:
    return any(each.covers(waste, operation, day) for each in known)


def _why(known: list[PreConsented], day: date) -> str:
    """Why none of them covers it, by the last one on file."""
    last = max(known, key=lambda each: each.valid_until)
    if last.revoked_from is not None and last.revoked_from <= day:
        return f"its pre-consent was revoked from {last.revoked_from} on"
    if not last.holds(day):
        return f"its pre-consent holds from {last.valid_from} to {last.valid_until}"
    wastes = ", ".join(each.code for each in last.waste)
    return f"its pre-consent is for {wastes} by {', '.join(last.operations)}"


def _not_on_file(facility: str | None) -> Finding:
    return Finding(
        rule_id="pre-consent-on-file",
        message=f"Block 3C says that {facility} is pre-consented; no pre-consent of it is on file here.",
        severity=Severity.WARNING,
        block="N3",
        pointer="/pre_consented",
        law=_LAW,
        fix="Ask the authority of the State of import whether the facility is pre-consented for this waste.",
    )
