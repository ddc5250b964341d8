"""Who may take a step: derived from the `by` of the step row and the party slots of the case. There is no other table.

A party holds a role in a case because the document that began it names it there; for a notification, blocks 1, 2, 8,
9, 10, 15. An authority speaks for its own State, an office for its own border point.
"""

from collections.abc import Iterable, Iterator

from waste_bpm.documents.model import Document
from waste_bpm.errors import NotPermitted
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case
from waste_bpm.processes.process import Process, Step
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.utility_blocks.envelope import SIGNAL
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Finding, Role, Slot


def slots(case: Case, document: Document | None = None) -> tuple[Slot, ...]:
    """Who holds which role: what the document on file says that began the case, or the one that begins it now."""
    return case.slots or tuple(getattr(document, "slots", ()))


def role_for(process: Process, step: Step, stream: str, party: str, held: Iterable[Slot]) -> Role:
    """The role in which the party may take the step; raises NotPermitted naming what is missing."""
    return roles_for(process, step, stream, party, held)[0]


def roles_for(process: Process, step: Step, stream: str, party: str, held: Iterable[Slot]) -> tuple[Role, ...]:
    """Every role in which the party may take the step, at least one; raises NotPermitted naming what is missing."""
    named = list(_fitting(process, step, stream, held))
    roles = tuple(slot.role for slot in named if slot.party == party)
    if not roles:
        raise NotPermitted(_missing(step, party, named))
    return roles


def _fitting(process: Process, step: Step, stream: str, held: Iterable[Slot]) -> Iterator[Slot]:
    """The slots that may take this step on this instance."""
    place = process.place(stream)
    country, office = place.get("country"), place.get("office")
    for slot in held:
        if slot.role not in step.by:
            continue
        elsewhere = slot.role in (*ALL_AUTHORITIES, *CUSTOMS) and country not in (None, slot.country)
        other = slot.role in CUSTOMS and office not in (None, slot.party)
        if not (elsewhere or other):
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
        fix = "The file names no party in this role here."
    return Finding(
        rule_id="role-missing",
        message=f"{step.title} is for the {roles}; {party} does not hold this role here.",
        value=party,
        law=step.law,
        fix=fix,
    )


def unruled() -> list[str]:
    """The steps and messages of which nothing says who may take or say them."""
    beside = {name for process in PROCESSES.values() for step in process.steps for name in step.also}
    steps = [(process, step) for process in PROCESSES.values() for step in process.steps]
    alone = [f"{process.name}.{step.name}" for process, step in steps if not step.by]
    said = {step.says for _, step in steps if step.by}
    signals = {name for name, message in MESSAGES.items() if message.package.header == SIGNAL}
    return [name for name in alone if name not in beside] + sorted(set(MESSAGES) - said - signals)
