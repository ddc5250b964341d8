"""What a State reports of a year, drawn up from the cases of a node."""

from collections.abc import Iterator
from pathlib import Path

import click

from waste_bpm.cli import clock
from waste_bpm.cli.command import as_json, database, job
from waste_bpm.cli.opening import opened
from waste_bpm.cli.output import answer, columns, plural, say
from waste_bpm.documents.transmission import AnnualTransmissionData, TransmissionRow, UnintendedDisposal
from waste_bpm.reporting import transmission as annual


@job(
    examples=(
        "waste-bpm report transmission --country KE --year 2026 --db demo-output/demo.db",
        "waste-bpm report transmission --country KR --year 2026 --db demo-output/demo.db --json",
        "waste-bpm report transmission --country KE --year 2025 --db demo-output/demo.db --xml ke-2025.xml",
    )
)
@click.option("--country", required=True, metavar="CC", help="The State that reports.")
@click.option("--year", required=True, type=click.IntRange(1000, 2999), help="The calendar year.")
@click.option(
    "--xml",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it there as a message to the Secretariat (UB-TMW-09); the year must be over.",
)
@database
@as_json
def transmission(country: str, year: int, file: Path | None, db: str, json_: bool) -> None:
    """Draw up the movements of a State in a year (Basel Art. 13(3)(b)).

    A shipment counts in the year in which the facility received it, with what the facility accepted; what was not
    accepted, what failed and what was illegal is listed one by one. The node must be that of an authority of the State.
    """
    with opened(db) as node:
        data = annual.transmission(node, country.upper(), year, clock.now().date())
        if file is not None:
            file.write_bytes(annual.message(node, data))
            say(f"Message: {file}")
    answer("transmission", data.model_dump(mode="json"), _shown(data), json_=json_)
    if data.drawn_up_on.year <= data.year:
        say(f"The year {data.year} is not over; these are the figures of {data.drawn_up_on}.")


def _shown(data: AnnualTransmissionData) -> Iterator[str]:
    yield f"{data.country}, {data.year} (Basel Art. 13(3)(b))"
    yield "Moved, and accepted for disposal:" if data.rows else "Nothing was moved and accepted for disposal."
    yield from columns([_row(each) for each in data.rows], "  ")
    if data.unintended:
        yield "Disposals that did not proceed as intended:"
        yield from columns([_unintended(each) for each in data.unintended], "  ")
    else:
        yield "No disposal is known that did not proceed as intended."
    if data.under_way:
        yield f"{plural(data.under_way, 'shipment')} left in the year and had not arrived at its end."


def _row(row: TransmissionRow) -> tuple[str, ...]:
    way = " > ".join((row.origin, *row.transit, row.destination))
    category = ", ".join((row.waste.code, *row.y_codes, *row.h_codes))
    return (
        row.direction,
        way,
        category,
        ", ".join(row.operations),
        plural(row.shipments, "shipment"),
        str(row.quantity),
    )


def _unintended(each: UnintendedDisposal) -> tuple[str, ...]:
    shipment = f"shipment {each.shipment}" if each.shipment else ""
    return (
        each.on.isoformat(),
        each.kind.replace("_", " "),
        " ".join((each.notification_number or "", shipment)).strip(),
        each.waste.code if each.waste else "",
        str(each.quantity or ""),
        ", ".join(outcome.replace("_", " ") for outcome in each.outcomes),
    )
