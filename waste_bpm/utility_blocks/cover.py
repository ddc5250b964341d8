"""Covers: a message that goes through the hands of a relay is a JWE (RFC 7516) that its receiver alone can take off.

The key agreement is ECDH-ES with X25519 (RFC 8037), the cipher AES-256-GCM. The secret half is made from the secret of
the key with which a node seals, by a hash with a name of its own, so that a node keeps one secret and uses it for one
thing. A cover is made anew at each sending and proves nothing: who says what is proved by seals.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from waste_bpm.errors import InputInvalid
from waste_bpm.vocabulary import Finding

_ALGORITHMS = ["ECDH-ES", "A256GCM"]
_HEADER = {"alg": "ECDH-ES", "enc": "A256GCM"}
_NAME = b"waste-bpm/cover/v1"
BEGINS = b"eyJ"
"""How every covered message begins, and no other."""


def public_half(secret: str) -> str:
    """What others need in order to cover a message for the holder of a secret."""
    return _text(_private(secret).public_key().public_bytes_raw())


def covered(data: bytes, half: str) -> bytes:
    """The bytes under a cover for the holder of the other half."""
    key = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": half})
    return jwe.encrypt_compact(dict(_HEADER), data, key, algorithms=_ALGORITHMS).encode("ascii")


def uncovered(data: bytes, secret: str) -> bytes:
    """The bytes under a cover; raises InputInvalid where it was not made for this secret, or was changed."""
    private = _text(_private(secret).private_bytes_raw())
    key = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": public_half(secret), "d": private})
    try:
        opened = jwe.decrypt_compact(data, key, algorithms=_ALGORITHMS)
    except (JoseError, ValueError) as error:
        raise InputInvalid(
            Finding(
                rule_id="cover-not-ours",
                message="The message lies under a cover that no key of this node takes off.",
                fix="Cover it with the newest key that this node has published.",
            )
        ) from error
    return opened.plaintext or b""


def _private(secret: str) -> X25519PrivateKey:
    seed = urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
    return X25519PrivateKey.from_private_bytes(hashlib.sha256(_NAME + seed).digest())


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")
