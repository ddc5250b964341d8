"""Code lists: what a code means, and which code says what you mean."""

from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import click

from waste_bpm.cli import clock
from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer, columns, plural, say
from waste_bpm.errors import NotFound
from waste_bpm.law import codes
from waste_bpm.vocabulary import Finding

_DAY = click.DateTime(formats=["%Y-%m-%d"])


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
