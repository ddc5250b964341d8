"""Each block is a package: its manifest is derived, its examples are on file, and each gives what the manifest says."""

import json
import os
import shutil
import subprocess
from datetime import date

import jsonschema
import pytest

from waste_bpm import resources
from waste_bpm.casework.correspondence import reported
from waste_bpm.documents import check
from waste_bpm.documents.model import present_at
from waste_bpm.exchange import manifest, saying, specimens
from waste_bpm.law.rules import regime
from waste_bpm.processes import PROCESSES
from waste_bpm.utility_blocks import explain, gate, xml, xsd
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES
from waste_bpm.utility_blocks.envelope import Header
from waste_bpm.utility_blocks.policy import OWN, policy

MANIFESTS = {name: manifest.manifest(package).as_json() for name, package in BLOCKS.items()}
SPECIMENS = [each for message in MESSAGES.values() for each in specimens.specimens(message)]
EXAMPLES = [policy(package).examples for package in BLOCKS.values()]
GOOD = [each for each in SPECIMENS if not each.gives]
blocks = pytest.mark.parametrize("block", BLOCKS)
every = pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.name)


def entry(name):
    return next(each for each in MANIFESTS[MESSAGES[name].block]["messages"] if each["name"] == name)


def declared_in(message):
    """The file that declares the examples of a message."""
    return f"waste_bpm/utility_blocks/packages/{message.block}.yaml"


def documents(block):
    """The documents of a block by name, with those that are parts of others."""
    for message in saying.messages(BLOCKS[block]):
        yield message.document.__name__
        yield from (spec.type.__name__ for _, spec in manifest.walked(message) if spec.nested)


@blocks
def test_a_manifest_follows_its_schema(block):
    schema = json.loads(resources.path("schemas", "manifest", "v1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(MANIFESTS[block], schema)


@blocks
def test_the_examples_on_file_are_those_that_the_manifest_names(block):
    folder = manifest.place(BLOCKS[block])
    on_file = {each.relative_to(folder).as_posix() for each in folder.glob("examples/*")}
    named = {each["file"] for each in MANIFESTS[block]["conformanceTests"]}
    assert on_file == named, "Run `make generate`, and delete the examples that no manifest names any more."


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda each: each.file)
def test_an_example_gives_what_its_manifest_says_and_no_more(specimen):
    found = gate.findings(specimen.data)
    assert {finding.rule_id for finding in found} == set(specimen.gives), "\n".join(
        [
            f"{specimen.file} should break {', '.join(specimen.gives) or 'no rule'}, but the gate says:",
            *map(str, found),
            f"Change `says`, `minimal` or `breaks` of {specimen.message.document.__name__}, or of the part that the "
            f"finding points to, under `examples` in {declared_in(specimen.message)}.",
        ]
    )


@pytest.mark.parametrize("specimen", GOOD, ids=lambda each: each.file)
def test_a_good_example_gives_no_reason_to_look_twice(specimen):
    received = gate.read(specimen.data)
    on, stage = received.header.occurred_at.date(), specimen.message.stage
    assert check.warnings(received.document, on=on, stage=stage) == ()


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda each: each.file)
def test_lxml_and_xmlschema_find_every_example_valid_because_rules_are_not_for_schemas(specimen):
    root, package = xml.parse(specimen.data), specimen.message.package
    assert xsd.is_valid(root, package, package.minor)
    assert explain.second_opinion(root, package, package.minor)


@blocks
def test_xmllint_finds_every_example_valid(block):
    lint = shutil.which("xmllint")
    if lint is None:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail("xmllint is not installed, and REQUIRE_ALL=1 asks for it")
        # Two other judges have seen the examples; REQUIRE_ALL=1 makes this a failure.
        pytest.skip("xmllint is not installed; it is the third judge of the examples")
    package = BLOCKS[block]
    schema = resources.path("schemas", *xsd.file_of(package, package.minor))
    files = sorted(manifest.place(package, "examples").glob("*.xml"))
    said = subprocess.run(
        [lint, "--noout", "--nonet", "--schema", schema, *files], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    assert said.stderr.count(" validates") == len(files)


@every
def test_every_rule_that_refuses_a_message_has_an_example_that_breaks_it(message):
    shown = {rule for each in SPECIMENS if each.message is specimens.first_of(message) for rule in each.gives}
    unshown = [each for each in specimens.breakable(message) if each.rule.id not in shown]
    assert not unshown, "\n".join(
        [
            f"{message.name} has no example that breaks these rules; declare one in {declared_in(message)}:",
            "examples:",
            *(f"  {each.document}: {{breaks: {{{each.rule.id}: {{/{each.rule.field}: ...}}}}}}" for each in unshown),
            "Each pointer gets the value that turns the full example into a breach of this rule alone; null leaves the "
            "field out. Then run `make generate`.",
        ]
    )


def test_no_declared_breach_is_without_its_rule_and_no_document_is_declared_twice():
    declared = {(name, rule) for held in EXAMPLES for name, example in held.items() for rule in example.breaks}
    breakable = [(message, each) for message in MESSAGES.values() for each in specimens.breakable(message)]
    of_parts = {(each.document, each.rule.id) for _, each in breakable}
    assert declared <= of_parts | {(message.document.__name__, each.rule.id) for message, each in breakable}
    names = [name for held in EXAMPLES for name in held]
    assert len(names) == len(set(names))


def paths(data, message):
    root = xml.parse(data)
    found = {}
    for element in root.iter():
        names = [xml.root_name(each)[1] for each in (element, *element.iterancestors())][::-1]
        found["/".join(names[1:])] = element
    return {path for path in found if path not in ("", "Header", message.body)}


@every
def test_the_full_example_holds_every_element_and_the_minimal_one_what_is_required(message):
    full, minimal = (specimen for specimen in GOOD if specimen.message is message)
    optional = {"Header/NotificationNumber", "Header/Clock"}
    missing = {path for path, _ in manifest.walked(message)} - paths(full.data, message)
    assert {path for path in missing if not path.startswith("Header/Clock")} == set()
    assert not optional & paths(minimal.data, message)
    needed = {
        f"{message.body}/{spec.tag}" for spec, required in present_at(message.document, message.stage, 99) if required
    }
    assert needed <= paths(minimal.data, message)


OF_A_CASE = [each for each in GOOD if each.message.package.header == "case"]
OF_NO_CASE = [each for each in GOOD if each not in OF_A_CASE]


@pytest.mark.parametrize("specimen", OF_NO_CASE, ids=lambda each: each.file)
def test_an_example_of_what_no_step_says_is_said_on_its_occasion(specimen):
    header, (said,) = gate.read(specimen.data).header, saying.sayings(specimen.message.name)
    assert (header.recorded, said.event) == ((), None)
    assert header.sender.role in said.senders
    assert {each.role for each in header.receivers} <= set(said.receivers)
    assert header.exercise


@pytest.mark.parametrize("specimen", OF_A_CASE, ids=lambda each: each.file)
def test_an_example_is_said_under_a_regime_that_has_its_step_and_is_in_force_on_its_day(specimen):
    received = gate.read(specimen.data)
    (event,) = reported(received)
    profile, day = received.header.profile, received.header.occurred_at.date()
    assert profile in (PROCESSES[event.process].by_event[event.type].regimes or {profile})
    assert any(rule.on(day) for rule in regime(profile).rules.values())
    assert getattr(received.document, "regime", None) in (None, profile)


def test_examples_of_the_union_are_of_the_days_of_its_regulation():
    under_eu = [gate.read(each.data) for each in OF_A_CASE if b"<Profile>EU</Profile>" in each.data]
    assert {each.message.block for each in under_eu} >= {"UB-TMW-01", "UB-TMW-08"}
    assert min(each.header.occurred_at.date() for each in under_eu) >= date(2026, 5, 21)
    assert b"<Profile>BASEL</Profile>" not in b"".join(each.data for each in GOOD if each.message.block == "UB-TMW-08")


@pytest.mark.parametrize("specimen", OF_A_CASE, ids=lambda each: each.file)
def test_an_example_reports_an_event_of_a_step_that_says_it(specimen):
    """What a step emits, the other side takes in by the same row."""
    received = gate.read(specimen.data)
    (event,) = reported(received)
    step = PROCESSES[event.process].by_event[event.type]
    assert step.says == specimen.message.name
    assert received.header.sender.role in saying.sayings(specimen.message.name)[0].senders
    assert {each.role for each in received.header.receivers} <= set(step.to)
    assert received.header.exercise


@pytest.mark.parametrize(
    ("message", "answer", "rule"),
    [
        ("NotificationAcknowledgement", "ConsentDecision", "transit_answer"),
        ("NotificationAcknowledgement", "TacitConsentNotice", "transit_answer"),
        ("DepartureNotice", "FacilityReceipt", "receipt_watch"),
        ("FacilityReceipt", "TreatmentCompletion", "completion_latest"),
        ("InformationRequest", "InformationReply", None),
        ("TakeBackRequest", "TakeBackResponse", None),
    ],
)
def test_what_answers_a_message_follows_from_the_clock_it_starts_or_is_declared(message, answer, rule):
    assert (answer, rule) in {(each["message"], each.get("rule")) for each in entry(message)["replies"]}


def test_a_deadline_stands_in_the_manifest_as_each_regime_sets_it():
    replies = entry("NotificationAcknowledgement")["replies"]
    terms = next(each["terms"] for each in replies if each.get("rule") == "transit_answer")
    basel = [(each["value"], each["unit"]) for each in terms if each["regime"] == "BASEL"]
    assert basel == [(60, "calendar days")]
    assert {each["regime"] for each in terms} >= {"BASEL", "OECD", "EU"}


def test_who_says_and_who_is_told_follow_from_the_steps():
    said = entry("TacitConsentNotice")
    assert "clock" not in said["senders"]
    assert entry("NotificationSubmission")["senders"] == ["notifier"]
    assert entry("NotificationSubmission")["receivers"] == ["export_authority"]


@blocks
def test_each_clause_names_its_source_and_each_declared_answer_exists(block):
    held = policy(BLOCKS[block])
    for clause in (held.purpose, *held.access, *held.personal_data, *held.retention, *held.disputes):
        assert clause.source == OWN or clause.confidence
    for name, answer in held.replies.items():
        assert {name, answer.by} <= set(MESSAGES)
    assert set(held.examples) <= set(documents(block))


def test_an_address_or_a_name_is_never_in_a_message_without_being_called_personal():
    for message in MESSAGES.values():
        for path, spec in manifest.walked(message):
            if spec.lexical and spec.lexical.name in ("Email", "Phone"):
                assert spec.block.personal, path


def test_the_header_names_no_person():
    assert not [spec for spec, _ in present_at(Header, None, 0) if spec.block.personal]
