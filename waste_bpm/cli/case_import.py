"""Beginning a case from a consignment file: its parties, the waivers on file, and the draft of the notification."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shlex import quote

import click

from waste_bpm.casework.line import Request, act
from waste_bpm.casework.node import Node
from waste_bpm.casework.registers import register
from waste_bpm.casework.store import Store
from waste_bpm.cli import clock
from waste_bpm.cli.command import Who, as_json, database, job
from waste_bpm.cli.opening import again, node_in, opened_store
from waste_bpm.cli.output import answer, say
from waste_bpm.documents import check
from waste_bpm.documents.notification import Notification
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.simulation.scenario import Consignment, consignment
from waste_bpm.vocabulary import Finding, Party, Role

OWN = "local"
"""The name of a node that begins with an import."""
_ELSEWHERE = "CH"
"""The seat of the Secretariat, which is never hosted unless somebody says so."""


@job(
    examples=(
        "waste-bpm case import examples/used-lead-acid-batteries/consignment.json",
        "waste-bpm case import examples/used-lead-acid-batteries/consignment.json --host KE --db kenya.db",
        "waste-bpm case import examples/used-lead-acid-batteries/consignment.json --json",
    ),
    who=Who.OPERATOR,
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--host", metavar="CC,CC", help="The States whose parties act on this node; all but CH when left out.")
@database
@as_json
def import_(file: Path, host: str | None, db: str, json_: bool) -> None:
    """Begin a case from a consignment file.

    The parties are registered, and the notification is drafted for its notifier. Importing the same file again changes
    nothing. Parties that the node knows already stay where they are, unless --host says otherwise.
    """
    read = consignment(file)
    states, notifier = _states(read, host), _notifier(read)
    document = check.read(Notification, read.notification, on=clock.today(), stage="draft")
    with opened_store(db, write=True, create=True) as store:
        node = _registered(store, read, states, moved=host is not None)
        here = node.directory.hosts(notifier)
        drafted = here and _drafted(node, read.case, notifier, document)
    content = {
        "case": read.case,
        "number": document.number,
        "node": node.directory.own,
        "notifier": node.directory.parties[notifier].node,
        "drafted": drafted,
        "title": read.title,
    }
    text = _begun(read, document.number, drafted=drafted) if here else _elsewhere(node, read, notifier)
    answer("case-import", content, [*text, *_next(read, document.number, db)] if here else text, json_=json_)
    say(read.about)


def _begun(read: Consignment, number: str | None, *, drafted: bool) -> list[str]:
    what = "Begun" if drafted else "On file already"
    return [f"{what}: {read.title}", f"  case {read.case}" + (f", notification {number}" if number else "")]


def _elsewhere(node: Node, read: Consignment, notifier: str) -> list[str]:
    """A node that does not keep the acts of the notifier waits for its notification."""
    return [
        f"Parties registered: {read.title}",
        f"  {notifier} acts on the node {node.directory.parties[notifier].node}; the notification comes from there:",
        "  waste-bpm message receive FILE",
    ]


def _states(read: Consignment, host: str | None) -> tuple[str, ...]:
    homes = tuple(dict.fromkeys(party.home for party in read.parties))
    if host is None:
        return tuple(home for home in homes if home != _ELSEWHERE)
    asked = tuple(each.strip().upper() for each in host.split(",") if each.strip())
    unknown = [each for each in asked if each not in homes]
    if unknown or not asked:
        raise click.BadParameter(
            f"{', '.join(unknown) or 'nothing'} is not among {', '.join(homes)}.", param_hint="--host"
        )
    return asked


def _registered(store: Store, read: Consignment, states: tuple[str, ...], *, moved: bool) -> Node:
    """The node, knowing the parties and waivers of the file too."""
    known: dict[str, Party] = {}
    own = OWN
    try:
        before = node_in(store)
    except NotFound:
        pass
    else:
        own, known = before.directory.own, dict(before.directory.parties)
    parties = read.register(dict.fromkeys(states, own))
    if not moved:
        parties = tuple(_where_it_was(party, known) for party in parties)
    register(store, own, parties, read.waivers_on_file())
    return node_in(store)


def _where_it_was(party: Party, known: dict[str, Party]) -> Party:
    before = known.get(party.id)
    return party if before is None else replace(party, node=before.node)


def _notifier(read: Consignment) -> str:
    found = next((party.id for party in read.parties if Role.NOTIFIER in party.roles), None)
    if found is None:
        raise InputInvalid(
            Finding(
                rule_id="notifier-named",
                message="No party of the file is the notifier.",
                pointer="/parties",
                block="N1",
                law="Basel Art. 6(1)",
                fix="Give the role notifier to the party of block 1.",
            )
        )
    return found


def _drafted(node: Node, case_id: str, notifier: str, document: Notification) -> bool:
    """Draft the notification, unless just this one is on file; tells whether it was drafted now."""
    case = node.folded(case_id).case
    version = case.streams["notification"].version if "notification" in case.streams else 0
    request = Request(
        case_id=case_id,
        stream="notification",
        step="draft",
        party=notifier,
        document=document,
        key=f"import/{case_id}/{version}",
    )
    outcome = act(node, request)
    return bool(outcome.events) and not outcome.replayed


def _next(read: Consignment, number: str | None, db: str) -> Iterator[str]:
    name = quote(number or read.case)
    authority = next((party.id for party in read.parties if Role.EXPORT_AUTHORITY in party.roles), "PARTY")
    yield from ("", "Next:")
    yield f"  waste-bpm case show {name}{again(db)}"
    yield f"  waste-bpm case act {name} submit --as {_notifier(read)}{again(db)}"
    yield f"  waste-bpm case why {name} transmit --as {authority}{again(db)}"
