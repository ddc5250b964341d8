"""Looking after a node: tokens, letters that came and letters that wait, the proof of the log, and the invariants."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from waste_bpm.casework import invariants, projections, signals
from waste_bpm.casework.arrivals import Receipt
from waste_bpm.casework.log import Broken, Verdict
from waste_bpm.casework.log import verify as prove
from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import Waiting, refused, waiting
from waste_bpm.casework.registers import admit
from waste_bpm.casework.signing import keys_of, proof, read_heads
from waste_bpm.cli import clock
from waste_bpm.cli.command import Who, as_json, as_person, database, job
from waste_bpm.cli.opening import opened
from waste_bpm.cli.output import answer, columns, plural, put_findings, put_json, say
from waste_bpm.errors import InputInvalid, NotFound, NotPermitted, WasteBpmError
from waste_bpm.utility_blocks import gate
from waste_bpm.vocabulary import Finding


@job(
    examples=(
        "waste-bpm message receive letter.xml",
        "waste-bpm message receive letter.xml --json",
        "waste-bpm message receive letter.xml --answer answer.xml",
    ),
    who=Who.SENDER,
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--answer", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write the answer of this node there."
)
@database
@as_json
def receive(file: Path, out: Path | None, db: str, json_: bool) -> None:
    """Record the message that a file holds, and answer with a receipt.

    The receipt says that these bytes are stored, and nothing about the law. The same file may be given again. With
    --answer, the receipt or the reasons for a refusal are written as a message (UB-TMW-00) for the node of the sender,
    which takes it in with this command; its letter then waits no longer. Such a signal itself is never answered.
    """
    with opened(db, write=True) as node:
        taken = _taken(node, file.read_bytes(), out)
    if isinstance(taken, signals.Heard):
        names = ("signal", "letter", "node", "state")
        text = [f"{taken.signal} of {taken.node}: the letter {taken.letter} is {taken.state}."]
        answer("signal", {name: getattr(taken, name) for name in names}, text, json_=json_)
        return
    _put_receipt(taken, json_=json_)


def _taken(node: Node, data: bytes, out: Path | None) -> Receipt | signals.Heard:
    """Take in the bytes, and write the answer of this node where it is wanted, also that of a refusal."""
    try:
        taken = signals.arrive(node, gate.read(data, node.clock()), data)
    except WasteBpmError as error:
        refused = error
        _write(out, lambda: signals.refusal(node, data, refused))
        raise
    if isinstance(taken, Receipt):
        given = taken
        _write(out, lambda: signals.receipt(node, data, given))
    return taken


def _write(out: Path | None, said: Callable[[], bytes | None]) -> None:
    answered = said() if out is not None else None
    if out is not None and answered is not None:
        out.write_bytes(answered)
        say(f"Answer: {out}")


def _put_receipt(receipt: Receipt, *, json_: bool) -> None:
    text = [
        f"{'Had it already' if receipt.duplicate else 'Recorded'}: {receipt.message}",
        f"  since {receipt.recorded_at}, SHA-256 {receipt.digest}",
    ]
    if receipt.flags:
        text.append(f"  By our own reading of the law we would have answered otherwise: {', '.join(receipt.flags)}")
    names = ("message", "digest", "recorded_at", "duplicate", "flags")
    answer("receipt", {name: getattr(receipt, name) for name in names}, text, json_=json_)


@job(
    examples=(
        "waste-bpm node token KE-CA",
        "waste-bpm node token KR-CA --person officer-17 --json",
        "waste-bpm node token KE-RVB --db node.db",
    ),
    who=Who.OPERATOR,
)
@click.argument("party")
@as_person
@database
@as_json
def token(party: str, person: str | None, db: str, json_: bool) -> None:
    """Issue a token with which somebody acts for a party through the API.

    It is shown once; the node keeps only its digest. Send it as `Authorization: Bearer TOKEN`. A token that names no
    person is that of a system: where two persons take a step, it can be neither of them.
    """
    with opened(db, write=True) as node:
        secret = issue(node, party, person)
    answer("token", {"party": party, "person": person, "token": secret}, [secret], json_=json_)
    who = f"{person} of {party}" if person else party
    say(f"Whoever shows this token acts for {who}. It is not shown again.")


def issue(node: Node, party: str, person: str | None = None) -> str:
    """A new token for a party of this node, or for one person of it; raises NotFound or NotPermitted."""
    known = node.directory.parties.get(party)
    hosted = [each.id for each in node.directory.parties.values() if node.directory.hosts(each.id)]
    cure = f"Parties of this node: {', '.join(hosted)}."
    if known is None:
        raise NotFound(
            Finding(rule_id="party-unknown", message=f"This node knows no party {party!r}.", value=party, fix=cure)
        )
    if not node.directory.hosts(party):
        message = f"{party} acts on the node {known.node}, not on this one."
        raise NotPermitted(Finding(rule_id="party-at-home", message=message, value=party, fix=cure))
    secret = clock.token()
    admit(node.store, party, secret, person=person)
    return secret


@job(
    examples=(
        "waste-bpm outbox list",
        "waste-bpm outbox list --json",
        "waste-bpm outbox list --db demo-output/demo.db",
    )
)
@database
@as_json
def outbox(db: str, json_: bool) -> None:
    """List the letters that have no receipt yet, and those that their receivers rejected for good.

    Why a letter was rejected lies with the messages of its case.
    """
    with opened(db) as node:
        letters, rejected = waiting(node), refused(node)
    content = {"letters": [_named(each) for each in letters], "refused": [_named(each) for each in rejected]}
    rows = [(each.node, each.name, each.message, "") for each in letters]
    rows += [(each.node, each.name, each.message, "refused") for each in rejected]
    answer("outbox", content, columns(rows), json_=json_)
    say(f"{plural(len(letters), 'letter')} without a receipt.")
    if rejected:
        say(f"{plural(len(rejected), 'letter')} rejected: waste-bpm case messages CASE shows why.")


def _named(each: Waiting) -> dict[str, str]:
    return {"message": each.message, "name": each.name, "case": each.case_id, "node": each.node}


@job(
    examples=(
        "waste-bpm log verify",
        "waste-bpm log verify --kept kept.json",
        "waste-bpm log verify --db demo-output/demo.db --json",
    )
)
@click.option(
    "--kept",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Heads of this node that somebody else keeps (waste-bpm log heads); may be given several times.",
)
@database
@as_json
@click.pass_context
def verify(ctx: click.Context, kept: tuple[Path, ...], db: str, json_: bool) -> None:
    """Recompute every hash chain and digest of the log.

    Heads are proved with the public keys of the node, if it has any. The exit code is 3 when something is not as it was
    written; the first such entry is named.
    """
    with opened(db) as node:
        held = [head for file in kept for head in read_heads(file.read_bytes(), node.directory.own).heads]
        keys = keys_of(node.store)
        verdict = prove(node.store, kept=[(head.position, head.hash) for head in held], proves=proof(keys))
    said: dict[str, Any] = {
        name: getattr(verdict, name) for name in ("lines", "heads", "messages", "documents", "erased")
    }
    said |= {"keys": [key.kid for key in keys.keys], "kept": len(held), "broken": verdict.broken}
    answer("log-verdict", {"whole": verdict.whole, **said}, [proved(verdict), *_witnessed(said)], json_=json_)
    ctx.exit(0 if verdict.whole else InputInvalid.exit_code)


def _witnessed(said: dict[str, Any]) -> Iterator[str]:
    """By what the heads are proved."""
    if said["broken"] is None and said["heads"]:
        yield f"{plural(said['heads'], 'head')}, proved by {', '.join(said['keys']) or 'their hashes alone: no key'}."
    if said["broken"] is None and said["kept"]:
        yield f"{plural(said['kept'], 'head')} kept by others: here, as written."


def proved(verdict: Verdict) -> str:
    """A verdict in words."""
    if verdict.broken is not None:
        return f"The log is broken at {place(verdict.broken)}: {verdict.broken.what}."
    return (
        f"The log is whole: {plural(verdict.lines, 'line')}, {plural(verdict.messages, 'message')}, "
        f"{plural(verdict.documents, 'document')}."
    )


def place(broken: Broken) -> str:
    """Where a broken entry stands."""
    if broken.stream is not None:
        return f"line {broken.position}, {broken.stream} version {broken.version}"
    return f"message {broken.position}" if broken.position is not None else "a document"


@job(
    examples=(
        "waste-bpm check",
        "waste-bpm check --json",
        "waste-bpm check --db demo-output/demo.db",
    )
)
@database
@as_json
@click.pass_context
def check(ctx: click.Context, db: str, json_: bool) -> None:
    """Ask every invariant over the store, after proving the log.

    Invariants are what must be true whatever happened: of consents, quantities, sequence, messages. Exit code 3 means
    that one is broken.
    """
    with opened(db) as node:
        verdict, found = examine(node)
    if found:
        put_findings("The store is not as it must be", found, InputInvalid.exit_code, json_=json_)
        ctx.exit(InputInvalid.exit_code)
    held = [{"id": each.id, "says": each.says, "law": each.law} for each in invariants.asked()]
    if json_:
        put_json("check", {"lines": verdict.lines, "invariants": held, "findings": []})
    else:
        click.echo(proved(verdict))
        click.echo(f"All {len(held)} invariants hold.")


def _differs(table: str) -> Finding:
    return Finding(
        rule_id="projection-differs",
        message=f"The table {table} is not what the log says.",
        fix="The log itself is whole: the table can be dropped and made from it again.",
    )


def examine(node: Node) -> tuple[Verdict, list[Finding]]:
    """Prove the log, then ask the invariants; of a broken log nothing more is asked."""
    verdict = prove(node.store, proves=proof(keys_of(node.store)))
    if verdict.broken is None:
        return verdict, [*map(_differs, projections.differing(node)), *invariants.check(node)]
    cure = "Compare with a backup and with the peers of the case; what stands behind this line is not proved."
    message = f"The log is broken at {place(verdict.broken)}: {verdict.broken.what}."
    return verdict, [Finding(rule_id="log-broken", message=message, fix=cure)]
