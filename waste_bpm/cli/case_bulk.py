"""Many acts of a case in one file, each judged as it would be alone."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import click

from waste_bpm.casework.bulk import Row, together
from waste_bpm.casework.line import Request
from waste_bpm.casework.proposals import WAITS
from waste_bpm.cli.case_act import pass_time, taken
from waste_bpm.cli.command import Who, as_json, database, job
from waste_bpm.cli.opening import TURN, opened
from waste_bpm.cli.output import aloud, answer, heard, plural, reader, wrapped
from waste_bpm.documents.check import parse_json
from waste_bpm.errors import InputInvalid
from waste_bpm.vocabulary import Finding

_PARTLY = 9
"""The exit code of a partial success."""
_NEEDED = ("on", "step", "as")


@job(
    examples=(
        'waste-bpm case bulk "KE 000427" shipments.json --dry-run',
        'waste-bpm case bulk "KE 000427" shipments.json',
        'waste-bpm case bulk "KE 000427" shipments.json --json --db demo-output/demo.db',
    ),
    who=Who.PARTY,
)
@click.argument("id_", metavar="ID")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option("--dry-run", is_flag=True, help="Judge every row and keep nothing.")
@database
@as_json
@click.pass_context
def bulk(ctx: click.Context, id_: str, file: BinaryIO, dry_run: bool, db: str, json_: bool) -> None:
    """Take many steps of a case from one file, each judged as it would be alone.

    FILE is a JSON list of rows with `on`, `step`, `as`, and `data`, `key` and `person` where the step needs them. A row
    is judged after those before it; one that is refused stops no other. The exit code is 9 when some rows were refused,
    and that of the first refusal when all were.
    """
    said = _rows(parse_json(file.read()))
    with opened(db, write=True, turn=TURN) as node:
        case_id = node.find(id_)
        pass_time(node)
        rows = together(node, [_request(case_id, each) for each in said], dry_run=dry_run)
    refused = [row.error for row in rows if row.error is not None]
    code = 0 if not refused else _PARTLY if len(refused) < len(rows) else refused[0].exit_code
    content = {"case": case_id, "dry_run": dry_run, "exit_code": code, "rows": [_row(row) for row in rows]}
    answer("case-bulk", content, _told(rows, dry_run=dry_run), json_=json_)
    ctx.exit(code)


def _rows(said: Any) -> list[dict[str, Any]]:
    """The rows of the file; raises InputInvalid with every row that is none."""
    if not isinstance(said, list):
        raise InputInvalid(_not_a_row("The file is no list of rows.", ""))
    wrong = [
        _not_a_row(f"Row {number} does not say {', '.join(missing)}.", f"/{number - 1}")
        for number, row in enumerate(said, start=1)
        if (missing := [name for name in _NEEDED if not isinstance(row, dict) or not isinstance(row.get(name), str)])
    ]
    if wrong:
        raise InputInvalid(wrong)
    return said


def _not_a_row(message: str, pointer: str) -> Finding:
    fix = 'Write a JSON list of rows: [{"on": "movement/1", "step": "announce", "as": "KE-RVB", "data": {...}}]'
    return Finding(rule_id="bulk-row", message=message, pointer=pointer or None, fix=fix)


def _request(case_id: str, row: dict[str, Any]) -> Request:
    return Request(
        case_id=case_id,
        stream=row["on"],
        step=row["step"],
        party=row["as"],
        person=row.get("person"),
        data=row.get("data"),
        key=row.get("key"),
    )


def _row(row: Row) -> dict[str, Any]:
    said = {"row": row.number, "on": row.request.stream, "step": row.request.step, "as": row.request.party}
    if row.error is not None:
        return {
            **said,
            "exit_code": row.error.exit_code,
            "findings": [finding.as_json() for finding in heard(row.error.findings, reader())],
        }
    done = taken(row.outcome) if row.outcome is not None else {}
    return {**said, "exit_code": 0, **{name: done[name] for name in ("events", "warnings", "proposal")}}


def _told(rows: list[Row], *, dry_run: bool) -> Iterator[str]:
    for row in rows:
        what = f"Row {row.number}, {row.request.step} on {row.request.stream} by {row.request.party}"
        if row.error is not None:
            yield f"{what}: refused"
            for finding in row.error.findings:
                yield from aloud(finding, "  ")
        else:
            waits = row.outcome is not None and row.outcome.proposal is not None
            yield f"{what}: {WAITS if waits else 'may be taken' if dry_run else 'taken'}"
            for finding in row.outcome.warnings if row.outcome is not None else ():
                yield wrapped(f"{finding.severity}: {finding}", "  ")
    refused = sum(1 for row in rows if row.error is not None)
    yield f"{plural(len(rows), 'row')}, {refused} refused{'; nothing was kept' if dry_run else ''}."
