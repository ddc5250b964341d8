"""Erasing: documents and messages of a case that is over go, once the time is over for which they must be kept.

It concerns one node alone: nothing is said to others, who erase by their own law. Nobody takes the step through a door
for acts: the node takes it for a party of its own, and erases in the same transaction (`casework.erasing`).
"""

from dataclasses import dataclass
from datetime import date, datetime

from waste_bpm.documents.erasure import Erasure
from waste_bpm.law.rules import Law
from waste_bpm.processes.case import Case, Command, Instance
from waste_bpm.processes.clocks import open_clocks
from waste_bpm.processes.phase import WORDS, phase
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import Finding, Role, Severity

_OVER = ("none", "denied", "consent_withdrawn", "invalid", "withdrawn", "expired", "closed")
"""The phases in which nothing of a file is to come; one that has no notification (`none`) is asked for its clocks."""


@dataclass(frozen=True, kw_only=True)
class Erasures(Instance):
    """What a file remembers of the last erasing on this node."""

    reason: str | None = None
    last_act_on: date | None = None
    erased_documents: tuple[str, ...] = ()
    erased_messages: tuple[str, ...] = ()


def nothing_to_come(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Whoever has to act needs the documents: nothing is erased while an act is owed or may still come."""
    owed, stands = open_clocks(case), phase(case, now.date()).code
    if stands in _OVER and not owed:
        return None
    why = f"{owed[0][1].owes} is owed until {owed[0][1].due}" if owed else f"the file is {WORDS[stands].lower()!r}"
    return Finding(
        rule_id="erasure-of-what-is-over",
        message=f"The case is not over: {why}.",
        law="Regulation (EU) 2016/679, Art. 5(1)(e)",
        fix="Erase when the file is closed, withdrawn or expired, and nothing is owed any more.",
    )


def kept_long_enough(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Documents are kept as long as the regime says, counted here from the last act on record."""
    document, rule = command.document, law.rules.get("records_kept")
    if not isinstance(document, Erasure) or rule is None:
        return None
    until, held = rule.due(document.last_act_on), rule.on(document.last_act_on)
    if until is None:
        return Finding(
            rule_id="records-kept-unknown",
            severity=Severity.WARNING,
            message=f"The regime {law.regime} names no time for which documents are kept.",
            law=held.reference if held else None,
            fix="Ask the law of the State whether they may go.",
        )
    if now.date() > until:
        return None
    return Finding(
        rule_id="records-kept",
        message=f"The last act is of {document.last_act_on}; the documents are kept until {until}.",
        law=held.reference if held else None,
        fix=f"Erase them after {until}.",
    )


ERASURE = Process(
    name="erasure",
    title="Erasing of documents",
    one_per="case",
    instance=Erasures,
    states={START: "Nothing erased", "erased": "Erased on this node"},
    steps=[
        Step(
            name="erase",
            title="Erase the documents of a case that is over",
            source=(START, "erased"),
            target="erased",
            event="DocumentsErased",
            by=(Role.CLOCK,),
            law="Regulation (EU) 2016/679, Art. 5(1)(e)",
            takes=Erasure,
            records=("reason", "last_act_on", "erased_documents", "erased_messages"),
            guards=(nothing_to_come, kept_long_enough),
        ),
    ],
)
