"""Any document of any message survives XML and back, both validators agree, and mutations never pass wrongly."""

import os
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.stage import DEMO, node_of, played
from tests.strategies import document, header
from waste_bpm.casework.log import messages
from waste_bpm.documents.movement import Movement
from waste_bpm.documents.notification import Notification
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import gate, xml, xsd
from waste_bpm.utility_blocks.catalogue import MESSAGES

EXAMPLES = int(os.environ.get("WASTE_BPM_EXAMPLES", "6"))
RELAXED = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
SMALL = [message for message in MESSAGES.values() if message.document not in (Notification, Movement)]
STORED = {each.name: each.body for each in messages(node_of(played(hosting=DEMO)).store)}


@pytest.mark.parametrize("message", SMALL, ids=lambda message: message.name)
@RELAXED
@given(data=some.data())
def test_any_document_survives_xml_and_back(message, data):
    made = data.draw(document(message.document, message.stage))
    head = data.draw(header(message.code))
    sent = gate.build(message, head, made)
    root = xml.parse(sent)
    assert xsd.is_valid(root, message.package, message.package.minor)
    assert xsd.second_opinion(root, message.package, message.package.minor)
    received = gate.read(sent)
    assert (received.header, received.document) == (head, made)
    assert gate.build(message, received.header, received.document) == sent


@pytest.mark.parametrize("name", sorted(STORED))
def test_the_messages_of_the_story_survive_and_both_validators_agree(name):
    """The large documents, notification and movement, too: their rules across blocks leave little to chance."""
    received = gate.read(STORED[name])
    message = received.message
    assert gate.build(message, received.header, received.document) == STORED[name]
    assert xsd.second_opinion(xml.parse(STORED[name]), message.package, message.package.minor)


@pytest.mark.parametrize("name", ["ConsentDecision", "MovementAnnouncement", "NotificationTransmission"])
@settings(max_examples=EXAMPLES * 8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=some.data())
def test_a_damaged_message_is_refused_or_still_valid_for_both(name, data):
    damaged = data.draw(_damaged(STORED[name]))
    try:
        received = gate.read(damaged)
    except InputInvalid as refused:
        assert refused.findings
        assert all(finding.message for finding in refused.findings)
        return
    root = xml.parse(damaged)
    minor = int(root.get("schemaVersion").partition(".")[2])
    assert xsd.second_opinion(root, received.message.package, minor)


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
