"""Who fills in a document in a walk: what the case says, what day it is, and dice for the rest."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from random import Random

from tests.casefile import CASE, CaseFile
from waste_bpm.casework.dossier import Dossier, dossier
from waste_bpm.errors import NotFound
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case
from waste_bpm.processes.decide import state_of

ROUTES = {
    "BASEL": (("KE", "SG", "KR"), ("KE", "US", "KR")),
    "OECD": (("CH", "TR", "KR"), ("US", "JP", "KR")),
    "EU": (("DE", "FR", "BE"), ("DE", "CH", "IT")),
    "GB": (("GB", "NL", "DE"),),
}
"""Ways under each regime; some go through a State that is no Party, or does not share the terms of the others."""
CALENDARS = {"GB": (("GB-CA", "GB-ENG"),)}
SLIP = 0.05
"""How often a value is wrong."""
LEAD = 6
"""Calendar days that hold the working days which a regime may ask for before a shipment."""
BEGINNINGS = 4
"""From how many beginnings of a story its walks set out under one regime."""


class Teller:
    """A case, some dice, and the values that are written in its documents."""

    def __init__(self, dice, file, slips):
        self.dice, self.file, self.slips = dice, file, slips

    @property
    def regime(self):
        return self.file.regime

    @property
    def node(self):
        return self.file.node

    @property
    def case(self):
        return self.case_on(self.node)

    def case_on(self, node):
        """The case as a node shows it; an empty one before its first event."""
        try:
            return node.case(CASE)
        except NotFound:
            return Case(id=CASE)

    def stream(self, name):
        """What the case remembers of an instance; a new one where there is none yet."""
        return self.case.streams.get(name) or PROCESSES[name.partition("/")[0]].instance()

    def state(self, stream):
        return state_of(self.case, stream)

    def chance(self, share):
        return self.dice.random() < share

    def slip(self):
        """Whether a value is to be wrong this time; never in the beginning of a story."""
        return self.slips and self.chance(SLIP)

    def some(self, *values):
        return self.dice.choice(values)

    @property
    def lead(self):
        """The days before a shipment on which it may be announced."""
        held = self.node.law_of(self.case).on("movement_lead", self.file.today)
        return 0 if held is None or held.value is None else LEAD

    def amount(self, whole):
        """A quantity, mostly the one that is due, in tonnes."""
        if whole is None or self.slip():
            whole = self.some("0.000001", "1", "6", "25", "60000.1")
        return {"amount": format(whole, "f") if not isinstance(whole, str) else whole, "unit": "TNE"}

    @property
    def today(self):
        return self.file.today.isoformat()

    @property
    def now(self):
        return self.file.world.now.isoformat()

    def day(self, first=None):
        """A day on which it happened: today mostly, or a day since the first that fits, and seldom a wrong one."""
        if self.slip():
            return (self.file.today + timedelta(days=self.some(-40, -1, 1))).isoformat()
        return (first if self.slips and first is not None and self.chance(0.1) else self.file.today).isoformat()


def after(earlier):
    """Mark what leads to the beginning of a story as going on from an earlier beginning."""

    def mark(begin):
        begin.earlier = earlier
        return begin

    return mark


@dataclass(frozen=True)
class Beginning:
    """A case from which walks set out, and all that its nodes hold of it."""

    file: CaseFile
    dossiers: dict[str, Dossier]


@cache
def beginning(begin, regime, number, each):
    """A case that has come as far as a story begins, by public acts; walks set out from copies of it.

    The States of transit have waived written consent in one half of them; `each` State may have a node of its own.
    """
    earlier = getattr(begin, "earlier", None)
    before = beginning(earlier, regime, number, each) if earlier else _unheard_of(regime, number, each)
    file = before.file.copy()
    begin(Teller(Random(f"{begin.__name__}/{regime}/{number}"), file, slips=False))
    nodes = file.world.nodes.items()
    return Beginning(file, {name: dossier(node, CASE, before=before.dossiers.get(name)) for name, node in nodes})


@cache
def _unheard_of(regime, number, each):
    """A file of which nobody has heard."""
    states = ROUTES[regime][number % len(ROUTES[regime])]
    waived = states[1:2] if number < BEGINNINGS // 2 else ()
    return Beginning(CaseFile(regime, states, each=each, waived=waived, calendars=CALENDARS.get(regime, ())), {})
