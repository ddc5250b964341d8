"""What a node does by itself: deadlines end, events are sealed, letters are handed over.

Any number of processes may do so over one database: each round takes what nobody else has. On a file, the process that
serves does it beside its requests.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from waste_bpm.casework.lapses import lapse
from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import Waiting, hand_over
from waste_bpm.casework.sealing import seal
from waste_bpm.errors import WasteBpmError

Send = Callable[[Waiting], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What a round did."""

    lapsed: int
    sealed: int
    delivered: int


def nowhere(_: Waiting) -> bool:
    """Send nothing: letters wait until somebody hands them over."""
    return False


def work(node: Node, send: Send = nowhere) -> Done:
    """One round; raises Unavailable where nothing may be written now."""
    node.store.refuse_halted()
    delivered = 0 if send is nowhere else hand_over(node, send)
    return Done(lapsed=len(lapse(node)), sealed=seal(node), delivered=delivered)


class Worker:
    """Rounds in a thread of their own, from `with` to its end; a round that began is finished."""

    def __init__(self, node: Node, send: Send = nowhere, *, every: float = 1.0) -> None:
        self.node, self.send, self.every = node, send, every
        self.failed: str | None = None
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="work", daemon=True)

    def __enter__(self) -> "Worker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                work(self.node, self.send)
                self.failed = None
            except WasteBpmError as error:
                self.failed = str(error)
            self._end.wait(self.every)
