"""Backup, restore and drill from the command line."""

import json
import sqlite3
from contextlib import closing

import pytest

from tests.cli.conftest import NUMBER, run, run_json
from tests.cli.test_cli_keys import begun, sealed
from tests.cli.test_cli_node import spoil

__all__ = ["begun"]


@pytest.fixture
def backup(begun):
    file = begun.parent / "backup.db"
    run("node", "backup", file, "--db", begun)
    return file


def test_a_backup_names_what_it_proved_and_never_holds_the_private_key(begun):
    said = run_json("node", "backup", begun.parent / "b.db", "--db", begun)
    secret = json.loads((begun.parent / "kenya.db.key.json").read_text())["d"]
    assert (said["lines"], said["heads"], said["head"]["position"]) == (1, 1, 1)
    assert said["bytes"] == (begun.parent / "b.db").stat().st_size
    assert secret.encode() not in (begun.parent / "b.db").read_bytes()
    assert run_json("node", "backup", begun.parent / "b.db", "--db", begun, code=6)["findings"]


def test_a_restored_node_takes_nothing_until_it_is_let_go_on(backup):
    """Given a restored node, when somebody acts there, then it is refused with what to do; after that it goes on."""
    restored = backup.parent / "restored.db"
    assert run_json("node", "restore", backup, "--db", restored)["read_only"] is True
    assert NUMBER in run("case", "show", NUMBER, "--db", restored).stdout
    submit = ("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", restored)
    (finding,) = run_json(*submit, code=8)["findings"]
    assert finding["rule_id"] == "node-read-only"
    assert "waste-bpm node resume" in finding["fix"]
    assert run_json("node", "resume", "--db", restored)["was_read_only"] is True
    run(*submit)


def test_what_peers_know_and_the_backup_does_not_is_said(backup, begun, tmp_path):
    run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", begun)
    sealed(begun)
    kept = tmp_path / "kept.json"
    kept.write_text(run("log", "heads", "--last", "9", "--db", begun).stdout)
    said = run("node", "restore", backup, "--kept", kept, "--db", tmp_path / "restored.db").stdout
    assert "Others keep heads up to place 2: what lies between is not in this backup." in said


def test_a_drill_tells_each_step(begun):
    result = run("node", "drill", "--db", begun)
    assert "The drill held." in result.stdout
    said = run_json("node", "drill", "--db", begun)
    assert [step["step"] for step in said["steps"]] == ["back up", "restore", "check", "rebuild", "compare"]
    assert len(result.stderr.splitlines()) == 5
    assert said["well"] is True


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (("DROP TRIGGER event_no_update", "UPDATE event SET type = 'x'"), "back up"),
        (("UPDATE case_file SET number = 'XX 1'",), "rebuild"),
    ],
)
def test_a_drill_that_does_not_hold_says_which_step_and_why(change, step, begun):
    spoil(begun, *change)
    said = run_json("node", "drill", "--db", begun, code=3)
    assert said["well"] is False
    assert said["steps"][-1]["step"] == step
    assert said["steps"][-1]["findings"][0]["message"]


def test_a_drill_changes_nothing(begun):
    with closing(sqlite3.connect(begun)) as connection:
        before = list(connection.iterdump())
        run("node", "drill", "--db", begun)
        assert list(connection.iterdump()) == before
