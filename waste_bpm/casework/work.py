"""What a node does by itself: deadlines end, events are sealed, letters are handed over.

Any number of processes may do so over one database: each round takes what nobody else has. On a file, the process that
serves does it beside its requests.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from waste_bpm.casework.against_days import warn
from waste_bpm.casework.health import Check
from waste_bpm.casework.lapses import lapse
from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import Waiting, hand_over
from waste_bpm.casework.reception import release_all
from waste_bpm.casework.sealing import seal
from waste_bpm.casework.turning_away import forget
from waste_bpm.errors import WasteBpmError
from waste_bpm.logs import log

Send = Callable[[Waiting], bool]
"""Sends a letter, and tells whether its receiver has it for good."""
Deliver = Callable[[Node], int]
"""Brings what waits on its way and gives how much that was; receipts end the waiting later."""
_LATE = timedelta(minutes=5)
_WARNS_EVERY = timedelta(minutes=5)
_log = log(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What a round did."""

    lapsed: int = 0
    sealed: int = 0
    delivered: int = 0

    def __add__(self, other: "Done") -> "Done":
        return Done(
            lapsed=self.lapsed + other.lapsed,
            sealed=self.sealed + other.sealed,
            delivered=self.delivered + other.delivered,
        )


def nowhere(_: Waiting) -> bool:
    """Send nothing: letters wait until somebody hands them over."""
    return False


def work(node: Node, send: Send = nowhere, deliver: Deliver | None = None) -> Done:
    """One round; raises Unavailable where nothing may be written now."""
    node.store.refuse_halted()
    release_all(node)
    forget(node)
    delivered = 0 if send is nowhere else hand_over(node, send)
    delivered += deliver(node) if deliver is not None else 0
    return Done(lapsed=len(lapse(node)), sealed=seal(node), delivered=delivered)


class Worker:
    """Rounds in a thread of their own, from `with` to its end; a round that began is finished."""

    def __init__(self, node: Node, send: Send = nowhere, *, deliver: Deliver | None = None, every: float = 1.0) -> None:
        self.node, self.send, self.deliver, self.every = node, send, deliver, every
        self.failed: str | None = None
        self.done = Done()
        self.last: datetime | None = None
        self._warned: datetime | None = None
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
            self.round()
            self._end.wait(self.every)

    def round(self) -> None:
        """One round, whatever happens in it: what failed is tried again in the next."""
        try:
            done = work(self.node, self.send, self.deliver)
            self._warn()
        except WasteBpmError as error:
            self._failed(str(error), ",".join(finding.rule_id for finding in error.findings))
        except Exception as error:  # a round that breaks is told by `check` and by the log, and does not end the work
            self._failed(f"{type(error).__name__}, see the log", type(error).__name__)
            _log.exception("round broke")
        else:
            self.failed, self.done, self.last = None, self.done + done, self.node.clock()
            if done != Done():
                _log.info("round done", lapsed=done.lapsed, sealed=done.sealed, delivered=done.delivered)

    def _warn(self) -> None:
        """Tell of letters that may not arrive by their last day, from time to time."""
        now = self.node.clock()
        if self._warned is None or abs(now - self._warned) >= _WARNS_EVERY:
            warn(self.node)
            self._warned = now

    def _failed(self, why: str, rule: str) -> None:
        if self.failed != why:
            _log.warning("round failed", rule=rule)
        self.failed = why

    def check(self) -> Check:
        """Whether rounds are done, and with success."""
        if not self._thread.is_alive():
            return Check(name="worker", well=False, says="the worker has ended")
        if self.failed is not None:
            return Check(name="worker", well=False, says=f"its last round failed: {self.failed.rstrip('.')}")
        late = self.last is not None and self.node.clock() - self.last > _LATE
        return Check(name="worker", well=not late, says=f"last round at {self.last}" if self.last else "it begins")
