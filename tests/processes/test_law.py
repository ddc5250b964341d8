"""Sentences a lawyer can check: given what happened, when somebody asks, then the law answers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.casefile import concerned
from tests.stage import case_id, consignment, entry, node_of, played
from waste_bpm.casework.lapses import lapse
from waste_bpm.documents import check
from waste_bpm.documents.decisions import TacitConsent
from waste_bpm.documents.movement import Movement
from waste_bpm.documents.notification import Notification
from waste_bpm.errors import Refused
from waste_bpm.law.rules import regime
from waste_bpm.processes.answer import Answer, missing_consents
from waste_bpm.processes.case import Command
from waste_bpm.processes.clocks import open_clocks
from waste_bpm.processes.decide import decide, findings, rows_of
from waste_bpm.processes.ledger import ledger
from waste_bpm.vocabulary import Role, tonnes

LAW = regime("BASEL")
ROLE = {
    "KE-RVB": Role.NOTIFIER,
    "KE-CA": Role.EXPORT_AUTHORITY,
    "KR-CA": Role.IMPORT_AUTHORITY,
    "SG-CA": Role.TRANSIT_AUTHORITY,
    "LK-CA": Role.TRANSIT_AUTHORITY,
    "SG-SEACO": Role.CARRIER,
    "KE-ROADCO": Role.CARRIER,
    "KR-DBR": Role.DISPOSER,
    "KR-BUSAN": Role.CUSTOMS_ENTRY,
}


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def case_until(words):
    return node_of(played(words)).case(case_id())


def command(words, **changes):
    said = entry(words)
    _, step, _ = rows_of(said["stream"], said["step"])[0]
    data = {**(said["data"] or {}), **changes}
    if step.name == "announce":
        data = _prefilled(data)
    document = check.read(step.takes, data, on=date(2026, 6, 1)) if step.takes and data else None
    return Command(
        stream=said["stream"], step=said["step"], by=said["party"], role=ROLE[said["party"]], document=document
    )


def _prefilled(data):
    return Movement.prefilled(Notification.model_validate(consignment().notification), data)


def refused_by(case, asked, now, law=LAW):
    return {finding.rule_id for finding in findings(case, asked, law, at(now))}


class TestSilence:
    """Basel Art. 6(4): D1 of the acceptance cases."""

    def silent(self, waiver):
        case = case_until("Korea acknowledges")
        law = node_of(played("The notifier submits")).law() if waiver else LAW
        document = TacitConsent(
            country="SG",
            rule="transit_answer",
            reference="Basel Convention, Art. 6(4)",
            zone="Asia/Singapore",
            counted_from=date(2026, 1, 19),
            counted_to=date(2026, 3, 20),
            days=60,
            waiver="register",
            valid_until=date(2027, 2, 26),
        )
        return (
            case,
            Command(stream="answer/SG", step="presume_consent", by="SG-CA", role=Role.CLOCK, document=document),
            law,
        )

    def test_of_a_transit_state_that_waived_consent_counts_after_sixty_days(self):
        case, asked, law = self.silent(waiver=True)
        assert refused_by(case, asked, "2026-03-20", law) == {"transit-period-ended"}
        assert refused_by(case, asked, "2026-03-21", law) == set()

    def test_of_a_transit_state_that_did_not_waive_never_counts(self):
        case, asked, law = self.silent(waiver=False)
        assert refused_by(case, asked, "2026-12-01", law) == {"transit-waiver"}

    def test_becomes_an_event_with_its_evidence_when_the_last_day_has_ended_in_singapore(self):
        world = played("Korea acknowledges")
        node = node_of(world)
        world.now = at("2026-03-20T15:59:00")
        assert lapse(node) == []
        world.now = at("2026-03-20T16:00:00")
        (outcome,) = lapse(node)
        event = outcome.events[0]
        assert (event.type, event.by, event.role) == ("TacitConsentRecorded", "SG-CA", Role.CLOCK)
        assert event.facts["counted_to"] == date(2026, 3, 20)
        assert lapse(node) == []

    def test_of_the_state_of_import_starts_no_clock_and_never_consents(self):
        case = case_until("Korea asks")
        assert not [stream for stream, _ in open_clocks(case) if stream == "answer/KR"]
        assert "KR has not consented" in missing_consents(case, date(2030, 1, 1))

    def test_without_a_waiver_leaves_the_deadline_breached_and_the_movement_waiting(self):
        """Trap 1: silence is no answer by default; the breach is recorded, once, and nothing is presumed."""
        world = played("Sri Lanka consents")
        node = node_of(world)
        world.now = at("2026-04-01")
        recorded = [(concerned(e), e.type) for outcome in lapse(node) for e in outcome.events]
        assert recorded == [("answer/SG", "TacitConsentRecorded"), ("answer/LK", "DeadlineBreached")]
        case = node.case(case_id())
        assert case.streams["answer/LK"].state == "acknowledged"
        assert "LK has not consented" in missing_consents(case, date(2026, 4, 1))
        assert lapse(node) == []


class TestConsent:
    def test_the_state_of_import_confirms_the_contract(self):
        asked = command("Korea consents, confirms", contract_confirmed=None)
        assert refused_by(case_until("Korea consents, confirms"), asked, "2026-02-20") == {"contract-confirmed"}

    def test_no_consent_to_a_general_notification_holds_longer_than_twelve_months(self):
        case = case_until("Korea consents, confirms")
        longest = command("Korea consents, confirms", valid_from="2026-03-02", valid_until="2027-03-02")
        too_long = command("Korea consents, confirms", valid_from="2026-03-02", valid_until="2027-03-03")
        assert refused_by(case, longest, "2026-02-20") == set()
        assert refused_by(case, too_long, "2026-02-20") == {"consent-validity"}

    def test_a_cap_is_set_in_the_dimension_of_the_notification(self):
        """A report that is capped otherwise is recorded all the same, and the ledger counts without that cap."""
        cap = [{"text": [{"text": "At most 10 m3."}], "most_quantity": {"amount": "10", "unit": "MTQ"}}]
        case = case_until("Korea consents, confirms")
        asked = command("Korea consents, confirms", conditions=cap)
        assert refused_by(case, asked, "2026-02-20") == {"cap-countable"}
        capped = replace(Answer(country="KR", state="consented"), most_quantity=asked.document.most_quantity)
        assert ledger(case.with_stream("answer/KR", capped)).consented == tonnes(100)

    def test_an_authority_acknowledges_before_it_decides(self):
        asked = replace(command("Korea consents, confirms"))
        assert "acknowledged-first" in refused_by(case_until("Korea acknowledges"), asked, "2026-01-20")

    def test_an_authority_speaks_for_its_own_state(self):
        asked = command("Korea consents, confirms", country="SG")
        assert refused_by(case_until("Korea consents, confirms"), asked, "2026-02-20") == {"own-state"}

    @pytest.mark.parametrize(
        ("day", "missing"),
        [
            (date(2026, 3, 1), {"KE", "LK", "SG", "KR"}),
            (date(2026, 3, 20), {"SG"}),
            (date(2026, 3, 21), set()),
            (date(2027, 2, 26), set()),
            (date(2027, 2, 27), {"SG"}),
            (date(2027, 3, 2), {"KE", "LK", "SG", "KR"}),
        ],
    )
    def test_waste_moves_only_inside_every_window(self, day, missing):
        """Singapore's silence counts from the day after the 60 days, and for the notified period."""
        found = missing_consents(case_until("Shipment 1 of 25.0 t"), day)
        assert {state for state in ("KE", "LK", "SG", "KR") if any(state in each for each in found)} == missing


class TestMovement:
    def test_departure_asks_for_every_consent_again(self):
        case = case_until("Shipment 1 departs")
        asked = command("Shipment 1 departs")
        assert refused_by(case, asked, "2026-04-01T06:00") == set()
        withdrawn = _withdrawn(case)
        assert refused_by(withdrawn, asked, "2026-04-01T06:00") == {"consents-in-force"}

    def test_a_load_on_its_way_is_still_received_when_consent_is_withdrawn(self):
        case = _withdrawn(case_until("The facility receives shipment 1"))
        assert refused_by(case, command("The facility receives shipment 1"), "2026-04-28T03:00") == set()

    def test_the_carrier_that_has_the_load_hands_it_over(self):
        case = case_until("RoadCo hands shipment 2")
        assert refused_by(case, command("RoadCo hands shipment 2"), "2026-05-26T05:00") == set()
        gap = command("RoadCo hands shipment 2", from_carrier="KE-OTHER")
        assert refused_by(case, gap, "2026-05-26T05:00") == {"custody-has-no-gap"}
        early = command("RoadCo hands shipment 2", handed_over_at="2026-05-25T04:00:00Z")
        assert refused_by(case, early, "2026-05-26T05:00") == {"custody-has-no-gap"}

    def test_a_carrier_that_is_not_named_takes_no_charge(self):
        case = case_until("Shipment 1 departs")
        asked = replace(command("Shipment 1 departs", carrier="KE-ROADCO"), by="KE-ROADCO")
        assert refused_by(case, asked, "2026-04-01T06:00") == {"named-carrier"}

    @pytest.mark.parametrize(
        ("change", "rule"),
        [
            (
                {"waste": {"basel": {"code": "A1010", "list": "BASEL-VIII"}, "y_codes": ["Y31"], "h_codes": ["H12"]}},
                "agrees-with-notification",
            ),
            ({"operations": ["R1"]}, "agrees-with-notification"),
            ({"packaging": ["1"]}, "agrees-with-notification"),
            ({"shipment_date": "2026-03-22"}, "within-notified-period"),
            ({"serial": 2}, "own-number"),
            ({"quantity": {"amount": "100.1", "unit": "TNE"}}, "consent-balance"),
            ({"quantity": {"amount": "10", "unit": "MTQ"}}, "quantity-comparable"),
        ],
    )
    def test_the_document_says_what_was_notified_and_stays_within_it(self, change, rule):
        asked = command("Shipment 1 of 25.0 t is announced", **change)
        assert rule in refused_by(case_until("Shipment 1 of 25.0 t is announced"), asked, "2026-03-26")

    def test_the_last_gram_fits_and_one_more_does_not(self):
        case = case_until("Shipment 4 of 25.0 t is announced")
        fits = command("Shipment 4 of 25.0 t is announced", quantity={"amount": "25.2", "unit": "TNE"})
        over = command("Shipment 4 of 25.0 t is announced", quantity={"amount": "25.200001", "unit": "TNE"})
        kilograms = command("Shipment 4 of 25.0 t is announced", quantity={"amount": "25200", "unit": "KGM"})
        assert refused_by(case, fits, "2026-09-07") == set()
        assert refused_by(case, over, "2026-09-07") == {"consent-balance"}
        assert refused_by(case, kilograms, "2026-09-07") == set()

    def test_a_number_is_used_once_even_when_its_shipment_was_cancelled(self):
        case = _cancelled(case_until("Shipment 1 departs"))
        again = command("Shipment 1 of 25.0 t is announced")
        assert {"serial-free", "step-not-from-here"} <= refused_by(case, again, "2026-03-27")


class TestArrival:
    def test_what_was_not_accepted_is_not_certified(self):
        case = case_until("The facility certifies recovery of the 19 t")
        asked = command(
            "The facility certifies recovery of the 19 t", treated_quantity={"amount": "19.000001", "unit": "TNE"}
        )
        assert refused_by(case, asked, "2026-09-04") == {"was-accepted"}
        early = command("The facility certifies recovery of the 19 t", completed_on="2026-08-10")
        assert refused_by(case, early, "2026-09-04") == {"was-accepted"}

    def test_a_partial_rejection_opens_a_return_case_that_stays_open(self):
        case = case_until("The authority of Kenya cannot close")
        assert case.streams["return_case/3"].state == "informed"
        close = Command(stream="notification", step="close", by="KE-CA", role=Role.EXPORT_AUTHORITY)
        (finding,) = findings(case, close, LAW, at("2026-10-06"))
        assert "return case of shipment 3" in finding.message
        assert "shipment 4" in finding.message

    def test_ninety_days_to_take_back_begin_when_the_state_of_export_is_informed(self):
        case = case_until("The facility certifies recovery of the 19 t")
        (clock,) = [clock for stream, clock in open_clocks(case) if stream == "return_case/3"]
        assert (clock.start, clock.due) == (date(2026, 8, 13), date(2026, 11, 11))
        assert clock.reference == "Basel Convention, Art. 8"

    def test_an_overweight_load_is_not_released_and_may_be_held(self):
        case = case_until("A release of shipment 4")
        assert refused_by(case, command("A release of shipment 4"), "2026-10-05T02:00") == {
            "documents-verified",
            "weight-within-consent",
        }
        assert refused_by(case, command("Shipment 4 is held"), "2026-10-05T02:00") == set()

    def test_a_held_load_is_not_received(self):
        case = case_until("The authority of Kenya cannot close")
        asked = replace(command("The facility receives shipment 2"), stream="receipt/4")
        assert "shipment-arrived" in refused_by(case, asked, "2026-10-06")


class TestRoute:
    def test_no_trade_with_a_state_that_is_not_a_party(self):
        """Basel Art. 4(5)."""
        case, asked = _transmission(country="US", to="IN")
        assert "states-are-parties" in refused_by(case, asked, "2026-01-15")

    def test_unless_an_agreement_covers_it(self):
        """Basel Art. 11: the OECD Decision does, for recovery."""
        case, asked = _transmission(country="US", to="KR")
        assert "states-are-parties" not in refused_by(case, asked, "2026-01-15")

    def test_what_the_law_of_the_exporting_bloc_prohibits_is_not_transmitted(self):
        """Regulation (EU) 2024/1157, Art. 39(1), beside the Ban Amendment."""
        case, asked = _transmission(country="DE", to="GH")
        assert {"export-not-banned", "movement-not-prohibited"} <= refused_by(case, asked, "2026-06-01")

    def test_a_state_of_annex_vii_does_not_export_hazardous_waste_to_others(self):
        """Basel Art. 4A."""
        case, asked = _transmission(country="DE", to="GH")
        assert "export-not-banned" in refused_by(case, asked, "2026-06-01")

    def test_a_state_outside_annex_vii_may(self):
        case, asked = _transmission(country="KE")
        assert refused_by(case, asked, "2026-01-15") == set()


def _transmission(country, to="KR"):
    case = case_until("The authority of Kenya transmits")
    document = Notification.model_validate(consignment().notification)
    route = (
        document.route[0].model_copy(update={"country": country}),
        *document.route[1:-1],
        document.route[-1].model_copy(update={"country": to}),
    )
    document = document.model_copy(update={"route": route})
    return case, Command(
        stream="notification", step="transmit", by="KE-CA", role=Role.EXPORT_AUTHORITY, document=document
    )


def _withdrawn(case):
    answer = replace(case.streams["answer/LK"], state="consent_withdrawn", effective_on=date(2026, 3, 30))
    return case.with_stream("answer/LK", answer)


def _cancelled(case):
    return case.with_stream("movement/1", replace(case.streams["movement/1"], state="cancelled"))


class TestDecide:
    def test_gives_all_reasons_at_once_and_no_event(self):
        with pytest.raises(Refused) as refused:
            decide(case_until("The notifier answers"), command("Korea cannot consent while"), LAW, at("2026-02-02"))
        assert len(refused.value.findings) == 2

    def test_an_event_carries_the_law_that_applied(self):
        (event,) = decide(case_until("Shipment 1 departs"), command("Shipment 1 departs"), LAW, at("2026-04-01T06:00"))
        assert event.law == "Basel Art. 4(7)(c), 6(9)"
        (clock,) = event.clocks
        assert clock.due - clock.start == timedelta(days=42)

    def test_the_ledger_names_what_each_shipment_takes(self):
        book = ledger(case_until("The authority of Kenya cannot close"))
        assert [line.taken for line in book.lines] == [tonnes("25.0"), tonnes("24.8"), tonnes("25.0"), tonnes("26.4")]
        assert book.left == tonnes("-1.2")
