"""The beginning of a node and its keys: `node init`, `node rotate`, and the heads that others keep."""

from pathlib import Path

import click

from waste_bpm.casework import exercise as exercises
from waste_bpm.casework.node import Node
from waste_bpm.casework.registers import register
from waste_bpm.casework.signing import heads as newest
from waste_bpm.casework.signing import keep_keys, keys_of
from waste_bpm.casework.store import Store
from waste_bpm.cli.command import Who, as_json, database, job, private_key
from waste_bpm.cli.key_files import key_place, made_key
from waste_bpm.cli.opening import node_in, opened, opened_store
from waste_bpm.cli.output import answer, say
from waste_bpm.errors import Conflict, InputInvalid, NotFound
from waste_bpm.utility_blocks.seal import Key, PrivateKey
from waste_bpm.vocabulary import Finding

_good_for = click.option(
    "--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="How long it is good."
)


@job(
    examples=(
        "waste-bpm node init kenya --db kenya.db",
        "waste-bpm node init singapore --db singapore.db --days 730",
        "waste-bpm node init korea --db korea.db --json",
    ),
    who=Who.OPERATOR,
)
@click.argument("name", metavar="NAME")
@_good_for
@click.option(
    "--exercise",
    "told_by",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Begin a node of an exercise: this file tells its time, for good.",
)
@private_key
@database
@as_json
def init(name: str, days: int, told_by: Path | None, key_file: Path | None, db: str, json_: bool) -> None:
    """Begin a node: its database, its name, and the key with which it signs the heads of its log.

    The private key lies in a file that only its owner may read, beside a database on a file, or where --key says. It
    never lies in the database. Give the public key and the newest heads (waste-bpm log heads) to your peers. A node of
    an exercise stays one: its peers are of an exercise too.
    """
    file = _place(db, key_file)
    with opened_store(db, write=True, create=True) as store:
        if told_by is not None:
            exercises.begin(store, str(told_by.absolute()))
        node = _named(store, name)
        if keys_of(store).keys:
            raise Conflict(
                Finding(
                    rule_id="key-there",
                    message=f"The node {name} has a key already.",
                    fix="Make the next one with: waste-bpm node rotate.",
                ),
                status=409,
            )
        made = made_key(node, file, days=days)
    _tell(made, file, json_=json_)


@job(
    examples=(
        "waste-bpm node rotate",
        "waste-bpm node rotate --days 730 --overlap 60",
        "waste-bpm node rotate --revoke 'the disk was stolen' --json",
    ),
    who=Who.OPERATOR,
)
@_good_for
@click.option(
    "--overlap",
    type=click.IntRange(0, 3660),
    default=30,
    show_default=True,
    help="Days for which the older keys stay good.",
)
@click.option("--revoke", metavar="REASON", help="Revoke the older keys now, and say why.")
@private_key
@database
@as_json
def rotate(days: int, overlap: int, revoke: str | None, key_file: Path | None, db: str, json_: bool) -> None:
    """Make the next key of this node; heads are signed with it from now on.

    Heads that were signed before stay proved by the older keys, which remain in the database. The new private key takes
    the place of the old one.
    """
    file = _place(db, key_file)
    with opened(db, write=True) as node:
        if revoke is not None:
            _revoke(node, revoke)
        made = made_key(node, file, days=days, overlap=overlap)
    _tell(made, file, json_=json_)


@job(
    examples=(
        "waste-bpm log heads",
        "waste-bpm log heads --last 10 --json",
        "waste-bpm log heads --db demo-output/demo.db > kept.json",
    )
)
@click.option("--last", type=click.IntRange(1, 10000), default=1, show_default=True, help="How many of the newest.")
@database
@as_json
def heads(last: int, db: str, json_: bool) -> None:
    """Write the newest heads of the log as JSON, for others to keep.

    Whoever holds such a file can show later that the log was written anew: waste-bpm log verify --kept FILE.
    """
    with opened(db) as node:
        kept = newest(node, last)
    click.echo(kept.model_dump_json(indent=2, by_alias=True))
    if not kept.heads:
        say("No head has been set yet; `waste-bpm serve` and `waste-bpm work` set them.")


def _place(db: str, named: Path | None) -> Path:
    file = key_place(db, named)
    if file is None:
        raise InputInvalid(
            Finding(
                rule_id="key-file-needed",
                message="A node on a database server keeps its private key in a file that must be named.",
                fix="Name it with --key FILE or WASTE_BPM_KEY; every process of the node needs the same file.",
            )
        )
    return file


def _named(store: Store, name: str) -> Node:
    """The node of this name: the one that is there, or one that begins now; raises Conflict when another is there."""
    try:
        node = node_in(store)
    except NotFound:
        register(store, name, (), ())
        return node_in(store)
    if node.directory.own == name:
        return node
    raise Conflict(
        Finding(
            rule_id="node-there",
            message=f"This database holds the node {node.directory.own!r}.",
            value=name,
            fix=f"Name it so, or give {name!r} a database of its own with --db.",
        ),
        status=409,
    )


def _revoke(node: Node, reason: str) -> None:
    keys = keys_of(node.store)
    for key in keys.keys:
        if key.fault(node.clock()) is None:
            keys = keys.without(key.kid, node.clock(), reason)
    keep_keys(node.store, keys)


def _tell(made: PrivateKey, file: Path, *, json_: bool) -> None:
    public: Key = made.public
    content = {"node": made.node, "key": public.model_dump(mode="json"), "private": str(file)}
    until = public.valid_to.date()
    answer("node-key", content, [f"{public.kid}: {file} (private), good until {until}"], json_=json_)
    say(f"The public key is {public.x}. Give it to your peers by a way that they trust.")
