"""Two nodes act on one shipment before they hear of each other: both acts have happened, and neither is lost."""

import random

import pytest

from tests.walks.shipments import SAYS
from tests.walks.stories import STORIES
from tests.walks.walk import CASE, Walk
from waste_bpm.casework import views
from waste_bpm.casework.invariants import check
from waste_bpm.casework.lapses import lapse

MOVEMENT = "movement/1"


class Apart:
    """A shipment under way, long overdue, between nodes whose letters wait."""

    def __init__(self):
        self.walk = Walk(random.Random(7), STORIES["ThreeNodes"], "BASEL")
        self.world = self.walk.file.world
        self.export, *_, self.last = self.walk.file.states
        self.together, self.world.exchange = self.world.exchange, lambda: 0
        self.walk.file.at("2026-12-01")

    def act(self, party, step):
        said = SAYS["movement", step](self.walk, MOVEMENT, party)
        return self.walk.file.act(party, MOVEMENT, step, said)

    def told(self):
        """What each node has on file of the shipment, without what it alone counts."""
        return [
            {
                (event.type, event.by, event.occurred_at)
                for event in views.events(node, CASE)
                if event.stream == MOVEMENT
            }
            for node in self.world.nodes.values()
        ]

    def is_whole(self):
        for node in self.world.nodes.values():
            node.forget(CASE)
            assert check(node) == []
        assert all(each == self.told()[0] for each in self.told())


@pytest.fixture
def apart():
    made = Apart()
    yield made
    made.walk.close()


def test_a_breach_found_by_one_node_takes_no_place_among_what_all_are_told(apart):
    """Given a watch that ended at its home, when the consignee reports the load, then that is recorded there."""
    for node in apart.world.nodes.values():
        lapse(node)
    assert any(
        event.type == "DeadlineBreached" for node in apart.world.nodes.values() for event in views.events(node, CASE)
    )
    (arrived,) = apart.act(f"{apart.last}-T", "arrive_at_consignee").events
    apart.together()
    assert {node.case(CASE).streams[MOVEMENT].version for node in apart.world.nodes.values()} == {arrived.version}
    apart.is_whole()


def test_an_enquiry_and_the_arrival_that_cross_are_both_on_file_everywhere(apart):
    (asked,) = apart.act(f"{apart.export}-CA", "enquire").events
    (arrived,) = apart.act(f"{apart.last}-T", "arrive_at_consignee").events
    assert asked.version == arrived.version
    apart.together()
    apart.is_whole()
    shown = [views.shared(node, CASE)[MOVEMENT] for node in apart.world.nodes.values()]
    assert all((each["state"], each["received_on"]) == ("at_consignee", shown[0]["received_on"]) for each in shown)


def test_both_nodes_go_on_after_they_crossed(apart):
    (asked,) = apart.act(f"{apart.export}-CA", "enquire").events
    apart.act(f"{apart.last}-T", "arrive_at_consignee")
    apart.together()
    (again,) = apart.act(f"{apart.export}-CA", "enquire").events
    apart.together()
    assert again.version == asked.version + 2
    apart.is_whole()
