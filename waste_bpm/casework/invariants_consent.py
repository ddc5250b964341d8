"""What was consented to is what moves: nothing wider, and nothing that was changed behind a consent.

Sources: Basel Art. 6(2)-(4), Annex V A items 10, 11, 14, 15; Regulation (EU) 2024/1157, Art. 17. An act of this node is
judged by what stood in its log before.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from waste_bpm.casework.dossier import Dossier, Problem, invariant
from waste_bpm.processes.case import Event
from waste_bpm.vocabulary import ALL_AUTHORITIES

_ANNOUNCES = ("MovementPlanned", "MovementAnnounced", "MovementAmended", "MovementCaptured")
_COUNTED = ("MovementAnnounced", "MovementAmended")
"""What takes from the quantity that was notified; a plan takes nothing yet, and what was captured is a fact."""
_CONSENTS = ("ConsentGiven", "ObjectionReplaced", "ConsentRevised")
_GIVES = (*_CONSENTS, "TacitConsentRecorded")
_TAKES_BACK = ("ConsentReplaced", "ConsentWithdrawn")
_DEPARTS = ("MovementAnnounced", "MovementDeparted")
_SETTLED = ("ChangeAgreed", "ChangeRefused")


@invariant("I-03", "Basel Art. 6(2)-(3), Annex V A 10, 11, 14, 15")
def consents_cover_what_was_notified(case: Dossier) -> Iterator[Problem]:
    """I-03: a consent counts in the unit of the notification and for its own State; no shipment is wider than both."""
    notified: Mapping[str, Any] = {}
    document = None
    for event in case.events:
        if event.stream == "notification" and "content" in event.facts:
            notified, document = event.facts, event.document
        elif event.home and notified and event.type in _CONSENTS:
            yield from _consent_is_wider(event, notified)
        elif event.home and notified and event.type in _ANNOUNCES:
            yield from ((event.stream, what) for what in _wider(case, event, notified, document))


def _consent_is_wider(event: Event, notified: Mapping[str, Any]) -> Iterator[Problem]:
    cap, whole = event.facts.get("most_quantity"), notified.get("intended_quantity")
    if cap is not None and whole is not None and cap.dimension != whole.dimension:
        yield event.stream, f"it is capped at {cap}, and {whole} were notified"
    if event.facts.get("country", event.key) != event.key:
        yield event.stream, f"it is the consent of {event.facts['country']}"


def _wider(case: Dossier, event: Event, notified: Mapping[str, Any], filed: str | None) -> Iterator[str]:
    """What of a shipment goes beyond the notification on file when it was announced."""
    facts = event.facts
    quantity, whole = facts.get("quantity") if event.type in _COUNTED else None, notified.get("intended_quantity")
    if facts.get("waste_code") not in (None, notified.get("waste_code")):
        yield f"the waste {facts['waste_code'].code} was not notified"
    if quantity is not None and whole is not None and not (quantity.dimension == whole.dimension and quantity <= whole):
        yield f"{quantity} in one shipment, {whole} were notified in all"
    day, first, last = facts.get("shipment_date"), notified.get("first_departure"), notified.get("last_departure")
    if day is not None and first is not None and last is not None and not first <= day <= last:
        yield f"it is to leave on {day}; notified is {first} to {last}"
    said, known = (_said(case, digest) for digest in (event.document, filed))
    if said and known and said.get("operations") != known.get("operations"):
        yield f"the operation {said.get('operations')} was not notified"


def _said(case: Dossier, digest: str | None) -> dict[str, Any]:
    """What a document on file says; nothing where it was erased. That of an agreed change holds the notification."""
    _, body = case.documents.get(digest or "", ("", b""))
    said: dict[str, Any] = orjson.loads(body) if body else {}
    inner = said.get("notification")
    return inner if isinstance(inner, dict) else said


@invariant("I-04", "Regulation (EU) 2024/1157, Art. 17; Basel Art. 6(3)")
def changes_are_agreed_by_all(case: Dossier) -> Iterator[Problem]:
    """I-04: what was consented to is changed only if every authority agreed, and nothing moves while a change waits."""
    content: str | None = None
    consented: set[str] = set()
    waiting: set[str] = set()
    for event in case.events:
        if event.type in _GIVES:
            consented.add(event.key)
        elif event.type in _TAKES_BACK:
            consented.discard(event.key)
        elif event.type == "ChangeAsked" and event.facts.get("material"):
            waiting.add(event.key)
        elif event.type in _SETTLED:
            waiting.discard(event.key)
        elif event.type in _DEPARTS and event.home and waiting:
            yield event.stream, f"{event.type} while change {', '.join(sorted(waiting))} waits for its answers"
        if event.stream == "notification" and "content" in event.facts:
            other = content is not None and event.facts["content"] != content
            if other and consented and event.home and (missing := _not_agreed(case, event)):
                yield event.stream, f"version {event.version} changes what was consented to; {missing} never agreed"
            content = event.facts["content"]


def _not_agreed(case: Dossier, changed: Event) -> str:
    """The States that had not agreed to any change of this content when it was put on file."""
    before = case.events[: case.events.index(changed)]
    asked = [each.key for each in before if each.type == "ChangeAsked" and _same(each, changed)]
    agreed = {each.key for each in before if each.type == "ChangeAccepted"}
    states = [slot.country for slot in case.notified.get("slots", ()) if slot.role in ALL_AUTHORITIES]
    missing = [state for state in dict.fromkeys(states) if not any(f"{number}/{state}" in agreed for number in asked)]
    return ", ".join(missing)


def _same(asked: Event, changed: Event) -> bool:
    return bool(asked.facts.get("content") == changed.facts["content"])
