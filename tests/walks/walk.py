"""A random walk over the processes of a case, by public acts alone, on a node in memory.

A walk asks for any step of its story, with good and with bad data, by those who may and by others, and time passes.
What may not be is refused and changes nothing; what is taken is one of the rows that may be, and after it every
invariant holds. The dice are handed in, so a walk can be told again.
"""

from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select

from tests.casefile import CASE
from tests.walks.teller import BEGINNINGS, Teller, beginning
from waste_bpm.casework import views
from waste_bpm.casework.erasing import erase
from waste_bpm.casework.invariants import breaches, dossier
from waste_bpm.casework.permissions import role_for, slots
from waste_bpm.casework.store import DEADLINE, DOCUMENT, EVENT, MESSAGE, OUTBOX
from waste_bpm.errors import Conflict, InputInvalid, NotFound, NotPermitted, Refused
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.answer import missing_consents
from waste_bpm.processes.case import Case
from waste_bpm.processes.clocks import open_clocks
from waste_bpm.processes.decide import refusing
from waste_bpm.processes.ledger import ledger
from waste_bpm.processes.overlays import overlays
from waste_bpm.processes.phase import flags, phase
from waste_bpm.processes.process import START
from waste_bpm.vocabulary import tonnes

REFUSALS = (Refused, NotPermitted, InputInvalid, NotFound, Conflict)
TABLES = (EVENT, MESSAGE, DOCUMENT, OUTBOX, DEADLINE)
LINES = select(*(select(func.count()).select_from(table).scalar_subquery() for table in TABLES))
ANYTHING, WAIT, STRANGER, ERASE = 0.06, 0.15, 0.04, 0.01
"""How often anything at all is asked for, time passes, somebody else asks, somebody wants it erased."""
YEARS = (1, 1, 8)
"""The years that pass at the end of a walk, one stretch after the other."""


class Walk(Teller):
    """One case, what was asked of it, and how it answered."""

    def __init__(self, dice, story, regime):
        begun = beginning(story.begin, regime, dice.randrange(BEGINNINGS), story.each)
        super().__init__(dice, begun.file.copy(), slips=True)
        self.story, self.dossiers = story, dict(begun.dossiers)
        self.taken, self.tried, self.asked, self.of_process = Counter(), Counter(), Counter(), Counter()
        self.reached, self.told, self.looked = set(), [], {}
        self.states, self.counted = {}, Counter()
        self._count()

    @property
    def nodes(self):
        return self.file.world.nodes

    def close(self):
        for node in self.nodes.values():
            node.store.close()

    # what happens

    def step(self, dice=None):
        """Somebody asks for a step or for erasing, or time passes; then everything is as it must be."""
        self.dice = dice or self.dice
        begun = self.counted.total() > 0
        if begun and self.chance(self.story.waits):
            self._wait()
        elif begun and self.chance(ERASE):
            self._erase()
        else:
            self._ask()

    def finish(self):
        """Years pass: deadlines end, and what is over is erased."""
        for years in YEARS:
            self._pass(self.file.world.now + timedelta(days=366 * years))
        self._erase()

    def _ask(self):
        stream, step, party, against = self.story.choose(self)
        data = self.story.says(self, stream, step, party)
        self.tried[stream, step.name] += 1
        began = bool(self.case.slots)
        taken = self._try(f"{party} {stream} {step.name}", lambda: self.file.ask(party, stream, step.name, data))
        told = f"{step.name} of {stream} was said not to be possible, and was taken"
        assert not (taken and began and refusing(against)), told

    def _erase(self):
        party = self.dice.choice(self.parties())
        self._try(f"{party} erases", lambda: erase(self.node, CASE, reason="It is over", party=party))

    def _try(self, words, act):
        """Whether anything was done; what is refused says why, and changes nothing; what is on file may be said again."""
        before, case = self._lines(), self.case
        self.file.world.now += timedelta(seconds=1)
        try:
            done = act()
        except REFUSALS as refused:
            self._say(f"{words}: refused, {', '.join(sorted({each.rule_id for each in refused.findings}))}")
            self.asked["refused"] += 1
            self._is_unchanged(refused, before, case)
            return False
        self._say(f"{words}: taken")
        self.asked["taken"] += 1
        self.file.world.exchange()
        self.hold()
        return getattr(done, "events", True) != ()

    def _wait(self):
        """Time passes: some hours or days, or until a shipment is due to leave, or until a deadline has ended."""
        day = self.file.today
        loads = (each for process in ("movement", "annex_vii") for _, each in self.case.of(process))
        leave = [each.shipment_date for each in loads if each.shipment_date and each.shipment_date > day]
        ended = sorted(clock.due + timedelta(days=1) for _, clock in open_clocks(self.case) if clock.due >= day)
        some_days = [day + timedelta(days=days) for days in (0, 1, 2)]
        until = self.dice.choice(self.dice.choice([days for days in (some_days, leave, ended[:2]) if days]))
        self._pass(self.file.world.now + timedelta(days=(until - day).days, hours=self.some(0, 1, 5)))

    def _pass(self, until):
        self.file.wait(until)
        self.asked["waited"] += 1
        self._say(f"it is {self.file.world.now:%Y-%m-%d %H:%M}")
        self.hold()

    def hold(self):
        """Everything is as it must be on each node, and what all were told is the same on all of them."""
        self._count()
        for name, node in self.nodes.items():
            found = list(breaches(self.dossiers[name]))
            assert not found, f"{name}: " + "\n".join(map(str, found))
            if self.dossiers[name].events:
                self._figures(node.case(CASE))
        told = [views.shared(node, CASE) for node in self.nodes.values()] if len(self.nodes) > 1 else []
        assert all(each == told[0] for each in told), _differing(told)

    def _figures(self, case):
        """A ledger and missing consents that are those of the streams, and flags that say where they are written."""
        assert phase(case, self.file.today).says
        assert all(each.law for each in flags(case, self.file.world.now))
        if "notification" not in case.streams:
            return
        book, forgetful = ledger(case), Case(id=case.id, streams=case.streams)
        assert book == ledger(forgetful)
        assert missing_consents(case, self.file.today) == missing_consents(forgetful, self.file.today)
        assert book.left.same_as(book.consented - sum((line.taken for line in book.counted), tonnes(0)))
        assert all(each.law for each in overlays(case, self.file.world.now))

    def _is_unchanged(self, refused, before, case):
        assert refused.findings, "a refusal says why"
        assert all(finding.message and finding.rule_id for finding in refused.findings)
        assert self._lines() == before, "a refusal changes nothing"
        assert self.case == case, "a refusal changes nothing"

    def _lines(self):
        """How many lines each table of each node holds."""
        return [tuple(node.store.rows(LINES)[0]) for node in self.nodes.values()]

    def _count(self):
        """Which rows were taken since the last look, and which states were reached."""
        found = []
        for name, node in self.nodes.items():
            self.dossiers[name] = now = dossier(node, CASE, before=self.dossiers.get(name))
            found += [event for event in now.events[self.counted[name] :] if event.home]
            self.counted[name] = len(now.events)
        for event in sorted(found, key=lambda event: event.version) if len(self.nodes) > 1 else found:
            process = PROCESSES[event.process]
            step, before = process.by_event[event.type], self.states.get(event.stream, START)
            self.taken[process.name, step.name] += 1
            self.of_process[process.name] += 1
            self.states[event.stream] = after = process.after(before, step.name)
            self.reached |= {(process.name, before), (process.name, after)}

    def _say(self, words):
        self.told.append(words)

    @property
    def is_over(self):
        """Whether no step of the story leads on any more."""
        return not self.story.leading(self)

    # who asks

    def parties(self):
        return sorted({slot.party for slot in self.case.slots}) or [self.story.first(self)]

    def may_ask(self, stream, step):
        """A party whose step it is; now and then somebody else."""
        held = slots(self.case)
        mine = [slot.party for slot in held if slot.role in step.by and self._is_its(stream, step, slot.party)]
        if self.chance(STRANGER) or not mine:
            return self.dice.choice(self.parties())
        return self.dice.choice(sorted(set(mine)))

    def _is_its(self, stream, step, party):
        try:
            role_for(PROCESSES[stream.partition("/")[0]], step, stream, party, slots(self.case))
        except NotPermitted:
            return False
        return True

    def against(self, stream, step, party):
        """The reasons why the party may not take the step now, before its document is seen."""
        process = PROCESSES[stream.partition("/")[0]].under(self.regime)
        node = self.file.world.home_of(party)
        return views.why_not(node, self.case_on(node), process, step, stream, party)


def _differing(told):
    """Where what one node was told differs from what the first was."""
    streams = sorted({stream for each in told for stream in each})
    return [stream for stream in streams if len({repr(each.get(stream)) for each in told}) > 1]
