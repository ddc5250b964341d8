"""A campaign over the processes: random walks of public acts, with every invariant asked after each step taken.

    python -m tests.campaigns.processes --steps 200000 --seed 1 --workers 2

Walks run beside each other; progress is on stderr. Ends with steps, walks, what was taken of each process under each
regime, and the time; a row that was never taken, or a breach, ends it with 1. A breach prints the command that tells
its walk again, step by step.
"""

import argparse
import sys
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait

from tests.walks.coverage import Coverage
from tests.walks.going import LENGTH, Broken, go, gone, walk
from tests.walks.stories import WALKS

TOGETHER = len(WALKS)
"""The walks of one task: each story under each regime once."""


def main() -> int:
    """Walk until so many steps were asked for, or one walk again."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--replay", type=int, metavar="NUMBER", help="tell one walk again, step by step")
    chosen = parser.parse_args()
    if chosen.replay is not None:
        return replay(chosen.seed, chosen.replay)
    began = time.perf_counter()
    try:
        done = campaign(chosen.seed, chosen.steps, chosen.workers)
    except Broken as broken:
        print(broken)
        return 1
    taken, refused = done.asked["taken"], done.asked["refused"]
    print(f"seed {chosen.seed}: {done.steps} steps in {done.asked['walks']} walks, no breach")
    print(f"{taken} taken, {refused} refused, {done.asked['waited']} times something was waited for")
    print("\n".join(done.table()))
    spent = time.perf_counter() - began
    print(f"{spent:.1f} s, {done.steps / spent:.0f} steps a second with {chosen.workers} workers")
    missing = done.never_taken()
    print(f"never taken: {', '.join('.'.join(row) for row in missing) or 'none'}")
    return 1 if missing else 0


def campaign(seed: str, steps: int, workers: int) -> Coverage:
    """What the walks did until there were so many steps; raises Broken at the first breach."""
    done, first = Coverage(), 0
    with ProcessPoolExecutor(max_workers=workers) as pool:
        running = set()
        while done.steps < steps or running:
            while done.steps < steps and len(running) < workers:
                running.add(pool.submit(gone, seed, range(first, first + TOGETHER)))
                first += TOGETHER
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for each in ended:
                done.merge(each.result())
            print(f"\r{done.steps} of {steps} steps, {done.asked['walks']} walks", end="", file=sys.stderr)
    print(file=sys.stderr)
    return done


def replay(seed: str, number: int) -> int:
    """One walk again, each step as it is taken; ends with what broke it, if anything does."""
    story, regime = WALKS[number % len(WALKS)]
    print(f"{story} under {regime}")
    going = walk(seed, number)
    try:
        go(going, LENGTH)
    finally:
        print("\n".join(going.told))
    going.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
