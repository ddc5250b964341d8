"""Search of the code lists by words, which forgives spelling, plural and order."""

import re
from difflib import get_close_matches
from functools import cache

from waste_bpm.law.codes.lists import LISTS, Entry, entries

_WORD = re.compile(r"[^\W_]+(?:\.\d+)?")
_PLURALS = (("ies", "y"), ("sses", "ss"), ("ss", "ss"), ("s", ""))
_LONG = 4
"""Shorter words keep their ending: it is no plural."""

_PIECE, _GUESSED, _MISSING = 1, 4, 9
"""How far a word is from what was asked when it is found within another, guessed, or not found at all."""


def search(text: str) -> list[Entry]:
    """The entries whose code and label hold every word of `text`; if there are none, those that nearly do, best first.

    Withdrawn codes are found too. The codes of Annex II are found once, as codes of the Y list.
    """
    asked = [_stem(word) for word in _WORD.findall(text.casefold())]
    return _nearest([[word] for word in asked], worst=len(asked)) or _nearest(
        [_spellings(word) for word in asked], worst=len(asked) * _MISSING - 1
    )


def _stem(word: str) -> str:
    """The word in the singular, as far as its ending tells."""
    if len(word) < _LONG:
        return word
    return next((word.removesuffix(many) + one for many, one in _PLURALS if word.endswith(many)), word)


@cache
def _searchable() -> tuple[tuple[Entry, str, frozenset[str]], ...]:
    whole = (entry for name, held in LISTS.items() if held.part is None for entry in entries(name))
    return tuple((entry, *_indexed(f"{entry.code} {entry.label} {entry.also}".casefold())) for entry in whole)


def _indexed(text: str) -> tuple[str, frozenset[str]]:
    return text, frozenset(_stem(word) for word in _WORD.findall(text))


@cache
def _stems() -> tuple[str, ...]:
    return tuple(sorted({stem for _, _, stems in _searchable() for stem in stems}))


def _spellings(word: str) -> list[str]:
    return [word, *get_close_matches(word, _stems(), n=9, cutoff=0.65)]


def _nearest(asked: list[list[str]], worst: int) -> list[Entry]:
    """The entries nearest to what was asked, withdrawn ones last among equals; much farther than the best: left out."""
    ranked = [(_distance(text, stems, asked), entry) for entry, text, stems in _searchable()] if asked else []
    farthest = min(worst, min((far for far, _ in ranked), default=0) + _GUESSED)
    near = [each for each in ranked if each[0] <= farthest]
    return [entry for _, entry in sorted(near, key=lambda each: (each[0], each[1].valid_to is not None))]


def _distance(text: str, stems: frozenset[str], asked: list[list[str]]) -> int:
    return sum(_missed_by(text, stems, spellings) for spellings in asked)


def _missed_by(text: str, stems: frozenset[str], spellings: list[str]) -> int:
    """Whole words come before pieces of words, and those before guesses, the best guess first."""
    asked, *guesses = spellings
    if asked in stems:
        return 0
    if len(asked) > 1 and asked in text:
        return _PIECE
    near = (far for far, word in enumerate(guesses, start=_GUESSED) if word in stems)
    return min(next(near, _MISSING), _MISSING)
