"""A file under any regime, on one node or on one node per State: parties act, time passes, refusals say why."""

from copy import copy, deepcopy
from datetime import UTC, date, datetime, timedelta

from tests.engines import fresh
from tests.stage import consignment
from waste_bpm.casework import invariants, views
from waste_bpm.casework.lapses import lapse
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.registers import open_node, register
from waste_bpm.casework.store import Store
from waste_bpm.errors import InputInvalid, NotFound, NotPermitted, Refused
from waste_bpm.law.rules import Waiver
from waste_bpm.simulation.world import World, named
from waste_bpm.vocabulary import Party, Role

CASE = "11111111-2222-5333-8444-555555555555"
WORDS = [{"text": "as said"}]
_ROLES = {"export": Role.EXPORT_AUTHORITY, "transit": Role.TRANSIT_AUTHORITY, "import": Role.IMPORT_AUTHORITY}


def moment(at):
    """Noon UTC of a day, or the moment that is written."""
    if isinstance(at, datetime):
        return at
    if isinstance(at, date):
        return datetime(at.year, at.month, at.day, 12, tzinfo=UTC)
    return datetime.fromisoformat(at).replace(tzinfo=UTC) if "T" in at else moment(date.fromisoformat(at))


def concerned(event):
    """The stream that an event of the clock is about: that of the deadline that passed, or its own."""
    return event.facts["breached"].stream if "breached" in event.facts else event.stream


class CaseFile:
    """One case of example batteries from the first State to the last, through those between."""

    def __init__(
        self, regime="BASEL", states=("KE", "SG", "KR"), *, on="2026-06-01", each=False, waived=(), calendars=()
    ):
        self.states, self.regime = states, regime
        self.world = World(now=moment(on))
        waivers = [Waiver(country=state, since=date(2000, 1, 1), until=None, source="register") for state in waived]
        names = {state: state.lower() if each else "one" for state in states}
        parties = [
            Party(
                id=f"{state}-{kind}",
                name=f"{kind} of {state}",
                country=state,
                roles=frozenset(roles),
                node=names[state],
                calendar=dict(calendars).get(f"{state}-{kind}"),
            )
            for state in states
            for kind, roles in _KINDS.items()
        ]
        for name in dict.fromkeys(names.values()):
            store = Store(fresh())
            register(store, name, parties, waivers)
            self.world.nodes[name] = open_node(store, self.world.clock, named(CASE))

    def copy(self):
        """The same file as it stands now, in a world of its own."""
        other = copy(self)
        other.world = World(now=self.world.now)
        for name, node in self.world.nodes.items():
            store = Store("sqlite://")
            here, there = (each.database.connection.connection.driver_connection for each in (node.store, store))
            here.backup(there)
            other.world.nodes[name] = open_node(store, other.world.clock, named(CASE))
        return other

    @property
    def node(self):
        """The node of the State of export."""
        return self.world.home_of(f"{self.states[0]}-CA")

    @property
    def case(self):
        return self.node.case(CASE)

    @property
    def today(self):
        return self.world.now.date()

    def state(self, stream):
        instance = self.case.streams.get(stream)
        return "none" if instance is None else instance.state

    def at(self, when):
        self.world.now = moment(when)
        return self

    def act(self, party, on, step, data=None, **changes):
        """Take a step, with the usual document for it unless another is given; other nodes are told."""
        said = self.usual(on, step) if data is None else data
        data = {**said, **changes} if said is not None else None
        self.world.now += timedelta(seconds=1)
        outcome = self.ask(party, on, step, data)
        self.world.exchange()
        return outcome

    def ask(self, party, on, step, data):
        """The door by which a step is asked for."""
        node = self.world.home_of(party)
        return act(node, Request(case_id=CASE, stream=on, step=step, party=party, data=data))

    def refused(self, party, on, step, data=None, **changes):
        """The rules by which the step is refused; empty when it is taken."""
        try:
            self.act(party, on, step, data, **changes)
        except (Refused, NotPermitted, InputInvalid, NotFound) as error:
            return {finding.rule_id for finding in error.findings}
        return set()

    def wait(self, until):
        """Time passes, on every node; the types of the events that the clock recorded, with what each is about."""
        self.at(until)
        found = [
            (concerned(event), event.type)
            for node in self.world.nodes.values()
            for outcome in lapse(node)
            for event in outcome.events
        ]
        self.world.exchange()
        return found

    def events(self, *types):
        return [
            event
            for node in self.world.nodes.values()
            for event in views.events(node, CASE)
            if event.home and event.type in types
        ]

    def breaches(self):
        return [finding for node in self.world.nodes.values() for finding in invariants.check(node)]

    def ca(self, state):
        return f"{state}-CA"

    def submitted(self, **changes):
        notifier = f"{self.states[0]}-N"
        self.drafted = self.notification(**changes)
        self.act(notifier, "notification", "draft", self.drafted)
        self.act(notifier, "notification", "submit")
        return self

    def assessed(self):
        for step in ("record_receipt", "record_payment", "begin", "complete"):
            self.act(self.ca(self.states[0]), "assessment", step)
        return self

    def transmitted(self, **changes):
        self.submitted(**changes)
        if self.regime == "GB":
            self.assessed()
        self.act(self.ca(self.states[0]), "notification", "transmit")
        return self

    def acknowledged(self, *states):
        for state in states or self.states[1:]:
            self.act(self.ca(state), f"answer/{state}", "acknowledge")
        return self

    def completed(self):
        """Every authority is satisfied, and destination says so."""
        for state in self.states[1:]:
            self.act(self.ca(state), f"answer/{state}", "state_complete")
        self.act(self.ca(self.states[-1]), f"answer/{self.states[-1]}", "declare_completed")
        return self

    def consented(self, *states, **changes):
        for state in states or self.states:
            self.act(self.ca(state), f"answer/{state}", "consent", **changes)
        return self

    def effective(self, **changes):
        """All consents are there."""
        self.transmitted(**changes)
        (self.completed if self.regime == "EU" else self.acknowledged)()
        return self.consented()

    def notification(self, **changes):
        """The notification of the example, from the first State to the last, of today."""
        data = deepcopy(consignment().notification)
        first, last = self.states[0], self.states[-1]
        for person, party in (
            (data["notifier"], f"{first}-N"),
            (data["generators"][0]["party"], f"{first}-N"),
            (data["consignee"], f"{last}-F"),
            (data["facility"]["party"], f"{last}-F"),
            (data["carriers"][0]["party"], f"{first}-C"),
        ):
            person |= {"id": party, "country": party[:2]}
        data["carriers"] = data["carriers"][:1]
        data |= {
            "regime": self.regime,
            "number": "GB 0001 004211" if first == "GB" else f"{first} 000001",
            "first_departure": (self.today + timedelta(days=40)).isoformat(),
            "last_departure": (self.today + timedelta(days=300)).isoformat(),
            "route": [self._state(place, state) for place, state in enumerate(self.states)],
        }
        if self.regime == "GB":
            open_families = ["ec_list", "national_export", "national_import", "other"]
            data["waste"] = {**data["waste"], "not_applicable": open_families}
        data["declaration"] |= {"signed_on": self.today.isoformat()}
        return {**data, **changes}

    def filed(self, **changes):
        """The notification as it was drafted, with changes."""
        return {**deepcopy(self.drafted), **changes}

    def phoned(self):
        """The same notification with another telephone number of the notifier: nothing that anybody consented to."""
        return self.filed(notifier={**self.drafted["notifier"], "phone": "+254 20 9999999"})

    def _state(self, place, state):
        role = "export" if place == 0 else "import" if place == len(self.states) - 1 else "transit"
        entry = {"role": role, "country": state, "authority": f"{state}-CA"}
        if role != "export":
            entry |= {"entry_point": f"{state}AAA", "entry_office": f"{state}-CU"}
        if role != "import":
            entry |= {"exit_point": f"{state}AAA", "exit_office": f"{state}-CU"}
        return entry

    def usual(self, on, step):
        """The document that a step usually takes, of today; None where it takes the one on file."""
        today, key = self.today.isoformat(), on.rpartition("/")[2]
        made = USUAL.get((on.partition("/")[0], step), USUAL.get(step))
        if made is None:
            return None
        if callable(made):
            return made(self, key, today)
        return {
            name: {"TODAY": today, "KEY": key}.get(value, value) if isinstance(value, str) else value
            for name, value in made.items()
        }


_KINDS = {
    "N": [Role.NOTIFIER, Role.GENERATOR],
    "C": [Role.CARRIER],
    "CA": list(_ROLES.values()),
    "CU": [Role.CUSTOMS_EXIT, Role.CUSTOMS_TRANSIT, Role.CUSTOMS_ENTRY],
    "F": [Role.CONSIGNEE, Role.DISPOSER],
    "T": [Role.CONSIGNEE],
}


def _consent(file, key, today):
    until = (file.today + timedelta(days=300)).isoformat()
    data = {"country": key, "decided_on": today, "valid_from": today, "valid_until": until}
    return data | {"contract_confirmed": True} if key == file.states[-1] else data


def _update(becomes):
    def made(file, key, today):
        answer = file.case.streams.get(f"answer/{key}")
        number = 1 if answer is None else answer.decisions
        data = {"country": key, "decided_on": today, "replaces": number, "becomes": becomes, "reason": WORDS}
        return data | (_consent(file, key, today) if becomes == "consent" else {"grounds": [_ground(file)]})

    return made


def _ground(file):
    return {"text": WORDS, "code": "12(1)(c)"} if file.regime == "EU" else {"text": WORDS}


def _changed(file, key, today):
    return file.filed()


def _shipment(file, key, today):
    mass = {"amount": "20", "unit": "TNE"}
    date_ = file.case.streams["notification"].first_departure.isoformat()
    carriers = [f"{file.states[0]}-C"]
    signed = {"name": "A. B", "function": "manager", "signed_on": today}
    data = {"serial": int(key), "quantity": mass, "shipment_date": date_, "packaging": ["4"], "packages": 4}
    return {**data, "carriers": carriers, "declaration": signed}


USUAL = {
    "record_receipt": {"filed_on": "TODAY"},
    "record_payment": {"paid_on": "TODAY"},
    ("assessment", "begin"): {"begun_on": "TODAY", "officer": "A. Smith"},
    ("assessment", "complete"): {"assessed_on": "TODAY", "interim": False},
    "acknowledge": {"country": "KEY", "received_on": "TODAY", "acknowledged_on": "TODAY"},
    "read": {"country": "KEY", "read_on": "TODAY"},
    "request_information": lambda file, key, today: {
        "country": key,
        "request": f"{key}-{len(file.case.streams.get(f'answer/{key}').request) + 1 if file.case.streams.get(f'answer/{key}') else 1}",
        "questions": [{"block": "N12", "text": WORDS}],
    },
    "state_complete": {"country": "KEY", "complete_on": "TODAY"},
    "declare_completed": {"country": "KEY", "completed_on": "TODAY"},
    "declare_invalid": {"country": "KEY", "declared_on": "TODAY", "reason": WORDS},
    "consent": _consent,
    "object": lambda file, key, today: {"country": key, "decided_on": today, "grounds": [_ground(file)]},
    "revise_to_consent": _update("consent"),
    "revise_conditions": _update("consent"),
    "revise_to_objection": _update("objection"),
    "withdraw_consent": {"country": "KEY", "effective_on": "TODAY", "reason": WORDS},
    "prohibit": {"country": "KEY", "prohibited_on": "TODAY", "reason": WORDS},
    "lift_prohibition": {"country": "KEY", "lifted_on": "TODAY", "reason": WORDS},
    "unlock": {"unlocked_on": "TODAY", "reason": WORDS},
    "reject_changes": {"refused_on": "TODAY", "reason": WORDS},
    "reopen": {"reopened_on": "TODAY", "reason": WORDS},
    "withdraw": {"reason": WORDS},
    "resubmit": _changed,
    "correct": _changed,
    "announce": _shipment,
    ("change", "ask"): lambda file, key, today: {
        "change": int(key),
        "asked_on": today,
        "reason": WORDS,
        "notification": file.phoned(),
    },
    ("change", "agree"): lambda file, key, today: {"change": int(key), "agreed_on": today},
    ("change", "refuse"): lambda file, key, today: {"change": int(key), "refused_on": today, "reason": WORDS},
    ("change_answer", "agree"): lambda file, key, today: {"change": 1, "country": key, "answered_on": today},
    ("change_answer", "require_new"): lambda file, key, today: {"change": 1, "country": key, "answered_on": today},
}
