"""The answer of one authority to a notification: one instance per State concerned (Basel Art. 6(2), 6(4)).

`consents_in_force` is the predicate on which every departure turns (Basel Art. 6(3), 6(4)): no single status of the
notification could hold what each State said.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from operator import is_
from typing import Any, ClassVar

from waste_bpm.law import countries
from waste_bpm.processes.answer_steps import BEFORE_DECISION
from waste_bpm.processes.case import Case, Instance
from waste_bpm.processes.decision_steps import DECISIONS, GIVEN, PROHIBITION
from waste_bpm.processes.process import START, Process
from waste_bpm.vocabulary import ALL_AUTHORITIES, Quantity, Role, Slot


@dataclass(frozen=True, kw_only=True)
class Answer(Instance):
    """What a case remembers of one authority's answer."""

    appends: ClassVar[frozenset[str]] = frozenset({"request", "reply"})
    timed: ClassVar[frozenset[str]] = frozenset({"request"})

    country: str | None = None
    received_on: date | None = None
    validated_on: date | None = None
    read_on: date | None = None
    acknowledged_on: date | None = None
    request: tuple[str, ...] = ()
    reply: tuple[str, ...] = ()
    reply_on: date | None = None
    complete_on: date | None = None
    completed_on: date | None = None
    period_from: date | None = None
    declared_on: date | None = None
    decided_on: date | None = None
    decision: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    contract_confirmed: bool | None = None
    most_quantity: Quantity | None = None
    most_shipments: int | None = None
    effective_on: date | None = None
    counted_to: date | None = None
    prohibited_on: date | None = None
    lifted_on: date | None = None

    @property
    def decisions(self) -> int:
        """The number of the decision in force: the first is 1."""
        return 1 if self.decision is None else self.decision

    @property
    def prohibited(self) -> bool:
        """Whether the authority prohibits the file."""
        return self.prohibited_on is not None and (self.lifted_on is None or self.lifted_on < self.prohibited_on)

    @property
    def begins(self) -> date | None:
        """The first day of a written consent; for a tacit one, the day after the last day for an answer."""
        if self.valid_from is None and self.counted_to is not None:
            return self.counted_to + timedelta(days=1)
        return self.valid_from

    def covers(self, day: date) -> bool:
        """Whether the consent that was given, in writing or tacitly, covers a day."""
        return self.begins is not None and self.begins <= day and (self.valid_until is None or day <= self.valid_until)

    def withdrawn(self, day: date) -> bool:
        """Whether a withdrawal is in effect on a day."""
        return self.state == "consent_withdrawn" and (self.effective_on is None or self.effective_on <= day)


_KEPT = "consents"


def missing_consents(case: Case, day: date) -> list[str]:
    """What each State concerned still owes for a departure on this day; empty when waste may move.

    A case remembers what it found for the day asked last, while its answers and changes stand as they did.
    """
    notification = case.streams.get("notification")
    if notification is None or notification.state != "transmitted":
        return ["the notification is not before the States concerned"]
    basis = (notification.slots, *(each for _, each in case.of("answer")), *(each for _, each in case.of("change")))
    known: tuple[date, tuple[Any, ...], tuple[str, ...]] | None = case.memory.get(_KEPT)
    if known is not None and known[0] == day and len(known[1]) == len(basis) and all(map(is_, known[1], basis)):
        return list(known[2])
    missing = _owed(case, notification, day)
    case.memory[_KEPT] = (day, basis, tuple(missing))
    return missing


def _owed(case: Case, notification: Any, day: date) -> list[str]:
    missing = [
        problem
        for slot in notification.slots
        if slot.role in ALL_AUTHORITIES and (problem := _missing(case, slot, day)) is not None
    ]
    return missing + [f"change {key} waits for all authorities" for key in open_changes(case)]


def open_changes(case: Case) -> list[str]:
    """The numbers of the changes that suspend departures: material, and not yet agreed to or refused."""
    return [key for key, change in case.of("change") if change.state == "asked" and change.material]


def _missing(case: Case, slot: Slot, day: date) -> str | None:
    answer: Answer = case.streams.get(f"answer/{slot.country}") or Answer()
    problem = None
    if answer.prohibited:
        problem = f"{slot.country} prohibits the file"
    elif answer.state not in (*GIVEN, "objected", "consent_withdrawn"):
        problem = f"{slot.country} has not consented" if _consent_needed(slot, day) else None
    elif answer.state == "objected":
        problem = f"{slot.country} objects"
    elif answer.withdrawn(day):
        problem = f"{slot.country} has withdrawn its consent"
    elif not answer.covers(day):
        problem = f"the consent of {slot.country} holds from {answer.begins} to {answer.valid_until}"
    elif slot.role is Role.IMPORT_AUTHORITY and answer.state == "consented" and not answer.contract_confirmed:
        problem = f"{slot.country} has not confirmed the contract"
    return problem


def _consent_needed(slot: Slot, day: date) -> bool:
    """A transit State that is not a Party is notified (Basel Art. 7), but its consent is not required."""
    return slot.role is not Role.TRANSIT_AUTHORITY or countries.is_basel_party(slot.country, day) is not False


def consent_window(case: Case) -> tuple[date, date] | None:
    """The days that every consent covers: the latest first day to the earliest last one; None while one is missing."""
    states = [slot.country for slot in case.slots if slot.role in ALL_AUTHORITIES]
    answers = [answer for key, answer in case.of("answer") if key in states and answer.state in GIVEN]
    if len(answers) < len(set(states)) or not answers:
        return None
    first = max(answer.begins for answer in answers)
    last = min(answer.valid_until for answer in answers)
    return (first, last) if first <= last else None


ANSWER = Process(
    name="answer",
    title="Answer of an authority",
    one_per="authority",
    instance=Answer,
    states={
        START: "Awaited",
        "received": "Received",
        "acknowledged": "Acknowledged",
        "information_requested": "Information requested",
        "complete": "Complete for this authority",
        "consented": "Consented",
        "tacit": "Tacitly consented",
        "objected": "Objected",
        "consent_withdrawn": "Consent withdrawn",
        "invalid": "Declared invalid",
    },
    steps=[*BEFORE_DECISION, *DECISIONS, *PROHIBITION],
)
