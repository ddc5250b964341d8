"""Who knows what of a case: what each node was told and how far that went, and what it told us.

Four layers that never stand for each other. *Stored*: the node has the bytes, its receipt says so. *Valid*: its gate
has passed them, as its slip or its report says. *Read*: an officer there has read it. *Acknowledged*: its authority has
acknowledged in the sense of the law, which alone starts a clock (Basel Art. 6(4)). Of the last two only a person's act
counts, by its own message or on paper. A layer that nobody has told of is blank: unknown here, and never assumed.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import select

from waste_bpm.casework import reading, views
from waste_bpm.casework.node import Node
from waste_bpm.casework.peers import on_paper, peers
from waste_bpm.casework.permissions import slots
from waste_bpm.casework.store import MESSAGE, OUTBOX
from waste_bpm.casework.undelivered import replaced_by
from waste_bpm.documents.signals import Overall, ValidationReport
from waste_bpm.processes.case import Case, Event
from waste_bpm.utility_blocks import gate
from waste_bpm.vocabulary import ALL_AUTHORITIES, Slot

_ACTS = {"valid": "NotificationValidated", "read": "NotificationRead", "acknowledged": "NotificationAcknowledged"}
"""By layer, what the authority of a State says of the notification."""
_ANSWERED = ("notification",)
"""The streams whose messages an authority acknowledges."""
_TRAVEL = select(OUTBOX).join(MESSAGE, MESSAGE.c.id == OUTBOX.c.message)


def knows(node: Node, case: Case) -> list[dict[str, Any]]:
    """For each node with a party of the case, this one included: its parties, what it was told, what it told us."""
    homes = _homes(node, case)
    letters = reading.messages(node, case.id)
    travel: dict[tuple[str, str], Any] = {
        (row.message, row.node): row for row in node.store.rows(_TRAVEL.where(MESSAGE.c.case_id == case.id))
    }
    found = views.events(node, case.id)
    reports = _reports(letters)
    known, papers = peers(node.store), on_paper(node.store)
    return [
        {
            "node": name,
            "here": name == node.directory.own,
            "reached": "here" if name == node.directory.own else "paper" if name in papers else _way(name in known),
            "parties": [{"party": slot.party, "role": slot.role, "country": slot.country} for slot in held],
            "told": list(_told(name, held, letters, travel, found, reports)),
            "not_yet": sum(1 for (_, to), row in travel.items() if to == name and row.state != "delivered"),
            "told_us": list(_told_us(node, held, letters, found)) if name != node.directory.own else [],
        }
        for name, held in homes.items()
    ]


def _way(registered: bool) -> str:
    return "peer" if registered else "not registered"


def _homes(node: Node, case: Case) -> dict[str, list[Slot]]:
    """The slots of a case by the nodes that keep the acts of their parties."""
    homes: dict[str, list[Slot]] = {}
    for slot in slots(case):
        party = node.directory.parties.get(slot.party)
        homes.setdefault(party.node if party is not None else "unknown", []).append(slot)
    return homes


def _told(
    name: str,
    held: Sequence[Slot],
    letters: Sequence[reading.Stored],
    travel: dict[tuple[str, str], Any],
    found: Sequence[Event],
    reports: dict[str, bool],
) -> Iterator[dict[str, Any]]:
    """Each letter of ours for a node, in order, with its layers."""
    for letter in letters:
        row = travel.get((letter.about["id"], name))
        if row is None:
            continue
        layers = _layers(row, letter, held, found, reports)
        yield {
            "message": letter.about["id"],
            "name": letter.about["name"],
            "written_at": row.written_at,
            "state": row.state,
            "replaced_by": replaced_by(row.reason),
            **layers,
        }


def _layers(
    row: Any, letter: reading.Stored, held: Sequence[Slot], found: Sequence[Event], reports: dict[str, bool]
) -> dict[str, Any]:
    slip = orjson.loads(row.slip) if row.slip else {}
    passed = True if slip.get("result") == "recorded" else reports.get(letter.about["id"])
    layers: dict[str, Any] = {"stored": row.delivered_at, "valid": passed, "read": None, "acknowledged": None}
    if any(stream in _ANSWERED for stream in letter.about["streams"]):
        countries = {slot.country for slot in held if slot.role in ALL_AUTHORITIES}
        acts = [event for event in found if event.process == "answer" and event.key in countries]
        said = {layer: [act for act in acts if act.type == type_] for layer, type_ in _ACTS.items()}
        layers["valid"] = True if said["valid"] else passed
        layers |= {layer: _act(said[layer]) for layer in ("read", "acknowledged")}
    return layers


def _act(acts: Sequence[Event]) -> dict[str, Any] | None:
    """The first act of a person that is the layer: by whom, when, and on paper if it is so."""
    if not acts:
        return None
    first = acts[0]
    return {"by": first.by, "at": first.occurred_at, "on_paper": first.on_paper}


def _reports(letters: Sequence[reading.Stored]) -> dict[str, bool]:
    """By message, what the last validation report about it says."""
    said: dict[str, bool] = {}
    for letter in letters:
        if letter.about["name"] == ValidationReport.__name__:
            document = gate.read(letter.data).document
            if isinstance(document, ValidationReport) and document.message is not None:
                said[document.message] = document.overall is not Overall.REJECTED
    return said


def _told_us(
    node: Node, held: Sequence[Slot], letters: Sequence[reading.Stored], found: Sequence[Event]
) -> Iterator[dict[str, Any]]:
    """What the parties of a node told us: each message that came, and each paper that was entered."""
    parties = {slot.party for slot in held}
    for letter in letters:
        if not letter.about["home"] and letter.about["sender"] in parties:
            yield {"message": letter.about["id"], "name": letter.about["name"], "at": letter.about["recorded_at"]} | {
                "on_paper": None
            }
    for event in found:
        if event.on_paper and event.by in parties:
            yield {"message": None, "name": event.type, "at": event.occurred_at, "on_paper": event.on_paper}
