"""What is said at a border: a load is presented, looked at, let go or held, and the State of export decides on it."""

from tests.casefile import WORDS
from tests.processes.desk import papers
from tests.walks import shipments
from tests.walks.teller import after


@after(shipments.announced)
def two_under_way(walk):
    """Two loads are under way; a third is announced."""
    for serial in (1, 2):
        shipments.under_way(walk, serial)


@after(two_under_way)
def one_handed_over(walk):
    """Of two loads under way the first was let out, the second held at entry and handed over to the authority."""
    first, last = walk.file.states[0], walk.file.states[-1]
    _control(walk, 1, f"{first}-CU", "present", "verify_documents", "release")
    _control(walk, 2, f"{last}-CU", "present", "record_discrepancy", "hold", "hand_over")


def _control(walk, serial, office, *steps):
    stream = f"border_check/{serial}/{office}"
    for step in steps:
        walk.file.act(office, stream, step, SAYS["border_check", step](walk, stream, office))


def office_of(stream):
    return stream.split("/")[2]


def _point(walk, office):
    """Where an office stands on the route; an office of transit sees a load come in, or go out."""
    states = walk.file.states
    if walk.slip():
        return walk.some("exit", "entry", "transit_out")
    if office[:2] == states[0]:
        return "exit"
    return "entry" if office[:2] == states[-1] else walk.some("transit_in", "transit_in", "transit_out")


def _at(walk, stream):
    check = walk.stream(stream)
    office = "XX-CU" if walk.slip() else office_of(stream)
    return {"office": office, "point": check.point or _point(walk, office_of(stream))}


def _present(walk, stream, party):
    office = office_of(stream)
    place = "KEMBA" if walk.slip() else f"{office[:2]}AAA"
    return {**_at(walk, stream), "place": place, "arrived_at": walk.now}


def _result(result):
    def said(walk, stream, party):
        decided = {**_at(walk, stream), "result": result, "decided_at": walk.now, "reasons": WORDS}
        if not walk.chance(0.2):
            return decided
        return decided | {"measured_quantity": shipments.SAYS["movement", "announce"](walk, stream, party)["quantity"]}

    return said


def _inspect(walk, stream, party):
    seen = {"inspected_at": walk.now, "inspectors": [{"agency": party, "officer": "J. Kim"}], "findings": WORDS}
    return {**seen, "conforms": walk.chance(0.8)}


def _weigh(walk, stream, party):
    load = walk.stream(f"movement/{stream.split('/')[1]}").quantity
    return {"measured_quantity": walk.amount(load and load.base), "ticket": "W", "weighed_at": walk.now}


def _sample(walk, stream, party):
    number = f"S{len(walk.stream(stream).sample) + 1}"
    return {"sample": number, "taken_at": walk.now, "laboratory": "Lab"}


def _result_of_sample(walk, stream, party):
    check = walk.stream(stream)
    waits = [each for each in check.sample if each not in check.answered]
    answered = waits[0] if waits and not walk.slip() else "S9"
    return {"answered": answered, "analysed_on": walk.today, "conforms": walk.chance(0.9), "result": WORDS}


def _hand_over(walk, stream, party):
    return {"office": office_of(stream), "handed_over_at": walk.now, "kept_at": "Shed", "reasons": WORDS}


def _instruct(walk, stream, party):
    instruction = walk.some("release", "release", "return", "seize")
    return {"office": office_of(stream), "instruction": instruction, "decided_on": walk.today, "reasons": WORDS}


def _passed(name):
    def said(walk, stream, party):
        office = office_of(stream)
        return {"office": office, "place": f"{office[:2]}AAA", name: walk.day()}

    return said


_RESULTS = {
    "release": "released",
    "release_as_instructed": "released",
    "hold": "held",
    "refuse": "refused",
    "seize": "seized",
}
SAYS = {
    **{("border_check", step): _result(result) for step, result in _RESULTS.items()},
    ("border_check", "present"): _present,
    ("border_check", "select"): lambda walk, stream, party: {"selected": walk.chance(0.4), "decided_at": walk.now},
    ("border_check", "verify_documents"): lambda walk, stream, party: papers(),
    ("border_check", "record_discrepancy"): lambda walk, stream, party: papers("weight"),
    ("border_check", "inspect"): _inspect,
    ("border_check", "sample"): _sample,
    ("border_check", "record_result"): _result_of_sample,
    ("border_check", "weigh"): _weigh,
    ("border_check", "hand_over"): _hand_over,
    ("border_check", "confirm_passage"): _passed("passed_on"),
    ("border_check", "confirm_entry"): _passed("entered_on"),
    ("detention", "instruct"): _instruct,
    ("detention", "revise"): _instruct,
}
