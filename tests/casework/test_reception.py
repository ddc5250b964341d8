"""A parcel at its receiver: seal, addressee, bytes, its turn, the gate, who may say so, and the record."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from tests.engines import each_engine  # noqa: F401 - the tests of this module run on both
from tests.federation.seals import Real
from tests.federation.two import CASE, Two, parcel_of, state_of, turned_away
from waste_bpm.casework import arrivals, reception
from waste_bpm.casework.outbox import taken
from waste_bpm.casework.posting import sealed
from waste_bpm.casework.reception import MOST_ATTEMPTS, release_all, take_in, thaw
from waste_bpm.casework.store import MESSAGE, OUTBOX
from waste_bpm.casework.traffic import LINE, PARCEL
from waste_bpm.casework.views import events
from waste_bpm.errors import Conflict, NotPermitted, Unavailable, WasteBpmError
from waste_bpm.utility_blocks.parcel import Result, Sent, digest

pytestmark = pytest.mark.usefixtures("each_engine")


@pytest.fixture
def two():
    made = Two()
    yield made
    made.close()


def resealed(two, sent, by="ke", data=None, **changes):
    """The same with another parcel round it, under a genuine seal of `by`."""
    data = sent.data if data is None else data
    parcel = parcel_of(sent, digest=digest(data), **changes).written
    return Sent(parcel=parcel, seal=two.seals.sign(by, parcel), data=data)


class TestALine:
    def test_letters_are_numbered_from_one_and_name_the_parcel_before(self, two):
        parcels = [parcel_of(sent) for sent in two.story()]
        assert [parcel.seq for parcel in parcels] == list(range(1, len(parcels) + 1))
        assert len(parcels) >= 3
        assert [parcel.previous for parcel in parcels] == ["", *(parcel.hash for parcel in parcels[:-1])]
        assert {(parcel.sender, parcel.receiver, parcel.conversation) for parcel in parcels} == {("ke", "kr", CASE)}

    def test_the_same_letter_is_the_same_bytes_at_each_attempt(self, two):
        assert two.story() == two.written()

    def test_a_refused_act_uses_no_number(self, two):
        two.story()
        before = two.ke.store.rows(select(LINE))
        assert two.file.refused("KE-CA", "answer/KE", "acknowledge")
        assert two.ke.store.rows(select(LINE)) == before


class TestInOrder:
    def test_parcels_in_order_are_recorded_and_each_gets_a_slip_about_its_bytes(self, two):
        sents = two.story()
        slips = two.carried(sents)
        assert {slip.result for slip in slips} == {Result.RECORDED}
        assert [slip.digest for slip in slips] == [digest(sent.data) for sent in sents]
        assert [event.type for event in events(two.kr, CASE)][-2:] == ["ConsentGiven", "ConsentWithdrawn"]

    def test_the_same_parcel_again_gets_the_very_first_slip_and_has_no_effect(self, two):
        sents = two.story()
        first, before = two.carried(sents), state_of(two.kr)
        two.file.at("2026-09-01")
        assert two.carried(sents) == first
        assert state_of(two.kr) == before

    def test_a_later_parcel_is_held_until_the_missing_one_comes(self, two):
        sents = two.story()
        held = two.carried(sents[:0:-1])
        assert {(slip.result, slip.rules) for slip in held} == {(Result.HELD, ("parcel-missing",))}
        assert events(two.kr, CASE) == []
        assert two.carried(sents[:1])[0].result is Result.RECORDED
        assert two.carried(sents)[-1].result is Result.RECORDED
        order = [row.id for row in two.kr.store.rows(select(MESSAGE.c.id).order_by(MESSAGE.c.position))]
        assert order == [parcel_of(sent).message for sent in sents]

    def test_what_was_held_counts_from_the_moment_at_which_it_could_be_read(self, two):
        sents = two.story()
        two.carried(sents[1:])
        two.file.at("2026-07-01")
        two.carried(sents[:1])
        rows = two.kr.store.rows(
            select(MESSAGE.c.recorded_at, PARCEL.c.received_at).join(PARCEL, PARCEL.c.message == MESSAGE.c.id)
        )
        assert {row.recorded_at[:10] for row in rows} == {"2026-07-01"}
        assert {row.received_at[:7] for row in rows} == {"2026-06", "2026-07"}

    def test_no_more_than_a_thousand_are_held(self, two, monkeypatch):
        monkeypatch.setattr(reception, "MOST_HELD", 1)
        sents = two.story()
        two.carried(sents[2:3])
        with pytest.raises(Unavailable, match="already wait") as refused:
            two.carried(sents[1:2])
        assert refused.value.findings[0].rule_id == "held-full"
        two.carried([*sents[:2], *sents[2:]])
        assert len(two.kr.store.rows(select(PARCEL.c.seq).where(PARCEL.c.state == "recorded"))) == len(sents)

    def test_a_process_that_died_between_two_parcels_is_made_good_at_the_next_round(self, two, monkeypatch):
        sents = two.story()
        two.carried(sents[1:])
        with monkeypatch.context() as patch:
            patch.setattr(reception, "release", lambda *_: 0)
            two.carried(sents[:1])
        assert release_all(two.kr) == len(sents) - 1
        assert release_all(two.kr) == 0

    def test_a_message_that_came_by_hand_first_takes_its_number_and_counts_once(self, two):
        sents = two.story()
        arrivals.receive(two.kr, sents[0].data)
        before = len(events(two.kr, CASE))
        assert two.carried(sents[:1])[0].result is Result.RECORDED
        assert len(events(two.kr, CASE)) == before


class TestConflicts:
    def test_the_same_message_with_other_bytes_is_an_alarm_and_changes_nothing(self, two):
        sents = two.story()
        two.carried(sents)
        before = state_of(two.kr)
        with pytest.raises(Conflict) as refused:
            take_in(two.kr, resealed(two, sents[1], data=sents[1].data.replace(b"</", b" </", 1)))
        assert refused.value.findings[0].rule_id == "integrity-conflict"
        assert state_of(two.kr) == before
        assert turned_away(two.kr) == ["integrity-conflict"]

    def test_a_number_that_was_used_is_not_used_for_another_message(self, two):
        sents = two.story()
        two.carried(sents[:2])
        with pytest.raises(Conflict):
            take_in(two.kr, resealed(two, sents[2], seq=2))
        assert turned_away(two.kr) == ["integrity-conflict"]
        assert two.carried(sents[2:3])[0].result is Result.RECORDED

    def test_a_parcel_that_does_not_follow_the_last_one_freezes_its_line_until_somebody_lets_it_go_on(self, two):
        sents = two.story()
        two.carried(sents[:1])
        before = state_of(two.kr)
        with pytest.raises(Conflict, match="two stories"):
            take_in(two.kr, resealed(two, sents[1], previous="0" * 64))
        with pytest.raises(Unavailable) as refused:
            two.carried(sents[1:2])
        assert refused.value.findings[0].rule_id == "line-frozen"
        assert state_of(two.kr) == before
        thaw(two.kr, "ke", CASE)
        assert two.carried(sents[1:2])[0].result is Result.RECORDED

    def test_a_frozen_line_does_not_stop_what_others_say_of_the_case(self):
        two = Two(states=("KE", "SG", "KR"))
        sents = two.story()
        two.carried(sents[:1])
        two.carried(two.written(to="sg"), to="sg")
        two.file.act("SG-CA", "answer/SG", "acknowledge")
        with pytest.raises(Conflict):
            take_in(two.kr, resealed(two, sents[1], previous="0" * 64))
        assert [slip.result for slip in two.carried(two.written("sg"))] == [Result.RECORDED]
        two.close()


class TestRefusals:
    def test_a_message_that_is_not_valid_takes_its_number_and_what_follows_is_heard(self, two):
        sents = two.story()
        two.carried(sents[:1])
        before = state_of(two.kr)[0]
        wrong = resealed(two, sents[1], data=sents[1].data.replace(b"<TypeCode>TMW", b"<TypeCode>ABC", 1))
        slip = take_in(two.kr, wrong)
        assert slip.result is Result.REFUSED
        assert slip.rules
        assert state_of(two.kr)[0] == before
        assert turned_away(two.kr) == [slip.rules[0]]
        follows = resealed(two, sents[2], previous=parcel_of(wrong).hash)
        assert take_in(two.kr, follows).result is Result.RECORDED

    def test_a_node_cannot_vouch_for_a_party_of_another_node(self, two):
        two.carried(two.story()[:1])
        said = resealed(two, two.written()[1], by="zz", sender="zz", seq=1, previous="")
        slip = take_in(two.kr, said)
        assert (slip.result, slip.rules) == (Result.REFUSED, ("signer-not-entitled",))

    def test_a_message_ahead_of_our_clock_is_kept_by_its_sender_and_not_refused_for_good(self, two):
        sents = two.story()
        slow = replace(two.kr, clock=lambda: two.file.world.now.replace(year=2025))
        with pytest.raises(Unavailable) as refused:
            take_in(slow, sents[0])
        assert refused.value.findings[0].rule_id == "clock"
        assert two.carried(sents)[0].result is Result.RECORDED

    def test_what_speaks_of_a_case_that_is_not_here_yet_is_sent_again_later(self):
        two = Two(states=("KE", "SG", "KR"))
        two.story()
        two.carried(two.written(to="sg"), to="sg")
        two.file.act("SG-CA", "answer/SG", "acknowledge")
        with pytest.raises(Unavailable, match="has not arrived"):
            two.carried(two.written("sg"))
        assert two.kr.store.rows(select(func.count()).select_from(PARCEL))[0][0] == 0
        two.carried(two.written())
        assert two.carried(two.written("sg"))[0].result is Result.RECORDED
        two.close()


class TestPoison:
    def test_a_message_on_which_the_program_fails_is_put_aside_and_other_lines_go_on(self, two, monkeypatch):
        sents = two.story()
        two.carried(sents[:1])
        before = state_of(two.kr)
        with monkeypatch.context() as patch:
            patch.setattr(reception, "take", lambda *_: 1 / 0)
            slips = [two.carried(sents[1:2])[0] for _ in range(MOST_ATTEMPTS + 1)]
        assert [slip.rules for slip in slips] == [
            *[("parcel-failed",)] * (MOST_ATTEMPTS - 1),
            *[("parcel-quarantined",)] * 2,
        ]
        assert state_of(two.kr) == before
        assert turned_away(two.kr) == ["parcel-quarantined"]
        assert two.carried(sents[2:3])[0].result is Result.HELD
        assert thaw(two.kr, "ke", CASE) == 2
        assert len(state_of(two.kr)[1]) == 3

    def test_a_failure_after_the_record_undoes_the_record(self, two, monkeypatch):
        sents = two.story()
        with monkeypatch.context() as patch:
            patch.setattr(reception, "_close", lambda *_: 1 / 0)
            two.carried(sents[:1])
        assert events(two.kr, CASE) == []
        assert two.carried(sents[:1])[0].result is Result.RECORDED


class TestSeals:
    def test_with_real_keys_a_changed_byte_breaks_the_seal_before_anything_is_read(self, monkeypatch):
        two = Two(seals=Real())
        sents = two.story()
        monkeypatch.setattr(reception, "take", None)
        for wrong in (
            replace(sents[0], data=sents[0].data + b" "),
            replace(sents[0], parcel=sents[0].parcel.replace(b'"seq":1', b'"seq":2')),
            replace(sents[0], seal=sents[1].seal),
        ):
            with pytest.raises(NotPermitted) as refused:
                take_in(two.kr, wrong)
            assert refused.value.findings[0].rule_id == "signature-invalid"
        assert turned_away(two.kr) == ["signature-invalid"] * 3
        two.close()

    def test_a_parcel_is_for_the_node_that_it_names(self, two):
        with pytest.raises(NotPermitted) as refused:
            take_in(replace(two.ke, store=two.ke.store), two.story()[0])
        assert refused.value.findings[0].rule_id == "addressed-here"

    def test_a_key_seals_for_its_own_node_alone(self, two):
        sent = two.story()[0]
        with pytest.raises(NotPermitted) as refused:
            take_in(two.kr, replace(sent, seal=two.seals.sign("zz", sent.parcel)))
        assert refused.value.findings[0].rule_id == "signer-not-entitled"

    def test_a_node_that_knows_no_others_takes_in_nothing(self, two):
        sent = two.story()[0]
        alone = replace(two.kr, believes=type(two.kr).__dataclass_fields__["believes"].default)
        with pytest.raises(WasteBpmError, match="knows no other nodes"):
            take_in(alone, sent)

    def test_no_letter_is_marked_by_taking_in(self, two):
        two.carried(two.story())
        assert {row.state for row in two.ke.store.rows(select(OUTBOX.c.state))} == {"waiting"}


@pytest.mark.spoils
def test_letters_go_in_the_order_of_their_numbers_though_the_clock_of_their_node_went_back(two):
    two.file.at("2026-06-10").transmitted()
    two.file.at("2026-06-01").act("KE-CA", "answer/KE", "consent")
    assert [parcel_of(sent).seq for sent in (sealed(two.ke, each) for each in taken(two.ke, "kr"))] == [1, 2]
