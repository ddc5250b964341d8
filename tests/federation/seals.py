"""Keys and seals of simulated nodes: real ones, or a cheap stand-in with the same rules of validity."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from waste_bpm.errors import NotPermitted
from waste_bpm.utility_blocks import seal as seals
from waste_bpm.vocabulary import Finding

BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


class Cheap:
    """A keyed hash in the place of Ed25519: a hundred times faster, and as bound to key, bytes and time."""

    def __init__(self) -> None:
        self.secrets: dict[str, bytes] = {}
        self.keys = seals.KeySet()

    def add(self, node: str, parties: tuple[str, ...]) -> None:
        """A new key for a node; older ones go on for a month."""
        count = sum(key.node == node for key in self.keys.keys)
        kid = f"{node}-{count + 1}"
        self.secrets[kid] = hashlib.sha256(kid.encode()).digest()
        x = base64.urlsafe_b64encode(self.secrets[kid]).decode().rstrip("=")
        key = seals.Key(x=x, kid=kid, node=node, parties=parties, valid_from=BEGIN, valid_to=END)
        self.keys = (
            self.keys.with_key(key, timedelta(days=30)) if not count else seals.KeySet(keys=(*self.keys.keys, key))
        )

    def sign(self, node: str, data: bytes) -> bytes:
        """The seal of a node, with its newest key."""
        kid = next(key.kid for key in reversed(self.keys.keys) if key.node == node and key.revoked_at is None)
        return f"{kid}.{hmac.new(self.secrets[kid], data, 'sha256').hexdigest()}".encode()

    def believes(self, data: bytes, sealed: bytes, at: datetime) -> seals.Key:
        """The key that made a seal."""
        kid = sealed.decode("ascii", "replace").partition(".")[0]
        key = self.keys.key(kid)
        if key is None or sealed != f"{kid}.{hmac.new(self.secrets[kid], data, 'sha256').hexdigest()}".encode():
            raise NotPermitted(Finding(rule_id="signature-invalid", message="The seal does not hold."), status=401)
        seals._refuse_bad(key, at)
        return key


class Real(Cheap):
    """Ed25519, as nodes use it."""

    def __init__(self) -> None:
        super().__init__()
        self.private: dict[str, seals.PrivateKey] = {}

    def add(self, node: str, parties: tuple[str, ...]) -> None:
        """A new key for a node."""
        kid = f"{node}-{sum(key.node == node for key in self.keys.keys) + 1}"
        self.private[kid] = seals.new_key(kid, node, parties, BEGIN, END)
        self.keys = seals.KeySet(keys=(*self.keys.keys, self.private[kid].public))

    def sign(self, node: str, data: bytes) -> bytes:
        """The seal of a node, with its newest key."""
        key = next(key for key in reversed(self.keys.keys) if key.node == node and key.revoked_at is None)
        return seals.seal(data, self.private[key.kid], max(key.valid_from, BEGIN))

    def believes(self, data: bytes, sealed: bytes, at: datetime) -> seals.Key:
        """The key that made a seal."""
        return seals.verify(data, sealed, self.keys, at)
