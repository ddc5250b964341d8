"""Checklists from the command line: read, linted, printed, and run on a terminal or from prepared answers."""

import json
import os
import pty
import subprocess
import sys

import pytest
import yaml

from tests.cli.conftest import NUMBER, ROOT, run, run_json
from tests.cli.test_cli_help import ANSWERS

CHECK = ("--case", NUMBER, "--on", "border_check/4/KR-BUSAN", "--as", "KR-BUSAN")


@pytest.fixture
def answers(tmp_path):
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(ANSWERS))
    return file


def test_they_are_listed_shown_and_printed():
    assert [each["id"] for each in run_json("sop", "list")["sops"]] == ["SOP-01"]
    shown = run("sop", "show", "SOP-01").stdout
    assert "! Never open the unit" in shown
    assert "Ends with: documents.verified" in shown
    assert run_json("sop", "show", "SOP-01")["sop"]["id"] == "SOP-01"
    assert run("sop", "print", "SOP-01").stdout == run_json("sop", "print", "SOP-01")["markdown"]
    assert "There are: SOP-01" in run("sop", "show", "X", code=5).stdout


def test_lint_finds_what_is_wrong_in_any_file(tmp_path):
    assert "sound" in run("sop", "lint").stdout
    said = yaml.safe_load((ROOT / "sops" / "SOP-01.yaml").read_text())
    said["steps"][1]["next"][-1]["go"] = "nowhere"
    (tmp_path / "SOP-01.yaml").write_text(yaml.safe_dump(said))
    (tmp_path / "SOP-02.yaml").write_text("id: SOP-02\n")
    found = run_json("sop", "lint", tmp_path, code=3)["findings"]
    assert {"sop-target-missing", "sop-schema"} <= {finding["rule_id"] for finding in found}


def test_a_run_from_answers_says_its_outcome_and_records_nothing(demo, answers):
    before = run("case", "log", NUMBER, "--db", demo / "demo.db").stdout
    said = run_json("sop", "run", "SOP-01", *CHECK, "--answers", answers, "--db", demo / "demo.db")
    assert said["outcome"]["event"] == "documents.discrepancy_recorded"
    assert said["outcome"]["reason"] == "quantity_exceeds_consent"
    assert said["taken"] is None
    assert run("case", "log", NUMBER, "--db", demo / "demo.db").stdout == before


def test_a_run_that_is_taken_is_still_asked_of_the_process(demo, answers):
    refused = run_json("sop", "run", "SOP-01", *CHECK, "--take", "--answers", answers, "--db", demo / "demo.db", code=4)
    assert [finding["rule_id"] for finding in refused["findings"]] == ["step-not-from-here"]


def test_a_run_needs_answers_a_terminal_and_a_check(demo, answers):
    where = ("--db", demo / "demo.db")
    assert "no terminal" in run("sop", "run", "SOP-01", *CHECK, *where, code=2).stderr
    run("sop", "run", "SOP-01", *CHECK, *where, "--answers", "-", input="[]", code=3)
    missing = run_json("sop", "run", "SOP-01", *CHECK, *where, "--answers", "-", input="{}", code=3)
    assert missing["findings"][0]["rule_id"] == "sop-answer-missing"
    other = ("--case", NUMBER, "--on", "border_check/9/KR-BUSAN", "--as", "KR-BUSAN")
    run("sop", "run", "SOP-01", *other, *where, "--answers", answers, code=5)


def test_on_a_terminal_it_asks_question_by_question(demo):
    command = [sys.executable, "-m", "waste_bpm", "sop", "run", "SOP-01", *CHECK, "--json", "--db", demo / "demo.db"]
    ours, theirs = pty.openpty()
    os.write(ours, b"maybe\nno\n\n\n\n")
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as asked:
        stdout, stderr = asked.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)
    assert asked.returncode == 0, stderr.decode()
    said = json.loads(stdout)
    assert said["outcome"]["event"] == "documents.discrepancy_recorded"
    assert [line["step"] for line in said["run"]["lines"]][:2] == ["safety", "movement_document"]
    assert "'maybe' is not one of" in stderr.decode()
    assert "Is there a movement document" in stderr.decode()
