"""Where a case stands, in words: its shipments, its ledger, who owes what, and which steps may be taken now."""

from collections.abc import Iterator
from typing import Any

from waste_bpm.casework import views
from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import waiting
from waste_bpm.casework.permissions import slots
from waste_bpm.cli.output import columns, plural
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case, Clock
from waste_bpm.processes.clocks import open_clocks
from waste_bpm.processes.ledger import Line, ledger
from waste_bpm.processes.return_case import concerned
from waste_bpm.vocabulary import Quantity


def told(standing: dict[str, Any]) -> Iterator[str]:
    """The phase of the file, by which States, and what is flagged on top of it."""
    by = f" ({', '.join(standing['by'])})" if standing["by"] else ""
    yield f"{standing['says']}{by}."
    for flag in standing["flags"]:
        yield f"  {flag['flag'].replace('_', ' ')}: {flag['says']} ({flag['stream']}; {flag['law']})"


def shipments(case: Case) -> Iterator[str]:
    """What became of each shipment, a sentence each."""
    for line in ledger(case).lines:
        yield f"Shipment {line.serial}: {'; '.join(_story(case, line))}."


def _story(case: Case, line: Line) -> Iterator[str]:
    streams, key = case.streams, str(line.serial)
    movement, receipt, disposal = (streams.get(f"{name}/{key}") for name in ("movement", "receipt", "disposal"))
    if line.state == "cancelled":
        yield "cancelled, and its number is not used again"
    elif movement is not None and receipt is None and movement.departed_at is None:
        said = {"planned": "planned", "captured": "recorded afterwards"}.get(line.state, "announced")
        yield f"{line.declared} {said} for {movement.shipment_date}"
    elif receipt is None:
        yield f"{line.declared} on the way since {movement.departed_at.date() if movement else '-'}"
        yield from _at_borders(case, line)
    else:
        yield f"{line.arrived} received on {receipt.received_on}"
        if line.rejected is not None:
            yield f"{line.accepted or 'nothing'} accepted, {line.rejected} rejected"
    if disposal is not None:
        operations = ", ".join(streams["notification"].operations)
        what = "through an interim operation" if disposal.interim_quantity is not None else "treated"
        amount = disposal.interim_quantity or line.treated
        yield f"{amount} {what} ({operations}) by {disposal.completed_on}"
    if disposal is not None and disposal.open_parts:
        parts = ", ".join(f"{amount} at {facility}" for facility, amount in disposal.open_parts.items())
        yield f"later certificates awaited: {parts}"
    yield from _going_back(case, key)


def _going_back(case: Case, serial: str) -> Iterator[str]:
    """What became of each part of a shipment that has to go back or elsewhere."""
    for key, part in case.of("return_case"):
        if key.partition("/")[0] == serial:
            answer = case.streams.get(f"take_back/{key}")
            informed = f"informed on {part.informed_on}" if part.informed_on else "not informed yet"
            ends = f", {PROCESSES['take_back'].states[answer.state].lower()}" if answer is not None else ""
            yield f"{concerned(case, key)} to go back, the State of export {informed}{ends}"


def _at_borders(case: Case, line: Line) -> Iterator[str]:
    """The last office that decided on a load under way."""
    decided = [
        (check.decided_at, office, check.state)
        for office, check in case.of("border_check")
        if office.partition("/")[0] == str(line.serial) and check.decided_at is not None
    ]
    if decided:
        at, office, state = max(decided)
        weighed = f" with {line.measured} weighed" if line.measured is not None else ""
        yield f"{state} at {office.partition('/')[2]} on {at.date()}{weighed}"


def book(case: Case) -> Iterator[str]:
    """The ledger as a table, and what is left in a sentence."""
    held = ledger(case)
    heads = ("SHIPMENT", "DECLARED", "WEIGHED", "RECEIVED", "ACCEPTED", "REJECTED", "TREATED", "TAKES")
    rows = [heads, *(_row(line) for line in held.lines)]
    if held.lines:
        yield from columns(rows)
    used = f"{len(held.counted)} of {held.shipments} shipments used"
    if held.left.base < 0:
        over = Quantity(-held.left.amount, held.left.unit)
        yield f"{over} more than the consented {held.consented}; {used}. Nothing more can be announced."
    else:
        yield f"{held.left} left of the consented {held.consented}; {used}."


def _row(line: Line) -> tuple[str, ...]:
    amounts = (line.declared, line.measured, line.arrived, line.accepted, line.rejected, line.treated)
    taken = "nothing" if line.state == "cancelled" else str(line.taken)
    return (str(line.serial), *("-" if each is None else str(each) for each in amounts), taken)


def owed(node: Node, case: Case) -> list[dict[str, Any]]:
    """The deadlines that run, each with the parties that owe."""
    rows = zip(views.deadlines(node, case), open_clocks(case), strict=True)
    return [row | {"parties": _debtors(case, stream, clock)} for row, (stream, clock) in rows]


def _debtors(case: Case, stream: str, clock: Clock) -> list[str]:
    """Who holds the role that owes; in the answer of a State, its own authority."""
    process, _, key = stream.partition("/")
    held = [slot for slot in slots(case) if slot.role is clock.owed_by and (process != "answer" or slot.country == key)]
    return list(dict.fromkeys(slot.party for slot in held))


def owed_words(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Who owes what until when, and by which law."""
    for row in rows:
        who = ", ".join(row["parties"]) or row["owed_by"].replace("_", " ")
        late = " OVERDUE." if row["overdue"] else " Most of the time has passed." if row["near"] else ""
        yield f"By {row['due']}, {who}: {row['owes']} ({row['stream']}; {row['reference']}).{late}"


def undelivered(node: Node, case_id: str) -> dict[str, int]:
    """How many letters of a case wait for each other node."""
    counts: dict[str, int] = {}
    for letter in waiting(node):
        if letter.case_id == case_id:
            counts[letter.node] = counts.get(letter.node, 0) + 1
    return counts


def undelivered_words(node: Node, counts: dict[str, int]) -> Iterator[str]:
    """Which nodes have not given receipts, and whom they serve."""
    for name, count in counts.items():
        served = [party.name for party in node.directory.parties.values() if party.node == name]
        yield f"{plural(count, 'letter')} without a receipt from the node {name!r} ({', '.join(served)})"


def permitted(node: Node, case: Case) -> list[dict[str, Any]]:
    """Every step that a party of this node may take now, before its document is seen."""
    parties = [each for each in dict.fromkeys(slot.party for slot in slots(case)) if node.directory.hosts(each)]
    return [
        {"party": party, "stream": stream, "step": step["step"], "title": step["title"], "takes": step["takes"]}
        for stream, _ in views.streams(case)
        for party in parties
        for step in views.steps(node, case, stream, party)
        if step["allowed"]
    ]
