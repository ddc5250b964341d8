"""May this waste go? The question, the facts on which the law turns, the provisions in their order, and the verdict.

`question` says what is asked, `waste` what the waste is in the eyes of the law on the day. `facts` answers the phrases
of the law files, each with its source; `provisions` reads those files: prohibitions, routes, notifiers, conditions.
`judge` asks every provision in its order, and `verdict` is the answer.
"""

from waste_bpm.law.legality.facts import Fact
from waste_bpm.law.legality.judge import legality
from waste_bpm.law.legality.question import PLACES, Question, amount, known, waste_named
from waste_bpm.law.legality.verdict import NEEDS_REVIEW, PERMITTED, PROHIBITED, Condition, Ground, Procedure, Verdict

__all__ = [
    "NEEDS_REVIEW",
    "PERMITTED",
    "PLACES",
    "PROHIBITED",
    "Condition",
    "Fact",
    "Ground",
    "Procedure",
    "Question",
    "Verdict",
    "amount",
    "known",
    "legality",
    "waste_named",
]
