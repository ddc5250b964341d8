"""Questions to the law: when a period ends."""

from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import click

from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer, wrapped
from waste_bpm.errors import NotFound
from waste_bpm.law.rules import Law, Rule, regime
from waste_bpm.vocabulary import Finding

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@job(
    examples=(
        "waste-bpm deadline transit_answer --start 2026-01-10",
        "waste-bpm deadline take_back_failed --start 2026-11-24",
        "waste-bpm deadline consent_validity --start 2026-03-01 --regime BASEL --json",
    )
)
@click.argument("rule")
@click.option("--start", type=_DAY, metavar="DAY", required=True, help="The first day, as YYYY-MM-DD.")
@click.option("--regime", "regime_", default="BASEL", show_default=True, help="The legal regime.")
@as_json
def deadline(rule: str, start: datetime, regime_: str, json_: bool) -> None:
    """Say when a period of the law ends.

    The answer names the article, who owes what, and what silence means. Where the law sets no number, it says why.
    """
    law = regime(regime_)
    found = _rule(law, rule)
    day = start.date()
    due, held = found.due(day), found.on(day)
    content = {
        "regime": law.regime,
        "rule": found.id,
        "description": found.description,
        "start": day,
        "due": due,
        "value": held.value if held else None,
        "unit": found.unit,
        "not_counted": [],
        "owed_by": found.owed_by,
        "owes": found.owes,
        "silence": found.silence,
        "reference": held.reference if held else None,
        "reason": found.reason,
        "open": found.open,
        "confidence": found.confidence,
        "checked_on": found.checked_on,
    }
    answer("deadline", content, _deadline(found, content), json_=json_)


def _rule(law: Law, name: str) -> Rule:
    if name in law.rules:
        return law.rule(name)
    near = get_close_matches(name, law.rules, n=1, cutoff=0.5)
    fix = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(law.rules)}."
    message = f"The regime {law.regime} has no rule {name!r}."
    raise NotFound(Finding(rule_id="rule-unknown", message=message, value=name, fix=fix))


def _deadline(rule: Rule, content: dict[str, Any]) -> Iterator[str]:
    yield f"{rule.description}: {content['due'] or 'no day is set'}"
    if content["value"] is not None:
        yield f"  {content['value']} {rule.unit} from {content['start']}, when {rule.starts}"
    elif content["reference"] is None:
        yield f"  The rule was not yet in force on {content['start']}."
    if content["reference"]:
        yield f"  {content['reference']}; {rule.confidence}, checked on {rule.checked_on}"
    if rule.owed_by:
        yield f"  Owed by the {rule.owed_by.replace('_', ' ')}: {rule.owes}"
    for name, said in (("Silence", rule.silence), ("Why", rule.reason), ("Open question", rule.open)):
        if said:
            yield wrapped(" ".join(said.split()), f"  {name}: ", "    ")
