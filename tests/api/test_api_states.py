"""Nodes compare over HTTP what they hold of a case; the operator reads it, and nothing of it holds letters back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.api.wired import Wired
from tests.federation.two import CASE
from waste_bpm.api.app import create_app
from waste_bpm.casework import digests, peers
from waste_bpm.casework.registers import admit
from waste_bpm.exchange.comparing import Comparer
from waste_bpm.exchange.https import SEAL, STATES


@pytest.fixture
def waits():
    """Three letters wait for the other node."""
    made = Wired()
    made.story()
    yield made
    made.close()


@pytest.fixture
def wired(waits):
    """They have arrived."""
    waits.round()
    return waits


def test_a_node_compares_with_its_peers_once_a_day(wired):
    comparer = Comparer(wired.postman)
    assert [found.result for found in comparer(wired.ke)] == [digests.Comparison.EQUAL]
    assert comparer(wired.ke) == []
    wired.file.at(wired.file.world.now + timedelta(days=1))
    assert len(comparer(wired.ke)) == 1
    assert digests.on_file(wired.kr)[0]["result"] == "equal"


def test_time_passes_while_a_round_is_done(wired):
    """Given a clock that goes on with every look at it, as clocks do, then a peer is asked all the same."""
    looks = iter(range(1, 1000))
    start = wired.file.world.now
    ke = replace(wired.ke, clock=lambda: start + timedelta(milliseconds=next(looks)))
    assert len(Comparer(wired.postman_of(ke, wired.kr))(ke)) == 1


def test_a_node_that_does_not_know_how_to_compare_gets_its_letters_all_the_same(waits):
    """Given a peer with an older program, when it gives no answer, then it is on record and holds nothing back."""
    waits.postman.tell = lambda peer, ours, seal: waits.postman._asked(peer, "POST", "/api/v1/nothing")
    assert Comparer(waits.postman)(waits.ke) == []
    (row,) = digests.on_file(waits.ke)
    assert row["result"] is None
    assert "404" in row["said"]
    assert waits.round().delivered == 3
    assert peers.standing(waits.ke)[0]["failures"] == 0


def test_a_node_that_gave_no_answer_is_left_alone_for_a_while(wired):
    asked = []
    wired.postman.tell = lambda peer, ours, seal: asked.append(peer) or wired.postman._asked(peer, "POST", "/nothing")
    comparer = Comparer(wired.postman)
    comparer(wired.ke)
    wired.ke.store.run(digests.COMPARED.delete())
    comparer(wired.ke)
    assert asked == ["kr"]
    wired.file.at(wired.file.world.now + timedelta(minutes=5))
    comparer(wired.ke)
    assert asked == ["kr", "kr"]


def test_the_operator_reads_how_a_case_compares_and_a_stranger_to_it_does_not(wired):
    Comparer(wired.postman)(wired.ke)
    client = TestClient(create_app(wired.ke))
    for party in ("KE-CA", "KE-T"):
        admit(wired.ke.store, party, f"token of {party}")
    at = f"/api/v1/notifications/{CASE}/compared"
    (row,) = client.get(at, headers={"Authorization": "Bearer token of KE-CA"}).json()
    assert (row["node"], row["result"], row["beside"]) == ("kr", "equal", [])
    assert client.get(at, headers={"Authorization": "Bearer token of KE-T"}).status_code == 404
    assert client.get(at).status_code == 401
    assert 'waste_bpm_peer_cases{node="kr",result="equal"} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize("name", ["ke", "zz"])
def test_what_no_peer_has_sealed_is_not_compared(wired, name):
    ours = digests.state(wired.ke, CASE, "kr")
    client = TestClient(create_app(wired.kr))
    wrong = wired.seals.sign(name, ours.written + b" ").decode()
    told = client.post(STATES, content=ours.written, headers={SEAL: wrong, "Content-Type": "application/json"})
    assert told.status_code == 401
    assert digests.on_file(wired.kr) == []


def test_a_node_that_is_read_only_compares_nothing(wired):
    ours = digests.state(wired.ke, CASE, "kr")
    wired.kr.store.halts.append(lambda: digests._not_shared(CASE))
    client = TestClient(create_app(wired.kr))
    seal = wired.seals.sign("ke", ours.written).decode()
    told = client.post(STATES, content=ours.written, headers={SEAL: seal, "Content-Type": "application/json"})
    wired.kr.store.halts.clear()
    assert told.status_code == 503
