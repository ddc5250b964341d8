"""A random walk over the processes of a case, by public acts alone, on a node in memory.

A walk asks for any step of its story, with good and with bad data, by those who may and by others, and time passes.
What may not be is refused and changes nothing; what is taken is one of the rows that may be, and after it every
invariant holds. The dice are handed in, so a walk can be told again.
"""

from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select

from tests.casefile import CASE, CaseFile
from waste_bpm.casework import views
from waste_bpm.casework.invariants import breaches, dossier
from waste_bpm.casework.permissions import role_for, slots
from waste_bpm.casework.store import DEADLINE, DOCUMENT, EVENT, MESSAGE, OUTBOX
from waste_bpm.errors import Conflict, InputInvalid, NotFound, NotPermitted, Refused
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.answer import missing_consents
from waste_bpm.processes.case import Case
from waste_bpm.processes.clocks import open_clocks
from waste_bpm.processes.decide import refusing, state_of
from waste_bpm.processes.ledger import ledger
from waste_bpm.processes.overlays import overlays
from waste_bpm.processes.phase import flags, phase
from waste_bpm.processes.process import START
from waste_bpm.vocabulary import tonnes

ROUTES = {"BASEL": ("KE", "SG", "KR"), "OECD": ("CH", "TR", "KR"), "EU": ("DE", "FR", "BE"), "GB": ("GB", "NL", "DE")}
CALENDARS = {"GB": (("GB-CA", "GB-ENG"),)}
REFUSALS = (Refused, NotPermitted, InputInvalid, NotFound, Conflict)
TABLES = (EVENT, MESSAGE, DOCUMENT, OUTBOX, DEADLINE)
LINES = select(*(select(func.count()).select_from(table).scalar_subquery() for table in TABLES))
ANYTHING, WAIT, SLIP, STRANGER = 0.06, 0.15, 0.05, 0.04
"""How often anything at all is asked for, time passes, a value is wrong, somebody else asks."""
LEAD = 6
"""Calendar days that hold the working days which a regime may ask for before a shipment."""


class Walk:
    """One case, some dice, what was asked of it, and how it answered."""

    def __init__(self, dice, story, regime):
        self.dice, self.story, self.regime = dice, story, regime
        states = ROUTES[regime]
        self.file = CaseFile(regime, states, waived=states[1:2], calendars=CALENDARS.get(regime, ()))
        self.taken, self.tried, self.asked = Counter(), Counter(), Counter()
        self.reached, self.told, self.looked = set(), [], {}
        self.dossier, self.states, self.counted = None, {}, 0
        self.begun = False
        story.begin(self)
        self.begun = True
        self._count()

    def close(self):
        self.node.store.close()

    @property
    def node(self):
        return self.file.node

    @property
    def case(self):
        """The case as the node shows it; an empty one before its first event."""
        try:
            return self.node.case(CASE)
        except NotFound:
            return Case(id=CASE)

    def stream(self, name):
        """What the case remembers of an instance; a new one where there is none yet."""
        return self.case.streams.get(name) or PROCESSES[name.partition("/")[0]].instance()

    # what happens

    def step(self, dice=None):
        """Somebody asks for a step, or time passes; then everything is as it must be."""
        self.dice = dice or self.dice
        if self.counted and self.chance(WAIT):
            self._wait()
        else:
            self._ask()

    def _ask(self):
        stream, step, party, against = self.story.choose(self)
        data = self.story.says(self, stream, step, party)
        before, case = self._lines(), self.case
        self.file.world.now += timedelta(seconds=1)
        self.tried[stream, step.name] += 1
        try:
            self.file.ask(party, stream, step.name, data)
        except REFUSALS as refused:
            self._say(
                f"{party} {stream} {step.name}: refused, {', '.join(sorted({each.rule_id for each in refused.findings}))}"
            )
            self.asked["refused"] += 1
            self._is_unchanged(refused, before, case)
        else:
            self._say(f"{party} {stream} {step.name}: taken")
            self.asked["taken"] += 1
            self.hold()
            assert not (case.slots and refusing(against)), (
                f"{step.name} of {stream} was said not to be possible, and was taken"
            )

    def _wait(self):
        """Time passes: some hours or days, or until a shipment is due to leave, or until a deadline has ended."""
        day = self.file.today
        loads = (each for process in ("movement", "annex_vii") for _, each in self.case.of(process))
        leave = [each.shipment_date for each in loads if each.shipment_date and each.shipment_date > day]
        ended = sorted(clock.due + timedelta(days=1) for _, clock in open_clocks(self.case) if clock.due >= day)
        some_days = [day + timedelta(days=days) for days in (0, 1, 2)]
        until = self.dice.choice(self.dice.choice([days for days in (some_days, leave, ended[:2]) if days]))
        self.file.wait(self.file.world.now + timedelta(days=(until - day).days, hours=self.some(0, 1, 5)))
        self.asked["waited"] += 1
        self._say(f"it is {self.file.world.now:%Y-%m-%d %H:%M}")
        self.hold()

    def hold(self):
        """Every invariant, a ledger and missing consents that are those of the streams, flags with their citation."""
        self._count()
        found = list(breaches(self.dossier))
        assert not found, "\n".join(map(str, found))
        case = self.case
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
        """How many lines each table holds."""
        return tuple(self.node.store.rows(LINES)[0])

    def _count(self):
        """Which rows were taken since the last look, and which states were reached."""
        self.dossier = dossier(self.node, CASE, before=self.dossier)
        for event in self.dossier.events[self.counted :]:
            process = PROCESSES[event.process]
            step, before = process.by_event[event.type], self.states.get(event.stream, START)
            self.taken[process.name, step.name] += 1
            self.states[event.stream] = after = process.after(before, step.name)
            self.reached |= {(process.name, before), (process.name, after)}
        self.counted = len(self.dossier.events)

    def _say(self, words):
        self.told.append(words)

    @property
    def is_over(self):
        """Whether no step of the story leads on any more."""
        return not self.story.leading(self)

    # what the dice say

    def chance(self, share):
        return self.dice.random() < share

    def slip(self):
        """Whether a value is to be wrong this time; never before the walk has begun."""
        return self.begun and self.chance(SLIP)

    def some(self, *values):
        return self.dice.choice(values)

    @property
    def lead(self):
        """The days before a shipment on which it may be announced."""
        held = self.node.law_of(self.case).on("movement_lead", self.file.today)
        return 0 if held is None or held.value is None else LEAD

    def amount(self, whole):
        """A quantity, mostly the one that is due, in tonnes."""
        if whole is None or self.slip():
            whole = self.some("0.000001", "1", "6", "25", "60000.1")
        return {"amount": format(whole, "f") if not isinstance(whole, str) else whole, "unit": "TNE"}

    @property
    def today(self):
        return self.file.today.isoformat()

    @property
    def now(self):
        return self.file.world.now.isoformat()

    def day(self, first=None):
        """A day on which it happened: today mostly, or a day since the first that fits, and seldom a wrong one."""
        if self.slip():
            return (self.file.today + timedelta(days=self.some(-40, -1, 1))).isoformat()
        return (first if self.begun and first is not None and self.chance(0.1) else self.file.today).isoformat()

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
        return views.why_not(self.node, self.case, process, step, stream, party)

    def state(self, stream):
        return state_of(self.case, stream)
