"""The stories that are walked: which processes take part, from where they begin, and what is said in each step."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from tests.walks import alone, borders, files, returns, shipments
from tests.walks.walk import ANYTHING, WAIT
from waste_bpm.casework import views
from waste_bpm.law.rules import regime
from waste_bpm.processes import PROCESSES
from waste_bpm.vocabulary import Role

SAYS = {**files.SAYS, **shipments.SAYS, **borders.SAYS, **returns.SAYS, **alone.SAYS}
"""What is said in each step, by process and step: `(walk, stream, party) -> data`; steps left out say nothing."""
WHO = {**shipments.WHO, **returns.WHO, **alone.WHO}
"""Who asks, where the case says more of it than the roles do."""
GRAVE = {
    ("notification", "withdraw"), ("notification", "close"), ("notification", "unlock"), ("answer", "prohibit"),
    ("answer", "object"), ("answer", "declare_invalid"), ("answer", "withdraw_consent"),
    ("answer", "revise_to_objection"), ("movement", "cancel"), ("receipt", "reject"), ("border_check", "refuse"),
    ("border_check", "seize"), ("annex_vii", "cancel"), ("illegal_case", "dismiss"),
    ("return_case", "refer"), ("pre_consent", "revoke"), ("guarantee", "refuse"), ("change", "refuse"),
    ("change_answer", "require_new"),
}  # fmt: skip
"""What ends or stops something, and is done seldom."""
TRIES = 6
"""How often the dice are thrown for a step that may be taken, before any is asked for."""
SELDOM, BESIDE = 0.12, 0.06
"""The weight of a grave step, and of a process that only stands beside the story, against any other step."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """Some processes, told from a beginning; `beside` are those that happen now and then."""

    name: str
    processes: tuple[str, ...]
    beside: tuple[str, ...] = ()
    begin: Callable
    regimes: tuple[str, ...] = ("BASEL", "OECD", "EU", "GB")
    each: bool = False
    """Whether each State has a node of its own."""
    waits: float = WAIT
    """How often time passes, against somebody asking for something."""
    often: int = 1
    """How many of its walks go for one of the others: a story that is soon over, or has many turns, has more."""
    opens: tuple[str, int, str] | None = None
    """How a case begins that no notification began: its stream, with the State of its home and who there does it."""

    def first(self, walk):
        """Who begins the case."""
        _, place, kind = self.opens
        return f"{walk.file.states[place]}-{kind}"

    def streams(self, walk):
        """The instances that are there or could begin next."""
        case = walk.case
        found = [stream for stream, process in views.streams(case)]
        found += [
            f"return_case/{key}/{number}" for key, _ in case.of("return_case") if "/" not in key for number in "23"
        ]
        found += [] if case.streams else [self.opens[0].format(state=walk.file.states[self.opens[1]])]
        mine = {*self.processes, *self.beside}
        return [stream for stream in dict.fromkeys(found) if stream.partition("/")[0] in mine]

    def leading(self, walk):
        """Each step that leads on from the state of its instance; looked up once for each case that there was."""
        case = walk.case
        if walk.looked.get("at") is not case:
            found = (
                (stream, steps(stream.partition("/")[0], walk.regime, walk.state(stream)))
                for stream in self.streams(walk)
            )
            walk.looked = {"at": case, "leads": [(stream, step) for stream, known in found for step in known]}
        return walk.looked["leads"]

    def weight(self, walk, stream, step):
        """What was not tried here comes before what was, and a process that was left out before the others."""
        process = stream.partition("/")[0]
        grave = SELDOM if (process, step.name) in GRAVE else 1
        aside = BESIDE if process in self.beside else 1
        tried, taken = walk.tried[stream, step.name], walk.taken[process, step.name]
        return grave * aside / (1 + tried) ** 1.5 / (1 + taken) ** 0.4 / (1 + walk.of_process[process]) ** 0.5

    def choose(self, walk):
        """Mostly a step that may be taken, by one who may take it; now and then anything by anybody."""
        leads = self.leading(walk)
        if not leads or walk.chance(ANYTHING):
            return self._anything(walk)
        weights = [self.weight(walk, *each) for each in leads]
        for _ in range(TRIES):
            stream, step = walk.dice.choices(leads, weights)[0]
            who = WHO.get((stream.partition("/")[0], step.name))
            party = walk.may_ask(stream, step) if who is None or walk.slip() else who(walk, stream)
            against = walk.against(stream, step, party)
            if not against:
                break
        return stream, step, party, against

    def _anything(self, walk):
        stream = walk.dice.choice(self.streams(walk) or list(walk.case.streams))
        process = PROCESSES[stream.partition("/")[0]].under(walk.regime)
        step, party = walk.dice.choice(process.steps), walk.dice.choice(walk.parties())
        return stream, step, party, walk.against(stream, step, party)

    def says(self, walk, stream, step, party):
        """The data of a step."""
        said = SAYS.get((stream.partition("/")[0], step.name))
        return None if said is None else said(walk, stream, party)


@cache
def steps(process, law, state):
    """The steps of a process that a person can take from a state."""
    known = PROCESSES[process].under(law)
    people = (step for step in known.steps if set(step.by) - {Role.CLOCK})
    return tuple(step for step in people if known.after(state, step.name) is not None)


def _with(rule):
    """The regimes that have a rule today."""
    return tuple(name for name in ("BASEL", "OECD", "EU", "GB") if regime(name).on(rule, alone.DAY) is not None)


FILE = ("notification", "assessment", "answer", "change", "change_answer")
LOAD = ("movement", "receipt", "disposal")
BACK = ("return_case", "take_back", "return_movement")
STORIES = {
    story.name: story
    for story in (
        Story(name="Filings", processes=FILE, begin=files.submitted),
        Story(name="Answers", processes=FILE, begin=files.transmitted, often=2),
        Story(name="Silences", processes=FILE, begin=files.submitted, waits=0.4),
        Story(name="Changes", processes=FILE, begin=files.consented),
        Story(
            name="Shipments",
            processes=(*LOAD, "border_check"),
            beside=("notification", "answer", "guarantee", "detention", "return_case"),
            begin=shipments.announced,
        ),
        Story(name="Guarantees", processes=("guarantee",), beside=(*LOAD, "border_check"), begin=files.consented),
        Story(
            name="Borders",
            processes=("border_check", "detention"),
            beside=("movement", "receipt"),
            begin=borders.one_handed_over,
        ),
        Story(name="Treatments", processes=("disposal",), beside=("receipt",), begin=shipments.received),
        Story(name="Returns", processes=BACK, beside=("notification", *LOAD), begin=returns.one_in_part),
        Story(name="IllegalLoads", processes=("illegal_case",), beside=("border_check",), begin=borders.two_under_way),
        Story(
            name="Finds",
            processes=("illegal_case",),
            begin=alone.nothing_yet,
            opens=("illegal_case/{state}/1", -1, "CU"),
        ),
        Story(
            name="GreenShipments",
            processes=("annex_vii",),
            begin=alone.nothing_yet,
            regimes=_with("green_threshold"),
            often=4,
            opens=("annex_vii", 0, "N"),
        ),
        Story(
            name="PreConsents",
            processes=("pre_consent",),
            begin=alone.nothing_yet,
            regimes=_with("consent_validity_pre_consented"),
            often=2,
            opens=("pre_consent", -1, "F"),
        ),
        Story(
            name="WholeLives",
            processes=(*FILE, *LOAD, *BACK, "guarantee", "border_check", "detention"),
            beside=("illegal_case", "erasure"),
            begin=files.consented,
        ),
        Story(
            name="ThreeNodes",
            processes=(*FILE, *LOAD, *BACK, "guarantee", "border_check", "detention"),
            beside=("illegal_case", "erasure"),
            begin=borders.two_under_way,
            each=True,
        ),
    )
}
WALKS = [(story.name, law) for story in STORIES.values() for law in story.regimes for _ in range(story.often)]
"""Each story under each regime that has it, as often as it is walked."""
