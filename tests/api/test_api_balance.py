"""The balance of a consent through the door: S4's answer to the office that comes second, and the ledger that explains."""

from tests.api.conftest import CASE, STORY

FOURTH = next(each for each in STORY.steps if (each.on, each.step) == ("movement/4", "announce"))


def asked(amount):
    return {**FOURTH.data, "quantity": {"amount": amount, "unit": "TNE"}}


def test_who_asks_for_more_than_is_left_hears_how_much_that_is(door):
    here = door(FOURTH.say)
    refused = here.step(f"/movements/{CASE}.4/steps/announce", "KE-RVB", json=asked("25.200001"))
    assert refused.status_code == 409
    (finding,) = refused.json()["findings"]
    assert (finding["rule_id"], finding["pointer"]) == ("consent-balance", "/quantity")
    assert "25.2 t are left" in finding["message"]
    assert here.step(f"/movements/{CASE}.4/steps/announce", "KE-RVB", json=asked("25.2")).status_code == 200


def test_the_ledger_tells_every_figure_and_why(door):
    book = door(FOURTH.say).get(f"/notifications/{CASE}/ledger").json()
    figures = (
        "consented",
        "left",
        "reserved",
        "under_way",
        "received",
        "rejected",
        "recovered",
        "returned",
        "remaining",
    )
    assert {name: book[name]["amount"] for name in figures} == {
        "consented": "100",
        "left": "25.2",
        "reserved": "0",
        "under_way": "0",
        "received": "68.8",
        "rejected": "6",
        "recovered": "68.8",
        "returned": "0",
        "remaining": "31.2",
    }
    assert book["why"][-1] == "25.2 t are left."
    assert book["shipments"][2]["why"] == "Shipment 3 takes 25.0 t: 25.0 t received (25.0 t declared)."
