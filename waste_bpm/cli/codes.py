"""Code lists: what a code means, which code says what you mean, and what a customs code may stand for."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from waste_bpm.cli import clock
from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer, columns, plural, say, wrapped
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.law import codes
from waste_bpm.law.codes.lint import lint as wrong_in
from waste_bpm.vocabulary import Finding

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@job(
    examples=(
        "waste-bpm codes show A1160",
        "waste-bpm codes show B1110 --date 2025-01-01",
        "waste-bpm codes show GC010 --date 2027-01-01 --json",
    )
)
@click.argument("code")
@click.option("--date", "on", type=_DAY, metavar="DAY", help="The day of the question; today when left out.")
@click.option("--list", "listed", metavar="LIST", help="The list of the code, for instance OECD; all when left out.")
@as_json
def show(code: str, on: datetime | None, listed: str | None, json_: bool) -> None:
    """Show what a code means, and whether it may be used on a day.

    Its history comes with it: what it took the place of, what took its place, what other lists call the same waste, and
    how the control systems treat it on that day.
    """
    day = on.date() if on else clock.today()
    found = [each for each in codes.everywhere(code, day) if listed in (None, each.list)]
    if not found:
        raise NotFound(_no_code(code, listed))
    content = {"date": day, "entries": [_told(entry, day) for entry in found]}
    once = {(entry.code, entry.label): entry for entry in reversed(found)}
    answer("codes", content, (line for entry in reversed(once.values()) for line in _shown(entry, day)), json_=json_)


def _no_code(code: str, listed: str | None) -> Finding:
    if listed and (unknown := codes.unknown_here(listed, code)):
        return unknown
    names = [listed] if listed else list(codes.LISTS)
    known = [entry.code for name in names for entry in codes.entries(name)]
    near = list(dict.fromkeys(get_close_matches(code.upper(), known, n=3)))
    in_part = ", ".join(name for name, held in codes.LISTS.items() if held.open)
    place = f"The list {listed} has no" if listed else f"No list that we hold ({in_part} only in part) has a"
    return Finding(
        rule_id="code-unknown",
        message=f"{place} code {code!r}.",
        value=code,
        fix=f"Did you mean {' or '.join(near)}?" if near else "Look it up by a word: waste-bpm codes search WORD.",
    )


def _told(entry: codes.Entry, day: date) -> dict[str, Any]:
    return {
        **asdict(entry),
        "in_force": codes.in_force(entry, day),
        "editions": [asdict(each) for each in codes.editions(entry.list, entry.code)],
        "predecessors": [each.code for each in codes.predecessors(entry)],
        "equivalents": [_pair(entry, each) for each in codes.equivalents(entry.code)],
        "mirrors": [_pair(entry, each) for each in codes.mirrors(entry.code)],
        "treatment": [asdict(each) for each in _treatment(entry, day)],
    }


def _pair(entry: codes.Entry, pair: codes.Equivalent) -> dict[str, Any]:
    other = codes.wastes(pair.other(entry.code))
    said = {name: value for name, value in asdict(pair).items() if name not in ("code", "equivalent")}
    return {"code": pair.other(entry.code), "list": other.list if other else None, **said}


def _treatment(entry: codes.Entry, day: date) -> Iterator[codes.Status]:
    if codes.wastes(entry.code):
        yield from filter(None, (codes.status(entry.code, day, view) for view in codes.VIEWS))


def _shown(entry: codes.Entry, day: date) -> Iterator[str]:
    problem = codes.problem(entry.list, entry.code, day)
    yield f"{entry.code} ({entry.list}): {entry.label}"
    yield f"  {problem.message if problem else f'May be used on {day}.'}"
    if problem and problem.fix:
        yield f"  {problem.fix}"
    if entry.hazardous is not None:
        yield f"  {'Hazardous' if entry.hazardous else 'Not hazardous'} in the {codes.LISTS[entry.list].title}."
    for said in (*_of_operation(entry), *_history(entry), *_elsewhere(entry), *_treated(entry, day)):
        yield wrapped(said, "  ", "    ")
    yield wrapped(f"{codes.LISTS[entry.list].title}; {entry.source}", "  ", "    ")


def _of_operation(entry: codes.Entry) -> Iterator[str]:
    for reading, title in codes.READINGS.items():
        if entry.list in ("D", "R"):
            followed = {True: "interim", False: "not interim", None: "not sourced"}[codes.interim(entry.code, reading)]
            yield f"{followed.capitalize()}: {title}."


def _history(entry: codes.Entry) -> Iterator[str]:
    for each in codes.editions(entry.list, entry.code):
        words = "" if each == entry else f": {each.label}"
        yield f"In force from {each.valid_from or 'a day not known'} to {each.valid_to or 'further notice'}{words}."
    for each in codes.predecessors(entry):
        yield f"Takes the place of {each.code} ({each.list}), withdrawn after {each.valid_to}: {each.label}."
    for code in entry.replaced_by:
        yield f"Replaced by {code} ({', '.join(each.list for each in codes.everywhere(code))})."


def _elsewhere(entry: codes.Entry) -> Iterator[str]:
    for pair in codes.equivalents(entry.code):
        first = f" from {pair.valid_from}" if pair.valid_from else ""
        last = f" until {pair.valid_to}" if pair.valid_to else ""
        condition = f" ({pair.condition})" if pair.condition else ""
        yield f"Same waste: {pair.other(entry.code)}, {pair.leg}{first}{last}{condition}; {pair.source}."
    for pair in codes.mirrors(entry.code):
        yield f"Mirror: {pair.code} and {pair.equivalent}, {pair.condition}."


def _treated(entry: codes.Entry, day: date) -> Iterator[str]:
    for found in _treatment(entry, day):
        if found.status in codes.OUT_OF_FORCE:
            continue
        instead = f", as {' or '.join(found.instead)}" if found.instead else ""
        doubt = "" if found.confidence == "text read" else f"; {found.confidence}"
        yield f"{found.view}, {codes.VIEWS[found.view]}: {found.status}{instead} ({found.law}{doubt})."


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
    content = {"text": " ".join(text), "entries": [asdict(entry) for entry in found]}
    rows = [(entry.code, entry.list, _ended(entry) + entry.label) for entry in found]
    answer("codes", content, columns(rows), json_=json_)
    say(f"{plural(len(found), 'code')} found." if found else "Nothing found; try another word.")


def _ended(entry: codes.Entry) -> str:
    return f"(until {entry.valid_to}) " if entry.valid_to else ""


@job(examples=("waste-bpm codes hs 854911", "waste-bpm codes hs 3915.10", "waste-bpm codes hs 8471 --json"))
@click.argument("hs6", metavar="HS6")
@as_json
def hs(hs6: str, json_: bool) -> None:
    """Say which waste codes a customs code may stand for.

    The answer is a hint and never proof. Codes that were withdrawn are shown with what took their place.
    """
    found = codes.hs(hs6)
    content = {"hs": hs6, "hint": codes.HINT, "candidates": [asdict(each) for each in found]}
    answer("codes-hs", content, columns([_candidate(each) for each in found]), json_=json_)
    say(codes.HINT if found else f"The table names no waste under {hs6}, which proves nothing either.")


def _candidate(each: codes.Correlation) -> tuple[str, str, str, str]:
    named = " or ".join(each.now)
    once = f"was {each.waste}" if each.waste and each.waste not in each.now else ""
    weak = "catch-all heading" if each.weak and each.relation == "part" else ""
    entry = codes.wastes(each.now[0]) if len(each.now) == 1 else None
    words = (once, entry.label if entry else "", each.note, weak)
    return each.hs, named, f"{each.evidence}, {each.relation}", "; ".join(filter(None, words))


@job(examples=("waste-bpm codes lint", "waste-bpm codes lint --json", "waste-bpm codes lint > wrong.txt"))
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@as_json
def lint(folder: Path | None, json_: bool) -> None:
    """Check the files of the code lists, ours or those of a folder.

    Found are: a source or label that is missing, a day that is none, an end before its beginning, a code said twice
    for the same days, a successor or list that does not exist, and files that cannot be read; with file and line.
    """
    if found := wrong_in(folder):
        raise InputInvalid(found)
    place = folder.name if folder else "law/lists"
    answer("codes-lint", {"folder": place, "findings": []}, [f"Nothing is wrong in the lists of {place}."], json_=json_)
