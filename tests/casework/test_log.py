"""`verify` names the first entry that is not as it was written, whatever was done to it."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from tests.stage import DEMO, case_id, story, world
from waste_bpm.casework import log, record
from waste_bpm.casework.log import messages, verify
from waste_bpm.casework.store import Store
from waste_bpm.simulation.world import play


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The database of a story told to its end."""
    file = tmp_path_factory.mktemp("log") / "node.db"
    made = world(DEMO, f"sqlite:///{file}")
    for _ in play(made, story()):
        pass
    made.nodes["demo"].store.close()
    return file


@pytest.fixture
def file(written, tmp_path):
    """A copy whose log can be changed behind the back of the program."""
    copy = tmp_path / "node.db"
    shutil.copy(written, copy)
    change(copy, "DROP TRIGGER event_no_update", "DROP TRIGGER event_no_delete")
    return copy


def change(file, *statements):
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(*([statement] if isinstance(statement, str) else statement))


def ask(file, query, *values):
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query, values).fetchall()


def judged(file):
    store = Store(f"sqlite:///{file}", read_only=True)
    try:
        return verify(store)
    finally:
        store.close()


def rechained(file, position, body):
    """Forge a line: another body, with a hash that fits the line before it."""
    ((stream, version, at),) = ask(file, "SELECT stream, version, recorded_at FROM event WHERE position = ?", position)
    before = ask(file, "SELECT hash FROM event WHERE stream = ? AND version = ?", stream, version - 1)
    forged = record.chained(before[0][0] if before else "", body, at)
    change(file, ("UPDATE event SET body = ?, hash = ? WHERE position = ?", (body, forged, position)))


def test_an_untouched_log_is_whole_and_counted(file):
    verdict = judged(file)
    assert verdict.whole
    counted = ask(file, "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM message)")
    assert (verdict.lines, verdict.messages) == counted[0]
    assert verdict.documents == ask(file, "SELECT count(*) FROM document")[0][0]


def test_a_changed_byte_is_named_with_its_line(file):
    ((body,),) = ask(file, "SELECT body FROM event WHERE position = 20")
    change(file, ("UPDATE event SET body = ? WHERE position = 20", (body.replace(b'"', b"'", 1),)))
    broken = judged(file).broken
    assert broken.position == 20
    assert "its hash does not follow" in broken.what


def test_a_forged_line_breaks_the_chain_behind_it(file):
    ((position, body),) = ask(file, "SELECT position, body FROM event WHERE stream = 'notification' AND version = 2")
    rechained(file, position, body.replace(b"100", b"900"))
    broken = judged(file).broken
    assert (broken.stream, broken.version) == ("notification", 3)


@pytest.mark.parametrize(
    ("column", "value"), [("type", "LoadHeld"), ("home", 0), ("stream", "movement/9"), ("version", 9)]
)
def test_a_column_that_says_something_else_is_named(column, value, file):
    ((position,),) = ask(file, "SELECT position FROM event WHERE stream = 'movement/1' AND version = 2")
    if column == "stream":
        ((position,),) = ask(file, "SELECT position FROM event WHERE stream = 'disposal/1'")
    change(file, (f"UPDATE event SET {column} = ? WHERE position = ?", (value, position)))  # noqa: S608 - our own words
    broken = judged(file).broken
    assert broken.position == position
    assert f"the column {column} says" in broken.what


def test_a_line_taken_out_is_named_where_the_next_one_stands(file):
    change(file, "DELETE FROM event WHERE stream = 'movement/2' AND version = 2")
    broken = judged(file).broken
    assert (broken.stream, broken.version) == ("movement/2", 3)


def test_a_first_line_taken_out_leaves_a_gap(file):
    ((position, body),) = ask(file, "SELECT position, body FROM event WHERE stream = 'movement/2' AND version = 2")
    change(file, "DELETE FROM event WHERE stream = 'movement/2' AND version <> 2")
    rechained(file, position, body)
    broken = judged(file).broken
    assert "version 1 should stand here" in broken.what


def test_a_line_that_is_no_json_is_named(file):
    rechained(file, 1, b"{")
    assert judged(file).broken.what == "its content is not JSON"


@pytest.mark.parametrize(("table", "word"), [("message", "the message"), ("document", "the document")])
def test_changed_bytes_of_a_message_or_document_are_named(table, word, file):
    change(file, f"UPDATE {table} SET body = body || ' ' WHERE rowid = 9")  # noqa: S608 - our own words
    broken = judged(file).broken
    assert (broken.stream, broken.version) == (None, None)
    assert word in broken.what


def test_messages_come_in_order_however_many_there_are(file, monkeypatch):
    store = Store(f"sqlite:///{file}", read_only=True)
    whole = [message.id for message in messages(store)]
    assert [message.id for message in messages(store, case_id())] == whole
    monkeypatch.setattr(log, "_MESSAGES", log._MESSAGES.limit(7))
    assert [message.id for message in messages(store)] == whole
    assert [row[0] for row in ask(file, "SELECT id FROM message ORDER BY position")] == whole
    assert list(messages(store, "other")) == []
    store.close()
