"""Judging a question: every provision is asked in its order, and nothing stops at the first that prohibits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from waste_bpm.law import registers
from waste_bpm.law.legality.facts import Case, Fact
from waste_bpm.law.legality.provisions import Provision, chapter
from waste_bpm.law.legality.question import Question
from waste_bpm.law.legality.verdict import (
    NEEDS_REVIEW,
    PERMITTED,
    PROHIBITED,
    Condition,
    Duty,
    Ground,
    Procedure,
    Transit,
    Verdict,
)
from waste_bpm.law.legality.waste import candidates, code_note
from waste_bpm.law.memberships import standing


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What was found of the waste under one of the entries for which its code may stand."""

    case: Case
    grounds: tuple[Ground, ...]
    passed: tuple[str, ...]
    procedure: Procedure | None

    @property
    def prohibited(self) -> bool:
        """Whether anything prohibits the movement."""
        return any(ground.outcome == PROHIBITED for ground in self.grounds)


def legality(question: Question) -> Verdict:
    """Whether the waste may go, with every reason, and what applies; raises InputInvalid for a question with mistakes.

    A status on which the law turns and that is not sourced gives `needs_review` and is named; it never counts as a yes.
    """
    question.check()
    wastes = candidates(question.waste, question.day)
    judged = [_judge(Case(question, waste, {})) for waste in wastes]
    grounds = tuple(_joined(judged))
    verdict = _verdict(grounds)
    procedure = None if verdict == PROHIBITED else _common(judged)
    return Verdict(
        question=question,
        verdict=verdict,
        regime=_regime(judged),
        procedure=procedure,
        findings=grounds,
        conditions=() if verdict == PROHIBITED else _conditions(judged, procedure),
        transit=_transit(question),
        duty=_duty(judged[0].case),
        notes=tuple(note for note in (code_note(question.waste, question.day),) if note),
        judged_as=tuple(waste.judged_as for waste in wastes),
        passed=tuple(dict.fromkeys(each for one in judged for each in one.passed)),
    )


def _verdict(grounds: tuple[Ground, ...]) -> str:
    outcomes = {ground.outcome for ground in grounds}
    return PROHIBITED if PROHIBITED in outcomes else NEEDS_REVIEW if outcomes else PERMITTED


def _judge(case: Case) -> Judgement:
    day = case.question.day
    begins = chapter("prohibitions").begins
    if day < begins:
        return Judgement(case=case, grounds=(_too_early(case, begins.isoformat()),), passed=(), procedure=None)
    grounds, passed = [], []
    for provision in chapter("prohibitions").in_force(day):
        ground = _ground(provision, case)
        if ground is None:
            passed.append(provision.id)
        else:
            grounds.append(ground)
    procedure, open_ = _procedure(case)
    return Judgement(case=case, grounds=(*grounds, *open_), passed=tuple(passed), procedure=procedure)


def _too_early(case: Case, begins: str) -> Ground:
    return Ground(
        rule_id="data-begin",
        outcome=NEEDS_REVIEW,
        message=f"The law on file begins on {begins}; {case.question.day} is not judged.",
        law="Basel Convention, Art. 25(1)",
        fix=f"Ask about a day from {begins} on.",
        judged_as=case.waste.judged_as,
    )


def _ground(provision: Provision, case: Case) -> Ground | None:
    """What the provision has against the case; None when it is clear of it."""
    applies, facts = provision.applies(case)
    if applies is False:
        return None
    unknown = tuple(fact for fact in facts if fact.holds is None)
    outcome, doubt = provision.outcome, ""
    if applies is None:
        outcome, doubt = NEEDS_REVIEW, f" Whether this applies is not known: {' '.join(f.says for f in unknown)}"
    elif provision.confidence == "to verify":
        outcome, doubt = NEEDS_REVIEW, " The text of this rule has not been verified."
    return Ground(
        rule_id=provision.id,
        outcome=outcome,
        message=provision.says + doubt,
        law=provision.reference,
        fix=provision.fix,
        step=provision.step,
        evidence=facts,
        judged_as=case.waste.judged_as,
    )


def _procedure(case: Case) -> tuple[Procedure | None, tuple[Ground, ...]]:
    """The first route whose conditions hold; where an earlier one is not known, the procedure is open."""
    doubts: list[tuple[Provision, tuple[Fact, ...]]] = []
    titles = chapter("routes").procedures
    for route in chapter("routes").in_force(case.question.day):
        applies, facts = route.applies(case)
        crossing = tuple(case.fact(each) for each in route.crossing)
        if applies is False or (applies and any(fact.holds is False for fact in crossing)):
            continue
        if applies is None or any(fact.holds is None for fact in crossing):
            doubts.append((route, facts + crossing))
            continue
        found = Procedure(
            id=route.procedure,
            title=titles[route.procedure],
            regime=route.regime,
            law=route.reference,
            confidence=route.confidence,
            evidence=facts + crossing,
        )
        differs = [each for each in doubts if (each[0].regime, each[0].procedure) != (found.regime, found.id)]
        return (None, (_open(case, differs),)) if differs else (found, ())
    return None, (_open(case, doubts),)


def _open(case: Case, doubts: list[tuple[Provision, tuple[Fact, ...]]]) -> Ground:
    unknown = tuple(dict.fromkeys(fact for _, facts in doubts for fact in facts if fact.holds is None))
    return Ground(
        rule_id="procedure-not-certain",
        outcome=NEEDS_REVIEW,
        message=f"Which procedure applies is not known: {' '.join(fact.says for fact in unknown)}",
        law="; ".join(dict.fromkeys(route.reference for route, _ in doubts)),
        fix="Source what is not known; until then keep to the stricter procedure.",
        step=99,
        evidence=unknown,
        judged_as=case.waste.judged_as,
    )


def _joined(judged: list[Judgement]) -> Iterator[Ground]:
    """The grounds under every entry; what prohibits only under some of them asks for review."""
    everywhere = all(one.prohibited for one in judged)
    found: dict[str, Ground] = {}
    for one in judged:
        for ground in one.grounds:
            kept = ground if everywhere or ground.outcome != PROHIBITED else _only_as(ground)
            before = found.get(ground.rule_id)
            if before is None or (before.outcome != PROHIBITED and kept.outcome == PROHIBITED):
                found[ground.rule_id] = kept
    return iter(sorted(found.values(), key=lambda ground: ground.step))


def _only_as(ground: Ground) -> Ground:
    doubt = f" This holds if the waste is {ground.judged_as}; under another entry for its code it would not."
    return replace(ground, outcome=NEEDS_REVIEW, message=ground.message + doubt)


def _common(judged: list[Judgement]) -> Procedure | None:
    """The procedure where every entry leads to the same."""
    ids = {one.procedure.id if one.procedure else None for one in judged}
    return judged[0].procedure if len(ids) == 1 else None


def _regime(judged: list[Judgement]) -> str | None:
    regimes = {one.procedure.regime if one.procedure else None for one in judged}
    return regimes.pop() if len(regimes) == 1 else None


def _conditions(judged: Iterable[Judgement], procedure: Procedure | None) -> tuple[Condition, ...]:
    """What must still be proven, in the order of the file; one that may apply is told too."""
    found: dict[str, Condition] = {}
    for one in judged:
        for each in chapter("conditions").in_force(one.case.question.day):
            fits = not each.procedures or procedure is None or procedure.id in each.procedures
            if fits and each.applies(one.case)[0] is not False:
                found.setdefault(each.id, Condition(id=each.id, says=each.says, law=each.reference))
    return tuple(found.values())


def _transit(question: Question) -> tuple[Transit, ...]:
    return tuple(_crossed(state, question) for state in dict.fromkeys(question.via))


def _crossed(state: str, question: Question) -> Transit:
    found = standing("PARTY", state, question.day)
    waiver = any(each.holds(state, question.day) for each in registers.waivers())
    if found.holds is False:
        duty, law = "is notified; its consent is not required, for it is no Party", "Basel Convention, Art. 7"
    elif waiver:
        duty, law = (
            "consents in writing, or by silence, for it has waived written consent",
            "Basel Convention, Art. 6(4)",
        )
    else:
        duty, law = "consents in writing; no waiver of it is on file", "Basel Convention, Art. 6(4)"
    return Transit(country=state, party=found.holds, duty=duty, law=law, source=found.source)


def _duty(case: Case) -> Duty | None:
    """Who notifies: the first row that applies, or that may apply."""
    for each in chapter("notifiers").in_force(case.question.day):
        if each.applies(case)[0] is not False:
            return Duty(id=each.id, notifiers=each.notifiers, says=each.says, law=each.reference)
    return None
