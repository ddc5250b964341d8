"""The picture of an exchange shows what the nodes wrote down: every letter, what failed, and who was not there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import orjson
import pytest

from tests.federation.network import AWAY
from tests.federation.two import Two
from tests.stage import FOUR, played
from waste_bpm.casework.posting import post
from waste_bpm.errors import Unavailable
from waste_bpm.logs import formatter
from waste_bpm.processes.exports.svg import _breadth
from waste_bpm.reporting.exchange import Away, Exchange, Failed, exchange
from waste_bpm.reporting.exchange_picture import Cut, Lane, cuts, picture

SVG = "{http://www.w3.org/2000/svg}"
LANES = [Lane(node=name, title=name.upper(), about=f"node {name}") for name in ("ke", "lk", "sg", "kr")]


@pytest.fixture(scope="module")
def nodes():
    """Four nodes, after the first acknowledgements."""
    world = played("Korea acknowledges", FOUR)
    yield list(world.nodes.values())
    for node in world.nodes.values():
        node.store.close()


@pytest.fixture(scope="module")
def seen(nodes):
    return exchange(nodes, {})


def logged(*lines):
    """Lines of a log, with what is said to a person between them."""
    said = [{"at": "2026-01-01T00:00:00Z", "event": event, "moment": moment, **more} for event, moment, more in lines]
    return [b"Serving node.db. Stop with Ctrl-C.", *map(orjson.dumps, said)]


def drawn(exchanged):
    return ElementTree.fromstring(picture(exchanged, LANES, title="What was told", about=["Example data."]))  # noqa: S314 - our own


def of_style(tree, style):
    return [each for each in tree.iter() if each.get("class") == style]


def test_each_letter_is_told_with_its_block_and_with_each_node_that_recorded_it(seen):
    first = seen.said[0]
    assert (first.node, first.party, first.name, first.block) == (
        "ke",
        "KE-CA",
        "NotificationTransmission",
        "UB-TMW-01",
    )
    assert {to.node for to in first.to} == {"lk", "sg", "kr"}
    assert all(to.at is not None for _, to in seen.arrivals)


def test_each_letter_is_an_arrow_to_each_node(seen):
    tree = drawn(seen)
    arrows = len(list(seen.arrivals))
    assert len(of_style(tree, "level")) == arrows + 1, "and one in the legend"
    assert len(of_style(tree, "late")) == 1


def test_no_label_leaves_the_page_or_reaches_the_lines_of_the_nodes(seen):
    tree = drawn(seen)
    legend = max(float(each.get("y1")) for each in of_style(tree, "life"))
    for each in tree.iter(f"{SVG}text"):
        if each.get("class") in {"head", "under", "title", "about"} or float(each.get("y")) < 100:
            continue
        size = 9.3 if each.get("class") in {None, "notice", "well"} else 8.4
        end = float(each.get("x")) + sum(map(_breadth, each.text)) * size
        assert end < (794 if float(each.get("y")) > legend else 426), each.text


def test_a_node_that_serves_again_without_having_ended_was_killed(nodes):
    moments = ("2026-01-02T00:00:00.000Z", "2026-03-01T00:00:00.000Z", "2026-04-01T00:00:00.000Z")
    events = ("begins to serve", "begins to serve", "ends")
    log = logged(*((event, moment, {"node": "kr"}) for event, moment in zip(events, moments, strict=True)))
    (away,) = exchange(nodes, {"kr": log}).away
    assert (away.node, away.until) == ("kr", datetime(2026, 3, 1, tzinfo=UTC))
    assert datetime(2026, 1, 20, tzinfo=UTC) < away.since < datetime(2026, 1, 21, tzinfo=UTC), (
        "its last recorded message"
    )


def test_a_node_that_ended_in_order_was_not_killed(nodes):
    events = (("begins to serve", "2026-01-02"), ("ends", "2026-01-30"), ("begins to serve", "2026-03-01"))
    log = logged(*((event, f"{day}T00:00:00.000Z", {"node": "kr"}) for event, day in events))
    assert exchange(nodes, {"kr": log}).away == ()


def failing(seen, **changes):
    """The same exchange, with the second letter to Kenya two days late after an attempt that failed."""
    first = seen.said[1]
    late = first.at + timedelta(days=2)
    to = tuple(replace(each, at=late, attempts=2) if each.node == "ke" else each for each in first.to)
    said = tuple(replace(each, to=to) if each is first else each for each in seen.said)
    failed = (Failed(node=first.node, peer="ke", message=first.message, at=first.at + timedelta(hours=1)),)
    return Exchange(**{"nodes": seen.nodes, "said": said, "failed": failed, "away": (), **changes}), failed[0].at, late


def test_attempts_that_fail_while_both_nodes_are_there_mean_a_dead_link_until_a_letter_arrives(seen):
    troubled, since, late = failing(seen)
    assert cuts(troubled) == (Cut(nodes=("ke", "sg"), since=since, until=late),)
    tree = drawn(troubled)
    assert len(of_style(tree, "cut")) == 2, "one, and one in the legend"
    assert len(of_style(tree, "late")) == 2
    assert any(
        each.text == "nodes ke and sg reach each other again; waited: 1 letter" for each in tree.iter(f"{SVG}text")
    )


def test_attempts_that_fail_while_a_node_is_away_mean_no_dead_link(seen):
    away = Away(node="ke", since=seen.said[1].at, until=seen.said[1].at + timedelta(days=1))
    troubled, _, _ = failing(seen, away=(away,))
    assert cuts(troubled) == ()
    tree = drawn(troubled)
    assert len(of_style(tree, "away")) == 2
    assert len(of_style(tree, "tried")) == 2


def test_an_attempt_that_failed_is_in_the_log_with_its_letter_and_the_time_of_its_node(caplog):
    """Given a peer that does not answer, when a node posts, then its log tells the exchange what failed, and when."""
    federation = Two()
    federation.story()
    with caplog.at_level("INFO", "waste_bpm.casework.posting"):
        post(federation.ke, lambda *_: no_answer(), lambda: 0.5)
    lines = [formatter().format(record).encode() for record in caplog.records]
    (failed,) = exchange([federation.ke, federation.kr], {"ke": lines}).failed
    assert (failed.node, failed.peer) == ("ke", "kr")
    assert failed.message == exchange([federation.ke], {}).said[0].message
    assert failed.at == federation.ke.clock().replace(microsecond=0)
    federation.close()


def no_answer():
    raise Unavailable(AWAY)
