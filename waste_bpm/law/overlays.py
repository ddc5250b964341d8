"""National law beside a regime: a file of `law/countries/` adds what the regime leaves open, or is stricter than it.

A State may ask more than the treaty, never less (Basel Art. 4(11)): a value that is looser on any day is
refused when the file is loaded. Which direction is tighter is part of each rule of the regime.

    country: XA
    overlays:
      BASEL:
        import_answer:
          values:
            2026-01-01: {value: 30, reference: "Waste Act of XA, section 4"}
          confidence: text read
          checked_on: 2026-11-24
    four_eyes:
      answer.consent:
        values:
          2026-01-01: {value: true, reference: "Standing order of the authority of XA, section 2"}
        confidence: practice
        checked_on: 2026-11-24

`four_eyes` names the steps that two persons take together in this country, each from a day on. A file may hold one of
the two parts, or both.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from waste_bpm import resources
from waste_bpm.errors import InputInvalid
from waste_bpm.law import entries
from waste_bpm.law.entries import Wrong
from waste_bpm.law.values import Rule, Said, Value

_OWN = {"values", "reason", "open", "confidence", "checked_on"}
_OF_THE_REGIME = (
    "description", "unit", "starts", "owed_by", "owes", "consequence", "started_by", "silence", "calendar", "marks",
    "tighter",
)  # fmt: skip
_PAIRED = "Two persons of the authority take this step together"


def read(file: Path) -> tuple[str, Mapping[str, Mapping[str, Any]]]:
    """The country of an overlay and its entries by regime; raises InputInvalid when it is none."""
    data = resources.read_yaml(file)
    held = data.get("overlays", {}) if isinstance(data, dict) else None
    nothing = not held and not (isinstance(data, dict) and data.get("four_eyes"))
    if nothing or not isinstance(held, dict) or not all(isinstance(rules, dict) for rules in held.values()):
        raise InputInvalid(entries.finding(file, Wrong((), "it holds no overlays")))
    if not isinstance(data.get("country"), str):
        raise InputInvalid(entries.finding(file, Wrong((), "it names no country")))
    return data["country"], held


def four_eyes(file: Path) -> tuple[str, Mapping[str, Rule]]:
    """The country of a file, and for each step that it names whether two persons take it, from which day on.

    Raises InputInvalid with every fault and its line. Whether there is such a step is judged where steps are known.
    """
    country, _ = read(file)
    held = resources.read_yaml(file).get("four_eyes", {})
    if not isinstance(held, dict):
        raise InputInvalid(entries.finding(file, Wrong(("four_eyes",), "it names no steps")))
    wrong = [
        Wrong(("four_eyes", name), f"it says {', '.join(sorted(_OWN))}, and nothing else")
        for name, entry in held.items()
        if not isinstance(entry, dict) or entry.keys() - _OWN
    ]
    if not wrong:
        full = {name: {"description": _PAIRED, "unit": "yes or no", **entry} for name, entry in held.items()}
        rules, wrong = entries.rules_of(full, ("four_eyes",))
    if wrong:
        raise InputInvalid(entries.finding(file, each) for each in wrong)
    return country, rules


def tightened(file: Path, regime: str, rules: Mapping[str, Rule]) -> Mapping[str, Rule]:
    """The rules of a regime as they hold in the country of the file; raises InputInvalid with every fault and line."""
    _, held = read(file)
    made: dict[str, Rule] = {}
    wrong: list[Wrong] = []
    for name, entry in held.get(regime, {}).items():
        under = ("overlays", regime)
        found = _entry_wrong(entry, name, rules)
        if found:
            wrong.append(Wrong((*under, name), found))
            continue
        inherited = {key: said for key in _OF_THE_REGIME if (said := getattr(rules[name], key)) is not None}
        full = {**inherited, "words": list(rules[name].words), **entry}
        own, faults = entries.rules_of({name: full}, under)
        wrong += faults or _loosened(rules[name], own[name], (*under, name, "values"))
        if not faults:
            made[name] = _merged(rules[name], own[name])
    if wrong:
        raise InputInvalid(entries.finding(file, each) for each in wrong)
    return {**rules, **made}


def _entry_wrong(entry: Any, name: str, rules: Mapping[str, Rule]) -> str | None:
    if name not in rules:
        return "the regime has no such rule"
    if not isinstance(entry, dict):
        return "it is no entry"
    other = sorted(entry.keys() - _OWN)
    if other:
        return f"an overlay says {', '.join(sorted(_OWN))}, and not {', '.join(other)}"
    return None if rules[name].tighter else "the regime does not say which direction is tighter"


def _loosened(base: Rule, own: Rule, keys: tuple[object, ...]) -> list[Wrong]:
    """The values of an overlay that are looser than the regime on some day on which they hold."""
    found = []
    for day in _turns(base, own):
        held, said = base.on(day), own.on(day)
        if held is None or held.value is None or said is None or is_tighter(base, held, said):
            continue
        why = (
            f"{_shown(said)} is looser than {_shown(held)} ({held.reference}) from {day} on; {base.tighter} is tighter"
        )
        found.append(Wrong((*keys, said.since), why))
    return found


def is_tighter(rule: Rule, held: Value, said: Value) -> bool:
    """Whether a value asks at least as much as the one of the regime; false where the two cannot be compared."""
    if held.value is None or said.value is None or (held.unit, held.calendar) != (said.unit, said.calendar):
        return False
    ours, theirs = _weight(rule, said.value), _weight(rule, held.value)
    if isinstance(ours, frozenset) or isinstance(theirs, frozenset):
        return bool(ours <= theirs)
    return bool(ours <= theirs if rule.tighter in ("shorter", "smaller") else ours >= theirs)


def _weight(rule: Rule, value: Said) -> Any:
    if isinstance(value, tuple):
        return frozenset(value)
    return rule.words.index(value) if isinstance(value, str) else value


def _shown(value: Value) -> str:
    return f"{value.value} {value.unit}"


def _turns(base: Rule, own: Rule) -> Iterator[date]:
    """The days on which what holds may change, from the first day of the overlay on."""
    first = own.values[0].since
    held = (*base.values, *own.values)
    days = {each.since for each in held} | {each.until + timedelta(days=1) for each in held if each.until}
    return iter(sorted(day for day in days if day >= first))


def _merged(base: Rule, own: Rule) -> Rule:
    """The rule with what holds from each turn on: the overlay where it says something, the regime elsewhere."""
    before = [value for value in base.values if value.since < own.values[0].since]
    after = []
    for day in _turns(base, own):
        held = own.on(day) or base.on(day)
        if held is not None:
            after.append(replace(held, since=day))
    return replace(
        base,
        values=(*before, *after),
        reason=own.reason or base.reason,
        open=own.open or base.open,
        confidence=own.confidence,
        checked_on=own.checked_on,
    )
