"""The documents of a message are read from its bytes; however it is written, they are those that the model makes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.stage import DEMO, node_of, played
from tests.strategies import document, header
from tests.utility_blocks.test_round_trip import examples
from waste_bpm.casework.log import messages
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import gate, reading, xml
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.utility_blocks.envelope import Header

STORED = {each.name: each.body for each in messages(node_of(played(hosting=DEMO)).store)}
GOOD = STORED["MovementAnnouncement"]
ANNOUNCEMENT = MESSAGES["MovementAnnouncement"]


def of_the_tree(data, message):
    """What the models make of the values in the tree."""
    parts = zip(xml.parse(data), (Header, message.document), strict=True)
    return tuple(model.model_validate(xml.read(part, model)) for part, model in parts)


def assert_same(data, message):
    made = reading.documents(data, message)
    assert made is not None
    for one, other in zip(made, of_the_tree(data, message), strict=True):
        assert one == other
        assert one.model_dump_json(exclude_unset=True) == other.model_dump_json(exclude_unset=True)
        assert repr(one) == repr(other)


@pytest.mark.parametrize("name", sorted(STORED))
def test_the_documents_of_the_bytes_are_those_of_the_tree(name):
    assert_same(STORED[name], MESSAGES[name])


@pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.name)
@examples(1)
@given(data=some.data())
def test_any_document_is_the_same_from_the_bytes_and_from_the_tree(message, data):
    sent = gate.build(message, data.draw(header(message.code)), data.draw(document(message.document, message.stage)))
    assert_same(sent, message)
    assert_same(xml.indented(sent), message)


WRITTEN = {
    "indented": xml.indented,
    "with the line ends of another system": lambda data: xml.indented(data).replace(b"\n", b"\r\n"),
    "with a prefix": lambda data: data.replace(b"</", b"<!").replace(b"<", b"<tmw:").replace(b"<tmw:!", b"</tmw:")
    .replace(b"<tmw:?", b"<?").replace(b"xmlns=", b"xmlns:tmw="),
    "without a declaration": lambda data: data.partition(b"\n")[2],
    "with another declaration": lambda data: data.replace(b"'", b'"', 4),
    "with references": lambda data: data.replace(b">KE<", b">&#75;&#x45;<").replace(b"Used", b"&#85;sed"),
    "with white space at both ends": lambda data: data.replace(b">KE<", b"> KE\t<").replace(b'"en">', b'"en">\n '),
    "with white space inside": lambda data: data.replace(b"Used lead", b"Used  lead"),
    "with a letter of its own": lambda data: data.replace(b"Used", "Üsed".encode()),
    "with a space that does not break": lambda data: data.replace(b"Used ", "Used\u00a0".encode()),
}  # fmt: skip


@pytest.mark.parametrize("how", WRITTEN)
def test_a_message_reads_the_same_however_it_is_written(how):
    written = WRITTEN[how](GOOD)
    assert written != GOOD
    assert_same(written, ANNOUNCEMENT)


LEFT_TO_THE_TREE = {
    "a section of CDATA": GOOD.replace(b">KE<", b"><![CDATA[KE]]><", 1),
    "other quotes": GOOD.replace(b'unitCode="TNE"', b"unitCode='TNE'", 1),
    "spaces in a tag": GOOD.replace(b"<Serial>", b"<Serial >", 1),
    "a sign of the end of a tag in a text": GOOD.replace(b"Used", b"Us>ed", 1),
    "a mark before the first tag": b"\xef\xbb\xbf" + GOOD,
}


@pytest.mark.parametrize("how", LEFT_TO_THE_TREE)
def test_what_the_bytes_do_not_show_plainly_is_read_from_the_tree(how):
    written = LEFT_TO_THE_TREE[how]
    assert written != GOOD
    assert reading.documents(written, ANNOUNCEMENT) is None
    received = gate.read(written)
    assert (received.header, received.document) == of_the_tree(written, ANNOUNCEMENT)


def without(data: bytes, tag: bytes) -> bytes:
    return re.sub(b"<%s[ >].*?</%s>" % (tag, tag), b"", data)


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(lambda data: without(data, b"IssuedAt"), id="a field is missing"),
        pytest.param(lambda data: without(data, b"Designation"), id="a list is too short"),
        pytest.param(lambda data: data.replace(b"<IssuedAt>", b"<IssuedAt>about "), id="a wrong value"),
        pytest.param(lambda data: data.replace(b"<Version>", b"<Version>-"), id="a wrong value further in"),
        pytest.param(lambda data: data.replace(b"<Profile>", b"<Other>x</Other><Profile>"), id="nobody knows the tag"),
        pytest.param(lambda data: data[: len(data) // 2], id="it ends too early"),
    ],
)
def test_what_the_model_refuses_is_not_made_of_the_bytes_either(spoilt):
    data = spoilt(GOOD)
    assert data != GOOD
    assert reading.documents(data, ANNOUNCEMENT) is None
    with pytest.raises(InputInvalid):
        gate.read(data)


def test_what_is_kept_does_not_grow_with_the_messages():
    for number in range(3 * reading._MOST_KEPT):
        told = GOOD.replace(b">25.0<", b">%d.5<" % (number + 1), 1).replace(b"Used", b"Used %d " % number, 1)
        assert reading.documents(told, ANNOUNCEMENT) is not None
    kept = reading._known(ANNOUNCEMENT.document, True).tags
    assert all(len(tag.values) <= reading._MOST_KEPT for tag in kept.values() if tag and tag.values is not None)
    assert len(kept) <= reading._MOST_KEPT


def test_many_messages_are_judged_as_each_alone_and_in_their_order(monkeypatch):
    monkeypatch.setattr(gate, "_TOGETHER", 2 * len(GOOD))
    told = [GOOD, b"<no>", without(GOOD, b"IssuedAt"), GOOD.replace(b">KE<", b">XX<"), *STORED.values()]
    for data, read in zip(told, gate.read_many(told), strict=True):
        found = read.findings if isinstance(read, InputInvalid) else ()
        assert found == gate.findings(data)
        assert found or read == gate.read(data)
