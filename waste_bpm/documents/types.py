"""The values a document may hold, each declared once for Python and for XSD.

A value type says how it is written (`Lexical`), and the same object gives pydantic its check and the schema its facets.
Patterns are written unanchored, as XSD reads them, and anchored here for Python. Texts never hold the empty string or
characters that XML 1.0 cannot carry; decimals are written without exponent; instants are UTC and to the second.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from waste_bpm.vocabulary import Code, Quantity, Text

_UNWRITABLE = "^[^\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x{FFFE}\\x{FFFF}]+$"
_DAY = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LIST = re.compile(r"[A-Z][A-Z0-9-]{0,19}")
_ENTRY = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./*-]{0,29}")


@dataclass(frozen=True, kw_only=True)
class Lexical:
    """How a value is written: its name, the XSD type it restricts, the facets, and their check in Python."""

    name: str
    base: str
    pattern: str | None = None
    max_length: int | None = None
    digits: tuple[int, int] | None = None
    positive: bool = False
    least: int | None = None
    most: int | None = None
    check: Callable[[Any], Any] | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Give pydantic the check of what this declares."""
        if source is str:
            anchored = f"^(?:{self.pattern})$" if self.pattern else _UNWRITABLE
            schema: CoreSchema = core_schema.str_schema(min_length=1, max_length=self.max_length, pattern=anchored)
            return core_schema.no_info_before_validator_function(_line if self.base == "xs:token" else _prose, schema)
        inner = core_schema.int_schema(ge=self.least, le=self.most) if source is int else handler(source)
        if self.check is None:
            return inner
        if source in (date, datetime):
            return core_schema.no_info_before_validator_function(self.check, inner)
        return core_schema.no_info_after_validator_function(self.check, inner)


def _line(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _prose(value: Any) -> Any:
    return value.replace("\r\n", "\n").replace("\r", "\n").strip() if isinstance(value, str) else value


def _day(value: Any) -> Any:
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        return value.strip()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise PydanticCustomError("day", "{given} is not a day written as YYYY-MM-DD", {"given": repr(value)[:60]})


def _instant(value: Any) -> Any:
    if isinstance(value, str) and _INSTANT.fullmatch(value.strip()):
        value = datetime.fromisoformat(value.strip())
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(microsecond=0)
    raise PydanticCustomError(
        "instant", "{given} is not a time written as YYYY-MM-DDThh:mm:ss with its zone", {"given": repr(value)[:60]}
    )


def _written(amount: Decimal, digits: tuple[int, int]) -> None:
    exponent = amount.as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 99
    if decimals > digits[1] or abs(amount) >= Decimal(10) ** (digits[0] - digits[1]):
        raise PydanticCustomError(
            "digits",
            "{given} has more than {whole} digits before or {decimals} after the point",
            {"given": str(amount)[:40], "whole": digits[0] - digits[1], "decimals": digits[1]},
        )


def _positive(quantity: Quantity) -> Quantity:
    if not quantity.amount > 0:
        raise PydanticCustomError(
            "not_positive", "{given} is not more than zero", {"given": f"{quantity.amount} {quantity.unit}"}
        )
    _written(quantity.amount, (16, 6))
    return quantity


def _not_negative(quantity: Quantity) -> Quantity:
    if quantity.amount < 0:
        raise PydanticCustomError(
            "negative", "{given} is less than zero", {"given": f"{quantity.amount} {quantity.unit}"}
        )
    _written(quantity.amount, (16, 6))
    return quantity


def _text(value: Text) -> Text:
    words = _prose(value.text)
    if not words or re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", words):
        raise PydanticCustomError("text", "the text is empty or holds control characters", {})
    if not _LANGUAGE.fullmatch(value.language):
        raise PydanticCustomError("language", "{given} is not a language tag such as en", {"given": value.language})
    return Text(words, value.language)


def _code(value: Code) -> Code:
    code = Code(_line(value.code), _line(value.list))
    if not _ENTRY.fullmatch(code.code) or not _LIST.fullmatch(code.list):
        raise PydanticCustomError("code", "{given} is not a code of a code list", {"given": f"{code.list} {code.code}"})
    return code


Line = Annotated[str, Lexical(name="Line", base="xs:token", max_length=250)]
"""Words on one line; runs of white space become one space."""
Prose = Annotated[str, Lexical(name="Prose", base="xs:string", max_length=4000)]
"""Words on several lines."""
Words = Annotated[Text, Lexical(name="Words", base="xs:string", max_length=4000, check=_text)]
"""Free text in one language; the document repeats it, once per language."""
PartyID = Annotated[str, Lexical(name="PartyID", base="xs:token", pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")]
"""The identifier of a party, an authority or an office at the node that registers it."""
CountryCode = Annotated[str, Lexical(name="CountryCode", base="xs:token", pattern=r"[A-Z]{2}")]
"""ISO 3166-1 alpha-2."""
Email = Annotated[str, Lexical(name="Email", base="xs:token", pattern=r"[^@\s]{1,64}@[^@\s]{1,190}")]
Phone = Annotated[str, Lexical(name="Phone", base="xs:token", pattern=r"\+[0-9][0-9 ()-]{4,24}")]
NotificationNumber = Annotated[
    str, Lexical(name="NotificationNumber", base="xs:token", pattern=r"[A-Z]{2}[A-Za-z0-9 ./-]{2,30}")
]
"""Starts with the country of dispatch; foreign patterns differ, so the rest is loose."""
UNNumber = Annotated[str, Lexical(name="UNNumber", base="xs:token", pattern=r"[0-9]{4}")]
UNClass = Annotated[str, Lexical(name="UNClass", base="xs:token", pattern=r"[1-9](\.[1-9])?")]
Place = Annotated[str, Lexical(name="Place", base="xs:token", pattern=r"[A-Z]{2}[A-Z0-9]{3}")]
"""A port, border crossing or terminal: UN/LOCODE."""
Seal = Annotated[str, Lexical(name="Seal", base="xs:token", pattern=r"[A-Za-z0-9][A-Za-z0-9/-]{0,19}")]
FormCode = Annotated[str, Lexical(name="FormCode", base="xs:token", pattern=r"[A-Z0-9]{1,5}")]
"""A code of one of the lists printed on the form (D, R, packaging, physical characteristics, transport, Y, H)."""
Listed = Annotated[Code, Lexical(name="Listed", base="xs:token", pattern=_ENTRY.pattern, check=_code)]
"""A code with the list it belongs to."""
Count = Annotated[int, Lexical(name="Count", base="xs:integer", least=1, most=99999)]
NoneOrMore = Annotated[int, Lexical(name="NoneOrMore", base="xs:integer", least=0, most=99999)]
Day = Annotated[date, Lexical(name="Day", base="xs:date", pattern=_DAY.pattern, check=_day)]
"""A civil date in the place that the rule names."""
Instant = Annotated[
    datetime,
    Lexical(
        name="Instant",
        base="xs:dateTime",
        pattern=r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
        r"(Z|[+-][0-9]{2}:[0-9]{2})",
        check=_instant,
    ),
]
"""A moment, UTC and to the second."""
Amount = Annotated[Quantity, Lexical(name="Amount", base="xs:decimal", digits=(16, 6), positive=True, check=_positive)]
"""A quantity of more than zero."""
Share = Annotated[Quantity, Lexical(name="Share", base="xs:decimal", digits=(16, 6), check=_not_negative)]
"""A quantity that may be zero, for instance the rejected part of a load."""
