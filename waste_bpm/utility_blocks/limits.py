"""What bytes from anywhere may be, before a parser sees them: one linear look, no tree.

UTF-8; no DOCTYPE, entity, comment, processing instruction, schema location, xsi or XInclude; and no more of anything
than a message can have. Bytes so few that they cannot cost anything are only looked at for what is forbidden: whatever
exceeds a count in them no schema allows, and it is counted when the schema has refused it. All others are counted tag
by tag before a tree is built.
"""

import re
from collections.abc import Container, Iterator, Sequence
from typing import NoReturn

from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks.wording import Level, told

MOST_BYTES = 2 * 1024 * 1024
FEW_BYTES = 32 * 1024
"""Bytes that cannot hold enough of anything to cost a parser or a validator time or memory."""
MOST_ELEMENTS = 50_000
MOST_CHILDREN = 10_000
MOST_DEPTH = 64
MOST_ATTRIBUTES = 64
MOST_NAMESPACES = 32
MOST_NAME = 256
MOST_TEXT = 256 * 1024
"""Bytes of one text between tags, or of one attribute's value."""
MOST_DIGITS = 20
MOST_REFERENCES = 50_000
"""Character references such as `&#233;` in a message."""
MOST_SECTIONS = 1_000
"""CDATA sections in a message."""

_FORBIDDEN = (
    (re.compile(rb"<!(?!\[CDATA\[)"), "a DOCTYPE, an entity declaration or a comment"),
    (re.compile(rb"<\?(?!xml\s)"), "a processing instruction"),
)
_XSI = (re.compile(rb"http://www\.w3\.org/2001/(XMLSchema-instance|XInclude)"), "a schema location, xsi or XInclude")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_OTHER_UNICODE = (b"<\x00", b"\x00<", b"\x00\x00", b"L\x6f\xa7\x94", b"+ADw")
"""How a message begins in UTF-16 and UTF-32 without a mark, in EBCDIC and in UTF-7."""
_OURS = b"<?xml version='1.0' encoding='UTF-8'?>"
_BEGINNING = 256
"""Bytes in which a message of ours has named its namespace."""
_ENCODING = re.compile(rb"""^<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_NUMERALS = bytes(0x30 if chr(byte) in "0123456789." else (byte if byte != 0x30 else 0x31) for byte in range(256))
_MANY_DIGITS = b"0" * (MOST_DIGITS + 1)
_TOKEN = re.compile(
    rb"""<(?:!\[CDATA\[.*?\]\]>|/(?P<close>[^<>]*+)>|(?P<name>[^\s<>/="'!?]++)"""
    rb"""(?P<rest>(?:[^<>"']++|"[^<"]*+"|'[^<']*+')*+)>|\?xml[^<>]*+>)""",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(rb"""([^\s=/"'<>]++)\s*+=\s*+("[^"<]*+"|'[^'<]*+')""")
_NUMBER = re.compile(rb"""<(?:[^<>\s/:]*:)?([^<>\s/:"'=]+)[^<>]*>\s*[-+]?([0-9]*\.?[0-9]*)\s*<""")


def admit(data: bytes, numbers: Container[str]) -> bool:
    """Raise InputInvalid (413 too large, 400 otherwise) unless the bytes may be parsed.

    `numbers` are the names of the elements that hold a number. Tells whether the bytes may hide another namespace.
    """
    if len(data) > MOST_BYTES:
        raise InputInvalid(
            told("body-too-large", level=Level.LIMITS, limit=str(MOST_BYTES // 1024), size=str(len(data) // 1024)),
            status=413,
        )
    _refuse_encoding(data)
    hiding = _may_hide_namespaces(data)
    if hiding or (b"!" in data and b"<!" in data) or not _has_one_declaration(data):
        _refuse_forbidden(data, hiding)
    if hiding or len(data) > FEW_BYTES:
        count(data, numbers)
    return hiding


def count(data: bytes, numbers: Container[str]) -> None:
    """Raise InputInvalid (400) for the first thing of which there is more than a message can have."""
    for what, written, most in (("references", b"&", MOST_REFERENCES), ("sections", b"<![CDATA[", MOST_SECTIONS)):
        if data.count(written) > most:
            raise _excess(data, data.find(written), (), what, most)
    _Scan(data).run()
    if _MANY_DIGITS in data.translate(_NUMERALS):
        _refuse_long_numbers(data, numbers)


def _may_hide_namespaces(data: bytes) -> bool:
    """Whether an element or attribute of another namespace may stand in it; names alone cannot hide one.

    Most messages say `xml` twice: in the declaration and in the one namespace.
    """
    if data.startswith(_OURS) and data.count(b"xml", len(_OURS)) == data.count(b"xmlns", 0, _BEGINNING) == 1:
        return False
    return data.count(b"xmlns") > 1 or b"xml:" in data


def _has_one_declaration(data: bytes) -> bool:
    """Whether nothing but the XML declaration begins with `<?`; a single sign is looked for sooner than two."""
    if data.startswith(_OURS) and b"?" not in data[len(_OURS) :]:
        return True
    return data.count(b"<?") == data.startswith(b"<?xml ")


def _refuse_encoding(data: bytes) -> None:
    if data.startswith(_OURS) and data.isascii():
        return
    declared = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf"))
    if (data.startswith(_WIDE) and b"\x00" in data[2:6]) or data.startswith(_OTHER_UNICODE):
        raise _refused("encoding-not-utf-8", "xml-forbidden-construct", 1)
    if declared and declared.group(1).upper() not in (b"UTF-8", b"UTF8", b"US-ASCII"):
        raise _refused("encoding-not-utf-8", "xml-forbidden-construct", 1)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused("byte-not-utf-8", "xml-malformed", _line(data, error.start), byte=str(error.start)) from error


def _refuse_forbidden(data: bytes, hiding: bool) -> None:
    for forbidden, what in (*_FORBIDDEN, _XSI) if hiding else _FORBIDDEN:
        found = forbidden.search(data)
        if found:
            key = "construct-forbidden"
            raise _refused(key, "xml-forbidden-construct", _line(data, found.start()), what=what)


def _refuse_long_numbers(data: bytes, numbers: Container[str]) -> None:
    for found in _NUMBER.finditer(data):
        name = found[1].decode()
        if len(found[2]) > MOST_DIGITS and len(found[2].replace(b".", b"")) > MOST_DIGITS and name in numbers:
            raise _excess(data, found.start(2), [found[1]], "digits", MOST_DIGITS)


class _Scan:
    """What was seen so far: the open elements, how many children each has, and how many elements there are."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.open: list[bytes] = []
        self.children = [0]
        self.elements = 0
        self.namespaces = 0

    def run(self) -> None:
        """Count everything, and stop at the first excess; what is no tag is left for the parser to name."""
        text_from = 0
        for token in _tokens(self.data):
            name, closes = token["name"], token["close"] is not None
            if name is None and not closes:
                continue
            if token.start() - text_from > MOST_TEXT:
                self.refuse("text", MOST_TEXT, text_from)
            text_from = token.end()
            if closes:
                self.leave()
            else:
                self.enter(name, token["rest"], token.start())

    def enter(self, name: bytes, rest: bytes, at: int) -> None:
        """Count an element, and what stands in its tag."""
        self.elements += 1
        self.children[-1] += 1
        self.open.append(name)
        for what, counted, most in (
            ("elements", self.elements, MOST_ELEMENTS),
            ("children", self.children[-1], MOST_CHILDREN),
            ("depth", len(self.open), MOST_DEPTH),
            ("name", len(name), MOST_NAME),
        ):
            if counted > most:
                self.refuse(what, most, at)
        if rest:
            self.look_at(rest, at)
        if rest.endswith(b"/"):
            self.open.pop()
        else:
            self.children.append(0)

    def leave(self) -> None:
        """Close an element; a closing tag too many is left for the parser to name."""
        if self.open:
            self.open.pop()
            self.children.pop()

    def look_at(self, rest: bytes, at: int) -> None:
        """Count the attributes of one tag, their names and their values."""
        attributes = _ATTRIBUTE.findall(rest)
        self.namespaces += sum(1 for name, _ in attributes if name.startswith(b"xmlns"))
        for what, counted, most in (
            ("namespaces", self.namespaces, MOST_NAMESPACES),
            ("attributes", len(attributes), MOST_ATTRIBUTES),
            ("name", max((len(name) for name, _ in attributes), default=0), MOST_NAME),
            ("text", max((len(value) for _, value in attributes), default=0), MOST_TEXT),
        ):
            if counted > most:
                self.refuse(what, most, at)

    def refuse(self, what: str, most: int, at: int) -> NoReturn:
        """Raise InputInvalid for one excess."""
        raise _excess(self.data, at, self.open, what, most)


def _tokens(data: bytes) -> Iterator[re.Match[bytes]]:
    at = data.find(b"<")
    while at >= 0 and (token := _TOKEN.match(data, at)):
        yield token
        at = data.find(b"<", token.end())


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def _refused(key: str, rule_id: str, line: int, **words: str) -> InputInvalid:
    return InputInvalid(told(key, rule_id=rule_id, level=Level.SYNTAX, line=line, **words), status=400)


def _excess(data: bytes, at: int, path: Sequence[bytes], what: str, most: int) -> InputInvalid:
    names = (name.rpartition(b":")[2][:MOST_NAME].decode(errors="replace") for name in path)
    return InputInvalid(
        told(
            f"limit-{what}",
            rule_id="xml-limit-exceeded",
            level=Level.LIMITS,
            line=_line(data, at),
            xpath="/" + "/".join(names) if path else None,
            limit=str(most),
        ),
        status=400,
    )
