"""The pre-consent of a facility: a file of its own, which notifications name in block 3C.

Whether it holds is asked of its days; nothing here expires by a timer. Sources: Regulation (EU) 2024/1157, Art. 14;
OECD Decision C(2001)107, chapter II.D.
"""

from dataclasses import dataclass
from datetime import date, datetime

from waste_bpm.documents.pre_consent import (
    PreConsentApplication,
    PreConsentNotice,
    PreConsentRefusal,
    PreConsentRevocation,
)
from waste_bpm.law.declarations import PreConsented
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Instance
from waste_bpm.processes.notification_rules import case_is_of_one_file
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import Code, Finding, Quantity, Role, Slot


@dataclass(frozen=True, kw_only=True)
class PreConsent(Instance):
    """What a file remembers of a pre-consent."""

    regime: str | None = None
    slots: tuple[Slot, ...] = ()
    applied_on: date | None = None
    waste: tuple[Code, ...] = ()
    operations: tuple[str, ...] = ()
    most_quantity: Quantity | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    effective_on: date | None = None

    @property
    def given(self) -> PreConsented | None:
        """What the authority agreed to in advance; None before it did."""
        if self.valid_from is None or self.valid_until is None:
            return None
        return PreConsented(
            facility=next(slot.party for slot in self.slots if slot.role is Role.DISPOSER),
            waste=self.waste,
            operations=self.operations,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            revoked_from=self.effective_on if self.state == "revoked" else None,
        )

    def covers(self, waste: Code, operation: str, day: date) -> bool:
        """Whether the facility is pre-consented for a waste and an operation on a day."""
        return self.given is not None and self.given.covers(waste, operation, day)


def regime_knows_it(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Only some regimes have pre-consented facilities: those that give their notifications a longer validity."""
    if law.on("consent_validity_pre_consented", now.date()) is not None:
        return None
    return Finding(
        rule_id="pre-consent-known",
        message=f"The regime {law.regime} has no pre-consented facilities.",
        pointer="/regime",
        law="Regulation (EU) 2024/1157, Art. 14; OECD Decision C(2001)107, chapter II.D",
        fix="Name the regime under which the facility receives waste.",
    )


def not_wider_than_asked(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """An authority pre-consents at most to what the facility applied for."""
    document, asked = command.document, case.streams.get(command.stream)
    if not isinstance(document, PreConsentNotice) or asked is None:
        return None
    wider = [each.code for each in document.waste if each not in asked.waste]
    wider += [each for each in document.operations if each not in asked.operations]
    if not wider and _at_most(document.most_quantity, asked.most_quantity):
        return None
    return Finding(
        rule_id="pre-consent-not-wider",
        message=f"{', '.join(wider) or document.most_quantity} was not applied for.",
        pointer="/waste",
        law="Regulation (EU) 2024/1157, Art. 14(5)",
        fix="Grant what was applied for, or less; for more, the facility applies anew.",
    )


def _at_most(given: Quantity | None, asked: Quantity | None) -> bool:
    if asked is None:
        return True
    return given is not None and given.dimension == asked.dimension and given <= asked


def within_validity(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A pre-consent holds at most as long as the regime allows."""
    document = command.document
    rule = law.rules.get("pre_consent_validity")
    if not isinstance(document, PreConsentNotice) or rule is None:
        return None
    latest, held = rule.due(document.valid_from), rule.on(document.valid_from)
    if latest is None or held is None or document.valid_until <= latest:
        return None
    return Finding(
        rule_id="pre-consent-validity",
        message=f"The pre-consent would hold until {document.valid_until}; it may hold until {latest}.",
        pointer="/valid_until",
        law=held.reference,
        fix=f"Let it end on {latest} at the latest.",
    )


def part_of_it(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """What remains after a revocation in part was pre-consented before."""
    document, known = command.document, case.streams.get(command.stream)
    if not isinstance(document, PreConsentRevocation) or known is None:
        return None
    new = [each.code for each in document.waste if each not in known.waste]
    if not new and (document.waste or command.step == "revoke"):
        return None
    return Finding(
        rule_id="pre-consent-part",
        message=f"{', '.join(new)} was never pre-consented." if new else "No waste remains.",
        pointer="/waste",
        law="Regulation (EU) 2024/1157, Art. 14",
        fix="Name wastes of the pre-consent that remain, or revoke it wholly.",
    )


_TOLD = (Role.DISPOSER, Role.SECRETARIAT)

PRE_CONSENT = Process(
    name="pre_consent",
    title="Pre-consent of a facility",
    one_per="case",
    instance=PreConsent,
    states={
        START: "Not applied for",
        "applied": "Applied for",
        "granted": "Pre-consented",
        "refused": "Refused",
        "revoked": "Revoked",
    },
    steps=[
        Step(
            name="apply",
            title="Apply for pre-consent",
            source=(START,),
            target="applied",
            event="PreConsentAppliedFor",
            by=(Role.DISPOSER,),
            law="Regulation (EU) 2024/1157, Art. 14(1)",
            takes=PreConsentApplication,
            records=("regime", "slots", "applied_on", "waste", "operations", "most_quantity"),
            guards=(case_is_of_one_file, regime_knows_it),
            starts={"pre_consent_decision": "applied_on"},
        ),
        Step(
            name="grant",
            title="Pre-consent to the facility",
            source=("applied",),
            target="granted",
            event="PreConsentGranted",
            by=(Role.IMPORT_AUTHORITY,),
            law="Regulation (EU) 2024/1157, Art. 14(5)",
            takes=PreConsentNotice,
            says="PreConsentNotice",
            to=_TOLD,
            records=("waste", "operations", "most_quantity", "valid_from", "valid_until"),
            guards=(not_wider_than_asked, within_validity),
            stops=("pre_consent_decision",),
        ),
        Step(
            name="refuse",
            title="Refuse the pre-consent",
            source=("applied",),
            target="refused",
            event="PreConsentRefused",
            by=(Role.IMPORT_AUTHORITY,),
            law="Regulation (EU) 2024/1157, Art. 14(5)",
            takes=PreConsentRefusal,
            says="PreConsentRefusal",
            to=_TOLD,
            stops=("pre_consent_decision",),
        ),
        Step(
            name="revoke_in_part",
            title="Revoke the pre-consent for some wastes",
            source=("granted",),
            target=None,
            event="PreConsentRevokedInPart",
            by=(Role.IMPORT_AUTHORITY,),
            law="Regulation (EU) 2024/1157, Art. 14",
            takes=PreConsentRevocation,
            says="PreConsentRevocation",
            to=_TOLD,
            records=("waste",),
            guards=(part_of_it,),
        ),
        Step(
            name="revoke",
            title="Revoke the pre-consent",
            source=("granted",),
            target="revoked",
            event="PreConsentRevoked",
            by=(Role.IMPORT_AUTHORITY,),
            law="Regulation (EU) 2024/1157, Art. 14",
            takes=PreConsentRevocation,
            says="PreConsentRevocation",
            to=_TOLD,
            records=("effective_on",),
        ),
    ],
)
