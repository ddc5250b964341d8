"""Each invariant holds for the story, and names the fault that is planted against it."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from sqlalchemy import delete, text, update

from tests.engines import each_engine  # noqa: F401 - the tests of this module run on both
from tests.stage import DEMO, FOUR, case_id, part, played
from waste_bpm.casework import invariants
from waste_bpm.casework.four_eyes import Pair
from waste_bpm.casework.invariants import INVARIANTS, breaches, check, dossier
from waste_bpm.casework.log import Stored
from waste_bpm.casework.store import ANSWERED, OUTBOX
from waste_bpm.processes.decide import fold
from waste_bpm.vocabulary import Breach, Role, Slot, Unit, tonnes

pytestmark = [pytest.mark.usefixtures("each_engine"), pytest.mark.spoils]


@pytest.fixture(scope="module")
def told(each_engine):  # noqa: F811 - the fixture
    """The whole story on the node of the demonstration."""
    node = played(hosting=DEMO).nodes["demo"]
    yield node
    node.store.close()


@pytest.fixture(scope="module")
def case(told):
    return dossier(told, case_id())


def ids(case):
    return {finding.rule_id for finding in breaches(case)}


def with_events(case, events):
    """The same case had its log been this one, folded anew."""
    ordered = sorted(events, key=lambda event: event.version)
    return replace(case, events=tuple(events), case=fold(case.case.id, ordered))


def event(case, type, stream=None):
    return next(each for each in case.events if each.type == type and stream in (None, each.stream))


def changed(case, old, **said):
    """The case in which one event, or its facts, say something else."""
    facts = {name: value for name, value in said.items() if name in old.facts}
    new = replace(old, facts={**old.facts, **facts}, **{name: said[name] for name in said.keys() - facts.keys()})
    return with_events(case, [new if each is old else each for each in case.events])


def without(case, *gone):
    return with_events(case, [each for each in case.events if each not in gone])


def test_the_story_keeps_every_invariant(told):
    assert check(told) == []


@pytest.mark.parametrize("name", sorted(set(FOUR.values())))
def test_the_story_keeps_every_invariant_on_each_of_four_nodes(name):
    made = played(hosting=FOUR)
    assert check(made.nodes[name]) == []
    for node in made.nodes.values():
        node.store.close()


def test_every_prefix_of_the_story_keeps_every_invariant():
    for stop in ("Korea consents", "Shipment 1 departs", "Shipment 3 is weighed", "A release of shipment 4"):
        node = played(stop, hosting=DEMO).nodes["demo"]
        assert check(node) == [], part(stop).steps[-1].say
        node.store.close()


def test_each_has_an_id_a_sentence_and_a_citation():
    assert [each.id for each in INVARIANTS] == sorted({each.id for each in INVARIANTS})
    assert all(each.says and each.law for each in INVARIANTS)


def test_a_departure_without_every_consent_is_named(case):
    consent = event(case, "ConsentGiven", "answer/KR")
    assert "I-01" in ids(changed(case, consent, valid_until=date(2026, 5, 24)))
    assert "I-01" in ids(without(case, event(case, "TacitConsentRecorded")))
    late = [each for each in case.events if each is not consent]
    assert "I-01" in ids(with_events(case, [*late, consent]))
    assert "I-01" not in ids(case)


def test_a_withdrawn_consent_counts_from_its_day(case):
    consent = event(case, "ConsentGiven", "answer/KR")
    place = case.events.index(event(case, "MovementDeparted", "movement/2"))

    def after(day):
        withdrawal = replace(
            consent, version=consent.version + 1, type="ConsentWithdrawn", facts={"country": "KR", "effective_on": day}
        )
        return ids(with_events(case, [*case.events[:place], withdrawal, *case.events[place:]]))

    assert "I-01" in after(date(2026, 5, 25))
    assert "I-01" not in after(date(2027, 1, 1))


def test_a_tacit_consent_before_the_end_or_without_waiver_is_named(case):
    tacit = event(case, "TacitConsentRecorded")
    early = tacit.occurred_at - timedelta(days=30)
    assert ids(changed(case, tacit, occurred_at=early)) == {"I-02"}
    assert "I-02" in ids(changed(case, tacit, counted_to=date(2026, 3, 1)))
    erased = {digest: held for digest, held in case.documents.items() if digest != tacit.document}
    assert "I-02" not in ids(replace(case, documents=erased))
    other = case.documents[event(case, "ConsentGiven", "answer/KR").document]
    assert "I-02" in ids(replace(case, documents={**case.documents, tacit.document: other}))


def test_more_than_was_consented_to_is_named(case):
    assert "I-13" in ids(changed(case, event(case, "LoadReceived", "receipt/2"), received_quantity=tonnes("50.1")))
    assert "I-13" in ids(changed(case, event(case, "ConsentGiven", "answer/KR"), most_quantity=tonnes("74.7")))


def test_a_held_load_does_not_count_but_may_not_be_received(case):
    assert event(case, "LoadHeld").facts["measured_quantity"] == tonnes("26.4")
    assert "I-13" not in ids(case)
    released = changed(case, event(case, "LoadHeld"), type="LoadReleased")
    assert "I-13" in ids(released)
    receipt = event(case, "LoadReceived", "receipt/2")
    received = replace(receipt, stream="receipt/4", facts=receipt.facts | {"received_on": date(2026, 10, 6)})
    assert "I-13" in ids(with_events(case, [*case.events, received]))


def test_a_number_used_twice_or_too_often_is_named(case):
    announced = event(case, "MovementAnnounced", "movement/2")
    assert "I-14" in ids(changed(case, announced, serial=3))
    assert "I-14" in ids(with_events(case, [*case.events, replace(announced, version=9)]))
    assert "I-14" in ids(changed(case, event(case, "ConsentGiven", "answer/KR"), most_shipments=3))


@pytest.mark.parametrize("amount", ["-0.1", "NaN", "Infinity"])
def test_an_amount_that_is_none_is_named(amount, case):
    wrong = replace(tonnes("1"), amount=Decimal(amount), unit=Unit.TONNE)
    treated = event(case, "TreatmentCertified", "disposal/1")
    treats = replace(treated, facts={**treated.facts, "treated_quantity": wrong})
    assert "I-17" in ids(replace(case, events=[*case.events, treats]))


def test_an_event_out_of_path_or_a_gap_is_named(case):
    released = event(case, "LoadReleased", "border_check/1/KR-BUSAN")
    again = replace(released, version=released.version + 1)
    assert ids(with_events(case, [*case.events, again])) >= {"I-18", "I-28"}
    departed, took = event(case, "MovementDeparted", "movement/2"), event(case, "CarrierTookOver")
    assert "I-18" in ids(changed(without(case, departed), took, version=2))
    assert "I-18" in ids(without(case, event(case, "LoadWeighed", "border_check/1/KR-BUSAN")))


def test_dates_out_of_order_are_named(case):
    assert "I-24" in ids(changed(case, event(case, "LoadReceived", "receipt/1"), received_on=date(2026, 3, 31)))
    assert "I-24" in ids(changed(case, event(case, "TreatmentCertified"), completed_on=date(2026, 4, 27)))
    assert "I-24" in ids(without(case, event(case, "MovementDeparted", "movement/1")))
    assert "I-24" in ids(without(case, event(case, "LoadReceived", "receipt/1")))


def test_a_rejection_without_its_return_case_is_named(case):
    assert "I-26" in ids(without(case, event(case, "ReturnCaseOpened"), event(case, "ReturnRequested")))
    assert "I-26" in ids(without(case, event(case, "LoadReceivedInPart")))


def test_a_message_missing_or_too_many_is_named(case):
    assert ids(replace(case, letters=case.letters[1:])) == {"I-28"}
    assert ids(replace(case, letters=[*case.letters, replace(case.letters[0], id="urn:uuid:x")])) >= {"I-28"}
    assert "I-28" in ids(without(case, event(case, "LoadHeld")))


def test_a_missing_and_a_strange_outbox_row_are_named(case):
    assert ids(replace(case, outbox=case.outbox[1:])) == {"I-28"}
    assert ids(replace(case, outbox=[*case.outbox, (case.outbox[0][0], "xx")])) == {"I-28"}


def test_a_deleted_outbox_row_is_found_in_the_store():
    node = played("Korea acknowledges", hosting=DEMO).nodes["demo"]
    node.store.run(delete(OUTBOX))
    found = check(node)
    assert {finding.rule_id for finding in found} == {"I-28"}
    assert "is for the nodes lk" in found[0].message
    assert found[0].fix.startswith("It must be that each step that says something has its one message")
    node.store.close()


def test_a_message_that_is_not_valid_or_not_the_recorded_one_is_named(case):
    letter: Stored = case.letters[3]
    spoilt = letter.body.replace(b"</", b"<x/></", 1)
    whole = [each for each in case.letters if each is not letter]
    assert "I-30" in ids(replace(case, letters=[*whole, replace(letter, body=spoilt)]))
    fits = replace(letter, body=spoilt, digest=invariants.record.digest(spoilt))
    found = [each for each in breaches(replace(case, letters=[*whole, fits])) if each.rule_id == "I-30"]
    assert "is not valid" in found[0].message


def test_a_case_that_is_shown_otherwise_than_the_log_says_is_named(case):
    shown = dict(case.case.streams)
    shown["movement/4"] = replace(shown["movement/4"], quantity=tonnes("24"))
    assert ids(replace(case, case=replace(case.case, streams=shown))) == {"I-35"}
    del shown["movement/4"]
    assert ids(replace(case, case=replace(case.case, streams=shown))) == {"I-35"}


def test_an_orphan_is_named(case):
    movement = [each for each in case.events if each.stream == "movement/1"]
    assert "I-41" in ids(without(case, *movement))
    assert "I-41" in ids(replace(case, events=[each for each in case.events if each.stream != "notification"]))
    assert ids(replace(case, documents={**case.documents, "0" * 64: ("Movement", b"{}")})) == {"I-41"}


TABLE = yaml.safe_load(Path(__file__).with_name("invariants.yaml").read_text(encoding="utf-8"))


def test_each_invariant_is_asked_or_says_what_holds_it_or_why_not_yet():
    assert list(TABLE) == [f"I-{number:02d}" for number in range(1, 45)]
    there = {each.id: each.problems.__name__ for each in invariants.asked()}
    assert {id: entry["asked"] for id, entry in TABLE.items() if "asked" in entry} == there
    for id, entry in TABLE.items():
        assert len(entry) == 1, id
        for file in re.findall(r"tests/[\w/]+(?:\.py)?", entry.get("held", "")):
            assert (Path(__file__).parents[2] / file).exists(), f"{id}: {file}"


def test_a_departure_under_a_prohibition_is_named(case):
    consent = event(case, "ConsentGiven", "answer/KR")
    place = case.events.index(event(case, "MovementDeparted", "movement/2"))
    said = {"country": "KR", "prohibited_on": date(2026, 5, 1)}
    prohibits = replace(consent, version=consent.version + 1, type="FileProhibited", facts=said)
    lifted = replace(prohibits, version=prohibits.version + 1, type="ProhibitionLifted", facts={"country": "KR"})
    before, after = case.events[:place], case.events[place:]
    assert "I-05" in ids(replace(case, events=[*before, prohibits, *after]))
    assert "I-05" not in ids(replace(case, events=[*before, prohibits, lifted, *after]))


def test_a_consent_that_holds_too_long_is_named(case):
    given = event(case, "ConsentGiven", "answer/KR")
    assert "I-06" in ids(changed(case, given, valid_until=date(2028, 1, 1)))


def test_an_act_in_a_role_that_is_not_held_is_named(case):
    given = event(case, "ConsentGiven", "answer/KR")
    assert "I-07" in ids(changed(case, given, by="KR-DBR"))
    assert "I-07" in ids(changed(case, given, by="KE-CA", role=Role.EXPORT_AUTHORITY))
    assert "I-07" in ids(changed(case, given, by="KR-DBR", role=Role.DISPOSER))
    assert "I-07" in ids(changed(case, event(case, "MovementDeparted", "movement/1"), by="KE-NOBODY"))


def test_a_decision_of_one_person_or_the_same_twice_is_named(case):
    given = event(case, "ConsentGiven", "answer/KR")
    rule = Pair(
        country="KR",
        step="answer.consent",
        since=date(2026, 1, 1),
        until=None,
        two=True,
        reference="order",
        held_since="2026-01-01T00:00:00.000Z",
    )
    asked = replace(case, four_eyes={"KR": (rule,)})
    assert ids(asked) == {"I-09"}
    assert ids(changed(asked, given, persons=("officer-1", "officer-2"))) == set()
    assert ids(changed(asked, given, persons=("officer-1", "officer-1"))) == {"I-09"}
    later = replace(asked, four_eyes={"KR": (replace(rule, held_since="2027-01-01T00:00:00.000Z"),)})
    assert ids(later) == set()
    report = event(case, "NotificationAcknowledged", "answer/LK")
    assert ids(changed(case, report, persons=("officer-1",))) == {"I-09"}


def test_a_second_answer_of_a_state_is_named(case):
    given = event(case, "ConsentGiven", "answer/KR")
    assert "I-10" in ids(replace(case, events=[*case.events, replace(given, version=9, type="ObjectionMade")]))


def test_a_decision_without_its_document_or_its_law_is_named(case):
    given = event(case, "ConsentGiven", "answer/KR")
    assert "I-11" in ids(changed(case, given, document=None))
    assert "I-11" in ids(changed(case, given, law=" "))


def test_an_authority_that_takes_part_is_named(case):
    drafted = event(case, "NotificationDrafted")
    taking_part = Slot(role=Role.CARRIER, party="KR-CA", country="KR")
    assert "I-12" in ids(changed(case, drafted, slots=(*drafted.facts["slots"], taking_part)))


def test_a_clock_that_ends_before_it_begins_or_says_nothing_is_named(case):
    told = next(each for each in case.events if each.clocks)
    (first, *rest) = told.clocks
    backwards = replace(first, due=first.start - timedelta(days=1))
    assert "I-20" in ids(changed(case, told, clocks=(backwards, *rest)))
    assert "I-20" in ids(changed(case, told, clocks=(replace(first, reference=""), *rest)))


def test_a_breach_recorded_twice_too_early_or_of_no_clock_is_named(case):
    started = next(each for each in case.events if each.clocks and each.process == "answer")
    clock = started.clocks[0]
    breach = Breach(stream=started.stream, rule=clock.rule, start=clock.start, due=clock.due, reference=clock.reference)
    late = datetime(2028, 1, 1, tzinfo=UTC)
    once = replace(
        started,
        stream="deadlines",
        version=1,
        type="DeadlineBreached",
        facts={"breached": breach},
        clocks=(),
        stopped=(),
        occurred_at=late,
    )
    twice = replace(once, version=2)
    early = replace(once, occurred_at=datetime(2026, 1, 1, tzinfo=UTC))
    strange = replace(once, facts={"breached": replace(breach, rule="no_clock")})
    assert "I-21" not in ids(replace(case, events=[*case.events, once]))
    for wrong in ([once, twice], [early], [strange]):
        assert "I-21" in ids(replace(case, events=[*case.events, *wrong]))


def test_a_breach_is_judged_by_the_days_of_its_own_clock_also_after_another_period_was_agreed(case):
    """Given a breach in the first hours of a day in Nairobi, when a later period counts in UTC, then it was in time."""
    started = next(each for each in case.events if each.clocks and each.process == "answer")
    clock = replace(started.clocks[0], zone="Africa/Nairobi")
    local = replace(started, clocks=(clock,))
    breach = Breach(stream=started.stream, rule=clock.rule, start=clock.start, due=clock.due, reference=clock.reference)
    night = datetime.combine(clock.due, time(21, 30), UTC)
    once = replace(
        started,
        stream="deadlines",
        version=1,
        type="DeadlineBreached",
        facts={"breached": breach},
        clocks=(),
        stopped=(),
        occurred_at=night,
    )
    later = replace(clock, due=clock.due + timedelta(days=90), zone=None)
    agreed = replace(started, version=9, clocks=(later,), facts={}, occurred_at=night)
    events = [local if each is started else each for each in case.events]
    assert "I-21" not in ids(replace(case, events=[*events, once, agreed]))


def test_time_that_goes_back_or_runs_ahead_is_named(case):
    second = event(case, "NotificationSubmitted")
    back = {**case.recorded, ("notification", second.version): "2020-01-01T00:00:00.000Z"}
    assert ids(replace(case, recorded=back)) == {"I-22"}
    assert "I-22" in ids(changed(case, second, occurred_at=datetime(2030, 1, 1, tzinfo=UTC)))


def test_a_report_without_its_message_and_a_message_in_no_inbox_are_named(case):
    heard = next(each for each in case.letters if not each.home)
    assert ids(replace(case, letters=[each for each in case.letters if each is not heard])) == {"I-32"}
    assert ids(replace(case, inbox=case.inbox - {heard.id})) == {"I-32"}
    without = replace(case, letters=[each for each in case.letters if each is not heard], forgotten=1)
    assert ids(without) == set()


def test_a_letter_to_somebody_without_part_in_the_case_is_named(case):
    told = next(each for each in case.letters if each.name == "NotificationTransmission")
    body = told.body.replace(b"SG-CA", b"ZA-CA")
    spoilt = replace(told, body=body, digest=invariants.record.digest(body))
    letters = [spoilt if each is told else each for each in case.letters]
    assert "I-33" in ids(replace(case, letters=letters))


@pytest.fixture
def node():
    """A node of its own, to be spoilt."""
    made = played("Korea consents", hosting=DEMO).nodes["demo"]
    yield made
    made.store.close()


def test_an_answer_without_its_effect_is_named(node):
    said = {"principal": "KE-RVB", "key": "lost", "fingerprint": "0", "answer": b'{"events":[{"type":"Lost"}]}'}
    node.store.replace(ANSWERED, [said])
    assert {finding.rule_id for finding in check(node)} == {"I-37"}


@pytest.mark.parametrize("values", [{"state": "lost"}, {"state": "delivered"}, {"delivered_at": "2026-01-01"}])
def test_a_letter_that_is_not_accounted_for_is_named(values, node):
    node.store.run(update(OUTBOX).values(**values))
    assert {finding.rule_id for finding in check(node)} == {"I-42"}


def test_a_log_that_could_be_changed_is_named(node):
    drop = {
        False: "DROP TRIGGER event_no_delete",
        True: "DROP TRIGGER event_append_only ON event",
    }[node.store.database.shared]
    node.store.run(text(drop))
    assert [finding.message for finding in check(node)] == ["database: rows of the table event can be changed."]
