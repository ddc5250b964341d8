"""How documents are numbered where the scheme is on file; a number of a State without one is taken as it is written.

A scheme stands in `law/lists/numbers.csv` with its country (`@EU`: each member State of the Union), its pattern and its
days. Own numbers are held to the scheme; numbers that another State gave keep their own form. A number is never used
again, even after a cancellation.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from waste_bpm import resources
from waste_bpm.law.codes import rows
from waste_bpm.law.countries import country
from waste_bpm.vocabulary import Finding

_SERIAL_DIGITS = 6
_UNION = "@EU"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scheme:
    """A way of numbering: who numbers so, which document, since when, and what a number looks like."""

    name: str
    country: str
    document: str
    pattern: str
    example: str
    since: date
    until: date
    source: str

    def numbers(self, iso2: str, document: str, on: date) -> bool:
        """Whether documents of this kind are numbered so in a country on a day."""
        return self.document == document and self.since <= on <= self.until and _counted(self.country, iso2)

    def fits(self, number: str) -> bool:
        """Whether a number is written as the scheme writes numbers."""
        return re.fullmatch(self.pattern, number) is not None


def _counted(group: str, iso2: str) -> bool:
    if group != _UNION:
        return group == iso2
    found = country(iso2)
    return bool(found and found.eu)


@cache
def schemes() -> tuple[Scheme, ...]:
    """Every scheme on file."""
    return tuple(
        Scheme(
            name=row.required("scheme"),
            country=row.required("country"),
            document=row.required("document"),
            pattern=row.required("pattern"),
            example=row.required("example"),
            since=row.day("valid_from") or date.min,
            until=row.day("valid_to") or date.max,
            source=row.required("source"),
        )
        for row in rows(resources.path("law", "lists", "numbers.csv"))
    )


def movement_number(notification: str, serial: int) -> str:
    """The number of a movement: that of its notification, a point, and six digits."""
    return f"{notification}.{serial:0{_SERIAL_DIGITS}d}"


def problem(number: str, iso2: str, on: date, document: str = "notification") -> Finding | None:
    """Why a number is none of the country that gives it; None when it is, or when no scheme of it is on file."""
    known = [scheme for scheme in schemes() if scheme.numbers(iso2, document, on)]
    if not known or any(scheme.fits(number) for scheme in known):
        return None
    return Finding(
        rule_id="number-of-scheme",
        message=f"{number!r} is not written as {iso2} numbers documents.",
        value=number,
        law=known[0].source,
        fix=f"Write it like {' or '.join(scheme.example for scheme in known)}.",
    )
