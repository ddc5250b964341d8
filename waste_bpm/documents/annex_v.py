"""Which fields carry what Annex V of the Convention asks for: derived from the citations of the fields themselves.

Annex V A is asked of the notification, Annex V B of the movement document; `law/lists/annex_v.csv` names the items.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from waste_bpm import resources
from waste_bpm.documents.model import Document, FieldSpec, fields
from waste_bpm.documents.movement import Movement
from waste_bpm.documents.notification import Notification
from waste_bpm.law.codes import rows

_CITED = re.compile(r"Annex V ([AB]) ([0-9]+(?:-[0-9]+)?(?:, [0-9]+(?:-[0-9]+)?)*)")
ASKED_OF: dict[str, type[Document]] = {"A": Notification, "B": Movement}


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """An item of Annex V with the fields that carry it."""

    part: str
    number: int
    says: str
    fields: tuple[FieldSpec, ...]

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks of the form in which it stands."""
        return tuple(dict.fromkeys(spec.block.number for spec in self.fields if spec.block.number))


def cited(law: str | None) -> Iterator[tuple[str, int]]:
    """The items of Annex V that a citation names."""
    for part, numbers in _CITED.findall(law or ""):
        for each in numbers.split(", "):
            first, _, last = each.partition("-")
            yield from ((part, number) for number in range(int(first), int(last or first) + 1))


@cache
def mapping() -> tuple[Item, ...]:
    """Every item of Annex V A and B, in order, with the fields whose citation names it."""
    return tuple(
        Item(
            part=part,
            number=number,
            says=row.required("says"),
            fields=tuple(spec for spec in fields(ASKED_OF[part]) if (part, number) in cited(spec.block.law)),
        )
        for row in rows(resources.path("law", "lists", "annex_v.csv"))
        for part, number in [(row.required("part"), int(row.required("item")))]
    )
