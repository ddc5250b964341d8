"""A finding points to the field itself, however deep it lies: JSON pointer, element, block."""

from datetime import date

import pytest

from tests.stage import consignment
from waste_bpm.documents import check
from waste_bpm.documents.answers import InformationRequest, Withdrawal
from waste_bpm.documents.notification import Notification
from waste_bpm.errors import InputInvalid

TODAY = date(2026, 6, 1)
GOOD = consignment().notification


def found(model, data):
    with pytest.raises(InputInvalid) as refused:
        check.read(model, data, on=TODAY)
    return refused.value.findings


def test_a_code_deep_in_the_document_is_pointed_to():
    carriers = [GOOD["carriers"][0], {**GOOD["carriers"][1], "means_of_transport": ["R", "X"]}]
    (finding,) = found(Notification, {**GOOD, "carriers": carriers})
    assert finding.pointer == "/carriers/1/means_of_transport/1"
    assert finding.xpath == "/Carrier[2]/MeansOfTransport[2]"


def test_a_rule_of_a_nested_document_is_pointed_to_from_the_top():
    late = {"country": "LK", "received_on": "2026-01-20", "acknowledged_on": "2026-01-19"}
    (finding,) = found(
        Notification, {**GOOD, "acknowledgements": [{**late, "country": "SG", "acknowledged_on": "2026-01-21"}, late]}
    )
    assert (finding.pointer, finding.xpath) == (
        "/acknowledgements/1/acknowledged_on",
        "/Acknowledgement[2]/AcknowledgedOn",
    )
    assert finding.block == "N19"


def test_an_unknown_name_is_compared_with_its_neighbours_and_escaped_in_the_pointer():
    question = {"block": "N11", "txt": 1, "text": [{"text": "Which furnace?"}], "a/b~c": 1}
    wrong = found(InformationRequest, {"country": "LK", "request": "1", "questions": [question]})
    assert {each.pointer: each.fix for each in wrong} == {
        "/questions/0/txt": "Did you mean text?",
        "/questions/0/a~1b~0c": "Leave it out. Known here: block, text.",
    }


def test_one_wrong_item_of_a_list_is_one_finding():
    assert [each.rule_id for each in found(Withdrawal, {"reason": ["because"]})] == ["field-dataclass-type"]
    assert [each.rule_id for each in found(Withdrawal, {"reason": []})] == ["field-too-short"]


@pytest.mark.parametrize("data", [[], "text", None, 5])
def test_what_is_no_object_is_said_of_the_whole_document(data):
    (finding,) = found(Withdrawal, data)
    assert finding.pointer == ""
    assert finding.message.startswith("The document")
    assert "reason" in finding.fix
