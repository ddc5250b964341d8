"""Two nodes through the command line: they compare fingerprints, and carry letters and slips to each other on a stick."""

import json

import pytest

from tests.cli.conftest import CONSIGNMENT, NUMBER, run, run_json
from waste_bpm.casework.store import Store
from waste_bpm.casework.traffic import COMPARED


@pytest.fixture
def two(tmp_path, monkeypatch):
    """The node of Kenya, and the one of the other States; each believes the other, and Kenya has transmitted."""
    monkeypatch.chdir(tmp_path)
    for name, states in (("ke", "KE"), ("kr", "KR")):
        run("node", "init", name, "--db", f"{name}.db")
        run("case", "import", CONSIGNMENT, "--host", states, "--db", f"{name}.db")
        (tmp_path / f"{name}.peer.json").write_text(run("node", "about", "--db", f"{name}.db").stdout)
    return tmp_path


def print_of(db):
    return run("node", "about", "--db", db).stderr.rpartition(": ")[2].strip()


def test_letters_go_on_a_stick_and_their_slips_come_back(two):
    run("node", "peer", "add", "kr.peer.json", "--db", "ke.db", code=7)
    run("node", "peer", "add", "kr.peer.json", "--fingerprint", print_of("kr.db"), "--db", "ke.db")
    run("node", "peer", "add", "ke.peer.json", "--fingerprint", print_of("ke.db"), "--db", "kr.db")
    run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", "ke.db")
    run("case", "act", NUMBER, "transmit", "--as", "KE-CA", "--db", "ke.db")
    waits = run_json("outbox", "list", "--db", "ke.db")["letters"]
    kr = [each for each in waits if each["node"] == "kr"]
    assert kr
    run("outbox", "export", "kr", "stick.zip", "--db", "ke.db")
    taken = run_json("message", "take-in", "stick.zip", "--slips", "back.zip", "--db", "kr.db")
    assert [each["result"] for each in taken["slips"]] == ["recorded"] * len(kr)
    assert NUMBER in run("case", "show", NUMBER, "--db", "kr.db").stdout
    run("outbox", "slips", "back.zip", "--db", "ke.db")
    shown = run_json("outbox", "show", kr[0]["message"], "--db", "ke.db")["nodes"]
    assert {each["node"]: each["state"] for each in shown}["kr"] == "delivered"
    status = run_json("node", "status", "--db", "ke.db")
    assert {each["node"]: each["waiting"] for each in status["peers"]}["kr"] == 0


def test_a_changed_stick_is_turned_away_and_shown(two):
    run("node", "peer", "add", "kr.peer.json", "--fingerprint", print_of("kr.db"), "--db", "ke.db")
    run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", "ke.db")
    run("case", "act", NUMBER, "transmit", "--as", "KE-CA", "--db", "ke.db")
    run("outbox", "export", "kr", "stick.zip", "--db", "ke.db")
    run("message", "take-in", "stick.zip", "--db", "kr.db", code=9)
    away = run_json("node", "status", "--db", "kr.db")["turned_away"]
    assert {each["rule"] for each in away} == {"signature-invalid"}
    assert json.dumps(away)


def test_a_node_that_fetches_says_so_and_its_letters_wait_for_it_without_any_attempt(two):
    run("node", "peer", "add", "kr.peer.json", "--fingerprint", print_of("kr.db"), "--db", "ke.db")
    assert "fetches its letters" in run("node", "status", "--db", "ke.db").stdout
    run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", "ke.db")
    run("case", "act", NUMBER, "transmit", "--as", "KE-CA", "--db", "ke.db")
    run("work", "--once", "--db", "ke.db")
    (kr,) = [each for each in run_json("node", "status", "--db", "ke.db")["peers"] if each["node"] == "kr"]
    assert (kr["reach"], kr["failures"], kr["said"]) == ("pull", 0, None)
    assert kr["waiting"] > 0


def test_fetching_says_which_peers_do_not_answer(two):
    (two / "there.json").write_text(run("node", "about", "--url", "http://127.0.0.1:9", "--db", "ke.db").stdout)
    run("node", "peer", "add", "there.json", "--fingerprint", print_of("ke.db"), "--db", "kr.db")
    told = run_json("message", "fetch", "--db", "kr.db")
    assert (told["taken"], [each["node"] for each in told["away"]]) == (0, ["ke"])
    assert "ke cannot be reached" in run("message", "fetch", "--db", "kr.db").stdout


def test_how_cases_compare_with_other_nodes_is_shown_and_a_difference_is_an_exit_code(two):
    assert "Nothing was compared yet." in run("node", "peer", "compare", "--db", "ke.db").stdout
    run("node", "peer", "compare", "kr", "--now", "--db", "ke.db", code=5)
    store = Store("sqlite:///ke.db")
    row = {"node": "kr", "case_id": "one", "tried_at": "2026-06-01", "compared_at": "2026-06-01", "since": "2026-06-01"}
    store.replace(COMPARED, [row | {"result": "different", "stream": "answer/KE"}])
    store.close()
    told = run("node", "peer", "compare", "kr", "--db", "ke.db", code=6).stdout
    assert "one with kr: different in answer/KE since 2026-06-01" in told
    assert run_json("node", "peer", "compare", "lk", "--db", "ke.db")["unlike"] == []
