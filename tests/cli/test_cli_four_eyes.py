"""Four eyes at the command line: `--person` says who acts, and the file of a country which steps two persons take."""

import json

import pytest

from tests.cli.conftest import NUMBER, TWO_PERSONS, run, run_json


@pytest.fixture
def kenya(db, tmp_path):
    """Kenya has the notification before it, and its file asks for two persons who transmit."""
    file = tmp_path / "ke.yaml"
    file.write_text(TWO_PERSONS)
    run("law", "lint", file)
    run("node", "four-eyes", file, "--db", db)
    run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", db)
    return db


def transmit(db, person, **named):
    who = ("--person", person) if person else ()
    return run_json("case", "act", NUMBER, "transmit", "--as", "KE-CA", *who, "--db", db, **named)


def test_two_officers_transmit_together(kenya):
    first = transmit(kenya, "officer-17")
    assert (first["events"], first["proposal"]["person"]) == ([], "officer-17")
    shown = run("case", "show", NUMBER, "--db", kenya).stdout
    assert "Waits for a second person" in shown
    assert "officer-17" in shown
    why = run("case", "why", NUMBER, "transmit", "--as", "KE-CA", "--db", kenya).stdout
    assert "waits for a second person" in " ".join(why.split())
    assert transmit(kenya, "officer-21")["events"][0]["persons"] == ["officer-17", "officer-21"]
    assert "officer-17, officer-21" in run("case", "log", NUMBER, "--db", kenya).stdout
    run("check", "--db", kenya)


def test_one_officer_alone_or_a_system_does_not(kenya):
    transmit(kenya, "officer-17")
    assert transmit(kenya, "officer-17", code=4)["findings"][0]["rule_id"] == "four-eyes-same-person"
    assert transmit(kenya, None, code=7)["findings"][0]["rule_id"] == "person-missing"


def test_what_was_proposed_can_be_withdrawn(kenya):
    transmit(kenya, "officer-17")
    retract = ("case", "retract", NUMBER, "transmit", "--as", "KE-CA", "--person", "officer-21", "--db", kenya)
    assert run_json(*retract)["says"] == "withdrawn"
    run(*retract, code=5)


def test_rows_of_a_file_name_their_persons(kenya, tmp_path):
    row = {"on": "notification", "step": "transmit", "as": "KE-CA"}
    file = tmp_path / "rows.json"
    file.write_text(json.dumps([{**row, "person": "officer-17"}, {**row, "person": "officer-21"}]))
    said = run("case", "bulk", NUMBER, file, "--db", kenya).stdout
    assert "waits for a second person" in said
    assert "Row 2, transmit on notification by KE-CA: taken" in said


def test_what_the_file_says_is_listed(kenya):
    (pair,) = run_json("node", "four-eyes", "--db", kenya)["steps"]
    assert (pair["country"], pair["step"], pair["two"]) == ("KE", "notification.transmit", True)


def test_a_token_names_its_person(kenya):
    assert run_json("node", "token", "KE-CA", "--person", "officer-17", "--db", kenya)["person"] == "officer-17"
    run("node", "token", "KE-CA", "--person", "Jane Doe", "--db", kenya, code=3)
