"""Conditions of a checklist: data, three-valued, never evaluated as code.

    {eq: [name, value]}                 the name stands for this value
    {in: [name, [value, ...]]}          the name stands for one of these values
    {gt: [name, other]}                 more than; `other` is a name or a number
    {le: [name, other]}                 not more than
    {all: [...]}  {any: [...]}  {not: condition}

A name that nobody has given a value for, and two things that have no order (a mass and a volume, a word and a
number), make a condition *unknown*: neither true nor false. `tests/sop/condition_vectors.json` holds the cases that
any other interpreter, for instance that of a page which works offline, must answer alike.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from waste_bpm.vocabulary import Quantity

Condition = Mapping[str, Any]
"""One word with what it is about."""

WORDS = ("eq", "in", "gt", "le", "all", "any", "not")

_OTHER = {"eq": "a value", "in": "a list of values", "gt": "a name or a number", "le": "a name or a number"}


def holds(condition: Condition, values: Mapping[str, Any]) -> bool | None:
    """Whether the condition is true with these values; None when that is not known."""
    ((word, about),) = condition.items()
    if word == "not":
        return _negated(holds(about, values))
    if word in {"all", "any"}:
        return _joined(word, [holds(part, values) for part in about])
    left, right = values.get(about[0]), about[1]
    if left is None:
        return None
    if word == "eq":
        return _same(left, right)
    if word == "in":
        return any(_same(left, value) for value in right)
    at_most = _at_most(left, values.get(right) if isinstance(right, str) else right)
    return at_most if word == "le" else _negated(at_most)


def compared(condition: Condition) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Each name in the condition, with the values that it is tested to be equal to."""
    ((word, about),) = condition.items()
    if word == "not":
        yield from compared(about)
    elif word in {"all", "any"}:
        for part in about:
            yield from compared(part)
    elif word in {"eq", "in"}:
        yield about[0], tuple(about[1]) if word == "in" else (about[1],)
    else:
        yield from ((name, ()) for name in about if isinstance(name, str))


def problem(condition: object) -> str | None:
    """Say what is wrong with the form of a condition, in words for its author; None when it is well formed."""
    if not isinstance(condition, Mapping) or len(condition) != 1 or next(iter(condition)) not in WORDS:
        return f"a condition is one of the words {', '.join(WORDS)} with what it is about"
    ((word, about),) = condition.items()
    if word == "not":
        return problem(about)
    if word in {"all", "any"}:
        parts = about if _is_list(about) else ()
        return next((found for part in parts if (found := problem(part))), None if parts else f"`{word}` takes a list")
    return None if _compares(word, about) else f"`{word}` takes a name and {_OTHER[word]}"


def _compares(word: str, about: Any) -> bool:
    if not _is_list(about) or len(about) != 2 or not isinstance(about[0], str):
        return False
    other = about[1]
    if word == "in":
        return _is_list(other) and bool(other)
    return word == "eq" or isinstance(other, str) or _is_number(other)


def _negated(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict


def _joined(word: str, verdicts: list[bool | None]) -> bool | None:
    settles = word == "any"
    if settles in verdicts:
        return settles
    return None if None in verdicts else not settles


def _same(left: object, right: object) -> bool:
    # Python holds True and 1 to be equal; no form and no other interpreter does.
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def _at_most(left: object, right: object) -> bool | None:
    if isinstance(left, Quantity) and isinstance(right, Quantity):
        return left <= right if left.dimension == right.dimension else None
    if isinstance(left, int | float | Decimal) and isinstance(right, int | float | Decimal):
        return left <= right if _is_number(left) and _is_number(right) else None
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and math.isfinite(value)


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
