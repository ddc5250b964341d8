"""What a process is: a table of steps, run by one shared `transitions` machine.

A *step* is a row; a *command* asks to take it; an *event* says that it was taken. The row says who may take it, which
document it takes, what is said to whom, which clocks start and stop, which guards are asked, and where it is written.
This is the only module that knows `transitions`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from transitions import Machine, MachineError

from waste_bpm.documents.model import Document
from waste_bpm.processes.case import Case, Command, Guard
from waste_bpm.vocabulary import Role

START = "none"
"""The state before the first event of a process instance."""
KEYS: dict[str, tuple[str, ...]] = {
    "case": (),
    "authority": ("country",),
    "shipment": ("serial",),
    "office": ("serial", "office"),
    "part of a shipment": ("serial", "part"),
    "guarantee": ("number",),
    "illegal case": ("country", "number"),
    "change": ("number",),
    "change and authority": ("number", "country"),
}
"""The parts of the key of an instance, by what there is one of."""
PARTS = {
    "country": "[A-Z]{2}",
    "serial": "[1-9][0-9]{0,4}",
    "office": "[A-Za-z0-9._-]{1,40}",
    "number": "[1-9][0-9]{0,3}",
    "part": "[1-9][0-9]{0,3}",
}
"""How each part of a key is written; a `part` that comes last may be left out."""
Condition = Callable[[Case, Command], bool]
"""Whether a clock starts in this case."""
Streams = Callable[[Case, Command], Sequence[str]]
"""The streams of other instances that an act concerns."""
Draft = Callable[[Case, str, Any, Any], Document | None]
"""Draws up the document of a step that nobody takes by hand: from the case, the stream, what caused it (the clock that
ran out, or the event that the step follows) and the law; None where the step is not due."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One row of a process table.

    `source` holds the states from which it may be taken, `target` the state after it (None: the state stays).
    `records` names the facts of the document that the event keeps; `repeats` means that the document is the one filed
    last on the stream, `changes` that it is that one with what is sent changed in it, `replaces` that it takes its
    place; `seals` names the stages of the document that the signature reaches (None: it seals the entry of the party
    that signs, and no more); `also` names rows of other processes (`process.step`) taken in the same act, and `where`
    gives their streams when no key says them; `outcome` is the name under which a checklist raises the step.

    `starts` gives each clock the fact that holds its first day (`occurred`: the day of the event), or several of which
    the law picks one; `runs_if` holds the condition of a clock that does not start in every case; `agreed` gives the
    fact that holds the last day where the States agree on one. `regimes` are those whose procedure has the row (empty:
    all). `lapses` names the rules whose end takes the step, `follows` the rows (`process.step`) after which the node
    takes it by itself; `drawn_up` writes its document then.
    """

    name: str
    title: str
    source: tuple[str, ...]
    target: str | None
    event: str
    by: tuple[Role, ...]
    law: str
    takes: type[Document] | None = None
    repeats: bool = False
    changes: bool = False
    replaces: bool = False
    seals: tuple[str | None, ...] = ()
    says: str | None = None
    to: tuple[Role, ...] = ()
    records: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    starts: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    runs_if: Mapping[str, Condition] = field(default_factory=dict)
    agreed: Mapping[str, str] = field(default_factory=dict)
    stops: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    where: Mapping[str, Streams] = field(default_factory=dict)
    outcome: str | None = None
    regimes: frozenset[str] = frozenset()
    lapses: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    drawn_up: Draft | None = None


class _Token:
    """The throw-away object that carries a state through the machine for one step."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


@dataclass(frozen=True)
class Process:
    """A process of the procedure: its table of steps, and the class of what one instance of it remembers.

    `one_per` says what an instance belongs to, a row of `KEYS`; `states` gives each state its plain name, in the order
    in which a reader meets them.
    """

    name: str
    title: str
    one_per: str
    instance: Callable[..., Any]
    states: dict[str, str]
    steps: Sequence[Step]

    @cached_property
    def by_name(self) -> dict[str, Step]:
        """The rows by the name of the step."""
        return {step.name: step for step in self.steps}

    @cached_property
    def by_event(self) -> dict[str, Step]:
        """The rows by the name of the event."""
        return {step.event: step for step in self.steps}

    @cached_property
    def unbegun(self) -> Any:
        """What an instance remembers before its first event: nothing."""
        return self.instance()

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The parts of the key of an instance."""
        return KEYS[self.one_per]

    @cached_property
    def written(self) -> re.Pattern[str]:
        """How the key of an instance is written."""
        pattern = "/".join(PARTS[part] for part in self.parts if part != "part")
        return re.compile(pattern + (f"(/{PARTS['part']})?" if "part" in self.parts else ""))

    def place(self, stream: str) -> dict[str, str]:
        """What the key of a stream says, by the names of its parts."""
        key = stream.partition("/")[2]
        return dict(zip(self.parts, key.split("/", len(self.parts) - 1), strict=False)) if key else {}

    def under(self, regime: str) -> "Process":
        """The process as the procedure of a regime has it; rows of other regimes are not there."""
        if not any(step.regimes for step in self.steps):
            return self
        known = self._narrowed.get(regime)
        if known is None:
            steps = [step for step in self.steps if not step.regimes or regime in step.regimes]
            known = self._narrowed[regime] = replace(self, steps=steps)
        return known

    @cached_property
    def _narrowed(self) -> dict[str, "Process"]:
        return {}

    @cached_property
    def of_the_node(self) -> bool:
        """Whether it is the record of one node alone: the clock takes every step, and says nothing to anybody."""
        return all(step.by == (Role.CLOCK,) and step.says is None for step in self.steps)

    @property
    def final(self) -> tuple[str, ...]:
        """The states that no step leaves."""
        left = {state for step in self.steps if step.target for state in step.source}
        return tuple(state for state in self.states if state not in left)

    @cached_property
    def machine(self) -> Machine:
        """The shared machine: no models, no callbacks with effects."""
        rows = [
            {"trigger": step.name, "source": source, "dest": step.target or "="}
            for step in self.steps
            for source in step.source
        ]
        return Machine(
            model=None,
            states=list(self.states),
            initial=next(iter(self.states)),
            transitions=rows,
            auto_transitions=False,
            send_event=True,
        )

    @cached_property
    def _ends(self) -> dict[tuple[str, str], str | None]:
        """What the machine answered before; it has no conditions, so it answers each pair alike."""
        return {}

    def after(self, state: str, step: str) -> str | None:
        """The state after the step, or None when it cannot be taken from `state`: the machine is asked once a pair."""
        pair = (state, step)
        if pair not in self._ends:
            self._ends[pair] = self._asked(state, step)
        return self._ends[pair]

    def _asked(self, state: str, step: str) -> str | None:
        token = _Token(state)
        try:
            self.machine.events[step].trigger(token)
        except MachineError:
            return None
        return token.state
