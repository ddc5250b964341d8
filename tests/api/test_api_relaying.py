"""A relay passes parcels on without opening them: it reads no message, forges nothing, and slips travel back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests import engines
from tests.api.wired import Wired
from tests.federation.two import CASE, state_of
from waste_bpm.api.app import create_app
from waste_bpm.casework import peers, relaying
from waste_bpm.casework.outbox import waiting
from waste_bpm.casework.registers import open_node, register
from waste_bpm.casework.relaying import forget, leave
from waste_bpm.casework.signing import keep_keys
from waste_bpm.casework.store import Store
from waste_bpm.casework.traffic import BOX
from waste_bpm.errors import InputInvalid, NotPermitted, Unavailable
from waste_bpm.exchange.fetching import Fetcher
from waste_bpm.exchange.https import RELAY, headers
from waste_bpm.simulation.world import named
from waste_bpm.utility_blocks.cover import covered, public_half, uncovered
from waste_bpm.utility_blocks.seal import KeySet

each_engine = engines.each_engine


class Relayed(Wired):
    """Kenya writes to Korea by way of a third node; Korea is reached by it, or fetches there."""

    def __init__(self, fetches=False):
        super().__init__()
        self.file.world.now += timedelta(seconds=1)
        store = Store(engines.fresh())
        register(store, "zz", list(self.ke.directory.parties.values()), [])
        keep_keys(store, KeySet(keys=tuple(key for key in self.seals.keys.keys if key.node == "zz")))
        relay = open_node(store, self.file.world.clock, named(CASE))
        self.zz = self.with_keys(replace(relay, sign=self.signer("zz")))
        for node in (self.ke, self.kr):
            self.introduce(self.zz, node, reached=True)
        self.introduce(self.ke, self.zz, reached=False)
        for node in (self.ke, self.zz):
            self.introduce(self.kr, node, reached=not fetches, via="zz")
        self.to_relay, self.to_kr = self.postman_of(self.ke, self.zz), self.postman_of(self.zz, self.kr)

    def in_box(self):
        return self.zz.store.rows(select(BOX).order_by(BOX.c.position))

    def later(self):
        self.file.world.now += timedelta(minutes=31)

    def close(self):
        super().close()
        self.zz.store.close()


@pytest.fixture
def relayed():
    made = Relayed()
    yield made
    made.close()


@pytest.mark.usefixtures("each_engine")
class TestAWayThroughARelay:
    def test_parcels_go_on_in_order_and_their_slips_come_back_to_who_brings_them_again(self, relayed):
        sents = relayed.story()
        assert relayed.to_relay(relayed.ke) == 0
        assert [row.parcel for row in relayed.in_box()] == [sent.parcel for sent in sents]
        assert relayed.to_kr(relayed.zz) == len(sents)
        assert relayed.ke.case(CASE).streams.keys() == relayed.kr.case(CASE).streams.keys()
        assert len(waiting(relayed.ke)) == len(sents)
        relayed.later()
        assert relayed.to_relay(relayed.ke) == len(sents)
        assert waiting(relayed.ke) == []

    def test_a_node_behind_a_firewall_fetches_at_the_relay_and_gives_its_slips_there(self):
        relayed = Relayed(fetches=True)
        relayed.story()
        relayed.to_relay(relayed.ke)
        assert relayed.to_kr(relayed.zz) == 0
        assert peers.standing(relayed.zz)[-1]["failures"] == 0
        fetcher = Fetcher(relayed.postman_of(relayed.kr, relayed.zz))
        assert fetcher.fetch("zz") == 3
        relayed.later()
        assert relayed.to_relay(relayed.ke) == 3
        assert waiting(relayed.ke) == []
        relayed.close()

    def test_a_receiver_that_is_away_keeps_its_parcels_in_the_box_and_the_sender_does_not_hold_it_to_be_away(
        self, relayed
    ):
        relayed.story()
        relayed.to_relay(relayed.ke)
        relayed.to_kr._url = lambda *_: "/nowhere"
        assert relayed.to_kr(relayed.zz) == 0
        relayed.later()
        relayed.to_relay(relayed.ke)
        assert {row.slip for row in relayed.in_box()} == {None}
        assert len(relayed.in_box()) == 3
        assert [each["failures"] for each in peers.standing(relayed.ke) if each["node"] == "kr"] == [0]
        assert [each["failures"] for each in peers.standing(relayed.zz) if each["node"] == "kr"] == [1]


class TestARelay:
    def test_holds_no_word_of_any_message_and_cannot_take_a_cover_off(self, relayed):
        sents = relayed.story()
        relayed.to_relay(relayed.ke)
        for row, sent in zip(relayed.in_box(), sents, strict=True):
            assert b"KE-CA" not in row.body
            assert sent.data not in row.body
            with pytest.raises(InputInvalid, match="no key of this node takes off"):
                relayed.zz.uncover(row.body)
            assert relayed.kr.uncover(row.body) == sent.data

    def test_cannot_change_a_message_or_a_parcel(self, relayed):
        relayed.story()
        relayed.to_relay(relayed.ke)
        half = public_half(relayed.seals.private["kr-1"].d)
        relayed.zz.store.run(BOX.update().values(body=covered(b"<Forged/>", half)))
        assert relayed.to_kr(relayed.zz) == 0
        assert state_of(relayed.kr)[0] == []
        assert "answers 401" in next(each for each in peers.standing(relayed.zz) if each["node"] == "kr")["said"]

    def test_gives_a_slip_under_no_other_seal_than_that_of_the_receiver(self, relayed):
        sents = relayed.story()
        relayed.to_relay(relayed.ke)
        (slip,) = relayed.carried(sents[:1])
        relayed.zz.store.run(BOX.update().values(slip=slip.written, slip_seal=relayed.zz.sign(slip.written)))
        relayed.later()
        assert relayed.to_relay(relayed.ke) == 0
        assert len(waiting(relayed.ke)) == 3

    def test_takes_parcels_only_for_nodes_that_name_it_as_their_way_and_only_of_peers(self, relayed):
        sent = relayed.story()[0]
        door = TestClient(create_app(relayed.zz))
        body = covered(sent.data, public_half(relayed.seals.private["kr-1"].d))
        assert door.post(RELAY, content=body, headers=headers(sent, "application/jose")).status_code == 202
        relayed.file.world.now += timedelta(seconds=1)
        relayed.introduce(relayed.kr, relayed.zz, reached=True)
        refused = door.post(RELAY, content=body, headers=headers(sent, "application/jose"))
        assert (refused.status_code, refused.json()["findings"][0]["rule_id"]) == (403, "not-the-way")
        peers.remove(relayed.zz.store, "ke")
        assert door.post(RELAY, content=body, headers=headers(sent, "application/jose")).status_code == 401

    def test_keeps_only_so_much_for_one_node_and_only_so_long(self, relayed, monkeypatch):
        monkeypatch.setattr(relaying, "MOST", 2)
        sents = relayed.story()
        leave(relayed.zz, sents[0])
        leave(relayed.zz, sents[1])
        assert leave(relayed.zz, sents[0]) is None
        with pytest.raises(Unavailable, match="already wait here"):
            leave(relayed.zz, sents[2])
        relayed.file.world.now += relaying.KEPT + timedelta(days=1)
        assert forget(relayed.zz) == 2

    def test_a_slip_for_a_parcel_that_was_not_passed_on_here_is_refused(self, relayed):
        (slip,) = relayed.carried(relayed.story()[:1])
        with pytest.raises(relaying.NotFound, match="no such parcel"):
            relaying.handed_back(relayed.zz, slip.written, relayed.kr.sign(slip.written))
        with pytest.raises(NotPermitted):
            relaying.handed_back(relayed.zz, slip.written, relayed.zz.sign(slip.written))


def test_a_cover_is_another_each_time_and_comes_off_for_its_secret_alone(relayed):
    secret = relayed.seals.private["kr-1"].d
    half = public_half(secret)
    assert covered(b"words", half) != covered(b"words", half)
    assert uncovered(covered(b"words", half), secret) == b"words"
    for wrong in (b"eyJ", b"eyJ....", covered(b"words", half)[:-2]):
        with pytest.raises(InputInvalid):
            uncovered(wrong, secret)
