"""What one node does: durable departures, proving, backing up and restoring, on a file and on PostgreSQL.

`python -m benchmarks.capacity [--cases 400]` prints the table of `docs/capacity.md`; `--write` writes it there, with
the day, the machine and its load. Figures come from runs alone.
"""

import argparse
import os
import platform
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.core import DEPARTURE, asked, copies
from benchmarks.stage import played_until
from tests import engines
from waste_bpm.casework.backup import back_up, restore
from waste_bpm.casework.invariants import check
from waste_bpm.casework.line import act
from waste_bpm.casework.log import verify
from waste_bpm.casework.rows import instant
from waste_bpm.casework.sealing import seal
from waste_bpm.casework.store import Store
from waste_bpm.cli import clock

PAGE = Path(__file__).parents[1] / "docs" / "capacity.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
TABLE = re.compile(f"{BEGIN}.*{END}", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Row:
    what: str
    file: str
    server: str


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measured(url: str, cases: int, folder: Path) -> Iterator[tuple[str, str]]:
    """Each figure of one database: what it is, and its value in words."""
    node, world = played_until(Store(url), "movement/1", "depart")
    world.now = DEPARTURE.at
    ids = copies(node, cases)
    node = replace(node, ids=clock.identity)
    for case_id in ids:
        node.case(case_id)
    took = [timed(lambda case_id=case_id: act(node, asked(case_id, case_id))) for case_id in ids]
    cuts = statistics.quantiles(took, n=100)
    yield "departures a second, decided, written, letter included, one process", f"{len(took) / sum(took):,.0f}"
    yield "time of one of them: median, 99th of 100", f"{cuts[49] * 1000:.1f} ms, {cuts[98] * 1000:.1f} ms"
    sealing = timed(lambda: seal(node))
    begun = time.perf_counter()
    verdict = verify(node.store)
    proving = time.perf_counter() - begun
    yield "events given their place under a head, a second", f"{verdict.lines / sealing:,.0f}"
    yield "events proved by `log verify`, a second, messages and documents included", f"{verdict.lines / proving:,.0f}"
    checking = timed(lambda: check(node))
    yield "events asked by `check`, a second", f"{verdict.lines / checking:,.0f}"
    backup, begun = folder / "backup.db", time.perf_counter()
    back_up(node.store, backup)
    took_backup, size = time.perf_counter() - begun, backup.stat().st_size
    yield "backup with its proof", f"{took_backup:.1f} s for {size / 1e6:.1f} MB"
    took_back = timed(lambda: restore(backup, f"sqlite:///{folder}/restored.db", at=instant(clock.now())))
    yield "restore with its proof, on a file", f"{took_back:.1f} s"
    yield "bytes of the database for each event, documents and messages included", f"{size / verdict.lines:,.0f}"
    node.store.close()


def rows(cases: int) -> Iterator[Row]:
    """Every figure, on both databases."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        on_file = dict(measured(f"sqlite:///{one}/node.db", cases, Path(one)))
        on_server = dict(measured(engines.server().create(), cases, Path(two)))
    yield from (Row(what=what, file=value, server=on_server[what]) for what, value in on_file.items())


def table(cases: int) -> Iterator[str]:
    """The table as Markdown, with where and when it was measured."""
    before = os.getloadavg()[0]
    found = list(rows(cases))
    with closing(Store("sqlite://")) as memory, closing(Store(engines.server().create())) as server:
        versions = [f"{about['database']} {about['version']}" for about in (memory.about(), server.about())]
    cores = len(os.sched_getaffinity(0))
    yield (
        f"Measured on {clock.today()} with `python -m benchmarks.capacity --cases {cases}`: {cores} processor cores "
        f"shared by program and server, Python {platform.python_version()}, {versions[0]}, {versions[1]}; load of the "
        f"machine before it began: {before:.1f}."
    )
    yield ""
    yield "| figure | file | PostgreSQL |"
    yield "| --- | --- | --- |"
    yield from (f"| {row.what} | {row.file} | {row.server} |" for row in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--write", action="store_true", help="write the table into docs/capacity.md")
    chosen = parser.parse_args()
    lines = "\n".join(table(chosen.cases))
    print(lines)
    if chosen.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(TABLE.sub(lambda _: f"{BEGIN}\n{lines}\n{END}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
