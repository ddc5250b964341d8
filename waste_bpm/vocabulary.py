"""The words every floor shares: roles, quantities, citations, findings.

Plain frozen values, compared by content. Quantities follow block 5 of the notification and movement documents
(tonnes and cubic metres); codes of units are those of UNECE Recommendation 20.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """Who may act or be told something in a movement of waste (Basel Art. 2)."""

    NOTIFIER = "notifier"
    GENERATOR = "generator"
    CARRIER = "carrier"
    CONSIGNEE = "consignee"
    DISPOSER = "disposer"
    EXPORT_AUTHORITY = "export_authority"
    TRANSIT_AUTHORITY = "transit_authority"
    IMPORT_AUTHORITY = "import_authority"
    CUSTOMS_EXIT = "customs_exit"
    CUSTOMS_TRANSIT = "customs_transit"
    CUSTOMS_ENTRY = "customs_entry"
    SECRETARIAT = "secretariat"
    CLOCK = "clock"
    NODE = "node"


DEFAULT_REGIME = "BASEL"
"""The regime of a case whose document names none."""

ALL_AUTHORITIES = (Role.EXPORT_AUTHORITY, Role.TRANSIT_AUTHORITY, Role.IMPORT_AUTHORITY)
"""The competent authorities of the States concerned (Basel Art. 2(13))."""

CUSTOMS = (Role.CUSTOMS_EXIT, Role.CUSTOMS_TRANSIT, Role.CUSTOMS_ENTRY)


class Unit(StrEnum):
    """Units of block 5, as codes of UNECE Recommendation 20."""

    TONNE = "TNE"
    KILOGRAM = "KGM"
    CUBIC_METRE = "MTQ"
    LITRE = "LTR"


_SCALE = {
    Unit.TONNE: ("mass", Decimal(1)),
    Unit.KILOGRAM: ("mass", Decimal("0.001")),
    Unit.CUBIC_METRE: ("volume", Decimal(1)),
    Unit.LITRE: ("volume", Decimal("0.001")),
}
_SHOWN = {Unit.TONNE: "t", Unit.KILOGRAM: "kg", Unit.CUBIC_METRE: "m³", Unit.LITRE: "l"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount with its unit; mass and volume never mix (no density is ever assumed)."""

    amount: Decimal
    unit: Unit

    @property
    def dimension(self) -> str:
        """Tell `mass` or `volume`."""
        return _SCALE[self.unit][0]

    @property
    def base(self) -> Decimal:
        """The amount in tonnes or cubic metres, exactly."""
        return self.amount * _SCALE[self.unit][1]

    @property
    def decimals(self) -> int:
        """How many decimals the amount needs; zeros at its end need none."""
        exponent = self.amount.normalize().as_tuple().exponent
        return max(-exponent, 0) if isinstance(exponent, int) else 0

    def __add__(self, other: "Quantity") -> "Quantity":
        return self._of_base(self.base + self._comparable(other).base)

    def __sub__(self, other: "Quantity") -> "Quantity":
        return self._of_base(self.base - self._comparable(other).base)

    def __le__(self, other: "Quantity") -> bool:
        return self.base <= self._comparable(other).base

    def __lt__(self, other: "Quantity") -> bool:
        return self.base < self._comparable(other).base

    def __str__(self) -> str:
        return f"{self.amount:f} {_SHOWN[self.unit]}"

    def same_as(self, other: "Quantity") -> bool:
        """Whether both say the same amount, whatever the unit: 1 t is 1000 kg, never 1 m³."""
        return self.dimension == other.dimension and self.base == other.base

    def _comparable(self, other: "Quantity") -> "Quantity":
        if self.dimension != other.dimension:
            raise ValueError(f"{self} and {other} cannot be compared: one is a mass, the other a volume.")
        return other

    def _of_base(self, amount: Decimal) -> "Quantity":
        return Quantity(amount, Unit.TONNE if self.dimension == "mass" else Unit.CUBIC_METRE)


def tonnes(amount: str | int | Decimal) -> Quantity:
    """A mass in tonnes."""
    return Quantity(Decimal(amount), Unit.TONNE)


@dataclass(frozen=True, slots=True)
class Text:
    """Words in one language (`language` is a BCP 47 tag); free text repeats, once per language."""

    text: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of a code list, for instance `A1160` of `BASEL-VIII`."""

    code: str
    list: str


class Severity(StrEnum):
    """How much a finding weighs: an error refuses, a warning is recorded, an info explains."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One reason why something may not be done, or should be looked at: what, where, why, and how to cure it.

    `level` says which check of a message found it. `key` and `words` let the sentence be told in another language:
    the key names it in `locale/`, the words fill it. `lang` is the language of a sentence that was told in one.
    """

    rule_id: str
    message: str
    severity: Severity = Severity.ERROR
    pointer: str | None = None
    xpath: str | None = None
    line: int | None = None
    block: str | None = None
    value: str | None = None
    law: str | None = None
    fix: str | None = None
    level: str | None = None
    key: str | None = None
    words: tuple[tuple[str, str], ...] = ()
    lang: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The finding as the API and the command line give it; what is unknown is left out."""
        return {name: value for name, value in asdict(self).items() if value is not None and name != "words"}

    def __str__(self) -> str:
        where = f" [{self.block or self.pointer or self.xpath}]" if self.block or self.pointer or self.xpath else ""
        why = f" ({self.law})" if self.law else ""
        cure = f" {self.fix}" if self.fix else ""
        return f"{self.rule_id}{where}: {self.message}{why}{cure}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """Somebody known to a node: a person, a firm, an office or an authority, and the node that keeps its acts.

    `calendar` names the working days of an authority that keeps others than its country.
    """

    id: str
    name: str
    country: str
    roles: frozenset[Role]
    node: str
    calendar: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """A deadline that passed without the act that was owed: its stream, its rule, its days, and where it is written."""

    stream: str
    rule: str
    start: date
    due: date
    reference: str


Facts = Mapping[str, Any]
"""Named values that an event records."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """Who fills a role in one case, for which State and, for an office, at which border point."""

    role: Role
    party: str
    country: str
    place: str | None = None
