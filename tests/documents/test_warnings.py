"""A warning refuses nothing and reaches whoever took the step; an error refuses."""

from datetime import date

import pytest

from tests.stage import case_id, consignment, node_of, world
from waste_bpm.casework.line import Request, act
from waste_bpm.cli.case_act import taken, took
from waste_bpm.documents import check
from waste_bpm.documents.notification import Notification
from waste_bpm.errors import InputInvalid
from waste_bpm.law.rules import regime

GOOD = consignment().notification
STRANGE = {**GOOD, "waste": {**GOOD["waste"], "un_classes": ["3"]}}
TODAY = date(2026, 1, 12)


def test_a_warning_does_not_refuse_and_is_told():
    document = check.read(Notification, STRANGE, on=TODAY, stage="submit")
    (warning,) = check.warnings(document, on=TODAY, stage="submit")
    assert (warning.rule_id, warning.severity, warning.block) == ("n14-class-fits-hazard", "warning", "14.ix")


def test_whoever_acts_gets_the_warning_with_the_success():
    node = node_of(world())
    outcome = act(
        node,
        Request(
            case_id=case_id(),
            stream="notification",
            step="draft",
            party="KE-RVB",
            document=Notification.model_validate(STRANGE),
        ),
    )
    assert [each.rule_id for each in outcome.warnings] == ["n14-class-fits-hazard"]
    assert taken(outcome)["warnings"][0]["rule_id"] == "n14-class-fits-hazard"
    assert any("n14-class-fits-hazard" in line for line in took(outcome))


def test_an_error_is_no_warning():
    document = Notification.model_validate({**STRANGE, "annex_count": 7})
    with pytest.raises(InputInvalid):
        check.complete(document, on=TODAY)
    assert [each.rule_id for each in check.warnings(document, on=TODAY)] == ["n14-class-fits-hazard"]


@pytest.mark.parametrize(
    ("amount", "unit", "right"),
    [("12345.6", "KGM", True), ("12.3456", "TNE", True), ("12345.67", "KGM", False), ("12.34567", "TNE", False)],
)
def test_a_declared_quantity_has_the_decimals_of_its_regime(amount, unit, right):
    """Amounts are exact inside; the regime of Great Britain takes four decimals of a tonne, the Convention any."""
    data = {**GOOD, "intended_quantity": {"amount": amount, "unit": unit}}
    document = Notification.model_validate(data)
    found = {each.rule_id: each for each in check.findings(document, on=TODAY)}
    assert "quantity-decimals" not in found
    british = {each.rule_id: each for each in check.findings(document.model_copy(update={"regime": "GB"}), on=TODAY)}
    assert ("quantity-decimals" not in british) == right
    if not right:
        finding = british["quantity-decimals"]
        assert (finding.block, finding.pointer) == ("N5", "/intended_quantity")
        assert finding.law == regime("GB").on("quantity_decimals_tonnes", TODAY).reference
