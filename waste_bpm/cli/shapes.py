"""The shapes of the procedure: its processes as tables and pictures."""

from difflib import get_close_matches

import click

from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer, columns, plural
from waste_bpm.errors import NotFound
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.exports import FORMATS, WHOLE, export, whole
from waste_bpm.vocabulary import Finding


@job(
    examples=(
        "waste-bpm process list",
        "waste-bpm process list --json",
        "waste-bpm process list | cut -c1-40",
    )
)
@as_json
def processes(json_: bool) -> None:
    """List the processes, in the order in which a consignment meets them."""
    rows = [
        (process.name, process.title, f"one per {process.one_per}", plural(len(process.steps), "step"))
        for process in PROCESSES.values()
    ]
    named = [
        {"name": p.name, "title": p.title, "one_per": p.one_per, "steps": len(p.steps)} for p in PROCESSES.values()
    ]
    answer("processes", {"processes": named}, columns(rows), json_=json_)


@job(
    examples=(
        "waste-bpm process show movement",
        "waste-bpm process show border_check --format mermaid",
        "waste-bpm process show whole --format bpmn > whole.bpmn",
    )
)
@click.argument("name")
@click.option(
    "--format", "format_", type=click.Choice(list(FORMATS)), default="table", show_default=True, help="How to write it."
)
@as_json
def process(name: str, format_: str, json_: bool) -> None:
    """Show one process: as a table, JSON, Mermaid, SVG or BPMN.

    All five are made from the same table of steps. --json is the same as --format json. The name `whole` shows who
    tells whom what over all processes, as SVG, BPMN or Mermaid.
    """
    if name == WHOLE:
        click.echo(whole(PROCESSES.values(), format_), nl=False)
        return
    if name not in PROCESSES:
        raise NotFound(unknown("process", name, [*PROCESSES, WHOLE]))
    click.echo(export(PROCESSES[name], "json" if json_ else format_), nl=False)


def unknown(what: str, name: str, known: list[str]) -> Finding:
    """What is said of a name that nothing has, with the nearest one that there is."""
    near = get_close_matches(name, known, n=1)
    fix = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
    return Finding(rule_id=f"{what}-unknown", message=f"There is no {what} {name!r}.", value=name, fix=fix)
