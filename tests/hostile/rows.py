"""The rows of hostile XML, each with its answer: X01 to X39 and X74 to X90, as the reliability catalogue numbers them.

A row makes its bytes when it is asked; nothing large lies in the tree. X16, X17, X29 and X86 are about HTTP, X36 about
the disk, X37 about every pattern, X64 to X73 about seals and repeats: they have tests of their own. X40 to X63 concern
XML signatures, which this node does not take.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from tests.stage import DEMO, node_of, played
from waste_bpm.casework.log import messages

F400, M400, L400 = (400, "xml-forbidden-construct"), (400, "xml-malformed"), (400, "xml-limit-exceeded")
T413, S422 = (413, "body-too-large"), (422, "schema-invalid")
TAKEN = (200, "")
KIB = 1024


@dataclass(frozen=True)
class Row:
    """What is sent, and the answer that each of it gets."""

    name: str
    answer: tuple[int, str]
    make: Callable[[], list[bytes]]


@cache
def stored() -> dict[str, bytes]:
    told = messages(node_of(played("Shipment 1 departs", hosting=DEMO)).store)
    return {each.name: each.body for each in told}


def good() -> bytes:
    return stored()["MovementAnnouncement"]


def plain() -> bytes:
    """The message without its first line."""
    return good().partition(b"\n")[2]


def changed(old: bytes, new: bytes) -> bytes:
    assert old in good(), old
    return good().replace(old, new, 1)


def behind_doctype(*declared: str, used: bytes = b"&a;") -> bytes:
    inside = "".join(declared).encode()
    return b"<!DOCTYPE MovementAnnouncement [" + inside + b"]>" + plain().replace(b"Used", used, 1)


def inserted(content: bytes) -> bytes:
    return changed(b"<Serial>", content + b"<Serial>")


def in_tag(content: bytes) -> bytes:
    return changed(b"<Serial>", b"<Serial" + content + b">")


def amount(written: str) -> bytes:
    return changed(b">25.0<", b">" + written.encode() + b"<")


def issued(written: str) -> bytes:
    return changed(b"<ShipmentDate>2026-04-01", b"<ShipmentDate>" + written.encode())


def said(words: str) -> bytes:
    return changed(b"Used", words.encode())


def named(name: str) -> bytes:
    return changed(b"<Name>", b"<Name>" + name.encode())


XSI = b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
XI = b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
REMARK = b'<Remark><Author>KE-CA</Author><Text languageID="en">seen</Text></Remark>'
LAUGHS = [f'<!ENTITY {name} "{f"&{before};" * 10 if before else "ha" * 5}">' for before, name in zip(" abcdefghi", "abcdefghij", strict=False)]  # fmt: skip


def wide(encoding: str, label: str = "") -> bytes:
    declared = f'<?xml version="1.0" encoding="{label}"?>' if label else ""
    return f'{declared}<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>'.encode(encoding)


def with_remarks(count: int) -> bytes:
    return good().replace(b"</Movement>", REMARK * count + b"</Movement>")


def spread(elements: int) -> bytes:
    """So many elements, with no more than a hundred in each other."""
    return inserted((b"<P>" + b"<Q></Q>" * 99 + b"</P>") * (elements // 100 + 1))


ROWS = {
    "X01": Row("an empty DOCTYPE", F400, lambda: [b"<!DOCTYPE MovementAnnouncement>" + plain(), behind_doctype(used=b"Used")]),
    "X02": Row("an external entity of a file", F400, lambda: [behind_doctype('<!ENTITY a SYSTEM "file:///etc/passwd">')]),
    "X03": Row("an external entity of the net", F400, lambda: [behind_doctype('<!ENTITY a SYSTEM "http://127.0.0.1:9/x">')]),
    "X04": Row("an external DTD", F400, lambda: [b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">' + plain()]),
    "X05": Row("an external DTD by a public name", F400, lambda: [b'<!DOCTYPE a PUBLIC "-//W3C//DTD XHTML 1.0//EN" "a.dtd">' + plain()]),
    "X06": Row("a parameter entity", F400, lambda: [behind_doctype('<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;')]),
    "X07": Row("an external entity in UTF-16", F400, lambda: [wide("utf-16-le", "UTF-16"), wide("utf-16-be", "UTF-16"), wide("utf-16", "UTF-16"), wide("utf-16-le")]),
    "X08": Row("an external entity in UTF-7, UTF-32 and EBCDIC", F400, lambda: [wide("utf-7", "UTF-7"), wide("utf-32", "UTF-32"), wide("utf-32-be"), wide("cp500", "IBM500"), wide("ascii", "IBM500")]),
    "X09": Row("a DOCTYPE after a long prologue", F400, lambda: [b"<!--" + b"x" * 64 * KIB + b"--><!DOCTYPE a>" + plain(), b" \n" * 32 * KIB + b"<!DOCTYPE a>" + plain()]),
    "X10": Row("a default attribute of a DTD", F400, lambda: [behind_doctype('<!ATTLIST Serial decision CDATA "granted">', used=b"Used")]),
    "X11": Row("a billion laughs", F400, lambda: [behind_doctype(*LAUGHS, used=b"&j;")]),
    "X12": Row("a quadratic blow-up", F400, lambda: [behind_doctype(f'<!ENTITY a "{"x" * 50_000}">', used=b"&a;" * 20_000)]),
    "X13": Row("an entity bomb in an attribute", F400, lambda: [behind_doctype(*LAUGHS, used=b"Used").replace(b'"TNE"', b'"&j;"', 1)]),
    "X14": Row("an entity that holds itself", F400, lambda: [behind_doctype('<!ENTITY a "&b;"><!ENTITY b "&a;">')]),
    "X15": Row("an entity that nobody declared", M400, lambda: [changed(b"A1160", b"&foo;")]),
    "X18": Row("65 levels, 300 and 200,000", L400, lambda: [inserted(b"<a>" * n + b"</a>" * n) for n in (65, 300, 200_000)]),
    "X19": Row("50,001 elements", L400, lambda: [spread(50_001), inserted(b"<a/>" * 50_001), inserted(b"<a/>" * 400_000)]),
    "X19b": Row("a million empty elements in 4 MB", T413, lambda: [inserted(b"<a/>" * 1_000_000)]),
    "X20": Row("65 attributes, and 200,000", L400, lambda: [in_tag(b"".join(b' a%d=""' % number for number in range(count))) for count in (65, 180_000)] + [in_tag(b"".join(b" a%d='>'" % number for number in range(65)))]),
    "X21": Row("33 namespaces, and 20,000", L400, lambda: [in_tag(b"".join(b' xmlns:n%d="urn:n:%d"' % (number, number) for number in range(count))) for count in (33, 20_000)] + [inserted(b"".join(b'<p xmlns:n%d="urn:n"/>' % number for number in range(33)))]),
    "X22": Row("a name of 257 bytes, and of 60,000", L400, lambda: [inserted(b"<" + b"n" * count + b"/>") for count in (257, 60_000)] + [in_tag(b" " + b"n" * 257 + b'=""')]),
    "X23": Row("a text of 256 KiB and one byte", L400, lambda: [changed(b"Used", b"x" * (256 * KIB + 1)), changed(b"Used", b"<![CDATA[" + b"x" * (256 * KIB + 1) + b"]]>")]),
    "X23b": Row("a text of 11 MB", T413, lambda: [changed(b"Used", b"x" * 11_000_000)]),
    "X24": Row("100,000 character references", L400, lambda: [changed(b"Used", b"&#233;" * 100_000)]),
    "X25": Row("a decimal of 10,000 digits", L400, lambda: [amount("9" * 10_000), amount("0." + "0" * 9_999), amount("9" * 21), changed(b"<Serial>1<", b"<Serial>" + b"1" * 21 + b"<")]),
    "X26": Row("an attribute of a megabyte", L400, lambda: [changed(b'"TNE"', b'"' + b"T" * 1_000_000 + b'"')]),
    "X27": Row("10,000 items where a list has 1,000", S422, lambda: [with_remarks(1_001), with_remarks(9_900)]),
    "X28": Row("100,000 CDATA sections", L400, lambda: [changed(b"Used", b"a<![CDATA[b]]>" * 100_000)]),
    "X30": Row("gzip that nobody announced", M400, lambda: [gzip.compress(good())]),
    "X31": Row("a schema location elsewhere", F400, lambda: [changed(b" schemaVersion", XSI + b' xsi:schemaLocation="urn:a http://127.0.0.1:9/a.xsd" schemaVersion')]),
    "X32": Row("a schema location without namespace", F400, lambda: [changed(b" schemaVersion", XSI + b' xsi:noNamespaceSchemaLocation="file:///etc/passwd" schemaVersion')]),
    "X33": Row("a schema inside the message", S422, lambda: [inserted(b'<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"/>')]),
    "X34": Row("another type by xsi:type", F400, lambda: [in_tag(XSI + b' xsi:type="CountType"'), in_tag(b' xmlns:x="http://www.w3.org/2001/XMLSchema&#45;instance" x:type="CountType"')]),
    "X35": Row("nothing by xsi:nil", F400, lambda: [in_tag(XSI + b' xsi:nil="true"')]),
    "X38": Row("a style sheet", F400, lambda: [b'<?xml-stylesheet href="a.xsl"?>' + plain(), inserted(b"<?php x?>")]),
    "X39": Row("an XInclude", F400, lambda: [inserted(XI), inserted(XI.replace(b"XInclude", b"XInclud&#101;"))]),
    "X60": Row("a comment in a value", F400, lambda: [changed(b"A1160", b"A11<!--x-->60")]),
    "X74": Row("another root than the header says", (422, "type-code-fits-root"), lambda: [changed(b"<TypeCode>TMW.03.1", b"<TypeCode>TMW.03.2")]),
    "X75": Row("a version that nobody knows", (422, "version-unsupported"), lambda: [changed(b'schemaVersion="1.1"', b'schemaVersion="' + version + b'"') for version in (b"1.9", b"2.0", b"", b"1.1.1")]),
    "X76": Row("an amount that is none", S422, lambda: [amount(written) for written in ("-5", "0", "NaN", "INF", "1e400")]),
    "X77": Row("a unit that is not listed", S422, lambda: [changed(b'"TNE"', b'"tonnes"')]),
    "X78": Row("a code that is unknown", (422, "code-unknown"), lambda: [changed(b">A1160<", b">A9999<")]),
    "X78b": Row("a code that was withdrawn", (422, "code-withdrawn"), lambda: [changed(b'"BASEL-VIII">A1160', b'"BASEL-IX">B1110')]),
    "X79": Row("a day that is none", S422, lambda: [issued("2026-02-30"), issued("0000-04-01"), changed(b"T06:00:00Z</IssuedAt>", b"T24:00:00Z</IssuedAt>"), changed(b"T06:00:00Z</IssuedAt>", b"T06:00:00</IssuedAt>")]),
    "X81": Row("Arabic-Indic digits", S422, lambda: [amount("٢٥")]),
    "X82": Row("letters that deceive", (422, "text-policy"), lambda: [said("\u202edesU"), said("U\u200bsed"), named("K\u0435nya"), named("Min\u2066istry"), named("&#x202E;")]),
    "X83": Row("characters that XML does not have", M400, lambda: [changed(b"Used", bad) for bad in (b"\x00", b"\xed\xa0\x80", b"\xef\xbf\xbe", b"\x07", b"&#0;", b"&#xD800;", b"&#xFFFE;")]),
    "X84": Row("bytes that are no UTF-8", M400, lambda: [changed(b"Used", b"\xff"), changed(b"Used", b"\xc0\xbc"), b"\xff\xfe" + good()]),
    "X85": Row("what is not well-formed", M400, lambda: [in_tag(b' a="1" a="2"'), good()[:-4], good() + plain(), b"", b" \n\t"]),
    "X86": Row("JSON sent as XML", M400, lambda: [b'{"message": "urn:uuid:1"}']),
    "X87": Row("a code with a line end behind it", TAKEN, lambda: [changed(b">A1160<", b">A1160\n<"), changed(b'unitCode="TNE"', b'unitCode=" TNE "')]),
    "X88": Row("a formula in a description", TAKEN, lambda: [said('=HYPERLINK("http://evil.example")'), said("@SUM(1+1)*cmd|'/c calc'!A0")]),
    "X89": Row("a script and SQL in a description", TAKEN, lambda: [said("&lt;script&gt;alert(1)&lt;/script&gt;"), said("'; DROP TABLE event; --")]),
    "X90": Row("the largest message there may be", TAKEN, lambda: [with_remarks(1_000).replace(b"seen", b"s" * 1_500)]),
}  # fmt: skip
