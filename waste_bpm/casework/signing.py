"""The keys of a node, and its heads as others keep them.

The public keys lie in the database, so that whoever holds it or a copy can prove the heads. The private key does not:
a dump or a backup never holds it, and who looks after the database alone cannot sign. A head that was set before the
node had its first key needs no signature; every later one does, by a key that was good when it was set.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select

from waste_bpm.casework.log import Proof
from waste_bpm.casework.node import Node
from waste_bpm.casework.sealing import Head
from waste_bpm.casework.store import HEAD, SETTING, Store
from waste_bpm.errors import InputInvalid, WasteBpmError
from waste_bpm.utility_blocks.seal import Key, KeySet, PrivateKey, new_key, read_keys, seal, verify
from waste_bpm.vocabulary import Finding

_SETTING = "keys"
_NEWEST = select(HEAD).order_by(HEAD.c.position.desc())


class KeptHead(BaseModel):
    """A head as somebody else keeps it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    position: int = Field(ge=1, le=2**62)
    root: str
    previous: str
    sealed_at: str
    hash: str
    signature: str | None = None

    @property
    def head(self) -> Head:
        """The head that it says it is."""
        return Head(position=self.position, root=self.root, previous=self.previous, sealed_at=self.sealed_at)


class KeptHeads(BaseModel):
    """The newest heads of a node, with the public keys that prove them: what a node hands to others to keep."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    schema_: Literal["waste-bpm/heads/v1"] = Field(default="waste-bpm/heads/v1", alias="schema")
    node: str
    heads: tuple[KeptHead, ...]
    keys: tuple[Key, ...] = ()


def keys_of(store: Store) -> KeySet:
    """The public keys of the node that a database holds; none when it never had one."""
    found = store.rows(select(SETTING.c.value).where(SETTING.c.name == _SETTING))
    return read_keys(found[0].value.encode()) if found else KeySet()


def with_new_key(node: Node, *, good_for: timedelta, overlap: timedelta) -> tuple[PrivateKey, KeySet]:
    """A new private key for the node, and the set that knows its public half; nothing is written yet."""
    known, own = keys_of(node.store), node.directory.own
    now = node.clock()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    hosted = [party for party in node.directory.parties if node.directory.hosts(party)]
    made = new_key(f"{own}-{len(known.keys) + 1}", own, hosted or [own], now, now + good_for)
    return made, known.with_key(made.public, overlap)


def keep_keys(store: Store, keys: KeySet) -> None:
    """Write down the public keys of the node."""
    store.replace(SETTING, [{"name": _SETTING, "value": keys.model_dump_json(by_alias=True)}])


def as_known(key: PrivateKey, keys: KeySet) -> PrivateKey:
    """The private key, good for as long as its public half says; raises InputInvalid when it has none among these."""
    known = keys.key(key.kid)
    if known is not None and known.x == key.x:
        return PrivateKey(**{**known.model_dump(), "d": key.d})
    raise InputInvalid(
        Finding(
            rule_id="key-not-of-this-node",
            message=f"The private key {key.kid} belongs to none of the public keys of this node.",
            fix="Name the key file of this node, or make a new key: waste-bpm node rotate.",
        )
    )


def signer(key: PrivateKey, clock: Callable[[], datetime]) -> Callable[[bytes], bytes]:
    """What signs the heads of a node: a detached seal, refused when the key is not good any more."""
    return lambda said: seal(said, key, clock())


def proof(keys: KeySet) -> Proof | None:
    """Whether a signature proves a head; None when the node never had a key, so that nothing is to be proved."""
    if not keys.keys:
        return None
    first = min(key.valid_from for key in keys.keys)

    def proves(said: bytes, signature: bytes) -> bool:
        at = datetime.fromisoformat(orjson.loads(said)["sealed_at"])
        if not signature:
            return at < first
        try:
            verify(said, signature, keys, at)
        except WasteBpmError:
            return False
        return True

    return proves


def heads(node: Node, count: int = 1) -> KeptHeads:
    """The newest heads of a node, oldest first, for somebody else to keep."""
    rows = [row._mapping for row in node.store.rows(_NEWEST.limit(count))][::-1]
    kept = (KeptHead(**{**row, "signature": _text(row["signature"])}) for row in rows)
    return KeptHeads(node=node.directory.own, heads=tuple(kept), keys=keys_of(node.store).keys)


def _text(signature: bytes | None) -> str | None:
    return None if signature is None else signature.decode("ascii", "replace")


def read_heads(data: bytes, own: str) -> KeptHeads:
    """The heads in a file that somebody kept of the node `own`; raises InputInvalid when they are no such heads."""
    try:
        kept = KeptHeads.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "content"
        raise _wrong("heads-malformed", f"The file holds no heads ({place}: {first['msg']}).") from error
    if kept.node != own:
        raise _wrong("heads-of-another-node", f"The heads are those of the node {kept.node!r}, this one is {own!r}.")
    for each in kept.heads:
        if each.head.hash != each.hash:
            raise _wrong("head-changed", f"The head at place {each.position} does not say what its hash says.")
    return kept


def _wrong(rule: str, message: str) -> InputInvalid:
    return InputInvalid(Finding(rule_id=rule, message=message, fix="Take the file that `waste-bpm log heads` wrote."))
