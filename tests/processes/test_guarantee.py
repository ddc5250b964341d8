"""The financial guarantee: A5 and A11 of the acceptance cases, rolling cover, and what an interim certificate leaves."""

from datetime import date

import pytest

from tests.processes.command_desk import both_doors
from tests.processes.desk import mass, t
from waste_bpm.errors import Refused
from waste_bpm.law.calendars import calendar
from waste_bpm.law.deadlines import deadline


@pytest.fixture
def desk(door):
    return door(quantity="1000", today="2026-06-01")


@both_doors
class TestActiveLoads:
    """A5: three loads permitted; on 10 June one announced, one received, one planned."""

    @pytest.fixture
    def three(self, desk):
        desk.guaranteed(loads=3)
        desk.announce(1, ships="2026-06-10")
        desk.announce(2, ships="2026-06-10")
        desk.take("movement/3", "plan", desk.movement(3, ships="2026-06-10"))
        desk.on("2026-06-10").depart(2)
        desk.pass_border(2)
        desk.receive(2, "10")
        return desk.on("2026-06-10")

    def test_a_fourth_load_on_the_day_is_refused_and_on_the_next_it_is_not(self, three):
        refused = three.verdict("movement/4", "announce", three.movement(4, ships="2026-06-10"))["active-loads-left"]
        assert "shipments 1, 2, 3" in refused.message
        assert three.refused("movement/4", "announce", three.movement(4, ships="2026-06-11")) == set()

    def test_when_one_is_certified_its_place_is_free(self, three):
        three.certify(2, "10")
        assert three.refused("movement/4", "announce", three.movement(4, ships="2026-06-10")) == set()

    def test_a_load_received_in_part_counts_until_its_part_is_certified(self, desk):
        desk.guaranteed(loads=1)
        desk.announce(1, ships="2026-06-10")
        desk.on("2026-06-10").depart(1)
        desk.pass_border(1)
        desk.receive_in_part(1, "4", "6")
        asked = desk.movement(2, ships="2026-06-10")
        assert desk.refused("movement/2", "announce", asked) == {"active-loads-left"}
        desk.certify(1, "4")
        assert desk.refused("movement/2", "announce", asked) == set()

    def test_a_load_cancelled_or_rejected_whole_counts_no_more(self, desk):
        desk.guaranteed(loads=1)
        desk.announce(1, ships="2026-06-10")
        asked = desk.movement(2, ships="2026-06-10")
        assert desk.refused("movement/2", "announce", asked) == {"active-loads-left"}
        desk.take("movement/1", "cancel", {"reason": [{"text": "no lorry"}]})
        assert desk.refused("movement/2", "announce", asked) == set()

    def test_no_guarantee_is_asked_where_the_regime_requires_none(self, door):
        desk = door("BASEL", today="2026-06-01")
        assert desk.refused("movement/1", "announce", desk.movement(1)) == set()


class TestDecisions:
    """A11: G1 approved with reference X; G2 complete."""

    @pytest.fixture
    def second(self, desk):
        desk.guaranteed(1, "X", loads=5)
        desk.on("2026-06-02")
        desk.take("guarantee/2", "apply", {"received_on": "2026-06-02", "provider": "Bank", "kind": "bond"})
        desk.take("guarantee/2", "complete", {"completed_on": "2026-06-02"})
        return desk.on("2026-06-03")

    @both_doors
    def test_an_approval_with_the_same_reference_supersedes_the_first(self, second):
        second.take("guarantee/2", "approve", second.approval("X"))
        assert second.case.streams["guarantee/1"].state == "superseded"
        assert second.case.streams["guarantee/2"].state == "approved"

    @both_doors
    def test_an_approval_with_another_reference_releases_the_first_on_its_day(self, second):
        events = second.take("guarantee/2", "approve", second.approval("Y"))
        freed = second.case.streams["guarantee/1"]
        assert (freed.state, freed.released_on) == ("released", date(2026, 6, 3))
        assert events[1].occurred_at.date() == date(2026, 6, 3)

    @both_doors
    def test_a_decision_dated_before_the_application_was_complete_changes_nothing(self, second):
        before = second.case
        with pytest.raises(Refused, match="guarantee-dates"):
            second.take("guarantee/2", "approve", second.approval("Y", decided_on="2026-06-01"))
        assert second.case == before
        assert second.case.streams["guarantee/1"].state == "approved"

    @both_doors
    def test_the_application_that_is_complete_starts_the_days_of_the_decision(self, desk):
        desk.take("guarantee/1", "apply", {"received_on": "2026-06-01", "provider": "Bank", "kind": "bond"})
        (completed,) = desk.take("guarantee/1", "complete", {"completed_on": "2026-06-01"})
        assert [(clock.rule, clock.due) for clock in completed.clocks] == [("guarantee_decision", date(2026, 6, 29))]

    def test_the_decision_is_due_twenty_working_days_after_the_application_is_complete(self, desk):
        rule = desk.law.rule("guarantee_decision")
        assert deadline(rule, date(2026, 6, 1), calendar("GB-ENG")).due == date(2026, 6, 29)

    @both_doors
    def test_a_refused_guarantee_ends_and_covers_nothing(self, desk):
        desk.take("guarantee/1", "apply", {"received_on": "2026-06-01", "provider": "Bank", "kind": "bond"})
        desk.take("guarantee/1", "complete", {"completed_on": "2026-06-01"})
        desk.take("guarantee/1", "refuse", {"decided_on": "2026-06-01", "reason": [{"text": "not enough"}]})
        assert desk.refused("movement/1", "announce", desk.movement(1, ships="2026-06-10")) == {"guarantee-in-force"}


class TestCover:
    def test_trap_29_a_guarantee_covers_the_day_of_the_shipment_or_it_is_not_announced(self, desk):
        desk.guaranteed(valid_until="2026-06-15")
        assert desk.refused("movement/1", "announce", desk.movement(1, ships="2026-06-15")) == set()
        assert desk.refused("movement/1", "announce", desk.movement(1, ships="2026-06-16")) == {"guarantee-in-force"}

    def test_a_rolling_guarantee_covers_all_that_is_under_way_at_one_time(self, desk):
        desk.guaranteed(covers=mass("25"))
        desk.announce(1, "15", ships="2026-06-10")
        asked = desk.movement(2, "10.5", ships="2026-06-11")
        assert desk.refused("movement/2", "announce", asked) == {"guarantee-covers-quantity"}
        desk.on("2026-06-10").depart(1)
        desk.pass_border(1)
        desk.receive(1, "15")
        assert desk.refused("movement/2", "announce", asked) == {"guarantee-covers-quantity"}
        desk.certify(1, "15")
        assert desk.refused("movement/2", "announce", asked) == set()

    def test_trap_13_an_interim_certificate_frees_neither_guarantee_nor_file(self, desk):
        desk.case = desk.with_operations("R12", "R4")
        desk.guaranteed(loads=1)
        desk.announce(1, "10", ships="2026-06-10", operations=["R12", "R4"])
        desk.on("2026-06-10").depart(1)
        desk.pass_border(1)
        desk.take("receipt/1", "receive", desk.receipt("10", operation="R12"))
        desk.take("disposal/1", "certify_interim", desk.interim("10", ("KR-F2", "10")))
        release = {"released_on": "2026-06-10"}
        assert desk.refused("guarantee/1", "release", release) == {"guarantee-needed"}
        asked = desk.movement(2, ships="2026-06-10", operations=["R12", "R4"])
        assert desk.refused("movement/2", "announce", asked) == {"active-loads-left"}
        assert desk.refused("notification", "close") == {"nothing-open"}
        assert desk.book.recovered == t(0)
        desk.take("disposal/1", "certify_final", desk.later_certificate("KR-F2", "10"))
        assert desk.refused("guarantee/1", "release", release) == set()
        assert desk.refused("notification", "close") == set()
        assert desk.book.recovered == t(10)
