"""Backup, restore and the drill that shows that both work."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from waste_bpm.casework import invariants, projections
from waste_bpm.casework.backup import Proved, back_up
from waste_bpm.casework.backup import restore as bring_back
from waste_bpm.casework.backup import resume as let_write
from waste_bpm.casework.log import Kept, missing
from waste_bpm.casework.node import Node
from waste_bpm.casework.rows import instant
from waste_bpm.casework.sealing import every_head
from waste_bpm.casework.signing import read_heads
from waste_bpm.casework.store import Store
from waste_bpm.cli import clock
from waste_bpm.cli.command import Who, as_json, database, job
from waste_bpm.cli.node import proved as in_words
from waste_bpm.cli.opening import SERVER, again, node_in, opened_store
from waste_bpm.cli.output import aloud, answer, plural, say
from waste_bpm.errors import InputInvalid, WasteBpmError
from waste_bpm.vocabulary import Finding

_new_file = click.Path(dir_okay=False, path_type=Path)
_there = click.Path(exists=True, dir_okay=False, path_type=Path)


@job(
    examples=(
        "waste-bpm node backup backup-monday.db",
        "waste-bpm node backup backup-tuesday.db --json",
        "waste-bpm node backup backup-demo.db --db demo-output/demo.db",
    )
)
@click.argument("file", type=_new_file)
@database
@as_json
def backup(file: Path, db: str, json_: bool) -> None:
    """Back up the whole database of this node into one file that proves itself.

    The node may go on working meanwhile. The file gets its name only when its pages, its log and its heads were proved;
    whatever happens before leaves no file of that name. The private key is not in it: keep the key file elsewhere.
    """
    with opened_store(db) as store:
        proved = back_up(store, file)
    content = {"file": str(file), "bytes": file.stat().st_size, **_counted(proved)}
    answer("backup", content, [f"{file}: {in_words(proved.verdict)}", *_headed(proved)], json_=json_)


@job(
    examples=(
        "waste-bpm node restore backup.db --db restored.db",
        "waste-bpm node restore backup.db --db another.db --kept kept.json",
        "waste-bpm node restore backup.db --db third.db --json",
    ),
    who=Who.OPERATOR,
)
@click.argument("file", type=_there)
@click.option("--kept", type=_there, multiple=True, metavar="FILE", help="Heads of this node that others keep.")
@database
@as_json
def restore(file: Path, kept: tuple[Path, ...], db: str, json_: bool) -> None:
    """Bring a backup to a new database, prove it there, and leave it read-only.

    Nothing is overwritten. A backup of a file may be restored on a server, and the reverse. What was answered after the
    backup is not in it: ask your peers for the heads that they keep and for the messages that they got since.
    """
    url = db if db.startswith(SERVER) else f"sqlite:///{Path(db.removeprefix('sqlite:///')).absolute()}"
    restored = bring_back(file, url, at=instant(clock.now()), kept=_kept_heads(file, kept))
    content = {"database": db, "read_only": True, **_counted(restored.proved)}
    content["missing_up_to"] = restored.missing_up_to
    text = [f"{db}: {in_words(restored.proved.verdict)}", *_headed(restored.proved)]
    if restored.missing_up_to is not None:
        text.append(f"Others keep heads up to place {restored.missing_up_to}: what lies between is not in this backup.")
    answer("restore", content, text, json_=json_)
    say(f"It is read-only until you say: waste-bpm node resume{again(db)}")


@job(
    examples=(
        "waste-bpm node resume",
        "waste-bpm node resume --db node.db",
        "waste-bpm node resume --json",
    ),
    who=Who.OPERATOR,
)
@database
@as_json
def resume(db: str, json_: bool) -> None:
    """Let a node that was restored take acts and messages again.

    Compare its heads first: waste-bpm log verify --kept FILE. A process that serves it must be started anew.
    """
    with opened_store(db, write=True) as store:
        was = let_write(store)
    answer("resume", {"was_read_only": was}, ["It goes on." if was else "It was not read-only."], json_=json_)


@job(
    examples=(
        "waste-bpm node drill",
        "waste-bpm node drill --json",
        "waste-bpm node drill --db demo-output/demo.db",
    )
)
@database
@as_json
@click.pass_context
def drill(ctx: click.Context, db: str, json_: bool) -> None:
    """Show that a backup of this node can be restored: back up, restore, prove, check, compare.

    All of it happens in a temporary folder; the node may go on working and is not changed. Exit code 3 means that
    something did not hold, and says what.
    """
    steps: list[dict[str, Any]] = []
    findings: tuple[Finding, ...] = ()
    with opened_store(db) as store, TemporaryDirectory(prefix="waste-bpm-drill") as folder:
        for name, run in _steps(store, Path(folder)):
            began = time.monotonic()
            try:
                says = run()
            except WasteBpmError as error:
                says, findings = "did not hold", error.findings
            took = round(time.monotonic() - began, 3)
            found = [finding.as_json() for finding in findings]
            steps.append({"step": name, "well": not found, "says": says, "seconds": took, "findings": found})
            say(f"{name:<9} {took:>8.3f} s  {says}")
            if findings:
                break
    well = all(step["well"] for step in steps)
    text = ["The drill held." if well else "The drill did not hold."]
    if not well:
        text += [line for finding in findings for line in aloud(finding)]
    answer("drill", {"well": well, "steps": steps}, text, json_=json_)
    ctx.exit(0 if well else InputInvalid.exit_code)


def _steps(store: Store, folder: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    file, url = folder / "backup.db", f"sqlite:///{folder / 'restored.db'}"
    yield "back up", lambda: in_words(back_up(store, file).verdict)
    yield "restore", lambda: in_words(bring_back(file, url, at=instant(clock.now())).proved.verdict)
    yield "check", lambda: _checked(url)
    yield "rebuild", lambda: _rebuilt(url)
    yield "compare", lambda: _compared(store, url)


@contextmanager
def _restored(url: str) -> Iterator[Node]:
    with closing(Store(url, read_only=True)) as store:
        yield node_in(store)


def _checked(url: str) -> str:
    with _restored(url) as node:
        found = invariants.check(node)
    if found:
        raise InputInvalid(found)
    return f"All {len(invariants.INVARIANTS)} invariants hold."


def _rebuilt(url: str) -> str:
    with _restored(url) as node:
        found = projections.differing(node)
    if found:
        message = f"Rows that the log does not say: {', '.join(found)}."
        raise InputInvalid(Finding(rule_id="projection-differs", message=message, fix="waste-bpm node rebuild"))
    return "Every row that is made from the log is what the log says."


def _compared(store: Store, url: str) -> str:
    with _restored(url) as node:
        kept = every_head(node.store)
    broken = missing(store, kept)
    if broken is not None:
        raise InputInvalid(Finding(rule_id="heads-differ", message=f"{broken.what}."))
    return f"{plural(len(kept), 'head')}, the same in both."


def _kept_heads(backup: Path, files: tuple[Path, ...]) -> Kept:
    if not files:
        return ()
    with closing(Store(f"sqlite:///{backup.absolute()}", read_only=True)) as store:
        own = node_in(store).directory.own
    read = (read_heads(file.read_bytes(), own) for file in files)
    return [(head.position, head.hash) for held in read for head in held.heads]


def _counted(proved: Proved) -> dict[str, Any]:
    verdict, head = proved.verdict, proved.head
    counts = {name: getattr(verdict, name) for name in ("lines", "heads", "messages", "documents", "erased")}
    return {**counts, "head": None if head is None else {"position": head[0], "hash": head[1]}}


def _headed(proved: Proved) -> Iterator[str]:
    if proved.head is not None:
        yield f"  Newest head: place {proved.head[0]}, {proved.head[1]}"
