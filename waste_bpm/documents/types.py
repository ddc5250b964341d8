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
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FIRST_YEAR, _LAST_YEAR = 1000, 2999
_LONGEST_WORDS = 4000


@dataclass(frozen=True, kw_only=True)
class Lexical:
    """How a value is written: its name, the XSD type it restricts, the facets, and their check in Python.

    `example` is shown to a person who wrote it differently.
    """

    name: str
    base: str
    pattern: str | None = None
    max_length: int | None = None
    digits: tuple[int, int] | None = None
    positive: bool = False
    signed: bool = False
    least: int | None = None
    most: int | None = None
    check: Callable[[Any], Any] | None = None
    example: str | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Give pydantic the check of what this declares."""
        if source is str:
            return self._string()
        if source is int:
            return core_schema.no_info_before_validator_function(
                _whole, core_schema.int_schema(ge=self.least, le=self.most)
            )
        inner = handler(source)
        if self.check is None:
            return inner
        if source in (date, datetime):
            return core_schema.no_info_before_validator_function(self.check, inner)
        checked = core_schema.no_info_after_validator_function(self.check, inner)
        first = _ASCII_FIRST.get(source)
        return core_schema.no_info_before_validator_function(first, checked) if first else checked

    def _string(self) -> CoreSchema:
        if self.pattern and _is_dense(self.pattern):
            return core_schema.str_schema(strip_whitespace=True, min_length=1, pattern=f"^(?:{self.pattern})$")
        anchored = f"^(?:{self.pattern})$" if self.pattern else _UNWRITABLE
        schema: CoreSchema = core_schema.str_schema(min_length=1, max_length=self.max_length, pattern=anchored)
        if self.pattern:
            schema = core_schema.no_info_after_validator_function(_writable, schema)
        return core_schema.no_info_before_validator_function(_line if self.base == "xs:token" else _prose, schema)


def _is_dense(pattern: str) -> bool:
    """Whether nothing that the pattern takes holds white space or control characters; then pydantic needs no help."""
    bare = pattern.replace(r"\.", "")
    return not re.search(r"[\s\\]|\[\^", bare) and "." not in re.sub(r"\[[^]]*\]", "", bare)


def _line(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _prose(value: Any) -> Any:
    return value.replace("\r\n", "\n").replace("\r", "\n").strip() if isinstance(value, str) else value


def _writable(value: str) -> str:
    if _CONTROL.search(value):
        raise PydanticCustomError("control", "{given} holds control characters", {"given": repr(value)[:60]})
    return value


def _whole(value: Any) -> Any:
    """Python reads True and 1_000 as whole numbers, the schema does not."""
    if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
        raise PydanticCustomError("whole_number", "{given} is not a whole number", {"given": repr(value)[:60]})
    return value


def _ascii_number(value: Any) -> Any:
    """Python reads 1_000 and the digits of every script as numbers, the schema does not."""
    amount = value.get("amount") if isinstance(value, dict) else None
    if isinstance(amount, str) and ("_" in amount or not amount.isascii()):
        raise PydanticCustomError("decimal_parsing", "{given} is not a number", {"given": repr(amount)[:60]})
    return value


def _ascii_decimal(value: Any) -> Any:
    """A bare decimal is given as text or number; what Python reads and the schema does not is refused."""
    if isinstance(value, bool) or (isinstance(value, str) and ("_" in value or not value.isascii())):
        raise PydanticCustomError("decimal_parsing", "{given} is not a number", {"given": repr(value)[:60]})
    return value


_ASCII_FIRST: dict[Any, Callable[[Any], Any]] = {Quantity: _ascii_number, Decimal: _ascii_decimal}


def _day(value: Any) -> Any:
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        return value.strip()
    if isinstance(value, date) and not isinstance(value, datetime) and _FIRST_YEAR <= value.year <= _LAST_YEAR:
        return value
    raise PydanticCustomError("day", "{given} is not a day written as YYYY-MM-DD", {"given": repr(value)[:60]})


def _instant(value: Any) -> Any:
    moment = _moment(value)
    if moment is None:
        raise PydanticCustomError(
            "instant", "{given} is not a time written as YYYY-MM-DDThh:mm:ss with its zone", {"given": repr(value)[:60]}
        )
    return moment


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str) and _INSTANT.fullmatch(value.strip()):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    if value.tzinfo is UTC and not value.microsecond and _FIRST_YEAR <= value.year <= _LAST_YEAR:
        return value
    try:
        moment = value.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        return None
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


def _written(quantity: Quantity, digits: tuple[int, int] = (16, 6)) -> Quantity:
    """The quantity with an amount that can be written without exponent, within the digits."""
    amount = _plain(quantity.amount, digits)
    return quantity if amount is quantity.amount else Quantity(amount, quantity.unit)


def _plain(amount: Decimal, digits: tuple[int, int]) -> Decimal:
    """The number written without exponent, within the digits."""
    exponent = amount.as_tuple().exponent
    whole = digits[0] - digits[1]
    if not isinstance(exponent, int) or -exponent > digits[1] or (amount and amount.adjusted() >= whole):
        raise PydanticCustomError(
            "digits",
            "{given} has more than {whole} digits before or {decimals} after the point",
            {"given": str(amount)[:40], "whole": whole, "decimals": digits[1]},
        )
    if exponent <= 0:
        return amount
    return Decimal(format(amount, "f")) if amount else Decimal(0)


def _positive(quantity: Quantity) -> Quantity:
    written = _written(quantity)
    if not written.amount > 0:
        raise PydanticCustomError("not_positive", "{given} is not more than zero", {"given": _shown(written)})
    return written


def _not_negative(quantity: Quantity) -> Quantity:
    written = _written(quantity)
    if written.amount < 0:
        raise PydanticCustomError("negative", "{given} is less than zero", {"given": _shown(written)})
    return written


_WHOLE = Decimal(100)
_SHARE_DIGITS, _MONEY_DIGITS = (5, 2), (16, 4)


def _percentage(share: Decimal) -> Decimal:
    written = _plain(share, _SHARE_DIGITS)
    if not 0 <= written <= _WHOLE:
        raise PydanticCustomError("percentage", "{given} is not between 0 and 100", {"given": str(written)})
    return abs(written) if written.is_zero() else written


def _money(amount: Decimal) -> Decimal:
    return _plain(amount, _MONEY_DIGITS)


def _shown(quantity: Quantity) -> str:
    return f"{quantity.amount} {quantity.unit}"


def _text(value: Text) -> Text:
    words = _prose(value.text)
    if not words or _CONTROL.search(words):
        raise PydanticCustomError("text", "the text is empty or holds control characters", {})
    if len(words) > _LONGEST_WORDS:
        raise PydanticCustomError(
            "string_too_long", "the text is longer than {max_length} characters", {"max_length": _LONGEST_WORDS}
        )
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
Words = Annotated[
    Text,
    Lexical(name="Words", base="xs:string", example="Used batteries, whole", max_length=_LONGEST_WORDS, check=_text),
]
"""Free text in one language; the document repeats it, once per language."""
PartyID = Annotated[
    str, Lexical(name="PartyID", base="xs:token", example="KE-CA", pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
]
"""The identifier of a party, an authority or an office at the node that registers it."""
CountryCode = Annotated[str, Lexical(name="CountryCode", base="xs:token", example="KE", pattern=r"[A-Z]{2}")]
"""ISO 3166-1 alpha-2."""
Email = Annotated[
    str,
    Lexical(name="Email", base="xs:token", example="office@authority.example", pattern=r"[^@\s]{1,64}@[^@\s]{1,190}"),
]
Phone = Annotated[
    str, Lexical(name="Phone", base="xs:token", example="+254 20 1234567", pattern=r"\+[0-9][0-9 ()-]{4,24}")
]
MessageID = Annotated[
    str,
    Lexical(
        name="MessageID",
        base="xs:token",
        example="urn:uuid:e952071d-e517-5a83-b7e4-2dbdde57c9e1",
        pattern=r"urn:uuid:[0-9a-f-]{36}",
    ),
]
Digest = Annotated[
    str,
    Lexical(
        name="Digest",
        base="xs:token",
        example="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        pattern=r"[0-9a-f]{64}",
    ),
]
"""SHA-256 of bytes, in hexadecimal."""
RuleID = Annotated[
    str, Lexical(name="RuleID", base="xs:token", example="m2-container-check-digit", pattern=r"[A-Za-z0-9-]{1,80}")
]
"""The stable identity of a rule."""
NotificationNumber = Annotated[
    str,
    Lexical(name="NotificationNumber", base="xs:token", example="KE 000427", pattern=r"[A-Z]{2}[A-Za-z0-9 ./-]{2,30}"),
]
"""Starts with the country of dispatch; foreign patterns differ, so the rest is loose."""
Regime = Annotated[str, Lexical(name="Regime", base="xs:token", example="BASEL", pattern=r"[A-Z][A-Z0-9-]{1,19}")]
"""The name of a legal regime: one file of `law/regimes`."""
BlockNumber = Annotated[
    str, Lexical(name="BlockNumber", base="xs:token", example="N11", pattern=r"[NMG][0-9]{1,2}[a-z]?(-[0-9]{1,2})?")
]
"""A block of the notification (N), of the movement document (M) or a box of Annex VII (G)."""
Container = Annotated[
    str, Lexical(name="Container", base="xs:token", example="CSQU3054383", pattern=r"[A-Z0-9][A-Z0-9 -]{2,19}")
]
"""A container as it is marked: ISO 6346, or another mark."""
UNNumber = Annotated[str, Lexical(name="UNNumber", base="xs:token", example="2794", pattern=r"[0-9]{4}")]
UNClass = Annotated[str, Lexical(name="UNClass", base="xs:token", example="8", pattern=r"[1-9](\.[1-9])?")]
Place = Annotated[str, Lexical(name="Place", base="xs:token", example="KEMBA", pattern=r"[A-Z]{2}[A-Z0-9]{3}")]
"""A port, border crossing or terminal: UN/LOCODE."""
Seal = Annotated[
    str, Lexical(name="Seal", base="xs:token", example="KE-4471", pattern=r"[A-Za-z0-9][A-Za-z0-9/-]{0,19}")
]
FormCode = Annotated[str, Lexical(name="FormCode", base="xs:token", example="R4", pattern=r"[A-Z0-9]{1,5}(\.[0-9])?")]
"""A code of one of the lists printed on the form (D, R, packaging, physical characteristics, transport, Y, H)."""
Listed = Annotated[Code, Lexical(name="Listed", base="xs:token", example="A1160", pattern=_ENTRY.pattern, check=_code)]
"""A code with the list it belongs to."""
Count = Annotated[int, Lexical(name="Count", base="xs:integer", example="4", least=1, most=99999)]
Year = Annotated[int, Lexical(name="Year", base="xs:integer", example="2026", least=_FIRST_YEAR, most=_LAST_YEAR)]
"""A calendar year."""
NoneOrMore = Annotated[int, Lexical(name="NoneOrMore", base="xs:integer", example="2", least=0, most=99999)]
Percentage = Annotated[
    Decimal, Lexical(name="Percentage", base="xs:decimal", example="12.5", digits=_SHARE_DIGITS, check=_percentage)
]
"""A share between 0 and 100, to two decimals."""
Money = Annotated[
    Decimal,
    Lexical(name="Money", base="xs:decimal", example="120.50", digits=_MONEY_DIGITS, signed=True, check=_money),
]
"""An amount of money; a value may be negative."""
Currency = Annotated[str, Lexical(name="Currency", base="xs:token", example="EUR", pattern=r"[A-Z]{3}")]
"""ISO 4217."""
Day = Annotated[date, Lexical(name="Day", base="xs:date", example="2026-03-01", pattern=_DAY.pattern, check=_day)]
"""A civil date in the place that the rule names."""
Instant = Annotated[
    datetime,
    Lexical(
        name="Instant",
        example="2026-03-01T08:30:00Z",
        base="xs:dateTime",
        pattern=r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
        r"(Z|[+-][0-9]{2}:[0-9]{2})",
        check=_instant,
    ),
]
"""A moment, UTC and to the second."""
Amount = Annotated[
    Quantity, Lexical(name="Amount", base="xs:decimal", example="25.5", digits=(16, 6), positive=True, check=_positive)
]
"""A quantity of more than zero."""
Share = Annotated[
    Quantity, Lexical(name="Share", base="xs:decimal", example="0.5", digits=(16, 6), check=_not_negative)
]
"""A quantity that may be zero, for instance the rejected part of a load."""
