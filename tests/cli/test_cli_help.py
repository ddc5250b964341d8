"""Help is there at once, says the job first, and shows examples that work."""

import hashlib
import inspect
import json
import re
import resource
import shlex
import shutil
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path
from zipfile import ZipFile

import click
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.cli.conftest import CONSIGNMENT, FIND, NUMBER, ROOT, TWO_PERSONS, run
from waste_bpm.casework.peers import Peer, PeerFile
from waste_bpm.cli import main
from waste_bpm.cli.command import Who, job
from waste_bpm.cli.opening import opened
from waste_bpm.errors import RuleMissingError
from waste_bpm.utility_blocks.seal import PrivateKey, seal

HEAVY = {"sqlalchemy", "fastapi", "xmlschema", "lxml", "pydantic", "transitions", "yaml"}
CONTRACT = {
    "blocks": {"list", "show", "check"},
    "case": {"import", "show", "act", "why", "log", "messages"},
    "codes": {"show", "search", "hs", "lint"},
    "law": {"show", "lint"},
    "log": {"verify", "heads"},
    "message": {"receive", "take-in"},
    "node": {"init", "rotate", "backup", "restore", "resume", "drill", "erase", "rebuild", "token"},
    "outbox": {"list", "show", "retry", "resend", "close", "export", "slips"},
    "process": {"list", "show"},
    "rules": {"list", "show", "mapping"},
    "seal": {"key", "make", "verify", "revoke"},
    "sop": {"list", "show", "lint", "run", "print"},
}
ALONE = {"demo", "federation-demo", "serve", "work", "validate", "deadline", "check"}
LAWFUL = {0, 4}
LETTER = "urn:uuid:0408b086-8d96-549e-a5cb-fbc4267c14cc"
"""The first letter of the demonstration to the node lk."""
"""An example may end with a lawful no: that is an answer."""


def walk(command, path=()):
    """Every command with its path: groups before what is in them."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), (*path, name))


ALL = list(walk(main))
LEAVES = [(path, command) for path, command in ALL if not isinstance(command, click.Group)]


def test_the_contract_is_kept():
    promised = {(group, name) for group, names in CONTRACT.items() for name in names} | {(name,) for name in ALONE}
    assert {path for path, _ in LEAVES} >= promised


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) or "waste-bpm" for path, _ in ALL])
def test_help_says_the_job_then_three_examples_then_options(path, command):
    lines = run(*path, "--help").stdout.splitlines()
    examples = [line for line in lines if line.startswith("  waste-bpm ")]
    assert lines[0] == command.help.partition("\n")[0]
    assert lines[0].endswith(".")
    assert len(examples) == 3
    assert lines.index("Examples:") < lines.index("Options:")
    assert all(line.split()[1 : 1 + len(path)] == list(path) for line in examples)


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=[" ".join(path) for path, _ in LEAVES])
def test_every_command_speaks_json_and_its_line_in_the_table_is_its_first_line(path, command):
    group = main
    for name in path[:-1]:
        group = group.get_command(click.Context(group), name)
    assert group.table[path[-1]][1] == command.help.partition("\n")[0]
    assert any("--json" in option.opts for option in command.params)


def test_help_is_fast_and_imports_nothing_heavy():
    script = "import sys, waste_bpm.cli as c\ntry: c.main(['--help'])\nfinally: sys.stderr.write(' '.join(sys.modules))"
    times = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert not HEAVY & set(said.stderr.split())
        assert "Carry transboundary movements" in said.stdout
    assert min(times) < 0.2


def test_alone_it_names_five_things_to_do():
    said = run().stdout
    assert "Five things" in said
    assert sum(line.startswith("  waste-bpm ") for line in said.splitlines()) == 5


def test_a_wrong_word_is_answered_with_the_right_one():
    assert "Did you mean case?" in run("casr", code=2).stderr
    assert "Did you mean show?" in run("case", "shaw", "1", code=2).stderr
    assert "There are: list, show" in run("process", "xyz", code=2).stderr


def test_python_m_is_the_same_command():
    said = subprocess.run(
        [sys.executable, "-m", "waste_bpm", "--version"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert said.stdout.strip() == run("--version").stdout.strip()


def test_a_reader_that_goes_away_is_no_error():
    command = f"{shlex.quote(sys.executable)} -m waste_bpm codes search a | head -1"
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert len(said.stdout.splitlines()) == 1
    assert "Traceback" not in said.stderr
    assert "should not have happened" not in said.stderr


ANSWERS = {
    "movement_document": "yes",
    "numbers": {"evidence": [{"type": "document_no", "value": NUMBER}, {"type": "document_no", "value": "4/4"}]},
    "waste_status": "controlled_waste",
    "match": "yes",
    "consents": "transit_silent",
    "silence": "yes",
    "period": "yes",
    "shipments": "yes",
    "conditions": "yes",
    "security": "yes",
    "prohibitions": "no",
    "sign": {"evidence": [{"type": "signature", "value": "officer"}]},
    "quantity": "fits",
    "quantity_at_entry": {"answer": "fits_but_differs", "evidence": [{"type": "weight", "value": "BUS-81377"}]},
}


@pytest.fixture
def folder(demo, db, monkeypatch):
    """A folder in which the examples of the help work."""
    home = demo.parent
    monkeypatch.chdir(home)
    shutil.copy(db, home / "waste-bpm.db")
    for name in ("examples", "sops"):
        (home / name).symlink_to(ROOT / name)
    for name, file in (("letter", "lk-acknowledgement"), ("another", "lk-consent")):
        shutil.copy(CONSIGNMENT.parent / "messages" / f"{file}.xml", home / f"{name}.xml")
    run("seal", "key", "ours", "--node", "LK", "--for", "LK-CA", "--keys", "ours.json")
    shutil.copy("letter.xml", "sealed.xml")
    run("seal", "make", "sealed.xml", "--key", "ours.key.json")
    (home / "answers.json").write_text(json.dumps(ANSWERS))
    shutil.copy(ROOT / "waste_bpm" / "law" / "registers" / "waivers.csv", home)
    acknowledgement = {"country": "SG", "received_on": "2026-01-19", "acknowledged_on": "2026-01-20"}
    (home / "acknowledgement.json").write_text(json.dumps(acknowledgement))
    (home / "said.json").write_text(json.dumps({**acknowledgement, "country": "LK"}))
    (home / "letter.pdf").write_bytes(b"%PDF-1.4 trailer <<>> %%EOF")
    (home / "letter.png").write_bytes(b"\x89PNG\r\n\x1a\n....IEND\xaeB`\x82")
    (home / "find.json").write_text(json.dumps(FIND))
    (home / "ke.yaml").write_text(TWO_PERSONS)
    (home / "shipments.json").write_text(json.dumps([{"on": "notification", "step": "submit", "as": "KE-RVB"}]))
    (home / "kept.json").write_text(json.dumps({"schema": "waste-bpm/heads/v1", "node": "local", "heads": []}))
    shutil.copy(db, home / "backup.db")
    peru(home)
    return home


def peru(home):
    """A peer that the nodes of the folder know, and bundles that hold nothing."""
    secret = hashlib.sha256(b"peru").digest()
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    x, d = (urlsafe_b64encode(each).decode().rstrip("=") for each in (public, secret))
    key = PrivateKey(
        x=x,
        d=d,
        kid="peru-1",
        node="peru",
        parties=("PE-CA",),
        valid_from="2020-01-01T00:00Z",
        valid_to="2050-01-01T00:00Z",
    )
    said = Peer(node="peru", version=1, issued_at="2026-01-01T00:00:00.000Z", keys=(key.public,), parties=("PE-CA",))
    file = PeerFile(peer=said, seal=seal(said.written, key, key.valid_from).decode())
    (home / "peru.peer.json").write_text(file.model_dump_json())
    for name in ("waste-bpm.db", "node.db", "demo-output/demo.db"):
        run("node", "peer", "add", "peru.peer.json", "--fingerprint", said.fingerprint, "--db", name)
    for name in ("letters.zip", "slips.zip"):
        ZipFile(home / name, "w").close()


def proposed(*names):
    """One officer of Kenya has proposed to transmit, where its file asks for two."""
    for name in names:
        if not Path(name).exists():
            shutil.copy("backup.db", name)
        run("node", "four-eyes", "ke.yaml", "--db", name)
        run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", name)
        run("case", "act", NUMBER, "transmit", "--as", "KE-CA", "--person", "officer-17", "--db", name)


LONG = {("serve",), ("federation-demo",)}
EXAMPLES = [(path, command) for path, command in ALL if path not in LONG]


@pytest.mark.parametrize(("path", "command"), EXAMPLES, ids=[" ".join(path) or "waste-bpm" for path, _ in EXAMPLES])
def test_the_examples_work(path, command, folder):
    if path[:1] == ("message",):
        for name in ("waste-bpm.db", "node.db"):
            run("case", "act", NUMBER, "submit", "--as", "KE-RVB", "--db", name)
            run("case", "act", NUMBER, "transmit", "--as", "KE-CA", "--db", name)
    if path == ("case", "retract"):
        proposed("waste-bpm.db", "node.db", "kenya.db")
    if path == ("outbox", "replace"):
        run("outbox", "close", LETTER, "lk", "--reason", "it was rejected", "--db", "demo-output/demo.db")
    for example in command.examples:
        words = shlex.split(example.partition(" | ")[0].partition(" > ")[0].removesuffix(" 2>/dev/null"))
        result = CliRunner().invoke(main, words[1:])
        assert result.exit_code in LAWFUL, f"{example}\n{result.stdout}\n{result.stderr}"


WRITES = re.compile(r"\bwrite=|\bbring_back\(")


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=[" ".join(path) for path, _ in LEAVES])
def test_a_command_that_writes_to_a_node_says_who_may_run_it(path, command):
    """Its help tells it, and a party acts through `--as` alone or by the rows of a file."""
    writes = WRITES.search(inspect.getsource(command.callback)) is not None
    assert (command.who is not None) == writes
    if writes:
        assert f"Who may: {command.who.partition(';')[0]}" in " ".join(run(*path, "--help").stdout.split())
    if command.who is Who.PARTY:
        assert {"party", "file"} & {option.name for option in command.params}


def test_a_command_that_does_not_say_who_may_never_opens_a_node_to_write(db):
    @job(examples=())
    def forgotten():
        with opened(str(db), write=True):
            raise AssertionError("it was opened")

    result = CliRunner().invoke(forgotten, [])
    assert isinstance(result.exception, RuleMissingError)
    assert "Nothing says who may write with: forgotten." in str(result.exception)
