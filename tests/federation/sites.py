"""A site: where a node runs, with a clock of its own, that can die at any point of its writing and come back."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from sqlalchemy import func, select

from waste_bpm.casework.databases import _file, _settled
from waste_bpm.casework.lines import OUT
from waste_bpm.casework.node import Node
from waste_bpm.casework.registers import open_node, register
from waste_bpm.casework.store import EVENT, Store
from waste_bpm.casework.traffic import LINE
from waste_bpm.errors import Unavailable
from waste_bpm.simulation.world import named
from waste_bpm.utility_blocks import gate
from waste_bpm.vocabulary import Finding

FULL = Finding(rule_id="store-unavailable", message="The database does not answer: database or disk is full.")
OLDER = {"UB-TMW-03": 0}
"""The blocks of which an older node knows an earlier minor version only."""


class Died(BaseException):
    """The process is gone, in the middle of what it did."""


class Mortal(Store):
    """A store whose process can be killed: before any of its statements, or between a commit and the answer."""

    deadly: int | None = None
    room: int | None = None
    passed = 0

    def point(self):
        """One place at which a process can die."""
        if self.deadly is not None:
            self.passed += 1
            if self.passed > self.deadly:
                self.deadly = None
                raise Died

    def fill(self):
        """One statement that needs room on the disk."""
        if self.room is not None:
            self.room -= 1
            if self.room < 0:
                raise Unavailable(FULL)

    @contextmanager
    def transaction(self):
        outermost = self._open is None
        with super().transaction() as connection:
            yield connection
        if outermost:
            self.point()

    def write(self, *args):
        self.point()
        self.fill()
        return super().write(*args)

    def replace(self, *args):
        self.point()
        self.fill()
        super().replace(*args)

    def run(self, *args):
        self.point()
        self.fill()
        return super().run(*args)


_EVERY = gate._SPOKEN
_OLDER = {root: said for root, said in _EVERY.items() if said[1] <= OLDER.get(said[0].block, said[1])}
_empty: dict[bytes, bytes] = {}
_engine = _settled(_file("sqlite://"))
"""One engine for all: each connection has a database of its own, and statements are compiled once."""


def fresh(content=None):
    """A store in memory: with this content, or empty."""
    store = Mortal.__new__(Mortal)
    if content is None and not _empty:
        made = Mortal("sqlite://")
        _empty[b""] = raw(made).serialize()
        made.close()
    prepare = Mortal._prepare
    try:
        Mortal._prepare = lambda self, _: _begin(self, content or _empty[b""])
        store.__init__("sqlite://")
    finally:
        Mortal._prepare = prepare
    return store


def _begin(store, content):
    """A database with this content, which knows the statements that others have compiled."""
    store.database.engine = _engine
    raw(store).deserialize(content)


def raw(store):
    """The connection of the driver."""
    return store.database.connection.connection.driver_connection


class Site:
    """One node of a federation."""

    def __init__(self, name, case, parties, waivers, clock, seals, spoken):
        self.name, self.case, self.true_clock, self.seals = name, case, clock, seals
        self.skew, self.latest = timedelta(0), clock()
        self.up, self.spoken = True, spoken
        self.backup = self.lost_since = None
        self.store = fresh()
        register(self.store, name, parties, waivers)
        self.node = self._opened()

    def clock(self):
        """What time this site believes it is: too early or too late, but never earlier than it believed before."""
        self.latest = max(self.latest, self.true_clock() + self.skew)
        return self.latest

    def _opened(self) -> Node:
        node = open_node(self.store, self.clock, named(self.case))
        return replace(
            node,
            sign=lambda data: self.seals.sign(self.name, data),
            believes=self.seals.believes,
            speaks=lambda name, block: self.spoken.get(name, {}).get(block),
        )

    @contextmanager
    def program(self):
        """What runs here runs with the program of this site, which may be an older one."""
        with patch.object(gate, "_SPOKEN", _OLDER if self.name in self.spoken else _EVERY):
            yield

    def doomed(self, points):
        """The process will die after so many places at which it can."""
        self.store.deadly, self.store.passed = points, 0

    def dead(self, *, from_disk):
        """The process is gone; what it had committed is on disk."""
        self.up = False
        self.store.deadly = None
        self.store.memory.clear()
        if from_disk:
            content, room = raw(self.store).serialize(), self.store.room
            self.store.close()
            self.store = fresh(content)
            self.store.room = room

    def backed_up(self):
        """Somebody keeps a copy of the database, with the time and with how much this node has written by itself."""
        self.backup = raw(self.store).serialize(), self.clock(), self._own()

    def restored(self):
        """The node begins again from its last copy, if it wrote nothing since; gives whether it does."""
        if self.backup is None or self.backup[2] != self._own():
            return False
        content, at, _ = self.backup
        self.lost_since = min(at, self.lost_since or at)
        self.store.close()
        self.store = fresh(content)
        self.back()
        return True

    def _own(self):
        """How much this node has written: events that it decided, and letters that it numbered."""
        decided = self.store.rows(select(func.count()).select_from(EVENT).where(EVENT.c.home))[0][0]
        return decided, self.store.rows(select(func.coalesce(func.sum(LINE.c.seq), 0)).where(LINE.c.direction == OUT))[
            0
        ][0]

    def back(self):
        """A new process over what the old one had committed."""
        self.up = True
        self.node = self._opened()
