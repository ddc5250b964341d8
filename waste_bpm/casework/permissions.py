"""Who may take a step: derived from the `by` of the step row and the party slots of the case. There is no other table.

A party holds a role in a case because the notification names it there (blocks 1, 2, 8, 9, 10, 15). An authority speaks
for its own State, an office for its own border point.
"""

from collections.abc import Iterable, Iterator

from waste_bpm.documents.model import Document
from waste_bpm.documents.notification import Notification
from waste_bpm.errors import NotPermitted
from waste_bpm.processes.case import Case
from waste_bpm.processes.process import Process, Step
from waste_bpm.vocabulary import Finding, Role, Slot


def slots(case: Case, document: Document | None = None) -> tuple[Slot, ...]:
    """Who holds which role: what the notification on file says, or the one that begins the case."""
    notification = case.streams.get("notification")
    if notification is not None and notification.state != "draft":
        return tuple(notification.slots)
    if isinstance(document, Notification):
        return document.slots
    return tuple(notification.slots) if notification is not None else ()


def role_for(process: Process, step: Step, stream: str, party: str, held: Iterable[Slot]) -> Role:
    """The role in which the party may take the step; raises NotPermitted naming what is missing."""
    key = stream.partition("/")[2]
    named = list(_fitting(process, step, key, held))
    for slot in named:
        if slot.party == party:
            return slot.role
    raise NotPermitted(_missing(step, party, named))


def _fitting(process: Process, step: Step, key: str, held: Iterable[Slot]) -> Iterator[Slot]:
    """The slots that may take this step on this instance."""
    for slot in held:
        if slot.role not in step.by:
            continue
        if process.one_per == "authority" and slot.country != key:
            continue
        if process.one_per == "office" and slot.party != key.partition("/")[2]:
            continue
        yield slot


def _missing(step: Step, party: str, named: list[Slot]) -> Finding:
    roles = " or ".join(role.replace("_", " ") for role in step.by) or "nobody alone: it goes with another step"
    if named:
        who = ", ".join(
            dict.fromkeys(f"{slot.party} ({slot.role.replace('_', ' ')} of {slot.country})" for slot in named)
        )
        fix = f"Ask {who}."
    elif Role.CLOCK in step.by:
        fix = "The node takes this step by itself when the deadline has passed."
    else:
        fix = "The notification names no party in this role here."
    return Finding(
        rule_id="role-missing",
        message=f"{step.title} is for the {roles}; {party} does not hold this role here.",
        value=party,
        law=step.law,
        fix=fix,
    )
