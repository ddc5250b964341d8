"""A State that is not connected answers on paper: entered here as a report, never taken for a sealed message."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from tests.casefile import CASE, CaseFile
from waste_bpm.casework import record
from waste_bpm.casework.erasing import drawn_up
from waste_bpm.casework.invariants import check
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.log import verify
from waste_bpm.casework.outbox import waiting
from waste_bpm.casework.papers import Paper, enter, pages, scan
from waste_bpm.casework.peers import on_paper, put_on_paper
from waste_bpm.casework.posting import post
from waste_bpm.casework.store import DEADLINE, DOCUMENT
from waste_bpm.casework.views import events
from waste_bpm.errors import Conflict, InputInvalid, NotFound, NotPermitted, Refused
from waste_bpm.processes.clocks import open_clocks

PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
LETTER = {"medium": "letter", "dated_on": "2026-06-05", "received_on": "2026-06-12", "entered_by": "registry desk"}
ACKNOWLEDGED = {"country": "SG", "received_on": "2026-06-03", "acknowledged_on": "2026-06-05"}


class OnPaper:
    """A file from Kenya through Singapore to Korea of which the node of Singapore is not connected."""

    def __init__(self):
        self.file = CaseFile(each=True)
        self.world = self.file.world
        self.singapore = self.world.nodes.pop("sg")
        put_on_paper(self.ke, "sg", "no node there")
        self.file.transmitted().at("2026-06-20")

    @property
    def ke(self):
        return self.world.nodes["ke"]

    @property
    def case(self):
        return self.ke.case(CASE)

    def entered(self, step="acknowledge", data=ACKNOWLEDGED, **changes):
        asked = {"stream": "answer/SG", "said_by": "SG-CA", "party": "KE-CA", "scan": PDF, **LETTER, **changes}
        return enter(self.ke, Paper(case_id=CASE, step=step, data=data, **asked))

    def connected(self):
        """Singapore gets its node, with the case as it was sent; what it says is sealed from then on."""
        self.world.nodes["sg"] = self.singapore
        self.world.exchange()

    def of_singapore(self):
        return [event for event in events(self.ke, CASE) if event.stream == "answer/SG"]


@pytest.fixture
def paper():
    made = OnPaper()
    yield made
    for node in (*made.world.nodes.values(), made.singapore):
        if node.directory.own in made.world.nodes or node is made.singapore:
            node.store.close()


def rule_of(refused):
    return refused.value.findings[0].rule_id


class TestEntering:
    def test_it_is_a_report_on_the_stream_of_that_state_from_the_day_on_the_paper(self, paper):
        paper.entered()
        (event,) = paper.of_singapore()
        assert (event.type, event.by, event.home, event.on_paper) == (
            "NotificationAcknowledged",
            "SG-CA",
            False,
            "letter",
        )
        assert event.occurred_at.date() == date(2026, 6, 5)
        assert paper.case.streams["answer/SG"].state == "acknowledged"

    def test_clocks_run_from_the_day_that_the_law_names_and_not_from_that_of_entering(self, paper):
        paper.entered()
        (clock,) = [clock for stream, clock in open_clocks(paper.case) if stream == "answer/SG"]
        assert (clock.rule, clock.start, clock.due) == ("transit_answer", date(2026, 6, 3), date(2026, 8, 2))
        assert (
            paper.ke.store.rows(select(DEADLINE.c.due).where(DEADLINE.c.stream == "answer/SG"))[0].due == "2026-08-02"
        )

    def test_who_entered_it_how_and_when_it_came_is_on_record_with_the_digest_of_its_scan(self, paper):
        outcome = paper.entered(reference="SG/12")
        (page,) = pages(paper.ke, paper.case)
        assert (page["medium"], page["dated_on"], page["received_on"]) == (
            "letter",
            date(2026, 6, 5),
            date(2026, 6, 12),
        )
        assert (outcome.events[0].type, outcome.events[0].by) == ("PaperEntered", "KE-CA")
        kept = paper.ke.document(CASE, outcome.events[0].document)
        assert (kept.entered_by, kept.paper_reference) == ("registry desk", "SG/12")
        assert scan(paper.ke, paper.case, page["scan"]) == ("Scan (pdf)", PDF)
        assert page["scan"] == record.digest(PDF)

    def test_nothing_is_said_to_others_for_the_paper_is_not_ours(self, paper):
        before = len(waiting(paper.ke))
        paper.entered()
        assert len(waiting(paper.ke)) == before

    def test_our_own_reading_of_the_law_flags_it_and_does_not_refuse_it(self, paper):
        """Given a consent that Singapore gives for longer than a year, then it is on record and flagged."""
        long = {"country": "SG", "decided_on": "2026-06-05", "valid_from": "2026-06-05", "valid_until": "2029-06-05"}
        paper.entered("consent", long)
        assert "consent-validity" in paper.of_singapore()[0].flags
        assert paper.case.streams["answer/SG"].state == "consented"

    def test_the_log_and_every_invariant_hold(self, paper):
        paper.entered()
        assert verify(paper.ke.store).whole
        assert check(paper.ke) == []

    def test_one_letter_may_report_several_acts_and_its_scan_lies_there_once(self, paper):
        paper.entered()
        paper.entered("object", {"country": "SG", "decided_on": "2026-06-05", "grounds": [{"text": [{"text": "No"}]}]})
        assert [event.type for event in paper.of_singapore()] == ["NotificationAcknowledged", "ObjectionMade"]
        assert len(paper.ke.store.rows(select(DOCUMENT.c.digest).where(DOCUMENT.c.kind == "Scan (pdf)"))) == 1

    def test_the_scan_is_among_what_is_erased_when_the_case_is_over(self, paper):
        paper.entered()
        assert record.digest(PDF) in drawn_up(paper.ke, CASE, "over").erased_documents

    def test_the_same_key_gives_the_first_answer_again(self, paper):
        first, again = paper.entered(key="k"), paper.entered(key="k")
        assert (again.replayed, again.events) == (True, first.events[:1])
        assert len(paper.of_singapore()) == 1


class TestWhoMay:
    @pytest.mark.parametrize("party", ["KE-N", "KE-CU", "KR-CA", "SG-CA"])
    def test_only_an_authority_of_this_node_to_which_the_act_is_told_enters_it(self, paper, party):
        with pytest.raises(NotPermitted) as refused:
            paper.entered(party=party)
        assert rule_of(refused) == "paper-of-its-receiver"

    def test_nobody_enters_a_paper_of_a_state_that_has_a_node(self, paper):
        said = {**ACKNOWLEDGED, "country": "KR"}
        with pytest.raises(Refused, match="Wait for the message of kr") as refused:
            paper.entered(stream="answer/KR", said_by="KR-CA", data=said)
        assert rule_of(refused) == "peer-is-connected"

    def test_nobody_enters_a_paper_of_a_party_of_this_node(self, paper):
        with pytest.raises(NotPermitted) as refused:
            paper.entered(stream="answer/KE", said_by="KE-CA")
        assert rule_of(refused) in ("sender-is-elsewhere", "role-missing")

    def test_an_authority_speaks_for_its_own_state_also_on_paper(self, paper):
        with pytest.raises(NotPermitted) as refused:
            paper.entered(stream="answer/KR")
        assert rule_of(refused) == "role-missing"

    def test_what_nobody_may_do_alone_is_not_done_on_paper_either(self, paper):
        with pytest.raises(NotPermitted):
            paper.entered("presume_consent", None)


class TestRefusals:
    @pytest.mark.parametrize(
        "days",
        [
            {"dated_on": "2026-06-13"},
            {"received_on": "2026-06-21"},
            {"dated_on": "2026-06-21", "received_on": "2026-06-21"},
        ],
    )
    def test_it_was_written_before_it_came_and_came_before_it_is_entered(self, paper, days):
        with pytest.raises(Refused) as refused:
            paper.entered(**days)
        assert rule_of(refused) == "paper-days-in-order"
        assert paper.of_singapore() == []

    @pytest.mark.parametrize("data", [b"", b"MZ\x90 %%EOF", PDF[:40], b"\xff\xd8\xff half", b"<svg/>"])
    def test_a_scan_is_told_by_its_bytes_and_whole(self, paper, data):
        with pytest.raises(InputInvalid) as refused:
            paper.entered(scan=data)
        assert rule_of(refused) == "scan-is-a-scan"

    def test_the_same_paper_reports_the_same_act_once(self, paper):
        paper.entered()
        with pytest.raises(Refused) as refused:
            paper.entered()
        assert rule_of(refused) == "paper-entered-once"

    def test_what_it_says_must_be_a_whole_document(self, paper):
        with pytest.raises(InputInvalid):
            paper.entered(data={"country": "SG"})


class TestConnectedLater:
    def test_the_same_under_seal_confirms_the_paper_and_counts_once(self, paper):
        paper.entered()
        paper.connected()
        at = datetime(2026, 6, 5, 4, tzinfo=UTC)
        said = {"stream": "answer/SG", "step": "acknowledge", "party": "SG-CA", "data": ACKNOWLEDGED}
        act(paper.singapore, Request(case_id=CASE, occurred_at=at, **said))
        paper.world.exchange()
        (page,) = pages(paper.ke, paper.case)
        assert page["sealed"]["differs"] == []
        assert [(each.version, each.on_paper) for each in paper.of_singapore()] == [(1, "letter"), (2, None)]
        assert check(paper.ke) == []

    def test_a_difference_is_an_alarm_and_what_is_sealed_counts_from_then_on(self, paper):
        paper.entered()
        paper.connected()
        paper.file.at("2026-06-22")
        other = {**ACKNOWLEDGED, "acknowledged_on": "2026-06-06"}
        paper.file.act("SG-CA", "answer/SG", "acknowledge", other)
        (page,) = pages(paper.ke, paper.case)
        assert page["sealed"]["differs"] == ["occurred_at", "acknowledged_on"]
        assert paper.of_singapore()[1].flags == ("paper-differs",)
        assert [event.type for event in events(paper.ke, CASE)][-1] == "PaperContradicted"
        assert paper.case.streams["answer/SG"].acknowledged_on == date(2026, 6, 6)

    def test_a_consent_on_paper_is_not_lost_when_an_older_act_arrives_under_seal(self, paper):
        """Given a consent on paper, when the sealed acknowledgement and then the consent arrive, then it holds."""
        until = {"country": "SG", "decided_on": "2026-06-05", "valid_from": "2026-06-05", "valid_until": "2027-06-01"}
        paper.entered("consent", until)
        paper.connected()
        paper.file.at("2026-06-22")
        paper.file.act("SG-CA", "answer/SG", "acknowledge", ACKNOWLEDGED)
        paper.file.act("SG-CA", "answer/SG", "consent", until)
        assert paper.case.streams["answer/SG"].state == "consented"
        assert check(paper.ke) == []

    def test_what_grows_is_not_counted_twice(self, paper):
        asked = {"country": "SG", "request": "SG-1", "questions": [{"block": "N12", "text": [{"text": "Which?"}]}]}
        paper.entered("request_information", asked)
        paper.connected()
        paper.file.act("SG-CA", "answer/SG", "acknowledge", ACKNOWLEDGED)
        paper.file.act("SG-CA", "answer/SG", "request_information", asked)
        assert paper.case.streams["answer/SG"].request == ("SG-1",)


class TestRegistering:
    def test_letters_for_it_are_not_tried_and_go_on_waiting(self, paper):
        tried = []
        post(paper.ke, lambda name, sent: tried.append(name), lambda: 0.0)
        assert "sg" not in tried
        assert {letter.node for letter in waiting(paper.ke)} == {"sg"}

    def test_a_node_without_parties_is_not_registered(self, paper):
        with pytest.raises(NotFound):
            put_on_paper(paper.ke, "xx", "why")

    def test_a_peer_is_connected(self, paper, monkeypatch):
        monkeypatch.setattr("waste_bpm.casework.peers.peers", lambda store: {"kr": None})
        with pytest.raises(Conflict):
            put_on_paper(paper.ke, "kr", "why")

    def test_it_is_on_file_with_its_reason(self, paper):
        assert on_paper(paper.ke.store) == {"sg": "no node there"}
