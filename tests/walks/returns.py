"""What is said when a movement failed: the request, the answer, the way back or elsewhere, and the end."""

from datetime import timedelta
from decimal import Decimal

from tests.casefile import WORDS
from tests.walks import shipments
from tests.walks.borders import two_under_way
from tests.walks.teller import after
from waste_bpm.processes.return_case import concerned


@after(two_under_way)
def one_in_part(walk):
    """Of two loads under way the first is accepted in part, 15 t of 20 t; the second may still fail."""
    shipments.let_in(walk, 1)
    tonnes = {name: {"amount": amount, "unit": "TNE"} for name, amount in _PARTS.items()}
    said = {"received_on": walk.today, **tonnes, "reason": WORDS, "location": "Bay 2"}
    walk.file.act(f"{walk.file.states[-1]}-F", "receipt/1", "receive_in_part", said)


_PARTS = {"received_quantity": "20", "accepted_quantity": "15", "rejected_quantity": "5"}


def key_of(stream):
    return stream.partition("/")[2]


def owed(walk, stream):
    """What a return case is about."""
    whole = concerned(walk.case, key_of(stream))
    return walk.amount(whole and whole.base)


def _failed(walk, stream, party):
    load = walk.stream(f"movement/{stream.split('/')[1]}").quantity
    return {"failed_quantity": walk.amount(load and load.base), "location": "Port", "reason": WORDS}


def _split(walk, stream, party):
    whole = concerned(walk.case, stream.split("/")[1])
    part = whole and whole.base / Decimal(walk.some(2, 5))
    return {"quantity": walk.amount(part), "location": "Bay 3", "reason": WORDS}


def _inform(walk, stream, party):
    return {"informed_on": walk.day(), "quantity": owed(walk, stream), "location": "Bay", "reason": WORDS}


def _extend(walk, stream, party):
    ends = [walk.file.states[0], walk.file.states[-1]]
    until = walk.file.today + timedelta(days=-200 if walk.slip() else 200)
    agreed = {"until": until.isoformat(), "agreed_on": walk.today, "record": "Note"}
    return {**agreed, "agreed_with": ends[:1] if walk.slip() else ends}


def _answer(kind):
    def said(walk, stream, party):
        holder = f"{walk.file.states[-1]}-F" if walk.slip() else f"{walk.file.states[0]}-N"
        where = {"facility": "Works", "operation": "R4"}
        return {"answer": kind, "answered_on": walk.today, "holder": holder, "quantity": owed(walk, stream), **where}

    return said


def _agreed(walk, stream, party):
    return {"agreed_on": walk.today}


def _announce(walk, stream, party):
    return {
        "number": walk.some("R-1", "R-2", "R-3", "R-4"),
        "original": shipments.serial_of(walk, stream),
        "quantity": owed(walk, stream),
        "shipment_date": walk.today,
        "waste_code": {"code": "A1160", "list": "BASEL-VIII"},
        "designation": WORDS,
        "packages": 4,
        "carriers": [f"{walk.file.states[0]}-C", f"{walk.file.states[-1]}-C"],
        "location": "Bay",
        "receiver": f"{walk.file.states[0]}-{'CA' if walk.slip() else 'N'}",
        "declaration": {"name": "A. B", "function": "manager", "signed_on": walk.today},
    }


def _receive(walk, stream, party):
    set_out = walk.stream(stream).quantity
    return {"returned_on": walk.day(), "returned_quantity": walk.amount(set_out and set_out.base)}


def _certify(walk, stream, party):
    mine = walk.stream(stream)
    back = mine.returned_quantity or mine.quantity
    said = {"completed_on": walk.today, "treated_quantity": walk.amount(back and back.base)}
    return {**said, "operation": "R4"}


SAYS = {
    ("return_case", "declare_failed"): _failed,
    ("return_case", "split"): _split,
    ("return_case", "inform"): _inform,
    ("return_case", "extend"): _extend,
    ("return_case", "agree_alternative"): _agreed,
    ("return_case", "refer"): lambda walk, stream, party: {
        "referred_on": walk.today,
        "procedure": "Art. 9",
        "reason": WORDS,
    },
    ("take_back", "order_return"): _answer("return"),
    ("take_back", "propose_alternative"): _answer("alternative"),
    ("take_back", "confirm_alternative"): _agreed,
    ("take_back", "certify"): _certify,
    ("take_back", "close"): lambda walk, stream, party: {"closed_on": walk.today, "outcome": WORDS},
    ("return_movement", "announce"): _announce,
    ("return_movement", "cancel"): lambda walk, stream, party: {"reason": WORDS},
    ("return_movement", "depart"): shipments.SAYS["movement", "depart"],
    ("return_movement", "take_over"): shipments.take_over,
    ("return_movement", "receive"): _receive,
}
WHO = {("return_movement", "take_over"): shipments.other_carrier}
