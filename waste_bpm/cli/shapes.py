"""The shapes of the procedure: its processes as tables and pictures, and the utility blocks with their four parts."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

import click

from waste_bpm import resources
from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer, columns, plural, wrapped
from waste_bpm.documents.model import Document, FieldSpec, fields, present_at
from waste_bpm.errors import NotFound
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.exports import FORMATS, WHOLE, export, whole
from waste_bpm.processes.process import Process, Step
from waste_bpm.utility_blocks import xsd
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES, Message, Package
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
        raise NotFound(_unknown("process", name, [*PROCESSES, WHOLE]))
    click.echo(export(PROCESSES[name], "json" if json_ else format_), nl=False)


def _unknown(what: str, name: str, known: list[str]) -> Finding:
    near = get_close_matches(name, known, n=1)
    fix = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
    return Finding(rule_id=f"{what}-unknown", message=f"There is no {what} {name!r}.", value=name, fix=fix)


@job(
    examples=(
        "waste-bpm blocks list",
        "waste-bpm blocks list --json",
        "waste-bpm blocks list | grep Receipt",
    )
)
@as_json
def blocks(json_: bool) -> None:
    """List the utility blocks, their versions and their messages."""
    said = [_head(package) | {"messages": [each.name for each in _messages(package)]} for package in BLOCKS.values()]
    text = [
        line
        for each in said
        for line in (
            f"{each['id']} {each['version']}  {each['title']}",
            wrapped(", ".join(each["messages"]), "    "),
        )
    ]
    answer("blocks", {"blocks": said}, text, json_=json_)


@job(
    examples=(
        "waste-bpm blocks show UB-TMW-03",
        "waste-bpm blocks show UB-TMW-05 --json",
        "waste-bpm blocks show ConsentDecision",
    )
)
@click.argument("name")
@as_json
def block(name: str, json_: bool) -> None:
    """Show the four parts of a block: policy, process, data, technique.

    NAME is a block, or one of its messages; then only that message is shown.
    """
    asked = MESSAGES.get(name)
    package = asked.package if asked else BLOCKS.get(name.upper())
    if package is None:
        raise NotFound(_unknown("block", name, [*BLOCKS, *MESSAGES]))
    told = [_message(each) for each in ([asked] if asked else _messages(package))]
    content = _head(package) | {"messages": told, "technique": _technique(package)}
    answer("block", content, _shown(content), json_=json_)


def _head(package: Package) -> dict[str, Any]:
    return {
        "id": package.id,
        "title": package.title,
        "version": package.version,
        "namespace": package.namespace,
    }


def _messages(package: Package) -> list[Message]:
    return [message for message in MESSAGES.values() if message.block == package.id]


def _steps(message: Message) -> Iterator[tuple[Process, Step]]:
    for each in PROCESSES.values():
        yield from ((each, step) for step in each.steps if step.says == message.name)


def _message(message: Message) -> dict[str, Any]:
    rows = list(_steps(message))
    return {
        "name": message.name,
        "code": message.code,
        "policy": list(dict.fromkeys(step.law for _, step in rows)),
        "process": [
            {"step": f"{each.name}.{step.name}", "by": list(step.by), "to": list(step.to), "event": step.event}
            for each, step in rows
        ],
        "data": {
            "document": message.document.__name__,
            "fields": [_field(spec, required) for spec, required in _fields(message)],
        },
    }


def _fields(message: Message) -> Iterator[tuple[FieldSpec, bool]]:
    return present_at(message.document, message.stage, message.package.minor)


def _field(spec: FieldSpec, required: bool) -> dict[str, Any]:
    return {
        "element": spec.tag,
        "says": spec.block.says,
        "block": spec.block.number,
        "law": spec.block.law,
        "required": required,
        "many": spec.many,
        "parts": [part.tag for part in fields(spec.type)] if issubclass(spec.type, Document) else [],
    }


def _technique(package: Package) -> dict[str, Any]:
    place = xsd.file_of(package, package.minor)
    return {
        "schema": "/".join(("schemas", *place)),
        "path": resources.path("schemas", *place),
        "root": "one element for each message, with the header first",
        "versions": [f"{package.major}.{minor}" for minor in range(package.minor + 1)],
    }


def _shown(content: dict[str, Any]) -> Iterator[str]:
    yield f"{content['id']} {content['version']}: {content['title']}"
    for message in content["messages"]:
        yield ""
        yield f"{message['code']} {message['name']}"
        yield f"  Policy:    {'; '.join(message['policy'])}"
        for step in message["process"]:
            yield wrapped(
                f"{step['step']}, by {_roles(step['by'])}, to {_roles(step['to'])}; reports {step['event']}",
                "  Process:   ",
            )
        yield f"  Data:      {message['data']['document']}"
        rows = [
            (field["block"] or "-", field["element"], "required" if field["required"] else "optional", field["says"])
            for field in message["data"]["fields"]
        ]
        yield from columns(rows, "    ")
    technique = content["technique"]
    yield ""
    yield f"Technique:   {technique['schema']}, namespace {content['namespace']}"
    yield f"             {technique['path']}"


def _roles(roles: list[str]) -> str:
    return ", ".join(role.replace("_", " ") for role in roles)
