"""Other nodes on the command line: what this node says of itself, whom it believes, and how it stands with each."""

from pathlib import Path

import click

from waste_bpm.casework import peers
from waste_bpm.casework.reception import thaw as let_go_on
from waste_bpm.casework.turning_away import turned_away
from waste_bpm.cli.command import Who, as_json, database, job, private_key
from waste_bpm.cli.key_files import key_place, signing
from waste_bpm.cli.opening import opened
from waste_bpm.cli.output import answer, columns, plural, say

_existing = click.Path(exists=True, dir_okay=False, path_type=Path)


@job(
    examples=(
        "waste-bpm node about --db demo-output/demo.db",
        "waste-bpm node about --url https://tfs.example.org --db demo-output/demo.db > ours.peer.json",
        "waste-bpm node about --json --db demo-output/demo.db",
    ),
    who=Who.OPERATOR,
)
@click.option("--url", help="Where others reach this node; without it, it fetches letters or somebody carries them.")
@click.option("--fetches", is_flag=True, help="This node fetches its letters, though it has an address.")
@click.option("--via", metavar="NODE", help="The relay with which letters for this node are left.")
@private_key
@database
@as_json
def about(url: str | None, fetches: bool, via: str | None, key_file: Path | None, db: str, json_: bool) -> None:
    """Write what this node says of itself, under its seal, for its peers.

    Give the file to them, and read them its fingerprint by another way.
    """
    with opened(db, write=True) as node:
        said = peers.about(signing(node, key_place(db, key_file)), url, fetches=fetches, via=via)
    click.echo(said.model_dump_json(indent=2))
    say(f"The fingerprint of the keys: {said.peer.fingerprint}")


@job(
    examples=(
        "waste-bpm node peer add peru.peer.json --fingerprint 'bc8f 53e0 171e bbcd a8cd 768f 8099 f313'",
        "waste-bpm node peer add peru.peer.json --db node.db",
        "waste-bpm node peer add peru.peer.json --json",
    ),
    who=Who.OPERATOR,
)
@click.argument("file", type=_existing)
@click.option("--fingerprint", help="What somebody at that node read to you; needed the first time.")
@database
@as_json
def add(file: Path, fingerprint: str | None, db: str, json_: bool) -> None:
    """Believe what another node says of itself in a file.

    A later version is believed when a key of the version before sealed it; an older one is refused.
    """
    with opened(db, write=True) as node:
        peer = peers.enter(node, peers.read_peer(file.read_bytes()), fingerprint)
    line = f"{peer.node}: {plural(len(peer.keys), 'key')}, {_reached(peer)}, version {peer.version}"
    answer("peer", {"peer": peer.model_dump(mode="json")}, [line], json_=json_)


def _reached(peer: peers.Peer) -> str:
    where = "fetches its letters" if peer.reach == "pull" else str(peer.url)
    return f"{where}, via {peer.via}" if peer.via else where


@job(
    examples=(
        "waste-bpm node peer list",
        "waste-bpm node peer list --db node.db",
        "waste-bpm node peer list --json",
    )
)
@database
@as_json
def listed(db: str, json_: bool) -> None:
    """List the peers, their addresses and the fingerprints of their keys."""
    with opened(db) as node:
        known = peers.peers(node.store).values()
    rows = [
        (each.node, each.reach, each.url or "-", f"{len(each.parties)} parties", each.fingerprint) for each in known
    ]
    answer("peers", {"peers": [each.model_dump(mode="json") for each in known]}, columns(rows), json_=json_)
    say(f"{plural(len(rows), 'peer')}.")


@job(
    examples=(
        "waste-bpm node peer remove peru",
        "waste-bpm node peer remove peru --db node.db",
        "waste-bpm node peer remove peru --db demo-output/demo.db --json",
    ),
    who=Who.OPERATOR,
)
@click.argument("name", metavar="NODE")
@database
@as_json
def remove(name: str, db: str, json_: bool) -> None:
    """Believe nothing more of a node; letters for it go on waiting."""
    with opened(db, write=True) as node:
        peers.remove(node.store, name)
    answer("peer-removed", {"node": name}, [f"{name}: removed."], json_=json_)


@job(
    examples=(
        "waste-bpm node status",
        "waste-bpm node status --db demo-output/demo.db",
        "waste-bpm node status --json",
    )
)
@database
@as_json
def status(db: str, json_: bool) -> None:
    """Show how this node stands with each other: what waits, what came, what failed, what was turned away."""
    with opened(db) as node:
        own, found, away = node.directory.own, peers.standing(node), turned_away(node.store)
    content = {"node": own, "peers": found, "turned_away": away}
    answer("node-status", content, [f"Node {own}", *map(_line, found), *map(_away, away[:10])], json_=json_)


def _line(said: dict[str, object]) -> str:
    parts = [f"  {said['node']}: {said['waiting']} waiting"]
    if said["reach"] == "pull":
        parts.append(f"fetches its letters, last at {said['heard_at'] or 'no time yet'}")
    if said["waiting_since"]:
        parts.append(f"since {said['waiting_since']}")
    if not said["registered"]:
        parts.append("not registered as a peer")
    if said["failing_since"]:
        parts.append(f"no answer since {said['failing_since']} ({said['said']})")
    if said["given_up"]:
        parts.append(f"gave up {plural(len(said['given_up']), 'letter')} to this node")  # type: ignore[arg-type]
    if said["frozen"]:
        parts.append(f"stands still: {', '.join(map(str, said['frozen']))}")  # type: ignore[call-overload]
    return ", ".join(parts)


def _away(row: dict[str, object]) -> str:
    return f"  turned away {row['at']}: {row['rule']}: {row['said']}"


@job(
    examples=(
        "waste-bpm node peer thaw kr 0d6f7a52-3f0b-5d1c-9a57-4c1d2b8e6a10",
        "waste-bpm node peer thaw kr 0d6f7a52-3f0b-5d1c-9a57-4c1d2b8e6a10 --db node.db",
        "waste-bpm node peer thaw kr 0d6f7a52-3f0b-5d1c-9a57-4c1d2b8e6a10 --json",
    ),
    who=Who.OPERATOR,
)
@click.argument("name", metavar="NODE")
@click.argument("case")
@database
@as_json
def thaw(name: str, case: str, db: str, json_: bool) -> None:
    """Let go on what a node says of a case, after its line stood still or a parcel was put aside.

    Compare both nodes' messages first: a parcel that does not follow is refused again.
    """
    with opened(db, write=True) as node:
        count = let_go_on(node, name, case)
    answer("line", {"node": name, "case": case, "taken": count}, [f"{plural(count, 'parcel')} taken in."], json_=json_)
