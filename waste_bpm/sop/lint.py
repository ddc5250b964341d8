"""What must be true of a checklist before an officer is given it.

Every path ends in an outcome, every answer is spoken of, nothing is named that does not exist, and whoever has to
touch the goods is warned first. The file itself was already checked when it was loaded.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import get_args

from waste_bpm.sop.checklist import CANNOT_TELL, Point, Sop, SopStep
from waste_bpm.sop.conditions import compared
from waste_bpm.vocabulary import Finding, Severity

LONGEST_ASK = 20
"""Words that can be read at a glance, in gloves, in the rain; a house rule, not a law."""

AT_THE_GOODS = frozenset({"photo", "seal_no", "reading", "weight", "count", "sample_id"})
"""Evidence that is taken beside the unit, where people get hurt."""

RESERVED = frozenset({"answer", "point"})
"""Names that conditions use for themselves."""


def lint(sop: Sop, known_events: Collection[str]) -> list[Finding]:
    """Everything wrong with a checklist, each with its step and cure; `known_events` are those of the processes."""
    found = [*_texts(sop), *_names(sop), *_targets(sop), *_paths(sop)]
    for step in sop.steps:
        found += [*_routes(sop, step), *_conditions(sop, step), *_answers(sop, step)]
        found += [*_events(sop, step, known_events), *_warnings(sop, step)]
    return found


def _texts(sop: Sop) -> Iterator[Finding]:
    head = {"title": sop.title, "purpose": sop.purpose, **{f"roles.{name}": text for name, text in sop.roles.items()}}
    head |= {f"legal.{place}": text for place, text in enumerate(sop.legal)}
    for name, text in head.items():
        if not text.strip():
            yield _finding(sop, None, "sop-text-empty", f"{name} is empty.", "Say it in plain words.")
    for step in sop.steps:
        labels = [asked.label for asked in step.evidence]
        why = [] if step.why is None else [step.why]
        if not all(text.strip() for text in (step.ask, *why, *step.warn, *step.items, *labels)):
            yield _finding(sop, step, "sop-text-empty", "a text of this step is empty.", "Say it in plain words.")
        if (words := len(step.ask.split())) > LONGEST_ASK:
            message = f"`ask` has {words} words; more than {LONGEST_ASK} are not read."
            yield _finding(sop, step, "sop-ask-long", message, "Shorten it, or move a part to `why` or `items`.")


def _names(sop: Sop) -> Iterator[Finding]:
    """Each name in a condition means one thing: a step, or a fact, or one of the reserved words."""
    for step in sop.steps:
        if step.id in sop.facts or step.id in RESERVED:
            message = "the id of this step also names something else."
            yield _finding(sop, step, "sop-name-twice", message, "Give the step another id.")
        if taken := RESERVED.intersection(step.facts):
            message = f"{', '.join(sorted(taken))} cannot name a fact."
            yield _finding(sop, step, "sop-name-twice", message, "Give the fact another name.")


def _targets(sop: Sop) -> Iterator[Finding]:
    for step in sop.steps:
        for row in step.next:
            if row.go not in sop.by_id:
                message = f"it goes to {row.go!r}, which is no step."
                yield _finding(sop, step, "sop-target-missing", message, "Name a step of this file.")


def _paths(sop: Sop) -> Iterator[Finding]:
    """Every step can be reached, and from every step an outcome can."""
    ways = {step.id: {row.go for row in step.next} & set(sop.by_id) for step in sop.steps}
    back: dict[str, set[str]] = {step: {source for source in ways if step in ways[source]} for step in ways}
    reached = _walk(ways, [sop.steps[0].id])
    ending = _walk(back, [step.id for step in sop.steps if step.kind == "outcome"])
    for step in sop.steps:
        if step.id not in reached:
            yield _finding(sop, step, "sop-step-unreachable", "no step leads here.", "Lead here, or take it out.")
        if step.kind != "outcome" and not step.next:
            yield _finding(sop, step, "sop-dead-end", "it leads nowhere.", "Give it a `next`.")
        elif step.id not in ending and step.id in _walk(ways, ways[step.id]):
            message = "it lies on a loop without a way out to an outcome."
            yield _finding(sop, step, "sop-loop-endless", message, "Lead one answer out of the loop.")
        elif step.id not in ending:
            yield _finding(sop, step, "sop-no-outcome", "no outcome can be reached from it.", "Lead on to an outcome.")


def _walk(ways: Mapping[str, Collection[str]], first: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    waiting = list(first)
    while waiting:
        step = waiting.pop()
        if step not in seen:
            seen.add(step)
            waiting += ways[step]
    return seen


def _routes(sop: Sop, step: SopStep) -> Iterator[Finding]:
    """Only the last way on is open without condition."""
    if step.next and step.next[-1].when is not None:
        cure = "End `next` with a row that has only `go`."
        yield _finding(sop, step, "sop-next-conditional", "its last `next` has a condition.", cure)
    for row in step.next[:-1]:
        if row.when is None:
            message = f"the rows of `next` behind {row.go!r} are never read."
            yield _finding(sop, step, "sop-next-hidden", message, "Put the row without `when` last.")


def _conditions(sop: Sop, step: SopStep) -> Iterator[Finding]:
    """Conditions name what exists, and compare it with what it can be."""
    known = RESERVED.union(sop.by_id, step.facts)
    for name, values in _compared(step):
        if name not in known:
            message = f"its condition names {name!r}, which is no step and no fact of this step."
            yield _finding(sop, step, "sop-name-unknown", message, "List it under `facts`, or name a step.")
        elif (possible := _possible(sop, step, name)) and (strange := [v for v in values if v not in possible]):
            message = f"{name} can never be {', '.join(map(repr, strange))}."
            yield _finding(sop, step, "sop-value-unknown", message, "Compare it with an answer that is offered.")


def _answers(sop: Sop, step: SopStep) -> Iterator[Finding]:
    """Each answer is spoken of, here or later: at most one is left to the last way on, and never `cannot_tell`."""
    if step.answer is None or len({row.go for row in step.next}) < 2:
        return
    here = [value for name, values in _compared(step) if name == "answer" for value in values]
    later = [value for other in sop.steps for name, values in _compared(other) if name == step.id for value in values]
    left = [value for value in step.answer.allowed if value not in here + later]
    if CANNOT_TELL in left:
        cure = f"Say in a `when` where `{CANNOT_TELL}` leads."
        yield _finding(sop, step, "sop-cannot-tell-lost", f"`{CANNOT_TELL}` is not spoken of.", cure)
    if len(same := [value for value in left if value != CANNOT_TELL]) > 1:
        message = f"{', '.join(same)} are not told apart."
        yield _finding(sop, step, "sop-answer-unrouted", message, "Name all of them but one in a `when`.")


def _compared(step: SopStep) -> Iterator[tuple[str, tuple[object, ...]]]:
    for row in step.next:
        yield from compared(row.when) if row.when else ()


def _possible(sop: Sop, step: SopStep, name: str) -> tuple[str, ...]:
    """Give the values a name can have; empty when any."""
    if name == "point":
        return get_args(Point)
    asked = step.answer if name == "answer" else sop.by_id[name].answer if name in sop.by_id else None
    return asked.allowed if asked else ()


def _events(sop: Sop, step: SopStep, known_events: Collection[str]) -> Iterator[Finding]:
    if step.emits and step.emits.event not in known_events:
        message = f"no process knows the event {step.emits.event!r}."
        yield _finding(sop, step, "sop-event-unknown", message, f"Known: {', '.join(sorted(known_events))}.")


def _warnings(sop: Sop, step: SopStep) -> Iterator[Finding]:
    taken = sorted({asked.type for asked in step.evidence} & AT_THE_GOODS)
    if taken and not step.warn:
        message = f"{', '.join(taken)} is taken beside the goods, and no safety line is shown before."
        yield _finding(sop, step, "sop-warning-missing", message, "Write the danger first, under `warn`.")


def _finding(sop: Sop, step: SopStep | None, rule_id: str, message: str, fix: str) -> Finding:
    place = f"{sop.id}.yaml, step {step.id}" if step else f"{sop.id}.yaml"
    return Finding(
        rule_id=rule_id,
        message=f"{place}: {message}",
        severity=Severity.WARNING if rule_id == "sop-ask-long" else Severity.ERROR,
        pointer=f"{sop.id}.yaml#{step.id if step else ''}",
        fix=fix,
    )
