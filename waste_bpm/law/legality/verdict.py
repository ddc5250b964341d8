"""The answer to the question of legality: may it go, under which procedure, and what must still be proven."""

from dataclasses import dataclass
from typing import Any

from waste_bpm.law.legality.facts import Fact
from waste_bpm.law.legality.question import Question
from waste_bpm.vocabulary import Finding

PERMITTED, PROHIBITED, NEEDS_REVIEW = "permitted", "prohibited", "needs_review"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """A rule that decided: it prohibits the movement, or asks for review because something it turns on is not known."""

    rule_id: str
    outcome: str
    message: str
    law: str
    fix: str = ""
    step: int = 0
    evidence: tuple[Fact, ...] = ()
    judged_as: str = ""

    def as_json(self) -> dict[str, Any]:
        """The ground as doors give it."""
        return {
            "rule_id": self.rule_id,
            "outcome": self.outcome,
            "message": self.message,
            "law": self.law,
            "fix": self.fix,
            "waste": self.judged_as,
            "evidence": [_fact(fact) for fact in self.evidence],
        }


def _fact(fact: Fact) -> dict[str, Any]:
    return {"fact": fact.phrase, "holds": fact.holds, "says": fact.says, "source": fact.source}


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """What the case must still prove before a movement may start, and where it is written."""

    id: str
    says: str
    law: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Procedure:
    """The procedure a movement falls under, by which law, and the facts that led there."""

    id: str
    title: str
    regime: str | None
    law: str
    confidence: str = "text read"
    evidence: tuple[Fact, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Transit:
    """What a transit State has a part in: a Party must consent, another State is only notified (Basel Art. 6(4), 7)."""

    country: str
    party: bool | None
    duty: str
    law: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """Who notifies, and whose duties shift where not every State calls the waste hazardous (Basel Art. 6(5))."""

    id: str
    notifiers: tuple[str, ...]
    says: str
    law: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether the movement is permitted, prohibited, or needs review, with every ground, and what would apply.

    `procedure` is None where the movement is prohibited, or where the procedure turns on what is not known.
    """

    question: Question
    verdict: str
    regime: str | None
    procedure: Procedure | None
    findings: tuple[Ground, ...]
    conditions: tuple[Condition, ...]
    transit: tuple[Transit, ...]
    duty: Duty | None
    notes: tuple[Finding, ...]
    judged_as: tuple[str, ...]
    passed: tuple[str, ...]

    @property
    def notifiers(self) -> tuple[str, ...]:
        """Who must notify; nobody where the Convention does not control the waste."""
        return self.duty.notifiers if self.duty else ()

    def as_json(self) -> dict[str, Any]:
        """The verdict as doors give it."""
        said = self.procedure
        return {
            "question": _asked(self.question),
            "verdict": self.verdict,
            "regime": self.regime,
            "procedure": said.id if said else None,
            "procedure_title": said.title if said else None,
            "procedure_law": said.law if said else None,
            "procedure_confidence": said.confidence if said else None,
            "procedure_evidence": [_fact(fact) for fact in said.evidence] if said else [],
            "findings": [ground.as_json() for ground in self.findings],
            "conditions": [{"id": each.id, "says": each.says, "law": each.law} for each in self.conditions],
            "notifiers": list(self.notifiers),
            "duties": {"says": self.duty.says, "law": self.duty.law} if self.duty else None,
            "hazardous_for": sorted(self.question.hazardous_for),
            "transit": [
                {"country": t.country, "party": t.party, "duty": t.duty, "law": t.law, "source": t.source}
                for t in self.transit
            ],
            "judged_as": list(self.judged_as),
            "notes": [note.as_json() for note in self.notes],
            "passed": list(self.passed),
        }


def _asked(question: Question) -> dict[str, Any]:
    return {
        "from": question.start,
        "to": question.end,
        "via": list(question.via),
        "waste": question.waste,
        "operation": question.operation,
        "date": question.day.isoformat(),
        "hazardous_for": sorted(question.hazardous_for),
        "quantity": str(question.quantity) if question.quantity else None,
        "place": question.place,
        "laboratory": question.laboratory,
        "pre_consented": question.pre_consented,
        "re_export_of": question.re_export_of,
    }
