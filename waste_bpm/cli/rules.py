"""The catalogue of rules by which documents are checked, and what Annex V of the Convention asks of which field."""

from difflib import get_close_matches
from typing import Any

import click

from waste_bpm.casework.record import documents
from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer, columns, wrapped
from waste_bpm.documents.annex_v import Item, mapping
from waste_bpm.documents.annex_vii import AnnexVII
from waste_bpm.documents.rulebook import CROSS_BLOCK, GENERAL, Entry, entries
from waste_bpm.errors import NotFound
from waste_bpm.law.rules import regime, regimes
from waste_bpm.vocabulary import Finding


def catalogue() -> tuple[Entry, ...]:
    """Every rule of every document."""
    return entries([*documents().values(), AnnexVII])


@job(
    examples=("waste-bpm rules list", "waste-bpm rules list --json", "waste-bpm rules list | grep N20"),
)
@as_json
def rules(json_: bool) -> None:
    """List the rules across the fields of documents, with block, severity and law.

    The rules of the procedure itself stand in the tables of the processes: `waste-bpm process show NAME`.
    """
    found = catalogue()
    elsewhere = [{"id": id_, "says": says, "kept_by": where} for id_, says, where in CROSS_BLOCK]
    general = [{"id": each.id, "says": each.says, "law": each.law} for each in GENERAL]
    content = {"rules": [said(entry) for entry in found], "general": general, "cross_block": elsewhere}
    rows = [
        ("RULE", "DOCUMENT", "BLOCK", "SEVERITY", "LAW"),
        *((each.rule.id, each.document, each.block or "-", each.rule.severity, each.rule.law) for each in found),
        *((each.id, "any", "-", "error", each.law) for each in GENERAL),
    ]
    answer("rules", content, columns(rows), json_=json_)


@job(
    examples=(
        "waste-bpm rules show n14-hazard-stated",
        "waste-bpm rules show n11-recovery-data-given",
        "waste-bpm rules show m2a-container-check-digit --json",
    ),
)
@click.argument("id_", metavar="ID")
@as_json
def rule(id_: str, json_: bool) -> None:
    """Show one rule: where it points, how much it weighs, why, and how to cure a breach."""
    found = next((each for each in catalogue() if each.rule.id == id_), None)
    if found is None:
        raise NotFound(_unknown(id_))
    content = said(found) | {"regimes": _set_by(found)}
    lines = [
        f"{id_} ({found.rule.severity})",
        f"  Document: {found.document}, block {found.block or '-'}, field {found.rule.field}",
        f"  Asked:    {f'from {found.rule.stage} on' if found.rule.stage else 'always'}",
        wrapped(found.rule.law, "  Law:      "),
        wrapped(found.rule.fix, "  Cure:     "),
        *(wrapped(f"{name}: {value}", "  Regime:   ") for name, value in _set_by(found).items()),
    ]
    answer("rule", content, lines, json_=json_)


def _unknown(id_: str) -> Finding:
    near = get_close_matches(id_, [each.rule.id for each in catalogue()], n=1)
    fix = f"Did you mean {near[0]}?" if near else "See waste-bpm rules list."
    return Finding(rule_id="rule-unknown", message=f"There is no rule {id_!r}.", value=id_, fix=fix)


def said(entry: Entry) -> dict[str, Any]:
    """A rule as plain data."""
    rule = entry.rule
    return {
        "id": rule.id,
        "document": entry.document,
        "block": entry.block,
        "field": rule.field,
        "severity": rule.severity,
        "law": rule.law,
        "fix": rule.fix,
        "asked_from": rule.stage,
        "parameter": rule.parameter,
    }


def _set_by(entry: Entry) -> dict[str, str]:
    """What each regime says of the parameter that a rule is asked by."""
    if entry.rule.parameter is None:
        return {}
    return {name: _told(name, entry.rule.parameter) for name in regimes()}


def _told(name: str, parameter: str) -> str:
    held = regime(name).rule(parameter).values[-1]
    value = ", ".join(held.value) if isinstance(held.value, tuple) else held.value
    return f"{'not set' if value is None else value} ({held.reference})"


@job(
    examples=("waste-bpm rules mapping", "waste-bpm rules mapping --json", "waste-bpm rules mapping | grep N14"),
)
@as_json
def annex_v(json_: bool) -> None:
    """Show what Annex V of the Convention asks, and which fields carry it."""
    rows = [("ITEM", "ASKS", "BLOCKS", "FIELDS"), *map(_row, mapping())]
    content = {
        "items": [
            {
                "part": item.part,
                "item": item.number,
                "says": item.says,
                "blocks": list(item.blocks),
                "fields": [spec.name for spec in item.fields],
            }
            for item in mapping()
        ]
    }
    answer("annex-v", content, columns(rows), json_=json_)


def _row(item: Item) -> tuple[str, str, str, str]:
    names = ", ".join(spec.name for spec in item.fields)
    return f"V {item.part} {item.number}", item.says, ", ".join(item.blocks), names
