"""X64 to X73: who sealed, for whom, when, and whether it came before. Nothing is parsed before the seal holds."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.hostile.rows import good
from tests.stage import FOUR, part, world
from waste_bpm.casework.arrivals import receive
from waste_bpm.casework.log import messages
from waste_bpm.errors import Conflict, InputInvalid, NotPermitted
from waste_bpm.simulation.world import play
from waste_bpm.utility_blocks import gate, seal, xml

NOW = datetime(2026, 6, 1, tzinfo=UTC)
YEAR, MONTH = timedelta(days=365), timedelta(days=30)
DATA = good()
SENDER = gate.read(DATA).header.sender.id


def key(kid="first", parties=(SENDER,), valid_from=NOW - MONTH, valid_to=NOW + YEAR):
    return seal.new_key(kid, "ke", parties, valid_from, valid_to)


def known(*keys):
    return seal.KeySet(keys=tuple(each.public for each in keys))


def refused(data, sealed, keys, at=NOW):
    with pytest.raises(NotPermitted) as answer:
        seal.opened(data, sealed, keys, at)
    (finding,) = answer.value.findings
    assert finding.message
    assert finding.fix
    assert finding.level == "seal"
    return answer.value.status, finding.rule_id, finding.key


def test_a_sealed_message_is_opened():
    ours = key()
    assert seal.opened(DATA, seal.seal(DATA, ours, NOW), known(ours), NOW) == gate.read(DATA)


def test_x64_an_expired_key_seals_no_new_message_but_what_came_in_time_stays_sealed():
    ours = key(valid_to=NOW + MONTH)
    sealed = seal.seal(DATA, ours, NOW)
    later = NOW + 2 * MONTH
    assert refused(DATA, sealed, known(ours), later) == (403, "signer-not-entitled", "key-expired")
    assert seal.verify(DATA, sealed, known(ours), NOW) == ours.public
    with pytest.raises(NotPermitted):
        seal.seal(DATA, ours, later)


def test_x64_a_key_is_not_good_before_its_time():
    ours = key(valid_from=NOW)
    sealed = seal.seal(DATA, ours, NOW)
    early = NOW - timedelta(seconds=1)
    assert refused(DATA, sealed, known(ours), early) == (403, "signer-not-entitled", "key-not-yet")


def test_x65_a_revoked_key_counts_no_longer_from_that_moment_on():
    ours = key()
    sealed = seal.seal(DATA, ours, NOW)
    without = known(ours).without("first", NOW + MONTH, "laptop stolen")
    assert refused(DATA, sealed, without, NOW + MONTH) == (403, "signer-not-entitled", "key-revoked")
    assert seal.verify(DATA, sealed, without, NOW).kid == "first"
    # and it cannot be made good again by revoking it later
    again = without.without("first", NOW + YEAR, "laptop found")
    assert again.key("first").revoked_at == NOW + MONTH


def test_rotation_lets_both_keys_count_during_the_overlap_and_ends_the_older_one():
    old, new = key(), key("second", valid_from=NOW)
    both = known(old).with_key(new.public, MONTH)
    by_old = seal.seal(DATA, old, NOW)
    assert seal.verify(DATA, by_old, both, NOW + MONTH - timedelta(seconds=1)).kid == "first"
    assert refused(DATA, by_old, both, NOW + MONTH)[2] == "key-expired"
    assert seal.verify(DATA, seal.seal(DATA, new, NOW), both, NOW + MONTH).kid == "second"


def test_x66_the_right_key_does_not_speak_for_another_sender():
    ours = key(parties=("KE-SOMEBODY",))
    sealed = seal.seal(DATA, ours, NOW)
    assert refused(DATA, sealed, known(ours)) == (403, "signer-not-entitled", "key-speaks-for-others")


def tampered(sealed, **header):
    head, _, signature = sealed.decode().split(".")
    said = json.loads(base64.urlsafe_b64decode(head + "=="))
    said = {name: value for name, value in {**said, **header}.items() if value is not None}
    return f"{base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip('=')}..{signature}".encode()


OTHER = key("other")
BROKEN = {
    "one byte more": lambda sealed: (DATA + b"\n", sealed),
    "one digit other": lambda sealed: (DATA.replace(b"25.0", b"26.0", 1), sealed),
    "the signature of another key": lambda sealed: (DATA, tampered(seal.seal(DATA, OTHER, NOW), kid="first")),
    "a key that nobody knows": lambda sealed: (DATA, seal.seal(DATA, OTHER, NOW)),
    "no seal": lambda sealed: (DATA, b""),
    "no seal but words": lambda sealed: (DATA, b"sealed, believe me"),
    "no signature": lambda sealed: (DATA, sealed.rpartition(b".")[0] + b"."),
    "a signature that is no base64": lambda sealed: (DATA, sealed.rpartition(b".")[0] + b".!!"),
    "the payload inside": lambda sealed: (DATA, sealed.replace(b"..", b".YWJj.")),
    "no algorithm": lambda sealed: (DATA, tampered(sealed, alg="none")),
    "a secret shared by all": lambda sealed: (DATA, tampered(sealed, alg="HS256")),
    "a key that comes along": lambda sealed: (DATA, tampered(sealed, jwk=OTHER.public.model_dump(include={"kty", "crv", "x"}))),
    "an address to fetch keys from": lambda sealed: (DATA, tampered(sealed, jku="http://127.0.0.1:9/keys")),
    "the encoded payload": lambda sealed: (DATA, tampered(sealed, b64=True)),
    "no warning of the unencoded payload": lambda sealed: (DATA, tampered(sealed, crit=None)),
    "a seal without end": lambda sealed: (DATA, sealed + b"A" * 1_000_000),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_x73_a_seal_that_does_not_fit_is_refused_before_anything_is_parsed(what, monkeypatch):
    monkeypatch.setattr(xml, "parse", lambda *_: pytest.fail("the parser was asked"))
    ours = key()
    data, sealed = BROKEN[what](seal.seal(DATA, ours, NOW))
    status, rule, _ = refused(data, sealed, known(ours))
    assert (status, rule) == (401, "signature-invalid")


def test_a_key_file_never_shows_its_secret():
    ours = key()
    assert ours.d not in repr(ours)
    assert "d" not in ours.public.model_dump()
    assert seal.read_key(ours.model_dump_json().encode()) == ours
    for wrong in (ours.model_dump_json().replace(ours.d, ours.d + "x"), ours.model_dump_json()[:-3]):
        with pytest.raises(InputInvalid) as answer:
            seal.read_key(wrong.encode())
        assert ours.d not in str(answer.value)


def arrived():
    """The nodes of four States when Sri Lanka has given its consent, and that message."""
    made = world(FOUR)
    for _ in play(made, part("Shipment 1 departs")):
        pass
    sent = next(each for each in messages(made.nodes["lk"].store) if each.name == "ConsentDecision")
    return made, sent.body


@pytest.fixture(scope="module")
def consented():
    return arrived()


def heads(node):
    return [(each.id, each.body) for each in messages(node.store)]


def test_x67_no_authority_consents_in_the_slot_of_another_country(consented):
    made, body = consented
    forged = body.replace(b">LK-CA<", b">SG-CA<").replace(
        body[body.index(b"urn:uuid:") :][:45], b"urn:uuid:" + b"0" * 36
    )
    before = heads(made.nodes["ke"])
    with pytest.raises(NotPermitted) as answer:
        receive(made.nodes["ke"], forged)
    assert answer.value.status == 403
    assert heads(made.nodes["ke"]) == before


def test_x68_a_message_for_another_node_is_refused(consented):
    made, body = consented
    elsewhere = body.replace(body[body.index(b"urn:uuid:") :][:45], b"urn:uuid:" + b"1" * 36)
    start, end = elsewhere.index(b"<Receiver"), elsewhere.rindex(b"</Receiver>") + len(b"</Receiver>")
    elsewhere = elsewhere[:start] + b'<Receiver role="disposer">NOBODY-HERE</Receiver>' + elsewhere[end:]
    with pytest.raises(NotPermitted) as answer:
        receive(made.nodes["ke"], elsewhere)
    assert [each.rule_id for each in answer.value.findings] == ["addressed-here"]


def test_x69_the_same_bytes_get_the_same_receipt_and_no_new_effect(consented):
    made, body = consented
    before = heads(made.nodes["ke"])
    first, again = receive(made.nodes["ke"], body), receive(made.nodes["ke"], body)
    assert first == again
    assert first.duplicate
    assert heads(made.nodes["ke"]) == before


def test_x70_the_same_identity_with_other_bytes_is_a_conflict(consented):
    made, body = consented
    with pytest.raises(Conflict) as answer:
        receive(made.nodes["ke"], body + b"\n")
    assert (answer.value.status, answer.value.findings[0].rule_id) == (409, "integrity-conflict")


def test_x80_a_message_from_tomorrow_is_refused_at_its_arrival(consented):
    made, body = consented
    node = made.nodes["ke"]
    tomorrow = (node.clock() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    at = body.index(b"<IssuedAt>") + len(b"<IssuedAt>")
    early = body[:at] + tomorrow + body[body.index(b"</IssuedAt>") :]
    with pytest.raises(InputInvalid) as answer:
        receive(node, early)
    (finding,) = answer.value.findings
    assert (answer.value.status, finding.rule_id, finding.xpath) == (422, "clock", "/ConsentDecision/Header/IssuedAt")
    assert gate.findings(early) == ()
