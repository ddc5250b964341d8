"""A State that was on paper is connected: its first sealed message about the same thing is held against the paper.

What is on paper stays, and what is sealed is recorded after it. So numbers that the home of a stream counts from one
are moved up by the papers that stand there; what grows with each event does not count twice. Where both are not the
same it is on record which fields differ, and an alarm.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from waste_bpm.casework import record
from waste_bpm.casework.line import take
from waste_bpm.casework.node import Node
from waste_bpm.documents.model import Document
from waste_bpm.documents.paper import PaperComparison
from waste_bpm.errors import NotFound
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case, Command, Event
from waste_bpm.vocabulary import Role

DIFFERS = "paper-differs"
"""The flag of a sealed report that is not what a paper said."""
_APART = timedelta(hours=12)
"""A paper is on record for the noon of its day."""


def beside_papers(
    node: Node, case: Case, events: Sequence[Event], document: Document, message: str
) -> tuple[list[Event], list[PaperComparison]]:
    """The events of a sealed message as they stand beside the papers of the case, and how each paper compares."""
    papers = case.streams.get("paper")
    if papers is None:
        return list(events), []
    lines = [record.event_of(line.body) for line in node.store.newer(case.id, 0)]
    done = {(each.stream, each.version) for each in papers.compared}
    kept, compared = [], []
    for event in events:
        there = [line for line in lines if line.on_paper and line.stream == event.stream]
        same = [line for line in there if line.type == event.type and (line.stream, line.version) not in done]
        home = event.claimed or event.version
        moved = replace(event, version=home + len(there), claimed=home) if there else event
        if same:
            differs = tuple(_differs(node, case, same[0], moved, document))
            moved = _counted_once(moved, differs)
            compared.append(_comparison(same[0], message, differs))
        kept.append(moved)
    return kept, compared


def _differs(node: Node, case: Case, paper: Event, sealed: Event, document: Document) -> Iterator[str]:
    """The names of what is not the same: of the document where it is still on file, else of the facts."""
    if paper.by != sealed.by:
        yield "by"
    if abs(paper.occurred_at - sealed.occurred_at) > _APART:
        yield "occurred_at"
    said, on_file = _plain(document), _on_file(node, case, paper)
    if on_file is None:
        said, on_file = dict(sealed.facts), dict(paper.facts)
    yield from sorted(name for name in said.keys() | on_file.keys() if said.get(name) != on_file.get(name))


def _plain(document: Document) -> dict[str, Any]:
    return document.model_dump(mode="json", exclude_none=True)


def _on_file(node: Node, case: Case, paper: Event) -> dict[str, Any] | None:
    try:
        return _plain(node.document(case.id, str(paper.document)))
    except NotFound:
        return None


def _counted_once(event: Event, differs: Sequence[str]) -> Event:
    """The sealed event without what the paper has added already; flagged where it says something else."""
    grows = PROCESSES[event.process].unbegun.appends
    facts = {name: value for name, value in event.facts.items() if name not in grows}
    return replace(event, facts=facts, flags=(*event.flags, DIFFERS) if differs else event.flags)


def _comparison(paper: Event, message: str, differs: tuple[str, ...]) -> PaperComparison:
    return PaperComparison(
        stream=paper.stream, version=paper.version, event=paper.type, message=message, differs=differs
    )


def note(node: Node, case_id: str, compared: Sequence[PaperComparison], party: str) -> None:
    """Put on record how papers compare, for a party here to whom the sealed message is addressed."""
    for each in compared:
        step = "contradict" if each.differs else "confirm"
        command = Command(stream="paper", step=step, by=party, role=Role.CLOCK, document=each)
        take(node, node.folded(case_id), command, node.clock())
