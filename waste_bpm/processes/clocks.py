"""The deadlines of a case: which run, until when, and how each starts and ends. Stored facts, computed days.

An event keeps the clock as it applied when it started, so a later change of the law or of a calendar moves no day.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from waste_bpm.documents.deadlines import DeadlineBreach
from waste_bpm.law.rules import Law, Rule
from waste_bpm.processes.case import Case, Clock, Command, Instance
from waste_bpm.vocabulary import Finding, Role


def started(
    starts: Mapping[str, str], facts: Mapping[str, object], law: Law, occurred: datetime, role: Role
) -> Iterator[Clock]:
    """The clocks that an act starts; none where the regime has no such rule or sets no number."""
    for name, fact in starts.items():
        rule = law.rules.get(name)
        start = occurred.date() if fact == "occurred" else facts.get(fact)
        if rule is not None and isinstance(start, date) and rule.started_by in (None, role):
            yield from _clock(rule, start, occurred)


def _clock(rule: Rule, start: date, occurred: datetime) -> Iterator[Clock]:
    due, held = rule.due(start), rule.on(start)
    if due is not None and held is not None and rule.owed_by and rule.owes:
        yield Clock(
            rule=rule.id,
            start=start,
            due=due,
            owed_by=rule.owed_by,
            owes=rule.owes,
            reference=held.reference,
            since=occurred,
        )


def agreed(ends: Mapping[str, str], facts: Mapping[str, object], law: Law, occurred: datetime) -> Iterator[Clock]:
    """The clocks whose last day is what the States agreed on; each takes the place of the one that ran."""
    for name, fact in ends.items():
        due, held = facts.get(fact), law.on(name, occurred.date())
        rule = law.rules.get(name)
        if isinstance(due, date) and held is not None and rule is not None and rule.owed_by and rule.owes:
            yield Clock(
                rule=name,
                start=occurred.date(),
                due=due,
                owed_by=rule.owed_by,
                owes=rule.owes,
                reference=f"{held.reference}, the period that was agreed",
                since=occurred,
            )


def open_clocks(case: Case) -> list[tuple[str, Clock]]:
    """The deadlines that run, with the stream that started each, soonest first; one that starts anew counts once."""
    stopped: dict[str, datetime] = {}
    for instance in case.streams.values():
        for name, moment in instance.stopped:
            stopped[name] = max(moment, stopped.get(name, moment))
    found = [
        (stream, clock)
        for stream, instance in case.streams.items()
        for clock in {clock.rule: clock for clock in instance.clocks}.values()
        if clock.since is None or not _ended(stopped.get(f"{stream}:{clock.rule}"), clock.since)
    ]
    return sorted(found, key=lambda item: item[1].due)


def _ended(stopped: datetime | None, since: datetime) -> bool:
    return stopped is not None and stopped >= since


def held(case: Case, stream: str, rule: str) -> Clock | None:
    """The running clock of a rule on a stream."""
    return next((clock for name, clock in open_clocks(case) if name == stream and clock.rule == rule), None)


def overdue(case: Case, now: datetime) -> Iterator[tuple[str, Clock]]:
    """The deadlines that passed and whose act is still owed."""
    return ((stream, clock) for stream, clock in open_clocks(case) if clock.over(now))


def breached(instance: Instance | None, clock: Clock) -> bool:
    """Whether the breach of this very clock is on record."""
    known = () if instance is None else instance.breached
    return any((each.rule, each.start) == (clock.rule, clock.start) for each in known)


def clock_has_run_out(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A breach is recorded after the last day, once, and only of a deadline that runs."""
    document = command.document
    if not isinstance(document, DeadlineBreach):
        return None
    clock = held(case, command.stream, document.rule)
    if clock is not None and clock.over(now) and not breached(case.streams.get(command.stream), clock):
        return None
    state = "does not run here" if clock is None else f"ends on {clock.due}" if not clock.over(now) else "is on record"
    return Finding(
        rule_id="deadline-has-passed",
        message=f"The deadline {document.rule} {state}.",
        law=document.reference,
        fix="Only a deadline that runs, and whose last day has ended, is recorded as breached, and once.",
    )
