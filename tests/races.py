"""Several at once: officers, offices, workers and clocks that begin in the same moment, and what must hold afterwards.

On a file they are threads over the one writer; on a server each is a process with a connection of its own, which pauses
for a random moment between its statements. `python -m tests.races --engine postgresql --times 500 --seed 1` runs each
race so often and fails on the first that does not hold.
"""

import argparse
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from tests import engines
from tests.crashes import Ground, assert_sound, begun, ended, opened
from tests.stage import case_id, entry, story
from waste_bpm.casework import projections
from waste_bpm.casework.arrivals import receive
from waste_bpm.casework.invariants import check
from waste_bpm.casework.lapses import lapse
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import LEASE, hand_over, waiting
from waste_bpm.casework.sealing import seal
from waste_bpm.casework.store import EVENT, FEED, INBOX, MESSAGE, OUTBOX, Store
from waste_bpm.casework.views import events, ledger_of
from waste_bpm.errors import WasteBpmError

Runner = Callable[[Node], object]
Answers = Sequence[str]

ANNOUNCED = "Shipment 1 of 25.0 t is announced"
DEPARTS = "Shipment 1 departs"
CONSENTS = "Korea consents, confirms the contract"
WORDS = [{"text": "The facility is closed", "language": "en"}]
AFTER_THE_SILENCE = datetime(2026, 3, 26, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Race:
    """Who runs from which point of the story, and what must hold of the node and of their answers afterwards."""

    until: str
    runners: Callable[[], list[Runner]]
    holds: Callable[[Node, Answers], None]
    at: datetime | None = None


def announcing(serial: int = 1, amount: str = "25.0", key: str | None = None) -> Runner:
    """Announce a shipment, from whichever process."""
    said = entry(ANNOUNCED)
    data = said["data"] | {"serial": serial, "quantity": {"amount": amount, "unit": "TNE"}}
    asked = Request(case_id=case_id(), key=key, **said | {"stream": f"movement/{serial}", "data": data})
    return lambda node: "announced " + str(act(node, asked).events[0].version)


def taking(words: str, expected: int | None = None) -> Runner:
    """Take the step of an entry."""
    asked = Request(case_id=case_id(), expected=expected, **entry(words))
    return lambda node: "taken " + act(node, asked).events[0].type


def asking(stream: str, step: str, party: str, **data: Any) -> Runner:
    """Take a step of today."""

    def ask(node: Node) -> str:
        today = node.clock().date().isoformat()
        said = {name: today if value == "TODAY" else value for name, value in data.items()}
        asked = Request(case_id=case_id(), stream=stream, step=step, party=party, data=said)
        return "taken " + act(node, asked).events[0].type

    return ask


def hearing(data: bytes) -> Runner:
    """Receive a message."""
    return lambda node: "again" if receive(node, data).duplicate else "recorded"


def message(words: str) -> bytes:
    return story().message(next(each for each in story().steps if each.say.startswith(words)))


def delivering(later: timedelta = timedelta()) -> Runner:
    """Hand over what waits; gives what was sent."""

    def deliver(node: Node) -> str:
        sent: list[str] = []
        at = node.clock() + later

        def send(letter: Any) -> bool:
            sent.append(f"{letter.message}>{letter.node}")
            return True

        hand_over(replace(node, clock=lambda: at), send)
        return " ".join(sent)

    return deliver


def lapsing(node: Node) -> str:
    return f"lapsed {len(lapse(node))}"


def sealing(node: Node) -> str:
    return f"sealed {seal(node)}"


def rebuilding(node: Node) -> str:
    projections.rebuild(node)
    return "rebuilt"


def count(node: Node, table: Any, *conditions: Any) -> int:
    return int(node.store.rows(select(func.count()).select_from(table).where(*conditions))[0][0])


def of_type(node: Node, *types: str) -> list[str]:
    return [event.type for event in events(node, case_id()) if event.type in types]


def first_words(answers: Answers) -> Counter[str]:
    return Counter(each.split()[0] if each else "" for each in answers)


def one_wins(node: Node, answers: Answers) -> None:
    """One of them took it; every other was refused."""
    assert first_words(answers) == {"taken": 1, "refused": len(answers) - 1}, answers


def one_decides(node: Node, answers: Answers) -> None:
    one_wins(node, answers)
    assert of_type(node, "ConsentGiven").count("ConsentGiven") == 2  # Sri Lanka's, and the one that won
    losers = {each for each in answers if each.startswith("refused")}
    assert losers <= {"refused version-stale", "refused changed-meanwhile"}, losers


def all_win(node: Node, answers: Answers) -> None:
    assert first_words(answers) == {"taken": len(answers)}, answers


def one_is_announced(node: Node, answers: Answers) -> None:
    assert first_words(answers) == {"announced": 1, "refused": len(answers) - 1}, answers
    assert of_type(node, "MovementAnnounced", "QuantityReserved") == ["MovementAnnounced", "QuantityReserved"]


def one_answer_for_all(node: Node, answers: Answers) -> None:
    assert list(answers) == ["announced 1"] * len(answers), answers
    assert of_type(node, "MovementAnnounced", "QuantityReserved") == ["MovementAnnounced", "QuantityReserved"]


def the_last_tonnes_go_to_one(node: Node, answers: Answers) -> None:
    assert first_words(answers) == {"announced": 1, "refused": 1}, answers
    assert ledger_of(node.case(case_id()))["left"]["amount"] in ("40", "40.0")


def departed_before_or_not_at_all(node: Node, answers: Answers) -> None:
    order = of_type(node, "MovementDeparted", "ConsentWithdrawn")
    assert order in (["MovementDeparted", "ConsentWithdrawn"], ["ConsentWithdrawn"]), order


def departed_or_cancelled(node: Node, answers: Answers) -> None:
    one_wins(node, answers)
    assert len(of_type(node, "MovementDeparted", "MovementCancelled")) == 1


def silence_or_decision(node: Node, answers: Answers) -> None:
    """The State objected in time, or its silence consented: never both."""
    ends = of_type(node, "TacitConsentRecorded", "ObjectionMade")
    assert len(ends) == 1, ends
    assert node.case(case_id()).streams["answer/SG"].state in ("tacit", "objected")


def each_end_recorded_once(node: Node, answers: Answers) -> None:
    said = [(event.stream, event.type) for event in events(node, case_id())]
    ends = [each for each in said if each[1] in ("TacitConsentRecorded", "DeadlineBreached")]
    assert ("answer/SG", "TacitConsentRecorded") in ends
    assert len(ends) == sum(int(each.split()[1]) for each in answers)
    assert [each for each in ends if each[1] == "TacitConsentRecorded"] == [("answer/SG", "TacitConsentRecorded")]


def heard_once(node: Node, answers: Answers) -> None:
    assert Counter(answers) == {"recorded": 1, "again": len(answers) - 1}, answers
    assert count(node, EVENT, EVENT.c.stream == "answer/LK", EVENT.c.type == "ConsentGiven") == 1


def one_identity_one_content(node: Node, answers: Answers) -> None:
    words = Counter(answers)
    assert words["recorded"] == 1, answers
    assert words["recorded"] + words["again"] + words["refused integrity-conflict"] == len(answers), answers


def each_letter_once(node: Node, answers: Answers) -> None:
    sent = " ".join(answers).split()
    assert len(sent) == len(set(sent)) == count(node, OUTBOX) > 0, answers
    assert waiting(node) == []


def each_letter_at_least_once(node: Node, answers: Answers) -> None:
    """Where a lease has run out, a letter may go twice, which its receiver sees; none is left."""
    sent = set(" ".join(answers).split())
    assert len(sent) == count(node, OUTBOX) > 0
    assert waiting(node) == []


def one_feed_without_gap(node: Node, answers: Answers) -> None:
    seal(node)
    places = [row.position for row in node.store.rows(select(FEED.c.position).order_by(FEED.c.position))]
    assert places == list(range(1, count(node, EVENT) + 1))


def nothing_is_lost_by_it(node: Node, answers: Answers) -> None:
    assert first_words(answers)["announced"] == 2, answers
    assert count(node, INBOX) == len(node.store.rows(select(INBOX.c.message, INBOX.c.party).distinct()))
    assert count(node, MESSAGE) == len(node.store.rows(select(MESSAGE.c.id).distinct()))


_KOREA = {"country": "KR", "reason": WORDS}
_OBJECTS = {"country": "KR", "decided_on": "TODAY", "grounds": [{"text": WORDS}]}

RACES = {
    "eight officers decide at once on one answer": Race(
        CONSENTS, lambda: [taking(CONSENTS, expected=2)] * 8, one_decides
    ),
    "a consent and an objection of one authority": Race(
        CONSENTS, lambda: [taking(CONSENTS), asking("answer/KR", "object", "KR-CA", **_OBJECTS)], one_wins
    ),
    "three authorities decide side by side": Race(
        CONSENTS,
        lambda: [
            taking(CONSENTS),
            taking("The authority of Kenya authorises the export"),
            asking("answer/SG", "object", "SG-CA", **_OBJECTS | {"country": "SG"}),
        ],
        all_win,
    ),
    "eight announce the same shipment": Race(ANNOUNCED, lambda: [announcing()] * 8, one_is_announced),
    "the same key eight times": Race(ANNOUNCED, lambda: [announcing(key="one")] * 8, one_answer_for_all),
    "the last tonnes asked for by two offices": Race(
        ANNOUNCED, lambda: [announcing(1, "60.0"), announcing(2, "60.0")], the_last_tonnes_go_to_one
    ),
    "a departure and a withdrawal of consent": Race(
        DEPARTS,
        lambda: [
            taking(DEPARTS),
            asking("answer/KR", "withdraw_consent", "KR-CA", effective_on="TODAY", **_KOREA),
        ],
        departed_before_or_not_at_all,
    ),
    "a departure and a prohibition": Race(
        DEPARTS,
        lambda: [asking("answer/KR", "prohibit", "KR-CA", prohibited_on="TODAY", **_KOREA), taking(DEPARTS)],
        lambda node, answers: None,
    ),
    "a departure and a cancellation": Race(
        DEPARTS,
        lambda: [taking(DEPARTS), asking("movement/1", "cancel", "KE-RVB", reason=WORDS)],
        departed_or_cancelled,
    ),
    "the end of a silence and a decision": Race(
        "The authority of Kenya authorises the export",
        lambda: [lapsing, asking("answer/SG", "object", "SG-CA", **_OBJECTS | {"country": "SG"})],
        silence_or_decision,
        at=AFTER_THE_SILENCE,
    ),
    "four clocks at the end of a silence": Race(
        "The authority of Kenya authorises the export", lambda: [lapsing] * 4, each_end_recorded_once, AFTER_THE_SILENCE
    ),
    "one letter heard eight times": Race(
        "Sri Lanka consents", lambda: [hearing(message("Sri Lanka consents"))] * 8, heard_once
    ),
    "two letters with one identity": Race(
        "Sri Lanka consents",
        lambda: (
            [
                hearing(message("Sri Lanka consents")),
                hearing(message("Sri Lanka consents").replace(b">100<", b">99<")),
            ]
            * 2
        ),
        one_identity_one_content,
    ),
    "four workers and one outbox": Race(ANNOUNCED, lambda: [delivering()] * 4, each_letter_once),
    "a worker whose lease ran out": Race(
        ANNOUNCED, lambda: [delivering(), delivering(2 * LEASE), delivering()], each_letter_at_least_once
    ),
    "sealers beside writers": Race(
        ANNOUNCED, lambda: [sealing, sealing, announcing(1), sealing, announcing(2), sealing], one_feed_without_gap
    ),
    "a rebuild of the projections beside writers": Race(
        ANNOUNCED, lambda: [rebuilding, announcing(1), rebuilding, announcing(2)], nothing_is_lost_by_it
    ),
}
"""What runs against what, by name."""


class Track:
    """Where races run: one story told to each point, of which every race gets a copy of its own."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.grounds: dict[str, Ground] = {}

    def run(self, name: str, seed: int) -> None:
        """Run one race; raises AssertionError when something does not hold."""
        race = RACES[name]
        if race.until not in self.grounds:
            self.grounds[race.until] = Ground(self.engine, race.until)
        ground = self.grounds[race.until]
        url = ground.copy()
        at = race.at or ground.node.clock()
        node = replace(ground.node, clock=lambda: at)
        runners = race.runners()
        random.Random(seed).shuffle(runners)
        if self.engine == "sqlite":
            answers = _threads(opened(url, node), runners)
        else:
            answers = _processes(url, node, runners, seed)
        looking = opened(url, node)
        with closing(looking.store):
            race.holds(looking, answers)
            assert_sound(looking)
            assert check(looking) == []
        ground.drop(url)

    def remove(self) -> None:
        for ground in self.grounds.values():
            ground.remove()


def _said(run: Runner, node: Node) -> str:
    try:
        return str(run(node))
    except WasteBpmError as error:
        return "refused " + error.findings[0].rule_id


def _threads(node: Node, runners: Sequence[Runner]) -> list[str]:
    """Let threads over one writer begin at the same moment; gives what each one said."""
    answers = [""] * len(runners)
    ready = threading.Barrier(len(runners))

    def work(number: int) -> None:
        ready.wait()
        answers[number] = _said(runners[number], node)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(runners))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    node.store.close()
    return answers


def _processes(url: str, node: Node, runners: Sequence[Runner], seed: int) -> list[str]:
    """Let processes over one database begin at the same moment; gives what each one said."""
    ready, go = os.pipe(), os.pipe()

    def started(number: int, run: Runner) -> Callable[..., None]:
        def work(acknowledge: Callable[[bytes], object]) -> None:
            mine = opened(url, node)
            _hesitate(mine.store, random.Random(seed * 100 + number))
            os.write(ready[1], b"r")
            os.read(go[0], 1)
            acknowledge(_said(run, mine).encode())

        return work

    processes = [begun(started(number, run)) for number, run in enumerate(runners)]
    for _ in runners:
        os.read(ready[0], 1)
    os.write(go[1], b"g" * len(runners))
    answers = [ended(each) for each in processes]
    for end in (*ready, *go):
        os.close(end)
    return answers


def _hesitate(store: Store, chance: random.Random) -> None:
    """Pause now and then between statements, so that others come between."""
    run = store.database.run

    def slowly(statement: str, *values: Any) -> Any:
        done = run(statement, *values)
        if chance.random() < 0.5:
            time.sleep(chance.uniform(0, 0.004))
        return done

    store.database.__dict__["run"] = slowly


def main() -> None:
    """A campaign: each race so many times on one engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=engines.ENGINES, default="sqlite")
    parser.add_argument("--times", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=RACES, help="one race alone")
    chosen = parser.parse_args()
    first, track = time.monotonic(), Track(chosen.engine)
    names = [chosen.only] if chosen.only else list(RACES)
    for name in names:
        begun_at = time.monotonic()
        for seed in range(chosen.seed, chosen.seed + chosen.times):
            try:
                track.run(name, seed)
            except AssertionError:
                print(f"again: python -m tests.races --engine {chosen.engine} --only {name!r} --times 1 --seed {seed}")
                raise
        print(f"{name}: {chosen.times} times in {time.monotonic() - begun_at:.0f} s", flush=True)
    track.remove()
    took = time.monotonic() - first
    print(
        f"{chosen.engine}, seeds {chosen.seed} to {chosen.seed + chosen.times - 1}: {len(names)} races, "
        f"{len(names) * chosen.times} runs in {took:.0f} s; every one as it must be"
    )


if __name__ == "__main__":
    main()
