"""What a power cut leaves of a file: with full syncs everything that was acknowledged, and with fewer not."""

import pytest

from tests import storage

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
ACTS = 12


def test_with_full_syncs_nothing_acknowledged_is_missing_wherever_the_power_is_cut():
    notes = storage.recorded(until=ACTS)
    assert sum(note.kind == "sync" and note.file == "node.db-wal" for note in notes) > ACTS
    assert storage.survived(notes, 60, seed=1) == 0


@pytest.mark.parametrize("synchronous", ["0", "1"])
def test_with_fewer_syncs_the_same_test_sees_losses(synchronous):
    assert storage.survived(storage.recorded(synchronous, ACTS), 12, seed=1) > 0


@pytest.mark.parametrize("code", [storage.DISK_FULL, storage.IO_ERROR_WRITE])
def test_a_disk_that_refuses_a_write_costs_nothing_that_was_acknowledged(code):
    assert storage.refused_writes(code, every=1) == 1
