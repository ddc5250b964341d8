"""The facts that the law turns on, each asked by a phrase: `export in EU-LAW`, `waste is hazardous`...

A fact holds, does not hold, or is not known (None), and says so in a sentence with its source. The phrases stand in the
files of `law/legality/`; one that nobody can answer is refused when the file is read.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from waste_bpm.law import codes, registers
from waste_bpm.law.legality.question import Question
from waste_bpm.law.legality.waste import Waste, green
from waste_bpm.law.memberships import GROUPS, Standing, standing
from waste_bpm.law.rules import regime
from waste_bpm.law.three_valued import both, either
from waste_bpm.vocabulary import Quantity, Unit


@dataclass(frozen=True, slots=True)
class Fact:
    """An answer to a phrase: whether it holds (None: not known), the sentence that says why, and the source."""

    phrase: str
    holds: bool | None
    says: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A question with the waste as which it is judged; it keeps the facts that were asked for."""

    question: Question
    waste: Waste
    known: dict[str, Fact]

    def fact(self, phrase: "Phrase") -> Fact:
        """The answer to a phrase."""
        found = self.known.get(phrase.text)
        if found is None:
            found = self.known[phrase.text] = phrase.answer(self)
        return found


Answer = tuple[bool | None, str, str]
"""Whether it holds, the sentence, the source."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of a law file, and the function that answers it."""

    text: str
    ask: Callable[..., Answer]
    arguments: tuple[str, ...]
    negated: bool

    def answer(self, case: Case) -> Fact:
        """The fact in this case."""
        holds, says, source = self.ask(case, *self.arguments)
        return Fact(self.text, holds if holds is None or not self.negated else not holds, says, source)


def _said(state: str, group: str, found: Standing, day: date) -> str:
    if found.holds is None:
        return f"Whether {state} is {GROUPS[group]} on {day} is not sourced{f' ({found.note})' if found.note else ''}."
    since = f", since {found.since}" if found.holds and found.since else ""
    return f"{state} {'is' if found.holds else 'is not'} {GROUPS[group]} on {day}{since}."


def _standings(case: Case, states: Iterable[str], group: str) -> tuple[list[bool | None], str, str]:
    day = case.question.day
    asked = [(state, standing(group, state, day)) for state in dict.fromkeys(states)]
    says = " ".join(_said(state, group, found, day) for state, found in asked)
    sources = dict.fromkeys(found.source for _, found in asked if found.source)
    return [found.holds for _, found in asked], says, "; ".join(sources)


def _state(case: Case, side: str, group: str) -> Answer:
    state = case.question.start if side == "export" else case.question.end
    holds, says, source = _standings(case, [state], group)
    return holds[0], says, source


def _an_end(case: Case, group: str) -> Answer:
    holds, says, source = _standings(case, (case.question.start, case.question.end), group)
    return either(holds), says, source


def _both_ends(case: Case, group: str) -> Answer:
    holds, says, source = _standings(case, (case.question.start, case.question.end), group)
    return both(holds), says, source


def _divided(case: Case, group: str) -> Answer:
    """Whether one end belongs to the group and the other does not."""
    start, end = case.question.start, case.question.end
    holds, says, source = _standings(case, (start, end), group)
    if len(holds) == 1:
        return False, says, source
    return None if None in holds else holds[0] is not holds[1], says, source


def _transit(case: Case, group: str) -> Answer:
    """Whether all belong; one that is not sourced leaves that open, whoever else is crossed."""
    if not case.question.via:
        return True, "No transit State is crossed.", ""
    holds, says, source = _standings(case, case.question.via, group)
    return None if None in holds else both(holds), says, source


def _transit_unsourced(case: Case, group: str) -> Answer:
    unsourced = [s for s in case.question.via if standing(group, s, case.question.day).holds is None]
    _, says, source = _standings(case, unsourced, group)
    return bool(unsourced), says or f"Every transit State is sourced as to whether it is {GROUPS[group]}.", source


def _place(case: Case, place: str) -> Answer:
    there = case.question.destination == place
    return there, f"The destination {'lies' if there else 'does not lie'} {place.replace('-', ' ')}.", "the question"


def _operation(case: Case, kind: str) -> Answer:
    held = "disposal" if codes.find("D", case.question.operation) else "recovery"
    return held == kind, f"{case.question.operation} is an operation of {held}.", "Basel Convention, Annex IV"


def _operation_coded(case: Case, code: str) -> Answer:
    return case.question.operation == code, f"The operation is {case.question.operation}.", "the question"


def _called(states: Iterable[str]) -> str:
    return f"{', '.join(sorted(states))} calls it hazardous by its own law"


def _hazardous(case: Case) -> Answer:
    waste, entry = case.waste, case.waste.entry
    if waste.hazardous is None:
        why = "No entry of Annex VIII or IX decides whether this waste is hazardous: its properties do."
        return None, f"{waste.judged_as}: {why}", "Basel Convention, Art. 1(1)(a), Annexes I and III"
    verb = "is presumed hazardous" if waste.hazardous else "is not hazardous by its entry"
    return waste.hazardous, f"{waste.judged_as} ({entry.label if entry else ''}) {verb}.", entry.source if entry else ""


def _hazardous_by(case: Case, states: Iterable[str]) -> Answer:
    """Whether it is hazardous under Art. 1(1)(a), or by the law of one of these States."""
    naming = case.question.hazardous_for & set(states)
    if naming:
        return True, f"{case.waste.judged_as}: {_called(naming)}.", "Basel Convention, Art. 1(1)(b); the question"
    return _hazardous(case)


def _hazardous_anywhere(case: Case) -> Answer:
    return _hazardous_by(case, case.question.states)


def _hazardous_at_an_end(case: Case) -> Answer:
    return _hazardous_by(case, (case.question.start, case.question.end))


def _national_alone(case: Case) -> Answer:
    """Whether only the law of a State makes it hazardous, and it is no waste of Annex II."""
    waste = case.waste
    by_list = either((waste.hazardous, waste.other))
    named = bool(case.question.hazardous_for)
    says = f"{waste.judged_as}: {_called(case.question.hazardous_for) if named else 'no State calls it hazardous'}."
    return both((named, None if by_list is None else not by_list)), says, "Basel Convention, Art. 1(1)(b), 6(5)"


def _hazardous_for(case: Case, side: str) -> Answer:
    asked = case.question
    states = {"export": (asked.start,), "import": (asked.end,), "transit": asked.via}[side]
    naming = asked.hazardous_for & set(states)
    says = _called(naming) if naming else f"no State of {side} calls it hazardous by its own law"
    return bool(naming), f"{asked.waste}: {says}.", "the question"


def _other(case: Case) -> Answer:
    waste, entry = case.waste, case.waste.entry
    verb = {True: "is", False: "is not", None: "may be"}[waste.other]
    source = entry.source if entry and waste.other else "Basel Convention, Art. 1(2), Annex II"
    return waste.other, f"{waste.judged_as} {verb} an other waste of Annex II.", source


def _controlled(case: Case) -> Answer:
    """Whether the Convention controls it: hazardous for anybody, or of Annex II (Basel Art. 1)."""
    hazardous, why, source = _hazardous_anywhere(case)
    other, also, _ = _other(case)
    return either((hazardous, other)), also if other and not hazardous else why, source


def _harmless_by_list(case: Case) -> Answer:
    hazardous, says, source = _hazardous(case)
    listed = case.waste.entry is not None and not case.waste.other
    return listed and hazardous is False, says, source


def _annex_i(case: Case) -> Answer:
    held = case.waste.entry is not None and case.waste.entry.list == "Y"
    return (
        held,
        f"{case.waste.judged_as} {'is' if held else 'is not'} a category of Annex I.",
        "Basel Convention, Annex I",
    )


def _coded(case: Case, code: str) -> Answer:
    return code in case.waste.names, f"The waste is coded {' or '.join(sorted(case.waste.names))}.", "the question"


_COLOUR = {True: "is green", False: "is not green", None: "may be green or not"}


def _green(case: Case, view: str) -> Answer:
    holds, law = green(case.waste, view)
    return holds, f"{case.question.waste} {_COLOUR[holds]} {codes.VIEWS[view]}.", law


def _import_prohibited(case: Case) -> Answer:
    holds, found = registers.import_prohibited(
        case.question.end, case.waste.names, _hazardous_at_an_end(case)[0], case.question.day
    )
    if found is None:
        return False, f"No prohibition of import of {case.question.end} for this waste is on file.", "open register"
    only = f", of {found.only}; whether this waste is such waste is not said" if found.only else ""
    return holds, f"{found.country} prohibits the import of {found.waste}{only}.", found.source


def _agreement(case: Case) -> Answer:
    asked = case.question
    holds, found = registers.agreement_covers(asked.start, asked.end, asked.via, asked.operation[0], asked.day)
    if found is None:
        return (
            False,
            f"No agreement under Art. 11 that covers {asked.operation} on this route is on file.",
            "open register",
        )
    verb = "covers this case" if holds else f"may cover this case ({found.reach})"
    return holds, f"{found.title} {verb}.", found.source


def _country_rule(case: Case, regulation: str) -> Answer:
    asked = case.question
    found = registers.country_rule(regulation, asked.end, case.waste.names, asked.day)
    if found is None:
        return None, f"What {regulation} says of {asked.waste} and {asked.end} is not sourced.", "open register"
    verb = {True: "forbids", False: "does not forbid", None: "may forbid"}[found.forbids]
    return found.forbids, f"{regulation} {verb} {found.waste} to {found.country}: {found.procedure}.", found.source


def _within(case: Case, rule: str, name: str) -> Answer:
    """Whether the quantity is stated and at most what a rule of a regime sets."""
    value, quantity = regime(name).on(rule, case.question.day), case.question.quantity
    if value is None or not isinstance(value.value, int | Decimal):
        return False, f"The regime {name} sets no {rule.replace('_', ' ')}.", "law/regimes"
    limit = Quantity(Decimal(value.value), Unit.KILOGRAM)
    if quantity is None or quantity.dimension != limit.dimension:
        return False, f"No mass is stated that could be compared with {limit}.", value.reference
    return quantity <= limit, f"{quantity} is {'within' if quantity <= limit else 'above'} {limit}.", value.reference


def _sample(case: Case, rule: str, name: str) -> Answer:
    if not case.question.laboratory:
        return False, "The waste is not sent to a laboratory.", "the question"
    return _within(case, rule, name)


def _pre_consented(case: Case) -> Answer:
    said = case.question.pre_consented
    return said, f"The facility is {'' if said else 'not '}said to be pre-consented.", "the question"


def _beyond_pre_consent(case: Case) -> Answer:
    beyond = case.question.operation == "R13" or codes.find("D", case.question.operation) is not None
    return beyond, f"Pre-consent can{'not' if beyond else ''} reach {case.question.operation}.", "the question"


def _re_export(case: Case) -> Answer:
    first = case.question.re_export_of
    return first is not None, f"The waste was first exported from {first or 'this State'}.", "the question"


def _joined_after(case: Case, group: str, day: str) -> Answer:
    found = standing(group, case.question.end, case.question.day)
    later = bool(found.holds) and standing(group, case.question.end, date.fromisoformat(day)).holds is not True
    return later, f"{case.question.end} joined the {group} on {found.since or 'a day not sourced'}.", found.source


_GROUP = f"({'|'.join(GROUPS)})"
_PHRASES: Mapping[str, Callable[..., Answer]] = {
    f"(export|import) in {_GROUP}": _state,
    f"an end in {_GROUP}": _an_end,
    f"both ends in {_GROUP}": _both_ends,
    f"ends divided by {_GROUP}": _divided,
    f"transit in {_GROUP}": _transit,
    f"a transit unsourced in {_GROUP}": _transit_unsourced,
    r"place is (\S+)": _place,
    r"operation is (disposal|recovery)": _operation,
    r"operation is coded (\S+)": _operation_coded,
    r"waste is hazardous": _hazardous,
    r"waste is hazardous for any State": _hazardous_anywhere,
    r"waste is hazardous for an end": _hazardous_at_an_end,
    r"waste is hazardous by national law alone": _national_alone,
    r"waste is not hazardous by its list": _harmless_by_list,
    r"waste is other": _other,
    r"waste is controlled": _controlled,
    r"waste is of Annex I": _annex_i,
    r"waste is coded (\S+)": _coded,
    r"waste is green in (BASEL|OECD|EU)": _green,
    r"hazardous for (export|import|transit)": _hazardous_for,
    r"import is prohibited": _import_prohibited,
    r"agreement covers": _agreement,
    r"country rule (\S+) forbids": _country_rule,
    r"quantity within (\w+) of (\w+)": _within,
    r"sample within (\w+) of (\w+)": _sample,
    r"facility is pre-consented": _pre_consented,
    r"pre-consent cannot reach": _beyond_pre_consent,
    r"movement is a re-export": _re_export,
    r"import joined (OECD) after (\d{4}-\d\d-\d\d)": _joined_after,
}


def phrase(text: str) -> Phrase | None:
    """The phrase with the function that answers it; None when nobody can."""
    negated = text.startswith("not ")
    asked = text.removeprefix("not ")
    for pattern, ask in _PHRASES.items():
        if found := re.fullmatch(pattern, asked):
            return Phrase(text, ask, found.groups(), negated)
    return None
