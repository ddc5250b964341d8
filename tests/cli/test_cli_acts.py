"""A9, S7 and S10 through the command line, the acts of a file (`case bulk`), and the policies of a node (`node policy`)."""

import json

import pytest

from tests.processes.command_desk import CASE, CommandDesk, found, spoken
from tests.processes.command_file import CommandFile
from tests.processes.desk import words
from tests.processes.test_return_case import PART, answer, come_back, finished, request, set_out

BEFORE = "2026-05-04"
"""A9: the day before the shipment."""


@pytest.fixture
def arrived():
    """A9: shipped on 2026-05-05, at the gate on 2026-05-05."""
    desk = CommandDesk("GB", quantity="100", today="2026-04-28")
    desk.guaranteed()
    desk.announce(1, "20", ships="2026-05-05")
    desk.on("2026-05-05").depart(1)
    desk.pass_border(1)
    return desk


def in_bulk(desk, *acts, dry_run=False):
    """Exit code and rows of acts in one file."""
    file = desk.db.with_name("acts.json")
    file.write_text(json.dumps([{"on": on, "step": step, "as": by, "data": data} for on, step, by, data in acts]))
    code, said = desk.run("case", "bulk", CASE, file, *(["--dry-run"] if dry_run else []))
    return code, said.get("rows", said)


def rules(row):
    return [finding["rule_id"] for finding in row.get("findings", row.get("warnings", []))]


class TestPolicy:
    """A9: a receipt dated a day before its shipment is refused unless the node has chosen to allow it with a reason."""

    def test_by_default_it_is_refused_alone_and_in_a_file(self, arrived):
        said = arrived.receipt("20", received_on=BEFORE, order_explained=words("clock of the scales"))
        assert arrived.refused("receipt/1", "receive", said) == {"receipt-before-shipment"}
        code, rows = in_bulk(arrived, ("receipt/1", "receive", "KR-FAC", said))
        assert (code, rules(rows[0])) == (4, ["receipt-before-shipment"])

    def test_where_the_node_allows_it_the_reason_is_asked_for_and_recorded_alone_and_in_a_file(self, arrived):
        assert arrived.run("node", "policy", "receipt_before_shipment", "allow with reason", "--regime", "GB")[0] == 0
        without = arrived.receipt("20", received_on=BEFORE)
        explained = {**without, "order_explained": words("clock of the scales")}
        assert arrived.refused("receipt/1", "receive", without) == {"receipt-before-shipment"}
        verdict = arrived.verdict("receipt/1", "receive", explained)["receipt-before-shipment"]
        assert verdict.severity == "warning"
        assert verdict.law.startswith("policy of this node")
        asked = [("receipt/1", "receive", "KR-FAC", data) for data in (without, explained)]
        code, rows = in_bulk(arrived, *asked)
        assert (code, [rules(row) for row in rows]) == (9, [["receipt-before-shipment"]] * 2)
        assert [row["exit_code"] for row in rows] == [4, 0]
        assert rows[1]["events"][0]["flags"] == ["receipt-before-shipment"]

    def test_the_policy_is_that_of_the_regime_for_which_it_was_chosen(self, arrived):
        arrived.run("node", "policy", "receipt_before_shipment", "allow with reason", "--regime", "EU")
        explained = arrived.receipt("20", received_on=BEFORE, order_explained=words("clock"))
        assert arrived.refused("receipt/1", "receive", explained) == {"receipt-before-shipment"}

    @pytest.mark.parametrize(
        ("rule", "word", "why"),
        [("receipt_before_shipment", "whatever", "policy-word"), ("decision", "60", "policy-not-open")],
    )
    def test_what_a_text_says_is_not_open_to_choice_nor_is_an_unknown_word(self, arrived, rule, word, why):
        code, said = arrived.run("node", "policy", rule, word, "--regime", "GB")
        assert (code, [finding["rule_id"] for finding in said["findings"]]) == (3, [why])

    def test_what_is_open_is_shown_with_what_was_chosen(self, arrived):
        arrived.run("node", "policy", "short_notice", "error", "--regime", "GB")
        _, said = arrived.run("node", "policy", "--regime", "GB")
        assert {row["rule"]: (row["value"], row["chosen"]) for row in said["policies"]} == {
            "short_notice": ("error", True),
            "receipt_before_shipment": ("refuse", False),
        }


class TestBulk:
    """A2, A3, A8: a row of a file gets the verdict of a single act, and each is judged after those before it."""

    def test_the_last_tonnes_are_given_to_the_first_row_that_asks(self):
        desk = CommandDesk("BASEL", quantity="30", shipments=10)
        asked = [(f"movement/{n}", "announce", "GB-NTF", desk.movement(n, "20")) for n in (1, 2)]
        code, rows = in_bulk(desk, *asked, ("movement/2", "announce", "GB-NTF", desk.movement(2, "10")))
        assert (code, [rules(row) for row in rows]) == (9, [[], ["consent-balance"], []])
        assert str(desk.book.left) == "0 t"

    def test_a_dry_run_judges_the_same_and_keeps_nothing(self):
        desk = CommandDesk("BASEL", quantity="30", shipments=10)
        asked = [(f"movement/{n}", "announce", "GB-NTF", desk.movement(n, "20")) for n in (1, 2)]
        tried = in_bulk(desk, *asked, dry_run=True)
        assert [row["exit_code"] for row in tried[1]] == [0, 4]
        assert str(desk.book.left) == "30 t"
        assert [row["exit_code"] for row in in_bulk(desk, *asked)[1]] == [0, 4]

    @pytest.mark.parametrize(
        ("today", "ships", "refused"),
        [
            ("2026-06-01", "2026-07-01", []),
            ("2026-06-01", "2026-07-02", ["movement-horizon"]),
            ("2026-06-01", "2026-05-31", ["movement-date-past"]),
        ],
    )
    def test_the_day_of_a_shipment_is_judged_as_alone(self, today, ships, refused):
        desk = CommandDesk("GB", quantity="30", today=today)
        desk.guaranteed(valid_from="2026-05-01")
        said = desk.movement(1, "10", ships)
        code, rows = in_bulk(desk, ("movement/1", "announce", "GB-NTF", said), dry_run=True)
        assert (code, rules(rows[0])) == (4 if refused else 0, refused)
        assert desk.refused("movement/1", "announce", said) == set(refused)

    @pytest.mark.parametrize(("ships", "warned"), [("2026-03-04", ["movement-lead"]), ("2026-03-05", [])])
    def test_a_short_notice_is_pointed_out_with_the_finding_of_a_single_act(self, ships, warned):
        desk = CommandDesk("GB", quantity="30", today="2026-03-02")
        desk.guaranteed()
        said = desk.movement(1, "10", ships)
        _, rows = in_bulk(desk, ("movement/1", "announce", "GB-NTF", said), dry_run=True)
        alone = desk.verdict("movement/1", "announce", said)
        assert (rules(rows[0]), found(rows[0], "warnings")) == (warned, list(alone.values()))

    @pytest.mark.parametrize(
        ("amount", "unit", "warned"),
        [
            ("10", "TNE", []),
            ("9.9999", "TNE", ["receipt-tolerance"]),
            ("30", "TNE", []),
            ("30.0001", "TNE", ["receipt-tolerance"]),
            ("20000", "KGM", []),
        ],
    )
    def test_the_tolerance_of_a_receipt_is_reported_for_a_row(self, arrived, amount, unit, warned):
        _, rows = in_bulk(arrived, ("receipt/1", "receive", "KR-FAC", arrived.receipt(amount, unit)))
        assert (rows[0]["exit_code"], rules(rows[0])) == (0, warned)

    @pytest.mark.parametrize(
        ("received_on", "completed_on", "refused"),
        [
            ("2026-05-05", "2026-05-05", ([], [])),
            ("2026-05-07", "2026-05-07", (["receipt-date"], ["was-accepted", "completion-date"])),
            ("2026-05-06", "2026-05-05", ([], ["was-accepted"])),
            ("2026-05-05", "2026-05-07", ([], ["completion-date"])),
        ],
    )
    def test_the_days_of_receipt_and_recovery_are_judged_as_alone(self, arrived, received_on, completed_on, refused):
        """A9: the load is at the gate since 5 May; the file is sent on 6 May."""
        arrived.on("2026-05-06")
        receipt = ("receipt/1", "receive", "KR-FAC", arrived.receipt("20", received_on=received_on))
        _, rows = in_bulk(
            arrived, receipt, ("disposal/1", "certify", "KR-FAC", arrived.certificate("20", completed_on))
        )
        assert tuple(rules(row) for row in rows) == refused

    def test_what_is_no_list_of_acts_is_refused_row_by_row(self):
        desk = CommandDesk("BASEL")
        file = desk.db.with_name("acts.json")
        file.write_text(
            '[{"on": "movement/1", "step": "announce"}, {"on": "movement/2", "step": "plan", "as": "X"}, 3]'
        )
        code, said = desk.run("case", "bulk", CASE, file)
        assert (code, [finding["pointer"] for finding in said["findings"]]) == (3, ["/0", "/2"])


class TestClock:
    """S7: four signs of life, of which the last one starts the clock; most of the time passed is pointed out."""

    @pytest.fixture
    def file(self):
        file = CommandFile("OECD", ("CH", "TR", "KR"), on="2026-06-01").transmitted()
        file.at("2026-06-03").act("KR-CA", "answer/KR", "read", remarks=words("the separators are unclear"))
        file.at("2026-06-08").act("KR-CA", "answer/KR", "acknowledge")
        return file

    def decision(self, file, on):
        _, said = spoken(file.at(on).world.now, "case", "show", file.case.id, "--db", file.db)
        return next(each for each in said["deadlines"] if (each["stream"], each["rule"]) == ("answer/KR", "decision"))

    def test_the_four_messages_are_distinct_and_the_clock_is_that_of_the_fourth(self, file):
        _, said = spoken(file.world.now, "case", "messages", file.case.id, "--db", file.db)
        signs = [each["name"] for each in said["messages"] if each["sender"] == "KR-CA"]
        assert signs == [f"Notification{sign}" for sign in ("Receipt", "Validation", "Reading", "Acknowledgement")]
        clock = self.decision(file, "2026-06-09")
        assert (clock["start"], clock["due"], clock["owed_by"]) == ("2026-06-08", "2026-07-08", "import_authority")
        assert clock["reference"]

    @pytest.mark.parametrize(
        ("on", "near", "overdue"),
        [("2026-06-30", False, False), ("2026-07-01", True, False), ("2026-07-08", True, False)],
    )
    def test_when_three_quarters_of_the_time_have_passed_it_is_said(self, file, on, near, overdue):
        clock = self.decision(file, on)
        assert (clock["near"], clock["overdue"]) == (near, overdue)

    def test_no_law_in_force_pauses_it_for_a_request(self, file):
        file.at("2026-06-20").act("KR-CA", "answer/KR", "request_information")
        reply = {"country": "KR", "request": "KR-1", "replies": [{"block": "N12", "text": words("as said")}]}
        file.at("2026-06-28").act("CH-N", "notification", "supply_information", reply)
        assert self.decision(file, "2026-06-29")["due"] == "2026-07-08"


@pytest.mark.parametrize(("told_on", "late"), [("2026-05-08", []), ("2026-05-09", ["receipt-notice-late"])])
def test_the_authority_of_export_hears_of_a_rejection_and_whether_it_was_told_in_time(arrived, told_on, late):
    """S10, with three days to confirm: what is late is told all the same, and that it is late."""
    said = arrived.rejection("14", "6") | {"received_on": "2026-05-05"}
    code, answered = arrived.on(told_on).act("receipt/1", "receive_in_part", said)
    assert (code, rules(answered)) == (0, late)
    assert "GB-CA" in answered["letter"]["to"]
    assert answered["events"][0]["flags"] == late


class TestRejectedAtTheGate:
    """S10, from the gate to the closed file, as the command line tells it."""

    @pytest.fixture
    def desk(self):
        desk = CommandDesk("BASEL", quantity="100", today="2026-03-02")
        desk.announce(1, "20")
        desk.depart(1)
        desk.pass_border(1)
        return desk

    def shown(self, desk):
        return desk.run("case", "show", CASE)[1]

    def test_a_part_is_rejected_goes_back_and_the_file_is_closed(self, desk):
        # given 20 t at the gate of which 6 t are mixed waste
        code, said = desk.act("receipt/1", "receive_in_part", desk.rejection("14", "6"))
        # then the authority of export and the notifier are told in the same act, and a return case is open
        assert (code, said["letter"]["name"]) == (0, "ShipmentRejection")
        assert {"GB-CA", "GB-NTF"} <= set(said["letter"]["to"])
        assert [event["type"] for event in said["events"]] == ["LoadReceivedInPart", "ReturnCaseOpened"]
        # when the State of import asks for its return, the duty has 90 days and the one who owes it is named
        desk.take("return_case/1", "inform", request())
        (clock,) = [each for each in self.shown(desk)["deadlines"] if each["rule"] == "take_back_failed"]
        assert (clock["due"], clock["owed_by"], clock["parties"]) == ("2026-05-31", "export_authority", ["GB-CA"])
        assert "Art. 8" in clock["reference"]
        # and the holder is one who has the duty
        assert desk.refused("take_back/1", "order_return", answer(holder="KR-FAC")) == {"take-back-holder"}

    def test_the_ledger_the_links_and_the_certificate_of_the_rest(self, desk):
        desk.receive_in_part(1, "14", "6")
        assert self.shown(desk)["ledger"]["left"]["amount"] == "80", "what was rejected counts until it is back"
        set_out(desk)
        streams = desk.case.streams
        assert (streams["return_movement/1"].original, streams["take_back/1"].number) == (1, "R-1")
        assert desk.refused("disposal/1", "certify", desk.certificate("14.000001")) == {"was-accepted"}
        come_back(desk)
        assert self.shown(desk)["ledger"]["left"]["amount"] == "86", "Basel gives back what is back"
        finished(desk)
        desk.certify(1, "14")
        assert desk.act("notification", "close")[0] == 0
        assert self.shown(desk)["standing"]["phase"] == "closed"
        assert desk.run("check")[0] == 0

    def test_a_part_that_is_illegal_traffic_has_thirty_days_beside_the_ninety_of_the_rest(self, desk):
        """Art. 8 for 4 t of lawful waste that failed, Art. 9(2) for 2 t that nobody notified."""
        # given 6 t rejected, of which 2 t are found to be clinical waste
        desk.receive_in_part(1, "14", "6")
        desk.take("return_case/1/2", "split", PART)
        desk.take("return_case/1", "inform", request("4"))
        # when these are dealt with as illegal traffic of the side of the exporter, told on 5 March
        referred = {"referred_on": "2026-03-02", "procedure": "Art. 9(1)(d)", "reason": words("clinical waste")}
        desk.take("return_case/1/2", "refer", referred)
        find = {"found_at": desk.now.isoformat(), "place": "Bay 3", "quantity": PART["quantity"]}
        desk.take("illegal_case/KR/1", "suspect", {**find, "description": words("clinical waste")}, by="KR-PORT")
        confirmed = {"decided_on": "2026-03-02", "grounds": ["material_nonconformity"], "evidence": words("opened")}
        desk.take("illegal_case/KR/1", "confirm", confirmed, by="KR-CA")
        said = {"remedy": words("take it back"), "reason": words("packed by the exporter")}
        assigned = {"responsibility": "exporter_side", "informed_on": "2026-03-05", **said}
        desk.on("2026-03-05").take("illegal_case/KR/1", "assign", assigned, by="KR-CA")
        # then each part has its own days, counted from the day on which the State of export was told of it
        owed = {each["rule"]: each for each in self.shown(desk)["deadlines"]}
        assert owed["take_back_failed"]["due"] == "2026-05-31"
        assert (owed["take_back_illegal"]["due"], owed["take_back_illegal"]["parties"]) == ("2026-04-04", ["GB-CA"])
        assert "Art. 9(2)" in owed["take_back_illegal"]["reference"]

    @pytest.mark.parametrize("rejected", ["5.999999", "6.000001"])
    def test_the_parts_make_up_the_load_to_the_gram(self, desk, rejected):
        said = desk.rejection("14", "6") | {"rejected_quantity": {"amount": rejected, "unit": "TNE"}}
        code, answered = desk.act("receipt/1", "receive_in_part", said)
        assert code == 3
        assert any("accounted for" in finding["message"] for finding in answered["findings"])
