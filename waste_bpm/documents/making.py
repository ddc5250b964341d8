"""Documents made of values that were read one by one, where a schema has shown the rest.

Each value passes the check of its field, the one that pydantic has, and what was found is kept for the next time: the
same codes, days and parties stand in thousands of messages. That every field is known is shown by the schema; that
none is missing and no list is too short or too long is asked here once more. Whoever is refused here asks the door
(`check.read`), which tells all there is to tell.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Any

from pydantic import TypeAdapter

from waste_bpm.documents.model import Document, fields
from waste_bpm.documents.types import Lexical

_MOST_KEPT = 1024
"""Values of one type that are kept; messages from anywhere may say any."""


_new, _put = object.__new__, object.__setattr__


@cache
def value_of(kind: type[Any], lexical: Lexical | None, taken: Callable[..., Any]) -> Callable[..., Any]:
    """How a value of this type is had from its text (and its attribute); raises ValidationError.

    `taken` brings them into the form that the type expects.
    """
    annotation: Any = kind if lexical is None else Annotated[kind, lexical]
    check = TypeAdapter(annotation).validator.validate_python
    return lru_cache(maxsize=_MOST_KEPT)(lambda *said: check(taken(*said)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Mould:
    """What every document of a kind has in common: its defaults, what it needs, and how long its lists may be."""

    model: type[Document]
    defaults: Mapping[str, Any]
    needed: frozenset[str]
    lists: tuple[tuple[str, int, float], ...]

    def document(self, data: dict[str, Any]) -> Document | None:
        """The document of these values, of which a list gives several; None when they are no whole document."""
        given = set(data)
        if not self.needed <= given:
            return None
        for name, least, most in self.lists:
            if name in data:
                items = data[name] = tuple(data[name])
                if not least <= len(items) <= most:
                    return None
        return _filled(self.model, {**self.defaults, **data}, given)


def _filled(model: type[Document], values: dict[str, Any], given: set[str]) -> Document:
    """What `model_construct` makes, for values that are complete and in order."""
    document = _new(model)
    _put(document, "__dict__", values)
    _put(document, "__pydantic_fields_set__", given)
    _put(document, "__pydantic_extra__", None)
    _put(document, "__pydantic_private__", None)
    return document


@cache
def mould(model: type[Document]) -> Mould:
    """The mould of a kind of documents."""
    held = model.model_fields
    return Mould(
        model=model,
        defaults={name: info.get_default(call_default_factory=True) for name, info in held.items()},
        needed=frozenset(name for name, info in held.items() if info.is_required()),
        lists=tuple(
            (each.name, each.least, math.inf if each.most is None else each.most) for each in fields(model) if each.many
        ),
    )
