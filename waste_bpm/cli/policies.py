"""What a node handles by its own choice, and which steps the file of a country gives to two persons."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from waste_bpm.casework import four_eyes as eyes
from waste_bpm.casework.node import Node
from waste_bpm.casework.registers import choose
from waste_bpm.cli.command import Who, as_json, database, job
from waste_bpm.cli.opening import opened
from waste_bpm.cli.output import answer, columns, wrapped
from waste_bpm.law.values import PRACTICE
from waste_bpm.vocabulary import DEFAULT_REGIME


@job(
    examples=(
        "waste-bpm node policy --regime GB",
        'waste-bpm node policy receipt_before_shipment "allow with reason" --regime GB',
        "waste-bpm node policy short_notice error --regime GB --json",
    ),
    who=Who.OPERATOR,
)
@click.argument("rule", required=False)
@click.argument("word", required=False)
@click.option("--regime", "regime_", default=DEFAULT_REGIME, show_default=True, help="BASEL, OECD, EU or GB.")
@database
@as_json
def policy(rule: str | None, word: str | None, regime_: str, db: str, json_: bool) -> None:
    """Show what this node handles by its own choice, or choose.

    Open to choice is only what is mere practice under a regime; what a text says is not. The choice holds for every way
    of entry: one by one, in a file, through the API, and in the judgement of a peer's message.
    """
    if rule is not None and word is None:
        raise click.UsageError("Name the word that is chosen for the rule.")
    if rule is not None and word is not None:
        with opened(db, write=True) as node:
            choose(node, regime_, rule, word)
    with opened(db) as node:
        rows = _open(node, regime_)
    answer("node-policy", {"regime": regime_, "policies": rows}, _told(rows), json_=json_)


def _open(node: Node, name: str) -> list[dict[str, Any]]:
    return [
        {
            "rule": rule.id,
            "says": rule.description,
            "value": rule.values[-1].value,
            "words": list(rule.words),
            "chosen": rule.id in node.policies.get(name, {}),
            "reference": rule.values[-1].reference,
        }
        for rule in node.law(name).rules.values()
        if rule.words and rule.confidence == PRACTICE and isinstance(rule.values[-1].value, str)
    ]


def _told(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        others = ", ".join(word for word in row["words"] if word != row["value"])
        yield wrapped(f"{row['rule']}: {row['value']} (or: {others}). {row['says']} ({row['reference']}).", "", "  ")


@job(
    examples=(
        "waste-bpm node four-eyes",
        "waste-bpm node four-eyes ke.yaml",
        "waste-bpm node four-eyes ke.yaml --json --db node.db",
    ),
    who=Who.OPERATOR,
)
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@database
@as_json
def four_eyes(file: Path | None, db: str, json_: bool) -> None:
    """Show which steps two persons take together, or hold what the file of a country says.

    The file is that of the national law, checked by `waste-bpm law lint`; its part `four_eyes` names each step with the
    day from which two persons take it. From then on the first one's act waits for the second one's.
    """
    if file is not None:
        with opened(db, write=True) as node:
            eyes.keep(node.store, file, node.clock())
    with opened(db) as node:
        pairs = [pair for of in node.four_eyes.values() for pair in of]
    rows = [(each.country, each.step, str(each.since), "two" if each.two else "one", each.reference) for each in pairs]
    text = columns(rows) if rows else ["One person takes each step: no file of a country says otherwise here."]
    answer("node-four-eyes", {"steps": pairs}, text, json_=json_)
