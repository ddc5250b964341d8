"""A process as a Mermaid state diagram, for pages and tickets that draw Mermaid themselves."""

import re

from waste_bpm.processes.exports import only_under, regimes_told
from waste_bpm.processes.process import Process, Step

_OWN_WORDS = frozenset(
    {"as", "class", "classdef", "default", "direction", "end", "fork", "join", "note", "state", "style"}
)


def mermaid(process: Process) -> str:
    """The process in the language of Mermaid (`stateDiagram-v2`), one transition for each source of a step."""
    lines = ["stateDiagram-v2", "    accTitle: " + _words(process.title)]
    lines += [f'    state "{_words(name)}" as {_id(state)}' for state, name in process.states.items()]
    lines.append(f"    [*] --> {_id(next(iter(process.states)))}")
    lines += [
        f"    {_id(source)} --> {_id(step.target or source)} : {_words(step.title)}{_mark(step)}"
        for step in process.steps
        for source in step.source
    ]
    lines += [f"    {_id(state)} --> [*]" for state in process.final]
    if told := regimes_told(process):
        lines.append(f"    %% {told.replace('[', '(').replace(']', ')')}")
    return "\n".join(lines) + "\n"


def _mark(step: Step) -> str:
    """The regimes whose procedure alone has the step."""
    return f" ({only_under(step)})" if step.regimes else ""


def _id(state: str) -> str:
    """The state as an identifier that Mermaid does not take for a word of its own."""
    name = re.sub(r"\W", "_", state, flags=re.ASCII)
    return f"{name}_" if name.lower() in _OWN_WORDS else name


def _words(text: str) -> str:
    """The text without the signs that mean something to Mermaid."""
    plain = text.replace("&", "and").replace('"', "'").replace("#", "no. ")
    plain = re.sub(r"\s*[:;]", ",", plain)
    plain = re.sub(r"-{2,}|[<>{}\[\]\\|`%]", " ", plain)
    return " ".join(plain.split())
