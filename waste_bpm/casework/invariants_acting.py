"""Who acted, and what a decision rests on: asked of the stored events.

Sources: Basel Art. 4(1), 6(2), 6(8). An act of this node is judged; what a peer reported is recorded as it was said.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from waste_bpm.casework.dossier import Dossier, Problem, invariant
from waste_bpm.law.rules import Law, regime
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Event
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, DEFAULT_REGIME, Role, Slot

_FIRST = ("ConsentGiven", "ObjectionMade", "TacitConsentRecorded")
_DECISIONS = (
    *_FIRST,
    "ObjectionReplaced",
    "ConsentRevised",
    "ConsentReplaced",
    "ConsentWithdrawn",
    "FileProhibited",
    "GuaranteeApproved",
    "GuaranteeRefused",
    "DetentionInstructed",
    "ResponsibilityAssigned",
    "PreConsentGranted",
    "PreConsentRefused",
)
_GIVES = ("ConsentGiven", "ObjectionReplaced", "ConsentRevised")
_TOGETHER = 2
_DEPARTED = ("MovementDeparted", "MovementCaptured")
_VALIDITIES = ("consent_validity", "consent_validity_pre_consented")
_OPERATORS = (Role.NOTIFIER, Role.GENERATOR, Role.CARRIER, Role.CONSIGNEE, Role.DISPOSER)


@invariant("I-05", "Basel Art. 4(1), 4(2)")
def a_prohibition_stops_departures(case: Dossier) -> Iterator[Problem]:
    """I-05: while a State prohibits the file, nothing departs by a decision made here."""
    prohibited: set[str] = set()
    for event in case.events:
        if event.type == "FileProhibited":
            prohibited.add(event.key)
        elif event.type == "ProhibitionLifted":
            prohibited.discard(event.key)
        elif event.type == "MovementDeparted" and event.home and prohibited:
            yield event.stream, f"it departed while {', '.join(sorted(prohibited))} prohibited the file"


@invariant("I-06", "Basel Art. 6(8)")
def consents_end_in_time(case: Dossier) -> Iterator[Problem]:
    """I-06: no consent given here holds longer than the law of its first day lets it hold."""
    law = regime(case.case.regime or DEFAULT_REGIME)
    for event in case.of(*_GIVES):
        begins, ends = event.facts.get("valid_from"), event.facts.get("valid_until")
        latest = _latest(law, begins) if begins is not None else None
        if event.home and ends is not None and latest is not None and ends > latest:
            yield event.stream, f"the consent from {begins} holds until {ends}; at most it may until {latest}"


def _latest(law: Law, begins: date) -> date | None:
    """The last day of the longest validity that the law knows, for an ordinary or a pre-consented facility."""
    ends = [law.rule(name).due(begins) for name in _VALIDITIES if name in law.rules]
    return max((day for day in ends if day is not None), default=None)


@invariant("I-07", "Basel Art. 6: each acts in its own role")
def acts_are_of_those_who_may(case: Dossier) -> Iterator[Problem]:
    """I-07: who acted here held the role in which it acted, for its own State, and the step is for that role."""
    held: set[Slot] = set()
    for event in case.events:
        held |= set(event.facts.get("slots", ()))
        if event.home and (what := _not_its_act(event, held or set(case.case.slots))):
            yield event.stream, f"{event.type} by {event.by} as {event.role.replace('_', ' ')}: {what}"


def _not_its_act(event: Event, held: set[Slot]) -> str | None:
    process = PROCESSES[event.process]
    step = process.by_event.get(event.type)
    if step is None or not step.by:
        return None
    if event.role not in step.by:
        return "the step is not for this role"
    if event.role is Role.CLOCK:
        return None
    own = [slot for slot in held if slot.party == event.by and slot.role is event.role]
    if not own:
        return "it does not hold this role in the case"
    country = process.place(event.stream).get("country")
    official = event.role in (*ALL_AUTHORITIES, *CUSTOMS)
    return "it speaks for another State" if official and country not in (None, *(s.country for s in own)) else None


@invariant("I-10", "Basel Art. 6(2), 6(4)")
def each_state_answers_once(case: Dossier) -> Iterator[Problem]:
    """I-10: each State has one answer; another takes its place only by a step that says so."""
    answers = [event for event in case.of(*_FIRST) if event.home and event.process == "answer"]
    for stream, count in Counter(event.stream for event in answers).items():
        if count > 1:
            yield stream, f"{count} first answers are on record"


@invariant("I-11", "Basel Art. 6(2)")
def decisions_name_their_grounds(case: Dossier) -> Iterator[Problem]:
    """I-11: each decision made here names the document that says it, and the law that it rests on."""
    for event in case.of(*_DECISIONS):
        if event.home and not event.document:
            yield event.stream, f"{event.type} (version {event.version}) names no document"
        if event.home and not event.law.strip():
            yield event.stream, f"{event.type} (version {event.version}) names no law"


@invariant("I-09", "engine: where a State says so, two persons decide")
def two_persons_decided(case: Dossier) -> Iterator[Problem]:
    """I-09: a step that two persons take together in a State names two different ones, once the node was told so."""
    for event in case.events:
        step = PROCESSES[event.process].by_event[event.type]
        where = f"{event.type} (version {event.version}) by {event.by}"
        if len(set(event.persons)) < len(event.persons):
            yield event.stream, f"{where} names the same person twice"
        elif event.persons and not event.home:
            yield event.stream, f"{where} is a report, and names persons of another node"
        elif event.home and event.role is not Role.CLOCK and len(event.persons) < _TOGETHER:
            recorded = case.recorded.get((event.stream, event.version), "")
            if rule := _asks_for_two(case, event.by, f"{event.process}.{step.name}", recorded):
                yield event.stream, f"{where} was one person's act; {rule} asks for two"


def _asks_for_two(case: Dossier, party: str, step: str, recorded: str) -> str | None:
    """The reference by which two persons had to act when this was recorded."""
    said = sorted(case.four_eyes.get(case.countries.get(party, ""), ()), key=lambda pair: pair.since)
    held = [pair for pair in said if pair.step == step and pair.since.isoformat() <= recorded[:10]]
    if not held or not held[-1].two or recorded < held[-1].held_since:
        return None
    until = held[-1].until
    return held[-1].reference if until is None or recorded[:10] <= until.isoformat() else None


@invariant("I-12", "Basel Art. 2(6), 5(1)")
def nobody_judges_its_own_case(case: Dossier) -> Iterator[Problem]:
    """I-12: no authority or office of a case is one of those who move, receive or treat the waste."""
    for event in case.events:
        slots = event.facts.get("slots", ())
        officials = {slot.party for slot in slots if slot.role in (*ALL_AUTHORITIES, *CUSTOMS)}
        for party in sorted(officials & {slot.party for slot in slots if slot.role in _OPERATORS}):
            yield event.stream, f"{party} is an authority or office of the case and takes part in it"
