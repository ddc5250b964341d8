"""Papers on the command line: a State registered as not connected, its letter entered, listed, its scan written."""

import json

from tests.casework.test_papers import PDF
from tests.cli.conftest import NUMBER, run, run_json
from waste_bpm.casework.record import digest

SAID = {"country": "LK", "received_on": "2026-01-12", "acknowledged_on": "2026-01-20"}
DAYS = ("--medium", "letter", "--dated", "2026-01-20", "--received", "2026-01-27", "--by", "registry desk")


def test_a_letter_is_entered_for_a_state_that_is_registered_as_not_connected(transmitted, tmp_path):
    (tmp_path / "letter.pdf").write_bytes(PDF)
    (tmp_path / "said.json").write_text(json.dumps(SAID))
    letter = ("--scan", tmp_path / "letter.pdf", "--data", tmp_path / "said.json", "--db", transmitted)
    asked = ("case", "paper", NUMBER, "acknowledge", "--on", "answer/LK", "--of", "LK-CA", "--as", "KE-CA", *DAYS)
    assert "peer-is-connected" in run(*asked, *letter, code=4).stdout
    run("node", "peer", "paper", "lk", "--reason", "no node there", "--db", transmitted)
    assert run_json(*asked, *letter)["events"][1]["on_paper"] == "letter"
    assert "reported on paper: letter" in run("case", "log", NUMBER, "--db", transmitted).stdout
    (page,) = run_json("case", "papers", NUMBER, "--out", tmp_path / "scans", "--db", transmitted)["papers"]
    assert (page["event"], page["sealed"]) == ("NotificationAcknowledged", None)
    assert (tmp_path / "scans" / f"{digest(PDF)}.pdf").read_bytes() == PDF
    run("check", "--db", transmitted)
