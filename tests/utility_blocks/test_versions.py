"""The schemas: made from the documents, frozen once released, and open to one new optional field."""

import hashlib
import json

import pytest

from tests.stage import DEMO, node_of, played
from waste_bpm import resources
from waste_bpm.casework.log import messages
from waste_bpm.cli.release import frozen
from waste_bpm.utility_blocks import gate, xml, xsd
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES

RELEASED = json.loads(resources.path("schemas", "released.json").read_text(encoding="utf-8"))
STORED = {each.name: each.body for each in messages(node_of(played("Shipment 1 departs", hosting=DEMO)).store)}
ANNOUNCED = gate.read(STORED["MovementAnnouncement"])
PACKAGE = BLOCKS["UB-TMW-03"]


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_released_schemas_never_change():
    found = {file.name: digest(file) for file in resources.files("schemas", "*.xsd")}
    assert {name: found.get(name) for name in RELEASED["sha256"]} == RELEASED["sha256"]


def test_no_schema_lies_about_that_no_document_makes():
    made = {file.name for file, _ in xsd.generated()}
    assert {file.name for file in resources.files("schemas", "*.xsd")} == made


@pytest.mark.parametrize("made", list(xsd.generated()), ids=lambda made: made[0].name)
def test_the_documents_give_the_committed_schema(made):
    file, content = made
    assert file.read_bytes() == content


def with_containers():
    return ANNOUNCED.document.model_copy(update={"containers": ("MSKU1234565",)})


def test_yesterdays_message_is_valid_today():
    old = gate.build(ANNOUNCED.message, ANNOUNCED.header, ANNOUNCED.document, minor=0)
    assert b'schemaVersion="1.0"' in old
    assert gate.read(old).document == ANNOUNCED.document
    root = xml.parse(old)
    assert xsd.is_valid(root, PACKAGE, 0)
    assert xsd.is_valid(xml.parse(old.replace(b'"1.0" ', b'"1.1" ')), PACKAGE, 1)


def test_the_new_optional_field_is_carried_by_the_new_version_only():
    new = gate.build(ANNOUNCED.message, ANNOUNCED.header, with_containers())
    assert b"<Container>MSKU1234565</Container>" in new
    assert gate.read(new).document.containers == ("MSKU1234565",)
    assert not xsd.is_valid(xml.parse(new), PACKAGE, 0)
    old = gate.build(ANNOUNCED.message, ANNOUNCED.header, with_containers(), minor=0)
    assert b"Container" not in old


@pytest.mark.parametrize("name", ["NotificationSubmission", "ConsentDecision", "MovementAnnouncement"])
def test_three_real_messages_explain_themselves_in_the_schema(name):
    """Block and citation of each field stand in the appinfo of its element."""
    message = MESSAGES[name]
    file = resources.path("schemas", *xsd.file_of(message.package, message.package.minor))
    text = file.read_text(encoding="utf-8")
    assert text.count("<block>") > 5
    assert "<law>" in text
    assert f'<xs:element name="{name}">' in text


@pytest.fixture
def schema_file(tmp_path):
    file = tmp_path / "UB-TMW-03-1.0.xsd"
    file.write_bytes(b"<made/>")
    return file


def test_a_release_freezes_each_schema_as_it_is(schema_file):
    digests, wrong = frozen({}, [(schema_file, b"<made/>")])
    assert (digests, wrong) == ({schema_file.name: digest(schema_file)}, [])
    assert frozen(digests, [(schema_file, b"<made/>")]) == (digests, [])


def test_a_released_schema_that_was_changed_stops_the_release(schema_file):
    (why,) = frozen({schema_file.name: "0" * 64}, [(schema_file, b"<made/>")])[1]
    assert "is released and was changed" in why


def test_a_schema_that_the_documents_do_not_give_stops_the_release(schema_file):
    (why,) = frozen({}, [(schema_file, b"<other/>")])[1]
    assert "is not what the documents give" in why
