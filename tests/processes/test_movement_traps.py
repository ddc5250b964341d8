"""Traps of practice that a movement meets on its way: routes, outages, codes that end."""

import pytest

from tests.processes.desk import Desk
from tests.processes.node_desk import NodeDesk
from tests.stage import consignment
from waste_bpm.documents import check
from waste_bpm.documents.movement import Movement
from waste_bpm.documents.notification import Notification
from waste_bpm.errors import InputInvalid, NotPermitted
from waste_bpm.vocabulary import Severity


def test_trap_25_an_office_off_the_notified_route_has_no_part_in_the_case():
    desk = NodeDesk()
    desk.announce(1, "20")
    here = {"office": "KR-DBR", "point": "entry", "place": "KRPUS", "arrived_at": desk.world.now.isoformat()}
    with pytest.raises(NotPermitted, match="role-missing"):
        desk.act("border_check/1/KR-DBR", "present", "KR-DBR", here)
    desk.node.store.close()


def test_trap_25_another_border_point_than_the_notified_one_is_recorded_and_pointed_out():
    desk = Desk("BASEL")
    desk.announce(1)
    desk.depart(1)
    here = {"office": "KR-PORT", "point": "entry", "place": "KRINC", "arrived_at": desk.now.isoformat()}
    found = desk.verdict("border_check/1/KR-PORT", "present", here)
    assert found["point-notified"].severity is Severity.WARNING
    assert "KRPUS" in found["point-notified"].message
    assert desk.take("border_check/1/KR-PORT", "present", here)[0].flags == ("point-notified",)


def test_trap_44_what_happened_while_the_network_was_down_is_recorded_later_for_its_own_day():
    """The consent ended in between: the departure is judged for the day on which it took place."""
    desk = Desk("BASEL", today="2026-03-02")
    desk.announce(1)
    departure = desk.departure()
    desk.on("2026-03-05")
    desk.case = desk.revoked("KR", "2026-03-04")
    assert desk.refused("movement/1", "depart", departure) == set()
    assert desk.refused("movement/1", "depart", desk.departure()) == {"consents-in-force"}
    desk.take("movement/1", "depart", departure)
    assert desk.case.streams["movement/1"].shipped_on.isoformat() == "2026-03-02"


def test_trap_53_a_code_that_ended_since_the_notification_is_found_at_the_next_movement():
    """L9: B1110 ended on 2025-01-01; the notification has to be changed before the next shipment is announced."""
    filed = Notification.model_validate(consignment().notification)
    own = {
        "serial": 1, "quantity": {"amount": "10", "unit": "TNE"}, "shipment_date": "2025-01-10", "packaging": ["4"],
        "packages": 20, "carriers": ["SG-SEACO"], "waste": {"basel": {"code": "B1110", "list": "BASEL-IX"}},
        "declaration": {"name": "A. Wanjiru", "function": "Export manager", "signed_on": "2024-12-20"},
    }  # fmt: skip
    said = Movement.prefilled(filed, own)
    last, first = Desk(today="2024-12-31").now.date(), Desk(today="2025-01-01").now.date()
    assert check.read(Movement, said, on=last, stage="announce").waste_code.code == "B1110"
    with pytest.raises(InputInvalid) as refused:
        check.read(Movement, said, on=first, stage="announce")
    (finding,) = refused.value.findings
    assert finding.rule_id == "code-withdrawn"
    assert "A1181" in f"{finding.message}{finding.fix}"
