"""An exercise has a clock of its own, and nothing of it mixes with work in earnest."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import CONSIGNMENT, NUMBER, run, run_json
from waste_bpm.cli import clock

DAY = datetime(2026, 1, 12, 7, 30, tzinfo=UTC)


@pytest.fixture
def told(tmp_path):
    """The clock of an exercise, and a node of it."""
    clock.tell(tmp_path / "clock", DAY)
    run("node", "init", "kenya", "--exercise", tmp_path / "clock", "--db", tmp_path / "node.db")
    return tmp_path


def test_the_clock_of_an_exercise_goes_on_from_what_was_told_last_and_never_back(tmp_path):
    file = tmp_path / "clock"
    clock.tell(file, DAY)
    first = clock.of_exercise(file)()
    assert timedelta(0) <= first - DAY < timedelta(minutes=5)
    assert clock.tell(file, DAY + timedelta(days=30)) == DAY + timedelta(days=30)
    assert clock.tell(file, DAY) >= DAY + timedelta(days=30)
    assert clock.of_exercise(file)() >= DAY + timedelta(days=30)


def test_what_is_done_on_a_node_of_an_exercise_happens_on_the_day_that_was_told(told):
    run("case", "import", CONSIGNMENT, "--host", "KE", "--db", told / "node.db")
    clock.tell(told / "clock", DAY + timedelta(days=1))
    run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", told / "node.db")
    events = run_json("case", "log", NUMBER, "--db", told / "node.db")["events"]
    assert [event["occurred_at"][:10] for event in events] == ["2026-01-12", "2026-01-13"]


def test_a_node_of_an_exercise_whose_time_nobody_tells_takes_nothing(told):
    (told / "clock").unlink()
    said = run("case", "import", CONSIGNMENT, "--host", "KE", "--db", told / "node.db", code=8)
    assert "exercise-clock-missing" in said.stdout


def test_a_node_in_earnest_is_not_given_to_an_exercise(db, tmp_path):
    clock.tell(tmp_path / "clock", DAY)
    said = run("node", "init", "local", "--exercise", tmp_path / "clock", "--db", db, code=6)
    assert "exercise-apart" in said.stdout


def test_nodes_of_an_exercise_and_in_earnest_do_not_believe_each_other(told):
    run("node", "init", "korea", "--db", told / "earnest.db")
    about = run("node", "about", "--db", told / "earnest.db")
    (told / "korea.json").write_text(about.stdout)
    fingerprint = about.stderr.rpartition("keys: ")[2].strip()
    asked = ("node", "peer", "add", told / "korea.json", "--fingerprint", fingerprint, "--db", told / "node.db")
    assert "exercise-apart" in run(*asked, code=7).stdout
