"""The closing words of a demonstration: what happened, what is still owed, what was example data, what to try next."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from waste_bpm.casework import views
from waste_bpm.casework.log import Verdict
from waste_bpm.casework.node import Node
from waste_bpm.cli import standing
from waste_bpm.cli.judges import Judgement
from waste_bpm.cli.node import proved
from waste_bpm.cli.output import aloud, plural, wrapped
from waste_bpm.processes.case import Case
from waste_bpm.simulation.scenario import Consignment, Scenario, consignment_of
from waste_bpm.vocabulary import Finding


@dataclass(frozen=True, kw_only=True)
class Played:
    """A demonstration that came to its end; `new` counts the acts that this run added."""

    story: Scenario
    node: Node
    out: Path
    new: int
    judged: Judgement
    verdict: Verdict
    findings: tuple[Finding, ...]

    @property
    def consignment(self) -> Consignment:
        """The consignment file that was played."""
        return consignment_of(self.story)

    @property
    def case(self) -> Case:
        """The case at the end."""
        return self.node.case(self.consignment.case)

    @property
    def well(self) -> bool:
        """Whether every message was valid, the log whole and every invariant kept."""
        return self.judged.valid and not self.findings

    @property
    def next(self) -> tuple[str, ...]:
        """Commands to try now."""
        db, number = f"--db {quote(str(self.out / 'demo.db'))}", self.case.streams["notification"].number
        return (
            f'waste-bpm case show "{number}" {db}',
            f'waste-bpm case why "{number}" release --on border_check/4/KR-BUSAN --as KR-BUSAN {db}',
            f"waste-bpm serve {db}",
        )


def as_data(played: Played) -> dict[str, Any]:
    """The summary for a program."""
    node, case = played.node, played.case
    return {
        "case": case.id,
        "number": case.streams["notification"].number,
        "ends": played.story.ends,
        "new": played.new,
        "well": played.well,
        "messages": played.judged.files,
        "judges": list(played.judged.judges),
        "lines": played.verdict.lines,
        "findings": [finding.as_json() for finding in (*played.judged.findings, *played.findings)],
        "shipments": list(standing.shipments(case)),
        "ledger": views.ledger_of(case),
        "deadlines": standing.owed(node, case),
        "undelivered": standing.undelivered(node, case.id),
        "example_data": [played.consignment.about, *(each.source for each in played.consignment.waivers)],
        "next": list(played.next),
    }


def in_words(played: Played) -> Iterator[str]:
    """The summary for a person."""
    case = played.case
    if not played.new:
        yield "This demonstration was complete already; nothing was done again."
        yield ""
    yield f"What happened to notification {case.streams['notification'].number}, as of {played.story.ends:%Y-%m-%d}"
    yield from _list(standing.shipments(case))
    yield from _section("Quantities", standing.book(case))
    yield ""
    yield "Still owed"
    yield from _list(_owed(played, case))
    yield ""
    yield "Example data"
    yield from _list(_example(played.consignment))
    yield ""
    yield "Checked"
    yield from _list(_checked(played))
    yield ""
    yield "Try next"
    yield from (f"  {line}" for line in played.next)


def _list(lines: Iterator[str]) -> Iterator[str]:
    return (wrapped(line, "  - ", "    ") for line in lines)


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield ""
    yield title
    yield from (f"  {line}" for line in lines)


def _owed(played: Played, case: Case) -> Iterator[str]:
    yield from standing.owed_words(standing.owed(played.node, case))
    for key, check in case.of("border_check"):
        if check.state == "held":
            serial, _, office = key.partition("/")
            yield f"Shipment {serial} is held by {office} until the competent authority decides on it."
    counts = standing.undelivered(played.node, case.id)
    for name, words in zip(counts, standing.undelivered_words(played.node, counts), strict=True):
        yield f"{words}; the files lie in {played.out / 'outbox' / name}."


def _example(file: Consignment) -> Iterator[str]:
    yield file.about.removeprefix("EXAMPLE DATA. ")
    for waiver in file.waivers:
        source = waiver.source.removeprefix("EXAMPLE DATA: ")
        yield f"Waiver of written consent, {waiver.country} since {waiver.since}: {source}."


def _checked(played: Played) -> Iterator[str]:
    judged = played.judged
    missing = "" if "xmllint" in judged.judges else "; xmllint is not installed here and was not asked"
    if judged.valid:
        yield f"{plural(judged.files, 'message')} valid by {' and by '.join(judged.judges)}{missing}."
    if not played.findings:
        yield proved(played.verdict)
        yield "Every invariant holds."
    for finding in (*judged.findings, *played.findings):
        yield " ".join(line.strip() for line in aloud(finding))
