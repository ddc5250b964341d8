"""How a campaign runs: in numbered parts, each the same for the same seed, by as many processes as are given.

While it runs it says how far it is; at the end it prints one line of JSON with the seed and every count, and for each
fault the one line that repeats it. A part that fails in a way that nobody foresaw is a fault too.
"""

import argparse
import json
import multiprocessing
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

EVERY = 5.0
"""Seconds between two lines of progress."""
MOST_TOLD = 20
"""Faults that are told in full."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a part judged, and what was wrong: each fault with what it needs to be understood."""

    number: int
    counts: Counter[str]
    faults: list[dict[str, str]]


Part = Callable[[int, int], Done]
"""The part of a seed and a number."""


def command(part: Part, *, module: str, size: int, count: int) -> int:
    """The command line of a campaign; the exit code is 1 when anything is wrong."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    parser.add_argument("--count", type=int, default=count, help="documents to judge, rounded up to whole parts")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", type=int, help="only the part of this number, to repeat a fault")
    parser.add_argument("--report", type=Path)
    chosen = parser.parse_args()
    started = time.monotonic()
    numbers = range(-(-chosen.count // size)) if chosen.part is None else [chosen.part]
    counts, faults = Counter[str](), []
    for done in _told(_run(partial(_safely, part, chosen.seed), numbers, chosen.workers), chosen.count, counts):
        again = f"python -m {module} --seed {chosen.seed} --part {done.number}"
        faults += [{**fault, "again": again} for fault in done.faults]
    return _reported(module, chosen, {**counts}, faults, time.monotonic() - started)


def _run(part: Callable[[int], Done], numbers: range | list[int], workers: int) -> Iterator[Done]:
    if workers == 1:
        yield from map(part, numbers)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(part, numbers)


def _safely(part: Part, seed: int, number: int) -> Done:
    try:
        return part(seed, number)
    except Exception:  # whatever it is: it counts as a fault, and the other parts go on
        said = traceback.format_exc().strip().splitlines()
        fault = {"fault": f"the part failed: {said[-1]}", "where": "\n".join(said[-6:-1])}
        return Done(number=number, counts=Counter(), faults=[fault])


def _told(parts: Iterator[Done], count: int, counts: Counter[str]) -> Iterator[Done]:
    last, wrong = time.monotonic(), 0
    for done in parts:
        counts.update(done.counts)
        wrong += len(done.faults)
        if time.monotonic() - last > EVERY:
            last = time.monotonic()
            said = ", ".join(f"{value} {name}" for name, value in counts.items() if name != "documents")
            print(f"{counts['documents']} of {count} documents: {said}, {wrong} faults", file=sys.stderr, flush=True)
        yield done


def _reported(module: str, chosen: argparse.Namespace, counts: dict, faults: list[dict[str, str]], took: float) -> int:
    report = {
        "schema": "waste-bpm/campaign/v1",
        "campaign": module.rpartition(".")[2],
        "seed": chosen.seed,
        "workers": chosen.workers,
        "seconds": round(took, 1),
        **counts,
        "faults": len(faults),
        "first": faults[:MOST_TOLD],
    }
    for fault in report["first"]:
        print(f"{fault['fault']}: {fault['again']}", file=sys.stderr)
    print(json.dumps({name: value for name, value in report.items() if name != "first"}))
    if chosen.report:
        chosen.report.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if faults else 0
