"""Errors are sentences with an exit code; only who asks for it sees where in the code they came from."""

import sys

import click
import pytest

from tests.cli.conftest import NUMBER, run, run_json
from waste_bpm.cli import law, output
from waste_bpm.vocabulary import Finding


@pytest.fixture
def broken(monkeypatch):
    """A command in which something fails that nobody foresaw."""

    def fail(*_, **__):
        raise RuntimeError("the moon fell down\nand more")

    monkeypatch.setattr(law, "regime", fail)
    return ("deadline", "transit_answer", "--start", "2026-01-10")


def test_the_unexpected_is_one_sentence(broken):
    said = run(*broken, code=1)
    assert said.stdout == ""
    assert said.stderr.splitlines()[0] == "This should not have happened: RuntimeError: the moon fell down"
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(("before", "env"), [(["--debug"], {}), ([], {"WASTE_BPM_DEBUG": "1"})])
def test_who_asks_sees_where_it_came_from(before, env, broken):
    said = run(*before, *broken, code=1, env=env)
    assert "Traceback" in said.stderr
    assert "in fail" in said.stderr


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, click.Abort, EOFError])
def test_an_interruption_has_its_own_code(interruption, monkeypatch):
    def stop(*_, **__):
        raise interruption

    monkeypatch.setattr(law, "regime", stop)
    assert "Interrupted" in run("deadline", "transit_answer", "--start", "2026-01-10", code=130).stderr


def test_a_database_that_is_not_there_or_none(tmp_path):
    missing = tmp_path / "missing.db"
    assert "There is no database" in run("case", "show", NUMBER, "--db", missing, code=5).stdout
    run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", missing, code=5)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "text.db").write_text("hello")
    (tmp_path / "empty.db").write_text("")
    for name in ("text.db", "empty.db"):
        said = run_json("check", "--db", tmp_path / name, code=3)
        assert "is not a database of this program" in said["findings"][0]["message"]
    assert run_json("check", "--db", "mysql://x/y", code=3)["findings"][0]["rule_id"] == "database-kind"


def test_the_database_can_be_named_by_url_and_by_the_environment(db):
    run("case", "show", NUMBER, "--db", f"sqlite:///{db}")
    run("case", "show", NUMBER, env={"WASTE_BPM_DB": str(db)})


def test_a_finding_is_read_aloud_as_what_where_why_cure():
    finding = Finding(
        rule_id="r", message="It is wrong.", block="N5", pointer="/quantity", law="Art. 1", fix="Mend it."
    )
    assert list(output.aloud(finding)) == [
        "- It is wrong.",
        "  Where: block N5, /quantity",
        "  Why:   Art. 1",
        "  Cure:  Mend it.",
        "  Rule:  r",
    ]
    assert list(output.aloud(Finding(rule_id="r", message="Bare."))) == ["- Bare.", "  Rule:  r"]


@pytest.mark.parametrize(
    ("terminal", "wanted", "coloured"), [(True, None, True), (True, "1", False), (False, None, False)]
)
def test_nothing_is_coloured_when_nobody_wants_it(terminal, wanted, coloured, monkeypatch, capsys):
    monkeypatch.delenv("NO_COLOR", raising=False)
    if wanted:
        monkeypatch.setenv("NO_COLOR", wanted)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    output.say("refused", fg="yellow")
    assert ("\x1b" in capsys.readouterr().err) is coloured
