"""Kill a node where it hurts: at named points of its writing, or at any moment, on a file or on a server.

`python -m tests.crashes --engine sqlite --kills 200 --seed 1` runs a campaign and fails on the first loss. A process
that dies does not take what the operating system already holds with it; cut power is another test.
"""

import argparse
import multiprocessing
import os
import random
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import event as core
from sqlalchemy import func
from sqlalchemy import select as query

from tests import engines
from tests.stage import DEMO, case_id, consignment, entry, part, story
from waste_bpm.casework import projections
from waste_bpm.casework.arrivals import receive
from waste_bpm.casework.invariants import check
from waste_bpm.casework.lapses import lapse
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.log import verify
from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import hand_over, waiting
from waste_bpm.casework.registers import open_node
from waste_bpm.casework.sealing import seal
from waste_bpm.casework.store import EVENT, FEED, MESSAGE, Store
from waste_bpm.simulation.world import World, play

LATE = datetime(2027, 1, 1, tzinfo=UTC)


def departs(node: Node) -> None:
    act(node, Request(case_id=case_id(), key="k", **entry("Shipment 1 departs")))


def announces(node: Node) -> None:
    act(node, Request(case_id=case_id(), key="k", **entry("Shipment 1 of 25.0 t is announced")))


def hears(node: Node) -> None:
    receive(node, story().message(next(each for each in story().steps if each.say.startswith("Sri Lanka consents"))))


def late(node: Node) -> None:
    lapse(replace(node, clock=lambda: LATE))


def delivers(node: Node) -> None:
    hand_over(node, lambda letter: _sent(node))


def _sent(node: Node) -> bool:
    points = getattr(node.store, "points", None)
    if points is not None:
        points.pass_by("a letter was sent")
    return True


@dataclass(frozen=True)
class Operation:
    """Something a node does: from where in the story, what, and how often it took effect."""

    until: str
    run: Callable[[Node], object]
    effects: Callable[[Node], int]


def events_of(type: str) -> Callable[[Node], int]:
    count = query(func.count()).select_from(EVENT).where(EVENT.c.type == type)
    return lambda node: int(node.store.rows(count)[0][0])


def _placed(node: Node) -> int:
    return int(node.store.rows(query(func.count()).select_from(FEED))[0][0])


def _left(node: Node) -> int:
    return len(waiting(node))


OPERATIONS = {
    "departs": Operation("Shipment 1 departs", departs, events_of("MovementDeparted")),
    "announces": Operation("Shipment 1 of 25.0 t is announced", announces, events_of("MovementAnnounced")),
    "hears": Operation("Sri Lanka consents", hears, events_of("ConsentGiven")),
    "late": Operation("Shipment 1 is presented at Mombasa", late, events_of("DeadlineBreached")),
    "seals": Operation("Shipment 1 departs", seal, _placed),
    "delivers": Operation("Shipment 1 departs", delivers, _left),
}


class Points:
    """Every point at which the writing of a node can be cut, in the order in which it passes them."""

    def __init__(self, store: Store, stop: int | None = None) -> None:
        self.passed: list[str] = []
        self.stop = stop
        run, insert = store.database.run, store._insert
        store.points = self

        def running(statement: str, *values: Any) -> Any:
            name = statement.partition(" ")[0]
            self.pass_by(f"before {name}")
            done = run(statement, *values)
            self.pass_by(f"after {name}")
            return done

        def inserting(table: Any) -> str:
            self.pass_by(f"before {table.name}")
            return insert(table)

        store.database.__dict__["run"] = running
        store._insert = inserting
        core.listen(store.database.engine, "before_cursor_execute", self._core)

    def _core(self, *args: Any) -> None:
        words = args[2].split()
        if words[0] != "SELECT":
            self.pass_by(f"before {' '.join(words[:3])}")

    def pass_by(self, name: str) -> None:
        """Note a point, or die at it."""
        self.passed.append(name)
        if self.stop == len(self.passed):
            os.kill(os.getpid(), signal.SIGKILL)


def opened(url: str, node: Node) -> Node:
    """The node of a copy of its database, with the same clock and identities."""
    store = Store(url)
    try:
        return open_node(store, node.clock, node.ids)
    except BaseException:
        store.close()
        raise


class Ground:
    """Where nodes are killed: a database told up to a point, of which each kill gets a copy of its own."""

    def __init__(self, engine: str, until: str | None) -> None:
        self.engine = engine
        self._effects: tuple[int, int] | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="waste-bpm-crash"))
        self.origin = self._empty()
        world = World(now=datetime(2026, 1, 1, tzinfo=UTC))
        self.node = world.host(consignment(), "demo", DEMO, Store(self.origin))
        if until is not None:
            for _ in play(world, part(until)):
                pass
        self.node.store.close()

    def _empty(self) -> str:
        if self.engine == "sqlite":
            return f"sqlite:///{self.folder}/origin.db"
        return engines.server().create(engines.prepared())

    def copy(self, name: str = "copy") -> str:
        """The address of a fresh copy."""
        if self.engine == "postgresql":
            return engines.server().create(engines.name_of(self.origin))
        for rest in ("-wal", "-shm"):
            (self.folder / f"{name}.db{rest}").unlink(missing_ok=True)
        shutil.copy(self.folder / "origin.db", self.folder / f"{name}.db")
        return f"sqlite:///{self.folder}/{name}.db"

    def effects(self, operation: Operation) -> tuple[int, int]:
        """How often an operation took effect before and after an undisturbed run."""
        if self._effects is None:
            url = self.copy("undisturbed")
            node = self.opened(url)
            before = operation.effects(node)
            operation.run(node)
            self._effects = before, operation.effects(node)
            node.store.close()
            self.drop(url)
        return self._effects

    def opened(self, url: str) -> Node:
        """The node on a copy, as it stands now."""
        return opened(url, self.node)

    def drop(self, url: str) -> None:
        """Remove a copy of a server; a file is written over."""
        if self.engine == "postgresql":
            with psycopg.connect(engines.server().url("postgres"), autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {engines.name_of(url)} WITH (FORCE)")

    def remove(self) -> None:
        """Clean up."""
        shutil.rmtree(self.folder, ignore_errors=True)


def points_of(ground: Ground, operation: Operation) -> list[str]:
    """The points that an undisturbed run passes."""
    url = ground.copy()
    node = ground.opened(url)
    points = Points(node.store)
    operation.run(node)
    node.store.close()
    ground.drop(url)
    return points.passed


Acknowledge = Callable[[bytes], object]


def begun(work: Callable[[Acknowledge], None]) -> tuple[int, int]:
    """Begin some work in a process of its own; gives the process, and where it says what it acknowledges."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    try:
        os.close(reading)
        work(lambda said: os.write(writing, said))
    except BaseException as error:
        os.write(writing, f"FAILED {error!r}".encode())
    os._exit(0)


def ended(process: tuple[int, int], kill_after: float | None = None) -> str:
    """What a process acknowledged before it ended or was killed."""
    child, reading = process
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    said = b""
    while select.select([reading], [], [], 60)[0] and (more := os.read(reading, 65536)):
        said += more
    os.close(reading)
    os.waitpid(child, 0)
    assert b"FAILED" not in said, said.decode()
    return said.decode()


def killed_at(ground: Ground, operation: Operation, stop: int) -> None:
    """Kill an operation at one of its points: it did all or nothing, and doing it again does it once."""
    url = ground.copy()

    def doing(acknowledge: Acknowledge) -> None:
        node = ground.opened(url)
        Points(node.store, stop)
        operation.run(node)
        acknowledge(b"done")

    said = ended(begun(doing))
    node = ground.opened(url)
    with closing(node.store):
        assert_sound(node)
        now, (before, after) = operation.effects(node), ground.effects(operation)
        if operation.run is not delivers:
            assert now in ({after} if said else {before, after}), (now, before, after)
        operation.run(replace(node, clock=lambda: LATE) if operation.run is delivers else node)
        assert operation.effects(node) == after
        assert_sound(node)
    ground.drop(url)


def assert_sound(node: Node) -> None:
    """The log is whole and the projections are what it says."""
    verdict = verify(node.store)
    assert verdict.whole, verdict.broken
    assert projections.differing(node) == []


def killed_at_any_moment(engine: str, kills: int, seed: int) -> tuple[int, int]:
    """Tell the story again and again with kills at random moments; gives kills and acknowledged events, none lost."""
    chance = random.Random(seed)
    ground = Ground(engine, None)
    done = acknowledged = 0
    while done < kills:
        url, told, finished = ground.copy(), set(), False
        while not finished:
            wait = chance.uniform(0.0, 0.4) if done < kills else None
            said = ended(begun(lambda acknowledge, url=url: tell(url, acknowledge)), wait)
            *lines, _ = said.split("\n")
            finished = "end" in lines
            done += wait is not None and not finished
            told |= set(lines) - {"end"}
            node = ground.opened(url)
            with closing(node.store):
                assert_sound(node)
                there = {
                    f"{row.stream} {row.version}" for row in node.store.rows(query(EVENT.c.stream, EVENT.c.version))
                }
                assert told <= there, told - there
                if finished:
                    assert check(node) == []
                    assert len(there) == int(node.store.rows(query(func.count()).select_from(EVENT))[0][0])
                    assert not node.store.rows(query(MESSAGE.c.id).group_by(MESSAGE.c.id).having(func.count() > 1))
        acknowledged += len(told)
        ground.drop(url)
    ground.remove()
    return done, acknowledged


def killed_in_lanes(engine: str, kills: int, seed: int, lanes: int) -> tuple[int, int]:
    """The same in several processes side by side, each with its share of the kills and a seed of its own."""
    if engine == "postgresql":
        engines.prepared()
    shares = [kills // lanes + (lane < kills % lanes) for lane in range(lanes)]
    with ProcessPoolExecutor(lanes, mp_context=multiprocessing.get_context("fork")) as pool:
        found = list(pool.map(killed_at_any_moment, [engine] * lanes, shares, range(seed, seed + lanes)))
    return sum(done for done, _ in found), sum(acknowledged for _, acknowledged in found)


def tell(url: str, acknowledge: Acknowledge) -> None:
    world = World(now=datetime(2026, 1, 1, tzinfo=UTC))
    world.host(consignment(), "demo", DEMO, Store(url))
    for each in play(world, story()):
        for event in each.events:
            acknowledge(f"{event.stream} {event.version}\n".encode())
    acknowledge(b"end\n")


def main() -> None:
    """A campaign: every named point of every operation, then random kills."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=engines.ENGINES, default="sqlite")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=2, help="how many stories are told and killed side by side")
    chosen = parser.parse_args()
    begun, points = time.monotonic(), 0
    for name, operation in OPERATIONS.items():
        ground = Ground(chosen.engine, operation.until)
        passed = points_of(ground, operation)
        for stop in range(1, len(passed) + 1):
            killed_at(ground, operation, stop)
        points += len(passed)
        ground.remove()
        print(f"{name}: {len(passed)} points, all or nothing at each")
    done, acknowledged = killed_in_lanes(chosen.engine, chosen.kills, chosen.seed, chosen.lanes)
    took = time.monotonic() - begun
    print(
        f"{chosen.engine}, seed {chosen.seed}, {chosen.lanes} lanes: {points} named points and {done} random kills in {took:.0f} s; "
        f"{acknowledged} acknowledged events, 0 lost, 0 twice; the log whole after each"
    )


if __name__ == "__main__":
    main()
