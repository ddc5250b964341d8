"""How a campaign judges a message: the gate, and behind it both validators."""

import traceback
from collections import Counter
from collections.abc import Iterable

from pydantic import ValidationError

from tests.campaigns.running import Done
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import explain, gate, xml
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.utility_blocks.wording import Level

BEFORE = (Level.LIMITS, Level.SYNTAX, Level.SCHEMA)
"""What is refused on these levels never met, or did not pass, the first validator."""


def all_judged(number: int, name: str, several: Iterable[bytes]) -> Done:
    """Judge every one of several messages of a part."""
    counts = Counter[str]()
    judged_ = ((data, judged(data, counts)) for data in several)
    faults = [
        {"fault": fault, "message": name, "bytes": data.decode(errors="replace")} for data, fault in judged_ if fault
    ]
    return Done(number=number, counts=counts, faults=faults)


def judged(data: bytes, counts: Counter[str]) -> str | None:
    """Have both validators judge some bytes, and the gate; gives what is wrong, if anything is."""
    counts["documents"] += 1
    try:
        return _judged(data, counts)
    except Exception:  # whatever it is: a judge that crashes is itself the fault
        counts["crashed"] += 1
        return f"crashed: {traceback.format_exc().strip().splitlines()[-1]}"


def _judged(data: bytes, counts: Counter[str]) -> str | None:
    try:
        received = gate.read(data)
    except InputInvalid as refused:
        counts["refused by the gate"] += 1
        if not refused.findings or not all(each.message and each.rule_id for each in refused.findings):
            return "refused without a finding"
        if any(each.rule_id == "validators-disagree" for each in refused.findings):
            counts["disagreements, refused: libxml2 refuses, xmlschema takes"] += 1
        elif refused.findings[0].level not in BEFORE and _agreed(data) is not None:
            counts["disagreements, refused: libxml2 takes, xmlschema refuses"] += 1
        return None
    counts["taken by the gate"] += 1
    if fault := _agreed(data):
        return fault
    root = xml.parse(data)
    if not _is_of_the_models(received, root):
        return "taken, and the models make other documents of it"
    minor = _minor(root)
    again = gate.build(received.message, received.header, received.document, minor)
    return None if gate.read(again) == received else "taken, and not the same when written again"


def _is_of_the_models(received: gate.Received, root) -> bool:
    """Whether the documents, which are read from the bytes, are those that the models make of the tree."""
    parts = zip(root, (received.header, received.document), strict=True)
    try:
        return all(type(said).model_validate(xml.read(part, type(said))) == said for part, said in parts)
    except ValidationError:
        return False


def _agreed(data: bytes) -> str | None:
    """Whether `xmlschema` takes what libxml2 took."""
    root = xml.parse(data)
    package = MESSAGES[xml.root_name(root)[1]].package
    return None if explain.second_opinion(root, package, _minor(root)) else "libxml2 takes, xmlschema refuses"


def _minor(root) -> int:
    return int(root.get("schemaVersion").partition(".")[2])
