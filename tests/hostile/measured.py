"""Send every hostile row through the gate in this process, under a limit of memory, and print what happened as JSON.

Run as a process of its own, so that a limit or a crash does not take the tests along: `python -m tests.hostile.measured`.
"""

import json
import resource
import sys
import time
from pathlib import Path

from tests.hostile.rows import ROWS, good
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import gate

MOST_MEMORY = 256 * 1024 * 1024
HERE = str(Path(__file__).parents[2])
touched: list[str] = []


def heard(event: str, args: tuple[object, ...]) -> None:
    """Remember each connection, and each file that is opened outside the program and its libraries."""
    if event.startswith("socket.") or (
        event == "open" and not str(args[0]).startswith((HERE, sys.prefix, sys.base_prefix))
    ):
        touched.append(f"{event} {args[0] if args else ''}")


def mapped() -> int:
    """Bytes of memory that this process has mapped."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def answer(data: bytes) -> tuple[int, str]:
    try:
        gate.read(data)
    except InputInvalid as refused:
        return refused.status, refused.findings[0].rule_id
    except Exception as error:
        return 500, f"{type(error).__name__}: {error}"
    return 200, ""


def measured(data: bytes) -> dict[str, object]:
    resource.setrlimit(resource.RLIMIT_AS, (mapped() + MOST_MEMORY, resource.RLIM_INFINITY))
    del touched[:]
    started = time.process_time()
    status, rule = answer(data)
    seconds = time.process_time() - started
    outside = list(touched)
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return {"status": status, "rule": rule, "seconds": round(seconds, 3), "outside": outside}


def main() -> None:
    answer(good())
    answer(good().replace(b"<Serial>1<", b"<Serial>one<"))
    sys.addaudithook(heard)
    print(json.dumps({number: [measured(data) for data in row.make()] for number, row in ROWS.items()}))


if __name__ == "__main__":
    main()
