"""Letters over HTTPS: a parcel and its seal in two headers, the message as the body, the sealed slip as the answer.

Nothing that comes in a message is ever asked for: the address of a node stands in its entry in the register of peers,
redirects are not followed, and an answer is read only so far as a slip is long.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx
import orjson

from waste_bpm.casework.node import Node
from waste_bpm.casework.peers import peers
from waste_bpm.casework.posting import Chance, Posted, post
from waste_bpm.errors import InputInvalid, Unavailable
from waste_bpm.utility_blocks.parcel import Sent
from waste_bpm.vocabulary import Finding

PARCEL, SEAL = "Waste-Bpm-Parcel", "Waste-Bpm-Seal"
PATH = "/api/v1/peer/parcels"
_MOST_ANSWER = 65536
_TIMES = httpx.Timeout(10, connect=5)


def headers(sent: Sent) -> dict[str, str]:
    """The headers that go with the body of a message."""
    return {
        PARCEL: urlsafe_b64encode(sent.parcel).decode("ascii"),
        SEAL: sent.seal.decode("ascii"),
        "Content-Type": "application/xml",
    }


def sent_in(parcel: str, seal: str, body: bytes) -> Sent:
    """What came with two headers and a body; raises InputInvalid where the headers are none of these."""
    try:
        return Sent(parcel=urlsafe_b64decode(parcel.encode("ascii")), seal=seal.encode("ascii"), data=body)
    except (UnicodeError, NotBase64, ValueError) as error:
        raise InputInvalid(
            Finding(
                rule_id="parcel-malformed",
                message=f"The header {PARCEL} holds no parcel in base64url, or {SEAL} no seal.",
                pointer=f"/header/{PARCEL}",
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
        return self.round().delivered

    def round(self) -> Posted:
        """Post what waits."""
        return post(self.node, self.carry, self.chance)

    def carry(self, receiver: str, sent: Sent) -> tuple[bytes, bytes]:
        """Bring what is sent to a node; gives its slip and the seal over it, raises Unavailable otherwise."""
        url = self._url(receiver)
        try:
            with self.client.stream("POST", url, content=sent.data, headers=headers(sent)) as answer:
                body = b"".join(_limited(answer))
        except httpx.HTTPError as error:
            raise _away(receiver, f"{type(error).__name__}: {error}") from error
        if answer.status_code != httpx.codes.OK:
            raise _refused(receiver, answer.status_code, body)
        return body, answer.headers.get(SEAL, "").encode("ascii", "replace")

    def _url(self, receiver: str) -> str:
        known = peers(self.node.store).get(receiver)
        if known is None or known.url is None:
            raise _away(receiver, "its address is not on file", "Register it: waste-bpm node peer add FILE.")
        if not _safe(known.url):
            raise _away(receiver, f"{known.url} is not https", "Letters travel over https, or stay on this machine.")
        return known.url.rstrip("/") + PATH


def _limited(answer: httpx.Response) -> Iterator[bytes]:
    """The body, so far as any slip or problem is long."""
    left = _MOST_ANSWER
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
