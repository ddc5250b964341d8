"""A node from the command line: letters in and out, tokens, the proof of the log, the invariants, the server."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from uuid import UUID

import pytest

from tests.cli.conftest import CONSIGNMENT, NUMBER, ROOT, run, run_json
from waste_bpm.casework import invariants
from waste_bpm.casework.registers import party_of
from waste_bpm.casework.store import Store
from waste_bpm.documents import signals
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.utility_blocks.envelope import PartyRef
from waste_bpm.vocabulary import Role

LETTER = CONSIGNMENT.parent / "messages" / "lk-acknowledgement.xml"


def spoil(file, *statements):
    """Change a database behind the back of the program."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_a_letter_is_recorded_once_and_gets_the_same_receipt(transmitted):
    first = run_json("message", "receive", LETTER, "--db", transmitted)
    again = run_json("message", "receive", LETTER, "--db", transmitted)
    assert (first["duplicate"], again["duplicate"]) == (False, True)
    assert first["digest"] == again["digest"]
    assert "Had it already" in run("message", "receive", LETTER, "--db", transmitted).stdout
    assert "answer/LK" in run("case", "show", NUMBER, "--db", transmitted).stdout


def test_a_letter_that_is_none_or_for_somebody_else(db, tmp_path):
    (tmp_path / "none.xml").write_text("<none/>")
    run("message", "receive", tmp_path / "none.xml", "--db", db, code=3)
    run("message", "receive", tmp_path / "gone.xml", "--db", db, code=2)
    lanka = ("--db", tmp_path / "lanka.db")
    begun = run("case", "import", CONSIGNMENT, "--host", "LK", *lanka).stdout
    assert "KE-RVB acts on the node ke; the notification comes from there" in begun
    assert run_json("case", "import", CONSIGNMENT, "--host", "LK", *lanka)["drafted"] is False
    run("message", "receive", LETTER, *lanka, code=7)


def test_a_letter_travels_as_a_file_and_its_receipt_comes_back_as_a_file(transmitted, tmp_path):
    # given the letter for Sri Lanka on the node of Kenya, and the node of Sri Lanka
    lanka, answer = ("--db", tmp_path / "lanka.db"), tmp_path / "answer.xml"
    run("case", "import", CONSIGNMENT, "--host", "LK", *lanka)
    run("case", "messages", NUMBER, "--db", transmitted, "--out", tmp_path / "letters")
    (letter,) = (tmp_path / "letters").glob("*NotificationTransmission.xml")
    # when it is taken in there, and the answer here
    assert str(answer) in run("message", "receive", letter, *lanka, "--answer", answer).stderr
    heard = run_json("message", "receive", answer, "--db", transmitted, "--answer", tmp_path / "none.xml")
    # then nothing waits any more, and the receipt was not answered
    assert (heard["signal"], heard["node"], heard["state"]) == ("Receipt", "lk", "delivered")
    assert run_json("outbox", "list", "--db", transmitted)["letters"] == []
    assert not (tmp_path / "none.xml").exists()
    assert "is delivered" in run("message", "receive", answer, "--db", transmitted).stdout


def test_a_letter_that_its_receiver_rejected_is_listed_as_refused(transmitted, tmp_path):
    # given a letter of Kenya that the node of Sri Lanka rejects for good
    run("case", "messages", NUMBER, "--db", transmitted, "--out", tmp_path / "letters")
    (letter,) = (tmp_path / "letters").glob("*NotificationTransmission.xml")
    elsewhere, answer = ("--db", tmp_path / "elsewhere.db"), tmp_path / "answer.xml"
    run("case", "import", CONSIGNMENT, "--host", "KR", *elsewhere)
    run("message", "receive", letter, *elsewhere, "--answer", answer)
    rejected = gate.read(answer.read_bytes())
    said = signals.BusinessRejection(
        message=rejected.document.message,
        digest=rejected.document.digest,
        rejected_at=rejected.document.received_at,
        final=True,
        findings=({"rule": "addressed-here", "severity": "error", "text": [{"text": "Nobody", "language": "en"}]},),
    )
    spoken = MESSAGES["BusinessRejection"]
    head = rejected.header.model_copy(
        update={"type_code": spoken.code, "sender": PartyRef("LK-CA", Role.NODE), "message": f"urn:uuid:{UUID(int=1)}"}
    )
    answer.write_bytes(gate.build(spoken, head, said))
    # when that answer arrives
    assert run_json("message", "receive", answer, "--db", transmitted)["state"] == "refused"
    # then the letter is not sent again, and somebody sees it
    said = run_json("outbox", "list", "--db", transmitted)
    assert (said["letters"], [each["name"] for each in said["refused"]]) == ([], ["NotificationTransmission"])
    assert "1 letter rejected" in run("outbox", "list", "--db", transmitted).stderr


def test_a_refusal_is_answered_too(db, tmp_path):
    (tmp_path / "none.xml").write_text("<none/>")
    run("message", "receive", tmp_path / "none.xml", "--db", db, "--answer", tmp_path / "why.xml", code=3)
    run("validate", tmp_path / "why.xml")
    assert b"message-unknown" in (tmp_path / "why.xml").read_bytes()


def test_letters_that_wait_are_listed_by_node(transmitted, demo):
    said = run_json("outbox", "list", "--db", transmitted)["letters"]
    assert {(each["node"], each["name"]) for each in said} == {("lk", "NotificationTransmission")}
    assert "letters without a receipt" in run("outbox", "list", "--db", demo / "demo.db").stderr


def test_a_token_lets_somebody_act_for_a_party_and_only_its_digest_is_kept(db):
    token = run("node", "token", "KE-CA", "--db", db).stdout.strip()
    store = Store(f"sqlite:///{db}", read_only=True)
    assert party_of(store, token) == "KE-CA"
    store.close()
    assert token.encode() not in db.read_bytes()
    assert run_json("node", "token", "KE-CA", "--db", db)["token"] != token
    run("node", "token", "NOBODY", "--db", db, code=5)


def test_a_changed_line_is_found(demo):
    file = demo / "demo.db"
    assert run_json("log", "verify", "--db", file)["whole"] is True
    spoil(
        file,
        "DROP TRIGGER event_no_update",
        "UPDATE event SET body = replace(body, '25.0', '35.0') WHERE type = 'LoadReceived' AND stream = 'receipt/1'",
    )
    said = run_json("log", "verify", "--db", file, code=3)
    assert said["broken"]["stream"] == "receipt/1"
    assert "The log is broken at line" in run("log", "verify", "--db", file, code=3).stdout
    assert run_json("check", "--db", file, code=3)["findings"][0]["rule_id"] == "log-broken"
    assert "log is broken" in " ".join(run("demo", "--out", demo, code=3).stdout.split())


def test_a_lost_letter_is_found_by_the_invariants(demo):
    file = demo / "demo.db"
    assert f"All {len(invariants.asked())} invariants hold." in run("check", "--db", file).stdout
    spoil(file, "DELETE FROM outbox WHERE node = 'ch'")
    (finding,) = run_json("check", "--db", file, code=3)["findings"]
    assert finding["rule_id"] == "I-28"
    assert "TakeBackRequest" in finding["message"]


@pytest.fixture
def served(demo):
    """A server on a free port, with a token for one party."""
    command = [sys.executable, "-m", "waste_bpm", "serve", "--port", "0", "--json", "--token", "KE-CA"]
    with subprocess.Popen(
        [*command, "--db", str(demo / "demo.db")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        said = ""
        while not said.endswith("\n}\n"):
            line = server.stdout.readline()
            assert line, server.stderr.read()
            said += line
        yield server, json.loads(said)
        server.kill()
        server.communicate()


def test_the_server_answers_here_and_stops_when_asked(served):
    server, said = served
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", said["address"])
    assert set(said["tokens"]) == {"KE-CA"}
    with urllib.request.urlopen(said["address"] + "/api/v1/openapi.json", timeout=20) as reply:  # noqa: S310 - our own server
        assert json.load(reply)["openapi"].startswith("3.1")
    server.send_signal(signal.SIGINT)
    _, stderr = server.communicate(timeout=20)
    assert server.returncode == 130, stderr
    assert "/api/v1/docs" in stderr
    assert "Traceback" not in stderr


def test_the_server_seals_what_is_recorded_and_ends_in_order(served, demo):
    """When it is told to end (SIGTERM), then its work is done, its database closed, and every event has its place."""
    server, said = served
    with urllib.request.urlopen(said["address"] + "/api/v1/openapi.json", timeout=20):  # noqa: S310 - our own server
        server.send_signal(signal.SIGTERM)
    _, stderr = server.communicate(timeout=20)
    assert server.returncode == 0, stderr
    assert not (demo / "demo.db-wal").exists()
    verdict = run_json("log", "verify", "--db", demo / "demo.db")
    assert verdict["whole"]
    assert verdict["heads"] >= 1


def test_a_port_that_is_taken_is_said_to_be(served, db):
    port = served[1]["address"].rpartition(":")[2]
    said = run_json("serve", "--port", port, "--db", db, code=8)
    assert said["findings"][0]["rule_id"] == "address-in-use"
