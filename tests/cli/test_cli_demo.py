"""The demonstration runs to its end, says what is true, and survives being killed at any moment."""

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import datetime

import pytest

from tests.cli.conftest import NUMBER, ROOT, run, run_json
from tests.processes.command_desk import spoken
from tests.processes.test_return_case import answer, documents
from waste_bpm.cli import judges
from waste_bpm.cli.demo import STORY
from waste_bpm.simulation.scenario import scenario
from waste_bpm.utility_blocks import gate


def files_of(folder):
    """Every file with its bytes, by its path inside the folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def read(out, query):
    """The rows of a query on the database of a run."""
    with closing(sqlite3.connect(out / "demo.db")) as connection:
        return connection.execute(query).fetchall()


def told(out):
    """What a finished run left: events, messages, letters, and each waiting letter."""
    events = read(out, "SELECT stream, version, type, hash FROM event ORDER BY position")
    messages = read(out, "SELECT id, digest, home FROM message ORDER BY position")
    outbox = read(out, "SELECT message, node, state FROM outbox ORDER BY message, node")
    return events, messages, outbox, files_of(out / "messages"), files_of(out / "outbox")


def test_it_says_what_happened_and_what_is_owed(played):
    said = " ".join(played[1].stdout.split())
    assert "19.0 t accepted, 6.0 t rejected" in said
    assert "By 2026-11-11, KE-CA: return of the waste" in said
    assert "Shipment 4 is held by KR-BUSAN" in said
    assert "1.2 t more than the consented 100 t" in said
    assert "letters without a receipt from the node 'lk'" in said
    assert "without a receipt from the node 'ch' (Secretariat" in said
    assert "supposes that Singapore has waived" in said
    assert "The log is whole" in said
    assert "Every invariant holds" in said


def test_the_return_that_it_leaves_open_is_played_to_its_end(demo):
    """Given the 6 t that Kenya owes back by 11 November, when they are back and treated, then nobody owes their return."""
    db = demo / "demo.db"

    def act(day, on, step, by, data):
        now = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        words = ("case", "act", NUMBER, step, "--on", on, "--as", by, "--data", "-", "--db", db)
        code, said = spoken(now, *words, data=data)
        assert code == 0, said
        return {each["rule"] for each in spoken(now, "case", "show", NUMBER, "--db", db)[1]["deadlines"]}

    conveyance = {"means_of_transport": "S", "vehicle": "IMO 9321483"}
    left = {"departed_at": "2026-10-20T09:00:00Z", "place": "KRPUS", "carrier": "SG-SEACO", "conveyance": conveyance}
    papers = documents() | {
        "original": 3,
        "carriers": ["SG-SEACO"],
        "receiver": "KE-RVB",
        "shipment_date": "2026-10-20",
    }
    ordered = answer(holder="KE-RVB") | {"answered_on": "2026-10-07"}
    owed = act("2026-10-07", "take_back/3", "order_return", "KE-CA", ordered)
    assert "take_back_failed" in owed
    act("2026-10-08", "return_movement/3", "announce", "KE-RVB", papers)
    owed = act("2026-10-20", "return_movement/3", "depart", "SG-SEACO", left)
    assert "take_back_failed" in owed
    back = {"returned_on": "2026-11-10", "returned_quantity": papers["quantity"]}
    owed = act("2026-11-10", "return_movement/3", "receive", "KE-RVB", back)
    assert "take_back_failed" not in owed
    treated = {"completed_on": "2026-11-12", "treated_quantity": papers["quantity"], "operation": "R4"}
    act("2026-11-12", "take_back/3", "certify", "KE-CA", treated)
    closed = {"closed_on": "2026-11-12", "outcome": [{"text": "treated in Nairobi", "language": "en"}]}
    act("2026-11-12", "take_back/3", "close", "KE-CA", closed)
    said = run_json("case", "show", NUMBER, "--db", db)
    assert {each["stream"]: each["state"] for each in said["states"]}["take_back/3"] == "closed"
    assert said["ledger"]["returned"]["amount"] == "6"
    run("check", "--db", db)


def test_its_progress_shows_each_refusal_with_article_and_cure(played):
    lines = played[1].stderr.splitlines()
    refused = [place for place, line in enumerate(lines) if "Refused, as the law wants it" in line]
    assert len(refused) == sum(1 for entry in scenario(STORY).steps if entry.expect)
    for place in refused:
        reasons = "\n".join(lines[place + 1 : place + 8])
        assert "Why:" in reasons
        assert "Cure:" in reasons
    assert "\x1b" not in played[1].stderr


def test_each_message_is_a_valid_file_and_each_letter_lies_there_once(played):
    out = played[0]
    messages = sorted((out / "messages").iterdir())
    assert [file.name[:4] for file in messages] == [f"{number:04d}" for number in range(1, len(messages) + 1)]
    assert all(gate.findings(file.read_bytes()) == () for file in messages)
    _, _, outbox, _, letters = told(out)
    assert {f"{node}/{message.removeprefix('urn:uuid:')}.xml" for message, node, _ in outbox} == set(letters)
    assert {state for _, _, state in outbox} == {"waiting"}


def test_what_it_says_to_try_next_works(demo, monkeypatch):
    said = run_json("demo", "--out", demo)
    monkeypatch.chdir(demo.parent)
    assert len(said["next"]) == 3
    assert "Where it stands" in run("case", "show", said["number"], "--db", demo / "demo.db").stdout
    refused = run(
        "case", "why", said["number"], "release", "--on", "border_check/4/KR-BUSAN", "--as", "KR-BUSAN",
        "--db", demo / "demo.db", code=4,
    )  # fmt: skip
    assert "26.4 t were weighed, but 25.2 t are left" in refused.stdout


def test_the_summary_for_programs(demo):
    said = run_json("demo", "--out", demo)
    assert said["schema"] == "waste-bpm/demo/v1"
    assert said["well"] is True
    assert said["new"] == 0
    assert {row["due"]: row["parties"] for row in said["deadlines"]} == {
        "2026-10-22": ["KR-DBR"],
        "2026-11-11": ["KE-CA"],
    }
    assert said["undelivered"] == {"lk": len(list((demo / "outbox" / "lk").iterdir())), "ch": 1}


def test_a_finished_run_says_so_and_changes_nothing(demo, played):
    (demo / "messages" / "0001-mine.xml").write_text("<mine/>")
    before = {file: file.stat().st_mtime_ns for file in demo.rglob("*.xml")}
    again = run("demo", "--out", demo)
    first, blank, *rest = again.stdout.splitlines()
    assert first == "This demonstration was complete already; nothing was done again."
    assert blank == ""
    again_said, first_said = (
        " ".join(words).replace(str(where), "X")
        for words, where in (("\n".join(rest).split(), demo), (played[1].stdout.split(), played[0]))
    )
    assert again_said == first_said
    assert {file: file.stat().st_mtime_ns for file in demo.rglob("*.xml")} == before


def test_files_that_a_killed_run_did_not_write_are_written_by_the_next(demo, played):
    files = sorted(demo.rglob("*.xml"))
    for file in files[::3]:
        file.unlink()
    half = files[0].with_name(f".{files[0].name}.part")
    half.write_bytes(b"<half")
    run("demo", "--out", demo)
    assert told(demo) == told(played[0])


def test_a_file_of_somebody_else_is_never_overwritten(demo):
    theirs = demo / "messages" / "0001-NotificationSubmission.xml"
    theirs.write_text("<theirs/>")
    assert "nothing was overwritten" in " ".join(run("demo", "--out", demo, code=6).stdout.split())
    assert theirs.read_text() == "<theirs/>"


@pytest.mark.parametrize("lines", [1, 4, 24, 60, 105])
def test_killed_at_any_line_it_goes_on_and_loses_nothing(lines, tmp_path, played):
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "waste_bpm", "demo", "--out", str(out), "--pace", "0.01"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=ROOT) as process:
        shown = {process.stderr.readline() for _ in range(lines)}
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    kept = read(out, "SELECT stream, version, type, hash FROM event ORDER BY position")
    again = run("demo", "--out", out).stderr
    taken = {
        f"{entry.at:%Y-%m-%d}  {entry.by:<10}  {entry.say}\n" for entry in scenario(STORY).steps if not entry.expect
    }
    assert not [line for line in shown & taken if line in again]
    assert told(out) == told(played[0])
    assert told(out)[0][: len(kept)] == kept
    assert not list(out.rglob("*.part"))


def test_a_message_that_is_not_valid_is_named_and_the_exit_code_says_so(demo, monkeypatch):
    file = demo / "messages" / "0002-NotificationTransmission.xml"
    file.write_bytes(file.read_bytes().replace(b"<Operation>R4<", b"<Operation>R99<"))
    judged = judges.judge(sorted((demo / "messages").iterdir()))
    assert not judged.valid
    monkeypatch.setattr("waste_bpm.cli.demo.judge", lambda files: judged)
    file.unlink()
    result = run_json("demo", "--out", demo, code=3)
    assert result["well"] is False
    assert result["findings"]


def test_xmllint_is_asked_where_there_is_one(demo, tmp_path, monkeypatch):
    said = tmp_path / "said"
    lint = tmp_path / "bin" / "xmllint"
    lint.parent.mkdir()
    lint.write_text(f'#!/bin/sh\necho "$@" >> {said}\necho "x.xml:3: no good" >&2\nexit 3\n')
    lint.chmod(lint.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{lint.parent}:{os.environ['PATH']}")
    judged = judges.judge(sorted((demo / "messages").iterdir()))
    assert judged.judges[-1] == "xmllint"
    assert "no good" in judged.findings[0].message
    assert said.read_text().count("--schema") == len(judged.findings) == 6


def test_a_running_demonstration_is_not_disturbed(demo):
    script = f"from waste_bpm.casework.store import Store; s = Store('sqlite:///{demo}/demo.db'); print(); input()"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as other:
        assert other.stdout.readline() == "\n"
        said = json.loads(run("demo", "--out", demo, "--json", code=8).stdout)
        other.communicate("\n")
    assert said["findings"][0]["rule_id"] == "store-in-use"
