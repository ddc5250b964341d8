"""What is hostile is refused before anything costs time: nothing is fetched, nothing is read, no validator is asked."""

import time

import pytest

from tests.stage import DEMO, node_of, played
from waste_bpm.casework.log import messages
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import explain, gate, xml, xsd

STORED = {each.name: each.body for each in messages(node_of(played("Shipment 1 departs", hosting=DEMO)).store)}
GOOD = STORED["MovementAnnouncement"]
PLAIN = GOOD.partition(b"\n")[2]
HIDDEN = b' xmlns:x="http://www.w3.org/2001/XMLSchema&#45;instance" '


def refused(data: bytes) -> InputInvalid:
    with pytest.raises(InputInvalid) as answer:
        gate.read(data)
    return answer.value


def at_serial(before: bytes, inside: bytes = b"") -> bytes:
    return GOOD.replace(b"<Serial>", before + b"<Serial" + inside + b">", 1)


FEW = 32 * 1024
EXCESS = {
    "attributes": at_serial(b"", b"".join(b' a%d="1"' % number for number in range(65))),
    "very many attributes": at_serial(b"", b"".join(b' a%d="1"' % number for number in range(100_000))),
    "children": at_serial(b"<Foo/>" * 10_001),
    "very many children": at_serial(b"<Foo/>" * 90_000),
    "depth": at_serial(b"<a>" * 65 + b"</a>" * 65),
}


@pytest.mark.parametrize("what", EXCESS)
def test_an_excess_is_refused_at_once(what, monkeypatch):
    """Bytes that cannot cost anything may meet a validator, which refuses them; all others are counted before."""
    if len(EXCESS[what]) > FEW:
        monkeypatch.setattr(xml.etree, "fromstring", lambda *_: pytest.fail("the parser was asked"))
    started = time.process_time()
    answer = refused(EXCESS[what])
    assert time.process_time() - started < 1
    assert answer.status == 400
    (finding,) = answer.findings
    assert (finding.rule_id, finding.line) == ("xml-limit-exceeded", 2)
    assert finding.message
    assert finding.fix


LARGE = {
    "just not too many attributes": at_serial(b"", b"".join(b' a%d="1"' % number for number in range(64))),
    "just not too many children": at_serial(b"<Foo/>" * 9_900),
    "a pattern killer": GOOD.replace(b">SG-SEACO<", b">" + b"a" * 200_000 + b"!<", 1),
    "a text as long as a text may be": GOOD.replace(b"Used", b"U" * 262_000, 1),
    "a language without end": GOOD.replace(b'languageID="en"', b'languageID="en' + b"-aaaaaaaa" * 25_000 + b'!"', 1),
}


@pytest.mark.parametrize("what", LARGE)
def test_what_is_large_and_wrong_is_explained_within_two_seconds(what):
    started = time.process_time()
    answer = refused(LARGE[what])
    assert time.process_time() - started < 2
    assert answer.status == 422
    assert 1 <= len(answer.findings) <= explain.MOST_FINDINGS


def test_a_large_message_that_is_right_passes():
    remark = b'<Remark><Author>KE-CA</Author><Text languageID="en">seen</Text></Remark>'
    received = gate.read(GOOD.replace(b"</Movement>", remark * 1_000 + b"</Movement>"))
    assert len(received.document.remarks) == 1_000


def test_what_leaves_is_never_more_than_a_receiver_takes():
    announced = gate.read(GOOD)
    many = announced.document.model_copy(update={"containers": ("MSKU1234565",) * 1_001})
    with pytest.raises(InputInvalid) as answer:
        gate.build(announced.message, announced.header, many)
    (finding,) = answer.value.findings
    assert (finding.key, finding.xpath) == ("schema-element-repeated", "/MovementAnnouncement/Movement/Container[1]")


HIDING = {
    "xsi:type": at_serial(b"", HIDDEN + b'x:type="CountType"'),
    "xsi:nil": at_serial(b"", HIDDEN + b'x:nil="true"'),
    "xsi:schemaLocation": GOOD.replace(
        b" schemaVersion", HIDDEN + b'x:schemaLocation="urn:a file:///etc/passwd" schemaVersion', 1
    ),
    "XInclude": at_serial(b'<i:include xmlns:i="http://www.w3.org/2001/XInclud&#101;" href="file:///etc/passwd"/>'),
}


@pytest.mark.parametrize("what", HIDING)
def test_a_namespace_written_in_character_references_is_found_before_a_validator_follows_it(what, monkeypatch):
    monkeypatch.setattr(xsd, "is_valid", lambda *_: pytest.fail("a validator was asked"))
    answer = refused(HIDING[what])
    assert answer.status == 400
    assert answer.findings[0].rule_id == "xml-forbidden-construct"


def test_an_external_entity_reads_no_file(tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    secret.write_text("the word is turnip")
    entity = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'.encode()
    monkeypatch.setattr(xml.etree, "fromstring", lambda *_: pytest.fail("the parser was asked"))
    answer = refused(entity + PLAIN.replace(b"Used", b"&e;", 1))
    assert answer.findings[0].rule_id == "xml-forbidden-construct"
    assert "turnip" not in str(answer)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_doctype_does_not_hide_in_another_encoding(encoding):
    answer = refused(f"<!DOCTYPE a []>{PLAIN.decode()}".encode(encoding))
    assert (answer.status, answer.findings[0].rule_id) == (400, "xml-forbidden-construct")
    assert "in UTF-8" in answer.findings[0].fix
