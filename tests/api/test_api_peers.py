"""Nodes over HTTP: a parcel in, a sealed slip out; what has no slip ends nothing; the register of peers."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests import engines
from tests.api.wired import Wired
from tests.federation.two import CASE, parcel_of, state_of, turned_away
from waste_bpm.api.app import create_app
from waste_bpm.casework import peers, reception
from waste_bpm.casework.invariants import check
from waste_bpm.casework.outbox import waiting
from waste_bpm.casework.posting import bundle as bundle_of
from waste_bpm.casework.posting import close, journeys, retry
from waste_bpm.errors import Conflict, InputInvalid, NotFound, NotPermitted, Unavailable
from waste_bpm.exchange import bundle
from waste_bpm.exchange.https import PATH, SEAL, Postman, headers
from waste_bpm.utility_blocks.parcel import closing

each_engine = engines.each_engine


@pytest.fixture
def wired():
    made = Wired()
    yield made
    made.close()


@pytest.mark.usefixtures("each_engine")
class TestPush:
    def test_what_waits_is_posted_and_counts_at_the_other_node(self, wired):
        wired.story()
        assert (wired.round().delivered, waiting(wired.ke)) == (3, [])
        assert wired.ke.case(CASE).streams.keys() == wired.kr.case(CASE).streams.keys()
        assert wired.round().delivered == 0

    def test_a_node_without_our_keys_answers_without_a_slip_and_the_letters_wait(self, wired):
        wired.story()
        peers.remove(wired.kr.store, "ke")
        assert wired.round().delivered == 0
        assert len(waiting(wired.ke)) == 3
        (row,) = peers.standing(wired.ke)
        assert (row["waiting"], row["failures"]) == (3, 1)
        assert "answers 401" in row["said"]
        assert turned_away(wired.kr) == ["signature-invalid"]

    def test_a_node_that_did_not_answer_is_left_alone_longer_each_time_and_asked_again_when_somebody_says_so(
        self, wired
    ):
        wired.story()
        peers.remove(wired.kr.store, "ke")
        seen, wired.chance = [], 1.0
        for _ in range(12):
            wired.round()
            seen.append(peers.standing(wired.ke)[0]["failures"])
            wired.file.world.now += timedelta(minutes=4)
        assert seen[:4] == [1, 2, 3, 4]
        assert seen[-1] < 10
        before = peers.standing(wired.ke)[0]["failures"]
        assert retry(wired.ke, "kr") == 3
        wired.round()
        assert peers.standing(wired.ke)[0]["failures"] == before + 1

    def test_a_letter_for_a_node_that_nobody_registered_waits(self, wired):
        wired.story()
        peers.remove(wired.ke.store, "kr")
        wired.postman = Postman(wired.ke, lambda: 0.5)
        assert wired.round().delivered == 0
        assert "address is not on file" in peers.standing(wired.ke)[0]["said"]

    def test_letters_do_not_travel_in_clear_text_to_another_machine(self, wired):
        file = peers.about(wired.kr, "http://kr.example")
        later = peers.PeerFile(peer=file.peer.model_copy(update={"version": file.peer.version + 1}), seal="")
        later = later.model_copy(update={"seal": wired.kr.sign(later.peer.written).decode()})
        peers.enter(wired.ke, later)
        with pytest.raises(Unavailable, match="is not https"):
            Postman(wired.ke, lambda: 0.5)._url("kr")

    def test_the_door_refuses_what_is_no_parcel(self, wired):
        client = wired.postman.client
        sent = wired.story()[0]
        assert client.post(PATH, content=b"<x/>", headers={"Content-Type": "application/xml"}).status_code == 400
        assert (
            client.post(PATH, content=b"{}", headers=headers(sent) | {"Content-Type": "application/json"}).status_code
            == 415
        )
        wrong = headers(sent) | {"Waste-Bpm-Parcel": "%%%"}
        assert client.post(PATH, content=sent.data, headers=wrong).status_code == 401
        assert client.post(PATH, content=sent.data + b" ", headers=headers(sent)).status_code == 401
        assert state_of(wired.kr)[0] == []

    def test_a_node_without_a_key_takes_nothing_in_that_it_could_not_answer(self, wired):
        sent = wired.story()[0]
        bare = TestClient(create_app(replace(wired.kr, sign=None)))
        assert bare.post(PATH, content=sent.data, headers=headers(sent)).status_code == 503
        assert state_of(wired.kr)[0] == []

    def test_a_slip_that_was_carried_back_ends_the_waiting(self, wired):
        sents = wired.story()
        (slip,) = wired.carried(sents[:1])
        client = TestClient(create_app(wired.ke))
        sealed = {SEAL: wired.kr.sign(slip.written).decode(), "Content-Type": "application/json"}
        assert client.post("/api/v1/peer/slips", content=slip.written, headers=sealed).status_code == 204
        assert len(waiting(wired.ke)) == 2
        false = {**sealed, SEAL: wired.ke.sign(slip.written).decode()}
        assert client.post("/api/v1/peer/slips", content=slip.written, headers=false).status_code in (401, 403)


class TestStick:
    def test_a_bundle_brings_the_same_bytes_and_its_slips_end_the_waiting(self, wired):
        wired.story()
        data, count = bundle.packed(wired.ke, "kr")
        assert count == 3
        found, back = bundle.taken_in(wired.kr, data)
        assert [slip.result.value for slip in found] == ["recorded"] * 3
        assert len(waiting(wired.ke)) == 3
        bundle.settled(wired.ke, back)
        assert waiting(wired.ke) == []
        assert bundle.taken_in(wired.kr, data)[0] == found

    def test_a_bundle_in_which_something_was_changed_says_what_and_takes_in_the_rest(self, wired):
        wired.story()
        data, _ = bundle.packed(wired.ke, "kr")
        files = bundle._files(data)
        files["0003.xml"] += b" "
        found, _ = bundle.taken_in(wired.kr, bundle._zipped(files))
        assert [isinstance(each, NotPermitted) for each in found] == [False, False, True]

    @pytest.mark.parametrize("data", [b"", b"PK", b"no archive", b"PK\x05\x06" + b"\x00" * 10])
    def test_what_is_no_bundle_is_refused(self, wired, data):
        with pytest.raises(InputInvalid, match="no bundle"):
            bundle.taken_in(wired.kr, data)

    def test_a_bundle_without_a_seal_is_refused(self, wired):
        wired.story()
        files = bundle._files(bundle.packed(wired.ke, "kr")[0])
        del files["0001.parcel.json.jws"]
        with pytest.raises(InputInvalid, match="is missing"):
            bundle.taken_in(wired.kr, bundle._zipped(files))


@pytest.mark.usefixtures("each_engine")
class TestGivingUp:
    def test_a_letter_that_is_closed_has_its_reason_and_is_not_sent(self, wired):
        wired.story()
        last = waiting(wired.ke)[-1]
        close(wired.ke, last.message, "kr", "handed over on paper")
        assert wired.round().delivered == 2
        (row,) = [each for each in journeys(wired.ke, last.message) if each["node"] == "kr"]
        assert (row["state"], row["reason"]) == ("closed", "handed over on paper")
        assert check(wired.ke) == []

    def test_the_receiver_is_told_why_and_what_comes_behind_it_counts(self, wired):
        wired.story()
        first, second, third = waiting(wired.ke)
        wired.carried(wired.written()[:1])
        close(wired.ke, second.message, "kr", "the paper went by post")
        assert wired.round().delivered == 2
        assert waiting(wired.ke) == []
        (told,) = peers.standing(wired.kr)[0]["given_up"]
        assert (told["message"], told["seq"], told["reason"]) == (second.message, 2, "the paper went by post")
        assert {each[0] for each in state_of(wired.kr)[1]} == {first.message, third.message}
        (row,) = journeys(wired.ke, second.message)
        assert (row["state"], row["reason"]) == ("closed", "the paper went by post")
        assert wired.round() == type(wired.round())()
        assert check(wired.kr) == check(wired.ke) == []

    def test_a_notice_before_its_turn_is_held_and_goes_again(self, wired):
        wired.story()
        first, second, _ = waiting(wired.ke)
        close(wired.ke, second.message, "kr", "by post")
        sent = {parcel_of(each).message: each for each in bundle_of(wired.ke, "kr")}
        assert wired.carried([sent[second.message]])[0].result.value == "held"
        assert [slip.result.value for slip in wired.carried([sent[first.message], sent[second.message]])] == [
            "recorded",
            "closed",
        ]

    def test_a_letter_that_had_arrived_all_the_same_counts_and_stands_as_delivered(self, wired):
        wired.story()
        wired.carried(wired.written()[:1])
        first = waiting(wired.ke)[0]
        close(wired.ke, first.message, "kr", "no answer for weeks")
        wired.round()
        (row,) = journeys(wired.ke, first.message)
        assert (row["state"], row["reason"]) == ("delivered", None)
        assert check(wired.ke) == []

    def test_a_notice_ends_the_wait_for_a_parcel_in_quarantine(self, wired, monkeypatch):
        sents = wired.story()
        wired.carried(sents[:1])
        second = waiting(wired.ke)[1]
        with monkeypatch.context() as patch:
            patch.setattr(reception, "take", lambda *_: 1 / 0)
            for _ in range(reception.MOST_ATTEMPTS):
                wired.carried(sents[1:2])
        close(wired.ke, second.message, "kr", "said anew")
        wired.round()
        assert [each["seq"] for each in peers.standing(wired.kr)[0]["given_up"]] == [2]
        assert len(state_of(wired.kr)[1]) == 2

    @pytest.mark.parametrize("by", ["kr", "zz"])
    def test_nobody_else_gives_a_letter_up(self, wired, by):
        sents = wired.story()
        wired.carried(sents[:1])
        before = state_of(wired.kr)
        forged = closing(sents[1].parcel, "never mind", lambda said: wired.seals.sign(by, said))
        with pytest.raises(NotPermitted):
            wired.carried([replace(sents[1], data=forged)])
        of_another = closing(sents[2].parcel, "never mind", lambda said: wired.seals.sign("ke", said))
        with pytest.raises(NotPermitted):
            wired.carried([replace(sents[1], data=of_another)])
        assert state_of(wired.kr) == before
        assert wired.carried(sents[1:])[-1].result.value == "recorded"

    def test_what_arrived_is_not_closed(self, wired):
        wired.story()
        first = waiting(wired.ke)[0]
        wired.round()
        with pytest.raises(Conflict, match="has received"):
            close(wired.ke, first.message, "kr", "x")
        with pytest.raises(NotFound):
            close(wired.ke, "urn:uuid:nothing", "kr", "x")


class TestRegister:
    def test_a_node_is_believed_when_a_person_compared_its_fingerprint(self, wired):
        peers.remove(wired.ke.store, "kr")
        file = peers.about(wired.kr, None)
        for said in (None, "0000 0000"):
            with pytest.raises(NotPermitted) as refused:
                peers.enter(wired.ke, file, said)
            assert refused.value.findings[0].rule_id == "fingerprint-compared"
        assert peers.enter(wired.ke, file, file.peer.fingerprint.upper()).node == "kr"

    def test_a_later_version_is_believed_by_the_keys_of_the_one_before_and_an_older_one_is_not(self, wired):
        old = peers.about(wired.kr, "http://localhost/old")
        with pytest.raises(Conflict, match="is on file"):
            peers.enter(wired.ke, old)
        wired.file.at("2026-07-01")
        assert peers.enter(wired.ke, peers.about(wired.kr, "http://localhost/new")).url == "http://localhost/new"

    def test_a_file_that_another_key_sealed_is_not_believed(self, wired):
        wired.file.at("2026-07-01")
        file = peers.about(wired.kr, None)
        forged = file.model_copy(update={"seal": wired.seals.sign("zz", file.peer.written).decode()})
        with pytest.raises(NotPermitted):
            peers.enter(wired.ke, forged)

    def test_a_node_speaks_of_itself_alone(self, wired):
        file = peers.about(wired.kr, None)
        other = file.model_copy(update={"peer": file.peer.model_copy(update={"node": "zz", "version": 1})})
        with pytest.raises(InputInvalid, match="speaks of itself"):
            peers.enter(wired.ke, other, other.peer.fingerprint)
        with pytest.raises(InputInvalid):
            peers.read_peer(b"{}")
