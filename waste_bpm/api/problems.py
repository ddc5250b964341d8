"""Errors as RFC 9457 problems: one shape for every refusal, all findings at once, and nothing of the inside."""

import re
import time
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from waste_bpm.api import PREFIX
from waste_bpm.casework.record import canonical
from waste_bpm.errors import WasteBpmError
from waste_bpm.logs import about, log
from waste_bpm.utility_blocks.wording import ENGLISH, best, in_language
from waste_bpm.vocabulary import Finding

MEDIA_TYPE = "application/problem+json"
TRY_AGAIN = "30"
"""Seconds after which a request that came at a bad moment may be sent again."""

_TITLES = {
    400: "Malformed request",
    401: "Not authenticated",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict with an earlier request",
    413: "Too large",
    415: "Media type not supported",
    428: "If-Match is missing",
    500: "Something went wrong",
}
"""The titles of statuses that are not the usual one of the error that was raised."""
_EXTRA = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": TRY_AGAIN}}
_GUARDED = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}
_TRACEPARENT = re.compile("[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_CASE = re.compile(r"[0-9a-fA-F-]{36}(\.[A-Za-z0-9._-]{1,60})?")
"""An identity of a case, or of something in it; what else somebody writes into a path stays out of the log."""
_log = log(__name__)


def problem(
    request: Request, status: int, title: str, detail: str, findings: tuple[Finding, ...] = (), **headers: str
) -> Response:
    """The answer to a request that was refused, its findings in the language of Accept-Language where it is there."""
    language = best(request.headers.get("accept-language"))
    told = tuple(in_language(finding, language) for finding in findings)
    headers |= {"Content-Language": language if told else ENGLISH, "Vary": "Accept-Language"}
    name = re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")
    request.app.state.counts.refused(name, status)
    request.state.problem = name
    body = {
        "type": f"urn:waste-bpm:problem:{name}",
        "title": title,
        "status": status,
        "detail": " ".join(finding.message for finding in told) or detail,
        "instance": request.url.path,
        "trace_id": request.state.trace_id,
        "findings": [finding.as_json() for finding in told],
    }
    return Response(canonical(body), status, headers={**_EXTRA.get(status, {}), **headers}, media_type=MEDIA_TYPE)


async def _refused(request: Request, error: Any) -> Response:
    usual = error.status == type(error).status
    title = type(error).title if usual else _TITLES.get(error.status, type(error).title)
    return problem(request, error.status, title, title, tuple(error.findings))


async def _malformed(request: Request, error: Any) -> Response:
    findings = tuple(_of_request(detail) for detail in error.errors())
    return problem(request, 400, _TITLES[400], _TITLES[400], findings)


def _of_request(detail: Any) -> Finding:
    place, *names = (str(part) for part in detail["loc"])
    return Finding(
        rule_id="request-" + detail["type"].replace("_", "-"),
        message=f"{'.'.join(names) or place} ({place}): {detail['msg'].rstrip('.')}.",
        pointer="/" + "/".join((place, *names)),
        value=None if detail.get("input") is None else str(detail["input"])[:60],
        fix=f"See {PREFIX}/docs for what this request takes.",
    )


async def _not_routed(request: Request, error: Any) -> Response:
    title = _TITLES.get(error.status_code) or HTTPStatus(error.status_code).phrase
    finding = Finding(
        rule_id="path-unknown" if error.status_code == 404 else "method-not-allowed",
        message=f"There is nothing to {request.method} at {request.url.path}.",
        fix=f"See {PREFIX}/docs for every path and what it takes.",
    )
    return problem(request, error.status_code, title, finding.message, (finding,), **(error.headers or {}))


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem, and guard every answer with its headers."""
    app.add_exception_handler(WasteBpmError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _not_routed)
    app.add_middleware(Guard)


class Guard:
    """The outermost wrap: security headers on every answer, and a problem instead of a crash."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; what nobody foresaw is logged and answered without a word of the inside."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, began, begun = Request(scope, receive), time.monotonic(), 0
        request.state.trace_id = _trace(request)

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = message["status"]
                message["headers"] = _with_guards(message["headers"])
            await send(message)

        try:
            with about(trace_id=request.state.trace_id):
                await self.app(scope, receive, guarded)
        except ClientDisconnect:
            _log.info("the client went away", **_told(request, 0))
        except Exception:  # the last wall: whatever it is, the caller gets a problem and the log gets the trace
            answer = _unexpected(request)
            _log.exception("something unforeseen", **_told(request, 500))
            if begun:
                raise
            await answer(scope, receive, guarded)
        finally:
            took = time.monotonic() - began
            request.app.state.counts.answered(scope["method"], begun, took)
            _log.info("answered", **_told(request, begun), seconds=round(took, 4))


def _trace(request: Request) -> str:
    """The trace of a request: the one that its `traceparent` names (W3C Trace Context), else a new one."""
    named = _TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
    if named is not None:
        return named.group(1)
    return str(request.app.state.node.ids(f"trace/{request.method}/{request.url.path}"))


def _told(request: Request, status: int) -> dict[str, Any]:
    """What the log says of a request: the route that answered and the case it names, never what was sent."""
    route, names = request.scope.get("route"), request.scope.get("path_params", {})
    said = {
        "trace_id": request.state.trace_id,
        "method": request.method,
        "route": getattr(route, "path", None),
        "status": status,
        "problem": getattr(request.state, "problem", None),
        "message_id": getattr(request.state, "message_id", None),
        "case": _CASE.fullmatch(str(names.get("id", ""))) and names["id"],
    }
    return {name: value for name, value in said.items() if value is not None}


def _with_guards(headers: Any) -> list[tuple[bytes, bytes]]:
    said = {name.lower() for name, _ in headers}
    return [*headers, *((name, value) for name, value in _GUARDED.items() if name not in said)]


def _unexpected(request: Request) -> Response:
    detail = "The node met something unforeseen and changed nothing; its log says more under this trace_id."
    return problem(request, 500, _TITLES[500], detail)
