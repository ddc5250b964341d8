"""Papers of States that are not connected: say which those are, enter what they wrote, and look at it."""

from pathlib import Path
from typing import Any, BinaryIO

import click

from waste_bpm.casework import papers as on_file
from waste_bpm.casework import peers, scans
from waste_bpm.cli.case_act import pass_time, taken, took
from waste_bpm.cli.command import Who, as_json, as_party, database, job, on_stream
from waste_bpm.cli.opening import opened
from waste_bpm.cli.output import answer, plural, say
from waste_bpm.documents.check import parse_json
from waste_bpm.documents.paper import Medium
from waste_bpm.exchange import folder

_existing = click.Path(exists=True, dir_okay=False, path_type=Path)


@job(
    examples=(
        "waste-bpm node peer paper lk --reason 'letter of its focal point, 2026-01-12'",
        "waste-bpm node peer paper lk --reason 'no node there' --db node.db",
        "waste-bpm node peer paper lk --reason 'no node there' --json",
    ),
    who=Who.OPERATOR,
)
@click.argument("name", metavar="NODE")
@click.option("--reason", required=True, help="From where that is known; it stays on file.")
@database
@as_json
def put_on_paper(name: str, reason: str, db: str, json_: bool) -> None:
    """Register that a node is not connected: what is for it goes on paper, and comes so.

    Its papers may be entered then: waste-bpm case paper. When its peer file is added, it is connected.
    """
    with opened(db, write=True) as node:
        peers.put_on_paper(node, name, reason)
    answer("peer-on-paper", {"node": name, "reason": reason}, [f"{name}: not connected, on paper."], json_=json_)


_MAY = "acknowledge --on answer/LK --of LK-CA --as KE-CA --medium letter --dated 2026-01-20 --received 2026-01-27"


@job(
    examples=(
        f"waste-bpm case paper 'KE 000427' {_MAY} --by 'registry desk' --scan letter.pdf --data said.json",
        f"waste-bpm case paper 'KE 000427' {_MAY} --by 'desk 2' --scan letter.png --data said.json --reference 12/4",
        f"waste-bpm case paper 'KE 000427' {_MAY} --by 'A. Officer' --scan letter.pdf --data said.json --json",
    ),
    who=Who.PARTY,
)
@click.argument("id_", metavar="ID")
@click.argument("step")
@on_stream
@click.option("--of", "said_by", metavar="PARTY", required=True, help="Whose paper it is.")
@as_party
@click.option("--medium", type=click.Choice([each.value for each in Medium]), required=True, help="How it came.")
@click.option("--dated", "dated_on", metavar="DAY", required=True, help="The day that stands on it.")
@click.option("--received", "received_on", metavar="DAY", required=True, help="The day on which it came.")
@click.option("--by", "entered_by", metavar="WHO", required=True, help="Who enters it: a desk or an officer.")
@click.option("--reference", help="The reference that it bears.")
@click.option("--scan", "file", type=_existing, required=True, help="Its scan: PDF, JPEG or PNG.")
@click.option("--data", type=click.File("rb"), metavar="FILE|-", help="What it says, as JSON; - reads it.")
@click.option("--key", help="Idempotency key: the same paper with the same key is entered once.")
@database
@as_json
def enter(id_: str, file: Path, data: BinaryIO | None, db: str, json_: bool, **asked: Any) -> None:
    """Enter a letter, e-mail or fax of a State that is not connected, with its scan.

    It is recorded as a report from the day that stands on it, marked as reported on paper. Nothing is sent to others.
    """
    said = None if data is None else parse_json(data.read())
    with opened(db, write=True) as node:
        case_id = node.find(id_)
        pass_time(node)
        outcome = on_file.enter(node, on_file.Paper(case_id=case_id, data=said, scan=file.read_bytes(), **asked))
    answer("case-paper", taken(outcome), took(outcome), json_=json_)


@job(
    examples=(
        "waste-bpm case papers 'KE 000427'",
        "waste-bpm case papers 'KE 000427' --db demo-output/demo.db --json",
        "waste-bpm case papers 'KE 000427' --db demo-output/demo.db --out scans",
    )
)
@click.argument("id_", metavar="ID")
@click.option("--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="Write each scan here.")
@database
@as_json
def papers(id_: str, out: Path | None, db: str, json_: bool) -> None:
    """List the papers of a case, or write their scans to a folder.

    A paper that its State has confirmed or contradicted under seal says so.
    """
    with opened(db) as node:
        case = node.case(node.find(id_))
        found = on_file.pages(node, case)
        digests = dict.fromkeys(page["scan"] for page in found) if out is not None else {}
        kept = {digest: on_file.scan(node, case, digest) for digest in digests}
    if out is not None:
        for digest, (kind, data) in kept.items():
            folder.keep(out, f"{digest}.{scans.media_type(kind).partition('/')[2]}", data)
        say(f"{plural(len(kept), 'scan')} in {out}.")
    answer("case-papers", {"case": case.id, "papers": found}, [_line(page) for page in found], json_=json_)


def _line(page: dict[str, Any]) -> str:
    sealed, compared = page["sealed"], "no sealed message yet"
    if sealed is not None:
        compared = f"sealed, and other in: {', '.join(sealed['differs'])}" if sealed["differs"] else "sealed, the same"
    came = f"{page['medium']} of {page['dated_on']}, came {page['received_on']}"
    return f"{page['event']} on {page['stream']} by {page['said_by']}: {came}; {compared}"
