"""A site: where a node runs, with a clock of its own, that can die at any point of its writing and come back."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from waste_bpm.casework.databases import _file, _settled
from waste_bpm.casework.node import Node
from waste_bpm.casework.registers import open_node, register
from waste_bpm.casework.store import Store
from waste_bpm.simulation.world import named


class Died(BaseException):
    """The process is gone, in the middle of what it did."""


class Mortal(Store):
    """A store whose process can be killed: before any of its statements, or between a commit and the answer."""

    deadly: int | None = None
    passed = 0

    def point(self):
        """One place at which a process can die."""
        if self.deadly is not None:
            self.passed += 1
            if self.passed > self.deadly:
                self.deadly = None
                raise Died

    @contextmanager
    def transaction(self):
        outermost = self._open is None
        with super().transaction() as connection:
            yield connection
        if outermost:
            self.point()

    def write(self, *args):
        self.point()
        return super().write(*args)

    def replace(self, *args):
        self.point()
        super().replace(*args)

    def run(self, *args):
        self.point()
        return super().run(*args)


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

    def __init__(self, name, case, parties, waivers, clock, seals):
        self.name, self.case, self.true_clock, self.seals = name, case, clock, seals
        self.skew, self.latest = timedelta(0), clock()
        self.up = True
        self.store = fresh()
        register(self.store, name, parties, waivers)
        self.node = self._opened()

    def clock(self):
        """What time this site believes it is: too early or too late, but never earlier than it believed before."""
        self.latest = max(self.latest, self.true_clock() + self.skew)
        return self.latest

    def _opened(self) -> Node:
        node = open_node(self.store, self.clock, named(self.case))
        return replace(node, sign=lambda data: self.seals.sign(self.name, data), believes=self.seals.believes)

    def doomed(self, points):
        """The process will die after so many places at which it can."""
        self.store.deadly, self.store.passed = points, 0

    def dead(self, *, from_disk):
        """The process is gone; what it had committed is on disk."""
        self.up = False
        self.store.deadly = None
        self.store.memory.clear()
        if from_disk:
            content = raw(self.store).serialize()
            self.store.close()
            self.store = fresh(content)

    def back(self):
        """A new process over what the old one had committed."""
        self.up = True
        self.node = self._opened()
