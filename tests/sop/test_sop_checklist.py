"""Checklists are loaded from files, refused with file and step when they do not fit, and pinned by a digest."""

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from waste_bpm import resources
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.sop.checklist import Sop, load, schema, sop, sops


def saved(folder, written, name="SOP-99.yaml"):
    path = folder / name
    path.write_text(yaml.safe_dump(written), encoding="utf-8")
    return path


def refusal(path):
    with pytest.raises(InputInvalid) as caught:
        load(path)
    return " ".join(str(finding) for finding in caught.value.findings)


def test_a_file_that_fits_is_loaded(tmp_path, written):
    loaded = load(saved(tmp_path, written))
    assert loaded.title == "A small checklist"
    assert loaded.facts == {"painted"}
    assert loaded.step("photo").required[1].label == "From the right"


def test_each_packaged_file_is_a_checklist():
    assert sorted(sops()) == sorted(path.stem for path in resources.files("sops", "*.yaml"))


def test_each_file_means_the_same_to_any_reader_of_yaml(each_sop):
    """A bare `no` is a word here and `false` to others: it has to be quoted."""
    file = resources.path("sops", f"{each_sop.id}.yaml")
    assert Sop.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))) == each_sop


def test_each_file_fits_the_published_schema(each_sop):
    file = resources.path("sops", f"{each_sop.id}.yaml")
    Draft202012Validator(schema()).validate(resources.read_yaml(file))


def test_the_published_schema_is_fresh():
    committed = json.loads(resources.path("schemas", "sop", "v1.json").read_text(encoding="utf-8"))
    assert committed == schema()
    assert committed["$id"] == "urn:waste-bpm:schema:sop:v1"


def test_an_unknown_checklist_or_step_is_answered_with_what_was_meant(small):
    with pytest.raises(NotFound, match="SOP-01"):
        sop("SOP-1")
    with pytest.raises(NotFound, match="Did you mean colour"):
        small.step("color")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda step: step.update(kind="quest"), "step colour, kind"),
        (lambda step: step.update(colour="red"), "step colour, colour"),
        (lambda step: step.pop("ask"), "step colour, ask"),
        (lambda step: step.pop("answer"), "a check or a question has an `answer`"),
        (lambda step: step.update(emits={"event": "a.b"}), "an outcome has `emits`"),
        (lambda step: step["answer"].update(of=["red"]), "two or more"),
        (lambda step: step["answer"].update(of=["red", "red", "green"]), "listed once"),
        (lambda step: step["answer"].update(of=["red", "cannot_tell"]), "always allowed"),
        (lambda step: step["answer"].update(type="yes_no"), "no other type lists any"),
        (lambda step: step.update(next=[{"when": {"is": ["answer", "red"]}, "go": "stop"}]), "a condition is one of"),
        (lambda step: step.update(next=[{"when": {"gt": ["answer"]}, "go": "stop"}]), "a name or a number"),
        (lambda step: step.update(evidence=[{"type": "smell", "label": "Smell"}]), "step colour, evidence.0.type"),
        (lambda step: step.update(id="hello"), "hello is used more than once"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_file_and_step(tmp_path, written, change, said):
    change(written["steps"][1])
    message = refusal(saved(tmp_path, written))
    assert "SOP-99.yaml" in message
    assert said in message


def test_an_outcome_ends_and_evidence_is_listed(tmp_path, written):
    written["steps"][-1]["next"] = [{"go": "hello"}]
    written["steps"][2]["evidence"] = []
    message = refusal(saved(tmp_path, written))
    assert "step stop: an outcome ends the checklist" in message
    assert "step photo: a step of kind evidence lists" in message


def test_a_file_is_named_like_its_checklist(tmp_path, written):
    assert "holds SOP-99" in refusal(saved(tmp_path, written, "SOP-98.yaml"))


@pytest.mark.parametrize("content", [[], "text", None, {"steps": ["hello"]}, {"steps": {}}])
def test_a_file_of_another_shape_is_refused(tmp_path, content):
    assert "SOP-99.yaml" in refusal(saved(tmp_path, content))


def test_the_digest_follows_every_word(written, small):
    assert Sop.model_validate(written).digest == small.digest
    written["steps"][2]["warn"] = ["Stay before the line."]
    assert Sop.model_validate(written).digest != small.digest
