"""The sentences of the gate, as data: `locale/<language>.yaml` says each of them once per language.

A finding is told by its key and its words; whoever shows it asks for it in the reader's language. A finding without a
key, and words that are phrases themselves, were said in English beside their rule: `locale/phrases/<language>.yaml`
says them again, phrase by phrase, with the values where they stand. What a language does not say stays English.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from functools import cache
from typing import Any

from waste_bpm import resources
from waste_bpm.vocabulary import Finding

ENGLISH = "en"


class Level(StrEnum):
    """The checks that a message passes, in their order; findings of one level are given at once."""

    LIMITS = "limits"
    SEAL = "seal"
    SYNTAX = "syntax"
    SCHEMA = "schema"
    CODES = "codes"
    DOCUMENT = "document"


def told(key: str, *, level: Level, rule_id: str | None = None, **said: Any) -> Finding:
    """A finding in English: fields of `Finding` by their names, and all other words for its sentence."""
    words = {name: str(said.pop(name)) for name in tuple(said) if name not in _PLACES}
    return _worded(
        Finding(rule_id=rule_id or key, message="", level=level, key=key, words=tuple(words.items()), **said), ENGLISH
    )


_PLACES = frozenset({"severity", "pointer", "xpath", "line", "block", "value", "law", "fix"})


def languages() -> tuple[str, ...]:
    """The languages that sentences are there in; English first."""
    found = sorted({file.stem for file in resources.files("locale", "*.yaml")})
    return (ENGLISH, *(each for each in found if each != ENGLISH))


def best(accepted: str | None) -> str:
    """The language that a reader wants most of those there are (`Accept-Language`, RFC 9110 12.5.4); else English."""
    wanted = [_weighed(each) for each in (accepted or "").split(",") if each.strip()]
    for weight, name in sorted(wanted, key=lambda each: -each[0]):
        if weight > 0 and name in languages():
            return name
    return ENGLISH


def _weighed(part: str) -> tuple[float, str]:
    tag, _, weight = part.partition(";")
    try:
        return float(weight.strip().removeprefix("q=") or 1), tag.strip().partition("-")[0].lower()
    except ValueError:
        return 0, ""


def in_language(finding: Finding, language: str) -> Finding:
    """The finding as a reader of that language has it."""
    if language in (ENGLISH, finding.lang):
        return finding
    if finding.key in sentences(language):
        return replace(_worded(finding, language), lang=language)
    element = (finding.xpath or finding.pointer or "").rpartition("/")[2]
    message = phrase(finding.message, language, element)
    fix = finding.fix and (phrase(finding.fix, language) or finding.fix)
    law = finding.law and (phrase(finding.law, language) or finding.law)
    lang = language if message else ENGLISH
    return replace(finding, message=message or finding.message, fix=fix, law=law, lang=lang)


def phrase(said: str, language: str, element: str = "") -> str | None:
    """What was said in English, in another language; None where that language does not say it."""
    whole, patterns = _phrases(language)
    if said in whole:
        return whole[said].format("", element=element)
    for pattern, told in patterns:
        found = pattern.fullmatch(said)
        if found:
            return told.format("", *(_value(each, language) for each in found.groups()), element=element)
    return None


def _value(said: str, language: str) -> str:
    """What was put into a phrase: a phrase itself, several in a row, or one that is quoted; all else stays."""
    if (whole := phrase(said, language)) is not None:
        return whole
    if len(said) > 2 and said[0] == said[-1] == "'":
        return f"'{_value(said[1:-1], language)}'"
    parts = _ROW.split(said)
    return "".join(_said_or_joint(each, language) for each in parts) if len(parts) > 1 else said


def _said_or_joint(part: str, language: str) -> str:
    """A part of a row, or what stands between two parts, with the spaces around it."""
    bare = part.strip()
    return part.replace(bare, phrase(bare, language) or bare) if bare else part


_ROW = re.compile("(, |; | or | and )")
_PLACE = re.compile(r"\{[0-9]\}")


@cache
def _phrases(language: str) -> tuple[Mapping[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    """The phrases of a language that stand alone, and those that hold values: what says most itself comes first."""
    file = resources.path("locale", "phrases", f"{language}.yaml")
    read: Mapping[str, str] = resources.read_yaml(file) if file.is_file() else {}
    parts = {english: _PLACE.split(english) for english in read}
    holding = sorted((each for each in read if len(parts[each]) > 1), key=lambda each: -sum(map(len, parts[each])))
    patterns = tuple((re.compile("(.+?)".join(map(re.escape, parts[each])), re.DOTALL), read[each]) for each in holding)
    return {each: read[each] for each in read if len(parts[each]) == 1}, patterns


def _worded(finding: Finding, language: str) -> Finding:
    sentence = sentences(language).get(finding.key or "")
    if sentence is None:
        return finding
    words = dict(finding.words)
    if language != ENGLISH:
        words = {name: phrase(said, language) or phrase(name, language) or said for name, said in words.items()}
    fix = sentence.get("fix")
    return replace(
        finding,
        message=sentence["message"].format_map(words),
        fix=fix.format_map(words) if fix else finding.fix,
    )


@cache
def sentences(language: str) -> Mapping[str, Mapping[str, str]]:
    """Every sentence of a language by its key: the message, and the cure where the key alone knows it."""
    read: Mapping[str, Mapping[str, str]] = resources.read_yaml(resources.path("locale", f"{language}.yaml"))
    return read
