"""`decide` and `evolve`: from a command to events, and from an event to the case after it. Both are pure.

`decide` asks every guard and gives every reason at once. `evolve` asks no guard and no law: the event already carries
what applied, so a change of the law cannot rewrite history.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import Any

from waste_bpm.errors import NotFound, Refused
from waste_bpm.law.rules import Law
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case, Clock, Command, Event
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import Facts, Finding

Row = tuple[Process, Step, str]
"""A process, one of its steps, and the stream of the instance it is taken on."""


def rows_of(stream: str, step: str) -> list[Row]:
    """The rows that one act takes: the step itself and those that go with it; raises NotFound."""
    process = PROCESSES.get(stream.partition("/")[0])
    row = process.by_name.get(step) if process else None
    if process is None or row is None:
        known = ", ".join(process.by_name) if process else ", ".join(PROCESSES)
        what = f"{process.title} has no step {step!r}" if process else f"There is no process {stream!r}"
        raise NotFound(Finding(rule_id="step-unknown", message=f"{what}.", fix=f"There are: {known}."))
    return [(process, row, stream), *(_beside(name, stream) for name in row.also)]


def _beside(name: str, stream: str) -> Row:
    process, _, step = name.partition(".")
    return PROCESSES[process], PROCESSES[process].by_name[step], sibling(process, stream)


def sibling(process: str, stream: str) -> str:
    """The stream of another process that concerns the same case or shipment as `stream`."""
    if PROCESSES[process].one_per == "case":
        return process
    return f"{process}/{stream.partition('/')[2].partition('/')[0]}"


def state_of(case: Case, stream: str) -> str:
    """The state in which a process instance is; `none` before its first event."""
    instance = case.streams.get(stream)
    return START if instance is None else instance.state


def findings(case: Case, command: Command, law: Law, now: datetime, *, at_home: bool = True) -> list[Finding]:
    """Every reason why the step may not be taken now; empty when it may.

    Away from home the state is not judged, nor anything by a guard that asks what only the home knows.
    """
    found: list[Finding] = []
    for row in rows_of(command.stream, command.step):
        if at_home:
            found.extend(_shape_of_row(row, case, command))
        for guard in row[1].guards:
            if at_home or not hasattr(guard, "__at_home_only__"):
                finding = guard(case, command, law, now)
                if finding is not None:
                    found.append(finding)
    return found


def _shape_of_row(row: Row, case: Case, command: Command) -> Iterator[Finding]:
    """Whether the row can be taken at all: from this state, and with a document."""
    process, step, stream = row
    state = state_of(case, stream)
    if process.after(state, step.name) is None:
        yield _not_from_here(process, step, state)
    if step.takes is not None and not isinstance(command.document, step.takes):
        yield Finding(
            rule_id="document-missing",
            message=f"{step.title}: the document {step.takes.__name__} is missing.",
            law=step.law,
            fix="Send it with the step.",
        )


def _not_from_here(process: Process, step: Step, state: str) -> Finding:
    before = " or ".join(process.states[each] for each in step.source)
    return Finding(
        rule_id="step-not-from-here",
        message=f"{step.title}: not possible while it is {process.states[state]!r}; it must be {before!r}.",
        law=step.law,
        fix=_ways_there(process, step) or "This step begins the process and is taken once.",
    )


def _ways_there(process: Process, step: Step) -> str:
    ways = [other.title for other in process.steps if other.target in step.source and other.target != START]
    return f"First: {' or '.join(dict.fromkeys(ways))}." if ways else ""


def decide(case: Case, command: Command, law: Law, now: datetime) -> list[Event]:
    """The events that the command causes; raises Refused with all findings, NotFound for a step that is not there."""
    refused = findings(case, command, law, now)
    if refused:
        raise Refused(refused)
    occurred = command.occurred_at or now
    return [_event(case, row, command, law, occurred) for row in rows_of(command.stream, command.step)]


def _event(case: Case, row: Row, command: Command, law: Law, occurred: datetime) -> Event:
    _, step, stream = row
    instance = case.streams.get(stream)
    facts = facts_of(step, command.document)
    return Event(
        stream=stream,
        version=1 if instance is None else instance.version + 1,
        type=step.event,
        facts=facts,
        by=command.by,
        role=command.role,
        occurred_at=occurred,
        law=step.law,
        document=command.filed,
        clocks=tuple(_clocks(step, facts, command, law, occurred)) if step.starts else (),
        stopped=stopped_by(step, stream),
    )


def facts_of(step: Step, document: Any) -> Facts:
    """What the event of a step keeps of the document, blanks left out: the same at home and from a peer's message."""
    if document is None or not step.records:
        return {}
    return {name: value for name, value in _keeper(step.records)(document).items() if value is not None}


@cache
def _keeper(names: tuple[str, ...]) -> Callable[[Any], dict[str, Any]]:
    get = attrgetter(*names)
    if len(names) == 1:
        return lambda document: {names[0]: get(document)}
    return lambda document: dict(zip(names, get(document), strict=True))


def _clocks(step: Step, facts: Facts, command: Command, law: Law, occurred: datetime) -> Iterator[Clock]:
    for name, fact in step.starts.items():
        rule = law.rule(name)
        start: date = occurred.date() if fact == "occurred" else facts[fact]
        due, held = rule.due(start), rule.on(start)
        if due is None or held is None or rule.started_by not in (None, command.role):
            continue
        yield Clock(rule=name, start=start, due=due, owed_by=rule.owed_by, owes=rule.owes, reference=held.reference)


def stopped_by(step: Step, stream: str) -> tuple[str, ...]:
    """The clocks that a step on this stream stops, as `stream:rule`."""
    names = (name.rpartition(".") for name in step.stops)
    return tuple(f"{sibling(process, stream) if process else stream}:{rule}" for process, _, rule in names)


def evolve(case: Case, event: Event) -> Case:
    """The case after the event; only the event's own stream changes."""
    process = PROCESSES[event.process]
    instance = case.streams.get(event.stream) or process.instance()
    appended = {name: (*getattr(instance, name), event.facts[name]) for name in instance.appends & event.facts.keys()}
    changed = replace(
        instance,
        state=process.by_event[event.type].target or instance.state,
        version=event.version,
        documents=(*instance.documents, event.document) if event.document else instance.documents,
        clocks=(*instance.clocks, *event.clocks),
        stopped=(*instance.stopped, *event.stopped),
        **{**event.facts, **appended},
    )
    return case.with_stream(event.stream, changed)


def fold(case_id: str, events: Iterator[Event] | list[Event]) -> Case:
    """The case that these events make, in the order given."""
    case = Case(id=case_id)
    for event in events:
        case = evolve(case, event)
    return case


def open_clocks(case: Case) -> list[tuple[str, Clock]]:
    """The deadlines that run, with the stream that started each, soonest first."""
    stopped = {name for instance in case.streams.values() for name in instance.stopped}
    running = [
        (stream, clock)
        for stream, instance in case.streams.items()
        for clock in instance.clocks
        if f"{stream}:{clock.rule}" not in stopped
    ]
    return sorted(running, key=lambda item: item[1].due)
