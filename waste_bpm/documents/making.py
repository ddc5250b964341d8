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

from pydantic import BaseModel, TypeAdapter

from waste_bpm.documents.model import Document, fields
from waste_bpm.documents.types import Lexical

_BLANK = ("", " ")


@cache
def value_of(kind: type[Any], lexical: Lexical | None, taken: Callable[..., Any]) -> Callable[..., Any]:
    """How a value of this type is had from its text (and its attribute); raises ValueError.

    `taken` brings them into the form that the type expects.
    """
    validated = _validated(kind, lexical)

    def checked(*said: str) -> Any:
        return validated(taken(*said))

    if not is_text(lexical):
        return checked
    if kind is str:
        return lambda text: text if is_plain(text) else checked(text)
    return lambda text, said: taken(text, said) if is_plain(text) and is_plain(said) else checked(text, said)


def is_text(lexical: Lexical | None) -> bool:
    """Whether a value is written as a text, of which the schema shows all as long as it is plain."""
    return lexical is not None and lexical.base in ("xs:token", "xs:string")


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


def is_plain(text: str) -> bool:
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
        """The document of these values, in the order of its fields, of which a list gives several; or a ValueError."""
        given, values = set(data), data
        for name, least, most in self.lists:
            if name in given:
                items = data[name] = tuple(data[name])
                if not least <= len(items) <= most:
                    raise ValueError(f"{name} has {len(items)} items")
        if len(given) < len(self.defaults):
            if not self.needed <= given:
                raise ValueError("a field is missing")
            values = {**self.defaults, **data}
        return _filled(self.model, values, given)


_new = object.__new__
_put = {name: vars(BaseModel)[name].__set__ for name in BaseModel.__slots__}
_values, _given, _extra, _private = (
    _put[name] for name in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
)


def _filled(model: type[Document], values: dict[str, Any], given: set[str]) -> Document:
    """What `model_construct` makes, for values that are complete and in order."""
    document = _new(model)
    _values(document, values)
    _given(document, given)
    _extra(document, None)
    _private(document, None)
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
