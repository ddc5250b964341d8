"""Stop the server hard while it is written to: nothing that was acknowledged is missing afterwards.

`python -m tests.servers --stops 50 --seed 1` kills a PostgreSQL of its own (its main process, or all at once as its own
`stop -m immediate` does) while two processes tell a story each; what they were told to be written is looked for when
the server is back.
"""

import argparse
import os
import random
import select
import signal
import time
from collections.abc import Sequence
from contextlib import closing

from sqlalchemy import select as query

from tests.crashes import Acknowledge, Ground, assert_sound, begun, ended, tell
from tests.engines import Server
from waste_bpm.casework.invariants import check
from waste_bpm.casework.store import EVENT
from waste_bpm.errors import Unavailable
from waste_bpm.simulation.world import StoryBroken

TELLERS = 2


class Load:
    """Stories that are told on databases of one server, each from where it stopped."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.ground = Ground("sqlite", None)
        self.urls: list[str] = []
        self.told: dict[str, set[str]] = {}
        self.finished = 0

    def begin(self) -> list[tuple[int, int]]:
        """Let each teller go on."""
        while len(self.urls) < TELLERS:
            url = self.server.create()
            self.urls.append(url)
            self.told[url] = set()
        return [begun(lambda acknowledge, url=url: _until_it_stops(url, acknowledge)) for url in self.urls]

    def end(self, tellers: Sequence[tuple[int, int]]) -> None:
        """Wait for the tellers; note what they were told, and put aside the stories that are at their end."""
        for url, teller in zip(tuple(self.urls), tellers, strict=True):
            lines = set(ended(teller).split("\n")[:-1])
            self.told[url] |= lines - {"end"}
            if "end" in lines:
                self.urls.remove(url)

    def look(self) -> int:
        """How much of what was acknowledged is missing; raises AssertionError where the log is not whole."""
        missing = 0
        for url in tuple(self.told):
            node = self.ground.opened(url)
            with closing(node.store):
                rows = node.store.rows(query(EVENT.c.stream, EVENT.c.version))
                missing += len(self.told[url] - {f"{row.stream} {row.version}" for row in rows})
                if rows:
                    assert_sound(node)
                if url not in self.urls:
                    assert check(node) == []
            if url not in self.urls:
                self.finished += len(self.told.pop(url))
        return missing

    @property
    def acknowledged(self) -> int:
        return self.finished + sum(map(len, self.told.values()))


def _until_it_stops(url: str, acknowledge: Acknowledge) -> None:
    try:
        tell(url, acknowledge)
    except (Unavailable, StoryBroken) as stopped_by:
        if not any(isinstance(each, Unavailable) for each in (stopped_by, stopped_by.__cause__)):
            raise


def stopped(stops: int, seed: int) -> tuple[int, int, float]:
    """Stop a server so often under load; gives what was acknowledged, what is missing, and the longest way back."""
    chance, server = random.Random(seed), Server()
    server.watch()
    load, missing, longest = Load(server), 0, 0.0
    for number in range(stops):
        tellers = load.begin()
        select.select([reading for _, reading in tellers], [], [], 30)
        time.sleep(chance.uniform(0.2, 1.8))
        if number % 2:
            server.run("pg_ctl", "-m", "immediate", "-W", "stop")
        else:
            os.kill(server.pid, signal.SIGKILL)
        since = time.monotonic()
        load.end(tellers)
        server.restart()
        longest = max(longest, time.monotonic() - since)
        missing += load.look()
    load.ground.remove()
    return load.acknowledged, missing, longest


def main() -> None:
    """A campaign: so many hard stops of a server that is written to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stops", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    first = time.monotonic()
    acknowledged, missing, longest = stopped(chosen.stops, chosen.seed)
    print(
        f"PostgreSQL, seed {chosen.seed}: {chosen.stops} hard stops under load in {time.monotonic() - first:.0f} s; "
        f"{acknowledged} acknowledged events, {missing} missing; back after {longest:.1f} s at most"
    )
    assert missing == 0, f"again: python -m tests.servers --stops {chosen.stops} --seed {chosen.seed}"


if __name__ == "__main__":
    main()
