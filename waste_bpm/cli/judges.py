"""Three judges of a message file: libxml2 through lxml, `xmlschema`, and `xmllint` where it is installed."""

import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from waste_bpm import resources
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import explain, gate, xml, xsd
from waste_bpm.utility_blocks.catalogue import Package
from waste_bpm.vocabulary import Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """How many files were judged, by whom, and what each found wrong."""

    files: int
    judges: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def valid(self) -> bool:
        """Whether every judge found every file valid."""
        return not self.findings


def judge(files: Iterable[Path]) -> Judgement:
    """Have each file judged from the bytes on the disk."""
    findings: list[Finding] = []
    by_schema: dict[tuple[Package, int], list[Path]] = defaultdict(list)
    count = 0
    for file in files:
        count += 1
        try:
            data = file.read_bytes()
            package, minor = _spoken(data)
        except InputInvalid as refused:
            findings += refused.findings
            continue
        by_schema[package, minor].append(file)
        findings += _judged(file, data, package, minor)
    lint = shutil.which("xmllint")
    if lint:
        for (package, minor), several in by_schema.items():
            findings += _linted(lint, resources.path("schemas", *xsd.file_of(package, minor)), several)
    judges = ("lxml (libxml2)", "xmlschema", *(["xmllint"] if lint else []))
    return Judgement(files=count, judges=judges, findings=tuple(findings))


def _spoken(data: bytes) -> tuple[Package, int]:
    """The block and minor version that a message says; raises InputInvalid when the gate does not let it in."""
    package = gate.read(data).message.package
    return package, int(xml.parse(data).get("schemaVersion").partition(".")[2])


def _judged(file: Path, data: bytes, package: Package, minor: int) -> list[Finding]:
    root = xml.parse(data)
    against = [
        name
        for name, valid in (
            ("lxml", xsd.is_valid(root, package, minor)),
            ("xmlschema", explain.second_opinion(root, package, minor)),
        )
        if not valid
    ]
    return [_invalid(file, name, "it is not valid against its schema") for name in against]


def _linted(lint: str, schema: Path, files: list[Path]) -> list[Finding]:
    said = subprocess.run(  # noqa: S603 - our own files, no shell
        [lint, "--noout", "--nonet", "--schema", schema, *files], capture_output=True, text=True, check=False
    )
    if said.returncode == 0:
        return []
    wrong = [line for line in said.stderr.splitlines() if not line.endswith(" validates")]
    return [_invalid(files[0].parent, "xmllint", "; ".join(wrong[:3]) or f"exit code {said.returncode}")]


def _invalid(file: Path, by: str, why: str) -> Finding:
    return Finding(
        rule_id="message-invalid",
        message=f"{by} says of {file.name}: {why.rstrip('.')}.",
        pointer=str(file),
        fix="A message that is not valid must never have been stored; report it with the file.",
    )
