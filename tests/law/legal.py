"""Asking legality as the worked cases are written: `ask("US", "KR", "A1010", "R4", "2026-03-01", via="SG")`."""

from datetime import date
from decimal import Decimal
from typing import Any

from waste_bpm.law.legality import Question, Verdict, legality
from waste_bpm.vocabulary import Quantity, Unit


def question(start: str, end: str, waste: str, operation: str, day: str, **more: Any) -> Question:
    """A question; `via` and `hazardous_for` are written with blanks between the States, `kg` is a mass."""
    if "kg" in more:
        more["quantity"] = Quantity(Decimal(more.pop("kg")), Unit.KILOGRAM)
    via = tuple(more.pop("via", "").split())
    hazardous_for = frozenset(more.pop("hazardous_for", "").split())
    return Question(
        start=start,
        end=end,
        waste=waste,
        operation=operation,
        day=date.fromisoformat(day),
        via=via,
        hazardous_for=hazardous_for,
        **more,
    )


def ask(*asked: str, **more: Any) -> Verdict:
    """The verdict on a question."""
    return legality(question(*asked, **more))


def prohibiting(found: Verdict) -> set[str]:
    """The rules that prohibit."""
    return {ground.rule_id for ground in found.findings if ground.outcome == "prohibited"}


def in_doubt(found: Verdict) -> set[str]:
    """The rules that ask for review."""
    return {ground.rule_id for ground in found.findings if ground.outcome == "needs_review"}


def procedure(found: Verdict) -> str | None:
    """The procedure, by its name."""
    return found.procedure.id if found.procedure else None


def conditions(found: Verdict) -> set[str]:
    """The conditions that must still be proven."""
    return {condition.id for condition in found.conditions}
