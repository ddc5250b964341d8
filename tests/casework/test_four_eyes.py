"""Four eyes: where the file of a country says so, two persons of an authority decide, and one alone decides nothing."""

from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from tests.engines import each_engine  # noqa: F401 - the tests of this module run on both
from tests.stage import DEMO, case_id, entry, played
from waste_bpm.casework import four_eyes, proposals
from waste_bpm.casework.invariants import check
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.log import verify
from waste_bpm.casework.persons import PROPOSAL
from waste_bpm.casework.registers import admit, bearer_of
from waste_bpm.casework.store import EVENT, MESSAGE, OUTBOX
from waste_bpm.casework.views import event_rows, events, steps
from waste_bpm.errors import Conflict, InputInvalid, NotFound, NotPermitted, Refused

pytestmark = pytest.mark.usefixtures("each_engine")

CONSENTS = "Korea consents, confirms"
FILE = """\
country: KR
four_eyes:
  answer.consent:
    values:
      2026-01-01: {value: true, reference: "Standing order of a training authority, section 2"}
    confidence: practice
    checked_on: 2026-11-24
"""


@pytest.fixture(scope="module")
def before(each_engine, tmp_path_factory):  # noqa: F811 - the fixture
    """Korea is about to consent, and its file asks for two persons."""
    node = played(CONSENTS, hosting=DEMO).nodes["demo"]
    file = tmp_path_factory.mktemp("law") / "kr.yaml"
    file.write_text(FILE)
    four_eyes.keep(node.store, file, node.clock())
    yield replace(node, four_eyes=four_eyes.on_file(node.store))
    node.store.close()


class TakenBack(Exception):  # noqa: N818 - what happened
    """Ends the transaction of a test, so that the next one begins where this one began."""


@contextmanager
def undone(store):
    """Whatever is written in here is taken back at the end."""
    with suppress(TakenBack), store.transaction():
        yield
        raise TakenBack
    store.memory.clear()


@pytest.fixture
def node(before):
    """The node; what a test does to it is undone afterwards."""
    with undone(before.store):
        yield before


def consent(person, **changes):
    return replace(Request(case_id=case_id(), person=person, **entry(CONSENTS)), **changes)


def counted(node, *tables):
    return [node.store.rows(select(func.count()).select_from(table))[0][0] for table in tables]


def rule(refused):
    return refused.value.findings[0].rule_id


def test_the_first_person_proposes_and_nothing_is_effective_or_sent(node):
    written = counted(node, EVENT, MESSAGE, OUTBOX)
    outcome = act(node, consent("officer-17"))
    assert outcome.events == ()
    assert outcome.proposal.shown["says"] == "waits for a second person"
    assert counted(node, EVENT, MESSAGE, OUTBOX) == written
    assert node.case(case_id()).streams["answer/KR"].state != "consented"


def test_the_second_person_who_says_the_same_makes_it_effective_under_both_names(node):
    act(node, consent("officer-17"))
    outcome = act(node, consent("officer-21"))
    assert [(each.type, each.persons) for each in outcome.events] == [("ConsentGiven", ("officer-17", "officer-21"))]
    assert proposals.waiting(node, outcome.case) == []
    assert verify(node.store).whole
    assert check(node) == []


def test_the_same_person_twice_is_refused_and_told_who_can_confirm(node):
    act(node, consent("officer-17"))
    with pytest.raises(Refused) as refused:
        act(node, consent("officer-17"))
    assert rule(refused) == "four-eyes-same-person"
    assert "Another officer" in refused.value.findings[0].fix
    assert refused.value.findings[0].law == "Standing order of a training authority, section 2"


@pytest.mark.parametrize("proposed", [False, True])
def test_a_system_is_neither_the_first_nor_the_second_person(node, proposed):
    if proposed:
        act(node, consent("officer-17"))
    with pytest.raises(NotPermitted) as refused:
        act(node, consent(None))
    assert rule(refused) == "person-missing"


def test_another_document_is_another_proposal_and_takes_the_place_of_the_first(node):
    act(node, consent("officer-17"))
    shorter = consent("officer-21", data={**entry(CONSENTS)["data"], "valid_until": "2026-12-31"})
    assert act(node, shorter).proposal.person == "officer-21"
    (waits,) = proposals.waiting(node, node.case(case_id()))
    assert waits.person == "officer-21"
    ended = select(PROPOSAL.c.ended, PROPOSAL.c.body).where(PROPOSAL.c.person == "officer-17")
    assert [tuple(row) for row in node.store.rows(ended)] == [("superseded", None)]


def test_what_was_withdrawn_waits_no_longer(node):
    act(node, consent("officer-17"))
    gone = proposals.withdraw(node, case_id(), "answer/KR", "consent", "KR-CA", "officer-21")
    assert (gone.ended, gone.ended_by, gone.body) == ("withdrawn", "officer-21", None)
    assert act(node, consent("officer-21")).proposal is not None
    with pytest.raises(NotFound):
        proposals.withdraw(node, case_id(), "answer/SG", "consent", "SG-CA", "officer-1")


def test_what_the_law_refuses_is_not_even_proposed(node):
    with pytest.raises(Refused) as refused:
        act(node, consent("officer-17", data={**entry(CONSENTS)["data"], "contract_confirmed": False}))
    assert "contract-confirmed" in {each.rule_id for each in refused.value.findings}
    assert counted(node, PROPOSAL) == [0]


def asks(person):
    return Request(case_id=case_id(), person=person, **entry("Korea asks"))


def test_a_proposal_on_an_older_version_of_the_answer_is_made_anew(node):
    act(node, consent("officer-17"))
    act(node, asks("officer-17"))
    assert proposals.waiting(node, node.case(case_id())) == []


def test_a_repeated_request_gets_its_proposal_again_and_another_one_is_a_conflict(node):
    first = act(node, consent("officer-17", key="k"))
    again = act(node, consent("officer-17", key="k"))
    assert (again.replayed, again.proposal) == (True, first.proposal)
    assert counted(node, PROPOSAL) == [1]
    with pytest.raises(Conflict) as refused:
        act(node, consent("officer-17", key="k", data={**entry(CONSENTS)["data"], "valid_until": "2026-12-31"}))
    assert rule(refused) == "key-reused"


def test_the_steps_show_what_waits_to_its_own_party_alone(node):
    act(node, consent("officer-17"))
    shown = {party: _row(node, party)["proposal"] for party in ("KR-CA", "KE-RVB")}
    assert shown["KR-CA"]["person"] == "officer-17"
    assert shown["KR-CA"]["document"]["valid_until"] == entry(CONSENTS)["data"]["valid_until"]
    assert shown["KE-RVB"] is None


def _row(node, party):
    rows = steps(node, node.case(case_id()), "answer/KR", party)
    return next(row for row in rows if row["step"] == "consent")


@pytest.mark.parametrize("person", ["officer-17", None])
def test_a_step_that_the_file_does_not_name_is_taken_by_one_person_or_by_a_system(node, person):
    assert act(node, asks(person)).events[0].persons == (() if person is None else (person,))


def test_who_acted_for_another_party_is_not_told(node):
    act(node, consent("officer-17"))
    act(node, consent("officer-21"))
    told = {party: event_rows(events(node, case_id()), party)[-1]["persons"] for party in (None, "KR-CA", "KE-RVB")}
    assert told == {None: ["officer-17", "officer-21"], "KR-CA": ["officer-17", "officer-21"], "KE-RVB": []}


def test_no_message_names_a_person(node):
    act(node, consent("officer-17"))
    act(node, consent("officer-21"))
    bodies = [row.body for row in node.store.rows(select(MESSAGE.c.body))]
    assert not [body for body in bodies if b"officer-" in body]


@pytest.mark.spoils
def test_a_guard_that_lets_one_person_decide_is_found_by_the_invariant(node, monkeypatch):
    """The planted bug: nobody asks whether the step is for two."""
    monkeypatch.setattr(four_eyes, "asked", lambda *_: None)
    act(node, consent("officer-17"))
    assert {each.rule_id for each in check(node)} == {"I-09"}


def test_what_was_decided_before_the_file_came_is_not_judged_by_it(node):
    acknowledged = [each for each in events(node, case_id()) if each.stream == "answer/KR"]
    assert acknowledged
    assert acknowledged[0].persons == ()
    assert check(node) == []


def test_a_token_is_that_of_a_person_or_of_a_system(node):
    admit(node.store, "KR-CA", "one", person="officer-17")
    admit(node.store, "KR-CA", "other")
    assert [bearer_of(node.store, token).person for token in ("one", "other")] == ["officer-17", None]


@pytest.mark.parametrize("written", ["Kim Min-ji", "kim@example.org", "", "-x", "Officer-17"])
def test_a_name_or_an_address_cannot_stand_for_a_person(node, written):
    with pytest.raises(InputInvalid) as refused:
        act(node, consent(written))
    assert rule(refused) == "person-pseudonym"


class TestTheFile:
    """The file of a country is judged when it is loaded, each fault with its line."""

    @pytest.mark.parametrize(
        ("old", "new", "why"),
        [
            ("answer.consent", "answer.fly", "there is no such step"),
            ("answer.consent", "answer.tacit", "no person takes this step by itself|there is no such step"),
            ("value: true", "value: perhaps", "neither true nor false"),
            ('reference: "Standing order of a training authority, section 2"', "reference: ''", "no reference"),
            ("confidence: practice", "confidence: sure", "confidence is none of"),
            ("checked_on", "seen_on", "and nothing else"),
            ("country: KR", "land: KR", "names no country"),
        ],
    )
    def test_a_fault_is_told_with_its_line(self, tmp_path, old, new, why):
        file = tmp_path / "kr.yaml"
        file.write_text(FILE.replace(old, new))
        with pytest.raises(InputInvalid, match=why) as refused:
            four_eyes.read(file)
        assert refused.value.findings[0].line

    def test_what_was_on_file_is_not_taken_out_but_ended(self, node, tmp_path):
        file = tmp_path / "kr.yaml"
        file.write_text(FILE.replace("answer.consent", "answer.object"))
        with pytest.raises(InputInvalid) as refused:
            four_eyes.keep(node.store, file, node.clock())
        assert rule(refused) == "four-eyes-taken-out"
        file.write_text(
            FILE.replace("    confidence", '      2026-02-01: {value: false, reference: "Revised"}\n    confidence')
        )
        four_eyes.keep(node.store, file, datetime(2026, 2, 1, tzinfo=UTC))
        (early, late) = (datetime(2026, 1, 31, tzinfo=UTC).date(), datetime(2026, 2, 1, tzinfo=UTC).date())
        declared = four_eyes.on_file(node.store)
        assert four_eyes.asked(declared, "KR", ["answer.consent"], early) is not None
        assert four_eyes.asked(declared, "KR", ["answer.consent"], late) is None
        assert four_eyes.asked(declared, "KE", ["answer.consent"], early) is None
