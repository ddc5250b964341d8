"""The question of legality through the command line: the same verdicts, all mistakes at once, and what a person reads."""

import pytest

from tests.cli.conftest import run, run_json


def ask(start, end, waste, operation, day, *more, **named):
    options = ("--from", start, "--to", end, "--waste", waste, "--operation", operation, "--date", day)
    return run_json("legality", *options, *more, **named)


def prohibiting(said):
    return {found["rule_id"] for found in said["findings"] if found["outcome"] == "prohibited"}


@pytest.mark.parametrize(
    ("asked", "verdict", "regime", "procedure", "rules"),
    [
        pytest.param(
            ("US", "IN", "A1181", "R4", "2026-03-01"), "prohibited", "BASEL", None, {"trade-with-a-non-party"}, id="L1"
        ),
        pytest.param(("US", "KR", "A1010", "R4", "2026-03-01"), "permitted", "OECD", "amber-control", set(), id="L2"),
        pytest.param(
            ("US", "KR", "A1010", "D10", "2026-03-01"),
            "prohibited",
            "BASEL",
            None,
            {"trade-with-a-non-party"},
            id="L2 D",
        ),
        pytest.param(
            ("DE", "GH", "A1181", "R4", "2026-06-01"),
            "prohibited",
            "EU",
            None,
            {"ban-amendment-recovery", "eu-export-hazardous"},
            id="L3",
        ),
        pytest.param(
            ("DE", "GH", "Y49", "R4", "2026-06-01"), "prohibited", "EU", None, {"eu-export-other-wastes"}, id="L4"
        ),
        pytest.param(
            ("DE", "MY", "B3011", "R3", "2026-11-20"), "needs_review", "EU", "country-rules", set(), id="L5 before"
        ),
        pytest.param(
            ("DE", "MY", "B3011", "R3", "2026-11-21"), "prohibited", "EU", None, {"eu-export-plastic"}, id="L5 after"
        ),
        pytest.param(
            ("KE", "BE", "A1160", "R4", "2026-07-01"), "permitted", "BASEL", "prior-informed-consent", set(), id="L6"
        ),
        pytest.param(
            ("KE", "BE", "A1160", "R4", "2026-07-01", "--place", "south-of-60S"),
            "prohibited",
            "BASEL",
            None,
            {"place-south-of-60"},
            id="L7",
        ),
        pytest.param(
            ("FR", "DE", "B1010", "R4", "2026-07-01", "--quantity", "25 kg"),
            "permitted",
            "EU",
            "green-list-information",
            set(),
            id="L8 25 kg",
        ),
        pytest.param(
            ("FR", "DE", "B1010", "R4", "2026-07-01", "--quantity", "0.02 t"),
            "permitted",
            "EU",
            "no-document",
            set(),
            id="L8 20 kg",
        ),
        pytest.param(
            ("FR", "DE", "GC010", "R4", "2026-12-31"),
            "permitted",
            "EU",
            "green-list-information",
            set(),
            id="L10 before",
        ),
        pytest.param(
            ("FR", "DE", "GC010", "R4", "2027-01-01"), "permitted", "EU", "prior-notification", set(), id="L10 after"
        ),
    ],
)
def test_the_worked_cases_and_an_answered_question_ends_well(asked, verdict, regime, procedure, rules):
    said = ask(*asked)
    assert (said["verdict"], said["regime"], said["procedure"]) == (verdict, regime, procedure)
    assert prohibiting(said) == rules
    assert said["schema"] == "waste-bpm/legality/v1"


def test_l9_a_withdrawn_code_names_its_successors():
    said = ask("KE", "BE", "B1110", "R4", "2025-01-01")
    assert [note["rule_id"] for note in said["notes"]] == ["code-withdrawn"]
    assert said["judged_as"] == ["Y49", "A1181"]


def test_each_finding_carries_its_citation_and_evidence_with_source():
    for found in ask("DE", "GH", "A1181", "R4", "2026-06-01")["findings"]:
        assert found["law"]
        assert {"fact", "holds", "says", "source"} == set(found["evidence"][0])
        assert all(each["source"] for each in found["evidence"])


def test_the_route_the_hazard_of_one_state_and_the_flags_are_taken():
    more = ("--via", "LK", "--via", "SS", "--hazardous-for", "KR", "--laboratory", "--pre-consented")
    said = ask("KE", "KR", "B1010", "R4", "2026-03-01", *more)
    assert said["question"]["via"] == ["LK", "SS"]
    assert said["notifiers"] == ["importer", "disposer"]
    assert [each["party"] for each in said["transit"]] == [True, False]
    assert ask("LK", "IN", "A4020", "R3", "2017-12-01", "--re-export-of", "GB")["question"]["re_export_of"] == "GB"


@pytest.mark.parametrize("written", ["not-listed", "NOT LISTED"])
def test_that_no_list_has_the_waste_is_said_in_either_way(written):
    assert ask("FR", "DE", written, "R4", "2026-07-01")["procedure"] == "prior-notification"


def test_what_is_wrong_in_the_question_is_said_all_at_once():
    found = ask("KEN", "KR", "A116", "R44", "2026-03-01", code=3)["findings"]
    assert [each["rule_id"] for each in found] == ["country-unknown", "code-unknown", "operation-unknown"]
    assert ask("FR", "DE", "B1010", "R4", "2026-07-01", "--quantity", "some", code=3)["findings"][0]["fix"]
    run("legality", "--from", "KE", code=2)
    run("legality", "--from", "KE", "--to", "KR", "--waste", "A1160", "--operation", "R4", "--date", "soon", code=2)


def test_a_person_reads_the_verdict_the_reasons_and_what_is_to_be_proven():
    options = ("--to", "KR", "--via", "SS", "--waste", "A1160", "--operation", "R4", "--date", "2026-03-01")
    text = run("legality", "--from", "KE", *options).stdout
    assert text.startswith("PERMITTED: A1160 for R4, KE - SS - KR, on 2026-03-01")
    for said in ("Procedure: Prior informed consent", "Who notifies: exporter", "Transit: SS is notified", "Art. 4(9)"):
        assert said in text
    text = run(
        "legality", "--from", "DE", "--to", "GH", "--waste", "Y49", "--operation", "R4", "--date", "2026-06-01"
    ).stdout
    assert "PROHIBITED" in text
    assert "Why:      Regulation (EU) 2024/1157, Art. 39(1)(c)" in text
    assert "Procedure" not in text


def test_help_shows_three_examples_that_run():
    said = run("legality", "--help").stdout
    assert said.count("waste-bpm legality --from") == 3


def test_the_registers_are_listed_and_checked(tmp_path):
    listed = run_json("registers", "list")["registers"]
    assert [each["name"] for each in listed][:3] == ["waivers", "import_prohibitions", "agreements"]
    assert run_json("registers", "list", "import_prohibitions")["rows"][0]["country"] == "TN"
    assert "What has no row is not known" in run("registers", "list", "waivers").stdout
    assert "nothing wrong" in run("registers", "lint").stdout
    file = tmp_path / "waivers.csv"
    file.write_text("country,since,until,source\nXQ,2020-01-01,,a letter\n", encoding="utf-8")
    assert "'XQ' is not the code of a country" in run("registers", "lint", file, code=3).stdout
    run("registers", "list", "nothing", code=5)
