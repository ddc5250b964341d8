"""The failed movement: S10 of the acceptance cases, its two futures, its period, and the return under its own documents."""

from dataclasses import replace
from datetime import date

import pytest

from tests.processes.command_desk import both_doors
from tests.processes.desk import Desk, mass, t, words
from waste_bpm.errors import InputInvalid
from waste_bpm.law.rules import regime
from waste_bpm.processes.clocks import open_clocks
from waste_bpm.vocabulary import Role


@pytest.fixture
def desk(door):
    """S10: the facility accepts 14 t of 20 t and rejects 6 t as mixed waste."""
    made = door("BASEL", quantity="100", today="2026-03-02")
    made.announce(1, "20")
    made.depart(1)
    made.pass_border(1)
    made.receive_in_part(1, "14", "6")
    return made


def request(quantity="6", informed_on="2026-03-02"):
    return {
        "informed_on": informed_on,
        "quantity": mass(quantity),
        "location": "Bay 2",
        "reason": words("mixed waste"),
    }


def answer(kind="return", quantity="6", **said):
    return {"answer": kind, "answered_on": "2026-03-03", "quantity": mass(quantity), "holder": "GB-NTF", **said}


ALTERNATIVE = {"facility": "Other works, Ulsan", "operation": "R4"}


def documents(quantity="6", number="R-1", original=1):
    return {
        "number": number,
        "original": original,
        "quantity": mass(quantity),
        "shipment_date": "2026-03-10",
        "waste_code": {"code": "A1160", "list": "BASEL-VIII"},
        "designation": words("nickel-cadmium batteries"),
        "packages": 4,
        "carriers": ["SG-SEACO"],
        "location": "Bay 2",
        "receiver": "GB-NTF",
        "declaration": {"name": "A. Smith", "function": "Manager", "signed_on": "2026-03-09"},
    }


def set_out(desk, key="1", **said):
    """The return, from the request to its departure."""
    desk.take(f"return_case/{key}", "inform", request(said.get("quantity", "6")))
    desk.take(f"take_back/{key}", "order_return", answer(quantity=said.get("quantity", "6")))
    desk.take(f"return_movement/{key}", "announce", documents(**said))
    desk.on("2026-03-10").take(f"return_movement/{key}", "depart", desk.departure())


def come_back(desk, key="1", quantity="6", **said):
    back = {"returned_on": "2026-04-01", "returned_quantity": mass(quantity), **said}
    desk.on("2026-04-01").take(f"return_movement/{key}", "receive", back)


def finished(desk, key="1", quantity="6"):
    desk.take(f"take_back/{key}", "certify", desk.certificate(quantity), by="GB-NTF")
    desk.take(f"take_back/{key}", "close", {"closed_on": "2026-04-02", "outcome": words("treated at home")})


class TestFailedOnTheWay:
    """Basel Art. 8: a movement that cannot be completed fails once, as the shipment that it is."""

    @pytest.fixture
    def under_way(self):
        made = Desk("BASEL", quantity="100", today="2026-03-02")
        made.announce(1, "20")
        made.depart(1)
        return made

    def failed(self, quantity):
        return {"failed_quantity": mass(quantity), "location": "Port of Busan", "reason": words("facility burnt down")}

    def test_no_more_fails_than_is_on_its_way(self, under_way):
        assert under_way.refused("return_case/1", "declare_failed", self.failed("20.000001")) == {"movement-failed"}
        assert under_way.refused("return_case/1", "declare_failed", self.failed("20")) == set()

    def test_a_part_is_split_off_and_never_declared_failed_by_itself(self, under_way):
        """Given 20 t that failed, when a part is declared to have failed too, then nothing fails a second time."""
        part = self.failed("20")
        assert under_way.refused("return_case/1/2", "declare_failed", part) == {"movement-failed"}
        under_way.take("return_case/1", "declare_failed", part)
        assert under_way.refused("return_case/1/2", "declare_failed", part) == {"movement-failed"}
        other = {"quantity": mass("5"), "location": "Port of Busan", "reason": words("leaking")}
        assert under_way.refused("return_case/1/2", "split", other) == set()


class TestRejectedAtTheGate:
    def test_the_parts_make_up_the_load_to_the_gram(self, desk):
        said = desk.rejection("14", "6") | {"rejected_quantity": mass("5.999999")}
        with pytest.raises(InputInvalid, match="accounted for"):
            desk.command("receipt/2", "receive_in_part", said)

    @both_doors
    def test_the_duty_is_named_with_its_holder_and_its_ninety_days(self, desk):
        desk.take("return_case/1", "inform", request())
        (clock,) = [clock for _, clock in open_clocks(desk.case) if clock.rule == "take_back_failed"]
        assert (clock.start, clock.due, clock.owed_by) == (
            date(2026, 3, 2),
            date(2026, 5, 31),
            Role.EXPORT_AUTHORITY,
        )
        refused = desk.refused("take_back/1", "order_return", answer(holder="KR-FAC"))
        assert refused == {"take-back-holder"}
        desk.take("take_back/1", "order_return", answer())
        assert desk.case.streams["take_back/1"].holder == "GB-NTF"

    @both_doors
    def test_what_was_rejected_is_what_goes_back(self, desk):
        assert desk.refused("return_case/1", "inform", request("5.999999")) == {"take-back-quantity"}
        desk.take("return_case/1", "inform", request())
        assert desk.refused("take_back/1", "order_return", answer(quantity="5")) == {"take-back-whole"}

    def test_trap_27_the_return_travels_under_its_own_documents_and_needs_no_consent(self, desk):
        desk.case = desk.revoked("KR", "2026-03-01")
        desk.take("return_case/1", "inform", request())
        desk.take("take_back/1", "order_return", answer())
        assert desk.refused("return_movement/1", "announce", documents(original=2)) == {"return-names-original"}
        desk.take("return_movement/1", "announce", documents())
        desk.on("2026-03-10")
        assert desk.refused("return_movement/1", "depart", desk.departure()) == set()

    @both_doors
    def test_original_and_return_name_each_other(self, desk):
        set_out(desk)
        streams = desk.case.streams
        assert streams["return_movement/1"].original == 1
        assert streams["take_back/1"].number == streams["return_movement/1"].number == "R-1"

    @both_doors
    def test_the_ledger_gives_back_what_is_back_and_not_before(self, desk):
        assert (desk.book.rejected, desk.book.uncommitted) == (t(6), t(80))
        set_out(desk)
        assert desk.book.uncommitted == t(80)
        come_back(desk)
        assert (desk.book.rejected, desk.book.returned, desk.book.uncommitted) == (t(0), t(6), t(86))

    def test_trap_9_what_is_back_counts_again_only_where_the_regime_gives_it_back(self, desk):
        set_out(desk)
        come_back(desk)
        rule = regime("BASEL").rules["return_recredits"]
        strict = replace(rule, values=(replace(rule.values[-1], value=False),))
        asked = desk.movement(2, "80.000001")
        assert desk.refused("movement/2", "announce", asked) == set()
        desk.law = replace(desk.law, rules={**desk.law.rules, "return_recredits": strict})
        assert desk.refused("movement/2", "announce", asked) == {"consent-balance"}

    @both_doors
    def test_the_final_certificate_is_for_the_accepted_mass_alone(self, desk):
        assert desk.refused("disposal/1", "certify", desk.certificate("14.000001")) == {"was-accepted"}
        assert desk.refused("disposal/1", "certify", desk.certificate("14")) == set()

    @both_doors
    def test_the_file_closes_when_the_return_is_treated_and_the_rest_is_certified(self, desk):
        desk.certify(1, "14")
        set_out(desk)
        come_back(desk)
        assert desk.refused("notification", "close") == {"nothing-open"}
        finished(desk)
        assert desk.refused("notification", "close") == set()

    @both_doors
    def test_the_clock_stops_when_the_waste_is_back(self, desk):
        set_out(desk)
        assert [clock.rule for _, clock in open_clocks(desk.case)] == ["take_back_failed"]
        come_back(desk)
        assert open_clocks(desk.case) == []

    @both_doors
    def test_a_difference_on_the_way_back_is_explained(self, desk):
        set_out(desk)
        back = {"returned_on": "2026-03-10", "returned_quantity": mass("5.98")}
        assert desk.refused("return_movement/1", "receive", back) == {"return-balances"}
        explained = {**back, "difference": words("two cells broken, packed apart")}
        assert desk.refused("return_movement/1", "receive", explained) == set()

    @both_doors
    def test_a_return_that_is_called_off_is_ordered_still(self, desk):
        desk.take("return_case/1", "inform", request())
        desk.take("take_back/1", "order_return", answer())
        desk.take("return_movement/1", "announce", documents())
        desk.take("return_movement/1", "cancel", {"reason": words("no ship")})
        assert desk.case.streams["take_back/1"].state == "return_ordered"
        desk.take("return_movement/1", "announce", documents(number="R-2"))
        assert desk.case.streams["take_back/1"].number == "R-2"


class TestAlternative:
    def test_an_alternative_names_where_and_how(self, desk):
        with pytest.raises(InputInvalid, match="nothing says where or how"):
            desk.command("take_back/1", "propose_alternative", answer("alternative"))

    @both_doors
    def test_it_holds_when_the_state_of_import_agrees_and_stops_the_clock(self, desk):
        agreed = {"agreed_on": "2026-03-05"}
        desk.take("return_case/1", "inform", request())
        assert desk.refused("return_case/1", "agree_alternative", agreed) == {"alternative-proposed"}
        desk.take("take_back/1", "propose_alternative", answer("alternative", **ALTERNATIVE))
        assert desk.refused("take_back/1", "confirm_alternative", agreed) == {"alternative-agreed"}
        desk.take("return_case/1", "agree_alternative", agreed)
        desk.take("take_back/1", "confirm_alternative", agreed)
        assert open_clocks(desk.case) == []
        assert desk.refused("take_back/1", "certify", desk.certificate("6.000001"), by="GB-CA") == {"treated-as-owed"}
        finished(desk)
        assert desk.case.streams["take_back/1"].state == "closed"
        assert desk.book.uncommitted == t(80), "what was disposed of elsewhere has not come back"

    def test_without_agreement_the_waste_is_returned(self, desk):
        desk.take("return_case/1", "inform", request())
        desk.take("take_back/1", "propose_alternative", answer("alternative", **ALTERNATIVE))
        assert desk.refused("take_back/1", "order_return", answer()) == set()

    def test_another_period_holds_where_both_states_agree_on_it(self, desk):
        desk.take("return_case/1", "inform", request())
        agreed = {"until": "2026-08-31", "agreed_on": "2026-05-01", "agreed_with": ["KR"], "record": "Note 7"}
        assert desk.refused("return_case/1", "extend", agreed) == {"period-agreed"}
        desk.take("return_case/1", "extend", {**agreed, "agreed_with": ["KR", "GB"]})
        (clock,) = [clock for _, clock in open_clocks(desk.case)]
        assert (clock.rule, clock.due) == ("take_back_failed", date(2026, 8, 31))
        assert "agreed" in clock.reference

    @pytest.mark.parametrize(("recorded", "found"), [("2026-08-31", set()), ("2026-09-01", {"period-agreed"})])
    def test_a_period_that_is_over_is_agreed_on_no_more(self, desk, recorded, found):
        """Given a request of 2 March, when a period to 31 August is recorded, then it has not ended before that day."""
        desk.take("return_case/1", "inform", request())
        agreed = {"until": "2026-08-31", "agreed_on": recorded, "agreed_with": ["KR", "GB"], "record": "Note 7"}
        assert desk.on(recorded).refused("return_case/1", "extend", agreed) == found


PART = {"quantity": mass("2"), "location": "Bay 3", "reason": words("clinical waste")}


@both_doors
class TestTwoFutures:
    """One rejected load, two legal futures: a part goes back, a part is dealt with as illegal traffic."""

    def test_trap_12_a_part_has_a_case_of_its_own_and_the_rest_goes_back(self, desk):
        desk.take("return_case/1/2", "split", PART)
        assert desk.refused("return_case/1", "inform", request("6")) == {"take-back-quantity"}
        referred = {"referred_on": "2026-03-03", "procedure": "Art. 9(1)(d), file 12", "reason": words("not notified")}
        desk.take("return_case/1/2", "refer", referred)
        set_out(desk, "1", quantity="4")
        come_back(desk, "1", "4")
        finished(desk, "1", "4")
        desk.certify(1, "14")
        assert (desk.book.rejected, desk.book.returned, desk.book.uncommitted) == (t(2), t(4), t(84))
        assert desk.refused("notification", "close") == set()

    def test_both_parts_may_go_back_by_ways_of_their_own(self, desk):
        desk.take("return_case/1/2", "split", PART)
        set_out(desk, "1", quantity="4")
        desk.on("2026-03-03")
        set_out(desk, "1/2", quantity="2", number="R-2")
        come_back(desk, "1", "4")
        come_back(desk, "1/2", "2")
        assert (desk.book.rejected, desk.book.returned) == (t(0), t(6))

    def test_a_part_is_less_than_the_whole_and_named_before_the_answer(self, desk):
        assert desk.refused("return_case/1/2", "split", {**PART, "quantity": mass("6")}) == {"return-part"}
        desk.take("return_case/1", "inform", request())
        desk.take("take_back/1", "order_return", answer())
        assert desk.refused("return_case/1/2", "split", PART) == {"return-part"}

    def test_a_load_rejected_whole_is_not_a_cancelled_one(self, door):
        desk = door("BASEL", quantity="100")
        desk.announce(1, "20")
        desk.depart(1)
        desk.pass_border(1)
        said = desk.rejection("0", "20")
        desk.take("receipt/1", "reject", said)
        assert desk.case.streams["return_case/1"].state == "open"
        assert (desk.book.received, desk.book.rejected, desk.book.uncommitted) == (t(0), t(20), t(80))
        assert "step-not-from-here" in desk.refused("movement/1", "cancel", {"reason": words("x")})


class TestFailureOnTheWay:
    def test_what_is_on_its_way_may_fail_without_a_rejection(self):
        desk = Desk("BASEL", quantity="100")
        desk.announce(1, "20")
        failed = {"failed_quantity": mass("20"), "location": "Port", "reason": words("works burnt down")}
        assert desk.refused("return_case/1", "declare_failed", failed) == {"movement-failed"}
        desk.depart(1)
        too_much = {**failed, "failed_quantity": mass("20.000001")}
        assert desk.refused("return_case/1", "declare_failed", too_much) == {"movement-failed"}
        desk.take("return_case/1", "declare_failed", failed)
        set_out(desk, "1", quantity="20")
        come_back(desk, "1", "20")
        assert desk.book.uncommitted == t(100)

    def test_a_rejection_opens_its_case_by_itself(self, desk):
        failed = {"failed_quantity": mass("6"), "location": "Bay", "reason": words("x")}
        assert "movement-failed" in desk.refused("return_case/1", "declare_failed", failed)
