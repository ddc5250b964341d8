"""Who says a message and who is told, by which step, and what answers it: read off the rows of the processes.

A clock that a step starts is answered by the message of the step that stops it; where no clock runs, the policy of the
block names the answer. A step that the clock takes is said by the authority whose clock it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from waste_bpm.processes import PROCESSES
from waste_bpm.processes.process import Process, Step
from waste_bpm.utility_blocks.catalogue import MESSAGES, Message, Package
from waste_bpm.utility_blocks.policy import policy
from waste_bpm.vocabulary import ALL_AUTHORITIES, Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Saying:
    """One row that says a message."""

    process: Process
    step: Step

    @property
    def name(self) -> str:
        """The row as `process.step`."""
        return f"{self.process.name}.{self.step.name}"

    @property
    def senders(self) -> tuple[Role, ...]:
        """Who speaks: the roles of the row, and for the clock the authorities."""
        return ALL_AUTHORITIES if Role.CLOCK in self.step.by else self.step.by


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A message that answers another: under a rule of the law that sets its deadline, or by the policy of the block."""

    message: str
    rule: str | None = None
    source: str | None = None


def messages(package: Package) -> tuple[Message, ...]:
    """The messages of a block in the order of their codes."""
    return tuple(message for message in MESSAGES.values() if message.block == package.id)


@cache
def sayings(name: str) -> tuple[Saying, ...]:
    """Every row that says the message."""
    return tuple(row for row in _rows() if row.step.says == name)


@cache
def _rows() -> tuple[Saying, ...]:
    return tuple(Saying(process=process, step=step) for process in PROCESSES.values() for step in process.rows)


def senders(name: str) -> tuple[Role, ...]:
    """Every role that may say the message."""
    return unique(role for row in sayings(name) for role in row.senders)


def receivers(name: str) -> tuple[Role, ...]:
    """Every role that is told the message."""
    return unique(role for row in sayings(name) for role in row.step.to)


def unique(roles: Iterable[Role]) -> tuple[Role, ...]:
    """The roles, each once, in the order in which the words name them."""
    named = set(roles)
    return tuple(role for role in Role if role in named)


def answers(message: Message) -> tuple[Answer, ...]:
    """What is expected after the message: by the clocks that it starts, or as the block declares it."""
    found = list(dict.fromkeys(_by_clock(message.name)))
    declared = policy(message.package).replies.get(message.name)
    if declared:
        found.append(Answer(message=declared.by, source=declared.source))
    return tuple(found)


def _by_clock(name: str) -> Iterator[Answer]:
    for row in sayings(name):
        for rule in row.step.starts:
            for other in _rows():
                if other.step.says not in (None, name) and f"{row.process.name}.{rule}" in _stopped(other):
                    yield Answer(message=other.step.says, rule=rule)


def _stopped(row: Saying) -> set[str]:
    """The clocks that a row stops, as `process.rule`."""
    return {clock if "." in clock else f"{row.process.name}.{clock}" for clock in row.step.stops}
