"""The conversation over all processes as one BPMN 2.0 collaboration: pools, their tasks, and the message flows."""

from collections.abc import Iterable
from itertools import chain
from xml.etree import ElementTree as Xml

from waste_bpm.processes.exports.conversation import POOLS, Saying, Strip, sayings, strip
from waste_bpm.processes.process import Process

_SPACES = {
    "xmlns:bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "xmlns:bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "xmlns:dc": "http://www.omg.org/spec/DD/20100524/DC",
    "xmlns:di": "http://www.omg.org/spec/DD/20100524/DI",
}
_NUMBER = {pool: number for number, pool in enumerate(POOLS)}


def bpmn(processes: Iterable[Process]) -> str:
    """The collaboration as a BPMN 2.0 document with its diagram."""
    drawn = strip(list(chain.from_iterable(sayings(process) for process in processes)))
    root = Xml.Element("bpmn:definitions", {**_SPACES, "id": "Definitions", "targetNamespace": "urn:waste-bpm:process"})
    together = Xml.SubElement(root, "bpmn:collaboration", id="Collaboration")
    for pool in drawn.pools:
        given = {"id": _participant(pool), "name": pool, "processRef": f"Process_{_NUMBER[pool]}"}
        Xml.SubElement(together, "bpmn:participant", given)
    for number, saying in enumerate(drawn.said):
        for pool, *_ in drawn.messages(number):
            given = {"sourceRef": _task(saying), "targetRef": _participant(pool), "name": saying.message}
            Xml.SubElement(together, "bpmn:messageFlow", {"id": _flow(saying, pool), **given})
    for pool in drawn.pools:
        own = Xml.SubElement(root, "bpmn:process", id=f"Process_{_NUMBER[pool]}", isExecutable="false")
        for saying in drawn.said:
            if saying.pool == pool:
                task = Xml.SubElement(own, "bpmn:sendTask", id=_task(saying), name=saying.step.title)
                Xml.SubElement(task, "bpmn:documentation").text = f"{saying.process.title}. Law: {saying.step.law}."
    _draw(root, drawn)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _participant(pool: str) -> str:
    return f"Participant_{_NUMBER[pool]}"


def _task(saying: Saying) -> str:
    return f"Task_{saying.process.name}.{saying.step.name}"


def _flow(saying: Saying, pool: str) -> str:
    return f"Message_{saying.process.name}.{saying.step.name}.{_NUMBER[pool]}"


def _draw(root: Xml.Element, drawn: Strip) -> None:
    diagram = Xml.SubElement(root, "bpmndi:BPMNDiagram", id="Diagram")
    plane = Xml.SubElement(diagram, "bpmndi:BPMNPlane", id="Plane", bpmnElement="Collaboration")
    for pool in drawn.pools:
        top, bottom = drawn.band(pool)
        shape = _shape(plane, _participant(pool), (0, top, drawn.width, bottom - top))
        shape.set("isHorizontal", "true")
    for number, saying in enumerate(drawn.said):
        _shape(plane, _task(saying), drawn.task(number))
        for pool, x, start, end in drawn.messages(number):
            flow = _flow(saying, pool)
            edge = Xml.SubElement(plane, "bpmndi:BPMNEdge", id=f"{flow}.edge", bpmnElement=flow)
            for y in (start, end):
                Xml.SubElement(edge, "di:waypoint", x=f"{x:g}", y=f"{y:g}")


def _shape(plane: Xml.Element, of: str, sides: tuple[float, float, float, float]) -> Xml.Element:
    shape = Xml.SubElement(plane, "bpmndi:BPMNShape", id=f"{of}.shape", bpmnElement=of)
    given = {name: f"{value:g}" for name, value in zip(("x", "y", "width", "height"), sides, strict=True)}
    Xml.SubElement(shape, "dc:Bounds", given)
    return shape
