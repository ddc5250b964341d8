import json
import re
from collections import Counter
from itertools import combinations, pairwise
from xml.etree import ElementTree as Xml

import pytest

from waste_bpm import resources
from waste_bpm.errors import InputInvalid
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.exports import FORMATS, actors_shortly, export, only_under
from waste_bpm.processes.exports.layout import Box, Size, backward, depths
from waste_bpm.processes.exports.placing import fingerprint, layout
from waste_bpm.processes.exports.svg import picture
from waste_bpm.processes.process import Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, Role

MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DI = "{http://www.omg.org/spec/DD/20100524/DI}"
SVG = "{http://www.w3.org/2000/svg}"
NODES = {
    f"{MODEL}{kind}"
    for kind in ("startEvent", "endEvent", "task", "userTask", "exclusiveGateway", "intermediateThrowEvent")
}


def seal_is_whole(case, command, law, now):
    """The seal is whole.

    Only the first line is the rule.
    """


def row(name, title, source, target, by, **others):
    return Step(name=name, title=title, source=source, target=target, event=name.title(), by=by, law="Art. 6", **others)


TOY = Process(
    name="toy_shipment",
    title="Carriage of <one> load & its return",
    one_per="shipment",
    instance=dict,
    states={
        "none": "Not yet planned",
        "announced": "Announced: to the authorities",
        "in_transit": "Under way",
        "received": "Received at the facility",
        "rejected": "Rejected at the border, or later at the facility of the consignee",
        "certified": "Certified",
        "cancelled": "Cancelled",
    },
    steps=[
        row("announce", "Announce the load", ("none",), "announced", (Role.NOTIFIER,), starts={"watch": "occurred"}),
        row("amend", 'Amend the "announcement"', ("announced",), None, (Role.NOTIFIER,), says="Amendment"),
        row("cancel", "Cancel the load", ("announced",), "cancelled", (Role.NOTIFIER, Role.EXPORT_AUTHORITY)),
        row("depart", "Depart", ("announced",), "in_transit", (Role.CARRIER,), guards=(seal_is_whole,)),
        row("report", "Report an incident; say what was done", ("in_transit", "received"), None, (Role.CARRIER,)),
        row("hand_over", "Hand over to the next carrier", ("in_transit",), None, (Role.CARRIER,)),
        row("turn_back", "Turn back", ("in_transit",), "announced", (Role.CARRIER,)),
        row("lapse", "Lapse of the time", ("in_transit",), "announced", (Role.CLOCK,)),
        row("receive", "Receive", ("in_transit",), "received", (Role.DISPOSER,), says="Receipt", to=ALL_AUTHORITIES),
        row("reject", "Reject", ("in_transit", "received"), "rejected", (Role.CUSTOMS_ENTRY, Role.DISPOSER)),
        row("send_on", "Send on after correction", ("rejected",), "in_transit", ()),
        row("certify", "Certify", ("received",), "certified", (Role.DISPOSER,), stops=("watch",)),
        row("correct", "Correct the certificate", ("certified",), None, (Role.DISPOSER,), also=("file.note",)),
    ],
)
every_process = pytest.mark.parametrize("process", [TOY, *PROCESSES.values()], ids=lambda process: process.name)


def squeezed(text):
    return re.sub(r"\s", "", text)


def shapes(bpmn):
    def box(shape):
        bounds = shape.find(f"{DC}Bounds").attrib
        return Box(
            left=float(bounds["x"]),
            top=float(bounds["y"]),
            width=float(bounds["width"]),
            height=float(bounds["height"]),
        )

    return {shape.get("bpmnElement"): box(shape) for shape in bpmn.iter(f"{BPMNDI}BPMNShape")}


def parsed(text):
    return Xml.fromstring(text)  # noqa: S314 - written here a moment ago


def bpmn_of(process):
    return parsed(export(process, "bpmn"))


def nodes_of(bpmn):
    return {node.get("id"): node for node in bpmn.iter() if node.tag in NODES}


# --- the door


def test_an_unknown_format_is_refused_with_the_formats_that_exist():
    with pytest.raises(InputInvalid) as refused:
        export(TOY, "pdf")
    (finding,) = refused.value.findings
    assert finding.rule_id == "format-unknown"
    assert finding.value == "pdf"
    assert finding.fix == "Ask for one of: table, json, mermaid, svg, bpmn."


@every_process
@pytest.mark.parametrize("format", FORMATS)
def test_an_export_is_the_same_each_time_and_names_every_state_and_step(process, format):
    text = export(process, format)
    assert export(process, format) == text
    if format in {"svg", "bpmn"}:
        root = parsed(text)
        text = squeezed("".join(root.itertext()) + "".join(node.get("name", "") for node in root.iter()))
        wanted = [squeezed(words) for words in (*process.states.values(), *(step.title for step in process.steps))]
    elif format == "mermaid":
        wanted = list(process.states)
        assert text.count(" --> ") == 1 + sum(len(step.source) for step in process.steps) + len(process.final)
    else:
        wanted = [*process.states, *(step.name for step in process.steps)]
    assert [words for words in wanted if words not in text] == []


# --- the table and JSON


@every_process
def test_the_table_fits_a_terminal_of_120_columns(process):
    assert max(len(line) for line in export(process, "table").splitlines()) <= 120


def test_a_row_of_the_table_says_who_does_what_under_which_law():
    lines = [line.split() for line in export(TOY, "table").splitlines()]
    assert ["announce", "none", "->", "announced", "notifier", "+watch", "Art.", "6"] in lines
    assert ["hand_over", "in_transit", "->", "(stays)", "carrier", "Art.", "6"] in lines
    assert any(line[-5:] == ["Receipt", "->", "CA", "Art.", "6"] for line in lines)
    assert ["cancelled", "Cancelled", "(final)"] in lines


def test_json_holds_the_whole_declaration():
    told = json.loads(export(TOY, "json"))
    assert told["schema"] == "waste-bpm/process/v1"
    assert (told["name"], told["one_per"], told["states"]) == ("toy_shipment", "shipment", TOY.states)
    depart = next(step for step in told["steps"] if step["name"] == "depart")
    assert depart["guards"] == [{"name": "seal_is_whole", "rule": "The seal is whole."}]
    assert set(depart) == set(Step.__dataclass_fields__)


# --- Mermaid


def test_mermaid_holds_no_sign_that_mermaid_would_read_as_its_own():
    first, *lines = export(TOY, "mermaid").splitlines()
    assert first == "stateDiagram-v2"
    assert '    state "Announced, to the authorities" as announced' in lines
    assert "    announced --> announced : Amend the 'announcement'" in lines
    assert "    in_transit --> in_transit : Report an incident, say what was done" in lines
    assert "    accTitle: Carriage of one load and its return" in lines


def test_a_state_called_like_a_word_of_mermaid_gets_another_id():
    odd = Process("odd", "Odd", "case", dict, {"end": "End", "x": "X"}, [row("go", "Go", ("end",), "x", ())])
    assert "    end_ --> x : Go" in export(odd, "mermaid")


# --- the layout and the picture


def test_an_arrow_that_closes_a_circle_is_backward():
    pairs = [("a", "b"), ("b", "c"), ("c", "a"), ("a", "c")]
    assert backward("abc", pairs) == {("c", "a")}
    assert depths("abc", [("a", "b"), ("b", "c"), ("a", "c")]) == {"a": 0, "b": 1, "c": 2}


def test_an_arrow_begins_at_its_source_and_ends_at_its_target_whichever_way_it_points():
    size = Size(width=80, height=40)
    placed = layout("two", {"a": size, "b": size}, {("a", "b"): size, ("b", "a"): size})
    upper, lower = placed.boxes["a"], placed.boxes["b"]
    assert upper.bottom < placed.labels["a", "b"].top < placed.labels["a", "b"].bottom < lower.top
    there, back = placed.routes["a", "b"], placed.routes["b", "a"]
    for start, end in ((there[0][0], there[-1][-1]), (back[-1][-1], back[0][0])):
        assert start[1] == pytest.approx(upper.bottom, abs=2)
        assert end[1] == pytest.approx(lower.top, abs=2)
    assert placed.back == {("b", "a")}


def placed_of(process):
    drawn = picture(process)
    return layout(process.name, drawn.sizes, drawn.labels)


@pytest.mark.parametrize("process", PROCESSES.values(), ids=lambda process: process.name)
def test_the_places_on_file_are_those_of_the_table(process):
    drawn = picture(process)
    file = resources.path("processes", "places", f"{process.name}.json")
    assert json.loads(file.read_bytes())["fingerprint"] == fingerprint(drawn.sizes, drawn.labels)


@every_process
def test_no_box_and_no_label_lies_over_another(process):
    placed = placed_of(process)
    things = [*placed.boxes.values(), *placed.labels.values()]
    assert [pair for pair in combinations(things, 2) if pair[0].overlaps(pair[1])] == []
    assert all(box.left >= -1 and box.right <= placed.width + 1 and box.bottom <= placed.height + 1 for box in things)


def along(piece):
    """Points of a curve, close enough to each other to see what it crosses."""
    for i in range(0, len(piece) - 1, 3):
        (a, b), (c, d), (e, f), (g, h) = piece[i : i + 4]
        for t in (n / 20 for n in range(21)):
            u = 1 - t
            weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
            yield (
                sum(w * x for w, x in zip(weights, (a, c, e, g), strict=True)),
                sum(w * y for w, y in zip(weights, (b, d, f, h), strict=True)),
            )


@every_process
def test_an_arrow_crosses_no_box_and_no_label_but_its_own(process):
    placed = placed_of(process)
    for pair, pieces in placed.routes.items():
        others = [box for name, box in placed.boxes.items() if name not in pair]
        others += [box for other, box in placed.labels.items() if other != pair]
        for x, y in (point for piece in pieces for point in along(piece)):
            inside = [b for b in others if b.left + 2 < x < b.right - 2 and b.top + 2 < y < b.bottom - 2]
            assert not inside, pair


@every_process
def test_the_text_of_a_box_fits_into_it(process):
    drawn = picture(process)
    for state, lines in drawn.states.items():
        box = drawn.sizes[state]
        assert max(line.width for line in lines) < box.width
        assert sum(line.drop for line in lines) < box.height


@every_process
def test_no_word_is_broken_at_the_end_of_a_line(process):
    told = [
        text
        for step in process.steps
        for text in (step.title, ", ".join(actors_shortly(step)), f"[{only_under(step)}]")
    ]
    drawn = {word for lines in picture(process).arrows.values() for line in lines for word in line.text.split()}
    assert drawn - {word for text in told for word in text.split()} == set()


def test_steps_between_the_same_states_share_one_arrow_and_loops_of_a_state_one_loop():
    drawn = picture(TOY)
    assert {"Turn back", "Lapse of the time"} <= {line.text for line in drawn.arrows["in_transit", "announced"]}
    loops = {pair[0] for pair in drawn.arrows if pair[0] == pair[1]}
    assert loops == {"announced", "in_transit", "received", "certified"}
    assert {"Hand over to the", "next carrier"} <= {line.text for line in drawn.arrows["in_transit", "in_transit"]}


def test_the_picture_tells_its_content_to_those_who_hear_it():
    root = parsed(export(TOY, "svg"))
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == TOY.title
    assert "Turn back: from Under way to Announced: to the authorities" in root.findtext(f"{SVG}desc")


def test_final_states_have_a_double_border_and_arrows_back_their_own_look():
    root = parsed(export(TOY, "svg"))
    looks = Counter(element.get("class") for element in root.iter())
    assert looks["inner"] == len(TOY.final) + 1  # the legend shows one more
    assert looks["back"] == 2 + 1  # turned back or lapsed; sent on; and the legend


# --- BPMN


@every_process
def test_every_flow_of_bpmn_joins_two_nodes_that_know_it(process):
    bpmn = bpmn_of(process)
    nodes = nodes_of(bpmn)
    flows = list(bpmn.iter(f"{MODEL}sequenceFlow"))
    leaving = {(flow.get("sourceRef"), flow.get("id")) for flow in flows}
    arriving = {(flow.get("targetRef"), flow.get("id")) for flow in flows}
    assert leaving == {(id, way.text) for id, node in nodes.items() for way in node.iter(f"{MODEL}outgoing")}
    assert arriving == {(id, way.text) for id, node in nodes.items() for way in node.iter(f"{MODEL}incoming")}


@every_process
def test_ids_of_bpmn_are_unique_names_of_xml(process):
    ids = [element.get("id") for element in bpmn_of(process).iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert [id for id in ids if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", id)] == []


@every_process
def test_only_gateways_split_and_merge(process):
    for node in nodes_of(bpmn_of(process)).values():
        ways = [len(node.findall(f"{MODEL}{way}")) for way in ("incoming", "outgoing")]
        if node.tag == f"{MODEL}exclusiveGateway":
            assert (ways[0] > 1) != (ways[1] > 1)
            assert node.get("gatewayDirection") == ("Converging" if ways[0] > 1 else "Diverging")
        else:
            assert ways == [node.tag != f"{MODEL}startEvent", node.tag != f"{MODEL}endEvent"]


@every_process
def test_each_node_of_bpmn_lies_in_one_lane_has_one_shape_and_every_flow_an_edge(process):
    bpmn = bpmn_of(process)
    in_lanes = Counter(reference.text for reference in bpmn.iter(f"{MODEL}flowNodeRef"))
    drawn = Counter(shape.get("bpmnElement") for shape in bpmn.iter(f"{BPMNDI}BPMNShape"))
    assert in_lanes == Counter(list(nodes_of(bpmn)))
    assert {id: drawn[id] for id in nodes_of(bpmn)} == dict.fromkeys(nodes_of(bpmn), 1)
    flows = [flow.get("id") for flow in bpmn.iter(f"{MODEL}sequenceFlow")]
    assert flows == [edge.get("bpmnElement") for edge in bpmn.iter(f"{BPMNDI}BPMNEdge")]


@every_process
def test_the_shapes_of_bpmn_lie_apart_and_in_their_lanes(process):
    bpmn = bpmn_of(process)
    boxes = shapes(bpmn)
    nodes = [boxes[id] for id in nodes_of(bpmn)]
    bands = {lane.get("id"): boxes[lane.get("id")] for lane in bpmn.iter(f"{MODEL}lane")}
    assert not [
        pair for group in (nodes, bands.values()) for pair in combinations(group, 2) if pair[0].overlaps(pair[1])
    ]
    for lane in bpmn.iter(f"{MODEL}lane"):
        for reference in lane.iter(f"{MODEL}flowNodeRef"):
            node, band = boxes[reference.text], bands[lane.get("id")]
            assert band.left < node.left
            assert node.right < band.right
            assert band.top < node.top
            assert node.bottom < band.bottom


@every_process
def test_the_flows_of_bpmn_are_right_angled_touch_their_nodes_and_cross_no_shape(process):
    bpmn = bpmn_of(process)
    boxes = {id: box for id, box in shapes(bpmn).items() if id in nodes_of(bpmn)}
    edges = {edge.get("bpmnElement"): edge for edge in bpmn.iter(f"{BPMNDI}BPMNEdge")}
    for flow in bpmn.iter(f"{MODEL}sequenceFlow"):
        points = [(float(p.get("x")), float(p.get("y"))) for p in edges[flow.get("id")].iter(f"{DI}waypoint")]
        source, target = boxes[flow.get("sourceRef")], boxes[flow.get("targetRef")]
        assert points[0] == pytest.approx((source.right, source.middle[1]))
        assert points[-1] == pytest.approx((target.left, target.middle[1]))
        for (x, y), (to_x, to_y) in pairwise(points):
            assert x == to_x or y == to_y
            span = Box(left=min(x, to_x), top=min(y, to_y), width=abs(x - to_x), height=abs(y - to_y))
            assert not [id for id, box in boxes.items() if span.overlaps(box)], flow.get("id")


@every_process
def test_flows_of_bpmn_run_over_each_other_only_where_they_share_an_end(process):
    bpmn = bpmn_of(process)
    edges = {edge.get("bpmnElement"): edge for edge in bpmn.iter(f"{BPMNDI}BPMNEdge")}
    runs = []
    for flow in bpmn.iter(f"{MODEL}sequenceFlow"):
        ends = {flow.get("sourceRef"), flow.get("targetRef")}
        points = [(float(p.get("x")), float(p.get("y"))) for p in edges[flow.get("id")].iter(f"{DI}waypoint")]
        for (x, y), (to_x, to_y) in pairwise(points):
            upright = x == to_x
            low, high = sorted((y, to_y) if upright else (x, to_x))
            runs.append((upright, x if upright else y, low, high, ends))
    over = [(a, b) for a, b in combinations(runs, 2) if a[:2] == b[:2] and a[2] < b[3] and b[2] < a[3]]
    assert [(a, b) for a, b in over if not a[4] & b[4]] == []


def test_each_step_is_a_task_in_the_lane_of_its_first_role():
    bpmn = bpmn_of(TOY)
    lanes = {
        ref.text: lane.get("name") for lane in bpmn.iter(f"{MODEL}lane") for ref in lane.iter(f"{MODEL}flowNodeRef")
    }
    tasks = {node.get("id"): node.get("name") for node in nodes_of(bpmn).values() if node.tag.endswith("ask")}
    assert Counter(tasks.values()) == Counter(step.title for step in TOY.steps) + Counter([TOY.by_name["report"].title])
    assert lanes["Task_cancel"] == "notifier"
    assert lanes["Task_reject"] == "customs entry"
    assert lanes["Task_send_on"] == "another process"


def test_a_role_that_is_never_named_first_has_a_lane_that_says_what_it_may_do():
    bpmn = bpmn_of(TOY)
    lane = next(lane for lane in bpmn.iter(f"{MODEL}lane") if lane.get("name") == "export authority")
    assert lane.find(f"{MODEL}flowNodeRef") is None
    assert lane.findtext(f"{MODEL}documentation") == "May take, shown in other lanes: Cancel the load."
    assert shapes(bpmn)[lane.get("id")].overlaps(shapes(bpmn)["Note_export_authority"])


def test_a_step_after_which_the_state_stays_leads_back_to_the_gateway_of_each_of_its_states():
    flows = {(flow.get("sourceRef"), flow.get("targetRef")) for flow in bpmn_of(TOY).iter(f"{MODEL}sequenceFlow")}
    for state in ("in_transit", "received"):
        assert {(f"State_{state}", f"Task_report.{state}"), (f"Task_report.{state}", f"Merge_{state}")} <= flows


def test_a_final_state_is_an_end_event():
    ends = [end.get("name") for end in bpmn_of(TOY).iter(f"{MODEL}endEvent")]
    assert sorted(ends) == ["Cancelled", "Certified"]


# --- rows that only some regimes have


@pytest.mark.parametrize("format", ["svg", "mermaid", "table", "bpmn"])
def test_a_step_that_only_some_regimes_have_says_so_in_every_picture(format):
    """Who reads the picture of the answer sees that completeness is stated under the law of the Union alone."""
    drawn = export(PROCESSES["answer"], format)
    marks = {"svg": "[EU, GB, OECD]", "mermaid": "(EU, GB, OECD)", "bpmn": "Only under: EU, GB, OECD."}
    assert marks.get(format, "[EU, GB, OECD]") in " ".join(drawn.split())
    if format != "bpmn":
        assert "a step only under the regimes named" in " ".join(drawn.split())


@pytest.mark.parametrize("format", ["svg", "mermaid", "table"])
def test_a_process_that_every_regime_has_whole_needs_no_legend_of_regimes(format):
    assert "regimes named" not in export(PROCESSES["movement"], format)
