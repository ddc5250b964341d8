"""Random walks over the processes of a consignment, by public acts alone, on a node in memory.

A walk asks for any step of its processes, with good and with bad data; what may not be is refused and changes nothing,
and after each step every invariant holds. Dice are handed in, so a walk can be told again.
"""

from collections import Counter
from datetime import timedelta

from tests.processes.desk import handed_on, mass, papers, words
from tests.processes.file_walk import Files
from tests.processes.node_desk import NodeDesk
from waste_bpm.casework.invariants import breaches, dossier
from waste_bpm.casework.views import events
from waste_bpm.errors import Conflict, InputInvalid, NotPermitted, Refused
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.answer import missing_consents
from waste_bpm.processes.decide import state_of
from waste_bpm.processes.ledger import ledger
from waste_bpm.processes.return_case import concerned
from waste_bpm.vocabulary import tonnes

AMOUNTS = ("0.5", "4", "6", "9.5", "20", "25", "40", "60000.1")
SHIPMENTS = 6
PARTS = ("", "/2")


class Walk:
    """A node, what was asked of it, and how it answered."""

    steps = ()

    def __init__(self, dice):
        self.dice = dice
        self.desk = NodeDesk(quantity="100", shipments=5)
        self.asked = Counter()
        self.prepare()

    def prepare(self):
        """What has happened before the walk begins."""

    def close(self):
        self.desk.node.store.close()

    def step(self, dice=None):
        """Ask for one step; time goes on a little; everything must still hold."""
        self.dice = dice or self.dice
        self.desk.world.now += timedelta(hours=self.dice.choice((0, 1, 30)))
        stream, step, party, data = self.choice()
        before = len(events(self.desk.node, self.desk.case_id))
        try:
            self.desk.act(stream, step, party, data)
            self.asked["taken"] += 1
        except (Refused, NotPermitted, InputInvalid, Conflict) as refused:
            self.asked["refused"] += 1
            assert refused.findings, "a refusal says why"
            assert len(events(self.desk.node, self.desk.case_id)) == before, "a refusal changes nothing"
        self.hold()

    def choice(self):
        """An ask that the state may well allow; now and then one that it does not."""
        for _ in range(self.dice.choice((1, 8, 8, 8))):
            asked = self.dice.choice(self.steps)(self)
            stream, step = asked[:2]
            if PROCESSES[stream.partition("/")[0]].after(state_of(self.desk.case, stream), step) is not None:
                break
        return asked

    def hold(self):
        """Every invariant, and a ledger and missing consents that are those of the streams."""
        found = list(breaches(dossier(self.desk.node, self.desk.case_id)))
        assert not found, "\n".join(map(str, found))
        case = self.desk.case
        forgetful = type(case)(id=case.id, streams=case.streams)
        book, anew = ledger(case), ledger(forgetful)
        assert book == anew
        today = self.desk.world.now.date()
        assert missing_consents(case, today) == missing_consents(forgetful, today)
        assert book.left.same_as(book.consented - _sum(line.taken for line in book.counted))

    # the values of a step

    def serial(self):
        return self.dice.randint(1, SHIPMENTS)

    def amount(self):
        return self.dice.choice(AMOUNTS)

    @property
    def now(self):
        return self.desk.world.now.isoformat()

    def day(self):
        return (self.desk.world.now.date() + timedelta(days=self.dice.choice((0, 0, 0, 1, -1)))).isoformat()


def _sum(amounts):
    total = tonnes(0)
    for amount in amounts:
        total = total + amount
    return total


def announce(walk, step="announce", party="KE-RVB"):
    serial = walk.serial()
    return f"movement/{serial}", step, party, walk.desk.movement(serial, walk.amount(), walk.day())


def plan(walk):
    return announce(walk, "plan")


def amend(walk):
    return announce(walk, "amend")


def capture(walk):
    return announce(walk, "capture", "KE-CA")


def cancel(walk):
    return f"movement/{walk.serial()}", "cancel", "KE-RVB", {"reason": words("no lorry")}


def depart(walk):
    conveyance = {"means_of_transport": "R", "vehicle": "KDG 114C"}
    said = {"departed_at": walk.now, "place": "KENBO", "carrier": "SG-SEACO", "conveyance": conveyance}
    return f"movement/{walk.serial()}", "depart", "SG-SEACO", said


def _at_border(walk, step, data):
    return f"border_check/{walk.serial()}/KR-BUSAN", step, "KR-BUSAN", data


def present(walk):
    said = {"office": "KR-BUSAN", "point": "entry", "place": "KRPUS", "arrived_at": walk.now}
    return _at_border(walk, "present", said)


def verify(walk):
    if walk.dice.random() < 0.2:
        return _at_border(walk, "record_discrepancy", papers("weight"))
    return _at_border(walk, "verify_documents", papers())


def weigh(walk):
    said = {"measured_quantity": mass(walk.amount()), "ticket": "W", "weighed_at": walk.now}
    return _at_border(walk, "weigh", said)


def decide(walk):
    steps = {
        "release": "released",
        "release_as_instructed": "released",
        "hold": "held",
        "refuse": "refused",
        "seize": "seized",
    }
    step = walk.dice.choice(list(steps))
    said = {"office": "KR-BUSAN", "point": "entry", "result": steps[step], "decided_at": walk.now}
    return _at_border(walk, step, {**said, "reasons": words("seen")})


def release(walk):
    said = {"office": "KR-BUSAN", "point": "entry", "result": "released", "decided_at": walk.now}
    return _at_border(walk, "release", said)


def inspect(walk):
    said = {"inspected_at": walk.now, "inspectors": [{"agency": "KR-BUSAN", "officer": "J. Kim"}]}
    conforms = walk.dice.random() < 0.7
    return _at_border(walk, "inspect", {**said, "conforms": conforms, "findings": words("seen")})


def select(walk):
    return _at_border(walk, "select", {"selected": walk.dice.random() < 0.5, "decided_at": walk.now})


def sample(walk):
    number = walk.dice.choice(("S1", "S2"))
    if walk.dice.random() < 0.5:
        return _at_border(walk, "sample", {"sample": number, "taken_at": walk.now, "laboratory": "Lab"})
    said = {"answered": number, "analysed_on": walk.desk.today, "conforms": True, "result": words("lead")}
    return _at_border(walk, "record_result", said)


def hand_over(walk):
    said = {"office": "KR-BUSAN", "handed_over_at": walk.now, "kept_at": "Shed", "reasons": words("seen")}
    return _at_border(walk, "hand_over", said)


def instruct(walk):
    said = {"office": "KR-BUSAN", "instruction": walk.dice.choice(("release", "return", "seize"))}
    said |= {"decided_on": walk.desk.today, "reasons": words("seen")}
    step = walk.dice.choice(("instruct", "revise"))
    return f"detention/{walk.serial()}/KR-BUSAN", step, "KE-CA", said


def confirm_entry(walk):
    said = {"office": "KR-BUSAN", "place": "KRPUS", "entered_on": walk.day()}
    return _at_border(walk, "confirm_entry", said)


def receive(walk):
    amount = mass(walk.amount())
    said = {"received_on": walk.day(), "received_quantity": amount, "accepted_quantity": amount, "operation": "R4"}
    return f"receipt/{walk.serial()}", "receive", "KR-DBR", said


def reject(walk):
    whole = walk.dice.random() < 0.3
    said = {
        "received_on": walk.day(),
        "received_quantity": mass("20"),
        "accepted_quantity": mass("0" if whole else "14"),
        "rejected_quantity": mass("20" if whole else "6"),
        "reason": words("mixed"),
        "location": "Bay 2",
    }
    return f"receipt/{walk.serial()}", "reject" if whole else "receive_in_part", "KR-DBR", said


def certify(walk):
    said = {"completed_on": walk.day(), "treated_quantity": mass(walk.amount()), "operation": "R4"}
    return f"disposal/{walk.serial()}", "certify", "KR-DBR", said


def _disposal(walk, step, said):
    return f"disposal/{walk.serial()}", step, "KR-DBR", said


def certify_interim(walk):
    amount = walk.amount()
    said = {"completed_on": walk.day(), "treated_quantity": mass(amount), "operation": "R12"}
    return _disposal(walk, "certify_interim", {**said, "outputs": [handed_on("KR-F2", amount)]})


def certify_later(walk):
    said = {"facility": "KR-F2", "received_on": walk.desk.today, "completed_on": walk.desk.today}
    said |= {"treated_quantity": mass(walk.amount()), "operation": "R4"}
    return _disposal(walk, walk.dice.choice(("certify_subsequent", "certify_final")), said)


def apply(walk):
    said = {"received_on": walk.day(), "provider": "Bank", "kind": "bond"}
    return f"guarantee/{walk.dice.randint(1, 3)}", "apply", "KE-RVB", said


def complete(walk):
    return f"guarantee/{walk.dice.randint(1, 3)}", "complete", "KE-CA", {"completed_on": walk.day()}


def approve(walk):
    said = {"reference": walk.dice.choice("XY"), "decided_on": walk.day(), "valid_from": walk.desk.today}
    said |= {"active_loads": walk.dice.randint(1, 2)}
    if walk.dice.random() < 0.5:
        said |= {"covers": mass(walk.amount())}
    return f"guarantee/{walk.dice.randint(1, 3)}", "approve", "KE-CA", said


def end_guarantee(walk):
    number = walk.dice.randint(1, 3)
    if walk.dice.random() < 0.5:
        return f"guarantee/{number}", "release", "KE-CA", {"released_on": walk.day()}
    return f"guarantee/{number}", "refuse", "KE-CA", {"decided_on": walk.day(), "reason": words("too low")}


def _key(walk):
    return f"1{walk.dice.choice(PARTS)}"


def _owed(walk, key):
    """What a return case is about; now and then another quantity."""
    open_ = concerned(walk.desk.case, key)
    return mass("5" if open_ is None or walk.dice.random() < 0.1 else format(open_.base, "f"))


def inform(walk):
    key = _key(walk)
    said = {"informed_on": walk.desk.today, "quantity": _owed(walk, key)}
    return f"return_case/{key}", "inform", "KR-CA", {**said, "location": "Bay", "reason": words("mixed")}


def split(walk):
    said = {"quantity": mass(walk.dice.choice(("2", "6"))), "location": "Bay", "reason": words("other waste")}
    return "return_case/1/2", "split", "KR-CA", said


def refer(walk):
    said = {"referred_on": walk.desk.today, "procedure": "Art. 9", "reason": words("illegal")}
    return "return_case/1/2", "refer", "KR-CA", said


def extend(walk):
    until = (walk.desk.world.now.date() + timedelta(days=walk.dice.choice((-200, 200)))).isoformat()
    said = {"until": until, "agreed_on": walk.desk.today, "agreed_with": ["KE", "KR"], "record": "Note"}
    return f"return_case/{_key(walk)}", "extend", "KR-CA", said


def answer(walk):
    kind, step = walk.dice.choice((("return", "order_return"), ("alternative", "propose_alternative")))
    said = {"answer": kind, "answered_on": walk.desk.today, "holder": "KE-RVB", "facility": "Works", "operation": "R4"}
    key = _key(walk)
    return f"take_back/{key}", step, "KE-CA", {**said, "quantity": _owed(walk, key)}


def agree(walk):
    said = {"agreed_on": walk.desk.today}
    if walk.dice.random() < 0.5:
        return f"return_case/{_key(walk)}", "agree_alternative", "KR-CA", said
    return f"take_back/{_key(walk)}", "confirm_alternative", "KE-CA", said


def announce_return(walk):
    signed = {"name": "A. Wanjiru", "function": "Manager", "signed_on": walk.desk.today}
    key = _key(walk)
    said = {
        "number": walk.dice.choice(("R-1", "R-2")),
        "original": 1,
        "quantity": _owed(walk, key),
        "shipment_date": walk.desk.today,
        "waste_code": {"code": "A1160", "list": "BASEL-VIII"},
        "designation": words("batteries"),
        "packages": 4,
        "carriers": ["SG-SEACO"],
        "location": "Bay",
        "receiver": "KE-RVB",
        "declaration": signed,
    }
    return f"return_movement/{key}", "announce", "KE-RVB", said


def move_return(walk):
    key, step = _key(walk), walk.dice.choice(("depart", "depart", "receive", "receive", "cancel"))
    if step == "cancel":
        return f"return_movement/{key}", step, "KE-RVB", {"reason": words("no ship")}
    if step == "depart":
        return f"return_movement/{key}", step, "SG-SEACO", depart(walk)[3]
    said = {"returned_on": walk.day(), "returned_quantity": _owed(walk, key)}
    return f"return_movement/{key}", step, "KE-RVB", said


def finish(walk):
    if walk.dice.random() < 0.5:
        said = {"completed_on": walk.desk.today, "treated_quantity": mass("2"), "operation": "R4"}
        return f"take_back/{_key(walk)}", "certify", "KE-RVB", said
    said = {"closed_on": walk.desk.today, "outcome": words("treated")}
    return f"take_back/{_key(walk)}", "close", "KE-CA", said


def close(walk):
    return "notification", "close", "KE-CA", None


class Shipments(Walk):
    """Ledger, movement, receipt and treatment."""

    steps = (
        announce, plan, amend, capture, cancel, depart, present, verify, release, receive, reject, certify,
        certify_interim, certify_later, weigh, close,
    )  # fmt: skip

    def prepare(self):
        self.desk.announce(1, "20")
        self.desk.announce(2, "25")


class Guarantees(Walk):
    """Guarantees, and the shipments that they cover."""

    steps = (apply, apply, complete, approve, end_guarantee, announce, cancel, depart, close)


class Border(Walk):
    """One load at the border of the State of import, held and let go."""

    steps = (
        present, verify, weigh, select, inspect, sample, decide, decide, hand_over, instruct, confirm_entry, receive,
    )  # fmt: skip

    def serial(self):
        return 1

    def prepare(self):
        self.desk.announce(1, "25")
        self.desk.act(*depart(self))
        self.desk.act(*present(self))


class Returns(Walk):
    """A load rejected in part, in one piece or two, on its way back or elsewhere."""

    steps = (
        inform, split, refer, extend, answer, agree, announce_return, move_return, move_return, finish, announce, close,
    )  # fmt: skip

    def serial(self):
        return self.dice.choice((2, 3))

    def prepare(self):
        self.desk.announce(1, "20")
        self.desk.arrive(1, "20", accepted="14")


WALKS = {walk.__name__: walk for walk in (Shipments, Guarantees, Border, Returns, Files)}
