"""The provisions of `law/legality/*.yaml`: what the law says when, from which day, by which article.

A provision is dated like a number of the law: each value holds from its day until the next, `null` ends it. It applies
when all of `when` hold and none of `unless` does; where that turns on something that is not known, so is the answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from waste_bpm import resources
from waste_bpm.errors import InputInvalid
from waste_bpm.law.legality.facts import Case, Fact, Phrase, phrase
from waste_bpm.vocabulary import Finding

OUTCOMES = ("prohibited", "needs_review")
CONFIDENCE = ("text read", "secondary source", "practice", "to verify")
_PHRASES = ("when", "unless", "crossing")
_SEVERAL = ("procedures", "notifiers")
_WORDS = ("outcome", "says", "fix", "regime", "procedure", "confidence", "open")
_KEYS = frozenset((*_PHRASES, *_SEVERAL, *_WORDS, "step", "values", "checked_on"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Provision:
    """What the law says from one day to another, and the conditions on which it turns."""

    id: str
    since: date
    until: date | None
    reference: str
    when: tuple[Phrase, ...]
    unless: tuple[Phrase, ...] = ()
    crossing: tuple[Phrase, ...] = ()
    step: int = 0
    outcome: str = ""
    says: str = ""
    fix: str = ""
    regime: str | None = None
    procedure: str = ""
    procedures: tuple[str, ...] = ()
    notifiers: tuple[str, ...] = ()
    confidence: str = "text read"
    open: str = ""

    def in_force(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.since <= day and (self.until is None or day <= self.until)

    def applies(self, case: Case) -> tuple[bool | None, tuple[Fact, ...]]:
        """Whether it applies to the case, and the facts on which that turns; one that does not hold settles it."""
        facts: list[Fact] = []
        for each in self.when:
            facts.append(case.fact(each))
            if facts[-1].holds is False:
                return False, (facts[-1],)
        for each in self.unless:
            facts.append(case.fact(each))
            if facts[-1].holds is True:
                return False, (facts[-1],)
        return None if any(fact.holds is None for fact in facts) else True, tuple(facts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Chapter:
    """A file of provisions, in its order, with the procedures that it names."""

    title: str
    provisions: tuple[Provision, ...]
    procedures: dict[str, str]

    @property
    def begins(self) -> date:
        """The first day of which any provision speaks."""
        return min(each.since for each in self.provisions)

    def in_force(self, day: date) -> Iterator[Provision]:
        """The provisions of a day, in order."""
        return (each for each in self.provisions if each.in_force(day))


def read(file: Path) -> Chapter:
    """The provisions of a file; raises InputInvalid naming the file and each entry that is wrong."""
    data = resources.read_yaml(file)
    procedures = data.get("procedures", {})
    wrong = [problem for name, entry in data["rules"].items() for problem in _wrong(file, name, entry, procedures)]
    if wrong:
        raise InputInvalid(wrong)
    provisions = (each for name, entry in data["rules"].items() for each in _dated(name, entry))
    return Chapter(title=data["title"], provisions=tuple(provisions), procedures=procedures)


def _wrong(file: Path, name: str, entry: dict[str, Any], procedures: dict[str, str]) -> Iterator[Finding]:
    values = [value for value in entry.get("values", {}).values() if value is not None]
    said = [text for part in (entry, *values) for key in _PHRASES for text in part.get(key, ())]
    problems = (
        ("it has no values", not values),
        ("a value has no reference", any(not value.get("reference") for value in values)),
        ("its outcome is none of prohibited, needs_review", entry.get("outcome", "prohibited") not in OUTCOMES),
        (
            "its confidence is none that we know",
            any(part.get("confidence", "text read") not in CONFIDENCE for part in (entry, *values)),
        ),
        (f"there is no procedure {entry.get('procedure')!r}", entry.get("procedure", "") not in ("", *procedures)),
        *((f"nobody can answer the phrase {text!r}", phrase(text) is None) for text in said),
        *((f"it has a key {key!r} that means nothing", True) for key in entry.keys() - _KEYS),
    )
    for problem, found in problems:
        if found:
            yield Finding(
                rule_id="provision-wrong",
                message=f"{file.name}, {name}: {problem}.",
                pointer=f"/rules/{name}",
                fix="A provision stands with its dated values, their references, and phrases that can be asked.",
            )


def _dated(name: str, entry: dict[str, Any]) -> Iterator[Provision]:
    values = sorted(entry["values"].items())
    ends = [since - timedelta(days=1) for since, _ in values[1:]]
    shared = {key: entry[key] for key in entry.keys() - {"values", "checked_on"}}
    for (since, value), until in zip(values, [*ends, None], strict=True):
        if value is not None:
            yield _provision(name, since, until, shared | value)


def _provision(name: str, since: date, until: date | None, said: dict[str, Any]) -> Provision:
    asked: dict[str, Any] = {key: tuple(map(_phrase, said.get(key, ()))) for key in _PHRASES}
    several: dict[str, Any] = {key: tuple(said.get(key, ())) for key in _SEVERAL}
    words: dict[str, Any] = {key: " ".join(said[key].split()) for key in _WORDS if key in said}
    return Provision(
        id=name,
        since=since,
        until=until,
        reference=said["reference"],
        step=said.get("step", 0),
        **asked,
        **several,
        **words,
    )


def _phrase(text: str) -> Phrase:
    found = phrase(text)
    if found is None:
        raise InputInvalid(Finding(rule_id="provision-wrong", message=f"Nobody can answer the phrase {text!r}."))
    return found


@cache
def chapter(name: str) -> Chapter:
    """A packaged file of provisions: `prohibitions`, `routes`, `notifiers` or `conditions`."""
    return read(resources.path("law", "legality", f"{name}.yaml"))
