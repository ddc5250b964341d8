"""Every command of the README is typed as it stands there, after `make demo`, and does what it says."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from waste_bpm import resources
from waste_bpm.cli import main

README = Path(__file__).parent.parent / "README.md"
COMMAND = ".venv/bin/waste-bpm "
LINES = [
    line.removeprefix(COMMAND)
    for block in re.findall(r"```\w*\n(.*?)\n```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    for line in block.splitlines()
    if line.startswith(COMMAND) and "serve" not in line
]
assert len(LINES) > 20
REFUSED = {"border_check/4/KR-BUSAN"}
"""What the README says is refused: that is an answer, and ends with 4."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder in which the demo was played, with the examples beside it, as in a checkout."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "examples").symlink_to(resources.folder("examples"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert CliRunner().invoke(main, ["demo", "--out", "demo-output"]).exit_code == 0
        yield folder


@pytest.mark.parametrize("line", LINES)
def test_a_command_of_the_readme_works(line, desk):
    words = shlex.split(line.partition(" > ")[0])
    result = CliRunner().invoke(main, words)
    expected = {4} if REFUSED & set(words) else {0}
    assert result.exit_code in expected, f"{result.stdout}\n{result.stderr}"


def test_the_readme_links_to_files_that_exist():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text(encoding="utf-8"))
    assert [link for link in links if not (README.parent / link).exists()] == []
