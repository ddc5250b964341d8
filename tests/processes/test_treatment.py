"""Receipt, treatment and the chain of interim operations: A9 of the acceptance cases, mass balance to the gram."""

from dataclasses import replace

import pytest

from tests.processes.command_desk import both_doors
from tests.processes.desk import Desk, words
from waste_bpm.errors import InputInvalid
from waste_bpm.vocabulary import Severity


@pytest.fixture
def arrived(door):
    """A9: shipped on 2026-05-05, at the gate on 2026-05-05."""
    desk = door(quantity="100", today="2026-04-28")
    desk.guaranteed()
    desk.announce(1, "20", ships="2026-05-05")
    desk.on("2026-05-05").depart(1)
    desk.pass_border(1)
    return desk


class TestDates:
    @both_doors
    def test_a_receipt_dated_before_the_shipment_is_refused_by_default(self, arrived):
        asked = arrived.receipt("20", received_on="2026-05-04", order_explained=words("clock of the scales"))
        assert arrived.refused("receipt/1", "receive", asked) == {"receipt-before-shipment"}

    def test_where_the_regime_allows_it_the_reason_is_given_and_recorded(self, arrived):
        rule = arrived.law.rules["receipt_before_shipment"]
        values = (replace(rule.values[-1], value="allow with reason"),)
        rules = {**arrived.law.rules, "receipt_before_shipment": replace(rule, values=values)}
        arrived.law = replace(arrived.law, rules=rules)
        without = arrived.receipt("20", received_on="2026-05-04")
        assert arrived.refused("receipt/1", "receive", without) == {"receipt-before-shipment"}
        explained = {**without, "order_explained": words("clock of the scales")}
        assert (
            arrived.verdict("receipt/1", "receive", explained)["receipt-before-shipment"].severity is Severity.WARNING
        )
        assert arrived.take("receipt/1", "receive", explained)[0].flags == ("receipt-before-shipment",)

    @both_doors
    @pytest.mark.parametrize(("received_on", "rules"), [("2026-05-05", set()), ("2026-05-06", {"receipt-date"})])
    def test_a_receipt_is_dated_on_the_day_of_shipment_or_after_and_not_ahead(self, arrived, received_on, rules):
        assert arrived.refused("receipt/1", "receive", arrived.receipt("20", received_on=received_on)) == rules

    @both_doors
    @pytest.mark.parametrize(
        ("completed_on", "rules"),
        [
            ("2026-05-04", {"was-accepted"}),
            ("2026-05-05", set()),
            ("2026-05-06", set()),
            ("2026-05-07", {"completion-date"}),
        ],
    )
    def test_a_recovery_is_dated_on_the_day_of_receipt_or_after_and_not_ahead(self, arrived, completed_on, rules):
        arrived.receive(1, "20")
        arrived.on("2026-05-06")
        assert arrived.refused("disposal/1", "certify", arrived.certificate("20", completed_on)) == rules

    @both_doors
    def test_a_late_notice_of_receipt_is_recorded_with_a_warning(self, arrived):
        arrived.on("2026-05-09")
        assert arrived.receive(1, "20", received_on="2026-05-05")[0].flags == ("receipt-notice-late",)


def test_late_and_revoked_loads_are_still_received(arrived):
    """What is overdue or was revoked on its way is a flag on the case, never a state that shuts the gate."""
    arrived.case = arrived.revoked("KR", "2026-05-06")
    arrived.on("2026-08-01")
    assert arrived.refused("receipt/1", "receive", arrived.receipt("20", received_on="2026-08-01")) == set()


def test_trap_15_a_consignee_that_is_the_facility_signs_no_receipt_of_its_own():
    desk = Desk("BASEL")
    desk.announce(1)
    desk.depart(1)
    asked = {"received_on": "2026-03-02", "received_quantity": {"amount": "10", "unit": "TNE"}, "place": "Store"}
    assert desk.refused("movement/1", "arrive_at_consignee", asked) == set()
    desk.case = desk.facility_is("KR-TRADE")
    assert desk.refused("movement/1", "arrive_at_consignee", asked) == {"consignee-not-facility"}


def test_a_load_at_the_consignee_is_received_by_the_facility():
    desk = Desk("BASEL")
    desk.announce(1)
    desk.depart(1)
    desk.pass_border(1)
    asked = {"received_on": "2026-03-02", "received_quantity": {"amount": "10", "unit": "TNE"}, "place": "Store"}
    desk.take("movement/1", "arrive_at_consignee", asked)
    assert desk.book.under_way.same_as(desk.book.by_serial[1].declared)
    desk.receive(1, "10")
    assert desk.case.streams["receipt/1"].state == "received"


class TestChain:
    """An interim operation hands 20 t on: 12 t and 8 t to two facilities, one of which hands on again."""

    @pytest.fixture
    def sorted_out(self):
        desk = Desk("BASEL", quantity="100")
        desk.case = desk.with_operations("R12", "R4")
        desk.announce(1, "20", operations=["R12", "R4"])
        desk.depart(1)
        desk.pass_border(1)
        desk.take("receipt/1", "receive", desk.receipt("20", operation="R12"))
        desk.take("disposal/1", "certify_interim", desk.interim("20", ("KR-F2", "12"), ("KR-F3", "8")))
        return desk

    def test_the_shares_make_up_the_whole_to_the_gram(self, sorted_out):
        said = sorted_out.interim("20", ("KR-F2", "12"), ("KR-F3", "7.999999"))
        with pytest.raises(InputInvalid, match="accounted for"):
            sorted_out.command("disposal/1", "certify_interim", said)

    def test_an_interim_operation_gets_no_final_certificate_and_the_reverse(self):
        desk = Desk("BASEL", quantity="100")
        desk.case = desk.with_operations("R12", "R4")
        desk.announce(1, "20", operations=["R12", "R4"])
        desk.depart(1)
        desk.pass_border(1)
        desk.receive(1, "20")
        asked = desk.certificate("20", operation="R12")
        assert desk.refused("disposal/1", "certify", asked) == {"operation-ends-treatment"}
        asked = {**desk.interim("20", ("KR-F2", "20")), "operation": "R4"}
        assert desk.refused("disposal/1", "certify_interim", asked) == {"operation-ends-treatment"}

    def test_each_part_is_followed_to_the_facility_that_finishes_it(self, sorted_out):
        desk = sorted_out
        desk.take("disposal/1", "certify_subsequent", desk.later_certificate("KR-F2", "12"))
        onward = desk.later_certificate("KR-F3", "8", "R12", ("KR-F4", "8"))
        desk.take("disposal/1", "certify_subsequent", onward)
        assert desk.refused("notification", "close") == {"nothing-open"}
        last = desk.later_certificate("KR-F4", "8")
        assert desk.refused("disposal/1", "certify_subsequent", last) == {"last-certificate"}
        desk.take("disposal/1", "certify_final", last)
        assert desk.case.streams["disposal/1"].state == "certified"
        assert desk.book.recovered.amount == 20
        assert desk.refused("notification", "close") == set()

    def test_the_final_certificate_leaves_nothing_open(self, sorted_out):
        asked = sorted_out.later_certificate("KR-F2", "12")
        refused = sorted_out.verdict("disposal/1", "certify_final", asked)
        assert set(refused) == {"parts-open"}
        assert "8 at KR-F3" in refused["parts-open"].message

    @pytest.mark.parametrize(("facility", "amount"), [("KR-F2", "12.000001"), ("KR-F9", "1")])
    def test_a_facility_certifies_what_it_got_and_no_more(self, sorted_out, facility, amount):
        asked = sorted_out.later_certificate(facility, amount)
        assert sorted_out.refused("disposal/1", "certify_subsequent", asked) == {"part-handed-on"}

    def test_a_later_interim_operation_names_what_follows(self, sorted_out):
        asked = sorted_out.later_certificate("KR-F2", "12", "R12")
        assert "later-interim-named" in sorted_out.refused("disposal/1", "certify_subsequent", asked)


def test_what_is_not_accounted_for_is_pointed_out(arrived):
    arrived.receive(1, "20")
    assert arrived.certify(1, "19.5")[0].flags == ("treated-less-than-accepted",)
