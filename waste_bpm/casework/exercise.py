"""Nodes of an exercise: the database names the file that tells its time, from its beginning and for good.

A node in earnest never has such a clock, and nodes of an exercise and nodes in earnest never believe each other.
"""

from sqlalchemy import select

from waste_bpm.casework.store import SETTING, Store
from waste_bpm.errors import Conflict
from waste_bpm.vocabulary import Finding

_CLOCK, _NODE = "exercise", "node"
_SAID = select(SETTING.c.name, SETTING.c.value).where(SETTING.c.name.in_([_CLOCK, _NODE]))


def clock_file(store: Store) -> str | None:
    """The file that tells the time of a node of an exercise; None for a node in earnest."""
    return _said(store).get(_CLOCK)


def begin(store: Store, file: str) -> None:
    """Give a database to an exercise; raises Conflict when it holds a node that has another clock."""
    said = _said(store)
    if said.get(_CLOCK) == file:
        return
    if said:
        raise Conflict(
            Finding(
                rule_id="exercise-apart",
                message=f"This database holds the node {said.get(_NODE, '')!r}, which has its own clock.",
                fix="Give the exercise a database of its own with --db.",
            ),
            status=409,
        )
    store.replace(SETTING, [{"name": _CLOCK, "value": file}])


def _said(store: Store) -> dict[str, str]:
    return {row.name: row.value for row in store.rows(_SAID)}
