"""A node that was restored from a backup gets once more what it lost, and what it may not write anew is told."""

from datetime import timedelta

import pytest

from tests.federation.sites import raw
from tests.federation.two import CASE, Two, turned_away
from waste_bpm.casework.peers import standing
from waste_bpm.casework.posting import post
from waste_bpm.casework.reception import take_in
from waste_bpm.casework.resending import resend
from waste_bpm.casework.store import OUTBOX
from waste_bpm.casework.views import events, shared


@pytest.fixture
def two():
    made = Two()
    yield made
    made.close()


def delivered(two, copies=None):
    """Post what waits at Kenya; a copy of Korea's database is kept before each letter. Gives how many were received."""

    def carry(receiver, sent):
        if copies is not None:
            copies.append(raw(two.kr.store).serialize())
        slip = take_in(two.kr, sent)
        return slip.written, two.seals.sign("kr", slip.written)

    return post(two.ke, carry, lambda: 0.5).delivered


def restored(node, copy):
    raw(node.store).deserialize(copy)
    node.store.memory.clear()


def slips(two):
    return [bytes(row.slip) for row in two.ke.store.rows(OUTBOX.select().order_by(OUTBOX.c.seq))]


def test_what_a_restored_node_lost_is_recorded_anew_and_once(two):
    """Given Korea restored from before the second letter, when Kenya sends again, then both have the same."""
    two.story()
    copies = []
    assert delivered(two, copies) == 3
    restored(two.kr, copies[1])
    assert len(events(two.kr, CASE)) < len(events(two.ke, CASE)) - 1
    assert resend(two.ke, "kr", two.ke.clock() - timedelta(days=1)) == 3
    assert delivered(two) == 3
    assert shared(two.kr, CASE) == shared(two.ke, CASE)
    types = [event.type for event in events(two.kr, CASE)]
    assert types.count("ConsentGiven") == types.count("ConsentWithdrawn") == 1


def test_what_a_node_still_has_is_confirmed_by_the_slip_that_it_gave_before(two):
    two.story()
    delivered(two)
    before = slips(two)
    resend(two.ke, "kr", two.ke.clock() - timedelta(days=1))
    assert delivered(two) == 3
    assert slips(two) == before


def test_what_was_confirmed_before_that_day_is_not_sent_again(two):
    two.story()
    delivered(two)
    assert resend(two.ke, "kr", two.ke.clock() + timedelta(days=1)) == 0


def test_what_a_restored_node_writes_anew_under_a_number_that_it_used_is_turned_away_and_told(two):
    """Given Kenya restored from before its last letter, when it writes another, then Korea keeps the first and says so."""
    two.file.transmitted()
    two.file.act("KE-CA", "answer/KE", "consent")
    copy = raw(two.ke.store).serialize()
    two.file.act("KE-CA", "answer/KE", "withdraw_consent")
    delivered(two)
    kept = shared(two.kr, CASE)
    restored(two.ke, copy)
    two.file.at(two.file.today + timedelta(days=2))
    two.file.act("KE-CA", "answer/KE", "withdraw_consent")
    delivered(two)
    assert turned_away(two.kr) == ["integrity-conflict"]
    assert shared(two.kr, CASE) == kept
    (korea,) = standing(two.ke)
    assert korea["waiting"] == 1
    assert "other bytes" in korea["said"]
