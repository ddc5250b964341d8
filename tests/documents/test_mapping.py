"""One mapping: the ids of the WCO Data Model and the UN/CEFACT library stand at the field, and nowhere else."""

import re

import pytest

from waste_bpm import resources
from waste_bpm.documents.life import matrix
from waste_bpm.documents.model import fields
from waste_bpm.documents.movement import Movement
from waste_bpm.documents.notification import Notification
from waste_bpm.documents.parts import PartyDetails
from waste_bpm.exchange.manifest import walked
from waste_bpm.utility_blocks import xsd
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES

WCO = re.compile(r"[A-Z][0-9]{3}|[0-9]{3}|[0-9]{2}[A-C]")
CEFACT = re.compile(r"UN[0-9]{8}(, UN[0-9]{8})*( [A-Z][A-Za-z]+)?")
DECLARED = {
    (Notification, "number"): ("D014", "UN03000252 NotificationID"),
    (Notification, "designation"): ("137", "UN03000263 Name"),
    (Notification, "acknowledgements"): ("07B", "UN03000204"),
    (Notification, "scope"): (None, None),
    (Notification, "pre_consented"): (None, None),
    (Movement, "serial"): ("006", "UN03000219 SequenceNumeric"),
    (Movement, "containers"): ("159", None),
    (Movement, "packages"): ("144", "UN01005137 ItemQuantity"),
    (PartyDetails, "address"): ("04A", "UN01000895"),
}


@pytest.mark.parametrize(("model", "name"), DECLARED, ids=[f"{model.__name__}.{name}" for model, name in DECLARED])
def test_a_field_has_the_ids_that_are_sourced_and_no_others(model, name):
    spec = next(each for each in fields(model) if each.name == name)
    assert (spec.block.wco, spec.block.cefact) == DECLARED[model, name]


def test_an_id_is_written_as_its_library_writes_it():
    found = {spec.block for message in MESSAGES.values() for _, spec in walked(message)}
    for block in found:
        assert block.wco is None or all(WCO.fullmatch(each) for each in block.wco.split(", ")), block
        assert block.cefact is None or CEFACT.fullmatch(block.cefact), block


def test_the_schema_the_matrix_and_the_dictionary_say_the_same_ids():
    package = BLOCKS["UB-TMW-01"]
    schema = xsd.content(package, package.minor).decode()
    page = (resources.folder("schemas").parent / "docs" / "blocks" / "dictionary.md").read_text(encoding="utf-8")
    row = next(each for each in matrix(Notification) if each["field"] == "number")
    assert (row["wco"], row["cefact"]) == ("D014", "UN03000252 NotificationID")
    assert "<wco>D014</wco>" in schema
    assert "<cefact>UN03000252 NotificationID</cefact>" in schema
    assert "| Number | N3 | Notification number | NotificationNumber | D014 | UN03000252 NotificationID |" in page
