"""A case: everything known about one notification, as a fold over its streams.

One stream per process instance, named `process/key`: `notification`, `answer/LK`, `movement/3`, `border_check/3/KRPUS`,
`receipt/3`. An event changes its own stream only, so the order in which streams of different nodes arrive does not
matter. Everything here is frozen and pure.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from waste_bpm.documents.model import Document
from waste_bpm.vocabulary import Facts, Finding, Role, Slot

if TYPE_CHECKING:
    from waste_bpm.law.rules import Law


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """A deadline that an event started: the rule, the day it ends, who owes what, and where that is written.

    `uncounted` are the days that the rule did not count; `falls_on` says why the last day is no working day; `zone` is
    where its days are civil days; `pauses` tells that it stands still during an information request, `stands` that it
    does so now; `since` is the moment of the event that started it.
    """

    rule: str
    start: date
    due: date
    owed_by: Role
    owes: str
    reference: str
    uncounted: int | None = None
    falls_on: str | None = None
    zone: str | None = None
    pauses: bool | None = None
    since: datetime | None = None
    stands: bool | None = None

    def over(self, now: datetime) -> bool:
        """Whether the last day has ended where the deadline is kept; never while it stands still."""
        return not self.stands and civil_day(now, self.zone) > self.due

    def near(self, now: datetime, percent: Decimal) -> bool:
        """Whether this share of the time has passed and the last day has not ended; never while it stands still."""
        passed, whole = civil_day(now, self.zone) - self.start, self.due - self.start
        return not self.stands and not self.over(now) and passed.days * _WHOLE >= whole.days * percent


_WHOLE = 100
"""Percent."""


def civil_day(moment: datetime, zone: str | None) -> date:
    """The day that it is at a moment in a time zone; in UTC where no zone is known."""
    return (moment.astimezone(ZoneInfo(zone)) if zone else moment.astimezone(UTC)).date()


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """What did happen: one line of a stream. It carries the citation and the clocks that applied, for good.

    `document` is the digest of the document that was filed with it; `edition` that of the law by which it was decided
    here; `home` tells an act of this node from a report of
    another; `flags` are the rules that our own reading of the law would have answered differently (reports only).
    `persons` are the pseudonyms of those who acted for the party; they stay on this node.
    `claimed` is the version by which its home counts it, where another act has that place here (reports only).
    `on_paper` says how a report came that no node has sealed: it is reported on paper.
    """

    stream: str
    version: int
    type: str
    facts: Facts
    by: str
    role: Role
    occurred_at: datetime
    law: str
    document: str | None = None
    clocks: tuple[Clock, ...] = ()
    stopped: tuple[str, ...] = ()
    home: bool = True
    flags: tuple[str, ...] = ()
    edition: str | None = None
    persons: tuple[str, ...] = ()
    claimed: int | None = None
    on_paper: str | None = None

    @property
    def process(self) -> str:
        """The name of the process whose instance this is about."""
        return self.stream.partition("/")[0]

    @property
    def key(self) -> str:
        """What the instance is about: a country, a shipment number, an office."""
        return self.stream.partition("/")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """Who signed the document of an instance, in which role and when, with which step, and what stage it reached."""

    by: str
    role: Role
    at: datetime
    step: str
    stage: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """What somebody asks: take `step` of the instance `stream`, with this document, filed under this digest.

    `before` is the document on file that it takes the place of, for a step that changes one; `persons` are those who
    act for the party.
    """

    stream: str
    step: str
    by: str
    role: Role
    document: Document | None = None
    filed: str | None = None
    before: Document | None = None
    occurred_at: datetime | None = None
    persons: tuple[str, ...] = ()

    @property
    def process(self) -> str:
        """The name of the process asked to move."""
        return self.stream.partition("/")[0]

    @property
    def key(self) -> str:
        """What the instance is about: a country, a shipment number, an office."""
        return self.stream.partition("/")[2]


@dataclass(frozen=True, kw_only=True)
class Instance:
    """What every process instance remembers; each process adds its own facts.

    Facts named in `appends` grow by one value with each event instead of being replaced. `stopped` holds the clocks
    that the instance stopped, as `stream:rule`, each with the moment: a clock that starts later runs again. `moments`
    holds the values of the facts in `timed` with the moments of their events. `signed` holds the signatures that seal
    fields of its document.
    """

    appends: ClassVar[frozenset[str]] = frozenset()
    timed: ClassVar[frozenset[str]] = frozenset()

    state: str = "none"
    version: int = 0
    documents: tuple[str, ...] = ()
    clocks: tuple[Clock, ...] = ()
    stopped: tuple[tuple[str, datetime], ...] = ()
    moments: tuple[tuple[str, datetime], ...] = ()
    signed: tuple[Signature, ...] = ()

    def __init_subclass__(cls) -> None:
        cls.appends = Instance.appends | cls.appends

    def becoming(self, facts: Facts) -> Self:
        """What `dataclasses.replace` makes, in one copy; raises TypeError for a fact that is not remembered here.

        A fold makes an instance for every event.
        """
        known = vars(self)
        if not facts.keys() <= known.keys():
            raise TypeError(f"{type(self).__name__} does not remember {sorted(facts.keys() - known.keys())}")
        made = object.__new__(type(self))
        vars(made).update(known)
        vars(made).update(facts)
        return made


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One consignment file: its streams, each folded to what it remembers now."""

    id: str
    streams: Mapping[str, Any] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was worked out from the streams before, and `changed`: the streams that changed since."""

    @property
    def beginning(self) -> Any | None:
        """The instance whose document began the case and names its parties; None before it."""
        notification = self.streams.get("notification")
        if notification is not None:
            return notification
        return next((each for each in self.streams.values() if getattr(each, "slots", ())), None)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Who holds which role: what the document that began the case says."""
        beginning = self.beginning
        return () if beginning is None else tuple(beginning.slots)

    @property
    def regime(self) -> str | None:
        """The regime under which the case runs; None before it has begun."""
        return getattr(self.beginning, "regime", None)

    def of(self, process: str) -> Iterator[tuple[str, Any]]:
        """The instances of one process with their keys, in the order in which they began."""
        return ((name.partition("/")[2], self.streams[name]) for name in self._names.get(process, ()))

    @property
    def _names(self) -> Mapping[str, list[str]]:
        """The streams of each process, kept until another stream begins."""
        known: dict[str, list[str]] | None = self.memory.get("names")
        if known is None:
            known = self.memory["names"] = {}
            for name in self.streams:
                known.setdefault(name.partition("/")[0], []).append(name)
        return known

    def with_stream(self, stream: str, instance: Instance) -> "Case":
        """The case in which this stream stands so."""
        changed = self.memory.get("changed", ())
        memory = {**self.memory, "changed": changed if stream in changed else (*changed, stream)}
        if stream not in self.streams and "names" in memory:
            process = stream.partition("/")[0]
            memory["names"] = {**self._names, process: [*self._names.get(process, ()), stream]}
        return Case(id=self.id, streams={**self.streams, stream: instance}, memory=memory)


def at_home_only(guard: "Guard") -> "Guard":
    """Mark a guard that asks what only the home of the step knows; a peer's report is not judged by it."""
    guard.__at_home_only__ = True  # type: ignore[attr-defined]
    return guard


Guard = Callable[["Case", Command, "Law", datetime], Finding | tuple[Finding, ...] | None]
"""A rule of the procedure: None when it is kept, else the finding that says why the step may not be taken.

One that judges the fields of a document may give several findings, one for each field.
"""
