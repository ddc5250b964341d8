"""Who knows what of a case: layers that never stand for each other, and letters that never arrived."""

import pytest
from sqlalchemy import update

from tests.casework.test_papers import ACKNOWLEDGED, OnPaper
from tests.federation.two import CASE, Two
from waste_bpm.casework.knowing import knows
from waste_bpm.casework.outbox import waiting
from waste_bpm.casework.posting import FIRST_RETRY, journeys, post, settle
from waste_bpm.casework.rows import instant
from waste_bpm.casework.store import MESSAGE, OUTBOX
from waste_bpm.casework.undelivered import replace, undelivered
from waste_bpm.errors import Conflict, NotFound, Unavailable
from waste_bpm.vocabulary import Finding


@pytest.fixture
def two():
    made = Two()
    yield made
    made.close()


def of(node, name="kr"):
    return next(each for each in knows(node, node.case(CASE)) if each["node"] == name)


def deliver(two):
    """Carry what waits, and bring the sealed slips back."""
    for slip in two.carried(two.written()):
        settle(two.ke, slip.written, two.seals.sign("kr", slip.written))


class TestLayers:
    def test_a_letter_that_has_not_arrived_has_no_layer(self, two):
        two.file.transmitted()
        told = of(two.ke)["told"][0]
        assert (told["name"], told["state"]) == ("NotificationTransmission", "waiting")
        assert [told[layer] for layer in ("stored", "valid", "read", "acknowledged")] == [None] * 4
        assert of(two.ke)["not_yet"] == 1

    def test_a_slip_says_stored_and_valid_and_nothing_about_the_law(self, two):
        two.file.transmitted()
        deliver(two)
        told = of(two.ke)["told"][0]
        assert (told["stored"] is not None, told["valid"], told["acknowledged"]) == (True, True, None)
        assert of(two.ke)["not_yet"] == 0

    def test_read_is_not_acknowledged_and_each_is_the_act_of_the_authority(self, two):
        two.file.transmitted()
        deliver(two)
        two.file.act("KR-CA", "answer/KR", "read")
        two.carried(two.written("kr", "ke"), "ke")
        told = of(two.ke)["told"][0]
        assert (told["read"]["by"], told["acknowledged"]) == ("KR-CA", None)
        two.file.act("KR-CA", "answer/KR", "acknowledge")
        two.carried(two.written("kr", "ke"), "ke")
        assert of(two.ke)["told"][0]["acknowledged"]["by"] == "KR-CA"
        assert [each["name"] for each in of(two.ke)["told_us"]] == [
            "NotificationReading",
            "NotificationAcknowledgement",
        ]

    def test_an_acknowledgement_on_paper_counts_and_says_so_while_the_letter_still_waits(self):
        paper = OnPaper()
        paper.entered("acknowledge", ACKNOWLEDGED)
        said = of(paper.ke, "sg")
        assert (said["reached"], said["told"][0]["stored"]) == ("paper", None)
        assert said["told"][0]["acknowledged"]["on_paper"] == "letter"
        assert said["told_us"][0] == said["told_us"][0] | {"name": "NotificationAcknowledged", "on_paper": "letter"}
        for node in (*paper.world.nodes.values(), paper.singapore):
            node.store.close()


class TestUndelivered:
    def test_what_waits_is_counted_per_node_with_the_next_attempt(self, two):
        two.story()

        def away(*_):
            raise Unavailable(Finding(rule_id="away", message="No answer."))

        assert [each["next_attempt"] for each in undelivered(two.ke)] == [None]
        post(two.ke, away, lambda: 1.0)
        (said,) = undelivered(two.ke)
        assert (said["node"], said["waiting"], said["attempts"]) == ("kr", 3, 1)
        assert said["next_attempt"] == instant(two.ke.clock() + FIRST_RETRY)
        assert said["failing_since"] is not None


class TestReplacing:
    def dead(self, two):
        """The first of three letters was rejected by its receiver."""
        two.story()
        old, *_, new = (letter.message for letter in waiting(two.ke))
        two.ke.store.run(update(OUTBOX).where(OUTBOX.c.message == old).values(state="refused", reason="gate"))
        return old, new

    def test_a_dead_letter_is_closed_with_the_reason_and_the_message_that_took_its_place(self, two):
        old, new = self.dead(two)
        replace(two.ke, old, "kr", new, "wrong code")
        (journey,) = journeys(two.ke, old)
        assert (journey["state"], journey["reason"]) == ("closed", f"replaced by {new}: wrong code")
        assert of(two.ke)["told"][0]["replaced_by"] == new
        assert two.ke.store.rows(MESSAGE.select().where(MESSAGE.c.id == old))[0].body

    def test_a_letter_that_waits_is_not_dead(self, two):
        _, new = self.dead(two)
        waits = waiting(two.ke)[0].message
        with pytest.raises(Conflict) as refused:
            replace(two.ke, waits, "kr", new, "why")
        assert refused.value.findings[0].rule_id == "letter-is-not-dead"

    def test_only_a_later_message_takes_its_place(self, two):
        old, new = self.dead(two)
        two.ke.store.run(update(OUTBOX).where(OUTBOX.c.message == new).values(state="refused", reason="gate"))
        for by in (old, new):
            with pytest.raises(Conflict) as refused:
                replace(two.ke, old, "kr", by, "why")
            assert refused.value.findings[0].rule_id == "letter-has-successor"

    def test_what_never_went_there_is_not_found(self, two):
        old, new = self.dead(two)
        with pytest.raises(NotFound):
            replace(two.ke, old, "sg", new, "why")
