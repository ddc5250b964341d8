"""The law of a regime at a day, with the waivers on file in the open register and those that a node is given.

Each regime is a file of `law/regimes/`; what its entries may say is told in `entries.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from waste_bpm import resources
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.law import entries, overlays, registers
from waste_bpm.law.declarations import PreConsented, Waiver
from waste_bpm.law.values import PRACTICE, Rule, Value, months_later
from waste_bpm.vocabulary import Finding

__all__ = ["Law", "Rule", "Value", "Waiver", "months_later", "read_regime", "regime", "regimes"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Law:
    """A regime with the registers of a node; everything a guard may ask about the law.

    `transition` says which of two laws holds for what began under the older one; `country` whose national law it holds;
    `calendars` names the calendar of an authority that keeps another than that of its country.
    """

    regime: str
    title: str
    rules: Mapping[str, Rule]
    waivers: tuple[Waiver, ...] = ()
    pre_consents: tuple[PreConsented, ...] = ()
    calendars: Mapping[str, str] = field(default_factory=dict)
    transition: str | None = None
    country: str | None = None

    @property
    def edition(self) -> str:
        """The digest of the files that say this law: its regime, its national law, and all lists and registers."""
        return edition(self.regime, self.country)

    def rule(self, name: str) -> Rule:
        """The rule of this name; raises NotFound."""
        found = self.rules.get(name)
        if found is None:
            raise NotFound(Finding(rule_id="rule-unknown", message=f"The regime {self.regime} has no rule {name!r}."))
        return found

    def on(self, name: str, day: date) -> Value | None:
        """What the rule of this name says on a day; None where this regime has no such rule, or it sets nothing."""
        rule = self.rules.get(name)
        held = rule.on(day) if rule else None
        return None if held is None or held.value is None else held

    def with_overlay(self, file: Path) -> "Law":
        """The same law as it holds in the country of an overlay; raises InputInvalid where that is looser."""
        country, _ = overlays.read(file)
        return replace(self, country=country, rules=overlays.tightened(file, self.regime, self.rules))

    def waiver(self, country: str, day: date) -> Waiver | None:
        """The waiver of written consent that this State had declared on a day, if it is on file."""
        return next((waiver for waiver in self.waivers if waiver.holds(country, day)), None)

    def with_calendars(self, named: Mapping[str, str]) -> "Law":
        """The same law with the calendars that authorities keep: the name of each by the identifier of the party."""
        return replace(self, calendars={**self.calendars, **named})

    def chosen(self, name: str, word: str) -> Rule:
        """The rule as it is when a node chooses one of its words; raises NotFound, or InputInvalid where none is open.

        Only what is mere practice is open to choice, never what a text says.
        """
        rule = self.rule(name)
        if (
            not rule.words
            or rule.confidence != PRACTICE
            or not all(isinstance(each.value, str) for each in rule.values)
        ):
            open_ones = [each.id for each in self.rules.values() if each.words and each.confidence == PRACTICE]
            message = (
                f"{name} is not open to the choice of a node under {self.regime}: it is no mere practice in words."
            )
            fix = f"Open are: {', '.join(open_ones)}."
            raise InputInvalid(Finding(rule_id="policy-not-open", message=message, value=name, fix=fix))
        if word not in rule.words:
            fix = f"Choose one of: {', '.join(rule.words)}."
            message = f"{name} does not know {word!r}."
            raise InputInvalid(Finding(rule_id="policy-word", message=message, value=word, fix=fix))
        values = tuple(
            replace(each, value=word, reference=f"policy of this node, beside: {each.reference}")
            for each in rule.values
        )
        return replace(rule, values=values)

    def with_policies(self, chosen: Mapping[str, str]) -> "Law":
        """The same law with what a node handles by its own choice, where mere practice leaves it one."""
        return replace(self, rules={**self.rules, **{name: self.chosen(name, word) for name, word in chosen.items()}})

    def with_pre_consents(self, known: Iterable[PreConsented]) -> "Law":
        """The same law with the pre-consents of facilities that are on file."""
        return replace(self, pre_consents=tuple(known))

    def with_waivers(self, waivers: Iterable[Waiver]) -> "Law":
        """The same law with more waivers on file."""
        return replace(self, waivers=(*self.waivers, *waivers))


def read_regime(file: Path) -> Law:
    """The regime in a file; raises InputInvalid naming the file, the line and each entry that is wrong."""
    head, rules = entries.read(file)
    waivers = registers.waivers()
    title, transition = head["title"], head.get("transition")
    return Law(regime=head["regime"], title=title, transition=transition, rules=rules, waivers=waivers)


@cache
def regime(name: str, country: str | None = None) -> Law:
    """The packaged regime of this name (`BASEL`, `OECD`, `EU`, `GB`), as it holds in a country; raises NotFound."""
    if country is not None:
        own = [file for file in resources.files("law", "countries/*.yaml") if file.stem.upper() == country]
        return regime(name).with_overlay(own[0]) if own else regime(name)
    for file in resources.files("law", "regimes/*.yaml"):
        if file.stem.upper() == name:
            return read_regime(file)
    fix = f"There are: {', '.join(regimes())}."
    raise NotFound(Finding(rule_id="regime-unknown", message=f"There is no regime {name!r}.", value=name, fix=fix))


@cache
def edition(regime: str, country: str | None = None) -> str:
    """The digest of the files of a regime as it holds in a country: the same law has the same edition everywhere."""
    own = (f"regimes/{regime.lower()}.yaml", f"countries/{(country or '-').lower()}.yaml")
    digest = sha256()
    for pattern in (*own, "legality/*.yaml", "lists/*.csv", "registers/*.csv"):
        for file in resources.files("law", pattern):
            digest.update(f"{file.name}\n{sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


@cache
def regimes() -> tuple[str, ...]:
    """The names of the packaged regimes."""
    return tuple(file.stem.upper() for file in resources.files("law", "regimes/*.yaml"))
