"""What walks have taken of the declared processes: rows by process, step and regime, and states reached."""

from collections import Counter

from waste_bpm.law.rules import regimes
from waste_bpm.processes import PROCESSES

ELSEWHERE = {"paper": "a paper is entered for a State that is not connected, and a walk knows every State: test_papers"}
"""Processes that no walk tells, with the reason and the tests that do."""
NEVER = {(name, step.name): why for name, why in ELSEWHERE.items() for step in PROCESSES[name].steps}
"""Rows that no walk can take, with the reason: `(process, step): why`. A row that is not here must be taken."""


class Coverage:
    """Counts of many walks; those of several workers add up."""

    def __init__(self):
        self.asked, self.taken, self.reached = Counter(), Counter(), set()

    def add(self, walk):
        """What one walk did."""
        self.asked += walk.asked + Counter(walks=1)
        self.taken += Counter({(*row, walk.regime): count for row, count in walk.taken.items()})
        self.reached |= {(*place, walk.regime) for place in walk.reached}

    def merge(self, other):
        self.asked += other.asked
        self.taken += other.taken
        self.reached |= other.reached

    @property
    def steps(self):
        """How often something was asked for, or time passed."""
        return self.asked["taken"] + self.asked["refused"] + self.asked["waited"]

    def rows(self, regime=None):
        """The rows taken, under one regime or under any."""
        return {(process, step) for process, step, law in self.taken if regime in (None, law)}

    def states(self, regime=None):
        return {(process, state) for process, state, law in self.reached if regime in (None, law)}

    def never_taken(self):
        """The declared rows that no walk has taken, without those that none can."""
        return sorted(declared() - self.rows() - NEVER.keys())

    def table(self):
        """The coverage as lines of text, process by process, in all and under each regime."""
        laws = regimes()
        yield f"{'process':16}{'states':>8}{'rows':>8}" + "".join(f"{law:>10}" for law in laws) + "  never taken"
        for process in PROCESSES.values():
            yield self._line(process, laws)
        for law in laws:
            waits = sorted(declared(law) - self.rows(law))
            told = ", ".join(".".join(row) for row in waits if row[0] in {known for known, _ in self.rows(law)})
            yield f"not under {law}: {told or '-'}"

    def _line(self, process, laws):
        def of(rows):
            return sum(name == process.name for name, _ in rows)

        each = (f"{of(self.rows(law) & declared(law))}/{of(declared(law))}" for law in laws)
        waits = ", ".join(step for name, step in sorted(declared() - self.rows()) if name == process.name)
        states = f"{of(self.states())}/{len(process.states)}"
        rows = f"{of(self.rows())}/{len(process.steps)}"
        return f"{process.name:16}{states:>8}{rows:>8}" + "".join(f"{said:>10}" for said in each) + f"  {waits or '-'}"


def declared(regime=None):
    """The rows that the processes declare, under one regime or under any."""
    known = PROCESSES.values() if regime is None else (process.under(regime) for process in PROCESSES.values())
    return {(process.name, step.name) for process in known for step in process.steps}


def declared_states():
    return {(process.name, state) for process in PROCESSES.values() for state in process.states}
