"""One decision of each authority, numbered; what may become of it; conditions; acknowledgements (Basel Art. 6)."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.casefile import WORDS, CaseFile
from waste_bpm.casework.store import MESSAGE
from waste_bpm.law.rules import regime
from waste_bpm.processes.answer import consent_window, missing_consents
from waste_bpm.processes.clocks import open_clocks
from waste_bpm.processes.decide import followers
from waste_bpm.processes.ledger import ledger
from waste_bpm.processes.overlays import overlays
from waste_bpm.processes.phase import flags, phase
from waste_bpm.vocabulary import tonnes

CAP = [{"text": WORDS, "most_quantity": {"amount": "60", "unit": "TNE"}, "most_shipments": 3}]


class TestOneDecisionOfEachAuthority:
    def decided(self):
        return CaseFile("BASEL").effective()

    def test_trap_31_an_objection_becomes_consent_and_nothing_else(self):
        file = CaseFile("BASEL").transmitted().acknowledged()
        file.act("KR-CA", "answer/KR", "object")
        for step in ("consent", "object", "revise_conditions", "revise_to_objection", "withdraw_consent"):
            assert "step-not-from-here" in file.refused("KR-CA", "answer/KR", step), step
        file.act("KR-CA", "answer/KR", "revise_to_consent")
        assert file.state("answer/KR") == "consented"

    def test_trap_31_a_consent_becomes_objection_or_withdrawn_and_is_not_given_again(self):
        file = self.decided()
        for step in ("consent", "object", "revise_to_consent", "acknowledge", "request_information"):
            assert "step-not-from-here" in file.refused("KR-CA", "answer/KR", step), step
        file.act("KR-CA", "answer/KR", "revise_to_objection")
        assert file.state("answer/KR") == "objected"
        file.act("SG-CA", "answer/SG", "withdraw_consent")
        for step in ("consent", "revise_conditions", "revise_to_consent", "revise_to_objection"):
            assert "step-not-from-here" in file.refused("SG-CA", "answer/SG", step), step

    def test_decisions_are_numbered_and_only_the_one_in_force_is_replaced(self):
        file = self.decided()
        file.act("KR-CA", "answer/KR", "revise_conditions", conditions=CAP)
        assert file.case.streams["answer/KR"].decisions == 2
        assert file.refused("KR-CA", "answer/KR", "revise_conditions", replaces=1) == {"decision-in-force"}
        file.act("KR-CA", "answer/KR", "revise_to_objection")
        assert [event.facts.get("decision") for event in file.events("ConsentRevised", "ConsentReplaced")] == [2, 3]

    def test_the_update_says_what_the_step_means(self):
        file = self.decided()
        objection = file.usual("answer/KR", "revise_to_objection")
        assert file.refused("KR-CA", "answer/KR", "revise_conditions", objection) == {"update-fits-step"}

    def test_trap_30_conditions_hold_as_caps_that_the_ledger_counts(self):
        """Consent with conditions is consent only while its conditions hold."""
        file = CaseFile("BASEL").transmitted().acknowledged()
        file.consented("KE", "SG").consented("KR", conditions=CAP)
        book = ledger(file.case)
        assert (book.consented, book.shipments) == (tonnes(60), 3)
        file.at("2026-07-11")
        mass = {"amount": "60.1", "unit": "TNE"}
        assert "consent-balance" in file.refused("KE-N", "movement/1", "announce", quantity=mass)
        assert file.refused("KE-N", "movement/1", "announce") == set()

    def test_changed_conditions_count_from_then_on(self):
        file = self.decided()
        assert ledger(file.case).consented == tonnes(100)
        file.act("KR-CA", "answer/KR", "revise_conditions", conditions=CAP)
        assert ledger(file.case).consented == tonnes(60)


class TestTraps:
    def test_trap_01_silence_is_a_property_of_regime_role_and_waiver(self):
        for name, role, needs in (
            ("BASEL", {"transit_authority"}, True),
            ("EU", {"transit_authority"}, False),
            ("OECD", {"export_authority", "import_authority", "transit_authority"}, False),
        ):
            law, day = regime(name), date(2026, 6, 1)
            assert set(law.on("tacit_roles", day).value) == role
            assert law.on("tacit_needs_waiver", day).value is needs
        silent = CaseFile("BASEL", waived=("SG", "KR")).transmitted().acknowledged()
        assert ("answer/SG", "TacitConsentRecorded") in silent.wait("2026-08-05")
        assert silent.state("answer/KR") == "acknowledged", "silence of the State of import never consents"

    def test_trap_05_the_window_is_what_all_consents_cover(self):
        file = CaseFile("BASEL").transmitted().acknowledged()
        file.consented("KE", valid_from="2026-06-10", valid_until="2027-03-31")
        file.consented("SG", valid_from="2026-07-01", valid_until="2027-05-31")
        assert consent_window(file.case) is None
        file.consented("KR", valid_from="2026-06-01", valid_until="2027-02-28")
        assert consent_window(file.case) == (date(2026, 7, 1), date(2027, 2, 28))
        assert missing_consents(file.case, date(2026, 7, 1)) == []
        assert missing_consents(file.case, date(2026, 6, 30)) == [
            "the consent of SG holds from 2026-07-01 to 2027-05-31"
        ]
        assert [each[:20] for each in missing_consents(file.case, date(2027, 3, 1))] == ["the consent of KR ho"]

    def test_trap_07_the_day_of_consent_is_not_its_first_day(self):
        file = CaseFile("BASEL").transmitted().acknowledged().consented("KE", "SG")
        file.consented("KR", decided_on="2026-06-01", valid_from="2026-07-01", valid_until="2027-06-01")
        answer = file.case.streams["answer/KR"]
        assert (answer.decided_on, answer.begins) == (date(2026, 6, 1), date(2026, 7, 1))
        assert missing_consents(file.case, date(2026, 6, 15)) == [
            "the consent of KR holds from 2026-07-01 to 2027-06-01"
        ]

    def test_trap_09_what_was_announced_counts_until_it_is_cancelled(self):
        """A departed load counts with what it declared, not only once it was received."""
        file = CaseFile("BASEL").effective().at("2026-07-11")
        file.act("KE-N", "movement/1", "announce", quantity={"amount": "90", "unit": "TNE"})
        assert ledger(file.case).left == tonnes(10)
        mass = {"amount": "10.1", "unit": "TNE"}
        assert "consent-balance" in file.refused("KE-N", "movement/2", "announce", quantity=mass)

    @pytest.mark.parametrize(
        ("name", "states", "final"), [("EU", ("DE", "FR", "BE"), True), ("BASEL", ("KE", "SG", "KR"), False)]
    )
    def test_trap_32_an_objection_kills_the_notification_in_the_union_and_is_a_denial_elsewhere(
        self, name, states, final
    ):
        file = CaseFile(name, states).transmitted()
        (file.completed if name == "EU" else file.acknowledged)()
        last = states[-1]
        file.act(file.ca(last), f"answer/{last}", "object")
        assert phase(file.case, file.today).code == "denied"
        found = file.at("2026-07-03").refused(file.ca(last), f"answer/{last}", "revise_to_consent")
        assert found == ({"objection-final"} if final else set())

    def test_trap_32_within_the_thirty_days_the_objection_may_be_resolved(self):
        file = CaseFile("EU", ("DE", "FR", "BE")).transmitted().completed()
        file.act("BE-CA", "answer/BE", "object")
        assert file.at("2026-07-01").refused("BE-CA", "answer/BE", "revise_to_consent") == set()

    def test_trap_48_a_closed_file_still_owes_nothing_and_an_open_one_does_not_close(self):
        file = CaseFile("BASEL").effective().at("2026-07-11")
        file.act("KE-N", "movement/1", "announce")
        assert file.refused("KE-CA", "notification", "close") == {"nothing-open"}

    def test_trap_54_a_draft_has_its_number_and_may_never_be_submitted(self):
        file = CaseFile("BASEL")
        file.act("KE-N", "notification", "draft", file.notification())
        assert file.case.streams["notification"].number == "KE 000001"
        assert file.node.find("KE 000001") == file.case.id
        assert phase(file.case, file.today).code == "draft"

    def test_trap_55_what_is_deemed_is_an_event_with_its_evidence(self):
        """A waiver or a calendar that changes later does not change what silence has done."""
        file = CaseFile("BASEL", waived=("SG",)).transmitted().acknowledged()
        file.wait("2026-08-05")
        (event,) = file.events("TacitConsentRecorded")
        said = file.node.document(file.case.id, event.document)
        assert (said.rule, said.days, said.waiver) == ("transit_answer", 60, "register")
        assert (said.reference, said.zone) == ("Basel Convention, Art. 6(4)", "Asia/Singapore")
        without = replace(file.node, waivers=(), laws={})
        without.store.memory.clear()
        assert without.case(file.case.id).streams["answer/SG"].state == "tacit"

    def test_trap_55_transit_completeness_is_one_too(self):
        file = CaseFile("EU", ("DE", "FR", "BE")).transmitted()
        file.act("BE-CA", "answer/BE", "state_complete")
        file.wait("2026-06-17T12:00:00")
        (event,) = file.events("CompletenessPresumed")
        said = file.node.document(file.case.id, event.document)
        assert (said.complete_on, said.deemed_by) == (
            date(2026, 6, 16),
            "Implementing Regulation (EU) 2025/1290, Art. 17(13)",
        )
        assert [step.name for _, step in followers("answer", "NotificationCompleted")] == ["begin_period"]


class TestS7:
    """The clock starts at the legal acknowledgement only, and pauses only where the law says so, by its citation."""

    STATES = ("CH", "TR", "KR")

    def file(self, *, pausing, each=True):
        file = CaseFile("OECD", self.STATES, each=each, on="2026-06-01")
        if pausing:
            for node in file.world.nodes.values():
                law = node.law("OECD")
                rule = replace(law.rule("decision"), pauses="supposed for this test")
                node.laws["OECD"] = replace(law, rules={**law.rules, "decision": rule})
        return file

    def clock(self, file, node="kr"):
        case = file.world.nodes[node].case(file.case.id)
        return next((c for stream, c in open_clocks(case) if (stream, c.rule) == ("answer/KR", "decision")), None)

    def test_four_signs_of_life_and_only_the_last_starts_the_clock(self):
        file = self.file(pausing=False).transmitted()
        korea = file.world.nodes["kr"]
        assert self.clock(file) is None, "received and found valid, which the node says by itself"
        file.at("2026-06-03").act("KR-CA", "answer/KR", "read", remarks=WORDS)
        assert self.clock(file) is None
        file.at("2026-06-06").act("KR-CA", "answer/KR", "acknowledge")
        assert (self.clock(file).start, self.clock(file).due) == (date(2026, 6, 6), date(2026, 7, 6))
        said = [row.name for row in korea.store.rows(select(MESSAGE.c.name).where(MESSAGE.c.home))]
        signs = ["Receipt", "Validation", "Reading", "Acknowledgement"]
        assert said == [f"Notification{sign}" for sign in signs], "four distinct messages"

    @pytest.mark.parametrize(("pausing", "due"), [(True, date(2026, 7, 14)), (False, date(2026, 7, 6))])
    def test_it_pauses_for_a_request_where_the_law_says_so_and_every_node_counts_alike(self, pausing, due):
        """Acknowledged on 6 June; asked on 18 June, answered on 26 June: eight days."""
        file = self.file(pausing=pausing).transmitted().at("2026-06-06").acknowledged("KR")
        file.at("2026-06-18").act("KR-CA", "answer/KR", "request_information")
        assert self.clock(file).over(file.at("2026-07-20").world.now) is not pausing, (
            "while it stands still it is not over"
        )
        reply = {"country": "KR", "request": "KR-1", "replies": [{"block": "N12", "text": WORDS}]}
        file.at("2026-06-26").act("CH-N", "notification", "supply_information", reply)
        assert {name: self.clock(file, name).due for name in ("ch", "tr", "kr")} == dict.fromkeys(
            ("ch", "tr", "kr"), due
        )

    def test_no_regime_in_force_pauses_it(self):
        assert not [
            name for name in ("BASEL", "OECD", "EU", "GB") for rule in regime(name).rules.values() if rule.pauses
        ]


class TestFlags:
    def test_a_consent_withdrawn_under_way_is_a_flag_and_the_load_is_still_received(self):
        file = CaseFile("BASEL").effective().at("2026-07-11")
        file.act("KE-N", "movement/1", "announce")
        departed = file.at("2026-07-12").today.isoformat()
        file.act(
            "KE-C", "movement/1", "depart", {"carrier": "KE-C", "departed_at": f"{departed}T08:00:00Z", **_left(file)}
        )
        file.act("KR-CA", "answer/KR", "withdraw_consent")
        assert [each.says for each in overlays(file.case, file.world.now)] == ["the consent of KR is withdrawn"]
        assert phase(file.case, file.today).code == "consent_withdrawn"
        assert file.state("movement/1") == "in_transit"

    def test_what_is_overdue_is_a_flag(self):
        file = CaseFile("BASEL").transmitted().acknowledged().at("2026-09-01")
        assert [(each.stream, each.flag) for each in flags(file.case, file.world.now)] == [("answer/SG", "overdue")]


def _left(file):
    return {"place": "KEMBA", "conveyance": {"means_of_transport": "R", "vehicle": "KBA 123A"}}
