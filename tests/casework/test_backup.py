"""A backup proves itself, is whole or not there, and comes back read-only: on both engines, and from one to the other."""

import itertools
import threading
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from tests import engines
from tests.casework.test_sealing import loose
from tests.crashes import begun, ended
from tests.stage import DEMO, case_id, entry, node_of, part, played, world
from waste_bpm.casework import projections
from waste_bpm.casework.backup import back_up, prove, restore, resume
from waste_bpm.casework.invariants import check
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.sealing import newest, seal
from waste_bpm.casework.store import EVENT, META, Store
from waste_bpm.errors import Conflict, InputInvalid, Unavailable
from waste_bpm.simulation.world import play

each_engine = engines.each_engine
pytestmark = pytest.mark.usefixtures("each_engine")
AT = "2026-06-01T00:00:00.000Z"


@pytest.fixture(scope="module")
def node(each_engine):
    """A node on which the story was told up to the departure of a shipment, under a head."""
    found = node_of(played("Shipment 1 departs", DEMO))
    seal(found)
    yield found
    found.store.close()


@pytest.fixture
def backup(node, tmp_path):
    file = tmp_path / "backup.db"
    back_up(node.store, file)
    return file


@pytest.fixture(params=engines.ENGINES)
def place(request, tmp_path):
    """Where there is nothing yet, on a file and on a server."""
    return f"sqlite:///{tmp_path}/restored.db" if request.param == "sqlite" else engines.server().create()


def content(store):
    """Every row of every table."""
    return {table.name: sorted(map(tuple, store.rows(select(table))), key=repr) for table in META.sorted_tables}


def restored(node, url):
    """The same node on a restored database."""
    return replace(node, store=Store(url))


def test_a_backup_holds_every_row_and_says_what_it_proved(node, tmp_path):
    proved = back_up(node.store, tmp_path / "backup.db")
    with closing(Store(f"sqlite:///{tmp_path}/backup.db", read_only=True)) as copy:
        assert content(copy) == content(node.store)
        assert proved == prove(copy)
    assert proved.head == newest(node.store)
    assert proved.verdict.lines > 10
    assert [each.name for each in tmp_path.iterdir()] == ["backup.db"]


def test_a_restored_node_is_the_same_but_read_only(node, backup, place):
    """Given a backup, when it is restored on a file or on a server, then all is there and nothing is taken."""
    restore(backup, place, at=AT)
    again = restored(node, place)
    with closing(again.store):
        before, after = content(node.store), content(again.store)
        after["setting"] = [row for row in after["setting"] if row[0] != "read_only"]
        assert after == before
        assert check(again) == []
        assert projections.differing(again) == []
        with pytest.raises(Unavailable, match=r"takes nothing more: it was restored from backup\.db at 2026-06-01"):
            act(again, Request(case_id=case_id(), **entry("Shipment 1 departs")))


def test_a_restored_node_goes_on_when_it_is_told_to(node, backup, place):
    """Given a restored node, when it is let go on, then acts get the next places of the log and of the feed."""
    restore(backup, place, at=AT)
    with closing(Store(place)) as store:
        assert resume(store) is True
    again = restored(node, place)
    with closing(again.store):
        act(again, Request(case_id=case_id(), **entry("Shipment 1 departs")))
        assert seal(again) == 1
        assert prove(again.store, kept=[newest(node.store)]).verdict.heads == 2
        assert resume(again.store) is False


def test_nothing_is_overwritten(node, backup, place):
    with pytest.raises(Conflict, match="is there already"):
        back_up(node.store, backup)
    restore(backup, place, at=AT)
    with pytest.raises(Conflict, match="is there already"):
        restore(backup, place, at=AT)


@pytest.mark.spoils
class TestABrokenLog:
    @pytest.fixture
    def broken(self):
        node = node_of(played("The notifier submits", DEMO))
        seal(node)
        loose(node, text("UPDATE event SET recorded_at = '2020-01-01T00:00:00.000Z'"))
        yield node
        node.store.close()

    def test_gives_no_backup(self, broken, tmp_path):
        with pytest.raises(InputInvalid, match="its hash does not follow"):
            back_up(broken.store, tmp_path / "backup.db")
        assert list(tmp_path.iterdir()) == []


def test_a_backup_whose_pages_were_damaged_is_not_restored(backup, tmp_path):
    with closing(Store(f"sqlite:///{backup}", read_only=True)) as store:
        page = store.rows(text("SELECT rootpage FROM sqlite_schema WHERE name = 'case_file'"))[0][0]
        size = store.rows(text("PRAGMA page_size"))[0][0]
    with backup.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(b"\xff" * 64)
    with closing(Store(f"sqlite:///{backup}", read_only=True)) as store, pytest.raises(InputInvalid, match="damaged"):
        prove(store)
    with pytest.raises(InputInvalid, match="damaged"):
        restore(backup, f"sqlite:///{tmp_path}/restored.db", at=AT)
    assert not (tmp_path / "restored.db").exists()


class TestHeadsThatOthersKeep:
    def test_a_backup_that_fits_them_is_restored(self, node, backup, place):
        assert restore(backup, place, at=AT, kept=[newest(node.store)]).missing_up_to is None

    def test_a_backup_that_was_written_anew_is_refused(self, node, backup, place):
        position, _ = newest(node.store)
        with pytest.raises(InputInvalid, match="written anew"):
            restore(backup, place, at=AT, kept=[(position, "0" * 64)])

    def test_what_they_know_and_the_backup_does_not_is_said(self, node, backup, place):
        position, hash_ = newest(node.store)
        found = restore(backup, place, at=AT, kept=[(position, hash_), (position + 7, "0" * 64)])
        assert found.missing_up_to == position + 7


def test_a_node_works_while_it_is_backed_up(tmp_path):
    """Given a writer that goes on acting, when backups are taken beside it, then each holds a moment that was."""
    made = world(DEMO, f"sqlite:///{tmp_path}/node.db" if engines._in_use[0] == "sqlite" else None)
    node = node_of(made)
    url = str(node.store.database.url.render_as_string(hide_password=False))
    counts, told = [], threading.Event()

    def tell():
        for _ in play(made, part("Shipment 1 is presented at Mombasa")):
            seal(node)
        told.set()

    teller = threading.Thread(target=tell)
    teller.start()
    for number in itertools.count():
        last = told.is_set()
        file = tmp_path / f"backup{number}.db"
        with closing(Store(url, read_only=True)) as reader:
            counts.append(back_up(reader, file).verdict.lines)
        with closing(Store(f"sqlite:///{file}", read_only=True)) as copy:
            assert projections.differing(replace(node, store=copy)) == []
        if last:
            break
    teller.join()
    assert counts == sorted(counts)
    assert counts[-1] == node.store.rows(select(func.count()).select_from(EVENT))[0][0]
    node.store.close()


@pytest.mark.parametrize("wait", [0.0, 0.005, 0.02, 0.05, 0.1])
def test_a_backup_that_is_killed_leaves_no_half_file(wait, node, tmp_path):
    """Whenever a backup is killed, then its file is not there, or it is whole; and the next one goes through."""
    url = node.store.database.url.render_as_string(hide_password=False)
    if url == "sqlite://":
        url = f"sqlite:///{tmp_path}/node.db"
        back_up(node.store, tmp_path / "node.db")
    file = tmp_path / "backup.db"

    def backing(acknowledge):
        with closing(Store(url, read_only=True)) as reader:
            back_up(reader, file)
        acknowledge(b"done")

    said = ended(begun(backing), wait)
    if file.exists():
        with closing(Store(f"sqlite:///{file}", read_only=True)) as copy:
            assert prove(copy).head == newest(node.store)
    else:
        assert not said
        with closing(Store(url, read_only=True)) as reader:
            back_up(reader, file)
