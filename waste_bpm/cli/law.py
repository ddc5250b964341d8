"""Questions to the law: when a period ends, what a regime says, and whether the law files are in order."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from waste_bpm.cli import clock
from waste_bpm.cli.command import as_json, job
from waste_bpm.cli.output import answer, columns, plural, wrapped
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.law.calendars import WEEKDAYS, calendar
from waste_bpm.law.deadlines import Deadline, told
from waste_bpm.law.deadlines import deadline as end_of
from waste_bpm.law.review import CHECKED_EVERY_MONTHS, Reviewed, files, not_checked, review, to_verify
from waste_bpm.law.rules import Law, Rule, Value, regime
from waste_bpm.vocabulary import Finding

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_ON = click.option("--date", "on", type=_DAY, metavar="DAY", help="The day of the question; today when left out.")


@job(
    examples=(
        "waste-bpm deadline transit_answer --start 2026-01-10",
        "waste-bpm deadline decision_pre_consented --regime GB --start 2026-04-02 --authority GB-ENG",
        "waste-bpm deadline dispatch_request --regime EU --start 2026-12-18 --json",
    )
)
@click.argument("rule")
@click.option("--start", type=_DAY, metavar="DAY", required=True, help="The first day, as YYYY-MM-DD.")
@click.option("--regime", "regime_", default="BASEL", show_default=True, help="BASEL, OECD, EU or GB.")
@click.option(
    "--authority",
    metavar="ID",
    help="The authority that acts, by its calendar: KE, GB-ENG.",
)
@as_json
def deadline(rule: str, start: datetime, regime_: str, authority: str | None, json_: bool) -> None:
    """Say when a period of the law ends.

    The answer names the article, the days that were not counted and why, who owes what, and what silence means. Where
    the law sets no number, it says why. The law of the country of the authority is taken into account.
    """
    law = regime(regime_, authority.partition("-")[0] if authority else None)
    found = _rule(law, rule)
    end = end_of(found, start.date(), calendar(authority) if authority else None)
    content = told(law, found, end)
    answer("deadline", content, _deadline(found, end, content), json_=json_)


def _rule(law: Law, name: str) -> Rule:
    found = law.rules.get(name)
    if found and found.is_clock:
        return found
    if found:
        message = f"{name} is a parameter and no period: {found.description}."
        raise InputInvalid(
            Finding(
                rule_id="rule-no-clock", message=message, value=name, fix=f"See it: waste-bpm law show {law.regime}."
            )
        )
    clocks = [rule.id for rule in law.rules.values() if rule.is_clock]
    near = get_close_matches(name, clocks, n=1, cutoff=0.5)
    fix = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(clocks)}."
    message = f"The regime {law.regime} has no rule {name!r}."
    raise NotFound(Finding(rule_id="rule-unknown", message=message, value=name, fix=fix))


def _deadline(rule: Rule, end: Deadline, said: dict[str, Any]) -> Iterator[str]:
    yield f"{rule.description}: {_due(said)}"
    if end.value and end.due:
        yield _said(f"{end.value.phrase} from {end.start}: {end.value.starts}")
    elif said["reference"] is None:
        yield f"  The rule was not yet in force on {said['start']}."
    yield from _counted(said)
    if said["reference"]:
        yield _said(f"{said['reference']}; {said['confidence']}, checked on {rule.checked_on}")
    if rule.owed_by:
        yield _said(f"Owed by the {rule.owed_by.replace('_', ' ')}: {rule.owes}")
    names = {"Then": "consequence", "Silence": "silence", "Why": "reason", "Open question": "open"}
    yield from (_said(f"{name}: {said[key]}") for name, key in names.items() if said[key])


def _counted(said: dict[str, Any]) -> Iterator[str]:
    if said["falls_on"]:
        yield f"  That day is no working day ({said['falls_on']}); the period ends on it all the same."
    if said["not_known"]:
        yield _said(f"Not known: {said['not_known']}.")
    if said["not_counted"]:
        yield f"  Not counted ({said['calendar']}):"
        yield from columns([(str(each["day"]), each["why"]) for each in said["not_counted"]], "    ")
    if said["ends_at"]:
        yield f"  It is over at {said['ends_at'].isoformat().replace('+00:00', 'Z')}, midnight in {said['zone']}."


def _said(text: str) -> str:
    return wrapped(" ".join(text.split()), "  ", "    ")


def _due(said: dict[str, Any]) -> str:
    if not said["due"]:
        return "no day is set"
    day = f"{said['due']} ({WEEKDAYS[said['due'].weekday()]})"
    return f"from {day} on" if said["marks"] == "first day" else day


@job(
    examples=(
        "waste-bpm law show EU",
        "waste-bpm law show BASEL --date 2026-01-01",
        "waste-bpm law show GB --json",
    )
)
@click.argument("name")
@_ON
@as_json
def show(name: str, on: datetime | None, json_: bool) -> None:
    """Show what a regime says on a day: its clocks and parameters.

    A rule for which the law sets nothing is shown with its reason.
    """
    law, day = regime(name), on.date() if on else clock.today()
    said = {
        "regime": law.regime,
        "title": law.title,
        "transition": law.transition,
        "date": day,
        "rules": [_rule_at(rule, day) for rule in law.rules.values()],
    }
    answer("law", said, _shown(law, day), json_=json_)


_INNER = ("values", "counts_start", "ends_before")


def _rule_at(rule: Rule, day: date) -> dict[str, Any]:
    held = rule.on(day)
    kept = {
        name: value for name, value in asdict(rule).items() if name not in ("values", "counts_start", "ends_before")
    }
    return kept | {"in_force": asdict(held) if held else None}


def _shown(law: Law, day: date) -> Iterator[str]:
    yield f"{law.regime}: {law.title}, on {day}"
    for title, clocks in (("Clocks", True), ("Parameters", False)):
        yield ""
        yield f"{title}:"
        rows = [(rule.id, *_cells(rule, rule.on(day))) for rule in law.rules.values() if rule.is_clock is clocks]
        yield from columns(rows, "  ")


def _cells(rule: Rule, held: Value | None) -> tuple[str, str, str]:
    if held is None:
        return "-", "", "not in force on this day"
    if held.value is None:
        return "-", held.confidence, f"{rule.reason} ({held.reference})"
    return held.phrase, held.confidence, held.reference


@job(
    examples=(
        "waste-bpm law lint",
        "waste-bpm law lint --date 2028-06-01",
        "waste-bpm law lint --json",
    )
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@_ON
@as_json
def lint(paths: tuple[Path, ...], on: datetime | None, json_: bool) -> None:
    """Check the law files, and list what is still to be verified.

    Without PATHS the packaged files are checked; a PATH is a regime, an overlay of a country, or a folder of them. What
    is wrong is told with its file and line. Values that nobody has checked for eighteen months are listed.
    """
    reviewed = [review(file) for file in _files(paths)]
    wrong = [finding for each in reviewed for finding in each.findings or _steps_wrong(each)]
    if wrong:
        raise InputInvalid(wrong)
    laws = [law for each in reviewed for law in each.laws]
    day = on.date() if on else clock.today()
    said = {
        "date": day,
        "files": [{"file": str(each.file), "rules": sum(len(law.rules) for law in each.laws)} for each in reviewed],
        "to_verify": [
            {"regime": law.regime, "rule": rule.id, "since": value.since, "reference": value.reference}
            for law, rule, value in to_verify(laws)
        ],
        "not_checked": [
            {"regime": law.regime, "rule": rule.id, "checked_on": rule.checked_on}
            for law, rule in not_checked(laws, day)
        ],
    }
    answer("law-lint", said, _linted(reviewed, said), json_=json_)


def _steps_wrong(reviewed: Reviewed) -> tuple[Finding, ...]:
    """What is wrong with the steps that the file of a country gives to two persons; a regime gives none."""
    if any(law.country is None for law in reviewed.laws):
        return ()
    try:
        import_module("waste_bpm.casework.four_eyes").read(reviewed.file)
    except InputInvalid as error:
        return error.findings
    return ()


def _files(paths: tuple[Path, ...]) -> list[Path]:
    if not paths:
        return list(files())
    return [file for path in paths for file in (sorted(path.rglob("*.yaml")) if path.is_dir() else [path])]


def _linted(reviewed: list[Reviewed], said: dict[str, Any]) -> Iterator[str]:
    for each in reviewed:
        yield f"{each.file.name}: ok, {plural(sum(len(law.rules) for law in each.laws), 'rule')}"
    yield ""
    yield f"To verify: {plural(len(said['to_verify']), 'value')} whose text nobody has opened."
    yield from columns(
        [(each["regime"], each["rule"], str(each["since"]), each["reference"]) for each in said["to_verify"]], "  "
    )
    stale = plural(len(said["not_checked"]), "rule")
    yield f"Not checked for {CHECKED_EVERY_MONTHS} months on {said['date']}: {stale}."
    yield from columns([(each["regime"], each["rule"], str(each["checked_on"])) for each in said["not_checked"]], "  ")
