"""The peers of a node: who they are, where they are reached, which keys they seal with, and what they speak.

A peer says so itself in one file, under its own seal and with a version that only grows. The first file is believed
because a person compared its fingerprint by another way; each later one because a key of the one before sealed it.
"""

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import delete, func, select

from waste_bpm.casework import exercise
from waste_bpm.casework.correspondence import Speaks
from waste_bpm.casework.node import Node
from waste_bpm.casework.rows import instant
from waste_bpm.casework.signing import keys_of
from waste_bpm.casework.store import OUTBOX, SETTING, Store
from waste_bpm.casework.traffic import LINE, LINK, PARCEL, PEER
from waste_bpm.errors import Conflict, InputInvalid, NotFound, NotPermitted, Refused, Unavailable
from waste_bpm.utility_blocks.catalogue import BLOCKS
from waste_bpm.utility_blocks.parcel import Believes, digest
from waste_bpm.utility_blocks.seal import Key, KeySet, verify
from waste_bpm.vocabulary import Finding

_PAPER = "paper/"
"""Before the name of a node in the settings: it is not connected, and why that is known."""
_ABOUT = select(PEER.c.about).order_by(PEER.c.node)
_COUNT = select(OUTBOX.c.state, func.count().label("count"), func.min(OUTBOX.c.written_at).label("oldest"))


class Peer(BaseModel):
    """What a node says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    profile: Literal["waste-bpm/peer/v1"] = "waste-bpm/peer/v1"
    node: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    version: Annotated[int, Field(ge=1, le=2**53)]
    issued_at: str
    url: Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$")] | None = None
    keys: Annotated[tuple[Key, ...], Field(min_length=1)]
    reach: Literal["push", "pull"]
    via: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] | None = None
    parties: tuple[str, ...] = ()
    speaks: dict[str, str] = {}
    exercise: bool = False

    @model_validator(mode="before")
    @classmethod
    def _reached_where_it_has_an_address(cls, said: Any) -> Any:
        """A node with an address is reached there, one without it fetches, unless it says how."""
        if isinstance(said, dict) and "reach" not in said:
            return {**said, "reach": "push" if said.get("url") else "pull"}
        return said

    @property
    def written(self) -> bytes:
        """The bytes that are sealed."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)

    def cover(self, at: datetime) -> str | None:
        """The half with which a message is covered for this node: that of its newest good key; None without one."""
        good = [key for key in self.keys if key.cover and key.fault(at) is None]
        return max(good, key=lambda key: key.valid_from).cover if good else None

    @property
    def fingerprint(self) -> str:
        """What two people compare: SHA-256 of the keys, in groups."""
        hashed = digest("\n".join(sorted(key.x for key in self.keys)).encode())[:32]
        return " ".join(hashed[place : place + 4] for place in range(0, 32, 4))


class PeerFile(BaseModel):
    """A peer with the seal over what it says: the content of the file that it hands to others."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    peer: Peer
    seal: str


def about(node: Node, url: str | None, *, fetches: bool = False, via: str | None = None) -> PeerFile:
    """What this node says of itself to others, under its seal; raises Unavailable where it has no key.

    It `fetches` what waits for it elsewhere where others cannot reach its address, or it has none. What is for it is
    left with the node that it names as its way (`via`).
    """
    if node.sign is None:
        raise Unavailable(
            Finding(rule_id="key-missing", message="This node has no key.", fix="Give it one: waste-bpm node init.")
        )
    now = node.clock()
    peer = Peer(
        node=node.directory.own,
        version=int(now.timestamp() * 1000),
        issued_at=instant(now),
        url=url,
        reach="pull" if fetches or url is None else "push",
        via=via,
        keys=keys_of(node.store).keys,
        parties=tuple(sorted(party for party in node.directory.parties if node.directory.hosts(party))),
        speaks={block.id: f"{block.major}.{block.minor}" for block in BLOCKS.values()},
        exercise=exercise.clock_file(node.store) is not None,
    )
    return PeerFile(peer=peer, seal=node.sign(peer.written).decode("ascii"))


def read_peer(data: bytes) -> PeerFile:
    """The file that a peer handed over; raises InputInvalid."""
    try:
        return PeerFile.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "content"
        raise InputInvalid(
            Finding(
                rule_id="peer-malformed",
                message=f"The file says of no node what it is ({where}: {first['msg']}).",
                fix="Take the file that `waste-bpm node about` wrote on the other node.",
            )
        ) from error


def enter(node: Node, file: PeerFile, fingerprint: str | None = None) -> Peer:
    """Believe what a node says of itself from now on; raises NotPermitted, Conflict or InputInvalid."""
    said, now = file.peer, node.clock()
    known = peers(node.store).get(said.node)
    if said.node == node.directory.own or any(key.node != said.node for key in said.keys):
        raise InputInvalid(
            Finding(
                rule_id="peer-is-itself",
                message=f"{said.node} speaks of itself alone, and is another node than this one.",
                value=said.node,
                fix="Take the file of the other node; every key in it is its own.",
            )
        )
    _refuse_mixed(node, said)
    if known == said:
        return said
    if known is not None and said.version <= known.version:
        raise Conflict(
            Finding(
                rule_id="peer-version-older",
                message=f"Version {known.version} of {said.node} is on file; this is {said.version}.",
                fix="Ask the node for what it says of itself today.",
            ),
            status=409,
        )
    by_hand = fingerprint is not None and "".join(fingerprint.split()).lower() == said.fingerprint.replace(" ", "")
    if not by_hand and (known is None or fingerprint is not None):
        raise NotPermitted(_compare(said))
    believed = said.keys if by_hand or known is None else known.keys
    verify(said.written, file.seal.encode(), KeySet(keys=believed), now)
    node.store.replace(PEER, [{"node": said.node, "version": said.version, "about": said.written}])
    node.store.run(delete(SETTING).where(SETTING.c.name == f"{_PAPER}{said.node}"))
    return said


def _refuse_mixed(node: Node, said: Peer) -> None:
    """Exercises and earnest never mix."""
    own = exercise.clock_file(node.store) is not None
    if own != said.exercise:
        here, there = ("for an exercise", "in earnest") if own else ("in earnest", "for an exercise")
        raise NotPermitted(
            Finding(
                rule_id="exercise-apart",
                message=f"{said.node} works {there}, and this node {here}: they never exchange anything.",
                value=said.node,
                fix="Take the file of the node that you mean.",
            )
        )


def on_paper(store: Store) -> dict[str, str]:
    """The nodes that are not connected, with the word of who told so: what is for them goes on paper, and comes so."""
    rows = store.rows(select(SETTING).where(SETTING.c.name.startswith(_PAPER)))
    return {row.name.removeprefix(_PAPER): row.value for row in rows}


def put_on_paper(node: Node, name: str, reason: str) -> None:
    """Register that a node is not connected; raises NotFound where no party acts there, Conflict where it is a peer."""
    parties = [party.id for party in node.directory.parties.values() if party.node == name]
    if not parties or name == node.directory.own:
        raise NotFound(
            Finding(
                rule_id="node-without-parties",
                message=f"No party that this node knows acts on {name!r}, away from here.",
                value=name,
                fix="Name the node as the parties of the State have it in the register.",
            )
        )
    if name in peers(node.store):
        raise Conflict(_connected(name), status=409)
    node.store.replace(SETTING, [{"name": f"{_PAPER}{name}", "value": reason}])


def refuse_connected(node: Node, name: str) -> None:
    """Raise Refused unless a node is registered as not connected: what another says comes under its own seal."""
    if name not in on_paper(node.store):
        raise Refused(_connected(name))


def _connected(name: str) -> Finding:
    return Finding(
        rule_id="peer-is-connected",
        message=f"{name} is not registered as not connected, so its own messages say what happened there.",
        value=name,
        fix=f"Wait for the message of {name}. If it has no node at all: waste-bpm node peer paper {name} --reason WHY.",
    )


def _compare(said: Peer) -> Finding:
    return Finding(
        rule_id="fingerprint-compared",
        message=f"The keys of {said.node} have the fingerprint {said.fingerprint}.",
        value=said.node,
        fix="Call somebody there whom you know; if the fingerprint is the same, add the file with --fingerprint.",
    )


def remove(store: Store, name: str) -> None:
    """Believe nothing more of a node; raises NotFound."""
    with store.transaction() as connection:
        if not connection.execute(delete(PEER).where(PEER.c.node == name)).rowcount:
            raise NotFound(
                Finding(
                    rule_id="peer-unknown",
                    message=f"There is no peer {name!r} here.",
                    fix="List them: waste-bpm node peer list.",
                )
            )


def peers(store: Store) -> dict[str, Peer]:
    """The peers on file, by the names of their nodes."""
    found = (_peer(bytes(row.about)) for row in store.rows(_ABOUT))
    return {peer.node: peer for peer in found}


@lru_cache(maxsize=256)
def _peer(data: bytes) -> Peer:
    return Peer.model_validate_json(data)


def fetching(store: Store) -> set[str]:
    """The peers that fetch what waits for them here; for one that has a relay, it is brought to that."""
    known = peers(store)
    return {peer.node for peer in known.values() if peer.reach == "pull" and peer.via not in known}


def believed(store: Store) -> Believes:
    """Which keys a node believes: those of its peers as they are on file at that moment."""

    def believes(data: bytes, sealed: bytes, at: datetime) -> Key:
        known = KeySet(keys=tuple(key for peer in peers(store).values() for key in peer.keys))
        return verify(data, sealed, known, at)

    return believes


def spoken(store: Store) -> Speaks:
    """Which versions of the blocks a node's peers speak, as their files on record say at that moment."""

    def speaks(node: str, block: str) -> int | None:
        peer = peers(store).get(node)
        said = "" if peer is None else peer.speaks.get(block, "")
        major, minor = said.partition(".")[::2]
        return int(minor) if minor.isdigit() and major == str(BLOCKS[block].major) else None

    return speaks


def standing(node: Node) -> list[dict[str, Any]]:
    """How it stands with each node: what waits for it and since when, what came, what was held, refused or failed."""
    names = {row.node for row in node.store.rows(select(OUTBOX.c.node).distinct())} | set(peers(node.store))
    return [_standing(node, name) for name in sorted(names)]


def _standing(node: Node, name: str) -> dict[str, Any]:
    store, known = node.store, peers(node.store).get(name)
    states = {row.state: row for row in store.rows(_COUNT.where(OUTBOX.c.node == name).group_by(OUTBOX.c.state))}
    link = next(iter(store.rows(select(LINK).where(LINK.c.node == name))), None)
    came = select(PARCEL.c.state, func.count().label("count")).where(PARCEL.c.sender == name).group_by(PARCEL.c.state)
    frozen = select(LINE.c.conversation, LINE.c.frozen).where(LINE.c.node == name, LINE.c.frozen.is_not(None))
    given_up = select(*(PARCEL.c[name] for name in ("conversation", "seq", "message", "reason"))).where(
        PARCEL.c.state == "closed", PARCEL.c.sender == name
    )
    waits = states.get("waiting")
    return {
        "node": name,
        "registered": known is not None,
        "url": known.url if known else None,
        "reach": known.reach if known else None,
        "via": known.via if known else None,
        "waiting": waits.count if waits else 0,
        "waiting_since": waits.oldest if waits else None,
        "sent": {state: row.count for state, row in states.items()},
        "came": {row.state: row.count for row in store.rows(came)},
        "given_up": [dict(row._mapping) for row in store.rows(given_up)],
        "frozen": [row.conversation for row in store.rows(frozen)],
        "failures": link.failures if link else 0,
        "failing_since": link.failed_since if link else None,
        "said": link.said if link else None,
        "heard_at": link.heard_at if link else None,
    }
