"""Letters that show other words than a text has: invisible direction marks, and alphabets mixed inside a word.

An officer decides on what is seen. A text in one language may hold any script; a name, number or code on one line may
also not mix Latin letters with the Cyrillic or Greek ones that look like them. Words written wholly in look-alike
letters are not found: that takes the register of names, not the gate.
"""

import re
from collections.abc import Iterator

from waste_bpm.utility_blocks.wording import Level, told
from waste_bpm.utility_blocks.xml import Element, root_name, xpath
from waste_bpm.vocabulary import Finding

_HIDING = re.compile("[\u200b\u202a-\u202e\u2060-\u2069\ufeff]")
_HIDING_IN_NAMES = re.compile("[\u200e\u200f]|(?<![\u0600-\u0dff\ufb50-\ufdff\ufe70-\ufefc])[\u200c\u200d]")
_LATIN, _LOOKS_LATIN = "A-Za-z\u00c0-\u024f", "\u0370-\u03ff\u0400-\u052f"
_ASCII = bytes(range(128))
_SUSPECT = re.compile(f"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff{_LOOKS_LATIN}]")
_MIXED = re.compile(f"\\w*(?:[{_LATIN}][{_LOOKS_LATIN}]|[{_LOOKS_LATIN}][{_LATIN}])\\w*")


def wrong(text: str, *, is_name: bool) -> tuple[str, str] | None:
    """What is wrong with the letters of a text, and what shows it; None for almost every text there is."""
    hiding = _HIDING.search(text) or (is_name and _HIDING_IN_NAMES.search(text))
    if hiding:
        return "text-hides-direction", f"U+{ord(hiding[0]):04X}"
    mixed = _MIXED.search(text) if is_name else None
    return ("text-mixes-scripts", repr(mixed[0][:40])) if mixed else None


def findings(root: Element) -> Iterator[Finding]:
    """Each value of a message whose letters deceive; words with a language are texts, all others are names."""
    for element in root.iter():
        found = wrong(element.text, is_name=element.get("languageID") is None) if element.text else None
        if found:
            key, given = found
            yield told(
                key,
                rule_id="text-policy",
                level=Level.DOCUMENT,
                line=element.sourceline,
                xpath=xpath(element),
                name=root_name(element)[1],
                given=given,
            )


def may_deceive(data: bytes) -> bool:
    """Whether the bytes of a message can hold such letters at all."""
    return (b"&" in data and b"&#" in data) or (
        not data.isascii() and _SUSPECT.search(data.translate(None, _ASCII).decode()) is not None
    )
