"""The same case on one node and on several: what all authorities were told is equal everywhere."""

import random
from collections import Counter

import pytest
from sqlalchemy import select

from tests.stage import DEMO, FOUR, ONE, case_id, played, story, world
from waste_bpm.casework.arrivals import receive
from waste_bpm.casework.outbox import waiting
from waste_bpm.casework.store import INBOX, MESSAGE, OUTBOX
from waste_bpm.casework.views import events, shared
from waste_bpm.errors import Unavailable
from waste_bpm.processes import PROCESSES
from waste_bpm.simulation.world import play
from waste_bpm.utility_blocks import gate


@pytest.fixture(scope="module")
def worlds():
    return {"one": played(hosting=ONE), "four": played(hosting=FOUR), "demo": played(hosting=DEMO)}


def test_every_node_shares_the_same_projection(worlds):
    told = [shared(node, case_id()) for made in worlds.values() for node in made.nodes.values()]
    assert len(told) == 6
    assert len(told[0]) > 20
    assert all(each == told[0] for each in told)


def test_the_shared_projection_shows_what_happened(worlds):
    told = shared(worlds["four"].nodes["lk"], case_id())
    assert told["answer/SG"]["state"] == "tacit"
    assert told["receipt/3"]["rejected_quantity"] == {"amount": "6.0", "unit": "TNE"}
    assert told["border_check/4/KR-BUSAN"]["state"] == "held"
    assert told["return_case/3"]["state"] == "informed"


def test_nothing_is_said_twice(worlds):
    """Each said event of the log has one message; on four nodes the same messages exist as on one."""
    ids = {}
    for name, made in worlds.items():
        home = [
            row
            for node in made.nodes.values()
            for row in node.store.rows(select(MESSAGE.c.id, MESSAGE.c.home))
            if row.home
        ]
        assert len(home) == len({row.id for row in home})
        ids[name] = {row.id for row in home}
    assert ids["one"] == ids["four"]
    assert len(ids["one"] - ids["demo"]) == 2, "in the demo, Sri Lanka's two messages come from elsewhere"


def test_each_receiver_gets_each_message_once(worlds):
    for made in worlds.values():
        inbox = Counter(
            (row.message, row.party)
            for node in made.nodes.values()
            for row in node.store.rows(select(INBOX.c.message, INBOX.c.party))
        )
        assert set(inbox.values()) == {1}
    received = {
        name: sum(len(node.store.rows(select(INBOX))) for node in worlds[name].nodes.values()) for name in worlds
    }
    assert received["one"] == received["four"]


def test_no_report_is_refused_or_flagged(worlds):
    for made in worlds.values():
        for name, node in made.nodes.items():
            left = {letter.node for letter in waiting(node)} - {"ch", "lk" if name == "demo" else "ch"}
            assert not left, "only the Secretariat, and Sri Lanka's node in the demo, are not connected"
            assert not [event.flags for event in events(node, case_id()) if event.flags]


def test_reports_send_nothing(worlds):
    for node in worlds["four"].nodes.values():
        mine = {row.id for row in node.store.rows(select(MESSAGE.c.id).where(MESSAGE.c.home))}
        assert {row.message for row in node.store.rows(select(OUTBOX.c.message))} <= mine
        for event in events(node, case_id()):
            said = PROCESSES[event.process].by_event[event.type].says
            assert event.home or said is not None or not PROCESSES[event.process].by_event[event.type].by


def test_sri_lankas_own_node_says_the_very_bytes_of_the_example():
    node = played(hosting=FOUR).nodes["lk"]
    said = {row.body for row in node.store.rows(select(MESSAGE.c.body).where(MESSAGE.c.home))}
    files = [story().message(entry) for entry in story().steps if entry.message]
    assert len(files) == 2
    assert set(files) == said


def test_the_story_can_be_told_again_and_nothing_happens_twice():
    made = played(hosting=FOUR)
    before = {name: len(events(node, case_id())) for name, node in made.nodes.items()}
    for told in play(made, story()):
        assert told.replayed or told.refused or told.entry.step in ("presume_consent", "breach")
    assert {name: len(events(node, case_id())) for name, node in made.nodes.items()} == before


@pytest.mark.parametrize("seed", range(5))
def test_messages_in_any_order_across_senders_fold_to_the_same(seed):
    """A node that gets the messages of several senders mixed, each sender's own in order, ends with the same case."""
    source = played(hosting=ONE)
    target = world({"LK": "lk"})
    target.now = source.now
    node = target.nodes["lk"]
    queues: dict[str, list[bytes]] = {}
    for row in source.nodes["one"].store.rows(select(MESSAGE.c.sender, MESSAGE.c.body).order_by(MESSAGE.c.position)):
        header = gate.read(row.body).header
        if any(ref.id.startswith("LK-") for ref in header.receivers) and not row.sender.startswith("LK-"):
            queues.setdefault(row.sender, []).append(row.body)
    dice = random.Random(seed)
    while any(queues.values()):
        sender = dice.choice([name for name, queue in queues.items() if queue])
        try:
            receive(node, queues[sender][0])
        except Unavailable:
            continue
        queues[sender].pop(0)
    own = {"answer/LK"}
    expected = {k: v for k, v in shared(source.nodes["one"], case_id()).items() if k not in own}
    assert shared(node, case_id()) == expected
    assert node.case(case_id()) == node.__class__(**{**vars(node), "store": _fresh(node)}).case(case_id())


def _fresh(node):
    """The same store without its memory, so that the case is read from the log again."""
    node.store.memory.clear()
    return node.store
