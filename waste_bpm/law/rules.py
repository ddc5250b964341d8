"""The law at a day: numbers with their citation, and the registers that a node is given (waivers, authorities).

Each number lives in `law/regimes/*.yaml` with the day from which it holds, its reference, and how sure we are.
`null` means that the law sets no number; then no clock starts, and the reason is on file.
"""

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from waste_bpm import resources
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.vocabulary import Finding, Role

UNITS = ("calendar days", "calendar months")
CONFIDENCE = ("text read", "practice", "to verify")


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """What a rule says from one day on; `value` None means that the law sets no number."""

    since: date
    value: int | None
    reference: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One number of the law: what it measures, from which event, who owes what, and its dated values."""

    id: str
    description: str
    unit: str
    starts: str
    owed_by: Role
    owes: str
    values: tuple[Value, ...]
    confidence: str
    checked_on: date
    started_by: Role | None = None
    silence: str | None = None
    reason: str | None = None
    open: str | None = None

    def on(self, day: date) -> Value | None:
        """The value in force on a day; None before the first."""
        held = [value for value in self.values if value.since <= day]
        return held[-1] if held else None

    def due(self, start: date) -> date | None:
        """The last day of a period that starts on `start`; None where the law sets no number."""
        held = self.on(start)
        if held is None or held.value is None:
            return None
        return start + timedelta(days=held.value) if self.unit == "calendar days" else months_later(start, held.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """A State's declaration that silence of its transit authority means consent (Basel Art. 6(4))."""

    country: str
    since: date
    until: date | None
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Law:
    """A regime with the registers of a node; everything a guard may ask about the law."""

    regime: str
    title: str
    rules: Mapping[str, Rule]
    waivers: tuple[Waiver, ...] = ()

    def rule(self, name: str) -> Rule:
        """The rule of this name; raises NotFound."""
        found = self.rules.get(name)
        if found is None:
            raise NotFound(Finding(rule_id="rule-unknown", message=f"The regime {self.regime} has no rule {name!r}."))
        return found

    def waiver(self, country: str, day: date) -> Waiver | None:
        """The waiver of written consent that this State had declared on a day, if it is on file."""
        for waiver in self.waivers:
            if waiver.country == country and waiver.since <= day and (waiver.until is None or day <= waiver.until):
                return waiver
        return None

    def with_waivers(self, waivers: Iterable[Waiver]) -> "Law":
        """The same law with more waivers on file."""
        return replace(self, waivers=(*self.waivers, *waivers))


def months_later(start: date, months: int) -> date:
    """The same day some months later, or the last day of a month that is too short."""
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


@cache
def regime(name: str) -> Law:
    """The packaged regime of this name (`BASEL`); raises NotFound."""
    for file in resources.files("law", "regimes/*.yaml"):
        law = read_regime(file)
        if law.regime == name:
            return law
    raise NotFound(Finding(rule_id="regime-unknown", message=f"There is no regime {name!r}.", fix="BASEL is one."))


def read_regime(file: Path) -> Law:
    """The regime in a file; raises InputInvalid naming the file and the entry that is wrong."""
    data = resources.read_yaml(file)
    return Law(
        regime=data["regime"],
        title=data["title"],
        rules={name: _rule(file, name, entry) for name, entry in data["rules"].items()},
    )


def _rule(file: Path, name: str, entry: dict[str, Any]) -> Rule:
    entry = dict(entry)
    values = entry.pop("values", {})
    wrong = [
        problem
        for problem, found in (
            ("it has no values", not values),
            ("a value has no reference", any(not value.get("reference") for value in values.values())),
            ("a null value has no reason", None in (v["value"] for v in values.values()) and not entry.get("reason")),
            (f"its unit is none of {', '.join(UNITS)}", entry.get("unit") not in UNITS),
            (f"its confidence is none of {', '.join(CONFIDENCE)}", entry.get("confidence") not in CONFIDENCE),
            ("nobody checked it on a day", not isinstance(entry.get("checked_on"), date)),
        )
        if found
    ]
    if wrong:
        raise InputInvalid(
            Finding(
                rule_id="law-entry",
                message=f"{file.name}, {name}: {'; '.join(wrong)}.",
                pointer=f"/rules/{name}",
                fix="A legal number stands with its unit, its reference, its confidence and the day it was checked.",
            )
        )
    roles: dict[str, Any] = {key: Role(entry[key]) for key in ("owed_by", "started_by") if key in entry}
    dated = tuple(Value(since=since, **said) for since, said in sorted(values.items()))
    return Rule(id=name, values=dated, **entry | roles)
