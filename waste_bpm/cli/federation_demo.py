"""The demonstration of a federation: the story of `waste-bpm demo`, with each step taken on the node of its party.

Four processes with four databases hand each other letters over HTTP while one of them is killed and begun again twice,
and the link between two others is down for a while. It ends with what all must agree on, and with a picture that is
drawn from what the nodes themselves wrote down.
"""

import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click
import orjson

from waste_bpm.casework import record
from waste_bpm.casework.checklists import facts, raised
from waste_bpm.casework.digests import stream_states
from waste_bpm.casework.line import Request
from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import waiting
from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.demo import STORY
from waste_bpm.cli.federation import HOSTS, Federation
from waste_bpm.cli.federation_sites import Site
from waste_bpm.cli.opening import opened
from waste_bpm.cli.output import answer, plural, say
from waste_bpm.errors import InputInvalid
from waste_bpm.law.countries import country
from waste_bpm.reporting.exchange import Exchange, exchange
from waste_bpm.reporting.exchange_picture import Lane, cuts, picture
from waste_bpm.simulation.scenario import Entry, Scenario, consignment_of, scenario
from waste_bpm.simulation.world import StoryBroken, data_of
from waste_bpm.sop.checklist import sop
from waste_bpm.sop.run import play
from waste_bpm.vocabulary import Finding

_MARK = ".federation-demo"
"""Says that a folder is the work of an earlier demonstration, which a later one may replace."""
_PATIENCE = 20
"""Seconds for which a step that is refused is tried again: what it rests on may still be under way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """What goes wrong, or is put right, before or after a step of the story."""

    when: Literal["before", "after"]
    on: str
    step: str
    what: Literal["kill", "serve", "part", "join"]
    node: str = ""


TROUBLES = (
    Trouble(when="before", on="notification", step="transmit", what="kill", node="kr"),
    Trouble(when="before", on="answer/KR", step="acknowledge", what="serve", node="kr"),
    Trouble(when="before", on="movement/2", step="announce", what="part"),
    Trouble(when="before", on="border_check/2/KR-BUSAN", step="present", what="join"),
    Trouble(when="after", on="disposal/3", step="certify", what="kill", node="kr"),
    Trouble(when="before", on="border_check/4/KR-BUSAN", step="present", what="serve", node="kr"),
)


@job(
    examples=(
        "waste-bpm federation-demo",
        "waste-bpm federation-demo --out federation-output --json",
        "waste-bpm federation-demo --postgresql postgresql://postgres@/korea?host=/run/postgresql",
    )
)
@click.option(
    "--out",
    metavar="DIR",
    default="federation-output",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where databases, logs and the picture go.",
)
@click.option("--postgresql", metavar="URL", help="An empty PostgreSQL database for one of the nodes.")
@as_json
@click.pass_context
def federation_demo(ctx: click.Context, out: Path, postgresql: str | None, json_: bool) -> None:
    """Play one consignment on four nodes, while one is killed twice and a link is down for a while.

    Each node is a process with its own database, keys and port on this machine. DIR/exchange.svg shows what they told
    each other. The exit code is 0 only when all nodes agree, every check is clean and no letter is left.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began, story = time.monotonic(), scenario(STORY)
    _emptied(out)
    with Federation(story, out, postgresql) as federation:
        federation.tell(story.steps[0].at)
        say(f"{story.title}, on four nodes. Example data; nobody is told anything.", bold=True)
        federation.begin()
        places = ", ".join(map(_place, federation.sites.values()))
        say(f"Four nodes serve after {time.monotonic() - began:.0f} s: {places}.")
        refused = _told(federation, story)
        federation.end()
        checks = federation.examined()
    content = _ended(federation, story, checks)
    content |= {"refused_steps": refused, "seconds": round(time.monotonic() - began, 1)}
    answer("federation-demo", content, _words(content), json_=json_)
    ctx.exit(0 if content["well"] else InputInvalid.exit_code)


def _place(site: Site) -> str:
    return f"{site.name} at {site.url} on {_engine(site.db)}"


def _engine(db: str) -> str:
    return "PostgreSQL" if "://" in db else "SQLite"


def _emptied(out: Path) -> None:
    """An empty folder, or one of an earlier demonstration, whose work is replaced; raises InputInvalid."""
    if out.exists() and any(out.iterdir()) and not (out / _MARK).exists():
        raise InputInvalid(
            Finding(
                rule_id="folder-in-use",
                message=f"{out} holds something else than an earlier demonstration.",
                pointer=str(out),
                fix="Name an empty folder with --out.",
            )
        )
    for name in HOSTS:
        shutil.rmtree(out / name, ignore_errors=True)
    (out / "clock").unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / _MARK).touch()


def _told(federation: Federation, story: Scenario) -> int:
    """Tell the story, with its troubles; gives how many steps were refused, as the law wants them."""
    refused = 0
    for number, entry in enumerate(story.steps):
        _troubles(federation, entry, "before")
        federation.tell(entry.at)
        federation.rounds()
        federation.quiet()
        say(f"{entry.at:%Y-%m-%d}  {entry.by:<10}  {entry.say}", fg="yellow" if entry.expect else None)
        if entry.step != "draft":  # the notification is drafted where the consignment file is imported
            refused += _taken(federation, story, entry, f"{story.id}/{number}")
        _troubles(federation, entry, "after")
        federation.quiet()
    federation.tell(story.ends)
    federation.rounds()
    federation.quiet()
    return refused


def _troubles(federation: Federation, entry: Entry, when: str) -> None:
    for trouble in TROUBLES:
        if (trouble.when, trouble.on, trouble.step) == (when, entry.on, entry.step) and not entry.expect:
            do, said = _TROUBLING[trouble.what]
            do(federation, trouble.node)
            say(f"            {said.format(node=trouble.node)}", fg="magenta")


_TROUBLING: dict[str, tuple[Callable[[Federation, str], None], str]] = {
    "kill": (lambda federation, node: federation.sites[node].kill(), "Node {node} is killed (SIGKILL)."),
    "serve": (lambda federation, node: federation.sites[node].serve(), "Node {node} serves again."),
    "part": (lambda federation, _: federation.part(), "The link between ke and lk is cut."),
    "join": (lambda federation, _: federation.join(), "The link between ke and lk is whole again."),
}


def _taken(federation: Federation, story: Scenario, entry: Entry, key: str) -> bool:
    """Take a step on the node of its party; gives whether it was refused as it had to be, raises StoryBroken."""
    site, case = federation.home_of(entry.by), consignment_of(story).case
    until = time.monotonic() + _PATIENCE
    while True:
        given = site.take(entry.by, case, entry.on, entry.step, _document(site, story, entry), key)
        if entry.expect and set(entry.expect) <= given.rules:
            return True
        if not entry.expect and given.status < 300:
            return False
        if time.monotonic() > until:
            raise StoryBroken(f"{entry.at:%Y-%m-%d} {entry.say}: {given.status} {given.body[:600].decode()}")
        time.sleep(0.2)


def _document(site: Site, story: Scenario, entry: Entry) -> Any:
    """What the party says: as the story has it, or what a checklist has brought about that is run at the border."""
    if entry.sop is None:
        return data_of(story, entry)
    with opened(site.db) as node:
        case = node.case(consignment_of(story).case)
        request = Request(case_id=case.id, stream=entry.on, step=entry.step, party=entry.by)
        point = case.streams[entry.on].point
        played = play(sop(entry.sop), point, facts(case, entry.on), entry.answers or {}, by=entry.by, at=entry.at)
        document = raised(request, played).document
    return None if document is None else document.model_dump(mode="json")


def _ended(federation: Federation, story: Scenario, checks: dict[str, str]) -> dict[str, Any]:
    """What can be counted at the end, and the picture."""
    with ExitStack() as stack:
        nodes = [stack.enter_context(opened(site.db)) for site in federation.sites.values()]
        logs = {site.name: site.log.read_bytes().splitlines() for site in federation.sites.values()}
        seen = exchange(nodes, logs)
        digests = {node.directory.own: _digest(node, story) for node in nodes}
        undelivered = sum(len(waiting(node)) for node in nodes)
    equal = len(set(digests.values())) == 1
    content = {
        "nodes": {site.name: _engine(site.db) for site in federation.sites.values()},
        "steps": len(story.steps),
        **_counted(seen),
        "undelivered": undelivered,
        "state_digests": digests,
        "equal": equal,
        "checks": checks,
        "well": equal and not undelivered and set(checks.values()) == {"clean"},
        "picture": str(federation.out / "exchange.svg"),
    }
    title, about = "What four nodes told each other", list(_about(story, content))
    drawn = picture(seen, list(_lanes(federation)), title=title, about=about)
    (federation.out / "exchange.svg").write_text(drawn, encoding="utf-8")
    return content


def _digest(node: Node, story: Scenario) -> str:
    """SHA-256 over the digests of all streams that all nodes must have been told alike, as nodes compare them."""
    streams = stream_states(node, consignment_of(story).case)
    return record.digest(b"".join(each.written for each in streams))


def _counted(seen: Exchange) -> dict[str, int]:
    arrived = [(said, to) for said, to in seen.arrivals if to.at is not None]
    return {
        "messages": len(seen.said),
        "letters": len(arrived),
        "letters_sent_again": sum(to.attempts > 1 for _, to in arrived),
        "failed_attempts": len(seen.failed),
        "kills": len(seen.away),
        "links_down": len(cuts(seen)),
    }


def _lanes(federation: Federation) -> Iterator[Lane]:
    for name, states in HOSTS.items():
        known = country(states[0])
        title = known.name if known is not None else states[0]
        yield Lane(node=name, title=title, about=f"node {name}, {_engine(federation.sites[name].db)}")


def _about(story: Scenario, content: dict[str, Any]) -> Iterator[str]:
    number = consignment_of(story).notification["number"]
    yield f"{story.title}: notification {number}. Example data."
    yield (
        f"{plural(content['messages'], 'message')}, {plural(content['letters'], 'letter')} to other nodes, "
        f"{content['failed_attempts']} attempts that failed, {content['undelivered']} undelivered."
    )
    digests = dict.fromkeys(content["state_digests"].values())
    same = "The same on all nodes" if content["equal"] else "Not the same on all nodes"
    yield f"{same} at the end; SHA-256 of what they share: {', '.join(each[:16] for each in digests)}..."


def _words(content: dict[str, Any]) -> Iterator[str]:
    """For a person; the last line is for a program."""
    for name, digest in content["state_digests"].items():
        yield f"{name}  {digest}  check: {content['checks'][name]}"
    yield "All nodes share the same state." if content["equal"] else "The nodes do NOT share the same state."
    yield f"The picture of the exchange: {content['picture']}"
    yield orjson.dumps(content).decode()
