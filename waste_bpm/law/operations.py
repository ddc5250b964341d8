"""Entries whose wording names the operation: the waste is under that entry only if it goes there.

They stand in `law/lists/bound_operations.csv`: the operation, and those that may come before it.
"""

from dataclasses import dataclass
from functools import cache

from waste_bpm import resources
from waste_bpm.law.codes import rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """What the wording of an entry asks of block 11."""

    code: str
    operation: str
    before: tuple[str, ...]
    source: str

    def allows(self, operations: tuple[str, ...]) -> bool:
        """Whether the operations are the one named, with nothing else but what may come before it."""
        return self.operation in operations and set(operations) <= {self.operation, *self.before}


@cache
def _bound() -> dict[str, Bound]:
    found = (
        Bound(
            code=row.required("code"),
            operation=row.required("operation"),
            before=row.many("before"),
            source=row.required("source"),
        )
        for row in rows(resources.path("law", "lists", "bound_operations.csv"))
    )
    return {each.code: each for each in found}


def bound(code: str) -> Bound | None:
    """What the entry asks of the operation; None when it asks nothing."""
    return _bound().get(code)
