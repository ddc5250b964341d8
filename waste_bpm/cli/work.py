"""A worker: a process that does what a node does by itself, beside others over one database or alone on a file."""

import signal
import threading
from dataclasses import asdict
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import click

from waste_bpm.casework.health import RESERVE, Asked, disk, nearly_full
from waste_bpm.casework.node import Node
from waste_bpm.casework.work import Deliver, Done, Worker
from waste_bpm.cli import clock
from waste_bpm.cli.command import Who, as_json, database, job, private_key
from waste_bpm.cli.key_files import key_place, signing
from waste_bpm.cli.opening import opened
from waste_bpm.cli.output import answer, plural, say
from waste_bpm.errors import Unavailable
from waste_bpm.exchange.comparing import Comparer
from waste_bpm.exchange.fetching import Fetcher
from waste_bpm.exchange.folder import Folders
from waste_bpm.exchange.https import Postman
from waste_bpm.logs import log_as_json
from waste_bpm.vocabulary import Finding

outbox_folder = click.option(
    "--outbox",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="WASTE_BPM_OUTBOX",
    show_envvar=True,
    help="Hand letters over as files in a folder for each node; a file is no receipt.",
)
"""The option `--outbox` of commands that deliver."""
fetching = click.option(
    "--fetch",
    is_flag=True,
    envvar="WASTE_BPM_FETCH",
    show_envvar=True,
    help="Fetch letters at the peers, for a node that they cannot reach.",
)
"""The option `--fetch` of commands that deliver."""
pause = click.option(
    "--every", type=click.FloatRange(0.05, 3600), default=1.0, show_default=True, help="Seconds between rounds."
)
"""The option `--every` of commands that work by themselves."""
disk_reserve = click.option(
    "--reserve",
    metavar="MIB",
    type=click.IntRange(1, 1_000_000),
    default=RESERVE,
    show_default=True,
    envvar="WASTE_BPM_RESERVE",
    show_envvar=True,
    help="Mebibytes of the disk to leave free; the node turns read-only before they are used.",
)
"""The option `--reserve` of commands that go on writing."""


def folder_of(node: Node) -> Path:
    """The folder whose disk a node fills: that of its file, or where this process keeps temporary files."""
    url = node.store.database.url
    return Path(gettempdir() if node.store.database.shared or not url.database else url.database).absolute().parent


def guarded(node: Node, reserve: int) -> Node:
    """The node, which takes nothing more when the disk of its file is nearly full; a server guards its own disk."""
    if not node.store.database.shared:
        node.store.halts.append(nearly_full(folder_of(node), reserve))
    return node


def deliveries(node: Node, outbox: Path | None, *, fetch: bool = False) -> Deliver:
    """How letters leave: as files in a folder where one is named, else to registered peers over HTTPS.

    A node that others cannot reach fetches its letters there too. Over HTTPS it is also compared what each holds.
    """
    postman = Postman(node, clock.chance)
    leave: Deliver = Folders(outbox) if outbox else postman
    fetcher, comparer = Fetcher(postman), Comparer(postman)

    def deliver(at: Node) -> int:
        done = leave(at) + (fetcher(at) if fetch else 0)
        if outbox is None:
            comparer(at)
        return done

    return deliver


def disks(node: Node, reserve: int) -> tuple[Asked, ...]:
    """The check of the disk of a node."""
    return () if node.store.database.shared else (disk(folder_of(node), reserve),)


@job(
    examples=(
        "waste-bpm work --once",
        "waste-bpm work --once --outbox letters --db demo-output/demo.db",
        "waste-bpm work --once --json --db node.db",
    ),
    who=Who.OPERATOR,
)
@outbox_folder
@fetching
@pause
@click.option("--once", is_flag=True, help="Do one round and end, for a timer of the operating system.")
@disk_reserve
@private_key
@database
@as_json
def work(outbox: Path | None, every: float, once: bool, db: str, json_: bool, **named: Any) -> None:
    """Do what a node does by itself: end deadlines, seal the log, hand letters over.

    Over a database on a server any number of workers may run, beside any number that serve: each takes what no other
    has. On a file `waste-bpm serve` does it beside its requests. SIGTERM ends it after the round that it is in.
    """
    log_as_json()
    with opened(db, write=True) as unsigned:
        node = guarded(signing(unsigned, key_place(db, named["key_file"])), named["reserve"])
        worker = Worker(node, deliver=deliveries(node, outbox, fetch=named["fetch"]), every=every)
        if once:
            worker.round()
            _refuse_failed(worker)
        else:
            _until_told(worker, db)
    answer("work", asdict(worker.done), [_words(worker.done)], json_=json_)


def _until_told(worker: Worker, db: str) -> None:
    """Rounds until SIGTERM or SIGINT."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    with worker:
        say(f"Working on {db.partition('?')[0].rpartition('@')[2]}. SIGTERM ends it in order.")
        while not told.wait(worker.every) and worker.check().says != "the worker has ended":
            pass


def _refuse_failed(worker: Worker) -> None:
    if worker.failed is not None:
        raise Unavailable(Finding(rule_id="round-failed", message=f"The round failed: {worker.failed}"))


def _words(done: Done) -> str:
    return (
        f"{plural(done.lapsed, 'deadline')} ended, {plural(done.sealed, 'event')} sealed, "
        f"{plural(done.delivered, 'letter')} handed over."
    )
