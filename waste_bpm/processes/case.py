"""A case: everything known about one notification, as a fold over its streams.

One stream per process instance, named `process/key`: `notification`, `answer/LK`, `movement/3`, `border_check/3/KRPUS`,
`receipt/3`. An event changes its own stream only, so the order in which streams of different nodes arrive does not
matter. Everything here is frozen and pure.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from waste_bpm.documents.model import Document
from waste_bpm.vocabulary import Facts, Finding, Role

if TYPE_CHECKING:
    from waste_bpm.law.rules import Law


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """A deadline that an event started: the rule, the day it ends, who owes what, and where that is written."""

    rule: str
    start: date
    due: date
    owed_by: Role
    owes: str
    reference: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """What did happen: one line of a stream. It carries the citation and the clocks that applied, for good.

    `document` is the digest of the document that was filed with it; `home` tells an act of this node from a report of
    another; `flags` are the rules that our own reading of the law would have answered differently (reports only).
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

    @property
    def process(self) -> str:
        """The name of the process whose instance this is about."""
        return self.stream.partition("/")[0]

    @property
    def key(self) -> str:
        """What the instance is about: a country, a shipment number, an office."""
        return self.stream.partition("/")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """What somebody asks: take `step` of the instance `stream`, with this document, filed under this digest."""

    stream: str
    step: str
    by: str
    role: Role
    document: Document | None = None
    filed: str | None = None
    occurred_at: datetime | None = None

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

    Facts named in `appends` grow by one value with each event instead of being replaced.
    """

    appends: ClassVar[frozenset[str]] = frozenset()

    state: str = "none"
    version: int = 0
    documents: tuple[str, ...] = ()
    clocks: tuple[Clock, ...] = ()
    stopped: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One consignment file: its streams, each folded to what it remembers now."""

    id: str
    streams: Mapping[str, Any] = field(default_factory=dict)

    def of(self, process: str) -> Iterator[tuple[str, Any]]:
        """The instances of one process with their keys, in the order in which they began."""
        start = process + "/"
        return (
            (name[len(start) :], instance)
            for name, instance in self.streams.items()
            if name == process or name.startswith(start)
        )

    def with_stream(self, stream: str, instance: Instance) -> "Case":
        """The case in which this stream stands so."""
        return replace(self, streams={**self.streams, stream: instance})


def at_home_only(guard: "Guard") -> "Guard":
    """Mark a guard that asks what only the home of the step knows; a peer's report is not judged by it."""
    guard.__at_home_only__ = True  # type: ignore[attr-defined]
    return guard


Guard = Callable[["Case", Command, "Law", datetime], Finding | None]
"""A rule of the procedure: None when it is kept, else the finding that says why the step may not be taken."""
