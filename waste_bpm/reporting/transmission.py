"""The annual data of a State, computed from the cases of a node (Basel Art. 13(3)(b)).

A shipment counts in the year in which its facility received it, with what the facility accepted: so the State of export
and the State of import come to the same figures. What was not accepted, what failed and what was illegal is told one by
one, with what became of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from waste_bpm.casework.node import Node
from waste_bpm.casework.reading import events_of, every_case
from waste_bpm.documents.notification import Notification
from waste_bpm.documents.transmission import (
    AnnualTransmissionData,
    Direction,
    Outcome,
    TransmissionRow,
    Unintended,
    UnintendedDisposal,
)
from waste_bpm.errors import NotFound, Refused
from waste_bpm.processes.case import Case
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.utility_blocks.envelope import Header, PartyRef
from waste_bpm.vocabulary import ALL_AUTHORITIES, DEFAULT_REGIME, Code, Finding, Party, Quantity, Role

_LAW = "Basel Art. 13(3)"
_REJECTED = {"rejected": Unintended.REJECTED, "received_in_part": Unintended.REJECTED_IN_PART}
"""The states of a receipt in which something was not accepted."""
_ON_ITS_WAY_BACK = ("return_ordered", "return_announced", "return_in_transit")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Way:
    """Between which States the waste of a case moves; `transit` in the order of the route."""

    origin: str | None
    destination: str | None
    transit: tuple[str, ...]

    def direction(self, country: str) -> Direction | None:
        """Whether the State exports or imports; None where it does neither, or where nothing crosses a border."""
        if self.origin == self.destination:
            return None
        known = {self.origin: Direction.EXPORTED, self.destination: Direction.IMPORTED}
        return known.get(country)


def transmission(node: Node, country: str, year: int, drawn_up_on: date) -> AnnualTransmissionData:
    """The annual data of a State; raises NotFound where none of its authorities acts on this node."""
    authority(node, country)
    mine = [(case, way) for case in every_case(node) if (way := _way(case)).direction(country) is not None]
    return AnnualTransmissionData(
        country=country,
        year=year,
        drawn_up_on=drawn_up_on,
        rows=tuple(_together(row for case, way in mine for row in _rows(node, case, way, country, year))),
        unintended=tuple(
            sorted((each for case, way in mine for each in _unintended(node, case, way, year)), key=_in_order)
        ),
        under_way=sum(_under_way(case, year) for case, _ in mine),
    )


def authority(node: Node, country: str) -> tuple[Party, Role]:
    """An authority of the State that acts here, in the first role that it has; raises NotFound."""
    for party in node.directory.parties.values():
        held = [role for role in ALL_AUTHORITIES if role in party.roles]
        if party.country == country and held and node.directory.hosts(party.id):
            return party, held[0]
    raise NotFound(
        Finding(
            rule_id="authority-elsewhere",
            message=f"No authority of {country} acts on this node, so its cases are not all here.",
            value=country,
            law=_LAW,
            fix="Draw the report up on the node of the State's own authority.",
        )
    )


def message(node: Node, data: AnnualTransmissionData) -> bytes:
    """The data as a message to the Secretariat, through the gate."""
    said, now = MESSAGES[type(data).__name__], node.clock()
    if data.drawn_up_on.year <= data.year:
        raise Refused(_too_early(data))
    party, role = authority(node, data.country)
    offices = (each.id for each in node.directory.parties.values() if Role.SECRETARIAT in each.roles)
    header = Header(
        message=f"urn:uuid:{node.ids(f'{said.name}/{data.country}/{data.year}/{now.isoformat()}')}",
        type_code=said.code,
        profile=DEFAULT_REGIME,
        issued_at=now,
        occurred_at=now,
        sender=PartyRef(party.id, role),
        receivers=tuple(PartyRef(office, Role.SECRETARIAT) for office in offices),
        law=_LAW,
    )
    return gate.build(said, header, data)


def _too_early(data: AnnualTransmissionData) -> Finding:
    return Finding(
        rule_id="year-not-over",
        message=f"The year {data.year} is not over on {data.drawn_up_on}: its figures may still change.",
        value=str(data.year),
        law=_LAW,
        fix="Look at the figures without --xml, and write the message when the year is over.",
    )


def _way(case: Case) -> _Way:
    def states(role: Role) -> tuple[str, ...]:
        return tuple(dict.fromkeys(slot.country for slot in case.slots if slot.role is role))

    origin, destination = states(Role.EXPORT_AUTHORITY), states(Role.IMPORT_AUTHORITY)
    return _Way(
        origin=origin[0] if origin else None,
        destination=destination[0] if destination else None,
        transit=states(Role.TRANSIT_AUTHORITY),
    )


def _rows(node: Node, case: Case, way: _Way, country: str, year: int) -> Iterator[TransmissionRow]:
    """A row for each shipment that a facility received in the year and accepted, whole or in part."""
    direction, notification = way.direction(country), case.streams.get("notification")
    arrived = [receipt for _, receipt in case.of("receipt") if _received_in(receipt, year)]
    if direction is None or notification is None or not arrived:
        return
    filed = node.filed(case, "notification", Notification)
    for receipt in arrived:
        if receipt.accepted_quantity is not None and receipt.accepted_quantity.amount:
            yield TransmissionRow(
                direction=direction,
                waste=notification.waste_code,
                y_codes=filed.waste.y_codes if filed else (),
                h_codes=filed.waste.h_codes if filed else (),
                origin=str(way.origin),
                destination=str(way.destination),
                transit=way.transit,
                operations=notification.operations,
                shipments=1,
                quantity=receipt.accepted_quantity,
            )


def _received_in(receipt: Any, year: int) -> bool:
    return receipt.received_on is not None and receipt.received_on.year == year


def _together(rows: Iterable[TransmissionRow]) -> Iterator[TransmissionRow]:
    """One row for what differs in nothing but its quantity."""
    for _, alike in groupby(sorted(rows, key=_key), key=_key):
        first, *others = alike
        quantity, shipments = first.quantity, first.shipments
        for other in others:
            quantity, shipments = quantity + other.quantity, shipments + other.shipments
        yield first.model_copy(update={"quantity": quantity + _nothing(quantity), "shipments": shipments})


def _nothing(quantity: Quantity) -> Quantity:
    """Nothing of the same kind: what is added to it is told in tonnes or cubic metres."""
    return Quantity(quantity.amount - quantity.amount, quantity.unit)


def _key(row: TransmissionRow) -> tuple[Any, ...]:
    said = row.model_dump(mode="json", exclude={"quantity", "shipments"})
    return (*map(str, said.values()), row.quantity.dimension)


def _under_way(case: Case, year: int) -> int:
    """How many shipments left in the year and had not been received at its end."""
    count = 0
    for key, movement in case.of("movement"):
        receipt = case.streams.get(f"receipt/{key}")
        left = movement.departed_at is not None and movement.departed_at.year == year
        count += left and (receipt is None or receipt.received_on is None or receipt.received_on.year > year)
    return count


def _unintended(node: Node, case: Case, way: _Way, year: int) -> Iterator[UnintendedDisposal]:
    for key, receipt in case.of("receipt"):
        if receipt.state in _REJECTED and _received_in(receipt, year):
            yield _told(case, way, _REJECTED[receipt.state], receipt.received_on, key, receipt.rejected_quantity)
    for event in events_of(node, case.id):
        on = event.occurred_at.date()
        if event.type == "MovementFailed" and on.year == year:
            failed = event.facts["rejected_quantity"]
            yield _told(case, way, Unintended.NOT_COMPLETED, on, event.key, failed)
        elif event.type == "IllegalTrafficConfirmed" and on.year == year:
            yield _illegal(case, way, event.stream, on)


def _told(case: Case, way: _Way, kind: Unintended, on: date, key: str, quantity: Quantity | None) -> UnintendedDisposal:
    notification = case.streams.get("notification")
    return UnintendedDisposal(
        kind=kind,
        on=on,
        notification_number=getattr(notification, "number", None),
        shipment=int(key.partition("/")[0]),
        origin=way.origin,
        destination=way.destination,
        waste=getattr(notification, "waste_code", None),
        quantity=quantity,
        outcomes=tuple(_outcomes(case, key.partition("/")[0])),
    )


def _illegal(case: Case, way: _Way, stream: str, on: date) -> UnintendedDisposal:
    found = case.streams[stream]
    listed: Code | None = found.found or found.declared
    return UnintendedDisposal(
        kind=Unintended.ILLEGAL_TRAFFIC,
        on=on,
        notification_number=getattr(case.streams.get("notification"), "number", None),
        origin=way.origin,
        destination=way.destination,
        waste=listed,
        quantity=found.quantity,
        outcomes=(Outcome.ACCOUNTED_FOR if found.state == "closed" else Outcome.OPEN,),
    )


def _outcomes(case: Case, serial: str) -> Iterator[Outcome]:
    """What became of each part of the load that has a return case of its own."""
    keys = [key for key, _ in case.of("return_case") if key.partition("/")[0] == serial]
    for key in keys:
        yield _outcome(case.streams[f"return_case/{key}"], case.streams.get(f"take_back/{key}"))
    if not keys:
        yield Outcome.OPEN


def _outcome(asked: Any, answer: Any) -> Outcome:
    if asked.state == "referred":
        return Outcome.REFERRED
    if answer is None or answer.state == "alternative_proposed":
        return Outcome.OPEN
    if answer.state in _ON_ITS_WAY_BACK:
        return Outcome.ON_ITS_WAY_BACK
    return Outcome.RETURNED if answer.returned_on is not None else Outcome.DISPOSED_OTHERWISE


def _in_order(each: UnintendedDisposal) -> tuple[date, str, int]:
    return each.on, each.notification_number or "", each.shipment or 0
