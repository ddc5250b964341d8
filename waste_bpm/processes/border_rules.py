"""What customs may do with a load at a border: the rules that the steps of a check ask (Basel Art. 4(7)(c), 9)."""

from datetime import date, datetime

from waste_bpm.documents.border import EntryConfirmation, ExitConfirmation, TransitPassage
from waste_bpm.documents.transport import BorderPoint, BorderResult
from waste_bpm.law.rules import Law
from waste_bpm.processes.answer import missing_consents
from waste_bpm.processes.balance import LAW as LEDGER_LAW
from waste_bpm.processes.case import Case, Command, Guard, at_home_only
from waste_bpm.processes.ledger import ledger
from waste_bpm.vocabulary import Finding, Severity


def movement_is_known(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 4(7)(c): a movement document accompanies the waste."""
    serial = command.key.partition("/")[0]
    movement = case.streams.get(f"movement/{serial}")
    if movement is not None and movement.state != "cancelled":
        return None
    state = "was cancelled" if movement is not None else "was never announced"
    return Finding(
        rule_id="movement-announced",
        message=f"Shipment {serial} {state}.",
        law="Basel Art. 4(7)(c)",
        fix="Hold the load and consult the competent authority.",
    )


def own_office(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """An office records its own check, at a point of the notified route (Annex V A items 6 to 8)."""
    own = command.key.partition("/")[2] or command.by
    office = getattr(command.document, "office", own)
    if office == own:
        return None
    return Finding(
        rule_id="own-office",
        message=f"The document is that of office {office}, the step is that of {own}.",
        pointer="/office",
        law="Annex V A 6-8",
        fix="Use the identifier of the office in both places.",
    )


def point_is_notified(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(6), Annex V A 6-8: another border point than the notified one is recorded, and pointed out."""
    place, office = getattr(command.document, "place", None), command.key.partition("/")[2]
    known = [slot.place for slot in case.slots if slot.party == office and slot.place is not None]
    if place is None or not known or place in known:
        return None
    return Finding(
        rule_id="point-notified",
        message=f"The load stands at {place}; {office} was notified for {' and '.join(dict.fromkeys(known))}.",
        severity=Severity.WARNING,
        block="N15",
        pointer="/place",
        value=place,
        law="Basel Art. 6(6), Annex V A 6-8",
        fix="Another route than the notified ones needs the agreement of all authorities, or a new notification.",
    )


@at_home_only
def papers_were_right(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 9(1)(d): a load whose papers do not fit it is not released."""
    check = case.streams.get(command.stream)
    if check is not None and check.verified:
        return None
    return Finding(
        rule_id="documents-verified",
        message="The document and consent check has not ended well for this load.",
        law="Basel Art. 9(1)",
        fix="Run the document and consent check (SOP-01) first; a discrepancy is for the competent authority.",
    )


def consents_cover_today(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 9(1)(b): without every consent the movement is illegal traffic."""
    missing = missing_consents(case, now.date())
    if not missing:
        return None
    return Finding(
        rule_id="consents-cover-today",
        message=f"The load cannot be released: {'; '.join(missing)}.",
        block="N20",
        law="Basel Art. 9(1)(a)-(b)",
        fix="Hold the load and consult the competent authority.",
    )


def weight_within_consent(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(6)-(8), 9(1)(d): what was weighed, with all other shipments, stays within the consented total."""
    check = case.streams.get(command.stream)
    document = command.document
    weighed = getattr(document, "measured_quantity", None) or (check.measured_quantity if check else None)
    if weighed is None or command.key.partition("/")[0] not in dict(case.of("movement")):
        return None
    book = ledger(case)
    left = book.without(int(command.key.partition("/")[0]))
    if weighed <= left:
        return None
    return Finding(
        rule_id="weight-within-consent",
        message=f"{weighed} were weighed, but {left} are left of the consented {book.consented} for this load.",
        block="M5",
        pointer="/measured_quantity",
        value=str(weighed),
        law=f"{LEDGER_LAW}, 9(1)(d)",
        fix="Hold the load; the competent authority decides on the excess.",
    )


def result_is(result: BorderResult) -> Guard:
    """A guard: the document says the result that the step stands for."""

    def result_fits_step(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
        """The document of a control says how it ended."""
        said = getattr(command.document, "result", result)
        if said is result:
            return None
        return Finding(
            rule_id="result-fits-step",
            message=f"The document says {said}, the step means {result}.",
            pointer="/result",
            law="Basel Art. 4(7)(c)",
            fix=f"Write {result}, or take the other step.",
        )

    return result_fits_step


@at_home_only
def inspected_if_selected(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A load that was selected is inspected before it goes on, and what was found does not speak against it."""
    check = case.streams.get(command.stream)
    if check is None or ((not check.selected or check.inspected_at is not None) and check.conforms is not False):
        return None
    problem = "was inspected and does not conform" if check.conforms is False else "is selected and was not inspected"
    return Finding(
        rule_id="inspected-if-selected",
        message=f"The load {problem}.",
        law="Basel Art. 9(1)(d)",
        fix="Inspect it, or hold it; a load that does not conform is for the competent authority.",
    )


@at_home_only
def samples_answered(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A load is not released while a sample of it is with the laboratory."""
    check = case.streams.get(command.stream)
    missing = [each for each in check.sample if each not in check.answered] if check is not None else []
    if not missing:
        return None
    return Finding(
        rule_id="samples-answered",
        message=f"The laboratory has not answered on {', '.join(missing)}.",
        law="Basel Art. 9(1)(d)",
        fix="Wait for the result, or hold the load.",
    )


def sample_was_taken(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A result is that of a sample that was taken here."""
    check, answered = case.streams.get(command.stream), getattr(command.document, "answered", None)
    if check is None or answered is None or answered in check.sample:
        return None
    return Finding(
        rule_id="sample-taken",
        message=f"No sample {answered!r} was taken here.",
        pointer="/answered",
        value=answered,
        law="Basel Art. 9(1)(d)",
        fix=f"There are: {', '.join(check.sample) or 'none'}.",
    )


def instructed_to(*instructions: str) -> Guard:
    """A guard: the authority of the State of export has given one of these instructions on the held load."""

    @at_home_only
    def instruction_is_there(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
        """Basel Art. 9: what becomes of a load that was handed over is decided by the authority, in writing."""
        said = case.streams.get(f"detention/{command.key}")
        if said is not None and said.instruction in instructions:
            return None
        given = "no instruction has come" if said is None else f"the instruction is to {said.instruction}"
        return Finding(
            rule_id="instruction-given",
            message=f"This needs an instruction to {' or '.join(instructions)}; {given}.",
            law="Basel Art. 8, 9",
            fix="Wait for the written instruction of the authority of the State of export.",
        )

    return instruction_is_there


def load_is_handed_over(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 9: the authority decides on a load that customs handed over."""
    check = case.streams.get(f"border_check/{command.key}")
    if check is not None and check.state == "handed_over":
        return None
    return Finding(
        rule_id="load-handed-over",
        message=f"No load was handed over at {command.key}.",
        law="Basel Art. 9",
        fix="Customs hold the load and hand it over first.",
    )


def at_point(*points: BorderPoint) -> Guard:
    """A guard: the check stands at such a point of the route."""

    def point_fits_step(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
        """Blocks 20 to 22: each office confirms what happens at its own point of the route."""
        stream = _check(command)
        check = case.streams.get(stream)
        if check is None or check.point in points:
            return None
        return Finding(
            rule_id="point-fits-step",
            message=f"The check {stream} stands at {check.point}, not at {' or '.join(points)}.",
            law="Annex V B 7",
            fix="Take the step that confirms what happens at this point.",
        )

    return point_fits_step


def passage_in_order(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Blocks 20 to 22: a load passes after it was presented, and not in the future."""
    check, day = case.streams.get(_check(command)), _passed_on(command.document)
    if check is None or day is None or check.arrived_at is None or check.arrived_at.date() <= day <= now.date():
        return None
    return Finding(
        rule_id="passage-date",
        message=f"{day} does not fit: presented on {check.arrived_at.date()}, today is {now.date()}.",
        law="Annex V B 7",
        fix="Give the true day.",
    )


def _check(command: Command) -> str:
    """The border check that a document speaks of; it may be filed on the stream of the movement."""
    office = getattr(command.document, "office", command.key.partition("/")[2])
    return f"border_check/{command.key.partition('/')[0]}/{office}"


def _passed_on(document: object) -> date | None:
    if isinstance(document, ExitConfirmation):
        return document.left_on
    if isinstance(document, EntryConfirmation):
        return document.entered_on
    return document.passed_on if isinstance(document, TransitPassage) else None


@at_home_only
def entry_is_paired(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Block 22: a load leaves a State of transit that it entered before, and was let in there."""
    document, state = command.document, _state_of_office(case, command)
    if not isinstance(document, TransitPassage) or state is None:
        return None
    serial = command.key.partition("/")[0]
    entries = [
        check.arrived_at.date()
        for key, check in case.of("border_check")
        if key.partition("/")[0] == serial
        and check.point == BorderPoint.TRANSIT_IN
        and check.arrived_at is not None
        and check.state in ("released", "passed")
        and _state_of(case, key.partition("/")[2]) == state
    ]
    if entries and min(entries) <= document.passed_on:
        return None
    return Finding(
        rule_id="transit-paired",
        message=f"Shipment {serial} leaves {state} on {document.passed_on}; no entry there before is on record.",
        block="M22",
        law="Annex V B 7",
        fix="Record the entry into the State of transit first, with its true day.",
    )


def _state_of_office(case: Case, command: Command) -> str | None:
    return _state_of(case, command.key.partition("/")[2])


def _state_of(case: Case, office: str) -> str | None:
    slots = case.streams["notification"].slots if "notification" in case.streams else ()
    return next((slot.country for slot in slots if slot.party == office), None)
