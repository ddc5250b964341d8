"""The quantity ledger of a notification: what was consented to, what each shipment takes of it, what is left and why.

A shipment takes the largest of what was declared, weighed or received, from its announcement on; a cancelled one gives
its quantity back but its number is never used again. A rejected part counts until its return is confirmed. Mass and
volume never mix. Sources: Basel Art. 6(6)-(8), Annex V A items 9 and 15.

A case remembers its ledger and which streams changed since, so that asking again costs what changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from waste_bpm.processes.case import Case
from waste_bpm.vocabulary import Quantity, Unit

ANNOUNCED = ("announced",)
UNDER_WAY = ("in_transit", "at_consignee", "captured")
NOT_COUNTED = ("planned", "cancelled")
"""The states of a movement that take nothing of the consent: nobody was told of it yet, or it will not take place."""
_CONSENTS = ("consented", "tacit")
_OF_A_SHIPMENT = ("movement/", "receipt/", "disposal/", "border_check/", "take_back/")
_BESIDE = ("border_check/", "take_back/")
_KEPT, _CHANGED = "ledger", "changed"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One shipment in the ledger: declared, measured at borders, arrived, accepted, rejected, returned, recovered."""

    serial: int
    state: str
    shipment_date: date | None
    declared: Quantity
    measured: Quantity | None = None
    arrived: Quantity | None = None
    accepted: Quantity | None = None
    rejected: Quantity | None = None
    returned: Quantity | None = None
    treated: Quantity | None = None
    finished: bool = False

    @cached_property
    def gross(self) -> Quantity:
        """The largest of what was declared, weighed or received."""
        known = [self.declared, *(each for each in (self.measured, self.arrived) if each is not None)]
        return max(known, key=lambda each: each.base)

    @cached_property
    def taken(self) -> Quantity:
        """What the shipment takes of the consented total: nothing of what has come back."""
        if self.returned is None or self.returned.dimension != self.gross.dimension:
            return self.gross
        return self.gross - self.returned

    @property
    def counted(self) -> bool:
        """Whether it takes anything of the consent."""
        return self.state not in NOT_COUNTED

    @property
    def active(self) -> bool:
        """Whether the load is under way for a guarantee: planned or announced, and not yet finished (Basel Art. 6(11)).

        A load that was received in part counts until what was accepted is certified.
        """
        return self.state != "cancelled" and not self.finished

    @property
    def why(self) -> str:
        """What it takes, and which figure says so."""
        if not self.counted:
            return f"Shipment {self.serial} is {self.state} and takes nothing."
        said = {"received": self.arrived, "weighed": self.measured, "declared": self.declared}
        decisive = next(word for word, amount in said.items() if amount is not None and amount.same_as(self.gross))
        more = f", of which {self.returned} came back" if self.returned is not None else ""
        than = f" ({self.declared} declared)" if decisive != "declared" else ""
        return f"Shipment {self.serial} takes {self.taken}: {self.gross} {decisive}{than}{more}."


@dataclass(frozen=True, kw_only=True)
class Cap:
    """A limit to the whole: block 5 of the notification, or a condition of a consent."""

    quantity: Quantity
    source: str


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Consented, taken and left, with the shipments that explain it."""

    notified: tuple[Quantity, int]
    cap: Cap
    shipments: int
    by_serial: Mapping[int, Line]
    beside: Mapping[str, frozenset[str]]
    """The border checks and take-backs of each shipment, by their streams."""

    @property
    def consented(self) -> Quantity:
        """What may be moved in all: the notified quantity, or the lowest cap of a consent."""
        return self.cap.quantity

    @property
    def lines(self) -> tuple[Line, ...]:
        """The shipments in the order in which they began."""
        return tuple(self.by_serial.values())

    @property
    def counted(self) -> tuple[Line, ...]:
        """The shipments that take something: all but the cancelled ones and those that are only planned."""
        return tuple(line for line in self.by_serial.values() if line.counted)

    def _sum(self, amounts: Iterable[Quantity | None]) -> Quantity:
        unit = Unit.TONNE if self.consented.dimension == "mass" else Unit.CUBIC_METRE
        mine = (each.base for each in amounts if each is not None and each.dimension == self.consented.dimension)
        return Quantity(sum(mine, Decimal(0)).normalize(), unit)

    @cached_property
    def _taken(self) -> Quantity:
        return self._sum(line.taken for line in self.counted)

    @cached_property
    def left(self) -> Quantity:
        """What may still be announced; negative when more was moved or announced than was consented to."""
        return _plain(self.consented - self._taken)

    @cached_property
    def cancelled(self) -> int:
        """How many shipments were cancelled."""
        return sum(line.state == "cancelled" for line in self.by_serial.values())

    def begun_beside(self, serial: int, *, cancelled: bool) -> int:
        """How many shipments have begun beside the one of this number, with the cancelled ones or without."""
        mine = self.by_serial.get(serial)
        others = len(self.by_serial) - (mine is not None)
        if cancelled:
            return others
        return others - self.cancelled + (mine is not None and mine.state == "cancelled")

    @property
    def uncommitted(self) -> Quantity:
        """The same, by the name that tells it from `remaining`."""
        return self.left

    @property
    def reserved(self) -> Quantity:
        """What is announced and has not departed."""
        return self._sum(line.taken for line in self.counted if line.state in ANNOUNCED)

    @property
    def under_way(self) -> Quantity:
        """What has departed and was not received or rejected yet."""
        return self._sum(line.taken for line in self.counted if line.state in UNDER_WAY and line.arrived is None)

    @property
    def received(self) -> Quantity:
        """What facilities accepted, of whole loads and of parts."""
        return self._sum(line.accepted for line in self.counted)

    @property
    def rejected(self) -> Quantity:
        """What facilities did not accept and has not come back."""
        return self._sum(
            line.rejected - line.returned if line.returned is not None else line.rejected
            for line in self.counted
            if line.rejected is not None
        )

    @property
    def recovered(self) -> Quantity:
        """What is certified as recovered or disposed of."""
        return self._sum(line.treated for line in self.counted)

    @property
    def returned(self) -> Quantity:
        """What has come back."""
        return self._sum(line.returned for line in self.counted)

    @property
    def remaining(self) -> Quantity:
        """Consented without what was received: the practice that lets shipments under way go uncounted."""
        return _plain(self.consented - self.received)

    def without(self, serial: int) -> Quantity:
        """What is left when the shipment `serial` is not counted."""
        mine = self.by_serial.get(serial)
        if mine is None or not mine.counted or mine.taken.dimension != self.consented.dimension:
            return self.left
        return _plain(self.left + mine.taken)

    @property
    def why(self) -> tuple[str, ...]:
        """How the figure of what is left comes about, line by line."""
        return (
            f"{self.consented} may be moved: {self.cap.source}.",
            *(line.why for line in self.lines),
            f"{self.left} are left.",
        )

    @property
    def heavier(self) -> tuple[Line, ...]:
        """The shipments that turned out heavier than declared."""
        return tuple(line for line in self.counted if line.declared < line.gross)


def _plain(quantity: Quantity) -> Quantity:
    """The same quantity without idle zeros behind the point."""
    return Quantity(quantity.amount.normalize(), quantity.unit)


def ledger(case: Case) -> Ledger:
    """The ledger as the streams of the case say it now."""
    book, changed = case.memory.get(_KEPT), case.memory.get(_CHANGED, ())
    if book is not None and not changed:
        return book  # type: ignore[no-any-return]
    book = _whole(case) if book is None else _changed(case, book, changed)
    case.memory.update({_KEPT: book, _CHANGED: ()})
    return book


def _whole(case: Case) -> Ledger:
    beside = _beside({}, case.streams)
    cap, shipments = _allowed(case)
    lines = _lines(case, beside, case.streams)
    return Ledger(notified=_notified(case), cap=cap, shipments=shipments, by_serial=lines, beside=beside)


def _notified(case: Case) -> tuple[Quantity, int]:
    notification = case.streams["notification"]
    return notification.intended_quantity, notification.intended_shipments


def _allowed(case: Case) -> tuple[Cap, int]:
    """The lowest cap on the quantity, and on the number of shipments."""
    quantity, shipments = _notified(case)
    cap = Cap(quantity=quantity, source="block 5 of the notification")
    for country, answer in case.of("answer"):
        if answer.state in _CONSENTS:
            most = answer.most_quantity
            if most is not None and most.dimension == cap.quantity.dimension and most < cap.quantity:
                cap = Cap(quantity=most, source=f"a condition of the consent of {country}")
            shipments = min(shipments, answer.most_shipments or shipments)
    return cap, shipments


def _changed(case: Case, book: Ledger, changed: Iterable[str]) -> Ledger:
    """The ledger after these streams changed: their shipments are counted anew, the limits where they differ."""
    beside = _beside(book.beside, changed)
    lines = _lines(case, beside, changed)
    cap, shipments, notified = book.cap, book.shipments, _notified(case)
    if notified != book.notified or any(stream.startswith("answer/") for stream in changed):
        cap, shipments = _allowed(case)
    if not lines and (notified, cap, shipments, beside) == (book.notified, book.cap, book.shipments, book.beside):
        return book
    by_serial = {**book.by_serial, **lines}
    return Ledger(notified=notified, cap=cap, shipments=shipments, by_serial=by_serial, beside=beside)


def _beside(known: Mapping[str, frozenset[str]], streams: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """The streams from which a line takes more than one figure, by the number of the shipment."""
    mine = [stream for stream in streams if stream.startswith(_BESIDE)]
    if not mine:
        return known
    found = dict(known)
    for stream in mine:
        serial = stream.split("/")[1]
        found[serial] = found.get(serial, frozenset()) | {stream}
    return found


def _lines(case: Case, beside: Mapping[str, frozenset[str]], streams: Iterable[str]) -> dict[int, Line]:
    """The lines of the shipments that these streams are about."""
    keys = dict.fromkeys(stream.split("/")[1] for stream in streams if stream.startswith(_OF_A_SHIPMENT))
    found = (_line(case, key, [case.streams[name] for name in beside.get(key, ())]) for key in keys)
    return {line.serial: line for line in found if line is not None}


def _line(case: Case, key: str, others: list[Any]) -> Line | None:
    movement, receipt, disposal = (case.streams.get(f"{name}/{key}") for name in ("movement", "receipt", "disposal"))
    if movement is None or movement.quantity is None:
        return None
    declared = movement.quantity
    if receipt is None and disposal is None and not others:
        return Line(serial=int(key), state=movement.state, shipment_date=movement.shipment_date, declared=declared)
    weighed = _alike(declared, others, "measured_quantity")
    returned = _alike(declared, others, "returned_quantity")
    arrived = _alike(declared, [receipt], "received_quantity")
    return Line(
        serial=int(key),
        state=movement.state,
        shipment_date=movement.shipment_date,
        declared=declared,
        measured=max(weighed, key=lambda each: each.base) if weighed else None,
        arrived=arrived[0] if arrived else None,
        accepted=receipt.accepted_quantity if receipt else None,
        rejected=receipt.rejected_quantity if receipt else None,
        returned=_together(returned) if returned else None,
        treated=disposal.recovered if disposal else None,
        finished=_finished(receipt, disposal),
    )


def _alike(declared: Quantity, instances: Iterable[Any], name: str) -> list[Quantity]:
    """The quantities of this name that are of the dimension that was declared."""
    said = (getattr(each, name, None) for each in instances)
    return [each for each in said if each is not None and each.dimension == declared.dimension]


def _together(amounts: list[Quantity]) -> Quantity:
    total = amounts[0]
    for amount in amounts[1:]:
        total = total + amount
    return total


def _finished(receipt: Any, disposal: Any) -> bool:
    """Whether nothing more comes of the load at a facility: rejected whole, or its last certificate is in."""
    rejected = receipt is not None and receipt.state == "rejected"
    return rejected or (disposal is not None and disposal.state == "certified")
