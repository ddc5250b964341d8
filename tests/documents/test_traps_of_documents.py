"""The traps that a document alone must not fall into."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from tests.documents.test_check import (
    COMPLETION,
    MOVEMENT,
    NOTIFICATION,
    RECEIPT,
    SIGNED,
    TODAY,
    found,
    mass,
    told,
    volume,
)
from waste_bpm.documents import check
from waste_bpm.documents.answers import ConsentDecision
from waste_bpm.documents.movement import Movement
from waste_bpm.documents.notification import Notification
from waste_bpm.documents.treatment import FacilityReceipt, TreatmentCompletion
from waste_bpm.law import codes, countries, numbers
from waste_bpm.vocabulary import Quantity, Unit, tonnes


def kilograms(amount):
    return Quantity(Decimal(amount), Unit.KILOGRAM)


def movement(**changed):
    return Movement.model_validate({**MOVEMENT, **changed})


def test_trap_09_the_larger_of_declared_and_received_counts_whatever_the_unit():
    assert max((tonnes("20"), kilograms("20500")), key=lambda quantity: quantity.base).same_as(tonnes("20.5"))
    assert (tonnes("20") + kilograms("500")).same_as(kilograms("20500"))


def test_trap_10_a_mass_and_a_volume_are_never_compared():
    assert not tonnes(1).same_as(Quantity(Decimal(1), Unit.CUBIC_METRE))
    with pytest.raises(ValueError, match="one is a mass, the other a volume"):
        _ = tonnes(1) < Quantity(Decimal(1000), Unit.LITRE)
    assert "n5-quantities-comparable" in told(Notification, {**NOTIFICATION, "shipment_quantity": volume("25")})


def test_trap_11_a_movement_is_numbered_by_its_notification_and_six_digits():
    assert movement(serial=4).number == "KE 000427.000004"
    assert len({numbers.movement_number("KE 000427", serial) for serial in range(1, 1000)}) == 999


@pytest.mark.parametrize(
    ("number", "country", "day", "right"),
    [
        ("GB 0001 004211", "GB", date(2026, 3, 1), True),
        ("GB 0005 004211", "GB", date(2026, 3, 1), False),
        ("GB0001004211", "GB", date(2026, 3, 1), False),
        ("DE 0012 123456", "DE", date(2026, 3, 1), True),
        ("DE1226000042i", "DE", date(2026, 3, 1), False),
        ("DE1226000042", "DE", date(2026, 5, 21), True),
        ("DE1226000042i", "DE", date(2026, 5, 21), True),
        ("DE122600042i", "DE", date(2026, 5, 21), True),
        ("DE12260000421", "DE", date(2026, 5, 21), False),
        ("KE/whatever-7", "KE", date(2026, 3, 1), True),
    ],
)
def test_own_numbers_are_held_to_their_scheme_and_foreign_ones_are_taken_as_written(number, country, day, right):
    assert (numbers.problem(number, country, day) is None) == right


def test_trap_14_interim_is_read_by_the_form_and_by_the_union_apart():
    assert codes.interim("D8", "form") is False
    assert codes.interim("D8", "eu") is True
    assert codes.interim("R13", "form") is True


def test_trap_15_a_consignee_that_is_the_facility_does_not_fill_block_17():
    assert "m17-consignee-is-not-facility" in found(Movement, {**MOVEMENT, "consignee_received_on": "2026-05-01"})
    other = {**MOVEMENT["consignee"], "id": "KR-TRADER"}
    apart = {**MOVEMENT, "consignee": other, "consignee_received_on": "2026-05-01", "consignee_signature": SIGNED}
    assert told(Movement, apart) == {}


def test_trap_16_the_generator_signs_or_the_reason_is_given():
    generator = NOTIFICATION["generators"][0]
    others = {**NOTIFICATION, "generators": [{**generator, "party": {**generator["party"], "id": "KE-OTHER"}}]}
    assert "n17-generator-signs" in found(Notification, others, stage="submit")
    assert "n17-generator-signs" not in {
        each.rule_id for each in check.findings(Notification.model_validate(others), on=TODAY, stage="draft")
    }
    for cure in ({"generator_declaration": SIGNED}, {"generator_declaration_missing": [{"text": "Many workshops"}]}):
        assert told(Notification, {**others, **cure}) == {}


def test_trap_17_a_slip_of_the_pen_is_no_illegal_traffic():
    """What differs is told to a person, with a cure; no rule of a document calls a movement illegal."""
    slip = told(Movement, {**MOVEMENT, "containers": ["CSQU3054384"]})
    assert [each.rule_id for each in slip.values()] == ["m2a-container-check-digit"]
    assert "illegal" not in f"{slip['m2a-container-check-digit']}".lower()


def test_trap_18_a_withdrawn_code_is_refused_on_new_documents_and_stays_under_a_consent_given_before():
    waste = {**NOTIFICATION["waste"], "basel": {"code": "A1180", "list": "BASEL-VIII"}}
    new = {**NOTIFICATION, "waste": waste, "declaration": {**NOTIFICATION["declaration"], "signed_on": "2025-01-01"}}
    assert "code-withdrawn" in found(Notification, new)
    old = {**MOVEMENT, "waste": waste, "notified_on": "2024-12-31", "shipment_date": "2025-02-01"}
    assert check.read(Movement, old, on=TODAY).waste_code.code == "A1180"


def test_trap_20_not_listed_is_a_value_and_no_blank():
    waste = {**NOTIFICATION["waste"], "basel": {"code": "NOT LISTED", "list": "BASEL-VIII"}}
    assert told(Notification, {**NOTIFICATION, "waste": waste}) == {}
    with pytest.raises(ValidationError):
        Notification.model_validate({**NOTIFICATION, "waste": {**waste, "basel": None}})


def test_not_applicable_is_an_answer_where_a_blank_is_a_finding():
    blank = {**NOTIFICATION["waste"], "un_number": None, "un_classes": []}
    assert "n14-families-answered" in told(Notification, {**NOTIFICATION, "waste": blank})
    answered = {**blank, "not_applicable": ["un_number", "un_class"]}
    assert told(Notification, {**NOTIFICATION, "waste": answered}) == {}


def test_trap_23_a_port_call_is_a_transit_state_with_entry_and_exit():
    state = {**NOTIFICATION["route"][1], "exit_point": None}
    route = [NOTIFICATION["route"][0], state, *NOTIFICATION["route"][2:]]
    wrong = found(Notification, {**NOTIFICATION, "route": route}, stage="submit")
    assert wrong["n15-points-of-entry-and-exit"].message == "Block 15 names no point for the exit from LK."


def test_trap_30_the_caps_of_conditions_are_data_and_the_lowest_counts():
    conditions = [
        {"text": [{"text": "per year"}], "most_quantity": mass("90"), "most_shipments": 5},
        {"text": [{"text": "by season"}], "most_quantity": {"amount": "80000", "unit": "KGM"}},
    ]
    said = {"country": "LK", "decided_on": "2026-01-20", "valid_from": "2026-03-01", "valid_until": "2026-12-01"}
    decision = check.read(ConsentDecision, {**said, "conditions": conditions}, on=TODAY)
    assert decision.most_quantity.same_as(tonnes(80))
    assert decision.most_shipments == 5


@pytest.mark.parametrize(
    "rejection",
    [{}, {"rejected_quantity": mass("0")}, {"rejected_quantity": mass("0"), "rejection": [{"text": "none"}]}],
)
def test_trap_33_a_receipt_without_rejection_may_say_none_or_nothing(rejection):
    assert told(FacilityReceipt, {**RECEIPT, **rejection}) == {}


@pytest.mark.parametrize("written", ["EU", "UK", "XI"])
def test_trap_36_what_is_no_country_of_the_form_is_refused_with_what_to_write(written):
    finding = countries.problem(written)
    assert finding.rule_id == "country-unknown"
    assert finding.fix


def test_trap_49_two_wastes_in_one_vehicle_have_a_document_each():
    """A document holds one entry of block 14.i; the same container may stand on both documents."""
    other = {**MOVEMENT["waste"], "basel": {"code": "A1010", "list": "BASEL-VIII"}}
    one, two = movement(containers=["CSQU3054383"]), movement(containers=["CSQU3054383"], serial=2, waste=other)
    assert one.waste_code != two.waste_code
    assert one.number != two.number
    for document in (one, two):
        check.complete(document, on=TODAY)


def test_trap_53_a_code_that_expires_under_a_long_consent_asks_for_a_change():
    waste = {**MOVEMENT["waste"], "basel": {"code": "A1180", "list": "BASEL-VIII"}}
    late = movement(waste=waste, notified_on="2024-12-31", shipment_date="2025-01-01")
    (warning,) = [each for each in check.warnings(late, on=TODAY) if each.rule_id == "m14-codes-still-valid"]
    assert "change of the notification" in warning.fix
    early = movement(waste=waste, notified_on="2024-12-31", shipment_date="2024-12-31")
    assert "m14-codes-still-valid" not in {each.rule_id for each in check.warnings(early, on=TODAY)}


def test_trap_54_a_draft_has_its_number_before_anything_else_is_complete():
    data = {key: value for key, value in NOTIFICATION.items() if key not in ("contract", "insurance", "declaration")}
    assert check.read(Notification, data, on=TODAY, stage="draft").number == "KE 000427"
    with pytest.raises(ValidationError):
        Notification.model_validate({key: value for key, value in data.items() if key != "number"})


def test_trap_52_block_19_knows_what_was_disposed_of():
    parts = {"recycled_quantity": mass("20"), "recovered_quantity": mass("3"), "disposed_quantity": mass("2")}
    assert told(TreatmentCompletion, {**COMPLETION, **parts}) == {}
