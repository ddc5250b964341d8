"""The long campaign of the two validators: `python -m tests.campaigns.validators --count N --report FILE`.

Valid messages of every kind are made from the models, each is mutated by structure or by bytes, and the gate and both
validators judge each. What the gate lets pass must be valid for both and come back equal; anything else is a fault, and
is listed with its seed. Disagreements on what the gate refuses are counted.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as some

from tests.campaigns.mutations import mutated
from tests.strategies import document, header
from waste_bpm.errors import InputInvalid
from waste_bpm.utility_blocks import explain, gate, xml
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.utility_blocks.wording import Level

BEFORE = (Level.LIMITS, Level.SYNTAX, Level.SCHEMA)
"""What is refused on these levels never met, or did not pass, the first validator."""
BATCH = 40
"""Valid messages made of one kind at a time."""
MUTANTS = 12
"""Mutations of each valid message."""


def made(name: str, number: int) -> list[bytes]:
    """Valid messages of one kind, the same for the same number."""
    found: list[bytes] = []
    message = MESSAGES[name]

    @seed(number)
    @settings(
        max_examples=BATCH,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(some.data())
    def make(data):
        head, body = data.draw(header(message.code)), data.draw(document(message.document, message.stage))
        found.append(gate.build(message, head, body))

    make()
    return found


def judged(data: bytes, counts: Counter[str]) -> str | None:
    """Have both validators judge some bytes, and the gate; gives what is wrong, if anything is."""
    counts["documents"] += 1
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
    minor = _minor(xml.parse(data))
    again = gate.build(received.message, received.header, received.document, minor)
    return None if gate.read(again) == received else "taken, and not the same when written again"


def _agreed(data: bytes) -> str | None:
    """Whether `xmlschema` takes what libxml2 took."""
    root = xml.parse(data)
    package = MESSAGES[xml.root_name(root)[1]].package
    return None if explain.second_opinion(root, package, _minor(root)) else "libxml2 takes, xmlschema refuses"


def _minor(root) -> int:
    return int(root.get("schemaVersion").partition(".")[2])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so much time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=Path)
    chosen = parser.parse_args()
    chance, counts, wrong = random.Random(chosen.seed), Counter[str](), []
    started, number = time.monotonic(), chosen.seed
    names = sorted(MESSAGES)
    while counts["documents"] < chosen.count and time.monotonic() - started < chosen.seconds:
        name = names[number % len(names)]
        for good in made(name, number):
            spoilt = (good, *(mutated(good, chance) for _ in range(MUTANTS)))
            found = ((data.decode(errors="replace"), judged(data, counts)) for data in spoilt)
            wrong += (
                {"fault": fault, "message": name, "seed": number, "bytes": said} for said, fault in found if fault
            )
        number += 1
    report = {
        "schema": "waste-bpm/campaign/v1",
        "campaign": "validators",
        "seed": chosen.seed,
        "seconds": round(time.monotonic() - started, 1),
        **counts,
        "faults": len(wrong),
        "first": wrong[:20],
    }
    print(json.dumps({name: value for name, value in report.items() if name != "first"}))
    if chosen.report:
        chosen.report.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
