"""Beginning a case from a consignment file: its parties, the waivers on file, and the draft of the notification."""

from dataclasses import replace
from pathlib import Path

import click

from waste_bpm.casework.line import Request, act
from waste_bpm.casework.node import Node
from waste_bpm.casework.registers import open_node, register
from waste_bpm.casework.store import Store
from waste_bpm.cli import clock
from waste_bpm.cli.command import as_json, database, job
from waste_bpm.cli.opening import again, opened_store
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
    )
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
        drafted = _drafted(node, read.case, notifier, document)
        number = node.case(read.case).streams["notification"].number
    name = number or read.case
    content = {"case": read.case, "number": number, "node": node.directory.own, "drafted": drafted, "title": read.title}
    text = [
        f"{'Begun' if drafted else 'On file already'}: {read.title}",
        f"  case {read.case}" + (f", notification {number}" if number else ""),
        "",
        "Next:",
        *(f"  {line}{again(db)}" for line in _next(read, name)),
    ]
    answer("case-import", content, text, json_=json_)
    say(read.about)


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
        before = open_node(store, clock.now, clock.identity)
    except NotFound:
        pass
    else:
        own, known = before.directory.own, dict(before.directory.parties)
    parties = read.register(dict.fromkeys(states, own))
    if not moved:
        parties = tuple(_where_it_was(party, known) for party in parties)
    register(store, own, parties, read.waivers_on_file())
    return open_node(store, clock.now, clock.identity)


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
    if node.filed(case, "notification", Notification) == document:
        return False
    version = case.streams["notification"].version if "notification" in case.streams else 0
    request = Request(
        case_id=case_id,
        stream="notification",
        step="draft",
        party=notifier,
        document=document,
        key=f"import/{case_id}/{version}",
    )
    return not act(node, request).replayed


def _next(read: Consignment, name: str) -> list[str]:
    quoted = f'"{name}"' if " " in name else name
    authority = next((party.id for party in read.parties if Role.EXPORT_AUTHORITY in party.roles), "PARTY")
    return [
        f"waste-bpm case show {quoted}",
        f"waste-bpm case act {quoted} submit --as {_notifier(read)}",
        f"waste-bpm case why {quoted} transmit --as {authority}",
    ]
