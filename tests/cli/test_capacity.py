"""The capacity page holds what a run measured: the table of the program, with the machine and its load."""

import re

import pytest

from benchmarks import capacity


def test_the_page_holds_the_figures_of_a_run():
    page = capacity.PAGE.read_text(encoding="utf-8")
    (written,) = re.findall(f"{capacity.BEGIN}\n(.*)\n{capacity.END}", page, flags=re.DOTALL)
    assert re.match(
        r"Measured on \d{4}-\d\d-\d\d with `python -m benchmarks.capacity --cases \d+`: \d+ processor", written
    )
    assert "load of the machine before it began" in " ".join(written.split())
    figures = re.findall(r"^\| (?!figure|---)(.+?) \| (.+?) \| (.+?) \|$", written, flags=re.MULTILINE)
    assert len(figures) == 8
    assert all(re.search(r"\d", value) for _, *values in figures for value in values)


@pytest.mark.spoils
def test_a_run_measures_every_figure_of_the_page(tmp_path):
    """Given a small node, when it is measured, then each figure of the page comes out of the run."""
    page = capacity.PAGE.read_text(encoding="utf-8")
    found = dict(capacity.measured(f"sqlite:///{tmp_path}/node.db", 3, tmp_path))
    assert [what for what in found if f"| {what} | " not in page] == []
