"""The feed and its heads, erasing, projections and old forms of events: on both engines."""

import threading
from dataclasses import replace

import orjson
import pytest
from sqlalchemy import delete, func, select, text, update

from tests import engines
from tests.stage import DEMO, case_id, entry, node_of, played
from waste_bpm.casework import projections, record
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.log import verify
from waste_bpm.casework.outbox import hand_over, waiting
from waste_bpm.casework.reading import feed
from waste_bpm.casework.rows import instant
from waste_bpm.casework.sealing import newest, root, seal
from waste_bpm.casework.store import CASE_FILE, DEADLINE, EVENT, FEED, HEAD, OUTBOX
from waste_bpm.casework.work import Worker, work

each_engine = engines.each_engine
pytestmark = pytest.mark.usefixtures("each_engine")
KEY = b"key of this node"


def signed(said):
    return record.digest(KEY + said).encode()


def proves(said, signature):
    return signed(said) == signature


def told(until="Shipment 1 departs", hosting=None):
    """A node on which the story was told up to here, with a key to sign."""
    return replace(node_of(played(until, hosting or DEMO)), sign=signed)


def loose(node, *statements):
    """Change the log behind the back of the program."""
    with node.store.transaction() as connection:
        for table in ("event", "feed", "head"):
            if node.store.database.shared:
                connection.execute(text(f"DROP TRIGGER {table}_append_only ON {table}"))
            else:
                connection.execute(text(f"DROP TRIGGER {table}_no_update"))
                connection.execute(text(f"DROP TRIGGER {table}_no_delete"))
        for statement in statements:
            connection.execute(statement)


def undone(node, request):
    """Take a step in a transaction that breaks off."""
    with node.store.transaction():
        act(node, request)
        raise InterruptedError


def places(node):
    return [tuple(row) for row in node.store.rows(select(FEED).order_by(FEED.c.position))]


class TestFeed:
    def test_each_event_has_one_place_without_gap_in_the_order_of_the_log(self):
        node = told()
        lines = [row.position for row in node.store.rows(select(EVENT.c.position).order_by(EVENT.c.position))]
        assert seal(node) == len(lines)
        assert places(node) == [(number, position) for number, position in enumerate(lines, start=1)]
        assert seal(node) == 0
        node.store.close()

    def test_a_second_sealing_goes_on_from_the_first(self):
        node = told("Shipment 1 of 25.0 t is announced")
        seal(node)
        before = places(node)
        act(node, Request(case_id=case_id(), **entry("Shipment 1 of 25.0 t is announced")))
        assert seal(node) == 2
        assert places(node)[: len(before)] == before
        assert [place for place, _ in places(node)] == list(range(1, len(before) + 3))
        node.store.close()

    def test_what_was_undone_leaves_no_gap(self):
        node = told("Shipment 1 of 25.0 t is announced")
        with pytest.raises(InterruptedError):
            undone(node, Request(case_id=case_id(), **entry("Shipment 1 of 25.0 t is announced")))
        act(node, Request(case_id=case_id(), **entry("Shipment 1 of 25.0 t is announced")))
        seal(node)
        assert [place for place, _ in places(node)] == list(range(1, len(places(node)) + 1))
        assert verify(node.store).whole
        node.store.close()

    def test_a_party_reads_the_feed_by_its_places(self):
        node = told()
        seal(node)
        found, after = feed(node, "KE-CA", 0, 5)
        assert [each["position"] for each in found] == [1, 2, 3, 4, 5]
        assert feed(node, "KE-CA", after, 1)[0][0]["position"] == 6
        node.store.close()

    @pytest.mark.parametrize("table", [EVENT, FEED, HEAD])
    def test_the_database_itself_refuses_to_change_what_was_sealed(self, table):
        node = told("The notifier submits")
        seal(node)
        with pytest.raises(Exception, match="append-only"):
            node.store.run(delete(table))
        node.store.close()

    @pytest.mark.parametrize(
        ("leaves", "expected"),
        [
            ([b""], "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            ([b"", b"\x00"], "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ],
    )
    def test_the_root_is_that_of_certificate_transparency(self, leaves, expected):
        assert root(leaves) == expected


@pytest.mark.spoils
class TestVerify:
    def test_a_sealed_log_is_whole(self):
        node = told()
        seal(node)
        verdict = verify(node.store, kept=[newest(node.store)], proves=proves)
        assert verdict.whole, verdict.broken
        assert verdict.heads == 1
        node.store.close()

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            (lambda last: delete(EVENT).where(EVENT.c.position == last), "is gone"),
            (lambda _: update(EVENT).values(case_id="other"), "does not seal"),
            (lambda _: delete(FEED).where(FEED.c.position == 7), "place 7 of the feed is gone"),
            (lambda _: update(HEAD).values(root="0" * 64), "does not seal"),
            (lambda _: update(HEAD).values(sealed_at="2020-01-01T00:00:00.000Z"), "the head was changed"),
            (lambda _: update(HEAD).values(signature=b"forged"), "not signed by this node"),
            (lambda _: update(HEAD).values(previous="0" * 64), "does not follow from the head before"),
        ],
        ids=["end cut off", "moved to another case", "place removed", "root", "day", "signature", "previous"],
    )
    def test_names_what_was_done_to_it(self, change, what):
        node = told()
        seal(node)
        loose(node, change(node.store.rows(select(func.max(EVENT.c.position)))[0][0]))
        assert what in verify(node.store, proves=proves).broken.what
        node.store.close()

    def test_a_log_written_anew_is_found_by_a_head_that_others_keep(self):
        node = told()
        seal(node)
        kept = newest(node.store)
        loose(node, delete(HEAD), delete(FEED))
        later = replace(node, clock=lambda: node.clock().replace(year=2027))
        seal(later)
        assert verify(node.store, proves=proves).whole
        assert "written anew" in verify(node.store, kept=[kept], proves=proves).broken.what
        node.store.close()


class TestProjections:
    def test_rows_made_again_from_the_log_equal_the_stored_ones(self):
        node = told(until=None)
        assert projections.differing(node) == []
        node.store.close()

    @pytest.mark.parametrize(
        ("change", "table"),
        [
            (lambda: update(DEADLINE).values(running=True), "deadline"),
            (lambda: update(DEADLINE).values(due="2020-01-01"), "deadline"),
            (lambda: delete(CASE_FILE), "case_file"),
        ],
    )
    def test_a_row_that_the_log_does_not_say_is_found_and_made_anew(self, change, table):
        node = told()
        node.store.run(change())
        assert projections.differing(node) == [table]
        projections.rebuild(node)
        assert projections.differing(node) == []
        node.store.close()


class TestOldForms:
    def test_a_line_of_an_older_program_is_read_in_the_form_of_today(self, monkeypatch):
        """Given an event stored when a fact had another name, then it folds as if written today; its bytes stay."""
        node = told("The notifier submits")
        stored = node.store.newer(case_id(), 0)[0].body
        old = orjson.loads(stored)
        old["facts"]["called"] = old["facts"].pop("number")

        def renamed(said):
            return said | {"facts": {"number" if k == "called" else k: v for k, v in said["facts"].items()}}

        monkeypatch.setitem(record.OLDER_FORMS, old["type"], (renamed,))
        assert record.event_of(orjson.dumps(old)) == record.event_of(orjson.dumps(orjson.loads(stored) | {"form": 2}))
        written = record.line_of(record.event_of(orjson.dumps(old)))
        assert orjson.loads(written)["form"] == 2
        assert record.event_of(written).facts["number"]
        node.store.close()


class TestWork:
    def test_a_round_ends_deadlines_seals_and_delivers(self):
        node = told()
        done = work(node, lambda _: True)
        assert (done.sealed, done.delivered) == (len(places(node)), len(node.store.rows(select(OUTBOX.c.message))))
        assert not waiting(node)
        node.store.close()

    def test_letters_that_another_process_has_are_left_to_it_until_its_lease_ends(self):
        node = told()
        hour = node.clock()
        node.store.run(update(OUTBOX).values(leased_until=instant(hour.replace(hour=hour.hour + 1))))
        assert hand_over(node, lambda _: True) == 0
        late = replace(node, clock=lambda: hour.replace(hour=hour.hour + 2))
        assert hand_over(late, lambda _: True) == len(node.store.rows(select(OUTBOX.c.message)))
        node.store.close()

    def test_a_worker_stops_after_the_round_it_is_in(self):
        node = told()
        begun, sent = threading.Event(), []

        def send(letter):
            begun.set()
            sent.append(letter.message)
            return True

        with Worker(node, send, every=0.01):
            assert begun.wait(10)
        assert not waiting(node)
        assert len(set(sent)) <= len(sent)
        node.store.close()
