"""The register of countries: who is Party to the Convention since when, who is in Annex VII, who is bound by the Ban.

The file is `law/lists/countries.csv`. First days are computed: the ninetieth day after the deposit, or the entry into
force of the Convention (Basel Art. 25) or of the Ban Amendment (Art. 17(5)) where that is later. What no source shows
stays blank, and every question then answers None: not known, which is neither yes nor no.
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

    `annex_vii`: a member of OECD or of the European Union, or Liechtenstein. A State whose `basel_from` or
    `ban_amendment_from` is None is bound, if it is, since a day that is not sourced.
    """

    iso2: str
    name: str
    basel_party: bool | None
    basel_from: date | None
    annex_vii: bool | None
    ban_amendment: bool | None
    ban_amendment_from: date | None
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
        annex_vii=row.truth("annex_vii_group"),
        ban_amendment=row.truth("ban_amendment_party"),
        ban_amendment_from=row.day("ban_amendment_from"),
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
    return _holds(found.basel_party, found.basel_from, on) if found else None


def in_annex_vii(iso2: str) -> bool | None:
    """Whether the State is one of those of Annex VII (Decision III/1); None: not sourced."""
    found = country(iso2)
    return found.annex_vii if found else None


def bound_by_ban_amendment(iso2: str, on: date) -> bool | None:
    """Whether Art. 4A bound the State on the day (Decision III/1, Basel Art. 17(5)); None: not sourced."""
    found = country(iso2)
    return _holds(found.ban_amendment, found.ban_amendment_from, on) if found else None


def _holds(status: bool | None, first: date | None, on: date) -> bool | None:
    return status and (first is None or first <= on)


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
