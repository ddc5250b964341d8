"""What is to be seen on a shipment whatever its state: it shuts no gate."""

from datetime import date

import pytest

from tests.processes.desk import Desk, words
from waste_bpm.processes.overlays import overlays


@pytest.fixture
def desk():
    made = Desk("BASEL", today="2026-03-02")
    made.announce(1)
    made.depart(1)
    return made


def seen(desk):
    return {each.name: each for each in overlays(desk.case, desk.now)}


def test_nothing_is_to_be_seen_on_a_load_in_time(desk):
    assert seen(desk) == {}


def test_a_receipt_that_is_missing_after_its_watch_is_to_be_seen_until_it_is_there(desk):
    assert seen(desk.on("2026-04-13")) == {}
    late = seen(desk.on("2026-04-14"))["receipt overdue"]
    assert (late.serial, late.since) == (1, date(2026, 4, 13))
    desk.pass_border(1)
    desk.receive(1, "10")
    assert seen(desk) == {}


def test_a_load_under_way_whose_consent_is_withdrawn_is_to_be_seen_and_received(desk):
    desk.case = desk.revoked("KR", "2026-03-05")
    assert seen(desk.on("2026-03-04")) == {}
    assert "KR is withdrawn" in seen(desk.on("2026-03-05"))["without consent"].says
    desk.on("2027-02-01")
    assert seen(desk)["without consent"].since in (date(2026, 3, 5), date(2026, 12, 31))


def test_a_held_load_is_to_be_seen_with_its_office(desk):
    desk.present(1)
    desk.take("border_check/1/KR-PORT", "hold", desk.result("KR-PORT", "entry", "held", reasons=words("seals broken")))
    assert seen(desk)["held"].says == "held by KR-PORT"


def test_a_return_that_is_late_is_to_be_seen(desk):
    desk.pass_border(1)
    desk.take("receipt/1", "receive_in_part", {**desk.rejection("4", "6")})
    said = {"informed_on": "2026-03-02", "quantity": {"amount": "6", "unit": "TNE"}}
    desk.take("return_case/1", "inform", {**said, "location": "Bay 2", "reason": words("mixed")})
    assert seen(desk.on("2026-06-01"))["return overdue"].since == date(2026, 5, 31)
