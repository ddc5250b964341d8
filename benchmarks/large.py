"""A large node: a million true events in a file, made in bulk from one told story; how it starts, answers and verifies.

The events are those of the story, case after case under other identities: each case at moments of its own (from a
seed), each line chained to the one before it in its stream, all of them sealed. Documents and messages are not copied:
the log is what grows.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.stage import consignment, told
from waste_bpm.casework import views
from waste_bpm.casework.log import verify
from waste_bpm.casework.node import Node
from waste_bpm.casework.record import chained
from waste_bpm.casework.registers import open_node
from waste_bpm.casework.rows import instant
from waste_bpm.casework.sealing import seal
from waste_bpm.casework.store import CASE_FILE, DEADLINE, EVENT, Store
from waste_bpm.cli import clock

_CASES_AT_ONCE = 200
_FIRST = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Large:
    """What was measured of a large node."""

    events: int
    cases: int
    seed: int
    megabytes: int
    start_seconds: float
    answer_ms: float
    slowest_answer_ms: float
    slowest_answer_cpu_ms: float
    verified_per_second: int
    verified_per_cpu_second: int
    seconds: int
    bound: str = "starts in at most 5 s, answers a case in at most 50 ms, verifies at least 40,000 events/s"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def grown(node: Node, events: int, seed: int) -> list[str]:
    """Add copies of the only case of a node until it holds so many events; gives the identities of the copies."""
    chance = random.Random(seed)
    model = node.store.rows(EVENT.select().where(EVENT.c.case_id == consignment().case).order_by(EVENT.c.position))
    clocks = node.store.rows(DEADLINE.select().where(DEADLINE.c.case_id == consignment().case))
    cases: list[str] = []
    while (len(cases) + 1) * len(model) < events:
        lines, deadlines, files = [], [], []
        for _ in range(_CASES_AT_ONCE):
            case_id = str(UUID(int=chance.getrandbits(128)))
            lines += list(_copied(model, case_id, _FIRST + timedelta(minutes=chance.randrange(3_000_000))))
            deadlines += [{**row._mapping, "case_id": case_id, "running": False} for row in clocks]
            files.append({"case_id": case_id, "number": f"KE {len(cases) + 1:06d}"})
            cases.append(case_id)
        node.store.write({EVENT: lines, DEADLINE: deadlines, CASE_FILE: files})
    return cases


def _copied(model: Any, case_id: str, at: datetime) -> Iterator[dict[str, Any]]:
    """The lines of a case under another identity and at other moments, chained anew."""
    heads: dict[str, str] = {}
    for number, row in enumerate(model):
        recorded_at = instant(at + timedelta(minutes=number))
        heads[row.stream] = chained(heads.get(row.stream, ""), row.body, recorded_at)
        said = {name: row._mapping[name] for name in ("stream", "version", "type", "home", "body")}
        yield {**said, "case_id": case_id, "recorded_at": recorded_at, "hash": heads[row.stream]}


_START = """
import sys, time
begun = time.perf_counter()
from benchmarks.large import opened
node = opened(sys.argv[1])
node.case(sys.argv[2])
print(time.perf_counter() - begun)
"""


def opened(url: str) -> Node:
    """The node of a database, at the clock of the machine."""
    return open_node(Store(url), clock.now, clock.identity)


def large(events: int = 1_000_000, seed: int = 1) -> Large:
    """Build the node, then start it in a fresh process, ask it for cases, and verify all of it."""
    first = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        file = Path(folder) / "large.db"
        node, _ = told(Store(f"sqlite:///{file}"))
        cases = grown(node, events, seed)
        seal(node)
        node.store.close()
        command = [sys.executable, "-c", _START, f"sqlite:///{file}", cases[-1]]
        start = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        node = replace(node, store=Store(f"sqlite:///{file}"))
        asked = [_asked(node, case_id) for case_id in random.Random(seed).sample(cases, 50)]
        answers, used_by = (sorted(each) for each in zip(*asked, strict=True))
        begun, used = time.perf_counter(), time.process_time()
        verdict = verify(node.store)
        took, used = time.perf_counter() - begun, time.process_time() - used
        node.store.close()
        assert verdict.whole, verdict.broken
        return Large(
            events=verdict.lines,
            cases=len(cases) + 1,
            seed=seed,
            megabytes=file.stat().st_size // 1_000_000,
            start_seconds=round(start, 2),
            answer_ms=round(answers[len(answers) // 2] * 1000, 1),
            slowest_answer_ms=round(answers[-1] * 1000, 1),
            slowest_answer_cpu_ms=round(used_by[-1] * 1000, 1),
            verified_per_second=int(verdict.lines / took),
            verified_per_cpu_second=int(verdict.lines / used),
            seconds=int(time.perf_counter() - first),
        )


def _asked(node: Node, case_id: str) -> tuple[float, float]:
    """How long it takes to read a case that nobody has asked for yet, with its ledger, clocks and standing: wall, CPU.

    The first one pays for what is made once in a process; on a machine that is busy the wall tells of others too.
    """
    begun, used = time.perf_counter(), time.process_time()
    case = node.case(case_id)
    views.ledger_of(case)
    views.standing(case, node.clock())
    return time.perf_counter() - begun, time.process_time() - used
