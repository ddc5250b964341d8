"""Each trap of writing and reading messages is a test; each refusal says what, where and how to cure it."""

import gzip
import re

import pytest

from tests.stage import DEMO, node_of, played
from waste_bpm.casework.log import messages
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import gate

STORED = {each.name: each.body for each in messages(node_of(played("Shipment 1 departs", hosting=DEMO)).store)}
GOOD = STORED["MovementAnnouncement"]
PLAIN = GOOD.partition(b"\n")[2]
XSI = b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def refused(data):
    with pytest.raises(InputInvalid) as answer:
        gate.read(data)
    assert all(finding.message for finding in answer.value.findings)
    assert any(finding.fix for finding in answer.value.findings)
    return answer.value


def changed(old: bytes, new: bytes) -> bytes:
    assert old in GOOD, old
    return GOOD.replace(old, new, 1)


FORBIDDEN = {
    "a DOCTYPE": b"<!DOCTYPE MovementAnnouncement []>" + PLAIN,
    "an external entity": b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + PLAIN.replace(b"Used", b"&e;", 1),
    "a billion laughs": b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' + PLAIN,
    "a DOCTYPE after a long prologue": b"<!-- " + b"x" * 65536 + b" --><!DOCTYPE a>" + PLAIN,
    "a comment in a value": GOOD.replace(b"A1160", b"A11<!--x-->60"),
    "a processing instruction": b'<?xml-stylesheet href="a.xsl"?>' + PLAIN,
    "a schema location": GOOD.replace(b" schemaVersion", XSI + b' xsi:schemaLocation="a b" schemaVersion', 1),
    "an xsi:type": GOOD.replace(b"<Serial>", b"<Serial" + XSI + b' xsi:type="x">', 1),
    "an xsi:nil": GOOD.replace(b"<Serial>", b"<Serial" + XSI + b' xsi:nil="true">', 1),
    "an XInclude": GOOD.replace(
        b"<Serial>", b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="x"/><Serial>', 1
    ),
    "a hidden schema location": GOOD.replace(
        b" schemaVersion", b' xmlns:x="http://www.w3.org/2001/XMLSchema-inst&#97;nce" x:nil="true" schemaVersion', 1
    ),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_forbidden_constructs_are_refused_before_anything_is_read(what):
    answer = refused(FORBIDDEN[what])
    assert answer.status == 400
    assert answer.findings[0].rule_id == "xml-forbidden-construct"
    assert answer.findings[0].line


MALFORMED = {
    "nothing": b"",
    "white space": b"  \n ",
    "JSON": b'{"a": 1}',
    "two roots": GOOD + b"<a/>",
    "an unclosed element": GOOD[:-5],
    "an undefined entity": GOOD.replace(b"A1160", b"&foo;", 1),
    "bytes that are no UTF-8": GOOD.replace(b"A1160", b"A\xff\xfe", 1),
    "NUL": GOOD.replace(b"A1160", b"A\x00", 1),
    "a control character": GOOD.replace(b"A1160", b"A\x07", 1),
    "gzip": gzip.compress(GOOD),
    "UTF-16": GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "a DOCTYPE in UTF-16": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a []><a/>'.encode("utf-16"),
    "another encoding declared": GOOD.replace(b"UTF-8", b"ISO-8859-1", 1),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_not_well_formed_utf_8_is_refused(what):
    assert refused(MALFORMED[what]).status == 400


def test_what_is_too_large_is_refused_before_it_is_parsed():
    assert refused(GOOD + b" " * 2 * 1024 * 1024).status == 413


WRONG = {
    "no unit": (b'<Quantity unitCode="TNE">', b"<Quantity>", "M5"),
    "an unknown unit": (b'unitCode="TNE"', b'unitCode="tonnes"', "M5"),
    "a negative quantity": (b">25.0<", b">-25.0<", "M5"),
    "a quantity of zero": (b">25.0<", b">0<", "M5"),
    "NaN": (b">25.0<", b">NaN<", "M5"),
    "infinity": (b">25.0<", b">INF<", "M5"),
    "an exponent": (b">25.0<", b">1e400<", "M5"),
    "twenty digits": (b">25.0<", b">" + b"9" * 20 + b"<", "M5"),
    "Arabic-Indic digits": (b">25.0<", ">٢٥<".encode(), "M5"),
    "a day that does not exist": (b"<ShipmentDate>2026-04-01", b"<ShipmentDate>2026-02-30", "M6"),
    "a day with a zone": (b"<ShipmentDate>2026-04-01", b"<ShipmentDate>2026-04-01Z", "M6"),
    "the year 0000": (b"<ShipmentDate>2026-04-01", b"<ShipmentDate>0000-04-01", "M6"),
    "24 o'clock": (b"T06:00:00Z</IssuedAt>", b"T24:00:00Z</IssuedAt>", None),
    "a time without zone": (b"T06:00:00Z</IssuedAt>", b"T06:00:00</IssuedAt>", None),
    "an empty text": (b"<Law>Basel Art. 6(9), Annex V B</Law>", b"<Law></Law>", None),
    "a text in no language": (b'languageID="en"', b'languageID="english language"', "M12"),
    "a code with garbage behind": (b"<Operation>R4", b"<Operation>R4 or R5", "M11"),
    "a code with garbage before": (b"<Country>KE", b"<Country>xKE", "M3"),
    "an unknown element": (b"<Serial>", b"<Colour>blue</Colour><Serial>", None),
    "an element in the wrong place": (
        b"<Serial>1</Serial><TotalShipments>4</TotalShipments>",
        b"<TotalShipments>4</TotalShipments><Serial>1</Serial>",
        None,
    ),
    "an inline schema": (b"<Serial>", b'<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"/><Serial>', None),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_the_schema_does_not_allow_is_explained_with_place_and_block(what):
    old, new, block = WRONG[what]
    answer = refused(changed(old, new))
    assert answer.status == 422
    finding = answer.findings[0]
    assert finding.rule_id == "schema-invalid"
    assert finding.xpath.startswith("/MovementAnnouncement/")
    assert block in [each.block for each in answer.findings] or block is None


RULES = {
    "an unknown code": (b">A1160<", b">A9999<", "code-unknown"),
    "a withdrawn code": (b'listID="BASEL-VIII">A1160', b'listID="BASEL-IX">B1110', "code-withdrawn"),
    "an unknown operation": (b"<Operation>R4", b"<Operation>R99", "code-unknown"),
    "an unknown country": (b"<Country>KE", b"<Country>UK", "country-unknown"),
    "a type code of another message": (b"<TypeCode>TMW.03.1", b"<TypeCode>TMW.03.2", "type-code-fits-root"),
    "another version": (b'schemaVersion="1.1"', b'schemaVersion="1.9"', "version-unsupported"),
    "an unknown root": (b"<MovementAnnouncement ", b"<Movement ", "xml-malformed"),
}


@pytest.mark.parametrize("what", RULES)
def test_what_only_a_rule_can_see_names_the_rule(what):
    old, new, rule = RULES[what]
    assert rule in {finding.rule_id for finding in refused(changed(old, new)).findings}


def test_fourteen_digits_before_the_point_pass_the_schema_and_not_the_document():
    """`totalDigits` counts all digits together; the model knows how many may stand before the point."""
    answer = refused(changed(b">25.0<", b">" + b"9" * 14 + b"<"))
    assert [each.rule_id for each in answer.findings] == ["field-digits"]
    assert (answer.findings[0].block, answer.findings[0].xpath) == ("M5", "/MovementAnnouncement/Movement/Quantity")


def test_at_least_one_of_two_codes_passes_the_schema_and_not_the_document():
    sent = re.sub(rb"<HCode>[^<]*</HCode>", b"", STORED["NotificationSubmission"])
    answer = refused(sent)
    assert [each.rule_id for each in answer.findings] == ["n14-hazard-stated"]
    assert answer.findings[0].xpath == "/NotificationSubmission/Notification/Waste"


def test_a_message_that_nobody_knows_is_said_with_those_that_exist():
    assert "NotificationSubmission" in refused(b'<Letter xmlns="urn:other"/>').findings[0].fix


def test_a_code_with_white_space_around_is_read_without_it():
    assert gate.read(changed(b">A1160<", b">A1160\n<")).document.waste_code.code == "A1160"


def test_all_mistakes_of_a_message_are_told_at_once():
    wrong = (
        changed(b">25.0<", b">-1<")
        .replace(b"<Country>KE", b"<Country>kenya", 1)
        .replace(b"<Serial>1<", b"<Serial>one<")
    )
    assert len(refused(wrong).findings) >= 3
