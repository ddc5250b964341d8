"""What of a signed document may still be changed, and by whom: each signature seals fields (Basel Annex V B 6, 12).

An unchanged value may be sent again. A changed one is refused with who sealed it, when, and the way to amend it. The
matrix of the document (`life`) says it beforehand; the same rows judge here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from waste_bpm.documents.life import OWN, Difference, Life, differences, places
from waste_bpm.documents.model import Document, FieldSpec, fields
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Instance, Signature, at_home_only
from waste_bpm.vocabulary import Finding, Role

LAW = "Basel Annex V B 6, 12"


def seal_on(life: Life, party: str | None, signed: tuple[Signature, ...]) -> Signature | None:
    """The signature that seals a field, the first one if several do; None while it is open."""
    if life.sealed_from == OWN:
        return next((each for each in signed if each.by == party), None)
    return next((each for each in signed if each.stage is not None and each.stage == life.sealed_from), None)


def may_correct(life: Life, party: str | None, by: str, role: Role) -> bool:
    """Whether a correction may touch a field that is not sealed: the notifier any, another party its own entry.

    To what grows, everybody adds.
    """
    return life.top.block.grows or (life.corrected and (role is Role.NOTIFIER or party == by))


@at_home_only
def sealed_fields_stand(case: Case, command: Command, law: Law, now: datetime) -> tuple[Finding, ...]:
    """Annex V B 6, 12: what was declared and signed is not changed by sending the document again."""
    signed = _signed(case, command)
    return tuple(
        _sealed(each, seal, command.before)
        for each in _differences(command)
        if (seal := seal_on(each.life, each.party, signed)) is not None
    )


@at_home_only
def submitted_fields_stand(case: Case, command: Command, law: Law, now: datetime) -> tuple[Finding, ...]:
    """Basel Art. 6(1), Annex V A 19: what was submitted is not drafted anew; nothing of it stays open to a draft."""
    signed = _signed(case, command)
    return tuple(
        _sealed(each, seal, command.before)
        for each in (_differences(command) if signed else ())
        if (seal := next((known for known in signed if known.stage == each.life.top.block.sealed_from), None))
    )


@at_home_only
def remarks_are_only_added(case: Case, command: Command, law: Law, now: datetime) -> tuple[Finding, ...]:
    """Block 16: a remark is added by the party that makes it; none is changed or taken away."""
    document, before = command.document, command.before
    if document is None or before is None:
        return ()
    return tuple(_against_adding(before, document, command.by))


def _against_adding(before: Document, document: Document, by: str) -> Iterator[Finding]:
    for spec in fields(type(before)):
        if not spec.block.grows:
            continue
        kept, now_said = getattr(before, spec.name), getattr(document, spec.name)
        if now_said[: len(kept)] != kept:
            yield _not_added(spec, f"what {', '.join(each.author for each in kept)} said before is not what is sent")
        for each in now_said[len(kept) :]:
            if each.author != by:
                yield _not_added(spec, f"{by} sends what {each.author} is to have said")


def _not_added(spec: FieldSpec, problem: str) -> Finding:
    return Finding(
        rule_id="remarks-only-added",
        message=f"{spec.block.says}: {problem}.",
        pointer=f"/{spec.name}",
        block=spec.block.number,
        law=LAW,
        fix="Add a remark in your own name after those on file; what was said before stays as it was said.",
    )


@at_home_only
def only_open_fields_change(case: Case, command: Command, law: Law, now: datetime) -> tuple[Finding, ...]:
    """Annex V B 6, 12: a correction touches what no signature sealed yet, each party its own entry."""
    return tuple(_against_correction(case, command))


def _against_correction(case: Case, command: Command) -> Iterator[Finding]:
    if command.document is not None and command.before is None:
        yield _nothing_on_file(command)
    signed = _signed(case, command)
    for each in _differences(command):
        if (seal := seal_on(each.life, each.party, signed)) is not None:
            yield _sealed(each, seal, command.before)
        elif each.life.top.block.grows:
            continue
        elif not each.life.corrected:
            yield _amended(each)
        elif not may_correct(each.life, each.party, command.by, command.role):
            yield _of_another(each, command)


def _differences(command: Command) -> Iterator[Difference]:
    if command.document is not None and command.before is not None:
        yield from differences(command.before, command.document)


def _signed(case: Case, command: Command) -> tuple[Signature, ...]:
    instance: Instance | None = case.streams.get(command.stream)
    return () if instance is None else instance.signed


def _sealed(each: Difference, seal: Signature, before: Document | None) -> Finding:
    ways = type(before).ways if before is not None else {}
    return Finding(
        rule_id="field-sealed",
        message=f"{each.says}: sealed by {seal.by} ({seal.role.replace('_', ' ')}), who signed the step "
        f"{seal.step!r} at {seal.at:%Y-%m-%d %H:%M} UTC; what is sent says something else.",
        pointer=each.pointer,
        block=each.life.block,
        law=_law(each.life),
        fix=ways.get(each.life.top.block.sealed_from or "", "Send the value on file, unchanged."),
    )


def _amended(each: Difference) -> Finding:
    return Finding(
        rule_id="field-is-amended",
        message=f"{each.says}: this is part of what was announced, and no mere correction.",
        pointer=each.pointer,
        block=each.life.block,
        law=_law(each.life),
        fix="Take the step 'amend', by which the announcement is judged and told again.",
    )


def _of_another(each: Difference, command: Command) -> Finding:
    whose = f"the entry of {each.party}" if each.party else "an entry of the notifier"
    return Finding(
        rule_id="field-of-another",
        message=f"{each.says}: this is {whose}, and {command.by} corrects only its own.",
        pointer=each.pointer,
        block=each.life.block,
        law=_law(each.life),
        fix=f"Ask {each.party or 'the notifier'} to correct it.",
    )


def _nothing_on_file(command: Command) -> Finding:
    return Finding(
        rule_id="document-on-file",
        message=f"No document of {command.stream} is on file here that could be corrected.",
        law=LAW,
        fix="Ask for the document first; one that was erased is not corrected.",
    )


def _law(life: Life) -> str:
    cited = life.top.block.law
    return f"{LAW}; {cited}" if cited else LAW


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A field of the document of an instance, as one party finds it now."""

    pointer: str
    block: str | None
    says: str
    sealed: Signature | None
    open_to: str | None
    amended_by: str | None


def fields_for(document: Document, signed: tuple[Signature, ...], party: str, role: Role) -> list[Field]:
    """Every field: sealed by whom and when, or open and by which step this party may change it."""
    rows = []
    for pointer, life, whose in places(document):
        seal = seal_on(life, whose, signed)
        amends = role is Role.NOTIFIER and life.sealed_from is not None and not life.corrected
        step = "correct" if may_correct(life, whose, party, role) else "amend" if amends else None
        rows.append(
            Field(
                pointer=pointer,
                block=life.block,
                says=life.says,
                sealed=seal,
                open_to=None if seal is not None else step,
                amended_by=type(document).ways.get(life.top.block.sealed_from or "") if seal is not None else None,
            )
        )
    return rows
