"""A node on which a general notification of any size is consented to: the example's parties, by public acts alone."""

from datetime import timedelta
from decimal import Decimal

from tests.processes.desk import mass, papers
from tests.stage import ONE, case_id, consignment, node_of, part, world
from waste_bpm.casework.lapses import lapse
from waste_bpm.casework.line import Request, act
from waste_bpm.utility_blocks import gate

FIRST = "Shipment 1 of 25.0 t is announced"


class NodeDesk:
    """A node in memory, its case, and the clock of its world."""

    def __init__(self, quantity="100", shipments=4, url="sqlite://"):
        self.world = world(ONE, url)
        self.node = node_of(self.world)
        self.case_id = case_id()
        notified = {"intended_quantity": {"amount": str(quantity), "unit": "TNE"}, "intended_shipments": shipments}
        for entry in part(FIRST).steps:
            self.world.now = entry.at
            lapse(self.node)
            if not entry.expect:
                self._told(entry, notified)
        self.world.now = part(FIRST).ends
        lapse(self.node)

    def _told(self, entry, notified):
        data = entry.data
        if entry.message is not None:
            data = gate.read(part(FIRST).message(entry)).document.model_dump(mode="json")
        elif entry.step == "draft":
            data = {**consignment().notification, **notified}
        elif entry.on == "answer/KR" and entry.step == "consent":
            data = {name: value for name, value in data.items() if name != "conditions"}
        self.act(entry.on, entry.step, entry.by, data)

    @property
    def case(self):
        return self.node.case(self.case_id)

    def act(self, stream, step, party, data=None, **said):
        return act(self.node, Request(case_id=self.case_id, stream=stream, step=step, party=party, data=data, **said))

    def later(self, **time):
        self.world.now += timedelta(**time)
        return self

    @property
    def today(self):
        return self.world.now.date().isoformat()

    def movement(self, serial, quantity, ships=None):
        return {
            "serial": serial,
            "quantity": {"amount": str(quantity), "unit": "TNE"},
            "shipment_date": ships or self.today,
            "packaging": ["4"],
            "packages": 20,
            "carriers": ["SG-SEACO"],
            "declaration": {"name": "A. Wanjiru", "function": "Export manager", "signed_on": self.today},
        }

    def announce(self, serial, quantity, **said):
        return self.act(f"movement/{serial}", "announce", "KE-RVB", self.movement(serial, quantity), **said)

    def arrive(self, serial, quantity, accepted=None):
        """A shipment from its departure to the facility, which accepts the load, or so much of it."""
        conveyance = {"means_of_transport": "R", "vehicle": "KDG 114C"}
        now = self.world.now.isoformat()
        left = {"departed_at": now, "place": "KENBO", "carrier": "SG-SEACO", "conveyance": conveyance}
        self.act(f"movement/{serial}", "depart", "SG-SEACO", left)
        stream = f"border_check/{serial}/KR-BUSAN"
        place = {"office": "KR-BUSAN", "point": "entry"}
        self.act(stream, "present", "KR-BUSAN", {**place, "place": "KRPUS", "arrived_at": now})
        self.act(stream, "verify_documents", "KR-BUSAN", papers())
        self.act(stream, "release", "KR-BUSAN", {**place, "result": "released", "decided_at": now})
        amount = {"amount": str(quantity), "unit": "TNE"}
        said = {"received_on": self.today, "received_quantity": amount}
        if accepted is None:
            whole = {**said, "accepted_quantity": amount, "operation": "R4"}
            return self.act(f"receipt/{serial}", "receive", "KR-DBR", whole)
        parts = {"accepted_quantity": mass(accepted), "rejected_quantity": mass(Decimal(quantity) - Decimal(accepted))}
        why = {"reason": [{"text": "mixed"}], "location": "Bay 2"}
        return self.act(f"receipt/{serial}", "receive_in_part", "KR-DBR", {**said, **parts, **why})
