"""Whether a document is refused does not depend on whether its warnings are asked for."""

import pytest

from waste_bpm.documents import check
from waste_bpm.errors import InputInvalid
from waste_bpm.exchange.specimens import AT, specimens
from waste_bpm.utility_blocks import xml
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.vocabulary import Severity

BROKEN = [each for message in MESSAGES.values() for each in specimens(message) if each.gives]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.file)
def test_what_refuses_is_the_same_with_and_without_the_rules_that_only_warn(broken):
    message, (_, body) = broken.message, xml.parse(broken.data)
    said = message.document.model_validate(xml.read(body, message.document))
    found = check.findings(said, on=AT.date(), stage=message.stage)
    refused = ()
    try:
        check.complete(said, on=AT.date(), stage=message.stage)
    except InputInvalid as error:
        refused = error.findings
    assert list(refused) == [each for each in found if each.severity is Severity.ERROR]
    assert found
