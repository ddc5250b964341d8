"""What is left and why: A4, A6 and S4 of the acceptance cases, and the traps of numbers and quantities."""

import threading
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.casefile import CaseFile
from tests.processes.command_desk import both_doors
from tests.processes.desk import Desk, changed, t
from tests.processes.node_desk import NodeDesk
from waste_bpm.casework.views import ledger_of
from waste_bpm.errors import Refused
from waste_bpm.processes.balance import next_number
from waste_bpm.processes.border_check import BORDER_CHECK
from waste_bpm.processes.ledger import ledger
from waste_bpm.vocabulary import Quantity, Severity, Unit


@pytest.fixture
def desk(door):
    made = door(quantity="100", shipments=4)
    made.guaranteed()
    return made


@both_doors
class TestNumbers:
    """A4."""

    @pytest.mark.parametrize(("used", "free"), [((1, 2, 4), 3), ((1, 2, 3), 4), ((), 1)])
    def test_the_next_number_is_the_lowest_that_no_shipment_had(self, desk, used, free):
        for serial in used:
            desk.announce(serial)
        assert next_number(desk.case) == free

    def test_under_the_practice_of_great_britain_a_cancelled_shipment_keeps_its_place(self, desk):
        for serial in (1, 2, 3, 4):
            desk.announce(serial)
        desk.take("movement/2", "cancel", {"reason": [{"text": "no lorry"}]})
        assert "shipments-left" in desk.refused("movement/5", "announce", desk.movement(5))

    @pytest.mark.parametrize("step", ["announce", "plan", "capture"])
    def test_a_number_beyond_the_total_is_refused_whoever_types_it(self, desk, step):
        assert desk.refused("movement/7", step, desk.movement(7)) == {"serial-within-total"}

    @pytest.mark.parametrize("step", ["announce", "capture"])
    def test_the_number_of_a_cancelled_shipment_is_never_used_again(self, desk, step):
        desk.announce(1)
        desk.take("movement/1", "cancel", {"reason": [{"text": "no lorry"}]})
        assert "serial-free" in desk.refused("movement/1", step, desk.movement(1))


def test_trap_11_a_cancelled_shipment_frees_its_place_but_never_its_number():
    """Under the law of the European Union; practice of Great Britain counts it all the same."""
    desk = Desk("EU", quantity="100", shipments=4, today="2026-06-01")
    desk.guaranteed()
    for serial in (1, 2, 3, 4):
        desk.announce(serial, ships="2026-06-03")
    assert desk.refused("movement/5", "announce", desk.movement(5, ships="2026-06-03")) >= {"shipments-left"}
    desk.take("movement/2", "cancel", {"reason": [{"text": "no lorry"}]})
    assert desk.refused("movement/5", "announce", desk.movement(5, ships="2026-06-03")) == set()
    assert "serial-free" in desk.refused("movement/2", "announce", desk.movement(2, ships="2026-06-03"))
    assert "serial-within-total" in desk.refused("movement/6", "announce", desk.movement(6, ships="2026-06-03"))
    desk.announce(5, ships="2026-06-03")
    assert "shipments-left" in desk.refused("movement/6", "announce", desk.movement(6, ships="2026-06-03"))


class TestQuantities:
    """A6: 100 t intended; 60 000 kg received, and 25 t received and certified."""

    @pytest.fixture
    def received(self, door):
        desk = door(quantity="100")
        desk.guaranteed()
        desk.announce(1, "60000", unit="KGM")
        desk.depart(1)
        desk.pass_border(1)
        desk.receive(1, "60000", "KGM")
        desk.move(2, "25")
        desk.certify(2, "25")
        return desk

    @both_doors
    def test_kilograms_and_tonnes_add_up(self, received):
        book = received.book
        assert (book.received, book.remaining, book.uncommitted, book.recovered) == (t(85), t(15), t(15), t(25))

    @both_doors
    def test_the_last_gram_fits_and_one_more_does_not(self, received):
        assert received.refused("movement/3", "announce", received.movement(3, "15")) == set()
        over = received.verdict("movement/3", "announce", received.movement(3, "15.0001"))
        assert over["consent-balance"].severity is Severity.ERROR
        assert "15" in over["consent-balance"].message

    @both_doors
    def test_what_came_in_heavier_than_announced_leaves_less_than_nothing_and_the_ledger_says_why(self, door):
        desk = door(quantity="100")
        desk.guaranteed()
        for serial in (1, 2, 3, 4):
            desk.announce(serial, "10")
        for serial in (1, 2):
            desk.depart(serial)
            desk.pass_border(serial)
        desk.receive(1, "60000", "KGM")
        desk.receive(2, "25")
        desk.certify(2, "25")
        book = desk.book
        assert (book.received, book.remaining, book.uncommitted) == (t(85), t(15), t(-5))
        assert desk.told[-2].flags == ("receipt-tolerance", "consent-exceeded")
        refused = desk.verdict("movement/5", "announce", desk.movement(5, "1"))["consent-balance"]
        assert "-5" in refused.message
        assert "Shipment 1 takes 60000 kg: 60000 kg received (10 t declared)." in refused.message
        assert book.why[-1] == "-5 t are left."

    @both_doors
    def test_of_a_partial_rejection_the_accepted_part_is_received(self, door):
        desk = door(quantity="100")
        desk.guaranteed()
        desk.announce(1, "20")
        desk.depart(1)
        desk.pass_border(1)
        desk.receive_in_part(1, "5", "15")
        assert (desk.book.received, desk.book.rejected, desk.book.uncommitted) == (t(5), t(15), t(80))

    @both_doors
    def test_the_ledger_tells_where_everything_is(self, desk):
        desk.announce(1, "10")
        desk.announce(2, "20")
        desk.depart(2)
        desk.take("movement/3", "plan", desk.movement(3, "30"))
        book = desk.book
        assert (book.reserved, book.under_way, book.uncommitted) == (t(10), t(20), t(70))
        assert "Shipment 3 is planned and takes nothing." in book.why

    def test_a_cap_of_any_consent_holds_and_is_named(self, desk):
        desk.case = desk.case.with_stream("answer/KR", replace(desk.case.streams["answer/KR"], most_quantity=t(60)))
        assert desk.book.consented == t(60)
        assert desk.book.why[0] == "60 t may be moved: a condition of the consent of KR."

    def test_a_report_in_another_dimension_counts_for_nothing_and_breaks_nothing(self, desk):
        desk.announce(1, "10")
        litres = Quantity(Decimal(9), Unit.CUBIC_METRE)
        desk.case = desk.case.with_stream("movement/1", replace(desk.case.streams["movement/1"], quantity=litres))
        assert desk.book.uncommitted == t(100)


def test_the_kept_ledger_is_the_one_that_is_counted_anew(desk):
    """The case remembers its ledger; whatever happened, it is the ledger of the streams."""
    for serial in (1, 2, 3):
        desk.announce(serial, "10")
        assert ledger(desk.case) == ledger(replace(desk.case, memory={}))
    desk.depart(1)
    desk.pass_border(1)
    desk.receive_in_part(1, "4", "6")
    desk.take("movement/2", "cancel", {"reason": [{"text": "no lorry"}]})
    assert ledger(desk.case) == ledger(replace(desk.case, memory={}))


def test_the_kept_ledger_remembers_a_check_that_came_before_its_shipment():
    """Given a load weighed at the border before its movement document is here, when that comes, its weight counts."""
    desk = Desk("BASEL", quantity="100")
    desk.guaranteed()
    desk.announce(1, "10")
    desk.depart(1)
    ledger(desk.case)
    early = desk.case.with_stream("border_check/2/KE-MBA", BORDER_CHECK.instance(measured_quantity=t(12)))
    assert ledger(early) == ledger(replace(early, memory={}))
    late = early.with_stream("movement/2", replace(early.streams["movement/1"]))
    assert ledger(late) == ledger(replace(late, memory={}))
    assert ledger(late).by_serial[2].measured == t(12)


def test_the_kept_ledger_follows_a_change_of_the_notification_that_a_cap_hides():
    """Given 100 t capped at 90 t, when 120 t are notified, then 90 t are left, of 120 t."""
    desk = Desk("BASEL", quantity="100")
    desk.case = changed(desk.case, "answer/KR", most_quantity=t(90))
    assert ledger(desk.case).left == t(90)
    desk.case = changed(desk.case, "notification", intended_quantity=t(120))
    assert ledger(desk.case) == ledger(replace(desk.case, memory={}))
    assert (ledger(desk.case).left, ledger(desk.case).notified[0]) == (t(90), t(120))


class TestTolerance:
    """A8: 20 t announced."""

    @both_doors
    @pytest.mark.parametrize(
        ("received", "unit", "verdict"),
        [
            ("10", "TNE", None),
            ("9.9999", "TNE", "below"),
            ("30", "TNE", None),
            ("30.0001", "TNE", "above"),
            ("20000", "KGM", None),
        ],
    )
    def test_trap_43_a_gross_difference_is_pointed_out_and_never_refused(self, door, received, unit, verdict):
        desk = door(quantity="100")
        desk.guaranteed()
        desk.announce(1, "20")
        desk.depart(1)
        desk.pass_border(1)
        found = desk.verdict("receipt/1", "receive", desk.receipt(received, unit))
        assert set(found) == ({"receipt-tolerance"} if verdict else set())
        if verdict:
            assert found["receipt-tolerance"].severity is Severity.WARNING
            assert verdict in found["receipt-tolerance"].message
        taken = desk.receive(1, received, unit)[0]
        assert taken.flags == (("receipt-tolerance",) if verdict else ())

    def test_no_tolerance_where_the_regime_names_none(self):
        desk = Desk("BASEL", quantity="100")
        desk.announce(1, "20")
        desk.depart(1)
        desk.pass_border(1)
        assert desk.verdict("receipt/1", "receive", desk.receipt("1")) == {}


class TestTwoOffices:
    """S4: 200 t in ten movements, 190 t used in eight; two offices announce 8 t each at once."""

    @pytest.fixture
    def used(self):
        desk = NodeDesk(quantity="200", shipments=10)
        for serial in range(1, 8):
            desk.announce(serial, "24")
        desk.announce(8, "22")
        yield desk
        desk.node.store.close()

    def at_once(self, desk):
        answers = {}

        def office(serial):
            try:
                answers[serial] = desk.announce(serial, "8").events[0].type
            except Refused as refused:
                answers[serial] = refused

        offices = [threading.Thread(target=office, args=(serial,)) for serial in (9, 10)]
        for each in offices:
            each.start()
        for each in offices:
            each.join()
        return answers

    def test_exactly_one_succeeds_and_the_other_hears_what_is_left(self, used):
        answers = list(self.at_once(used).values())
        (refused,) = [each for each in answers if isinstance(each, Refused)]
        assert answers.count("MovementAnnounced") == 1
        (finding,) = [each for each in refused.findings if each.severity is Severity.ERROR]
        assert finding.rule_id == "consent-balance"
        assert "2 t are left" in finding.message
        assert ledger(used.case).left == t(2)

    def test_the_ten_movements_are_counted(self, used):
        used.announce(9, "1")
        used.announce(10, "1")
        with pytest.raises(Refused) as refused:
            used.announce(11, "1")
        assert {each.rule_id for each in refused.value.findings} == {"shipments-left", "serial-within-total"}

    def test_what_is_cancelled_before_it_departs_is_free_again(self, used):
        used.announce(9, "8")
        used.act("movement/9", "cancel", "KE-RVB", {"reason": [{"text": "no lorry"}]})
        used.announce(10, "8")
        assert ledger(used.case).left == t(2)

    def test_the_weight_on_arrival_counts_where_it_is_more(self, used):
        used.arrive(1, "27.5")
        assert ledger(used.case).left == t("6.5")
        with pytest.raises(Refused, match="consent-balance"):
            used.announce(9, "8")

    def test_every_authority_sees_the_same_figures(self):
        """One node per State: what the State of export keeps is what the others read, the State of transit too."""
        file = CaseFile("BASEL", each=True)
        file.effective(intended_quantity={"amount": "200", "unit": "TNE"}, intended_shipments=10)
        for serial, amount in ((1, "8"), (2, "8")):
            file.act("KE-N", f"movement/{serial}", "announce", quantity={"amount": amount, "unit": "TNE"})
        file.act("KE-N", "movement/1", "cancel", {"reason": [{"text": "no lorry"}]})
        figures = {name: ledger_of(node.case(file.case.id)) for name, node in file.world.nodes.items()}
        assert figures["sg"] == figures["ke"] == figures["kr"]
        assert (figures["sg"]["left"]["amount"], figures["sg"]["shipments_used"]) == ("192", 1)
