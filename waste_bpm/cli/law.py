"""Questions to the law: when a period ends, what a code means, by which rules documents are checked."""

from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import click

from waste_bpm.casework.record import documents
from waste_bpm.cli import clock
from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer, columns, plural, say, wrapped
from waste_bpm.documents.model import Document, fields
from waste_bpm.documents.model import rules as rules_of
from waste_bpm.errors import NotFound
from waste_bpm.law import codes
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
    yield f"  Owed by the {rule.owed_by.replace('_', ' ')}: {rule.owes}"
    for name, said in (("Silence", rule.silence), ("Why", rule.reason), ("Open question", rule.open)):
        if said:
            yield wrapped(" ".join(said.split()), f"  {name}: ", "    ")


@job(
    examples=(
        "waste-bpm codes show A1160",
        "waste-bpm codes show B1110 --date 2025-01-01",
        "waste-bpm codes show R4 --json",
    )
)
@click.argument("code")
@click.option("--date", "on", type=_DAY, metavar="DAY", help="The day of the question; today when left out.")
@as_json
def show(code: str, on: datetime | None, json_: bool) -> None:
    """Show what a code means, and whether it may be used on a day."""
    day = on.date() if on else clock.today()
    found = [entry for name in codes.LISTS if (entry := codes.find(name, code))]
    if not found:
        raise NotFound(_no_code(code))
    content = {"date": day, "entries": [_entry(entry) | {"in_force": codes.in_force(entry, day)} for entry in found]}
    text = [line for entry in found for line in _shown(entry, codes.problem(entry.list, entry.code, day), str(day))]
    answer("codes", content, text, json_=json_)


def _no_code(code: str) -> Finding:
    known = [entry.code for name in codes.LISTS for entry in codes.entries(name)]
    near = list(dict.fromkeys(get_close_matches(code.upper(), known, n=3)))
    fix = f"Did you mean {' or '.join(near)}?" if near else "Look it up by a word: waste-bpm codes search WORD."
    return Finding(rule_id="code-unknown", message=f"No list that we hold has a code {code!r}.", value=code, fix=fix)


def _entry(entry: codes.Entry) -> dict[str, Any]:
    names = ("code", "list", "label", "valid_from", "valid_to", "replaced_by", "interim", "un_class", "source")
    return {name: getattr(entry, name) for name in names}


def _shown(entry: codes.Entry, problem: Finding | None, day: str) -> Iterator[str]:
    yield f"{entry.code} ({entry.list}): {entry.label}"
    yield f"  {problem.message if problem else f'May be used on {day}.'}"
    if problem and problem.fix:
        yield f"  {problem.fix}"
    yield f"  {codes.LISTS[entry.list].title}; {entry.source}"


@job(
    examples=(
        "waste-bpm codes search lead",
        'waste-bpm codes search "plastic waste"',
        "waste-bpm codes search batteries --json",
    )
)
@click.argument("text", nargs=-1, required=True)
@as_json
def search(text: tuple[str, ...], json_: bool) -> None:
    """Find codes by the words of their names.

    Words that are nearly right are found too, and so are codes that were withdrawn.
    """
    found = codes.search(" ".join(text))
    content = {"text": " ".join(text), "entries": [_entry(entry) for entry in found]}
    rows = [(entry.code, entry.list, _ended(entry) + entry.label) for entry in found]
    answer("codes", content, columns(rows), json_=json_)
    say(f"{plural(len(found), 'code')} found." if found else "Nothing found; try another word.")


def _ended(entry: codes.Entry) -> str:
    return f"(until {entry.valid_to}) " if entry.valid_to else ""


@job(
    examples=("waste-bpm rules list", "waste-bpm rules list --json", "waste-bpm rules list | grep N20"),
)
@as_json
def rules(json_: bool) -> None:
    """List the rules across the fields of documents, with block and law.

    The rules of the procedure itself stand in the tables of the processes: `waste-bpm process show NAME`.
    """
    found = list(dict.fromkeys(row for model in documents().values() for row in _rules(model)))
    names = ("id", "document", "block", "law", "fix")
    content = {"rules": [dict(zip(names, row, strict=True)) for row in found]}
    rows = [
        ("RULE", "DOCUMENT", "BLOCK", "LAW"),
        *((id_, said, block or "-", law) for id_, said, block, law, _ in found),
    ]
    answer("rules", content, columns(rows), json_=json_)


_Row = tuple[str, str, str | None, str, str]


def _rules(model: type[Document]) -> Iterator[_Row]:
    """The rules of a document and of the parts it is made of."""
    specs = {spec.name: spec for spec in fields(model)}
    for rule in rules_of(model):
        yield rule.id, model.__name__, specs[rule.field].block.number, rule.law, rule.fix
    for spec in specs.values():
        if spec.nested:
            yield from _rules(spec.type)
