"""How things stand on record: clocks, the order of recording, and what was heard from and said to others."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from waste_bpm.casework.dossier import Dossier, Problem, invariant
from waste_bpm.processes.case import civil_day
from waste_bpm.utility_blocks import gate
from waste_bpm.vocabulary import Role

_AHEAD = timedelta(minutes=5)
"""How far the clock of whoever acts may go before that of the node."""
_NODE = "engine: the log is the only truth"


@invariant("I-20", "Basel Art. 6(4), 8, 9")
def clocks_say_what_they_count(case: Dossier) -> Iterator[Problem]:
    """I-20: each deadline names its rule, where it is written and who owes what, and ends no sooner than it begins."""
    for event in case.events:
        for clock in event.clocks:
            if clock.due < clock.start:
                yield event.stream, f"{clock.rule} ends on {clock.due}, before it begins on {clock.start}"
            if not (clock.reference and clock.owes):
                yield event.stream, f"{clock.rule} does not say what is owed, or where that is written"


@invariant("I-21", "engine: a deadline is met, or its breach is on record once")
def breaches_are_recorded_once(case: Dossier) -> Iterator[Problem]:
    """I-21: the breach of a deadline is recorded once, after its last day, and only of a clock that was started."""
    seen: set[tuple[str, str, object]] = set()
    for event in case.of("DeadlineBreached"):
        breach = event.facts["breached"]
        started = [clock for each in case.on(breach.stream) for clock in each.clocks if clock.rule == breach.rule]
        name = (breach.stream, breach.rule, breach.start)
        if name in seen:
            yield breach.stream, f"the breach of {breach.rule} from {breach.start} is recorded twice"
        seen.add(name)
        of_it = [clock for clock in started if clock.due == breach.due] or started
        if civil_day(event.occurred_at, of_it[-1].zone if of_it else None) <= breach.due:
            yield breach.stream, f"the breach of {breach.rule} is recorded before {breach.due} has passed"
        if event.home and not started:
            yield breach.stream, f"{breach.rule} is breached, and no event of its stream started it"


@invariant("I-22", _NODE)
def time_does_not_go_back(case: Dossier) -> Iterator[Problem]:
    """I-22: along a case the moments of recording never go back, and nothing is recorded before it happened."""
    before = ""
    for event in case.events:
        recorded = case.recorded.get((event.stream, event.version))
        if recorded is None:
            continue
        if recorded < before:
            yield event.stream, f"version {event.version} was recorded at {recorded}, after a line of {before}"
        if event.home and event.occurred_at > datetime.fromisoformat(recorded) + _AHEAD:
            yield event.stream, f"version {event.version} happened at {event.occurred_at}, recorded at {recorded}"
        before = max(before, recorded)


@invariant("I-32", _NODE)
def what_was_heard_is_on_file(case: Dossier) -> Iterator[Problem]:
    """I-32: each report rests on a message or paper on file, and each message received stands in an inbox here."""
    said: set[tuple[str, int]] = set()
    for letter in case.letters:
        received = case.read[letter.id]
        if letter.home or not isinstance(received, gate.Received):
            continue
        said |= {(each.stream, each.version) for each in received.header.recorded}
        if received.header.recorded and letter.id not in case.inbox:
            yield letter.name, f"{letter.id} was received, and stands in nobody's inbox"
    reports = [event for event in case.events if not (event.home or event.on_paper)]
    unexplained = {
        event.document: event for event in reports if (event.stream, event.claimed or event.version) not in said
    }
    for event in list(unexplained.values())[case.forgotten :]:
        yield event.stream, f"{event.type} (version {event.version}) is reported by no message on file"
    yield from _on_no_paper(case)


def _on_no_paper(case: Dossier) -> Iterator[Problem]:
    """What is reported on paper is on record with its paper, alone or with what goes with it in one document."""
    pages = {(event.facts["page"].stream, event.facts["page"].version) for event in case.of("PaperEntered")}
    papers = [event for event in case.events if event.on_paper]
    filed = {event.document for event in papers if (event.stream, event.version) in pages}
    for event in papers:
        if event.document not in filed:
            yield event.stream, f"{event.type} (version {event.version}) is reported by no paper on record"


@invariant("I-33", "Basel Art. 6(1), 13")
def only_parties_are_told(case: Dossier) -> Iterator[Problem]:
    """I-33: what is said here of a case goes to its parties, and to the Secretariat, and to nobody else."""
    slots = {slot.party for event in case.events for slot in event.facts.get("slots", ())}
    for letter in case.letters:
        received = case.read[letter.id]
        if not letter.home or not isinstance(received, gate.Received) or not slots:
            continue
        for ref in received.header.receivers:
            if ref.id not in slots and ref.role is not Role.SECRETARIAT:
                yield letter.name, f"{letter.id} was written to {ref.id}, which has no part in the case"
