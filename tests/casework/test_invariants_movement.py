"""Invariants of quantities, order and returns: each holds for what the desk did, and names the fault planted in it."""

from dataclasses import replace
from datetime import date

import pytest

from tests.processes.desk import Desk, mass, t, words
from tests.processes.test_return_case import come_back, set_out
from waste_bpm.casework.dossier import Dossier
from waste_bpm.casework.invariants import INVARIANTS
from waste_bpm.documents.treatment import Certified
from waste_bpm.processes.case import Event
from waste_bpm.vocabulary import Role

ASKED = ("I-13", "I-14", "I-15", "I-16", "I-19", "I-24", "I-26")


def broken(events):
    """The invariants of a shipment that these events break."""
    case = Dossier(
        case=Desk().case, events=tuple(events), documents={}, letters=(), erased=(), outbox=(), nodes={}, own="desk"
    )
    return {each.id for each in INVARIANTS if each.id in ASKED and list(each.problems(case))}


def changed(events, type, **facts):
    """The events of which those of one type say something else."""
    return [replace(e, facts={**e.facts, **facts}) if e.type == type else e for e in events]


@pytest.fixture
def told():
    """A load received in part, its accepted part through an interim operation, the rest returned."""
    desk = Desk("BASEL", quantity="100")
    desk.case = desk.with_operations("R12", "R4")
    desk.announce(1, "20", operations=["R12", "R4"])
    desk.depart(1)
    desk.pass_border(1)
    desk.receive_in_part(1, "14", "6")
    desk.take("disposal/1", "certify_interim", desk.interim("14", ("KR-F2", "14")))
    desk.take("disposal/1", "certify_final", desk.later_certificate("KR-F2", "14"))
    set_out(desk)
    come_back(desk)
    return desk.told


def test_what_the_desk_did_breaks_none(told):
    assert broken(told) == set()


def test_a_load_that_is_not_accounted_for_to_the_gram_is_named(told):
    assert broken(changed(told, "LoadReceivedInPart", accepted_quantity=t("13.999999"))) >= {"I-15"}


def test_more_certified_than_accepted_is_named(told):
    assert "I-16" in broken(changed(told, "InterimTreatmentCertified", interim_quantity=t("14.000001")))


def test_a_chain_that_is_closed_with_a_part_open_is_named(told):
    less = Certified(facility="KR-F2", quantity=t("13"), operation="R4")
    assert broken(changed(told, "TreatmentChainCertified", certified=less)) == {"I-16"}


def test_a_facility_that_certifies_what_it_never_got_is_named(told):
    other = Certified(facility="KR-F9", quantity=t("14"), operation="R4")
    assert broken(changed(told, "TreatmentChainCertified", certified=other)) == {"I-16"}


def test_dates_out_of_order_are_named(told):
    assert "I-24" in broken(changed(told, "TreatmentChainCertified", completed_on=date(2026, 1, 1)) +
                            changed(told, "ReturnReceived", returned_on=date(2026, 3, 1)))  # fmt: skip
    assert broken(changed(told, "ReturnReceived", returned_on=date(2026, 3, 1))) == {"I-24"}


def test_a_return_that_names_another_shipment_is_named(told):
    assert broken(changed(told, "ReturnMovementAnnounced", original=2)) == {"I-26"}


def test_an_answer_before_the_request_is_named(told):
    assert broken([e for e in told if e.type != "ReturnRequested"]) == {"I-26"}


def test_parts_that_are_more_than_the_whole_are_named():
    desk = Desk("BASEL", quantity="100")
    desk.announce(1, "20")
    desk.depart(1)
    desk.pass_border(1)
    desk.receive_in_part(1, "14", "6")
    part = {"quantity": mass("2"), "location": "Bay 3", "reason": words("other waste")}
    desk.take("return_case/1/2", "split", part)
    assert broken(desk.told) == set()
    assert broken(changed(desk.told, "ReturnPartOpened", rejected_quantity=t("6.000001"))) == {"I-26"}


def test_what_is_decided_after_an_end_is_named():
    desk = Desk("BASEL", quantity="100")
    desk.announce(1, "20")
    departed = desk.depart(1)
    cancelled = replace(departed[0], type="MovementCancelled", facts={}, version=9)
    assert broken(desk.told) == set()
    assert "I-19" in broken([desk.told[0], cancelled, *departed])


def test_more_loads_than_the_guarantee_permits_are_named():
    desk = Desk(quantity="100")
    desk.guaranteed(loads=2)
    desk.announce(1)
    desk.announce(2)
    assert broken(desk.told) == set()
    assert broken(changed(desk.told, "GuaranteeApproved", active_loads=1)) == {"I-14"}


def test_a_guarantee_that_was_released_permits_and_limits_nothing_more():
    """Given a guarantee for one load that is released before any left, when two are announced, then none limits them."""
    desk = Desk("BASEL", quantity="100")
    desk.guaranteed(loads=1)
    desk.take("guarantee/1", "release", {"released_on": desk.now.date().isoformat()})
    desk.announce(1)
    desk.announce(2)
    assert broken(desk.told) == set()
    kept = [event for event in desk.told if event.type != "GuaranteeReleased"]
    assert broken(kept) >= {"I-14"}


def test_what_came_back_counts_no_more_against_the_consent(told):
    known = replace(
        told[0], stream="notification", type="NotificationDrafted", facts={"slots": (), "intended_quantity": t(20)}
    )
    second = [replace(e, stream="receipt/2") for e in told if e.type == "LoadReceivedInPart"]
    two = [
        replace(e, stream="movement/2", facts={**e.facts, "serial": 2}) for e in told if e.type == "MovementAnnounced"
    ]
    assert "I-13" not in broken([known, *told])
    assert "I-13" in broken([known, *told, *two, *second])


def withdrawn():
    """The notifier takes its file back."""
    return Event(
        stream="notification",
        version=9,
        type="NotificationWithdrawn",
        facts={},
        by="GB-NTF",
        role=Role.NOTIFIER,
        occurred_at=Desk().now,
        law="Basel Art. 6(1)",
    )


def test_a_file_that_was_opened_again_is_open():
    """Given a file that was closed and opened again, when a shipment is announced, then nothing speaks against it."""
    desk = Desk("BASEL", quantity="100")
    announced = desk.announce(1, "20")
    closed = replace(withdrawn(), type="NotificationClosed")
    reopened = replace(withdrawn(), type="NotificationReopened", version=10)
    assert "I-19" in broken([closed, *announced])
    assert "I-19" not in broken([closed, reopened, *announced])


def test_a_load_that_left_is_followed_to_its_end_whatever_becomes_of_its_file():
    """Basel Art. 6(9): given a load under way, when its file is withdrawn, then its carrier still hands it over."""
    desk = Desk("BASEL", quantity="100")
    desk.announce(1, "20", carriers=["SG-SEACO"])
    before = list(desk.told)
    departed = desk.depart(1)
    over = replace(departed[0], type="CarrierTookOver", facts={}, version=3)
    assert "I-19" in broken([*before, withdrawn(), *departed])
    assert "I-19" not in broken([*before, *departed, withdrawn(), over])


def test_who_can_be_reached_is_corrected_after_the_end_too():
    """Given a file that was withdrawn, when a telephone number of its shipment is corrected, then nothing begins."""
    desk = Desk("BASEL", quantity="100")
    announced = desk.announce(1, "20")
    corrected = replace(announced[0], type="MovementCorrected", facts={}, version=2)
    amended = replace(announced[0], type="MovementAmended", version=2)
    assert "I-19" not in broken([*announced, withdrawn(), corrected])
    assert "I-19" in broken([*announced, withdrawn(), amended])


def test_an_excess_that_was_said_at_the_rejection_of_the_load_is_said():
    """Basel Art. 6(6)-(8): 101 t arrive under a consent to 100 t, and the facility rejects them all."""
    desk = Desk("BASEL", quantity="100")
    desk.announce(1, "20")
    desk.depart(1)
    desk.pass_border(1)
    known = replace(withdrawn(), type="NotificationDrafted", facts={"slots": (), "intended_quantity": t(100)})
    desk.take("receipt/1", "reject", desk.rejection("0", "101"))
    unsaid = [replace(event, flags=()) for event in desk.told]
    assert "I-13" not in broken([known, *desk.told])
    assert "I-13" in broken([known, *unsaid])
