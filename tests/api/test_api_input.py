"""What is wrong with a request is said where it is wrong, and nothing is written."""

import pytest

from tests.api.conftest import BEGIN


def without_unit(draft):
    draft["intended_quantity"] = {"amount": "100"}


def bare_number(draft):
    draft["intended_quantity"] = 100


def negative(draft):
    draft["intended_quantity"]["amount"] = "-1"


def unknown_code(draft):
    draft["waste"]["basel"]["code"] = "A1161"


def wrong_date(draft):
    draft["first_departure"] = "2026-02-30"


def unknown_field(draft):
    draft["intended_quantitty"] = draft.pop("intended_quantity")


@pytest.mark.parametrize(
    ("spoil", "pointer", "words"),
    [
        (without_unit, "/intended_quantity/unit", "missing"),
        (bare_number, "/intended_quantity", "unit"),
        (negative, "/intended_quantity", "more than zero"),
        (unknown_code, "/waste/basel", "A1160"),
        (wrong_date, "/first_departure", "calendar"),
        (unknown_field, "/intended_quantitty", "Did you mean intended_quantity?"),
    ],
)
def test_a_wrong_document_is_refused_with_the_place_of_each_mistake(door, draft, spoil, pointer, words):
    # given a draft with one mistake
    here = door(BEGIN)
    spoil(draft)
    # when it is sent
    refused = here.post("/notifications", json=draft)
    # then the finding points to it and says how to cure it
    assert refused.status_code == 422
    finding = next(each for each in refused.json()["findings"] if each["pointer"] == pointer)
    assert words in f"{finding['message']} {finding.get('fix', '')}"
    assert here.events == 0


def test_all_mistakes_are_told_at_once(door, draft):
    wrong_date(draft)
    without_unit(draft)
    found = door(BEGIN).post("/notifications", json=draft).json()["findings"]
    assert {each["pointer"] for each in found} == {"/first_departure", "/intended_quantity/unit"}


@pytest.mark.parametrize("body", [b'{"number": ', b"\xff\xfe", b'{"number": NaN}', b"[" * 40 + b"]" * 40])
def test_what_is_no_json_is_malformed(door, body):
    here = door(BEGIN)
    refused = here.post("/notifications", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 400
    assert refused.json()["findings"][0]["rule_id"] in ("json-malformed", "json-too-deep")


def test_a_body_that_is_too_large_is_not_read_to_its_end(door):
    sent = {"content": b" " * (2 * 1024 * 1024 + 1), "headers": {"Content-Type": "application/json"}}
    refused = door(BEGIN).post("/notifications", **sent)
    assert (refused.status_code, refused.json()["title"]) == (413, "Too large")


def test_a_document_is_sent_as_json(door):
    refused = door(BEGIN).post("/notifications", content=b"<Notification/>", headers={"Content-Type": "text/xml"})
    assert refused.status_code == 415
    assert "application/json" in refused.json()["findings"][0]["fix"]


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/notifications?limit=0", "/query/limit"),
        ("/notifications?limit=many", "/query/limit"),
        ("/events?after=-1", "/query/after"),
        ("/law/deadline?rule=transit_answer&start=2026-13-01", "/query/start"),
        ("/law/deadline?start=2026-01-01", "/query/rule"),
        ("/processes/answer?format=docx", "/query/format"),
    ],
)
def test_a_wrong_parameter_is_named(told, path, pointer):
    refused = told.get(path)
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["findings"][0]["pointer"] == pointer


def test_a_quantity_keeps_every_digit(door, draft):
    # given a total with six decimals
    here = door(BEGIN)
    draft["intended_quantity"]["amount"] = "100.123450"
    # when it is sent, it comes back as it was written
    drafted = here.post("/notifications", json=draft)
    assert drafted.json()["facts"]["intended_quantity"] == {"amount": "100.123450", "unit": "TNE"}
    # and a seventh decimal is refused, not rounded
    draft["intended_quantity"]["amount"] = "100.1234567"
    assert here.post("/notifications", json=draft).status_code == 422
