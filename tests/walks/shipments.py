"""What is said about a shipment: announced, on its way, received, treated at once or through a chain of facilities."""

from datetime import timedelta
from decimal import Decimal

from tests.casefile import WORDS
from tests.processes.desk import handed_on, papers
from tests.walks import files
from tests.walks.teller import after
from waste_bpm.processes.ledger import ledger

BY_ROAD = {"means_of_transport": "R", "vehicle": "KDG 114C"}


@after(files.consented)
def announced(walk):
    """Three shipments of 20 t are announced for the first day on which they may leave."""
    ships = walk.file.today + timedelta(days=walk.lead)
    for serial in (1, 2, 3):
        said = _shipment(walk, serial, "20", ships)
        walk.file.act(f"{walk.file.states[0]}-N", f"movement/{serial}", "announce", said)
    walk.file.at(walk.file.world.now + timedelta(days=(ships - walk.file.today).days))


def under_way(walk, serial):
    carrier = f"{walk.file.states[0]}-C"
    stream = f"movement/{serial}"
    walk.file.act(carrier, stream, "depart", _depart(walk, stream, carrier))


def let_in(walk, serial):
    """The customs office of entry lets a load in."""
    office = f"{walk.file.states[-1]}-CU"
    stream = f"border_check/{serial}/{office}"
    place = {"office": office, "point": "entry"}
    arrived = {**place, "place": f"{office[:2]}AAA", "arrived_at": walk.now}
    result = {**place, "result": "released", "decided_at": walk.now}
    for step, said in (("present", arrived), ("verify_documents", papers()), ("release", result)):
        walk.file.act(office, stream, step, said)


@after(announced)
def received(walk):
    """Three loads are at the facility, and wait for their treatment."""
    for serial in (1, 2, 3):
        under_way(walk, serial)
        let_in(walk, serial)
        amount = {"amount": "20", "unit": "TNE"}
        said = {"received_on": walk.today, "received_quantity": amount, "accepted_quantity": amount}
        facility = f"{walk.file.states[-1]}-F"
        walk.file.act(facility, f"receipt/{serial}", "receive", {**said, "operation": _operation(walk)})


def _operation(walk):
    return walk.stream("notification").operations[-1]


def _shipment(walk, serial, quantity, ships, signed=None):
    return {
        "serial": serial,
        "quantity": {"amount": quantity, "unit": "TNE"} if isinstance(quantity, str) else quantity,
        "shipment_date": ships.isoformat(),
        "packaging": ["4"],
        "packages": 20,
        "carriers": [f"{walk.file.states[0]}-C", f"{walk.file.states[-1]}-C"],
        "declaration": {"name": "A. B", "function": "manager", "signed_on": (signed or walk.file.today).isoformat()},
    }


def serial_of(walk, stream):
    return 9 if walk.slip() else int(stream.split("/")[1])


def _fitting(walk):
    """What is still left, or less."""
    left = max(ledger(walk.case).left.base, Decimal(1))
    return walk.amount(min(left, Decimal(walk.some("4", "9.5", "20"))))


def _announce(walk, stream, party):
    ahead = walk.some(-3, 90) if walk.slip() else walk.lead + walk.some(0, 0, 1, 3)
    return _shipment(walk, serial_of(walk, stream), _fitting(walk), walk.file.today + timedelta(days=ahead))


def _capture(walk, stream, party):
    """What was declared some days ago has left since."""
    first = walk.stream("notification").first_departure or walk.file.today
    ships = max(first, walk.file.today - timedelta(days=walk.some(0, 1)))
    return _shipment(
        walk, serial_of(walk, stream), _fitting(walk), ships, signed=ships - timedelta(days=walk.some(4, 6))
    )


def _correct(walk, stream, party):
    """Another telephone number of the notifier, and seldom what a signature has sealed."""
    if walk.slip():
        return {"packages": 21}
    return {"notifier": {"phone": f"+254 20 999{walk.some(1, 2, 3)}999"}}


def _depart(walk, stream, party):
    return {"departed_at": walk.now, "place": f"{party[:2]}AAA", "carrier": party, "conveyance": BY_ROAD}


def take_over(walk, stream, party):
    since = walk.stream(stream).carrier or party
    said = {"handed_over_at": walk.now, "place": f"{party[:2]}AAA", "conveyance": BY_ROAD, "carrier": party}
    return {**said, "from_carrier": party if walk.slip() else since}


def other_carrier(walk, stream):
    """The carrier of the file that does not have the load."""
    has = walk.stream(stream).carrier
    ends = (f"{walk.file.states[0]}-C", f"{walk.file.states[-1]}-C")
    return next(each for each in ends if each != has)


def _confirm_exit(walk, stream, party):
    return {"office": party, "place": f"{party[:2]}AAA", "left_on": walk.day()}


def _at_consignee(walk, stream, party):
    return {"received_on": walk.day(), "received_quantity": walk.amount(_load(walk, stream)), "place": "Yard"}


def _enquire(walk, stream, party):
    return {"asked_on": walk.today, "expected_by": walk.today, "question": WORDS}


def _load(walk, stream):
    quantity = walk.stream(f"movement/{stream.split('/')[1]}").quantity
    return None if quantity is None else quantity.base


def _receive(walk, stream, party):
    amount = walk.amount(_load(walk, stream))
    accepted = walk.amount(Decimal(amount["amount"])) if walk.slip() else amount
    operation = "R3" if walk.slip() else _operation(walk)
    return {
        "received_on": walk.day(),
        "received_quantity": amount,
        "accepted_quantity": accepted,
        "operation": operation,
    }


def _rejection(accepted):
    """The load arrived, and so much of it is accepted, as a part of eight."""

    def said(walk, stream, party):
        amount = walk.amount(_load(walk, stream))
        whole = Decimal(amount["amount"])
        mine = whole * accepted / 8
        return {
            "received_on": walk.day(),
            "received_quantity": amount,
            "accepted_quantity": {"amount": format(mine, "f"), "unit": "TNE"},
            "rejected_quantity": walk.amount(whole - mine),
            "reason": WORDS,
            "location": "Bay 2",
        }

    return said


def _accepted(walk, stream):
    accepted = walk.stream(f"receipt/{stream.split('/')[1]}").accepted_quantity
    return None if accepted is None else accepted.base


def _certify(walk, stream, party):
    received = walk.stream(f"receipt/{stream.split('/')[1]}").received_on
    return {
        "completed_on": walk.day(received),
        "treated_quantity": walk.amount(_accepted(walk, stream)),
        "operation": walk.some("R3", "R12") if walk.slip() else _operation(walk),
    }


def _interim(walk, stream, party):
    """The load is handed on to one facility, or in two parts to two."""
    amount = walk.amount(_accepted(walk, stream))
    whole = Decimal(amount["amount"])
    parts = walk.some(((1, "KR-F2"),), ((3, "KR-F2"), (5, "KR-F3")))
    shares = sum(share for share, _ in parts)
    outputs = [handed_on(facility, whole * share / shares) for share, facility in parts]
    operation = "R4" if walk.slip() else "R12"
    return {"completed_on": walk.day(), "treated_quantity": amount, "operation": operation, "outputs": outputs}


def _later(chains):
    """A later facility certifies what it got, and may hand it on."""

    def said(walk, stream, party):
        open_parts = walk.stream(stream).open_parts if walk.state(stream) != "none" else {}
        facility, got = walk.dice.choice(sorted(open_parts.items())) if open_parts else ("KR-F2", Decimal(1))
        treated = walk.amount(got / 2 if chains and walk.chance(0.3) else got)
        on = chains and walk.chance(0.5)
        said = {
            "facility": facility,
            "received_on": walk.today,
            "completed_on": walk.day(),
            "treated_quantity": treated,
        }
        outputs = [handed_on(walk.some("KR-F4", "KR-F5", "KR-F2"), Decimal(treated["amount"]))] if on else []
        return {**said, "operation": "R12" if on or walk.slip() else "R4", "outputs": outputs}

    return said


SAYS = {
    ("movement", "plan"): _announce,
    ("movement", "announce"): _announce,
    ("movement", "amend"): _announce,
    ("movement", "capture"): _capture,
    ("movement", "correct"): _correct,
    ("movement", "cancel"): lambda walk, stream, party: {"reason": WORDS},
    ("movement", "depart"): _depart,
    ("movement", "take_over"): take_over,
    ("movement", "confirm_exit"): _confirm_exit,
    ("movement", "arrive_at_consignee"): _at_consignee,
    ("movement", "enquire"): _enquire,
    ("receipt", "receive"): _receive,
    ("receipt", "receive_in_part"): _rejection(6),
    ("receipt", "reject"): _rejection(0),
    ("disposal", "certify"): _certify,
    ("disposal", "certify_interim"): _interim,
    ("disposal", "certify_subsequent"): _later(chains=True),
    ("disposal", "certify_final"): _later(chains=False),
}
WHO = {
    ("movement", "take_over"): other_carrier,
    ("movement", "correct"): lambda walk, stream: f"{walk.file.states[0]}-N",
}
