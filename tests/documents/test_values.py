"""Each value is judged alike by Python and by the schema: anchored patterns, digits, days, times, texts and units."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from lxml import etree
from pydantic import TypeAdapter, ValidationError

from waste_bpm import resources
from waste_bpm.documents import types
from waste_bpm.documents.model import Document, fields
from waste_bpm.documents.types import Lexical
from waste_bpm.law import codes
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.utility_blocks.envelope import Header
from waste_bpm.vocabulary import Quantity, Text, Unit

XS = "{http://www.w3.org/2001/XMLSchema}"


def within(model: type[Document]) -> Iterator[type[Document]]:
    yield model
    for spec in fields(model):
        if spec.nested:
            yield from within(spec.type)


PARTS = {part for message in MESSAGES.values() for top in (Header, message.document) for part in within(top)}
SPECS = [spec for part in sorted(PARTS, key=lambda part: part.__name__) for spec in fields(part)]
WRITTEN = {spec.lexical.name: spec for spec in SPECS if spec.lexical and spec.type in (str, int, date, datetime)}


def elements_of_type(name: str) -> tuple[etree.XMLSchema, str]:
    """The committed schema that has this type, with an element to try values in."""
    for file in resources.files("schemas", "*.xsd"):
        tree = etree.parse(str(file))
        if tree.find(f"{XS}simpleType[@name='{name}Type']") is not None:
            etree.SubElement(tree.getroot(), f"{XS}element", name="try", type=f"b:{name}Type")
            return etree.XMLSchema(tree), tree.getroot().get("targetNamespace")
    raise LookupError(name)


def schema_takes(name: str, value: str) -> bool:
    schema, namespace = SCHEMAS.setdefault(name, elements_of_type(name))
    element = etree.Element(f"{{{namespace}}}try")
    try:
        element.text = value
    except ValueError:
        return False
    return bool(schema.validate(element))


SCHEMAS: dict[str, tuple[etree.XMLSchema, str]] = {}


def python_takes(name: str, value: object) -> bool:
    spec = WRITTEN[name]
    try:
        ADAPTERS.setdefault(name, _adapter(spec.type, spec.lexical)).validate_python(value)
    except ValidationError:
        return False
    return True


ADAPTERS: dict[str, TypeAdapter] = {}


def _adapter(kind: type, lexical: Lexical) -> TypeAdapter:
    return TypeAdapter(Annotated[kind, lexical])


PATTERNED = [name for name, spec in WRITTEN.items() if spec.lexical.pattern]


@pytest.mark.parametrize("name", PATTERNED)
def test_a_pattern_has_an_example_that_both_take(name):
    example = WRITTEN[name].lexical.example
    assert python_takes(name, example)
    assert schema_takes(name, example)


@pytest.mark.parametrize("name", PATTERNED)
def test_a_pattern_is_anchored_for_both(name):
    example = WRITTEN[name].lexical.example
    for garbage in ("@@ ", "\n@@", " @@", "\x00"):
        for wrong in (garbage.strip(" ") + example, example + garbage, f"{example}\n{garbage}x", f"x\n@{example}"):
            assert not python_takes(name, wrong), repr(wrong)
            assert not schema_takes(name, wrong), repr(wrong)


@pytest.mark.parametrize("name", PATTERNED)
def test_a_trailing_newline_is_white_space_to_both_and_is_not_kept(name):
    example = WRITTEN[name].lexical.example
    spec = WRITTEN[name]
    assert schema_takes(name, example + "\n")
    kept = _adapter(spec.type, spec.lexical).validate_python(example + "\n")
    assert kept == _adapter(spec.type, spec.lexical).validate_python(example)


@pytest.mark.parametrize("name", WRITTEN)
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=some.data())
def test_what_python_takes_the_schema_takes(name, data):
    """Python may be stricter, never looser, or a document could not be sent."""
    pattern = WRITTEN[name].lexical.pattern
    near = some.from_regex(pattern) if pattern else some.text(max_size=300)
    value = data.draw(some.one_of(near, some.text(max_size=12)))
    if python_takes(name, value):
        spec = WRITTEN[name]
        kept = _adapter(spec.type, spec.lexical).validate_python(value)
        shown = kept.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(kept, datetime) else str(kept)
        assert schema_takes(name, shown), (value, shown)


CODED = [(spec.block.codes, spec.lexical.name) for spec in SPECS if spec.block.codes]


@pytest.mark.parametrize(("listed", "name"), sorted(set(CODED)))
def test_every_code_of_a_list_can_be_written_in_the_fields_that_draw_from_it(listed, name):
    lists = {"OPERATION": ("D", "R"), "COUNTRY": (), "REGIME": ()}.get(listed, (listed,))
    for entry in (entry for each in lists for entry in codes.entries(each)):
        assert python_takes(name, entry.code), entry.code
        assert schema_takes(name, entry.code), entry.code


def quantity(amount: object, unit: object = "TNE", kind: object = types.Amount) -> Quantity:
    return TypeAdapter(kind).validate_python({"amount": amount, "unit": unit})


@pytest.mark.parametrize(
    "amount",
    ["٢٥", "２５", "1_000", "1,5", "", "NaN", "sNaN", "Infinity", "1e400", "1E+1000000", "1E-7", "1" * 10_000, True, None, [], 1e400],
)  # fmt: skip
def test_an_amount_that_is_no_decimal_of_ten_and_six_digits_is_refused(amount):
    with pytest.raises(ValidationError):
        quantity(amount)


@pytest.mark.parametrize("written", ["1E+3", "1000", 1000, 1000.0, "1000.000000", " 1000 "])
def test_an_amount_loses_its_exponent(written):
    kept = quantity(written)
    assert kept == Quantity(Decimal(1000), Unit.TONNE)
    assert "E" not in str(kept.amount)


def test_an_amount_has_at_most_ten_digits_before_and_six_after_the_point():
    assert quantity("9999999999.999999").amount == Decimal("9999999999.999999")
    for more in ("10000000000", "0.0000001", "1E+10"):
        with pytest.raises(ValidationError):
            quantity(more)


def test_zero_with_a_huge_exponent_is_zero_and_costs_nothing():
    assert str(quantity("0E+999999", kind=types.Share).amount) == "0"
    assert str(quantity("0E+400", kind=types.Share).amount) == "0"


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+99999"), Decimal("-1")])
def test_an_amount_made_inside_is_judged_too(amount):
    with pytest.raises(ValidationError):
        TypeAdapter(types.Amount).validate_python(Quantity(amount, Unit.TONNE))


def test_a_unit_is_one_of_the_list():
    with pytest.raises(ValidationError):
        quantity("1", "tonnes")
    with pytest.raises(ValidationError):
        TypeAdapter(types.Amount).validate_python({"amount": "1"})


@pytest.mark.parametrize("written", [True, "1_0", "٧", 1.5, "1e1", ""])
def test_a_count_is_a_whole_number_in_plain_digits(written):
    assert not python_takes("Count", written)


@pytest.mark.parametrize("written", ["007", "+7", 7, 7.0, " 7 "])
def test_a_count_is_read_as_the_schema_reads_it(written):
    assert TypeAdapter(types.Count).validate_python(written) == 7


@pytest.mark.parametrize(
    "written",
    ["2026-03-01Z", "2026-03-01+01:00", "0000-03-01", "2026-02-30", "2026-3-1", "٢٠٢٦-03-01", 20260301, date(999, 1, 1), date(3000, 1, 1)],
)  # fmt: skip
def test_a_day_is_a_day_of_the_calendar_without_zone(written):
    assert not python_takes("Day", written)
    assert not schema_takes("Day", str(written))


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T24:00:00Z", "2026-03-01T08:30:00", "2026-03-01T08:30Z", "0000-03-01T08:30:00Z", "2026-02-30T08:30:00Z",
        "2026-03-01T08:30:00+25:00", "2026-03-01 08:30:00Z",
    ],
)  # fmt: skip
def test_a_moment_has_a_zone_and_exists(written):
    assert not python_takes("Instant", written)
    assert not schema_takes("Instant", written)


@pytest.mark.parametrize(
    "written", ["1000-01-01T00:00:00+10:00", "2999-12-31T23:59:59-10:00", datetime.min.replace(tzinfo=UTC)]
)
def test_a_moment_that_utc_carries_beyond_the_calendar_is_refused(written):
    assert not python_takes("Instant", written)


def words(text: str, language: str = "en") -> Text:
    return TypeAdapter(types.Words).validate_python({"text": text, "language": language})


@pytest.mark.parametrize("text", ["", "   ", "\n", "a\x07b", "a\x00", "a\ufffe", "a\ud800b", "x" * 4001, "\u0085"])
def test_words_are_something_that_xml_can_carry(text):
    with pytest.raises(ValidationError):
        words(text)


def test_words_keep_their_lines_and_lose_the_space_around():
    assert words("  one\r\ntwo\rthree \n").text == "one\ntwo\nthree"
    assert len(words("x" * 4000).text) == 4000


@pytest.mark.parametrize("language", ["", "EN", "english language", "en_GB", "en\n", "en-"])
def test_words_are_of_a_language(language):
    with pytest.raises(ValidationError):
        words("battery", language)


def test_no_schema_says_what_the_documents_decide():
    """Choices, rules across fields, code lists and wildcards are rules with an id, never XSD."""
    for file in resources.files("schemas", "*.xsd"):
        found = {etree.QName(element).localname for element in etree.parse(str(file)).iter(f"{XS}*")}
        assert not found & {"choice", "any", "anyAttribute", "assert", "key", "keyref", "unique", "import", "include"}
        assert b"A1160" not in file.read_bytes()
