"""Time passes: the steps that a node owes when a deadline of its own streams has ended.

A deadline lapses only at its home: the node that recorded the event which started it. Where the procedure has a step
for its end (a silence that consents), the clock takes it, if the law lets it; else the breach is recorded, once. A
state is never changed on a guess.
"""

from datetime import timedelta

from sqlalchemy import select

from waste_bpm.casework import record
from waste_bpm.casework.line import Outcome, take
from waste_bpm.casework.node import Folded, Node
from waste_bpm.casework.store import DEADLINE, EVENT
from waste_bpm.documents.deadlines import DeadlineBreach
from waste_bpm.errors import Refused
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Clock, Command, Event
from waste_bpm.processes.clocks import held
from waste_bpm.processes.deadlines import STREAM, breached
from waste_bpm.vocabulary import Role

_RUNNING = select(DEADLINE.c.case_id, DEADLINE.c.stream, DEADLINE.c.rule).where(DEADLINE.c.running)
_LINES = select(EVENT.c.body).order_by(EVENT.c.version.desc())
_DAY = timedelta(days=1)


def lapse(node: Node) -> list[Outcome]:
    """Take every step that the clock owes by now, and record every breach; nothing twice, however often it is asked."""
    tomorrow = (node.clock() + _DAY).date().isoformat()
    due = node.store.rows(_RUNNING.where(DEADLINE.c.due <= tomorrow).order_by(DEADLINE.c.due, DEADLINE.c.stream))
    outcomes = [_ended(node, row.case_id, row.stream, row.rule) for row in due]
    return [outcome for outcome in outcomes if outcome is not None]


def _ended(node: Node, case_id: str, stream: str, rule: str) -> Outcome | None:
    """What the end of one deadline leads to; None when it has not ended, or nothing is left to do."""
    with node.store.transaction():
        return _end(node, node.folded(case_id), stream, rule)


def _end(node: Node, folded: Folded, stream: str, rule: str) -> Outcome | None:
    now, case_id = node.clock(), folded.case.id
    clock, starter = held(folded.case, stream, rule), _starter(node, case_id, stream, rule)
    if clock is None or starter is None or not starter.home or not clock.over(now):
        return None
    return _lapsed(node, folded, stream, clock, starter) or _breached(node, folded, stream, clock, starter)


def _starter(node: Node, case_id: str, stream: str, rule: str) -> Event | None:
    """The event that started the clock of a rule on a stream, the last if there were several."""
    lines = node.store.rows(_LINES.where(EVENT.c.case_id == case_id, EVENT.c.stream == stream))
    events = (record.event_of(line.body) for line in lines)
    return next((event for event in events if any(clock.rule == rule for clock in event.clocks)), None)


def _lapsed(node: Node, folded: Folded, stream: str, clock: Clock, starter: Event) -> Outcome | None:
    """The step that the end of the rule takes; None where there is none, or the law does not let it be taken."""
    law = node.law_of(folded.case)
    process = PROCESSES[stream.partition("/")[0]].under(law.regime)
    step = next((step for step in process.steps if clock.rule in step.lapses), None)
    if step is None or step.drawn_up is None:
        return None
    document = step.drawn_up(folded.case, stream, clock, law)
    command = Command(stream=stream, step=step.name, by=starter.by, role=Role.CLOCK, document=document)
    return None if document is None else _taken(node, folded, command)


def _breached(node: Node, folded: Folded, stream: str, clock: Clock, starter: Event) -> Outcome | None:
    if breached(folded.case, stream, clock):
        return None
    document = DeadlineBreach(
        stream=stream, rule=clock.rule, start=clock.start, due=clock.due, reference=clock.reference
    )
    command = Command(stream=STREAM, step="breach", by=starter.by, role=Role.CLOCK, document=document)
    return _taken(node, folded, command)


def _taken(node: Node, folded: Folded, command: Command) -> Outcome | None:
    try:
        return take(node, folded, command, node.clock())
    except Refused:
        return None
