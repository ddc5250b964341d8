"""Questions before a shipment is announced: may it leave on that day, and is its quantity declared rightly."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation

import click

from waste_bpm.cli import clock
from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer
from waste_bpm.documents.check import too_precise
from waste_bpm.errors import InputInvalid
from waste_bpm.law.calendars import calendar
from waste_bpm.law.deadlines import horizon, lead_time, postponement
from waste_bpm.law.rules import regime
from waste_bpm.vocabulary import Finding, Quantity, Severity, Unit

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_REGIME = click.option("--regime", "regime_", default="BASEL", show_default=True, help="BASEL, OECD, EU or GB.")
_UNITS = {"t": Unit.TONNE, "kg": Unit.KILOGRAM, "m3": Unit.CUBIC_METRE, "l": Unit.LITRE}


@job(
    examples=(
        "waste-bpm shipment date 2026-03-04 --announced 2026-03-02 --regime GB --authority GB-ENG",
        "waste-bpm shipment date 2026-07-02 --announced 2026-06-01 --regime GB --authority GB-ENG",
        "waste-bpm shipment date 2026-06-16 --announced 2026-06-05 --first 2026-06-01 --regime GB --authority GB-ENG",
    )
)
@click.argument("ships", type=_DAY, metavar="DAY")
@click.option("--announced", type=_DAY, metavar="DAY", required=True, help="The day on which it is announced.")
@click.option("--first", type=_DAY, metavar="DAY", help="The day that was announced first, where it is being moved.")
@click.option("--authority", metavar="ID", required=True, help="The authority that acts, by its calendar: KE, GB-ENG.")
@_REGIME
@as_json
def day(
    ships: datetime, announced: datetime, first: datetime | None, authority: str, regime_: str, json_: bool
) -> None:
    """Say whether a shipment may be announced for a day.

    Lead time, how far ahead, and how far it may be moved from the day that was announced first. What only warns is
    answered too.
    """
    law, days = regime(regime_), calendar(authority)
    found = [
        lead_time(law, days, announced.date(), ships.date()),
        horizon(law, announced.date(), ships.date()),
        None if first is None else postponement(law, days, first.date(), ships.date()),
    ]
    _answer([each for each in found if each is not None], {"ships": ships.date(), "announced": announced.date()}, json_)


@job(
    examples=(
        "waste-bpm shipment quantity 12345.6 kg --regime GB",
        "waste-bpm shipment quantity 12345.67 kg --regime GB --date 2026-06-01",
        "waste-bpm shipment quantity 1 t --against 1000 kg --json",
    )
)
@click.argument("amount")
@click.argument("unit", type=click.Choice(list(_UNITS)))
@click.option("--against", type=(str, click.Choice(list(_UNITS))), help="Another quantity to compare it with.")
@click.option("--date", "on", type=_DAY, metavar="DAY", help="The day of the declaration; today when left out.")
@_REGIME
@as_json
def quantity(
    amount: str, unit: str, against: tuple[str, str] | None, on: datetime | None, regime_: str, json_: bool
) -> None:
    """Say what a quantity is exactly, and whether the regime takes it so.

    Mass and volume are never compared: no density is assumed.
    """
    asked = _quantity(amount, unit)
    law, today = regime(regime_), on.date() if on else clock.today()
    exact = Quantity(asked.base, Unit.TONNE if asked.dimension == "mass" else Unit.CUBIC_METRE)
    content: dict[str, object] = {"declared": asked, "exact": exact}
    if against is not None:
        other = _quantity(*against)
        content |= {"against": other, "comparison": _compared(asked, other)}
    found = [each for each in (too_precise(exact, law, today), too_precise(asked, law, today)) if each]
    _answer(found[:1], content, json_)


def _quantity(amount: str, unit: str) -> Quantity:
    try:
        return Quantity(Decimal(amount), _UNITS[unit])
    except InvalidOperation as error:
        message = f"{amount!r} is not a number."
        fix = "Write digits, with a point before decimals: 12345.6"
        raise InputInvalid(Finding(rule_id="quantity-number", message=message, value=amount, fix=fix)) from error


def _compared(one: Quantity, other: Quantity) -> str:
    if one.dimension != other.dimension:
        return "not comparable"
    return "equal" if one.same_as(other) else "less" if one < other else "more"


def _answer(found: list[Finding], content: dict[str, object], json_: bool) -> None:
    refused = any(each.severity is Severity.ERROR for each in found)
    verdict = "refused" if refused else "warned" if found else "ok"
    said = {**content, "verdict": verdict, "findings": [each.as_json() for each in found]}
    answer("shipment", said, _text(said, found), json_=json_)
    if refused:
        click.get_current_context().exit(4)


def _text(said: dict[str, object], found: list[Finding]) -> Iterator[str]:
    yield f"{said['verdict']}: " + ", ".join(
        f"{name} {said[name]}" for name in said if name not in ("verdict", "findings")
    )
    for finding in found:
        yield f"  {finding.severity}: {finding}"
