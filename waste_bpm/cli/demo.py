"""The demonstration: one consignment file played from notification to certificate on an embedded database.

Kenya, Singapore and Korea act on one node; Sri Lanka is elsewhere, and its messages come as files. Every act has its
key, so a run that was stopped goes on where it stood, and a run that is complete changes nothing.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import click

from waste_bpm.casework.log import messages
from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import waiting
from waste_bpm.cli.command import Who, as_json, job
from waste_bpm.cli.judges import judge
from waste_bpm.cli.node import examine
from waste_bpm.cli.opening import opened_store
from waste_bpm.cli.output import aloud, answer, plural, say, wrapped
from waste_bpm.cli.summary import Played, as_data, in_words
from waste_bpm.errors import InputInvalid
from waste_bpm.exchange import folder
from waste_bpm.simulation.scenario import Scenario, consignment_of, scenario
from waste_bpm.simulation.world import Told, World, play

STORY = "used-lead-acid-batteries"
NODE = "demo"
HOSTED = ("KE", "SG", "KR")


@job(
    examples=(
        "waste-bpm demo",
        "waste-bpm demo --out demo-output",
        "waste-bpm demo --json 2>/dev/null",
    ),
    who=Who.OPERATOR,
)
@click.option(
    "--out",
    metavar="DIR",
    default="demo-output",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where database, messages and letters go.",
)
@click.option("--pace", type=click.FloatRange(min=0), default=0, hidden=True, envvar="WASTE_BPM_PACE")
@as_json
@click.pass_context
def demo(ctx: click.Context, out: Path, pace: float, json_: bool) -> None:
    """Play one consignment from notification to certificate, and check every message.

    The database is DIR/demo.db, every message lies in DIR/messages, and letters for other nodes in DIR/outbox. It may
    be stopped at any moment and started again. The exit code is 0 only when everything was valid.
    """
    story = scenario(STORY)
    with opened_store(str(out / "demo.db"), write=True, create=True) as store:
        world = World(now=story.steps[0].at)
        node = world.host(consignment_of(story), NODE, dict.fromkeys(HOSTED, NODE), store)
        say(f"{story.title}. Example data; nobody is told anything.", bold=True)
        done = _told(world, story, pace)
        handed = _handed_over(node, out)
        say(f"Checking {plural(len(handed), 'message')} with every validator there is.")
        judged, (verdict, findings) = judge(handed), examine(node)
        played = Played(
            story=story, node=node, out=out, new=done, judged=judged, verdict=verdict, findings=tuple(findings)
        )
        answer("demo", as_data(played), in_words(played), json_=json_)
    ctx.exit(0 if played.well else InputInvalid.exit_code)


def _told(world: World, story: Scenario, pace: float) -> int:
    """Play the story aloud; gives how many acts were new."""
    new = earlier = 0
    for told in play(world, story):
        if told.replayed:
            earlier += 1
            continue
        if earlier and not new:
            say(f"{plural(earlier, 'step')} on file from an earlier run; the story goes on from there.")
            earlier = 0
        for line in _spoken(told):
            say(line, fg="yellow" if told.refused else None)
        new += not told.refused
        time.sleep(pace)
    return new


def _spoken(told: Told) -> Iterator[str]:
    """One thing that happened: the day, who, and what; a refusal with its reasons, as the law wants them."""
    entry = told.entry
    yield f"{entry.at:%Y-%m-%d}  {entry.by:<10}  {entry.say}"
    if told.refused:
        yield "            Refused, as the law wants it:"
        for finding in told.refused:
            yield from aloud(finding, " " * 12)
    if told.flags:
        yield wrapped(f"We would have answered otherwise: {', '.join(told.flags)}", " " * 12)


def _handed_over(node: Node, out: Path) -> list[Path]:
    """Every message as a file, in order, and the letters for other nodes in a folder for each; gives the files."""
    files = []
    for letter in messages(node.store):
        name = folder.name_of(letter)
        folder.keep(out / "messages", name, letter.body)
        files.append(out / "messages" / name)
    for each in waiting(node):
        folder.put(out / "outbox", each)
    return files
