"""A campaign over the processes: random walks of public acts, with every invariant asked after each step.

    python -m tests.campaigns.processes --steps 2000 --seed 1

Prints the seed, the steps, and how many were taken and refused in each walk; a breach ends it with its findings.
"""

import argparse
import random
import time
from collections import Counter

from tests.processes.walks import WALKS

LENGTH = 40
"""The steps of one walk, after which another begins."""


def main() -> None:
    """Walk until so many steps were asked for, the walks in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    began, counts = time.perf_counter(), {name: Counter() for name in WALKS}
    left, number = chosen.steps, 0
    while left > 0:
        name = list(WALKS)[number % len(WALKS)]
        walk = WALKS[name](random.Random(f"{chosen.seed}/{number}"))
        for _ in range(min(LENGTH, left)):
            walk.step()
        counts[name] += walk.asked + Counter(walks=1)
        walk.close()
        left, number = left - LENGTH, number + 1
    print(f"seed {chosen.seed}, {chosen.steps} steps, {number} walks, {time.perf_counter() - began:.1f} s, no breach")
    for name, count in counts.items():
        print(f"{name:12} {count['walks']:4} walks {count['taken']:6} taken {count['refused']:6} refused")


if __name__ == "__main__":
    main()
