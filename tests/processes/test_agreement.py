"""The movement document says what the notification says, block by block (Basel Annex V B; block 1 to 16 of the form)."""

import pytest

from tests.casefile import CaseFile
from tests.processes.command_file import both_files
from waste_bpm.documents.model import fields
from waste_bpm.documents.movement import Movement
from waste_bpm.documents.notification import FROM_NOTIFICATION
from waste_bpm.errors import Refused


@pytest.fixture(scope="module")
def case():
    """A consented file with one carrier, packaging 4, four shipments of 25 t at most, and one alternative routing."""
    file = CaseFile("BASEL")
    file.drafted = file.notification()
    route = file.drafted["route"]
    other = [{**state, "exit_point": "KELAU"} if state["role"] == "export" else state for state in route]
    most = {"amount": "25", "unit": "TNE"}
    file.effective(alternative_routes=[{"name": "by Lamu", "states": other}], shipment_quantity=most)
    return file.at("2026-07-08")


def refusing(case, **said):
    """The findings with which an announcement is refused; none when it is taken."""
    try:
        case.copy().act("KE-N", "movement/1", "announce", **said)
    except Refused as refused:
        return refused.findings
    return ()


def rules(findings):
    return {each.rule_id for each in findings}


def party(case, block, **said):
    return {**case.drafted[block], **said}


BLOCKS = {
    "M2 total": lambda case: {"total_shipments": 5},
    "M3 notifier": lambda case: {"notifier": party(case, "notifier", name="Somebody else")},
    "M4 consignee": lambda case: {"consignee": party(case, "consignee", address="Elsewhere 1")},
    "M7 packaging": lambda case: {"packaging": ["1"]},
    "M7 special handling": lambda case: {"special_handling": not case.drafted["special_handling"]},
    "M9 generator": lambda case: {"generators": [{**case.drafted["generators"][0], "site": "Another yard"}]},
    "M10 actual site": lambda case: {"facility": {**case.drafted["facility"], "site": "Another works"}},
    "M11 way of recovery": lambda case: {"operations": ["R1"]},
    "M12 designation": lambda case: {"designation": [{"text": "Batteries", "language": "en"}]},
    "M12 composition": lambda case: {"composition": [{"text": "Lead", "language": "en"}]},
    "M13 physical characteristics": lambda case: {"physical_characteristics": ["1"]},
    "M14 customs code": lambda case: {"waste": {**case.drafted["waste"], "hs_codes": ["8548.10"]}},
    "M16 routing": lambda case: {"routing": "by Dar es Salaam"},
}
"""Each block with another value than was notified."""


@pytest.mark.parametrize("block", BLOCKS)
def test_a_shipment_is_not_announced_with_another_value_than_was_notified(case, block):
    said = BLOCKS[block](case)
    (finding,) = refusing(case, **said)
    assert finding.rule_id == "agrees-with-notification"
    assert (finding.pointer, finding.block) == (f"/{next(iter(said))}", block.split()[0])
    assert "Annex V B" in finding.law


def test_a_carrier_that_was_not_notified_carries_nothing(case):
    known = case.drafted["carriers"][0]
    other = {**known, "party": {**known["party"], "id": "KE-X", "name": "Another carrier"}}
    assert rules(refusing(case, carriers=[other])) == {"agrees-with-notification"}


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"routing": "by Lamu"},
        {"notifier": {"phone": "+254 20 9999999", "email": "new@example.org", "contact": "B. Wanjiru"}},
    ],
    ids=["as notified", "an alternative routing of the notification", "another person to contact"],
)
def test_what_was_notified_is_announced_and_whom_to_contact_may_have_changed(case, said):
    if "notifier" in said:
        said = {"notifier": party(case, "notifier", **said["notifier"])}
    assert refusing(case, **said) == ()


def test_a_load_above_the_notified_one_is_announced_and_pointed_out(case):
    """Annex V A 15: what one shipment weighs is an estimate; the total is the limit."""
    flags = []
    for amount in ("25", "25.000001"):
        file = case.copy()
        mass = {"amount": amount, "unit": "TNE"}
        outcome = file.act("KE-N", "movement/1", "announce", quantity=mass)
        flags.append(outcome.events[0].flags)
    assert flags == [(), ("within-notified-load",)]


@both_files
def test_after_an_agreed_change_the_documents_say_what_the_changed_notification_says(file_at):
    """Given a file whose designation all authorities agreed to change, when shipments are announced, the new one holds."""
    file = file_at("BASEL").effective()
    words = [{"text": "Used lead-acid batteries, drained", "language": "en"}]
    said = {"change": 1, "asked_on": "2026-06-01", "reason": [{"text": "drained before loading"}]}
    file.act("KE-N", "change/1", "ask", {**said, "notification": file.filed(designation=words)})
    for state in file.states:
        file.act(file.ca(state), f"change_answer/1/{state}", "agree")
    file.act("KE-CA", "change/1", "agree")
    file.at("2026-07-08")
    old = file.drafted["designation"]
    assert file.refused("KE-N", "movement/1", "announce", designation=old) == {"agrees-with-notification"}
    assert file.refused("KE-N", "movement/1", "announce", designation=words) == set()


def test_what_a_movement_document_repeats_has_one_digest_for_each_field(case):
    """A difference in one field changes its digest and no other."""
    filed = case.node.filed(case.case, "notification", Movement.basis)
    assert len(filed.repeated) == len(FROM_NOTIFICATION)
    other = type(filed).model_validate({**filed.model_dump(), "composition": [{"text": "Lead", "language": "en"}]})
    changed = [
        name for name, one, two in zip(FROM_NOTIFICATION, filed.repeated, other.repeated, strict=True) if one != two
    ]
    assert changed == ["composition"]
    assert {*FROM_NOTIFICATION} <= {spec.name for spec in fields(Movement)}
