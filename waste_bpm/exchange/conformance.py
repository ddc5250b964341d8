"""The conformance kit: what another system writes, judged as the lists of the blocks say.

A partner writes each message of a block as its own system would, and those that break a rule under the name of the test
that they are for. The gate judges; nothing is recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from waste_bpm.errors import InputInvalid
from waste_bpm.exchange import saying, specimens
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.catalogue import Package
from waste_bpm.vocabulary import Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One file: the message that it is, the rules that it gave, and those that it had to give."""

    file: str
    message: str | None
    gave: tuple[str, ...]
    expected: tuple[str, ...]

    @property
    def as_expected(self) -> bool:
        """Whether it gave what it had to give."""
        return self.gave == self.expected


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Every file with its result, and by block the messages of which no valid file was seen."""

    results: tuple[Result, ...]
    unseen: Mapping[str, tuple[str, ...]]

    def as_json(self) -> dict[str, Any]:
        """The report for machines."""
        files = [asdict(each) | {"as_expected": each.as_expected} for each in self.results]
        return {"files": files, "unseen": dict(self.unseen)}


def judge(files: Iterable[Path], packages: Sequence[Package]) -> Report:
    """Judge the files that are messages of these blocks, or messages of none."""
    tests = {each.file: each for package in packages for each in _tests(package)}
    own = {message.name for package in packages for message in saying.messages(package)}
    results = [_result(file, tests) for file in files]
    kept = tuple(each for each in results if each.message is None or each.message in own)
    seen = {each.message for each in kept if not each.gave}
    unseen = {
        package.id: tuple(each.name for each in saying.messages(package) if each.name not in seen)
        for package in packages
    }
    return Report(results=kept, unseen={block: names for block, names in unseen.items() if names})


def _tests(package: Package) -> Iterable[specimens.Specimen]:
    return (each for message in saying.messages(package) for each in specimens.specimens(message))


def _result(file: Path, tests: Mapping[str, specimens.Specimen]) -> Result:
    test = tests.get(file.name)
    message, found = _judged(file.read_bytes())
    return Result(
        file=str(file),
        message=message or (test.message.name if test else None),
        gave=tuple(sorted({finding.rule_id for finding in found})),
        expected=tuple(sorted(test.gives)) if test else (),
    )


def _judged(data: bytes) -> tuple[str | None, tuple[Finding, ...]]:
    try:
        return gate.read(data).message.name, ()
    except InputInvalid as refused:
        return None, refused.findings


def nothing(folder: Path) -> Finding:
    """What is said of a folder in which no message lies."""
    return Finding(
        rule_id="nothing-to-check",
        message=f"There is no message of these blocks in {folder}.",
        fix="Name a folder that holds messages as *.xml files.",
    )
