"""Seals: a detached JWS (RFC 7515, RFC 7797) with Ed25519 over the exact bytes of a message, verified before parsing.

A key belongs to a node, speaks for some parties, and is good from one moment to another unless it was revoked. Which
key made a seal is read from the seal; whether to believe it is decided by the key set alone, never by what the seal
brings along. A new message is judged at its arrival, one in the archive at the moment when it was received.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Literal, NoReturn

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from waste_bpm.errors import InputInvalid, NotFound, NotPermitted
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.cover import public_half
from waste_bpm.utility_blocks.limits import MOST_BYTES
from waste_bpm.utility_blocks.wording import Level, told

ALGORITHM = "Ed25519"
SUFFIX = ".jws"
"""What the name of a seal's file adds to the name of the sealed file."""
_MOST_SEAL = 2048
_HEADER = frozenset({"alg", "kid", "b64", "crit"})
"""All that the header of a seal may say: no key, certificate or address ever comes with a seal."""
_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_registry = jws.JWSRegistry(algorithms=[ALGORITHM])
_registry.max_payload_length = MOST_BYTES


class Key(BaseModel):
    """A public key: whose it is, for whom it speaks, and when it is good."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    x: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")
    kid: str = Field(pattern=_ID)
    node: str = Field(pattern=_ID)
    parties: tuple[str, ...] = Field(min_length=1)
    valid_from: AwareDatetime
    valid_to: AwareDatetime
    cover: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{43}$")
    revoked_at: AwareDatetime | None = None
    reason: str | None = None

    def fault(self, at: datetime) -> str | None:
        """The sentence that says why the key is not good at a moment; None when it is."""
        if self.revoked_at is not None and at >= self.revoked_at:
            return "key-revoked"
        if at < self.valid_from:
            return "key-not-yet"
        return "key-expired" if at >= self.valid_to else None


class PrivateKey(Key):
    """A key with its secret `d`: the content of a key file, which only its node may read."""

    d: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$", repr=False)

    @property
    def public(self) -> Key:
        """The key as others may have it."""
        return Key.model_validate(self.model_dump(exclude={"d"}))


class KeySet(BaseModel):
    """The public keys that a node believes; every id is there once."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    schema_: Literal["waste-bpm/keys/v1"] = Field(default="waste-bpm/keys/v1", alias="schema")
    keys: tuple[Key, ...] = ()

    def key(self, kid: str) -> Key | None:
        """The key of that id; None when there is none."""
        return next((key for key in self.keys if key.kid == kid), None)

    def with_key(self, added: Key, overlap: timedelta) -> "KeySet":
        """The set with a new key; older keys of the same node end when both were good for the overlap."""
        if self.key(added.kid) is not None:
            raise _key_file_wrong(f"There is already a key {added.kid}.", "Give the new key an id of its own.")
        ends = added.valid_from + overlap
        older = (
            key.model_copy(update={"valid_to": min(key.valid_to, ends)}) if key.node == added.node else key
            for key in self.keys
        )
        return KeySet(keys=(*older, added))

    def without(self, kid: str, at: datetime, reason: str) -> "KeySet":
        """The set in which a key is revoked from a moment on; it stays there, for what it sealed before."""
        found = self.key(kid)
        if found is None:
            raise NotFound(told("key-unknown", level=Level.SEAL, kid=kid))
        since = min(at, found.revoked_at) if found.revoked_at else at
        revoked = found.model_copy(update={"revoked_at": since, "reason": reason})
        return KeySet(keys=tuple(revoked if key.kid == kid else key for key in self.keys))


def new_key(kid: str, node: str, parties: Collection[str], valid_from: datetime, valid_to: datetime) -> PrivateKey:
    """A new key for a node; its secret comes from the operating system."""
    made = OKPKey.generate_key("Ed25519", private=True).as_dict(private=True)
    return _private(
        {
            "kid": kid,
            "node": node,
            "parties": sorted(parties),
            "valid_from": valid_from.astimezone(UTC),
            "valid_to": valid_to.astimezone(UTC),
            "x": made["x"],
            "cover": public_half(str(made["d"])),
            "d": made["d"],
        }
    )


def read_key(data: bytes) -> PrivateKey:
    """The private key in a key file; raises InputInvalid, which never repeats what the file holds."""
    try:
        return _private(orjson.loads(data))
    except orjson.JSONDecodeError as error:
        raise _key_file_wrong("The key file is no JSON.", "Name the file that `waste-bpm seal key` wrote.") from error


def _private(content: object) -> PrivateKey:
    try:
        return PrivateKey.model_validate(content)
    except ValidationError as error:
        raise _key_file_wrong(_said(error), "Name the file that `waste-bpm seal key` wrote.") from None


def read_keys(data: bytes) -> KeySet:
    """The key set in a file; raises InputInvalid."""
    try:
        return KeySet.model_validate_json(data)
    except ValidationError as error:
        raise _key_file_wrong(_said(error), "Write the set as `waste-bpm seal key` writes it.") from None


def _said(error: ValidationError) -> str:
    """Where and why, without the value: it may be a secret."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"The file holds no such keys ({'.'.join(map(str, first['loc'])) or 'content'}: {first['msg']})."


def _key_file_wrong(message: str, fix: str) -> InputInvalid:
    return InputInvalid(told("key-file-wrong", level=Level.SEAL, reason=message, how=fix))


def seal(data: bytes, key: PrivateKey, at: datetime) -> bytes:
    """The seal of exactly these bytes; raises NotPermitted when the key is not good at that moment."""
    _refuse_bad(key, at)
    header = {"alg": ALGORITHM, "kid": key.kid, "b64": False, "crit": ["b64"]}
    secret = OKPKey.import_key({"kty": key.kty, "crv": key.crv, "x": key.x, "d": key.d})
    written = jws.serialize_compact(header, data, secret, registry=_registry)
    head, _, signature = written.split(".")
    return f"{head}..{signature}".encode("ascii")


def verify(data: bytes, sealed: bytes, keys: KeySet, at: datetime) -> Key:
    """The key that sealed the bytes; raises NotPermitted (401 the seal does not hold, 403 the key is not good)."""
    kid = _kid(sealed)
    key = keys.key(kid)
    if key is None:
        _invalid("seal-key-unknown", kid=kid)
    public = OKPKey.import_key({"kty": key.kty, "crv": key.crv, "x": key.x})
    try:
        jws.deserialize_compact(sealed, public, registry=_registry, payload=data)
    except (JoseError, ValueError):
        _invalid("seal-broken", kid=kid)
    _refuse_bad(key, at)
    return key


def opened(data: bytes, sealed: bytes, keys: KeySet, at: datetime) -> gate.Received:
    """The message that a seal vouches for: verified, then read, then whether the key speaks for its sender."""
    key = verify(data, sealed, keys, at)
    received = gate.read(data, at)
    sender = received.header.sender.id
    if sender not in key.parties:
        raise NotPermitted(
            told(
                "key-speaks-for-others",
                rule_id="signer-not-entitled",
                level=Level.SEAL,
                xpath=f"/{received.message.name}/Header/Sender",
                value=sender,
                kid=key.kid,
                sender=sender,
                parties=", ".join(key.parties),
            )
        )
    return received


def _kid(sealed: bytes) -> str:
    """Which key a seal names; a seal that is not written as ours are is refused before any key is asked."""
    parts = sealed.strip().split(b".")
    if len(sealed) > _MOST_SEAL or len(parts) != 3 or parts[1]:
        _invalid("seal-malformed")
    try:
        header = jws.extract_compact(sealed.strip(), b"-", _registry).headers()
    except (JoseError, ValueError):
        _invalid("seal-malformed")
    if set(header) != _HEADER or (header["alg"], header["b64"], header["crit"]) != (ALGORITHM, False, ["b64"]):
        _invalid("seal-malformed")
    return str(header["kid"])


def _refuse_bad(key: Key, at: datetime) -> None:
    fault = key.fault(at)
    if fault is None:
        return
    raise NotPermitted(
        told(
            fault,
            rule_id="signer-not-entitled",
            level=Level.SEAL,
            kid=key.kid,
            at=at.isoformat(timespec="seconds"),
            since=key.valid_from.isoformat(timespec="seconds"),
            until=key.valid_to.isoformat(timespec="seconds"),
            revoked=key.revoked_at.isoformat(timespec="seconds") if key.revoked_at else "",
        )
    )


def _invalid(key: str, **words: str) -> NoReturn:
    raise NotPermitted(told(key, rule_id="signature-invalid", level=Level.SEAL, **words), status=401)
