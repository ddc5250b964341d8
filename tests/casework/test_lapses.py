"""Time passes: a deadline that ended is on record once, at its home, and never changes a state by itself."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests import engines
from tests.casefile import concerned
from tests.stage import DEMO, FOUR, ONE, case_id, entry, node_of, played
from waste_bpm.casework.invariants import check
from waste_bpm.casework.lapses import lapse
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.store import DEADLINE
from waste_bpm.casework.views import events, shared
from waste_bpm.processes.clocks import open_clocks, overdue

each_engine = engines.each_engine
pytestmark = pytest.mark.usefixtures("each_engine")

LATER = datetime(2027, 1, 1, 12, tzinfo=UTC)


def passed(until, hosting=ONE, now=LATER):
    made = played(until, hosting=hosting)
    made.now = now
    return made


def breaches(node):
    return [event for event in events(node, case_id()) if event.type == "DeadlineBreached"]


def test_a_watch_that_ended_is_recorded_once_however_often_time_is_asked():
    """Given shipment 1 on its way, when 42 days pass without receipt, then that is on record, once."""
    made = passed("Shipment 1 is presented at Mombasa")
    node = node_of(made)
    (outcome,) = lapse(node)
    (event,) = outcome.events
    breach = event.facts["breached"]
    assert (event.type, breach.stream, breach.rule) == ("DeadlineBreached", "movement/1", "receipt_watch")
    for day in range(3):
        made.now = LATER + timedelta(days=day)
        assert lapse(node) == []
    node.forget(case_id())
    assert lapse(node) == []
    assert breaches(node) == [event]
    assert check(node) == []


def test_it_changes_no_state_and_the_deadline_is_still_owed():
    node = node_of(passed("Shipment 1 is presented at Mombasa"))
    lapse(node)
    case = node.case(case_id())
    assert case.streams["movement/1"].state == "in_transit"
    assert [stream for stream, _ in overdue(case, LATER)] == ["movement/1"]


def test_a_late_receipt_is_still_recorded_and_ends_what_was_overdue():
    """A late load must still be receivable; the breach stays in the history."""
    made = played("The facility receives shipment 1")
    made.now = LATER
    node = node_of(made)
    assert len(lapse(node)) == 1
    act(node, Request(case_id=case_id(), **entry("The facility receives shipment 1")))
    case = node.case(case_id())
    assert ("movement/1", "receipt_watch") not in [(stream, clock.rule) for stream, clock in open_clocks(case)]
    assert [breach.rule for breach in case.streams["deadlines"].breached] == ["receipt_watch"]


def test_a_deadline_ends_with_its_last_day_where_it_is_owed():
    """The facility that owes the receipt is in Korea: its day ends at 15:00 UTC."""
    made = played("Shipment 1 is presented at Mombasa")
    node = node_of(made)
    (clock,) = [clock for stream, clock in open_clocks(node.case(case_id())) if stream == "movement/1"]
    assert (clock.due, clock.zone) == (date(2026, 5, 13), "Asia/Seoul")
    made.now = datetime(2026, 5, 13, 14, 59, tzinfo=UTC)
    assert lapse(node) == []
    made.now = datetime(2026, 5, 13, 15, 0, tzinfo=UTC)
    assert len(lapse(node)) == 1


@pytest.mark.parametrize("hosting", [FOUR, DEMO])
def test_a_deadline_lapses_only_at_its_home(hosting):
    """Sri Lanka has not waived consent: its own node records that the 60 days passed, and no other node does."""
    made = passed("Sri Lanka consents", hosting=hosting, now=datetime(2026, 4, 1, tzinfo=UTC))
    made.exchange()
    recorded = {name: [concerned(e) for o in lapse(node) for e in o.events] for name, node in made.nodes.items()}
    homes = {name: {e.stream for e in events(node, case_id()) if e.home} for name, node in made.nodes.items()}
    assert all(set(streams) <= homes[name] for name, streams in recorded.items())
    assert sorted(stream for streams in recorded.values() for stream in streams) == (
        ["answer/LK", "answer/SG"] if hosting is FOUR else ["answer/SG"]
    )


def test_what_is_shared_is_equal_everywhere_after_breaches():
    made = passed(None, hosting=FOUR)
    for node in made.nodes.values():
        lapse(node)
    made.exchange()
    told = [shared(node, case_id()) for node in made.nodes.values()]
    assert all(each == told[0] for each in told)
    assert sum(len(breaches(node)) for node in made.nodes.values()) >= 2


def test_a_recorded_breach_no_longer_waits_in_the_store():
    node = node_of(passed("Shipment 1 is presented at Mombasa"))
    lapse(node)
    running = node.store.rows(select(DEADLINE.c.stream, DEADLINE.c.rule).where(DEADLINE.c.running))
    assert ("movement/1", "receipt_watch") not in [(row.stream, row.rule) for row in running]
