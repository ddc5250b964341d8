"""The resources of the procedure, derived from the process tables: one collection per process, one router for all.

An instance is named by its case and its key: a notification by the case alone, the answer of a State `CASE.LK`, a
shipment `CASE.3`, a border check `CASE.3.KR-BUSAN`. Where something is read, the case may also be named by its
notification number. A notification stands for the whole case file; any other instance for its own stream.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi import Request as HTTPRequest
from fastapi.responses import Response

from waste_bpm.api import PREFIX, shapes
from waste_bpm.api.asking import Caller, JsonBody, NodeHere, Person, Promise, Promised, answer
from waste_bpm.api.openapi import id_parts, of_step
from waste_bpm.casework import proposals, reading, views
from waste_bpm.casework.line import Outcome, Request, act
from waste_bpm.casework.node import Node
from waste_bpm.errors import Conflict, InputInvalid, NotFound
from waste_bpm.logs import about
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case, Event
from waste_bpm.processes.case import Instance as Remembered
from waste_bpm.processes.decide import fold, rows_of
from waste_bpm.processes.process import Process, Step
from waste_bpm.utility_blocks.wording import best
from waste_bpm.vocabulary import Finding

COLLECTIONS = {
    "notification": "notifications",
    "assessment": "assessments",
    "answer": "answers",
    "guarantee": "guarantees",
    "change": "changes",
    "change_answer": "change-answers",
    "movement": "movements",
    "border_check": "border-checks",
    "detention": "detentions",
    "receipt": "receipts",
    "disposal": "disposals",
    "return_case": "return-cases",
    "take_back": "take-backs",
    "return_movement": "return-movements",
    "illegal_case": "illegal-cases",
    "annex_vii": "annex-vii",
    "pre_consent": "pre-consents",
    "deadlines": "passed-deadlines",
    "paper": "papers",
    "erasure": "erasures",
}
"""The collection of each process."""
_KEPT_ASIDE = {field.name for field in fields(Remembered)}
"""What every instance remembers of itself; the rest are its facts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """An instance that somebody asks about, in a case that the party may see."""

    node: Node
    party: str
    case: Case
    stream: str
    language: str

    @property
    def whole(self) -> bool:
        """Whether this is the notification, which stands for the case file."""
        return self.stream == "notification"

    @property
    def events(self) -> list[Event]:
        """The events of the case file, or those of the instance."""
        return [event for event in views.events(self.node, self.case.id) if self.whole or event.stream == self.stream]


def place(process: Process, id: str) -> tuple[str, str]:
    """The name of the case and the stream that an identity means; raises NotFound when it is not written as one."""
    if not process.parts:
        return id, process.name
    name, _, key = id.partition(".")
    key = key.replace(".", "/", len(process.parts) - 1)
    if process.written.fullmatch(key):
        return name, f"{process.name}/{key}"
    raise NotFound(
        Finding(
            rule_id="id-unknown",
            message=f"{id!r} does not name a {process.name.replace('_', ' ')}.",
            value=id,
            fix=f"Write {id_parts(process)}.",
        )
    )


def id_of(case_id: str, stream: str) -> str:
    """The identity of the instance that lives on a stream."""
    key = stream.partition("/")[2]
    return f"{case_id}.{key.replace('/', '.')}" if key else case_id


def shown(case: Case, stream: str) -> dict[str, Any]:
    """A process instance: where it stands and what it knows."""
    process, instance = PROCESSES[stream.partition("/")[0]], case.streams[stream]
    facts = {name: value for name, value in asdict(instance).items() if name not in _KEPT_ASIDE}
    return {
        "id": id_of(case.id, stream),
        "case": case.id,
        "process": process.name,
        "stream": stream,
        "state": instance.state,
        "says": process.states[instance.state],
        "version": instance.version,
        "facts": facts,
    }


def _etag(version: int) -> dict[str, str]:
    return {"ETag": f'"v{version}"'}


def _show(seen: Seen) -> Response:
    body = shown(seen.case, seen.stream)
    if seen.whole:
        body["standing"] = views.standing(seen.case, seen.node.clock())
        body["streams"] = views.states(seen.case)
    return answer(body, headers=_etag(body["version"]))


def _steps(seen: Seen) -> Response:
    with seen.node.store.turn:
        return answer(views.steps(seen.node, seen.case, seen.stream, seen.party, seen.language))


def _fields(seen: Seen) -> Response:
    with seen.node.store.turn:
        return answer(views.fields(seen.node, seen.case, seen.stream, seen.party))


def _events(seen: Seen) -> Response:
    return answer(views.event_rows(seen.events, seen.party))


def _proposals(seen: Seen) -> Response:
    waiting = proposals.waiting(seen.node, seen.case, seen.party)
    return answer([each.shown for each in waiting if seen.whole or each.stream == seen.stream])


def _documents(seen: Seen) -> Response:
    return answer(reading.documents(seen.node, seen.case, seen.events))


def _messages(seen: Seen) -> Response:
    stored = [message.about for message in reading.messages(seen.node, seen.case.id)]
    return answer([about for about in stored if seen.whole or seen.stream in about["streams"]])


def _ledger(seen: Seen) -> Response:
    return answer(views.ledger_of(seen.case))


def _deadlines(seen: Seen) -> Response:
    return answer(views.deadlines(seen.node, seen.case))


_READ: dict[str, tuple[Callable[[Seen], Response], str, Any]] = {
    "": (_show, "Its state and facts", shapes.Instance),
    "/steps": (_steps, "Every step, and why not", list[shapes.Step]),
    "/fields": (_fields, "What of its document is sealed, and what you may change", list[shapes.Sealing]),
    "/events": (_events, "What has happened", list[shapes.Event]),
    "/proposals": (_proposals, "What your party proposed and a second person has not confirmed", list[shapes.Proposal]),
    "/documents": (_documents, "The documents on file", list[shapes.Filed]),
    "/messages": (_messages, "The messages on file", list[shapes.Message]),
}
_READ_OF_A_CASE: dict[str, tuple[Callable[[Seen], Response], str, Any]] = {
    "": (_show, "Its state, its facts and where everything else stands", shapes.CaseFile),
    "/ledger": (_ledger, "What was consented to, used, and is left", shapes.Ledger),
    "/deadlines": (_deadlines, "The deadlines that run", list[shapes.Deadline]),
}


@cache
def routers() -> tuple[APIRouter, ...]:
    """The routes of all processes; the same for every application, so they are built once."""
    return tuple(map(router, PROCESSES.values()))


def router(process: Process) -> APIRouter:
    """The routes of one process: read an instance, and take each of its steps."""
    routes = APIRouter(prefix=f"/{COLLECTIONS[process.name]}", tags=[process.title])
    reads = {**_READ, **_READ_OF_A_CASE} if process.name == "notification" else _READ
    for path, (render, summary, shape) in reads.items():
        routes.add_api_route(
            "/{id}" + path,
            _reading(process, render, begun=path not in ("/steps", "/proposals")),
            summary=f"{process.title}: {summary[0].lower()}{summary[1:]}",
            operation_id=f"{process.name}{path.replace('/', '_') or '_show'}",
            responses={200: {"model": shape}},
        )
    for step in process.steps:
        if step.by:
            routes.add_api_route(
                f"/{{id}}/steps/{step.name}", _taking(process, step.name), methods=["POST"], **of_step(process, step)
            )
    routes.add_api_route(
        "/{id}/proposals/{step}",
        _withdrawing(process),
        methods=["DELETE"],
        operation_id=f"{process.name}_withdraw_proposal",
        summary=f"{process.title}: withdraw what your party proposed",
        responses={200: {"model": shapes.Proposal}},
    )
    routes.add_api_route(
        "/{id}/steps/{step}", _refusing(process), methods=["POST"], include_in_schema=False
    )  # the answer names the steps that there are
    return routes


def _reading(process: Process, render: Callable[[Seen], Response], *, begun: bool) -> Callable[..., Response]:
    """A handler that shows something of an instance."""

    def read(
        request: HTTPRequest, node: NodeHere, party: Caller, id: Annotated[str, Path(description=id_parts(process))]
    ) -> Response:
        name, stream = place(process, id)
        case = reading.seen_by(node, party, name)
        if begun and stream not in case.streams:
            raise NotFound(_not_begun(process, id))
        language = best(request.headers.get("accept-language"))
        return render(Seen(node=node, party=party, case=case, stream=stream, language=language))

    return read


def _not_begun(process: Process, id: str) -> Finding:
    return Finding(
        rule_id="not-begun",
        message=f"{process.title} {id} has not begun.",
        value=id,
        fix=f"See /{COLLECTIONS[process.name]}/{id}/steps for how it begins.",
    )


def _taking(process: Process, step: str) -> Callable[..., Response]:
    """A handler that takes one step."""

    def take(
        node: NodeHere,
        party: Caller,
        person: Person,
        promise: Promised,
        data: JsonBody,
        id: Annotated[str, Path(description=id_parts(process))],
    ) -> Response:
        name, stream = place(process, id)
        case = reading.seen_by(node, party, name)
        return _taken(node, _request(case.id, stream, step, party, data, promise, person), promise)

    return take


def _withdrawing(process: Process) -> Callable[..., Response]:
    """A handler that withdraws what waits for a second person."""

    def withdraw(
        node: NodeHere,
        party: Caller,
        person: Person,
        id: Annotated[str, Path(description=id_parts(process))],
        step: str,
    ) -> Response:
        name, stream = place(process, id)
        case = reading.seen_by(node, party, name)
        return answer(proposals.withdraw(node, case.id, stream, step, party, person).shown)

    return withdraw


def _refusing(process: Process) -> Callable[..., Response]:
    """A handler for steps that the process does not have, or that nobody takes alone."""

    def take(node: NodeHere, party: Caller, promise: Promised, id: str, step: str) -> Response:
        name, stream = place(process, id)
        case = reading.seen_by(node, party, name)
        return _taken(node, _request(case.id, stream, step, party, None, promise), promise)

    return take


def _request(
    case_id: str, stream: str, step: str, party: str, data: Any, promise: Promise, person: str | None = None
) -> Request:
    row: Step = rows_of(stream, step)[0][1]
    if row.takes is None and data is not None:
        raise InputInvalid(
            Finding(
                rule_id="document-not-taken",
                message=f"{row.title}: this step takes no document.",
                law=row.law,
                fix="Send the request without a body.",
            )
        )
    return Request(
        case_id=case_id,
        stream=stream,
        step=step,
        party=party,
        person=person,
        data=data,
        key=promise.key,
        expected=promise.seen or 0,
    )


def _taken(node: Node, request: Request, promise: Promise, status: int = 200) -> Response:
    outcome = _act(node, request, promise)
    if outcome.proposal is not None:
        again = {"Idempotency-Replayed": "true"} if outcome.replayed else {}
        return answer(outcome.proposal.shown, 202, headers=again)
    first = next(iter(outcome.events), None)
    version = first.version if first is not None else outcome.case.streams[request.stream].version
    case = _as_it_was(node, outcome, request.stream, version) if outcome.replayed else outcome.case
    events = views.event_rows(outcome.events, request.party)
    warnings = [finding.as_json() for finding in outcome.warnings]
    body = {**shown(case, request.stream), "events": events, "warnings": warnings}
    headers = _etag(version)
    if status == 201:
        headers["Location"] = f"{PREFIX}/{COLLECTIONS[body['process']]}/{body['id']}"
    if outcome.replayed:
        headers["Idempotency-Replayed"] = "true"
    return answer(body, status, headers=headers)


def _act(node: Node, request: Request, promise: Promise) -> Outcome:
    """Take the step; who has not said which version was seen may only begin an instance."""
    try:
        with about(case=request.case_id):
            return act(node, request)
    except Conflict as stale:
        if promise.seen is not None or stale.findings[0].rule_id != "version-stale":
            raise
        raise Conflict(
            Finding(
                rule_id="if-match-missing",
                message="The request does not say which version of the instance you have seen.",
                pointer="/header/If-Match",
                fix="Read it, decide, and send its ETag in the header If-Match.",
            ),
            status=428,
        ) from stale


def _as_it_was(node: Node, outcome: Outcome, stream: str, version: int) -> Case:
    """The case as it was when the instance had this version: a repeated request gets its first answer."""
    lines = [event for event in views.events(node, outcome.case.id) if event.stream == stream]
    earlier = [event for event in lines if event.version <= version]
    return fold(outcome.case.id, sorted(earlier, key=lambda event: event.version))


_NOTIFICATION = PROCESSES["notification"]
cases = APIRouter(prefix=f"/{COLLECTIONS['notification']}", tags=[_NOTIFICATION.title])
"""The collection of notifications: draft one, and find them."""


@cases.post("", status_code=201, **of_step(_NOTIFICATION, _NOTIFICATION.by_name["draft"], begins=True))
def begin(node: NodeHere, party: Caller, person: Person, promise: Promised, data: JsonBody) -> Response:
    """Draft the notification of a new case; the answer names it."""
    with node.store.turn:
        case_id = reading.begun(node, party, promise.key) or node.ids(f"case/{party}/{promise.key}")
        return _taken(node, _request(case_id, "notification", "draft", party, data, promise, person), promise, 201)


@cases.get(
    "",
    operation_id="notifications",
    summary="Notification: find those of your cases",
    responses={200: {"model": shapes.Notifications}},
)
def search(
    node: NodeHere,
    party: Caller,
    number: Annotated[str | None, Query(max_length=40, description="A part of the notification number.")] = None,
    state: Annotated[str | None, Query(max_length=40, description="The state, for instance transmitted.")] = None,
    cursor: Annotated[str, Query(max_length=64, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
) -> Response:
    """In order of identity. A page may hold fewer than `limit`; `next` tells whether there are more."""
    found, following = reading.cases(node, party, after=cursor, limit=limit, number=number, state=state)
    return answer({"items": [_summary(case) for case in found], "next": following})


def _summary(case: Case) -> dict[str, Any]:
    notification = shown(case, "notification")
    kept = {name: notification[name] for name in ("id", "state", "says", "version")}
    return kept | {"number": notification["facts"]["number"]}
