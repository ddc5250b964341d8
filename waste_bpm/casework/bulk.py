"""Many acts of one case, as a file brings them: each walks the very line of a single act, after those before it."""

from collections.abc import Iterable
from dataclasses import dataclass

from waste_bpm.casework.line import Outcome, Request, act
from waste_bpm.casework.node import Node
from waste_bpm.errors import WasteBpmError


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One act of many, and what became of it: what it did, or why it was refused."""

    number: int
    request: Request
    outcome: Outcome | None = None
    error: WasteBpmError | None = None


class _OnlyAsked(Exception):  # noqa: N818 - no error: it takes back what was only tried
    """Ends a transaction in which acts were tried."""


def together(node: Node, requests: Iterable[Request], *, dry_run: bool = False) -> list[Row]:
    """Take the acts in their order; what is refused stops no other. In a dry run all is judged and nothing is kept."""
    rows: list[Row] = []
    if not dry_run:
        rows.extend(_row(node, number, request) for number, request in enumerate(requests, start=1))
        return rows
    try:
        with node.store.transaction():
            rows.extend(_row(node, number, request) for number, request in enumerate(requests, start=1))
            raise _OnlyAsked
    except _OnlyAsked:
        return rows


def _row(node: Node, number: int, request: Request) -> Row:
    try:
        return Row(number=number, request=request, outcome=act(node, request))
    except WasteBpmError as error:
        return Row(number=number, request=request, error=error)
