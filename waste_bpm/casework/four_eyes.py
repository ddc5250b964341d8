"""Four eyes: which steps two persons of an authority take together, as the file of its country says.

The file names each step with the day from which it is so. The node keeps what it says, and since when: what was decided
before the file came here is not judged by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import orjson
from sqlalchemy import select

from waste_bpm.casework.record import canonical
from waste_bpm.casework.rows import instant
from waste_bpm.casework.store import SETTING, Store
from waste_bpm.errors import InputInvalid
from waste_bpm.law import overlays
from waste_bpm.law.entries import Wrong, finding
from waste_bpm.law.values import Rule
from waste_bpm.processes import PROCESSES
from waste_bpm.vocabulary import Finding, Role

SETTING_PREFIX = "four_eyes/"
"""Before the country, the step and the day in the settings."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """That two persons take a step (`process.step`) in a country from a day on, or from then on no longer.

    `held_since` is the moment at which this node was told.
    """

    country: str
    step: str
    since: date
    until: date | None
    two: bool
    reference: str
    held_since: str


FourEyes = Mapping[str, tuple[Pair, ...]]
"""By country, what its file says."""


def asked(declared: FourEyes, country: str | None, steps: Iterable[str], day: date) -> Pair | None:
    """What asks for two persons when these steps are taken in a country on a day; None where one is enough."""
    for step in steps:
        held = [pair for pair in declared.get(country or "", ()) if pair.step == step and pair.since <= day]
        last = max(held, key=lambda pair: pair.since, default=None)
        if last is not None and last.two and (last.until is None or day <= last.until):
            return last
    return None


def read(file: Path) -> tuple[str, Mapping[str, Rule]]:
    """What the file of a country says of four eyes; raises InputInvalid also for a step that nobody takes."""
    country, rules = overlays.four_eyes(file)
    wrong = [Wrong(("four_eyes", name), why) for name in rules if (why := _no_step(name))]
    if wrong:
        raise InputInvalid(finding(file, each) for each in wrong)
    return country, rules


def _no_step(name: str) -> str | None:
    process, _, step = name.partition(".")
    known = PROCESSES.get(process)
    row = next((each for each in known.steps if each.name == step), None) if known is not None else None
    if row is None:
        return "there is no such step; write PROCESS.STEP, as answer.consent"
    return None if set(row.by) - {Role.CLOCK} else "no person takes this step by itself"


def keep(store: Store, file: Path, now: datetime) -> tuple[Pair, ...]:
    """Hold what the file of a country says from now on; raises InputInvalid.

    What it said before stays on file with its day: a step that two persons take no longer gets `null` from a day on.
    """
    country, rules = read(file)
    if not rules:
        raise InputInvalid(finding(file, Wrong((), "it does not say which steps two persons take")))
    before = {(pair.step, pair.since): pair for pair in on_file(store).get(country, ())}
    pairs = [
        Pair(
            country=country,
            step=name,
            since=value.since,
            until=value.until,
            two=value.value is True,
            reference=value.reference,
            held_since=_since(before.get((name, value.since)), two=value.value is True) or instant(now),
        )
        for name, rule in rules.items()
        for value in rule.values
    ]
    gone = sorted(before.keys() - {(pair.step, pair.since) for pair in pairs})
    if gone:
        raise InputInvalid([_taken_out(file, step, since) for step, since in gone])
    store.replace(SETTING, [_row(pair) for pair in pairs])
    return tuple(pairs)


def _since(before: Pair | None, *, two: bool) -> str | None:
    return before.held_since if before is not None and before.two == two else None


def _row(pair: Pair) -> dict[str, str]:
    name = f"{SETTING_PREFIX}{pair.country}/{pair.step}/{pair.since}"
    return {"name": name, "value": canonical(pair).decode()}


def _taken_out(file: Path, step: str, since: date) -> Finding:
    return Finding(
        rule_id="four-eyes-taken-out",
        message=f"{file.name} says nothing more of {step} from {since}, which is on file here.",
        pointer=str(file),
        fix="Leave what was so; where one person is enough now, add a null from that day on, with its reason.",
    )


def on_file(store: Store) -> FourEyes:
    """What the files of countries say that this node was given."""
    found: dict[str, list[Pair]] = {}
    for row in store.rows(select(SETTING.c.value).where(SETTING.c.name.startswith(SETTING_PREFIX, autoescape=True))):
        said = orjson.loads(row.value)
        days = {name: said[name] and date.fromisoformat(said[name]) for name in ("since", "until")}
        found.setdefault(said["country"], []).append(Pair(**{**said, **days}))
    return {country: tuple(pairs) for country, pairs in found.items()}
