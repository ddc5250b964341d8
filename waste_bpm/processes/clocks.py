"""The deadlines of a case: which run, until when, and how each starts and ends. Stored facts, computed days.

An event keeps the clock as it applied when it started, so a later change of the law or of a calendar moves no day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from waste_bpm.law.calendars import Calendar
from waste_bpm.law.deadlines import Deadline, known_end
from waste_bpm.law.rules import Law
from waste_bpm.law.values import Rule
from waste_bpm.processes.acting import calendar_of
from waste_bpm.processes.case import Case, Clock, Command, Instance, civil_day
from waste_bpm.vocabulary import ALL_AUTHORITIES, Slot


def started(
    starts: Mapping[str, str | tuple[str, ...]], facts: Mapping[str, object], case: Case, command: Command, law: Law
) -> Iterator[Clock]:
    """The clocks that an act starts; none where the regime has no such rule or sets no number.

    An act that holds several days offers them all; the rule says from which of them it counts.
    """
    for name, offered in starts.items():
        rule = law.rules.get(name)
        acting = _acting(case, command, rule) if rule is not None else None
        if rule is None or rule.started_by not in (None, command.role, acting.role if acting else None):
            continue
        calendar = calendar_of(law, acting)
        start = _first_day(rule, offered, facts, command.occurred_at, calendar)
        end = known_end(rule, start, calendar) if start is not None else None
        if end is not None and end.due is not None:
            yield _clock(rule, end, command, acting)


def _first_day(
    rule: Rule,
    offered: str | tuple[str, ...],
    facts: Mapping[str, object],
    occurred: datetime | None,
    calendar: Calendar | None,
) -> date | None:
    if offered == "occurred":
        return civil_day(occurred, calendar.zone if calendar else None) if occurred else None
    days = offered if isinstance(offered, tuple) else (offered,)
    start = facts.get(rule.counts_from if rule.counts_from in days else days[0])
    return start if isinstance(start, date) else None


def _acting(case: Case, command: Command, rule: Rule) -> Slot | None:
    """Who has to act: the authority of the State whose stream it is, else whoever holds the role that owes."""
    country = command.stream.rpartition("/")[2]
    for slot in case.slots:
        if slot.role in ALL_AUTHORITIES and slot.country == country:
            return slot
    return next((slot for slot in case.slots if slot.role is rule.owed_by), None)


def _clock(rule: Rule, end: Deadline, command: Command, acting: Slot | None) -> Clock:
    owed_by = acting.role if acting is not None and rule.owed_by in ALL_AUTHORITIES else rule.owed_by
    return Clock(
        rule=rule.id,
        start=end.start,
        due=end.due or end.start,
        owed_by=owed_by or command.role,
        owes=rule.owes or "",
        reference=end.reference or "",
        uncounted=len(end.uncounted) or None,
        falls_on=end.falls_on,
        zone=end.zone,
        pauses=True if rule.pauses else None,
        since=command.occurred_at,
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
        (stream, _with_pauses(case, instance, clock) if clock.pauses else clock)
        for stream, instance in case.streams.items()
        for clock in {clock.rule: clock for clock in instance.clocks}.values()
        if clock.since is None or not _ended(stopped.get(f"{stream}:{clock.rule}"), clock.since)
    ]
    return sorted(found, key=lambda item: item[1].due)


def _with_pauses(case: Case, instance: Instance, clock: Clock) -> Clock:
    """The clock with its last day moved by the days from each request of its authority to the reply.

    It is computed from what all have been told, so every node counts alike; while a reply is out it stands still.
    """
    replied = dict(case.streams["notification"].moments) if "notification" in case.streams else {}
    days, stands = timedelta(), False
    for request, moment in instance.moments:
        if clock.since is None or moment >= clock.since:
            reply = replied.get(request)
            stands = stands or reply is None
            days += (civil_day(reply, clock.zone) - civil_day(moment, clock.zone)) if reply else timedelta()
    return replace(clock, due=clock.due + days, stands=stands or None)


def _ended(stopped: datetime | None, since: datetime) -> bool:
    return stopped is not None and stopped >= since


def held(case: Case, stream: str, rule: str) -> Clock | None:
    """The running clock of a rule on a stream."""
    return next((clock for name, clock in open_clocks(case) if name == stream and clock.rule == rule), None)


def overdue(case: Case, now: datetime) -> Iterator[tuple[str, Clock]]:
    """The deadlines that passed and whose act is still owed."""
    return ((stream, clock) for stream, clock in open_clocks(case) if clock.over(now))
