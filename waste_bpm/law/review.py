"""Which law files are wrong, which values are still to be verified, and which nobody has checked for long."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from waste_bpm import resources
from waste_bpm.errors import InputInvalid, WasteBpmError
from waste_bpm.law import overlays
from waste_bpm.law.calendars import calendars
from waste_bpm.law.entries import Wrong, finding
from waste_bpm.law.rules import Law, read_regime, regime, regimes
from waste_bpm.law.values import ACTING_AUTHORITY, Rule, Value, months_later
from waste_bpm.vocabulary import Finding

CHECKED_EVERY_MONTHS = 18
"""How long a value counts as checked: a rule of this house, not of the law."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reviewed:
    """A law file: what is wrong with it, or the law that it holds."""

    file: Path
    findings: tuple[Finding, ...] = ()
    laws: tuple[Law, ...] = ()


def files() -> tuple[Path, ...]:
    """The packaged law files: the regimes, then the countries."""
    return (*resources.files("law", "regimes/*.yaml"), *resources.files("law", "countries/*.yaml"))


def review(file: Path) -> Reviewed:
    """Read a law file and keep everything that is wrong with it, each with its line."""
    try:
        laws = _laws(file)
    except WasteBpmError as error:
        return Reviewed(file=file, findings=error.findings)
    return Reviewed(file=file, findings=tuple(_calendars_unknown(file, laws)), laws=laws)


def _calendars_unknown(file: Path, laws: Iterable[Law]) -> Iterator[Finding]:
    known = {ACTING_AUTHORITY, *calendars()}
    for law in laws:
        for rule in law.rules.values():
            for value in rule.values:
                if value.calendar is not None and value.calendar not in known:
                    why = f"there is no calendar {value.calendar!r}"
                    yield finding(file, Wrong(("rules", rule.id, "values", value.since), why))


def _laws(file: Path) -> tuple[Law, ...]:
    if not {"overlays", "four_eyes"} & set(resources.read_yaml(file) or ()):
        return (read_regime(file),)
    overlays.four_eyes(file)
    _, held = overlays.read(file)
    unknown = [name for name in held if name not in regimes()]
    if unknown:
        why = "there is no regime of this name"
        raise InputInvalid(finding(file, Wrong(("overlays", name), why)) for name in unknown)
    return tuple(regime(name).with_overlay(file) for name in held)


def to_verify(laws: Iterable[Law]) -> Iterator[tuple[Law, Rule, Value]]:
    """The values whose text nobody has opened yet."""
    for law in laws:
        for rule in law.rules.values():
            yield from ((law, rule, value) for value in rule.values if value.confidence == "to verify")


def not_checked(laws: Iterable[Law], today: date) -> Iterator[tuple[Law, Rule]]:
    """The rules that were checked last too long ago."""
    for law in laws:
        for rule in law.rules.values():
            if months_later(rule.checked_on, CHECKED_EVERY_MONTHS) < today:
                yield law, rule
