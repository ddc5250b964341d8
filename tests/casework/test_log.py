"""`verify` names the first entry that is not as it was written, whatever was done to it."""

import shutil

import pytest
from sqlalchemy import NullPool, create_engine, text

from tests import engines
from tests.stage import DEMO, case_id, story, world
from waste_bpm.casework import log, record
from waste_bpm.casework.log import messages, verify
from waste_bpm.casework.store import Store
from waste_bpm.simulation.world import play

each_engine = engines.each_engine
UNGUARDED = {
    "sqlite": ("DROP TRIGGER event_no_update", "DROP TRIGGER event_no_delete"),
    "postgresql": ("DROP TRIGGER event_append_only ON event",),
}
"""How the log of a database loses its guard."""


@pytest.fixture(scope="module")
def written(each_engine, tmp_path_factory):
    """The address of the database of a story told to its end."""
    url = f"sqlite:///{tmp_path_factory.mktemp('log')}/node.db" if each_engine == "sqlite" else engines.fresh()
    made = world(DEMO, url)
    for _ in play(made, story()):
        pass
    made.nodes["demo"].store.close()
    return url


@pytest.fixture
def url(written, each_engine, tmp_path):
    """The address of a copy whose log can be changed behind the back of the program."""
    if each_engine == "sqlite":
        shutil.copy(written.removeprefix("sqlite:///"), tmp_path / "node.db")
        copy = f"sqlite:///{tmp_path}/node.db"
    else:
        copy = engines.server().create(engines.name_of(written))
    for statement in UNGUARDED[each_engine]:
        change(copy, statement)
    return copy


def connected(url):
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool).begin()


def change(url, statement, **values):
    with connected(url) as connection:
        connection.execute(text(statement), values)


def ask(url, query, **values):
    with connected(url) as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def judged(url):
    store = Store(url, read_only=True)
    try:
        return verify(store)
    finally:
        store.close()


def rechained(url, position, body):
    """Forge a line: another body, with a hash that fits the line before it."""
    which = "SELECT stream, version, recorded_at FROM event WHERE position = :position"
    ((stream, version, at),) = ask(url, which, position=position)
    link = "SELECT hash FROM event WHERE stream = :stream AND version = :version"
    before = ask(url, link, stream=stream, version=version - 1)
    forged = record.chained(before[0][0] if before else "", body, at)
    rewrite = "UPDATE event SET body = :body, hash = :hash WHERE position = :position"
    change(url, rewrite, body=body, hash=forged, position=position)


def test_an_untouched_log_is_whole_and_counted(url):
    verdict = judged(url)
    assert verdict.whole
    counted = ask(url, "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM message)")
    assert (verdict.lines, verdict.messages) == counted[0]
    assert verdict.documents == ask(url, "SELECT count(*) FROM document")[0][0]


def test_a_changed_byte_is_named_with_its_line(url):
    ((body,),) = ask(url, "SELECT body FROM event WHERE position = 20")
    change(url, "UPDATE event SET body = :body WHERE position = 20", body=body.replace(b'"', b"'", 1))
    broken = judged(url).broken
    assert broken.position == 20
    assert "its hash does not follow" in broken.what


def test_a_forged_line_breaks_the_chain_behind_it(url):
    ((position, body),) = ask(url, "SELECT position, body FROM event WHERE stream = 'notification' AND version = 2")
    rechained(url, position, body.replace(b"100", b"900"))
    broken = judged(url).broken
    assert (broken.stream, broken.version) == ("notification", 3)


@pytest.mark.parametrize(
    ("column", "value"), [("type", "LoadHeld"), ("home", False), ("stream", "movement/9"), ("version", 9)]
)
def test_a_column_that_says_something_else_is_named(column, value, url):
    ((position,),) = ask(url, "SELECT position FROM event WHERE stream = 'movement/1' AND version = 2")
    if column == "stream":
        ((position,),) = ask(url, "SELECT position FROM event WHERE stream = 'disposal/1'")
    rewrite = f"UPDATE event SET {column} = :value WHERE position = :position"  # noqa: S608 - our own words
    change(url, rewrite, value=value, position=position)
    broken = judged(url).broken
    assert broken.position == position
    assert f"the column {column} says" in broken.what


def test_a_line_taken_out_is_named_where_the_next_one_stands(url):
    change(url, "DELETE FROM event WHERE stream = 'movement/2' AND version = 2")
    broken = judged(url).broken
    assert (broken.stream, broken.version) == ("movement/2", 3)


def test_a_first_line_taken_out_leaves_a_gap(url):
    ((position, body),) = ask(url, "SELECT position, body FROM event WHERE stream = 'movement/2' AND version = 2")
    change(url, "DELETE FROM event WHERE stream = 'movement/2' AND version <> 2")
    rechained(url, position, body)
    broken = judged(url).broken
    assert "version 1 should stand here" in broken.what


def test_a_line_that_is_no_json_is_named(url):
    rechained(url, 1, b"{")
    assert judged(url).broken.what == "its content is not JSON"


@pytest.mark.parametrize(("table", "word"), [("message", "the message"), ("document", "the document")])
def test_changed_bytes_of_a_message_or_document_are_named(table, word, url, each_engine):
    """On a file they may also have become text."""
    digest, body = ask(url, f"SELECT digest, body FROM {table} ORDER BY digest")[8]  # noqa: S608 - our own words
    spoilt = f"{body.decode()} " if each_engine == "sqlite" else body + b" "
    change(url, f"UPDATE {table} SET body = :body WHERE digest = :digest", body=spoilt, digest=digest)  # noqa: S608
    broken = judged(url).broken
    assert (broken.stream, broken.version) == (None, None)
    assert word in broken.what


def test_messages_come_in_order_however_many_there_are(url, monkeypatch):
    store = Store(url, read_only=True)
    whole = [message.id for message in messages(store)]
    assert [message.id for message in messages(store, case_id())] == whole
    monkeypatch.setattr(log, "_MESSAGES", log._MESSAGES.limit(7))
    assert [message.id for message in messages(store)] == whole
    assert [row[0] for row in ask(url, "SELECT id FROM message ORDER BY position")] == whole
    assert list(messages(store, "other")) == []
    store.close()
