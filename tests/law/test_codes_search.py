"""Search by words: what the lists hold is found, and spelling is forgiven."""

import re

import pytest

from waste_bpm.law import codes


def found(text: str) -> list[tuple[str, str]]:
    return [(entry.list, entry.code) for entry in codes.search(text)]


@pytest.mark.parametrize("name", [name for name, held in codes.LISTS.items() if held.part is None])
def test_every_code_is_found_by_its_own_label(name: str) -> None:
    for entry in codes.entries(name):
        assert (name, entry.code) in found(entry.label), entry.code


@pytest.mark.parametrize("name", [name for name, held in codes.LISTS.items() if held.part is None])
def test_every_code_is_found_by_itself(name: str) -> None:
    for entry in codes.entries(name):
        assert (name, entry.code) in found(entry.code.lower())


def misspelt(label: str) -> str:
    """The label with two letters changed about in its longest word."""
    word = max(re.findall(r"[^\W_]+", label), key=len)
    half = len(word) // 2
    return label.replace(word, word[: half - 1] + word[half] + word[half - 1] + word[half + 1 :], 1)


@pytest.mark.parametrize("name", ["BASEL-VIII", "BASEL-IX", "OECD", "Y"])
def test_a_slip_in_the_longest_word_is_forgiven(name: str) -> None:
    for entry in codes.entries(name)[::4]:
        assert (name, entry.code) in found(misspelt(entry.label)), misspelt(entry.label)


@pytest.mark.parametrize("name", ["BASEL-VIII", "BASEL-IX", "OECD"])
def test_the_order_of_words_does_not_matter(name: str) -> None:
    for entry in codes.entries(name)[::5]:
        backwards = " ".join(reversed(entry.label.split()))
        assert (name, entry.code) in found(backwards)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("lead acid battery", "A1160", id="singular"),
        pytest.param("asbestos fibres", "A2050", id="plural"),
        pytest.param("hazardus palstic waste", "A3210", id="two typos"),
        pytest.param("used tyre", "B3140", id="a word that no label has"),
        pytest.param("batteries led", "A1160", id="order and typo"),
        pytest.param("hydraulic fluid", "AC060", id="a list of the OECD"),
        pytest.param("e-waste", "A1181", id="what people say, and what is withdrawn comes last"),
        pytest.param("old fridges", "A1181", id="a thing"),
        pytest.param("tires", "B3140", id="another English"),
        pytest.param("gc 010", "GC010", id="a code with a space"),
    ],
)
def test_a_search_forgives(text: str, code: str) -> None:
    assert codes.search(text)[0].code == code
