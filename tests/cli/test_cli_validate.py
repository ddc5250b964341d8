"""Checking many messages: files, folders, archives and standard input, on all cores, with counted limits."""

import io
import json
import re
import shutil
import tarfile
import zipfile

import pytest

from tests.cli.conftest import CONSIGNMENT, run, run_json
from waste_bpm.cli import sources, validate
from waste_bpm.utility_blocks import seal

GOOD = (CONSIGNMENT.parent / "messages" / "lk-acknowledgement.xml").read_bytes()
WRONG = GOOD.replace(b"<NotificationNumber>KE", b"<NotificationNumber>ke", 1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with two good messages and a wrong one below it."""
    monkeypatch.chdir(tmp_path)
    below = tmp_path / "in" / "below"
    below.mkdir(parents=True)
    (tmp_path / "in" / "a.xml").write_bytes(GOOD)
    (below / "b.xml").write_bytes(WRONG)
    (below / "c.xml").write_bytes(GOOD)
    (below / "notes.txt").write_text("no message")
    return tmp_path


def pack(name, files):
    """An archive of the kind that its name says."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in files.items():
                archive.writestr(member, data)
        return
    with tarfile.open(name, "w:gz") as archive:
        for member, data in files.items():
            about = tarfile.TarInfo(member)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))


def rules(found):
    return {each["file"]: [finding["rule_id"] for finding in each["findings"]] for each in found["files"]}


def test_a_folder_stands_for_every_message_below_it(folder):
    found = run_json("validate", "in", code=3)
    assert rules(found) == {"in/a.xml": [], "in/below/b.xml": ["schema-invalid"], "in/below/c.xml": []}
    assert found["summary"] == {"files": 3, "wrong": 1, "rules": {"schema-invalid": 1}}


@pytest.mark.parametrize("name", ["all.zip", "all.tar.gz", "all.tgz"])
def test_an_archive_stands_for_every_message_in_it(folder, name):
    pack(name, {"x/a.xml": GOOD, "x/b.xml": WRONG, "notes.txt": b"no message"})
    found = run_json("validate", name, code=3)
    assert rules(found) == {f"{name}:x/a.xml": [], f"{name}:x/b.xml": ["schema-invalid"]}


def test_standard_input_is_one_message(folder):
    assert "-: ok" in run("validate", "-", input=GOOD).stdout
    assert run("validate", "-", input=WRONG, code=3).stdout.startswith("-: 1 finding")


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.tar.gz"])
def test_a_bomb_is_refused_by_what_was_counted(folder, name, monkeypatch):
    monkeypatch.setattr(sources, "MOST_UNPACKED", 3_000_000)
    pack(name, {"a.xml": GOOD, "b.xml": b" " * 40_000_000, "c.xml": b" " * 2_000_000, "d.xml": GOOD})
    found = rules(run_json("validate", name, code=3))
    assert found[name] == ["archive-limit-exceeded"]
    assert f"{name}:d.xml" not in found


@pytest.mark.parametrize("name", ["many.zip", "many.tar.gz"])
def test_an_archive_of_too_many_files_is_refused(folder, name, monkeypatch):
    monkeypatch.setattr(sources, "MOST_MEMBERS", 10)
    pack(name, {f"{number}.txt": b"" for number in range(11)})
    assert rules(run_json("validate", name, code=3)) == {name: ["archive-limit-exceeded"]}


@pytest.mark.parametrize("name", ["no.zip", "no.tar.gz"])
def test_what_is_no_archive_is_said_to_be_none(folder, name):
    (folder / name).write_bytes(GOOD)
    assert rules(run_json("validate", name, code=3)) == {name: ["archive-unreadable"]}


@pytest.mark.parametrize("name", ["cut.tar", "cut.tar.gz"])
def test_an_archive_that_was_cut_off_anywhere_never_looks_whole(name, folder):
    """Also where the cut falls between two members: what is lost is said, wherever it was lost."""
    pack(name, {f"{number}.xml": b"<x/>" * number for number in range(12)})
    whole = (folder / name).read_bytes()
    for cut in range(len(whole) // 2, len(whole) - 9, max(1, len(whole) // 40)):
        (folder / name).write_bytes(whole[:cut])
        assert rules(run_json("validate", name, code=3)).get(name) == ["archive-unreadable"], cut


def test_a_torn_archive_gives_what_it_holds_and_says_that_it_is_torn(folder):
    pack("torn.tar.gz", {f"{number}.xml": GOOD + b"\n" * number for number in range(50)})
    whole = (folder / "torn.tar.gz").read_bytes()
    (folder / "torn.tar.gz").write_bytes(whole[: len(whole) // 2])
    found = rules(run_json("validate", "torn.tar.gz", code=3))
    assert found.pop("torn.tar.gz") == ["archive-unreadable"]
    assert set(map(tuple, found.values())) <= {()}


def test_files_that_are_soon_checked_start_no_other_process(folder, monkeypatch):
    monkeypatch.setattr(validate, "ProcessPoolExecutor", None)
    for number in range(450):
        (folder / "in" / f"{number:04}.xml").write_bytes(GOOD)
    assert "453 files, 452 valid" in run("validate", "in", "--jobs", "2", code=3).stderr


def test_many_files_are_checked_by_several_processes_in_order(folder, monkeypatch):
    monkeypatch.setattr(validate, "_ENOUGH", 400 * len(GOOD))
    for number in range(450):
        (folder / "in" / f"{number:04}.xml").write_bytes(WRONG if number == 321 else GOOD)
    one, two = (run("validate", "in", "--jobs", jobs, code=3) for jobs in (1, 2))
    assert one.stdout == two.stdout
    assert "453 files, 451 valid, 2 with findings. By rule: schema-invalid 2." in two.stderr


def test_findings_come_in_french_too(folder):
    said = run("validate", "in/below/b.xml", "--lang", "fr", code=3)
    assert "est en minuscules" in said.stdout
    assert "Écrivez KE" in said.stdout


def test_every_word_around_a_finding_is_in_the_language_of_the_reader(folder):
    said = run("validate", "in", "--language", "fr", code=3)
    assert "b.xml: 1 constat\n" in said.stdout
    assert re.findall(r"(Où|Source|Remède|Règle) ?:", said.stdout) == ["Où", "Remède", "Règle"]
    assert "ligne 2" in said.stdout
    assert not re.search("Where|Why|Cure|Rule|block|line", re.sub("/[A-Za-z/]+", "", said.stdout))
    assert "3 fichiers, 2 valables, 1 avec des constats. Par règle : schema-invalid 1." in said.stderr


def test_a_path_that_is_not_there_is_a_wrong_use(folder):
    assert "There is no nowhere" in run("validate", "nowhere", code=2).stderr


def test_a_file_larger_than_a_message_is_refused_without_being_read_to_its_end(folder):
    (folder / "large.xml").write_bytes(b" " * 5_000_000)
    assert rules(run_json("validate", "large.xml", code=3)) == {"large.xml": ["body-too-large"]}


def test_a_seal_beside_a_file_is_verified_when_keys_are_named(folder):
    # given a key that speaks for the sender, and one sealed message of three
    run("seal", "key", "lk", "--node", "LK", "--for", "LK-CA")
    run("seal", "make", "in/a.xml", "--key", "lk.key.json")
    assert run("validate", "in/a.xml", "--keys", "keys.json").exit_code == 0
    # when the message is changed after sealing
    (folder / "in" / "a.xml").write_bytes(GOOD + b"\n")
    # then it is refused for its seal, and nobody asks when no keys are named
    found = run_json("validate", "in/a.xml", "--keys", "keys.json", code=3)
    assert rules(found) == {"in/a.xml": ["signature-invalid"]}
    assert run("validate", "in/a.xml").exit_code == 0


def test_a_private_key_is_for_its_owner_alone_and_never_written_over(folder):
    run("seal", "key", "lk", "--node", "LK", "--for", "LK-CA")
    secret, public = folder / "lk.key.json", folder / "keys.json"
    assert secret.stat().st_mode & 0o077 == 0
    kept = secret.read_bytes()
    assert json.loads(kept)["d"] not in public.read_text()
    # an id is used once, in the set and on the disk
    run("seal", "key", "lk", "--node", "LK", "--for", "LK-CA", code=3)
    public.unlink()
    run("seal", "key", "lk", "--node", "LK", "--for", "LK-CA", code=6)
    assert secret.read_bytes() == kept


def test_a_revoked_key_verifies_what_was_received_before(folder):
    run("seal", "key", "lk", "--node", "LK", "--for", "LK-CA")
    run("seal", "make", "in/a.xml", "--key", "lk.key.json")
    assert run_json("seal", "verify", "in/a.xml", "--keys", "keys.json")["files"][0]["kid"] == "lk"
    made = seal.read_keys((folder / "keys.json").read_bytes()).key("lk").valid_from.isoformat()
    run("seal", "revoke", "lk", "--keys", "keys.json", "--reason", "laptop stolen")
    run("seal", "verify", "in/a.xml", "--keys", "keys.json", code=7)
    run("seal", "verify", "in/a.xml", "--keys", "keys.json", "--at", made)
    shutil.copy("in/a.xml", "in/bare.xml")
    assert "There is no in/bare.xml.jws" in run("seal", "verify", "in/bare.xml", "--keys", "keys.json", code=3).stdout
