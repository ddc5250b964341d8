"""Figures and logs: what an operator sees of a node, and that neither holds what somebody sent."""

import json
import logging
import re

import pytest

from tests.api.conftest import BEGIN, CASE, EARLY
from waste_bpm.casework.sealing import seal
from waste_bpm.logs import FIELDS, about, formatter, log

CANARY = "canary-7f3a Wanjiru Otieno +254700000000 w.otieno@example.test"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def figures(here, path="/api/v1/metrics"):
    """Every figure by its name and labels."""
    lines = here.client.get(path).text.splitlines()
    return {key: float(value) for key, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


@pytest.fixture
def lines(caplog):
    """What was logged, as it would be written."""
    caplog.set_level(logging.INFO)
    return lambda: [formatter().format(record) for record in caplog.records if record.name.startswith("waste_bpm")]


class TestFigures:
    def test_letters_deadlines_and_what_is_not_sealed_are_counted(self, door):
        """Given a file before all States, then its letters, its deadlines and its unsealed events are counted."""
        here = door(EARLY.say)
        found = figures(here)
        assert found['waste_bpm_outbox_letters{node="lk",state="waiting"}'] > 1
        assert found['waste_bpm_outbox_oldest_seconds{node="lk",state="waiting"}'] > 0
        assert found["waste_bpm_unsealed_events"] == here.events
        assert found["waste_bpm_inbox_rows"] > 1
        assert {f'waste_bpm_check_ok{{check="{name}"}}' for name in ("database", "keys", "mode")} <= set(found)

    def test_each_event_is_counted_once_it_is_sealed_and_once_only(self, door):
        here = door(EARLY.say)
        before = figures(here)
        seal(here.node)
        sealed = figures(here)
        assert not [name for name in before if name.startswith("waste_bpm_events_total")]
        assert sealed['waste_bpm_events_total{decided="elsewhere",type="ConsentGiven"}'] == 1
        counts = {name: value for name, value in sealed.items() if name.startswith("waste_bpm_events_total")}
        assert sum(counts.values()) == here.events == sealed["waste_bpm_head_position"]
        assert {name: figures(here)[name] for name in counts} == counts

    def test_refusals_are_counted_by_kind(self, door):
        here = door(BEGIN)
        here.get("/notifications/nothing")
        here.get("/notifications/nothing", None)
        found = figures(here)
        assert found['waste_bpm_problems_total{status="404",type="not-found"}'] == 1
        assert found['waste_bpm_problems_total{status="401",type="not-authenticated"}'] == 1
        assert found['waste_bpm_request_seconds_count{method="GET",status="404"}'] == 1

    def test_every_line_is_written_as_the_format_wants_it(self, door):
        """Prometheus text format 0.0.4: a name, labels in quotes, a number; each figure says what it is, once."""
        here = door(EARLY.say)
        seal(here.node)
        here.get("/notifications/nothing")
        told = here.client.get("/metrics")
        assert told.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        label = r'[a-z_]+="(?:[^"\\\n]|\\.)*"'
        line = re.compile(rf"[a-z_0-9]+(?:\{{{label}(?:,{label})*\}})? [0-9.e+-]+")
        lines = told.text.splitlines()
        assert [each for each in lines if not each.startswith("# ") and not line.fullmatch(each)] == []
        names = [each.split()[2] for each in lines if each.startswith("# TYPE")]
        assert len(names) == len(set(names)) > 12

    def test_a_node_without_its_database_still_gives_figures(self, door):
        here = door(BEGIN)
        here.node.store.newer = lambda *_: 1 / 0
        assert figures(here, "/metrics")['waste_bpm_check_ok{check="database"}'] == 0


class TestLogs:
    def test_a_request_is_one_line_with_its_trace_and_its_case(self, door, lines):
        here = door(EARLY.say)
        here.client.get(f"/api/v1/notifications/{CASE}", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
        (line,) = [json.loads(each) for each in lines()]
        assert (line["event"], line["status"], line["trace_id"]) == ("answered", 401, TRACE)
        assert (line["case"], line["problem"]) == (CASE, "not-authenticated")
        assert line["route"].endswith("/notifications/{id}")

    @pytest.mark.parametrize("said", ["", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", f"00-{TRACE}", CANARY])
    def test_a_trace_that_is_none_is_not_believed(self, said, door, lines):
        door(BEGIN).client.get("/api/v1/health/live", headers={"traceparent": said})
        assert re.fullmatch("[0-9a-f-]{36}", json.loads(lines()[0])["trace_id"])

    def test_the_problem_and_the_log_name_the_same_trace(self, door, lines):
        problem = door(BEGIN).get("/notifications/nothing").json()
        assert json.loads(lines()[0])["trace_id"] == problem["trace_id"]

    def test_what_somebody_sent_stands_in_no_line_and_no_figure(self, door, lines, draft, monkeypatch):
        """Given canaries in path, query, header, body and in an error of our own, then no line holds one."""
        here = door(BEGIN)
        draft["notifier"]["name"] = draft["reason"] = CANARY
        here.post("/notifications", json=draft)
        here.post("/notifications", content=CANARY, headers={"Content-Type": "application/json"})
        here.post("/messages", content=f"<a>{CANARY}</a>", headers={"Content-Type": "application/xml"})
        here.get(f"/notifications/{CANARY}")
        here.get(f"/notifications?number={CANARY}")
        here.client.get("/api/v1/notifications/1", headers={"Authorization": f"Bearer {CANARY}"})
        monkeypatch.setattr("waste_bpm.api.reference.sops", lambda: {}[CANARY])
        assert here.get("/sops").status_code == 500
        written = [*lines(), here.client.get("/metrics").text]
        assert len(written) > 7
        for word in CANARY.split():
            assert not [line for line in written if word in line], word

    def test_a_line_holds_the_names_that_are_listed_and_no_others(self):
        record = logging.LogRecord("waste_bpm.x", logging.INFO, "p", 1, "round done", (), None)
        record.__dict__ |= {"sealed": 3, "name_of_contact": CANARY}
        line = json.loads(formatter().format(record))
        assert set(line) - {"at", "level", "logger", "event"} == {"sealed"} <= set(FIELDS)

    def test_what_is_logged_about_a_case_names_it_without_being_told(self, caplog):
        caplog.set_level(logging.INFO)
        with about(case=CASE):
            log("waste_bpm.x").info("looked at", sealed=1)
        log("waste_bpm.x").info("looked away")
        inside, outside = [json.loads(formatter().format(record)) for record in caplog.records]
        assert (inside["event"], inside["case"], inside["sealed"]) == ("looked at", CASE, 1)
        assert "case" not in outside

    def test_other_libraries_are_quoted_by_place_alone(self):
        record = logging.LogRecord("uvicorn.error", logging.ERROR, "p", 1, f"about {CANARY}", (), None)
        assert "canary" not in formatter().format(record)
