"""Messages over HTTP: taken in once, checked, given back as they were sent; and the feed of what was recorded."""

import pytest

from tests.api.conftest import CASE, CONSIGNMENT, LK_ACKNOWLEDGES, STORY
from waste_bpm.casework.outbox import waiting
from waste_bpm.exchange import specimens
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.catalogue import MESSAGES

XML = {"Content-Type": "application/xml"}
BYTES = STORY.message(LK_ACKNOWLEDGES)


def test_a_message_is_taken_in_once(door):
    # given the notification, and no answer of Sri Lanka yet
    here = door(LK_ACKNOWLEDGES.say)
    # when its acknowledgement arrives twice
    first, again = (here.post("/messages", "LK-CA", content=BYTES, headers=XML) for _ in range(2))
    # then it is recorded once, and the receipts differ only in that
    assert [first.status_code, again.status_code] == [201, 200]
    assert (first.json()["duplicate"], again.json()["duplicate"]) == (False, True)
    assert {**again.json(), "duplicate": False} == first.json()
    assert here.get(f"/answers/{CASE}.LK").json()["state"] == "acknowledged"
    # and its bytes are had again as they came
    place = first.headers["location"].removeprefix("/api/v1")
    kept = here.get(place, Accept="application/xml")
    assert (kept.content, kept.headers["content-type"]) == (BYTES, "application/xml")
    about = here.get(place).json()
    assert (about["sender"], about["streams"], about["home"]) == ("LK-CA", ["answer/LK"], False)


def test_a_message_on_file_is_not_replaced_by_another_of_the_same_identity(door):
    here = door(LK_ACKNOWLEDGES.say)
    here.post("/messages", "LK-CA", content=BYTES, headers=XML)
    before = here.events
    other = here.post("/messages", "LK-CA", content=BYTES + b"\n", headers=XML)
    assert (other.status_code, other.json()["findings"][0]["rule_id"]) == (409, "integrity-conflict")
    assert here.events == before


def test_nobody_hands_over_what_others_say(door):
    here = door(LK_ACKNOWLEDGES.say)
    before = here.events
    forged = here.post("/messages", "KE-RVB", content=BYTES, headers=XML)
    assert (forged.status_code, forged.json()["findings"][0]["rule_id"]) == (403, "speaks-for-sender")
    assert here.events == before
    # but the customs office of the same State's node may carry it
    assert here.post("/messages", "LK-COLOMBO", content=BYTES, headers=XML).status_code == 201
    assert here.post("/messages", None, content=BYTES, headers=XML).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "rule"),
    [
        (BYTES[:-20], 400, "xml-malformed"),
        (BYTES.replace(b"?>", b"?><!DOCTYPE a [<!ENTITY b 'c'>]>", 1), 400, "xml-forbidden-construct"),
        (b"", 400, "xml-malformed"),
        (b" " * (2 * 1024 * 1024 + 1), 413, "body-too-large"),
        (BYTES.replace(b">2026-01-20<", b">2026-01-32<"), 422, None),
        (b"<a/>", 422, "message-unknown"),
    ],
)
def test_what_is_no_message_is_refused(door, body, status, rule):
    here = door(LK_ACKNOWLEDGES.say)
    before = here.events
    refused = here.post("/messages", "LK-CA", content=body, headers=XML)
    assert refused.status_code == status
    assert rule in (None, refused.json()["findings"][0]["rule_id"])
    assert here.events == before


def test_a_message_is_sent_as_xml(told):
    refused = told.post("/messages", content=BYTES, headers={"Content-Type": "application/json"})
    assert refused.status_code == 415


def test_anybody_may_have_a_message_checked(told):
    good = told.post("/messages/validate", None, content=BYTES, headers={"Content-Type": "text/xml; charset=utf-8"})
    wrong = told.post("/messages/validate", None, content=BYTES.replace(b">LK<", b">QQ<"), headers=XML)
    assert (good.status_code, good.json()) == (200, {"valid": True, "findings": []})
    assert (wrong.status_code, wrong.json()["valid"]) == (200, False)
    assert wrong.json()["findings"][0]["message"]


def test_a_message_is_shown_to_the_parties_of_its_case_only(told):
    notices = {each["name"]: each for each in told.get(f"/notifications/{CASE}/messages").json()}
    place = f"/messages/{notices['ConsentDecision']['id']}"
    assert told.get(place, "KR-BUSAN").status_code == 200
    assert told.get(place, "SECRETARIAT").status_code == 404
    assert told.get("/messages/urn:uuid:other").status_code == 404
    # the Secretariat receives one message of the case, and sees that one
    back = f"/messages/{notices['TakeBackRequest']['id']}"
    assert told.get(back, "SECRETARIAT").status_code == 200


def test_the_messages_of_an_instance_are_those_that_report_on_it(told):
    of_answer = told.get(f"/answers/{CASE}.LK/messages").json()
    assert [each["name"] for each in of_answer] == ["NotificationAcknowledgement", "ConsentDecision"]
    assert len(told.get(f"/notifications/{CASE}/messages").json()) > len(of_answer)


def test_the_feed_goes_through_the_whole_log_once(told):
    # given the story
    items, after = [], 0
    while True:
        page = told.get(f"/events?after={after}&limit=7").json()
        if not page["items"]:
            break
        items += page["items"]
        after = page["next"]
    # then every event was there, in order
    assert [each["position"] for each in items] == sorted({each["position"] for each in items})
    assert len(items) == told.events
    assert {each["case"] for each in items} == {CONSIGNMENT.case}
    assert told.get(f"/events?after={after}").json() == {"items": [], "next": after}


WANTS_XML = {**XML, "Accept": "application/xml"}


def signal(answer):
    assert answer.headers["content-type"] == "application/xml"
    return gate.read(answer.content)


@pytest.mark.parametrize(
    ("by", "body", "status", "name"),
    [
        ("LK-CA", BYTES, 201, "Receipt"),
        ("LK-CA", BYTES[:-20], 400, "ValidationReport"),
        ("LK-CA", BYTES.replace(b">2026-01-20<", b">2026-01-32<"), 422, "ValidationReport"),
        ("KE-RVB", BYTES, 403, "BusinessRejection"),
    ],
)
def test_who_asks_for_xml_is_answered_by_a_signal_with_the_status_of_the_refusal(door, by, body, status, name):
    here = door(LK_ACKNOWLEDGES.say)
    said = here.post("/messages", by, content=body, headers=WANTS_XML)
    assert (said.status_code, signal(said).message.name) == (status, name)
    assert said.headers["vary"] == "Accept"


def test_the_same_bytes_get_their_receipt_and_other_bytes_a_notice(door):
    here = door(LK_ACKNOWLEDGES.say)
    here.post("/messages", "LK-CA", content=BYTES, headers=WANTS_XML)
    again = here.post("/messages", "LK-CA", content=BYTES, headers=WANTS_XML)
    other = here.post("/messages", "LK-CA", content=BYTES + b"\n", headers=WANTS_XML)
    assert (again.status_code, signal(again).document.result) == (200, "duplicate")
    assert (other.status_code, signal(other).document.on_file) == (409, signal(again).document.digest)


def test_a_receipt_that_is_posted_ends_the_waiting_of_its_letter_and_is_not_answered(door):
    # given a letter for Sri Lanka that waits, and the receipt of its node
    here = door(LK_ACKNOWLEDGES.say)
    letter = next(each for each in waiting(here.node) if each.name == "NotificationTransmission")
    (model,) = (each for each in specimens.specimens(MESSAGES["Receipt"]) if each.kind == "minimal")
    said = gate.read(model.data)
    digest = here.get(f"/messages/{letter.message}").json()["digest"]
    document = said.document.model_copy(update={"message": letter.message, "digest": digest})
    sender = type(said.header.sender)("LK-CA", "node")
    header = said.header.model_copy(update={"sender": sender, "issued_at": here.world.now})
    receipt = gate.build(said.message, header, document)
    # when somebody else brings it, then it is not believed
    assert here.post("/messages", "KR-BUSAN", content=receipt, headers=XML).status_code == 403
    # when the node of Sri Lanka brings it
    heard = here.post("/messages", "LK-CA", content=receipt, headers=WANTS_XML)
    assert (heard.status_code, heard.content) == (204, b"")
    assert letter not in waiting(here.node)


def test_a_checked_message_gets_a_report_as_xml_in_every_language(told):
    good, wrong = (
        told.post("/messages/validate", None, content=body, headers=WANTS_XML)
        for body in (BYTES, BYTES.replace(b">2026-01-20<", b">2026-01-32<"))
    )
    assert (signal(good).document.overall, signal(good).document.findings) == ("accepted", ())
    assert (wrong.status_code, signal(wrong).document.overall) == (200, "rejected")
    assert [each.language for each in signal(wrong).document.findings[0].text] == ["en", "fr"]
