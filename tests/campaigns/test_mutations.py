"""Spoilt messages: whatever the gate lets pass is valid for both validators and comes back equal."""

from collections import Counter
from random import Random

import pytest

from tests.campaigns.judging import judged
from tests.campaigns.mutations import mutated
from tests.hostile.rows import stored
from waste_bpm.utility_blocks import gate

MUTANTS = 60


@pytest.mark.parametrize("name", sorted(stored()))
def test_a_spoilt_message_never_passes_wrongly(name):
    chance, counts = Random(name), Counter()
    faults = [judged(mutated(stored()[name], chance), counts) for _ in range(MUTANTS)]
    assert set(faults) == {None}
    assert counts["refused by the gate"] > MUTANTS / 2


def test_what_the_two_validators_disagree_on_is_refused_with_its_place():
    """A no-break space is white space for Python and a character for XML."""
    wrong = stored()["MovementAnnouncement"].replace(b"<Country>KE<", "<Country>KE\u00a0<".encode(), 1)
    (finding,) = gate.findings(wrong)
    assert (finding.rule_id, finding.block) == ("validators-disagree", "M3")
    assert finding.xpath == "/MovementAnnouncement/Movement/Notifier/Country"
    assert "U+00A0" in finding.fix
