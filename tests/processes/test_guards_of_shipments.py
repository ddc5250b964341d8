"""Each rule that no story of a shipment, a control or a return makes fire is asked here, with the article it cites."""

import pytest

from tests.processes.desk import Desk, mass, papers, words
from tests.processes.test_return_case import ALTERNATIVE, answer, documents, request, set_out
from waste_bpm.vocabulary import Severity

CHECK = "border_check/1/KR-PORT"


def arrival(desk, office="KR-PORT"):
    return {"office": office, "point": "entry", "place": "KRPUS", "arrived_at": desk.now.isoformat()}


class TestDeparture:
    """Annex V B 6: the load leaves on the day that it was announced for, or after it."""

    @pytest.fixture
    def announced(self):
        desk = Desk("BASEL")
        desk.announce(1, ships="2026-03-04")
        return desk

    def test_a_load_does_not_leave_before_the_day_it_was_announced_for(self, announced):
        assert announced.on("2026-03-03").refused("movement/1", "depart", announced.departure()) == {"departure-date"}
        assert announced.on("2026-03-04").refused("movement/1", "depart", announced.departure()) == set()

    def test_a_departure_is_not_dated_ahead(self, announced):
        ahead = announced.on("2026-03-05").departure()
        assert announced.on("2026-03-04").refused("movement/1", "depart", ahead) == {"departure-date"}


class TestControl:
    """Basel Art. 4(7)(c): a movement document goes with the waste; each office records its own check."""

    def test_a_load_that_nobody_announced_is_not_taken_for_one_that_was(self):
        desk = Desk("BASEL")
        assert desk.refused(CHECK, "present", arrival(desk)) == {"movement-announced"}

    def test_a_load_whose_shipment_was_cancelled_is_not_let_pass_as_announced(self):
        desk = Desk("BASEL")
        desk.announce(1)
        desk.take("movement/1", "cancel", {"reason": words("no lorry")})
        assert desk.refused(CHECK, "present", arrival(desk)) == {"movement-announced"}

    @pytest.fixture
    def verified(self):
        desk = Desk("BASEL")
        desk.announce(1)
        desk.depart(1)
        desk.present(1)
        desk.take(CHECK, "verify_documents", papers())
        return desk

    def test_an_office_writes_no_result_for_another(self, verified):
        others = verified.result("SG-PORT", "entry", "released")
        assert verified.refused(CHECK, "release", others) == {"own-office"}

    @pytest.mark.parametrize(("step", "said"), [("release", "held"), ("hold", "released"), ("seize", "refused")])
    def test_the_document_says_the_result_that_the_step_means(self, verified, step, said):
        result = verified.result("KR-PORT", "entry", said, reasons=words("seen"))
        assert verified.refused(CHECK, step, result) == {"result-fits-step"}

    def test_the_entry_is_confirmed_where_the_load_came_in(self):
        """Annex V B 7: an office that looked at it on its way through confirms no entry into the State of import."""
        desk = Desk("BASEL")
        desk.announce(1)
        desk.depart(1)
        desk.pass_border(1, "KR-PORT", "transit_in")
        entered = {"office": "KR-PORT", "place": "KRPUS", "entered_on": "2026-03-02"}
        assert desk.refused(CHECK, "confirm_entry", entered) == {"point-fits-step"}


class TestReceiptAndTreatment:
    """Basel Art. 6(9): what is received was on its way; what is done to it was notified (Annex V A 18)."""

    @pytest.fixture
    def released(self):
        desk = Desk("GB", today="2026-05-05")
        desk.guaranteed()
        desk.announce(1)
        desk.depart(1)
        desk.pass_border(1)
        return desk

    def test_a_load_that_never_left_is_not_received(self):
        desk = Desk("BASEL")
        desk.announce(1)
        assert "shipment-departed" in desk.refused("receipt/1", "receive", desk.receipt("10"))

    def test_a_load_is_received_for_the_operation_that_was_notified(self, released):
        other = released.receipt("10", operation="R3")
        assert released.refused("receipt/1", "receive", other) == {"operation-notified"}

    def test_a_certificate_is_for_the_operation_that_was_notified(self, released):
        released.receive(1, "10")
        other = released.certificate("10", operation="R3")
        assert released.refused("disposal/1", "certify", other) == {"operation-notified"}

    def test_a_certificate_that_is_given_late_counts_and_its_delay_is_on_record(self, released):
        """Regulation (EC) No 1013/2006 as retained: thirty days from the completion on 5 May end on 4 June."""
        released.receive(1, "10")
        said = released.certificate("10")
        assert released.on("2026-06-04").verdict("disposal/1", "certify", said) == {}
        late = released.on("2026-06-05").verdict("disposal/1", "certify", said)["certificate-late"]
        assert (late.severity, "2026-06-04" in late.message) == (Severity.WARNING, True)
        assert released.take("disposal/1", "certify", said)[0].flags == ("certificate-late",)


class TestGuarantee:
    def test_an_approval_names_how_many_loads_may_be_under_way(self):
        """Basel Art. 6(11); practice of Great Britain: without the number no shipment could be judged by it."""
        desk = Desk("GB", today="2026-06-01")
        desk.take("guarantee/1", "apply", {"received_on": "2026-06-01", "provider": "Bank", "kind": "bond"})
        desk.take("guarantee/1", "complete", {"completed_on": "2026-06-01"})
        without = {name: said for name, said in desk.approval().items() if name != "active_loads"}
        assert desk.refused("guarantee/1", "approve", without) == {"guarantee-names-loads"}
        assert desk.refused("guarantee/1", "approve", desk.approval(loads=1)) == set()


class TestReturn:
    """Basel Art. 8: the State of export answers when it was informed, for the one who has the duty."""

    @pytest.fixture
    def rejected(self):
        desk = Desk("BASEL", quantity="100", today="2026-03-02")
        desk.announce(1, "20")
        desk.depart(1)
        desk.pass_border(1)
        desk.receive_in_part(1, "14", "6")
        return desk

    @pytest.fixture
    def ordered(self, rejected):
        rejected.take("return_case/1", "inform", request())
        rejected.take("take_back/1", "order_return", answer())
        return rejected

    def test_nothing_is_ordered_before_the_state_of_import_has_asked(self, rejected):
        assert rejected.refused("take_back/1", "order_return", answer()) == {"take-back-asked"}

    def test_the_answer_says_what_the_step_means(self, rejected):
        rejected.take("return_case/1", "inform", request())
        other = answer("alternative", **ALTERNATIVE)
        assert rejected.refused("take_back/1", "order_return", other) == {"answer-fits-step"}
        assert rejected.refused("take_back/1", "propose_alternative", answer()) == {"answer-fits-step"}

    def test_trap_28_the_duty_falls_on_the_exporter_or_its_state_and_on_nobody_further_down(self, rejected):
        rejected.take("return_case/1", "inform", request())
        for holder, found in (
            ("GB-NTF", set()),
            ("GB-CA", set()),
            ("SG-SEACO", {"take-back-holder"}),
            ("KR-TRADE", {"take-back-holder"}),
        ):
            assert rejected.refused("take_back/1", "order_return", answer(holder=holder)) == found

    def test_what_goes_back_is_received_by_the_holder_of_the_duty(self, ordered):
        elsewhere = documents() | {"receiver": "GB-CA"}
        assert ordered.refused("return_movement/1", "announce", elsewhere) == {"return-receiver"}

    def test_the_number_of_a_return_is_used_once(self, rejected):
        """Annex V B 5."""
        part = {"quantity": mass("2"), "location": "Bay 3", "reason": words("other waste")}
        rejected.take("return_case/1/2", "split", part)
        for key, quantity in (("1", "4"), ("1/2", "2")):
            rejected.take(f"return_case/{key}", "inform", request(quantity))
            rejected.take(f"take_back/{key}", "order_return", answer(quantity=quantity))
        rejected.take("return_movement/1", "announce", documents("4", number="R-1"))
        again = documents("2", number="R-1")
        assert rejected.refused("return_movement/1/2", "announce", again) == {"return-number-free"}

    @pytest.mark.parametrize("returned_on", ["2026-03-09", "2026-04-02"])
    def test_waste_is_back_after_it_set_out_and_not_in_the_future(self, rejected, returned_on):
        set_out(rejected)
        back = {"returned_on": returned_on, "returned_quantity": mass("6")}
        assert rejected.on("2026-04-01").refused("return_movement/1", "receive", back) == {"return-date"}
