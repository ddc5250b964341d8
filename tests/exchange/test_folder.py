"""Letters in a folder: whole or not there, once, and never outside the folder."""

import pytest

from waste_bpm.casework.outbox import Waiting
from waste_bpm.errors import Conflict, InputInvalid
from waste_bpm.exchange import folder


def letter(**said):
    known = {"message": "urn:uuid:1", "name": "DepartureNotice", "case_id": "c", "node": "lk", "data": b"<a/>"}
    return Waiting(**known | {"parcel": b"{}"} | said)


def test_a_letter_lies_under_its_node_and_identity(tmp_path):
    assert folder.put(tmp_path, letter()) is True
    assert (tmp_path / "lk" / "1.xml").read_bytes() == b"<a/>"


def test_the_same_letter_is_not_written_twice(tmp_path):
    folder.put(tmp_path, letter())
    before = (tmp_path / "lk" / "1.xml").stat().st_mtime_ns
    assert folder.put(tmp_path, letter()) is False
    assert (tmp_path / "lk" / "1.xml").stat().st_mtime_ns == before


def test_other_bytes_under_the_same_name_are_left_alone(tmp_path):
    folder.put(tmp_path, letter())
    with pytest.raises(Conflict, match="nothing was overwritten"):
        folder.put(tmp_path, letter(data=b"<b/>"))
    assert (tmp_path / "lk" / "1.xml").read_bytes() == b"<a/>"


def test_what_a_killed_writer_left_half_is_no_letter(tmp_path):
    (tmp_path / "lk").mkdir()
    (tmp_path / "lk" / ".1.xml.part").write_bytes(b"<a")
    assert folder.put(tmp_path, letter()) is True
    assert [file.name for file in (tmp_path / "lk").iterdir()] == ["1.xml"]


def test_a_letter_that_cannot_be_written_leaves_nothing_under_its_name(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.put(tmp_path, letter())
    assert not (tmp_path / "lk" / "1.xml").exists()


@pytest.mark.parametrize("said", [{"node": "../out"}, {"node": ""}, {"node": ".."}, {"message": "urn:uuid:../x"}])
def test_a_name_never_leads_out_of_the_folder(said, tmp_path):
    with pytest.raises(InputInvalid, match="cannot be the name"):
        folder.put(tmp_path / "outbox", letter(**said))
    assert list(tmp_path.iterdir()) == []
