"""A random walk over a file: any party takes any step, time passes; every invariant holds after each.

Only public commands are used. The dice are handed in, so a walk repeats.
"""

from collections import Counter
from datetime import timedelta

from tests.casefile import WORDS, CaseFile
from waste_bpm.casework import views
from waste_bpm.errors import InputInvalid, NotFound, NotPermitted, Refused
from waste_bpm.processes.phase import flags, phase

ROUTES = {"BASEL": ("KE", "SG", "KR"), "OECD": ("CH", "TR", "KR"), "EU": ("DE", "FR", "BE"), "GB": ("GB", "NL", "DE")}
MINE = ("notification", "assessment", "answer", "change", "change_answer")


_GRAVE = (
    "withdraw",
    "prohibit",
    "object",
    "declare_invalid",
    "withdraw_consent",
    "revise_to_objection",
    "close",
    "unlock",
)
_SELDOM = 0.05
"""How often what ends or stops a file is done, against anything else."""


class Files:
    """One file, some dice, and what was done so far."""

    def __init__(self, dice, regime=None, processes=MINE):
        self.dice, self.regime, self.processes = dice, regime or dice.choice(sorted(ROUTES)), processes
        regime = self.regime
        self.file = CaseFile(regime, ROUTES[regime], waived=ROUTES[regime][1:2])
        self.file.submitted()
        self.taken: Counter = Counter()
        self.refused: Counter = Counter()

    @property
    def asked(self):
        """How many steps were taken and how many refused."""
        return Counter(taken=self.taken.total(), refused=self.refused.total())

    def close(self):
        for node in self.file.world.nodes.values():
            node.store.close()

    def step(self, dice=None):
        """Somebody acts, or time passes; then everything is as it must be."""
        self.dice = dice or self.dice
        if self.dice.random() < 0.15:
            self._wait()
        else:
            self._act()
        assert self.file.breaches() == []
        assert phase(self.file.case, self.file.today).says
        assert all(each.law for each in flags(self.file.case, self.file.world.now))

    def _wait(self):
        later = self.file.world.now + timedelta(days=self.dice.choice([1, 3, 10, 35, 70]))
        for stream, event in self.file.wait(later):
            self.taken[f"{stream.partition('/')[0]}.{event}"] += 1

    def _act(self):
        """Mostly something that may be done, and seldom what ends the file; sometimes anything by anybody."""
        may = self._permitted()
        weights = [_SELDOM if step.name in _GRAVE else 1 for _, step, _ in may]
        if may and self.dice.random() < 0.85:
            stream, step, party = self.dice.choices(may, weights)[0]
        else:
            stream, process = self.dice.choice(self._streams())
            step = self.dice.choice(process.under(self.regime).rows)
            party = self.dice.choice(self._parties())
        self._try(party, stream, step)

    def _parties(self):
        return sorted({slot.party for slot in self.file.case.slots})

    def _streams(self):
        return [
            (stream, process) for stream, process in views.streams(self.file.case) if process.name in self.processes
        ]

    def _permitted(self):
        file, case = self.file, self.file.case
        return [
            (stream, step, party)
            for stream, process in self._streams()
            for step in process.under(self.regime).steps
            for party in self._parties()
            if not views.why_not(file.node, case, process.under(self.regime), step, stream, party)
        ]

    def _try(self, party, stream, step):
        file, before = self.file, len(views.events(self.file.node, self.file.case.id))
        told = f"{stream.partition('/')[0]}.{step.name}"
        try:
            file.act(party, stream, step.name, self._document(stream, step))
            self.taken[told] += 1
        except (Refused, NotPermitted, InputInvalid, NotFound) as error:
            assert all(finding.message and finding.rule_id for finding in error.findings)
            assert len(views.events(file.node, file.case.id)) == before, "what is refused changes nothing"
            self.refused[told] += 1

    def _document(self, stream, step):
        file = self.file
        if step.name == "supply_information":
            asked = [(each.country, ref) for _, each in file.case.of("answer") for ref in each.request] or [("KR", "x")]
            country, ref = self.dice.choice(asked)
            return {"country": country, "request": ref, "replies": [{"block": "N12", "text": WORDS}]}
        if step.name == "draft":
            return file.filed()
        if (step.name, stream.partition("/")[0]) in (("ask", "change"), ("resubmit", "notification")):
            changes = self.dice.choice([{}, {"intended_quantity": {"amount": "120", "unit": "TNE"}}])
            asked = file.filed(**changes) if changes else file.phoned()
            return asked if step.name == "resubmit" else file.usual(stream, "ask") | {"notification": asked}
        if stream.startswith("change_answer"):
            return file.usual(stream, step.name) | {"change": int(stream.split("/")[1])}
        return file.usual(stream, step.name)
