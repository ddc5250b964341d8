"""Every transition and every refused pair, made from the declaration: a new row without its guard test fails here."""

import ast
import inspect
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.casefile import CaseFile
from waste_bpm.casework.permissions import role_for
from waste_bpm.errors import NotFound, NotPermitted
from waste_bpm.law.rules import regime, regimes
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Command
from waste_bpm.processes.decide import findings, rows_of
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Role, Slot

PLACE = {"country": "KR", "serial": "1", "office": "KR-CU", "number": "1", "part": "1"}
TESTS = Path(__file__).parent.parent
PAIRS = [
    pytest.param(name, process.name, state, id=f"{name}-{process.name}-{state}")
    for name in regimes()
    for process in PROCESSES.values()
    for state in process.states
    if process.under(name).steps
]


@cache
def effective():
    return CaseFile("BASEL").effective()


def stream_of(process):
    return "/".join((process.name, *(PLACE[part] for part in process.parts)))


def standing(process, state):
    """The case in which an instance of the process stands in a state; all else is a consented file."""
    case, stream = effective().case, stream_of(process)
    known = case.streams.get(stream) or process.instance()
    return case.with_stream(stream, replace(known, state=state, version=1))


def not_from_here(case, process, step, law):
    """Whether the row itself is refused; a row that goes with it may be too, on its own stream."""
    role = (step.by or (Role.NOTIFIER,))[0]
    command = Command(stream=stream_of(process), step=step.name, by="KR-CA", role=role)
    found = findings(case, command, law, effective().world.now)
    return any(each.rule_id == "step-not-from-here" and each.message.startswith(f"{step.title}:") for each in found)


@pytest.mark.parametrize(("name", "process", "state"), PAIRS)
def test_from_each_state_each_step_leads_on_or_is_refused_as_not_from_here(name, process, state):
    law, narrowed = regime(name), PROCESSES[process].under(name)
    case = standing(narrowed, state)
    for step in narrowed.steps:
        leads = state in step.source
        assert not_from_here(case, narrowed, step, law) is not leads, step.name
        assert narrowed.after(state, step.name) == ((step.target or state) if leads else None)


@pytest.mark.parametrize("name", regimes())
def test_rows_of_other_regimes_are_not_there(name):
    for process in PROCESSES.values():
        for step in process.steps:
            if step.regimes and name not in step.regimes:
                with pytest.raises(NotFound, match="has no step"):
                    rows_of(stream_of(process), step.name, name)


ROWS = [
    pytest.param(process, step, id=f"{process.name}.{step.name}")
    for process in PROCESSES.values()
    for step in process.steps
]


@pytest.mark.parametrize(("process", "step"), ROWS)
def test_each_role_takes_the_step_or_is_told_that_it_is_not_for_it(process, step):
    stream = stream_of(process)
    for role in Role:
        mine = Slot(role=role, party="KR-CU", country="KR")
        if role in step.by and role is not Role.CLOCK:
            assert role_for(process, step, stream, "KR-CU", [mine]) is role
        elif role is not Role.CLOCK:
            with pytest.raises(NotPermitted) as refused:
                role_for(process, step, stream, "KR-CU", [mine])
            assert refused.value.findings[0].rule_id == "role-missing"


@pytest.mark.parametrize(("process", "step"), ROWS)
def test_an_authority_of_another_state_and_another_office_take_no_step_here(process, step):
    stream = stream_of(process)
    for role in step.by:
        bound = (role in ALL_AUTHORITIES and "country" in process.parts) or (
            role in CUSTOMS and "office" in process.parts
        )
        other = Slot(role=role, party="LK-CA", country="LK")
        if bound:
            with pytest.raises(NotPermitted):
                role_for(process, step, stream, "LK-CA", [other])


@cache
def written():
    """The text of all tests but this one."""
    files = [file for file in TESTS.rglob("test_*.py") if file.name != Path(__file__).name]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def expected(rule):
    """Whether a test names the rule."""
    return re.search(rf"(?<![\w-]){re.escape(rule)}(?![\w-])", written())


@cache
def functions(module):
    return {
        node.name: node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.FunctionDef)
    }


def rules_of(guard):
    """The rule ids that a guard may give, itself or through a function of its module."""
    guard = inspect.unwrap(guard)
    known, found, seen = functions(inspect.getmodule(guard)), set(), set()
    waits = [guard.__name__]
    while waits:
        name = waits.pop()
        if name in seen or name not in known:
            continue
        seen.add(name)
        for node in ast.walk(known[name]):
            if isinstance(node, ast.keyword) and node.arg == "rule_id" and isinstance(node.value, ast.Constant):
                found.add(node.value.value)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                waits.append(node.func.id)
                found |= _handed_on(node, known.get(node.func.id))
    return found


def _handed_on(call, function):
    """The rule ids that a call hands to a parameter of that name."""
    names = [argument.arg for argument in function.args.args] if function else []
    given = zip(names, call.args, strict=False)
    return {each.value for name, each in given if name == "rule_id" and isinstance(each, ast.Constant)}


HANDS_ON = {"not_postponed_too_far", "with_lead", "within_horizon"}
"""Guards that hand on a finding of the law, where it has its tests."""
GUARDS = {
    inspect.unwrap(guard).__name__: guard
    for process in PROCESSES.values()
    for step in process.steps
    for guard in step.guards
}


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS.keys())
def test_a_test_makes_each_guard_fire(guard):
    """Each rule id that a guard gives stands in the expectation of some test; a new one does not come without."""
    found = rules_of(guard)
    for rule in found:
        assert expected(rule), f"no test expects {rule}"
    assert found or guard.__name__ in HANDS_ON, f"{guard.__name__} gives no finding of its own"
