"""Typical mistakes, twenty in JSON and more in XML: a person reads what is wrong, where, why, and what to do.

`pytest -s tests/utility_blocks/test_readable.py` prints them as they are read.
"""

import re
from copy import deepcopy
from dataclasses import replace
from datetime import date

import pytest

from tests.stage import DEMO, consignment, node_of, played
from waste_bpm.casework.log import messages
from waste_bpm.documents import check
from waste_bpm.documents.answers import ConsentDecision
from waste_bpm.documents.movement import Movement
from waste_bpm.documents.notification import Notification
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.wording import Level, in_language, languages, sentences
from waste_bpm.vocabulary import Finding

STORED = {each.name: each.body for each in messages(node_of(played("Shipment 1 departs", hosting=DEMO)).store)}
JSON = {
    Notification: consignment().notification,
    Movement: gate.read(STORED["MovementAnnouncement"]).document.model_dump(mode="json", exclude_defaults=True),
    ConsentDecision: gate.read(STORED["ConsentDecision"]).document.model_dump(mode="json", exclude_defaults=True),
}
GONE = object()

IN_JSON = [
    (Notification, "/number", "000427", "N3", "/Number", "KE 000427"),
    (Notification, "/notifier/phone", "0700 123", "N1", "/Notifier/Phone", "+254 20 1234567"),
    (Notification, "/notifier/email", "rvb.example", "N1", "/Notifier/Email", "office@authority.example"),
    (Notification, "/carriers/1/party/country", "Singapore", "N8", "/Carrier[2]/Party/Country", "KE for Kenya"),
    (Notification, "/carriers/0/means_of_transport/0", "lorry", "N8", "/Carrier[1]/MeansOfTransport[1]", "R (By road)"),
    (Notification, "/packaging/0", "77", "N7", "/Packaging[1]", None),
    (Notification, "/physical_characteristics", "2", "N13", "/PhysicalCharacteristic", "between [ and ]"),
    (Notification, "/waste/h_codes/1", "H2", "14.viii", "/Waste/HCode[2]", None),
    (Notification, "/waste/basel", "A1160", "14.i", "/Waste/Basel", '"list": "BASEL-VIII"'),
    (Notification, "/route/0/role", "dispatch", "N15", "/Route[1]/Role", "export, transit, import"),
    (Notification, "/intended_shipments", "four", "N4", "/IntendedShipments", "from 1 to 99999"),
    (Notification, "/first_departure", "23.3.2026", "N6", "/FirstDeparture", "YYYY-MM-DD"),
    (Notification, "/special_handling", "perhaps", "N7", "/SpecialHandling", "true or false"),
    (Notification, "/technology", [], "N11", "/Technology", "language"),
    (Notification, "/facility/adress", "Ulsan", "N10", "/Facility", "Known here: party, site"),
    (Movement, "/quantity", "25 t", "M5", "/Quantity", '"unit": "TNE"'),
    (Movement, "/quantity/unit", "tonnes", "M5", "/Quantity", "TNE, KGM, MTQ, LTR"),
    (Movement, "/shipment_date", GONE, "M6", "/ShipmentDate", "Fill it in. Write a day"),
    (Movement, "/carriers/0/party/naem", "SeaCo", "M8", "/Carrier[1]/Party", "Did you mean name?"),
    (ConsentDecision, "/valid_untill", "2027-03-01", None, None, "Did you mean valid_until?"),
]


def with_mistake(model, pointer, value):
    data = deepcopy(JSON[model])
    *way, last = [int(step) if step.isdigit() else step for step in pointer.strip("/").split("/")]
    holder = data
    for step in way:
        holder = holder[step]
    if value is GONE:
        del holder[last]
    else:
        holder[last] = value
    return data


def shown(finding: Finding) -> None:
    """One row of the table, for whoever runs this with -s."""
    where = finding.block or finding.xpath or finding.pointer
    print(f"\n  {where:<10} {finding.message}\n{'':<13}{finding.law or '-'}\n{'':<13}{finding.fix}")


def reads_well(finding: Finding) -> None:
    assert re.fullmatch(r"[^\s].*[.]", finding.message)
    assert finding.fix
    said = f"{finding.message} {finding.fix}"
    for jargon in (
        "Decimal(",
        "pattern of",
        "pydantic",
        "dictionary",
        "instance of",
        "regex",
        "{urn",
        "b:",
        "facet",
        "Input should",
    ):
        assert jargon not in said, said  # fmt: skip


@pytest.mark.parametrize(("model", "pointer", "value", "block", "xpath", "cure"), IN_JSON)
def test_a_mistake_in_json_is_understood_without_a_manual(model, pointer, value, block, xpath, cure):
    with pytest.raises(InputInvalid) as refused:
        check.read(model, with_mistake(model, pointer, value), on=date(2026, 6, 1))
    (finding,) = refused.value.findings
    shown(finding)
    reads_well(finding)
    assert (finding.pointer, finding.block, finding.xpath) == (pointer, block, xpath)
    assert cure is None or cure in finding.fix


A, N, C = "MovementAnnouncement", "NotificationSubmission", "ConsentDecision"
NEWS = b'xmlns="urn:waste-bpm:utility-block:UB-TMW-03:1"'
IN_XML = [
    (A, rb' unitCode="TNE"', b"", "the attribute unitCode is missing", "M5", "/Movement/Quantity", 'unitCode="TNE"'),
    (A, rb'unitCode="TNE"', b'unitCode="t"', "cannot be 't'", "M5", "/Movement/Quantity", "TNE, KGM, MTQ, LTR"),
    (A, rb">25\.0<", b">25,0<", "has a comma where the decimal point belongs", "M5", "/Movement/Quantity", '<Quantity unitCode="TNE">25.5</Quantity>'),
    (A, rb">25\.0<", b">0<", "not more than zero", "M5", "/Movement/Quantity", "more than zero"),
    (A, rb">25\.0<", b">-25.0<", "less than zero", "M5", "/Movement/Quantity", "more than zero"),
    (A, rb">25\.0<", b">25.1234567<", "too many digits", "M5", "/Movement/Quantity", "6 after the point"),
    (A, rb">25\.0<", b">about 25<", "is no number", "M5", "/Movement/Quantity", '<Quantity unitCode="TNE">25.5</Quantity>'),
    (A, rb"<Serial>1<", b"<Serial>0<", "outside what may be counted", "M2", "/Movement/Serial", "from 1 to 99999"),
    (A, rb"<Serial>1<", b"<Serial>one<", "is no number", "M2", "/Movement/Serial", "from 1 to 99999"),
    (A, rb"<Serial>1</Serial>", b"", "is missing", "M2", "/Movement/Serial", "Put it before TotalShipments"),
    (A, rb"<Serial>", b"<Seriall>1</Seriall><Serial>", "no element Seriall", None, "/Movement/Seriall", "Did you mean Serial?"),
    (A, rb"<Serial>", b"<Colour>blue</Colour><Serial>", "no element Colour", None, "/Movement/Colour", "Known here"),
    (A, rb"<Serial>", b"<IssuedAt>2026-01-01T00:00:00Z</IssuedAt><Serial>", "belongs to Header", None, "/Movement/IssuedAt", "Put it there"),
    (A, rb"<Serial>1</Serial>", b"<Serial>1</Serial><Serial>2</Serial>", "stands there 2 times", None, "/Movement/Serial[2]", "Keep the one"),
    (A, rb"<Serial>1", b'<Serial xmlns="">1', "in the namespace (none)", None, "/Movement/Serial", "without a prefix"),
    (A, rb"(<Serial>1</Serial>)(<TotalShipments>4</TotalShipments>)", rb"\2\1", "in the wrong place", None, "/Movement/TotalShipments", "Put it after Serial"),
    (A, rb"<ShipmentDate>[^<]*", b"<ShipmentDate>2026-02-30", "no day of the calendar", "M6", "/Movement/ShipmentDate", "YYYY-MM-DD"),
    (A, rb"<ShipmentDate>[^<]*", b"<ShipmentDate>1.4.2026", "not written as this element is written", "M6", "/Movement/ShipmentDate", "YYYY-MM-DD"),
    (A, rb"<SpecialHandling>true", b"<SpecialHandling>yes", "none of the words", "M7", "/Movement/SpecialHandling", "true or false"),
    (A, rb"<Phone>[^<]*", b"<Phone>0700", "'0700'", "M3", "/Movement/Notifier/Phone", "+254 20 1234567"),
    (A, rb"<Country>KE", b"<Country>ke", "small letters", "M3", "/Movement/Notifier/Country", "Write KE."),
    (A, rb'languageID="en"', b"", "the attribute languageID is missing", "M12", "/Movement/Designation", 'languageID="en"'),
    (A, rb' listID="BASEL-VIII"', b"", "the attribute listID is missing", "14.i", "/Movement/Waste/Basel", "BASEL-VIII"),
    (A, rb">Used[^<]*<", b"><", "is empty", "M12", "/Movement/Designation", "leave it out"),
    (A, rb"<Law>[^<]*", b"<Law>" + b"x" * 251, "251 characters; at most 250", None, "/Header/Law", "Shorten it"),
    (A, rb"<Packaging>4", b"<Packaging>77", "not a code of the list PACKAGING", "M7", "/Movement/Packaging[1]", "Did you mean 7 ("),
    (N, rb"<Role>export", b"<Role>dispatch", "none of the words", "N15", "/Notification/Route[1]/Role", "export, transit, import"),
    (N, rb"<Contract>[^<]*</Contract>", b"", "is missing", "N17", "/Notification/Contract", "at most 250"),
    (C, rb"<ValidUntil>[^<]*", b"<ValidUntil>one year", "'one year'", "N20", "/ConsentDecision/ValidUntil", "YYYY-MM-DD"),
    (C, rb"</ConsentDecision></", b"words</ConsentDecision></", "the text 'words' stands between the elements", None, "/ConsentDecision", "Give its parts"),
    (C, rb"<DecidedOn>([^<]*)", rb"<DecidedOn><Day>\1</Day>", "elements where only a value belongs", "N20", "/ConsentDecision/DecidedOn", "YYYY-MM-DD"),
    (C, rb"<IssuedAt>[^<]*", b"<IssuedAt>2026-03-01T08:30:00", "does not say its time zone", None, "/Header/IssuedAt", "with its zone"),
    (A, rb'schemaVersion="1.1"', b'schemaVersion="0.9"', "this node speaks 1.0, 1.1", None, "/@schemaVersion", "in version 1.1"),
    (A, rb'xmlns="[^"]*:1"', b'xmlns="urn:waste-bpm:utility-block:UB-TMW-03:2"', "UB-TMW-03:2", None, "", NEWS.decode()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "what", "block", "xpath", "cure"), IN_XML)
def test_a_mistake_in_xml_is_understood_without_the_schema(name, old, new, what, block, xpath, cure):
    wrong, count = re.subn(old, new, STORED[name], count=1)
    assert count == 1
    found = gate.findings(wrong)
    finding = found[0]
    shown(finding)
    for each in found:
        reads_well(each)
        assert each.line == 2
        assert each.level in set(Level)
    assert what in finding.message
    assert finding.xpath == f"/{name}{xpath}"
    assert finding.block == block
    assert cure in finding.fix


OF_THE_GATE = [row for row in IN_XML if "PACKAGING" not in row[3]]
"""Codes and rules across fields speak English alone."""


@pytest.mark.parametrize(("name", "old", "new"), [row[:3] for row in OF_THE_GATE])
def test_a_mistake_in_xml_is_told_in_french_with_the_same_place(name, old, new):
    english = gate.findings(re.sub(old, new, STORED[name], count=1))[0]
    french = in_language(english, "fr")
    shown(french)
    assert replace(french, message=english.message, fix=english.fix, lang=None) == english
    assert french.message != english.message
    assert french.fix != english.fix
    assert "{" not in f"{french.message}{french.fix}"


def test_every_sentence_is_there_in_each_language_with_the_same_words():
    english = sentences("en")
    for language in languages():
        told = sentences(language)
        assert set(english) - set(told) <= UNTOLD, language
        assert set(told) <= set(english)


UNTOLD = {"key-file-wrong"}
"""Said to those who look after a node, in the words of the library that reads the file."""


def test_a_field_of_a_later_version_is_said_to_be_one():
    announced = gate.read(STORED[A])
    newer = announced.document.model_copy(update={"containers": ("MSKU1234565",)})
    sent = gate.build(announced.message, announced.header, newer).replace(
        b'schemaVersion="1.1"', b'schemaVersion="1.0"'
    )
    (finding,) = gate.findings(sent)
    shown(finding)
    assert "came with minor version 1" in finding.message
    assert "newer schemaVersion" in finding.fix
    assert finding.xpath == f"/{A}/Movement/Container"
