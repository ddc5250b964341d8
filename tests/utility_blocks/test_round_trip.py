"""Any document of any message survives XML and back, both validators agree, and mutations never pass wrongly."""

import os
import re
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from lxml import etree

from tests.stage import DEMO, node_of, played
from tests.strategies import document, header
from waste_bpm.casework.log import messages
from waste_bpm.errors import InputInvalid
from waste_bpm.exchange import specimens
from waste_bpm.utility_blocks import explain, gate, xml, xsd
from waste_bpm.utility_blocks.catalogue import MESSAGES

CAMPAIGN = "WASTE_BPM_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("WASTE_BPM_EXAMPLES", "6"))
"""How many examples each property gets; a campaign asks for more, draws other ones each time, and shrinks a failure."""
PHASES = tuple(Phase) if CAMPAIGN else (Phase.explicit, Phase.reuse, Phase.generate)


def examples(times: int) -> settings:
    return settings(
        max_examples=EXAMPLES * times,
        deadline=None,
        derandomize=not CAMPAIGN,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )


STORED = {each.name: each.body for each in messages(node_of(played(hosting=DEMO)).store)}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.name)
@examples(1)
@given(data=some.data())
def test_any_document_survives_xml_and_back(message, data):
    made = data.draw(document(message.document, message.stage))
    head = data.draw(header(message.code))
    sent = gate.build(message, head, made)
    root = xml.parse(sent)
    assert xsd.is_valid(root, message.package, message.package.minor)
    assert explain.second_opinion(root, message.package, message.package.minor)
    received = gate.read(sent)
    assert (received.header, received.document) == (head, made)
    assert gate.build(message, received.header, received.document) == sent


@pytest.mark.parametrize("name", sorted(STORED))
def test_the_messages_of_the_story_survive_and_both_validators_agree(name):
    received = gate.read(STORED[name])
    message = received.message
    assert gate.build(message, received.header, received.document) == STORED[name]
    assert explain.second_opinion(xml.parse(STORED[name]), message.package, message.package.minor)


@pytest.mark.parametrize("gone", ["Profile", "Conversation", "Receiver", "Recorded", "Law"])
def test_what_only_a_case_has_is_missing_from_a_signal_and_from_no_other_message(gone):
    # given a message about a case, and a signal
    root = xml.parse(STORED["DepartureNotice"])
    for each in root[0].findall(f"{{*}}{gone}"):
        root[0].remove(each)
    # then the schema of the case refuses what the schema of the signal does without
    assert not xsd.is_valid(root, MESSAGES["DepartureNotice"].package, 1)
    (signal,) = (each for each in specimens.specimens(MESSAGES["Receipt"]) if each.kind == "minimal")
    assert gate.findings(signal.data) == ()


def _rearranged(sent: bytes, data) -> bytes:
    """The message with one element renamed, moved, copied elsewhere, or with an attribute or text of its own."""
    root = xml.parse(sent)
    elements = [element for element in root.iter() if element is not root]
    one, other = data.draw(some.sampled_from(elements)), data.draw(some.sampled_from(elements))
    word = data.draw(
        some.sampled_from(["", " ", "-0", "2026-02-30", "1e3", "٢٥", "true", "x" * 5000, "KE\u00a0", "\u0085"])
    )
    kind = data.draw(some.sampled_from(["rename", "swap", "copy", "attribute", "lose attributes", "text", "tail"]))
    if kind == "rename":
        one.tag = other.tag
    elif kind == "swap":
        one.text, other.text = other.text, one.text
        one.tag, other.tag = other.tag, one.tag
    elif kind == "copy":
        one.getparent().insert(0, deepcopy(other))
    elif kind == "attribute":
        one.set(data.draw(some.sampled_from(["unitCode", "languageID", "listID", "role", "x"])), word)
    elif kind == "lose attributes":
        one.attrib.clear()
    else:
        setattr(one, kind, word)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


@pytest.mark.parametrize("name", sorted(STORED))
@examples(3)
@given(data=some.data())
def test_a_rearranged_message_is_refused_or_valid_for_both(name, data):
    changed = _rearranged(STORED[name], data)
    if not gate.findings(changed):
        _both_agree(changed)


def _both_agree(data: bytes) -> None:
    received, root = gate.read(data), xml.parse(data)
    minor = int(root.get("schemaVersion").partition(".")[2])
    assert explain.second_opinion(root, received.message.package, minor)
    again = gate.build(received.message, received.header, received.document, minor)
    assert gate.read(again) == received


@pytest.mark.parametrize("name", ["ConsentDecision", "MovementAnnouncement", "NotificationTransmission"])
@examples(8)
@given(data=some.data())
def test_a_damaged_message_is_refused_or_still_valid_for_both(name, data):
    damaged = data.draw(_damaged(STORED[name]))
    try:
        gate.read(damaged)
    except InputInvalid as refused:
        assert refused.findings
        assert all(finding.message for finding in refused.findings)
        return
    _both_agree(damaged)


def _damaged(sent: bytes):
    elements = [match.span() for match in re.finditer(rb"<([A-Za-z]+)[^<>]*>[^<>]*</\1>", sent)]
    span = some.sampled_from(elements)
    place = some.integers(0, len(sent) - 1)
    return some.one_of(
        span.map(lambda at: sent[: at[0]] + sent[at[1] :]),
        span.map(lambda at: sent[: at[1]] + sent[at[0] : at[1]] + sent[at[1] :]),
        span.map(lambda at: sent[: at[0]] + re.sub(rb">[^<>]*<", b">-1<", sent[at[0] : at[1]]) + sent[at[1] :]),
        span.map(lambda at: sent[: at[0]] + re.sub(rb">[^<>]*<", b"><", sent[at[0] : at[1]]) + sent[at[1] :]),
        place.map(lambda at: sent[:at]),
        some.tuples(place, some.binary(min_size=1, max_size=3)).map(
            lambda cut: sent[: cut[0]] + cut[1] + sent[cut[0] :]
        ),
    )
