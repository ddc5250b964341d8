"""Two procedures without a notification: the information procedure of the green list, and the pre-consent of a facility."""

from datetime import UTC, date, datetime
from itertools import count
from uuid import UUID, uuid5

import pytest

from tests.casefile import CaseFile
from tests.documents.test_annex_vii import DONE, GREEN, RECEIVED
from tests.documents.test_check import PRE_CONSENT, mass
from waste_bpm.casework.correspondence import Directory
from waste_bpm.casework.invariants import check
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.log import messages
from waste_bpm.casework.node import Node
from waste_bpm.casework.store import Store
from waste_bpm.casework.views import events
from waste_bpm.errors import InputInvalid, NotPermitted, Refused
from waste_bpm.processes.clocks import open_clocks
from waste_bpm.vocabulary import Code, Party, Role

CASE = "7d1b7a52-3f0b-5d1c-9a57-4c1d2b8e6a11"
EVERYBODY = {
    "FR-METAL": (Role.NOTIFIER, "FR"),
    "FR-ROAD": (Role.CARRIER, "FR"),
    "DE-TRADE": (Role.CONSIGNEE, "DE"),
    "DE-SMELT": (Role.DISPOSER, "DE"),
    "FR-CA": (Role.EXPORT_AUTHORITY, "FR"),
    "DE-CA": (Role.IMPORT_AUTHORITY, "DE"),
    "SECRETARIAT": (Role.SECRETARIAT, "CH"),
}
AUTHORITIES = {"FR": "FR-CA", "DE": "DE-CA"}
FORM = {**GREEN, "route": [{**leg, "authority": AUTHORITIES[leg["country"]]} for leg in GREEN["route"]]}
LEFT = {
    "departed_at": "2026-07-01T06:00:00Z",
    "place": "FRMZM",
    "carrier": "FR-ROAD",
    "conveyance": {"means_of_transport": "R", "vehicle": "AB-123-CD"},
}


class File:
    """A file of one process on one node, where everybody is at home."""

    def __init__(self, stream):
        self.stream, self.at = stream, None
        numbers = count()
        parties = {
            name: Party(id=name, name=name, country=country, roles=frozenset({role}), node="here")
            for name, (role, country) in EVERYBODY.items()
        }
        self.node = Node(
            store=Store("sqlite://"),
            directory=Directory(own="here", parties=parties),
            clock=lambda: self.at,
            ids=lambda _: str(uuid5(UUID(CASE), str(next(numbers)))),
        )

    def take(self, step, by, data=None, on="2026-06-26"):
        self.at = datetime.fromisoformat(on).replace(hour=12, tzinfo=UTC)
        act(self.node, Request(case_id=CASE, stream=self.stream, step=step, party=by, data=data))
        assert check(self.node) == []
        return self.node.case(CASE).streams[self.stream]

    def refused(self, *given, **named):
        with pytest.raises(Refused) as refused:
            self.take(*given, **named)
        return {finding.rule_id for finding in refused.value.findings}

    def clocks(self):
        return {clock.rule: clock.due for _, clock in open_clocks(self.node.case(CASE))}

    def told(self):
        return [message.name for message in messages(self.node.store)]


def green(until="complete"):
    """A green-listed shipment from France to Germany, as far as `until`."""
    file = File("annex_vii")
    way = {
        "draft": lambda: file.take("draft", "FR-METAL", FORM),
        "complete": lambda: file.take("complete", "FR-METAL"),
        "depart": lambda: file.take("depart", "FR-ROAD", LEFT, on="2026-07-01"),
        "receive": lambda: file.take("receive", "DE-SMELT", RECEIVED, on="2026-07-03"),
    }
    for step, taken in way.items():
        taken()
        if step == until:
            return file
    return file


class TestGreenList:
    """Regulation (EU) 2024/1157, Art. 18: information, and nobody consents."""

    def test_a_shipment_goes_from_its_document_to_the_certificate(self):
        file = green("receive")
        assert file.clocks() == {"green_certificate_latest": date(2027, 7, 2)}
        case = file.take("recover", "DE-SMELT", DONE, on="2026-07-21")
        assert (case.state, file.clocks()) == ("recovered", {})
        assert file.told() == [
            "AnnexVIIDocument",
            "AnnexVIIDeparture",
            "AnnexVIIFacilityReceipt",
            "AnnexVIICompletion",
        ]

    def test_the_document_is_complete_two_working_days_before_the_start(self):
        """Given a start on Wed 1 July, when it is completed on Tue 30 June, then it is too late; on Mon 29 June it is not."""
        assert green("draft").refused("complete", "FR-METAL", on="2026-06-30") == {"green-lead"}
        assert green("draft").take("complete", "FR-METAL", on="2026-06-29").state == "complete"

    def test_a_regime_without_a_green_list_has_no_such_procedure(self):
        assert "green-list-known" in File("annex_vii").refused("draft", "FR-METAL", {**FORM, "regime": "BASEL"})

    def test_the_document_may_be_corrected_until_the_start(self):
        file = green()
        assert file.take("correct", "FR-METAL", {**FORM, "quantity": mass("23")}).quantity.amount == 23
        file.take("depart", "FR-ROAD", LEFT, on="2026-07-01")
        assert "step-not-from-here" in file.refused("correct", "FR-METAL", FORM)

    def test_a_cancelled_shipment_does_not_leave(self):
        file = green()
        file.take("cancel", "FR-METAL", {"reason": [{"text": "No truck"}]})
        assert "step-not-from-here" in file.refused("depart", "FR-ROAD", LEFT, on="2026-07-01")

    def test_a_load_does_not_leave_before_its_day(self):
        early = {**LEFT, "departed_at": "2026-06-28T06:00:00Z"}
        assert green().refused("depart", "FR-ROAD", early, on="2026-06-28") == {"green-departure"}

    def test_custody_has_no_gap(self):
        handed = {
            "handed_over_at": "2026-07-01T10:00:00Z",
            "place": "DESBR",
            "from_carrier": "DE-TRADE",
            "carrier": "FR-ROAD",
            "conveyance": LEFT["conveyance"],
        }
        assert green("depart").refused("take_over", "FR-ROAD", handed, on="2026-07-01") == {"green-custody"}

    def test_trap_15_box_13_is_refused_to_the_facility_itself(self):
        """Trap 15: where consignee and facility are one, there is only the receipt of the facility."""
        file = File("annex_vii")
        one = {**FORM, "consignee": FORM["facility"]["party"]}
        file.take("draft", "FR-METAL", one)
        file.take("complete", "FR-METAL")
        file.take("depart", "FR-ROAD", LEFT, on="2026-07-01")
        arrived = {"received_on": "2026-07-02", "received_quantity": mass("24.5"), "place": "Gate 2"}
        assert file.refused("receive_by_consignee", "DE-SMELT", arrived, on="2026-07-02") == {"green-consignee-apart"}

    def test_a_receipt_that_is_told_late_is_recorded_with_its_delay(self):
        """Given receipt on Thu 2 July, when it is told on Wed 8 July, then it counts, and the delay is on record."""
        file = green("depart")
        file.take("receive", "DE-SMELT", RECEIVED, on="2026-07-08")
        assert "green-receipt-late" in events(file.node, CASE)[-1].flags

    def test_a_receipt_before_the_departure_does_not_fit(self):
        early = {**RECEIVED, "received_on": "2026-06-30"}
        assert green("depart").refused("receive", "DE-SMELT", early, on="2026-07-02") == {"green-receipt-date"}

    def test_no_more_is_certified_than_was_accepted(self):
        more = {**DONE, "recycled_quantity": mass("24.1")}
        assert green("receive").refused("recover", "DE-SMELT", more, on="2026-07-21") == {"green-recovery"}

    def test_a_shipment_that_cannot_be_completed_goes_back_within_90_days(self):
        """Regulation (EU) 2024/1157, Art. 23(1): from the day the authority of dispatch was informed."""
        file = green("receive")
        asked = {
            "informed_on": "2026-07-06",
            "quantity": mass("24.5"),
            "location": "DE-SMELT",
            "reason": [{"text": "Mixed with other metals"}],
        }
        file.take("fail", "FR-METAL", asked, on="2026-07-06")
        assert file.clocks() == {"green_take_back": date(2026, 10, 4)}
        back = {"returned_on": "2026-08-01", "quantity": mass("24.5"), "remark": [{"text": "Back in Metz"}]}
        assert file.take("return", "FR-CA", back, on="2026-08-01").state == "returned"
        assert file.clocks() == {}

    def test_an_authority_points_out_a_problem_and_nothing_stops_by_itself(self):
        file = green("depart")
        seen = {"seen_at": "2026-07-01T15:00:00Z", "place": "A31", "text": [{"text": "Leaking oil"}]}
        assert file.take("signal", "DE-CA", seen, on="2026-07-01").state == "in_transit"

    def test_nobody_is_asked_to_consent(self):
        with pytest.raises(NotPermitted):
            green("draft").take("complete", "DE-CA")


GRANTED = {
    "decided_on": "2026-07-01",
    "valid_from": "2026-07-02",
    "valid_until": "2036-07-01",
    "waste": PRE_CONSENT["waste"],
    "operations": ["R4"],
}
ASKED = {
    **PRE_CONSENT,
    "facility": {
        **PRE_CONSENT["facility"],
        "party": {**PRE_CONSENT["facility"]["party"], "id": "DE-SMELT", "country": "DE"},
    },
    "authority": "DE-CA",
    "waste": [*PRE_CONSENT["waste"], {"code": "A1181", "list": "BASEL-VIII"}],
}
A1160, A1181 = Code("A1160", "BASEL-VIII"), Code("A1181", "BASEL-VIII")


def applied():
    file = File("pre_consent")
    file.take("apply", "DE-SMELT", ASKED, on="2026-06-01")
    return file


class TestPreConsent:
    """Regulation (EU) 2024/1157, Art. 14: it belongs to a facility, its wastes and its operations."""

    def test_the_authority_has_55_days_and_the_pre_consent_holds_for_ten_years(self):
        file = applied()
        assert file.clocks() == {"pre_consent_decision": date(2026, 7, 26)}
        case = file.take("grant", "DE-CA", GRANTED, on="2026-07-01")
        assert case.covers(A1160, "R4", date(2036, 7, 1))
        assert not case.covers(A1160, "R4", date(2036, 7, 3))
        assert file.clocks() == {}

    def test_trap_8_it_covers_its_wastes_and_operations_and_nothing_else(self):
        """Trap 8: it belongs to facility, waste, operation and days, never to a notification; R13 alone is not eligible."""
        case = applied().take("grant", "DE-CA", GRANTED, on="2026-07-01")
        assert not case.covers(A1181, "R4", date(2026, 8, 1))
        assert not case.covers(A1160, "R3", date(2026, 8, 1))
        with pytest.raises(InputInvalid, match="R13 alone"):
            File("pre_consent").take("apply", "DE-SMELT", {**ASKED, "operations": ["R13"]})

    def test_nothing_is_granted_that_was_not_applied_for(self):
        wider = {**GRANTED, "operations": ["R4", "R3"]}
        assert applied().refused("grant", "DE-CA", wider, on="2026-07-01") == {"pre-consent-not-wider"}

    def test_it_holds_no_longer_than_the_law_allows(self):
        longer = {**GRANTED, "valid_until": "2036-07-03"}
        assert applied().refused("grant", "DE-CA", longer, on="2026-07-01") == {"pre-consent-validity"}

    def test_the_basel_procedure_knows_no_pre_consented_facility(self):
        file = File("pre_consent")
        assert file.refused("apply", "DE-SMELT", {**ASKED, "regime": "BASEL"}) == {"pre-consent-known"}

    def test_it_is_revoked_for_some_wastes_or_wholly_from_a_day_on(self):
        file = applied()
        file.take("grant", "DE-CA", {**GRANTED, "waste": ASKED["waste"]}, on="2026-07-01")
        part = {"effective_on": "2027-01-01", "waste": PRE_CONSENT["waste"], "reason": [{"text": "Permit changed"}]}
        case = file.take("revoke_in_part", "DE-CA", part, on="2026-12-20")
        assert case.covers(A1160, "R4", date(2027, 1, 1))
        assert not case.covers(A1181, "R4", date(2027, 1, 1))
        whole = {"effective_on": "2027-06-01", "reason": [{"text": "Permit ended"}]}
        case = file.take("revoke", "DE-CA", whole, on="2027-05-20")
        assert case.covers(A1160, "R4", date(2027, 5, 31))
        assert not case.covers(A1160, "R4", date(2027, 6, 1))

    def test_a_revocation_in_part_leaves_something_that_was_granted(self):
        file = applied()
        file.take("grant", "DE-CA", GRANTED, on="2026-07-01")
        none = {"effective_on": "2027-01-01", "reason": [{"text": "x"}]}
        assert file.refused("revoke_in_part", "DE-CA", none, on="2026-12-20") == {"pre-consent-part"}

    def test_a_refusal_ends_the_file(self):
        file = applied()
        no = {"decided_on": "2026-06-20", "reason": [{"text": "No permit for this waste"}]}
        assert file.take("refuse", "DE-CA", no, on="2026-06-20").state == "refused"
        assert file.clocks() == {}


def test_a_form_without_the_declaration_is_not_complete():
    file = File("annex_vii")
    file.take("draft", "FR-METAL", {name: value for name, value in FORM.items() if name != "declaration"})
    with pytest.raises(InputInvalid, match="is missing"):
        file.take("complete", "FR-METAL")


def test_a_case_that_a_green_document_began_is_not_taken_over_by_a_notification():
    """Given an Annex VII file, when its arranger drafts a notification in it, then the parties of the file stay."""
    file = green()
    before = file.node.case(CASE).slots
    notified = CaseFile("EU", ("FR", "BE", "DE")).notification()
    notified["notifier"] |= {"id": "FR-METAL"}
    asked = Request(case_id=CASE, stream="notification", step="draft", party="FR-METAL", data=notified)
    with pytest.raises(Refused) as refused:
        act(file.node, asked)
    assert [finding.rule_id for finding in refused.value.findings] == ["case-of-one-file"]
    assert file.node.case(CASE).slots == before


def test_a_notified_case_has_no_green_document_of_its_own():
    file = CaseFile("EU", ("FR", "BE", "DE")).submitted()
    arranged = {**FORM, "arranger": {**FORM["arranger"], "id": "FR-N"}, "shipment_date": "2026-07-01"}
    assert file.refused("FR-N", "annex_vii", "draft", arranged) == {"case-of-one-file"}
