"""Why a message is not valid, in words: what, where, why, and what to write instead.

`xmlschema` names every reason, libxml2 only the first of a subtree; it is also the second judge in tests and campaigns.
It takes a hundred times longer, so a valid message never meets it. Nothing is fetched, and no file is read.
"""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from itertools import islice, takewhile
from typing import Any

import xmlschema

from waste_bpm.utility_blocks import xsd
from waste_bpm.utility_blocks.catalogue import Message, Package
from waste_bpm.utility_blocks.faults import fault, shown
from waste_bpm.utility_blocks.places import Placed, home_of, placed
from waste_bpm.utility_blocks.wording import Level, told
from waste_bpm.utility_blocks.xml import Element, root_name, xpath
from waste_bpm.vocabulary import Finding, Role, Unit

MOST_FINDINGS = 100
"""More reasons than this are never listed: a person corrects these first."""
_MOST_NAMES = 15
"""Names of elements that one sentence lists."""
_ATTRIBUTE_FIX = {
    "unitCode": f'Write one of {", ".join(Unit)}, for instance unitCode="TNE".',
    "role": f"Write one of {', '.join(Role)}.",
    "languageID": 'Write a language tag, for instance languageID="en".',
    "listID": 'Write the name of the code list, for instance listID="BASEL-VIII".',
    "schemaVersion": 'Write the version of the block, for instance schemaVersion="1.0".',
}
_ATTRIBUTE_NAMED = re.compile(
    r"^attribute ([^=]+)=|^missing required attribute '([^']+)'|^'([^']+)' attribute not allowed"
)
_STRUCTURE = {
    "character data between child elements not allowed": "text-between",
    "a simple content element can't have child elements": "elements-in-value",
}


@cache
def _explainer(package: Package, minor: int) -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(xsd.content(package, minor).decode(), allow="none", defuse="always")


def second_opinion(root: Element, package: Package, minor: int) -> bool:
    """Whether `xmlschema` finds the message valid."""
    return _explainer(package, minor).is_valid(root)


def explain(root: Element, message: Message, minor: int) -> list[Finding]:
    """Every reason why libxml2 refuses a message, up to `MOST_FINDINGS`; none is a disagreement."""
    found = list(_too_many(root, minor)) or list(_reasons(root, message.package, minor))
    return found or [disagreement(root, xsd.first_refused(root, message.package, minor))]


def disagreement(root: Element, element: Element) -> Finding:
    """What one validator takes and the other does not is not valid."""
    place = placed(root, element)
    return told(
        "validators-disagree",
        level=Level.SCHEMA,
        line=element.sourceline,
        xpath=xpath(element),
        block=place.number,
        law=place.law,
        value=(element.text or "").strip()[:60] or None,
        says=place.says,
        element=place.element,
    )


def _too_many(root: Element, minor: int) -> Iterator[Finding]:
    """Elements said more often than any list allows; told first, for `xmlschema` takes very long over them."""
    for parent in root.iter():
        if len(parent) > xsd.MOST_ITEMS:
            for name, count in Counter(child.tag for child in parent).items():
                if count > xsd.MOST_ITEMS:
                    yield _one_of_many(root, parent, parent.find(name), count, minor)


def _one_of_many(root: Element, parent: Element, child: Element, count: int, minor: int) -> Finding:
    place = placed(root, parent)
    if root_name(child)[1] not in place.parts:
        return _unknown_child(root, place, child, minor)
    return _repeated(root, parent, child, count, xsd.MOST_ITEMS)


def _reasons(root: Element, package: Package, minor: int) -> Iterator[Finding]:
    """What `xmlschema` says; it names a value twice when two facets fail."""
    said: set[tuple[str | None, str]] = set()
    for error in islice(_explainer(package, minor).iter_errors(root), MOST_FINDINGS):
        finding = _explained(root, error, minor)
        place = (finding.xpath, finding.message if finding.key != "schema-value" else finding.value or "")
        if place not in said:
            said.add(place)
            yield finding


def _explained(root: Element, error: xmlschema.XMLSchemaValidationError, minor: int) -> Finding:
    element: Element = error.elem if error.elem is not None else root
    if isinstance(error, xmlschema.XMLSchemaChildrenValidationError):
        return _of_children(root, element, error, minor)
    place = placed(root, element)
    value = error.obj if isinstance(error.obj, str) else element.text if isinstance(error.obj, int | Decimal) else None
    if attribute := _ATTRIBUTE_NAMED.search(error.reason or ""):
        return _of_attribute(element, place, attribute, value)
    if value is not None:
        return _of_value(element, place, value)
    reason = error.reason or ""
    words = {"reason": reason, "how": place.how, "given": shown(_stray(element))}
    return _invalid(element, place, _STRUCTURE.get(reason, "structure"), **words)


def _stray(element: Element) -> str:
    """The first text that stands between the elements of an element."""
    texts = (element.text, *(child.tail for child in element))
    return next((text for text in texts if text and text.strip()), "")


def _of_value(element: Element, place: Placed, value: str) -> Finding:
    how, words = fault(place.spec, value)
    return _invalid(element, place, how, value=value, given=shown(value), how=place.how, **words)


def _of_attribute(element: Element, place: Placed, found: re.Match[str], value: str | None) -> Finding:
    name = found[found.lastindex or 0]
    how = _ATTRIBUTE_FIX.get(name, "")
    if not how or found[3]:
        return _invalid(element, place, "attribute-unknown", name=root_name_of(name))
    if value is None:
        return _invalid(element, place, "attribute-missing", name=name, how=how)
    return _invalid(element, place, "attribute-wrong", value=value, name=name, given=shown(value), how=how)


def root_name_of(name: str) -> str:
    """The local name of an attribute that `xmlschema` names with its namespace."""
    return name.rpartition("}")[2]


def _of_children(
    root: Element, parent: Element, error: xmlschema.XMLSchemaChildrenValidationError, minor: int
) -> Finding:
    """An element that is missing, unknown, said too often or out of order."""
    place = placed(root, parent)
    child: Element = error.invalid_child
    needed = next((each.local_name for each in error.expected or () if each.min_occurs), None)
    namespace, name = ("", "") if child is None else root_name(child)
    if child is not None and namespace != root_name(root)[0]:
        words = {"given": namespace or "(none)", "namespace": root_name(root)[0]}
        return _invalid(child, place, "element-namespace", name=name, **words)
    if child is not None and (name not in place.parts or place.parts[name].block.since > minor):
        return _unknown_child(root, place, child, minor)
    if needed and all(root_name(each)[1] != needed for each in parent):
        return _missing_child(place, parent, child, needed)
    return _misplaced(root, parent, place, child)


def _misplaced(root: Element, parent: Element, place: Placed, child: Element | None) -> Finding:
    if child is None:
        return _invalid(parent, place, "structure", reason="its parts are not complete", how=place.how)
    name = root_name(child)[1]
    count = sum(1 for each in parent if each.tag == child.tag)
    spec = place.parts[name]
    most = (spec.most or xsd.MOST_ITEMS) if spec.many else 1
    if count > most:
        return _repeated(root, parent, child, count, most)
    here = {root_name(each)[1] for each in parent}
    earlier = [each for each in takewhile(lambda each: each != name, place.parts) if each in here]
    if not earlier:
        return _invalid(child, place, "element-not-first", name=name)
    return _invalid(child, place, "element-misplaced", name=name, after=earlier[-1])


def _repeated(root: Element, parent: Element, child: Element, count: int, most: int) -> Finding:
    words = {"name": root_name(child)[1], "count": str(count), "most": str(most)}
    what = "element-twice" if most == 1 else "element-repeated"
    return _invalid(child, placed(root, parent), what, **words)


def _unknown_child(root: Element, place: Placed, child: Element, minor: int) -> Finding:
    name, known = root_name(child)[1], list(place.parts)
    order = ", ".join(known[:_MOST_NAMES]) + (", ..." if len(known) > _MOST_NAMES else "")
    if name in place.parts:
        since = str(place.parts[name].block.since)
        return _invalid(child, place, "element-later", name=name, since=since, minor=str(minor))
    near = get_close_matches(name, place.parts, n=1)
    if near:
        return _invalid(child, place, "element-near", name=name, near=near[0])
    parent = home_of(root, name)
    if parent:
        return _invalid(child, place, "element-elsewhere", name=name, parent=parent)
    return _invalid(child, place, "element-unknown", name=name, order=order)


def _missing_child(place: Placed, parent: Element, child: Element | None, needed: str) -> Finding:
    inner = place.inside(needed)
    before = "at the end" if child is None else f"before {root_name(child)[1]}"
    return told(
        "schema-element-missing",
        rule_id="schema-invalid",
        level=Level.SCHEMA,
        line=parent.sourceline if child is None else child.sourceline,
        xpath=f"{xpath(parent)}/{needed}",
        block=inner.number or place.number,
        law=inner.law if inner.spec else None,
        says=place.says,
        element=place.element,
        name=needed,
        named=f"{needed} ({inner.says})" if inner.spec else needed,
        where=before,
        how=inner.how,
        example=inner.example,
    )


def _invalid(element: Element, place: Placed, what: str, *, value: str | None = None, **words: Any) -> Finding:
    return told(
        f"schema-{what}",
        rule_id="schema-invalid",
        level=Level.SCHEMA,
        line=element.sourceline,
        xpath=xpath(element),
        block=place.number,
        law=place.law,
        value=(value or "").strip()[:60] or None,
        **{"says": place.says, "element": place.element, "example": place.example, **words},
    )
