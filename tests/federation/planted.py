"""Bugs that are put into the program on purpose, one at a time: the simulated federation must find every one.

A bug is a patch of one function. It is found when a story ends with a broken invariant, does not become quiet, or breaks.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from unittest.mock import patch

from sqlalchemy import update

from tests.federation import network
from tests.federation import play as play_module
from tests.federation.network import Network
from tests.federation.play import play
from tests.federation.sites import Site
from waste_bpm.casework import arrivals, correspondence, lines, outbox, posting, reception
from waste_bpm.casework.lines import End
from waste_bpm.casework.store import OUTBOX, Store
from waste_bpm.casework.traffic import LINE, PARCEL
from waste_bpm.errors import Conflict, InputInvalid, NotPermitted, Unavailable
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks import parcel as parcels
from waste_bpm.utility_blocks.parcel import Parcel, Result, Slip


@dataclass(frozen=True)
class Bug:
    """A bug by its name, and how it is put in: what is patched, and with what."""

    name: str
    plant: Callable[[], list]


def found(bug, first, limit):
    """The first seed in which a bug is seen, and how; None when it is not."""
    for seed in range(first, first + limit):
        with ExitStack() as stack:
            for each in bug.plant():
                stack.enter_context(each)
            try:
                problems = play(seed).problems
            except Exception as broken:
                problems = [f"the story breaks: {type(broken).__name__}: {broken}"]
        if problems:
            return seed, problems[0]
    return None, ""


def _around(module, name, made):
    """A function, replaced by what is made of it."""
    return patch.object(module, name, made(getattr(module, name)))


def _no_memory():
    """What came before is not looked up."""
    return [patch.object(reception, "_known", lambda *_: None)]


def _answered_before_recorded():
    """The slip says recorded, and the message was not."""
    return [patch.object(reception, "_said", lambda *_: None)]


def _gap_ignored():
    """A later parcel counts before the one that is missing."""

    def held(node, arrival, known):
        reception._said(node, arrival)
        return reception._close(node, arrival, Result.RECORDED)

    return [patch.object(reception, "_held", held)]


def _held_for_ever():
    """What was held is never taken in, and its sender is told that it is recorded."""
    return [
        patch.object(reception, "release", lambda *_: 0),
        _around(
            reception,
            "_slip",
            lambda slip: (
                lambda node, arrival, result, rules=(): slip(
                    node, arrival, Result.RECORDED if result is Result.HELD else result, rules
                )
            ),
        ),
    ]


def _held_without_bytes():
    """A held parcel is kept without its message."""
    keep = reception._keep
    return [
        patch.object(
            reception,
            "_keep",
            lambda node, arrival, *, state, body=None, **said: keep(
                node, arrival, state=state, body=b"" if state == "held" else body, **said
            ),
        )
    ]


def _a_node_forgotten():
    """The last of several nodes gets no letter."""

    def file_parcels(filing, store, own, letter, digest):
        lines_file(filing, store, own, replace(letter, nodes=letter.nodes[: max(1, len(letter.nodes) - 1)]), digest)

    lines_file = lines.file_parcels
    return [patch("waste_bpm.casework.line.file_parcels", file_parcels)]


def _everybody_told():
    """A letter goes to a node that is not party to the case."""

    def file_parcels(filing, store, own, letter, digest):
        lines_file(filing, store, own, replace(letter, nodes=(*letter.nodes, "stranger")), digest)

    lines_file = lines.file_parcels
    return [patch("waste_bpm.casework.line.file_parcels", file_parcels)]


def _number_not_given():
    """The line does not go on when a letter is written."""
    return [
        _around(
            lines,
            "end",
            lambda end: (
                lambda store, direction, node, case: (
                    End() if direction == lines.OUT else end(store, direction, node, case)
                )
            ),
        )
    ]


def _number_taken_apart():
    """The place in the line is written in a transaction of its own, before the message is recorded."""

    def taken(node, arrival):
        node.store.replace(LINE, [lines.row(lines.IN, arrival.parcel.sender, arrival.parcel, "")])
        return real(node, arrival)

    real = reception._taken
    return [patch.object(reception, "_taken", taken)]


def _recorded_apart():
    """The parcel gets its slip in a transaction of its own, before the message is recorded."""

    def placed(node, arrival):
        last = reception.end(node.store, lines.IN, arrival.parcel.sender, arrival.parcel.conversation)
        if arrival.parcel.seq == last.seq + 1 and reception._known(node.store, arrival.parcel) is None:
            node.store._open = None
            connection = node.store.database.connection
            node.store._open = connection
            reception._close(node, arrival, Result.RECORDED)
            node.store.database.run("COMMIT")
            node.store.database.run("BEGIN")
            reception._said(node, arrival)
        return real(node, arrival)

    real = reception._placed
    return [patch.object(reception, "_placed", placed)]


def _marked_when_sent():
    """A letter counts as delivered when it was sent, not when its slip came."""

    def attempted(node, letter):
        mine = (OUTBOX.c.message == letter.message) & (OUTBOX.c.node == letter.node)
        node.store.run(update(OUTBOX).where(mine).values(state="delivered", attempts=letter.attempts + 1))

    return [patch.object(posting, "_attempted", attempted)]


def _held_is_delivered():
    """A letter that its receiver only holds counts as delivered."""

    def settle(node, data, seal):
        slip = real(node, data, seal)
        if slip.result is Result.HELD:
            mine = (OUTBOX.c.message == slip.message) & (OUTBOX.c.node == slip.by)
            node.store.run(update(OUTBOX).where(mine).values(state="delivered"))
        return slip

    real = posting.settle
    return [patch.object(posting, "settle", settle), patch.object(network, "settle", settle)]


def _seal_not_asked():
    """Whoever a parcel names as its sender is believed."""

    def sealed(kind, data, seal, believes, at):
        value = kind.model_validate_json(data)
        return value, believes.__self__.keys.keys[0].model_copy(
            update={"node": getattr(value, "sender", getattr(value, "by", ""))}
        )

    return [patch.object(parcels, "_sealed", sealed)]


def _addressee_not_asked():
    """A parcel for another node is taken in."""

    def opened(sent, believes, own, at):
        return real(sent, believes, Parcel.model_validate_json(sent.parcel).receiver, at)

    real = parcels.opened
    return [
        patch.object(reception, "opened", opened),
        patch.object(arrivals, "_addressees", lambda node, received: received.header.receivers),
    ]


def _any_key():
    """A key of any node seals for every node."""

    def sealed(kind, data, seal, believes, at):
        value, key = real(kind, data, seal, believes, at)
        return value, key.model_copy(update={"node": getattr(value, "sender", getattr(value, "by", ""))})

    real = parcels._sealed
    return [patch.object(parcels, "_sealed", sealed)]


def _message_not_compared():
    """Whether the message is the one that was sealed is not asked."""

    def opened(sent, believes, own, at):
        sealed = Parcel.model_validate_json(sent.parcel)
        with patch.object(parcels, "digest", lambda _: sealed.digest):
            return real(sent, believes, own, at)

    real = parcels.opened
    return [patch.object(reception, "opened", opened)]


def _anybody_vouches():
    """Every node may say what the parties of every other node say."""
    return [patch.object(reception, "_refuse_unvouched", lambda *_: None)]


def _refusals_block():
    """A clock that is ahead makes a message refused for good."""

    def said(node, arrival):
        try:
            real(node, arrival)
        except Unavailable as later:
            raise reception._Refusal(InputInvalid(later.findings)) from later

    real = reception._said
    return [patch.object(reception, "_said", said)]


def _new_slip_each_time():
    """The same parcel again gets a new slip."""

    def placed(node, arrival):
        slip = real(node, arrival)
        changed = {"recorded_at": reception.instant(node.clock())}
        return slip.model_copy(update=changed) if slip.result is Result.RECORDED else slip

    real = reception._placed
    return [patch.object(reception, "_placed", placed)]


def _silent_for_ever():
    """A node that did not answer twice is never asked again."""

    def silent(node, receiver):
        found = node.store.rows(posting.select(posting.LINK.c.failures).where(posting.LINK.c.node == receiver))
        return bool(found) and found[0].failures >= 2

    return [patch.object(posting, "silent", silent)]


def _lease_without_end():
    """Letters that a process took and never gave back are lost when it dies."""

    def taken(node, receiver, until=None, most=100):
        return real(node, receiver, datetime(2999, 1, 1, tzinfo=node.clock().tzinfo), most)

    real = outbox.taken
    return [patch.object(posting, "taken", taken), patch.object(posting, "give_back", lambda *_: None)]


def _time_of_arrival():
    """A report has the time at which it arrived, not the time at which it happened."""

    def reported(received):
        now = received.header.issued_at.replace(hour=3)
        return [replace(event, occurred_at=now) for event in real(received)]

    real = arrivals.reported
    return [patch.object(arrivals, "reported", reported)]


def _latest_only():
    """A report that comes with others of its message is recorded without them."""
    return [_around(arrivals, "reported", lambda real: lambda received: real(received)[:1])]


def _reports_refused():
    """A report that we would have decided otherwise is refused."""

    def flags(*args):
        found = real(*args)
        if found:
            raise NotPermitted(reception.Finding(rule_id=found[0], message="We would have decided otherwise."))
        return found

    real = arrivals._flags
    return [patch.object(arrivals, "_flags", flags)]


def _not_here_refused():
    """What speaks of a case that is not here yet is refused for good."""
    return _refusals_block()


def _slip_of_anybody():
    """A slip of a node that is not the receiver ends the waiting, and of other bytes too."""

    def carried(network, origin):
        carry = real(network, origin)

        def answers(receiver, sent):
            if network.dice.random() < 0.05:
                parcel = Parcel.model_validate_json(sent.parcel)
                slip = Slip(
                    parcel=parcel.hash, message=parcel.message, digest="0" * 64, by="stranger", to=origin,
                    result=Result.RECORDED, recorded_at=parcel.issued_at,
                )  # fmt: skip
                return slip.written, network.sites[origin].seals.sign("stranger", slip.written)
            return carry(receiver, sent)

        return answers

    def settle(node, data, seal):
        slip = Slip.model_validate_json(data)
        mine = OUTBOX.c.message == slip.message
        values = {"state": "delivered", "slip": data, "slip_seal": seal, "delivered_at": slip.recorded_at}
        node.store.run(update(OUTBOX).where(mine).values(**values))
        return slip

    real = Network.carry
    return [patch.object(Network, "carry", carried), patch.object(posting, "settle", settle)]


def _line_shared():
    """The place in the line is that of any sender of the case."""

    def end(store, direction, node, case):
        if direction == lines.OUT:
            return real(store, direction, node, case)
        query = lines.select(LINE).where(LINE.c.direction == direction, LINE.c.conversation == case)
        rows = store.rows(query.order_by(LINE.c.seq.desc()))
        return End(seq=rows[0].seq, hash=rows[0].hash) if rows else End()

    real = lines.end
    return [patch.object(reception, "end", end)]


def _order_reversed():
    """The newest letter goes first, and its receiver does not ask for the others."""

    def taken(node, receiver, until=None, most=100):
        return real(node, receiver, until, most)[::-1]

    real = outbox.taken
    return [patch.object(posting, "taken", taken), *_gap_ignored()]


def _newest_to_everybody():
    """Letters are written in the newest version, whatever their receivers speak."""
    return [
        patch.object(
            correspondence, "_written", lambda message, header, document, *_: gate.build(message, header, document)
        )
    ]


def _never_sent_again():
    """What a restored node asks for once more is not sent."""
    return [patch.object(play_module, "resend", lambda *_: 0)]


def _half_kept():
    """What was written before the disk was full stays."""
    return [patch.object(Store, "_undo", lambda self: self.database.run("COMMIT"))]


def _inbox_forgotten():
    """Which parcels came is forgotten after each start."""

    def register(self):
        self.store.run(PARCEL.delete())
        return real(self)

    real = Site._opened
    return [patch.object(Site, "_opened", register)]


def _conflict_counts():
    """Another message under a used number takes its place."""

    def known(store, parcel):
        try:
            return real(store, parcel)
        except Conflict:
            return None

    real = reception._known
    return [patch.object(reception, "_known", known), *_any_key()]


BUGS = tuple(
    Bug(name.strip("_").replace("_", " "), plant)
    for name, plant in list(globals().items())
    if name.startswith("_") and callable(plant) and getattr(plant, "__module__", "") == __name__
    and name not in ("_around", "_not_here_refused")
)  # fmt: skip
