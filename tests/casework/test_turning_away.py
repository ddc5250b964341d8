"""What was turned away is on file within bounds, and that it was cut is told."""

from datetime import timedelta

import pytest

from tests import engines
from tests.federation.two import Two, turned_away
from waste_bpm.casework import turning_away
from waste_bpm.casework.health import checks
from waste_bpm.casework.measures import measures
from waste_bpm.casework.turning_away import forget, kept, turn_away
from waste_bpm.errors import NotPermitted
from waste_bpm.utility_blocks.parcel import Sent
from waste_bpm.vocabulary import Finding

each_engine = engines.each_engine
pytestmark = pytest.mark.usefixtures("each_engine")


@pytest.fixture
def node(each_engine):
    two = Two()
    yield two.kr
    two.close()


def come(node, *rules):
    for rule in rules:
        why = NotPermitted(Finding(rule_id=rule, message="Nobody believes this."))
        turn_away(node, Sent(parcel=b"", seal=b"", data=rule.encode()), why)


def said(node):
    return next(check.says for check in checks(node) if check.name == "turned-away")


def test_the_newest_are_kept_and_that_older_ones_gave_way_is_told_for_a_day(node, monkeypatch):
    monkeypatch.setattr(turning_away, "MOST", 3)
    come(node, "first", "second", "third")
    assert "flood" not in said(node)
    assert measures(node).turned_away_cut is False
    come(node, "fourth", "fifth")
    assert turned_away(node) == ["third", "fourth", "fifth"]
    assert "flood" in said(node)
    now = measures(node)
    assert (now.turned_away, now.turned_away_cut) == (3, True)
    assert kept(node.store, node.clock() + timedelta(days=2)).cut_at is None


def test_a_flood_does_not_make_the_node_unready(node, monkeypatch):
    monkeypatch.setattr(turning_away, "MOST", 1)
    come(node, "first", "second")
    assert all(check.well for check in checks(node) if check.name == "turned-away")


def test_what_was_kept_long_enough_is_forgotten_and_nobody_calls_that_a_flood(node, monkeypatch):
    come(node, "first")
    assert forget(node) == 0
    monkeypatch.setattr(turning_away, "KEPT", timedelta(-1))
    assert forget(node) == 1
    assert turned_away(node) == []
    assert kept(node.store, node.clock()).cut_at is None
