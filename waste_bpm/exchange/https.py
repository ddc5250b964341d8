"""Letters over HTTPS: a parcel and its seal in two headers, the message as the body, the sealed slip as the answer.

Nothing that comes in a message is ever asked for: the address of a node stands in its entry in the register of peers,
redirects are not followed, and an answer is read only so far as a slip is long.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from waste_bpm.casework.fetching import MOST_BYTES as MOST_FETCHED
from waste_bpm.casework.node import Node
from waste_bpm.casework.peers import Peer, fetching, peers
from waste_bpm.casework.posting import WITH_RELAY, Chance, Posted, post
from waste_bpm.casework.relaying import pass_on
from waste_bpm.errors import InputInvalid, Unavailable
from waste_bpm.exchange.bundle import parcels
from waste_bpm.utility_blocks.cover import BEGINS, covered
from waste_bpm.utility_blocks.limits import MOST_BYTES
from waste_bpm.utility_blocks.parcel import MOST_STATE_BYTES, NOTICE, Ask, Sent, Slip, State
from waste_bpm.vocabulary import Finding

PARCEL, SEAL = "Waste-Bpm-Parcel", "Waste-Bpm-Seal"
ASK, AFTER = "Waste-Bpm-Ask", "Waste-Bpm-After"
PATH, SLIPS, RELAY = "/api/v1/peer/parcels", "/api/v1/peer/slips", "/api/v1/peer/relay"
STATES = "/api/v1/peer/states"
BUNDLE, XML, JOSE = "application/zip", "application/xml", "application/jose"
_MOST_ANSWER = 65536
_MOST_BUNDLE = 2 * (MOST_FETCHED + MOST_BYTES)
_TIMES = httpx.Timeout(10, connect=5)


def headers(sent: Sent, media_type: str | None = None) -> dict[str, str]:
    """The headers that go with the body of a message, as it is or under a cover."""
    return {
        PARCEL: urlsafe_b64encode(sent.parcel).decode("ascii"),
        SEAL: sent.seal.decode("ascii"),
        "Content-Type": media_type or (JOSE if sent.data.startswith((BEGINS, NOTICE)) else XML),
    }


def sent_in(parcel: str, seal: str, body: bytes) -> Sent:
    """What came with two headers and a body; raises InputInvalid where the headers are none of these."""
    written, sealed = written_in(PARCEL, parcel, seal)
    return Sent(parcel=written, seal=sealed, data=body)


def written_in(header: str, value: str, seal: str) -> tuple[bytes, bytes]:
    """The bytes that a header holds, and the seal over them; raises InputInvalid where it is none of these."""
    try:
        return urlsafe_b64decode(value.encode("ascii")), seal.encode("ascii")
    except (UnicodeError, NotBase64, ValueError) as error:
        raise InputInvalid(
            Finding(
                rule_id="parcel-malformed",
                message=f"The header {header} holds nothing in base64url, or {SEAL} no seal.",
                pointer=f"/header/{header}",
                fix="Send both headers as the other node wrote them.",
            ),
            status=400,
        ) from error


class Postman:
    """The way to all peers of a node; one connection is kept open for each."""

    def __init__(self, node: Node, chance: Chance) -> None:
        self.node, self.chance = node, chance
        self.client = httpx.Client(timeout=_TIMES, follow_redirects=False, trust_env=False)

    def __call__(self, node: Node) -> int:
        """Post what waits, where the node has a key to seal with and a peer to send to; gives how much was received."""
        if node.sign is None or not peers(node.store):
            return 0
        passed = pass_on(self.node, self.carry, self.chance, fetching(self.node.store))
        return self.round().delivered + passed

    def round(self) -> Posted:
        """Post what waits."""
        return post(self.node, self.carry, self.chance, fetching(self.node.store))

    def carry(self, receiver: str, sent: Sent) -> tuple[bytes, bytes]:
        """Bring what is sent to a node; gives its slip and the seal over it, raises Unavailable otherwise."""
        known = peers(self.node.store).get(receiver)
        if known is not None and known.via not in (None, self.node.directory.own):
            return self._left(known, sent)
        answer, body = self._asked(receiver, "POST", self._url(receiver), content=sent.data, headers=headers(sent))
        return body, answer.headers.get(SEAL, "").encode("ascii", "replace")

    def _left(self, receiver: Peer, sent: Sent) -> tuple[bytes, bytes]:
        """Leave what is sent with the relay of a node, under a cover; gives the slip when the relay has it."""
        half, relay = receiver.cover(self.node.clock()), str(receiver.via)
        if half is None:
            raise _away(receiver.node, "no key of it is on file with which to cover what a relay carries")
        body = covered(sent.data, half)
        answer, slip = self._asked(relay, "POST", self._url(relay, RELAY), content=body, headers=headers(sent, JOSE))
        if answer.status_code == httpx.codes.ACCEPTED:
            raise Unavailable(
                Finding(rule_id=WITH_RELAY, message=f"{relay} has it for {receiver.node}.", value=receiver.node)
            )
        return slip, answer.headers.get(SEAL, "").encode("ascii", "replace")

    def ask(self, giver: str, ask: Ask, seal: bytes) -> tuple[list[Sent], str]:
        """Ask a node for what waits there; gives the parcels, and the place behind which there are more or a blank.

        Raises Unavailable, or InputInvalid when what it gives is no bundle.
        """
        asked = {ASK: urlsafe_b64encode(ask.written).decode("ascii"), SEAL: seal.decode("ascii")}
        answer, body = self._asked(giver, "GET", self._url(giver), most=_MOST_BUNDLE, headers=asked)
        return [sent for _, sent in parcels(body)], answer.headers.get(AFTER, "")

    def hand_back(self, giver: str, slip: Slip, seal: bytes) -> None:
        """Give a slip to the node that gave the parcel; raises Unavailable where it is not taken."""
        sealed = {SEAL: seal.decode("ascii"), "Content-Type": "application/json"}
        self._asked(giver, "POST", self._url(giver, SLIPS), content=slip.written, headers=sealed)

    def tell(self, peer: str, state: State, seal: bytes) -> tuple[bytes, bytes]:
        """Tell a node what is held here of a case; gives what it holds and the seal over it, or raises Unavailable."""
        sealed = {SEAL: seal.decode("ascii"), "Content-Type": "application/json"}
        url = self._url(peer, STATES)
        answer, body = self._asked(peer, "POST", url, MOST_STATE_BYTES + 1, content=state.written, headers=sealed)
        return body, answer.headers.get(SEAL, "").encode("ascii", "replace")

    def _asked(self, peer: str, method: str, url: str, most: int = _MOST_ANSWER, **named: Any) -> tuple[Any, bytes]:
        """What a node answers and its body, where it answers with success; raises Unavailable otherwise."""
        try:
            with self.client.stream(method, url, **named) as answer:
                body = b"".join(_limited(answer, most))
        except httpx.HTTPError as error:
            raise _away(peer, f"{type(error).__name__}: {error}") from error
        if answer.status_code not in (httpx.codes.OK, httpx.codes.ACCEPTED, httpx.codes.NO_CONTENT):
            raise _refused(peer, answer.status_code, body)
        return answer, body

    def _url(self, receiver: str, path: str = PATH) -> str:
        known = peers(self.node.store).get(receiver)
        if known is None or known.url is None:
            raise _away(receiver, "its address is not on file", "Register it: waste-bpm node peer add FILE.")
        if not _safe(known.url):
            raise _away(receiver, f"{known.url} is not https", "Letters travel over https, or stay on this machine.")
        return known.url.rstrip("/") + path


def _limited(answer: httpx.Response, most: int) -> Iterator[bytes]:
    """The body, so far as any answer is long."""
    left = most
    for chunk in answer.iter_bytes():
        yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            return


def _safe(url: str) -> bool:
    """Whether an address is https, or on this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    try:
        return parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _refused(receiver: str, status: int, body: bytes) -> Unavailable:
    """What a node answers that gives no slip: nobody sealed it, so it ends nothing; it only says why to wait."""
    try:
        rules = [str(each["rule_id"]) for each in orjson.loads(body)["findings"]]
        message = str(orjson.loads(body)["detail"])[:300]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        rules, message = [], ""
    known = rules[0] if status == httpx.codes.SERVICE_UNAVAILABLE and rules else "peer-refuses"
    return Unavailable(
        Finding(
            rule_id=known,
            message=f"{receiver} answers {status} and no slip: {message or ', '.join(rules) or 'nothing more'}.",
            value=receiver,
            fix="The letter waits and goes again; ask that node if it stays so.",
        )
    )


def _away(receiver: str, why: str, fix: str = "The letter waits and goes again.") -> Unavailable:
    return Unavailable(
        Finding(rule_id="peer-away", message=f"{receiver} cannot be reached: {why}.", value=receiver, fix=fix)
    )
