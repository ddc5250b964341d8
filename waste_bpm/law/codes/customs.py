"""From customs codes to waste codes: the correlation of Regulation (EU) 2016/1245, and hints beside it.

A customs code never proves what a waste is: the table says which entries a heading may hold, in part. Two slips of the
printed table are put right in the data: a heading 8497 89 that does not exist, and rows that it gives twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from waste_bpm import resources
from waste_bpm.errors import InputInvalid
from waste_bpm.law.codes.rows import Row, rows
from waste_bpm.vocabulary import Finding

HINT = "A customs code is a hint for a closer look, and never proof of what the waste is."

RELATIONS: Mapping[str, str] = {
    "part": "the customs code covers a part of the entry",
    "hint": "near in wording, but no official correlation",
    "cover": "goods under this code have hidden such waste",
}
EVIDENCE: Mapping[str, str] = {"official": "official table", "inference": "inference"}
_SHORTEST = 4
_MOST_KEPT = 4096
"""Of the customs codes that were looked up; messages from anywhere may name any."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Correlation:
    """A customs code and a waste code that may stand for the same goods.

    `waste` is the code as the table says it, None for a cover declaration; `now` the codes to think of today. `weak`:
    a catch-all heading, which says little by itself. `edition` is the edition of the HS the code is of.
    """

    hs: str
    waste: str | None
    now: tuple[str, ...]
    relation: str
    evidence: str
    weak: bool
    edition: str
    note: str
    source: str


def correlation(row: Row) -> Correlation:
    """The correlation that a row says; raises InputInvalid naming file and line."""
    code, waste = row.required("hs"), row.text("waste") or None
    if not (code.isdigit() and len(code) % 2 == 0):
        row.refuse(f"hs is {code!r}, not 2, 4 or 6 digits")
    if not (waste or row.text("now")):
        row.refuse("no waste code is named, neither of the table nor of today")
    return Correlation(
        hs=code,
        waste=waste,
        now=row.many("now") or ((waste,) if waste else ()),
        relation=row.one_of("relation", RELATIONS),
        evidence=row.one_of("evidence", EVIDENCE),
        weak=bool(row.truth("weak")),
        edition=row.required("edition"),
        note=row.text("note"),
        source=row.required("source"),
    )


def read_correlations(file: Path) -> tuple[Correlation, ...]:
    """The rows of a correlation file; raises InputInvalid naming file and line."""
    found: dict[tuple[str, str | None, str], Correlation] = {}
    for row in rows(file):
        read = correlation(row)
        key = (read.hs, read.waste, read.relation)
        if key in found:
            row.refuse(f"{read.hs} and {read.waste} are said twice", "code-twice")
        found[key] = read
    return tuple(found.values())


@cache
def correlations() -> tuple[Correlation, ...]:
    """The whole table, read when it is first asked for."""
    return read_correlations(resources.path("law", "lists", "hs.csv"))


def hs(code: str) -> tuple[Correlation, ...]:
    """What goods under a customs code may be, the strongest evidence first.

    Points and spaces in the code do not matter. Digits beyond the sixth are a State's own and are left out. A
    code of four digits stands for all that begin with it. Raises InputInvalid when it is no customs code.
    """
    asked = code.replace(" ", "").replace(".", "")[:6]
    if not asked.isdigit() or len(asked) < _SHORTEST:
        raise InputInvalid(_no_customs_code(code))
    return _correlated(asked)


@lru_cache(maxsize=_MOST_KEPT)
def _correlated(asked: str) -> tuple[Correlation, ...]:
    found = [each for each in correlations() if asked.startswith(each.hs) or each.hs.startswith(asked)]
    return tuple(sorted(found, key=_strength))


@cache
def correlated_wastes() -> frozenset[str]:
    """The waste codes of today that the table has."""
    return frozenset(code for each in correlations() for code in each.now)


def _strength(found: Correlation) -> tuple[bool, int, bool]:
    return found.evidence != "official", -len(found.hs), found.weak


def _no_customs_code(code: str) -> Finding:
    return Finding(
        rule_id="hs-code-malformed",
        message=f"{code!r} is no customs code: four to six digits of the Harmonized System are needed.",
        value=code,
        fix="Write it like 854911 or 8549.11; digits of a State's own tariff may follow.",
    )
