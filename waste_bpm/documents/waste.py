"""What the waste is: blocks 12 and 14 of the notification, which the movement document repeats (Annex V A 13, 17)."""

from enum import StrEnum
from typing import Annotated

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.types import FormCode, Line, Listed, Percentage, UNClass, UNNumber, Words
from waste_bpm.law import codes
from waste_bpm.vocabulary import Severity

OTHER_WASTES = "BASEL-II"
"""The list of wastes that are controlled without being hazardous (Basel Art. 1(2))."""


class Constituent(Document):
    """What the waste consists of, with its share as a range (block 12)."""

    name: Annotated[Line, Block(says="Constituent")]
    least: Annotated[Percentage | None, Block(says="At least, percent")] = None
    most: Annotated[Percentage | None, Block(says="At most, percent")] = None

    @rule(
        "n12-range-in-order",
        field="most",
        law="Annex V A 13",
        fix="Give the smaller share first, or one share twice when it does not vary.",
    )
    def _in_order(self) -> str | None:
        if self.least is None or self.most is None or self.least <= self.most:
            return None
        return f"{self.name}: at least {self.least} % and at most {self.most} % cannot both be."


class CodeFamily(StrEnum):
    """The families of block 14 that may be answered with "not applicable", which is an answer and no blank."""

    OECD = "oecd"
    EC_LIST = "ec_list"
    NATIONAL_EXPORT = "national_export"
    NATIONAL_IMPORT = "national_import"
    OTHER = "other"
    Y = "y"
    H = "h"
    UN_CLASS = "un_class"
    UN_NUMBER = "un_number"
    SHIPPING_NAME = "shipping_name"
    CUSTOMS = "customs"


_IN_OTHER = {
    CodeFamily.EC_LIST: "EC",
    CodeFamily.NATIONAL_EXPORT: "NATIONAL-EXPORT",
    CodeFamily.NATIONAL_IMPORT: "NATIONAL-IMPORT",
    CodeFamily.OTHER: "OTHER",
}
"""The families that stand in one field, by the name of their list."""
_GIVEN_IN = {
    CodeFamily.OECD: "oecd",
    CodeFamily.Y: "y_codes",
    CodeFamily.H: "h_codes",
    CodeFamily.UN_CLASS: "un_classes",
    CodeFamily.UN_NUMBER: "un_number",
    CodeFamily.SHIPPING_NAME: "shipping_name",
    CodeFamily.CUSTOMS: "hs_codes",
}
"""The families that have a field of their own."""


class WasteIdentification(Document):
    """Block 14: what the waste is, in every list that knows it. `NOT LISTED` is a value, not a blank."""

    basel: Annotated[
        Listed, Block(says="Basel Annex VIII, IX or II", number="14.i", law="Basel Annex V A 13", wco="145")
    ]
    oecd: Annotated[FormCode | None, Block(says="OECD code", number="14.ii", wco="145")] = None
    other: Annotated[tuple[Listed, ...], Block(says="National and other codes", number="14.vi", wco="145")] = ()
    y_codes: Annotated[tuple[FormCode, ...], Block(says="Y-code", number="14.vii", codes="Y", wco="145")] = ()
    h_codes: Annotated[tuple[FormCode, ...], Block(says="H-code", number="14.viii", codes="H", wco="145")] = ()
    un_classes: Annotated[tuple[UNClass, ...], Block(says="UN class", number="14.ix")] = ()
    un_number: Annotated[UNNumber | None, Block(says="UN number", number="14.x", wco="506")] = None
    shipping_name: Annotated[Line | None, Block(says="UN shipping name", number="14.xi", wco="137")] = None
    hs_codes: Annotated[tuple[Line, ...], Block(says="Customs code (HS)", number="14.xii", wco="145")] = ()
    not_applicable: Annotated[tuple[CodeFamily, ...], Block(says="Answered with not applicable", number="14")] = ()
    statement: Annotated[
        tuple[Words, ...], Block(says="Why a code is left out or two lists are named", number="14")
    ] = ()

    def codes_of(self, family: CodeFamily) -> tuple[str, ...]:
        """The codes that block 14 gives in a family; the UN shipping name counts as one."""
        if family in _IN_OTHER:
            return tuple(each.code for each in self.other if each.list == _IN_OTHER[family])
        given = getattr(self, _GIVEN_IN[family])
        if isinstance(given, tuple):
            return given
        return (given,) if given else ()

    def unanswered(self, families: tuple[str, ...]) -> list[str]:
        """Those of the families that have neither a code nor the answer "not applicable"."""
        return [name for name in families if not self.codes_of(CodeFamily(name)) and name not in self.not_applicable]

    @rule(
        "n14-coded-or-not-applicable",
        field="not_applicable",
        law="Annex V A 13",
        fix="Give the code, or answer with not applicable; one of the two.",
    )
    def _coded(self) -> str | None:
        both = [family for family in self.not_applicable if self.codes_of(family)]
        return f"Block 14 gives codes and says not applicable for {', '.join(both)}." if both else None

    @rule(
        "n14-other-waste-without-hazard",
        field="h_codes",
        law="Basel Art. 1(2), Annex II",
        fix="A waste of Annex II that has a hazardous characteristic is named by its entry of Annex VIII.",
    )
    def _other_waste(self) -> str | None:
        if self.basel.list != OTHER_WASTES or not self.h_codes:
            return None
        return f"{self.basel.code} is a waste of Annex II, but block 14 gives {', '.join(self.h_codes)}."

    @rule(
        "n14-number-with-class",
        field="un_number",
        law="Annex V A 13, 17",
        fix="Give the UN number that belongs to the class, or answer with not applicable.",
    )
    def _number(self) -> str | None:
        if not self.un_classes or self.un_number or CodeFamily.UN_NUMBER in self.not_applicable:
            return None
        return f"Block 14 gives the UN class {', '.join(self.un_classes)} and no UN number."

    @rule(
        "n14-class-fits-hazard",
        field="un_classes",
        law="Basel Convention, Annex III",
        fix="Compare block 14 viii with ix: each class stands in Annex III beside a characteristic.",
        severity=Severity.WARNING,
    )
    def _classes(self) -> str | None:
        known = {entry.un_class for code in self.h_codes if (entry := codes.find("H", code))}
        strange = [each for each in self.un_classes if each not in known]
        if not self.h_codes or not strange:
            return None
        return f"No H code of block 14 has the UN class {', '.join(strange)}."

    @rule(
        "n14-mirror-explained",
        field="basel",
        law="Basel Convention, Annexes VIII and IX",
        fix="Say in the statement of block 14 why this entry fits and its mirror does not.",
        severity=Severity.WARNING,
    )
    def _mirror(self) -> str | None:
        code = self.basel.code
        pairs = () if self.statement else codes.mirrors(code)
        names = {each.code if each.code != code else each.equivalent for each in pairs}
        return f"The same waste may be {' or '.join(sorted(names))} instead of {code}." if names else None

    @rule(
        "n14-customs-code-correlates",
        field="hs_codes",
        law="Implementing Regulation (EU) 2016/1245",
        fix="Check the customs code, or say in the statement of block 14 why it is this one.",
        severity=Severity.WARNING,
    )
    def _customs(self) -> str | None:
        if self.statement:
            return None
        strange = [each for each in self.hs_codes if _correlates(each, self.basel.code) is False]
        if not strange:
            return None
        return f"The correlation of customs codes knows {', '.join(strange)} for other wastes than {self.basel.code}."


_HS_DIGITS = 6


def _correlates(customs: str, waste: str) -> bool | None:
    """Whether the table knows the pair; None where it says nothing of the customs code or of the waste."""
    digits = customs.replace(" ", "").replace(".", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) >= _HS_DIGITS):
        return None
    found = codes.hs(digits) if waste in codes.correlated_wastes() else ()
    return any(waste in each.now for each in found) if found else None
