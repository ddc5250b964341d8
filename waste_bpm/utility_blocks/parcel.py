"""The parcel: what goes round a message on its way from node to node, so that the bytes of the message never change.

It numbers the messages of one node to another about one case, and names the parcel before it; the seal of the sending
node (a detached JWS) is over exactly its bytes, and it holds the digest of the message. Who forwards it can neither
read more than it needs nor change anything. The slip is what comes back: what became of these bytes, sealed likewise.
Which key sealed is said by the seal alone, so that a parcel can wait longer than a key lives.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from waste_bpm.errors import InputInvalid, NotPermitted
from waste_bpm.utility_blocks.seal import Key
from waste_bpm.vocabulary import Finding

Believes = Callable[[bytes, bytes, datetime], Key]
"""Gives the key that sealed some bytes at a moment; raises NotPermitted when no believed key did."""


def nobody(_: bytes, __: bytes, ___: datetime) -> Key:
    """Believe no key: the node knows no peers."""
    raise NotPermitted(
        Finding(
            rule_id="signature-invalid",
            message="This node knows no other nodes, so no seal of another counts here.",
            fix="Register the sending node and its keys first.",
        ),
        status=401,
    )


NOTICE = b"{"
"""How a notice begins, and no message."""
MOST_BYTES = 4096
"""More than any parcel or slip needs."""
MOST_STATE_BYTES = 2 * 1024 * 1024
"""Enough for ten thousand streams."""
_NODE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_SHA256 = r"^[0-9a-f]{64}$"
Node = Annotated[str, Field(pattern=_NODE)]
Digest = Annotated[str, Field(pattern=_SHA256)]
Message = Annotated[str, Field(pattern=r"^urn:uuid:[0-9a-f-]{36}$")]
Case = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,63}$")]
Instant = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]


class _Written(BaseModel):
    """A value that has exactly one way to be written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @property
    def written(self) -> bytes:
        """Its bytes: JSON with sorted keys."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)

    @property
    def hash(self) -> str:
        """SHA-256 of its bytes."""
        return digest(self.written)


W = TypeVar("W", bound=_Written)


class Parcel(_Written):
    """One message under way: between which nodes, about which case, the how manieth, and after which parcel."""

    profile: Literal["waste-bpm/parcel/v1"] = "waste-bpm/parcel/v1"
    message: Message
    sender: Node
    receiver: Node
    conversation: Case
    seq: Annotated[int, Field(ge=1, le=2**53)]
    previous: Digest | Literal[""]
    issued_at: Instant
    digest: Digest


class Result(StrEnum):
    """What became of a parcel. None of it says anything about the law."""

    RECORDED = "recorded"
    HELD = "held"
    REFUSED = "refused"
    CLOSED = "closed"


class Slip(_Written):
    """What a node says it did with a parcel: recorded it, holds or refuses it, or knows it to be given up."""

    profile: Literal["waste-bpm/slip/v1"] = "waste-bpm/slip/v1"
    parcel: Digest
    message: Message
    digest: Digest
    by: Node
    to: Node
    result: Annotated[Result, Field(strict=False)]
    recorded_at: Instant
    rules: Annotated[tuple[str, ...], Field(strict=False)] = ()


class Closed(_Written):
    """A node says that it gave a parcel up, and why; it comes with the parcel in the place of the message."""

    profile: Literal["waste-bpm/closed/v1"] = "waste-bpm/closed/v1"
    parcel: Digest
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Ask(_Written):
    """A node asks another for what waits there for it: from which place on, and when it asks."""

    profile: Literal["waste-bpm/ask/v1"] = "waste-bpm/ask/v1"
    by: Node
    to: Node
    at: Instant
    after: Annotated[str, Field(pattern=r"^(\S{24} \S{1,64} [0-9]{1,16}|box [0-9]{1,16})?$")] = ""


class StreamState(_Written):
    """A stream of what all authorities of a case were told: how many events, by which nodes, and its SHA-256.

    The digest is blank where the stream cannot be compared: papers stand in it, or events in another place. The form
    is that in which the program of the node remembers such a stream; digests of two forms cannot be compared either.
    """

    stream: Annotated[str, Field(pattern=r"^[a-z_]{1,30}(/[A-Za-z0-9._-]{1,40}){0,2}$")]
    events: Annotated[int, Field(ge=1, le=2**53)]
    by: Annotated[tuple[Node, ...], Field(strict=False, min_length=1)]
    form: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    digest: Digest | Literal[""]


class State(_Written):
    """What a node holds of a case, and the numbers of its last letter to the other node and of the last one from there.

    One that is an answer names what it answers by its hash.
    """

    profile: Literal["waste-bpm/state/v1"] = "waste-bpm/state/v1"
    by: Node
    to: Node
    at: Instant
    case: Case
    sent: Annotated[int, Field(ge=0, le=2**53)]
    heard: Annotated[int, Field(ge=0, le=2**53)]
    streams: Annotated[tuple[StreamState, ...], Field(strict=False, min_length=1)]
    answers: Digest | Literal[""] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What travels, by whatever way: a parcel, the seal over it, and the message; each as the bytes that they are."""

    parcel: bytes
    seal: bytes
    data: bytes


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sealed_parcel(sent: Sent, believes: Believes, at: datetime) -> Parcel:
    """The parcel that the seal of its sender vouches for, whoever it is for; raises NotPermitted or InputInvalid."""
    parcel, key = _sealed(Parcel, sent.parcel, sent.seal, believes, at)
    if key.node == parcel.sender:
        return parcel
    raise NotPermitted(
        Finding(
            rule_id="signer-not-entitled",
            message=f"The parcel says that it comes from {parcel.sender}; its key {key.kid} belongs to {key.node}.",
            value=parcel.sender,
            fix="Seal it with a key of the node that sends it.",
        )
    )


def opened(sent: Sent, believes: Believes, own: str, at: datetime) -> Parcel:
    """The parcel that its seal vouches for and that is for this node; the message in it is not looked at.

    Raises NotPermitted (401 the seal does not hold, 403 it is for or from another node than it says) or InputInvalid.
    """
    parcel = sealed_parcel(sent, believes, at)
    if parcel.receiver != own:
        raise NotPermitted(
            Finding(
                rule_id="addressed-here",
                message=f"The parcel is for the node {parcel.receiver}; this is {own}.",
                value=parcel.receiver,
                fix="Hand it to that node.",
            )
        )
    if digest(sent.data) != parcel.digest and not _closes(sent, parcel, believes, at):
        raise NotPermitted(
            Finding(
                rule_id="signature-invalid",
                message=f"The message is not the one that was sealed: its SHA-256 is {digest(sent.data)}.",
                value=parcel.digest,
                fix="Send the bytes that were sealed, unchanged.",
            ),
            status=401,
        )
    return parcel


def closing(parcel: bytes, reason: str, sign: Callable[[bytes], bytes]) -> bytes:
    """What travels in the place of a message that was given up: the notice, and the seal over it on the next line."""
    written = Closed(parcel=digest(parcel), reason=reason[:500]).written
    return written + b"\n" + sign(written)


def closed_in(data: bytes) -> Closed | None:
    """The notice in the place of a message; None where there is a message."""
    return Closed.model_validate_json(data.partition(b"\n")[0]) if data.startswith(NOTICE) else None


def _closes(sent: Sent, parcel: Parcel, believes: Believes, at: datetime) -> bool:
    """Whether the sender of a parcel says, under its seal, that it gave this very parcel up."""
    if not sent.data.startswith(NOTICE):
        return False
    written, _, seal = sent.data.partition(b"\n")
    notice, key = _sealed(Closed, written, seal, believes, at)
    return (key.node, notice.parcel) == (parcel.sender, parcel.hash)


def signed_slip(data: bytes, seal: bytes, believes: Believes, at: datetime) -> Slip:
    """The slip that the seal of the node that gives it vouches for; raises NotPermitted or InputInvalid."""
    slip, key = _sealed(Slip, data, seal, believes, at)
    if key.node == slip.by:
        return slip
    raise NotPermitted(
        Finding(
            rule_id="signer-not-entitled",
            message=f"The slip says that {slip.by} gives it; its key {key.kid} belongs to {key.node}.",
            value=slip.by,
            fix="Take slips only from the node that received the parcel.",
        )
    )


def signed_ask(data: bytes, seal: bytes, believes: Believes, own: str, at: datetime) -> Ask:
    """The ask for this node that the seal of the node that asks vouches for; raises NotPermitted or InputInvalid."""
    ask, key = _sealed(Ask, data, seal, believes, at)
    if (key.node, own) == (ask.by, ask.to):
        return ask
    raise NotPermitted(
        Finding(
            rule_id="signer-not-entitled",
            message=f"{ask.by} asks {ask.to}; the key {key.kid} belongs to {key.node}, and this is {own}.",
            value=ask.by,
            fix="A node asks for its own letters, under its own seal, the very node that has them.",
        )
    )


def signed_state(data: bytes, seal: bytes, believes: Believes, own: str, at: datetime) -> State:
    """What another node says to this one that it holds, under its own seal; raises NotPermitted or InputInvalid."""
    state, key = _sealed(State, data, seal, believes, at, MOST_STATE_BYTES)
    if (key.node, own) == (state.by, state.to):
        return state
    raise NotPermitted(
        Finding(
            rule_id="signer-not-entitled",
            message=f"{state.by} tells {state.to}; the key {key.kid} belongs to {key.node}, and this is {own}.",
            value=state.by,
            fix="A node says what it holds itself, under its own seal, to the very node that compares.",
        )
    )


def _sealed(
    kind: type[W], data: bytes, seal: bytes, believes: Believes, at: datetime, most: int = MOST_BYTES
) -> tuple[W, Key]:
    """The value in some bytes and the key that sealed them: first the seal, then the reading."""
    if len(data) > most:
        raise InputInvalid(_malformed(kind, f"it has {len(data)} bytes, at most {most} are read"), status=413)
    key = believes(data, seal, at)
    try:
        value = kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "content"
        raise InputInvalid(_malformed(kind, f"{where}: {first['msg']}"), status=400) from error
    if value.written != data:
        raise InputInvalid(_malformed(kind, "it is not written as one writes it: sorted, without spaces"), status=400)
    return value, key


def _malformed(kind: type[_Written], why: str) -> Finding:
    name = kind.__name__.lower()
    return Finding(
        rule_id=f"{name}-malformed",
        message=f"This is no {name}: {why}.",
        fix=f"Write it as {kind.model_fields['profile'].default} says.",
    )
