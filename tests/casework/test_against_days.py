"""A letter under way is warned of before the day by which it must have arrived, once for each level."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from tests.federation.two import CASE, Two
from waste_bpm.casework.against_days import Level, against, counted, warn
from waste_bpm.casework.outbox import waiting
from waste_bpm.casework.peers import put_on_paper
from waste_bpm.casework.posting import answered, close, settle, unanswered
from waste_bpm.casework.store import OUTBOX
from waste_bpm.casework.undelivered import unreachable
from waste_bpm.casework.work import Worker
from waste_bpm.errors import Unavailable
from waste_bpm.processes.clocks import open_clocks
from waste_bpm.vocabulary import Finding

WRITTEN = "2026-06-03"


@pytest.fixture
def two():
    """Singapore has acknowledged: its sixty days run, Korea knows it, and Kenya has not heard of it."""
    made = Two(states=("KE", "SG", "KR"))
    made.file.transmitted().at("2026-06-02")
    carry(made, "ke", "sg")
    carry(made, "ke", "kr")
    made.file.at(WRITTEN).act("SG-CA", "answer/SG", "acknowledge")
    carry(made, "sg", "kr")
    yield made
    made.close()


def carry(two, origin, to):
    """What waits at one node arrives at another at once, and its slips come back."""
    for slip in two.carried(two.written(origin, to), to):
        settle(two.file.world.nodes[origin], slip.written, two.seals.sign(to, slip.written))


def sg(two):
    return two.file.world.nodes["sg"]


def clock(two):
    return next(clock for stream, clock in open_clocks(sg(two).case(CASE)) if stream == "answer/SG")


def due(two):
    return clock(two).due


def at_part(two, share):
    """A moment after this part of the time between the letter and the end of its last day."""
    begun = two.file.at(WRITTEN).world.now
    end = datetime.combine(due(two) + timedelta(days=1), time(), ZoneInfo(clock(two).zone))
    two.file.at(begun + (end - begun) * share / 100)


def levels(two, share):
    at_part(two, share)
    warn(sg(two))
    return [each.level for each in against(sg(two))]


def test_a_letter_is_near_its_day_when_less_than_twice_the_time_of_its_way_is_left(two):
    """Given a letter that waits, then it is near after a third of its time, urgent after half, and missed at the end."""
    assert [levels(two, share) for share in (32, 34, 51, 101)] == [
        [],
        [Level.NEAR],
        [Level.URGENT],
        [Level.MISSED],
    ]
    assert counted(sg(two))["ke", Level.MISSED] == 1


def test_the_way_takes_as_long_as_the_letters_before(two):
    """Given letters that took three weeks, then the answer of the last three weeks is urgent when it is written."""
    with sg(two).store.transaction():
        sg(two).store.run(update(OUTBOX).values(state="delivered", written_at="2026-05-01T00:00:00.000Z"))
        sg(two).store.run(update(OUTBOX).values(delivered_at="2026-05-22T00:00:00.000Z"))
    two.file.at(due(two) - timedelta(days=14)).act("SG-CA", "answer/SG", "request_information")
    carry(two, "sg", "kr")
    (said,) = warn(sg(two))
    assert (said.takes, said.level, said.stream) == (timedelta(days=21), Level.URGENT, "answer/SG")


def test_a_letter_that_stops_a_deadline_must_arrive_by_its_day(two):
    last = due(two)
    close(sg(two), waiting(sg(two))[0].message, "ke", "by courier")
    two.file.at(last - timedelta(days=1)).act("SG-CA", "answer/SG", "object")
    two.file.at(last)
    carry(two, "sg", "kr")
    (said,) = warn(sg(two))
    assert (said.name, said.due) == ("ObjectionDecision", last)


def test_each_level_is_told_once_and_with_what_can_still_be_done(two):
    at_part(two, 34)
    (told,) = warn(sg(two))
    assert "waste-bpm outbox export ke FILE" in told.finding.fix
    assert warn(sg(two)) == []
    at_part(two, 51)
    assert [each.level for each in warn(sg(two))] == [Level.URGENT]
    assert warn(sg(two)) == []


def test_a_round_of_work_tells_it(two):
    at_part(two, 51)
    worker = Worker(sg(two))
    worker.round()
    assert worker.failed is None
    assert [each.level for each in against(sg(two))] == [Level.URGENT]


def test_a_letter_that_is_closed_is_warned_of_no_more(two):
    assert levels(two, 51) == [Level.URGENT]
    close(sg(two), waiting(sg(two))[0].message, "ke", "by courier")
    assert against(sg(two)) == []
    assert warn(sg(two)) == []


def test_a_letter_whose_part_of_the_case_has_no_day_is_not_warned_of(two):
    close(sg(two), waiting(sg(two))[0].message, "ke", "by courier")
    two.file.at(WRITTEN).act("KE-CA", "answer/KE", "consent")
    two.file.at(due(two))
    assert {letter.node for letter in waiting(two.ke)} == {"sg", "kr"}
    assert warn(two.ke) == []


class TestAPeerThatIsAway:
    def test_is_away_since_its_first_failure_until_it_answers(self, two):
        first = two.file.world.now
        away = Unavailable(Finding(rule_id="peer-away", message="No answer."))
        unanswered(sg(two), "ke", away, lambda: 0.5)
        two.file.at("2026-06-20")
        unanswered(sg(two), "ke", away, lambda: 0.5)
        assert unreachable(sg(two)) == {"ke": first}
        answered(sg(two), "ke")
        assert unreachable(sg(two)) == {}

    def test_is_not_away_when_it_is_known_to_be_on_paper(self, two):
        unanswered(sg(two), "ke", Unavailable(Finding(rule_id="peer-away", message="No answer.")), lambda: 0.5)
        put_on_paper(sg(two), "ke", "letter of its focal point")
        assert unreachable(sg(two)) == {}
