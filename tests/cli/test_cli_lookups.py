"""Questions that need no node: deadlines, codes, rules, processes, blocks, and whether messages are valid."""

import json

import pytest

from tests.cli.conftest import CONSIGNMENT, run, run_json
from waste_bpm import resources
from waste_bpm.documents.model import rules
from waste_bpm.documents.notification import Notification
from waste_bpm.law.rules import regime, regimes
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


def test_a_deadline_names_the_days_not_counted_by_the_calendar_of_the_authority():
    said = run_json(
        "deadline", "decision_pre_consented", "--regime", "GB", "--start", "2026-04-02", "--authority", "GB-ENG"
    )
    assert said["due"] == "2026-04-15"
    assert {"day": "2026-04-06", "why": "Easter Monday"} in said["not_counted"]
    assert said["ends_at"] == "2026-04-15T23:00:00Z"
    text = run("deadline", "decision", "--regime", "GB", "--start", "2026-04-02", "--authority", "GB-ENG").stdout
    assert "2026-05-02 (Saturday)" in text
    assert "That day is no working day (Saturday); the period ends on it all the same." in text


def test_working_days_need_a_calendar_that_has_data_for_the_year():
    asked = ("deadline", "decision_pre_consented", "--regime", "GB", "--start")
    assert "calendar-missing" in run(*asked, "2026-04-02", code=3).stdout
    assert "no data for the year 2028" in run(*asked, "2027-12-30", "--authority", "GB-ENG", code=3).stdout
    run(*asked, "2026-04-02", "--authority", "GB-XYZ", code=5)
    assert "is a parameter and no period" in run("deadline", "tacit_roles", "--start", "2026-04-02", code=3).stdout


def test_a_regime_is_shown_with_its_numbers_on_a_day():
    rules = {rule["id"]: rule for rule in run_json("law", "show", "EU", "--date", "2026-05-20")["rules"]}
    assert rules["receipt_notice"]["in_force"]["value"] == 3
    assert rules["dispatch_request"]["in_force"] is None
    text = run("law", "show", "BASEL").stdout
    assert "60 calendar days" in text
    assert "The Convention sets no number of days" in text
    run("law", "show", "MOON", code=5)


def test_the_law_files_are_in_order_and_what_is_to_verify_is_listed():
    said = run_json("law", "lint", "--date", "2026-11-24")
    assert ("OECD", "decision") in {(each["regime"], each["rule"]) for each in said["to_verify"]}
    assert said["not_checked"] == []
    later = run("law", "lint", "--date", "2030-01-01").stdout
    assert f"basel.yaml: ok, {len(regime('BASEL').rules)} rules" in later
    every = sum(len(regime(name).rules) for name in regimes())
    assert f"Not checked for 18 months on 2030-01-01: {every} rules" in later


def test_a_wrong_law_file_is_told_with_its_line(tmp_path):
    good = resources.path("law", "regimes", "basel.yaml").read_text(encoding="utf-8")
    file = tmp_path / "basel.yaml"
    file.write_text(good.replace('reference: "Basel Convention, Art. 6(4)"', "reference: ''", 1), encoding="utf-8")
    line = next(number for number, text in enumerate(good.splitlines(), 1) if "value: 60" in text)
    (found,) = run_json("law", "lint", tmp_path, code=3)["findings"]
    assert (found["pointer"], found["line"]) == (str(file), line)
    assert f"line {line}" in " ".join(run("law", "lint", file, code=3).stdout.split())


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


def test_a_code_is_shown_with_what_replaced_it_and_what_it_is_called_elsewhere():
    said = run("codes", "show", "B1110", "--date", "2025-01-01").stdout
    assert "Use Y49 of BASEL-II, or A1181 of BASEL-VIII if the waste is hazardous." in said
    assert "Same waste: GC020" in said
    assert "Takes the place of B1110" in run("codes", "show", "Y49").stdout


@pytest.mark.parametrize(
    ("day", "status", "instead"), [("2026-12-31", "green", []), ("2027-01-01", "prior notification", ["Y49", "A1181"])]
)
def test_a_code_is_shown_as_the_control_systems_treat_it_on_the_day(day, status, instead):
    treatment = run_json("codes", "show", "GC010", "--date", day)["entries"][0]["treatment"]
    assert [(each["status"], each["instead"]) for each in treatment if each["view"] == "EU"] == [(status, instead)]


def test_an_operation_is_shown_in_both_readings_of_interim():
    said = run("codes", "show", "D8").stdout
    assert "Not interim: instructions of the notification form." in said
    assert "Interim: Regulation (EU) 2024/1157" in said


def test_a_code_that_an_open_list_lacks_is_not_called_wrong():
    said = run_json("codes", "show", "010101", "--list", "EC", code=5)
    assert [(each["rule_id"], each["severity"]) for each in said["findings"]] == [("code-not-known-here", "info")]
    assert "EC, UN-CLASS, UN only in part" in run("codes", "show", "010101", code=5).stdout
    assert "The list OECD has no code" in run("codes", "show", "A1160", "--list", "OECD", code=5).stdout


@pytest.mark.parametrize(("code", "hazard"), [("16 06 01*", "Hazardous in"), ("160605", "Not hazardous in")])
def test_a_code_of_the_list_of_waste_is_found_as_it_is_published(code, hazard):
    assert f"{hazard} the EU list of waste" in run("codes", "show", code).stdout


def test_a_customs_code_gives_hints_and_says_that_they_are_no_proof():
    said = run_json("codes", "hs", "854911")
    assert [(each["now"], each["evidence"]) for each in said["candidates"]] == [(["A1160"], "inference")]
    assert "never proof" in said["hint"]
    shown = run("codes", "hs", "3915.10")
    assert "was B3010" in shown.stdout
    assert "never proof" in shown.stderr
    assert "proves nothing" in run("codes", "hs", "010121").stderr
    assert "hs-code-malformed" in run("codes", "hs", "scrap", code=3).stdout


def test_a_list_that_is_wrong_is_told_with_file_and_line(tmp_path):
    assert "Nothing is wrong" in run("codes", "lint").stdout
    (tmp_path / "oecd.csv").write_text("code,label,source\nGZ010,something,\n")
    said = run_json("codes", "lint", tmp_path, code=3)
    assert [(each["rule_id"], each["line"]) for each in said["findings"]] == [("source-blank", 2)]
    assert "oecd.csv, line 2" in said["findings"][0]["message"]


def test_every_rule_of_a_document_is_listed():
    listed = {rule["id"]: rule for rule in run_json("rules", "list")["rules"]}
    assert {rule.id for rule in rules(Notification)} <= listed.keys()
    assert all(rule["law"] and rule["fix"] for rule in listed.values())


def test_a_rule_is_shown_with_what_each_regime_sets_and_a_near_miss_is_guessed():
    said = run_json("rules", "show", "n14-families-answered")
    assert (said["severity"], said["block"], said["asked_from"]) == ("error", "N14", "submit")
    assert "un_number" in said["regimes"]["BASEL"]
    assert "not set" in run("rules", "show", "n14-families-answered").stdout
    assert "n14-hazard-stated" in run_json("rules", "show", "n14-hazard-state", code=5)["findings"][0]["fix"]


def test_each_rule_across_blocks_is_kept_by_a_rule_that_exists_or_said_to_stand_elsewhere():
    said = run_json("rules", "list")
    known = {each["id"] for each in (*said["rules"], *said["general"])}
    assert [each["id"] for each in said["cross_block"]] == [f"X{number}" for number in range(1, 20)]
    for each in said["cross_block"]:
        place, _, why = each["kept_by"].partition(": ")
        assert (place in ("guard", "process", "legality") and why) or set(place.split(", ")) <= known, each


def test_each_item_of_annex_v_is_shown_with_its_fields():
    items = run_json("rules", "mapping")["items"]
    assert [(each["part"], each["item"]) for each in items] == [("A", n) for n in range(1, 22)] + [
        ("B", n) for n in range(1, 15)
    ]
    assert all(each["fields"] for each in items)


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
