"""Each trap of the procedure is held by a test, or the page says why not yet."""

from pathlib import Path

from waste_bpm.cli.pages_traps import traps

TRAPS = traps(Path(__file__).parent.parent)


def test_every_trap_from_1_to_55_is_on_the_page():
    assert [trap.number for trap in TRAPS] == list(range(1, 56))


def test_each_trap_has_a_test_or_a_reason():
    assert [trap.number for trap in TRAPS if not trap.tests and not trap.until] == []
