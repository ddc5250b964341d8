"""Nothing that was acknowledged is lost, and nothing happens twice, wherever a process dies or several race."""

import os
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from tests import engines
from tests.crashes import OPERATIONS, Ground, assert_sound, begun, ended, killed_at, killed_at_any_moment, points_of
from tests.stage import DEMO, case_id, entry, node_of, part, world
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.outbox import hand_over, waiting
from waste_bpm.casework.sealing import seal
from waste_bpm.casework.store import EVENT, FEED, OUTBOX, Store
from waste_bpm.casework.views import events, ledger_of
from waste_bpm.errors import WasteBpmError
from waste_bpm.simulation.world import play

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
ANNOUNCED = "Shipment 1 of 25.0 t is announced"


class TestKills:
    @pytest.mark.parametrize(
        ("engine", "name"),
        [("sqlite", name) for name in ("announces", "hears", "late", "seals")] + [("postgresql", "departs")],
    )
    def test_at_every_named_point_an_operation_did_all_or_nothing(self, engine, name):
        ground, operation = Ground(engine, OPERATIONS[name].until), OPERATIONS[name]
        points = points_of(ground, operation)
        assert {"before BEGIN", "before COMMIT", "after COMMIT"} <= set(points)
        for stop in range(1, len(points) + 1):
            killed_at(ground, operation, stop)
        ground.remove()

    def test_a_letter_sent_before_the_kill_is_sent_again_and_marked_once(self):
        ground, operation = Ground("sqlite", OPERATIONS["delivers"].until), OPERATIONS["delivers"]
        points = points_of(ground, operation)
        for stop in (points.index("a letter was sent") + 1, points.index("a letter was sent") + 2, len(points)):
            killed_at(ground, operation, stop)
        ground.remove()

    @pytest.mark.parametrize("engine", engines.ENGINES)
    def test_at_any_moment_what_was_acknowledged_is_there(self, engine):
        kills, _ = killed_at_any_moment(engine, kills=3, seed=7)
        assert kills == 3


def raced(url, node, runners):
    """Let processes over one database begin at the same moment; gives what each one said."""
    ready, go = os.pipe(), os.pipe()

    def started(run):
        def work(acknowledge):
            mine = replace(node, store=Store(url))
            os.write(ready[1], b"r")
            os.read(go[0], 1)
            try:
                said = run(mine)
            except WasteBpmError as error:
                said = "refused " + error.findings[0].rule_id
            acknowledge(str(said).encode())

        return work

    processes = [begun(started(run)) for run in runners]
    for _ in runners:
        os.read(ready[0], 1)
    os.write(go[1], b"g" * len(runners))
    answers = [ended(each) for each in processes]
    for end in (*ready, *go):
        os.close(end)
    return answers


def told(until):
    """A node on a server, told up to a point; its address, and the node to look with."""
    url = engines.server().create(engines.prepared())
    made = world(DEMO, url)
    for _ in play(made, part(until)):
        pass
    made.now = part(until).ends
    return url, node_of(made)


@pytest.fixture
def shared():
    """A node told up to the first announcement."""
    url, node = told(ANNOUNCED)
    yield url, node
    node.store.close()


def announcing(serial=1, amount="25.0", key=None):
    """Announce a shipment, from whichever process."""
    said = entry(ANNOUNCED)
    data = said["data"] | {"serial": serial, "quantity": {"amount": amount, "unit": "TNE"}}
    asked = Request(case_id=case_id(), key=key, **said | {"stream": f"movement/{serial}", "data": data})
    return lambda node: "announced " + str(act(node, asked).events[0].version)


def taking(words):
    """Take the step of an entry."""

    def taken(node):
        act(node, Request(case_id=case_id(), **entry(words)))
        return "taken"

    return taken


def withdrawing(node):
    """Korea withdraws its consent from today on."""
    data = {
        "country": "KR",
        "effective_on": node.clock().date().isoformat(),
        "reason": [{"text": "The facility is closed", "language": "en"}],
    }
    act(node, Request(case_id=case_id(), stream="answer/KR", step="withdraw_consent", party="KR-CA", data=data))
    return "taken"


def count(node, table):
    return int(node.store.rows(select(func.count()).select_from(table))[0][0])


class TestRaces:
    @pytest.mark.parametrize("processes", [2, 8])
    def test_of_many_that_take_the_same_step_one_does(self, shared, processes):
        url, node = shared
        before = count(node, EVENT)
        answers = raced(url, node, [announcing()] * processes)
        assert sorted(answers)[0] == "announced 1"
        assert [each.split()[0] for each in sorted(answers)] == ["announced"] + ["refused"] * (processes - 1)
        assert count(node, EVENT) == before + 2
        assert_sound(node)

    def test_the_same_key_in_eight_processes_gets_one_answer(self, shared):
        url, node = shared
        before = count(node, EVENT)
        answers = raced(url, node, [announcing(key="one")] * 8)
        assert answers == ["announced 1"] * 8
        assert count(node, EVENT) == before + 2

    def test_the_last_tonnes_go_to_one_of_two_shipments(self, shared):
        """Given 100 t consented and nothing used, when two offices announce 60 t each at once, then one is refused."""
        url, node = shared
        answers = raced(url, node, [announcing(1, "60.0"), announcing(2, "60.0")])
        assert sorted(each.split()[0] for each in answers) == ["announced", "refused"]
        assert ledger_of(node.case(case_id()))["left"]["amount"] in ("40", "40.0")
        assert_sound(node)

    @pytest.mark.parametrize("attempt", range(4))
    def test_a_departure_and_a_withdrawal_do_not_pass_each_other(self, attempt):
        """When a State withdraws while a carrier departs, then either it departed before, or it does not depart."""
        url, node = told("Shipment 1 departs")
        answers = raced(url, node, [taking("Shipment 1 departs"), withdrawing][:: 1 if attempt % 2 else -1])
        order = [event.type for event in events(node, case_id())][-2:]
        if sorted(answers) == ["taken", "taken"]:
            assert order == ["MovementDeparted", "ConsentWithdrawn"]
        else:
            assert "refused consents-in-force" in answers
        node.store.close()

    def test_many_sealers_beside_writers_leave_one_feed_without_gap(self, shared):
        url, node = shared
        answers = raced(url, node, [seal, seal, announcing(1), seal, announcing(2), seal])
        assert [each for each in answers if each.startswith("announced")] == ["announced 1"] * 2
        seal(node)
        places = [row.position for row in node.store.rows(select(FEED.c.position).order_by(FEED.c.position))]
        assert places == list(range(1, count(node, EVENT) + 1))
        assert_sound(node)

    def test_many_workers_hand_over_each_letter_once(self, shared):
        url, node = shared

        def delivering(mine):
            sent = []

            def send(letter):
                sent.append(f"{letter.message}>{letter.node}")
                return True

            hand_over(mine, send)
            return " ".join(sent)

        answers = raced(url, node, [delivering] * 4)
        sent = " ".join(answers).split()
        assert len(sent) == len(set(sent)) == count(node, OUTBOX) > 0
        assert waiting(node) == []
