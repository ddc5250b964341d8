"""Who has the load: each carrier that takes charge is named and signs, and custody has no gap (Basel Art. 6(9))."""

from datetime import datetime

from waste_bpm.documents.transport import CarrierTransfer, DepartureNotice
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command
from waste_bpm.vocabulary import Finding


def named_carrier(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(9): whoever takes charge of the waste is named in block 8 and signs for itself."""
    carrier = getattr(command.document, "carrier", command.by)
    movement = case.streams.get(command.stream)
    if movement is None or (carrier in movement.carrier_ids and carrier == command.by):
        return None
    return Finding(
        rule_id="named-carrier",
        message=f"{command.by} signs for {carrier}; the carriers of block 8 are {', '.join(movement.carrier_ids)}.",
        block="M8",
        pointer="/carrier",
        law="Basel Art. 6(9)",
        fix="The carrier named in block 8 that takes charge signs itself.",
    )


def not_before_shipment_date(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Annex V B item 6: the load does not leave before the date it was announced for, nor in the future."""
    document, movement = command.document, case.streams.get(command.stream)
    if not isinstance(document, DepartureNotice) or movement is None or movement.shipment_date is None:
        return None
    if movement.shipment_date <= document.departed_at.date() and document.departed_at <= now:
        return None
    return Finding(
        rule_id="departure-date",
        message=f"A departure at {document.departed_at:%Y-%m-%d %H:%M} UTC does not fit: the shipment is announced for "
        f"{movement.shipment_date} and it is now {now:%Y-%m-%d %H:%M} UTC.",
        block="M6",
        pointer="/departed_at",
        law="Annex V B 6",
        fix="Give the true time of departure, or announce the new date first.",
    )


def custody_has_no_gap(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(9): the load passes from the carrier that has it, after it got it."""
    document, movement = command.document, case.streams.get(command.stream)
    if not isinstance(document, CarrierTransfer) or movement is None or movement.carrier is None:
        return None
    since = movement.handed_over_at or movement.departed_at
    if document.from_carrier == movement.carrier and (since is None or since <= document.handed_over_at <= now):
        return None
    return Finding(
        rule_id="custody-has-no-gap",
        message=f"{movement.carrier} has the load since {since:%Y-%m-%d %H:%M} UTC; the document says that "
        f"{document.from_carrier} delivers it at {document.handed_over_at:%Y-%m-%d %H:%M} UTC.",
        block="M8",
        law="Basel Art. 6(9)",
        fix="Name the carrier that has the load, and a time after it took charge and not after now.",
    )


def nothing_was_seen_of_it(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(9): a shipment that stood at a border or at the facility has taken place; it is not cancelled."""
    arrived = f"receipt/{command.key}" in case.streams
    at = [key.partition("/")[2] for key, _ in case.of("border_check") if key.partition("/")[0] == command.key]
    if not arrived and not at:
        return None
    where = "the facility" if arrived else at[0]
    return Finding(
        rule_id="shipment-not-seen",
        message=f"Shipment {command.key} was recorded at {where}; it cannot be cancelled.",
        block="M18" if arrived else "M20",
        law="Basel Art. 6(9)",
        fix="What has taken place is corrected or rejected, not cancelled; ask the facility for its record.",
    )
