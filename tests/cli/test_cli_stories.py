"""Stories through the command line: the double click (S2), what is resent (S3), the last tonnes (S4), the clock (S7), a find."""

import json
import multiprocessing
import warnings
from contextlib import closing

import pytest

from tests.cli.conftest import CONSIGNMENT, FIND, NUMBER, run, run_json
from tests.processes.command_desk import CASE, CommandDesk, spoken
from tests.processes.command_file import CommandFile
from waste_bpm.casework.store import Store

FOUND = "7d1b7a52-3f0b-5d1c-9a57-4c1d2b8e6a10"


def at_once(desk, *asked):
    """Several offices press the key at the same time, each in a process of its own: exit codes and answers."""
    with warnings.catch_warnings():
        # newer Pythons warn of a fork beside threads; these processes use none of them
        warnings.simplefilter("ignore", DeprecationWarning)
        with multiprocessing.get_context("fork").Pool(len(asked)) as offices:
            return offices.starmap(_pressed, [(desk, *each) for each in asked], chunksize=1)


def _pressed(desk, stream, step, party, data, key=None):
    return desk.act(stream, step, data, party, key=key)


class TestDoubleClick:
    """S2."""

    def test_a_departure_that_is_signed_twenty_times_at_once_with_its_key_is_signed_once(self):
        desk = CommandDesk("BASEL", quantity="200", shipments=10)
        desk.announce(1, "20")
        asked = ("movement/1", "depart", "SG-SEACO", desk.departure(), "one")
        answers = at_once(desk, *[asked] * 20)
        assert [code for code, _ in answers] == [0] * 20
        assert sorted(said["replayed"] for _, said in answers) == [False] + [True] * 19
        assert len(desk.case.streams["movement/1"].signed) == 2, (
            "the notifier for the shipment, the carrier for the load"
        )
        assert all(said["events"] == answers[0][1]["events"] for _, said in answers)
        _, ledger = desk.run("case", "show", CASE)
        assert ledger["ledger"]["shipments_used"] == 1
        assert ledger["ledger"]["left"]["amount"] == "180"

    def test_who_waits_longer_than_a_turn_hears_that_another_process_writes(self, monkeypatch):
        desk = CommandDesk("BASEL")
        monkeypatch.setattr("waste_bpm.cli.case_act.TURN", 0.02)
        with closing(Store(f"sqlite:///{desk.db}")):
            code, said = desk.act("movement/1", "announce", desk.movement(1, "20"))
        assert (code, [each["rule_id"] for each in said["findings"]]) == (8, ["store-in-use"])

    def test_another_body_under_the_same_key_is_a_conflict(self):
        desk = CommandDesk("BASEL", quantity="200", shipments=10)
        assert desk.act("movement/1", "announce", desk.movement(1, "20"), key="one")[0] == 0
        code, said = desk.act("movement/1", "announce", desk.movement(1, "21"), key="one")
        assert (code, [each["rule_id"] for each in said["findings"]]) == (6, ["key-reused"])


class TestLastTonnes:
    """S4: 200 t in ten movements, 190 t used in eight."""

    @pytest.fixture
    def used(self):
        desk = CommandDesk("BASEL", quantity="200", shipments=10)
        for serial in range(1, 8):
            desk.announce(serial, "24")
        desk.announce(8, "22")
        return desk

    def test_two_offices_announce_them_at_once_and_one_gets_them(self, used):
        asked = [(f"movement/{n}", "announce", "GB-NTF", used.movement(n, "8")) for n in (9, 10)]
        (taken, _), (refused, said) = sorted(at_once(used, *asked), key=lambda each: each[0])
        assert (taken, refused) == (0, 4)
        (finding,) = [each for each in said["findings"] if each["severity"] == "error"]
        assert finding["rule_id"] == "consent-balance"
        assert "2 t are left" in finding["message"]

    def test_what_is_cancelled_before_it_departs_is_free_again(self, used):
        used.announce(9, "8")
        assert used.refused("movement/10", "announce", used.movement(10, "8")) == {"consent-balance"}
        used.take("movement/9", "cancel", {"reason": [{"text": "no lorry"}]})
        assert used.refused("movement/10", "announce", used.movement(10, "8")) == set()

    def test_the_ten_movements_are_counted(self, used):
        used.announce(9, "1")
        used.announce(10, "1")
        assert used.refused("movement/11", "announce", used.movement(11, "0.1")) >= {"shipments-left"}

    def test_the_weight_on_arrival_counts_where_it_is_more(self, used):
        used.depart(1)
        used.pass_border(1)
        used.receive(1, "25.5")
        assert str(used.book.left) == "8.5 t"
        over = used.verdict("movement/9", "announce", used.movement(9, "8.500001"))["consent-balance"]
        assert "8.5 t are left" in over.message


class TestResent:
    """S3, of the notification: what was submitted is refused when it is changed, and accepted when it is not."""

    def test_an_unchanged_notification_is_taken_and_is_no_event(self, transmitted):
        before = run_json("case", "log", NUMBER, "--db", transmitted)["events"]
        assert run_json("case", "import", CONSIGNMENT, "--db", transmitted)["drafted"] is False
        assert run_json("case", "log", NUMBER, "--db", transmitted)["events"] == before

    def test_a_changed_one_is_refused_with_the_way_to_change_it(self, transmitted, tmp_path):
        said = json.loads(CONSIGNMENT.read_text())
        said["notification"]["waste"]["basel"]["code"] = "A1010"
        changed = tmp_path / "changed.json"
        changed.write_text(json.dumps(said))
        (finding,) = run_json("case", "import", changed, "--db", transmitted, code=4)["findings"]
        assert (finding["rule_id"], finding["pointer"]) == ("field-sealed", "/waste/basel")
        assert "KE-RVB (notifier), who signed the step 'submit'" in finding["message"]
        assert "ask for a change" in finding["fix"]

    def test_whom_to_contact_is_no_exception_to_it(self, transmitted, tmp_path):
        said = json.loads(CONSIGNMENT.read_text())
        said["notification"]["notifier"]["phone"] = "+254 20 9999999"
        changed = tmp_path / "changed.json"
        changed.write_text(json.dumps(said))
        (finding,) = run_json("case", "import", changed, "--db", transmitted, code=4)["findings"]
        assert (finding["rule_id"], finding["pointer"]) == ("field-sealed", "/notifier/phone")
        assert "whom to contact is corrected" in finding["fix"]


class TestLegalAcknowledgement:
    """S7: what a node says by itself starts no clock, nor does reading; the acknowledgement of the authority does."""

    def owed(self, file):
        _, said = spoken(file.world.now, "case", "show", file.case.id, "--db", file.db)
        return [
            each["due"] for each in said["deadlines"] if (each["stream"], each["rule"]) == ("answer/KR", "decision")
        ]

    def test_the_period_of_decision_runs_from_the_acknowledgement(self):
        file = CommandFile("OECD", ("CH", "TR", "KR"), on="2026-06-01").transmitted()
        assert self.owed(file) == []
        file.at("2026-06-03").act("KR-CA", "answer/KR", "read")
        assert self.owed(file) == []
        file.at("2026-06-06").act("KR-CA", "answer/KR", "acknowledge")
        assert self.owed(file) == ["2026-07-06"]
        file.at("2026-06-18").act("KR-CA", "answer/KR", "request_information")
        assert self.owed(file) == ["2026-07-06"], "no law in force pauses it"


class TestFind:
    """A find of waste that nobody notified begins a case of its own."""

    WORDS = ("suspect", "--begin", "--on", "illegal_case/KR/1", "--as", "KR-BUSAN", "--data", "-")

    def test_it_is_found_and_shown_by_its_identity(self, db):
        run("case", "act", FOUND, *self.WORDS, "--db", db, input=json.dumps(FIND))
        said = run_json("case", "show", FOUND, "--db", db)
        assert (said["case"], said["number"], said["ledger"]) == (FOUND, None, None)
        assert [state["stream"] for state in said["states"]] == ["illegal_case/KR/1"]
        assert "illegal_case/KR/1" in run("case", "show", FOUND, "--db", db).stdout
        assert [event["type"] for event in run_json("case", "log", FOUND, "--db", db)["events"]] == [
            "IllegalTrafficSuspected"
        ]
        run("check", "--db", db)

    def test_it_is_named_by_a_uuid(self, db):
        words = ("case", "act", "the find", *self.WORDS, "--db", db)
        assert "not a UUID" in run(*words, code=2, input=json.dumps(FIND)).stderr

    def test_without_the_word_an_unknown_case_is_no_new_one(self, db):
        words = ("case", "act", FOUND, *(word for word in self.WORDS if word != "--begin"), "--db", db)
        said = run_json(*words, code=5, input=json.dumps(FIND))
        assert [finding["rule_id"] for finding in said["findings"]] == ["case-unknown"]
