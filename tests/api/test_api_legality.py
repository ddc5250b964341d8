"""The question of legality through the API: the same answer as through the command line."""

import json

from tests.cli.conftest import run_json


def test_the_verdict_is_that_of_the_command_line(told):
    asked = "from=KE&to=KR&via=LK&via=SS&waste=A1160&operation=R4&date=2026-03-01&hazardous_for=KE&quantity=20 t"
    found = told.get(f"/law/legality?{asked}", None)
    assert found.status_code == 200
    words = ("--from", "KE", "--to", "KR", "--via", "LK", "--via", "SS", "--waste", "A1160", "--operation", "R4")
    said = run_json("legality", *words, "--date", "2026-03-01", "--hazardous-for", "KE", "--quantity", "20 t")
    assert {**json.loads(found.text), "schema": "waste-bpm/legality/v1"} == said


def test_a_prohibited_movement_is_an_answered_question(told):
    found = told.get("/law/legality?from=US&to=IN&waste=A1181&operation=R4&date=2026-03-01", None)
    assert (found.status_code, found.json()["verdict"]) == (200, "prohibited")


def test_mistakes_in_the_question_are_all_named(told):
    found = told.get("/law/legality?from=KEN&to=KR&waste=A116&operation=R44&date=2026-03-01", None)
    assert found.status_code == 422
    assert [each["rule_id"] for each in found.json()["findings"]] == [
        "country-unknown",
        "code-unknown",
        "operation-unknown",
    ]
