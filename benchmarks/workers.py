"""Two processes over one PostgreSQL against one: the same departures, and how much processor time each side used.

Each process takes its own cases, so that nothing is waited for but the server. Where both processes and the server
share two cores, the sum of what they use bounds the gain: it is printed beside it.
"""

import multiprocessing
import os
import statistics
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.core import DEPARTURE, asked, copies
from benchmarks.stage import played_until
from tests import engines
from waste_bpm.casework.line import act
from waste_bpm.casework.node import Node
from waste_bpm.casework.store import Store
from waste_bpm.cli import clock

_TICKS = os.sysconf("SC_CLK_TCK")
_FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """Commands a second with one process and with two; processor seconds for each second, by side."""

    one_per_second: int
    two_per_second: int
    ratio: float
    cores: int
    busy_with_one: dict[str, float]
    busy_with_two: dict[str, float]
    most_by_processor: float
    rounds: int
    bound: str = "at least 1.6"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class _Run:
    per_second: float
    workers: float
    server: float
    seconds: float


def two_workers(cases: int = 400, rounds: int = 3) -> Scaling:
    """The median of some rounds, one process and two in turns."""
    origin = engines.server().create()
    node, world = played_until(Store(origin), "movement/1", "depart")
    world.now = DEPARTURE.at
    ids = copies(node, cases)
    node.store.close()
    node = replace(node, ids=clock.identity)
    runs: dict[int, list[_Run]] = {1: [], 2: []}
    for _ in range(rounds):
        for count, found in runs.items():
            found.append(_run(node, origin, ids, count))
    one, two = ([run.per_second for run in runs[count]] for count in (1, 2))
    alone = runs[1][-1]
    used = (alone.workers + alone.server) / (alone.seconds or 1)
    return Scaling(
        one_per_second=int(statistics.median(one)),
        two_per_second=int(statistics.median(two)),
        ratio=round(statistics.median(two) / statistics.median(one), 2),
        cores=len(os.sched_getaffinity(0)),
        busy_with_one=_busy(alone),
        busy_with_two=_busy(runs[2][-1]),
        most_by_processor=round(len(os.sched_getaffinity(0)) / used, 2),
        rounds=rounds,
    )


def _busy(run: _Run) -> dict[str, float]:
    return {"workers": round(run.workers / run.seconds, 2), "server": round(run.server / run.seconds, 2)}


def _run(node: Node, origin: str, cases: list[str], count: int) -> _Run:
    """Let some processes take all cases between them, on a copy of their own."""
    url = engines.server().create(engines.name_of(origin))
    ready = _FORK.Barrier(count + 1)
    parts = [cases[number::count] for number in range(count)]
    workers = [_FORK.Process(target=_worker, args=(node, url, part, ready)) for part in parts]
    for worker in workers:
        worker.start()
    ready.wait()
    begun, ours, theirs = time.perf_counter(), _children(), _server()
    for worker in workers:
        worker.join()
    took = time.perf_counter() - begun
    assert not any(worker.exitcode for worker in workers)
    run = _Run(per_second=len(cases) / took, workers=_children() - ours, server=_server() - theirs, seconds=took)
    with psycopg.connect(engines.server().url("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {engines.name_of(url)} WITH (FORCE)")
    return run


def _worker(node: Node, url: str, cases: list[str], ready: Any) -> None:
    mine = replace(node, store=Store(url))
    for case_id in cases:
        mine.case(case_id)
    ready.wait()
    for case_id in cases:
        act(mine, asked(case_id, case_id))
    mine.store.close()


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _server() -> float:
    """Processor seconds of the server and of those of its processes that have ended, or still run."""
    pid = engines.server().pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return _used(str(pid), own_and_ended=True) + sum(_used(child) for child in children)


def _used(pid: str, *, own_and_ended: bool = False) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(each) for each in fields[11 : 15 if own_and_ended else 13]) / _TICKS
