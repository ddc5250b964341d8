"""Messages by the thousand: what the gate takes for a file, read from the disk through every level of the document.

The same files are judged in turns by `xmlschema` alone, by lxml alone (parsed and validated, no value read) and by the
gate; processor time counts. What lxml takes, no gate on it can go below. Beside the ratios stand the files a core
checks in a second, and how much the memory of the process grew between the first thousand files and the last.
"""

import gc
import itertools
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xmlschema
from lxml import etree

from benchmarks import traffic
from benchmarks.harness import Ratio
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import gate, xsd
from waste_bpm.utility_blocks.catalogue import MESSAGES, Package

FILES = 10_000
_TOLD = tuple[str, bytes]
_ROUNDS, _BATCH = 20, 25
"""Files judged by `xmlschema` too, which takes its time: so many rounds of so many."""
_SETTLED = 1_000
"""Files after which the process has what it keeps."""


def against_validators(files: Iterable[_TOLD] | None = None) -> tuple[Ratio, ...]:
    """The gate against `xmlschema` alone and against lxml alone, and these two against each other."""
    told = list(itertools.islice(traffic.files(2 * _ROUNDS * _BATCH) if files is None else files, 2 * _ROUNDS * _BATCH))
    warm, judged = told[: len(told) // 2], told[len(told) // 2 :]
    ways: dict[str, Callable[[list[_TOLD]], Any]] = {
        "xmlschema alone": _each(_Slow()),
        "lxml alone": _each(_Fast()),
        "gate": _each(_gate),
        "gate, many": _gate_many,
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for name in ("lxml alone", "gate"):
        ways[name](warm)
    for start in range(0, len(judged), _BATCH):
        for name, way in ways.items():
            took[name].append(_timed(way, judged[start : start + _BATCH]))
    slow, least, ours, many = ((name, statistics.median(took[name])) for name in ways)
    alone = ("a message through all levels of the gate", ours[1])
    whole = (f"the same, {_BATCH} messages together", many[1])
    return (
        _ratio(alone, slow, "at most 0.05"),
        _ratio(alone, least, "lxml alone is the floor"),
        _ratio(whole, slow, "at most 0.05"),
        _ratio(whole, least, "lxml alone is the floor"),
        _ratio(("parsed and validated by lxml alone", least[1]), slow, "no gate on lxml goes below"),
    )


def _ratio(ours: tuple[str, float], floor: tuple[str, float], bound: str) -> Ratio:
    return Ratio(
        name=ours[0],
        floor=floor[0],
        floor_us=round(floor[1], 1),
        ours_us=round(ours[1], 1),
        ratio=round(ours[1] / floor[1], 3),
        bound=bound,
        rounds=_ROUNDS,
    )


def _timed(way: Callable[[list[_TOLD]], Any], batch: list[_TOLD]) -> float:
    """Microseconds of the processor for one file of the batch."""
    gc.collect()
    started = time.process_time_ns()
    way(batch)
    return (time.process_time_ns() - started) / len(batch) / 1000


def _each(way: Callable[[_TOLD], Any]) -> Callable[[list[_TOLD]], None]:
    def one_by_one(batch: list[_TOLD]) -> None:
        for each in batch:
            way(each)

    return one_by_one


def _gate(told: _TOLD) -> None:
    gate.read(told[1])


def _gate_many(batch: list[_TOLD]) -> None:
    _pass(data for _, data in batch)


def _pass(messages: Iterable[bytes]) -> None:
    """All messages through the gate; raises InputInvalid for the first that is refused."""
    for read in gate.read_many(messages):
        if isinstance(read, InputInvalid):
            raise read


class _Fast:
    """lxml alone: the bytes parsed by a hardened parser, the tree validated against the schema."""

    def __init__(self) -> None:
        self.parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, collect_ids=False
        )
        self.schemas = {name: xsd.schema(each.package, each.package.minor) for name, each in MESSAGES.items()}

    def __call__(self, told: _TOLD) -> None:
        assert self.schemas[told[0]].validate(etree.fromstring(told[1], self.parser))


class _Slow:
    """`xmlschema` alone, on the text of the message."""

    def __init__(self) -> None:
        self.judges = {package: _judge(package) for package in {each.package for each in MESSAGES.values()}}

    def __call__(self, told: _TOLD) -> None:
        self.judges[MESSAGES[told[0]].package].validate(told[1].decode())


def _judge(package: Package) -> xmlschema.XMLSchema10:
    text = xsd.content(package, package.minor).decode()
    return xmlschema.XMLSchema10(text, allow="none", defuse="always")


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """Files of a folder through the gate in one process: how many, how fast, and how much memory that took."""

    name: str
    files: int
    mean_bytes: int
    us_per_file: float
    files_per_cpu_second: int
    grew_kib: int
    bound: str = "at least 4000 files/s per core; memory flat"

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def throughput(told: Iterable[_TOLD]) -> Throughput:
    """Read and check as many files as a peer sends in a busy week, each another message."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        files = []
        for number, (_, data) in enumerate(told):
            files.append(Path(folder, f"{number:05}.xml"))
            files[-1].write_bytes(data)
        size = sum(file.stat().st_size for file in files)
        settled = 0
        started = time.process_time()
        _pass(file.read_bytes() for file in files[:_SETTLED])
        settled = _resident()
        _pass(file.read_bytes() for file in files[_SETTLED:])
        took = time.process_time() - started
        grew = _resident() - settled
    return Throughput(
        name="different files of a folder through all levels of the gate, one process",
        files=len(files),
        mean_bytes=size // len(files),
        us_per_file=round(took / len(files) * 1e6, 1),
        files_per_cpu_second=round(len(files) / took),
        grew_kib=grew,
    )


def _resident() -> int:
    """KiB of memory that the process has at present."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 1024
