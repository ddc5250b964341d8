"""Four eyes through HTTP: the token says which person asks, and one person alone decides nothing."""

from dataclasses import replace

import pytest

from tests.api.conftest import CASE, STORY, TestClient
from waste_bpm.api.app import create_app
from waste_bpm.casework import four_eyes
from waste_bpm.casework.registers import admit

CONSENTS = next(each for each in STORY.steps if each.say.startswith("Korea consents, confirms"))
ANSWER = f"/answers/{CASE}.KR"
FILE = """\
country: KR
four_eyes:
  answer.consent:
    values:
      2026-01-01: {value: true, reference: "Standing order of a training authority, section 2"}
    confidence: practice
    checked_on: 2026-11-24
"""


@pytest.fixture
def korea(door, tmp_path):
    """Korea is about to consent, its file asks for two persons, and two of its officers have tokens."""
    found = door(CONSENTS.say)
    file = tmp_path / "kr.yaml"
    file.write_text(FILE)
    four_eyes.keep(found.node.store, file, found.node.clock())
    for person in ("officer-17", "officer-21"):
        admit(found.node.store, "KR-CA", f"token of {person}", person=person)
    found.node = replace(found.node, four_eyes=four_eyes.on_file(found.node.store))
    found.client = TestClient(create_app(found.node), raise_server_exceptions=False)
    return found


def consents(door, by, **named):
    return door.step(f"{ANSWER}/steps/consent", by, json=CONSENTS.data, **named)


def test_the_first_is_accepted_and_the_second_is_taken(korea):
    first = consents(korea, "officer-17")
    assert (first.status_code, first.json()["says"]) == (202, "waits for a second person")
    assert korea.get(ANSWER, "KR-CA").json()["state"] != "consented"
    second = consents(korea, "officer-21")
    assert (second.status_code, second.json()["state"]) == (200, "consented")
    assert second.json()["events"][0]["persons"] == ["officer-17", "officer-21"]


def test_the_same_person_is_refused_and_a_token_without_a_person_too(korea):
    assert consents(korea, "officer-17", key="one").status_code == 202
    again = consents(korea, "officer-17", key="one")
    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")
    twice = consents(korea, "officer-17")
    assert (twice.status_code, twice.json()["findings"][0]["rule_id"]) == (409, "four-eyes-same-person")
    system = consents(korea, "KR-CA")
    assert (system.status_code, system.json()["findings"][0]["rule_id"]) == (403, "person-missing")


def test_what_waits_is_shown_to_its_party_and_may_be_withdrawn(korea):
    consents(korea, "officer-17")
    assert [each["person"] for each in korea.get(f"{ANSWER}/proposals", "officer-21").json()] == ["officer-17"]
    assert korea.get(f"{ANSWER}/proposals", "KE-RVB").json() == []
    steps = korea.get(f"{ANSWER}/steps", "KR-CA").json()
    assert next(each for each in steps if each["step"] == "consent")["proposal"]["says"] == "waits for a second person"
    headers = {"Authorization": "Bearer token of officer-21"}
    gone = korea.client.delete(f"/api/v1{ANSWER}/proposals/consent", headers=headers)
    assert (gone.status_code, gone.json()["says"]) == (200, "withdrawn")
    assert korea.client.delete(f"/api/v1{ANSWER}/proposals/consent", headers=headers).status_code == 404


def test_who_acted_is_told_to_its_own_party_alone(korea):
    consents(korea, "officer-17")
    consents(korea, "officer-21")
    told = {by: korea.get(f"{ANSWER}/events", by).json()[-1]["persons"] for by in ("KR-CA", "KE-CA")}
    assert told == {"KR-CA": ["officer-17", "officer-21"], "KE-CA": []}
