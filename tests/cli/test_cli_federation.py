"""The demonstration of a federation: its troubles fit the story, its cable is one, its folder is its own.

The whole of it is a command; here stand the parts that are quick to try.
"""

import socket
from contextlib import suppress
from threading import Thread

import pytest

from tests.cli.conftest import run
from waste_bpm.cli.demo import STORY
from waste_bpm.cli.federation import HOSTS, LINK
from waste_bpm.cli.federation_cable import Cable
from waste_bpm.cli.federation_demo import TROUBLES
from waste_bpm.simulation.scenario import consignment_of, scenario


@pytest.fixture
def far():
    """Somebody who says back what he hears, at the far end."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer(end):
        with end:
            end.sendall(end.recv(100))

    def echo():
        with suppress(OSError):
            while True:
                Thread(target=answer, args=listening.accept()[:1], daemon=True).start()

    Thread(target=echo, daemon=True).start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def said(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as end:
        end.sendall(b"hello")
        return end.recv(100)


def test_a_cable_carries_while_it_is_whole_and_refuses_while_it_is_cut(far):
    cable = Cable(far)
    assert said(cable.port) == b"hello"
    cable.cut()
    with pytest.raises(ConnectionRefusedError):
        said(cable.port)
    cable.mend()
    assert said(cable.port) == b"hello"
    cable.cut()


def test_what_goes_through_a_cable_ends_when_it_is_cut(far):
    cable = Cable(far)
    with socket.create_connection(("127.0.0.1", cable.port), timeout=5) as end:
        assert said(cable.port) == b"hello"
        cable.cut()
        assert end.recv(100) == b""


def test_each_trouble_comes_at_one_step_of_the_story_and_is_put_right():
    steps = [(entry.on, entry.step) for entry in scenario(STORY).steps if not entry.expect]
    assert [steps.count((each.on, each.step)) for each in TROUBLES] == [1] * len(TROUBLES)
    assert [each.what for each in TROUBLES] == ["kill", "serve", "part", "join", "kill", "serve"]
    at = [steps.index((each.on, each.step)) for each in TROUBLES]
    assert at == sorted(at)


def test_each_party_acts_on_one_node():
    homes = [state for states in HOSTS.values() for state in states]
    assert sorted(homes) == sorted({party.home for party in consignment_of(scenario(STORY)).parties})
    assert set(LINK) < set(HOSTS)


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    assert "folder-in-use" in run("federation-demo", "--out", tmp_path, code=3).stdout
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]
