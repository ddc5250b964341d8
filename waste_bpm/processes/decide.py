"""`decide` and `evolve`: from a command to events, and from an event to the case after it. Both are pure.

`decide` asks every guard and gives every reason at once. `evolve` asks no guard and no law: the event already carries
what applied, so a change of the law cannot rewrite history.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from waste_bpm.errors import NotFound, Refused
from waste_bpm.law.rules import Law
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case, Clock, Command, Event, Instance, Signature
from waste_bpm.processes.clocks import agreed, started
from waste_bpm.processes.process import START, Process, Step, Streams
from waste_bpm.vocabulary import Facts, Finding, Severity

Row = tuple[Process, Step, str]
"""A process, one of its steps, and the stream of the instance it is taken on."""


@lru_cache(maxsize=4096)
def rows_of(stream: str, step: str, regime: str | None = None) -> tuple[Row, ...]:
    """The rows that one act takes under a regime: the step itself and those that go with it; raises NotFound.

    Streams of rows that go with a step are named as far as the key of `stream` says; see `sibling`.
    """
    process = PROCESSES.get(stream.partition("/")[0])
    known = _known(process, stream, regime)
    row = known.by_name.get(step) if known else None
    if known is None or row is None:
        raise NotFound(_unknown(process, known, stream, step))
    beside = (_beside(name, stream, regime) for name in row.also)
    return ((known, row, stream), *(each for each in beside if each is not None))


def _known(process: Process | None, stream: str, regime: str | None) -> Process | None:
    """The process of a stream under a regime; None when no instance of one is named so."""
    if process is None or not process.written.fullmatch(stream.partition("/")[2]):
        return None
    return process if regime is None else process.under(regime)


def _unknown(process: Process | None, known: Process | None, stream: str, step: str) -> Finding:
    names = ", ".join(row.name for row in known.steps) if known else ", ".join(PROCESSES)
    if process is None:
        what = f"There is no process {stream!r}"
    elif known is None:
        what = f"{stream!r} does not name an instance of {process.name}, of which there is one per {process.one_per}"
    else:
        what = f"{process.title} has no step {step!r}"
    return Finding(rule_id="step-unknown", message=f"{what}.", fix=f"There are: {names}.")


def _beside(name: str, stream: str, regime: str | None) -> Row | None:
    """A row that goes with a step; None where the procedure of the regime does not have it."""
    process, _, step = name.partition(".")
    known = PROCESSES[process] if regime is None else PROCESSES[process].under(regime)
    row = known.by_name.get(step)
    return None if row is None else (known, row, sibling(process, stream))


def rows_for(case: Case, command: Command, regime: str | None) -> tuple[Row, ...]:
    """The rows that a command takes, each on the streams that its key, its document and the case say.

    Before its document is seen, a row whose stream only the document names is not judged.
    """
    rows = rows_of(command.stream, command.step, regime)
    if len(rows) == 1:
        return rows
    where = rows[0][1].where
    return (rows[0], *(row for each in rows[1:] for row in _placed(each, where, case, command)))


def _placed(row: Row, where: Mapping[str, Streams], case: Case, command: Command) -> Iterator[Row]:
    process, step, _ = row
    streams = where.get(f"{process.name}.{step.name}")
    if streams is None:
        stream = sibling(process.name, command.stream, command.document)
        if command.document is not None or process.written.fullmatch(stream.partition("/")[2]):
            yield process, step, stream
    else:
        yield from ((process, step, stream) for stream in streams(case, command))


def sibling(process: str, stream: str, document: Any = None) -> str:
    """The stream of another process that concerns the same case, State or shipment as `stream`.

    What its key does not say is taken from the document: the State that a reply is for, the number of a return case.
    """
    other = PROCESSES[process]
    if not other.parts:
        return process
    place = PROCESSES[stream.partition("/")[0]].place(stream)
    said = (place.get(part) or getattr(document, part, None) for part in other.parts)
    return "/".join((process, *(str(each) for each in said if each is not None)))


@cache
def followers(process: str, event: str) -> tuple[tuple[Process, Step], ...]:
    """The rows that a node takes by itself after an event of this process."""
    before = PROCESSES[process].by_event[event].name
    return tuple(
        (other, step) for other in PROCESSES.values() for step in other.steps if f"{process}.{before}" in step.follows
    )


def state_of(case: Case, stream: str) -> str:
    """The state in which a process instance is; `none` before its first event."""
    instance = case.streams.get(stream)
    return START if instance is None else instance.state


def findings(case: Case, command: Command, law: Law, now: datetime, *, at_home: bool = True) -> list[Finding]:
    """Everything that speaks against taking the step now, errors and warnings; empty when nothing does.

    Away from home the state is not judged, nor anything by a guard that asks what only the home knows.
    """
    return _found(rows_for(case, command, law.regime), case, command, law, now, at_home=at_home)


def _found(
    rows: Iterable[Row], case: Case, command: Command, law: Law, now: datetime, *, at_home: bool = True
) -> list[Finding]:
    found: list[Finding] = []
    for row in rows:
        told: list[Finding] = []
        for guard in row[1].guards:
            if at_home or not hasattr(guard, "__at_home_only__"):
                finding = guard(case, command, law, now)
                if finding is not None:
                    told += finding if isinstance(finding, tuple) else (finding,)
        if at_home:
            found.extend(_shape_of_row(row, case, command, told))
        found += told
    return found


def refusing(found: Iterable[Finding]) -> list[Finding]:
    """The findings that refuse a step; a warning does not."""
    return [finding for finding in found if finding.severity is Severity.ERROR]


def _shape_of_row(row: Row, case: Case, command: Command, told: list[Finding]) -> Iterator[Finding]:
    """Whether the row can be taken at all: from this state, and with a document.

    Where the document on file is not replaced any more, its seals say so field by field, and say it better.
    """
    process, step, stream = row
    state = state_of(case, stream)
    if process.after(state, step.name) is None and not (step.replaces and refusing(told)):
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
    """The events that the command causes; raises Refused with all findings, NotFound for a step that is not there.

    What is only warned of is recorded with the first event. A moment is kept to the second, as every message says it,
    so that all nodes know the same one.
    """
    rows = rows_for(case, command, law.regime)
    found = _found(rows, case, command, law, now)
    if found and refusing(found):
        raise Refused(found)
    occurred = (command.occurred_at or now).replace(microsecond=0)
    events = [_event(case, row, command, law, occurred) for row in rows]
    if found:
        events[0] = replace(events[0], flags=tuple(dict.fromkeys(finding.rule_id for finding in found)))
    return events


def reported(case: Case, command: Command, law: Law, occurred: datetime, medium: str) -> list[Event]:
    """The events that a paper reports, with the clocks that they start by our law; no guard can refuse what happened.

    What our own reading of the law would have answered otherwise is flagged.
    """
    flags = tuple(dict.fromkeys(finding.rule_id for finding in findings(case, command, law, occurred, at_home=False)))
    events = [_event(case, row, command, law, occurred) for row in rows_for(case, command, law.regime)]
    return [replace(event, home=False, edition=None, flags=flags, on_paper=medium) for event in events]


def _event(case: Case, row: Row, command: Command, law: Law, occurred: datetime) -> Event:
    _, step, stream = row
    instance = case.streams.get(stream)
    facts = facts_of(step, command.document)
    clocks = tuple(_clocks(case, row, command, facts, law, occurred)) if step.starts or step.agreed else ()
    restarted = {f"{stream}:{clock.rule}" for clock in clocks}
    stopped = stopped_by(step, stream, command.document) if step.stops else ()
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
        clocks=clocks,
        stopped=tuple(name for name in stopped if name not in restarted) if restarted else stopped,
        edition=law.edition,
        persons=command.persons,
    )


def facts_of(step: Step, document: Any) -> Facts:
    """What the event of a step keeps of the document, blanks left out: the same at home and from a peer's message."""
    if document is None or not step.records:
        return {}
    return {name: value for name, value in _keeper(step.records)(document).items() if value is not None}


@cache
def _keeper(names: tuple[str, ...]) -> Callable[[Any], dict[str, Any]]:
    get = attrgetter(*names)
    kept = [name.rpartition(".")[2] for name in names]
    if len(names) == 1:
        return lambda document: {kept[0]: get(document)}
    return lambda document: dict(zip(kept, get(document), strict=True))


def _clocks(case: Case, row: Row, command: Command, facts: Facts, law: Law, occurred: datetime) -> Iterator[Clock]:
    """The clocks that a row starts: its facts give the first days."""
    _, step, stream = row
    asked = replace(command, stream=stream, occurred_at=occurred)
    runs = {name: fact for name, fact in step.starts.items() if _runs(step, name, case, asked)}
    yield from started(runs, facts, case, asked, law)
    if step.agreed:
        yield from agreed(step.agreed, facts, law, occurred)


def _runs(step: Step, clock: str, case: Case, command: Command) -> bool:
    condition = step.runs_if.get(clock)
    return condition is None or condition(case, command)


def stopped_by(step: Step, stream: str, document: Any = None) -> tuple[str, ...]:
    """The clocks that a step on this stream stops, as `stream:rule`."""
    names = (name.rpartition(".") for name in step.stops)
    return tuple(f"{sibling(process, stream, document) if process else stream}:{rule}" for process, _, rule in names)


def evolve(case: Case, event: Event) -> Case:
    """The case after the event; only the event's own stream changes."""
    process = PROCESSES[event.process]
    instance = case.streams.get(event.stream) or process.unbegun
    said = dict(event.facts)
    for name in instance.appends & said.keys():
        said[name] = (*getattr(instance, name), said[name])
    step = process.by_event[event.type]
    said["state"] = step.target or instance.state
    said["version"] = event.version
    if event.document:
        said["documents"] = (*instance.documents, event.document)
    if event.clocks:
        said["clocks"] = (*instance.clocks, *event.clocks)
    if instance.timed:
        said["moments"] = (*instance.moments, *_moments(instance, event))
    if step.seals:
        said["signed"] = (*instance.signed, *_signatures(step, event))
    if event.stopped:
        said["stopped"] = _stopped(instance.stopped, event)
    return case.with_stream(event.stream, instance.becoming(said))


def _signatures(step: Step, event: Event) -> Iterator[Signature]:
    for stage in step.seals:
        yield Signature(by=event.by, role=event.role, at=event.occurred_at, step=step.name, stage=stage)


def _moments(instance: Instance, event: Event) -> Iterator[tuple[str, datetime]]:
    """The values whose moment the instance remembers."""
    return ((str(event.facts[name]), event.occurred_at) for name in sorted(instance.timed & event.facts.keys()))


def _stopped(before: tuple[tuple[str, datetime], ...], event: Event) -> tuple[tuple[str, datetime], ...]:
    """The clocks that a stream has stopped, each with the last moment at which it did."""
    return tuple({**dict(before), **dict.fromkeys(event.stopped, event.occurred_at)}.items())


def fold(case_id: str, events: Iterator[Event] | list[Event]) -> Case:
    """The case that these events make, in the order given."""
    case = Case(id=case_id)
    for event in events:
        case = evolve(case, event)
    return case
