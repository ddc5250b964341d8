"""Questions that need no node: deadlines, codes, rules, processes, blocks, and whether messages are valid."""

import json

import pytest

from tests.cli.conftest import CONSIGNMENT, run, run_json
from waste_bpm.documents.model import rules
from waste_bpm.documents.notification import Notification
from waste_bpm.processes import PROCESSES
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES

LETTERS = CONSIGNMENT.parent / "messages"


@pytest.mark.parametrize(
    ("rule", "start", "due"),
    [
        ("transit_answer", "2026-01-10", "2026-03-11"),
        ("take_back_failed", "2026-11-24", "2027-02-22"),
        ("receipt_watch", "2026-09-01", "2026-10-13"),
    ],
)
def test_a_deadline_is_that_of_the_worked_cases(rule, start, due):
    said = run_json("deadline", rule, "--start", start)
    assert (said["due"], said["not_counted"]) == (due, [])
    text = run("deadline", rule, "--start", start).stdout
    assert due in text
    assert said["reference"] in text


def test_where_the_law_sets_no_number_it_says_why():
    said = run("deadline", "import_answer", "--start", "2026-01-10").stdout
    assert "no day is set" in said
    assert "Silence: never consent" in said
    assert "Why: The Convention sets no number of days" in said
    assert "not yet in force" in run("deadline", "transit_answer", "--start", "1990-01-01").stdout


def test_a_rule_or_regime_that_is_not_there():
    assert "Did you mean transit_answer?" in run("deadline", "transit", "--start", "2026-01-10", code=5).stdout
    run("deadline", "transit_answer", "--start", "2026-01-10", "--regime", "MARS", code=5)
    run("deadline", "transit_answer", "--start", "tomorrow", code=2)


@pytest.mark.parametrize(("day", "in_force"), [("2024-12-31", True), ("2025-01-01", False)])
def test_a_code_is_valid_on_its_days(day, in_force):
    said = run_json("codes", "show", "B1110", "--date", day)
    assert [entry["in_force"] for entry in said["entries"]] == [in_force]
    assert said["entries"][0]["replaced_by"] == ["Y49", "A1181"]


def test_codes_are_found_by_words_and_corrected():
    assert "A1160" in run("codes", "search", "leed", "batteries").stdout
    assert "Nothing found" in run("codes", "search", "zzzzzz").stderr
    assert "Did you mean A1160" in run("codes", "show", "A116", code=5).stdout
    assert "(until " in run("codes", "search", "B1110").stdout


def test_every_rule_of_a_document_is_listed():
    listed = {rule["id"]: rule for rule in run_json("rules", "list")["rules"]}
    assert {rule.id for rule in rules(Notification)} <= listed.keys()
    assert all(rule["law"] and rule["fix"] for rule in listed.values())


def test_every_process_is_listed_and_shown_in_every_format():
    assert [each["name"] for each in run_json("process", "list")["processes"]] == list(PROCESSES)
    for name in PROCESSES:
        assert json.loads(run("process", "show", name, "--format", "json").stdout)["name"] == name
        assert run_json("process", "show", name)["schema"] == "waste-bpm/process/v1"
    assert run("process", "show", "movement", "--format", "mermaid").stdout.startswith("stateDiagram-v2")
    assert "<svg" in run("process", "show", "movement", "--format", "svg").stdout
    assert "Did you mean movement?" in run("process", "show", "movment", code=5).stdout
    run("process", "show", "movement", "--format", "png", code=2)


def test_every_block_and_message_is_shown_with_its_four_parts():
    assert [each["id"] for each in run_json("blocks", "list")["blocks"]] == list(BLOCKS)
    for name, message in MESSAGES.items():
        (said,) = run_json("blocks", "show", name)["messages"]
        assert said["policy"], name
        assert said["process"], name
        assert {field["element"] for field in said["data"]["fields"]}, name
        text = run("blocks", "show", message.block).stdout
        assert all(part in text for part in ("Policy:", "Process:", "Data:", "Technique:", name))
    assert "Did you mean ConsentDecision?" in run("blocks", "show", "ConsentDecisio", code=5).stdout


def test_valid_messages_are_ok(played):
    said = run("validate", LETTERS, played[0] / "messages")
    assert all(line.endswith(": ok") for line in said.stdout.splitlines())
    assert "0 with findings" in said.stderr


def test_each_fault_of_each_file_is_said_at_once(tmp_path):
    good = (LETTERS / "lk-consent.xml").read_bytes()
    (tmp_path / "a.xml").write_bytes(good.replace(b">LK</Country>", b">ZZ</Country>"))
    (tmp_path / "b.xml").write_text("<html/>")
    (tmp_path / "c.xml").write_bytes(good)
    (tmp_path / "notes.txt").write_text("not a message")
    result = run("validate", tmp_path, code=3)
    assert f"{tmp_path / 'c.xml'}: ok" in result.stdout
    assert "3 files, 1 valid, 2 with findings. By rule: " in result.stderr
    said = run_json("validate", tmp_path, code=3)
    assert [len(each["findings"]) > 0 for each in said["files"]] == [True, True, False]
    assert said["files"][0]["findings"][0]["rule_id"] == "country-unknown"


def test_a_folder_without_messages_is_said_to_be_one(tmp_path):
    assert "There is no *.xml file" in run("validate", tmp_path, code=3).stdout
    run("validate", tmp_path / "nowhere", code=2)
