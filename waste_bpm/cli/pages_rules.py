"""The page of the rules that documents are checked by, made from the rules themselves."""

from collections.abc import Iterator
from itertools import groupby

from waste_bpm.cli.rules import catalogue
from waste_bpm.documents.annex_v import mapping
from waste_bpm.documents.rulebook import CROSS_BLOCK, GENERAL, Entry


def page() -> str:
    """The catalogue as Markdown."""
    return "\n".join([*_rules(), *_general(), *_cross_block(), *_mapping()]) + "\n"


def _rules() -> Iterator[str]:
    yield "# The rules that documents are checked by\n"
    yield "Made from the documents in `waste_bpm/documents/` by `make generate`. An error refuses; a warning"
    yield "is told with the success. A rule with a parameter is asked only where the regime of the case sets it.\n"
    for document, found in groupby(catalogue(), key=lambda entry: entry.document):
        yield f"## {document}\n"
        yield "| rule | block | severity | asked | law | cure |"
        yield "| --- | --- | --- | --- | --- | --- |"
        yield from map(_row, found)
        yield ""


def _row(entry: Entry) -> str:
    rule = entry.rule
    asked = f"from {rule.stage}" if rule.stage else "always"
    if rule.parameter:
        asked += f", where `{rule.parameter}` is set"
    return f"| `{rule.id}` | {entry.block or '-'} | {rule.severity} | {asked} | {rule.law} | {rule.fix} |"


def _general() -> Iterator[str]:
    yield "## Every document\n"
    yield "| rule | asks | law |"
    yield "| --- | --- | --- |"
    yield from (f"| `{each.id}` | {each.says} | {each.law} |" for each in GENERAL)
    yield ""


def _cross_block() -> Iterator[str]:
    yield "## Rules across blocks, and who keeps them\n"
    yield "| | asks | kept by |"
    yield "| --- | --- | --- |"
    yield from (f"| {id_} | {says} | {where} |" for id_, says, where in CROSS_BLOCK)
    yield ""


def _mapping() -> Iterator[str]:
    yield "## Annex V of the Convention\n"
    yield "| item | asks | blocks | fields |"
    yield "| --- | --- | --- | --- |"
    for item in mapping():
        names = ", ".join(f"`{spec.name}`" for spec in item.fields)
        yield f"| V {item.part} {item.number} | {item.says} | {', '.join(item.blocks)} | {names} |"
