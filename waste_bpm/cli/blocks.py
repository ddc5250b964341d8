"""The utility blocks: listed, shown with their four parts, and a partner's own messages checked against them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from waste_bpm import resources
from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer, columns, plural, say, wrapped
from waste_bpm.cli.shapes import unknown
from waste_bpm.documents.life import matrix
from waste_bpm.documents.model import Document, FieldSpec, fields, present_at
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.exchange import conformance, saying
from waste_bpm.exchange.manifest import manifest
from waste_bpm.utility_blocks import xsd
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES, Message, Package


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
    said = [
        _head(package) | {"messages": [each.name for each in saying.messages(package)]} for package in BLOCKS.values()
    ]
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
        raise NotFound(unknown("block", name, [*BLOCKS, *MESSAGES]))
    told = [_message(each) for each in ([asked] if asked else saying.messages(package))]
    content = _head(package) | {"messages": told, "technique": _technique(package)}
    if asked is None:
        content["manifest"] = manifest(package).as_json()
    answer("block", content, _shown(content), json_=json_)


def _head(package: Package) -> dict[str, Any]:
    return {
        "id": package.id,
        "title": package.title,
        "version": package.version,
        "namespace": package.namespace,
    }


def _message(message: Message) -> dict[str, Any]:
    said = saying.sayings(message.name)
    return {
        "name": message.name,
        "code": message.code,
        "policy": list(dict.fromkeys(each.law for each in said)),
        "process": [
            {"step": each.name, "by": list(each.senders), "to": list(each.receivers), "event": each.event}
            for each in said
        ],
        "answers": [
            {"message": each.message, "rule": each.rule, "source": each.source} for each in saying.answers(message)
        ],
        "data": {
            "document": message.document.__name__,
            "fields": [_field(spec, required) for spec, required in _fields(message)],
            "matrix": matrix(message.document),
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
    if "manifest" in content:
        yield from _policy(content["manifest"])
    for message in content["messages"]:
        yield ""
        yield f"{message['code']} {message['name']}"
        yield f"  Policy:    {'; '.join(message['policy'])}"
        for step in message["process"]:
            reports = f"reports {step['event']}" if step["event"] else "reports no event"
            yield wrapped(
                f"{step['step']}, by {_roles(step['by'])}, to {_roles(step['to'])}; {reports}", "  Process:   "
            )
        for each in message["answers"]:
            yield f"  Answer:    {each['message']} ({each['rule'] or each['source']})"
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


def _policy(said: dict[str, Any]) -> Iterator[str]:
    yield wrapped(f"{said['purposeLimitation']['says']} ({said['purposeLimitation']['source']})", "Purpose:     ")
    for each in said["retention"]:
        yield wrapped(f"{each['says']} ({each['source']})", "Retention:   ")


def _roles(roles: list[str]) -> str:
    return ", ".join(role.replace("_", " ") for role in roles)


@job(
    examples=(
        "waste-bpm blocks check demo-output/messages",
        "waste-bpm blocks check demo-output/messages --block UB-TMW-03",
        "waste-bpm blocks check demo-output/messages --json",
    )
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--block", "name", metavar="BLOCK", help="Judge by this block alone.")
@as_json
@click.pass_context
def check(ctx: click.Context, folder: Path, name: str | None, json_: bool) -> None:
    """Check the messages of another system as the blocks say.

    FOLDER holds messages as files *.xml. A file that is called as a test of the list has to give what that test gives:
    nothing, or the rule that it is named after. Any other file has to be valid. The exit code is 3 when a file gives
    something else; a message of which there is no valid file is named, and is no failure.
    """
    if name is not None and name.upper() not in BLOCKS:
        raise NotFound(unknown("block", name, [*BLOCKS]))
    packages = [BLOCKS[name.upper()]] if name else [*BLOCKS.values()]
    report = conformance.judge(sorted(folder.rglob("*.xml")), packages)
    if not report.results:
        raise InputInvalid(conformance.nothing(folder))
    answer("conformance", report.as_json(), _report(report), json_=json_)
    failed = sum(1 for each in report.results if not each.as_expected)
    say(f"{plural(len(report.results), 'file')}, {failed} not as expected.")
    ctx.exit(InputInvalid.exit_code if failed else 0)


def _report(report: conformance.Report) -> Iterator[str]:
    for each in report.results:
        gave = ", ".join(each.gave) or "nothing to say"
        yield f"{'ok ' if each.as_expected else 'NOT'} {each.file}: {gave}"
        if not each.as_expected:
            yield f"    expected: {', '.join(each.expected) or 'nothing to say'}"
    for block, names in report.unseen.items():
        yield wrapped(", ".join(names), f"No valid message yet in {block}: ")
