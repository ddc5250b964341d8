"""Letters that go to other nodes, for those who look after them: see, try again, give up, carry by hand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from waste_bpm.casework import posting
from waste_bpm.casework import undelivered as missing
from waste_bpm.casework.against_days import against
from waste_bpm.casework.peers import standing
from waste_bpm.casework.resending import resend as let_wait_again
from waste_bpm.cli import clock
from waste_bpm.cli.command import Who, as_json, database, job, private_key
from waste_bpm.cli.key_files import key_place, signing
from waste_bpm.cli.opening import opened
from waste_bpm.cli.output import answer, plural, say
from waste_bpm.errors import WasteBpmError
from waste_bpm.exchange import bundle
from waste_bpm.exchange.fetching import Fetcher
from waste_bpm.exchange.https import Postman

_existing = click.Path(exists=True, dir_okay=False, path_type=Path)
_LETTER = "urn:uuid:0408b086-8d96-549e-a5cb-fbc4267c14cc"
"""A letter of the demonstration, for the examples."""
_LATER = "urn:uuid:9a66f683-11c6-508f-9902-ba8c916e5be6"
"""One that went to the same node after it."""
_new = click.Path(dir_okay=False, path_type=Path)


@job(
    examples=(
        f"waste-bpm outbox show {_LETTER} --db demo-output/demo.db",
        f"waste-bpm outbox show {_LETTER} --db demo-output/demo.db --json",
        f"waste-bpm outbox show {_LETTER} --json --db demo-output/demo.db",
    )
)
@click.argument("message")
@database
@as_json
def show(message: str, db: str, json_: bool) -> None:
    """Show what became of a letter at each node that it goes to."""
    with opened(db) as node:
        found = posting.journeys(node, message)
    lines = [
        f"{each['node']}: {each['state']}, number {each['seq']}, {plural(each['attempts'], 'attempt')}"
        + (f", {each['reason']}" if each["reason"] else "")
        for each in found
    ]
    answer("letter", {"message": message, "nodes": found}, lines, json_=json_)


@job(
    examples=(
        "waste-bpm outbox retry lk",
        "waste-bpm outbox retry lk --db node.db",
        "waste-bpm outbox retry lk --json",
    ),
    who=Who.OPERATOR,
)
@click.argument("name", metavar="NODE")
@database
@as_json
def retry(name: str, db: str, json_: bool) -> None:
    """Let everything that waits for a node go at the next round, however long it was to be left alone."""
    with opened(db, write=True) as node:
        count = posting.retry(node, name)
    answer("outbox-retry", {"node": name, "letters": count}, [f"{plural(count, 'letter')} to {name}."], json_=json_)


@job(
    examples=(
        "waste-bpm outbox resend lk --since 2026-03-01",
        "waste-bpm outbox resend lk --since 2026-03-01 --db node.db",
        "waste-bpm outbox resend lk --since 2026-03-01 --json",
    ),
    who=Who.OPERATOR,
)
@click.argument("name", metavar="NODE")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day of the backup (UTC).")
@database
@as_json
def resend(name: str, since: datetime, db: str, json_: bool) -> None:
    """Send a node once more what it has confirmed since a day, for it was restored from a backup.

    What it still has it only confirms again. Letters that were given up stay so.
    """
    with opened(db, write=True) as node:
        count = let_wait_again(node, name, since.replace(tzinfo=UTC))
    answer("outbox-resend", {"node": name, "letters": count}, [f"{plural(count, 'letter')} to {name}."], json_=json_)


@job(
    examples=(
        f"waste-bpm outbox close {_LETTER} lk --reason 'handed over on paper' --db demo-output/demo.db",
        f"waste-bpm outbox close {_LETTER} lk --reason 'that node is closed' --db demo-output/demo.db",
        f"waste-bpm outbox close {_LETTER} lk --reason 'sent by post' --db demo-output/demo.db --json",
    ),
    who=Who.OPERATOR,
)
@click.argument("message")
@click.argument("name", metavar="NODE")
@click.option("--reason", required=True, help="Why it is not sent any more; it stays on file.")
@database
@as_json
def close(message: str, name: str, reason: str, db: str, json_: bool) -> None:
    """Send a letter to a node no more, for a reason that stays on file.

    That node is told under the seal of this one, so that later letters about the same case go on there. If the letter
    had arrived there all the same, it counts, and stands here as delivered.
    """
    with opened(db, write=True) as node:
        posting.close(node, message, name, reason)
    answer("letter-closed", {"message": message, "node": name, "reason": reason}, [f"{message}: closed."], json_=json_)


@job(
    examples=(
        "waste-bpm outbox export lk for-lk.zip",
        "waste-bpm outbox export lk for-lk.zip --db demo-output/demo.db",
        "waste-bpm outbox export lk for-lk.zip --json",
    ),
    who=Who.OPERATOR,
)
@click.argument("name", metavar="NODE")
@click.argument("file", type=_new)
@private_key
@database
@as_json
def export(name: str, file: Path, key_file: Path | None, db: str, json_: bool) -> None:
    """Write what waits for a node into a file that somebody carries there.

    The letters go on waiting until the slips are back: waste-bpm outbox slips FILE.
    """
    with opened(db, write=True) as node:
        data, count = bundle.packed(signing(node, key_place(db, key_file)), name)
    file.write_bytes(data)
    answer(
        "bundle",
        {"node": name, "letters": count, "file": str(file)},
        [f"{file}: {plural(count, 'letter')}."],
        json_=json_,
    )


@job(
    examples=(
        "waste-bpm outbox slips slips.zip",
        "waste-bpm outbox slips slips.zip --db node.db",
        "waste-bpm outbox slips slips.zip --json",
    ),
    who=Who.SENDER,
)
@click.argument("file", type=_existing)
@database
@as_json
def slips(file: Path, db: str, json_: bool) -> None:
    """End the waiting of letters as the slips in a file say."""
    with opened(db, write=True) as node:
        found = bundle.settled(node, file.read_bytes())
    lines = [f"{each.message}: {each.result.value} by {each.by}" for each in found]
    answer("slips", {"slips": [each.model_dump(mode="json") for each in found]}, lines, json_=json_)


@job(
    examples=(
        "waste-bpm message take-in letters.zip",
        "waste-bpm message take-in letters.zip --slips slips.zip",
        "waste-bpm message take-in letters.zip --db node.db --json",
    ),
    who=Who.SENDER,
)
@click.argument("file", type=_existing)
@click.option("--slips", "back", type=_new, help="Where to write the slips for the way back.")
@private_key
@database
@as_json
@click.pass_context
def take_in(ctx: click.Context, file: Path, back: Path | None, key_file: Path | None, db: str, json_: bool) -> None:
    """Take in the letters that somebody carried here in a file; each seal is verified first.

    The file may be given again. Exit code 9 means that some were not taken in.
    """
    with opened(db, write=True) as node:
        found, answers = bundle.taken_in(signing(node, key_place(db, key_file)), file.read_bytes())
    if back is not None:
        back.write_bytes(answers)
        say(f"Slips for the way back: {back}")
    wrong = [each for each in found if isinstance(each, WasteBpmError)]
    lines = [str(each) if isinstance(each, WasteBpmError) else f"{each.message}: {each.result.value}" for each in found]
    content = {
        "slips": [each.model_dump(mode="json") for each in found if not isinstance(each, WasteBpmError)],
        "findings": [finding.as_json() for each in wrong for finding in each.findings],
    }
    answer("taken-in", content, lines, json_=json_)
    ctx.exit(9 if wrong else 0)


@job(
    examples=(
        "waste-bpm message fetch",
        "waste-bpm message fetch --db node.db",
        "waste-bpm message fetch --db demo-output/demo.db --json",
    ),
    who=Who.OPERATOR,
)
@private_key
@database
@as_json
def fetch(key_file: Path | None, db: str, json_: bool) -> None:
    """Fetch what waits for this node at its peers, take it in, and give them the slips.

    For a node that others cannot reach; `waste-bpm serve --fetch` does it beside its requests. What cannot be taken in
    now stays with its sender.
    """
    with opened(db, write=True) as unsigned:
        node = signing(unsigned, key_place(db, key_file))
        taken = Fetcher(Postman(node, clock.chance))(node)
        away = [each for each in standing(node) if each["url"] and each["said"]]
    lines = [f"{each['node']}: {each['said']}" for each in away]
    told = [{"node": each["node"], "said": each["said"]} for each in away]
    answer("fetched", {"taken": taken, "away": told}, [f"{plural(taken, 'letter')} taken in.", *lines], json_=json_)


@job(
    examples=(
        "waste-bpm outbox undelivered",
        "waste-bpm outbox undelivered --db demo-output/demo.db",
        "waste-bpm outbox undelivered --db demo-output/demo.db --json",
    )
)
@database
@as_json
def undelivered(db: str, json_: bool) -> None:
    """Show what has not arrived, node by node: how many letters, since when, and when they go again.

    A letter that may not arrive by its last day in law is named, as the last round of work found it, with what can
    still be done.
    """
    with opened(db) as node:
        found, warned = missing.undelivered(node), [each.finding for each in against(node)]
    content = {"nodes": found, "warnings": [finding.as_json() for finding in warned]}
    answer("undelivered", content, [*map(_undelivered, found), *map(str, warned)], json_=json_)


def _undelivered(each: dict[str, Any]) -> str:
    parts = [f"{each['node']}: {plural(each['waiting'], 'letter')} waiting"]
    if each["waiting"]:
        again = "on paper" if each["on_paper"] else f"again at {each['next_attempt'] or 'the next round'}"
        parts += [f"the oldest of {each['oldest']}", again]
    if each["failing_since"]:
        parts.append(f"no answer since {each['failing_since']} ({each['said']})")
    if each["refused"]:
        parts.append(f"{each['refused']} rejected for good")
    return ", ".join(parts)


@job(
    examples=(
        f"waste-bpm outbox replace {_LETTER} lk --with {_LATER} --reason 'corrected' --db demo-output/demo.db",
        f"waste-bpm outbox replace {_LETTER} lk --with {_LATER} --reason 'wrong code' --db demo-output/demo.db",
        f"waste-bpm outbox replace {_LETTER} lk --with {_LATER} --reason 'block 14' --json --db demo-output/demo.db",
    ),
    who=Who.OPERATOR,
)
@click.argument("message")
@click.argument("name", metavar="NODE")
@click.option("--with", "by", metavar="MESSAGE", required=True, help="The corrected message that went after it.")
@click.option("--reason", required=True, help="Why; it stays on file.")
@database
@as_json
def replace(message: str, name: str, by: str, reason: str, db: str, json_: bool) -> None:
    """Say which corrected message has taken the place of a letter that was rejected or given up.

    What was said is never edited: a step of the case says it anew, with its own identity, and this closes the old one.
    """
    with opened(db, write=True) as node:
        missing.replace(node, message, name, by, reason)
    content = {"message": message, "node": name, "replaced_by": by, "reason": reason}
    answer("letter-replaced", content, [f"{message}: closed, replaced by {by}."], json_=json_)
