"""What lies in `deploy/` and stands in the operator's page names commands, options, figures and checks that exist."""

import re
import shlex
from configparser import ConfigParser

import click
import pytest
import yaml

from tests.api.conftest import EARLY, opened
from tests.cli.conftest import ROOT
from waste_bpm.casework.sealing import seal
from waste_bpm.cli import main

DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
ALERTS = yaml.safe_load((DEPLOY / "alerts.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
UNITS = sorted(file for file in DEPLOY.iterdir() if file.suffix in (".service", ".timer"))


def options(unit):
    """The sections of a unit; an option may be given more than once."""
    found = {}
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string(unit.read_text(encoding="utf-8"))
    lines = unit.read_text(encoding="utf-8").splitlines()
    for name in ("ExecStart", "Environment"):
        found[name] = [line.partition("=")[2] for line in lines if line.startswith(f"{name}=")]
    return parser, found


def exists(words):
    """Parse a command line as the program would, without running it."""
    command, path = main, []
    while isinstance(command, click.Group):
        path.append(words[0])
        command, words = command.get_command(click.Context(command), words[0]), words[1:]
        assert command is not None, path
    return command.make_context(" ".join(path), list(words))


def started():
    """Every command that a unit starts."""
    for unit in UNITS:
        for line in options(unit)[1]["ExecStart"]:
            words = shlex.split(line)
            if words[0] == "/bin/sh":
                words = shlex.split(words[2].removeprefix("exec "))
            yield pytest.param(words, id=f"{unit.name}: {' '.join(words[1:3])}")


@pytest.mark.parametrize("words", list(started()))
def test_a_unit_starts_a_command_that_exists(words):
    assert words[0] == "/opt/waste-bpm/bin/waste-bpm"
    exists(words[1:])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_has_its_sections_and_lets_a_process_end_in_order(unit):
    parser, _ = options(unit)
    assert parser.has_option("Unit", "Description")
    if "ExecStart" in unit.read_text() and parser.get("Service", "Type") == "exec":
        assert parser.get("Service", "KillSignal") == "SIGTERM"
        assert int(parser.get("Service", "TimeoutStopSec")) > 20


def settings():
    """Every variable of the environment that a command reads."""
    found, waits = set(), [main]
    while waits:
        command = waits.pop()
        found |= {param.envvar for param in command.params if param.envvar}
        if isinstance(command, click.Group):
            waits += [command.get_command(click.Context(command), name) for name in command.list_commands(None)]
    return found


def test_every_setting_that_is_made_is_one_that_is_read():
    made = {line.partition("=")[0] for unit in UNITS for line in options(unit)[1]["Environment"]}
    made |= set(COMPOSE["x-node"]["environment"])
    assert made <= settings()
    assert set(re.findall("WASTE_BPM_[A-Z]+", PAGE)) <= settings()


@pytest.mark.parametrize("name", ["init", "api", "work"])
def test_a_service_of_the_compose_file_runs_a_command_that_exists(name):
    service = COMPOSE["services"][name]
    assert service["command"][0] == "waste-bpm"
    exists(service["command"][1:])
    assert set(service["depends_on"]) <= set(COMPOSE["services"])


def test_several_processes_share_one_server_that_loses_no_commit():
    services = COMPOSE["services"]
    assert min(services[name]["deploy"]["replicas"] for name in ("api", "work")) > 1
    assert {"fsync=on", "synchronous_commit=on", "full_page_writes=on"} <= set(services["database"]["command"])
    assert {service["image"] for service in services.values()} == {"waste-bpm", "postgres"}
    named = {each.partition(":")[0] for service in services.values() for each in service["volumes"]}
    assert named == set(COMPOSE["volumes"])


@pytest.fixture(scope="module")
def figures():
    here = opened(EARLY.say)
    seal(here.node)
    here.get("/notifications/nothing")
    yield set(re.findall(r"^(waste_bpm_\w+)", here.client.get("/metrics").text, flags=re.MULTILINE))
    here.node.store.close()


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_asks_figures_that_are_given_and_is_explained(rule, figures):
    asked = set(re.findall(r"waste_bpm_\w+", rule["expr"]))
    assert asked
    assert asked - figures <= {"waste_bpm_key_seconds_left"}
    assert f"| {rule['alert']} | " in PAGE


def test_every_check_of_readiness_is_explained():
    said = (ROOT / "waste_bpm" / "casework").glob("*.py")
    names = {name for file in said for name in re.findall(r'Check\(\s*name="(\w+)"', file.read_text(encoding="utf-8"))}
    assert len(names) == 7
    assert [name for name in names if f"| `{name}` |" not in PAGE] == []


@pytest.mark.parametrize("line", re.findall(r"^    waste-bpm (.*)$", PAGE, flags=re.MULTILINE))
def test_a_command_of_the_page_exists(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("backup.db", "kept.json", "ke.yaml"):
        (tmp_path / name).touch()
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    exists(shlex.split(line.partition(" > ")[0]))
