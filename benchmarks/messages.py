"""Messages by the thousand: what the gate takes for a file, read from the disk through every level of the document.

The floor is `xmlschema` alone, on the same bytes; the bound is a twentieth of it. Beside the ratio stand the files a
core checks in a second, and how much the memory of the process grew on the way.
"""

import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xmlschema

from benchmarks.harness import Ratio, compare
from benchmarks.stage import played_until
from waste_bpm.casework import store as stores
from waste_bpm.casework.store import Store
from waste_bpm.utility_blocks import gate, xsd
from waste_bpm.utility_blocks.catalogue import MESSAGES, Package

FILES = 10_000
LEAST, MOST = 2 * 1024, 10 * 1024
"""Bytes of a file; smaller messages go faster and do not count."""


def corpus() -> list[tuple[str, bytes]]:
    """The messages of the story that are of the size, each with its name."""
    node, _ = played_until(Store("sqlite://"), "movement/1", "depart")
    rows = node.store.rows(stores.MESSAGE.select())
    return [(each.name, each.body) for each in rows if LEAST <= len(each.body) <= MOST]


def against_xmlschema() -> Ratio:
    """One message after the other through the gate, against `xmlschema` alone on the same bytes."""
    told = corpus()
    judges = {name: _judge(MESSAGES[name].package) for name, _ in told}

    def floor() -> None:
        for name, data in told:
            judges[name].validate(data.decode())

    def ours() -> None:
        for _, data in told:
            gate.read(data)

    return compare(
        f"a message through all levels of the gate (batches of {len(told)})",
        "xmlschema alone",
        floor,
        ours,
        bound="at most 0.05",
        times=3,
        rounds=7,
    )


def _judge(package: Package) -> xmlschema.XMLSchema10:
    text = xsd.content(package, package.minor).decode()
    return xmlschema.XMLSchema10(text, allow="none", defuse="always")


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """Files of a folder through the gate in one process: how many, how fast, and how much memory that took."""

    name: str
    files: int
    mean_bytes: int
    files_per_cpu_second: int
    grew_kib: int
    bound: str = "at least 4000 files/s per core; memory flat"

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def throughput() -> Throughput:
    """Read and check as many files as a peer sends in a busy week."""
    told = corpus()
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"{number:05}.xml") for number in range(FILES)]
        for number, file in enumerate(files):
            file.write_bytes(told[number % len(told)][1])
        for file in files[:100]:
            gate.read(file.read_bytes())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.process_time()
        for file in files:
            gate.read(file.read_bytes())
        took = time.process_time() - started
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Throughput(
        name="files of a folder through all levels of the gate, one process",
        files=FILES,
        mean_bytes=sum(len(data) for _, data in told) // len(told),
        files_per_cpu_second=round(FILES / took),
        grew_kib=after - before,
    )
