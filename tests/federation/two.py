"""Two nodes that trust each other's keys, and a stranger's key; letters wait until a test carries them."""

from dataclasses import replace

from sqlalchemy import select

from tests.casefile import CASE, CaseFile
from tests.federation.seals import Cheap
from waste_bpm.casework import turning_away
from waste_bpm.casework.outbox import waiting
from waste_bpm.casework.posting import sealed
from waste_bpm.casework.reception import take_in
from waste_bpm.casework.store import EVENT
from waste_bpm.casework.traffic import PARCEL
from waste_bpm.utility_blocks.parcel import Parcel


class Two:
    """The States of export and import, and what the first has written to the second."""

    def __init__(self, states=("KE", "KR"), seals=None):
        self.file = CaseFile(states=states, each=True)
        self.seals = seals or Cheap()
        nodes = self.file.world.nodes
        for name in [*nodes, "zz"]:
            self.seals.add(name, tuple(f"{name.upper()}-{kind}" for kind in ("N", "C", "CA", "CU", "F")))
        for name, node in nodes.items():
            nodes[name] = replace(node, sign=self.signer(name), believes=self.seals.believes)
        self.file.world.exchange = lambda: 0

    def signer(self, name):
        return lambda data: self.seals.sign(name, data)

    @property
    def ke(self):
        return self.file.world.nodes["ke"]

    @property
    def kr(self):
        return self.file.world.nodes["kr"]

    def written(self, origin="ke", to="kr"):
        """The parcels that wait at one for the other."""
        node = self.file.world.nodes[origin]
        return [sealed(node, letter) for letter in waiting(node) if letter.node == to]

    def story(self):
        """The notification, a consent and its withdrawal: three letters from the State of export."""
        self.file.transmitted()
        self.file.act("KE-CA", "answer/KE", "consent")
        self.file.act("KE-CA", "answer/KE", "withdraw_consent")
        return self.written()

    def carried(self, sents, to="kr"):
        """Let them arrive; gives the slips."""
        return [take_in(self.file.world.nodes[to], sent) for sent in sents]

    def close(self):
        for node in self.file.world.nodes.values():
            node.store.close()


def parcel_of(sent, **changes):
    """The parcel of what was sent, changed."""
    return Parcel.model_validate_json(sent.parcel).model_copy(update=changes)


def state_of(node):
    """All that counts on a node: its log, and where it stands with its parcels."""
    lines = node.store.rows(select(EVENT.c.hash).order_by(EVENT.c.position))
    taken = node.store.rows(select(PARCEL.c.message, PARCEL.c.state).where(PARCEL.c.state == "recorded"))
    return [row.hash for row in lines], sorted(map(tuple, taken))


def turned_away(node):
    """The rules by which something was turned away, in order."""
    return [row["rule"] for row in reversed(turning_away.turned_away(node.store))]


__all__ = ["CASE", "Two", "parcel_of", "state_of", "turned_away"]
