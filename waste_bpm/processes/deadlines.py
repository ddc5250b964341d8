"""Deadlines that passed: each breach is on record once, on the node that owes the watch.

They have a stream of their own. What was agreed between States is told by messages, and each node counts the versions
of such a stream alike; a breach is found by one node and told to none, so it may not take a version of theirs.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from waste_bpm.documents.deadlines import DeadlineBreach
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Clock, Command, Instance
from waste_bpm.processes.clocks import held
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import Breach, Finding, Role

STREAM = "deadlines"


@dataclass(frozen=True, kw_only=True)
class Deadlines(Instance):
    """The deadlines of a file that passed without the act that was owed."""

    appends: ClassVar[frozenset[str]] = frozenset({"breached"})

    breached: tuple[Breach, ...] = ()


def breached(case: Case, stream: str, clock: Clock) -> bool:
    """Whether the breach of this very clock is on record."""
    known = case.streams[STREAM].breached if STREAM in case.streams else ()
    return any((each.stream, each.rule, each.start) == (stream, clock.rule, clock.start) for each in known)


def clock_has_run_out(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A breach is recorded after the last day, once, and only of a deadline that runs."""
    document = command.document
    if not isinstance(document, DeadlineBreach):
        return None
    clock = held(case, document.stream, document.rule)
    if clock is not None and clock.over(now) and not breached(case, document.stream, clock):
        return None
    state = "does not run here" if clock is None else f"ends on {clock.due}" if not clock.over(now) else "is on record"
    return Finding(
        rule_id="deadline-has-passed",
        message=f"The deadline {document.rule} {state}.",
        law=document.reference,
        fix="Only a deadline that runs, and whose last day has ended, is recorded as breached, and once.",
    )


DEADLINES = Process(
    name=STREAM,
    title="Deadlines that passed",
    one_per="case",
    instance=Deadlines,
    states={START: "No deadline has passed", "breached": "A deadline has passed without the act that was owed"},
    steps=[
        Step(
            name="breach",
            title="Record that a deadline has passed",
            source=(START, "breached"),
            target="breached",
            event="DeadlineBreached",
            by=(Role.CLOCK,),
            law="engine: a deadline is met, or its breach is on record once",
            takes=DeadlineBreach,
            records=("breached",),
            guards=(clock_has_run_out,),
        ),
    ],
)
