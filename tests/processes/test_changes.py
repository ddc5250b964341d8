"""Changes: unlock and resubmit, correct, ask for a change, prohibit and lift (A12; Regulation (EU) 2024/1157, Art. 17)."""

from datetime import date, timedelta

import pytest

from tests.casefile import CaseFile
from tests.processes.command_file import both_files
from waste_bpm.processes.answer import missing_consents
from waste_bpm.processes.phase import phase

MORE = {"intended_quantity": {"amount": "120", "unit": "TNE"}}


def unlocked(file):
    file.act(file.ca(file.states[0]), "notification", "unlock")
    return file


@both_files
class TestA12:
    @pytest.mark.parametrize("acknowledged", [True, False])
    def test_accepted_changes_lead_back_to_where_the_file_stood(self, file_at, acknowledged):
        """Transmitted, unlocked, resubmitted, accepted: decision required where it was acknowledged, else transmitted."""
        file = file_at("GB", ("GB", "NL", "DE")).transmitted()
        if acknowledged:
            file.acknowledged()
        unlocked(file)
        assert phase(file.case, file.today).code == "unlocked"
        file.act("GB-N", "notification", "resubmit", file.filed(**MORE))
        assert phase(file.case, file.today).code == "resubmitted"
        file.act("GB-CA", "notification", "accept_changes")
        assert phase(file.case, file.today).code == ("decision" if acknowledged else "transmitted")
        assert str(file.case.streams["notification"].intended_quantity) == "120 t"

    def test_rejected_changes_leave_it_unlocked(self, file_at):
        file = unlocked(file_at("GB", ("GB", "NL", "DE")).transmitted())
        file.act("GB-N", "notification", "resubmit", file.filed(**MORE))
        file.act("GB-CA", "notification", "reject_changes")
        assert phase(file.case, file.today).code == "unlocked"
        assert file.refused("GB-N", "notification", "resubmit", file.filed(**MORE)) == set()

    def test_an_immaterial_correction_keeps_the_consents_and_their_day(self, file_at):
        file = file_at("BASEL").effective()
        before = {key: answer.decided_on for key, answer in file.case.of("answer")}
        unlocked(file.at("2026-06-20"))
        assert file.refused("KE-N", "notification", "correct", file.phoned()) == set()
        assert phase(file.case, file.today).code == "consented"
        assert {key: answer.decided_on for key, answer in file.case.of("answer")} == before

    def test_a_material_one_is_no_correction_and_no_resubmission(self, file_at):
        file = unlocked(file_at("BASEL").effective())
        assert file.refused("KE-N", "notification", "correct", file.filed(**MORE)) == {"change-is-material"}
        assert file.refused("KE-N", "notification", "resubmit", file.filed(**MORE)) == {"file-is-consented"}

    def test_from_the_unlocked_consented_file_nobody_closes_or_plainly_withdraws(self, file_at):
        file = unlocked(file_at("BASEL").effective())
        assert file.refused("KE-CA", "notification", "close") == {"step-not-from-here"}
        assert file.refused("KE-N", "notification", "withdraw") == {"unlocked-file-is-consented"}

    def test_a_closed_file_is_opened_again(self, file_at):
        file = file_at("BASEL").effective()
        file.act("KE-CA", "notification", "close")
        assert phase(file.case, file.today).code == "closed"
        assert file.refused("KE-CA", "notification", "reopen") == set()
        assert phase(file.case, file.today).code == "consented"


class TestProhibition:
    @pytest.mark.parametrize("until", ["submitted", "transmitted", "acknowledged", "effective"])
    def test_it_is_lifted_to_the_exact_state(self, until):
        """The state was never left: what is added meanwhile cannot restore a wrong one."""
        file = CaseFile("BASEL").transmitted() if until == "acknowledged" else CaseFile("BASEL")
        getattr(file, until)()
        before = {stream: file.state(stream) for stream in file.case.streams}
        told = phase(file.case, file.today).code
        file.act("KE-CA", "answer/KE", "prohibit")
        assert phase(file.case, file.today).code == "prohibited"
        file.at(file.world.now + timedelta(days=1)).act("KE-CA", "answer/KE", "lift_prohibition")
        assert {stream: file.state(stream) for stream in before} == before
        assert phase(file.case, file.today).code == told

    def test_while_it_holds_nothing_goes_on(self):
        file = CaseFile("BASEL").effective()
        file.act("SG-CA", "answer/SG", "prohibit")
        assert missing_consents(file.case, date(2026, 8, 1)) == ["SG prohibits the file"]
        assert "file-prohibited" in file.refused("KE-N", "movement/1", "announce")
        assert file.refused("SG-CA", "answer/SG", "prohibit") == {"prohibition-is-set"}
        assert file.refused("KR-CA", "answer/KR", "lift_prohibition") == {"prohibition-in-force"}


class TestChangeOfAConsentedFile:
    """Art. 17; Implementing Regulation 2025/1290, Art. 17(14)."""

    def asked(self, file_at=CaseFile, **changes):
        file = file_at("BASEL").effective()
        said = {"change": 1, "asked_on": "2026-06-01", "reason": [{"text": "more"}]}
        file.act("KE-N", "change/1", "ask", {**said, "notification": file.filed(**changes)})
        return file

    def test_the_request_says_every_value_before_and_after(self):
        file = self.asked(**MORE)
        (event,) = file.events("ChangeAsked")
        request = file.node.document(file.case.id, event.document)
        said = {each.pointer: (each.before, each.after) for each in request.differences}
        assert said == {"/intended_quantity/amount": ("100", "120")}
        assert request.material is True

    @both_files
    def test_a_material_change_suspends_departures_until_all_authorities_agree(self, file_at):
        """A12, of the material one."""
        file = self.asked(file_at, **MORE)
        assert missing_consents(file.case, date(2026, 8, 1)) == ["change 1 waits for all authorities"]
        assert phase(file.case, file.today).flags == ("suspended",)
        for state in ("KE", "SG"):
            file.act(file.ca(state), f"change_answer/1/{state}", "agree")
        assert file.refused("KE-CA", "change/1", "agree") == {"all-agree"}
        file.act("KR-CA", "change_answer/1/KR", "agree")
        file.act("KE-CA", "change/1", "agree")
        assert missing_consents(file.case, date(2026, 8, 1)) == []
        assert str(file.case.streams["notification"].intended_quantity) == "120 t"
        assert file.breaches() == []

    def test_an_immaterial_one_suspends_nothing_and_keeps_the_consents(self):
        file = CaseFile("BASEL").effective()
        before = {key: answer.decided_on for key, answer in file.case.of("answer")}
        file.act("KE-N", "change/1", "ask")
        assert missing_consents(file.case, date(2026, 8, 1)) == []
        assert {key: answer.decided_on for key, answer in file.case.of("answer")} == before

    def test_one_authority_that_wants_a_new_notification_is_enough(self):
        file = self.asked(**MORE)
        file.act("SG-CA", "change_answer/1/SG", "require_new")
        for state in ("KE", "KR"):
            file.act(file.ca(state), f"change_answer/1/{state}", "agree")
        assert file.refused("KE-CA", "change/1", "agree") == {"all-agree"}
        file.act("KE-CA", "change/1", "refuse")
        assert missing_consents(file.case, date(2026, 8, 1)) == []
        assert str(file.case.streams["notification"].intended_quantity) == "100 t"

    def test_trap_26_a_change_that_concerns_another_authority_needs_a_new_notification(self):
        file = CaseFile("BASEL").effective()
        route = file.filed()["route"]
        other = {**route[1], "country": "LK", "authority": "LK-CA", "entry_office": "LK-CU", "exit_office": "LK-CU"}
        said = {"change": 1, "asked_on": "2026-06-01", "reason": [{"text": "other route"}]}
        asked = {**said, "notification": file.filed(route=[route[0], route[1], other, route[2]])}
        assert file.refused("KE-N", "change/1", "ask", asked) == {"new-authority"}

    def test_what_is_put_on_file_is_what_was_asked(self):
        file = self.asked(**MORE)
        for state in file.states:
            file.act(file.ca(state), f"change_answer/1/{state}", "agree")
        other = {"change": 1, "agreed_on": "2026-06-01", "notification": file.filed()}
        assert file.refused("KE-CA", "change/1", "agree", other) == {"change-as-asked"}

    def test_materiality_is_not_a_matter_of_opinion(self):
        file = CaseFile("BASEL").effective()
        said = {"change": 1, "asked_on": "2026-06-01", "reason": [{"text": "more"}], "material": False}
        asked = {**said, "notification": file.filed(**MORE)}
        assert file.refused("KE-N", "change/1", "ask", asked) == {"change-materiality"}

    def test_one_change_at_a_time_under_its_own_number(self):
        file = self.asked(**MORE)
        second = {"change": 2, "asked_on": "2026-06-01", "reason": [{"text": "x"}], "notification": file.phoned()}
        assert file.refused("KE-N", "change/2", "ask", second) == {"change-is-open"}
        assert "own-change" in file.refused("KE-N", "change/3", "ask", second)

    def test_who_was_not_asked_does_not_answer(self):
        file = CaseFile("BASEL").effective()
        assert file.refused("KR-CA", "change_answer/1/KR", "agree") == {"change-asked"}

    def test_what_nobody_consented_to_is_not_changed_so(self):
        file = CaseFile("BASEL").transmitted()
        assert file.refused("KE-N", "change/1", "ask") == {"nobody-has-consented"}
        draft = CaseFile("BASEL").submitted()
        assert draft.refused("KE-N", "change/1", "ask") == {"notification-transmitted"}

    def test_a_file_keeps_its_number_and_its_regime(self):
        file = unlocked(CaseFile("BASEL").transmitted())
        for change in ({"number": "KE 000002"}, {"regime": "OECD"}):
            assert "same-number" in file.refused("KE-N", "notification", "resubmit", file.filed(**change))
