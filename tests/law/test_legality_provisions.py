"""The files of provisions: each value is dated and cited, each phrase can be asked, and a mistake is named."""

from pathlib import Path

import pytest

from waste_bpm.errors import InputInvalid
from waste_bpm.law.legality.facts import phrase
from waste_bpm.law.legality.provisions import chapter, read

CHAPTERS = ("prohibitions", "routes", "notifiers", "conditions")
PROVISIONS = [(name, each) for name in CHAPTERS for each in chapter(name).provisions]


@pytest.mark.parametrize(
    ("name", "each"), PROVISIONS, ids=[f"{name}-{each.id}-{each.since}" for name, each in PROVISIONS]
)
def test_a_provision_has_its_days_and_its_citation(name, each):
    assert each.reference
    assert each.until is None or each.since <= each.until


@pytest.mark.parametrize("each", chapter("prohibitions").provisions, ids=lambda each: f"{each.id}-{each.since}")
def test_a_prohibition_says_what_it_forbids_how_to_cure_it_and_on_what_it_turns(each):
    assert each.says
    assert each.fix
    assert each.when
    assert each.step


def test_the_prohibitions_stand_in_the_order_in_which_they_are_asked():
    steps = [each.step for each in chapter("prohibitions").provisions]
    assert steps == sorted(steps)


@pytest.mark.parametrize("text", ["waste is beautiful", "export in NATO", "import of EU", ""])
def test_a_phrase_that_nobody_can_answer_is_none(text):
    assert phrase(text) is None


GOOD = """\
title: Prohibitions
rules:
  a-rule:
    outcome: prohibited
    says: It may not go.
    when: [export in EU]
    values:
      2020-01-01: {reference: "An article"}
      2021-01-01: {reference: "Another article", when: [import in EU]}
      2022-01-01: null
"""


def test_values_follow_each_other_and_null_ends_them(tmp_path: Path):
    file = tmp_path / "prohibitions.yaml"
    file.write_text(GOOD, encoding="utf-8")
    found = [(str(each.since), str(each.until), each.when[0].text) for each in read(file).provisions]
    assert found == [("2020-01-01", "2020-12-31", "export in EU"), ("2021-01-01", "2021-12-31", "import in EU")]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("export in EU", "export in NATO", "nobody can answer the phrase 'export in NATO'"),
        ('{reference: "An article"}', '{reference: ""}', "a value has no reference"),
        ("outcome: prohibited", "outcome: forbidden", "its outcome is none of"),
        ("says:", "mood: bad\n    says:", "a key 'mood' that means nothing"),
        ('"An article"', '"An article", confidence: hope', "its confidence is none that we know"),
        ("outcome: prohibited", "outcome: prohibited\n    procedure: magic", "there is no procedure 'magic'"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_entry(tmp_path: Path, old: str, new: str, says: str):
    file = tmp_path / "prohibitions.yaml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputInvalid) as caught:
        read(file)
    assert [says in finding.message for finding in caught.value.findings] == [True]
    assert caught.value.findings[0].pointer == "/rules/a-rule"
