"""Each guard that no story makes fire is asked directly, with the article it cites."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.casefile import WORDS, CaseFile
from waste_bpm.documents import check
from waste_bpm.documents.deadlines import DeadlineBreach
from waste_bpm.documents.decisions import TacitConsent
from waste_bpm.processes.assessment import notification_is_submitted
from waste_bpm.processes.case import Command
from waste_bpm.processes.decide import findings
from waste_bpm.vocabulary import Role


def asked(file, stream, step, document=None, role=Role.CLOCK, at=None):
    command = Command(stream=stream, step=step, by="X", role=role, document=document)
    law = file.node.law_of(file.case)
    return {finding.rule_id for finding in findings(file.case, command, law, at or file.world.now)}


def read(step_takes, data):
    return check.read(step_takes, data, on=date(2026, 6, 1))


class TestNotification:
    def test_a_general_notification_covers_no_more_than_the_law_allows(self):
        """Basel Art. 6(8)."""
        file = CaseFile("BASEL")
        changes = {"first_departure": "2026-07-01", "last_departure": "2027-07-01"}
        assert file.refused("KE-N", "notification", "draft", file.notification(**changes)) == set()
        assert file.refused("KE-N", "notification", "submit") == {"notification-period"}

    @pytest.mark.parametrize(
        ("regime", "states", "first", "last"),
        [
            ("BASEL", ("KE", "SG", "KR"), "2026-07-01", "2027-06-30"),
            ("GB", ("GB", "NL", "DE"), "2026-07-01", "2027-06-30"),
            ("BASEL", ("KE", "SG", "KR"), "2028-02-29", "2029-02-27"),
            ("GB", ("GB", "NL", "DE"), "2028-02-29", "2029-02-27"),
            ("EU", ("DE", "FR", "BE"), "2026-08-31", "2027-08-30"),
        ],
    )
    def test_trap_6_twelve_months_leave_out_the_day_to_which_they_are_counted(self, regime, states, first, last):
        """Basel Art. 6(8): a day more is refused, also from a 29 February and from the end of a month."""
        for days, found in ((0, set()), (1, {"notification-period"})):
            file = CaseFile(regime, states)
            until = (date.fromisoformat(last) + timedelta(days=days)).isoformat()
            notified = file.notification(first_departure=first, last_departure=until)
            assert file.refused(f"{states[0]}-N", "notification", "draft", notified) == set()
            assert file.refused(f"{states[0]}-N", "notification", "submit") == found

    def test_pre_consented_facilities_allow_longer(self):
        file = CaseFile("EU", ("DE", "FR", "BE"))
        changes = {"first_departure": "2026-07-01", "last_departure": "2028-07-01", "pre_consented": True}
        file.act("DE-N", "notification", "draft", file.notification(**changes))
        assert file.refused("DE-N", "notification", "submit") == set()

    def test_a_reply_answers_a_request_that_was_made(self):
        file = CaseFile("BASEL").transmitted()
        reply = {"country": "KR", "request": "KR-9", "replies": [{"block": "N12", "text": WORDS}]}
        assert file.refused("KE-N", "notification", "supply_information", reply) == {"request-exists"}

    def test_what_is_transmitted_is_not_assessed_any_more(self):
        file = CaseFile("GB", ("GB", "NL", "DE")).transmitted()
        command = Command(stream="assessment", step="begin", by="GB-CA", role=Role.EXPORT_AUTHORITY)
        found = notification_is_submitted(file.case, command, file.node.law("GB"), file.world.now)
        assert found.rule_id == "notification-submitted"


class TestSilence:
    def tacit(self, file, country):
        due = date(2026, 7, 1)
        return TacitConsent(
            country=country, rule="decision", reference="Art. 9(1)", counted_from=date(2026, 6, 1), counted_to=due,
            days=30, valid_until=date(2027, 1, 1),
        )  # fmt: skip

    @pytest.mark.parametrize("country", ["DE", "BE"])
    def test_of_dispatch_and_destination_never_consents_in_the_union(self, country):
        file = CaseFile("EU", ("DE", "FR", "BE")).transmitted().completed()
        later = datetime(2026, 7, 5, tzinfo=UTC)
        assert "tacit-role" in asked(file, f"answer/{country}", "presume_consent", self.tacit(file, country), at=later)

    def test_of_destination_never_stands_for_its_satisfaction(self):
        file = CaseFile("EU", ("DE", "FR", "BE")).transmitted()
        assert "transit-alone" in asked(file, "answer/BE", "presume_complete")
        assert "transit-alone" not in asked(file, "answer/FR", "presume_complete")

    def test_of_transit_counts_after_its_term_and_after_the_others(self):
        file = CaseFile("EU", ("DE", "FR", "BE")).transmitted()
        found = asked(file, "answer/FR", "presume_complete")
        assert {"request-term-ended", "others-satisfied"} <= found

    def test_a_file_is_completed_once(self):
        file = CaseFile("EU", ("DE", "FR", "BE")).transmitted().completed()
        assert file.refused("BE-CA", "answer/BE", "declare_completed") == {"completed-once"}


class TestClocks:
    def breach(self, rule):
        return DeadlineBreach(
            stream="answer/SG", rule=rule, start=date(2026, 6, 1), due=date(2026, 7, 31), reference="Art. 6(4)"
        )

    def test_only_a_deadline_that_runs_and_has_ended_is_breached(self):
        file = CaseFile("BASEL").transmitted().acknowledged()
        later = datetime(2026, 9, 1, tzinfo=UTC)
        for rule, at, found in (
            ("transit_answer", None, {"deadline-has-passed"}),
            ("transit_answer", later, set()),
            ("consent_validity", later, {"deadline-has-passed"}),
        ):
            assert asked(file, "deadlines", "breach", self.breach(rule), at=at) == found

    def test_it_is_breached_once(self):
        file = CaseFile("BASEL").transmitted().acknowledged()
        assert file.wait("2026-09-01") == [("answer/SG", "DeadlineBreached")]
        assert asked(file, "deadlines", "breach", self.breach("transit_answer")) == {"deadline-has-passed"}
