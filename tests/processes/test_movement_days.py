"""When a shipment may be announced, moved or recorded afterwards: A2, A3 and A10 of the acceptance cases, under GB."""

from dataclasses import replace

import pytest

from tests.processes.command_desk import both_doors
from tests.processes.desk import Desk, day
from waste_bpm.vocabulary import Severity


@pytest.fixture
def desk(door):
    made = door(today="2026-02-02")
    made.guaranteed()
    return made


LEADS = [
    ("GB-ENG", "2026-03-02", "2026-03-04", True),
    ("GB-ENG", "2026-03-02", "2026-03-05", False),
    ("GB-ENG", "2026-04-02", "2026-04-08", True),
    ("GB-ENG", "2026-04-02", "2026-04-09", False),
    ("GB-SCT", "2026-04-02", "2026-04-08", False),
]


@both_doors
@pytest.mark.parametrize(("office", "today", "ships", "short"), LEADS)
def test_three_working_days_count_both_ends_by_the_calendar_of_the_authority(desk, office, today, ships, short):
    desk.on(today).seat("GB-CA", office)
    found = desk.verdict("movement/1", "announce", desk.movement(1, ships=ships))
    assert ("movement-lead" in found) is short
    if short:
        assert found["movement-lead"].severity is Severity.WARNING
        assert "3 working days" in found["movement-lead"].message
    assert desk.refused("movement/1", "announce", desk.movement(1, ships=ships)) == set()


def test_a_short_notice_is_recorded_with_the_announcement(desk):
    announced, _ = desk.on("2026-03-02").announce(1, ships="2026-03-04")
    assert announced.flags == ("movement-lead",)


DAYS = [("2026-07-01", None), ("2026-07-02", "movement-horizon"), ("2026-05-31", "movement-date-past")]


@both_doors
@pytest.mark.parametrize(("ships", "rule"), DAYS)
def test_a_shipment_is_announced_neither_late_nor_more_than_thirty_days_ahead(desk, ships, rule):
    """A3."""
    desk.on("2026-06-01")
    assert desk.refused("movement/1", "announce", desk.movement(1, ships=ships)) == ({rule} if rule else set())


def test_no_horizon_and_no_lead_where_the_regime_names_none():
    desk = Desk("BASEL", today="2026-03-02")
    assert desk.refused("movement/1", "announce", desk.movement(1, ships="2026-12-31")) == set()


@both_doors
class TestPostponement:
    """A10: a shipment first announced for Monday 2026-06-01, moved to 06-05."""

    @pytest.fixture
    def moved(self, desk):
        desk.on("2026-05-20").announce(1, ships="2026-06-01")
        desk.take("movement/1", "amend", desk.movement(1, ships="2026-06-05"))
        return desk

    @pytest.mark.parametrize(("ships", "refused"), [("2026-06-15", set()), ("2026-06-16", {"movement-postponement"})])
    def test_counts_ten_working_days_from_the_first_day_announced(self, moved, ships, refused):
        assert moved.refused("movement/1", "amend", moved.movement(1, ships=ships)) == refused

    def test_keeps_every_day_it_was_announced_for(self, moved):
        moved.take("movement/1", "amend", moved.movement(1, ships="2026-06-15"))
        movement = moved.case.streams["movement/1"]
        assert movement.planned_for == (day("2026-06-01"), day("2026-06-05"), day("2026-06-15"))
        assert movement.shipment_date == day("2026-06-15")

    def test_is_refused_before_an_announcement_and_after_the_departure(self, moved):
        moved.take("movement/2", "plan", moved.movement(2, ships="2026-06-02"))
        assert moved.refused("movement/2", "amend", moved.movement(2, ships="2026-06-03")) == {"step-not-from-here"}
        moved.on("2026-06-05").depart(1)
        assert "step-not-from-here" in moved.refused("movement/1", "amend", moved.movement(1, ships="2026-06-08"))
        moved.on("2026-06-06").pass_border(1)
        moved.receive(1, "10")
        assert "step-not-from-here" in moved.refused("movement/1", "amend", moved.movement(1, ships="2026-06-08"))


class TestCapture:
    def test_an_officer_records_what_was_announced_on_paper_within_sixty_days(self, desk):
        desk.on("2026-06-01")
        fits = desk.movement(1, ships="2026-05-31", signed="2026-04-01")
        late = desk.movement(1, ships="2026-06-01", signed="2026-04-01")
        assert desk.refused("movement/1", "capture", fits) == set()
        assert desk.refused("movement/1", "capture", late) == {"movement-capture"}

    def test_what_is_still_to_come_or_left_before_it_was_announced_is_not_recorded_afterwards(self, desk):
        desk.on("2026-06-01")
        for said in ({"ships": "2026-06-02"}, {"ships": "2026-05-01", "signed": "2026-05-02"}):
            assert desk.refused("movement/1", "capture", desk.movement(1, **said)) == {"movement-capture"}

    def test_it_is_received_without_border_acts_and_counts_in_the_ledger(self, desk):
        desk.on("2026-06-01")
        desk.take("movement/1", "capture", desk.movement(1, ships="2026-05-20", signed="2026-05-10"))
        desk.receive(1, "10", received_on="2026-05-28")
        assert desk.book.received == desk.book.by_serial[1].declared

    def test_its_excess_over_the_consent_is_pointed_out_and_not_refused(self):
        desk = Desk(quantity="5", today="2026-06-01")
        asked = desk.movement(1, ships="2026-05-20", signed="2026-05-10")
        assert desk.refused("movement/1", "capture", asked) == set()
        recorded = desk.take("movement/1", "capture", asked)[0]
        assert recorded.flags == ("consent-balance",)

    def test_what_was_received_is_not_cancelled_any_more(self, desk):
        desk.on("2026-06-01")
        desk.take("movement/1", "capture", desk.movement(1, ships="2026-05-20", signed="2026-05-10"))
        no_lorry = {"reason": [{"text": "no lorry"}]}
        assert desk.refused("movement/1", "cancel", no_lorry) == set()
        desk.receive(1, "10", received_on="2026-05-28")
        assert desk.refused("movement/1", "cancel", no_lorry) == {"shipment-not-seen"}


@pytest.mark.parametrize("state", ["withdrawn", "closed"])
def test_no_shipment_is_planned_under_a_file_that_has_ended(state):
    desk = Desk(today="2026-02-02")
    asked = desk.movement(1, ships="2026-03-05")
    assert "file-is-open" not in desk.refused("movement/1", "plan", asked)
    notification = desk.case.streams["notification"]
    desk.case = desk.case.with_stream("notification", replace(notification, state=state))
    assert "file-is-open" in desk.refused("movement/1", "plan", asked)
