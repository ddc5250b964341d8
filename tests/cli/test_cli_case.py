"""A case from the command line: begun, acted on, asked about, with the exit codes that scripts rely on."""

import json

import pytest

from tests.cli.conftest import CONSIGNMENT, NUMBER, run, run_json

ACKNOWLEDGED = {"country": "SG", "received_on": "2026-01-19", "acknowledged_on": "2026-01-20"}


def rules(said):
    return [finding["rule_id"] for finding in said["findings"]]


@pytest.fixture
def changed(tmp_path):
    """The consignment file with another quantity."""
    said = json.loads(CONSIGNMENT.read_text())
    said["notification"]["intended_quantity"]["amount"] = "90"
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(said))
    return file


def events(db):
    return [event["type"] for event in run_json("case", "log", NUMBER, "--db", db)["events"]]


def test_an_import_drafts_once(tmp_path):
    db = tmp_path / "new" / "node.db"
    first = run_json("case", "import", CONSIGNMENT, "--db", db)
    again = run_json("case", "import", CONSIGNMENT, "--db", db)
    assert (first["drafted"], again["drafted"]) == (True, False)
    assert first["number"] == NUMBER
    assert events(db) == ["NotificationDrafted"]


def test_an_import_of_a_changed_file_drafts_anew_until_it_is_submitted(db, changed):
    assert run_json("case", "import", changed, "--db", db)["drafted"] is True
    assert run_json("case", "import", CONSIGNMENT, "--db", db)["drafted"] is True
    assert events(db) == ["NotificationDrafted"] * 3
    run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", db)
    assert run_json("case", "import", CONSIGNMENT, "--db", db)["drafted"] is False
    assert rules(run_json("case", "import", changed, "--db", db, code=4)) == ["field-sealed"]


def test_an_import_hosts_all_but_the_secretariat_unless_told(tmp_path):
    db = tmp_path / "node.db"
    run("case", "import", CONSIGNMENT, "--db", db)
    assert run("node", "token", "LK-CA", "--db", db).stdout.strip()
    run("node", "token", "SECRETARIAT", "--db", db, code=7)
    run("case", "import", CONSIGNMENT, "--host", "ke,kr", "--db", db)
    run("node", "token", "LK-CA", "--db", db, code=7)
    run("case", "import", CONSIGNMENT, "--db", db)
    run("node", "token", "LK-CA", "--db", db, code=7)
    assert "XX is not among KE, LK, SG" in run("case", "import", CONSIGNMENT, "--host", "XX", "--db", db, code=2).stderr


def test_an_import_into_the_node_of_a_demonstration_leaves_the_node_as_it_is(demo):
    run("case", "import", CONSIGNMENT, "--db", demo / "demo.db", code=0)
    assert run_json("check", "--db", demo / "demo.db")["findings"] == []


def test_an_import_of_something_else_changes_nothing(tmp_path):
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"schema": "waste-bpm/consignment/v1"}')
    assert "file-shape" in rules(run_json("case", "import", wrong, "--db", tmp_path / "node.db", code=3))
    said = json.loads(CONSIGNMENT.read_text())
    said["notification"]["waste"]["basel"]["code"] = "A9999"
    wrong.write_text(json.dumps(said))
    assert rules(run_json("case", "import", wrong, "--db", tmp_path / "node.db", code=3)) == ["code-unknown"]
    assert not (tmp_path / "node.db").exists()


def test_show_says_where_it_stands_and_what_may_be_done(db):
    said = run_json("case", "show", NUMBER, "--db", db)
    assert [state["says"] for state in said["states"]] == ["Draft"]
    assert {"party": "KE-RVB", "stream": "notification", "step": "submit"}.items() <= said["permitted"][1].items()
    text = run("case", "show", said["case"], "--db", db).stdout
    assert "100 t left of the consented 100 t; 0 of 4 shipments used." in text
    assert "submit --on notification" in text


def test_show_names_who_owes_and_what_is_not_delivered(demo):
    text = " ".join(run("case", "show", NUMBER, "--db", demo / "demo.db").stdout.split())
    assert "By 2026-11-11, KE-CA: return of the waste" in text
    assert "without a receipt from the node 'lk'" in text
    assert "held at KR-BUSAN on 2026-10-05 with 26.4 t weighed" in text


def test_a_step_is_taken_once_with_its_key(db):
    step = ("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--key", "k1", "--db", db)
    first, again = run_json(*step), run_json(*step)
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["events"] == again["events"]
    assert first["letter"]["name"] == "NotificationSubmission"
    assert "nothing was done again" in run(*step).stdout
    assert events(db) == ["NotificationDrafted", "NotificationSubmitted"]


def test_data_come_from_a_file_or_standard_input(transmitted, tmp_path):
    file = tmp_path / "acknowledgement.json"
    file.write_text(json.dumps(ACKNOWLEDGED))
    where = ("--on", "answer/SG", "--as", "SG-CA", "--db", transmitted)
    said = run("case", "act", NUMBER, "acknowledge", *where, "--data", file).stdout
    assert "NotificationAcknowledged on answer/SG, version 1 (Basel Art. 6(4))" in said
    assert "until 2026-03-20, the transit authority owes" in said
    korea = json.dumps(ACKNOWLEDGED | {"country": "KR"})
    where = ("--on", "answer/KR", "--as", "KR-CA", "--db", transmitted)
    assert run_json("case", "act", NUMBER, "acknowledge", *where, "--data", "-", input=korea)["letter"]["nodes"] == [
        "lk"
    ]


@pytest.mark.parametrize(
    ("words", "code", "rule"),
    [
        ((NUMBER, "transmit", "--as", "KE-CA"), 4, "step-not-from-here"),
        (("KE 000001", "submit", "--as", "KE-RVB"), 5, "case-unknown"),
        ((NUMBER, "submitt", "--as", "KE-RVB"), 5, "step-unknown"),
        ((NUMBER, "submit", "--on", "nothing/1", "--as", "KE-RVB"), 5, "step-unknown"),
        ((NUMBER, "submit", "--as", "KE-CA"), 7, "role-missing"),
        ((NUMBER, "submit", "--as", "LK-CA"), 7, "party-at-home"),
        ((NUMBER, "draft", "--as", "KE-RVB", "--data", "-"), 3, "json-malformed"),
    ],
)
def test_a_refusal_has_its_exit_code_and_its_reasons(words, code, rule, db):
    said = run_json("case", "act", *words, "--db", db, code=code, input="{")
    assert said["schema"] == "waste-bpm/findings/v1"
    assert said["exit_code"] == code
    assert rule in rules(said)
    assert all(finding["message"] for finding in said["findings"])
    assert events(db) == ["NotificationDrafted"]


def test_a_key_used_for_something_else_is_a_conflict(transmitted):
    where = ("--on", "answer/SG", "--as", "SG-CA", "--key", "k", "--db", transmitted, "--data", "-")
    run("case", "act", NUMBER, "acknowledge", *where, input=json.dumps(ACKNOWLEDGED))
    other = json.dumps(ACKNOWLEDGED | {"acknowledged_on": "2026-01-21"})
    assert rules(run_json("case", "act", NUMBER, "acknowledge", *where, input=other, code=6)) == ["key-reused"]


def test_why_answers_with_reasons_or_with_what_is_needed(db):
    refused = run("case", "why", NUMBER, "transmit", "--as", "KE-CA", "--db", db, code=4).stdout
    assert "Why:   Basel Art. 6(1)" in refused
    assert "Cure:  First: Submit to the authority of export." in refused
    run("case", "why", NUMBER, "submit", "--as", "KE-CA", "--db", db, code=7)
    may = run_json("case", "why", NUMBER, "submit", "--as", "KE-RVB", "--db", db)
    assert may["document"]["on_file_if_left_out"] is True
    assert "on file is used" in run("case", "why", NUMBER, "submit", "--as", "KE-RVB", "--db", db).stdout


def test_a_refusal_is_told_in_the_language_of_the_reader(db, monkeypatch):
    asked = ("case", "why", NUMBER, "transmit", "--as", "KE-CA", "--db", db)
    said = run(*asked, "--lang", "fr", code=4).stdout
    assert "Transmettre aux États concernés : pas possible dans l'état 'Projet'" in said
    assert "Remède : D'abord : Déposer auprès de l'autorité d'exportation." in " ".join(said.split())
    (finding,) = run_json(*asked, "--lang", "fr", code=4)["findings"]
    assert (finding["lang"], finding["rule_id"]) == ("fr", "step-not-from-here")
    assert run(*asked, code=4, env={"LC_ALL": "fr_FR.UTF-8"}).stdout == said
    assert "not possible while" in run(*asked, "--lang", "en", code=4, env={"LC_ALL": "fr_FR.UTF-8"}).stdout
    run(*asked, "--lang", "xx", code=2)


def test_why_asks_only_for_what_the_notification_does_not_say(demo):
    where = ("--on", "movement/5", "--as", "KE-RVB", "--db", demo / "demo.db")
    fields = run_json("case", "why", NUMBER, "announce", *where)["document"]["fields"]
    required = {field["field"] for field in fields if field["required"]}
    assert {"serial", "quantity", "shipment_date", "carriers", "declaration"} <= required
    assert not required & {"notifier", "waste", "operations"}


def test_messages_are_listed_and_written_once(demo, tmp_path):
    where = ("case", "messages", NUMBER, "--db", demo / "demo.db", "--out", tmp_path / "letters")
    said = run_json(*where)["messages"]
    assert "0 there already" in run(*where[:-1], tmp_path / "second").stderr
    assert f"0 files written to {tmp_path / 'letters'}, {len(said)} there already" in run(*where).stderr
    for message in said:
        assert (demo / "messages" / f"{message['position']:04d}-{message['name']}.xml").read_bytes() == (
            tmp_path / "letters" / f"{message['position']:04d}-{message['name']}.xml"
        ).read_bytes()


def test_the_log_shows_reports_as_reports(demo):
    lines = run("case", "log", NUMBER, "--db", demo / "demo.db").stdout.splitlines()
    assert [line for line in lines if "(reported)" in line] == [line for line in lines if "answer/LK" in line]
    assert len(lines) == run_json("check", "--db", demo / "demo.db")["lines"]
