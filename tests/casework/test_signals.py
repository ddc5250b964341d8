"""What a node answers to bytes that arrived, and what it makes of the answers of others."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from tests.stage import DEMO, case_id, part, world
from waste_bpm.casework import invariants, signals
from waste_bpm.casework.log import messages, verify
from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import waiting
from waste_bpm.casework.store import EVENT, OUTBOX
from waste_bpm.documents.signals import Overall, Result
from waste_bpm.errors import Conflict, NotFound, NotPermitted, Refused, WasteBpmError
from waste_bpm.simulation.world import play
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.catalogue import BLOCKS
from waste_bpm.utility_blocks.policy import policy

TRANSMITTED = "NotificationTransmission"


@pytest.fixture
def apart():
    """The node of three States, with its letters for the fourth, and the node of the fourth, which has none yet."""
    made = world({**DEMO, "LK": "lk"})
    lanka = made.nodes.pop("lk")
    for _ in play(made, part("Shipment 1 departs")):
        pass
    yield made.nodes["demo"], lanka
    for node in (made.nodes["demo"], lanka):
        node.store.close()


def letter(node: Node, name: str = TRANSMITTED) -> bytes:
    return next(each.data for each in waiting(node) if each.name == name)


def taken(node: Node, data: bytes) -> bytes | None:
    """What a node answers to some bytes, whether it takes them or not."""
    try:
        found = signals.arrive(node, gate.read(data, node.clock()), data)
    except WasteBpmError as refused:
        return signals.refusal(node, data, refused)
    return None if isinstance(found, signals.Heard) else signals.receipt(node, data, found)


def heard(node: Node, data: bytes) -> signals.Heard:
    found = signals.arrive(node, gate.read(data, node.clock()), data)
    assert isinstance(found, signals.Heard)
    return found


def waits(node: Node, name: str = TRANSMITTED) -> bool:
    return any(each.name == name for each in waiting(node))


def rewritten(said: bytes, **changes: object) -> bytes:
    """The same signal with other words in its document, or from another sender."""
    found = gate.read(said)
    sender = changes.pop("sender", found.header.sender)
    return gate.build(
        found.message,
        found.header.model_copy(update={"sender": sender}),
        found.document.model_copy(update=changes),
    )


def test_a_receipt_for_the_bytes_that_were_sent_ends_the_waiting_of_the_letter(apart):
    # given a letter that waits, and the receipt that its receiver gave for it
    here, there = apart
    answer = taken(there, letter(here))
    assert gate.read(answer).document.result is Result.ACCEPTED
    assert waits(here)
    # when the receipt arrives
    found = heard(here, answer)
    # then the letter waits no longer, and the receipt is kept with the case as the proof of it
    assert (found.signal, found.node, found.state) == ("Receipt", "lk", "delivered")
    assert not waits(here)
    assert [each.body for each in messages(here.store, case_id()) if each.name == "Receipt"] == [answer]
    assert invariants.check(here) == []
    assert verify(here.store).whole


def test_a_receipt_that_comes_twice_changes_nothing_the_second_time(apart):
    here, there = apart
    answer = taken(there, letter(here))
    first = heard(here, answer)
    before = here.store.rows(select(OUTBOX))
    assert heard(here, answer) == first
    assert here.store.rows(select(OUTBOX)) == before
    assert sum(each.name == "Receipt" for each in messages(here.store)) == 1


def test_the_same_letter_again_gets_a_receipt_that_says_so_with_the_first_moment(apart):
    here, there = apart
    first, again = (gate.read(taken(there, letter(here))).document for _ in range(2))
    assert again == first.model_copy(update={"result": Result.DUPLICATE})


def test_a_receipt_for_other_bytes_changes_nothing(apart):
    here, there = apart
    other = rewritten(taken(there, letter(here)), digest="0" * 64)
    with pytest.raises(Refused) as refused:
        heard(here, other)
    assert refused.value.findings[0].rule_id == "signal-fits-bytes"
    assert waits(here)


def test_a_receipt_for_a_letter_that_was_never_written_for_its_sender_is_not_believed(apart):
    here, there = apart
    answer = taken(there, letter(here))
    for false in (
        rewritten(answer, message="urn:uuid:00000000-0000-0000-0000-000000000000"),
        rewritten(answer, sender=signals.PartyRef("other", signals.Role.NODE)),
    ):
        with pytest.raises(NotFound):
            heard(here, false)
    assert waits(here)


@pytest.mark.parametrize("sender", [("LK-CA", "transit_authority"), ("demo", "node")], ids=["a party", "this node"])
def test_only_another_node_speaks_in_signals(apart, sender):
    here, there = apart
    with pytest.raises(NotPermitted) as refused:
        heard(here, rewritten(taken(there, letter(here)), sender=signals.PartyRef(sender[0], signals.Role(sender[1]))))
    assert refused.value.findings[0].rule_id == "signal-from-node"
    assert waits(here)


def test_a_receipt_whose_identity_is_on_file_for_other_bytes_is_refused(apart):
    here, there = apart
    answer = taken(there, letter(here))
    heard(here, answer)
    with pytest.raises(Conflict):
        heard(here, rewritten(answer, flags=("some-rule",)))


def refused_letter(here: Node, there: Node) -> tuple[bytes, bytes]:
    """A letter that its receiver cannot read, and what the receiver answers."""
    data = letter(here)
    return data, taken(there, data.replace(b"<Contract>", b"<Contrat>").replace(b"</Contract>", b"</Contrat>"))


def test_a_report_says_in_every_language_what_is_wrong_and_where_and_to_whom_it_goes(apart):
    here, there = apart
    _, answer = refused_letter(here, there)
    said = gate.read(answer)
    assert (said.message.name, said.document.overall) == ("ValidationReport", Overall.REJECTED)
    assert (said.header.sender.id, [each.id for each in said.header.receivers]) == ("LK-CA", ["KE-CA"])
    (finding,) = said.document.findings[:1]
    assert {each.language for each in finding.text} == {"en", "fr"}
    assert finding.path.startswith("/NotificationTransmission/Notification")
    # it is for other bytes than those that were sent, so that the letter still waits
    with pytest.raises(Refused):
        heard(here, answer)
    assert waits(here)


def test_a_letter_that_its_receiver_rejects_for_good_is_not_sent_again_and_is_seen(apart):
    # given a letter that the receiver got and says to be invalid
    here, there = apart
    data = letter(here)
    report = rewritten(signals.verdict(there, data), overall=Overall.REJECTED, findings=_findings(here, there))
    # when the report arrives
    assert heard(here, report).state == "refused"
    # then the letter waits no longer, and the report says why
    assert not waits(here)
    assert [each.name for each in messages(here.store, case_id())][-1] == "ValidationReport"
    # but a receipt that comes later is believed, and what was received once stays received
    assert heard(here, taken(there, data)).state == "delivered"
    assert heard(here, report).state == "delivered"


def _findings(here: Node, there: Node) -> tuple[object, ...]:
    return gate.read(refused_letter(here, there)[1]).document.findings


def test_a_rejection_that_says_to_try_again_lets_the_letter_wait(apart):
    # given that the receiver has not seen the notification, and gets a later letter first
    here, there = apart
    later = "MovementAnnouncement"
    answer = taken(there, letter(here, later))
    assert (gate.read(answer).message.name, gate.read(answer).document.final) == ("BusinessRejection", False)
    # then the later letter still waits
    assert heard(here, answer).state == "waiting"
    assert waits(here, later)


def test_a_signal_is_never_answered(apart):
    here, there = apart
    answer = taken(there, letter(here))
    assert taken(here, answer) is None
    assert taken(here, rewritten(answer, digest="0" * 64)) is None


def test_a_refused_message_changes_nothing_at_its_receiver(apart):
    here, there = apart
    before = there.store.rows(select(EVENT))
    refused_letter(here, there)
    assert there.store.rows(select(EVENT)) == before
    assert list(messages(there.store)) == []


SAYS: dict[str, Callable[[Node, Node], bytes | None]] = {
    "Receipt": lambda here, there: taken(there, letter(here)),
    "ValidationReport": lambda here, there: taken(there, letter(here)[:-40]),
    "BusinessRejection": lambda here, there: taken(there, letter(here, "MovementAnnouncement")),
    "DuplicateNotice": lambda here, there: (taken(there, letter(here)), taken(there, letter(here) + b"\n"))[1],
}


def test_each_signal_is_said_by_a_node_that_runs():
    assert set(SAYS) == set(policy(BLOCKS["UB-TMW-00"]).occasions)


@pytest.mark.parametrize("name", SAYS)
def test_a_node_says_the_signal_on_its_occasion(apart, name):
    here, there = apart
    assert gate.read(SAYS[name](here, there)).message.name == name
