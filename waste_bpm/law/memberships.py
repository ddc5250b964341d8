"""Which States belong to a group on a day: the OECD, the European Union, EFTA, Annex VII of the Convention...

The file is `law/lists/memberships.csv`: a State with its first and last day, or another group whose members belong too
(`group:OECD`). A row about the State itself goes before those about groups. A membership whose first day is not sourced
is known from the day that its source speaks of (`known_on`); before that day the answer is None: not known. The groups
PARTY (to the Convention) and BAN (bound by Art. 4A) are read from the register of countries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from waste_bpm import resources
from waste_bpm.errors import NotFound
from waste_bpm.law import countries
from waste_bpm.law.codes import Row, rows
from waste_bpm.vocabulary import Finding

GROUPS: Mapping[str, str] = {
    "PARTY": "a Party to the Convention",
    "BAN": "bound by the Ban Amendment (Art. 4A)",
    "ANNEX-VII": "a State of Annex VII",
    "OECD": "a member of the OECD",
    "OECD-CONTROL": "a country to which the OECD Decision on movements of waste applies",
    "EU": "a member of the European Union",
    "EU-LAW": "under the law of the European Union on shipments of waste",
    "EFTA": "a member of EFTA",
    "GB-LAW": "under the law of Great Britain on shipments of waste",
}
"""The groups that the law asks for, in words that complete the sentence `XX is ...`."""

_SHARING = {"EU": "EU-LAW", "OECD": "OECD-CONTROL", "GB": "OECD-CONTROL"}
"""The group whose States share the terms of a regime; the retained text of Great Britain refers to the OECD."""

_TREATY = {
    "PARTY": (countries.is_basel_party, "basel_from"),
    "BAN": (countries.bound_by_ban_amendment, "ban_amendment_from"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Membership:
    """A row of the file: a State, or another group, that belongs to a group; `status` None is not verified."""

    group: str
    country: str
    since: date | None
    until: date | None
    known_on: date | None
    status: bool | None
    note: str
    source: str

    def speaks_of(self, day: date) -> bool:
        """Whether the row says anything about the day: not before its first day, not after its last."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def on(self, day: date) -> bool | None:
        """What it says of a day: nothing is known before the day of which its source speaks."""
        return None if self.known_on is not None and day < self.known_on else self.status


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a State belongs to a group on a day (None: not sourced), since when, and who says so."""

    holds: bool | None
    since: date | None = None
    source: str = ""
    note: str = ""


def read(file: Path) -> tuple[Membership, ...]:
    """The memberships of a file; raises InputInvalid naming file and line."""
    return tuple(_membership(row) for row in rows(file))


def _membership(row: Row) -> Membership:
    found = Membership(
        group=row.required("group"),
        country=row.required("country"),
        since=row.day("since"),
        until=row.day("until"),
        known_on=row.day("known_on"),
        status=row.truth("status"),
        note=row.text("note"),
        source=row.required("source"),
    )
    named = found.country.removeprefix("group:")
    if found.group not in GROUPS or (named not in GROUPS and countries.country(named) is None):
        row.refuse(f"{found.group} or {found.country} is neither a group nor a country")
    if named == found.country and found.since is None and found.known_on is None:
        row.refuse(f"{named} has neither a first day nor a day for which its membership is known")
    if found.since and found.until and found.until < found.since:
        row.refuse(f"{named} ends on {found.until}, before it begins on {found.since}")
    return found


@cache
def _register() -> Mapping[str, tuple[Membership, ...]]:
    held = read(resources.path("law", "lists", "memberships.csv"))
    return {group: tuple(each for each in held if each.group == group) for group in GROUPS}


def memberships(group: str) -> tuple[Membership, ...]:
    """The rows about a group; raises NotFound for a group that there is not."""
    if group not in GROUPS:
        raise NotFound(Finding(rule_id="group-unknown", message=f"There is no group {group!r}.", value=group))
    return _register()[group]


@lru_cache(maxsize=20_000)
def standing(group: str, iso2: str, on: date) -> Standing:
    """Whether the State belongs to the group on the day; raises NotFound for a group that there is not."""
    if group in _TREATY:
        return _by_treaty(group, iso2, on)
    own = [each for each in memberships(group) if each.country == iso2]
    for each in own:
        if each.speaks_of(on):
            return Standing(each.on(on), each.since, each.source, each.note)
    wider = [each for each in memberships(group) if each.country.startswith("group:")]
    if wider:
        return _through(wider, iso2, on)
    return Standing(False, own[0].since, own[0].source, own[0].note) if own else _outside(iso2)


def _by_treaty(group: str, iso2: str, on: date) -> Standing:
    asked, first = _TREATY[group]
    found = countries.country(iso2)
    if found is None:
        return Standing(None)
    return Standing(asked(iso2, on), getattr(found, first), found.source, found.notes)


def _through(wider: list[Membership], iso2: str, on: date) -> Standing:
    asked = [(each, standing(each.country.removeprefix("group:"), iso2, on)) for each in wider]
    for wanted in (True, None):
        for each, found in asked:
            if found.holds is wanted:
                note = "; ".join(filter(None, (found.note, each.note)))
                return Standing(wanted, None, f"{found.source}; {each.source}".strip("; "), note)
    return Standing(False, None, asked[0][1].source)


def _outside(iso2: str) -> Standing:
    """A State of which the file says nothing belongs to no group; of a territory that is not sourced."""
    found = countries.country(iso2)
    if found is None:
        return Standing(None)
    return Standing(None if found.oecd is None else False, None, found.source, found.notes)


def in_annex_vii(iso2: str, on: date) -> bool | None:
    """Whether the State is one of those of Annex VII on the day (Decision III/1); None: not sourced."""
    return standing("ANNEX-VII", iso2, on).holds


def shares_terms(regime: str, iso2: str, on: date) -> bool | None:
    """Whether a State answers in the terms that the States of a regime share; None where a regime has no such circle.

    A State whose standing is not sourced counts as outside: it answers by the Convention.
    """
    group = _SHARING.get(regime)
    return None if group is None else standing(group, iso2, on).holds is True
