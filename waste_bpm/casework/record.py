"""Events and documents as they lie in the store: canonical JSON, hashes, and the way back to typed values."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, get_args, get_type_hints

import orjson
from pydantic import TypeAdapter

from waste_bpm.documents.model import Document
from waste_bpm.errors import NotFound
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Clock, Event
from waste_bpm.vocabulary import Finding, Role

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""From the JSON of an event in one form to that in the next."""

OLDER_FORMS: dict[str, tuple[Upcast, ...]] = {}
"""By event type, how each older form becomes the next, oldest first. A stored line is never rewritten: add one here."""

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and decimals as text: the same bytes for the same value."""
    return orjson.dumps(value, default=_plain, option=_OPTIONS)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no place in the log.")


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def chained(previous: str, body: bytes, recorded_at: str) -> str:
    """The hash of one line of a stream, which covers the line before it."""
    return hashlib.sha256(b"\n".join((previous.encode(), recorded_at.encode(), body))).hexdigest()


def line_of(event: Event) -> bytes:
    """The bytes under which an event is stored; an event type that had other forms before says which form this is."""
    older = OLDER_FORMS.get(event.type)
    return canonical({**asdict(event), "form": len(older) + 1} if older else event)


def event_of(body: bytes) -> Event:
    """The event of a stored line, with its typed facts."""
    return event_from(orjson.loads(body))


def event_from(said: dict[str, Any]) -> Event:
    """The event that parsed JSON says; what an older program wrote is brought to the form of today."""
    for upcast in OLDER_FORMS.get(said["type"], ())[said.pop("form", 1) - 1 :]:
        said = upcast(said)
    process = said["stream"].partition("/")[0]
    said["facts"] = {name: _adapter(process, name).validate_python(value) for name, value in said["facts"].items()}
    said["occurred_at"] = datetime.fromisoformat(said["occurred_at"])
    said["role"] = Role(said["role"])
    said["clocks"] = tuple(_clock().validate_python(clock) for clock in said["clocks"])
    said["stopped"], said["flags"] = tuple(said["stopped"]), tuple(said["flags"])
    said["persons"] = tuple(said.get("persons", ()))
    return Event(**said)


@cache
def _clock() -> TypeAdapter[Clock]:
    return TypeAdapter(Clock)


@cache
def _adapter(process: str, fact: str) -> TypeAdapter[Any]:
    """How one fact of a process is read back: the type that its instance class declares."""
    instance: Any = PROCESSES[process].instance
    kind = _kinds(process)[fact]
    return _of_kind(get_args(kind)[0] if fact in instance.appends else kind)


@cache
def _kinds(process: str) -> dict[str, Any]:
    return get_type_hints(PROCESSES[process].instance)


@cache
def _of_kind(kind: Any) -> TypeAdapter[Any]:
    """How a value of this type is read back: many facts are of one type, and each adapter takes time to make."""
    return TypeAdapter(kind)


@cache
def documents() -> dict[str, type[Document]]:
    """The documents that steps take, by name."""
    return {step.takes.__name__: step.takes for process in PROCESSES.values() for step in process.steps if step.takes}


def document_of(kind: str, body: bytes) -> Document:
    """The document of stored bytes; raises NotFound when no step takes such a document any more."""
    model = documents().get(kind)
    if model is None:
        raise NotFound(Finding(rule_id="document-unknown", message=f"There is no document {kind!r}."))
    return model.model_validate_json(body)
