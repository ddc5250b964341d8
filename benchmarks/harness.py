"""Measure two things in turns in the same run and give their ratio: the machine's mood falls on both alike."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """How long ours takes, measured by a floor; `bound` is what the issue asks for, for the reader to compare."""

    name: str
    floor: str
    floor_us: float
    ours_us: float
    ratio: float
    bound: str
    rounds: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def compare(
    name: str,
    floor_name: str,
    floor: Callable[[], Any],
    ours: Callable[[], Any],
    *,
    bound: str,
    times: int,
    rounds: int = 15,
) -> Ratio:
    """The median of the ratios of `rounds` turns, each of `times` calls of both."""
    floors, ourses = [], []
    for call in (floor, ours):
        call()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            floors.append(_timed(floor, times))
            ourses.append(_timed(ours, times))
    finally:
        gc.enable()
    ratios = [mine / least for mine, least in zip(ourses, floors, strict=True)]
    return Ratio(
        name=name,
        floor=floor_name,
        floor_us=round(statistics.median(floors), 2),
        ours_us=round(statistics.median(ourses), 2),
        ratio=round(statistics.median(ratios), 2),
        bound=bound,
        rounds=rounds,
    )


def _timed(call: Callable[[], Any], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times * 1e6
