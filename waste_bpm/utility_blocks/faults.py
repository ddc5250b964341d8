"""What is wrong with one value, as exactly as can be told: a comma for a point, a missing zone, small letters."""

import re
from datetime import date, datetime
from decimal import Decimal

from waste_bpm.documents.model import FieldSpec, is_enumeration
from waste_bpm.documents.types import Lexical
from waste_bpm.vocabulary import Quantity

_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
_PLAIN = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_NO_ZONE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?")
_SHOWN = 60


def shown(value: str) -> str:
    """A value as a sentence quotes it."""
    return repr(value.strip()[:_SHOWN])


def fault(spec: FieldSpec | None, value: str) -> tuple[str, dict[str, str]]:
    """Which sentence fits a value that the schema refuses, and the words that it needs beside the value."""
    text = value.strip()
    if not text:
        return "value-empty", {}
    if spec is None:
        return "value", {}
    if spec.lexical is None or is_enumeration(spec.type):
        return "value-no-word", {}
    if spec.type in (Quantity, int):
        return _of_number(spec.lexical, text), {}
    if spec.type in (date, datetime):
        return _of_time(spec.lexical, text), {}
    return _of_words(spec.lexical, text)


def _of_number(lexical: Lexical, text: str) -> str:
    if _COMMA.fullmatch(text):
        return "value-comma"
    if not _PLAIN.fullmatch(text):
        return "value-no-number"
    if lexical.digits is None:
        return "value-range" if "." not in text else "value"
    if text.startswith("-"):
        return "value-negative"
    return "value-zero" if not Decimal(text[: _SHOWN * 100]) else "value-digits"


def _of_time(lexical: Lexical, text: str) -> str:
    if _NO_ZONE.fullmatch(text):
        return "value-no-zone" if lexical.base == "xs:dateTime" else "value"
    return "value-no-day" if lexical.pattern and re.fullmatch(lexical.pattern, text) else "value"


def _of_words(lexical: Lexical, text: str) -> tuple[str, dict[str, str]]:
    if lexical.max_length and len(text) > lexical.max_length:
        return "value-too-long", {"length": str(len(text)), "most": str(lexical.max_length)}
    pattern = lexical.pattern
    if pattern and len(text) <= _SHOWN and text != text.upper() and re.fullmatch(pattern, text.upper()):
        return "value-small-letters", {"capital": text.upper()}
    return "value", {}
