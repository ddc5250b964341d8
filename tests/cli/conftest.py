"""One demonstration for all tests of the command line, and a way to run commands in a folder of their own."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from waste_bpm.cli import main

ROOT = Path(__file__).parents[2]
CONSIGNMENT = ROOT / "examples" / "used-lead-acid-batteries" / "consignment.json"
NUMBER = "KE 000427"
FIND = {
    "found_at": "2026-01-20T09:00:00Z",
    "place": "Container yard of the port",
    "found": {"code": "Y46", "list": "Y"},
    "quantity": {"amount": "20", "unit": "TNE"},
    "containers": 1,
    "description": [{"text": "Mixed household waste", "language": "en"}],
    "parties": [
        {"id": "KR-CA", "role": "import_authority", "country": "KR"},
        {"id": "KR-BUSAN", "role": "customs_entry", "country": "KR"},
        {"id": "KE-CA", "role": "export_authority", "country": "KE"},
    ],
}

TWO_PERSONS = """\
country: KE
four_eyes:
  notification.transmit:
    values:
      2026-01-01: {value: true, reference: "Standing order of a training authority, section 1"}
    confidence: practice
    checked_on: 2026-11-24
"""
"""The file of a country in which two persons transmit."""


def run(*args, code=0, **named):
    """Run a command in this process; the exit code is part of what it says."""
    result = CliRunner().invoke(main, [str(arg) for arg in args], **named)
    said = f"{args}: {result.exit_code}, not {code}\n{result.stdout}\n{result.stderr}"
    assert result.exit_code == code, said
    return result


def run_json(*args, code=0, **named):
    return json.loads(run(*args, "--json", code=code, **named).stdout)


@pytest.fixture(scope="session")
def played(tmp_path_factory):
    """A demonstration that ran through: its folder, and what it said."""
    out = tmp_path_factory.mktemp("played") / "demo-output"
    return out, run("demo", "--out", out)


@pytest.fixture
def demo(played, tmp_path):
    """A copy of the demonstration that a test may spoil."""
    shutil.copytree(played[0], tmp_path / "demo-output")
    return tmp_path / "demo-output"


@pytest.fixture
def db(tmp_path):
    """A node of Kenya, Singapore and Korea with the notification as a draft."""
    file = tmp_path / "node.db"
    run("case", "import", CONSIGNMENT, "--host", "KE,SG,KR", "--db", file)
    return file


@pytest.fixture
def transmitted(db):
    """The same node, with the notification before all States."""
    run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", db)
    run("case", "act", NUMBER, "transmit", "--as", "KE-CA", "--db", db)
    return db
