"""Entries of a law file: YAML to rules, and everything that is wrong with them, each with its file and line.

A legal number stands with its unit, its reference, how sure we are and the day on which it was checked. A clock says
when it starts, who owes what, and what follows; working days say whose they are.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from waste_bpm import resources
from waste_bpm.errors import InputInvalid
from waste_bpm.law.values import AMOUNTS, CONFIDENCE, COUNTS, PERIODS, UNITS, WORKING_DAYS, Rule, Said, Value
from waste_bpm.vocabulary import Finding, Role

Entry = Mapping[str, Any]

_CLOCK = ("starts", "owed_by", "owes", "consequence")
_TEXTS = ("description", "unit", "starts", "owes", "consequence", "silence", "calendar", "reason", "open", "confidence")
_HOW = ("counts_from", "pauses")
_KEYS = {*_TEXTS, *_HOW, "owed_by", "started_by", "marks", "tighter", "words", "values", "checked_on"}
_REFERS = {"both_ends": "counts_start", "end_exclusive": "ends_before"}
_VALUE_KEYS = {"value", "reference", "until", "unit", "starts", "calendar", "confidence"}
_MARKS = ("last day", "first day")
_TIGHTER = ("shorter", "longer", "smaller", "larger")
_CURE = "A legal number stands with its unit, its reference, its confidence and the day it was checked."


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in a file: where, by the keys that lead there, and why."""

    keys: tuple[object, ...]
    why: str


@dataclass(slots=True)
class _Reading:
    """Entries being read: the keys they stand under, the names of all rules, and what was found wrong so far."""

    under: tuple[object, ...]
    known: Collection[str]
    wrong: list[Wrong] = field(default_factory=list)

    def say(self, why: str, *keys: object) -> None:
        self.wrong.append(Wrong((*self.under, *keys), why))


def read(file: Path) -> tuple[Entry, Mapping[str, Rule]]:
    """The head of a law file and its rules; raises InputInvalid with every fault, its file and its line."""
    data = resources.read_yaml(file)
    if not isinstance(data, dict) or not isinstance(data.get("rules"), dict):
        raise InputInvalid(finding(file, Wrong((), "it holds no rules")))
    missing = [Wrong((), f"it has no {key}") for key in ("regime", "title") if not data.get(key)]
    rules, wrong = rules_of(data["rules"])
    if missing or wrong:
        raise InputInvalid(finding(file, each) for each in (*missing, *wrong))
    return data, rules


def rules_of(
    entries: Mapping[str, Any], under: tuple[object, ...] = ("rules",)
) -> tuple[Mapping[str, Rule], list[Wrong]]:
    """The rules of entries, and what is wrong with them; an entry that is wrong makes no rule."""
    reading = _Reading(under, entries)
    made = {}
    for name, entry in entries.items():
        before = len(reading.wrong)
        _check(reading, name, entry)
        if len(reading.wrong) == before:
            made[name] = _rule(name, entry)
    return {name: _referring(rule, entries[name], made) for name, rule in made.items()}, reading.wrong


def finding(file: Path, wrong: Wrong) -> Finding:
    """The fault as a person reads it, with the line on which the entry stands."""
    name = ", ".join(str(key) for key in wrong.keys[1:])
    return Finding(
        rule_id="law-entry",
        message=f"{file.name}{', ' if name else ''}{name}: {wrong.why}.",
        pointer=str(file),
        line=resources.line_of(file, wrong.keys),
        fix=_CURE,
    )


def _check(reading: _Reading, name: str, entry: Any) -> None:
    if not isinstance(entry, dict):
        reading.say("it is no entry", name)
        return
    for why in (*_keys_wrong(entry), *_clock_wrong(entry), *_direction_wrong(entry, reading.known)):
        reading.say(why, name)
    values = entry.get("values")
    if not isinstance(values, dict) or not values:
        reading.say("it has no values", name)
        return
    for since, said in values.items():
        for why in _value_wrong(entry, since, said):
            reading.say(why, name, "values", since)
    for since in _overlapping(values):
        reading.say("it begins before the value before it has ended: two values would hold", name, "values", since)


def _keys_wrong(entry: Entry) -> Iterator[str]:
    yield from (f"it has a key {key!r} that no entry has" for key in entry.keys() - _KEYS - _REFERS.keys())
    yield from (f"its {key} is no text" for key in (*_TEXTS, *_HOW) if key in entry and not _is_text(entry[key]))
    if not entry.get("description"):
        yield "it has no description"
    if entry.get("unit") not in UNITS:
        yield f"its unit is none of {', '.join(UNITS)}"
    if entry.get("confidence") not in CONFIDENCE:
        yield f"its confidence is none of {', '.join(CONFIDENCE)}"
    if not _is_day(entry.get("checked_on")):
        yield "nobody checked it on a day"


def _clock_wrong(entry: Entry) -> Iterator[str]:
    clock = entry.get("unit") in PERIODS
    for key in _CLOCK:
        if clock and not entry.get(key):
            yield f"a clock says {key.replace('_', ' ')}, and it does not"
        if not clock and key in entry:
            yield f"only a clock says {key.replace('_', ' ')}"
    for key in ("owed_by", "started_by"):
        if key in entry and entry[key] not in list(Role):
            yield f"its {key} is {entry[key]!r}, which is no role"
    if entry.get("marks", _MARKS[0]) not in _MARKS:
        yield f"it marks none of {', '.join(_MARKS)}"


def _direction_wrong(entry: Entry, known: Collection[str]) -> Iterator[str]:
    if entry.get("tighter") not in (None, *_TIGHTER):
        yield f"its tighter is none of {', '.join(_TIGHTER)}"
    words = entry.get("words", [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        yield "its words are no list of words"
    for key in _REFERS:
        if key in entry and entry[key] not in known:
            yield f"its {key} is the rule {entry[key]!r}, which this file does not hold"


def _value_wrong(entry: Entry, since: Any, said: Any) -> Iterator[str]:
    if not _is_day(since):
        yield "a value holds from a day written as 2026-11-24, and this is none"
    if not isinstance(said, dict) or "value" not in said:
        yield "it has no value, not even null"
        return
    yield from (f"a value has no key {key!r}" for key in said.keys() - _VALUE_KEYS)
    if not _is_text(said.get("reference")):
        yield "it has no reference"
    if said["value"] is None and not entry.get("reason"):
        yield "it is null and has no reason"
    if "until" in said and not (_is_day(said["until"]) and _is_day(since) and said["until"] >= since):
        yield "its last day is no day after its first"
    unit = said.get("unit", entry.get("unit"))
    if unit not in UNITS:
        yield from [f"its unit is none of {', '.join(UNITS)}"] if "unit" in said else []
    if unit == WORKING_DAYS and not said.get("calendar", entry.get("calendar")):
        yield "working days have a calendar, and it names none"
    if unit in UNITS and said["value"] is not None:
        yield from _said_wrong(unit, said["value"], entry.get("words") or [])
    if said.get("confidence", CONFIDENCE[0]) not in CONFIDENCE:
        yield f"its confidence is none of {', '.join(CONFIDENCE)}"


def _said_wrong(unit: str, value: Any, words: list[str]) -> Iterator[str]:
    if unit in (*PERIODS, *COUNTS) and (type(value) is not int or value < 0):
        yield f"{value!r} is no number of {unit}"
    if unit in AMOUNTS and (type(value) not in (int, float, str) or not _is_amount(value)):
        yield f"{value!r} is no amount in {unit}"
    if unit == "yes or no" and not isinstance(value, bool):
        yield f"{value!r} is neither true nor false"
    if unit == "words":
        said = value if isinstance(value, list) else [value]
        allowed = words or list(Role)
        yield from (f"{word!r} is none of {', '.join(allowed)}" for word in said if word not in allowed)


def _overlapping(values: Mapping[Any, Any]) -> Iterator[date]:
    dated = sorted((since, said) for since, said in values.items() if _is_day(since) and isinstance(said, dict))
    for (_, said), (since, _) in pairwise(dated):
        if _is_day(said.get("until")) and said["until"] >= since:
            yield since


def _is_day(value: Any) -> bool:
    return type(value) is date


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_amount(value: Any) -> bool:
    try:
        return Decimal(str(value)) >= 0
    except ArithmeticError:
        return False


def _rule(name: str, entry: Entry) -> Rule:
    kept = {key: value for key, value in entry.items() if key not in ("values", "words", *_REFERS)}
    roles = {key: Role(entry[key]) for key in ("owed_by", "started_by") if key in entry}
    values = tuple(_value(entry, since, said) for since, said in sorted(entry["values"].items()))
    return Rule(id=name, values=values, words=tuple(entry.get("words", ())), **{**kept, **roles})


def _value(entry: Entry, since: date, said: Entry) -> Value:
    inherited = {key: said.get(key, entry.get(key)) for key in ("unit", "starts", "calendar", "confidence")}
    value = _said(inherited["unit"], said["value"])
    return Value(since=since, until=said.get("until"), reference=said["reference"], value=value, **inherited)


def _said(unit: str, value: Any) -> Said | None:
    if value is None:
        return None
    if unit in AMOUNTS:
        return Decimal(str(value))
    made: Said = tuple(value) if isinstance(value, list) else value
    return made


def _referring(rule: Rule, entry: Entry, made: Mapping[str, Rule]) -> Rule:
    """The rule with the values of the parameters that its entry names."""
    named = {ours: made[entry[key]].values for key, ours in _REFERS.items() if entry.get(key) in made}
    counts, ends = named.get("counts_start", ()), named.get("ends_before", ())
    return replace(rule, counts_start=counts, ends_before=ends) if named else rule
