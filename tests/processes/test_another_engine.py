"""The exported BPMN is run by SpiffWorkflow, an engine that nobody here wrote: it takes the same steps as ours."""

import random
from functools import cache

import pytest
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser, BpmnValidator
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from tests.stage import DEMO, node_of, played
from waste_bpm.casework.record import event_of
from waste_bpm.casework.store import EVENT
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.exports import export
from waste_bpm.processes.process import START

every_process = pytest.mark.parametrize("process", PROCESSES.values(), ids=lambda process: process.name)
_OMG = BpmnValidator()
"""The schema of the OMG, as SpiffWorkflow carries it."""


@cache
def specification(name):
    parser = BpmnParser(validator=_OMG)
    parser.add_bpmn_str(export(PROCESSES[name], "bpmn").encode())
    return parser.get_spec(f"Process_{name}")


def run(name, steps):
    """The steps that the other engine took when it is asked for these, and whether it came to the end."""
    workflow = BpmnWorkflow(specification(name))
    titles = {step.title: step.name for step in PROCESSES[name].steps}
    left, taken = list(steps), []
    while (task := workflow.get_next_task(state=TaskState.READY)) is not None:
        spec = task.task_spec
        if type(spec).__name__ == "ExclusiveGateway" and len(spec.outputs) > 1:
            if not left and spec.default_task_spec is None:
                return taken, False
            task.data["step"] = left[0] if left else None
        if spec.bpmn_name in titles and type(spec).__name__ in {"UserTask", "NoneTask"}:
            if not left:
                return taken, False
            taken.append(titles[spec.bpmn_name])
            left.pop(0)
        task.run()
    return taken, workflow.completed


def recorded():
    """Every process instance of the demo's consignment: which steps were taken on it, in which order."""
    streams = {}
    lines = node_of(played(hosting=DEMO)).store.rows(EVENT.select().order_by(EVENT.c.position))
    for event in (event_of(line.body) for line in lines):
        process = PROCESSES[event.process]
        streams.setdefault(event.stream, (process, []))[1].append(process.by_event[event.type])
    return [(stream, process, steps) for stream, (process, steps) in streams.items()]


RECORDED = recorded()


def test_at_least_twenty_cases_are_recorded():
    assert len(RECORDED) >= 20


@pytest.mark.parametrize(
    ("stream", "process", "steps"), RECORDED, ids=lambda each: each if isinstance(each, str) else ""
)
def test_another_engine_takes_the_steps_that_were_recorded(stream, process, steps):
    taken, ended = run(process.name, [step.name for step in steps])
    assert taken == [step.name for step in steps]
    state = START
    for step in steps:
        state = step.target or state
    assert ended == (state in process.final)


@every_process
def test_another_engine_comes_to_every_end_that_the_table_has(process):
    for seed in range(10):
        steps = walk(process, random.Random(seed))
        assert run(process.name, steps) == (steps, bool(process.final))


def walk(process, dice):
    """A random way through the table to a final state, or a few steps where a process has none.

    What leaves the state as it is comes once: the other engine predicts every way ahead, so that its time grows with
    each step of a long way.
    """
    state, steps = START, []
    while True:
        ahead = [step for step in onward(process, state) if step.target or step.name not in steps]
        ends = dice.random() < 0.5 if process.final else len(steps) == 5
        if not ahead or (ends and (state in process.final or not process.final)):
            return steps
        step = dice.choice(ahead)
        steps.append(step.name)
        state = step.target or state


def onward(process, state):
    return [step for step in process.steps if state in step.source]


@every_process
def test_another_engine_refuses_a_step_that_the_state_does_not_offer(process):
    first = onward(process, START)
    strangers = [step.name for step in process.steps if START not in step.source] or ["a step of no process"]
    for stranger in strangers:
        if len(first) == 1:
            assert run(process.name, [stranger])[0] == [first[0].name]
        else:
            with pytest.raises(WorkflowException):
                run(process.name, [stranger])
