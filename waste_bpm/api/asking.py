"""What a request brings along: the node it came to, who asks, the idempotency key, the version seen, and the body."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from waste_bpm.api import PREFIX
from waste_bpm.casework import registers
from waste_bpm.casework.node import Node
from waste_bpm.casework.record import canonical
from waste_bpm.documents.check import parse_json
from waste_bpm.errors import InputInvalid, NotPermitted
from waste_bpm.utility_blocks.limits import MOST_BYTES
from waste_bpm.vocabulary import Finding

JSON = "application/json"
MOST_LEVELS = 32
"""How deep the values of a body may lie in each other; no document needs a third of it."""

_bearer = HTTPBearer(auto_error=False, description="The token that this node issued to a party.")
_ETAG = re.compile(r'"v([0-9]{1,9})"')
_KEY = re.compile(r"[!-~]{1,200}")


def answer(body: Any, status: int = 200, *, media_type: str = JSON, headers: dict[str, str] | None = None) -> Response:
    """An answer in JSON, with decimals as text, days as YYYY-MM-DD and instants in UTC."""
    return Response(canonical(body), status, headers=headers, media_type=media_type)


async def _node(request: Request) -> Node:
    node: Node = request.app.state.node
    return node


NodeHere = Annotated[Node, Depends(_node)]
"""The node that the application serves."""


def _shown(
    node: NodeHere, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> registers.Bearer:
    bearer = registers.bearer_of(node.store, credentials.credentials) if credentials else None
    if bearer is not None:
        return bearer
    raise NotPermitted(
        Finding(
            rule_id="token-unknown" if credentials else "token-missing",
            message="The token was not issued by this node." if credentials else "The request does not say who asks.",
            fix="Send the header 'Authorization: Bearer TOKEN' with the token that this node issued to your party.",
        ),
        status=401,
    )


def _caller(bearer: Annotated[registers.Bearer, Depends(_shown)]) -> str:
    return bearer.party


def _person(bearer: Annotated[registers.Bearer, Depends(_shown)]) -> str | None:
    return bearer.person


Caller = Annotated[str, Depends(_caller)]
"""The party that asks; a request without a token of this node is answered with 401."""
Person = Annotated[str | None, Depends(_person)]
"""The person to whom the token was issued; None where it is that of a system."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """What a state-changing request promises: its idempotency key, and the version that it has seen, if any."""

    key: str
    seen: int | None


async def _promise(request: Request) -> Promise:
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        raise InputInvalid(
            Finding(
                rule_id="key-missing" if not key else "key-malformed",
                message="A request that changes something carries an Idempotency-Key of 1 to 200 visible characters.",
                pointer="/header/Idempotency-Key",
                fix="Send a new key, for instance a UUID, and the same key again when you repeat the request.",
            ),
            status=400,
        )
    return Promise(key=key, seen=_seen(request.headers.get("if-match")))


def _seen(written: str | None) -> int | None:
    if written is None:
        return None
    tag = _ETAG.fullmatch(written.strip())
    if tag is not None:
        return int(tag.group(1))
    raise InputInvalid(
        Finding(
            rule_id="if-match-malformed",
            message=f"If-Match says {written[:40]!r}, which is no ETag of this node.",
            pointer="/header/If-Match",
            fix='Send the ETag of what you have read as it is, for instance "v3" with its quotes.',
        ),
        status=400,
    )


Promised = Annotated[Promise, Depends(_promise)]


def media_type(request: Request) -> str:
    """The media type of the body without its parameters, in small letters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def limited(request: Request) -> bytes:
    """The bytes of the body; raises InputInvalid (413) as soon as they are more than a message may have.

    Packed bodies are refused (415): how large they become is known only when they are unpacked.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise InputInvalid(
            Finding(
                rule_id="unsupported-media-type",
                message=f"The body is packed ({encoding[:40]}); this node takes bodies as they are.",
                pointer="/header/Content-Encoding",
                fix="Send the body without Content-Encoding.",
            ),
            status=415,
        )
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise InputInvalid(
                Finding(
                    rule_id="body-too-large",
                    message=f"The body is larger than {MOST_BYTES // 1024} KiB.",
                    fix="Send annexes beside the document, and name them in it by their digest.",
                ),
                status=413,
            )
    return bytes(body)


def wrong_media_type(request: Request, known: str) -> InputInvalid:
    """The refusal (415) of a body that is not of the kind that this request takes."""
    return InputInvalid(
        Finding(
            rule_id="unsupported-media-type",
            message=f"The body is sent as {media_type(request) or 'nothing in particular'!r}; this takes {known}.",
            pointer="/header/Content-Type",
            fix=f"Send the header 'Content-Type: {known}'.",
        ),
        status=415,
    )


async def _json_body(request: Request) -> Any:
    body = await limited(request)
    if not body:
        return None
    if media_type(request) != JSON:
        raise wrong_media_type(request, JSON)
    value = parse_json(body)
    _not_too_deep(value)
    return value


def _not_too_deep(value: Any) -> None:
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return
    raise InputInvalid(
        Finding(
            rule_id="json-too-deep",
            message=f"The values of the body lie more than {MOST_LEVELS} levels deep in each other.",
            fix=f"Send the document in the shape that {PREFIX}/docs shows.",
        ),
        status=400,
    )


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


JsonBody = Annotated[Any, Depends(_json_body)]
"""The value of a JSON body, None when there is none."""
