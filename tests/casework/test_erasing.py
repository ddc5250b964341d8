"""Documents of a case that is over are erased, which is on record; the log stays whole. On both engines."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, func, select

from tests import engines
from tests.stage import FOUR, ONE, case_id, node_of, played
from waste_bpm.casework import log, projections, record
from waste_bpm.casework.erasing import drawn_up, erase
from waste_bpm.casework.invariants import check
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.log import verify
from waste_bpm.casework.outbox import hand_over, waiting
from waste_bpm.casework.sealing import newest, seal
from waste_bpm.casework.store import DOCUMENT, EVENT
from waste_bpm.documents.erasure import Erasure
from waste_bpm.errors import Conflict, NotFound, NotPermitted, Refused
from waste_bpm.law.rules import regime
from waste_bpm.processes.case import Case, Command
from waste_bpm.processes.erasure import kept_long_enough
from waste_bpm.vocabulary import Role

each_engine = engines.each_engine
WHY = "the time for keeping has passed"


def withdrawn(hosting=ONE):
    """A node on which a notification was withdrawn after it was transmitted, long ago."""
    made = played("Singapore acknowledges", hosting)
    node = made.home_of("KE-RVB")
    told = {"reason": [{"text": "No buyer", "language": "en"}]}
    act(node, Request(case_id=case_id(), stream="notification", step="withdraw", party="KE-RVB", data=told))
    return replace(node, clock=lambda: datetime(2040, 1, 1, tzinfo=UTC))


def asked(node, **changes):
    return erase(node, case_id(), **{"reason": WHY, "party": "KE-CA", **changes})


@pytest.mark.usefixtures("each_engine")
class TestErasing:
    def test_documents_and_messages_go_and_every_chain_stays_whole(self):
        node = withdrawn()
        seal(node)
        kept, before = newest(node.store), node.case(case_id()).streams["notification"]
        erased = asked(node)
        seal(node)
        verdict = verify(node.store, kept=[kept])
        assert verdict.whole
        assert (erased.documents > 1, erased.messages > 1) == (True, True)
        assert (verdict.erased, verdict.messages) == (erased.messages, 0)
        assert list(log.messages(node.store)) == []
        assert node.case(case_id()).streams["notification"] == before
        assert check(node) == []
        assert projections.differing(node) == []
        node.store.close()

    def test_it_is_on_record_who_asked_when_why_and_what_went(self):
        node = withdrawn()
        gone = drawn_up(node, case_id(), WHY)
        asked(node)
        line = node.store.rows(select(EVENT).where(EVENT.c.stream == "erasure"))[-1]
        event = record.event_of(line.body)
        assert (event.type, event.by, event.occurred_at) == ("DocumentsErased", "KE-CA", node.clock())
        assert event.facts["reason"] == WHY
        assert event.facts["erased_documents"] == gone.erased_documents
        assert event.facts["erased_messages"] == gone.erased_messages
        assert [row.kind for row in node.store.rows(select(DOCUMENT.c.kind))] == ["Erasure"]
        node.store.close()

    @pytest.mark.spoils
    def test_a_document_that_went_without_a_record_is_missed(self):
        """Given documents deleted behind the back of the program, then the invariants say so."""
        node = withdrawn()
        node.store.run(delete(DOCUMENT))
        assert {finding.rule_id for finding in check(node)} >= {"I-41"}
        node.store.close()

    def test_what_is_erased_is_not_erased_twice(self):
        node = withdrawn()
        asked(node)
        with pytest.raises(NotFound, match="Nothing of the case"):
            asked(node)
        node.store.close()

    def test_a_letter_that_still_waits_is_not_erased(self):
        """Given a letter that its receiver has not got, when the case is to be erased, then it is delivered first."""
        node = withdrawn(FOUR)
        assert waiting(node)
        with pytest.raises(Conflict, match="no receipt yet"):
            asked(node)
        hand_over(node, lambda _: True)
        asked(node)
        node.store.close()

    def test_a_case_that_is_not_over_keeps_its_documents(self):
        node = node_of(played("Shipment 1 departs"))
        with pytest.raises(Refused) as refused:
            asked(node)
        assert refused.value.findings[0].rule_id == "erasure-of-what-is-over"
        assert verify(node.store).erased == 0
        node.store.close()

    @pytest.mark.parametrize("party", ["KE-RVB", "LK-CA-2"])
    def test_an_authority_of_the_case_lets_it_be_erased_and_nobody_else(self, party):
        node = withdrawn()
        with pytest.raises(NotPermitted) as refused:
            asked(node, party=party)
        assert refused.value.findings[0].rule_id == "erasure-by-authority"
        node.store.close()

    def test_an_erasing_that_breaks_off_erases_nothing(self, monkeypatch):
        node = withdrawn()
        before = node.store.rows(select(func.count()).select_from(DOCUMENT))[0][0]
        monkeypatch.setattr("waste_bpm.casework.erasing.update", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            asked(node)
        assert node.store.rows(select(func.count()).select_from(DOCUMENT))[0][0] == before
        assert "erasure" not in node.case(case_id()).streams
        node.store.close()


@pytest.mark.parametrize(
    ("name", "last", "today", "rule"),
    [
        ("EU", "2026-06-01", "2031-06-01", "records-kept"),
        ("EU", "2026-06-01", "2031-06-02", None),
        ("GB", "2026-06-01", "2029-06-01", "records-kept"),
        ("GB", "2026-06-01", "2029-06-02", None),
        ("BASEL", "2026-06-01", "2026-06-02", "records-kept-unknown"),
    ],
)
def test_documents_are_kept_as_long_as_the_regime_says(name, last, today, rule):
    """Regulation (EU) 2024/1157, Art. 20: five years; practice of Great Britain: three; the Convention: no number."""
    document = Erasure(reason=WHY, last_act_on=date.fromisoformat(last))
    command = Command(stream="erasure", step="erase", by="KE-CA", role=Role.CLOCK, document=document)
    now = datetime.fromisoformat(f"{today}T12:00:00+00:00")
    found = kept_long_enough(Case(id="1"), command, regime(name), now)
    assert (found.rule_id if found else None) == rule
