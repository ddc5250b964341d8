"""Papers of States that are not connected: each is on record with who entered it, and is later compared.

Basel Art. 6(1) and 6(2) ask for answers in writing and not for a network: a letter, an e-mail or a fax of an authority
is an answer. It concerns one node alone: what the paper reports is recorded on the stream that it is about, as a
report, and here is on record where that report comes from. Nobody takes these steps through a door for acts: the node
takes them when a paper is entered (`casework.papers`), and when a sealed message about the same thing arrives.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from waste_bpm.documents.paper import Comparison, Page, PaperComparison, PaperReport
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Instance
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import Finding, Role

_LAW = "Basel Art. 6(1), 6(2): answers are in writing"


@dataclass(frozen=True, kw_only=True)
class Papers(Instance):
    """The papers of a case on this node, and those that a sealed message has confirmed or contradicted."""

    appends: ClassVar[frozenset[str]] = frozenset({"page", "compared"})

    page: tuple[Page, ...] = ()
    compared: tuple[Comparison, ...] = ()


def dated_before_it_came(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A paper is written, then it comes, then it is entered."""
    said = command.document
    if not isinstance(said, PaperReport) or said.dated_on <= said.received_on <= now.date():
        return None
    return Finding(
        rule_id="paper-days-in-order",
        message=f"The paper is dated {said.dated_on}, came on {said.received_on}, and today is {now.date()}.",
        pointer="/dated_on" if said.dated_on > said.received_on else "/received_on",
        law=_LAW,
        fix="Give the day that stands on the paper, and the day on which it came.",
    )


def entered_once(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """The same paper reports the same act once."""
    said, papers = command.document, case.streams.get("paper")
    if not isinstance(said, PaperReport) or papers is None:
        return None
    same = [
        page for page in papers.page if (page.stream, page.event, page.scan) == (said.stream, said.event, said.scan)
    ]
    if not same:
        return None
    return Finding(
        rule_id="paper-entered-once",
        message=f"This very scan is on file as the paper that reports {said.event} on {said.stream}.",
        pointer="/scan",
        value=said.scan,
        fix="Nothing needs to be done; another paper has another scan.",
    )


PAPER = Process(
    name="paper",
    title="Papers of States that are not connected",
    one_per="case",
    instance=Papers,
    states={START: "No papers", "on_file": "Papers are on file"},
    steps=[
        Step(
            name="enter",
            title="Enter a letter, e-mail or fax",
            source=(START, "on_file"),
            target="on_file",
            event="PaperEntered",
            by=(Role.CLOCK,),
            law=_LAW,
            takes=PaperReport,
            records=("page",),
            guards=(dated_before_it_came, entered_once),
        ),
        Step(
            name="confirm",
            title="Note that a sealed message says what a paper said",
            source=("on_file",),
            target=None,
            event="PaperConfirmed",
            by=(Role.CLOCK,),
            law=_LAW,
            takes=PaperComparison,
            records=("compared",),
        ),
        Step(
            name="contradict",
            title="Note that a sealed message says something else than a paper",
            source=("on_file",),
            target=None,
            event="PaperContradicted",
            by=(Role.CLOCK,),
            law=_LAW,
            takes=PaperComparison,
            records=("compared",),
        ),
    ],
)
