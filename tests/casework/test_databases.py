"""Two databases, one store: how they are opened, brought to the version of today, guarded and lost."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import inspect, text

from tests import engines
from tests.stage import DEMO, case_id, entry, node_of, part, story, world
from waste_bpm.casework import schema
from waste_bpm.casework.invariants import check
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.migrations import walk
from waste_bpm.casework.store import META, Store
from waste_bpm.errors import Unavailable
from waste_bpm.simulation.world import play


@pytest.fixture(params=engines.ENGINES)
def url(request, tmp_path):
    """The address of a database in which there is nothing."""
    return f"sqlite:///{tmp_path}/node.db" if request.param == "sqlite" else engines.server().create()


def shape(store):
    """The tables of a database as it describes them itself."""
    look = inspect(store.database.connection)
    return {
        name: (
            [(each["name"], str(each["type"]), each["nullable"]) for each in look.get_columns(name)],
            look.get_pk_constraint(name)["constrained_columns"],
            sorted(each["column_names"] for each in look.get_indexes(name)),
            sorted(each["column_names"] for each in look.get_unique_constraints(name)),
        )
        for name in META.tables
    }


def left_at(store, version):
    """Leave a database as a program of this version did."""
    with store.transaction() as connection:
        META.drop_all(connection)
        connection.execute(text("DELETE FROM alembic_version"))
        walk.forwards(connection, "empty", version)


class TestVersions:
    def test_migrations_lead_to_the_tables_of_today(self, url):
        store = Store(url)
        made_at_once = shape(store)
        left_at(store, schema.VERSION)
        assert shape(store) == made_at_once
        store.close()

    def test_an_older_database_is_migrated_and_keeps_what_it_holds(self, url):
        store = Store(url)
        left_at(store, "0001")
        store.run(text("INSERT INTO setting VALUES ('node', 'old')"))
        store.close()
        again = Store(url)
        assert again.rows(text("SELECT value FROM setting"))[0][0] == "old"
        assert schema.version(again.database.connection) == schema.VERSION
        again.close()

    def test_tables_without_a_version_are_those_of_the_first(self, url):
        store = Store(url)
        left_at(store, "0001")
        store.run(text("DROP TABLE alembic_version"))
        store.close()
        again = Store(url)
        assert schema.version(again.database.connection) == schema.VERSION
        again.close()

    def test_a_newer_database_is_refused_and_left_alone(self, url):
        store = Store(url)
        store.run(text("UPDATE alembic_version SET version_num = '9999'"))
        store.close()
        with pytest.raises(Unavailable, match="version 9999") as refused:
            Store(url)
        assert refused.value.findings[0].rule_id == "schema-newer"

    def test_an_older_database_is_not_read_as_if_it_were_of_today(self, url):
        store = Store(url)
        store.run(text("UPDATE alembic_version SET version_num = '0001'"))
        store.close()
        with pytest.raises(Unavailable, match="Open it once for writing"):
            Store(url, read_only=True)

    def test_a_migration_that_breaks_leaves_the_old_database(self, url, monkeypatch):
        store = Store(url)
        left_at(store, "0001")
        store.close()
        with monkeypatch.context() as patch:
            patch.setattr(schema, "append_only", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                Store(url)
        Store(url).close()


class TestSettings:
    def test_a_database_says_what_it_is(self, url):
        store = Store(url)
        said = store.about()
        assert said["version"]
        assert (said["database"] == "sqlite") == ("wal_reset_bug" in said)
        store.close()

    def test_settings_that_lose_commits_are_refused(self, url, monkeypatch):
        wanted = {"synchronous": "3"} if url.startswith("sqlite") else {"fsync": "off"}
        name = "_SQLITE" if url.startswith("sqlite") else "_SERVER"
        monkeypatch.setattr(f"waste_bpm.casework.databases.{name}", wanted)
        if name == "_SQLITE":
            monkeypatch.setattr("waste_bpm.casework.databases._settled", lambda engine: engine)
        with pytest.raises(Unavailable, match="would let a commit be lost"):
            Store(url)

    def test_who_only_reads_cannot_write(self, url):
        Store(url).close()
        reader = Store(url, read_only=True)
        with pytest.raises(Exception, match=r"read.?only"):
            reader.run(text("INSERT INTO setting VALUES ('node', 'x')"))
        reader.close()


def test_the_story_keeps_every_invariant_on_postgresql():
    made = world(DEMO, engines.server().create())
    for _ in play(made, story()):
        pass
    node = made.nodes["demo"]
    assert check(node) == []
    node.store.close()


class TestAServerThatGoesAway:
    def test_what_was_answered_survives_a_killed_server_and_the_key_answers_again(self):
        """Given an answered act, when the server is killed and comes back, then the same request gets its answer."""
        server = engines.server()
        made = world(url=server.create())
        for _ in play(made, part("Shipment 1 of 25.0 t is announced")):
            pass
        node = node_of(made)
        asked = Request(case_id=case_id(), key="k", **entry("Shipment 1 of 25.0 t is announced"))
        first = act(node, asked)
        server.kill()
        with pytest.raises(Unavailable, match="does not answer"):
            act(node, asked)
        server.restart()
        again = act(node, asked)
        assert (again.replayed, again.events) == (True, first.events)
        node.store.close()


def test_a_file_is_written_with_full_synchronisation(tmp_path):
    Store(f"sqlite:///{tmp_path}/node.db").close()
    with closing(sqlite3.connect(tmp_path / "node.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
