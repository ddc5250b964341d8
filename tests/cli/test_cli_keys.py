"""The keys of a node and the heads that others keep, from the command line."""

import json
import stat

import pytest

from tests.cli.conftest import CONSIGNMENT, NUMBER, run, run_json
from tests.cli.test_cli_node import spoil
from waste_bpm.casework.registers import open_node
from waste_bpm.casework.sealing import seal
from waste_bpm.casework.store import Store
from waste_bpm.cli import clock
from waste_bpm.cli.key_files import key_place, signing
from waste_bpm.errors import InputInvalid, NotPermitted, Unavailable


def sealed(file, *, at=None):
    """Set a head over what is recorded, with the key that lies beside the database."""
    store = Store(f"sqlite:///{file}")
    try:
        node = signing(open_node(store, at or clock.now, clock.identity), key_place(str(file), None))
        return seal(node)
    finally:
        store.close()


@pytest.fixture
def begun(tmp_path):
    """A node with a key, and the draft of a notification under a signed head."""
    file = tmp_path / "kenya.db"
    run("node", "init", "kenya", "--db", file)
    run("case", "import", CONSIGNMENT, "--host", "KE", "--db", file)
    sealed(file)
    return file


def test_a_node_begins_with_a_key_that_only_its_owner_may_read(tmp_path):
    file = tmp_path / "kenya.db"
    said = run_json("node", "init", "kenya", "--db", file)
    place = tmp_path / "kenya.db.key.json"
    assert said["private"] == str(place)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    secret = json.loads(place.read_text())["d"]
    assert "d" not in said["key"]
    assert secret.encode() not in file.read_bytes()


def test_a_node_has_one_name_and_one_beginning(begun):
    assert run_json("node", "init", "kenya", "--db", begun, code=6)["findings"][0]["rule_id"] == "key-there"
    assert run_json("node", "init", "uganda", "--db", begun, code=6)["findings"][0]["rule_id"] == "node-there"
    assert run_json("case", "import", CONSIGNMENT, "--host", "KE", "--db", begun)["node"] == "kenya"


def test_heads_are_signed_and_proved_with_the_public_key_of_the_node(begun):
    said = run_json("log", "verify", "--db", begun)
    assert (said["whole"], said["heads"], said["keys"]) == (True, 1, ["kenya-1"])
    assert "1 head, proved by kenya-1." in run("log", "verify", "--db", begun).stdout


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE head SET signature = NULL",
        "UPDATE head SET signature = X'666f72676564'",
        'UPDATE setting SET value = replace(value, \'"kid":"kenya-1"\', \'"kid":"kenya-9"\') WHERE name = \'keys\'',
    ],
    ids=["taken off", "forged", "by a key that the node does not have"],
)
def test_a_head_without_a_good_signature_is_found(change, begun):
    spoil(begun, "DROP TRIGGER head_no_update", change)
    said = run_json("log", "verify", "--db", begun, code=3)
    assert said["broken"]["what"] == "the head is not signed by this node"
    assert run_json("check", "--db", begun, code=3)["findings"][0]["rule_id"] == "log-broken"


def test_after_a_rotation_old_and_new_heads_are_proved(begun):
    """Given a head signed by the first key, when the second one signs the next, then both are proved."""
    before = run_json("log", "heads", "--db", begun)
    made = run_json("node", "rotate", "--overlap", "1", "--db", begun)
    run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", begun)
    sealed(begun)
    said = run_json("log", "verify", "--db", begun)
    assert (said["whole"], said["heads"], said["keys"]) == (True, 2, ["kenya-1", "kenya-2"])
    assert made["key"]["kid"] == "kenya-2"
    assert json.loads((begun.parent / "kenya.db.key.json").read_text())["kid"] == "kenya-2"
    assert before["heads"][0]["hash"] == run_json("log", "heads", "--last", "2", "--db", begun)["heads"][0]["hash"]


def test_a_revoked_key_proves_what_it_signed_before_and_nothing_after(begun):
    old = (begun.parent / "kenya.db.key.json").read_text()
    run("node", "rotate", "--revoke", "the disk was stolen", "--db", begun)
    assert run_json("log", "verify", "--db", begun)["whole"] is True
    (begun.parent / "kenya.db.key.json").write_text(old)
    run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", begun)
    with pytest.raises(NotPermitted, match="revoked"):
        sealed(begun)


def test_what_was_sealed_before_the_first_key_needs_no_signature(db):
    store = Store(f"sqlite:///{db}")
    seal(open_node(store, clock.now, clock.identity))
    store.close()
    run("node", "init", "local", "--db", db)
    run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", db)
    sealed(db)
    assert run_json("log", "verify", "--db", db)["heads"] == 2


def test_heads_that_others_keep_are_found_again_or_missed(begun, tmp_path):
    """Given a head that a peer keeps, when the log is written anew, then the peer's file shows it."""
    kept = tmp_path / "kept.json"
    kept.write_text(run("log", "heads", "--db", begun).stdout)
    assert run_json("log", "verify", "--kept", kept, "--db", begun)["kept"] == 1
    spoil(begun, "DROP TRIGGER head_no_delete", "DELETE FROM head", "DROP TRIGGER feed_no_delete", "DELETE FROM feed")
    sealed(begun)
    assert run_json("log", "verify", "--db", begun)["whole"] is True
    said = run_json("log", "verify", "--kept", kept, "--db", begun, code=3)
    assert "the log was written anew" in said["broken"]["what"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('"node": "kenya"', '"node": "uganda"', "heads-of-another-node"),
        ('"position": 1', '"position": 2', "head-changed"),
        ('"position": 1', '"place": 1', "heads-malformed"),
    ],
)
def test_a_file_that_holds_no_heads_of_this_node_proves_nothing(old, new, rule, begun, tmp_path):
    kept = tmp_path / "kept.json"
    kept.write_text(run("log", "heads", "--db", begun).stdout.replace(old, new))
    assert run_json("log", "verify", "--kept", kept, "--db", begun, code=3)["findings"][0]["rule_id"] == rule


class TestAKeyFile:
    def test_that_others_may_read_is_refused(self, begun):
        (begun.parent / "kenya.db.key.json").chmod(0o640)
        with pytest.raises(NotPermitted, match="Others than its owner"):
            sealed(begun)

    def test_that_is_gone_stops_the_node_from_serving(self, begun):
        (begun.parent / "kenya.db.key.json").unlink()
        with pytest.raises(Unavailable, match="private key is missing"):
            sealed(begun)

    def test_of_another_node_is_refused(self, begun, tmp_path):
        run("node", "init", "uganda", "--db", tmp_path / "uganda.db")
        (tmp_path / "uganda.db.key.json").replace(tmp_path / "kenya.db.key.json")
        with pytest.raises(InputInvalid, match="belongs to none of the public keys"):
            sealed(begun)

    def test_of_a_node_on_a_server_must_be_named(self):
        said = run_json("node", "init", "kenya", "--db", "postgresql://nowhere/kenya", code=3)
        assert said["findings"][0]["rule_id"] == "key-file-needed"
