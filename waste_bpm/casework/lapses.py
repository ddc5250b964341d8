"""Time passes: the steps that a node owes when a deadline of its own streams has ended.

A deadline lapses only at its home. Today one rule ends in a step: the silence of a transit State that has waived
written consent (Basel Art. 6(4)). Any other deadline that has passed is shown as overdue and changes nothing by itself.
"""

from datetime import date, timedelta

from sqlalchemy import select

from waste_bpm.casework.line import Outcome, take
from waste_bpm.casework.node import Node
from waste_bpm.casework.store import DEADLINE
from waste_bpm.documents.answers import TacitConsent
from waste_bpm.errors import Refused
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Clock, Command
from waste_bpm.processes.decide import open_clocks
from waste_bpm.vocabulary import Role

_DUE = select(DEADLINE.c.case_id, DEADLINE.c.stream).where(DEADLINE.c.running).distinct()


def lapse(node: Node) -> list[Outcome]:
    """Take every step that the clock owes by now; what the law does not allow is left as it is."""
    now = node.clock()
    outcomes = []
    with node.store.transaction():
        for due in node.store.rows(_DUE.where(DEADLINE.c.rule == "transit_answer", DEADLINE.c.due < now.date())):
            outcome = _presume(node, due.case_id, due.stream)
            if outcome is not None:
                outcomes.append(outcome)
    return outcomes


def _presume(node: Node, case_id: str, stream: str) -> Outcome | None:
    folded = node.folded(case_id)
    case, country = folded.case, stream.partition("/")[2]
    authority = next(
        slot.party
        for slot in case.streams["notification"].slots
        if slot.role is Role.TRANSIT_AUTHORITY and slot.country == country
    )
    clock = next((clock for name, clock in open_clocks(case) if name == stream), None)
    document = tacit_consent(case, clock, country, node.law) if clock is not None else None
    if document is None or not node.directory.hosts(authority):
        return None
    command = Command(stream=stream, step="presume_consent", by=authority, role=Role.CLOCK, document=document)
    try:
        return take(node, folded, command, node.clock())
    except Refused:
        return None


def tacit_consent(case: Case, clock: Clock, country: str, law: Law) -> TacitConsent | None:
    """The record of a silence that consents; None where the State has not waived written consent (Basel Art. 6(4))."""
    waiver = law.waiver(country, clock.start)
    until: date | None = case.streams["notification"].last_departure
    if waiver is None or until is None:
        return None
    return TacitConsent(
        country=country,
        counted_from=clock.start,
        counted_to=clock.due,
        days=(clock.due - clock.start) // timedelta(days=1),
        waiver=waiver.source,
        valid_until=until,
    )
