"""What a command says: results on standard output, talk on standard error, and every error in words.

Findings are written to be read aloud: what, where, why, and how to cure it. Nothing is coloured when nobody looks.
"""

import json
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from importlib import import_module
from textwrap import TextWrapper
from typing import Any

import click

from waste_bpm.errors import WasteBpmError
from waste_bpm.vocabulary import Finding

WIDTH = 100
"""Columns that running text may fill."""


def say(text: str = "", **style: Any) -> None:
    """Talk on standard error; styled only for a terminal that wants it."""
    plain = not style or "NO_COLOR" in os.environ or not sys.stderr.isatty()
    click.echo(text if plain else click.style(text, **style), err=True)


def answer(schema: str, content: Mapping[str, Any], text: Iterable[str], *, json_: bool) -> None:
    """Write a result: as JSON that names its schema (`waste-bpm/<schema>/v1`), or as lines of text."""
    if json_:
        put_json(schema, content)
    else:
        for line in text:
            click.echo(line)


def put_json(schema: str, content: Mapping[str, Any]) -> None:
    """Write a JSON object that names its schema."""
    named = {"schema": f"waste-bpm/{schema}/v1", **content}
    click.echo(json.dumps(named, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)


def aloud(finding: Finding, indent: str = "", language: str | None = None) -> Iterator[str]:
    """A finding as a person reads it, in the reader's language: what, where, why, cure."""
    language = language or reader()
    (finding,) = heard((finding,), language)
    block = spoken(f"block {finding.block}", language) if finding.block else None
    line = spoken(f"line {finding.line}", language) if finding.line else None
    where = ", ".join(each for each in (block, finding.pointer or finding.xpath, line) if each)
    yield wrapped(finding.message, f"{indent}- ", f"{indent}  ")
    parts = (("Where:", where), ("Why:", finding.law), ("Cure:", finding.fix), ("Rule:", finding.rule_id))
    names = [spoken(name, language) for name, _ in parts]
    width = max(map(len, names)) + 1
    for name, (_, said) in zip(names, parts, strict=True):
        if said:
            yield wrapped(said, f"{indent}  {name:<{width}}", " " * (len(indent) + 2 + width))


def reader() -> str | None:
    """The language of the reader: `--lang`, or that of the machine where it is there; None for English."""
    context = click.get_current_context(silent=True)
    said = context.meta.get("waste_bpm.lang") if context is not None else None
    if said is None:
        said = next((named for name in _LOCALE if (named := os.environ.get(name))), "")[:2].lower()
    return said if said and _wording().best(said) == said and said != _wording().ENGLISH else None


_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where a machine says the language of its user, in the order in which it counts."""


def heard(findings: Iterable[Finding], language: str | None) -> tuple[Finding, ...]:
    """Findings as a reader of that language has them."""
    if language is None:
        return tuple(findings)
    words = _wording()
    return tuple(words.in_language(finding, language) for finding in findings)


def _wording() -> Any:
    """The sentences; loaded when a language is asked for, so that help is fast."""
    return import_module("waste_bpm.utility_blocks.wording")


def spoken(said: str, language: str | None) -> str:
    """Words of the command line in the reader's language."""
    if language is None:
        return said
    words = _wording()
    return said if language == words.ENGLISH else words.phrase(said, language) or said


def wrapped(text: str, first: str = "", rest: str | None = None) -> str:
    """Running text within the width, each line after the first indented as `rest` says."""
    later = " " * len(first) if rest is None else rest
    return "\n".join(
        TextWrapper(
            WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
        ).wrap(text)
    )


def columns(rows: Sequence[Sequence[str]], indent: str = "") -> Iterator[str]:
    """Rows in columns; the last column is as wide as it is."""
    if rows:
        widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            yield (indent + "  ".join([*cells, row[-1]])).rstrip()


def plural(count: int, noun: str, many: str | None = None) -> str:
    """A number with its noun: `1 finding`, `2 findings`."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"


def put_findings(title: str, findings: Sequence[Finding], exit_code: int, *, json_: bool) -> None:
    """Write findings on standard output, all of them at once, in the reader's language."""
    language = reader()
    findings = heard(findings, language)
    if json_:
        said = [finding.as_json() for finding in findings]
        put_json("findings", {"title": title, "exit_code": exit_code, "findings": said})
        return
    click.echo(spoken(f"{title}.", language))
    for finding in findings:
        for line in aloud(finding, language=language):
            click.echo(line)


def explain(error: Exception, *, json_: bool, debug: bool) -> int:
    """Say what went wrong, in words; gives the exit code of the contract."""
    if isinstance(error, WasteBpmError):
        put_findings(error.title, error.findings, error.exit_code, json_=json_)
        return error.exit_code
    if debug:
        say("".join(traceback.format_exception(error)).rstrip())
    first = (str(error).strip() or "no more is known").splitlines()[0]
    say(f"This should not have happened: {type(error).__name__}: {first}")
    if not debug:
        say("Run it again with `waste-bpm --debug ...` to see where.")
    return 1
