"""Whoever reads French reads French alone: every sentence, every cure, and every phrase that is put into one."""

import ast
import inspect
import re
from datetime import date
from itertools import chain
from pathlib import Path
from textwrap import dedent

import pytest

import waste_bpm
from tests.utility_blocks.test_readable import IN_JSON, IN_XML, STORED, with_mistake
from waste_bpm import resources
from waste_bpm.documents import check
from waste_bpm.documents.model import rules
from waste_bpm.documents.shape import how_to_write
from waste_bpm.errors import InputInvalid
from waste_bpm.exchange import manifest, specimens
from waste_bpm.law import codes, countries, numbers
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.phase import WORDS
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.utility_blocks.wording import in_language, languages, phrase, sentences
from waste_bpm.vocabulary import Finding, Role

ENGLISH = re.compile(
    r"\b(the|is|are|was|be|and|of|not|no|with|without|give|name|must|than|this|that|which|write|here|there|it|its|"
    r"in|to|for|from|only|has|have|one|each|when|what|or|by|at|leave|more|less|block|box|says?)\b",
    re.IGNORECASE,
)
SPELT = re.compile(
    r"<[^<>]+>[^<>]*(</[^<>]+>)?|(?<![\w])'[^']*'|\"[^\"]*\"|urn:\S+|Vouliez-vous dire [^?]*|(?<=Connus ici : )[\w, ]+|"
    r"\b[A-Z][A-Za-z]*[a-z][A-Z]\w*|/[\w\[\]/]+|\b[a-z]+_[a-z_]+"
)
"""What is quoted as it stands: elements, values, names with a capital inside, paths and fields."""
OTHERS = [language for language in languages() if language != "en"]
every_language = pytest.mark.parametrize("language", OTHERS)


def left_in_english(said: str) -> list[str]:
    """The English words of a sentence, quotations left out."""
    return [found[0] for found in ENGLISH.finditer(SPELT.sub(" ", said))]


def reads_french(finding) -> None:
    told = in_language(finding, "fr")
    assert told.message != finding.message
    assert told.fix != finding.fix or told.fix is None
    assert left_in_english(told.message) == [], told.message
    assert left_in_english(told.fix or "") == [], told.fix


@pytest.mark.parametrize(("name", "old", "new"), [row[:3] for row in IN_XML])
def test_a_mistake_in_xml_is_told_in_french_without_a_word_of_english(name, old, new):
    for finding in gate.findings(re.sub(old, new, STORED[name], count=1)):
        reads_french(finding)


@pytest.mark.parametrize(("model", "pointer", "value"), [row[:3] for row in IN_JSON])
def test_a_mistake_in_json_is_told_in_french_without_a_word_of_english(model, pointer, value):
    with pytest.raises(InputInvalid) as refused:
        check.read(model, with_mistake(model, pointer, value), on=date(2026, 6, 1))
    for finding in refused.value.findings:
        reads_french(finding)


WRONG = [each for message in MESSAGES.values() for each in specimens.specimens(message) if each.gives]


@pytest.mark.parametrize("specimen", WRONG, ids=lambda each: each.file)
def test_the_breach_of_a_rule_is_told_in_french_without_a_word_of_english(specimen):
    for finding in gate.findings(specimen.data):
        reads_french(finding)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a b='1' b='2'/>",
        b"<a>&</a>",
        b"<a b=1/>",
        b"<a b/>",
        b"<p:a/>",
        b"nothing",
    ],
)
def test_what_is_no_xml_is_told_in_french_without_a_word_of_english(data):
    for finding in gate.findings(data):
        reads_french(finding)


DOCUMENTS = {part for message in MESSAGES.values() for part in (message.document, *(
    spec.type for _, spec in manifest.walked(message) if spec.nested
))}  # fmt: skip
RULES = sorted({each.id: each for document in DOCUMENTS for each in rules(document)}.values(), key=lambda each: each.id)


@every_language
@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.id)
def test_each_rule_has_its_cure_and_its_sentences_in_each_language(rule, language):
    """The sentences are read off the source of the rule, with a value at each place."""
    untold = [said for said in (rule.fix, *sentences_of(rule.check)) if phrase(said, language) is None]
    assert untold == [], f"say them in waste_bpm/locale/phrases/{language}.yaml"


def sentences_of(check) -> list[str]:
    """The sentences that stand in a function, with X1, X2 ... for what is put into them."""
    return sentences_in(ast.parse(dedent(inspect.getsource(check))))


def sentences_in(tree) -> list[str]:
    """The sentences of some source, its docstrings left out."""
    inner = {id(part) for whole in ast.walk(tree) if isinstance(whole, ast.JoinedStr) for part in ast.walk(whole)}
    beside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    said = (_said(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and id(node) not in inner | beside
    ))  # fmt: skip
    return [each for each in said if each.endswith(".") and " " in each]


HOUSE = Path(waste_bpm.__file__).parent
SPEAKING = [
    *sorted((HOUSE / "processes").glob("*.py")),
    *(HOUSE / "casework" / f"{name}.py" for name in (
        "arrivals", "correspondence", "erasing", "line", "node", "peers", "permissions", "posting", "proposals",
        "reading", "reception", "record", "signals", "store",
    )),
    HOUSE / "law" / "deadlines.py", HOUSE / "law" / "calendars.py", HOUSE / "law" / "legality" / "question.py",
]  # fmt: skip
"""What refuses a step, or a message that came: the guards of the procedure, and the line that asks them."""


_SHARE = 20
"""Of so many sentences one may be left in English, marked so, until somebody says it."""


@every_language
def test_the_refusals_of_the_procedure_have_their_sentences_in_each_language(language):
    told = [said for file in SPEAKING for said in sentences_in(ast.parse(file.read_text(encoding="utf-8")))]
    untold = [said for said in told if phrase(said, language) is None]
    assert len(untold) * _SHARE <= len(told), f"say in waste_bpm/locale/phrases/{language}.yaml: {untold}"


@every_language
def test_steps_and_states_and_roles_have_their_names_in_each_language(language):
    processes = PROCESSES.values()
    steps = {step.title for process in processes for step in process.steps}
    states = {state for process in processes for state in process.states.values()}
    named = {*steps, *states, *WORDS.values(), *(role.replace("_", " ") for role in Role)}
    untold = sorted(name for name in named if phrase(name, language) is None)
    assert len(untold) * _SHARE <= len(named), f"say in waste_bpm/locale/phrases/{language}.yaml: {untold}"


def test_a_row_of_values_is_told_value_by_value():
    said = Finding(
        rule_id="step-not-from-here",
        message="Close the file: not possible while it is 'Draft'; it must be 'Announced or In transit'.",
    )
    told = in_language(said, "fr")
    assert (
        told.message == "Clore le dossier : pas possible dans l'état 'Projet' ; il faut l'état 'Annoncé ou En route'."
    )
    assert told.lang == "fr"


def test_what_a_language_does_not_say_stays_english_and_is_marked_so():
    said = Finding(rule_id="unheard-of", message="Nobody has said this before in any other tongue.")
    told = in_language(said, "fr")
    assert (told.message, told.lang) == (said.message, "en")


def _said(node) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else f"X{number}" for number, part in enumerate(parts)
    )


@every_language
def test_how_each_field_is_written_is_said_in_each_language(language):
    hows = {how_to_write(spec) for message in MESSAGES.values() for _, spec in manifest.walked(message)}
    assert [how for how in sorted(hows) if phrase(how, language) is None] == []


@pytest.mark.parametrize(
    "finding",
    [
        codes.problem("BASEL-VIII", "A9999", date(2026, 6, 1)),
        codes.problem("BASEL-VIII", "B1110", date(2026, 6, 1)),
        codes.problem("BASEL-IX", "B1110", date(2025, 6, 1)),
        codes.problem("PACKAGING", "77", date(2026, 6, 1)),
        codes.problem("NOWHERE", "77", date(2026, 6, 1)),
        *(countries.problem(code) for code in ("EU", "UK", "XI", "EL", "XA", "ke", "KENYA", "Q1")),
        numbers.problem("DE 1", "DE", date(2026, 6, 1)),
    ],
    ids=str,
)
def test_a_code_that_is_wrong_is_told_in_french_without_a_word_of_english(finding):
    reads_french(finding)


@every_language
def test_a_phrase_holds_the_same_values_in_each_language(language):
    for english, told in chain.from_iterable(_of_file(language)):
        assert set(re.findall(r"\{[0-9]\}", told)) <= set(re.findall(r"\{[0-9]\}", english)), english


def _of_file(language):
    yield resources.read_yaml(resources.path("locale", "phrases", f"{language}.yaml")).items()
    told = sentences(language)
    yield ((each["message"], told[key]["message"]) for key, each in sentences("en").items() if key in told)
