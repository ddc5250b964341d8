"""Workers, readiness and the end in order: real processes on a file and on a server, letters laid into folders."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace

import pytest

from tests import engines
from tests.api.conftest import opened
from tests.casework.test_sealing import places
from tests.cli.conftest import NUMBER, ROOT, run, run_json
from tests.stage import DEMO, case_id, entry, node_of, part, world
from waste_bpm.casework.health import Check, checks, disk, nearly_full
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.outbox import waiting
from waste_bpm.casework.sealing import seal
from waste_bpm.casework.store import Store
from waste_bpm.casework.work import Worker, work
from waste_bpm.errors import Unavailable
from waste_bpm.exchange.folder import Folders
from waste_bpm.simulation.world import play


def began(*args, says="Working on"):
    """A process of ours that said that it began."""
    process = subprocess.Popen(
        [sys.executable, "-m", "waste_bpm", *map(str, args)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    line = process.stderr.readline()
    assert says in line, line + process.stderr.read()
    return process


def ended(process):
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=20)
    return process.returncode, *said


def until(holds, seconds=20):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it does not come to hold"
        time.sleep(0.05)


class TestOneRound:
    def test_seals_and_lays_letters_into_the_folder_of_each_node(self, transmitted, tmp_path):
        """Given letters for Sri Lanka, when a round is done, then they lie there as files and go on waiting."""
        said = run_json("work", "--once", "--outbox", tmp_path / "out", "--db", transmitted)
        letters = run_json("outbox", "list", "--db", transmitted)["letters"]
        files = {file.name for file in (tmp_path / "out" / "lk").iterdir()}
        assert files == {each["message"].removeprefix("urn:uuid:") + ".xml" for each in letters}
        assert (said["delivered"], said["sealed"] > 1) == (len(letters), True)
        assert run_json("log", "verify", "--db", transmitted)["keys"] == ["local-1"]

    def test_lays_nothing_twice(self, transmitted, tmp_path):
        run("work", "--once", "--outbox", tmp_path / "out", "--db", transmitted)
        said = run_json("work", "--once", "--outbox", tmp_path / "out", "--db", transmitted)
        assert (said["delivered"], said["sealed"], said["lapsed"]) == (0, 0, 0)

    def test_that_cannot_be_done_says_so(self, transmitted, tmp_path):
        run("node", "backup", tmp_path / "b.db", "--db", transmitted)
        run("node", "restore", tmp_path / "b.db", "--db", tmp_path / "r.db")
        (finding,) = run_json("work", "--once", "--db", tmp_path / "r.db", code=8)["findings"]
        assert "takes nothing more" in finding["message"]


class TestAWorker:
    def test_ends_in_order_when_told_and_the_next_one_goes_on(self, transmitted, tmp_path):
        process = began("work", "--every", "0.1", "--db", transmitted)
        code, stdout, stderr = ended(process)
        assert code == 0, stderr
        assert "sealed" in stdout
        assert not transmitted.with_name("node.db-wal").exists()
        run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", transmitted, code=4)
        assert run_json("work", "--once", "--db", transmitted)["sealed"] == 0

    def test_two_of_them_share_a_server_and_a_killed_one_is_no_loss(self, tmp_path):
        """Given two workers over one PostgreSQL, when one is killed, then the other seals and lays out the rest."""
        url = engines.server().create(engines.prepared())
        made = world(DEMO, url)
        for _ in play(made, part("Shipment 1 of 25.0 t is announced")):
            pass
        node, env = node_of(made), ("--every", "0.1", "--outbox", tmp_path / "out", "--db", url)
        first, second = began("work", *env), began("work", *env)
        until(lambda: len(places(node)) > 5)
        first.kill()
        first.communicate()
        act(node, Request(case_id=case_id(), **entry("Shipment 1 of 25.0 t is announced")))
        laid = tmp_path / "out" / "lk"
        until(lambda: seal(node) == 0 and len(list(laid.glob("*.xml"))) == len(waiting(node)))
        code, _, stderr = ended(second)
        assert code == 0, stderr
        node.store.close()

    def test_that_breaks_goes_on_and_says_why(self):
        here = opened("The notifier submits it to the authority of Kenya.")
        times = iter([ZeroDivisionError])

        def deliver(_):
            if broken := next(times, None):
                raise broken
            return 0

        worker = Worker(here.node, deliver=deliver)
        with worker:
            until(lambda: worker.failed)
            assert worker.check() == Check(
                name="worker", well=False, says="its last round failed: ZeroDivisionError, see the log"
            )
            worker.round()
            assert worker.check().well
        assert worker.check().says == "the worker has ended"
        here.node.store.close()


class TestReadiness:
    @pytest.fixture
    def here(self):
        found = opened("The notifier submits it to the authority of Kenya.")
        yield found
        found.node.store.close()

    def ready(self, here, *asked):
        here.client.app.state.checks = asked
        return here.get("/health/ready", None)

    def test_names_every_check(self, here):
        said = self.ready(here, lambda: Check(name="worker", well=True, says="last round just now")).json()
        assert said["status"] == "ready"
        assert {each["name"] for each in said["checks"]} == {
            "database",
            "schema",
            "writer",
            "keys",
            "mode",
            "turned-away",
            "worker",
        }
        assert all(each["says"] for each in said["checks"])

    def test_gives_the_reason_of_each_check_that_is_not_well(self, here, tmp_path):
        here.node.store.halts.append(nearly_full(tmp_path, reserve=10**9))
        said = self.ready(here, disk(tmp_path, reserve=10**9))
        assert (said.status_code, said.headers["retry-after"]) == (503, "30")
        assert {each["rule_id"] for each in said.json()["findings"]} == {"ready-mode", "ready-disk"}

    def test_a_database_that_takes_nothing_is_not_ready(self, tmp_path, here):
        Store(f"sqlite:///{tmp_path}/node.db").close()
        reader = replace(here.node, store=Store(f"sqlite:///{tmp_path}/node.db", read_only=True))
        assert [each.name for each in checks(reader) if not each.well] == ["database"]
        reader.store.close()

    def test_a_node_whose_keys_have_ended_is_not_ready(self, tmp_path):
        file = tmp_path / "kenya.db"
        run("node", "init", "kenya", "--days", "1", "--db", file)
        process = subprocess.run(
            [sys.executable, "-c", _ASKS_LATER, str(file)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert json.loads(process.stdout) == {
            "in an hour": "kenya-1 is good until",
            "in two days": "no key is good now",
        }


_ASKS_LATER = """
import json, sys
from dataclasses import replace
from datetime import timedelta
from waste_bpm.casework.health import checks
from waste_bpm.cli import clock
from waste_bpm.cli.key_files import key_place, signing
from waste_bpm.cli.opening import opened
said = {}
with opened(sys.argv[1], write=True) as node:
    node = signing(node, key_place(sys.argv[1], None))
    for name, later in (("in an hour", 1), ("in two days", 48)):
        at = clock.now() + timedelta(hours=later)
        says = next(each for each in checks(replace(node, clock=lambda: at)) if each.name == "keys").says
        said[name] = says[:21] if "until" in says else says
print(json.dumps(said))
"""


class TestADiskThatIsNearlyFull:
    def test_lets_read_and_takes_nothing_until_there_is_room(self, tmp_path):
        """Given less room than the reserve, when somebody acts, then 503 with Retry-After; reading goes on."""
        here = opened("The notifier submits it to the authority of Kenya.")
        halt = nearly_full(tmp_path, reserve=10**9)
        here.node.store.halts.append(halt)
        refused = here.step(f"/notifications/{case_id()}/steps/submit", "KE-RVB")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
        assert refused.json()["findings"][0]["rule_id"] == "disk-nearly-full"
        assert here.get(f"/notifications/{case_id()}").status_code == 200
        with pytest.raises(Unavailable, match="takes nothing more"):
            work(here.node)
        here.node.store.halts.clear()
        assert here.step(f"/notifications/{case_id()}/steps/submit", "KE-RVB").status_code == 200
        here.node.store.close()

    def test_is_told_by_the_server_that_is_started_on_it(self, transmitted):
        process = began("serve", "--port", "0", "--reserve", "1000000", "--db", transmitted, says="Serving")
        address = process.stderr.readline().split()[-1].removesuffix("/docs")
        with pytest.raises(urllib.error.HTTPError) as answered:
            urllib.request.urlopen(f"{address}/health/ready", timeout=20)  # noqa: S310 - our own server
        reasons = {each["rule_id"] for each in json.load(answered.value)["findings"]}
        answered.value.close()
        assert {"ready-mode", "ready-disk"} <= reasons
        assert ended(process)[0] == 0


def test_a_folder_keeps_what_is_no_receipt_apart_from_what_is(tmp_path):
    """Given letters that were laid into a folder, then they still wait; when one is delivered, it is forgotten."""
    made = world(DEMO)
    for _ in play(made, part("Shipment 1 departs")):
        pass
    node, lay = node_of(made), Folders(tmp_path)
    assert lay(node) == len(waiting(node)) > 1
    assert lay(node) == 0
    assert Folders(tmp_path)(node) == 0
    node.store.close()
