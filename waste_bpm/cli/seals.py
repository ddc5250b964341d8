"""Keys and seals on the command line: make a key, seal files, verify seals, revoke a key."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import click

from waste_bpm.cli import clock
from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.key_files import write_secret
from waste_bpm.cli.output import answer, plural, put_json, say
from waste_bpm.errors import InputInvalid, WasteBpmError
from waste_bpm.utility_blocks import seal as seals
from waste_bpm.vocabulary import Finding

_existing = click.Path(exists=True, dir_okay=False, path_type=Path)
_keys = click.option("--keys", type=_existing, required=True, help="The set of public keys to believe.")


@job(
    examples=(
        "waste-bpm seal key ke-2026 --node KE --for KE-CA --for KE-RVB",
        "waste-bpm seal key sg-2026 --node SG --for SG-CA --days 730",
        "waste-bpm seal key ke-2027 --node KE --for KE-CA --overlap 60 --json",
    )
)
@click.argument("kid", metavar="ID")
@click.option("--node", required=True, help="The node whose key it is.")
@click.option("--for", "parties", multiple=True, required=True, metavar="PARTY", help="A party that it speaks for.")
@click.option("--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="How long it is good.")
@click.option(
    "--overlap",
    type=click.IntRange(0, 3660),
    default=30,
    show_default=True,
    help="Days for which older keys of the node stay good.",
)
@click.option(
    "--keys",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("keys.json"),
    show_default=True,
    help="The set it is added to.",
)
@as_json
def key(kid: str, node: str, parties: tuple[str, ...], days: int, overlap: int, keys: Path, json_: bool) -> None:
    """Make a new key for a node, and add its public half to a set.

    The private half goes to ID.key.json beside the set, and is for this node alone. Older keys of the same node stay
    good for the days of the overlap, so that messages under way still arrive.
    """
    now = clock.now().replace(microsecond=0)
    known = seals.read_keys(keys.read_bytes()) if keys.exists() else seals.KeySet()
    made = seals.new_key(kid, node, parties, now, now + timedelta(days=days))
    grown = known.with_key(made.public, timedelta(days=overlap))
    secret = keys.with_name(f"{kid}.key.json")
    write_secret(secret, made.model_dump_json(indent=2))
    _write_keys(keys, grown)
    content = {"key": made.public.model_dump(mode="json"), "private": str(secret), "keys": str(keys)}
    answer(
        "key", content, [f"{kid}: {secret} (private), {keys} (public, {plural(len(grown.keys), 'key')})"], json_=json_
    )
    say(f"Keep {secret} on this node; send {keys} to your peers by a way that they trust.")


@job(
    examples=(
        "waste-bpm seal make letter.xml --key ours.key.json",
        "waste-bpm seal make letter.xml another.xml --key ours.key.json",
        "waste-bpm seal make letter.xml --key ours.key.json --json",
    )
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=_existing)
@click.option("--key", "secret", type=_existing, required=True, help="The private key file of this node.")
@as_json
def make(files: tuple[Path, ...], secret: Path, json_: bool) -> None:
    """Seal files: write FILE.jws beside each.

    The seal is a detached JWS (Ed25519) over the exact bytes; one more space in the file breaks it.
    """
    private, now = seals.read_key(secret.read_bytes()), clock.now()
    made = []
    for file in files:
        place = _seal_of(file)
        place.write_bytes(seals.seal(file.read_bytes(), private, now))
        made.append({"file": str(file), "seal": str(place), "kid": private.kid})
    answer("seals", {"seals": made}, (f"{each['seal']}: sealed with {each['kid']}" for each in made), json_=json_)


@job(
    examples=(
        "waste-bpm seal verify sealed.xml --keys ours.json",
        "waste-bpm seal verify sealed.xml --keys ours.json --json",
        "waste-bpm seal verify sealed.xml --keys ours.json --at 2027-01-01T00:00:00Z",
    )
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=_existing)
@_keys
@click.option("--at", metavar="INSTANT", help="When the message was received; without it now.")
@as_json
@click.pass_context
def verify(ctx: click.Context, files: tuple[Path, ...], keys: Path, at: str | None, json_: bool) -> None:
    """Verify the seal that lies beside each file as FILE.jws.

    The message itself is not read: `waste-bpm validate --keys` does both.
    """
    known, moment = seals.read_keys(keys.read_bytes()), _moment(at)
    results = [(file, *_verified(file, known, moment)) for file in files]
    wrong = [error for _, _, error in results if error is not None]
    if json_:
        put_json("seal-verification", {"files": [_row(*each) for each in results]})
    else:
        for file, by, error in results:
            click.echo(f"{file}: {f'sealed with {by}' if by else error}")
    ctx.exit(wrong[0].exit_code if wrong else 0)


@job(
    examples=(
        "waste-bpm seal revoke ours --keys ours.json --reason 'laptop stolen'",
        "waste-bpm seal revoke ours --keys ours.json --reason 'node closed' --json",
        "waste-bpm seal revoke ours --keys ours.json --reason 'leaked' --at 2026-01-01T00:00:00Z",
    )
)
@click.argument("kid", metavar="ID")
@click.option("--keys", type=_existing, required=True, help="The set in which the key is revoked.")
@click.option("--reason", required=True, help="Why, in words for the peers.")
@click.option("--at", metavar="INSTANT", help="From when on it counts no longer; without it from now on.")
@as_json
def revoke(kid: str, keys: Path, reason: str, at: str | None, json_: bool) -> None:
    """Revoke a key in a set from a moment on.

    What it sealed before that moment stays sealed. Send the set to your peers at once.
    """
    changed = seals.read_keys(keys.read_bytes()).without(kid, _moment(at), reason)
    _write_keys(keys, changed)
    found = changed.key(kid)
    content = {"key": found.model_dump(mode="json") if found else None, "keys": str(keys)}
    answer("key", content, [f"{kid}: revoked in {keys}"], json_=json_)


def _verified(file: Path, keys: seals.KeySet, at: datetime) -> tuple[str | None, WasteBpmError | None]:
    place = _seal_of(file)
    try:
        if not place.exists():
            raise InputInvalid(
                Finding(rule_id="seal-missing", message=f"There is no {place}.", fix="Put the seal beside the file.")
            )
        return seals.verify(file.read_bytes(), place.read_bytes(), keys, at).kid, None
    except WasteBpmError as error:
        return None, error


def _row(file: Path, by: str | None, error: WasteBpmError | None) -> dict[str, object]:
    findings: Iterable[Finding] = error.findings if error else ()
    return {"file": str(file), "kid": by, "findings": [finding.as_json() for finding in findings]}


def _seal_of(file: Path) -> Path:
    return file.with_name(file.name + seals.SUFFIX)


def _moment(written: str | None) -> datetime:
    if written is None:
        return clock.now()
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter("Write a moment with its zone, for instance 2026-03-01T08:30:00Z.", param_hint="--at")
    return moment


def _write_keys(file: Path, keys: seals.KeySet) -> None:
    file.write_text(keys.model_dump_json(indent=2, by_alias=True) + "\n", encoding="utf-8")
