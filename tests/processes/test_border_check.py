"""The border check: selection, inspection, samples, a held load and the word of the authority, passage in pairs."""

import pytest

from tests.processes.desk import Desk, mass, papers, words
from waste_bpm.errors import InputInvalid
from waste_bpm.processes.case import Command
from waste_bpm.processes.clocks import open_clocks
from waste_bpm.processes.decide import findings
from waste_bpm.vocabulary import Role

STREAM = "border_check/1/KR-PORT"


@pytest.fixture
def desk():
    made = Desk("BASEL", quantity="20")
    made.announce(1, "20")
    made.depart(1)
    made.present(1)
    made.take(STREAM, "verify_documents", papers())
    return made


def selected(desk):
    return {"selected": True, "indicators": ["identical weights"], "decided_at": desk.now.isoformat()}


def inspection(desk, *, conforms=True, agencies=("KR-PORT",), **said):
    inspectors = [{"agency": agency, "officer": "J. Kim"} for agency in agencies]
    found = {"findings": words("bales with household waste")} if not conforms else {}
    return {"inspected_at": desk.now.isoformat(), "inspectors": inspectors, "conforms": conforms, **found, **said}


def released(desk, **said):
    return desk.result("KR-PORT", "entry", "released", **said)


class TestControl:
    def test_a_load_with_right_papers_is_released(self, desk):
        assert desk.refused(STREAM, "release", released(desk)) == set()

    def test_a_selected_load_is_inspected_before_it_goes_on(self, desk):
        desk.take(STREAM, "select", selected(desk))
        assert desk.refused(STREAM, "release", released(desk)) == {"inspected-if-selected"}
        desk.take(STREAM, "inspect", inspection(desk))
        assert desk.refused(STREAM, "release", released(desk)) == set()

    def test_a_load_that_does_not_conform_is_not_released_by_customs_alone(self, desk):
        desk.take(STREAM, "inspect", inspection(desk, conforms=False))
        assert desk.refused(STREAM, "release", released(desk)) == {"inspected-if-selected"}
        held = desk.result("KR-PORT", "entry", "held", reasons=words("household waste"))
        assert desk.refused(STREAM, "hold", held) == set()

    def test_a_joint_inspection_names_two_agencies(self, desk):
        alone = inspection(desk, joint=True)
        with pytest.raises(InputInvalid, match="one agency only"):
            desk.command(STREAM, "inspect", alone)
        together = inspection(desk, joint=True, agencies=("KR-PORT", "KR-ENV"))
        assert desk.refused(STREAM, "inspect", together) == set()

    def test_a_sample_that_is_with_the_laboratory_keeps_the_load(self, desk):
        taken = {"sample": "S1", "taken_at": desk.now.isoformat(), "laboratory": "Lab"}
        desk.take(STREAM, "sample", taken)
        assert desk.refused(STREAM, "release", released(desk)) == {"samples-answered"}
        result = {"answered": "S1", "analysed_on": "2026-03-02", "conforms": True, "result": words("lead 62 %")}
        assert desk.refused(STREAM, "record_result", {**result, "answered": "S2"}) == {"sample-taken"}
        desk.take(STREAM, "record_result", result)
        assert desk.refused(STREAM, "release", released(desk)) == set()

    def test_the_risk_of_no_selection_needs_no_inspection(self, desk):
        desk.take(STREAM, "select", {"selected": False, "decided_at": desk.now.isoformat()})
        assert desk.refused(STREAM, "release", released(desk)) == set()


class TestHeldLoad:
    """A load of 20 t shows 21 t on the scales, is held and handed over; the State of export decides."""

    @pytest.fixture
    def handed_over(self, desk):
        weighing = {"measured_quantity": mass("21"), "ticket": "W1", "weighed_at": desk.now.isoformat()}
        desk.take(STREAM, "weigh", weighing)
        desk.take(STREAM, "hold", desk.result("KR-PORT", "entry", "held", reasons=words("1 t too much")))
        notice = {
            "office": "KR-PORT",
            "handed_over_at": desk.now.isoformat(),
            "kept_at": "Shed 4",
            "reasons": words("1 t too much"),
        }
        desk.take(STREAM, "hand_over", notice)
        return desk

    def instruct(self, desk, instruction):
        said = {"office": "KR-PORT", "instruction": instruction, "decided_on": "2026-03-02", "reasons": words("seen")}
        return desk.take("detention/1/KR-PORT", "instruct", said)

    def test_it_is_not_released_before_the_written_instruction(self, handed_over):
        rules = handed_over.refused(STREAM, "release_as_instructed", released(handed_over))
        assert rules == {"instruction-given", "weight-within-consent"}

    def test_it_is_released_after_the_instruction_once_the_excess_is_off(self, handed_over):
        self.instruct(handed_over, "release")
        rules = handed_over.refused(STREAM, "release_as_instructed", released(handed_over))
        assert rules == {"weight-within-consent"}
        again = {"measured_quantity": mass("20"), "ticket": "W2", "weighed_at": handed_over.now.isoformat()}
        handed_over.take(STREAM, "weigh", again)
        handed_over.take(STREAM, "release_as_instructed", released(handed_over))
        assert handed_over.refused("receipt/1", "receive", handed_over.receipt("20")) == set()

    def test_an_instruction_to_return_releases_nothing(self, handed_over):
        self.instruct(handed_over, "return")
        assert "instruction-given" in handed_over.refused(STREAM, "release_as_instructed", released(handed_over))
        refused = handed_over.result("KR-PORT", "entry", "refused", reasons=words("goes back"))
        handed_over.take(STREAM, "refuse", refused)
        failed = {"failed_quantity": mass("20"), "location": "Shed 4", "reason": words("refused at the border")}
        handed_over.take("return_case/1", "declare_failed", failed)
        assert handed_over.case.streams["return_case/1"].state == "open"

    def test_no_instruction_is_given_on_a_load_that_nobody_handed_over(self, desk):
        said = {"office": "KR-PORT", "instruction": "release", "decided_on": "2026-03-02", "reasons": words("x")}
        assert desk.refused("detention/1/KR-PORT", "instruct", said) == {"load-handed-over"}

    def test_a_later_consent_cures_nothing(self, handed_over):
        """Basel Art. 9(1): what had no consent in force is not released, whatever the instruction."""
        handed_over.case = handed_over.revoked("KR", "2026-03-01")
        self.instruct(handed_over, "release")
        assert "consents-cover-today" in handed_over.refused(STREAM, "release_as_instructed", released(handed_over))

    def test_a_refusal_or_a_seizure_says_why(self, handed_over):
        with pytest.raises(InputInvalid, match="without a reason"):
            handed_over.command(STREAM, "seize", handed_over.result("KR-PORT", "entry", "seized"))


class TestPassage:
    def test_a_load_leaves_a_state_of_transit_that_it_entered(self, desk):
        left = {"office": "SG-PORT", "place": "SGSIN", "passed_on": "2026-03-02"}
        desk.present(1, "SG-PORT", "transit_out")
        desk.take("border_check/1/SG-PORT", "verify_documents", papers())
        desk.take("border_check/1/SG-PORT", "release", desk.result("SG-PORT", "transit_out", "released"))
        assert desk.refused("border_check/1/SG-PORT", "confirm_passage", left) == {"transit-paired"}

    def test_entry_and_exit_at_one_office_make_a_pair(self, desk):
        desk.pass_border(1, "SG-PORT", "transit_in")
        before = {"office": "SG-PORT", "place": "SGSIN", "passed_on": "2026-03-01"}
        assert "passage-date" in desk.refused("border_check/1/SG-PORT", "confirm_passage", before)
        desk.take("border_check/1/SG-PORT", "confirm_passage", {**before, "passed_on": "2026-03-02"})
        assert desk.case.streams["border_check/1/SG-PORT"].state == "passed"

    def test_the_exit_starts_the_watch_for_the_receipt_anew(self, desk):
        """D6, trap 50: watched for 42 days from the day of the exit; a later receipt is still recorded."""
        desk.on("2026-03-05").pass_border(1, "GB-PORT", "exit")
        desk.take("movement/1", "confirm_exit", {"office": "GB-PORT", "place": "GBFXT", "left_on": "2026-03-05"})
        (watch,) = [clock for _, clock in open_clocks(desk.case) if clock.rule == "receipt_watch"]
        assert (watch.start.isoformat(), watch.due.isoformat()) == ("2026-03-05", "2026-04-16")
        assert desk.case.streams["border_check/1/GB-PORT"].state == "passed"
        asked = {"asked_on": "2026-04-16", "expected_by": "2026-04-16", "question": words("where is it?")}
        assert desk.on("2026-04-16").refused("movement/1", "enquire", asked) == {"receipt-overdue"}
        desk.on("2026-04-17").take("movement/1", "enquire", {**asked, "asked_on": "2026-04-17"})
        desk.take(STREAM, "release", released(desk))
        desk.receive(1, "20")
        assert [clock for _, clock in open_clocks(desk.case) if clock.rule == "receipt_watch"] == []

    def test_an_office_of_exit_is_offered_the_step_that_only_its_document_places(self, desk):
        """What may be done is told before the document is seen: the exit of a load that the office let go."""
        desk.pass_border(1, "GB-PORT", "exit")
        command = Command(stream="movement/1", step="confirm_exit", by="GB-PORT", role=Role.CUSTOMS_EXIT)
        found = findings(desk.case, command, desk.law, desk.now)
        assert [finding.rule_id for finding in found] == ["document-missing"]
        left = {"office": "GB-PORT", "place": "GBFXT", "left_on": "2026-03-02"}
        assert desk.refused("movement/1", "confirm_exit", left) == set()
        desk.take("movement/1", "confirm_exit", left)
        assert desk.refused("movement/1", "confirm_exit", left) == {"step-not-from-here"}

    def test_the_entry_is_confirmed_by_the_office_of_entry(self, desk):
        desk.take(STREAM, "release", released(desk))
        entered = {"office": "KR-PORT", "place": "KRPUS", "entered_on": "2026-03-02"}
        desk.take(STREAM, "confirm_entry", entered)
        assert desk.refused("receipt/1", "receive", desk.receipt("20")) == set()
