"""Looking at a case: where it stands, its events, its messages. Nothing here writes to the node."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from waste_bpm.casework import proposals, views
from waste_bpm.casework.log import Stored
from waste_bpm.casework.log import messages as stored
from waste_bpm.casework.node import Node
from waste_bpm.cli import standing
from waste_bpm.cli.command import as_json, as_party, database, job, on_stream
from waste_bpm.cli.opening import opened
from waste_bpm.cli.output import answer, columns, plural, say, wrapped
from waste_bpm.exchange import folder
from waste_bpm.processes.case import Case, Event


@job(
    examples=(
        'waste-bpm case show "KE 000427"',
        'waste-bpm case show "KE 000427" --db demo-output/demo.db',
        "waste-bpm case show 0d6f7a52-3f0b-5d1c-9a57-4c1d2b8e6a10 --json",
    )
)
@click.argument("id_", metavar="ID")
@database
@as_json
def show(id_: str, db: str, json_: bool) -> None:
    """Show where a case stands, what is owed, and what may be done now.

    ID is the identity of the case or its notification number.
    """
    with opened(db) as node:
        case = node.case(node.find(id_))
        owed, counts = standing.owed(node, case), standing.undelivered(node, case.id)
        content = {
            "case": case.id,
            "number": case.streams["notification"].number if "notification" in case.streams else None,
            "standing": views.standing(case, node.clock()),
            "states": views.states(case),
            "ledger": views.ledger_of(case) if "notification" in case.streams else None,
            "overlays": views.overlays_of(node, case),
            "deadlines": owed,
            "undelivered": counts,
            "permitted": standing.permitted(node, case),
            "proposals": [each.shown for each in proposals.waiting(node, case)],
        }
        text = list(_shown(node, case, content, owed, counts))
    answer("case", content, text, json_=json_)


def _shown(
    node: Node, case: Case, content: dict[str, Any], owed: list[dict[str, object]], counts: dict[str, int]
) -> Iterator[str]:
    yield f"Notification {content['number'] or 'without number'}, case {case.id}"
    rows = [(state["stream"], state["says"]) for state in views.states(case)]
    yield from standing.told(views.standing(case, node.clock()))
    yield from _section("Where it stands", columns(rows))
    if "notification" in case.streams:
        yield from _section("Shipments", (wrapped(line, rest="  ") for line in standing.shipments(case)))
        seen = (f"Shipment {each['serial']}: {each['name']}, {each['says']}" for each in content["overlays"])
        yield from _section("To be seen", (wrapped(line, rest="  ") for line in seen))
        yield from _section("Quantities", standing.book(case))
    yield from _section("Owed", (wrapped(line, rest="  ") for line in standing.owed_words(owed)))
    waiting = standing.undelivered_words(node, counts)
    yield from _section("Not delivered", (wrapped(line, rest="  ") for line in waiting))
    proposed = [
        (each["party"], f"{each['step']} --on {each['stream']}", each["person"]) for each in content["proposals"]
    ]
    yield from _section("Waits for a second person", columns(proposed))
    may = [(each["party"], f"{each['step']} --on {each['stream']}", each["title"]) for each in _permitted(content)]
    yield from _section("May be taken now", columns(may))


def _permitted(content: dict[str, object]) -> list[dict[str, str]]:
    found = content["permitted"]
    return found if isinstance(found, list) else []


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A heading and its lines; without lines no heading."""
    for place, line in enumerate(lines):
        if place == 0:
            yield ""
            yield title
        yield "\n".join(f"  {each}" for each in line.splitlines())


@job(
    examples=(
        'waste-bpm case fields "KE 000427" --on movement/1 --as KE-RVB --db demo-output/demo.db',
        'waste-bpm case fields "KE 000427" --on movement/2 --as SG-SEACO --db demo-output/demo.db',
        'waste-bpm case fields "KE 000427" --on movement/1 --as KE-RVB --json --db demo-output/demo.db',
    )
)
@click.argument("id_", metavar="ID")
@as_party
@on_stream
@database
@as_json
def fields(id_: str, party: str, stream: str, db: str, json_: bool) -> None:
    """Say what of a signed document is sealed, and what a party may still change.

    A sealed value may be sent again unchanged; how a changed one is amended is told here.
    """
    with opened(db) as node:
        case = node.case(node.find(id_))
        rows = views.fields(node, case, stream, party)
    answer("case-fields", {"case": case.id, "stream": stream, "fields": rows}, _told(rows), json_=json_)


def _told(rows: list[dict[str, Any]]) -> Iterator[str]:
    if not rows:
        yield "No document is on file here of which fields are sealed."
    yield from columns([(row["block"] or "-", row["pointer"], _sealed(row)) for row in rows])
    for way in dict.fromkeys(row["amended_by"] for row in rows if row["amended_by"]):
        yield wrapped(way, "Sealed: ")


def _sealed(row: dict[str, Any]) -> str:
    seal = row["sealed"]
    if seal is not None:
        return f"sealed by {seal['by']} on {seal['at'][:10]} ({seal['step']})"
    return f"open, by the step {row['open_to']}" if row["open_to"] else "not yours to change"


@job(
    examples=(
        'waste-bpm case log "KE 000427"',
        'waste-bpm case log "KE 000427" --json',
        'waste-bpm case log "KE 000427" --db demo-output/demo.db | grep Consent',
    )
)
@click.argument("id_", metavar="ID")
@database
@as_json
def log(id_: str, db: str, json_: bool) -> None:
    """Show the events of a case in the order in which they were recorded."""
    with opened(db) as node:
        case_id = node.find(id_)
        events = views.events(node, case_id)
    content = {"case": case_id, "events": views.event_rows(events)}
    answer("case-log", content, columns([_event(event) for event in events]), json_=json_)


def _event(event: Event) -> tuple[str, ...]:
    moment = f"{event.occurred_at:%Y-%m-%d %H:%M}"
    kind = f"  (reported on paper: {event.on_paper})" if event.on_paper else "" if event.home else "  (reported)"
    flags = f"  flags: {', '.join(event.flags)}" if event.flags else ""
    by = f"{event.by} ({', '.join(event.persons)})" if event.persons else event.by
    return moment, event.stream, str(event.version), event.type, by, f"{event.law}{kind}{flags}"


@job(
    examples=(
        'waste-bpm case messages "KE 000427"',
        'waste-bpm case messages "KE 000427" --out letters',
        'waste-bpm case messages "KE 000427" --json',
    )
)
@click.argument("id_", metavar="ID")
@click.option(
    "--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="Write each as a file here."
)
@database
@as_json
def messages(id_: str, out: Path | None, db: str, json_: bool) -> None:
    """List the messages of a case, or write them to a folder.

    The files hold the very bytes that were sent or received. A file that is there already is left as it is.
    """
    with opened(db) as node:
        case_id = node.find(id_)
        letters = list(stored(node.store, case_id))
    said = [_said(letter) | {"file": None if out is None else str(out / folder.name_of(letter))} for letter in letters]
    rows = [(folder.name_of(each), "sent" if each.home else "received", each.sender, each.id) for each in letters]
    if out is not None:
        written = sum(folder.keep(out, folder.name_of(letter), letter.body) for letter in letters)
        say(f"{plural(written, 'file')} written to {out}, {len(letters) - written} there already.")
    answer("case-messages", {"case": case_id, "messages": said}, columns(rows), json_=json_)


def _said(letter: Stored) -> dict[str, object]:
    names = ("position", "id", "name", "sender", "home", "digest", "recorded_at")
    return {name: getattr(letter, name) for name in names}
