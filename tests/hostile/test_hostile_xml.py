"""Each row of hostile XML gets its answer, within a second and 256 MiB, and touches neither net nor disk."""

import json
import subprocess
import sys

import pytest

from tests.hostile.measured import HERE
from tests.hostile.rows import ROWS


@pytest.fixture(scope="module")
def answers():
    run = subprocess.run(
        [sys.executable, "-m", "tests.hostile.measured"],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(run.stdout)


@pytest.mark.parametrize("number", ROWS, ids=[f"{number} {row.name}" for number, row in ROWS.items()])
def test_a_hostile_message_gets_its_answer_at_no_cost(number, answers):
    for given in answers[number]:
        assert (given["status"], given["rule"]) == ROWS[number].answer
        assert given["seconds"] < 1
        assert given["outside"] == []
