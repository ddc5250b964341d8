"""Many acts judged together, as a file brings them: each after those before it, by the very rules of a single act."""

from collections.abc import Iterable
from datetime import datetime

from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command
from waste_bpm.processes.decide import decide, evolve, findings, refusing
from waste_bpm.vocabulary import Finding


def judged(case: Case, commands: Iterable[Command], law: Law, now: datetime) -> list[list[Finding]]:
    """What speaks against each act, when those before it that may be taken were taken; nothing is recorded."""
    rows = []
    for command in commands:
        found = findings(case, command, law, now)
        rows.append(found)
        if not refusing(found):
            for event in decide(case, command, law, now):
                case = evolve(case, event)
    return rows
