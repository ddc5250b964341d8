"""A node that cannot be reached fetches what waits for it: asked for under its seal, once, and ended by slips alone."""

from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests import engines
from tests.api.wired import Wired
from tests.federation.two import CASE, state_of, turned_away
from waste_bpm.api.app import create_app
from waste_bpm.casework import fetching, peers, reception
from waste_bpm.casework.outbox import waiting
from waste_bpm.casework.rows import instant
from waste_bpm.casework.store import OUTBOX
from waste_bpm.errors import Unavailable
from waste_bpm.exchange import fetching as asking
from waste_bpm.exchange.bundle import parcels
from waste_bpm.exchange.https import AFTER, PATH
from waste_bpm.utility_blocks.parcel import Ask

each_engine = engines.each_engine


@pytest.fixture
def wired():
    made = Wired(fetches=("kr",))
    yield made
    made.close()


@pytest.mark.usefixtures("each_engine")
class TestAFetchingNode:
    def test_fetches_the_same_bytes_in_order_and_its_slips_end_the_waiting(self, wired):
        pushed = wired.story()
        fetcher = wired.fetcher()
        assert fetcher(wired.kr) == len(pushed)
        assert waiting(wired.ke) == []
        assert wired.ke.case(CASE).streams.keys() == wired.kr.case(CASE).streams.keys()
        assert [row.parcel for row in wired.kr.store.rows(reception.select(reception.PARCEL))] == [
            sent.parcel for sent in pushed
        ]

    def test_is_not_sent_to_and_never_counts_as_away(self, wired):
        wired.story()
        wired.postman.client = None
        assert wired.round().delivered == 0
        (row,) = peers.standing(wired.ke)
        assert (row["reach"], row["waiting"], row["failures"], row["said"]) == ("pull", 3, 0, None)
        wired.fetcher().fetch("ke")
        assert peers.standing(wired.ke)[0]["heard_at"] == instant(wired.ke.clock())

    def test_goes_on_behind_what_it_cannot_take_in_yet(self, wired, monkeypatch):
        monkeypatch.setattr(fetching, "MOST", 1)
        sents = wired.story()
        real = asking.take_in
        first = []

        def fails_once(node, sent):
            if sent.parcel == sents[0].parcel and not first:
                first.append(sent)
                raise Unavailable(reception.Finding(rule_id="clock", message="Too early."))
            return real(node, sent)

        monkeypatch.setattr(asking, "take_in", fails_once)
        fetcher = wired.fetcher()
        assert fetcher(wired.kr) == 0
        assert len(wired.kr.store.rows(reception.select(reception.PARCEL))) == 2
        wired.file.world.now += timedelta(minutes=6)
        assert fetcher(wired.kr) == 3
        assert waiting(wired.ke) == []

    def test_asks_a_peer_that_has_nothing_only_after_a_pause_and_leaves_one_alone_that_is_away(self, wired):
        wired.story()
        wired.ke.store.run(OUTBOX.update().values(node="elsewhere"))
        fetcher = wired.fetcher()
        assert fetcher(wired.kr) == 0
        wired.ke.store.run(OUTBOX.update().values(node="kr"))
        assert fetcher(wired.kr) == 0
        wired.file.world.now += asking.PAUSE
        assert fetcher(wired.kr) == 3
        wired.file.world.now += asking.PAUSE
        peers.remove(wired.ke.store, "kr")
        assert fetcher(wired.kr) == 0
        assert "answers 401" in peers.standing(wired.kr)[0]["said"]
        assert peers.standing(wired.kr)[0]["failures"] == 1

    def test_a_process_that_dies_before_its_slip_is_back_fetches_the_same_again_and_it_counts_once(self, wired):
        wired.story()
        fetcher = wired.fetcher()
        fetcher.postman.hand_back = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            fetcher(wired.kr)
        before = state_of(wired.kr)
        assert len(waiting(wired.ke)) == 3
        wired.file.world.now += timedelta(seconds=1)
        assert wired.fetcher()(wired.kr) == 3
        assert state_of(wired.kr) == before
        assert waiting(wired.ke) == []


class TestTheDoor:
    def asked(self, wired, by="kr", to="ke", seal="kr", after="", at=None):
        ask = Ask(by=by, to=to, at=instant(at or wired.ke.clock()), after=after)
        return ask.written, wired.seals.sign(seal, ask.written)

    def get(self, wired, written, seal):
        headers = {"Waste-Bpm-Ask": urlsafe_b64encode(written).decode(), "Waste-Bpm-Seal": seal.decode()}
        return TestClient(create_app(wired.ke)).get(PATH, headers=headers)

    def test_gives_all_that_waits_to_whoever_it_is_for(self, wired):
        sents = wired.story()
        answer = self.get(wired, *self.asked(wired))
        assert answer.status_code == 200
        assert [sent.parcel for _, sent in parcels(answer.content)] == [sent.parcel for sent in sents]
        assert AFTER not in answer.headers
        assert len(waiting(wired.ke)) == 3

    def test_an_ask_is_honoured_once(self, wired):
        wired.story()
        ask = self.asked(wired)
        assert self.get(wired, *ask).status_code == 200
        again = self.get(wired, *ask)
        assert (again.status_code, again.json()["findings"][0]["rule_id"]) == (403, "ask-again")

    @pytest.mark.parametrize("minutes", [-6, 6])
    def test_an_ask_of_another_time_is_not_honoured(self, wired, minutes):
        wired.story()
        answer = self.get(wired, *self.asked(wired, at=wired.ke.clock() + timedelta(minutes=minutes)))
        assert answer.json()["findings"][0]["rule_id"] == "ask-not-now"

    @pytest.mark.parametrize(
        ("said", "status"),
        [({"by": "ke"}, 403), ({"to": "kr"}, 403), ({"seal": "zz"}, 401), ({"seal": "zz", "by": "zz"}, 401)],
        ids=["for another", "to another", "under another seal", "of a stranger"],
    )
    def test_nobody_else_gets_anything(self, wired, said, status):
        wired.story()
        answer = self.get(wired, *self.asked(wired, **said))
        assert answer.status_code == status
        assert b"KE" not in answer.content

    def test_a_peer_gets_only_what_is_for_itself(self, wired):
        wired.story()
        wired.carried(wired.written())
        wired.file.act("KR-CA", "answer/KR", "acknowledge")
        assert turned_away(wired.kr) == []
        answer = self.get(wired, *self.asked(wired))
        assert {b"kr"} == {sent.parcel.partition(b'"receiver":"')[2][:2] for _, sent in parcels(answer.content)}

    def test_gives_page_by_page_where_much_waits(self, wired, monkeypatch):
        monkeypatch.setattr(fetching, "MOST", 2)
        wired.story()
        first = self.get(wired, *self.asked(wired))
        wired.file.world.now += timedelta(seconds=1)
        rest = self.get(wired, *self.asked(wired, after=first.headers[AFTER]))
        assert [len(list(parcels(each.content))) for each in (first, rest)] == [2, 1]
