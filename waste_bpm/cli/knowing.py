"""Who knows what of a case, node by node, with the layers of each acknowledgement."""

from collections.abc import Iterator
from typing import Any

import click

from waste_bpm.casework.knowing import knows as known
from waste_bpm.cli.command import as_json, database, job
from waste_bpm.cli.opening import opened
from waste_bpm.cli.output import answer, columns, plural


@job(
    examples=(
        'waste-bpm case knows "KE 000427"',
        'waste-bpm case knows "KE 000427" --db demo-output/demo.db',
        'waste-bpm case knows "KE 000427" --db demo-output/demo.db --json',
    )
)
@click.argument("id_", metavar="ID")
@database
@as_json
def knows(id_: str, db: str, json_: bool) -> None:
    """Say what each node was told of a case and how far that went, and what it told this node.

    Stored, valid, read and acknowledged never stand for each other: a receipt says that bytes are stored, a slip that
    they are valid in form, and only an act of the authority acknowledges in the sense of the law.
    """
    with opened(db) as node:
        case = node.case(node.find(id_))
        found = known(node, case)
    text = [line for each in found for line in _node(each)]
    answer("case-knows", {"case": case.id, "nodes": found}, text, json_=json_)


def _node(said: dict[str, Any]) -> Iterator[str]:
    parties = ", ".join(dict.fromkeys(each["party"] for each in said["parties"]))
    yield f"{said['node']} ({said['reached']}): {parties}"
    if said["not_yet"]:
        yield f"  {plural(said['not_yet'], 'letter')} not received yet"
    yield from columns([("told", each["name"], each["written_at"][:10], _layers(each)) for each in said["told"]], "  ")
    yield from columns([("told us", each["name"], f"{each['at']:.10}", _way(each)) for each in said["told_us"]], "  ")


def _way(said: dict[str, Any]) -> str:
    return f"on paper ({said['on_paper']})" if said["on_paper"] else said["message"]


def _layers(said: dict[str, Any]) -> str:
    """How far a letter went; a layer that nobody has told of is left out."""
    if said["state"] != "delivered":
        return f"{said['state']}" + (f", replaced by {said['replaced_by']}" if said["replaced_by"] else "")
    parts = [f"stored {said['stored'][:10]}"]
    if said["valid"] is not None:
        parts.append("valid" if said["valid"] else "not valid")
    acts = {layer: said[layer] for layer in ("read", "acknowledged") if said[layer] is not None}
    parts += [f"{layer} by {act['by']} on {act['at']:%Y-%m-%d}" for layer, act in acts.items()]
    return ", ".join(parts)
