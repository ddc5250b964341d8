"""A process as a table: in plain text for a terminal of 120 columns, and as JSON for programs."""

import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Any

from waste_bpm.processes.exports import actors, only_under, regimes_told
from waste_bpm.processes.process import Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Role

SCHEMA = "waste-bpm/process/v1"
_COLUMNS = ("STEP", "FROM -> TO", "WHO", "SAYS -> TO WHOM", "CLOCKS", "LAW")
_TERMINAL = 120
"""The columns of a terminal that the table may fill."""
_GUTTER = "  "
_SHORT = {
    Role.NOTIFIER: "N",
    Role.GENERATOR: "G",
    Role.CARRIER: "C",
    Role.CONSIGNEE: "CNE",
    Role.DISPOSER: "D",
    Role.EXPORT_AUTHORITY: "CA-E",
    Role.TRANSIT_AUTHORITY: "CA-T",
    Role.IMPORT_AUTHORITY: "CA-I",
    Role.CUSTOMS_EXIT: "CU-X",
    Role.CUSTOMS_TRANSIT: "CU-T",
    Role.CUSTOMS_ENTRY: "CU-E",
    Role.SECRETARIAT: "SBC",
    Role.CLOCK: "clock",
}
_GROUPS = {"CA": ("competent authorities", ALL_AUTHORITIES), "CU": ("customs offices", CUSTOMS)}


def table(process: Process) -> str:
    """The steps of a process in the order of its table, for a person at a terminal."""
    rows = [_COLUMNS, *(_cells(step) for step in process.steps)]
    widths = _widths(rows)
    first, *others = ["\n".join(_line(row, widths)) for row in rows]
    rule = "-" * (sum(widths) + len(_GUTTER) * (len(widths) - 1))
    return "\n".join([*_heading(process), "", first, rule, *others, rule, *_key(process)]) + "\n"


def as_json(process: Process) -> str:
    """The whole declaration as JSON; a guard is given by its name and the rule that its docstring states."""
    described = {
        "schema": SCHEMA,
        "name": process.name,
        "title": process.title,
        "one_per": process.one_per,
        "initial": next(iter(process.states)),
        "final": list(process.final),
        "states": process.states,
        "steps": [_described(step) for step in process.steps],
    }
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _heading(process: Process) -> Iterator[str]:
    yield process.title
    yield "=" * len(process.title)
    yield f"Process {process.name}; one for each {process.one_per}."
    yield ""
    yield "STATES"
    width = max(len(state) for state in process.states)
    for state, name in process.states.items():
        note = " (start)" if state == next(iter(process.states)) else " (final)" if state in process.final else ""
        yield f"  {state:<{width}}  {name}{note}"


def _key(process: Process) -> list[str]:
    """What the signs of the table mean."""
    told = {role for step in process.steps for role in step.to}
    short = [f"{short} {role.value.replace('_', ' ')}" for role, short in _SHORT.items() if role in told]
    groups = [f"{name} all {words}" for name, (words, roles) in _GROUPS.items() if told.issuperset(roles)]
    marks = filter(None, [regimes_told(process)])
    parts = ["& in the same act; + starts a clock, - stops it", *marks, *short, *groups]
    return wrap("; ".join(parts) + ".", _TERMINAL, break_on_hyphens=False)


def _cells(step: Step) -> list[str]:
    """The cells of one row; a step that names no target leaves the state as it is."""
    target = step.target or "(stays)"
    said = f"{step.says} -> {_addressees(step.to)}" if step.says else ""
    clocks = [*(f"+{clock}" for clock in step.starts), *(f"-{clock}" for clock in step.stops)]
    mark = f" [{only_under(step)}]" if step.regimes else ""
    name = " & ".join((step.name, *step.also)) + mark
    from_to = f"{', '.join(step.source)} -> {target}"
    return [name, from_to, ", ".join(actors(step)), said, " ".join(clocks), step.law]


def _addressees(roles: Sequence[Role]) -> str:
    words = [_SHORT[role] for role in roles]
    for name, (_, group) in _GROUPS.items():
        if set(group) <= set(roles):
            rest = [word for word in words if word not in {_SHORT[role] for role in group}]
            words = [name, *rest]
    return ", ".join(words)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """The widths of the columns: what their cells need, and less for the widest until the table fits the terminal."""
    columns = list(zip(*rows, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    words = [max(len(word) for cell in column for word in cell.split()) for column in columns]
    room = _TERMINAL - len(_GUTTER) * (len(widths) - 1)
    while sum(widths) > room:
        loose = [i for i, width in enumerate(widths) if width > words[i]] or range(len(widths))
        widths[max(loose, key=widths.__getitem__)] -= 1
    return widths


def _line(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """One row of the table, in as many lines as its fullest cell needs."""
    wrapped = [wrap(cell, width, break_on_hyphens=False) for cell, width in zip(cells, widths, strict=True)]
    return [
        _GUTTER.join(f"{part:<{width}}" for part, width in zip(parts, widths, strict=True)).rstrip()
        for parts in zip_longest(*wrapped, fillvalue="")
    ]


def _described(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "title": step.title,
        "source": list(step.source),
        "target": step.target,
        "event": step.event,
        "by": [role.value for role in step.by],
        "law": step.law,
        "takes": step.takes.__name__ if step.takes else None,
        "repeats": step.repeats,
        "changes": step.changes,
        "replaces": step.replaces,
        "seals": list(step.seals),
        "says": step.says,
        "to": [role.value for role in step.to],
        "records": list(step.records),
        "guards": [
            {"name": guard.__name__, "rule": (guard.__doc__ or "").strip().partition("\n")[0]} for guard in step.guards
        ],
        "starts": dict(step.starts),
        "stops": list(step.stops),
        "also": list(step.also),
        "outcome": step.outcome,
        "regimes": sorted(step.regimes),
        "agreed": dict(step.agreed),
        "where": {row: streams.__name__ for row, streams in step.where.items()},
        "runs_if": {clock: condition.__name__ for clock, condition in step.runs_if.items()},
        "lapses": list(step.lapses),
        "follows": list(step.follows),
        "drawn_up": step.drawn_up.__name__ if step.drawn_up else None,
    }
