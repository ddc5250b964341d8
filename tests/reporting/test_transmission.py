"""The annual data of a State (Basel Art. 13(3)(b)): computed from its cases, the same for both ends of a movement."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete

from tests.stage import DEMO, FOUR, case_id, node_of, played
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.signals import arrive
from waste_bpm.casework.store import DOCUMENT
from waste_bpm.documents.transmission import Direction, Outcome, Unintended
from waste_bpm.errors import NotFound, Refused
from waste_bpm.processes.ledger import ledger
from waste_bpm.reporting.transmission import message, transmission
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.catalogue import BLOCKS
from waste_bpm.utility_blocks.policy import policy
from waste_bpm.vocabulary import Role, tonnes

AFTER = date(2027, 1, 15)


@pytest.fixture
def made():
    world = played(hosting=DEMO)
    yield world
    node_of(world).store.close()


def data(node, country="KE", year=2026):
    return transmission(node, country, year, AFTER)


def test_a_year_is_what_the_facilities_accepted_in_it(made):
    # given the story: 25 t and 24.8 t received whole, 19 t accepted of 25 t, and a load that is held at the border
    node = node_of(made)
    said = data(node)
    # then one row says all of it, by category, characteristic, route and operation
    (row,) = said.rows
    assert (row.direction, row.origin, row.destination) == (Direction.EXPORTED, "KE", "KR")
    assert (row.waste.code, row.transit, row.operations) == ("A1160", ("LK", "SG"), ("R4",))
    assert (row.y_codes, row.h_codes) == (("Y31", "Y34"), ("H8", "H12", "H13"))
    assert (row.shipments, row.quantity) == (3, tonnes("68.8"))
    # and it is what the ledger of the case says
    assert row.quantity.same_as(ledger(node.case(case_id())).received)
    assert said.under_way == 1


def test_what_was_not_accepted_is_told_apart_with_what_became_of_it(made):
    (told,) = data(node_of(made)).unintended
    assert (told.kind, told.on, told.shipment) == (Unintended.REJECTED_IN_PART, date(2026, 8, 11), 3)
    assert (told.quantity, told.outcomes) == (tonnes("6.0"), (Outcome.OPEN,))


def test_the_state_of_export_and_the_state_of_import_report_the_same_from_nodes_of_their_own():
    world = played(hosting=FOUR)
    sent, got = (data(world.nodes[name], name.upper()) for name in ("ke", "kr"))
    as_exported = [row.model_copy(update={"direction": Direction.EXPORTED}) for row in got.rows]
    assert as_exported == list(sent.rows) != []
    assert got.unintended == sent.unintended
    for node in world.nodes.values():
        node.store.close()


def test_a_state_of_transit_exports_and_imports_nothing(made):
    said = data(node_of(made), "SG")
    assert (said.rows, said.unintended, said.under_way) == ((), (), 0)


def test_another_year_has_nothing_of_it(made):
    said = data(node_of(made), year=2025)
    assert (said.rows, said.unintended, said.under_way) == ((), (), 0)


def test_a_report_is_drawn_up_where_an_authority_of_the_state_acts(made):
    with pytest.raises(NotFound) as refused:
        data(node_of(made), "LK")
    assert refused.value.findings[0].rule_id == "authority-elsewhere"


def test_a_movement_that_failed_and_a_load_that_was_illegal_are_told_too(made):
    # given that Korea says that the fourth shipment cannot be completed, and finds it to be illegal traffic
    node, words = node_of(made), [{"text": "the load is not what was notified", "language": "en"}]
    made.now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    failed = {"failed_quantity": {"amount": "26.4", "unit": "TNE"}, "location": "Busan", "reason": words}
    found = {
        "found_at": "2026-11-20T09:00:00Z",
        "place": "Busan",
        "quantity": {"amount": "26.4", "unit": "TNE"},
        "description": words,
    }
    shown = {"decided_on": "2026-11-20", "grounds": ["material_nonconformity"], "evidence": words}
    for stream, step, said in (
        ("return_case/4", "declare_failed", failed),
        ("illegal_case/KR/1", "suspect", found),
        ("illegal_case/KR/1", "confirm", shown),
    ):
        act(node, Request(case_id=case_id(), stream=stream, step=step, party="KR-CA", data=said))
    # then both stand in the report of the year, and what is still open is said to be
    told = {each.kind: each for each in data(node).unintended}
    assert set(told) == {Unintended.REJECTED_IN_PART, Unintended.NOT_COMPLETED, Unintended.ILLEGAL_TRAFFIC}
    assert told[Unintended.NOT_COMPLETED].quantity == tonnes("26.4")
    assert told[Unintended.ILLEGAL_TRAFFIC].outcomes == (Outcome.OPEN,)


@pytest.mark.spoils
def test_what_was_erased_is_left_blank_and_what_the_log_keeps_is_still_reported(made):
    node = node_of(made)
    before = data(node)
    node.store.run(delete(DOCUMENT).where(DOCUMENT.c.case_id == case_id()))
    (row,) = data(node).rows
    assert (row.y_codes, row.h_codes) == ((), ())
    assert row == before.rows[0].model_copy(update={"y_codes": (), "h_codes": ()})


def test_the_message_goes_from_an_authority_to_the_secretariat_when_the_year_is_over(made):
    node = node_of(made)
    received = gate.read(message(node, data(node)))
    assert received.document == data(node)
    assert {received.message.name} == set(policy(BLOCKS["UB-TMW-09"]).occasions)
    assert (received.header.sender.id, received.header.recorded) == ("KE-CA", ())
    assert [each.role for each in received.header.receivers] == [Role.SECRETARIAT]


def test_no_message_is_written_before_the_year_is_over(made):
    node = node_of(made)
    with pytest.raises(Refused) as refused:
        message(node, transmission(node, "KE", 2026, date(2026, 12, 31)))
    assert refused.value.findings[0].rule_id == "year-not-over"


def test_a_node_that_keeps_cases_does_not_take_a_report_for_one(made):
    node = node_of(made)
    sent = message(node, data(node))
    with pytest.raises(Refused) as refused:
        arrive(node, gate.read(sent), sent)
    assert refused.value.findings[0].rule_id == "message-of-no-case"
