"""SOP-01: the document and consent check, told as the cases an officer meets."""

from datetime import UTC, datetime

import pytest

from waste_bpm.sop.checklist import sop
from waste_bpm.sop.run import play
from waste_bpm.vocabulary import tonnes

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
NUMBERS = {"evidence": [{"type": "document_no", "value": "LK 0001"}, {"type": "document_no", "value": "LK 0001/3"}]}
SIGNED = {"evidence": [{"type": "signature", "value": "officer-7"}]}
GOOD = {
    "movement_document": "yes", "numbers": NUMBERS, "waste_status": "controlled_waste", "match": "yes",
    "consents": "all_written", "period": "yes", "shipments": "yes", "quantity": "fits", "quantity_at_entry": "fits",
    "conditions": "yes", "security": "yes", "prohibitions": "no", "sign": SIGNED,
}  # fmt: skip


def outcome(point="exit", facts=None, **answers):
    run = play(sop("SOP-01"), point, facts or {}, {**GOOD, **answers}, "officer-7", NOON)
    return run.outcome.event, run.outcome.reason


VERIFIED = ("documents.verified", None)


def stopped(reason):
    return ("documents.discrepancy_recorded", reason)


@pytest.mark.parametrize("point", ["exit", "transit_in", "transit_out", "entry"])
def test_papers_in_order_are_verified_at_every_point(point):
    assert outcome(point) == VERIFIED


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"movement_document": "no"}, "no_movement_document"),
        ({"movement_document": "cannot_tell"}, "check_incomplete"),
        ({"waste_status": "not_waste"}, "status_not_proven"),
        ({"waste_status": "uncontrolled_waste", "claim": "no"}, "status_not_proven"),
        ({"consents": "missing"}, "consent_missing"),
        ({"consents": "transit_silent", "silence": "no"}, "consent_missing"),
        ({"period": "no"}, "outside_consent_period"),
        ({"shipments": "no"}, "shipment_not_consented"),
        ({"quantity": "too_much"}, "quantity_exceeds_consent"),
        ({"conditions": "no"}, "conditions_breached"),
        ({"security": "no"}, "security_missing"),
        ({"prohibitions": "yes"}, "prohibited"),
        ({"match": "no", "difference": "material"}, "material_mismatch"),
        ({"match": "no", "difference": "cannot_tell"}, "material_mismatch"),
        ({"match": "no", "difference": "clerical", "correction": "no"}, "material_mismatch"),
    ],
)
def test_each_fault_has_its_reason(answers, reason):
    assert outcome(**answers) == stopped(reason)


def test_silence_of_a_transit_state_that_waived_consent_carries():
    assert outcome(consents="transit_silent", silence="yes") == VERIFIED


def test_uncontrolled_waste_still_meets_the_prohibitions():
    assert outcome(waste_status="uncontrolled_waste", claim="yes") == VERIFIED
    assert outcome(waste_status="uncontrolled_waste", claim="yes", prohibitions="yes") == stopped("prohibited")


def test_a_corrected_slip_is_verified():
    assert outcome(match="no", difference="clerical", correction="yes") == VERIFIED


def test_a_graver_reason_is_found_behind_a_mismatch():
    assert outcome(match="no", consents="missing") == stopped("consent_missing")


def test_at_entry_the_scales_count():
    facts = {"announced_quantity": tonnes(20), "weighed_quantity": tonnes("24.3"), "consented_left": tonnes(22)}
    assert outcome("exit", facts) == VERIFIED
    assert outcome("entry", facts) == stopped("quantity_exceeds_consent")


def test_before_entry_the_announced_quantity_counts():
    facts = {"announced_quantity": tonnes(25), "consented_left": tonnes(22)}
    assert outcome("transit_out", facts) == stopped("quantity_exceeds_consent")


def test_a_load_that_fits_but_weighs_otherwise_is_explained():
    answers = {"quantity_at_entry": "fits_but_differs", "difference": "clerical"}
    assert outcome("entry", **answers, correction="yes") == VERIFIED
    assert outcome("entry", **answers, correction="no") == stopped("material_mismatch")


def test_papers_never_ask_to_open_the_unit():
    assert any("Never open the unit" in line for line in sop("SOP-01").steps[0].warn)
