"""What a process is: a table of steps, run by one shared `transitions` machine.

A *step* is a row; a *command* asks to take it; an *event* says that it was taken. The row says who may take it, which
document it takes, what is said to whom, which clocks start and stop, which guards are asked, and where it is written.
This is the only module that knows `transitions`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from transitions import Machine, MachineError

from waste_bpm.documents.model import Document
from waste_bpm.processes.case import Guard
from waste_bpm.vocabulary import Role

START = "none"
"""The state before the first event of a process instance."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One row of a process table.

    `source` holds the states from which it may be taken, `target` the state after it (None: the state stays).
    `records` names the facts of the document that the event keeps; `repeats` means that the document is the one filed
    last on the stream; `also` names rows of other processes (`process.step`) taken in the same act; `starts` gives each
    clock the fact that holds its first day (`occurred`: the day of the event); `outcome` is the name under which a
    checklist raises the step.
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
    says: str | None = None
    to: tuple[Role, ...] = ()
    records: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    starts: Mapping[str, str] = field(default_factory=dict)
    stops: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    outcome: str | None = None


class _Token:
    """The throw-away object that carries a state through the machine for one step."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


@dataclass(frozen=True)
class Process:
    """A process of the procedure: its table of steps, and the class of what one instance of it remembers.

    `one_per` says what an instance belongs to (`case`, `authority`, `shipment`, `office`); `states` gives each state
    its plain name, in the order in which a reader meets them.
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

    def after(self, state: str, step: str) -> str | None:
        """The state after the step, or None when it cannot be taken from `state`."""
        token = _Token(state)
        try:
            self.machine.events[step].trigger(token)
        except MachineError:
            return None
        return token.state
