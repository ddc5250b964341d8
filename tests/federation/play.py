"""One federation from one seed: a story, told on two to five nodes while everything goes wrong, until all is quiet."""

import random
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from tests.federation.checks import problems
from tests.federation.network import Network
from tests.federation.seals import Cheap, Real
from tests.federation.sites import FULL, OLDER, Died, Site
from tests.federation.story import CASE, Tale
from waste_bpm.casework.lapses import lapse
from waste_bpm.casework.line import Request, act, answered_keys
from waste_bpm.casework.outbox import receivers
from waste_bpm.casework.posting import post
from waste_bpm.casework.reception import release_all
from waste_bpm.casework.resending import resend
from waste_bpm.casework.traffic import PARCEL
from waste_bpm.errors import Conflict, InputInvalid, NotFound, NotPermitted, Refused, Unavailable

ROUNDS_TO_QUIET = 400
_HELD = select(func.count()).select_from(PARCEL).where(PARCEL.c.slip.is_(None), PARCEL.c.sender != "stranger")


@dataclass
class Told:
    """What became of a seed: what went wrong on the way, how much happened, and what is not as it must be."""

    seed: int
    faults: Counter = field(default_factory=Counter)
    events: int = 0
    letters: int = 0
    days: float = 0
    problems: list = field(default_factory=list)
    log: str = ""


class Federation:
    """Sites, the network between them, and a story."""

    def __init__(self, seed, *, real=False, calm=False, count=None):
        self.dice = random.Random(f"federation/{seed}")
        self.seed, self.calm = seed, calm
        self.begun = self.now = datetime(2026, 6, 1, 8, tzinfo=UTC)
        self.seals = Real() if real else Cheap()
        self.chance, self.spoken = random.Random(f"faults/{seed}"), {}
        self.tale = Tale(self.dice, self, count or self.dice.choice((2, 3, 3, 4, 5)))
        self.wishes = self.tale.wishes()
        self.sites = {}
        parties, waivers = self.tale.parties(), self.tale.waivers()
        for name in dict.fromkeys(party.node for party in parties):
            self.seals.add(name, tuple(party.id for party in parties if party.node == name))
            self.sites[name] = Site(name, CASE, parties, waivers, self.clock, self.seals, self.spoken)
        self.network = Network(self.dice, self.sites, self.clock)
        self.faults = self.network.seen
        self.silent = set()

    def clock(self):
        return self.now

    def home_of(self, party):
        return next(site.node for site in self.sites.values() if site.node.directory.hosts(party))

    def run(self):
        """Tell the story through all faults, heal, become quiet, and look at everything."""
        if not self.calm:
            self._troubled()
        for _ in range(60):
            self._round()
        self._healed()
        quiet = self._quiet()
        told = Told(seed=self.seed, faults=self.faults, days=(self.now - self.begun).total_seconds() / 86400)
        told.problems = problems(self) + ([] if quiet else ["it does not become quiet"])
        nodes = [site.node for site in self.sites.values()]
        told.events = sum(len(node.store.newer(CASE, 0)) for node in nodes)
        told.letters = sum(node.store.rows(select(func.count()).select_from(PARCEL))[0][0] for node in nodes)
        told.log = "/".join(row.hash for node in nodes for row in node.store.newer(CASE, 0))
        return told

    def close(self):
        for site in self.sites.values():
            site.store.close()

    def _troubled(self):
        dice, network = self.dice, self.network
        network.loss = dice.choice((0, 0.1, 0.3, 0.6))
        network.twice = dice.choice((0, 0.2, 0.5))
        network.late = dice.choice((0, 0.1, 0.4))
        network.carries = dice.choice((0, 0.2, 0.5))
        network.meddles = dice.choice((0, 0.5))
        self.crashes = dice.choice((0, 0.05, 0.15))
        self.partitions = dice.choice((0, 0.05, 0.1))
        self.skews = dice.choice((0, 0.1))
        self.rotates = dice.choice((0, 0.05))
        self.fills = self.chance.choice((0, 0, 0.03, 0.1))
        self.restores = self.chance.choice((0, 0, 0, 0.02))
        if self.chance.random() < 0.3:
            for name in self.chance.sample(
                [each for each in self.sites if each != "stranger"], self.chance.choice((1, 1, 2))
            ):
                self.spoken[name] = OLDER
                self.faults["older program"] += 1

    crashes = partitions = skews = rotates = fills = restores = 0.0

    def _round(self):
        self.now += timedelta(hours=self.dice.choice((1, 6, 20, 40, 60)) * self.dice.uniform(0.5, 1))
        self._trouble()
        names = list(self.sites)
        self.dice.shuffle(names)
        for name in names:
            if self.sites[name].up and name != "stranger" and self.dice.random() < 0.6:
                with self.died(name), self.filled(self.sites[name]), self.sites[name].program():
                    self._work(self.sites[name])
        self.network.deliver(self.died)
        self.network.meddle()

    def _work(self, site):
        if self.dice.random() < self.crashes:
            site.doomed(self.dice.randrange(30))
        for _ in range(3):
            self._act(site)
        if self.dice.random() < 0.5:
            lapse(site.node)
            release_all(site.node)
        self.network.stick(site.name)
        post(site.node, self.network.carry(site.name), self.dice.random)
        site.store.deadly = None

    def _act(self, site):
        mine = [wish for wish in self.wishes if wish.tries and site.node.directory.hosts(wish.party)]
        ready = next((wish for wish in mine if wish.after * 86400 <= (self.now - self.begun).total_seconds()), None)
        if ready is None:
            return
        ready.tries -= 1
        self.tale.acting = site.node
        key = f"{ready.party}/{ready.on}/{ready.step}/{ready.data}"
        try:
            data = self.tale.data(ready, site.clock())
            asked = Request(
                case_id=CASE, stream=ready.on, step=ready.step, party=ready.party, data=data, key=f"{key}/{ready.tries}"
            )
            act(site.node, asked)
        except (Refused, NotPermitted, InputInvalid, NotFound, Conflict):
            self.wishes.remove(ready)
            self.wishes.append(ready)
            return
        except Died:
            if not self._took_effect(site, asked):
                raise
            self.wishes.remove(ready)
            raise
        self.wishes.remove(ready)

    @staticmethod
    def _took_effect(site, asked):
        return asked.key in answered_keys(site.node)

    @contextmanager
    def died(self, name):
        """Where a process may die; whoever asked it gets no answer."""
        try:
            yield
        except Died:
            for site in self.sites.values():
                site.store.deadly = None
            self.sites[name].dead(from_disk=self.dice.random() < 0.3)
            self.faults["died"] += 1
        finally:
            self.sites[name].store.deadly = None

    @contextmanager
    def filled(self, site):
        """Where the disk may refuse what is written; whoever asked is told, and nothing of it is there."""
        try:
            yield
        except Unavailable as refused:
            if refused.findings != (FULL,):
                raise
            self.faults["disk full"] += 1
            site.store.deadly = None

    def _trouble(self):
        dice = self.dice
        names = list(self.sites)
        for site in self.sites.values():
            if not site.up and site.name not in self.silent and dice.random() < 0.4:
                site.back()
            if site.store.room is None and self.fills and self.chance.random() < self.fills:
                site.store.room = self.chance.randrange(40)
            elif site.store.room is not None and self.chance.random() < 0.4:
                site.store.room = None
            if self.restores and site.up and site.store.room is None:
                self._backed_up_or_restored(site)
            if dice.random() < self.skews:
                site.skew = timedelta(hours=dice.uniform(-72, 72)) if dice.random() < 0.5 else timedelta(0)
                self.faults["skewed"] += 1
        if dice.random() < self.partitions:
            lost, other = dice.sample(names, 2)
            pairs = [(lost, other)] if dice.random() < 0.5 else [(lost, each) for each in names]
            self.network.cut |= {*pairs, *((b, a) for a, b in pairs if dice.random() < 0.7)}
            self.faults["partition"] += 1
        if self.network.cut and dice.random() < 0.1:
            self.network.cut.clear()
        if dice.random() < self.rotates:
            name = dice.choice(names)
            parties = next(key.parties for key in self.seals.keys.keys if key.node == name)
            self.seals.add(name, parties)
            self.faults["key rotated"] += 1

    def _backed_up_or_restored(self, site):
        if self.chance.random() < 0.1:
            site.backed_up()
        elif self.chance.random() < self.restores and site.restored():
            self.faults["restored"] += 1

    def _handed_over_again(self):
        """Whoever looks after a restored node has asked its peers by telephone."""
        for lost in self.sites.values():
            for site in self.sites.values():
                if lost.lost_since is not None and site is not lost:
                    self.faults["sent again"] += resend(site.node, lost.name, lost.lost_since - timedelta(days=7))

    def _healed(self):
        self.network.loss = self.network.twice = self.network.late = self.network.meddles = self.network.carries = 0
        self.crashes = self.partitions = self.skews = self.rotates = self.fills = self.restores = 0
        self.network.cut.clear()
        for site in self.sites.values():
            site.skew = timedelta(0)
            site.store.room = None
            if not site.up:
                site.back()
        self._handed_over_again()

    def _quiet(self):
        """Whether it becomes quiet: nothing under way, no letter waits, no parcel is held."""
        busy = [site for site in self.sites.values() if site.name != "stranger"]
        for _ in range(ROUNDS_TO_QUIET):
            for site in busy:
                with site.program():
                    lapse(site.node)
                    release_all(site.node)
                    post(site.node, self.network.carry(site.name), self.dice.random)
            self.network.deliver(self.died)
            busy = [site for site in self.sites.values() if self._waits(site)]
            if not self.network.under_way and not busy:
                return True
            self.now += timedelta(hours=2) if busy else timedelta(days=1)
        return False

    @staticmethod
    def _waits(site):
        return bool(receivers(site.node)) or bool(site.store.rows(_HELD)[0][0])


def play(seed, **how):
    """What becomes of a seed."""
    federation = Federation(seed, **how)
    try:
        return federation.run()
    finally:
        federation.close()
