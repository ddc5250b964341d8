"""How a control system treats a code, what else the same waste is called there, and which operations are interim.

The same waste has different codes on different legs of a route: the document keeps the code of the Convention, and a
control system has its own view of it. What no study sourced is not guessed: such an answer is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from waste_bpm import resources
from waste_bpm.errors import NotFound
from waste_bpm.law.codes.lists import LISTS, NOT_LISTED, Entry, find, wastes
from waste_bpm.law.codes.rows import Row, rows
from waste_bpm.law.codes.validity import in_force
from waste_bpm.vocabulary import Finding

READINGS: Mapping[str, str] = {
    "form": "instructions of the notification form",
    "eu": "Regulation (EU) 2024/1157, Art. 3(2) and 3(3)",
}
"""Two readings of which operations are interim; that of the EU adds D8 and D9."""

VIEWS: Mapping[str, str] = {
    "BASEL": "under the Convention alone",
    "OECD": "for recovery between OECD countries",
    "EU": "for recovery between Member States of the EU",
}

STATUSES: Mapping[str, str] = {
    "green": "no consent is needed; general information goes with the waste",
    "amber": "prior notification and consent, on the amber list",
    "prior notification": "prior notification and consent",
    "not used": "this view uses another code for the waste",
    "by country": "each country says how it treats the waste",
    "not covered": "outside the control system, unless contaminated",
    "to be judged": "no list decides: the properties of the waste do",
    "earlier consents": "withdrawn, except on consents that were given before",
    "withdrawn": "the code is no longer in force",
    "not yet": "the code is not yet in force",
}
_RUNS_OUT = "earlier consents"
OUT_OF_FORCE = ("withdrawn", "not yet")
"""The statuses that the days of the code alone decide, in every view."""
CONFIDENCE = ("text read", "to verify")
RELATIONS = ("same waste", "mirror")


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """How a view treats a code: a word of STATUSES, the codes to use `instead`, from when to when, and by which law."""

    code: str
    view: str
    status: str
    instead: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    law: str
    confidence: str = "text read"


@dataclass(frozen=True, kw_only=True, slots=True)
class Equivalent:
    """Two codes for one waste: on which leg, in which days, under which condition.

    `same waste`: another list calls it so. `mirror`: the entry for the waste when it is not hazardous (or not clean).
    """

    code: str
    equivalent: str
    relation: str
    leg: str
    valid_from: date | None
    valid_to: date | None
    condition: str
    source: str

    def other(self, code: str) -> str:
        """The other code of the two."""
        return self.equivalent if code == self.code else self.code


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A row of the status file: it speaks of a list, of a part of it, or of one code; the narrower goes before."""

    list: str
    part: str
    status: Status

    def covers(self, entry: Entry) -> int:
        """How narrowly the row speaks of the entry; 0 when it does not."""
        if self.list != entry.list or (self.status.code and self.status.code != entry.code):
            return 0
        if self.status.code:
            return 3
        return (2 if self.part == entry.part else 0) if self.part else 1


def interim(code: str, reading: str) -> bool | None:
    """Whether another operation must follow a D or R operation, in one of the READINGS; None: not sourced."""
    entry = find("D", code) or find("R", code)
    if entry is None:
        raise NotFound(_no_such("operation", code, "D1 to D15 and R1 to R13"))
    if reading not in READINGS:
        raise NotFound(_no_such("reading", reading, ", ".join(READINGS)))
    return entry.interim if reading == "form" else entry.interim_eu


def status(code: str, on: date, view: str) -> Status | None:
    """How a view treats a waste code, or `NOT LISTED`, on a day; None: not sourced.

    Raises NotFound for a code that no list of wastes has, and for a view that we do not know.
    """
    if view not in VIEWS:
        raise NotFound(_no_such("view", view, ", ".join(VIEWS)))
    if code == NOT_LISTED:
        return _narrowest([(3, rule.status) for rule in status_rules(view) if rule.status.code == code], on)
    entry = wastes(code, on)
    if entry is None:
        raise NotFound(_no_such("waste code", code, "codes of the lists of wastes"))
    found = _narrowest([(rule.covers(entry), rule.status) for rule in status_rules(view)], on, code)
    if in_force(entry, on) or (found and found.status == _RUNS_OUT):
        return found
    return _out_of_force(entry, on, view)


def _narrowest(ranked: list[tuple[int, Status]], on: date, code: str = NOT_LISTED) -> Status | None:
    """The narrowest row that speaks of the day, said of the code that was asked."""
    found = [(rank, each) for rank, each in ranked if rank and _holds(each, on)]
    if not found:
        return None
    _, best = max(found, key=lambda each: each[0])
    return replace(best, code=code)


def _holds(each: Status | Equivalent, on: date) -> bool:
    return (each.valid_from or date.min) <= on <= (each.valid_to or date.max)


def _out_of_force(entry: Entry, on: date, view: str) -> Status:
    ended = entry.valid_to is not None and entry.valid_to < on
    return Status(
        code=entry.code,
        view=view,
        status="withdrawn" if ended else "not yet",
        instead=entry.replaced_by if ended else (),
        law=entry.source,
    )


def rule(row: Row) -> Rule:
    """What a row of the status file says; raises InputInvalid naming file and line."""
    first, last = row.period()
    said = Status(
        code=row.text("code"),
        view=row.one_of("view", VIEWS),
        status=row.one_of("status", STATUSES),
        instead=row.many("instead"),
        valid_from=first,
        valid_to=last,
        law=row.required("source"),
        confidence=row.one_of("confidence", CONFIDENCE),
    )
    named = row.text("list")
    if named not in LISTS and not (named == "" and said.code == NOT_LISTED):
        row.refuse(f"there is no list {named!r}", "list-unknown")
    return Rule(list=named, part=row.text("part"), status=said)


@cache
def status_rules(view: str) -> tuple[Rule, ...]:
    """The rows that say how a view treats a list, a part of it, or a code."""
    read = map(rule, rows(resources.path("law", "lists", "status.csv")))
    return tuple(each for each in read if each.status.view == view)


def equivalent(row: Row) -> Equivalent:
    """The pair that a row of the file of equivalents says; raises InputInvalid naming file and line."""
    first, last = row.period()
    return Equivalent(
        code=row.required("code"),
        equivalent=row.required("equivalent"),
        relation=row.one_of("relation", RELATIONS),
        leg=row.text("leg"),
        valid_from=first,
        valid_to=last,
        condition=row.text("condition"),
        source=row.required("source"),
    )


def read_equivalents(file: Path) -> tuple[Equivalent, ...]:
    """The pairs of a file; raises InputInvalid naming file and line."""
    return tuple(map(equivalent, rows(file)))


@cache
def all_equivalents() -> tuple[Equivalent, ...]:
    """Every pair of codes for one waste."""
    return read_equivalents(resources.path("law", "lists", "equivalents.csv"))


def equivalents(code: str, on: date | None = None) -> tuple[Equivalent, ...]:
    """The pairs in which another list calls the same waste by another code, on a day if one is given."""
    return _pairs(code, "same waste", on)


def mirrors(code: str, on: date | None = None) -> tuple[Equivalent, ...]:
    """The pairs of a hazardous entry and the entry for the same waste when it is not hazardous, or not clean."""
    return _pairs(code, "mirror", on)


@lru_cache(maxsize=4096)
def _pairs(code: str, relation: str, on: date | None) -> tuple[Equivalent, ...]:
    named = (each for each in all_equivalents() if each.relation == relation and code in (each.code, each.equivalent))
    return tuple(each for each in named if on is None or _holds(each, on))


def _no_such(noun: str, value: str, known: str) -> Finding:
    return Finding(
        rule_id=f"{noun.replace(' ', '-')}-unknown",
        message=f"There is no {noun} {value!r}.",
        value=value,
        fix=f"There are: {known}.",
    )
