"""The same desk behind the command line: a database on a file, `case import`, `case act`, `case show`, and their JSON.

What `tests.processes.desk` decides in memory is asked here of `waste-bpm`, with the same words and the same documents:
a test that is marked `both_doors` runs twice, and reads like its row either way.
"""

import atexit
import json
import shutil
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from tests.processes.desk import BY_ROLE, SLOTS, Desk, at
from tests.stage import consignment
from waste_bpm.casework import record
from waste_bpm.cli import clock, main
from waste_bpm.cli.opening import opened
from waste_bpm.errors import InputInvalid, NotFound, NotPermitted, Refused
from waste_bpm.law.rules import regime
from waste_bpm.processes.decide import rows_of
from waste_bpm.vocabulary import Finding, Quantity, Role, Severity, Unit

CASE = "33333333-2222-5333-8444-555555555555"
BEGUN, DECIDED = "2025-12-01", "2026-01-01"
AUTHORITIES = {"GB": "GB-CA", "KR": "KR-CA"}
ERRORS = {error.exit_code: error for error in (InputInvalid, NotFound, NotPermitted, Refused)}


class CommandDesk(Desk):
    """A case in a database on a file; every step and every verdict goes through `waste-bpm`."""

    def __init__(self, law="GB", quantity="1000", shipments=99, today="2026-03-02"):
        self.law = regime(law)
        self.now = at(today)
        self.told = []
        self.db = Path(mkdtemp(dir=FOLDER)) / "node.db"
        self.imported = consignment_file(law, quantity, shipments)
        shutil.copy(_consented(law, quantity, shipments), self.db)

    def seat(self, party, office):
        """The consignment file, imported once more, says by whose working days an authority goes."""
        file = self.db.with_name("consignment.json")
        seated = [each | ({"calendar": office} if each["id"] == party else {}) for each in self.imported["parties"]]
        file.write_text(json.dumps({**self.imported, "parties": seated}))
        code, said = self.run("case", "import", file)
        assert (code, said["drafted"]) == (0, False)
        return self

    def run(self, *words, data=None, db=None):
        """What a command of this moment answers: its exit code and its JSON."""
        return spoken(self.now, *words, "--db", db or self.db, data=data)

    def act(self, stream, step, data=None, by=None, *, db=None, key=None):
        _, row, _ = rows_of(stream, step)[0]
        words = ["case", "act", CASE, step, "--on", stream, "--as", by or self._whose(row, stream)]
        words += ["--data", "-"] if data is not None else []
        words += ["--key", key] if key is not None else []
        return self.run(*words, data=data, db=db)

    def take(self, stream, step, data=None, by=None):
        code, said = self.act(stream, step, data, by)
        if code:
            raise ERRORS[code](found(said))
        events = [record.event_from(event) for event in said["events"]]
        self.told += events
        return events

    def verdict(self, stream, step, data=None, by=None):
        """Every finding by its rule, asked on a copy: the desk's own database stays as it is."""
        copy = self.db.with_name("asked.db")
        shutil.copy(self.db, copy)
        code, said = self.act(stream, step, data, by, db=copy)
        if code:
            return {finding.rule_id: finding for finding in found(said)}
        flags = {flag for event in said["events"] for flag in event["flags"]}
        return {finding.rule_id: finding for finding in found(said, "warnings") if finding.rule_id in flags}

    def refused(self, stream, step, data=None, by=None):
        found = self.verdict(stream, step, data, by).values()
        return {finding.rule_id for finding in found if finding.severity is Severity.ERROR}

    @property
    def case(self):
        with opened(str(self.db)) as node:
            return node.case(CASE)

    @property
    def book(self):
        _, said = self.run("case", "show", CASE)
        figures = {name: _quantity(value) for name, value in said["ledger"].items() if isinstance(value, dict)}
        return SimpleNamespace(**figures, uncommitted=figures["left"], why=said["ledger"]["why"])


both_doors = pytest.mark.parametrize("door", [Desk, CommandDesk], ids=["python", "command line"])
"""Run through Python and through the command line; the test, or its fixture, opens `door(...)`."""


def spoken(now, *words, data=None):
    """The exit code and the JSON of a command at a moment."""
    with patch.object(clock, "now", lambda: now):
        asked = [*map(str, words), "--json"]
        result = CliRunner().invoke(main, asked, input=None if data is None else json.dumps(data, default=str))
    assert result.stdout, f"{asked}: {result.exit_code}\n{result.stderr}"
    said = json.loads(result.stdout)
    assert said.get("exit_code", 0) == result.exit_code
    return result.exit_code, said


def found(said, kind="findings"):
    return [Finding(**{**each, "severity": Severity(each["severity"])}) for each in said[kind]]


def _quantity(said):
    return Quantity(Decimal(said["amount"]), Unit(said["unit"]))


FOLDER = mkdtemp()
atexit.register(shutil.rmtree, FOLDER)


@cache
def _consented(law, quantity, shipments):
    """A database in which a notification of this size is consented to, by the public steps alone."""
    folder = Path(mkdtemp(dir=FOLDER))
    file, db = folder / "consignment.json", folder / "node.db"
    file.write_text(json.dumps(consignment_file(law, quantity, shipments)))
    begun, decided = at(BEGUN), at(DECIDED)
    assert spoken(begun, "case", "import", file, "--db", db)[0] == 0
    steps = [("notification", "submit", "GB-NTF", None)]
    if law == "GB":
        steps += [("assessment", step, "GB-CA", said) for step, said in ASSESSED.items()]
    steps.append(("notification", "transmit", "GB-CA", None))
    steps.append(("answer/KR", "acknowledge", "KR-CA", _said("KR", "received_on", "acknowledged_on", on=BEGUN)))
    for stream, step, by, data in steps:
        _done(begun, db, stream, step, by, data)
    for country, by in AUTHORITIES.items():
        valid = {"valid_from": DECIDED, "valid_until": "2026-12-30", "contract_confirmed": True}
        _done(decided, db, f"answer/{country}", "consent", by, {**_said(country, "decided_on", on=DECIDED), **valid})
    return db


ASSESSED = {
    "record_receipt": {"filed_on": BEGUN},
    "record_payment": {"paid_on": BEGUN},
    "begin": {"begun_on": BEGUN, "officer": "A. Smith"},
    "complete": {"assessed_on": BEGUN, "interim": False},
}


def _done(now, db, stream, step, by, data):
    words = ("case", "act", CASE, step, "--on", stream, "--as", by, *(("--data", "-") if data else ()), "--db", db)
    code, said = spoken(now, *words, data=data)
    assert code == 0, said


def _said(country, *days, on):
    return {"country": country, **dict.fromkeys(days, on)}


def consignment_file(law, quantity, shipments, signed_on=BEGUN):
    """The consignment file of the desk: the example, from Great Britain to the Republic of Korea."""
    parties = [
        {"id": slot.party, "name": slot.party, "country": slot.country, "roles": [slot.role.value], "home": "GB"}
        for slot in SLOTS
    ]
    said = consignment().notification
    places = {slot.role: slot for slot in SLOTS}
    leaves, enters = places[Role.CUSTOMS_EXIT], places[Role.CUSTOMS_ENTRY]
    named = {
        "notifier": _party(said["notifier"], BY_ROLE[Role.NOTIFIER]),
        "consignee": _party(said["consignee"], BY_ROLE[Role.CONSIGNEE]),
        "generators": [{**said["generators"][0], "party": _party(said["notifier"], BY_ROLE[Role.NOTIFIER])}],
        "facility": {**said["facility"], "party": _party(said["facility"]["party"], BY_ROLE[Role.DISPOSER])},
        "carriers": [entry for entry in said["carriers"] if entry["party"]["id"] == BY_ROLE[Role.CARRIER]],
        "route": [
            {
                "role": "export",
                "country": "GB",
                "authority": "GB-CA",
                "exit_point": leaves.place,
                "exit_office": leaves.party,
            },
            {
                "role": "import",
                "country": "KR",
                "authority": "KR-CA",
                "entry_point": enters.place,
                "entry_office": enters.party,
            },
        ],
    }
    return {
        "schema": "waste-bpm/consignment/v1",
        "case": CASE,
        "title": "The desk",
        "about": "EXAMPLE DATA.",
        "parties": parties,
        "notification": {
            **said,
            **named,
            "regime": law,
            "number": "GB 0001 004211",
            "intended_quantity": {"amount": quantity, "unit": "TNE"},
            "intended_shipments": shipments,
            "first_departure": "2026-01-01",
            "last_departure": "2026-12-30",
            "waste": {**said["waste"], "not_applicable": ["ec_list", "national_export", "national_import", "other"]},
            "declaration": {**said["declaration"], "signed_on": signed_on},
        },
    }


def _party(said, party):
    return {**said, "id": party, "country": party[:2]}
