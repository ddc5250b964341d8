"""Where a file stands, and the flags on top of it: derived from the answers of all authorities, never set by anybody.

The phase is what people call the status of the notification. It is computed at a day; a flag (overdue, prohibited,
suspended by a change) is never a state. What is to be seen on a shipment is told by `overlays`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from waste_bpm.processes.answer import consent_window, missing_consents, open_changes
from waste_bpm.processes.case import Case
from waste_bpm.processes.clocks import overdue
from waste_bpm.processes.decision_steps import GIVEN
from waste_bpm.vocabulary import ALL_AUTHORITIES

WORDS = {
    "none": "Not begun",
    "draft": "Draft",
    "submitted": "Before the authority of export",
    "assessment": "In assessment by the authority of export",
    "transmitted": "Before all States concerned",
    "decision": "Decision required",
    "unlocked": "Unlocked for changes",
    "resubmitted": "Changed, before the authority of export",
    "consented": "Consented by all",
    "denied": "Denied",
    "consent_withdrawn": "Consent withdrawn",
    "invalid": "Declared invalid",
    "prohibited": "Under prohibition",
    "withdrawn": "Withdrawn",
    "expired": "Expired",
    "closed": "Closed",
}
"""The phases in the order in which a file meets them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """The phase of a file, in words, by which States it is so, and the flags on top of it."""

    code: str
    says: str
    by: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """Something that is so on top of a state: where, what, since when, and where it is written."""

    stream: str
    flag: str
    says: str
    law: str
    since: date | None = None


def phase(case: Case, day: date) -> Phase:
    """The phase of the file on a day."""
    code, by = _phase(case, day)
    flags = dict.fromkeys(each.flag for each in _standing(case))
    return Phase(code=code, says=WORDS[code], by=tuple(by), flags=tuple(flags))


def _phase(case: Case, day: date) -> tuple[str, list[str]]:
    notification = case.streams.get("notification")
    if notification is None:
        return "none", []
    if notification.state not in ("submitted", "transmitted"):
        return notification.state, []
    for code, holds in _ALONE.items():
        if by := [key for key, answer in case.of("answer") if holds(answer, day)]:
            return code, by
    if notification.state == "submitted":
        return ("assessment" if "assessment" in case.streams else "submitted"), []
    if consent_window(case) is not None or (not _waits(case) and not missing_consents(case, day)):
        window = consent_window(case)
        return ("expired" if window is not None and window[1] < day else "consented"), []
    return ("decision" if any(_is_answered(answer) for _, answer in case.of("answer")) else "transmitted"), _waits(case)


_ALONE: dict[str, Callable[[Any, date], bool]] = {
    "prohibited": lambda answer, day: answer.prohibited,
    "invalid": lambda answer, day: answer.state == "invalid",
    "denied": lambda answer, day: answer.state == "objected",
    "consent_withdrawn": lambda answer, day: answer.withdrawn(day),
}
"""What one authority alone makes of the file, the gravest first."""


def _is_answered(answer: Any) -> bool:
    """Whether the time to decide has begun by an acknowledgement, a completion or a decision."""
    names = ("acknowledged_on", "completed_on", "period_from", "decided_on", "counted_to")
    return any(getattr(answer, name) is not None for name in names)


def _waits(case: Case) -> list[str]:
    given = {key for key, answer in case.of("answer") if answer.state in GIVEN}
    concerned = dict.fromkeys(slot.country for slot in case.slots if slot.role in ALL_AUTHORITIES)
    return [country for country in concerned if country not in given]


def flags(case: Case, now: datetime) -> list[Flag]:
    """The flags of the file at a moment; those of its shipments are its `overlays`."""
    late = [
        Flag(
            stream=stream,
            flag="overdue",
            says=f"{clock.owes} was due on {clock.due}",
            law=clock.reference,
            since=clock.due,
        )
        for stream, clock in overdue(case, now)
        if not stream.partition("/")[2][:1].isdigit()
    ]
    return [*_standing(case), *late]


def _standing(case: Case) -> Iterator[Flag]:
    """What an authority or a change sets on the whole file."""
    for key, answer in case.of("answer"):
        if answer.prohibited:
            yield Flag(
                stream=f"answer/{key}",
                flag="prohibited",
                says=f"{key} has prohibited the file",
                law="Basel Art. 4(1), 4(2)",
                since=answer.prohibited_on,
            )
    for key in open_changes(case):
        yield Flag(
            stream=f"change/{key}",
            flag="suspended",
            says=f"departures wait until all authorities have agreed to change {key}",
            law="Regulation (EU) 2024/1157, Art. 17",
            since=case.streams[f"change/{key}"].asked_on,
        )
