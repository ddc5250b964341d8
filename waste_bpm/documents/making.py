"""Documents made of values that were read one by one, where a schema has shown the rest.

Each value passes the check of its field, the one that pydantic has; of a text in plain letters the schema has shown
all that the check would ask. That every field is known is shown by the schema; that none is missing and no list is too
short or too long is asked here once more. What is refused here goes to the door (`check.read`), which tells all.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter

from waste_bpm.documents.model import Document, fields
from waste_bpm.documents.types import Lexical

_new, _put = object.__new__, object.__setattr__


_TEXTS = ("xs:token", "xs:string")
"""The XSD types of texts."""


_BLANK = ("", " ")


@cache
def value_of(kind: type[Any], lexical: Lexical | None, taken: Callable[..., Any]) -> Callable[..., Any]:
    """How a value of this type is had from its text (and its attribute); raises ValueError.

    `taken` brings them into the form that the type expects.
    """
    validated = _validated(kind, lexical)

    def checked(*said: str) -> Any:
        return validated(taken(*said))

    if lexical is None or lexical.base not in _TEXTS:
        return checked
    if kind is str:
        return lambda text: text if _is_plain(text) else checked(text)
    return lambda text, said: taken(text, said) if _is_plain(text) and _is_plain(said) else checked(text, said)


def _validated(kind: type[Any], lexical: Lexical | None) -> Callable[[Any], Any]:
    """The check of a field, as it is said of a value that has the right type already."""
    check = lexical.check if lexical else None
    if check is None:
        annotation: Any = kind if lexical is None else Annotated[kind, lexical]
        return TypeAdapter(annotation).validator.validate_python

    def validated(value: Any) -> Any:
        made = check(value)
        if not isinstance(made, kind):
            raise ValueError(f"{made!r} is no {kind.__name__}")
        return made

    return validated


def _is_plain(text: str) -> bool:
    """Whether no white space is to be collapsed, and no letter is one of which Python and XML may think otherwise."""
    return text.isascii() and text.isprintable() and "  " not in text and text[:1] not in _BLANK and text[-1] != " "


@dataclass(frozen=True, kw_only=True, slots=True)
class Mould:
    """What every document of a kind has in common: its defaults, what it needs, and how long its lists may be."""

    model: type[Document]
    defaults: Mapping[str, Any]
    needed: frozenset[str]
    lists: tuple[tuple[str, int, float], ...]

    def document(self, data: dict[str, Any]) -> Document:
        """The document of these values, of which a list gives several; raises ValueError when they are not whole."""
        given = set(data)
        if not self.needed <= given:
            raise ValueError("a field is missing")
        for name, least, most in self.lists:
            if name in given:
                items = data[name] = tuple(data[name])
                if not least <= len(items) <= most:
                    raise ValueError(f"{name} has {len(items)} items")
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
