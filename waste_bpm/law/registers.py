"""The open registers: what administrations declare, and what nobody can compute from the treaties.

Waivers of written consent (Basel Art. 6(4)), prohibitions of import (Art. 4(1)), agreements under Art. 11, the country
rules of the law of the European Union, competent authorities, customs offices and ports. Each is a file of
`law/registers/` with its source in the last column, and is open: a blank is not known, and so is what has no row.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from waste_bpm import resources
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.law import declarations
from waste_bpm.law.codes import Row, rows
from waste_bpm.law.declarations import Agreement, CountryRule, ImportProhibition, Waiver
from waste_bpm.law.memberships import standing
from waste_bpm.law.three_valued import both, either
from waste_bpm.vocabulary import Finding

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """A register: what it holds, by which law, how an administration fills each column, and how a row is read."""

    name: str
    title: str
    law: str
    fill: str
    columns: Mapping[str, str]
    entry: Callable[[Row], Any]

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return resources.path("law", "registers", f"{self.name}.csv")


_SINCE = {
    "since": "first day on which it holds, as 2026-11-24",
    "until": "last day on which it holds; blank while it stands",
}
_KNOWN = _SINCE | {"known_on": "where the first day is not known: a day on which the source shows that it held"}
_SOURCE = {"source": "where this can be read: act, gazette, letter to the Secretariat, with its date"}
_COUNTRY = {"country": "the State, by its code of ISO 3166-1"}
_LISTED = {"name": "its name", "scope": "what it is competent for, in words"} | _SINCE | _SOURCE

REGISTERS: Mapping[str, Register] = {
    each.name: each
    for each in (
        Register(
            name="waivers",
            title="Waivers of written consent to transit",
            law="Basel Convention, Art. 6(4)",
            fill="The State of transit tells the Secretariat under Art. 13 that silence within 60 days is consent.",
            columns=_COUNTRY | _SINCE | _SOURCE,
            entry=declarations.waiver,
        ),
        Register(
            name="import_prohibitions",
            title="Prohibitions of import",
            law="Basel Convention, Art. 4(1), 13(2)(c)",
            fill="The State of import states what it prohibits, and tells the other Parties through the Secretariat.",
            columns=_COUNTRY
            | {
                "waste": "a code, HAZARDOUS (all hazardous waste) or ALL",
                "only": "a limit in words that no code says; such a row asks for a person's judgement",
                **_KNOWN,
                "notified": "yes when the other Parties were told under Art. 13; blank when that is not sourced",
                "legal_basis": "the national act",
            }
            | _SOURCE,
            entry=declarations.prohibition,
        ),
        Register(
            name="agreements",
            title="Agreements and arrangements under Art. 11",
            law="Basel Convention, Art. 11",
            fill="The Parties notify the Secretariat of the agreement; a national authority enters its terms here.",
            columns={
                "id": "a short name in kebab-case",
                "title": "its title",
                "sides": "States or groups (group:OECD), with ; between them; a single group covers its members",
                "one_way": "yes when the first side only exports and the second only imports",
                "operations": "R, D or R;D",
                "through": "the group that every transit State must belong to; blank when any State may be crossed",
                **_KNOWN,
                "reach": "what it covers, in words",
            }
            | _SOURCE,
            entry=declarations.agreement,
        ),
        Register(
            name="country_rules",
            title="Country rules for exports of non-hazardous waste",
            law="Regulation (EC) No 1418/2007; Regulation (EU) 2024/1157, Art. 40 and 41; the same as retained by GB",
            fill="An authority of dispatch copies the entry of the State of import from the regulation in force.",
            columns={"regulation": "1418/2007, 2024/1157 or 1418/2007-GB"}
            | _COUNTRY
            | {
                "waste": "a code, or ALL",
                "forbids": "yes when the export is prohibited, no when it may go",
                "procedure": "what the entry asks for",
                **_KNOWN,
            }
            | _SOURCE,
            entry=declarations.country_rule,
        ),
        Register(
            name="authorities",
            title="Competent authorities",
            law="Basel Convention, Art. 5",
            fill="A Party designates its authorities and tells the Secretariat, and of changes within one month.",
            columns={"code": "its code, if it has one"} | _COUNTRY | _LISTED,
            entry=declarations.listing,
        ),
        Register(
            name="offices",
            title="Customs offices",
            law="Basel Convention, Art. 6(6)(b) to (d)",
            fill="The customs administration names the offices at which waste may enter, leave or cross.",
            columns={"code": "the code of the office"} | _COUNTRY | _LISTED,
            entry=declarations.listing,
        ),
        Register(
            name="ports",
            title="Ports",
            law="Basel Convention, Annex V A, item 10",
            fill="The port authority, with the UN/LOCODE of the port.",
            columns={"code": "UN/LOCODE"} | _COUNTRY | _LISTED,
            entry=declarations.listing,
        ),
    )
}


def register(name: str) -> Register:
    """The register of this name; raises NotFound."""
    found = REGISTERS.get(name)
    if found is None:
        fix = f"There are: {', '.join(REGISTERS)}."
        raise NotFound(Finding(rule_id="register-unknown", message=f"There is no register {name!r}.", fix=fix))
    return found


def read(held: Register, file: Path) -> tuple[Any, ...]:
    """The rows of a file of this register; raises InputInvalid naming file and line."""
    return tuple(held.entry(row) for row in rows(file))


def lint(held: Register, file: Path) -> Iterator[Finding]:
    """Everything that is wrong in a file of this register."""
    try:
        for row in rows(file):
            yield from _columns(held, row)
            try:
                held.entry(row)
            except InputInvalid as error:
                yield from error.findings
    except InputInvalid as error:
        yield from error.findings


def _columns(held: Register, row: Row) -> Iterator[Finding]:
    unknown = [column for column in row.cells if column not in held.columns]
    if unknown:
        yield row.finding(f"the register {held.name} has no column {' or '.join(unknown)}", "register-column")


@cache
def entries(name: str) -> tuple[Any, ...]:
    """The rows of a packaged register."""
    held = register(name)
    return read(held, held.file)


def waivers() -> tuple[Waiver, ...]:
    """The waivers of written consent on file (Basel Art. 6(4))."""
    return entries("waivers")


def import_prohibited(
    state: str, names: frozenset[str], hazardous: bool | None, day: date
) -> tuple[bool | None, ImportProhibition | None]:
    """Whether the State prohibits the import of the waste on the day, and by which row (Basel Art. 4(1))."""
    held: tuple[ImportProhibition, ...] = entries("import_prohibitions")
    asked = (
        (both((_reaches(each, names, hazardous), each.period.on(day))), each) for each in held if each.country == state
    )
    return _strongest(asked)


def _reaches(each: ImportProhibition, names: frozenset[str], hazardous: bool | None) -> bool | None:
    named = hazardous if each.waste == "HAZARDOUS" else each.waste in names or each.waste == "ALL"
    return None if each.only and named is not False else named


def agreement_covers(
    start: str, end: str, via: tuple[str, ...], kind: str, day: date
) -> tuple[bool | None, Agreement | None]:
    """Whether an agreement covers an operation (`R` or `D`) on the route on the day, and which one (Basel Art. 11)."""
    held: tuple[Agreement, ...] = entries("agreements")
    asked = (
        (both((_between(each, start, end, day), _crosses(each, via, day), each.period.on(day))), each)
        for each in held
        if kind in each.operations
    )
    return _strongest(asked)


def _between(each: Agreement, start: str, end: str, day: date) -> bool | None:
    if len(each.sides) == 1:
        return both((_on_side(each.sides[0], start, day), _on_side(each.sides[0], end, day)))
    first, second = each.sides
    there = both((_on_side(first, start, day), _on_side(second, end, day)))
    back = both((_on_side(second, start, day), _on_side(first, end, day)))
    return there if each.one_way else either((there, back))


def _on_side(side: str, state: str, day: date) -> bool | None:
    group = side.removeprefix("group:")
    return state == side if group == side else standing(group, state, day).holds


def _crosses(each: Agreement, via: tuple[str, ...], day: date) -> bool | None:
    return both(_on_side(each.through, state, day) for state in via) if each.through else True


def country_rule(regulation: str, state: str, names: frozenset[str], day: date) -> CountryRule | None:
    """What a regulation on exports of non-hazardous waste says of the State and the waste; None: not sourced."""
    held: tuple[CountryRule, ...] = entries("country_rules")
    for each in held:
        named = each.waste in names or each.waste == "ALL"
        if named and (each.regulation, each.country) == (regulation, state) and each.period.on(day):
            return each
    return None


def _strongest(asked: Iterable[tuple[bool | None, T]]) -> tuple[bool | None, T | None]:
    """The first row that holds, or else the first of which that is not known."""
    found = [(holds, each) for holds, each in asked if holds is not False]
    return max(found, key=lambda pair: pair[0] is True, default=(False, None))
