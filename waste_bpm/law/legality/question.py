"""The question that legality answers: which waste, from where to where through which States, for what, on which day."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from waste_bpm.errors import InputInvalid
from waste_bpm.law import codes, countries
from waste_bpm.law.codes import NOT_LISTED
from waste_bpm.vocabulary import Finding, Quantity, Unit

PLACES = ("south-of-60S",)
"""Places of destination that the law treats apart, wherever the border runs."""

_POLAR = {"AQ": "south-of-60S"}
"""Antarctica is by definition what lies south of 60 degrees South (ISO 3166-1)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """May this waste go: from `start` to `end` through `via`, for an operation, on a day.

    `hazardous_for` are the States of the route whose own law calls the waste hazardous (Basel Art. 1(1)(b), 3).
    `re_export_of` is the State from which the waste was first exported, when it now leaves its State of import.
    """

    start: str
    end: str
    waste: str
    operation: str
    day: date
    via: tuple[str, ...] = ()
    hazardous_for: frozenset[str] = frozenset()
    quantity: Quantity | None = None
    place: str | None = None
    laboratory: bool = False
    pre_consented: bool = False
    re_export_of: str | None = None

    @property
    def states(self) -> tuple[str, ...]:
        """The States of the route in their order."""
        return (self.start, *self.via, self.end)

    @property
    def destination(self) -> str | None:
        """The place of destination that the law treats apart, if it is one."""
        return self.place or _POLAR.get(self.end)

    def check(self) -> None:
        """Raise InputInvalid with everything that is wrong in the question itself."""
        wrong = tuple(_wrong(self))
        if wrong:
            raise InputInvalid(wrong)


def _wrong(asked: Question) -> Iterator[Finding]:
    named = [*asked.states, *sorted(asked.hazardous_for), *((asked.re_export_of,) if asked.re_export_of else ())]
    for state in dict.fromkeys(named):
        if (problem := countries.problem(state)) is not None:
            yield problem
    yield from _off_route(asked)
    if asked.waste != NOT_LISTED and not known(asked.waste):
        yield _waste_unknown(asked.waste)
    if codes.find("D", asked.operation) is None and codes.find("R", asked.operation) is None:
        yield _operation_unknown(asked.operation)
    if asked.place is not None and asked.place not in PLACES:
        fix = f"There is: {', '.join(PLACES)}."
        yield Finding(
            rule_id="place-unknown", message=f"The law knows no place {asked.place!r}.", value=asked.place, fix=fix
        )
    if set(asked.states) == {asked.start} and asked.destination is None:
        yield Finding(
            rule_id="movement-crosses-no-border",
            message=f"From {asked.start} to {asked.end} the waste crosses no border.",
            law="Basel Art. 2(3)",
            fix="Name the State of import, or the States through which the waste leaves and returns.",
        )


def _off_route(asked: Question) -> Iterator[Finding]:
    for state in sorted(asked.hazardous_for - set(asked.states)):
        yield Finding(
            rule_id="state-off-route",
            message=f"{state} is said to call the waste hazardous, but is no State of the route.",
            value=state,
            law="Basel Art. 1(1)(b)",
            fix="Name only the States of export, import and transit; add the State to the route if it is crossed.",
        )


_UNITS = {"kg": Unit.KILOGRAM, "t": Unit.TONNE, "m3": Unit.CUBIC_METRE, "m³": Unit.CUBIC_METRE, "l": Unit.LITRE}


def amount(written: str) -> Quantity:
    """A quantity as a person writes it, `25 kg`; raises InputInvalid when it is none."""
    found = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?(kg|t|m3|m³|l)", written.strip())
    if found is None:
        message = f"{written!r} is no quantity."
        fix = 'Write a number and a unit: "25 kg", "1.5 t", "3 m3".'
        raise InputInvalid(Finding(rule_id="quantity-wrong", message=message, value=written, fix=fix))
    return Quantity(Decimal(found[1]), _UNITS[found[2]])


def waste_named(written: str) -> str:
    """A waste code as a person writes it; that no list has the waste may be written `not-listed`."""
    return NOT_LISTED if written.upper().replace("-", " ") == NOT_LISTED else written


def known(waste: str) -> bool:
    """Whether a waste code stands in a list that says which control the waste is under, or in Annex I."""
    return codes.wastes(waste) is not None or codes.find("Y", waste) is not None


def _waste_unknown(waste: str) -> Finding:
    held = [entry.code for name in ("BASEL-VIII", "BASEL-IX", "Y", "OECD", "EU") for entry in codes.entries(name)]
    near = get_close_matches(waste.upper(), held, n=3)
    fix = (
        f"Did you mean {' or '.join(near)}?"
        if near
        else f"Look it up, or write {NOT_LISTED!r} where no entry covers it."
    )
    return Finding(rule_id="code-unknown", message=f"No list has a waste code {waste!r}.", value=waste, fix=fix)


def _operation_unknown(operation: str) -> Finding:
    return Finding(
        rule_id="operation-unknown",
        message=f"There is no operation {operation!r}.",
        value=operation,
        law="Basel Annex IV",
        fix="Write D1 to D15 for disposal, or R1 to R13 for recovery.",
    )
