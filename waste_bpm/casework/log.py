"""The log as it lies in the store: its stored messages, and `verify`, which recomputes every hash from the first line.

Nothing here trusts a column: what a column says is compared with what the line's own bytes say. A line that was
changed, taken out or put in breaks the chain of its stream from there on. That the end of a chain was cut off is shown
by the heads, which name every event; that all was written anew, by a head that somebody else has kept. Bytes that were
erased on purpose are counted, and break nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Select, bindparam, func, select, tuple_

from waste_bpm.casework import sealing
from waste_bpm.casework.record import chained, digest
from waste_bpm.casework.store import DOCUMENT, EVENT, FEED, HEAD, MESSAGE, Store

_PAGE = 500
"""Rows read at once, so that a long log needs no more memory than a short one."""
_LINE = EVENT.c["position", "case_id", "stream", "version", "type", "home", "recorded_at", "body", "hash"]
_EVENTS = select(*_LINE).order_by(EVENT.c.position).limit(_PAGE)
_MESSAGES = select(MESSAGE).order_by(MESSAGE.c.position).limit(_PAGE)
_DOCUMENTS = select(DOCUMENT).order_by(DOCUMENT.c.case_id, DOCUMENT.c.digest).limit(_PAGE)

_ERASED = select(func.count()).select_from(MESSAGE).where(func.length(MESSAGE.c.body) == 0)
_GONE = select(MESSAGE.c.name, MESSAGE.c.home).where(
    MESSAGE.c.case_id == bindparam("case"), func.length(MESSAGE.c.body) == 0
)
_HEADS = select(HEAD).order_by(HEAD.c.position).limit(_PAGE)
_LAST_HEAD = select(func.max(HEAD.c.position))
_PLACES = (
    select(FEED.c.position.label("place"), EVENT.c.case_id, EVENT.c.stream, EVENT.c.version, EVENT.c.hash)
    .join(EVENT, EVENT.c.position == FEED.c.event, isouter=True)
    .order_by(FEED.c.position)
)

Kept = Iterable[tuple[int, str]]
"""Heads that somebody else holds, as position in the feed and hash."""
Proof = Callable[[bytes, bytes], bool]
"""Whether a signature belongs to these bytes; it is empty where there is none."""
Head = tuple[int, str, bool]
"""Where a stream stands: its last version, its last hash, and whether all of it was decided here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """A message as it is stored: the very bytes that were sent or received, and where it stands in the node's order."""

    position: int
    id: str
    case_id: str
    name: str
    sender: str
    home: bool
    digest: str
    recorded_at: str
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """The first entry that is not as it was written; `stream` and `version` are blank for a message or document."""

    position: int | None
    stream: str | None
    version: int | None
    what: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What `verify` found: how much it read, and the first broken entry if there is one."""

    lines: int
    messages: int
    documents: int
    broken: Broken | None
    heads: int = 0
    erased: int = 0

    @property
    def whole(self) -> bool:
        """Whether everything is as it was written."""
        return self.broken is None


def messages(store: Store, case_id: str | None = None) -> Iterator[Stored]:
    """The stored messages of a case, or of the whole node, in the order in which they were recorded."""
    query = _MESSAGES if case_id is None else _MESSAGES.where(MESSAGE.c.case_id == case_id)
    found = (Stored(**row._mapping) for row in _by_position(store, query, MESSAGE.c.position))
    return (each for each in found if each.body)


def erased_names(store: Store, case_id: str, *, home: bool = True) -> tuple[str, ...]:
    """What the messages of a case were whose bytes were erased, and which were written here or received."""
    return tuple(row.name for row in store.rows(_GONE, {"case": case_id}) if row.home == home)


def verify(store: Store, *, kept: Kept = (), proves: Proof | None = None) -> Verdict:
    """Recompute all chains, heads and digests of messages and documents; stops at the first break.

    `kept` are heads (position and hash) that somebody else holds; `proves` says whether a signature belongs to a head.
    """
    lines, broken = _counted(_events(store))
    heads, broken = _counted(_heads(store, proves)) if broken is None else (0, broken)
    broken = broken or missing(store, kept)
    letters, broken = _counted(_letters(store)) if broken is None else (0, broken)
    documents, broken = _counted(_documents(store)) if broken is None else (0, broken)
    erased = int(store.rows(_ERASED)[0][0])
    return Verdict(lines=lines, heads=heads, messages=letters, documents=documents, erased=erased, broken=broken)


def _counted(entries: Iterator[Broken | None]) -> tuple[int, Broken | None]:
    """How many entries were read before the end or the first break, and that break."""
    count = 0
    for broken in entries:
        if broken is not None:
            return count, broken
        count += 1
    return count, None


def _by_position(store: Store, query: Select[Any], column: Any) -> Iterator[Any]:
    last = 0
    while page := store.rows(query.where(column > last)):
        yield from page
        last = page[-1].position


def _events(store: Store) -> Iterator[Broken | None]:
    heads: dict[tuple[str, str], Head] = {}
    for line in _by_position(store, _EVENTS, EVENT.c.position):
        position, case_id, stream, version, type_, home, recorded_at, body, hash_ = line
        before, previous, own = heads.get((case_id, stream), _NOTHING)
        what = None
        if chained(previous, _bytes(body), recorded_at) != hash_:
            what = "its hash does not follow from its content and the line before it in this stream"
        elif _repeated(said := _said(body)) != (stream, version, type_, home):
            what = _against_columns(said, line)
        elif own and home and version != before + 1:
            what = _gap(before)
        heads[case_id, stream] = (max(before, version), hash_, own and home)
        yield Broken(position=position, stream=stream, version=version, what=what) if what else None


_NOTHING: Head = (0, "", True)
"""Where a stream stands before its first line."""
_COLUMNS = ("stream", "version", "type", "home")
"""What the columns repeat of a line."""


def _said(body: bytes | str) -> dict[str, Any]:
    """What a line says; nothing when it is no object of JSON."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _repeated(said: dict[str, Any]) -> tuple[Any, ...]:
    return said.get("stream"), said.get("version"), said.get("type"), said.get("home")


def _against_columns(said: dict[str, Any], line: Any) -> str:
    """Which column says something else than the line itself."""
    if not said:
        return "its content is not JSON"
    name = next(name for name in _COLUMNS if said.get(name) != getattr(line, name))
    return f"the column {name} says {getattr(line, name)!r}, the line itself {said.get(name)!r}"


def _gap(version: int) -> str:
    """A stream that is written here counts 1, 2, 3 without gap; what peers report may come in any order."""
    return f"version {version + 1} should stand here: a line is missing, or stands in the wrong place"


def _bytes(content: bytes | str) -> bytes:
    """Content as bytes; whoever changes it behind our back may have left text."""
    return content if isinstance(content, bytes) else content.encode()


def _heads(store: Store, proves: Proof | None) -> Iterator[Broken | None]:
    """Each head: it follows from the one before, seals what stands in the log, and is signed by whom it must be."""
    previous, first = "", 0
    for row in _by_position(store, _HEADS, HEAD.c.position):
        head = sealing.Head(position=row.position, root=row.root, previous=row.previous, sealed_at=row.sealed_at)
        places = store.rows(_PLACES.where(FEED.c.position > first, FEED.c.position <= row.position))
        broken = _gone(places, first)
        if broken is None and (what := _wrong(head, row, previous, places, proves)):
            broken = Broken(position=row.position, stream=None, version=None, what=what)
        yield broken
        previous, first = row.hash, row.position


def _gone(places: Sequence[Any], first: int) -> Broken | None:
    """The first place of a stretch at which no event stands any more."""
    for number, row in enumerate(places, start=first + 1):
        if row.place != number or row.hash is None:
            what = f"the event that was sealed at place {number} of the feed is gone"
            return Broken(position=number, stream=None, version=None, what=what)
    return None


def _wrong(head: sealing.Head, row: Any, previous: str, places: Sequence[Any], proves: Proof | None) -> str | None:
    if head.previous != previous:
        return "the head does not follow from the head before it"
    if (
        not places
        or places[-1].place != head.position
        or sealing.root([sealing.leaf(each) for each in places]) != head.root
    ):
        return "the head does not seal what stands in the log"
    if head.hash != row.hash:
        return "the head was changed: its hash does not follow from what it says"
    if proves is not None and not proves(head.said, _bytes(row.signature or b"")):
        return "the head is not signed by this node"
    return None


def missing(store: Store, kept: Kept) -> Broken | None:
    """The first head that others hold and this log does not."""
    last = int(store.rows(_LAST_HEAD)[0][0] or 0)
    for position, hash_ in kept:
        if not store.rows(select(HEAD.c.position).where(HEAD.c.position == position, HEAD.c.hash == hash_)):
            why = "the log was written anew" if position <= last else f"the log is sealed up to place {last} only"
            what = f"the head {hash_} that others hold for place {position} is not here: {why}"
            return Broken(position=position, stream=None, version=None, what=what)
    return None


def _letters(store: Store) -> Iterator[Broken | None]:
    for row in messages(store):
        what = f"the bytes of the message {row.name} {row.id} are not those that were recorded"
        wrong = digest(_bytes(row.body)) != row.digest
        yield Broken(position=row.position, stream=None, version=None, what=what) if wrong else None


def _documents(store: Store) -> Iterator[Broken | None]:
    key, last = tuple_(DOCUMENT.c.case_id, DOCUMENT.c.digest), ("", "")
    while page := store.rows(_DOCUMENTS.where(key > last)):
        for row in page:
            what = f"the bytes of the document {row.kind} {row.digest} of case {row.case_id} were changed"
            wrong = digest(_bytes(row.body)) != row.digest
            yield Broken(position=None, stream=None, version=None, what=what) if wrong else None
        last = (page[-1].case_id, page[-1].digest)
