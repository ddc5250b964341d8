"""The rules around completeness: rounds of questions, who is satisfied, when the notification is properly completed.

Regulation (EU) 2024/1157, Art. 8; Implementing Regulation (EU) 2025/1290, Art. 17(13).
"""

from datetime import datetime

from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command
from waste_bpm.processes.clocks import held
from waste_bpm.vocabulary import Finding, Role


def completed_first(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 8(12), 9(1): authorities decide once the notification is properly completed."""
    if any(answer.completed_on is not None for _, answer in case.of("answer")):
        return None
    return Finding(
        rule_id="completed-first",
        message="The authority of destination has not told that the notification is properly completed.",
        block="N19",
        law="Regulation (EU) 2024/1157, Art. 8(12), 9(1)",
        fix="Wait until all are satisfied and the authority of destination says so; the time to decide starts then.",
    )


def rounds_left(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 8(2)-(10): an authority asks no more often than the law lets it."""
    answer = case.streams.get(command.stream)
    limit = law.on("information_rounds", now.date())
    if limit is None or answer is None or len(answer.request) < int(str(limit.value)):
        return None
    return Finding(
        rule_id="information-rounds",
        message=f"The authority of {command.key} has asked {len(answer.request)} times, and may not ask again.",
        law=limit.reference,
        fix="Declare the notification complete, or invalid with what is still missing.",
    )


def rounds_used(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 8(5), 8(10): a notification becomes invalid after the last round, not before."""
    answer = case.streams.get(command.stream)
    limit = law.on("information_rounds", now.date())
    asked = len(answer.request) if answer is not None else 0
    if limit is None or asked >= int(str(limit.value)):
        return None
    return Finding(
        rule_id="information-rounds-left",
        message=f"The authority of {command.key} has asked {asked} times; the law lets it ask {limit.value} times.",
        law=limit.reference,
        fix="Ask for what is missing once more, before the notification is declared invalid.",
    )


def all_are_satisfied(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 8(12): destination declares it completed when every authority is satisfied."""
    waits = [
        slot.country
        for slot in case.slots
        if slot.role in (Role.TRANSIT_AUTHORITY, Role.IMPORT_AUTHORITY)
        if getattr(case.streams.get(f"answer/{slot.country}"), "complete_on", None) is None
    ]
    if not waits:
        return None
    return Finding(
        rule_id="all-satisfied",
        message=f"The notification is not complete for {', '.join(waits)} yet.",
        law="Regulation (EU) 2024/1157, Art. 8(12)",
        fix="Each authority says that it is satisfied; the silence of a transit State may stand for it after its term.",
    )


def others_are_satisfied(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Implementing Regulation (EU) 2025/1290, Art. 17(13): transit is satisfied by silence once the others are."""
    transmitted = case.streams.get("notification") is not None and case.streams["notification"].state == "transmitted"
    destination = [slot.country for slot in case.slots if slot.role is Role.IMPORT_AUTHORITY]
    complete = (getattr(case.streams.get(f"answer/{each}"), "complete_on", None) for each in destination)
    if transmitted and all(complete):
        return None
    return Finding(
        rule_id="others-satisfied",
        message="Dispatch and destination have not both marked the notification as complete.",
        law="Implementing Regulation (EU) 2025/1290, Art. 17(13)",
        fix="Wait for the authority of destination; the silence of a transit State counts only then.",
    )


def request_term_has_ended(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 8(7): the term to ask has ended before silence counts as satisfaction."""
    clock = held(case, command.stream, "destination_request")
    if clock is not None and clock.over(now):
        return None
    return Finding(
        rule_id="request-term-ended",
        message=f"The authority of {command.key} may still ask for information.",
        law="Regulation (EU) 2024/1157, Art. 8(7)",
        fix="Wait until the day after the last day for a request.",
    )


def completed_once(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Regulation (EU) 2024/1157, Art. 8(12): the notification is declared properly completed once."""
    answer = case.streams.get(command.stream)
    if answer is None or answer.completed_on is None:
        return None
    return Finding(
        rule_id="completed-once",
        message=f"The notification was declared properly completed on {answer.completed_on}.",
        law="Regulation (EU) 2024/1157, Art. 8(12)",
        fix="Decide within the time that began on that day.",
    )
