"""The law data read from its files, against the bare reading of the same files."""

import csv
from typing import Any

import yaml

from benchmarks.harness import Ratio, compare
from waste_bpm import resources
from waste_bpm.law import codes, countries
from waste_bpm.law.codes.customs import read_correlations
from waste_bpm.law.rules import read_regime


def law_data() -> Ratio:
    """Every code list, the countries and the four regimes, read and checked; asked: 150 ms in all."""
    lists, regimes = resources.path("law", "lists"), list(resources.files("law", "regimes/*.yaml"))
    tables = {held.file for held in codes.LISTS.values()} | {"hs.csv", "countries.csv"}

    def floor() -> Any:
        rows = [list(csv.reader((lists / name).read_text(encoding="utf-8").splitlines())) for name in tables]
        return rows, [yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in regimes]

    def ours() -> Any:
        held = [codes.read(lists / each.file, name, each.part) for name, each in codes.LISTS.items()]
        return (
            held,
            read_correlations(lists / "hs.csv"),
            countries.read(lists / "countries.csv"),
            [read_regime(file) for file in regimes],
        )

    return compare(
        "all law data, from its files to checked values",
        "csv and YAML alone",
        floor,
        ours,
        bound="at most 150000 us",
        times=1,
    )
