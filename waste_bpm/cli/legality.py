"""The question of legality: may this waste go, under which regime and procedure, and what must still be proven."""

from collections.abc import Iterator
from typing import Any

import click

from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer, wrapped
from waste_bpm.law.legality import PLACES, Ground, Question, Verdict, amount, legality, waste_named

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_HEADS = {"permitted": "PERMITTED", "prohibited": "PROHIBITED", "needs_review": "NEEDS REVIEW"}


@job(
    "legality",
    examples=(
        "waste-bpm legality --from KE --to BE --waste A1160 --operation R4 --date 2026-07-01",
        "waste-bpm legality --from KE --to KR --via LK --via SG --waste A1160 --operation R4 --date 2026-03-01 --json",
        'waste-bpm legality --from FR --to DE --waste B1010 --operation R4 --date 2026-07-01 --quantity "20 kg"',
    ),
)
@click.option("--from", "start", metavar="CC", required=True, help="The State of export, by its code.")
@click.option("--to", "end", metavar="CC", required=True, help="The State of import.")
@click.option("--via", metavar="CC", multiple=True, help="A transit State; repeat it in the order of the route.")
@click.option("--waste", metavar="CODE", required=True, help="The code of the waste, or not-listed.")
@click.option("--hazardous-for", metavar="CC", multiple=True, help="A State whose own law calls the waste hazardous.")
@click.option("--operation", metavar="CODE", required=True, help="The operation, D1 to D15 or R1 to R13.")
@click.option("--date", "on", type=_DAY, metavar="DAY", required=True, help="The day of the movement, as YYYY-MM-DD.")
@click.option("--quantity", metavar="Q", help='The quantity of the shipment, as "25 kg", "1.5 t" or "3 m3".')
@click.option("--place", metavar="PLACE", help=f"A place that the law treats apart: {', '.join(PLACES)}.")
@click.option("--laboratory", is_flag=True, help="The waste goes to a laboratory, for analysis or trial.")
@click.option("--pre-consented", is_flag=True, help="The facility is pre-consented.")
@click.option("--re-export-of", metavar="CC", help="The State from which the waste was first exported.")
@as_json
def ask(*, waste: str, hazardous_for: tuple[str, ...], quantity: str | None, json_: bool, **asked: Any) -> None:
    """Say whether a waste may go, and name every rule that decides.

    The verdict is permitted, prohibited or needs_review; the last only where something on which the law turns is not
    sourced, and then it is named. An answered question ends with exit code 0, whatever the verdict.
    """
    question = Question(
        waste=waste_named(waste),
        hazardous_for=frozenset(hazardous_for),
        quantity=amount(quantity) if quantity else None,
        day=asked.pop("on").date(),
        **asked,
    )
    found = legality(question)
    answer("legality", found.as_json(), _told(found), json_=json_)


def _told(found: Verdict) -> Iterator[str]:
    asked = found.question
    route = " - ".join(asked.states)
    yield f"{_HEADS[found.verdict]}: {asked.waste} for {asked.operation}, {route}, on {asked.day}"
    if found.judged_as != (asked.waste,):
        yield f"  The waste is judged as {' or '.join(found.judged_as)}."
    for note in found.notes:
        yield wrapped(f"{note.message} {note.fix or ''}".strip(), "  Note: ", "        ")
    for ground in found.findings:
        yield from _ground(ground)
    yield f"Regime: {found.regime or 'none, or not certain'}"
    if found.procedure:
        sure = "" if found.procedure.confidence == "text read" else f"; {found.procedure.confidence}"
        yield wrapped(f"{found.procedure.title} ({found.procedure.law}{sure})", "Procedure: ", "           ")
    if found.duty and found.verdict != "prohibited":
        yield wrapped(f"{' or '.join(found.notifiers)}. {found.duty.says} ({found.duty.law})", "Who notifies: ", "  ")
    for each in found.transit:
        yield wrapped(f"{each.country} {each.duty} ({each.law}).", "Transit: ", "         ")
    if found.conditions:
        yield "Still to be proven:"
    for condition in found.conditions:
        yield wrapped(f"{condition.says} ({condition.law})", "- ", "  ")


def _ground(ground: Ground) -> Iterator[str]:
    yield wrapped(ground.message, "- ", "  ")
    yield wrapped(ground.law, "  Why:      ", "            ")
    for fact in ground.evidence:
        source = f" [{fact.source}]" if fact.source else ""
        yield wrapped(f"{fact.says}{source}", "  Evidence: ", "            ")
    if ground.fix:
        yield wrapped(ground.fix, "  Cure:     ", "            ")
    yield f"  Rule:     {ground.rule_id}"
