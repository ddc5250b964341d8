"""What other nodes hold of the cases of this one, compared: on the command line."""

from pathlib import Path
from typing import Any

import click

from waste_bpm.casework import digests
from waste_bpm.casework.node import Node
from waste_bpm.casework.peers import peers
from waste_bpm.cli import clock
from waste_bpm.cli.command import Who, as_json, database, job, private_key
from waste_bpm.cli.key_files import key_place, signing
from waste_bpm.cli.opening import opened
from waste_bpm.cli.output import answer, plural
from waste_bpm.errors import Conflict, NotFound
from waste_bpm.exchange.comparing import Comparer
from waste_bpm.exchange.https import Postman
from waste_bpm.vocabulary import Finding

_MANY = 100_000
"""More cases than one node shares with another."""


@job(
    examples=(
        "waste-bpm node peer compare",
        "waste-bpm node peer compare --now --db node.db",
        "waste-bpm node peer compare --json --db demo-output/demo.db",
    ),
    who=Who.OPERATOR,
)
@click.argument("name", metavar="[NODE]", required=False)
@click.option("--now", is_flag=True, help="Compare every case anew now; without it, what was found last is shown.")
@private_key
@database
@as_json
@click.pass_context
def compare(ctx: click.Context, name: str | None, now: bool, key_file: Path | None, db: str, json_: bool) -> None:
    """Say whether other nodes hold the same of each case as this one, and which part differs.

    A node does it by itself once a day. Exit code 6 means that a node holds something else.
    """
    with opened(db, write=now) as node:
        if now:
            _anew(signing(node, key_place(db, key_file)), name)
        found, counts = digests.on_file(node, name), digests.counted(node)
    unlike = [each for each in found if each["result"] != digests.Comparison.EQUAL or each["said"]]
    cases = {key: count for key, count in sorted(counts.items()) if count and name in (None, key[0])}
    nodes = [{"node": peer, "result": result, "cases": count} for (peer, result), count in cases.items()]
    lines = [f"{peer}: {plural(count, 'case')} {result}" for (peer, result), count in cases.items()]
    lines = lines or ["Nothing was compared yet."]
    answer("peers-compared", {"nodes": nodes, "unlike": unlike}, [*lines, *map(_line, unlike)], json_=json_)
    differ = any(each["result"] == digests.Comparison.DIFFERENT for each in found)
    ctx.exit(Conflict.exit_code if differ else 0)


def _anew(node: Node, name: str | None) -> None:
    """Compare every case now, with one node or with all that are reached; raises NotFound for a node unknown here."""
    known = peers(node.store)
    if name is not None and name not in known:
        raise NotFound(
            Finding(
                rule_id="peer-unknown",
                message=f"There is no peer {name!r} here.",
                value=name,
                fix="List them: waste-bpm node peer list.",
            )
        )
    comparer = Comparer(Postman(node, clock.chance))
    for peer in [name] if name is not None else known:
        comparer.some(peer, digests.due(node, peer, _MANY, before=node.clock()))


def _line(each: dict[str, Any]) -> str:
    said = f"  {each['case_id']} with {each['node']}: {each['result'] or 'not compared'}"
    if each["stream"]:
        said += f" in {each['stream']}"
    if each["since"]:
        said += f" since {each['since']}"
    if each["beside"]:
        said += f", not comparable: {', '.join(each['beside'])}"
    return said + (f" ({each['said']})" if each["said"] else "")
