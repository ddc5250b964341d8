"""Print the ratios: `python -m benchmarks [--json FILE]`."""

import argparse
import json
import platform
from pathlib import Path

from benchmarks.core import ALL
from benchmarks.law import law_data
from benchmarks.messages import against_xmlschema, throughput


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the ratios to this file too")
    chosen = parser.parse_args()
    found = []
    for measure in (*ALL, law_data, against_xmlschema):
        ratio = measure()
        found.append(ratio.as_json())
        measured = f"{ratio.ours_us} us over {ratio.floor_us} us ({ratio.floor})"
        print(f"{ratio.ratio:6.2f}  {ratio.bound:28}  {ratio.name}: {measured}")
    files = throughput()
    print(
        f"{files.files_per_cpu_second:6} files/s of a core, {files.mean_bytes} bytes each; {files.bound}: {files.name}"
    )
    if chosen.json:
        report = {
            "schema": "waste-bpm/bench/v1",
            "python": platform.python_version(),
            "ratios": found,
            "files": files.as_json(),
        }
        chosen.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
