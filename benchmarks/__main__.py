"""Print the ratios: `python -m benchmarks [--json FILE]`; with `--large` or `--workers` only that measurement."""

import argparse
import json
import platform
from pathlib import Path

from benchmarks import traffic
from benchmarks.core import ALL
from benchmarks.large import Large, large
from benchmarks.law import law_data
from benchmarks.messages import FILES, against_validators, throughput
from benchmarks.workers import Scaling, two_workers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the ratios to this file too")
    parser.add_argument("--large", action="store_true", help="only a node with many events: start, answer, verify")
    parser.add_argument("--events", type=int, default=1_000_000, help="how many events the large node holds")
    parser.add_argument("--workers", action="store_true", help="only two processes over PostgreSQL against one")
    chosen = parser.parse_args()
    if chosen.large or chosen.workers:
        _report(chosen.json, large(chosen.events) if chosen.large else two_workers())
        return
    told = list(traffic.files(FILES))
    found = [*(measure() for measure in (*ALL, law_data)), *against_validators(told)]
    for ratio in found:
        measured = f"{ratio.ours_us} us over {ratio.floor_us} us ({ratio.floor})"
        print(f"{ratio.ratio:6.3f}  {ratio.bound:28}  {ratio.name}: {measured}")
    files = throughput(told)
    print(
        f"{files.files_per_cpu_second:6}  {files.bound}: {files.files} {files.name}: {files.us_per_file} us and "
        f"{files.mean_bytes} bytes each, {files.grew_kib} KiB more memory after {files.files} files than after 1000"
    )
    if chosen.json:
        report = {
            "schema": "waste-bpm/bench/v1",
            "python": platform.python_version(),
            "ratios": [ratio.as_json() for ratio in found],
            "files": files.as_json(),
        }
        chosen.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _report(file: Path | None, found: Large | Scaling) -> None:
    """One measurement alone: each figure on its line, and its bound."""
    for name, value in found.as_json().items():
        print(f"{name}: {value}")
    if file:
        report = {"schema": "waste-bpm/bench/v1", "python": platform.python_version(), **found.as_json()}
        file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
