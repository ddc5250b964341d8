"""Taking steps over HTTP: who may, what is asked for, what is answered when it is refused or repeated."""

from tests.api.conftest import BEGIN, CASE, CONSIGNMENT, EARLY, STORY, fresh_ids


def data_of(say: str) -> dict:
    return next(entry.data for entry in STORY.steps if entry.say.startswith(say))


def test_a_notification_goes_from_draft_to_consent(door, draft):
    # given an empty node
    here = door(BEGIN)
    # when the notifier drafts and submits, the authorities transmit, acknowledge and consent
    drafted = here.post("/notifications", json=draft)
    assert drafted.status_code == 201
    case, place = drafted.json()["case"], drafted.headers["location"].removeprefix("/api/v1")
    assert (place, drafted.headers["etag"]) == (f"/notifications/{case}", '"v1"')
    assert here.step(f"{place}/steps/submit", "KE-RVB").json()["state"] == "submitted"
    transmitted = here.step(f"{place}/steps/transmit", "KE-CA")
    here.world.now = STORY.steps[7].at
    acknowledged = here.post(f"/answers/{case}.KR/steps/acknowledge", "KR-CA", json=data_of("Korea acknowledges"))
    here.world.now = STORY.steps[12].at
    consented = here.step(f"/answers/{case}.KR/steps/consent", "KR-CA", json=data_of("Korea consents"))
    # then each answer gives the new state, its version, and the event with its legal source
    assert [(each.status_code, each.json()["state"]) for each in (transmitted, acknowledged, consented)] == [
        (200, "transmitted"),
        (200, "acknowledged"),
        (200, "consented"),
    ]
    event = consented.json()["events"][0]
    assert (event["type"], event["law"], event["role"]) == ("ConsentGiven", "Basel Art. 6(2), 6(4)", "import_authority")
    assert consented.headers["etag"] == '"v2"'
    assert consented.json()["facts"]["most_quantity"] == {"amount": "100", "unit": "TNE"}
    # and the case file shows where everything stands
    seen = here.get(place).json()
    assert {each["stream"]: each["state"] for each in seen["streams"]} == {
        "notification": "transmitted",
        "answer/KR": "consented",
    }
    assert [each["kind"] for each in here.get(f"{place}/documents").json()] == [
        "Notification",
        "Notification",
        "Notification",
        "Acknowledgement",
        "ConsentDecision",
    ]


def test_who_shows_no_token_of_this_node_is_asked_who_it_is(door):
    here = door(BEGIN)
    without, wrong = here.get("/notifications", None), here.get("/notifications", "somebody")
    assert [each.status_code for each in (without, wrong)] == [401, 401]
    assert without.headers["www-authenticate"] == "Bearer"
    assert without.json()["type"] == "urn:waste-bpm:problem:not-authenticated"
    assert [each.json()["findings"][0]["rule_id"] for each in (without, wrong)] == ["token-missing", "token-unknown"]


def test_who_does_not_hold_the_role_is_told_who_does(door):
    here = door(EARLY.say)
    refused = here.step(f"/answers/{CASE}.KR/steps/consent", "KE-CA", json=data_of("Korea consents"))
    assert refused.status_code == 403
    finding = refused.json()["findings"][0]
    assert "KE-CA" in finding["message"]
    assert "import authority" in finding["message"]
    assert "KR-CA" in finding["fix"]


def test_a_case_of_others_is_answered_like_one_that_is_not_there(door):
    here = door(EARLY.say)
    strange, nowhere = (
        here.get(f"/notifications/{CASE}", "SECRETARIAT"),
        here.get("/notifications/other", "SECRETARIAT"),
    )
    act = here.post(f"/notifications/{CASE}/steps/close", "SECRETARIAT")
    assert [each.status_code for each in (strange, nowhere, act)] == [404, 404, 404]
    words = [each.json()["detail"].replace(CASE, "X").replace("other", "X") for each in (strange, nowhere)]
    assert words[0] == words[1]
    assert here.get("/notifications", "SECRETARIAT").json() == {"items": [], "next": None}
    assert here.get("/events", "SECRETARIAT").json()["items"] == []


def test_a_refusal_gives_every_reason_with_its_source_and_changes_nothing(door):
    # given Korea's own question is open
    here = door("Korea cannot consent while its own question is open.")
    before, seen = here.events, here.get(f"/answers/{CASE}.KR", "KR-CA").headers["etag"]
    # when it consents, without having confirmed the contract
    entry = next(entry for entry in STORY.steps if entry.say.startswith("Korea cannot consent"))
    refused = here.post(f"/answers/{CASE}.KR/steps/consent", "KR-CA", seen=seen, json=entry.data)
    # then both reasons are given at once
    problem = refused.json()
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert problem["type"] == "urn:waste-bpm:problem:the-step-is-refused"
    assert problem["instance"] == f"/api/v1/answers/{CASE}.KR/steps/consent"
    assert problem["trace_id"]
    assert {each["rule_id"] for each in problem["findings"]} == {"information-answered", "contract-confirmed"}
    assert all(each["law"] and each["fix"] for each in problem["findings"])
    # and nothing has changed
    assert here.events == before
    assert here.get(f"/answers/{CASE}.KR", "KR-CA").headers["etag"] == seen


def test_a_refusal_is_told_in_the_language_that_the_reader_asks_for(door):
    here = door("Korea cannot consent while its own question is open.")
    entry = next(entry for entry in STORY.steps if entry.say.startswith("Korea cannot consent"))
    place, french = f"/answers/{CASE}.KR/steps", {"Accept-Language": "fr"}
    refused = here.step(f"{place}/consent", "KR-CA", json=entry.data, headers=french).json()
    assert {each["lang"] for each in refused["findings"]} == {"fr"}
    assert "n'a pas encore de réponse" in refused["detail"]
    steps = here.get(place, "KR-CA", **french).json()
    assert {each["lang"] for step in steps for each in step["findings"]} == {"fr"}


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(door, draft):
    here = door(BEGIN)
    place = here.post("/notifications", json=draft).headers["location"].removeprefix("/api/v1")
    here.step(f"{place}/steps/draft", "KE-RVB", json=draft | {"intended_shipments": 3})
    stale = here.post(f"{place}/steps/submit", seen='"v1"')
    assert (stale.status_code, stale.json()["findings"][0]["rule_id"]) == (412, "version-stale")
    assert here.get(place).json()["state"] == "draft"


def test_who_does_not_say_what_was_seen_may_only_begin_something(door):
    here = door(EARLY.say)
    begun = here.post(f"/answers/{CASE}.SG/steps/withdraw_consent", "SG-CA", json={"country": "SG"})
    assert (begun.status_code, begun.json()["title"]) == (428, "If-Match is missing")
    fresh = here.post(f"/movements/{CASE}.1/steps/announce", json=EARLY.data)
    assert fresh.status_code == 409  # refused by the law, not for want of a version


def test_an_etag_that_is_not_one_of_ours_is_malformed(door):
    refused = door(EARLY.say).post(f"/notifications/{CASE}/steps/close", "KE-CA", seen="3")
    assert (refused.status_code, refused.json()["findings"][0]["rule_id"]) == (400, "if-match-malformed")


def test_a_change_carries_a_key(door, draft):
    here = door(BEGIN)
    refused = here.post("/notifications", json=draft, key="")
    assert (refused.status_code, refused.json()["title"]) == (400, "Malformed request")
    assert refused.json()["findings"][0]["pointer"] == "/header/Idempotency-Key"
    assert here.events == 0


def test_a_repeated_request_gets_its_first_answer_although_the_case_went_on(door, draft):
    # given a draft that was submitted, and an authority that went on
    here = door(BEGIN, ids=fresh_ids())
    drafted = here.post("/notifications", json=draft, key="draft")
    place = drafted.headers["location"].removeprefix("/api/v1")
    submitted = here.post(f"{place}/steps/submit", seen='"v1"', key="submit")
    here.step(f"{place}/steps/transmit", "KE-CA")
    before = here.events
    # when the notifier repeats both, with and without the version it had seen
    again = [
        here.post("/notifications", json=draft, key="draft"),
        here.post(f"{place}/steps/submit", seen='"v1"', key="submit"),
        here.post(f"{place}/steps/submit", key="submit"),
    ]
    # then each gets the same body, marked as repeated, and nothing is done twice
    assert [each.json() for each in again] == [drafted.json(), submitted.json(), submitted.json()]
    assert [each.status_code for each in again] == [201, 200, 200]
    assert {each.headers["idempotency-replayed"] for each in again} == {"true"}
    assert "idempotency-replayed" not in drafted.headers
    assert again[0].headers["location"] == drafted.headers["location"]
    assert here.events == before


def test_a_key_is_not_used_for_another_request(door, draft):
    here = door(BEGIN, ids=fresh_ids())
    place = here.post("/notifications", json=draft, key="once").headers["location"].removeprefix("/api/v1")
    other = here.post("/notifications", json=draft | {"intended_shipments": 5}, key="once")
    elsewhere = here.post(f"{place}/steps/submit", seen='"v1"', key="once")
    assert [each.status_code for each in (other, elsewhere)] == [409, 409]
    assert other.json()["findings"][0]["rule_id"] == "key-reused"
    assert len(here.get("/notifications").json()["items"]) == 1


def test_keys_of_different_parties_do_not_meet(door, draft):
    here = door(BEGIN)
    place = here.post("/notifications", json=draft, key="1").headers["location"].removeprefix("/api/v1")
    here.post(f"{place}/steps/submit", seen='"v1"', key="2")
    assert here.post(f"{place}/steps/transmit", "KE-CA", seen='"v2"', key="1").status_code == 200


def test_the_steps_say_what_is_allowed_and_why_not(door):
    here = door(EARLY.say)
    steps = {each["step"]: each for each in here.get(f"/answers/{CASE}.KR/steps", "KR-CA").json()}
    assert steps["object"]["allowed"] is True
    assert steps["object"]["takes"] == "ObjectionDecision"
    assert steps["acknowledge"]["findings"][0]["rule_id"] == "step-not-from-here"
    # also for what has not begun
    assert here.get(f"/movements/{CASE}.1/steps").json()[0]["step"] == "plan"
    assert here.get(f"/movements/{CASE}.1").status_code == 404


def test_a_step_that_there_is_not_is_answered_with_those_that_there_are(door):
    here = door(EARLY.say)
    unknown = here.post(f"/notifications/{CASE}/steps/publish")
    assert unknown.status_code == 404
    assert "supply_information" in unknown.json()["findings"][0]["fix"]
    alone = here.step(f"/notifications/{CASE}/steps/reserve", "KE-RVB")
    assert alone.status_code == 403


def test_an_identity_that_is_not_one_is_explained(door):
    refused = door(EARLY.say).get(f"/movements/{CASE}.0")
    assert refused.status_code == 404
    assert "CASE.3" in refused.json()["findings"][0]["fix"]


def test_a_step_without_document_takes_none(door):
    refused = door(EARLY.say).step(f"/notifications/{CASE}/steps/close", "KE-CA", json={"reason": "done"})
    assert (refused.status_code, refused.json()["findings"][0]["rule_id"]) == (422, "document-not-taken")


def test_notifications_are_found_by_number_and_state_page_by_page(door, draft):
    # given three drafts, one of them submitted
    here = door(BEGIN, ids=fresh_ids())
    numbers = ["KE 000427", "KE 000428", "KE 000501"]
    places = [here.post("/notifications", json=draft | {"number": each}).headers["location"] for each in numbers]
    here.step(places[1].removeprefix("/api/v1") + "/steps/submit", "KE-RVB")
    # when they are searched
    found = lambda query: here.get(f"/notifications{query}").json()  # noqa: E731 - read four times below
    assert {each["number"] for each in found("?number=0042")["items"]} == {"KE 000427", "KE 000428"}
    assert [each["number"] for each in found("?state=submitted")["items"]] == ["KE 000428"]
    assert found("?number=%25")["items"] == []
    # then pages follow each other without loss
    first = found("?limit=2")
    second = found(f"?limit=2&cursor={first['next']}")
    assert {each["number"] for each in (*first["items"], *second["items"])} == set(numbers)
    assert second["next"] is None
    assert here.get("/notifications/KE 000501").json()["facts"]["number"] == "KE 000501"


class TestSealedFields:
    """S3 over HTTP: the fields say beforehand what each change is answered."""

    def test_a_changed_sealed_field_is_a_conflict_and_an_unchanged_one_is_taken_without_an_event(self, door):
        here = door("A departure before the announced day is refused.")
        place, before = f"/movements/{CASE}.1", here.events
        waste = here.get(f"/notifications/{CASE}/documents").json()[0]["document"]["waste"]
        changed = {**waste, "basel": {**waste["basel"], "code": "A1010"}}
        refused = here.step(f"{place}/steps/correct", "KR-DBR", json={"waste": changed})
        unchanged = here.step(f"{place}/steps/correct", "KR-DBR", json={"waste": waste})
        (finding,) = refused.json()["findings"]
        assert (refused.status_code, finding["rule_id"], finding["pointer"]) == (409, "field-sealed", "/waste/basel")
        assert (unchanged.status_code, unchanged.json()["events"], here.events) == (200, [], before)
        assert unchanged.headers["etag"] == here.get(place, "KR-DBR").headers["etag"]

    def test_the_notifier_corrects_its_telephone_and_the_second_carrier_its_own_leg(self, door):
        # given a shipment that goes with one carrier after the other
        here = door("A departure before the announced day is refused.")
        place = f"/movements/{CASE}.1"
        here.step(f"{place}/steps/amend", "KE-RVB", json={"carriers": ["KE-ROADCO", "SG-SEACO"]})
        # when the notifier corrects how it is reached before the next signature, and the load leaves
        phone = here.step(f"{place}/steps/correct", "KE-RVB", json={"notifier": {"phone": "+254 20 9999999"}})
        left = data_of("Shipment 1 departs") | {"carrier": "KE-ROADCO"}
        here.world.now = next(entry.at for entry in STORY.steps if entry.say.startswith("Shipment 1 departs"))
        assert here.step(f"{place}/steps/depart", "KE-ROADCO", json=left).status_code == 200
        # then both corrections are taken, each as one event
        leg = CONSIGNMENT.notification["carriers"][1]
        own = here.step(
            f"{place}/steps/correct",
            "SG-SEACO",
            json={"carriers": ["KE-ROADCO", {**leg, "means_of_transport": ["R"]}]},
        )
        for each, by in ((phone, "KE-RVB"), (own, "SG-SEACO")):
            (event,) = each.json()["events"]
            assert (each.status_code, event["type"], event["by"]) == (200, "MovementCorrected", by)

    def test_the_fields_of_a_shipment_say_who_sealed_them_and_what_the_caller_may_change(self, door):
        here = door("A departure before the announced day is refused.")
        rows = {row["pointer"]: row for row in here.get(f"/movements/{CASE}.1/fields", "KE-RVB").json()}
        assert (rows["/waste"]["sealed"]["by"], rows["/waste"]["open_to"]) == ("KE-RVB", None)
        assert (rows["/notifier/phone"]["sealed"], rows["/notifier/phone"]["open_to"]) == (None, "correct")


def test_what_is_pointed_out_comes_with_the_answer_and_again_with_the_repeated_one(door):
    """Another border point than the notified one is recorded, and the officer is told so at once."""
    here = door("Shipment 1 is presented at Mombasa.")
    said = next(entry.data for entry in STORY.steps if entry.say == "Shipment 1 is presented at Mombasa.")
    place = f"/border-checks/{CASE}.1.KE-MOMBASA/steps/present"
    presented = here.post(place, "KE-MOMBASA", json={**said, "place": "KELAU"}, key="arrived")
    again = here.post(place, "KE-MOMBASA", json={**said, "place": "KELAU"}, key="arrived")
    (warning,) = presented.json()["warnings"]
    assert (presented.status_code, warning["rule_id"], warning["severity"]) == (200, "point-notified", "warning")
    assert again.json() == presented.json()
    usual = here.client.get("/api/v1/openapi.json").json()["components"]["schemas"]["Taken"]["required"]
    assert "warnings" in usual
