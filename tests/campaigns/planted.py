"""Planted bugs: each is put into a process of its own, and one of the checks must find it.

`python -m tests.campaigns.planted` plants all of them and says of each whether it was found, and by which check; first
each check is run without a bug and must find nothing. `--quick` leaves out those that need a server or many runs.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import false, text

from tests import crashes, storage
from tests.casework import test_permissions as table
from tests.races import ANNOUNCED, CONSENTS, DEPARTS, Track, announcing, asking, count, taking
from tests.stage import DEMO, case_id, entry, node_of, played
from waste_bpm.casework import (
    arrivals,
    databases,
    lapses,
    line,
    log,
    outbox,
    permissions,
    projections,
    rows,
    schema,
    sealing,
)
from waste_bpm.casework.databases import Database
from waste_bpm.casework.invariants import check
from waste_bpm.casework.lapses import lapse
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.log import verify
from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import hand_over, waiting
from waste_bpm.casework.sealing import seal
from waste_bpm.casework.store import ANSWERED, CASE_FILE, DEADLINE, EVENT, FEED, MESSAGE, OUTBOX, Store
from waste_bpm.errors import Conflict, WasteBpmError
from waste_bpm.processes import PROCESSES, announcement, answer_rules, deadlines
from waste_bpm.processes.case import Clock
from waste_bpm.processes.ledger import Ledger
from waste_bpm.processes.process import Process
from waste_bpm.vocabulary import Role

Check = Callable[[], None]
LATE = datetime(2027, 1, 1, tzinfo=UTC)


# What finds them


def sound(node: Node) -> None:
    """The log is whole, the projections are what it says, and every invariant holds."""
    verdict = verify(node.store)
    assert verdict.whole, verdict.broken
    assert projections.differing(node) == [], projections.differing(node)
    broken = check(node)
    assert broken == [], str(broken[0])


def telling() -> None:
    """The whole story, on one node that knows others, then every check of its store."""
    sound(node_of(played(hosting=DEMO)))


def sealing_it() -> None:
    """Every event has its place under a head."""
    node = node_of(played(DEPARTS, hosting=DEMO))
    seal(node)
    sound(node)
    assert count(node, FEED) == count(node, EVENT), "events without a place in the feed"


def misdeeds() -> None:
    """What the law refuses is tried; whatever of it was let through, an invariant names."""
    node = node_of(played(CONSENTS, hosting=DEMO))
    for at, words in (("2026-03-26", ANNOUNCED), ("2026-04-01", DEPARTS)):
        _try(node, at, taking(words))
    sound(node)
    node = node_of(played(DEPARTS, hosting=DEMO))
    why = [{"text": "The facility is closed", "language": "en"}]
    _try(node, "2026-03-31", taking(CONSENTS))
    _try(node, "2026-03-31", asking("answer/KR", "prohibit", "KR-CA", country="KR", prohibited_on="TODAY", reason=why))
    _try(node, "2026-04-01", taking(DEPARTS))
    _try(node, "2026-04-01", taking(DEPARTS))
    sound(node)


def _try(node: Node, at: str, misdeed: Callable[[Node], object]) -> None:
    moment = datetime.fromisoformat(at).replace(hour=8, tzinfo=UTC)
    with suppress(WasteBpmError):
        misdeed(replace(node, clock=lambda: moment))


def time_passing() -> None:
    """A year passes, and the clock is asked twice."""
    node = node_of(played("Shipment 1 is presented at Mombasa", hosting=DEMO))
    late = replace(node, clock=lambda: LATE)
    lapse(late)
    lapse(late)
    sound(node)


def on_the_last_day() -> None:
    """On the last day of a silence it has not ended."""
    node = node_of(played("The authority of Kenya authorises the export", hosting=DEMO))
    due = max(clock.due for clock in node.case(case_id()).streams["answer/SG"].clocks)
    last = datetime(due.year, due.month, due.day, 9, tzinfo=UTC)
    lapse(replace(node, clock=lambda: last))
    sound(node)


def nobody_there() -> None:
    """A letter that nobody took still waits."""
    node = node_of(played("Korea acknowledges", hosting=DEMO))
    before = len(waiting(node))
    assert before
    hand_over(node, lambda letter: False)
    assert len(waiting(node)) == before, "a letter that nobody took is gone"


def half_an_act() -> None:
    """An act that meets an identity which is taken leaves nothing."""
    node = node_of(played(ANNOUNCED, hosting=DEMO))
    taken = node.store.rows(MESSAGE.select())[0].id.removeprefix("urn:uuid:")
    before = count(node, EVENT)
    with suppress(Conflict):
        act(replace(node, ids=lambda name: taken), Request(case_id=case_id(), **entry(ANNOUNCED)))
        raise AssertionError("two messages have one identity")
    assert count(node, EVENT) == before, "an act that was refused left events"


def a_key_used_again() -> None:
    """A key that was used for one request is refused for another."""
    node = node_of(played(ANNOUNCED, hosting=DEMO))
    announcing(1, key="k")(node)
    try:
        announcing(2, key="k")(node)
    except Conflict:
        return
    raise AssertionError("another request got the answer of the first")


def tampering() -> None:
    """What is changed behind the back of the program is found: a line, a moment, a message."""
    for forged in (_forged_line, _forged_moment, _forged_message):
        node = node_of(played("Korea acknowledges", hosting=DEMO))
        for name in ("update", "delete"):
            node.store.run(text(f"DROP TRIGGER event_no_{name}"))
        forged(node)
        assert not verify(node.store).whole, f"{forged.__name__[1:]} was not found"


def _forged_line(node: Node) -> None:
    """A line in the middle says something else, with the hash that fits it."""
    first, second = node.store.rows(
        EVENT.select().where(EVENT.c.stream == "notification").order_by(EVENT.c.version).limit(2)
    )
    body = second.body.replace(b"KE-RVB", b"KE-OTH")
    hash_ = log.chained(first.hash, body, second.recorded_at)
    node.store.run(EVENT.update().where(EVENT.c.position == second.position).values(body=body, hash=hash_))


def _forged_moment(node: Node) -> None:
    last = node.store.rows(EVENT.select().order_by(EVENT.c.position.desc()).limit(1))[0]
    node.store.run(EVENT.update().where(EVENT.c.position == last.position).values(recorded_at="2020-01-01T00:00:00Z"))


def _forged_message(node: Node) -> None:
    node.store.run(MESSAGE.update().where(MESSAGE.c.position == 1).values(body=b"<x/>"))


def permitted() -> None:
    """Each step is taken by whom the table names, and by nobody else."""
    node = table.registered()
    wrong = [
        (who.id, stream, step.name)
        for process, step, stream in table.cells()
        for who in (*table.HERE, table.STRANGERS[0])
        if table.stand(node, process, step)
        or table.may(node, step, stream, who) != table.expected(process, step, stream, who)
    ]
    assert not wrong, wrong[0]


def borrowing() -> None:
    """A message in a role that its sender does not hold is refused."""
    process = PROCESSES["answer"]
    step = process.by_name["consent"]
    node = table.reading(table.registered())
    table.stand(node, process, step)
    said = table.said(process, step, "answer/KR", table.PartyRef("KR-CA", Role.CARRIER))
    assert not table.heard(node, said), "a borrowed role was taken"


def racing(name: str, engine: str = "sqlite", times: int = 3) -> None:
    track = Track(engine)
    for seed in range(times):
        track.run(name, seed)
    track.remove()


def killing(name: str) -> None:
    """Kills at every point of an operation."""
    operation = crashes.OPERATIONS[name]
    ground = crashes.Ground("sqlite", operation.until)
    for stop in range(1, len(crashes.points_of(ground, operation)) + 1):
        crashes.killed_at(ground, operation, stop)
    ground.remove()


def power() -> None:
    """Cuts of the power behind the first acts of the story."""
    lost = storage.survived(storage.recorded(None, 12), 40, seed=3)
    assert lost == 0, f"{lost} of 40 images lost something acknowledged"


# What is planted


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _settings(value: str) -> None:
    databases._SQLITE["synchronous"] = value


def _guard(guard: Any, replacement: Any) -> None:
    """What a guard does, wherever it is written into a row."""
    guard.__code__ = replacement.__code__


def _unwritten(*tables: Any, stopped: bool = False) -> None:
    """Rows of some tables are forgotten when an act is written."""
    original = Store._file

    def forgetful(self: Store, cursor: Any, said: Any, ends: Any) -> int:
        return original(
            self, cursor, {each: said[each] for each in said if each not in tables}, () if stopped else ends
        )

    Store._file = forgetful


def _two_commits() -> None:
    original = Store._file

    def twice(self: Store, cursor: Any, said: Any, ends: Any) -> int:
        position = original(self, cursor, {each: said[each] for each in said if each is EVENT}, ())
        self.database.run("COMMIT")
        self.database.run("BEGIN")
        original(self, cursor, {each: said[each] for each in said if each is not EVENT}, ends)
        return position

    Store._file = twice


def _chain(chained: Callable[[str, bytes, str], str]) -> None:
    rows.chained = log.chained = chained


def _marked_first() -> None:
    original = outbox._sent

    def sent(letter: Any, send: Any) -> bool:
        original(letter, send)
        return True

    outbox._sent = sent


def _time_back() -> None:
    moments = iter(range(10**6))
    original = line.instant
    line.instant = lambda moment: original(moment - timedelta(days=next(moments)))


def _spoilt_bytes() -> None:
    original = line.file_letter

    def filed(filing: Any, letter: Any, sender: str) -> None:
        original(filing, letter, sender)
        filing.rows[MESSAGE][0]["body"] += b"\n"

    line.file_letter = filed


def _anybody() -> None:
    original = permissions._fitting

    def roles(process: Any, step: Any, stream: str, party: str, held: Any) -> Any:
        return tuple(slot.role for slot in original(process, step, stream, held)) or (Role.NOTIFIER,)

    permissions.roles_for = roles


def _any_place() -> None:
    permissions._fitting = lambda process, step, stream, held: (slot for slot in held if slot.role in step.by)


def _rebuild_unheld() -> None:
    original = Database.hold
    Database.hold = lambda self, name: None if name == "projections" else original(self, name)
    Database.still = _nothing


def _breached_again() -> None:
    lapses.breached = deadlines.breached = lambda *_: False
    rows.on_record = projections.on_record = lambda event: []


def _forgets_the_last() -> None:
    sealing._UNPLACED = sealing._UNPLACED.where(EVENT.c.position % 7 != 0)


def _letters_to_others() -> None:
    original = line.letter

    def wrong(after: Any, events: Any, document: Any, directory: Any, ids: Any) -> Any:
        said = original(after, events, document, directory, ids)
        return said and replace(said, nodes=(*said.nodes, "za"))

    line.letter = wrong


@dataclass(frozen=True)
class Bug:
    """A bug: what it does, how it is put in, and the check that must find it."""

    says: str
    plant: Callable[[], object]
    by: Check
    quick: bool = True


def _race(name: str, engine: str = "sqlite", times: int = 3) -> Check:
    return partial(racing, name, engine, times)


_ON_A_SERVER = "postgresql"
BUGS = (
    Bug("a commit is not synced", lambda: _settings("0"), power),
    Bug("a commit is synced at the next checkpoint only", lambda: _settings("1"), power, quick=False),
    Bug("events are committed before their letters", _two_commits, partial(killing, "announces"), quick=False),
    Bug(
        "the consents are not asked for",
        lambda: _guard(announcement._consents, lambda case, day, block: None),
        misdeeds,
    ),
    Bug(
        "a prohibition is not asked for",
        lambda: (
            _guard(answer_rules.file_is_not_prohibited, lambda case, command, law, now: None),
            _guard(announcement._consents, lambda case, day, block: None),
        ),
        misdeeds,
    ),
    Bug(
        "any step may be taken from any state",
        lambda: setattr(Process, "after", lambda self, state, step: self.by_name[step].target or state),
        misdeeds,
    ),
    Bug("a letter for another node is not put into the outbox", lambda: _unwritten(OUTBOX), telling),
    Bug("a letter is put into no inbox", lambda: setattr(arrivals, "file_inbox", _nothing), telling),
    Bug("a letter goes to a node that has no part in the case", _letters_to_others, telling),
    Bug("a letter is kept with other bytes than it was sent with", _spoilt_bytes, telling),
    Bug("a deadline is not written down", lambda: _unwritten(DEADLINE), telling),
    Bug("a deadline is not stopped", lambda: _unwritten(stopped=True), telling),
    Bug("the search row of a case is not written", lambda: _unwritten(CASE_FILE), telling),
    Bug("the moments of recording go back", _time_back, telling),
    Bug(
        "a shipment counts twice in the ledger",
        lambda: setattr(Ledger, "left", property(lambda self: self.consented - self._taken - self._taken)),
        telling,
    ),
    Bug(
        "a shipment does not count in the ledger",
        lambda: setattr(Ledger, "left", property(lambda self: self.consented)),
        _race("the last tonnes asked for by two offices"),
    ),
    Bug(
        "a deadline ends before its last day has passed",
        lambda: setattr(Clock, "over", lambda self, now: True),
        on_the_last_day,
    ),
    Bug("a breach is recorded each time it is seen", _breached_again, time_passing),
    Bug(
        "the chain does not cover the line before",
        lambda: _chain(lambda previous, body, at: log.digest(at.encode() + body)),
        tampering,
    ),
    Bug(
        "the chain does not cover the moment of recording",
        lambda: _chain(lambda previous, body, at: log.digest(previous.encode() + body)),
        tampering,
    ),
    Bug(
        "the digests of messages are not compared", lambda: setattr(log, "_letters", lambda store: iter(())), tampering
    ),
    Bug("the sealer passes over some events", _forgets_the_last, sealing_it),
    Bug("the log can be changed in its database", lambda: setattr(schema, "append_only", _nothing), telling),
    Bug(
        "a refused act leaves what it had written",
        lambda: setattr(Database, "undo", lambda self: self.run("COMMIT")),
        half_an_act,
    ),
    Bug(
        "the version that was seen is not compared",
        lambda: setattr(line, "_as_seen", _nothing),
        _race("eight officers decide at once on one answer"),
    ),
    Bug("the answer to a request is not kept", lambda: _unwritten(ANSWERED), _race("the same key eight times")),
    Bug("a key answers another request", lambda: setattr(Request, "fingerprint", "same"), a_key_used_again),
    Bug(
        "a message that is on file is recorded again",
        lambda: setattr(arrivals, "_KNOWN", arrivals._KNOWN.where(false())),
        _race("one letter heard eight times"),
    ),
    Bug("a letter is marked before it is sent", _marked_first, nobody_there),
    Bug("anybody may take a step", _anybody, permitted),
    Bug("an authority may act for another State", _any_place, permitted),
    Bug("a message may speak in any role", lambda: setattr(arrivals, "_unmanned", lambda step: tuple(Role)), borrowing),
    Bug(
        "a lease is not looked at",
        lambda: setattr(outbox, "LEASE", timedelta(days=-1)),
        _race("four workers and one outbox", _ON_A_SERVER, 10),
        quick=False,
    ),
    Bug(
        "a case is not held while it is decided on",
        lambda: setattr(Database, "hold", _nothing),
        _race("a departure and a withdrawal of consent", _ON_A_SERVER, 60),
        quick=False,
    ),
    Bug(
        "a rebuild does not wait for writers",
        _rebuild_unheld,
        _race("a rebuild of the projections beside writers", _ON_A_SERVER, 60),
        quick=False,
    ),
)


def found(bug: Bug | None, by: Check) -> str | None:
    """What a check said in a process of its own, with a bug or without; None when it found nothing."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            if bug is not None:
                bug.plant()
        except BaseException:
            os._exit(1)
        try:
            by()
        except BaseException as error:
            os.write(writing, (str(error) or repr(error))[:300].encode() or b"?")
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    os.waitpid(child, 0)
    return said or None


def quiet(bugs: Sequence[Bug]) -> list[str]:
    """What the checks of these bugs find where nothing was planted: must be empty."""
    names = {repr(bug.by): bug.by for bug in bugs}
    return [f"{name}: {said}" for name, by in names.items() if (said := found(None, by))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only those that need neither a server nor many runs")
    parser.add_argument("--only", help="those whose description begins so")
    chosen = parser.parse_args()
    bugs = [bug for bug in BUGS if (bug.quick or not chosen.quick) and bug.says.startswith(chosen.only or "")]
    first, missed = time.monotonic(), 0
    for each in quiet(bugs):
        print(f"found without a bug: {each}")
        missed += 1
    for bug in bugs:
        said = found(bug, bug.by)
        missed += said is None
        print(
            f"{'found' if said else 'NOT FOUND'}: {bug.says}{': ' + said.splitlines()[0][:140] if said else ''}",
            flush=True,
        )
    print(f"{len(bugs)} planted bugs, {missed} missed or falsely found, in {time.monotonic() - first:.0f} s")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
