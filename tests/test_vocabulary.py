"""Words that every floor shares: quantities never mix mass and volume, findings say only what they know."""

from decimal import Decimal

import pytest

from waste_bpm.vocabulary import Finding, Quantity, Unit, tonnes


def kilograms(amount):
    return Quantity(Decimal(amount), Unit.KILOGRAM)


CUBIC = Quantity(Decimal(1), Unit.CUBIC_METRE)


def test_kilograms_are_exact_tonnes():
    assert kilograms("12345.6").base == Decimal("12.3456")
    assert kilograms("1000").same_as(tonnes(1))
    assert (kilograms("60000") + tonnes(25)).same_as(tonnes(85))
    assert (tonnes(100) - kilograms("85000")) == tonnes(15)


def test_amounts_are_exact_inside_and_say_how_many_decimals_they_need():
    assert kilograms("12345.67").base == Decimal("12.34567")
    assert (kilograms("12345.67").decimals, tonnes("12.34567").decimals) == (2, 5)
    assert (tonnes("12.3400").decimals, tonnes("1E+3").decimals) == (2, 0)


def test_a_litre_is_a_thousandth_of_a_cubic_metre_and_never_a_kilogram():
    assert Quantity(Decimal(1000), Unit.LITRE).same_as(CUBIC)
    assert not CUBIC.same_as(tonnes(1))


@pytest.mark.parametrize("compare", [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a <= b])
def test_mass_and_volume_are_never_compared(compare):
    with pytest.raises(ValueError, match="cannot be compared"):
        compare(tonnes(1), CUBIC)


def test_order():
    assert tonnes("14.9999") < kilograms("15000")
    assert tonnes(15) <= kilograms("15000")
    assert not tonnes("15.0001") <= kilograms("15000")


def test_a_finding_leaves_out_what_it_does_not_know():
    assert Finding(rule_id="a", message="b.").as_json() == {"rule_id": "a", "message": "b.", "severity": "error"}
    assert str(Finding(rule_id="a", message="b.", block="N5", law="Art. 6", fix="c.")) == "a [N5]: b. (Art. 6) c."
