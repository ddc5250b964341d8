"""Forged, replayed, misaddressed and wrongly sealed: each kind of message in each kind of attack, refused by its rule.

The node knows the keys of its peers `ke` (who keeps the acts of the sender) and `zz`, real ones. After each attack its log
and its parcels are as before, and what was turned away is on file.
"""

import base64
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from tests.federation.seals import Real
from tests.federation.sites import fresh
from tests.federation.two import state_of, turned_away
from waste_bpm import resources
from waste_bpm.casework.reception import take_in
from waste_bpm.casework.registers import open_node, register
from waste_bpm.casework.rows import instant
from waste_bpm.errors import WasteBpmError
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.envelope import SIGNAL
from waste_bpm.utility_blocks.parcel import Parcel, Sent, digest
from waste_bpm.utility_blocks.seal import seal
from waste_bpm.vocabulary import Party

NOW = datetime(2035, 1, 1, tzinfo=UTC)
MESSAGES = list(
    {
        file.stem: file
        for file in resources.files("schemas", "*/*/examples/*-full.xml")
        if gate.read(file.read_bytes()).message.package.header != SIGNAL
    }.values()
)
"""One example of each message that speaks of a case."""


@dataclass
class Ground:
    """A node that hosts the receivers of a message, and the parcel in which its sender's node would bring it."""

    node: object
    sent: Sent
    parcel: Parcel

    def sealed(self, by="ke", data=None, **changes):
        """The same message in another parcel, under a genuine seal of `by`."""
        data = self.sent.data if data is None else data
        written = self.parcel.model_copy(update={"digest": digest(data), **changes}).written
        return Sent(parcel=written, seal=signed(by, written), data=data)

    def written(self, written):
        """Any bytes in the place of the parcel, under a genuine seal."""
        return replace(self.sent, parcel=written, seal=signed("ke", written))


_seals = Real()
for _name in ("ke", "zz", "kr", "revoked", "expired", "young"):
    _seals.add(_name, (_name,))


def signed(by, data):
    """The seal of a node with its first key."""
    return seal(data, _seals.private[f"{by}-1"], NOW)


def _aged(kid, **changes):
    keys = tuple(
        key.model_copy(update={"node": "ke", **changes}) if key.kid == kid else key for key in _seals.keys.keys
    )
    _seals.keys = type(_seals.keys)(keys=keys)


_aged("revoked-1", revoked_at=NOW - timedelta(days=1), reason="stolen")
_aged("expired-1", valid_to=NOW - timedelta(days=1))
_aged("young-1", valid_from=NOW + timedelta(days=1))


def ground(data):
    header = gate.read(data).header
    homes = {ref.id: "kr" for ref in header.receivers} | {header.sender.id: "ke"}
    parties = [Party(id=name, name=name, country="KE", roles=frozenset(), node=home) for name, home in homes.items()]
    store = fresh()
    register(store, "kr", parties, ())
    node = open_node(store, lambda: NOW, lambda _: str(uuid.uuid4()))
    node = replace(node, believes=_seals.believes, sign=lambda said: signed("kr", said))
    parcel = Parcel(
        message=header.message,
        sender="ke",
        receiver="kr",
        conversation=header.case,
        seq=1,
        previous="",
        issued_at=instant(header.issued_at),
        digest=digest(data),
    )
    sent = Sent(parcel=parcel.written, seal=signed("ke", parcel.written), data=data)
    return Ground(node=node, sent=sent, parcel=parcel)


def by_key(ground, node):
    """The parcel under a key of `ke` that is not good now."""
    written = ground.sent.parcel
    key = _seals.private[f"{node}-1"]
    made = _seals.private[f"{node}-1"].model_copy(update={"revoked_at": None})
    return replace(ground.sent, seal=seal(written, made, key.valid_from))


def flipped(data, place):
    place %= len(data)
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def headed(ground, **header):
    """The seal with another header."""
    head, _, signature = ground.sent.seal.partition(b"..")
    said = orjson.loads(base64.urlsafe_b64decode(head + b"=" * (-len(head) % 4))) | header
    written = base64.urlsafe_b64encode(orjson.dumps(said)).rstrip(b"=")
    return replace(ground.sent, seal=written + b".." + signature)


OTHER = "urn:uuid:00000000-0000-5000-8000-000000000000"
ATTACKS = {
    "a byte of the message changed": ("signature-invalid", lambda g: replace(g.sent, data=flipped(g.sent.data, 700))),
    "a byte added to the message": ("signature-invalid", lambda g: replace(g.sent, data=g.sent.data + b"\n")),
    "another message under the seal": ("signature-invalid", lambda g: replace(g.sent, data=b"<x/>")),
    "the number changed under the seal": (
        "signature-invalid",
        lambda g: replace(g.sent, parcel=g.parcel.model_copy(update={"seq": 2}).written),
    ),
    "the receiver changed under the seal": (
        "signature-invalid",
        lambda g: replace(g.sent, parcel=g.parcel.model_copy(update={"receiver": "zz"}).written),
    ),
    "no seal": ("signature-invalid", lambda g: replace(g.sent, seal=b"")),
    "half a seal": ("signature-invalid", lambda g: replace(g.sent, seal=g.sent.seal[:-20])),
    "a seal of other bytes": ("signature-invalid", lambda g: replace(g.sent, seal=signed("ke", b"other"))),
    "a seal without algorithm": ("signature-invalid", lambda g: headed(g, alg="none")),
    "a seal with a shared secret": ("signature-invalid", lambda g: headed(g, alg="HS256")),
    "a seal that brings its key": ("signature-invalid", lambda g: headed(g, jwk={"kty": "OKP"})),
    "a seal of a key that nobody knows": ("signature-invalid", lambda g: headed(g, kid="nobody-1")),
    "a seal of another node": ("signer-not-entitled", lambda g: replace(g.sent, seal=signed("zz", g.sent.parcel))),
    "a revoked key": ("signer-not-entitled", lambda g: by_key(g, "revoked")),
    "an expired key": ("signer-not-entitled", lambda g: by_key(g, "expired")),
    "a key of tomorrow": ("signer-not-entitled", lambda g: by_key(g, "young")),
    "another node says what our peer's party says": ("signer-not-entitled", lambda g: g.sealed(by="zz", sender="zz")),
    "brought to another node": ("addressed-here", lambda g: g.sealed(receiver="zz")),
    "another message named": ("parcel-fits-message", lambda g: g.sealed(message=OTHER)),
    "another case named": ("parcel-fits-message", lambda g: g.sealed(conversation="another-case")),
    "a field more": ("parcel-malformed", lambda g: g.written(g.sent.parcel[:-1] + b',"x":1}')),
    "written with spaces": ("parcel-malformed", lambda g: g.written(g.sent.parcel.replace(b":", b": ", 1))),
    "number nought": ("parcel-malformed", lambda g: g.written(g.sent.parcel.replace(b'"seq":1', b'"seq":0'))),
    "no parcel at all": ("parcel-malformed", lambda g: g.written(b"x" * 5000)),
    "a DOCTYPE, genuinely sealed": (
        "xml-forbidden-construct",
        lambda g: g.sealed(data=g.sent.data.replace(b"?>", b"?><!DOCTYPE x []>", 1)),
    ),
    "a future letter": ("clock", lambda g: g.sealed(data=_future(g.sent.data))),
}


def _future(data):
    start = data.index(b"<IssuedAt>") + len(b"<IssuedAt>")
    return data[:start] + b"2036" + data[start + 4 :]


def attacked(ground, forged):
    """The rules by which it is refused, whether raised or told on a slip."""
    try:
        slip = take_in(ground.node, forged)
    except WasteBpmError as refused:
        return [finding.rule_id for finding in refused.findings]
    assert slip.result.value == "refused"
    return list(slip.rules)


@pytest.mark.parametrize("file", MESSAGES, ids=lambda file: file.stem.removesuffix("-full"))
def test_no_forgery_of_this_message_has_an_effect(file):
    for name, (rule, forge) in ATTACKS.items():
        where = ground(file.read_bytes())
        before = state_of(where.node)
        assert rule in attacked(where, forge(where)), name
        assert state_of(where.node) == before, name
        assert turned_away(where.node) or rule == "clock", name
        where.node.store.close()


def test_that_makes_more_than_three_hundred_cases():
    assert len(MESSAGES) * len(ATTACKS) >= 300
    assert len(MESSAGES) > 30
