"""S3: the seal holds. Who signed what, what stays open, and how each party is answered; by every door alike."""

from dataclasses import replace

import pytest

from tests.casefile import CaseFile
from tests.processes.command_file import both_files
from tests.processes.desk import Desk
from waste_bpm.casework import views
from waste_bpm.casework.line import Request, act
from waste_bpm.documents.life import lives, matrix
from waste_bpm.documents.movement import Movement
from waste_bpm.errors import Refused
from waste_bpm.processes.decide import findings

EXPORTER, CARRIER_1, CARRIER_2, IMPORTER = "KE-N", "KE-C", "SG-C", "KR-F"
SHIPMENT = "movement/1"


def carrier(file, party, means="R"):
    known = file.drafted["carriers"][0]
    return {**known, "party": {**known["party"], "id": party, "country": party[:2]}, "means_of_transport": [means]}


def announced(file_at):
    """A shipment that the exporter signed, to go with one carrier after the other."""
    file = file_at("BASEL")
    file.drafted = file.notification()
    file = file.effective(carriers=[carrier(file, CARRIER_1), carrier(file, CARRIER_2, "S")])
    file.at("2026-07-08").act(EXPORTER, SHIPMENT, "announce", carriers=[CARRIER_1, CARRIER_2])
    return file


def departs(file):
    vehicle = {"means_of_transport": "R", "vehicle": "KDA 1"}
    file.at("2026-07-11T08:00")
    said = {"departed_at": file.world.now.isoformat(), "place": "KEAAA", "carrier": CARRIER_1, "conveyance": vehicle}
    file.act(CARRIER_1, SHIPMENT, "depart", said)


def takes_over(file):
    vehicle = {"means_of_transport": "S", "vehicle": "IMO 1"}
    file.at("2026-07-12T08:00")
    said = {"handed_over_at": file.world.now.isoformat(), "place": "KEAAA", "conveyance": vehicle}
    file.act(CARRIER_2, SHIPMENT, "take_over", {**said, "from_carrier": CARRIER_1, "carrier": CARRIER_2})


def refusal(file, party, data, step="correct"):
    """The findings with which a change is refused, by where they point."""
    with pytest.raises(Refused) as refused:
        file.act(party, SHIPMENT, step, data)
    return {finding.pointer: finding for finding in refused.value.findings}


@both_files
class TestStory:
    def test_the_importer_does_not_change_the_waste_code_that_the_exporter_signed(self, file_at):
        file = announced(file_at)
        found = refusal(file, IMPORTER, {"waste": {"basel": {"code": "A1010"}}})
        finding = found["/waste/basel"]
        assert (finding.rule_id, finding.block) == ("field-sealed", "M14")
        assert "KE-N (notifier)" in finding.message
        assert "2026-07-08 12:00 UTC" in finding.message
        assert "Annex V B" in finding.law
        assert "cancel the shipment and announce it under the next number" in finding.fix

    def test_the_exporter_corrects_its_telephone_before_the_next_signature_and_not_after_it(self, file_at):
        file = announced(file_at)
        file.act(EXPORTER, SHIPMENT, "correct", {"notifier": {"phone": "+254 20 9999999"}})
        assert file.case.streams[SHIPMENT].version == 2, "the announcement, and the correction"
        departs(file)
        finding = refusal(file, EXPORTER, {"notifier": {"phone": "+254 20 8888888"}})["/notifier/phone"]
        assert (finding.rule_id, finding.block) == ("field-sealed", "M3")
        assert "KE-C (carrier)" in finding.message

    def test_the_second_carrier_edits_its_own_leg_until_it_signs_for_the_load_and_no_other(self, file_at):
        file = announced(file_at)
        departs(file)
        own, first = carrier(file, CARRIER_2, "R"), carrier(file, CARRIER_1, "S")
        file.act(CARRIER_2, SHIPMENT, "correct", {"carriers": [CARRIER_1, own]})
        found = refusal(file, CARRIER_2, {"carriers": [first, own]})
        assert [each.rule_id for each in found.values()] == ["field-sealed"]
        takes_over(file)
        found = refusal(file, CARRIER_2, {"carriers": [CARRIER_1, carrier(file, CARRIER_2, "A")]})
        assert "SG-C (carrier), who signed the step 'take_over'" in found["/carriers/1/means_of_transport"].message

    def test_what_another_carrier_says_of_itself_is_not_corrected_by_the_second_before_anybody_drives(self, file_at):
        file = announced(file_at)
        found = refusal(file, CARRIER_2, {"carriers": [carrier(file, CARRIER_1, "S"), CARRIER_2]})
        assert {where: each.rule_id for where, each in found.items()} == {
            "/carriers/0/means_of_transport": "field-of-another"
        }
        assert "Ask KE-C" in found["/carriers/0/means_of_transport"].fix

    def test_a_sealed_value_that_is_sent_again_unchanged_is_accepted_and_is_no_event(self, file_at):
        file = announced(file_at)
        before = file.case.streams[SHIPMENT]
        file.act(IMPORTER, SHIPMENT, "correct", {"waste": {"basel": file.drafted["waste"]["basel"]}, "packages": 4})
        departs(file)
        file.act(EXPORTER, SHIPMENT, "amend", {"serial": 1, "special_handling": file.drafted["special_handling"]})
        assert file.case.streams[SHIPMENT].version == before.version + 1, "the departure, and nothing else"

    def test_what_was_announced_is_amended_and_not_corrected(self, file_at):
        file = announced(file_at)
        assert refusal(file, EXPORTER, {"packages": 5})["/packages"].rule_id == "field-is-amended"
        file.act(EXPORTER, SHIPMENT, "amend", {"packages": 5})
        assert refusal(file, EXPORTER, {"designation": [{"text": "other"}]}, "amend")["/designation"].rule_id == (
            "field-sealed"
        )

    def test_a_change_of_several_sealed_fields_is_told_field_by_field(self, file_at):
        file = announced(file_at)
        found = refusal(file, IMPORTER, {"operations": ["R1"], "total_shipments": 1})
        assert {where: each.rule_id for where, each in found.items()} == {
            "/operations": "field-sealed",
            "/total_shipments": "field-sealed",
        }


ROWS = {row["field"]: row for row in matrix(Movement)}


class TestMatrix:
    """One matrix says all of it beforehand."""

    def test_it_predicts_the_four_answers(self):
        assert ROWS["waste"]["sealed_from"] == "announce"
        assert ROWS["notifier/phone"]["sealed_from"] == "depart"
        assert ROWS["carriers/*/means_of_transport"]["sealed_from"] == "own signature"
        assert "announce it under the next number" in ROWS["waste"]["amended_by"]
        assert "whoever sees it" in ROWS["packages"]["amended_by"]

    def test_a_part_without_a_life_of_its_own_has_no_row(self):
        assert "waste/basel" not in ROWS
        assert [life.path for life in lives(Movement) if life.top.name == "notifier"] == [
            "/notifier",
            "/notifier/contact",
            "/notifier/phone",
            "/notifier/email",
        ]

    def test_for_a_shipment_it_says_who_sealed_what_and_by_which_step_the_rest_is_changed(self):
        file = announced(CaseFile)
        mine = {
            party: {row["pointer"]: row for row in views.fields(file.node, file.case, SHIPMENT, party)}
            for party in (EXPORTER, CARRIER_2, IMPORTER)
        }
        assert mine[IMPORTER]["/waste"]["sealed"]["by"] == EXPORTER
        assert mine[EXPORTER]["/notifier/phone"]["open_to"] == "correct"
        assert mine[EXPORTER]["/packages"]["open_to"] == "amend"
        assert mine[CARRIER_2]["/carriers/1/means_of_transport"]["open_to"] == "correct"
        assert mine[CARRIER_2]["/carriers/0/means_of_transport"]["open_to"] is None

    def test_what_no_step_changes_has_no_fields_to_ask_for(self):
        file = announced(CaseFile)
        assert views.fields(file.node, file.case, "notification", EXPORTER) == []


def test_three_nodes_hold_the_same_corrected_document():
    """The correction of one node is told to the others, and folds to the same case."""
    file = CaseFile("BASEL", each=True)
    file.drafted = file.notification()
    file = file.effective(carriers=[carrier(file, CARRIER_1), carrier(file, CARRIER_2, "S")])
    file.at("2026-07-08").act(EXPORTER, SHIPMENT, "announce", carriers=[CARRIER_1, CARRIER_2])
    file.act(CARRIER_2, SHIPMENT, "correct", {"carriers": [CARRIER_1, carrier(file, CARRIER_2, "R")]})
    shared = [views.shared(node, file.case.id) for node in file.world.nodes.values()]
    assert shared[0] == shared[1] == shared[2]
    on_file = [node.filed(node.case(file.case.id), SHIPMENT, Movement) for node in file.world.nodes.values()]
    assert [each.carriers[1].means_of_transport for each in on_file] == [("R",)] * 3


def test_where_no_document_is_on_file_nothing_is_corrected():
    """A document that was erased is not brought back by whoever sends one."""
    desk = Desk("BASEL")
    desk.announce(1)
    desk.filed.clear()
    said = desk.movement(1, packages=5)
    assert desk.refused("movement/1", "correct", said, by="GB-NTF") == {"document-on-file"}


REMARK = {"author": EXPORTER, "text": [{"text": "Loaded at gate 3", "language": "en"}]}


@both_files
class TestRemarks:
    """Block 16: additional information, by whoever has some; what was said before stays."""

    def test_each_party_adds_its_own_and_what_others_said_stays(self, file_at):
        file = announced(file_at)
        file.act(EXPORTER, SHIPMENT, "correct", {"remarks": [REMARK]})
        departs(file)
        file.act(CARRIER_1, SHIPMENT, "correct", {"remarks": [{**REMARK, "author": CARRIER_1}]})
        assert file.case.streams[SHIPMENT].version == 4, "announced, remarked, departed, remarked"

    def test_a_remark_that_is_sent_again_is_no_event(self, file_at):
        file = announced(file_at)
        for _ in range(2):
            file.act(EXPORTER, SHIPMENT, "correct", {"remarks": [REMARK]})
        assert file.case.streams[SHIPMENT].version == 2

    def test_nobody_remarks_in_the_name_of_another(self, file_at):
        file = announced(file_at)
        finding = refusal(file, CARRIER_2, {"remarks": [REMARK]})["/remarks"]
        assert (finding.rule_id, finding.block) == ("remarks-only-added", "M16")
        assert "SG-C sends what KE-N is to have said" in finding.message


def test_a_remark_on_file_is_neither_changed_nor_taken_away():
    """Given a remark on file, when the whole document comes without it or with other words, then it is refused."""
    desk = Desk("BASEL")
    desk.announce(1, remarks=[{**REMARK, "author": "GB-NTF"}])
    asked = desk.command("movement/1", "correct", {}, by="GB-NTF")
    (remark,) = asked.before.remarks
    other = remark.model_copy(update={"text": ()})
    for remarks in ((), (other,)):
        document = asked.before.model_copy(update={"remarks": remarks})
        found = findings(desk.case, replace(asked, document=document), desk.law, desk.now)
        assert [each.rule_id for each in found] == ["remarks-only-added"]


def test_a_correction_that_is_repeated_with_its_key_gets_its_first_answer():
    """S2: when the reply was lost and the request comes again, the event is told again and not made again."""
    file = announced(CaseFile)
    asked = Request(
        case_id=file.case.id, stream=SHIPMENT, step="correct", party=EXPORTER, key="one", data={"remarks": [REMARK]}
    )
    first, again = act(file.node, asked), act(file.node, asked)
    assert again.events == first.events != ()
    assert (first.replayed, again.replayed) == (False, True)
