"""The annual data of a State from the command line."""

from tests.cli.conftest import run, run_json


def test_the_report_of_a_year_is_read_by_people_and_by_machines(demo):
    words = ("report", "transmission", "--country", "ke", "--year", "2026", "--db", demo / "demo.db")
    said = run(*words).stdout
    assert "exported  KE > LK > SG > KR  A1160, Y31, Y34, H8, H12, H13  R4  3 shipments  68.8 t" in said
    assert "rejected in part  KE 000427 shipment 3  A1160  6.0 t" in said
    assert run_json(*words)["rows"][0]["quantity"] == {"amount": "68.8", "unit": "TNE"}


def test_the_report_of_a_past_year_is_written_as_a_message_that_is_valid(demo, tmp_path):
    words = ("report", "transmission", "--country", "KE", "--db", demo / "demo.db", "--xml", tmp_path / "ke.xml")
    assert "Nothing was moved" in run(*words, "--year", "2025").stdout
    assert "1 valid" in run("validate", tmp_path / "ke.xml").stderr


def test_a_state_whose_authority_acts_elsewhere_is_refused_with_a_cure(demo):
    said = run("report", "transmission", "--country", "LK", "--year", "2025", "--db", demo / "demo.db", code=5)
    assert "authority-elsewhere" in said.stdout
