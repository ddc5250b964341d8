"""The Annex VII document: its boxes, its rules, and what of it may be published."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings

from tests.documents.test_check import NOTIFICATION, along, mass, volume
from tests.strategies import data_of
from waste_bpm.documents import check
from waste_bpm.documents.annex_vii import AnnexVII, GreenCompletion
from waste_bpm.documents.rulebook import entries
from waste_bpm.documents.treatment import TreatmentCompletion
from waste_bpm.errors import InputInvalid

TODAY = date(2026, 7, 1)
PARTY = {**NOTIFICATION["notifier"], "id": "FR-METAL", "country": "FR"}
PLANT = {**NOTIFICATION["facility"]["party"], "id": "DE-SMELT", "country": "DE"}
SIGNED = {"name": "A. Martin", "function": "Export manager", "signed_on": "2026-06-29"}
CARRIER = {"party": {**PARTY, "id": "FR-ROAD"}, "means_of_transport": ["R"]}
GREEN = {
    "number": "GLW.FR2600000042",
    "arranger": PARTY,
    "consignee": {**PLANT, "id": "DE-TRADE"},
    "quantity": mass("24.5"),
    "shipment_date": "2026-07-01",
    "containers": ["CSQU3054383"],
    "carriers": [CARRIER],
    "start_location": "Yard 3, Metz",
    "facility": {"party": PLANT, "site": "Smelter"},
    "facility_kind": "recovery",
    "interim": False,
    "confidential": False,
    "operations": ["R4"],
    "designation": [{"text": "Sorted aluminium scrap"}],
    "waste": {"entry": {"code": "B1010", "list": "BASEL-IX"}},
    "route": [{"role": each["role"], "country": each["country"]} for each in along("FR", "DE")],
    "declaration": SIGNED,
}
RECEIVED = {"received_on": "2026-07-02", "accepted_quantity": mass("24.5"), "signature": SIGNED}
DONE = {
    "completed_on": "2026-07-20",
    "recycled_quantity": mass("24"),
    "recovered_quantity": mass("0.5"),
    "signature": SIGNED,
}
BROKEN = {
    "g3-above-threshold": {"quantity": {"amount": "20", "unit": "KGM"}},
    "g3-quantities-comparable": {"other_quantity": mass("24")},
    "g4a-container-check-digit": {"containers": ["CSQU3054384"]},
    "g5-carriers-in-order": {
        "carriers": [{**CARRIER, "transferred_on": "2026-07-02"}, {**CARRIER, "transferred_on": "2026-07-01"}]
    },
    "g6-producer-named": {"arranger_kind": "broker"},
    "g7-interim-followed": {"interim": True},
    "g7-confidentiality-reasoned": {"confidential": True},
    "g8-operations-fit-facility": {"operations": ["D10"]},
    "g10-entry-is-green": {"waste": {"entry": {"code": "A1160", "list": "BASEL-VIII"}}},
    "g11-route-in-order": {"route": GREEN["route"][::-1]},
    "g13-consignee-is-not-facility": {"consignee": PLANT, "consignee_receipt": SIGNED},
    "g14-rejection-described": {"receipt": {**RECEIVED, "rejected_quantity": mass("0.1")}},
    "g15-not-before-receipt": {"receipt": RECEIVED, "completion": {**DONE, "completed_on": "2026-07-01"}},
    "g15-mass-accounted-for": {"receipt": RECEIVED, "completion": {**DONE, "recycled_quantity": mass("24.1")}},
}


def told(**changed):
    return {each.rule_id: each for each in check.findings(AnnexVII.model_validate({**GREEN, **changed}), on=TODAY)}


def test_a_good_document_has_no_finding_at_any_time_of_its_life():
    assert told() == {}
    assert told(receipt=RECEIVED, completion=DONE, other_quantity=volume("30")) == {}


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_is_broken_once_and_says_where_why_and_how(rule):
    finding = told(**BROKEN[rule])[rule]
    assert finding.block.startswith("G")
    assert finding.law
    assert finding.fix


def test_no_rule_is_without_a_case():
    assert {entry.rule.id for entry in entries([AnnexVII])} == set(BROKEN)


def test_trap_40_the_threshold_counts_for_each_shipment_and_says_that_loads_must_not_be_split():
    finding = told(quantity={"amount": "20", "unit": "KGM"})["g3-above-threshold"]
    assert finding.severity == "warning"
    assert "split" in finding.fix
    assert told(quantity={"amount": "20.1", "unit": "KGM"}) == {}


def test_trap_45_of_a_confidential_facility_the_flag_is_published_and_not_the_name():
    hidden = {"confidential": True, "confidential_reason": [{"text": "trade secret"}]}
    shown = AnnexVII.model_validate({**GREEN, **hidden}).published()
    assert shown["confidential"] is True
    assert "DE-SMELT" not in str(shown)
    assert "DE-SMELT" in str(AnnexVII.model_validate(GREEN).published())


def test_trap_52_box_15_has_no_quantity_that_was_disposed_of():
    assert "disposed_quantity" in TreatmentCompletion.model_fields
    assert "disposed_quantity" not in GreenCompletion.model_fields


def test_the_number_is_held_to_its_pattern():
    with pytest.raises(InputInvalid) as refused:
        check.read(AnnexVII, {**GREEN, "number": "GLW.FR26"}, on=TODAY)
    assert refused.value.findings[0].pointer == "/number"


def test_the_declaration_is_needed_once_the_form_is_complete():
    data = {key: value for key, value in GREEN.items() if key != "declaration"}
    check.read(AnnexVII, data, on=TODAY, stage="draft")
    with pytest.raises(InputInvalid) as refused:
        check.read(AnnexVII, data, on=TODAY, stage="complete")
    assert [each.block for each in refused.value.findings] == ["G12"]


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=data_of(AnnexVII))
def test_any_document_survives_json_and_back(data):
    made = AnnexVII.model_validate(data)
    assert AnnexVII.model_validate_json(made.model_dump_json()) == made
