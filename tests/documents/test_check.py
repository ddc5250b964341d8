"""The door for documents: every mistake at once, with pointer, element, block, article and cure."""

from datetime import date
from typing import Annotated

import pytest

from tests.stage import consignment
from waste_bpm.casework.record import documents
from waste_bpm.documents import check
from waste_bpm.documents.annex_vii import AnnexVII
from waste_bpm.documents.answers import Acknowledgement, ConsentDecision
from waste_bpm.documents.border import Inspection
from waste_bpm.documents.decisions import DecisionUpdate
from waste_bpm.documents.guarantee import GuaranteeApproval
from waste_bpm.documents.illegal import WasteAccount
from waste_bpm.documents.life import matrix
from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.movement import Movement
from waste_bpm.documents.notification import Notification
from waste_bpm.documents.pre_consent import PreConsentApplication, PreConsentNotice
from waste_bpm.documents.returns import TakeBackResponse
from waste_bpm.documents.rulebook import GENERAL, entries
from waste_bpm.documents.transport import BorderCheckResult, CarrierTransfer
from waste_bpm.documents.treatment import (
    FacilityReceipt,
    InterimTreatmentCompletion,
    ShipmentRejection,
    SubsequentTreatmentCompletion,
    TreatmentCompletion,
)
from waste_bpm.errors import InputInvalid

TODAY = date(2026, 6, 1)
NOTIFICATION = consignment().notification
OWN = {
    "serial": 1, "quantity": {"amount": "25.0", "unit": "TNE"}, "shipment_date": "2026-04-01", "packaging": ["4"], "packages": 20,
    "carriers": ["SG-SEACO"], "declaration": {"name": "A. Wanjiru", "function": "Export manager", "signed_on": "2026-03-26"},
}  # fmt: skip
MOVEMENT = Movement.prefilled(Notification.model_validate(NOTIFICATION), OWN)


def mass(amount):
    return {"amount": amount, "unit": "TNE"}


def volume(amount):
    return {"amount": amount, "unit": "MTQ"}


def notified(**changed):
    return Notification, {**NOTIFICATION, **changed}


def with_waste(**changed):
    return notified(waste={**NOTIFICATION["waste"], **changed})


def moved(**changed):
    return Movement, {**MOVEMENT, **changed}


def along(*states):
    """A route over States, each with its points."""
    roles = ["export", *["transit"] * (len(states) - 2), "import"]
    point = {"entry_point": "SGSIN", "exit_point": "SGSIN"}
    return [
        {"role": role, "country": each, "authority": f"{each}-CA", **point}
        for role, each in zip(roles, states, strict=True)
    ]


GENERATOR = {**NOTIFICATION["generators"][0]}
OTHER_GENERATOR = [{**GENERATOR, "party": {**GENERATOR["party"], "id": "KE-OTHER"}}]
RECOVERY = {"non_recoverable_share": "100", "recovered_value": {"amount": "-4", "currency": "EUR", "per": "TNE"}}
RECEIPT = {
    "received_on": "2026-05-01",
    "received_quantity": mass("25"),
    "accepted_quantity": mass("25"),
    "operation": "R4",
}
COMPLETION = {"completed_on": "2026-05-20", "treated_quantity": mass("25"), "operation": "R4"}
SIGNED = {"name": "J. Kim", "function": "Intake", "signed_on": "2026-05-01"}
CONSENT = {"country": "LK", "decided_on": "2026-01-20", "valid_from": "2026-03-01", "valid_until": "2026-12-01"}
OBJECTION = {"country": "LK", "decided_on": "2026-01-20", "grounds": [{"text": [{"text": "no"}]}]}
ACKNOWLEDGED = {"country": "LK", "received_on": "2026-01-20", "acknowledged_on": "2026-01-21"}
PASSED_OUT = {"office": "SG-PORT", "point": "transit_out", "result": "released", "decided_at": "2026-05-01T00:00:00Z"}


TRANSFER = {
    "handed_over_at": "2026-05-26T04:30:00Z", "place": "KEMBA", "from_carrier": "A", "carrier": "B",
    "conveyance": {"means_of_transport": "S", "vehicle": "MV Example"},
}  # fmt: skip
REJECTION = {
    "received_on": "2026-05-01", "received_quantity": mass("25"), "accepted_quantity": mass("19"), "rejected_quantity": mass("6"),
    "reason": [{"text": "mixed"}], "location": "Bay 2",
}  # fmt: skip
LATER = {
    "facility": "KR-F2", "received_on": "2026-06-01", "completed_on": "2026-06-02", "treated_quantity": mass("10"), "operation": "R4",
}  # fmt: skip
INSPECTION = {
    "inspected_at": "2026-05-01T00:00:00Z", "inspectors": [{"agency": "KR-BUSAN", "officer": "J. Kim"}], "conforms": True,
}  # fmt: skip


def next_to(amount):
    return {
        "facility": "KR-F2",
        "name": "Refinery",
        "country": "KR",
        "quantity": mass(amount),
        "operation": "R4",
    }


PRE_CONSENT = {
    "applied_on": "2026-06-01",
    "facility": NOTIFICATION["facility"],
    "authority": "KR-CA",
    "waste": [{"code": "A1160", "list": "BASEL-VIII"}],
    "operations": ["R4"],
    "technology": [{"text": "Smelting"}],
}
BROKEN = {
    "n3-scope-fits-number": (Notification, {**NOTIFICATION, "intended_shipments": 1}),
    "n11-operations-fit-category": (Notification, {**NOTIFICATION, "operations": ["D10"]}),
    "n6-departures-in-order": (Notification, {**NOTIFICATION, "last_departure": "2026-03-22"}),
    "n7-handling-explained": (Notification, {**NOTIFICATION, "handling_instructions": []}),
    "n14-hazard-stated": (Notification, {**NOTIFICATION, "waste": {**NOTIFICATION["waste"], "h_codes": []}}),
    "n15-route-joined": (Notification, {**NOTIFICATION, "route": NOTIFICATION["route"][::-1]}),
    "n18-annexes-counted": (Notification, {**NOTIFICATION, "annex_count": 3}),
    "n1-dealer-authorised": notified(notifier_kind="dealer"),
    "n3-number-of-scheme": notified(
        number="GB 000427", notifier={**NOTIFICATION["notifier"], "country": "GB"}, route=along("GB", "KR")
    ),
    "n3-pre-consent-for-recovery": notified(category="disposal", operations=["D10"], pre_consented=True),
    "n5-quantities-comparable": notified(least_quantity=volume("50")),
    "n5-quantities-in-order": notified(shipment_quantity=mass("100.000001")),
    "n7-packaging-described": notified(packaging=["9"]),
    "n10-interim-followed": notified(operations=["R13"]),
    "n11-entry-bound-to-operation": with_waste(basel={"code": "B3011", "list": "BASEL-IX"}, h_codes=[]),
    "n11-recovery-data-given": notified(regime="GB"),
    "n11-recovery-worth-it": notified(recovery=RECOVERY),
    "n12-shares-within-whole": notified(
        constituents=[{"name": "lead", "least": "60"}, {"name": "acid", "least": "40.01"}]
    ),
    "n12-range-in-order": notified(constituents=[{"name": "lead", "least": "60", "most": "50"}]),
    "n13-characteristic-described": notified(physical_characteristics=["7"]),
    "n14-coded-or-not-applicable": with_waste(not_applicable=["customs"]),
    "n14-other-waste-without-hazard": with_waste(basel={"code": "Y46", "list": "BASEL-II"}),
    "n14-number-with-class": with_waste(un_number=None),
    "n14-class-fits-hazard": with_waste(un_classes=["3"]),
    "n14-mirror-explained": with_waste(basel={"code": "A1181", "list": "BASEL-VIII"}),
    "n14-customs-code-correlates": with_waste(hs_codes=["8548.10"], basel={"code": "B1010", "list": "BASEL-IX"}),
    "n14-families-answered": with_waste(un_number=None, un_classes=[]),
    "n15-no-state-twice": notified(route=along("KE", "SG", "LK", "SG", "KR")),
    "n15-points-of-entry-and-exit": notified(
        route=[
            *along("KE", "SG")[:1],
            *NOTIFICATION["route"][2:3],
            {"role": "import", "country": "KR", "authority": "KR-CA"},
        ]
    ),
    "n15-alternatives-whole": notified(alternative_routes=[{"name": "by Dubai", "states": along("KE", "AE", "JP")}]),
    "n16-offices-at-the-union-border": notified(route=along("KE", "FR", "KR")),
    "n17-generator-signs": notified(generators=OTHER_GENERATOR),
    "n19-one-acknowledgement-each": notified(acknowledgements=[ACKNOWLEDGED, ACKNOWLEDGED]),
    "n20-one-answer-each": notified(consents=[CONSENT], objections=[OBJECTION]),
    "m2a-container-check-digit": moved(containers=["CSQU3054384"]),
    "m5-quantities-comparable": moved(other_quantity=mass("24")),
    "m7-packaging-described": moved(packaging=["9"]),
    "m8-custody-without-gap": moved(transfers=[TRANSFER, {**TRANSFER, "from_carrier": "C", "carrier": "D"}]),
    "m14-codes-still-valid": moved(
        waste={**MOVEMENT["waste"], "basel": {"code": "A1180", "list": "BASEL-VIII"}},
        notified_on="2024-12-01",
        shipment_date="2025-02-01",
    ),
    "m17-consignee-is-not-facility": moved(consignee_received_on="2026-05-01"),
    "m19-not-before-receipt": moved(receipt=RECEIPT, completion={**COMPLETION, "completed_on": "2026-04-30"}),
    "m19-mass-accounted-for": moved(receipt=RECEIPT, completion={**COMPLETION, "treated_quantity": mass("24.8")}),
    "m22-transit-paired": moved(border_checks=[PASSED_OUT]),
    "m18-nothing-rejected": (FacilityReceipt, {**RECEIPT, "rejected_quantity": mass("0.000001")}),
    "m19-parts-within-treated": (
        TreatmentCompletion,
        {**COMPLETION, "recycled_quantity": mass("20"), "disposed_quantity": mass("5.1")},
    ),
    "n19-acknowledged-after-receipt": (
        Acknowledgement,
        {"country": "LK", "received_on": "2026-01-20", "acknowledged_on": "2026-01-19"},
    ),
    "n20-validity-in-order": (
        ConsentDecision,
        {"country": "LK", "decided_on": "2026-01-20", "valid_from": "2026-03-01", "valid_until": "2026-03-01"},
    ),
    "n21-caps-comparable": (
        ConsentDecision,
        {
            "country": "LK",
            "decided_on": "2026-01-20",
            "valid_from": "2026-03-01",
            "valid_until": "2027-03-01",
            "conditions": [
                {"text": [{"text": "by weight"}], "most_quantity": mass("90")},
                {"text": [{"text": "by volume"}], "most_quantity": {"amount": "80", "unit": "MTQ"}},
            ],
        },
    ),
    "n20-update-complete": (
        DecisionUpdate,
        {
            "country": "KR",
            "decided_on": "2026-03-01",
            "replaces": 1,
            "becomes": "objection",
            "reason": [{"text": "new facts"}],
        },
    ),
    "m8-two-carriers": (CarrierTransfer, {**TRANSFER, "carrier": "A"}),
    "border-hold-has-reason": (
        BorderCheckResult,
        {"office": "KR-BUSAN", "point": "entry", "result": "held", "decided_at": "2026-05-01T00:00:00Z"},
    ),
    "m18-all-accepted": (
        FacilityReceipt,
        {
            "received_on": "2026-05-01",
            "received_quantity": mass("25"),
            "accepted_quantity": mass("24"),
            "operation": "R4",
        },
    ),
    "m18-mass-balance": (ShipmentRejection, {**REJECTION, "rejected_quantity": mass("5.999999")}),
    "m19-outputs-balance": (
        InterimTreatmentCompletion,
        {
            "completed_on": "2026-05-01",
            "treated_quantity": mass("25"),
            "operation": "R12",
            "outputs": [next_to("24.9999")],
        },
    ),
    "m19-subsequent-outputs-balance": (
        SubsequentTreatmentCompletion,
        {**LATER, "operation": "R12", "outputs": [next_to("9")], "residue": mass("0.5")},
    ),
    "m19-subsequent-in-order": (SubsequentTreatmentCompletion, {**LATER, "completed_on": "2026-05-31"}),
    "inspection-joint": (Inspection, {**INSPECTION, "joint": True}),
    "inspection-finding-said": (Inspection, {**INSPECTION, "conforms": False}),
    "guarantee-validity-in-order": (
        GuaranteeApproval,
        {"reference": "X", "decided_on": "2026-05-01", "valid_from": "2026-05-02", "valid_until": "2026-05-01"},
    ),
    "take-back-alternative-named": (
        TakeBackResponse,
        {"answer": "alternative", "answered_on": "2026-05-01", "quantity": mass("6"), "holder": "KE-RVB"},
    ),
    "illegal-part-counted": (WasteAccount, {"on": "2022-02-19", "fate": "returned"}),
    "pre-consent-for-recovery": (PreConsentApplication, {**PRE_CONSENT, "operations": ["D10"]}),
    "pre-consent-more-than-storage": (PreConsentApplication, {**PRE_CONSENT, "operations": ["R13"]}),
    "pre-consent-validity-in-order": (
        PreConsentNotice,
        {
            "decided_on": "2026-07-01",
            "valid_from": "2026-07-02",
            "valid_until": "2026-07-01",
            "waste": PRE_CONSENT["waste"],
            "operations": ["R4"],
        },
    ),
}


class Enclosing(Document):
    """A document that holds a notification and names no regime itself."""

    inside: Annotated[Notification, Block(says="The notification")]


def told(model, data):
    """Everything that the rules say of a document, warnings too."""
    return {each.rule_id: each for each in check.findings(model.model_validate(data), on=TODAY)}


def found(model, data, stage=None):
    with pytest.raises(InputInvalid) as refused:
        check.read(model, data, on=TODAY, stage=stage)
    return {finding.rule_id: finding for finding in refused.value.findings}


SEVERITY = {entry.rule.id: entry.rule.severity for entry in entries(documents().values())}


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_is_broken_once_and_says_what_where_why_and_how(rule):
    model, data = BROKEN[rule]
    finding = told(model, data)[rule]
    assert finding.severity == SEVERITY[rule]
    assert finding.message.endswith(".")
    assert finding.pointer
    assert finding.xpath
    assert finding.law
    assert finding.fix


def test_no_rule_is_without_a_case():
    of_annex_vii = {entry.rule.id for entry in entries([AnnexVII])}
    assert set(SEVERITY) - of_annex_vii == set(BROKEN)


ANYWHERE = {
    "field-missing": notified(contract=None),
    "code-unknown": notified(packaging=["77"]),
    "code-withdrawn": with_waste(basel={"code": "A1180", "list": "BASEL-VIII"}),
    "code-not-yet-valid": notified(
        waste={**NOTIFICATION["waste"], "basel": {"code": "A1181", "list": "BASEL-VIII"}},
        declaration={**NOTIFICATION["declaration"], "signed_on": "2024-12-31"},
    ),
    "country-unknown": notified(notifier={**NOTIFICATION["notifier"], "country": "UK"}),
    "regime-unknown": notified(regime="MARS"),
    "quantity-decimals": notified(regime="GB", intended_quantity=mass("99.00001")),
    "text-language-twice": notified(
        designation=[{"text": "one"}, {"text": "two", "language": "fr"}, {"text": "three"}]
    ),
}


@pytest.mark.parametrize("rule", ANYWHERE)
def test_each_check_of_every_document_is_broken_once(rule):
    model, data = ANYWHERE[rule]
    finding = found(model, data, stage="submit")[rule]
    assert finding.message.endswith(".")
    assert finding.pointer
    assert finding.fix


def test_no_check_of_every_document_is_without_a_case():
    assert {each.id for each in GENERAL} == set(ANYWHERE)


def test_the_same_text_in_two_languages_is_good_and_the_first_is_authentic():
    texts = [{"text": "Batteries", "language": "en"}, {"text": "Piles", "language": "fr"}]
    document = check.read(Notification, {**NOTIFICATION, "designation": texts}, on=TODAY)
    assert document.designation[0].language == "en"


def test_the_good_documents_break_no_rule():
    for model, data in (
        (Notification, NOTIFICATION),
        (Movement, MOVEMENT),
        (FacilityReceipt, RECEIPT),
        (TreatmentCompletion, COMPLETION),
    ):
        assert told(model, data) == {}


def test_a_good_document_has_no_finding():
    assert check.read(Notification, NOTIFICATION, on=TODAY, stage="submit").number == "KE 000427"
    assert check.read(Movement, MOVEMENT, on=TODAY, stage="announce").carrier_ids == ("SG-SEACO",)


@pytest.mark.parametrize(
    ("change", "pointer", "block"),
    [
        ({"number": "ke"}, "/number", "N3"),
        ({"intended_quantity": mass("-1")}, "/intended_quantity", "N5"),
        ({"intended_quantity": {"amount": "1"}}, "/intended_quantity/unit", "N5"),
        ({"first_departure": "2026-02-30"}, "/first_departure", "N6"),
        ({"first_departure": 1767225600}, "/first_departure", "N6"),
        ({"packaging": ["77"]}, "/packaging/0", "N7"),
        ({"notifier": {**NOTIFICATION["notifier"], "phone": "0700"}}, "/notifier/phone", "N1"),
        ({"notifier": {**NOTIFICATION["notifier"], "country": "UK"}}, "/notifier/country", None),
        ({"designation": [{"text": ""}]}, "/designation/0", "N12"),
        ({"designation": [{"text": "a\x07b"}]}, "/designation/0", "N12"),
        ({"designation": [{"text": "a\ud800b"}]}, "/designation/0", "N12"),
        ({"scope": "several"}, "/scope", "N3"),
        ({"colour": "blue"}, "/colour", None),
    ],
)
def test_a_mistake_points_to_its_field_and_block(change, pointer, block):
    wrong = found(Notification, {**NOTIFICATION, **change})
    finding = next(each for each in wrong.values() if each.pointer.startswith(pointer))
    assert finding.message
    assert finding.fix
    assert finding.block == block or block is None


def test_all_mistakes_are_told_at_once():
    wrong = {**NOTIFICATION, "number": "?", "intended_shipments": 0, "colour": "blue", "first_departure": "soon"}
    with pytest.raises(InputInvalid) as refused:
        check.read(Notification, wrong, on=TODAY)
    assert {each.pointer for each in refused.value.findings} == {
        "/number",
        "/intended_shipments",
        "/colour",
        "/first_departure",
    }


def test_a_near_miss_is_guessed():
    assert "notifier" in found(Notification, {**NOTIFICATION, "notifer": 1})["field-extra-forbidden"].fix


def test_codes_are_judged_at_the_day():
    waste = {**NOTIFICATION["waste"], "basel": {"code": "B1110", "list": "BASEL-IX"}}
    data = {**NOTIFICATION, "waste": waste}
    check.read(Notification, data, on=date(2024, 12, 31))
    assert "Y49" in found(Notification, data)["code-withdrawn"].message + (
        found(Notification, data)["code-withdrawn"].fix or ""
    )


def test_a_notification_inside_another_document_is_judged_by_its_own_regime():
    waste = {**NOTIFICATION["waste"], "un_number": None, "un_classes": []}
    data = {"inside": {**NOTIFICATION, "waste": waste}}
    assert list(told(Enclosing, data)) == ["n14-families-answered"]


def test_a_notification_inside_another_document_keeps_the_day_of_its_codes():
    withdrawn = {**NOTIFICATION["waste"], "basel": {"code": "A1180", "list": "BASEL-VIII"}}
    before = {**NOTIFICATION["declaration"], "signed_on": "2024-12-01"}
    assert "code-withdrawn" in told(Enclosing, {"inside": {**NOTIFICATION, "waste": withdrawn}})
    assert "code-withdrawn" not in told(
        Enclosing, {"inside": {**NOTIFICATION, "waste": withdrawn, "declaration": before}}
    )


def test_what_a_stage_needs_may_be_missing_before_it():
    data = {key: value for key, value in NOTIFICATION.items() if key not in ("contract", "insurance", "declaration")}
    check.read(Notification, data, on=TODAY, stage="draft")
    assert found(Notification, data, stage="submit")["field-missing"].law


def test_the_matrix_says_from_when_a_field_is_sealed():
    rows = {row["field"]: row for row in matrix(Movement)}
    assert rows["waste"]["sealed_from"] == "announce"
    assert rows["quantity"]["sealed_from"] == "depart"
    assert rows["receipt"]["filled_from"] == "receive"


def test_a_body_that_is_no_json_is_said_with_line_and_column():
    with pytest.raises(InputInvalid) as refused:
        check.parse_json(b'{\n "a": }')
    assert refused.value.status == 400
    assert refused.value.findings[0].line == 2
