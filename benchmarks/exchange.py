"""Two nodes, each a process with a file, a door and a postman: from a command here to the recorded fact there.

    python -m benchmarks.exchange [--cases 500]             both write to each other at the same time
    python -m benchmarks.exchange --backlog 20000           one writes all first, then all of it is drained

Prints JSON. What counts is the processor time of both processes together: commands, letters, seals, HTTP, the gate, the
record and the slip. Each case has a line of its own, and one letter goes over it.
"""

import argparse
import json
import logging
import multiprocessing
import socket
import tempfile
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import func, select

from tests.casefile import CASE, Request, act, named, open_node
from tests.federation.seals import Real
from tests.federation.two import Two
from waste_bpm.api.app import create_app
from waste_bpm.casework import peers
from waste_bpm.casework import store as stores
from waste_bpm.casework.node import Node
from waste_bpm.casework.signing import keep_keys, signer
from waste_bpm.casework.store import Store
from waste_bpm.casework.traffic import PARCEL
from waste_bpm.cli import clock
from waste_bpm.exchange.https import Postman
from waste_bpm.utility_blocks.seal import KeySet, PrivateKey

NAMES = ("ke", "kr")
_TOGETHER = 20
"""Commands between two rounds of the postman."""
_FORK = multiprocessing.get_context("fork")
_COUNT = select(func.count()).select_from(PARCEL)


def prepared(folder: Path, cases: int) -> tuple[dict[str, PrivateKey], dict[str, socket.socket], Any]:
    """Two databases with so many cases each, all acknowledged and waiting for both consents; keys and doors."""
    two = Two(seals=Real())
    two.file.transmitted()
    two.carried(two.written())
    two.file.act("KR-CA", "answer/KR", "acknowledge")
    two.carried(two.written("kr", "ke"), "ke")
    doors = {name: socket.create_server(("127.0.0.1", 0)) for name in NAMES}
    nodes = {name: two.file.world.nodes[name] for name in NAMES}
    for name, node in nodes.items():
        node.store.run(stores.OUTBOX.delete())
        keep_keys(node.store, KeySet(keys=tuple(key for key in two.seals.keys.keys if key.node == name)))
        _copied(node, cases)
    for name, node in nodes.items():
        other = nodes[NAMES[NAMES[0] == name]]
        file = peers.about(other, f"http://127.0.0.1:{doors[other.directory.own].getsockname()[1]}")
        peers.enter(node, file, file.peer.fingerprint)
    for name, node in nodes.items():
        (folder / f"{name}.db").write_bytes(node.store.database.connection.connection.driver_connection.serialize())
    two.close()
    return {name: two.seals.private[f"{name}-1"] for name in NAMES}, doors, two.file.world.now


def _copied(node: Node, cases: int) -> None:
    """The same case under other identities, with its documents."""
    for table in (stores.EVENT, stores.DOCUMENT):
        rows = [dict(row._mapping) for row in node.store.rows(table.select().where(table.c.case_id == CASE))]
        for row in rows:
            row.pop("position", None)
        for number in range(cases):
            node.store.write({table: [{**row, "case_id": _case(number)} for row in rows]})


def _case(number: int) -> str:
    return f"{CASE[:-5]}{number:05d}"


class Side:
    """One of the two processes."""

    def __init__(self, name: str, folder: Path, key: PrivateKey, door: socket.socket, begun: Any) -> None:
        began = time.monotonic()
        node = open_node(
            Store(f"sqlite:///{folder}/{name}.db"),
            lambda: begun + timedelta(days=1, seconds=time.monotonic() - began),
            named(CASE),
        )
        believes = peers.believed(node.store)
        self.node = replace(node, ids=clock.identity, sign=signer(key, node.clock), believes=believes)
        self.party = f"{name.upper()}-CA"
        self.postman = Postman(self.node, clock.chance)
        config = uvicorn.Config(create_app(self.node), log_config=None, access_log=False)
        self.server = uvicorn.Server(config)
        self.serving = threading.Thread(target=self.server.run, kwargs={"sockets": [door]}, daemon=True)
        self.serving.start()
        while not self.server.started:
            time.sleep(0.01)
        self.postman.client.get(f"http://127.0.0.1:{door.getsockname()[1]}/api/v1/health/live", timeout=120)

    def say(self, number: int) -> None:
        """Consent, in one of the cases."""
        asked = Request(case_id=_case(number), stream=f"answer/{self.party[:2]}", step="consent", party=self.party,
                        data=self.said, key=f"{self.party}/{number}")  # fmt: skip
        act(self.node, asked)

    said: Any = None

    def write(self, cases: int, *, post: bool) -> None:
        """Every command, with rounds of the postman between them or without any."""
        for number in range(cases):
            self.say(number)
            if post and number % _TOGETHER == 0:
                self.postman.round()

    def taken(self) -> int:
        return int(self.node.store.rows(_COUNT)[0][0])


def _run(name: str, how: dict[str, Any], said: Any, meet: Any, results: Any) -> None:
    logging.disable(logging.WARNING)
    side = Side(name, how["folder"], how["keys"][name], how["doors"][name], how["begun"])
    side.said = said[name]
    cases, writes, reads = (
        how["cases"],
        how["backlog"] == 0 or name == NAMES[0],
        how["backlog"] == 0 or name != NAMES[0],
    )
    first = side.taken()
    if how["backlog"] and writes:
        side.write(cases, post=False)
    meet.wait()
    began, cpu = time.perf_counter(), time.process_time()
    if not how["backlog"]:
        side.write(cases, post=True)
    marks = []
    while True:
        delivered = side.postman.round().delivered if writes else 0
        marks.append((side.taken() - first, time.process_time() - cpu))
        waits = bool(
            side.node.store.rows(select(stores.OUTBOX.c.node).where(stores.OUTBOX.c.state == "waiting").limit(1))
        )
        if not waits and (not reads or marks[-1][0] >= cases):
            break
        time.sleep(0 if delivered else 0.02)
    results.put(
        {"name": name, "cpu": time.process_time() - cpu, "seconds": time.perf_counter() - began, "marks": marks}
    )
    meet.wait()


def measure(cases: int, backlog: int = 0) -> dict[str, Any]:
    """Both processes, and what they say of themselves."""
    count = backlog or cases
    with tempfile.TemporaryDirectory() as place:
        keys, doors, begun = prepared(Path(place), count)
        how = {"folder": Path(place), "keys": keys, "doors": doors, "begun": begun, "cases": count, "backlog": backlog}
        said = {name: Two().file.usual(f"answer/{name.upper()}", "consent") for name in NAMES}
        meet, results = _FORK.Barrier(2), _FORK.Queue()
        sides = [_FORK.Process(target=_run, args=(name, how, said, meet, results), daemon=True) for name in NAMES]
        for side in sides:
            side.start()
        found = {each["name"]: each for each in (results.get(), results.get())}
        for side in sides:
            side.join()
    messages = count if backlog else 2 * count
    cpu = sum(each["cpu"] for each in found.values())
    told = {
        "schema": "waste-bpm/bench-exchange/v1",
        "messages": messages,
        "processor_seconds": round(cpu, 2),
        "seconds": round(max(each["seconds"] for each in found.values()), 2),
        "messages_per_processor_second": round(messages / cpu, 1),
        "bound": "at least 60",
    }
    return told | (_constant(found[NAMES[1]]["marks"], count) if backlog else {})


def _constant(marks: list[tuple[int, float]], count: int) -> dict[str, Any]:
    """Processor time of the receiver for a message, in the first and the last tenth."""
    tenth = count // 10
    first = next(mark for mark in marks if mark[0] >= tenth)
    before = next(mark for mark in marks if mark[0] >= count - tenth)
    last = marks[-1]
    ms = [1000 * first[1] / first[0], 1000 * (last[1] - before[1]) / max(1, last[0] - before[0])]
    return {"first_tenth_ms": round(ms[0], 3), "last_tenth_ms": round(ms[1], 3), "constant_within": "10 %"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=500, help="messages in each direction")
    parser.add_argument("--backlog", type=int, default=0, help="so many letters are written before the first goes")
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.cases, chosen.backlog), indent=2))


if __name__ == "__main__":
    main()
