"""Pictures and exports of a process, drawn from its declaration alone.

A process table is the only source: the same rows give the table for a terminal, JSON, Mermaid, SVG and BPMN.
"""

from collections.abc import Iterable
from importlib import import_module

from waste_bpm.errors import InputInvalid
from waste_bpm.processes.process import Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Finding

FORMATS = {"table": "table", "json": "as_json", "mermaid": "mermaid", "svg": "svg", "bpmn": "bpmn"}
"""The formats and the function that writes each; `json` lies beside `table`, the others in modules of their name."""


def export(process: Process, format: str) -> str:
    """The process in one of the `FORMATS`, the same text each time; raises InputInvalid for any other format."""
    if format not in FORMATS:
        raise InputInvalid(
            Finding(
                rule_id="format-unknown",
                message=f"A process cannot be written as {format!r}.",
                value=format,
                fix=f"Ask for one of: {', '.join(FORMATS)}.",
            )
        )
    module = import_module(f"{__name__}.{'table' if format == 'json' else format}")
    text: str = getattr(module, FORMATS[format])(process)
    return text


def actors(step: Step) -> tuple[str, ...]:
    """Who takes the step, in plain words; a step that nobody takes by itself goes along with one of another process."""
    return tuple(role.value.replace("_", " ") for role in step.by) or ("another process",)


def only_under(step: Step) -> str:
    """The regimes whose procedure alone has the step, in short; empty where every procedure has it."""
    return ", ".join(sorted(step.regimes))


def regimes_told(process: Process) -> str:
    """What the short marks of a picture mean; empty where it has none."""
    marks = dict.fromkeys(mark for step in process.steps if (mark := only_under(step)))
    return f"[{next(iter(marks))}]: a step only under the regimes named" if marks else ""


GROUPS = {"customs": CUSTOMS, "authorities concerned": ALL_AUTHORITIES}
"""Roles that a reader takes as one where a step is for all of them."""


def actors_shortly(step: Step) -> tuple[str, ...]:
    """Who takes the step, all customs offices and all authorities in a word each."""
    named = actors(step)
    grouped: dict[str, str] = {}
    for group, roles in GROUPS.items():
        if set(roles) <= set(step.by):
            grouped |= dict.fromkeys((role.value.replace("_", " ") for role in roles), group)
    return tuple(dict.fromkeys(grouped.get(name, name) for name in named))


WHOLE = "whole"
"""The name under which the conversation over all processes is shown."""


def whole(processes: Iterable[Process], format: str) -> str:
    """Who tells whom what over all processes, as `svg`, `bpmn` or `mermaid`; raises InputInvalid for another format."""
    wanted = {"svg": "conversation:svg", "mermaid": "conversation:mermaid", "bpmn": "collaboration:bpmn"}
    if format not in wanted:
        raise InputInvalid(
            Finding(
                rule_id="format-unknown",
                message=f"The whole movement cannot be written as {format!r}.",
                value=format,
                fix=f"Ask for one of: {', '.join(wanted)}.",
            )
        )
    module, _, function = wanted[format].partition(":")
    text: str = getattr(import_module(f"{__name__}.{module}"), function)(processes)
    return text
