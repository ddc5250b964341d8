"""The utility blocks on the command line: their four parts, and the messages of another system judged by them."""

import shutil

import pytest

from tests.cli.conftest import run, run_json
from waste_bpm.cli import pages_blocks
from waste_bpm.documents.life import matrix
from waste_bpm.documents.movement import Movement
from waste_bpm.exchange import manifest
from waste_bpm.utility_blocks.catalogue import BLOCKS, MESSAGES

EXAMPLES = manifest.place(BLOCKS["UB-TMW-03"], "examples")


def test_a_block_is_shown_with_its_manifest_and_the_matrix_of_each_document():
    said = run_json("blocks", "show", "UB-TMW-03")
    assert said["manifest"] == manifest.manifest(BLOCKS["UB-TMW-03"]).as_json()
    announced = next(each for each in said["messages"] if each["name"] == "MovementAnnouncement")
    assert announced["data"]["matrix"] == matrix(Movement)


def test_a_block_says_for_people_what_it_is_for_and_what_answers_what():
    said = run("blocks", "show", "UB-TMW-01").stdout
    assert "Purpose:" in said
    assert "Answer:    InformationReply (Basel Art. 6(2))" in said
    assert "Answer:    ConsentDecision (transit_answer)" in said


@pytest.fixture
def partner(tmp_path):
    """A folder in which a partner keeps what its own system writes."""
    for name in ("CarrierTransfer-full.xml", "CarrierTransfer-m8-two-carriers.xml", "DepartureNotice-minimal.xml"):
        shutil.copy(EXAMPLES / name, tmp_path)
    return tmp_path


def test_a_partner_sees_that_each_file_gives_what_it_has_to_and_what_is_missing(partner):
    said = run_json("blocks", "check", partner, "--block", "ub-tmw-03")
    assert all(each["as_expected"] for each in said["files"])
    assert {each.name for each in MESSAGES.values() if each.block == "UB-TMW-03"} - {
        "CarrierTransfer",
        "DepartureNotice",
    } == set(said["unseen"]["UB-TMW-03"])


def test_a_file_that_should_break_a_rule_and_does_not_is_told(partner):
    shutil.copy(EXAMPLES / "CarrierTransfer-full.xml", partner / "CarrierTransfer-m8-two-carriers.xml")
    said = run("blocks", "check", partner, code=3)
    assert "CarrierTransfer-m8-two-carriers.xml: nothing to say" in said.stdout
    assert "expected: m8-two-carriers" in said.stdout
    assert "3 files, 1 not as expected." in said.stderr


def test_any_other_file_has_to_be_valid(partner):
    shutil.copy(EXAMPLES / "CarrierTransfer-m8-two-carriers.xml", partner / "ours.xml")
    assert "expected: nothing to say" in run("blocks", "check", partner, code=3).stdout


def test_a_folder_without_messages_and_a_block_that_nobody_speaks_are_told(tmp_path):
    assert "nothing-to-check" in run("blocks", "check", tmp_path, code=3).stdout
    assert "There is no block" in run("blocks", "check", tmp_path, "--block", "UB-TMW-77", code=5).stdout


@pytest.mark.parametrize(
    ("block", "speaks", "hears"),
    [
        ("UB-TMW-00", "node that received", "node that sent"),
        ("UB-TMW-09", "export authority, transit authority, import authority", "secretariat"),
    ],
)
def test_the_page_of_a_block_that_no_step_speaks_draws_who_says_it_to_whom(block, speaks, hears):
    page = dict(pages_blocks.pages())[f"{block}.md"]
    assert f"participant P0 as {speaks}\n" in page
    assert f"participant P1 as {hears}\n" in page
    assert all(f"P0->>P1: {each.name}\n" in page for each in MESSAGES.values() if each.block == block)
