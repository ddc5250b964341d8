"""The procedure under each regime, told as given, when, then."""

from datetime import date

import pytest

from tests.casefile import WORDS, CaseFile, moment
from waste_bpm.law.memberships import shares_terms
from waste_bpm.processes.answer import consent_window, missing_consents
from waste_bpm.processes.clocks import open_clocks

EU = ("DE", "FR", "BE")
OECD = ("CH", "TR", "KR")


def running(file, state):
    return {clock.rule: clock for stream, clock in open_clocks(file.case) if stream == f"answer/{state}"}


class TestEU:
    """Regulation (EU) 2024/1157, Art. 8 to 12: complete for each, completed for all, then 30 days."""

    def test_the_notification_reaches_each_authority_as_a_recorded_event_that_starts_its_terms(self):
        file = CaseFile("EU", EU).transmitted()
        assert [file.state(f"answer/{state}") for state in EU] == ["none", "received", "received"]
        assert running(file, "FR")["destination_request"].due == date(2026, 6, 15)

    def test_dispatch_has_ten_working_days_to_ask_from_the_submission_on(self):
        """D3: submitted on Friday 18 December 2026, asked by 5 January 2027."""
        file = CaseFile("EU", EU, on="2026-12-18").submitted()
        (clock,) = [clock for _, clock in open_clocks(file.case) if clock.rule == "dispatch_request"]
        assert (clock.due, clock.owed_by) == (date(2027, 1, 5), "export_authority")
        file.act("DE-CA", "notification", "transmit")
        assert not [clock for _, clock in open_clocks(file.case) if clock.rule.startswith("dispatch")]

    def test_decision_begins_when_destination_tells_that_all_are_satisfied(self):
        """D2: told on 2026-06-01, decided by 2026-07-01, on every stream alike."""
        file = CaseFile("EU", EU, on="2026-05-25").transmitted().at("2026-06-01").completed()
        assert {state: running(file, state)["decision"].due for state in EU} == dict.fromkeys(EU, date(2026, 7, 1))
        assert all(running(file, state)["decision"].reference.endswith("Art. 9(1)") for state in EU)

    def test_nobody_decides_before_it_is_completed(self):
        file = CaseFile("EU", EU).transmitted()
        assert file.refused("BE-CA", "answer/BE", "consent") == {"completed-first"}

    def test_destination_does_not_declare_it_completed_while_one_is_not_satisfied(self):
        file = CaseFile("EU", EU).transmitted()
        file.act("BE-CA", "answer/BE", "state_complete")
        assert file.refused("BE-CA", "answer/BE", "declare_completed") == {"all-satisfied"}

    def test_silence_of_transit_consents_after_thirty_days_and_no_other_silence_does(self):
        file = CaseFile("EU", EU, on="2026-05-25").transmitted().at("2026-06-01").completed()
        assert file.wait("2026-07-01T12:00:00") == []
        found = dict(file.wait("2026-07-02T12:00:00"))
        assert found["answer/FR"] == "TacitConsentRecorded"
        assert {found["answer/DE"], found["answer/BE"]} == {"DeadlineBreached"}
        assert file.state("answer/FR") == "tacit"
        assert file.breaches() == []

    def test_transit_silent_on_completeness_is_satisfied_only_once_destination_is(self):
        """Implementing Regulation 2025/1290, Art. 17(13): a recorded event, and not before the others are satisfied."""
        file = CaseFile("EU", EU).transmitted()
        found = file.wait("2026-06-17T12:00:00")
        assert ("answer/FR", "DeadlineBreached") in found
        assert file.state("answer/FR") == "received"
        file.act("BE-CA", "answer/BE", "state_complete", complete_on="2026-06-17")
        assert ("answer/FR", "CompletenessPresumed") in file.wait("2026-06-18T12:00:00")
        assert file.state("answer/FR") == "complete"
        file.act("BE-CA", "answer/BE", "declare_completed")
        assert "decision" in running(file, "FR")

    def test_an_authority_asks_three_times_and_then_declares_it_invalid(self):
        """Art. 8(7)-(10)."""
        file = CaseFile("EU", EU).transmitted()
        for number in range(1, 4):
            assert file.refused("BE-CA", "answer/BE", "declare_invalid") >= {
                "information-rounds-left" if number > 1 else "step-not-from-here"
            }
            file.act("BE-CA", "answer/BE", "request_information")
            assert running(file, "BE")["destination_reply"].owed_by == "notifier"
            reply = {"country": "BE", "request": f"BE-{number}", "replies": [{"block": "N12", "text": WORDS}]}
            file.act("DE-N", "notification", "supply_information", reply)
            assert "destination_reply" not in running(file, "BE")
        assert file.refused("BE-CA", "answer/BE", "request_information") == {"information-rounds"}
        file.act("BE-CA", "answer/BE", "declare_invalid")
        assert file.state("answer/BE") == "invalid"
        assert file.breaches() == []

    @pytest.mark.spoils
    def test_each_round_has_its_own_term(self):
        file = CaseFile("EU", EU).transmitted()
        for day in (1, 10):
            file.at(date(2026, 6, day)).act("BE-CA", "answer/BE", "request_information")
            clock = running(file, "BE")["destination_reply"]
            assert clock.start == date(2026, 6, day)
            number = len(file.case.streams["answer/BE"].request)
            reply = {"country": "BE", "request": f"BE-{number}", "replies": [{"block": "N12", "text": WORDS}]}
            file.act("DE-N", "notification", "supply_information", reply)
        assert running(file, "BE")["destination_repeat"].start == date(2026, 6, 10)

    def test_an_authority_of_the_union_does_not_acknowledge(self):
        file = CaseFile("EU", EU).transmitted()
        assert file.refused("FR-CA", "answer/FR", "acknowledge") == {"acknowledgement-not-owed"}

    @pytest.mark.parametrize(
        ("party", "code", "found"),
        [
            ("DE-CA", "12(1)(a)", set()),
            ("BE-CA", "12(1)(k)", set()),
            ("FR-CA", "12(1)(c)", set()),
            ("FR-CA", "12(1)(a)", {"objection-grounds"}),
            ("BE-CA", "11(1)(b)", {"objection-grounds"}),
            ("BE-CA", None, {"objection-grounds"}),
        ],
    )
    def test_an_objection_to_recovery_rests_on_the_closed_list_and_transit_on_four_of_it(self, party, code, found):
        """Art. 12(1)(a)-(k); for transit (c), (f), (g), (h)."""
        file = CaseFile("EU", EU).transmitted().completed()
        ground = {"text": WORDS} if code is None else {"text": WORDS, "code": code}
        assert file.refused(party, f"answer/{party[:2]}", "object", grounds=[ground]) == found

    def test_disposal_is_judged_by_its_own_conditions(self):
        """Art. 11(1); for transit (b), (c), (e), (f)."""
        file = CaseFile("EU", EU).transmitted(category="disposal", operations=["D10"]).completed()
        said = {code: [{"text": WORDS, "code": code}] for code in ("11(1)(a)", "11(1)(b)", "12(1)(c)")}
        assert file.refused("FR-CA", "answer/FR", "object", grounds=said["11(1)(a)"]) == {"objection-grounds"}
        assert file.refused("FR-CA", "answer/FR", "object", grounds=said["11(1)(b)"]) == set()
        assert file.refused("BE-CA", "answer/BE", "object", grounds=said["12(1)(c)"]) == {"objection-grounds"}
        assert file.refused("BE-CA", "answer/BE", "object", grounds=said["11(1)(a)"]) == set()

    def test_dispatch_waits_for_a_transit_state_outside_the_union(self):
        """D4: acknowledgement sent 2026-06-10, no decision before 2026-08-10 unless the written consent is in."""
        assert shares_terms("EU", "TR", date(2026, 6, 10)) is False
        file = CaseFile("EU", ("DE", "TR", "BE"), on="2026-06-10").transmitted().acknowledged("TR").completed()
        assert file.refused("DE-CA", "answer/DE", "consent") == {"dispatch-embargo"}
        assert "decision" not in running(file, "TR")
        assert running(file, "TR")["transit_answer"].due == date(2026, 8, 9)
        assert file.at("2026-08-09").refused("DE-CA", "answer/DE", "consent") == {"dispatch-embargo"}
        assert file.at("2026-08-10").refused("DE-CA", "answer/DE", "consent") == set()

    def test_dispatch_need_not_wait_when_that_consent_is_in_writing(self):
        file = CaseFile("EU", ("DE", "TR", "BE"), on="2026-06-10").transmitted().acknowledged("TR").completed()
        file.consented("TR")
        assert file.refused("DE-CA", "answer/DE", "consent") == set()

    def test_silence_of_a_state_outside_the_union_needs_its_waiver(self):
        for waived, event in ((("TR",), "TacitConsentRecorded"), ((), "DeadlineBreached")):
            file = CaseFile("EU", ("DE", "TR", "BE"), on="2026-06-10", waived=waived).transmitted()
            file.acknowledged("TR").completed()
            assert ("answer/TR", event) in file.wait("2026-08-11T12:00:00")

    def test_pre_consented_facilities_have_seven_working_days(self):
        file = CaseFile("EU", EU).transmitted(pre_consented=True).completed()
        clock = running(file, "BE")["decision_pre_consented"]
        assert "decision" not in running(file, "BE")
        assert (clock.start, clock.due, clock.uncounted) == (date(2026, 6, 1), date(2026, 6, 10), 2)


class TestOECD:
    """OECD Decision C(2001)107, ch. II.D: 30 days from the acknowledgement of import, then silence of all consents."""

    def test_import_acknowledges_and_every_authority_has_thirty_days(self):
        file = CaseFile("OECD", OECD).transmitted().at("2026-06-03").acknowledged("KR")
        assert {s: running(file, s)["decision"].due for s in OECD} == dict.fromkeys(OECD, date(2026, 7, 3))

    def test_silence_of_all_consents_after_them(self):
        file = CaseFile("OECD", OECD).transmitted().at("2026-06-03").acknowledged("KR")
        found = file.wait("2026-07-04T12:00:00")
        assert {event for _, event in found} == {"TacitConsentRecorded"}
        assert {stream for stream, _ in found} == {f"answer/{state}" for state in OECD}
        assert consent_window(file.case)[0] == date(2026, 7, 4)
        assert missing_consents(file.case, date(2026, 7, 20)) == []

    def test_an_objection_not_withdrawn_in_the_window_is_final(self):
        file = CaseFile("OECD", OECD).transmitted().acknowledged("KR")
        file.act("KR-CA", "answer/KR", "object")
        assert file.at("2026-07-03").refused("KR-CA", "answer/KR", "revise_to_consent") == {"objection-final"}

    def test_the_acknowledgement_is_due_in_three_working_days(self):
        file = CaseFile("OECD", OECD).transmitted()
        clock = running(file, "KR")["acknowledgement"]
        assert clock.due == date(2026, 6, 5), "3 June 2026 is a day of election in Korea"
        file.acknowledged("KR")
        assert "acknowledgement" not in running(file, "KR")


class TestGB:
    """The practice of the authorities of Great Britain: received, paid, assessed, ready; decided in 30 days."""

    STATES = ("GB", "NL", "DE")

    def test_what_is_not_assessed_is_not_transmitted(self):
        file = CaseFile("GB", self.STATES).submitted()
        assert file.refused("GB-CA", "notification", "transmit") == {"assessment-complete"}
        file.act("GB-CA", "assessment", "record_receipt")
        assert file.refused("GB-CA", "assessment", "begin") == {"charge-paid"}
        file.act("GB-CA", "assessment", "record_payment")
        file.act("GB-CA", "assessment", "begin")
        assert file.refused("GB-CA", "notification", "transmit") == {"assessment-complete"}
        file.act("GB-CA", "assessment", "complete")
        assert file.refused("GB-CA", "notification", "transmit") == set()

    def test_dates_of_the_assessment_follow_each_other(self):
        file = CaseFile("GB", self.STATES).submitted()
        file.act("GB-CA", "assessment", "record_receipt")
        assert file.refused("GB-CA", "assessment", "record_payment", paid_on="2026-06-02") == {"assessment-dates"}
        file.act("GB-CA", "assessment", "record_payment")
        assert file.refused("GB-CA", "assessment", "begin", begun_on="2026-05-31") == {"assessment-dates"}

    def test_other_regimes_have_no_assessment(self):
        file = CaseFile("BASEL").submitted()
        assert file.refused("KE-CA", "assessment", "record_receipt") == {"step-unknown"}
        assert file.refused("KE-CA", "notification", "transmit") == set()

    def test_an_unacceptable_filing_is_objected_to_before_it_is_assessed(self):
        file = CaseFile("GB", self.STATES).submitted()
        assert file.refused("GB-CA", "answer/GB", "object") == set()

    @pytest.mark.parametrize(
        ("calendar", "pre_consented", "rule", "due"),
        [
            ("GB-ENG", True, "decision_pre_consented", date(2026, 4, 15)),
            ("GB-SCT", True, "decision_pre_consented", date(2026, 4, 14)),
            ("GB-ENG", False, "decision", date(2026, 5, 2)),
        ],
    )
    def test_a1_the_clock_of_the_acting_authority_through_the_process(self, calendar, pre_consented, rule, due):
        """A1: acknowledged on 2 April 2026; England is free on 3 and 6 April, Scotland on 3 April."""
        file = CaseFile("GB", ("DE", "NL", "GB"), on="2026-03-30", calendars={"GB-CA": calendar})
        file.transmitted(pre_consented=pre_consented).at("2026-04-02").acknowledged("GB")
        clock = running(file, "GB")[rule]
        assert clock.due == due
        assert clock.falls_on == (None if pre_consented else "Saturday")
        assert clock.uncounted == ({"GB-ENG": 6, "GB-SCT": 5}[calendar] if pre_consented else None)

    def test_a1_a_year_without_data_is_an_error_and_not_silence(self):
        file = CaseFile("GB", ("DE", "NL", "GB"), on="2039-03-30", calendars={"GB-CA": "GB-ENG"})
        file.submitted(pre_consented=True)
        assert file.assessed().refused("DE-CA", "notification", "transmit")


class TestBasel:
    def test_transit_has_sixty_days_from_receipt_and_import_none(self):
        file = CaseFile("BASEL", on="2026-01-10").transmitted().acknowledged()
        assert running(file, "SG")["transit_answer"].due == date(2026, 3, 11)
        assert running(file, "KR") == {}

    def test_an_objection_is_simply_one_and_may_become_consent_at_any_time(self):
        file = CaseFile("BASEL").transmitted().acknowledged()
        file.act("KR-CA", "answer/KR", "object")
        assert file.at("2026-12-01").refused("KR-CA", "answer/KR", "revise_to_consent") == set()

    def test_the_same_file_on_three_nodes_runs_the_same_clocks(self):
        told = []
        for each in (False, True):
            file = CaseFile("OECD", OECD, each=each).transmitted().at("2026-06-03").acknowledged("KR")
            told.append({state: running(file, state).keys() for state in ("KR",)})
            file.wait("2026-07-04T12:00:00")
            assert [file.state(f"answer/{state}") for state in OECD] == ["tacit"] * 3
            assert file.breaches() == []
        assert told[0] == told[1]


def test_every_moment_that_a_test_names_is_one():
    assert moment("2026-06-01").hour == 12
