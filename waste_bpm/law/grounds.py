"""The grounds on which an authority may object: closed lists where the law has them, by regime, treatment and role.

A regime without a list leaves the reason free: the State denies permission under its own law (Basel Art. 6(2)).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from waste_bpm import resources
from waste_bpm.law.codes.rows import rows
from waste_bpm.vocabulary import Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """A provision on which an objection may rest, for whom, and where it is written."""

    regime: str
    category: str
    roles: frozenset[Role]
    code: str
    says: str
    since: date | None
    until: date | None
    source: str

    def admits(self, code: str) -> bool:
        """Whether a ground that is written so rests on this provision, or on a part of it."""
        return code == self.code or code.startswith(f"{self.code}(")


@cache
def _register() -> tuple[Ground, ...]:
    return tuple(_read())


def _read() -> Iterator[Ground]:
    for row in rows(resources.path("law", "lists", "grounds.csv")):
        since, until = row.period()
        yield Ground(
            regime=row.required("regime"),
            category=row.required("category"),
            roles=frozenset(Role(role) for role in row.many("role")),
            code=row.required("code"),
            says=row.required("says"),
            since=since,
            until=until,
            source=row.required("source"),
        )


def grounds(regime: str, category: str, role: Role, on: date) -> tuple[Ground, ...]:
    """The provisions on which an authority may object on a day; empty where the law has no closed list."""
    return tuple(
        ground
        for ground in _register()
        if (ground.regime, ground.category) == (regime, category)
        and role in ground.roles
        and (ground.since is None or ground.since <= on)
        and (ground.until is None or on <= ground.until)
    )
