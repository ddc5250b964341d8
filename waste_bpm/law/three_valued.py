"""Answers that may be yes, no or not known: what is not known never counts as a yes."""

from collections.abc import Iterable


def both(answers: Iterable[bool | None]) -> bool | None:
    """Whether all hold: False when one does not, None when that is not known."""
    seen = set(answers)
    return False if False in seen else None if None in seen else True


def either(answers: Iterable[bool | None]) -> bool | None:
    """Whether one holds: True when one does, None when that is not known."""
    seen = set(answers)
    return True if True in seen else None if None in seen else False
