"""A process as BPMN 2.0 XML with its diagram, for modelling tools.

A state machine is told as a flow: each step is a task in the lane of the first role that takes it. Where a state offers
several steps there is an exclusive gateway with the name of the state; where it is reached in several ways, a merging
one before it. A state with one way in and one way out is an intermediate event, which is BPMN's sign for a change of
state. A step after which the state stays leads from the gateway of its state back to it, and is drawn once for each of
its states, because a token does not remember where it came from.

The document is executable: a diverging gateway asks for the name of the step that is taken next, in the variable
`step`; a state in which nothing more is done ends the process.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from textwrap import wrap
from xml.etree import ElementTree as Xml

from waste_bpm.processes.exports import actors, only_under
from waste_bpm.processes.exports.lanes import Placed, Shape, place
from waste_bpm.processes.exports.layout import Box, Pair
from waste_bpm.processes.process import Process, Step
from waste_bpm.vocabulary import Role

_SPACES = {
    "xmlns:bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "xmlns:bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "xmlns:dc": "http://www.omg.org/spec/DD/20100524/DC",
    "xmlns:di": "http://www.omg.org/spec/DD/20100524/DI",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_GATE = "exclusiveGateway"
_BY_PEOPLE, _BY_ITSELF = "userTask", "task"
_LANGUAGE = "https://docs.python.org/3/reference/expressions.html"
_SIZES = {_BY_PEOPLE: (100.0, 80.0), _BY_ITSELF: (100.0, 80.0), _GATE: (50.0, 50.0)}
_EVENT = (36.0, 36.0)
_LABEL = 100.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Node:
    """A flow node: its kind is the name of its element."""

    kind: str
    name: str
    lane: str
    direction: str | None = None
    documentation: str = ""
    default: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Flow:
    """The flow nodes by id, in the order in which a reader meets them, and the flows between them.

    `asks` holds the step for which a flow is taken, where a gateway offers several.
    """

    nodes: dict[str, _Node] = field(default_factory=dict)
    flows: list[Pair] = field(default_factory=list)
    asks: dict[Pair, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Task:
    """A step as a task, with the states before it and the state after it."""

    id: str
    step: Step
    sources: tuple[str, ...]
    target: str

    @property
    def lane(self) -> str:
        """The first role that takes the step."""
        return actors(self.step)[0]

    @property
    def entry(self) -> str:
        """The node where the task is entered: a merging gateway where several states offer the step."""
        return self.id.replace("Task_", "Join_", 1) if len(self.sources) > 1 else self.id


def bpmn(process: Process) -> str:
    """The process as a BPMN 2.0 document with diagram interchange; ids come from the names of states and steps."""
    flow = _flow_of(process)
    lanes = _lanes(process, flow)
    placed = place({name: _shape(node) for name, node in flow.nodes.items()}, flow.flows, list(lanes))
    own = _id(process.name)
    root = Xml.Element(
        "bpmn:definitions",
        {
            **_SPACES,
            "id": f"Definitions_{own}",
            "targetNamespace": "urn:waste-bpm:process",
            "expressionLanguage": _LANGUAGE,
        },
    )
    collaboration = Xml.SubElement(root, "bpmn:collaboration", id=f"Collaboration_{own}")
    pool = {"id": f"Participant_{own}", "name": process.title, "processRef": f"Process_{own}"}
    Xml.SubElement(collaboration, "bpmn:participant", pool)
    element = Xml.SubElement(root, "bpmn:process", id=f"Process_{own}", isExecutable="true")
    _write_process(element, own, flow, lanes)
    diagram = Xml.SubElement(root, "bpmndi:BPMNDiagram", id=f"Diagram_{own}")
    plane = Xml.SubElement(diagram, "bpmndi:BPMNPlane", id=f"Plane_{own}", bpmnElement=f"Collaboration_{own}")
    _draw(plane, own, flow, placed)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _shape(node: _Node) -> Shape:
    width, height = _SIZES.get(node.kind, _EVENT)
    return Shape(lane=node.lane, width=width, height=height)


def _flow_of(process: Process) -> _Flow:
    """The process as flow nodes and flows: each state, followed by the steps that it is the first to offer."""
    flow = _Flow()
    tasks = _tasks(process)
    for state in process.states:
        _add_state(flow, process, state, tasks)
        for task in tasks:
            if task.sources[0] == state:
                _add_task(flow, task)
        if state in process.final:
            flow.nodes[f"End_{_id(state)}"] = _Node(
                kind="endEvent", name=process.states[state], lane=_lane(state, tasks)
            )
    return flow


def _tasks(process: Process) -> list[_Task]:
    tasks = []
    for step in process.steps:
        own = f"Task_{_id(step.name)}"
        if step.target:
            tasks.append(_Task(id=own, step=step, sources=step.source, target=step.target))
        elif len(step.source) == 1:
            tasks.append(_Task(id=own, step=step, sources=step.source, target=step.source[0]))
        else:
            each = [_Task(id=f"{own}.{_id(state)}", step=step, sources=(state,), target=state) for state in step.source]
            tasks.extend(each)
    return tasks


def _lane(state: str, tasks: Sequence[_Task]) -> str:
    """A state stands where somebody may act next, or where somebody acted last."""
    onward = [task.lane for task in tasks if state in task.sources and task.target != state]
    about = [task.lane for task in tasks if state in (*task.sources, task.target)]
    return next(iter((*onward, *about)), "nobody")


def _lanes(process: Process, flow: _Flow) -> dict[str, list[str]]:
    """A lane for each role that acts, as a reader meets them, with the steps that stand in another role's lane."""
    lanes: dict[str, list[str]] = {node.lane: [] for node in flow.nodes.values()}
    for step in process.steps:
        for actor in actors(step)[1:]:
            lanes.setdefault(actor, []).append(step.title)
    return lanes


def _add_state(flow: _Flow, process: Process, state: str, tasks: Sequence[_Task]) -> None:
    initial, final = state == next(iter(process.states)), state in process.final
    own, name, lane = _id(state), process.states[state], _lane(state, tasks)
    coming = [f"Start_{own}"] * initial + [task.id for task in tasks if task.target == state]
    going = [task.entry for task in tasks if state in task.sources] + [f"End_{own}"] * final
    if initial:
        flow.nodes[f"Start_{own}"] = _Node(kind="startEvent", name=name, lane=lane)
    chain = []
    if len(coming) > 1:
        chain.append(f"Merge_{own}")
        unnamed = len(going) > 1 or final
        flow.nodes[chain[-1]] = _Node(kind=_GATE, name="" if unnamed else name, lane=lane, direction="Converging")
    if len(going) > 1:
        chain.append(f"State_{own}")
        end = _flow_id((chain[-1], f"End_{own}")) if final else None
        flow.nodes[chain[-1]] = _Node(kind=_GATE, name=name, lane=lane, direction="Diverging", default=end)
        flow.asks.update({(chain[-1], task.entry): task.step.name for task in tasks if state in task.sources})
    if not (chain or initial or final):
        chain.append(f"State_{own}")
        flow.nodes[chain[-1]] = _Node(kind="intermediateThrowEvent", name=name, lane=lane)
    if chain:
        flow.flows.extend((node, chain[0]) for node in coming)
        flow.flows.extend(pairwise(chain))
        flow.flows.extend((chain[-1], node) for node in going)
    else:
        flow.flows.extend(zip(coming, going, strict=False))


def _add_task(flow: _Flow, task: _Task) -> None:
    if task.entry != task.id:
        flow.nodes[task.entry] = _Node(kind=_GATE, name="", lane=task.lane, direction="Converging")
        flow.flows.append((task.entry, task.id))
    kind = _BY_PEOPLE if set(task.step.by) - {Role.CLOCK} else _BY_ITSELF
    flow.nodes[task.id] = _Node(kind=kind, name=task.step.title, lane=task.lane, documentation=_told(task.step))


def _told(step: Step) -> str:
    """What the row says beside the title."""
    sentences = [f"Who: {', '.join(actors(step))}.", f"Law: {step.law}."]
    if step.regimes:
        sentences.append(f"Only under: {only_under(step)}.")
    if step.says:
        to = f" to {', '.join(role.value.replace('_', ' ') for role in step.to)}" if step.to else ""
        sentences.append(f"Says: {step.says}{to}.")
    if step.starts:
        sentences.append(f"Starts: {', '.join(step.starts)}.")
    if step.stops:
        sentences.append(f"Stops: {', '.join(step.stops)}.")
    if step.also:
        sentences.append(f"In the same act: {', '.join(step.also)}.")
    return " ".join(sentences)


def _id(name: str) -> str:
    """The name as the rest of an NCName."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


def _note_id(lane: str) -> str:
    return f"Note_{_id(lane)}"


def _shared(titles: Sequence[str]) -> str:
    return f"May take, shown in other lanes: {'; '.join(titles)}."


def _empty(flow: _Flow, lanes: Iterable[str]) -> list[str]:
    """The lanes of roles that are never named first: a note says what they do."""
    return [lane for lane in lanes if all(node.lane != lane for node in flow.nodes.values())]


def _flow_id(flow: Pair) -> str:
    return f"Flow.{flow[0]}.{flow[1]}"


def _lane_id(process_id: str, lane: str) -> str:
    return f"Lane_{process_id}.{_id(lane)}"


def _write_process(element: Xml.Element, own: str, flow: _Flow, lanes: Mapping[str, Sequence[str]]) -> None:
    """The lanes, the flow nodes with their ways in and out, and the flows, in the order that the schema asks."""
    lane_set = Xml.SubElement(element, "bpmn:laneSet", id=f"LaneSet_{own}")
    for lane, shared in lanes.items():
        band = Xml.SubElement(lane_set, "bpmn:lane", id=_lane_id(own, lane), name=lane)
        if shared:
            Xml.SubElement(band, "bpmn:documentation").text = _shared(shared)
        for name, node in flow.nodes.items():
            if node.lane == lane:
                Xml.SubElement(band, "bpmn:flowNodeRef").text = name
    for name, node in flow.nodes.items():
        _write_node(element, name, node, flow.flows)
    for source, target in flow.flows:
        given = {"id": _flow_id((source, target)), "sourceRef": source, "targetRef": target}
        written = Xml.SubElement(element, "bpmn:sequenceFlow", given)
        if (source, target) in flow.asks:
            asked = Xml.SubElement(written, "bpmn:conditionExpression", {"xsi:type": "bpmn:tFormalExpression"})
            asked.text = f'step == "{flow.asks[source, target]}"'
    for lane in _empty(flow, lanes):
        note = Xml.SubElement(element, "bpmn:textAnnotation", id=_note_id(lane))
        Xml.SubElement(note, "bpmn:text").text = _shared(lanes[lane])


def _write_node(element: Xml.Element, name: str, node: _Node, flows: Sequence[Pair]) -> None:
    given = {"id": name, "name": node.name, "gatewayDirection": node.direction, "default": node.default}
    item = Xml.SubElement(element, f"bpmn:{node.kind}", {key: value for key, value in given.items() if value})
    if node.documentation:
        Xml.SubElement(item, "bpmn:documentation").text = node.documentation
    for pair in (pair for pair in flows if pair[1] == name):
        Xml.SubElement(item, "bpmn:incoming").text = _flow_id(pair)
    for pair in (pair for pair in flows if pair[0] == name):
        Xml.SubElement(item, "bpmn:outgoing").text = _flow_id(pair)


def _draw(plane: Xml.Element, own: str, flow: _Flow, placed: Placed) -> None:
    """One shape for the pool, each lane, each flow node and each note; one edge for each flow."""
    _draw_shape(plane, f"Participant_{own}", placed.pool, isHorizontal="true")
    for lane, band in placed.lanes.items():
        _draw_shape(plane, _lane_id(own, lane), band, isHorizontal="true")
    for name, node in flow.nodes.items():
        box = placed.boxes[name]
        marker = {"isMarkerVisible": "true"} if node.kind == _GATE else {}
        shape = _draw_shape(plane, name, box, **marker)
        if node.name and node.kind not in (_BY_PEOPLE, _BY_ITSELF):
            height = 14 * len(wrap(node.name, 16))
            below = Box(left=box.middle[0] - _LABEL / 2, top=box.bottom + 4, width=_LABEL, height=height)
            _bounds(Xml.SubElement(shape, "bpmndi:BPMNLabel"), below)
    for pair in flow.flows:
        edge = Xml.SubElement(plane, "bpmndi:BPMNEdge", id=f"{_flow_id(pair)}.edge", bpmnElement=_flow_id(pair))
        for x, y in placed.routes[pair]:
            Xml.SubElement(edge, "di:waypoint", x=f"{x:g}", y=f"{y:g}")

    for lane in _empty(flow, placed.lanes):
        band = placed.lanes[lane]
        note = Box(left=band.left + 60, top=band.top + 24, width=480, height=band.height - 48)
        _draw_shape(plane, _note_id(lane), note)


def _draw_shape(plane: Xml.Element, of: str, box: Box, **given: str) -> Xml.Element:
    shape = Xml.SubElement(plane, "bpmndi:BPMNShape", {"id": f"{of}.shape", "bpmnElement": of, **given})
    _bounds(shape, box)
    return shape


def _bounds(parent: Xml.Element, box: Box) -> None:
    sides = {"x": box.left, "y": box.top, "width": box.width, "height": box.height}
    Xml.SubElement(parent, "dc:Bounds", {name: f"{value:g}" for name, value in sides.items()})
