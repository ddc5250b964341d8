"""What the parties of a consignment want to do, each on its own node, as far as its node lets it."""

from dataclasses import dataclass
from datetime import date, timedelta

from tests.casefile import _KINDS, CASE, WORDS, CaseFile
from tests.processes.desk import mass, papers
from waste_bpm.law.rules import Waiver
from waste_bpm.vocabulary import Party, Role

STATES = ("KE", "SG", "LK", "MY", "KR")


@dataclass
class Wish:
    """An act that a party wants to take, from a moment on; given up after so many refusals."""

    party: str
    on: str
    step: str
    after: float = 0
    data: object = None
    tries: int = 60


class Tale(CaseFile):
    """A consignment file whose parties are spread over nodes that somebody else opens."""

    def __init__(self, dice, world, count):
        self.dice, self.world, self.regime = dice, world, "BASEL"
        self.states = ("KE", *dice.sample(STATES[1:-1], count - 2), "KR") if count > 1 else ("KE", "KR")
        self.nodes = {state: state.lower() for state in self.states}
        self.acting = None
        self.waived = [state for state in self.states[1:-1] if dice.random() < 0.5]
        self.submits = None

    def parties(self):
        """All of them, with the node of each, and an office whose node is not party to the case."""
        known = [
            Party(
                id=f"{state}-{kind}",
                name=f"{kind} of {state}",
                country=state,
                roles=frozenset(roles),
                node=self.nodes[state],
            )
            for state in self.states
            for kind, roles in _KINDS.items()
        ]
        return [
            *known,
            Party(
                id="ZA-CA", name="Elsewhere", country="ZA", roles=frozenset({Role.TRANSIT_AUTHORITY}), node="stranger"
            ),
        ]

    def waivers(self):
        """Which transit States do not ask for written consent."""
        return [Waiver(country=state, since=date(2000, 1, 1), until=None, source="register") for state in self.waived]

    @property
    def node(self):
        return self.acting or self.world.home_of("KE-N")

    def wishes(self):
        """The whole story, in the order in which each party wants it."""
        dice, first = self.dice, self.states[0]
        said = [Wish(f"{first}-N", "notification", "draft"), Wish(f"{first}-N", "notification", "submit")]
        said.append(Wish(f"{first}-CA", "notification", "transmit", dice.uniform(0, 3)))
        answers = []
        for state in self.states:
            answers += self._answer(state)
        movements = [each for serial in range(1, dice.randint(1, 3) + 1) for each in self._movement(serial)]
        if dice.random() < 0.15:
            state = dice.choice(self.states)
            movements.append(Wish(f"{state}-CA", f"answer/{state}", "withdraw_consent", dice.uniform(20, 60)))
        return [*said, *answers, *movements]

    def _answer(self, state):
        dice, on, party = self.dice, f"answer/{state}", f"{state}-CA"
        silent = state in self.waived and dice.random() < 0.2
        said = []
        if state != self.states[0]:
            said.append(Wish(party, on, "acknowledge", dice.uniform(0, 6)))
        if dice.random() < 0.2 and not silent and state != self.states[0]:
            said.append(Wish(party, on, "request_information", dice.uniform(3, 8)))
            reply = ("reply", state)
            said.append(Wish(f"{self.states[0]}-N", "notification", "supply_information", dice.uniform(5, 12), reply))
        if not silent:
            decides = "object" if dice.random() < 0.05 else "consent"
            said.append(Wish(party, on, decides, dice.uniform(4, 20)))
        return said

    def _movement(self, serial):
        dice, last = self.dice, self.states[-1]
        begin = dice.uniform(10, 22)
        ships = begin + 8
        border, on = f"border_check/{serial}/{last}-CU", f"movement/{serial}"
        said = [
            Wish(f"{self.states[0]}-N", on, "announce", begin, ("announced", ships)),
            Wish(f"{self.states[0]}-C", on, "depart", ships, "depart"),
            Wish(f"{last}-CU", border, "present", ships + 3, "present"),
            Wish(f"{last}-CU", border, "verify_documents", ships + 3, "verify"),
            Wish(f"{last}-CU", border, dice.choice(("release", "release", "hold", "refuse")), ships + 4, "decide"),
        ]
        whole = dice.random() < 0.7
        receives = "receive" if whole else "receive_in_part"
        said.append(Wish(f"{last}-F", f"receipt/{serial}", receives, ships + 5, receives))
        said.append(Wish(f"{last}-F", f"disposal/{serial}", "certify", ships + 8, "certify"))
        return said

    def data(self, wish, now):
        """What a wish says, of the moment at which it is taken."""
        if isinstance(wish.data, tuple):
            return getattr(self, f"_{wish.data[0]}")(wish, now)
        if wish.data in _SAID:
            return _SAID[wish.data](self, wish, now)
        if wish.step == "draft":
            self.drafted = self.notification(
                first_departure=(self.today + timedelta(days=12)).isoformat(),
                intended_shipments=3,
                intended_quantity=mass(100),
            )
            return self.drafted
        return self.usual(wish.on, wish.step)

    def _reply(self, wish, now):
        state = wish.data[1]
        return {"country": state, "request": f"{state}-1", "replies": [{"block": "N12", "text": WORDS}]}

    def _announced(self, wish, now):
        ships = max(self.world.begun.date() + timedelta(days=wish.data[1]), now.date() + timedelta(days=6))
        signed = {"name": "A. B", "function": "manager", "signed_on": now.date().isoformat()}
        data = {"serial": int(wish.on[-1]), "quantity": mass(20), "shipment_date": ships.isoformat()}
        return {
            **data,
            "packaging": ["4"],
            "packages": 4,
            "carriers": [f"{self.states[0]}-C"],
            "declaration": signed,
        }


def _depart(tale, wish, now):
    conveyance = {"means_of_transport": "R", "vehicle": "KDG 114C"}
    return {"departed_at": now.isoformat(), "place": "KEAAA", "carrier": wish.party, "conveyance": conveyance}


def _decide(tale, wish, now):
    result = {"release": "released", "hold": "held", "refuse": "refused"}[wish.step]
    said = {"office": wish.party, "point": "entry", "result": result, "decided_at": now.isoformat()}
    return {**said, "reasons": WORDS}


def _received(tale, wish, now):
    said = {"received_on": now.date().isoformat(), "received_quantity": mass(20)}
    return {**said, "accepted_quantity": mass(20), "operation": "R4"}


def _in_part(tale, wish, now):
    said = {"received_on": now.date().isoformat(), "received_quantity": mass(20)}
    parts = {"accepted_quantity": mass(14), "rejected_quantity": mass(6)}
    return {**said, **parts, "reason": WORDS, "location": "Bay 2"}


_SAID = {
    "depart": _depart,
    "present": lambda tale, wish, now: {
        "office": wish.party,
        "point": "entry",
        "place": "KRAAA",
        "arrived_at": now.isoformat(),
    },
    "verify": lambda tale, wish, now: papers(),
    "decide": _decide,
    "receive": _received,
    "receive_in_part": _in_part,
    "certify": lambda tale, wish, now: {
        "completed_on": now.date().isoformat(),
        "treated_quantity": mass(20),
        "operation": "R4",
    },
}
__all__ = ["CASE", "STATES", "Tale", "Wish"]
