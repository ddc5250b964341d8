"""What administrations declare, as rows of the open registers: each with its days and its source.

A declaration whose first day is not sourced is known from the day that its source speaks of (`known_on`); of the days
before nothing is known.
"""

from dataclasses import dataclass
from datetime import date

from waste_bpm.law import countries, memberships
from waste_bpm.law.codes import NOT_LISTED, Row, everywhere
from waste_bpm.vocabulary import Code


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """When a declaration holds: from its first day, or from the day of which its source speaks, to its last."""

    since: date | None
    until: date | None
    known_on: date | None = None

    def on(self, day: date) -> bool | None:
        """Whether it holds on the day; None before the day of which its source speaks."""
        if self.until is not None and day > self.until:
            return False
        if self.since is not None:
            return self.since <= day
        return True if self.known_on is not None and self.known_on <= day else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """A State's declaration that silence of its transit authority means consent (Basel Art. 6(4))."""

    country: str
    since: date
    until: date | None
    source: str

    def holds(self, country: str, day: date) -> bool:
        """Whether this State's silence means consent on the day."""
        return self.country == country and self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, kw_only=True, slots=True)
class PreConsented:
    """What the authority of a facility agreed in advance that it may receive (Regulation (EU) 2024/1157, Art. 14)."""

    facility: str
    waste: tuple[Code, ...]
    operations: tuple[str, ...]
    valid_from: date
    valid_until: date
    revoked_from: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it is in force on a day."""
        revoked = self.revoked_from is not None and self.revoked_from <= day
        return self.valid_from <= day <= self.valid_until and not revoked

    def covers(self, waste: Code, operation: str, day: date) -> bool:
        """Whether the facility is pre-consented for a waste and an operation on a day."""
        return self.holds(day) and waste in self.waste and operation in self.operations


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportProhibition:
    """A State prohibits the import of a waste: a code, HAZARDOUS, or ALL (Basel Art. 4(1)(a)).

    `only` limits it in words that a code cannot say; then whether it reaches a waste is for a person to judge.
    """

    country: str
    waste: str
    only: str
    period: Period
    notified: bool | None
    legal_basis: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """An agreement or arrangement under Art. 11: between whom, for which operations, in which days.

    `sides` are States or groups (`group:OECD`); each end of a movement must stand on another of them, or all on one.
    `one_way` says that the first side only exports and the second only imports. `through` says who may be crossed.
    """

    id: str
    title: str
    sides: tuple[str, ...]
    one_way: bool
    operations: tuple[str, ...]
    through: str
    period: Period
    reach: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CountryRule:
    """What the law of an exporting bloc says of a non-hazardous waste and a State of import."""

    regulation: str
    country: str
    waste: str
    forbids: bool | None
    procedure: str
    period: Period
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """An authority, a customs office or a port, by its code and State; a blank code is not sourced."""

    code: str
    country: str
    name: str
    scope: str
    period: Period
    source: str


def _period(row: Row) -> Period:
    since, until = row.day("since"), row.day("until")
    if since and until and until < since:
        row.refuse(f"it ends on {until}, before it begins on {since}")
    return Period(since=since, until=until, known_on=row.day("known_on"))


def _dated(row: Row) -> Period:
    period = _period(row)
    if period.since is None and period.known_on is None:
        row.refuse("neither 'since' nor 'known_on' says a day from which it is known to hold")
    return period


def _country(row: Row) -> str:
    written = row.required("country")
    wrong = countries.problem(written)
    return row.refuse(f"{wrong.message} {wrong.fix}") if wrong else written


def _waste(row: Row) -> str:
    written = row.required("waste")
    if written not in ("HAZARDOUS", "ALL", NOT_LISTED) and not everywhere(written):
        row.refuse(f"waste is {written!r}: no code that we hold, and neither HAZARDOUS nor ALL")
    return written


def _side(row: Row, written: str) -> str:
    group = written.removeprefix("group:")
    if group not in memberships.GROUPS if group != written else countries.problem(written) is not None:
        row.refuse(f"{written!r} is neither a country nor a group")
    return written


def waiver(row: Row) -> Waiver:
    """A row of the register of waivers. Raises InputInvalid naming file and line."""
    since = row.day("since") or row.refuse("the column 'since' is blank: a waiver must have its first day")
    return Waiver(country=_country(row), since=since, until=_period(row).until, source=row.required("source"))


def prohibition(row: Row) -> ImportProhibition:
    """A row of the register of prohibitions of import. Raises InputInvalid naming file and line."""
    return ImportProhibition(
        country=_country(row),
        waste=_waste(row),
        only=row.text("only"),
        period=_dated(row),
        notified=row.truth("notified"),
        legal_basis=row.text("legal_basis"),
        source=row.required("source"),
    )


def agreement(row: Row) -> Agreement:
    """A row of the register of agreements. Raises InputInvalid naming file and line."""
    operations = tuple(row.required("operations").split(";"))
    if not set(operations) <= {"R", "D"}:
        row.refuse(f"operations is {';'.join(operations)!r}, not R, D or R;D")
    return Agreement(
        id=row.required("id"),
        title=row.required("title"),
        sides=tuple(_side(row, side) for side in row.required("sides").split(";")),
        one_way=bool(row.truth("one_way")),
        operations=operations,
        through=_side(row, row.text("through")) if row.text("through") else "",
        period=_period(row),
        reach=row.text("reach"),
        source=row.required("source"),
    )


def country_rule(row: Row) -> CountryRule:
    """A row of the register of country rules. Raises InputInvalid naming file and line."""
    return CountryRule(
        regulation=row.required("regulation"),
        country=_country(row),
        waste=_waste(row),
        forbids=row.truth("forbids"),
        procedure=row.text("procedure"),
        period=_dated(row),
        source=row.required("source"),
    )


def listing(row: Row) -> Listing:
    """A row of the registers of authorities, offices and ports. Raises InputInvalid naming file and line."""
    return Listing(
        code=row.text("code"),
        country=_country(row),
        name=row.required("name"),
        scope=row.text("scope"),
        period=_period(row),
        source=row.required("source"),
    )
