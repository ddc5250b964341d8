"""The straight line: one request, one transaction; a refusal changes nothing; a key answers once."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests import engines
from tests.stage import DEMO, FOUR, case_id, consignment, entry, node_of, played, story
from waste_bpm.casework.arrivals import receive, take
from waste_bpm.casework.invariants import check
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.outbox import waiting
from waste_bpm.casework.store import ANSWERED, DEADLINE, DOCUMENT, EVENT, INBOX, MESSAGE, OUTBOX, Store
from waste_bpm.casework.views import deadlines, events, ledger_of, steps
from waste_bpm.errors import Conflict, InputInvalid, NotFound, NotPermitted, Refused, Unavailable
from waste_bpm.utility_blocks import gate

each_engine = engines.each_engine
pytestmark = pytest.mark.usefixtures("each_engine")

TABLES = (EVENT, DOCUMENT, MESSAGE, INBOX, OUTBOX, DEADLINE, ANSWERED)


def counts(node):
    return {table.name: node.store.rows(select(func.count()).select_from(table))[0][0] for table in TABLES}


def request(words, **changes):
    return replace(Request(case_id=case_id(), **entry(words)), **changes)


def refusal(node, asked, kind=Refused):
    before = counts(node)
    with pytest.raises(kind) as refused:
        act(node, asked)
    assert counts(node) == before, "a refused act leaves the database as it was"
    return refused.value.findings


class TestRefusedActs:
    def test_departure_before_consent(self):
        """Given no consent yet, when the carrier departs, then what is missing is said, with article and cure."""
        world = played("Korea consents, confirms")
        world.now = story().ends
        found = {each.rule_id: each for each in refusal(node_of(world), request("Shipment 1 of 25.0 t is announced"))}
        assert "KR has not consented" in found["consents-in-force"].message
        assert "KE has not consented" in found["consents-in-force"].message
        assert found["consents-in-force"].law == "Basel Art. 6(3), 6(4)"
        assert found["consents-in-force"].fix

    def test_consent_by_the_wrong_authority(self):
        found = refusal(
            node_of(played("Korea consents, conf")), request("Korea cannot answer for Singapore"), NotPermitted
        )
        assert found[0].rule_id == "role-missing"
        assert "SG-CA" in found[0].fix

    def test_receipt_before_arrival(self):
        node = node_of(played("Shipment 1 is presented at Busan"))
        found = refusal(node, request("The facility receives shipment 1", data=_received("2026-03-20")))
        assert {each.rule_id for each in found} == {"shipment-arrived", "receipt-before-shipment"}
        assert all(each.law and each.fix for each in found)

    def test_every_reason_is_given_at_once(self):
        node = node_of(played("The notifier answers"))
        found = refusal(node, request("Korea cannot consent while"))
        assert {each.rule_id for each in found} == {"information-answered", "contract-confirmed"}

    def test_a_step_from_a_wrong_state_says_what_comes_first(self):
        node = node_of(played("The authority of Kenya transmits"))
        (finding,) = refusal(node, Request(case_id=case_id(), stream="notification", step="close", party="KE-CA"))
        assert finding.fix.startswith("First: Transmit to the States concerned")

    def test_a_party_of_another_node_does_not_act_here(self):
        world = played("Sri Lanka acknowledges", hosting=DEMO)
        found = refusal(
            node_of(world), Request(case_id=case_id(), stream="answer/LK", step="object", party="LK-CA"), NotPermitted
        )
        assert "lk" in found[0].message

    def test_a_draft_stays_with_the_notifier_on_file(self):
        """Whoever names itself notifier in a new draft does not take the old one over."""
        node = node_of(played("The notifier submits"))
        carrier = consignment().notification["carriers"][1]["party"]
        data = {**consignment().notification, "notifier": carrier}
        asked = Request(case_id=case_id(), stream="notification", step="draft", party="SG-SEACO", data=data)
        assert refusal(node, asked, (NotPermitted, InputInvalid))

    def test_a_draft_that_is_right_in_itself_is_still_not_taken_over(self):
        node = node_of(played("The notifier submits"))
        party = {**consignment().notification["notifier"], "id": "KE-ROADCO"}
        data = {**consignment().notification, "notifier": party}
        asked = Request(case_id=case_id(), stream="notification", step="draft", party="KE-ROADCO", data=data)
        assert refusal(node, asked, NotPermitted)[0].rule_id == "role-missing"

    @pytest.mark.parametrize("stream", ["nothing", "movement/1"])
    def test_an_unknown_step_names_those_that_exist(self, stream):
        node = node_of(played("Shipment 1 of 25.0 t"))
        (finding,) = refusal(node, Request(case_id=case_id(), stream=stream, step="fly", party="KE-RVB"), NotFound)
        assert finding.fix.startswith("There are:")


def _received(day):
    mass = {"amount": "25.0", "unit": "TNE"}
    return {"received_on": day, "received_quantity": mass, "accepted_quantity": mass, "operation": "R4"}


class TestBadInput:
    @pytest.mark.parametrize(
        ("change", "rule", "pointer"),
        [
            ({"quantity": {"amount": "-1", "unit": "TNE"}}, "field-not-positive", "/quantity"),
            ({"quantity": {"amount": "25.0"}}, "field-missing", "/quantity/unit"),
            ({"quantity": "25.0"}, "field-dataclass-type", "/quantity"),
            ({"shipment_date": "2026-02-30"}, "field-date-from-datetime-parsing", "/shipment_date"),
            ({"packaging": ["77"]}, "code-unknown", "/packaging/0"),
            ({"colour": "blue"}, "field-extra-forbidden", "/colour"),
        ],
    )
    def test_is_answered_with_a_pointer_and_loses_nothing(self, change, rule, pointer):
        node = node_of(played("Shipment 1 of 25.0 t"))
        asked = request("Shipment 1 of 25.0 t is announced")
        found = refusal(node, replace(asked, data={**asked.data, **change}), InputInvalid)
        assert (rule, pointer) in {(each.rule_id, each.pointer) for each in found}
        assert all(each.message for each in found)

    @pytest.mark.parametrize("data", [b"<Movement", b"<!DOCTYPE a []><a/>", b"", b"{}", b"<a/>"])
    def test_a_message_that_is_none_changes_nothing(self, data):
        node = node_of(played("Sri Lanka acknowledges", hosting=DEMO))
        before = counts(node)
        with pytest.raises(InputInvalid) as refused:
            receive(node, data)
        assert refused.value.findings[0].message
        assert counts(node) == before


class TestKeys:
    def test_a_repeated_request_gets_its_first_answer(self):
        node = node_of(played("The notifier submits"))
        asked = request("The notifier submits", key="k1")
        first, again = act(node, asked), act(node, asked)
        assert (first.replayed, again.replayed) == (False, True)
        assert first.events == again.events

    def test_the_same_key_for_something_else_is_a_conflict(self):
        node = node_of(played("The notifier submits"))
        act(node, request("The notifier submits", key="k1"))
        found = refusal(
            node,
            Request(case_id=case_id(), stream="notification", step="draft", party="KE-RVB", key="k1", data={}),
            Conflict,
        )
        assert found[0].rule_id == "key-reused"

    def test_twenty_retries_in_parallel_take_the_step_once(self):
        """S2: one event, one reservation, identical answers."""
        node = node_of(played("Shipment 1 of 25.0 t is announced"))
        before = counts(node)
        answers = []
        asked = request("Shipment 1 of 25.0 t is announced", key="one")
        threads = [threading.Thread(target=lambda: answers.append(act(node, asked).events)) for _ in range(20)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len(answers) == 20
        assert all(each == answers[0] for each in answers)
        assert counts(node)["event"] == before["event"] + 2
        assert ledger_of(node.case(case_id()))["shipments_used"] == 1

    def test_a_stale_version_is_a_conflict(self):
        node = node_of(played("The notifier submits"))
        found = refusal(node, request("The notifier submits", expected=0), Conflict)
        assert "version 1" in found[0].message


class TestAllOrNothing:
    @pytest.mark.parametrize("table", [EVENT, DEADLINE, DOCUMENT, MESSAGE, INBOX, OUTBOX, ANSWERED])
    def test_a_failure_in_any_write_leaves_nothing(self, table, monkeypatch):
        node = node_of(played("Shipment 1 departs", hosting=DEMO))
        before, case = counts(node), node.case(case_id())
        with monkeypatch.context() as patch:
            patch.setattr(node.store, "_insert", _breaking(node.store, table))
            with pytest.raises(RuntimeError):
                act(node, request("Shipment 1 departs", key="k"))
        assert counts(node) == before
        assert node.case(case_id()) == case
        assert act(node, request("Shipment 1 departs", key="k")).events[0].type == "MovementDeparted"

    def test_the_event_log_refuses_to_be_changed(self):
        node = node_of(played("The notifier submits"))
        with pytest.raises(Exception, match="append-only"):
            node.store.run(EVENT.update().values(version=9))
        with pytest.raises(Exception, match="append-only"):
            node.store.run(EVENT.delete())

    def test_a_second_process_may_read_but_not_write(self, tmp_path):
        url = f"sqlite:///{tmp_path}/node.db"
        first = Store(url)
        with pytest.raises(Unavailable, match="Another process writes"):
            Store(url)
        assert Store(url, read_only=True).rows(select(func.count()).select_from(EVENT))[0][0] == 0
        first.close()
        Store(url).close()


def _breaking(store, broken):
    """How a row is written, and where writing breaks."""
    insert = store._insert

    def spelt(table):
        if table is broken:
            raise RuntimeError("the disk is full")
        return insert(table)

    return spelt


class TestClockGoingBack:
    """Given a clock that was set back, what is recorded next is not recorded before what stands in the log."""

    def recorded(self, node):
        lines = select(EVENT.c.recorded_at).where(EVENT.c.case_id == case_id()).order_by(EVENT.c.position)
        return [row.recorded_at for row in node.store.rows(lines)]

    def test_an_act_is_recorded_at_the_moment_of_the_last_line(self):
        node = node_of(played("The notifier submits"))
        last = self.recorded(node)[-1]
        act(replace(node, clock=lambda: node.clock() - timedelta(days=1)), request("The notifier submits"))
        assert self.recorded(node)[-1] == last
        assert check(node) == []

    def test_so_is_a_report_of_a_peer(self):
        node = node_of(played("Sri Lanka consents", hosting=DEMO))
        consent = next(each for each in story().steps if each.say.startswith("Sri Lanka consents"))
        last = self.recorded(node)[-1]
        node.store.memory.clear()
        data = story().message(consent)
        take(replace(node, clock=lambda: node.clock() - timedelta(days=30)), gate.read(data), data)
        assert self.recorded(node)[-1] == last


class TestReports:
    def arrived(self):
        """What Korea's node hears when it has consented to nothing yet, and Sri Lanka's consent as bytes."""
        node = node_of(played("Sri Lanka consents", hosting=DEMO))
        consent = next(each for each in story().steps if each.say.startswith("Sri Lanka consents"))
        return node, story().message(consent)

    def test_the_same_bytes_again_get_the_first_receipt(self):
        node, data = self.arrived()
        first = receive(node, data)
        before = counts(node)
        again = receive(node, data)
        assert (again.duplicate, again.recorded_at, again.digest) == (True, first.recorded_at, first.digest)
        assert counts(node) == before

    def test_the_same_identity_with_other_bytes_is_an_alarm(self):
        node, data = self.arrived()
        receive(node, data)
        with pytest.raises(Conflict, match="other content"):
            receive(node, data.replace(b"No unloading", b"Unloading"))

    def test_a_report_is_recorded_though_we_would_have_decided_otherwise(self):
        """Korea's own node may consent as it likes; Kenya's records it and flags the missing contract."""
        consents = played("The authority of Kenya authorises", hosting=FOUR).nodes["kr"]
        body = next(
            row.body
            for row in consents.store.rows(select(MESSAGE.c.body, MESSAGE.c.name).where(MESSAGE.c.home))
            if row.name == "ConsentDecision"
        )
        kenya = played("Korea consents, confirms", hosting=FOUR).nodes["ke"]
        unconfirmed = body.replace(b"<ContractConfirmed>true</ContractConfirmed>", b"")
        receipt = receive(kenya, unconfirmed)
        assert receipt.flags == ("contract-confirmed",)
        assert kenya.case(case_id()).streams["answer/KR"].state == "consented"

    def test_nobody_else_speaks_for_a_party_of_this_node(self):
        node, data = self.arrived()
        forged = data.replace(b">LK-CA<", b">KR-CA<").replace(b">LK<", b">KR<").replace(b"answer/LK", b"answer/KR")
        with pytest.raises(NotPermitted, match="nobody else speaks for it"):
            receive(node, forged.replace(b'"transit_authority">KR-CA', b'"import_authority">KR-CA', 1))

    def test_a_party_says_only_what_its_role_lets_it(self):
        node, data = self.arrived()
        with pytest.raises(NotPermitted, match="Consent in writing"):
            receive(node, data.replace(b">LK-CA<", b">LK-COLOMBO<", 1))

    def test_a_message_for_others_is_not_recorded(self):
        node, data = self.arrived()
        for ours in gate.read(data).header.receivers:
            data = data.replace(f">{ours.id}</Receiver>".encode(), b">LK-COLOMBO</Receiver>")
        with pytest.raises(NotPermitted, match="None of the receivers"):
            receive(node, data)

    def test_a_message_that_comes_before_its_notification_has_to_come_again(self):
        there, data = self.arrived()
        early = played("The authority of Kenya transmits", hosting={"KR": "kr"} | dict.fromkeys(("KE", "SG"), "kr"))
        early.nodes["kr"].store.memory.clear()
        empty = played("The notifier drafts", hosting=DEMO)
        empty.now = there.clock()
        with pytest.raises(Unavailable, match="has not arrived here"):
            receive(node_of(empty), data)

    def test_an_event_that_the_message_cannot_report_is_refused(self):
        node, data = self.arrived()
        with pytest.raises(InputInvalid, match="cannot report"):
            receive(node, data.replace(b"<Event>ConsentGiven</Event>", b"<Event>MovementDeparted</Event>"))


class TestViews:
    def test_steps_say_what_may_be_done_and_why_not(self):
        node = node_of(played("Korea consents, confirms"))
        found = {each["step"]: each for each in steps(node, node.case(case_id()), "answer/KR", "KR-CA")}
        assert found["consent"]["allowed"] is True
        assert found["consent"]["takes"] == "ConsentDecision"
        assert found["acknowledge"]["findings"][0]["rule_id"] == "step-not-from-here"
        other = {each["step"]: each for each in steps(node, node.case(case_id()), "answer/KR", "KE-RVB")}
        assert other["consent"]["findings"][0]["rule_id"] == "role-missing"

    def test_the_end_of_the_story_shows_what_is_owed(self):
        node = node_of(played())
        case = node.case(case_id())
        owed = {(each["stream"], each["rule"]): each for each in deadlines(node, case)}
        assert owed["return_case/3", "take_back_failed"]["due"] == "2026-11-11"
        assert owed["return_case/3", "take_back_failed"]["owed_by"] == "export_authority"
        assert ("movement/4", "receipt_watch") in owed
        assert not [key for key in owed if key[0] in ("movement/1", "movement/2", "movement/3", "answer/LK")]

    def test_the_ledger_counts_the_larger_of_declared_and_weighed(self):
        book = ledger_of(node_of(played()).case(case_id()))
        assert book["consented"] == {"amount": "100", "unit": "TNE"}
        assert book["shipments"][3]["taken"] == {"amount": "26.4", "unit": "TNE"}
        assert book["left"] == {"amount": "-1.2", "unit": "TNE"}

    def test_letters_to_nodes_that_are_away_wait(self):
        node = node_of(played(hosting=DEMO))
        assert {letter.node for letter in waiting(node)} == {"lk", "ch"}
        assert len(events(node, case_id())) > 60
