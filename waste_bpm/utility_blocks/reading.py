"""The documents that the bytes of a message say, once its schema has shown that they are valid.

The text is cut at every `<` and `>` into tags and the words after them; the schema has shown in which order they come.
So one walk over them makes the documents, and words that were read lately are not read again. Where a message is tidy,
as this node and most others write it, a text is what stands between the tags. What is written in a way that tags and
words do not show (a section of CDATA, other quotes, spaces in a tag) is left to the tree; both ways say the same.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple, cast

from waste_bpm.documents.making import Mould, is_plain, is_text, mould, value_of
from waste_bpm.documents.model import D, Document, FieldSpec, fields
from waste_bpm.utility_blocks.catalogue import Message
from waste_bpm.utility_blocks.envelope import Header
from waste_bpm.utility_blocks.xml import ATTRIBUTES, TAKEN

_MOST_KEPT = 512
"""Words of one field that are kept, each no longer than `_SHORT`; messages from anywhere may say any."""
_SHORT = 120
_ASCII = bytes(range(128))
_REFERENCE = re.compile("&(?:#([0-9]+)|#x([0-9A-Fa-f]+)|([a-z]+));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}

_Pairs = Iterator[tuple[str, str]]
"""Tags, each with the words after it."""


def documents(data: bytes, message: Message) -> tuple[Header, Document] | None:
    """The header and the document of a schema-valid message; None when the tree has to be asked."""
    if b"!" in data and b"<!" in data:
        return None
    text = data.decode()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        tags, words = _cut(text)
        bare = list(map(str.strip, words))
        tidy = _are_tidy("".join(bare)) and (data.isascii() or data.translate(None, _ASCII).decode().isprintable())
        pairs = zip(tags, bare if tidy else words, strict=True)
        return _part(pairs, Header, tidy), _part(pairs, message.document, tidy)
    except ValueError:
        return None


def _cut(text: str) -> tuple[list[str], list[str]]:
    """The tags inside the root, without the prefix that their names may have, and the words after each."""
    before, *cut = text.replace(">", "<").split("<")
    if before or len(cut) != 2 * text.count("<"):
        raise ValueError("something stands before the first tag, or a > in a text")
    if cut[0].startswith("?"):
        del cut[:2]
    prefix, colon, _ = cut[0].partition(" ")[0].partition(":")
    if colon:
        return _cut(text.replace(f"<{prefix}:", "<").replace(f"</{prefix}:", "</"))
    return cut[2::2], cut[3::2]


def _are_tidy(words: str) -> bool:
    """Whether words are written as they are read: without references, and without white space to be collapsed."""
    return not ("&" in words or "\n" in words or "\t" in words or "  " in words)


def _part(pairs: _Pairs, model: type[D], tidy: bool) -> D:
    next(pairs)
    return cast("D", _document(pairs, _known(model, tidy)))


class _Known(NamedTuple):
    """What the tags in an element mean, and the mould of its document."""

    tags: "_Tags"
    mould: Mould


class _Tag(NamedTuple):
    """The field of a tag, and what may stand in the element: elements, words that are taken as they are, or others."""

    name: str
    many: bool
    inner: _Known | None
    values: "_Values | None"


class _Values(dict[str, Any]):
    """The values of words that were read lately; all are forgotten when they are too many."""

    def __init__(self, value: Callable[[str], Any]) -> None:
        super().__init__()
        self.value = value

    def __missing__(self, words: str) -> Any:
        value = self.value(words)
        if len(words) <= _SHORT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[words] = value
        return value


class _Tags(dict[str, _Tag | None]):
    """What each tag means, None for the end of the element; those with an attribute are added as they are met."""

    def __init__(self, model: type[Document], tidy: bool) -> None:
        super().__init__()
        self.tidy = tidy
        self.fields = {_opened(spec): spec for spec in fields(model)}

    def __missing__(self, tag: str) -> _Tag | None:
        meant = None if tag[:1] == "/" else self.meaning(*tag.split('"'))
        if len(tag) <= _SHORT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[tag] = meant
        return meant

    def meaning(self, opened: str, *said: str) -> _Tag:
        """What a tag means; raises ValueError when it is not written as expected."""
        spec = self.fields.get(opened)
        if spec is None or (said and (len(said) != 2 or said[1] or not said[0].isprintable())):
            raise ValueError(f"the tag {opened} is not written as expected")
        kind: Any = spec.type
        if spec.nested:
            return _Tag(spec.name, spec.many, _known(kind, self.tidy), None)
        if kind is str and self.tidy:
            return _Tag(spec.name, spec.many, None, None)
        attribute = [_plain(each) for each in said[:1]]
        taken = TAKEN.get(kind, str.strip)
        if self.tidy and is_text(spec.lexical) and is_plain(*attribute):
            return _Tag(spec.name, spec.many, None, _Values(lambda words: taken(_some(words), *attribute)))
        value = value_of(kind, spec.lexical, taken)
        return _Tag(spec.name, spec.many, None, _Values(lambda words: value(_plain(words), *attribute)))


@cache
def _known(model: type[Document], tidy: bool) -> _Known:
    return _Known(_Tags(model, tidy), mould(model))


def _opened(spec: FieldSpec) -> str:
    """How the tag of a field is written, up to the value of its attribute."""
    kind: Any = spec.type
    return f"{spec.tag} {ATTRIBUTES[kind][2]}=" if kind in ATTRIBUTES else spec.tag


def _some(words: str) -> str:
    """The words themselves; white space alone, which a schema takes for a text, is none."""
    if not words:
        raise ValueError("no words")
    return words


def _plain(text: str) -> str:
    if "&" not in text:
        return text
    return _REFERENCE.sub(_referred, text)


def _referred(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    return _NAMED[name] if name else chr(int(decimal) if decimal else int(hexadecimal, 16))


def _document(pairs: _Pairs, known: _Known) -> Document:
    data: dict[str, Any] = {}
    tags, document_mould = known
    for tag, words in pairs:
        meant = tags[tag]
        if meant is None:
            break
        name, many, inner, values = meant
        value: Any = words
        if inner is not None:
            value = _document(pairs, inner)
        else:
            next(pairs)
            if values is not None:
                value = values[words]
        if not many:
            data[name] = value
        elif name in data:
            data[name].append(value)
        else:
            data[name] = [value]
    return document_mould.document(data)
