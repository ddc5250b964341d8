"""A letter is written in a version of its block that every node speaks to which it goes."""

from dataclasses import replace

import pytest

from tests.casefile import CASE, CaseFile
from waste_bpm.casework.log import messages
from waste_bpm.casework.peers import Peer, spoken
from waste_bpm.casework.traffic import PEER
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.catalogue import BLOCKS

BLOCK = "UB-TMW-03"
CONTAINERS = ["MSKU9070323"]


@pytest.fixture
def file():
    """Kenya and Korea on a node each, with all consents."""
    made = CaseFile(states=("KE", "KR"), each=True).effective()
    yield made
    for node in made.world.nodes.values():
        node.store.close()


def korea_speaks(file, minor):
    """Korea has said that it speaks this minor version of the block on movements."""
    nodes = file.world.nodes
    nodes["ke"] = replace(nodes["ke"], speaks=lambda name, block: minor if (name, block) == ("kr", BLOCK) else None)
    return file


def announced(file, **said):
    file.act("KE-N", "movement/1", "announce", {**file.usual("movement/1", "announce"), **said})
    letter = next(each for each in messages(file.world.nodes["ke"].store, CASE) if each.name == "MovementAnnouncement")
    return letter.body


def test_a_node_that_has_not_said_gets_the_newest(file):
    assert f'schemaVersion="{BLOCKS[BLOCK].version}"'.encode() in announced(file)


def test_a_node_that_speaks_an_older_version_gets_that(file):
    data = announced(korea_speaks(file, 0))
    assert b'schemaVersion="1.0"' in data
    assert gate.read(data).document.serial == 1


def test_a_node_that_speaks_a_newer_version_than_this_one_gets_the_newest_of_here(file):
    assert f'schemaVersion="{BLOCKS[BLOCK].version}"'.encode() in announced(korea_speaks(file, 9))


def test_what_the_older_version_cannot_say_is_not_left_out_in_silence(file):
    """Given Korea at 1.0, when containers are announced, then the act is refused, and nothing of it is there."""
    korea_speaks(file, 0)
    data = {**file.usual("movement/1", "announce"), "containers": CONTAINERS}
    assert file.refused("KE-N", "movement/1", "announce", data) == {"version-spoken"}
    assert file.events("MovementAnnounced") == []
    assert announced(korea_speaks(file, None), containers=CONTAINERS)


@pytest.mark.parametrize(("said", "minor"), [("1.0", 0), ("1.7", 7), ("2.0", None), ("", None), ("1", None)])
def test_what_a_peer_speaks_is_what_its_file_says_of_the_same_major_version(file, said, minor):
    store = file.world.nodes["ke"].store
    key = {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "kid": "kr-1", "node": "kr", "parties": ["KR-CA"]}
    key |= {"valid_from": "2020-01-01T00:00Z", "valid_to": "2050-01-01T00:00Z"}
    peer = Peer(node="kr", version=1, issued_at="2026-01-01T00:00:00.000Z", keys=[key], speaks={BLOCK: said})
    store.replace(PEER, [{"node": "kr", "version": 1, "about": peer.written}])
    assert spoken(store)("kr", BLOCK) == minor
    assert spoken(store)("sg", BLOCK) is None
