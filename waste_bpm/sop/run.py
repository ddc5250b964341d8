"""Running a checklist: a pure interpreter. A run is a value; each answer makes a new one.

Everything is derived from the append-only lines: where the run stands, what is missing, what came out. So a run read
back from storage is the run that was left. Required evidence blocks the outcome, never the way there. The outcome only
names a process event; whether that event may happen is asked of the process.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from types import MappingProxyType
from typing import Any, get_args

from waste_bpm.errors import InputInvalid
from waste_bpm.sop.checklist import EvidenceType, Sop, SopStep, digest_of
from waste_bpm.sop.conditions import holds
from waste_bpm.vocabulary import Finding

Given = str | Decimal | None
"""An answer as a line keeps it: a word, a number, or nothing where a step asks for no answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One piece of evidence: its type, what it says (a number, a reading, a file name), and the digest of its file."""

    type: str
    value: str
    digest: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What was recorded once: never changed, never removed. `later` marks evidence added to a step already left."""

    seq: int
    step: str
    answer: Given
    evidence: tuple[Evidence, ...]
    by: str
    at: datetime
    later: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """A required piece of evidence that the run does not hold yet."""

    step: str
    type: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What the run ends in: the process event to ask for, its reason code, and the digest of the run that bears it."""

    event: str
    reason: str | None
    digest: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """One use of a checklist at one point, with the facts of the case as they were shown."""

    sop: Sop
    point: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()

    @cached_property
    def answers(self) -> Mapping[str, Given]:
        """The last answer given at each step, by the id of the step."""
        return MappingProxyType({line.step: line.answer for line in self.lines if not line.later})

    @cached_property
    def current(self) -> SopStep | None:
        """The step to be answered now; None when the run is finished."""
        walked = [line for line in self.lines if not line.later]
        if not walked:
            return self.sop.steps[0]
        left = self.sop.step(walked[-1].step)
        return None if left.kind == "outcome" else self._following(left, walked[-1].answer)

    @cached_property
    def missing(self) -> tuple[Missing, ...]:
        """The required evidence of the steps behind, in their order, that nobody has given."""
        given = Counter((line.step, piece.type) for line in self.lines for piece in line.evidence)
        found = []
        for step in self.answers:
            for asked in self.sop.step(step).required:
                given[step, asked.type] -= 1
                if given[step, asked.type] < 0:
                    found.append(Missing(step=step, type=asked.type, label=asked.label))
        return tuple(found)

    @property
    def outcome(self) -> Outcome | None:
        """What came out, once somebody has confirmed it."""
        ends = [emits for step in self.answers if (emits := self.sop.step(step).emits)]
        return Outcome(event=ends[0].event, reason=ends[0].reason, digest=self.digest) if ends else None

    @cached_property
    def record(self) -> dict[str, Any]:
        """The run as plain JSON, to be kept and sent: what was asked (id, version, digest), shown and answered."""
        return {
            "sop": {"id": self.sop.id, "version": self.sop.version, "digest": self.sop.digest},
            "point": self.point,
            "facts": {name: None if value is None else str(value) for name, value in self.facts.items()},
            "lines": [_plain(line) for line in self.lines],
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the record."""
        return digest_of(self.record)

    def _following(self, step: SopStep, answer: Given) -> SopStep:
        values = {**self.facts, **self.answers, "point": self.point, "answer": answer}
        for row in step.next:
            if row.when is None or holds(row.when, values):
                return self.sop.step(row.go)
        raise _invalid("sop-dead-end", f"{self.sop.id}, step {step.id}: no way on from the answer {answer!r}.")


def start(sop: Sop, point: str, facts: Mapping[str, Any]) -> Run:
    """Begin a run at one of the points of the checklist; raises InputInvalid (`sop-point-unknown`) elsewhere.

    Of the facts only those that the checklist shows are kept. Quantities are compared when they are `Quantity` values
    (or plain numbers of one unit); a fact that is not known may be left out or None.
    """
    if point not in sop.applies_to.points:
        points = ", ".join(sop.applies_to.points)
        raise _invalid("sop-point-unknown", f"{sop.id} is not used at {point!r}.", f"It is used at: {points}.")
    shown = {name: facts[name] for name in sorted(sop.facts & facts.keys())}
    return Run(sop=sop, point=point, facts=MappingProxyType(shown))


def answer(run: Run, step_id: str, value: object, *, by: str, at: datetime, evidence: Sequence[Evidence] = ()) -> Run:
    """Answer the current step; notices, evidence steps and outcomes are passed with None.

    Raises InputInvalid: `sop-run-finished`, `sop-step-not-current`, `sop-answer-unknown`, `sop-evidence-unknown`,
    `sop-time-naive`, and `sop-evidence-missing` at an outcome while required evidence is not there.
    """
    current = _open(run)
    if step_id != current.id:
        raise _invalid(
            "sop-step-not-current",
            f"{run.sop.id} stands at step {current.id}, not at {step_id}.",
            f"Answer {current.id}; to add evidence to a step behind, use `add_evidence`.",
        )
    given, findings = _given(current, value)
    if all_findings := [*findings, *_unfit(evidence, at)]:
        raise InputInvalid(all_findings)
    answered = _with_line(run, step_id, given, evidence, by, at)
    if current.kind == "outcome" and answered.missing:
        raise InputInvalid(_missing_finding(run.sop, missing) for missing in answered.missing)
    return answered


def add_evidence(run: Run, step_id: str, evidence: Sequence[Evidence], *, by: str, at: datetime) -> Run:
    """Add evidence to a step already left; the run stays where it stands.

    Raises InputInvalid: `sop-run-finished`, `sop-step-not-reached`, `sop-evidence-unknown`, `sop-time-naive`.
    """
    _open(run)
    if step_id not in run.answers:
        raise _invalid(
            "sop-step-not-reached",
            f"{run.sop.id}: step {step_id} is not behind this run.",
            f"Steps behind it: {', '.join(run.answers) or 'none'}.",
        )
    if findings := list(_unfit(evidence, at)):
        raise InputInvalid(findings)
    return _with_line(run, step_id, None, evidence, by, at, later=True)


def play(sop: Sop, point: str, facts: Mapping[str, Any], answers: Mapping[str, Any], by: str, at: datetime) -> Run:
    """Play prepared answers to the end: by step a value, or a mapping with `answer` and `evidence`.

    What asks for nothing is passed by itself; each prepared answer is used once. Raises InputInvalid as `answer` does,
    and `sop-answer-missing` at a step that was reached without one; NotFound for the id of a step that is not there.
    """
    for step_id in answers:
        sop.step(step_id)
    run, left = start(sop, point, facts), dict(answers)
    while step := run.current:
        if step.id not in left and (step.answer or step.required):
            raise _invalid("sop-answer-missing", f"{sop.id} reached step {step.id}: {step.ask}", _allowed(step))
        value, evidence = _prepared(step, left.pop(step.id, None))
        run = answer(run, step.id, value, by=by, at=at, evidence=evidence)
    return run


def _open(run: Run) -> SopStep:
    if run.current is None:
        message = f"This run of {run.sop.id} is finished; its outcome is recorded."
        raise _invalid("sop-run-finished", message, "Start a new run to check again.")
    return run.current


def _given(step: SopStep, value: object) -> tuple[Given, list[Finding]]:
    """Tell the answer as it is kept, and why it cannot be."""
    kept = _kept(step, value)
    if kept is not None or (step.answer is None and value is None):
        return kept, []
    message = f"{value!r} is not an answer to step {step.id}: {step.ask}"
    return None, [_finding("sop-answer-unknown", message, _allowed(step), step.id)]


def _kept(step: SopStep, value: object) -> Given:
    if step.answer is None:
        return None
    if step.answer.type == "number":
        return _number(value)
    if step.answer.type == "text":
        return value.strip() or None if isinstance(value, str) else None
    return value if isinstance(value, str) and value in step.answer.allowed else None


def _number(value: object) -> Decimal | None:
    if not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _allowed(step: SopStep) -> str:
    if step.answer is None:
        wanted = ", ".join(asked.label for asked in step.required)
        return f"It takes no answer, but evidence: {wanted}." if wanted else "It takes no answer."
    if step.answer.allowed:
        return f"Allowed answers: {', '.join(step.answer.allowed)}."
    return "It takes a number." if step.answer.type == "number" else "It takes a text that is not empty."


def _unfit(evidence: Iterable[Evidence], at: datetime) -> Iterator[Finding]:
    known = get_args(EvidenceType)
    for piece in evidence:
        if piece.type not in known:
            cure = f"There are: {', '.join(known)}."
            yield _finding("sop-evidence-unknown", f"{piece.type!r} is no type of evidence.", cure)
    if at.tzinfo is None:
        yield _finding("sop-time-naive", f"The time {at} has no time zone.", "Give it with its offset from UTC.")


def _with_line(
    run: Run, step: str, given: Given, evidence: Sequence[Evidence], by: str, at: datetime, *, later: bool = False
) -> Run:
    seq = len(run.lines) + 1
    line = Line(seq=seq, step=step, answer=given, evidence=tuple(evidence), by=by, at=at, later=later)
    return replace(run, lines=(*run.lines, line))


def _prepared(step: SopStep, entry: Any) -> tuple[object, tuple[Evidence, ...]]:
    if not isinstance(entry, Mapping):
        return entry, ()
    try:
        pieces = tuple(
            piece if isinstance(piece, Evidence) else Evidence(**piece) for piece in entry.get("evidence", ())
        )
    except TypeError as error:
        message = f"The evidence prepared for step {step.id} is not well formed: {error}."
        raise _invalid("sop-evidence-unknown", message, "Each piece has a type and a value.") from error
    return entry.get("answer"), pieces


def _plain(line: Line) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "step": line.step,
        "answer": None if line.answer is None else str(line.answer),
        "evidence": [{"type": piece.type, "value": piece.value, "digest": piece.digest} for piece in line.evidence],
        "by": line.by,
        "at": line.at.astimezone(UTC).isoformat(),
        "later": line.later,
    }


def _missing_finding(sop: Sop, missing: Missing) -> Finding:
    message = f"{sop.id}, step {missing.step}: {missing.label} ({missing.type}) is required before an outcome."
    return _finding("sop-evidence-missing", message, "Add it to that step, then record the outcome.", missing.step)


def _finding(rule_id: str, message: str, fix: str | None = None, pointer: str | None = None) -> Finding:
    return Finding(rule_id=rule_id, message=message, fix=fix, pointer=pointer)


def _invalid(rule_id: str, message: str, fix: str | None = None) -> InputInvalid:
    return InputInvalid(_finding(rule_id, message, fix))
