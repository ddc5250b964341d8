"""The register of countries: who is Party to the Convention since when, and who is bound by the Ban Amendment.

The file is `law/lists/countries.csv`. First days are computed: the ninetieth day after the deposit, or the entry into
force of the Convention (Basel Art. 25) or of the Ban Amendment (Art. 17(5)) where that is later. What no source shows
stays blank, and every question then answers None: not known, which is neither yes nor no. Memberships by date of the
OECD, the European Union and other groups stand in `law/memberships.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from waste_bpm import resources
from waste_bpm.law.codes import Row, rows
from waste_bpm.vocabulary import Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class Country:
    """A country or territory of ISO 3166-1, or the European Union, which is a Party too; None means not sourced.

    A State is Party from `basel_from`. Where that day is not sourced, `basel_known_on` is the first day for which a
    source shows it as Party; nothing is known of the days before. The same holds for the Ban Amendment. A `successor`
    State may have been bound since its independence, before the day that is computed from its own deposit. `oecd` and
    `eu` are the standing of today; a blank one is a territory whose standing nobody has sourced.
    """

    iso2: str
    name: str
    basel_party: bool | None
    basel_from: date | None
    basel_known_on: date | None
    successor: bool
    ban_amendment: bool | None
    ban_amendment_from: date | None
    ban_amendment_known_on: date | None
    oecd: bool | None
    eu: bool | None
    notes: str
    source: str


def read(file: Path) -> Mapping[str, Country]:
    """The countries of a register file by their code; raises InputInvalid naming file and line."""
    found: dict[str, Country] = {}
    for row in rows(file):
        country = _country(row)
        if country.iso2 in found:
            row.refuse(f"the country {country.iso2} is said twice")
        found[country.iso2] = country
    return found


def _country(row: Row) -> Country:
    return Country(
        iso2=row.required("iso2"),
        name=row.required("name"),
        basel_party=row.truth("basel_party"),
        basel_from=row.day("basel_from"),
        basel_known_on=row.day("basel_known_on"),
        successor=bool(row.truth("successor")),
        ban_amendment=row.truth("ban_amendment_party"),
        ban_amendment_from=row.day("ban_amendment_from"),
        ban_amendment_known_on=row.day("ban_amendment_known_on"),
        oecd=row.truth("oecd_member"),
        eu=row.truth("eu_member"),
        notes=row.text("notes"),
        source=row.required("source"),
    )


@cache
def _register() -> Mapping[str, Country]:
    return read(resources.path("law", "lists", "countries.csv"))


def countries() -> tuple[Country, ...]:
    """The whole register, in the order of the codes."""
    return tuple(_register().values())


def country(iso2: str) -> Country | None:
    """The entry of a country code as it is written, or None when the register has none."""
    return _register().get(iso2)


def is_basel_party(iso2: str, on: date) -> bool | None:
    """Whether the State was a Party to the Convention on the day (Basel Art. 25); None: not sourced."""
    found = country(iso2)
    if found is None:
        return None
    held = _holds(found.basel_party, found.basel_from, found.basel_known_on, on)
    return None if held is False and found.basel_party and found.successor else held


def bound_by_ban_amendment(iso2: str, on: date) -> bool | None:
    """Whether Art. 4A bound the State on the day (Decision III/1, Basel Art. 17(5)); None: not sourced."""
    found = country(iso2)
    if found is None:
        return None
    return _holds(found.ban_amendment, found.ban_amendment_from, found.ban_amendment_known_on, on)


def _holds(status: bool | None, first: date | None, known_on: date | None, on: date) -> bool | None:
    if not status:
        return status
    if first is not None:
        return first <= on
    return True if known_on is not None and known_on <= on else None


_NO_STATE = {
    "EU": "The European Union is no State: write the code of the member State.",
    "UK": "Write GB for the United Kingdom.",
    "XI": "Write GB: XI marks Northern Ireland in customs numbers only.",
    "EL": "Write GR for Greece.",
}


def problem(iso2: str) -> Finding | None:
    """Why this cannot stand as the code of a country on a document, or None when it can (ISO 3166-1 alpha-2)."""
    if iso2 in _register() and iso2 not in _NO_STATE:
        return None
    return Finding(
        rule_id="country-unknown",
        message=f"{iso2!r} is not the code of a country.",
        value=iso2,
        law="ISO 3166-1 alpha-2",
        fix=_cure(iso2.strip().upper()),
    )


def _cure(written: str) -> str:
    if written in _NO_STATE:
        return _NO_STATE[written]
    if len(written) == 2 and "XA" <= written <= "XZ":
        return f"{written} is free for private use: a fictional State of a training world, which no register holds."
    if written in _register():
        return f"Did you mean {written}?"
    by_name = {each.name.upper(): each for each in countries()}
    near = [by_name[name] for name in get_close_matches(written, by_name, n=1, cutoff=0.75)]
    return f"Did you mean {near[0].iso2} ({near[0].name})?" if near else "Write two capital letters, as KE for Kenya."
