"""What is said about a file: the notification, its assessment, the answers of authorities, changes, guarantees."""

from copy import deepcopy
from datetime import timedelta

from tests.casefile import WORDS
from tests.walks.teller import after
from waste_bpm.law.memberships import shares_terms


def notified(walk):
    """A general notification of 100 t in five shipments, recovered at once or through interim operations."""
    file = walk.file
    base = file.notification()
    last = file.states[-1]
    second = deepcopy(base["carriers"][0])
    second["party"] |= {"id": f"{last}-C", "country": last}
    interim = walk.chance(0.5)
    later = {"facility": {"party": {**base["facility"]["party"], "id": f"{last}-F2"}, "site": "Works 2"}}
    return {
        **base,
        "consignee": {**base["consignee"], "id": f"{last}-T"},
        "carriers": [*base["carriers"], second],
        "operations": ["R12", "R4"] if interim else ["R4"],
        "later_facilities": [{**later, "operations": ["R4"]}] if interim else [],
        "intended_quantity": {"amount": "100", "unit": "TNE"},
        "intended_shipments": 5,
        "first_departure": (file.today + timedelta(days=1)).isoformat(),
    }


def submitted(walk):
    walk.file.submitted(**notified(walk))


@after(submitted)
def transmitted(walk):
    file = walk.file
    if walk.regime == "GB":
        file.assessed()
    file.act(file.ca(file.states[0]), "notification", "transmit")


@after(transmitted)
def consented(walk):
    """All consents are there, and where the regime asks for a guarantee, one is approved."""
    file = walk.file
    _answerable(walk)
    file.consented(*reversed(file.states))
    file.at(file.world.now + timedelta(days=1))
    required = walk.node.law_of(walk.case).on("guarantee_required", file.today)
    if required is not None and required.value is True:
        guaranteed(walk)


def _answerable(walk):
    """Who acknowledges has done so; where completeness is stated instead, all are satisfied."""
    file = walk.file
    if walk.regime != "EU":
        file.acknowledged()
        return
    for state in file.states[1:]:
        if shares_terms(walk.regime, state, file.today) is False:
            file.acknowledged(state)
    file.completed()


def guaranteed(walk):
    """A guarantee, from its application to its approval, on one day."""
    exporter, authority = f"{walk.file.states[0]}-N", f"{walk.file.states[0]}-CA"
    for party, step, said in ((exporter, "apply", _apply), (authority, "complete", _complete)):
        walk.file.act(party, "guarantee/1", step, said(walk, "guarantee/1", party))
    approval = {"reference": "X", "decided_on": walk.today, "valid_from": walk.today, "active_loads": 5}
    walk.file.act(authority, "guarantee/1", "approve", approval)


def usual(name):
    """What the step usually says."""
    return lambda walk, stream, party: walk.file.usual(stream, name)


def _draft(walk, stream, party):
    return walk.file.filed()


def _changed(walk, stream, party):
    """The notification as it was, with another telephone number, or with another quantity."""
    changes = walk.some({}, {"intended_quantity": {"amount": "120", "unit": "TNE"}}, {"intended_shipments": 6})
    return walk.file.filed(**changes) if changes else walk.file.phoned()


def _correct(walk, stream, party):
    return _changed(walk, stream, party) if walk.slip() else walk.file.phoned()


def _reply(walk, stream, party):
    asked = [(key, each) for key, answer in walk.case.of("answer") for each in answer.request]
    supplied = walk.stream("notification").request
    waits = [each for each in asked if each[1] not in supplied] or asked
    country, request = walk.dice.choice(waits) if waits and not walk.slip() else (walk.file.states[-1], "x")
    return {"country": country, "request": request, "replies": [{"block": "N12", "text": WORDS}]}


def _consent(name):
    def said(walk, stream, party):
        """A consent, now and then under a cap, or for longer than the law allows."""
        given = walk.file.usual(stream, name)
        if walk.slip():
            given |= {"valid_until": (walk.file.today + timedelta(days=800)).isoformat()}
        if walk.chance(0.2):
            cap = {"most_quantity": {"amount": walk.some("90", "75.5"), "unit": "TNE"}}
            given |= {"conditions": [{"text": WORDS, **cap}]}
        return given

    return said


def _own_change(step):
    def said(walk, stream, party):
        number = 9 if walk.slip() else int(stream.split("/")[1])
        asked = walk.file.usual(stream, step) | {"change": number}
        return asked | {"notification": _changed(walk, stream, party)} if step == "ask" else asked

    return said


def _apply(walk, stream, party):
    return {"received_on": walk.day(), "provider": "Bank", "kind": "bond"}


def _complete(walk, stream, party):
    return {"completed_on": walk.day(walk.stream(stream).received_on)}


def _approve(walk, stream, party):
    said = {"reference": walk.some("X", "X", "Y"), "decided_on": walk.day(), "valid_from": walk.today}
    said |= {"covers": walk.amount(walk.some("40", "80"))} if walk.chance(0.4) else {}
    return said if walk.slip() else said | {"active_loads": walk.some(1, 2, 5)}


_USUAL = {
    "assessment": ("record_receipt", "record_payment", "begin", "complete"),
    "notification": ("unlock", "reject_changes", "withdraw", "reopen"),
    "answer": (
        "read", "acknowledge", "request_information", "state_complete", "declare_completed", "declare_invalid", "object",
        "revise_to_objection", "withdraw_consent", "prohibit", "lift_prohibition",
    ),
}  # fmt: skip
SAYS = {
    **{(process, step): usual(step) for process, steps in _USUAL.items() for step in steps},
    **{("answer", step): _consent(step) for step in ("consent", "revise_to_consent", "revise_conditions")},
    **{("change", step): _own_change(step) for step in ("ask", "agree", "refuse")},
    **{("change_answer", step): _own_change(step) for step in ("agree", "require_new")},
    ("notification", "draft"): _draft,
    ("notification", "resubmit"): _changed,
    ("notification", "correct"): _correct,
    ("notification", "supply_information"): _reply,
    ("guarantee", "apply"): _apply,
    ("guarantee", "complete"): _complete,
    ("guarantee", "approve"): _approve,
    ("guarantee", "refuse"): lambda walk, stream, party: {"decided_on": walk.day(), "reason": WORDS},
    ("guarantee", "release"): lambda walk, stream, party: {"released_on": walk.day()},
}
