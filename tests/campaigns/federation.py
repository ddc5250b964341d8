"""A campaign of countries that hand each other files while everything goes wrong.

    python -m tests.campaigns.federation --seeds 10000 --seed 1 --workers 2
    python -m tests.campaigns.federation --only 4711
    python -m tests.campaigns.federation --planted

Each seed is a story on two to five nodes; when all is quiet, every invariant is asked of every node and of all together.
Prints counts by kind of fault, and for a seed that fails the line that tells it again. `--planted` puts known bugs into
the program, one at a time, and says at which seed each was found.
"""

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import islice

from tests.federation.planted import BUGS, found
from tests.federation.play import Told, play

_TOGETHER = 20
LIMIT = 2000
"""The seeds in which a planted bug must be found."""


def told(first: int, count: int) -> list[Told]:
    """Some seeds, one after the other."""
    return [play(seed, real=seed % 50 == 0) for seed in range(first, first + count)]


def campaign(first: int, seeds: int, workers: int) -> int:
    """Tell so many seeds; gives how many failed."""
    began, faults, failed = time.perf_counter(), Counter(), []
    done = events = letters = 0
    days = 0.0
    batches = [(start, min(_TOGETHER, first + seeds - start)) for start in range(first, first + seeds, _TOGETHER)]
    with ProcessPoolExecutor(workers) as pool:
        for batch in pool.map(told, *zip(*batches, strict=True)):
            for each in batch:
                faults, events, letters = faults + each.faults, events + each.events, letters + each.letters
                done, days = done + 1, days + each.days
                if each.problems:
                    failed.append(each.seed)
                    print(
                        f"seed {each.seed}: {each.problems[0]}\n  python -m tests.campaigns.federation --only {each.seed}"
                    )
            _progress(done, seeds, began)
    took = time.perf_counter() - began
    print(
        f"seeds {first} to {first + seeds - 1}, {workers} workers, {took:.0f} s ({seeds / took:.1f} seeds/s): "
        f"{days / 365:.0f} years told, {events} events and {letters} parcels recorded, {len(failed)} seeds failed"
    )
    for fault, count in sorted(faults.items()):
        print(f"  {fault:16} {count:9}")
    return len(failed)


def _progress(done: int, seeds: int, began: float) -> None:
    if sys.stderr.isatty() or done % 1000 == 0:
        print(f"\r{done}/{seeds} seeds, {done / (time.perf_counter() - began):.1f}/s", end="\n", file=sys.stderr)


def planted(first: int, limit: int) -> int:
    """Look for each planted bug; gives how many were not found."""
    missed = 0
    for bug in BUGS:
        began = time.perf_counter()
        seed, problem = found(bug, first, limit)
        missed += seed is None
        where = f"seed {seed}: {problem[:110]}" if seed is not None else f"NOT FOUND in {limit} seeds"
        print(f"{bug.name:26} {time.perf_counter() - began:5.1f} s  {where}", flush=True)
    print(f"{len(BUGS)} planted bugs, {len(BUGS) - missed} found")
    return missed


def one(seed: int) -> int:
    """Tell one seed again, with all that is wrong in it."""
    result = play(seed, real=seed % 50 == 0)
    for problem in result.problems:
        print(problem)
    print(f"seed {seed}: {result.events} events, {result.letters} parcels, {len(result.problems)} problems")
    for fault, count in islice(sorted(result.faults.items()), 50):
        print(f"  {fault:16} {count:9}")
    return len(result.problems)


def main() -> int:
    """A campaign, one seed, or the planted bugs; the exit code is 1 when something failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", type=int)
    parser.add_argument("--planted", action="store_true")
    chosen = parser.parse_args()
    if chosen.only is not None:
        return int(one(chosen.only) > 0)
    if chosen.planted:
        return int(planted(chosen.seed, min(chosen.seeds, LIMIT)) > 0)
    return int(campaign(chosen.seed, chosen.seeds, chosen.workers) > 0)


if __name__ == "__main__":
    raise SystemExit(main())
