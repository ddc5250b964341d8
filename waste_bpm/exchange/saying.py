"""Who says a message and who is told, by which step, and what answers it: read off the rows of the processes.

A clock that a step starts is answered by the message of the step that stops it; where no clock runs, the policy of the
block names the answer. A step that the clock takes is said by the authority whose clock it is. What no step says, a
node says by itself, on an occasion that the policy of the block names.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from waste_bpm.processes import PROCESSES
from waste_bpm.processes.process import Process, Step
from waste_bpm.utility_blocks.catalogue import MESSAGES, Message, Package
from waste_bpm.utility_blocks.policy import Occasion, policy
from waste_bpm.vocabulary import ALL_AUTHORITIES, Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row of a process that says a message."""

    process: Process
    step: Step

    @property
    def name(self) -> str:
        """The row as `process.step`."""
        return f"{self.process.name}.{self.step.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Saying:
    """When a message is said: by which step or on which occasion, who speaks, who is told, and by which law.

    `event` is what it reports, and `row` the row that says it; an occasion has neither.
    """

    name: str
    title: str
    senders: tuple[Role, ...]
    receivers: tuple[Role, ...]
    law: str
    event: str | None = None
    regimes: tuple[str, ...] = ()
    row: Row | None = None


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
    """Every row that says the message, and the occasion on which a node says it by itself."""
    occasion = policy(MESSAGES[name].package).occasions.get(name)
    said = tuple(_of_row(row) for row in rows() if row.step.says == name)
    return said if occasion is None else (*said, _of_occasion(occasion))


def _of_row(row: Row) -> Saying:
    step = row.step
    return Saying(
        name=row.name,
        title=step.title,
        senders=ALL_AUTHORITIES if Role.CLOCK in step.by else step.by,
        receivers=step.to,
        law=step.law,
        event=step.event,
        regimes=tuple(sorted(step.regimes)),
        row=row,
    )


def _of_occasion(each: Occasion) -> Saying:
    return Saying(name=each.name, title=each.title, senders=each.by, receivers=each.to, law=each.source)


@cache
def rows() -> tuple[Row, ...]:
    """Every row of every process."""
    return tuple(Row(process=process, step=step) for process in PROCESSES.values() for step in process.steps)


def senders(name: str) -> tuple[Role, ...]:
    """Every role that may say the message."""
    return unique(role for said in sayings(name) for role in said.senders)


def receivers(name: str) -> tuple[Role, ...]:
    """Every role that is told the message."""
    return unique(role for said in sayings(name) for role in said.receivers)


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
    for row in rows():
        for rule in row.step.starts if row.step.says == name else ():
            for other in rows():
                if other.step.says not in (None, name) and f"{row.process.name}.{rule}" in _stopped(other):
                    yield Answer(message=other.step.says, rule=rule)


def _stopped(row: Row) -> set[str]:
    """The clocks that a row stops, as `process.rule`."""
    return {clock if "." in clock else f"{row.process.name}.{clock}" for clock in row.step.stops}
