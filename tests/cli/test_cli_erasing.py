"""Erasing and rebuilding from the command line."""

import json

import pytest

from tests.cli.conftest import CONSIGNMENT, NUMBER, run, run_json
from tests.cli.test_cli_node import spoil


@pytest.fixture
def over(tmp_path):
    """A node that hosts all States, with a notification that was withdrawn."""
    file = tmp_path / "node.db"
    run("case", "import", CONSIGNMENT, "--db", file)
    run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", file)
    (tmp_path / "why.json").write_text(json.dumps({"reason": [{"text": "No buyer", "language": "en"}]}))
    run("case", "act", NUMBER, "withdraw", "--as", "KE-RVB", "--data", tmp_path / "why.json", "--db", file)
    return file


ERASE = ("node", "erase", NUMBER, "--by", "KE-CA", "--reason", "file withdrawn")


def test_erasing_asks_once_more_and_names_what_goes(over):
    before = over.read_bytes()
    said = run(*ERASE, "--db", over, input="n\n", code=130)
    assert "It cannot be undone" in said.stderr
    assert over.read_bytes() == before
    assert "Erased: 2 documents and 2 messages" in run(*ERASE, "--db", over, input="y\n").stdout


def test_what_was_erased_is_in_the_log_and_the_log_is_whole(over):
    gone = run_json(*ERASE, "--yes", "--db", over)
    assert "DocumentsErased" in run("case", "log", NUMBER, "--db", over).stdout
    said = run_json("log", "verify", "--db", over)
    assert (said["whole"], said["erased"]) == (True, len(gone["erased_messages"]))
    run("check", "--db", over)
    assert NUMBER in run("case", "show", NUMBER, "--db", over).stdout
    run(*ERASE, "--yes", "--db", over, code=5)


def test_rows_made_anew_are_told_by_table(over):
    assert "Every row was what the log says." in run("node", "rebuild", "--db", over).stdout
    spoil(over, "UPDATE case_file SET number = 'XX 1'", "INSERT INTO deadline VALUES ('c', 's', 'r', '2026-01-01', 1)")
    said = run_json("node", "rebuild", "--db", over)["different"]
    assert said == {"case_file": {"missing": 1, "unfounded": 1}, "deadline": {"missing": 0, "unfounded": 1}}
    run("check", "--db", over)
