"""What was consented to is what moves: each fault that is planted against I-03 and I-04 is named."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.casework.test_invariants import changed, event, ids, with_events
from tests.stage import DEMO, case_id, played
from waste_bpm.casework.invariants import dossier
from waste_bpm.vocabulary import Code, Quantity, Unit, tonnes

pytestmark = pytest.mark.spoils


@pytest.fixture(scope="module")
def case():
    """The whole story on the node of the demonstration."""
    node = played(hosting=DEMO).nodes["demo"]
    yield dossier(node, case_id())
    node.store.close()


class TestNothingWiderThanNotified:
    def test_the_story_keeps_both(self, case):
        assert ids(case) == set()

    @pytest.mark.parametrize(
        "wider",
        [
            {"waste_code": Code("A1180", "BASEL-VIII")},
            {"quantity": tonnes(101)},
            {"quantity": Quantity(Decimal(10), Unit.CUBIC_METRE)},
            {"shipment_date": date(2030, 1, 1)},
        ],
    )
    def test_a_shipment_beyond_the_notification_is_named(self, case, wider):
        assert "I-03" in ids(changed(case, event(case, "MovementAnnounced", "movement/1"), **wider))

    def test_what_is_only_planned_takes_nothing_from_the_quantity(self, case):
        planned = replace(event(case, "MovementAnnounced", "movement/1"), type="MovementPlanned")
        events = [planned if each == event(case, "MovementAnnounced", "movement/1") else each for each in case.events]
        assert "I-03" not in ids(changed(replace(case, events=events), planned, quantity=tonnes(101)))

    def test_a_shipment_for_another_operation_is_named(self, case):
        announced = event(case, "MovementAnnounced", "movement/1")
        kind, body = case.documents[announced.document]
        other = {
            **case.documents,
            announced.document: (kind, body.replace(b'"operations":["R4"]', b'"operations":["D10"]')),
        }
        assert "I-03" in ids(replace(case, documents=other))

    def test_a_consent_that_counts_otherwise_or_speaks_for_another_state_is_named(self, case):
        given = event(case, "ConsentGiven", "answer/KR")
        assert "I-03" in ids(changed(case, given, most_quantity=Quantity(Decimal(100), Unit.CUBIC_METRE)))
        assert "I-03" in ids(changed(case, given, country="SG"))


class TestNothingChangedBehindAConsent:
    def asked(self, case, **facts):
        """The notification as a change would have it, and the request for it, right before the first departure."""
        filed = event(case, "NotificationTransmitted")
        place = case.events.index(event(case, "MovementDeparted", "movement/1"))
        content = {"content": "0" * 64, "material": True, **facts}
        ask = replace(filed, stream="change/1", version=1, type="ChangeAsked", facts=content, document=None)
        amends = replace(filed, version=99, type="NotificationAmended", facts={**filed.facts, "content": "0" * 64})
        return case.events[:place], ask, amends, case.events[place:]

    def accepted(self, ask):
        return [
            replace(ask, stream=f"change_answer/1/{state}", type="ChangeAccepted", facts={"country": state})
            for state in ("KE", "LK", "SG", "KR")
        ]

    def settled(self, ask):
        return replace(ask, version=2, type="ChangeAgreed", facts={})

    def told(self, case, *events):
        return "I-04" in ids(with_events(case, [each for part in events for each in part]))

    def test_a_change_that_not_all_have_agreed_to_is_named(self, case):
        before, ask, amends, after = self.asked(case)
        agreed = self.accepted(ask)
        assert not self.told(case, before, [ask, *agreed, self.settled(ask), amends], after)
        assert self.told(case, before, [ask, *agreed[1:], self.settled(ask), amends], after)
        assert self.told(case, before, [amends], after)

    def test_what_moves_while_a_material_change_waits_is_named(self, case):
        before, ask, _, after = self.asked(case)
        assert self.told(case, before, [ask], after)
        assert not self.told(case, before, [ask, self.settled(ask)], after)
        _, slight, _, _ = self.asked(case, material=False)
        assert not self.told(case, before, [slight], after)
