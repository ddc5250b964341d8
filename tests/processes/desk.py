"""A desk where steps are decided on a case in memory: a general notification of Great Britain, consented to by both States.

Nothing is stored and nothing is sent: `take` decides and folds, `verdict` says why not, by rule and severity.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from tests.stage import consignment
from waste_bpm.documents import check
from waste_bpm.documents.movement import Movement as MovementDocument
from waste_bpm.documents.notification import Notification as NotificationDocument
from waste_bpm.law.rules import regime
from waste_bpm.processes.answer import Answer
from waste_bpm.processes.case import Case, Command
from waste_bpm.processes.decide import decide, evolve, findings, refusing, rows_of
from waste_bpm.processes.ledger import ledger
from waste_bpm.processes.notification import Notification
from waste_bpm.vocabulary import Code, Quantity, Role, Slot, Unit

NOTIFIED = NotificationDocument.model_validate(consignment().notification)
SLOTS = (
    Slot(role=Role.NOTIFIER, party="GB-NTF", country="GB"),
    Slot(role=Role.EXPORT_AUTHORITY, party="GB-CA", country="GB"),
    Slot(role=Role.IMPORT_AUTHORITY, party="KR-CA", country="KR"),
    Slot(role=Role.CUSTOMS_EXIT, party="GB-PORT", country="GB", place="GBFXT"),
    Slot(role=Role.CUSTOMS_TRANSIT, party="SG-PORT", country="SG", place="SGSIN"),
    Slot(role=Role.CUSTOMS_ENTRY, party="KR-PORT", country="KR", place="KRPUS"),
    Slot(role=Role.CARRIER, party="SG-SEACO", country="SG"),
    Slot(role=Role.CONSIGNEE, party="KR-TRADE", country="KR"),
    Slot(role=Role.DISPOSER, party="KR-FAC", country="KR"),
)
BY_ROLE = {slot.role: slot.party for slot in SLOTS}
PARTY = {slot.party: slot for slot in SLOTS}


def mass(amount, unit="TNE"):
    return {"amount": str(amount), "unit": unit}


def t(amount):
    return Quantity(Decimal(str(amount)), Unit.TONNE)


def day(text):
    return date.fromisoformat(text)


class Desk:
    """One case, its law, and what time it is."""

    def __init__(self, law="GB", quantity="1000", shipments=99, today="2026-03-02"):
        self.law = regime(law)
        self.now = at(today)
        self.case = _consented(quantity, shipments)
        self.told = []
        self.filed = {}

    def on(self, today):
        self.now = at(today)
        return self

    def command(self, stream, step, data=None, by=None):
        _, row, _ = rows_of(stream, step)[0]
        party = by or self._whose(row, stream)
        document = None
        if row.takes is not None and data is not None:
            document = check.read(row.takes, self._said(stream, row, data), on=self.now.date())
        role = next(slot.role for slot in SLOTS if slot.party == party and slot.role in row.by)
        before = self.filed.get(stream) if row.changes else None
        return Command(stream=stream, step=step, by=party, role=role, document=document, before=before)

    def _said(self, stream, row, data):
        """The data of the whole document: a movement says what the notification says, or what it said before."""
        if row.changes and stream in self.filed:
            return row.takes.changed(self.filed[stream], data, NOTIFIED)
        return MovementDocument.prefilled(NOTIFIED, data) if row.takes is MovementDocument else data

    def _whose(self, row, stream):
        office = stream.split("/")[-1]
        if office in PARTY and PARTY[office].role in row.by:
            return office
        return next(BY_ROLE[role] for role in row.by if role in BY_ROLE)

    def take(self, stream, step, data=None, by=None):
        command = self.command(stream, step, data, by)
        events = decide(self.case, command, self.law, self.now)
        if isinstance(command.document, MovementDocument):
            self.filed[stream] = command.document
        for event in events:
            self.case = evolve(self.case, event)
        self.told += events
        return events

    def verdict(self, stream, step, data=None, by=None):
        """Every finding by its rule."""
        found = findings(self.case, self.command(stream, step, data, by), self.law, self.now)
        return {finding.rule_id: finding for finding in found}

    def refused(self, stream, step, data=None, by=None):
        """The rules that refuse a step; none when it may be taken."""
        return {finding.rule_id for finding in refusing(self.verdict(stream, step, data, by).values())}

    @property
    def book(self):
        return ledger(self.case)

    # the case as it could also be

    def seat(self, party, office):
        """The working days of an authority are those of a part of its State."""
        self.law = replace(self.law, calendars={**self.law.calendars, party: office})
        return self

    def with_operations(self, *operations):
        filed = NotificationDocument.model_validate({**NOTIFIED.model_dump(), "operations": operations})
        return changed(self.case, "notification", operations=operations, repeated=filed.repeated)

    def revoked(self, country, effective_on):
        return changed(self.case, f"answer/{country}", state="consent_withdrawn", effective_on=day(effective_on))

    def facility_is(self, party):
        slots = tuple(replace(slot, party=party) if slot.role is Role.DISPOSER else slot for slot in SLOTS)
        return changed(self.case, "notification", slots=slots)

    # what happens to a shipment, in the words of the procedure

    def announce(self, serial, quantity="10", ships=None, **said):
        return self.take(f"movement/{serial}", "announce", self.movement(serial, quantity, ships, **said))

    def movement(self, serial, quantity="10", ships=None, unit="TNE", **said):
        ships = ships or self.now.date().isoformat()
        signed = said.pop("signed", self.now.date().isoformat())
        return {
            "serial": serial,
            "quantity": mass(quantity, unit),
            "shipment_date": ships,
            "packaging": ["4"],
            "packages": 20,
            "carriers": ["SG-SEACO"],
            "declaration": {"name": "A. Smith", "function": "Manager", "signed_on": signed},
            "total_shipments": self.case.streams["notification"].intended_shipments,
            **said,
        }

    def depart(self, serial):
        return self.take(f"movement/{serial}", "depart", self.departure())

    def departure(self):
        return {
            "departed_at": self.now.isoformat(),
            "place": "GBFXT",
            "carrier": "SG-SEACO",
            "conveyance": {"means_of_transport": "R", "vehicle": "AB12 CDE"},
        }

    def pass_border(self, serial, office="KR-PORT", point="entry"):
        stream = f"border_check/{serial}/{office}"
        self.present(serial, office, point)
        self.take(stream, "verify_documents", papers())
        self.take(stream, "release", self.result(office, point, "released"))

    def present(self, serial, office="KR-PORT", point="entry"):
        place = PARTY[office].place
        arrived = {"office": office, "point": point, "place": place, "arrived_at": self.now.isoformat()}
        self.take(f"border_check/{serial}/{office}", "present", arrived)

    def result(self, office, point, result, **said):
        return {"office": office, "point": point, "result": result, "decided_at": self.now.isoformat(), **said}

    def receive(self, serial, quantity, unit="TNE", received_on=None):
        return self.take(f"receipt/{serial}", "receive", self.receipt(quantity, unit, received_on))

    def receipt(self, quantity, unit="TNE", received_on=None, **said):
        received_on = received_on or self.now.date().isoformat()
        amount = mass(quantity, unit)
        return {
            "received_on": received_on,
            "received_quantity": amount,
            "accepted_quantity": amount,
            "operation": "R4",
            **said,
        }

    def receive_in_part(self, serial, accepted, rejected):
        return self.take(f"receipt/{serial}", "receive_in_part", self.rejection(accepted, rejected))

    def rejection(self, accepted, rejected):
        return {
            "received_on": self.now.date().isoformat(),
            "received_quantity": mass(Decimal(str(accepted)) + Decimal(str(rejected))),
            "accepted_quantity": mass(accepted),
            "rejected_quantity": mass(rejected),
            "reason": words("mixed waste"),
            "location": "Bay 2",
        }

    def certify(self, serial, quantity, completed_on=None):
        return self.take(f"disposal/{serial}", "certify", self.certificate(quantity, completed_on))

    def certificate(self, quantity, completed_on=None, operation="R4"):
        completed_on = completed_on or self.now.date().isoformat()
        return {"completed_on": completed_on, "treated_quantity": mass(quantity), "operation": operation}

    def interim(self, quantity, *parts):
        return {**self.certificate(quantity, operation="R12"), "outputs": [handed_on(*part) for part in parts]}

    def later_certificate(self, facility, quantity, operation="R4", *parts):
        said = self.certificate(quantity, operation=operation)
        received = {"facility": facility, "received_on": said["completed_on"]}
        return {**said, **received, "outputs": [handed_on(*part) for part in parts]}

    def move(self, serial, quantity, received=None):
        """A shipment from its announcement to its receipt, on one day."""
        self.announce(serial, quantity)
        self.depart(serial)
        self.pass_border(serial)
        return self.receive(serial, received or quantity)

    def guaranteed(self, number=1, reference="X", loads=99, **said):
        """A guarantee from its application to its approval, on one day."""
        today = self.now.date().isoformat()
        self.take(f"guarantee/{number}", "apply", {"received_on": today, "provider": "Bank", "kind": "bond"})
        self.take(f"guarantee/{number}", "complete", {"completed_on": today})
        return self.take(f"guarantee/{number}", "approve", self.approval(reference, loads, **said))

    def approval(self, reference="X", loads=99, **said):
        today = self.now.date().isoformat()
        return {"reference": reference, "decided_on": today, "valid_from": today, "active_loads": loads, **said}


def at(text):
    """A moment: a day alone is its noon."""
    moment = datetime.fromisoformat(text)
    return (moment if len(text) > 10 else moment.replace(hour=12)).replace(tzinfo=UTC)


def words(text):
    return [{"language": "en", "text": text}]


def handed_on(facility, quantity):
    return {"facility": facility, "name": "Works", "country": "KR", "quantity": mass(quantity), "operation": "R4"}


def papers(reason=None):
    line = {"step": "papers", "answer": "yes", "by": "KR-PORT", "at": "2026-01-01T00:00:00Z"}
    said = {"sop": "SOP-01", "version": "1", "run": "0" * 64, "lines": [line]}
    return said if reason is None else {**said, "reason": reason}


def _consented(quantity, shipments):
    notification = Notification(
        state="transmitted",
        version=3,
        number=NOTIFIED.number,
        slots=SLOTS,
        waste_code=Code("A1160", "BASEL-VIII"),
        operations=NOTIFIED.operations,
        packaging=NOTIFIED.packaging,
        repeated=NOTIFIED.repeated,
        intended_quantity=t(quantity),
        intended_shipments=shipments,
        first_departure=date(2026, 1, 1),
        last_departure=date(2026, 12, 31),
    )
    case = Case(id="desk").with_stream("notification", notification)
    for country in ("GB", "KR"):
        answer = Answer(
            state="consented",
            version=1,
            country=country,
            decided_on=date(2026, 1, 1),
            valid_from=date(2026, 1, 1),
            valid_until=date(2026, 12, 31),
            contract_confirmed=True,
        )
        case = case.with_stream(f"answer/{country}", answer)
    return case


def changed(case, stream, **said):
    """The case in which an instance says something else."""
    return case.with_stream(stream, replace(case.streams[stream], **said))
