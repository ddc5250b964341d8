"""A node that cannot be reached asks for what waits for it: the same bytes as those that are brought to others.

The ask is under the seal of the node that asks and names the node that it asks. It is good for a short while and once:
whoever repeats it later, or brings it to another node, gets nothing. Giving ends no waiting; only slips do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import bindparam, select

from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import waiting_behind
from waste_bpm.casework.posting import answered, sealed
from waste_bpm.casework.relaying import boxed
from waste_bpm.casework.rows import instant
from waste_bpm.casework.traffic import ASKED
from waste_bpm.errors import NotPermitted
from waste_bpm.utility_blocks.parcel import Ask, Sent, signed_ask
from waste_bpm.vocabulary import Finding

GOOD_FOR = timedelta(minutes=5)
"""How far the clocks of two nodes may lie apart for an ask to be honoured."""
MOST = 100
"""The most letters in one answer."""
MOST_BYTES = 4 * 1024 * 1024
"""As soon as an answer has so many bytes of messages, the rest comes with the next."""
_BOX = "box "
_LAST = select(ASKED.c.at).where(ASKED.c.node == bindparam("by"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What is given at once, in order, and the place behind which to ask on; blank when that was all."""

    sents: tuple[Sent, ...]
    after: str


def give(node: Node, data: bytes, seal: bytes) -> Page:
    """What waits for the node that asks; raises NotPermitted, InputInvalid or Unavailable."""
    ask = signed_ask(data, seal, node.believes, node.directory.own, node.clock())
    _honour_once(node, ask)
    answered(node, ask.by)
    found = list(islice(_behind(node, ask), MOST + 1))
    given, size = [], 0
    for sent, place in found[:MOST]:
        if size >= MOST_BYTES:
            break
        given.append((sent, place))
        size += len(sent.data)
    after = given[-1][1] if len(given) < len(found) else ""
    return Page(sents=tuple(sent for sent, _ in given), after=after)


def _behind(node: Node, ask: Ask) -> Iterator[tuple[Sent, str]]:
    """The letters of this node, then what it has for the other as a relay; each with its place."""
    in_box = ask.after.startswith(_BOX)
    if not in_box:
        for letter in waiting_behind(node, ask.by, ask.after, MOST + 1):
            yield sealed(node, letter), letter.place
    for each in boxed(node, ask.by, int(ask.after.removeprefix(_BOX)) if in_box else 0, MOST + 1):
        yield each.sent, f"{_BOX}{each.position}"


def _honour_once(node: Node, ask: Ask) -> None:
    if abs(node.clock() - datetime.fromisoformat(ask.at)) > GOOD_FOR:
        raise NotPermitted(_not_now(ask, instant(node.clock())))
    with node.store.transaction():
        node.store.hold(f"asked/{ask.by}")
        last = node.store.rows(_LAST, {"by": ask.by})
        if last and last[0].at >= ask.at:
            raise NotPermitted(_again(ask))
        node.store.replace(ASKED, [{"node": ask.by, "at": ask.at}])


def _not_now(ask: Ask, now: str) -> Finding:
    return Finding(
        rule_id="ask-not-now",
        message=f"{ask.by} asks at {ask.at}; here it is {now}.",
        value=ask.at,
        fix="Set the clocks of both nodes, then ask anew.",
    )


def _again(ask: Ask) -> Finding:
    return Finding(
        rule_id="ask-again",
        message=f"{ask.by} has asked at {ask.at} or later before; nobody gets an answer to the same ask twice.",
        value=ask.at,
        fix="Ask anew, with the time of now.",
    )
