"""Papers over HTTP: an authority enters one, its scan comes back for saving, and nobody else learns of it."""

from base64 import b64encode

import pytest

from tests.api.conftest import TestClient
from tests.casework.test_papers import ACKNOWLEDGED, PDF, OnPaper
from waste_bpm.api.app import create_app
from waste_bpm.casework.record import digest
from waste_bpm.casework.registers import admit

AT = "/api/v1/notifications/11111111-2222-5333-8444-555555555555/papers"
ENTRY = {
    "stream": "answer/SG",
    "step": "acknowledge",
    "said_by": "SG-CA",
    "document": ACKNOWLEDGED,
    "medium": "fax",
    "dated_on": "2026-06-05",
    "received_on": "2026-06-05",
    "entered_by": "registry desk",
    "scan": b64encode(PDF).decode(),
}


@pytest.fixture(scope="module")
def here():
    paper = OnPaper()
    for party in ("KE-CA", "KE-CU", "KE-T"):
        admit(paper.ke.store, party, party)
    yield TestClient(create_app(paper.ke))
    for node in (*paper.world.nodes.values(), paper.singapore):
        node.store.close()


def headers(party, key="one"):
    return {"Authorization": f"Bearer {party}", "Idempotency-Key": key}


def test_a_paper_is_entered_listed_and_its_scan_is_given_back_for_saving(here):
    entered = here.post(AT, json=ENTRY, headers=headers("KE-CA"))
    assert entered.status_code == 201
    assert [event["on_paper"] for event in entered.json()["events"]] == [None, "fax"]
    again = here.post(AT, json=ENTRY, headers=headers("KE-CA"))
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    (page,) = here.get(AT, headers=headers("KE-CU")).json()
    assert (page["scan"], page["sealed"]) == (digest(PDF), None)
    scan = here.get(f"{AT}/{page['scan']}", headers=headers("KE-CA"))
    assert (scan.content, scan.headers["content-type"]) == (PDF, "application/pdf")
    assert scan.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("change", "status", "rule"),
    [
        ({"scan": "?"}, 422, "scan-in-base64"),
        ({"scan": b64encode(b"MZ").decode()}, 422, "scan-is-a-scan"),
        ({"medium": "pigeon"}, 422, "paper-malformed"),
        ({"received_on": "2026-06-01"}, 409, "paper-days-in-order"),
        ({"said_by": "KR-CA", "stream": "answer/KR"}, 409, "peer-is-connected"),
    ],
)
def test_a_refusal_says_why(here, change, status, rule):
    refused = here.post(AT, json={**ENTRY, **change}, headers=headers("KE-CA", rule))
    assert (refused.status_code, refused.json()["findings"][0]["rule_id"]) == (status, rule)


def test_who_has_no_part_in_the_case_sees_no_papers(here):
    assert here.get(AT, headers=headers("KE-T")).status_code == 404


def test_a_scan_that_is_not_on_file_is_not_there(here):
    assert here.get(f"{AT}/{'0' * 64}", headers=headers("KE-CA")).status_code == 404


def test_who_knows_what_is_told_to_a_party_of_the_case(here):
    at = AT.replace("/papers", "/knows")
    nodes = {each["node"]: each for each in here.get(at, headers=headers("KE-CU")).json()}
    assert (nodes["ke"]["reached"], nodes["sg"]["reached"]) == ("here", "paper")
    assert {layer: nodes["sg"]["told"][0][layer] for layer in ("stored", "valid", "read")} == dict.fromkeys(
        ("stored", "valid", "read")
    )
    assert here.get(at, headers=headers("KE-T")).status_code == 404


def test_what_has_not_arrived_is_told_per_node_and_of_no_case(here):
    (said,) = here.get("/api/v1/undelivered", headers=headers("KE-CA")).json()
    assert (said["node"], said["on_paper"], said["next_attempt"]) == ("sg", True, None)
    assert here.get("/api/v1/undelivered").status_code == 401
