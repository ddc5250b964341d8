"""Two nodes compare what they hold of a case: equal, still under way, or different, with the first part that differs."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from tests.federation.two import CASE, Two
from waste_bpm.casework import digests
from waste_bpm.casework.digests import Compared, Comparison, compared, settle_state, state, take_state
from waste_bpm.casework.posting import settle
from waste_bpm.casework.store import EVENT
from waste_bpm.errors import InputInvalid, NotFound, NotPermitted
from waste_bpm.utility_blocks.parcel import State


class Nodes(Two):
    """Nodes of which two compare by themselves."""

    def node(self, name):
        return self.file.world.nodes[name]

    def carry(self, origin, to):
        for slip in self.carried(self.written(origin, to), to):
            settle(self.node(origin), slip.written, self.seals.sign(to, slip.written))

    def everything(self):
        """Let all letters arrive, also those that others write."""
        names = list(self.file.world.nodes)
        for origin in names:
            for to in names:
                self.carry(origin, to)

    def compare(self, one="ke", other="kr"):
        """One tells the other what it holds, and compares the answer."""
        self.file.at(self.file.world.now + timedelta(seconds=1))
        ours = state(self.node(one), CASE, other)
        answer = take_state(self.node(other), ours.written, self.seals.sign(one, ours.written))
        return settle_state(self.node(one), ours, answer.written, self.seals.sign(other, answer.written))

    def spoil(self, name, stream):
        """Somebody who has the database changes the last line of a stream."""
        store = self.node(name).store
        with store.transaction() as connection:
            if connection.dialect.name == "sqlite":
                connection.execute(text("DROP TRIGGER event_no_update"))
            else:
                connection.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
            said = connection.execute(select(EVENT).where(EVENT.c.stream == stream)).all()[-1]
            changed = said.body.replace(b"2027", b"2029")
            assert changed != said.body
            connection.execute(update(EVENT).where(EVENT.c.position == said.position).values(body=changed))


@pytest.fixture
def two():
    made = Nodes()
    made.file.transmitted()
    made.everything()
    yield made
    made.close()


@pytest.fixture
def three():
    made = Nodes(states=("KE", "SG", "KR"))
    made.file.transmitted()
    made.everything()
    yield made
    made.close()


def on_file(node):
    (row,) = digests.on_file(node)
    return row["result"], row["stream"]


class TestCompared:
    def test_nodes_that_have_all_letters_of_each_other_are_equal(self, two):
        assert two.compare() == Compared(result=Comparison.EQUAL)
        assert on_file(two.ke) == on_file(two.kr) == ("equal", None)

    def test_a_letter_that_has_not_arrived_is_under_way(self, two):
        two.file.act("KR-CA", "answer/KR", "acknowledge")
        assert two.compare() == Compared(result=Comparison.UNDER_WAY, stream="answer/KR")
        two.everything()
        assert two.compare().result is Comparison.EQUAL

    @pytest.mark.spoils
    def test_a_line_that_was_changed_is_named_with_its_stream(self, two):
        two.file.act("KE-CA", "answer/KE", "consent")
        two.everything()
        two.spoil("kr", "answer/KE")
        assert two.compare() == Compared(result=Comparison.DIFFERENT, stream="answer/KE")
        assert on_file(two.ke) == on_file(two.kr) == ("different", "answer/KE")

    @pytest.mark.spoils
    def test_a_line_that_was_changed_is_found_while_letters_are_under_way(self, two):
        two.file.act("KE-CA", "answer/KE", "consent")
        two.everything()
        two.spoil("kr", "answer/KE")
        two.file.act("KR-CA", "answer/KR", "acknowledge")
        assert two.compare() == Compared(result=Comparison.DIFFERENT, stream="answer/KE")

    def test_a_letter_of_a_third_node_explains_what_one_of_both_does_not_know_yet(self, three):
        three.file.act("SG-CA", "answer/SG", "acknowledge")
        three.carry("sg", "ke")
        assert three.compare() == Compared(result=Comparison.UNDER_WAY, stream="answer/SG")
        three.carry("sg", "kr")
        assert three.compare().result is Comparison.EQUAL

    def test_since_when_it_is_so_stays_until_it_is_otherwise(self, two):
        two.compare()
        first = two.file.world.now
        two.compare()
        (row,) = digests.on_file(two.kr)
        assert (row["since"], row["compared_at"]) == (digests.instant(first), digests.instant(two.file.world.now))

    @pytest.mark.parametrize("change", [{"digest": ""}, {"form": "0" * 16, "digest": "1" * 64}])
    def test_a_stream_with_papers_or_of_another_version_is_named_as_not_comparable(self, two, change):
        ours, theirs = (state(node, CASE, to) for node, to in ((two.ke, "kr"), (two.kr, "ke")))
        first, *others = theirs.streams
        theirs = theirs.model_copy(update={"streams": (first.model_copy(update=change), *others)})
        assert compared(ours, theirs) == Compared(result=Comparison.EQUAL, beside=(first.stream,))


class TestWhoIsTold:
    def test_a_node_without_an_authority_of_the_case_learns_nothing_of_it(self, three):
        """Given a case of two States, when the node of a third asks for it, then it is told as of one that is not."""
        other = Nodes()
        other.file.transmitted()
        asks = State.model_validate(state(three.node("sg"), CASE, "ke").model_dump())
        other.seals.add("sg", ("SG-CA",))
        with pytest.raises(NotFound) as refused:
            take_state(other.ke, asks.written, other.seals.sign("sg", asks.written))
        unknown = asks.model_copy(update={"case": "11111111-2222-5333-8444-000000000000"})
        with pytest.raises(NotFound) as nothing:
            take_state(other.ke, unknown.written, other.seals.sign("sg", unknown.written))
        assert refused.value.findings[0].message.replace(CASE, unknown.case) == nothing.value.findings[0].message
        assert digests.on_file(other.ke) == []
        other.close()

    def test_what_was_not_yet_told_to_all_is_not_told_so(self):
        made = Nodes()
        made.file.submitted()
        with pytest.raises(NotFound):
            state(made.ke, CASE, "kr")
        made.close()

    @pytest.mark.parametrize("minutes", [-6, 6])
    def test_it_is_honoured_for_a_short_while_only(self, two, minutes):
        said = state(two.ke, CASE, "kr")
        two.file.at(two.file.world.now + timedelta(minutes=minutes))
        with pytest.raises(NotPermitted, match="Nothing is compared"):
            take_state(two.kr, said.written, two.seals.sign("ke", said.written))

    def test_it_is_honoured_once(self, two):
        said = state(two.ke, CASE, "kr")
        take_state(two.kr, said.written, two.seals.sign("ke", said.written))
        with pytest.raises(NotPermitted, match="Nothing is compared"):
            take_state(two.kr, said.written, two.seals.sign("ke", said.written))

    def test_an_answer_to_something_else_does_not_count(self, two):
        ours = state(two.ke, CASE, "kr")
        older = state(two.kr, CASE, "ke", answers="0" * 64)
        with pytest.raises(NotPermitted):
            settle_state(two.ke, ours, older.written, two.seals.sign("kr", older.written))
        assert digests.on_file(two.ke) == []

    @pytest.mark.parametrize("signer", ["zz", "kr"])
    def test_nobody_speaks_for_another_node(self, two, signer):
        said = state(two.ke, CASE, "kr")
        with pytest.raises(NotPermitted):
            take_state(two.kr, said.written, two.seals.sign(signer, said.written))

    def test_what_is_written_otherwise_is_not_read(self, two):
        said = state(two.ke, CASE, "kr").written.replace(b'"heard":', b'"heard": ')
        with pytest.raises(InputInvalid, match="no state"):
            take_state(two.kr, said, two.seals.sign("ke", said))


def test_a_case_is_due_once_a_day(two):
    assert digests.due(two.ke, "kr", 10) == [CASE]
    two.compare()
    assert digests.due(two.ke, "kr", 10) == []
    two.file.at(two.file.world.now + timedelta(days=1))
    assert digests.due(two.ke, "kr", 10) == [CASE]


def test_how_many_cases_compare_how_is_counted(two):
    two.compare()
    assert digests.counted(two.ke) == {("kr", "equal"): 1, ("kr", "under way"): 0, ("kr", "different"): 0}
