"""Illegal traffic (Basel Art. 9): the three documented cases, and the rules that they turn on.

Facts of the cases are public reporting; persons and companies are roles.
"""

import json
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID, uuid5

import pytest

from tests.casefile import CaseFile
from tests.processes.command_desk import ERRORS, FOLDER, consignment_file, found, spoken
from tests.stage import case_id, node_of, played
from waste_bpm.casework.correspondence import Directory
from waste_bpm.casework.invariants import check
from waste_bpm.casework.lapses import lapse
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.node import Node
from waste_bpm.casework.store import Store
from waste_bpm.casework.views import events, streams
from waste_bpm.cli.opening import opened
from waste_bpm.documents.illegal import Fate, IllegalGround, Responsibility
from waste_bpm.errors import NotPermitted, Refused
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.clocks import open_clocks
from waste_bpm.vocabulary import Party, Role, tonnes

CASE = "7d1b7a52-3f0b-5d1c-9a57-4c1d2b8e6a10"
ROLES = {"CA-X": Role.EXPORT_AUTHORITY, "CA-I": Role.IMPORT_AUTHORITY, "CUSTOMS": Role.CUSTOMS_ENTRY}


class Find:
    """A find of illegal traffic on the node of the State where the waste is."""

    def __init__(self, exporting, importing, found_at):
        self.at, self.state = found_at, importing
        country = {"CA-X": exporting, "CA-I": importing, "CUSTOMS": importing}
        self.parties = [
            Party(id=f"{country[name]}-{name}", name=name, country=country[name], roles=frozenset({role}), node="here")
            for name, role in ROLES.items()
        ]
        numbers = count()
        self.node = Node(
            store=Store("sqlite://"),
            directory=Directory(own="here", parties={party.id: party for party in self.parties}),
            clock=lambda: self.at,
            ids=lambda _: str(uuid5(UUID(CASE), str(next(numbers)))),
        )

    def take(self, step, by, data, on=None):
        self.at = self.at if on is None else datetime.fromisoformat(on).replace(hour=12, tzinfo=UTC)
        party = next(party.id for party in self.parties if party.name == by)
        self.ask(f"illegal_case/{self.state}/1", step, party, data)
        assert self.read(check) == []
        return self.case

    def ask(self, stream, step, party, data):
        act(self.node, Request(case_id=CASE, stream=stream, step=step, party=party, data=data))

    def read(self, what):
        """What the node says."""
        return what(self.node)

    def suspect(self, quantity, containers, declared, found):
        named = [{"id": party.id, "role": ROLES[party.name].value, "country": party.country} for party in self.parties]
        return self.take(
            "suspect",
            "CUSTOMS",
            {
                "found_at": self.at.isoformat(),
                "place": "Container yard of the port",
                "declared": {"code": declared, "list": "BASEL-IX"} if declared else None,
                "found": {"code": found, "list": "Y"},
                "quantity": {"amount": quantity, "unit": "TNE"},
                "containers": containers,
                "description": [{"text": "Mixed household waste", "language": "en"}],
                "parties": named,
            },
        )

    def confirm(self, *grounds, on):
        evidence = [{"text": "Opened and photographed", "language": "en"}]
        return self.take("confirm", "CA-I", {"decided_on": on, "grounds": grounds, "evidence": evidence}, on=on)

    def assign(self, responsibility, informed_on, on):
        words = [{"text": "As the control has shown", "language": "en"}]
        data = {"responsibility": responsibility, "informed_on": informed_on, "remedy": words, "reason": words}
        return self.take("assign", "CA-I", data, on=on)

    def account(self, fate, containers, on, **more):
        return self.take("account", "CA-I", {"on": on, "fate": fate, "containers": containers, **more}, on=on)

    def refused(self, taken, *given, **named):
        with pytest.raises(Refused) as refused:
            taken(*given, **named)
        return {finding.rule_id for finding in refused.value.findings}

    @property
    def case(self):
        return self.whole.streams[f"illegal_case/{self.state}/1"]

    @property
    def whole(self):
        return self.read(lambda node: node.case(CASE))

    def clocks(self):
        return {clock.rule: clock.due for _, clock in open_clocks(self.whole)}

    def flags(self):
        return {flag for event in self.read(lambda node: list(events(node, CASE))) for flag in event.flags}


class CommandFind(Find):
    """The same find behind the command line: a node that knows the parties, and a case that begins with the find."""

    def __init__(self, exporting, importing, found_at):
        super().__init__(exporting, importing, found_at)
        folder = Path(mkdtemp(dir=FOLDER))
        self.db, file = folder / "node.db", folder / "consignment.json"
        here = [
            {"id": party.id, "name": party.name, "country": party.country, "home": party.country}
            | {"roles": [role.value for role in party.roles]}
            for party in self.parties
        ]
        said = consignment_file("BASEL", "100", 4, signed_on=found_at.date().isoformat())
        file.write_text(json.dumps({**said, "parties": [*said["parties"], *here]}))
        code, answer = spoken(found_at, "case", "import", file, "--db", self.db)
        assert code == 0, answer

    def ask(self, stream, step, party, data):
        begun = ("--begin",) if step == "suspect" else ()
        words = ("case", "act", CASE, step, "--on", stream, "--as", party, *begun, "--db", self.db)
        code, said = spoken(self.at, *words, "--data", "-", data=data)
        if code:
            raise ERRORS[code](found(said))

    def read(self, what):
        with opened(str(self.db)) as node:
            return what(node)


both_finds = pytest.mark.parametrize("finding", [Find, CommandFind], ids=["python", "command line"])


def campania_to_sousse(finding=Find):
    find = finding("IT", "TN", datetime(2020, 7, 8, 9, tzinfo=UTC))
    find.suspect("7900", 282, "B3010", "Y46")
    find.confirm(IllegalGround.MATERIAL_NONCONFORMITY, on="2020-11-20")
    return find


class TestItalyToTunisia2020:
    """282 containers declared as plastic scrap, found to be household waste; 213 went back in 2022."""

    @both_finds
    def test_contents_that_do_not_conform_are_ground_d_and_the_exporter_side_owes_the_return(self, finding):
        find = campania_to_sousse(finding)
        case = find.assign(Responsibility.EXPORTER_SIDE, "2020-12-09", on="2020-12-09")
        assert case.grounds == (IllegalGround.MATERIAL_NONCONFORMITY,)
        assert find.clocks() == {"take_back_illegal": date(2021, 1, 8)}

    @both_finds
    def test_the_thirty_days_run_from_the_day_the_state_of_export_was_informed_not_from_the_find(self, finding):
        find = campania_to_sousse(finding)
        assert find.refused(find.assign, Responsibility.EXPORTER_SIDE, "2020-07-01", on="2020-12-09") == {
            "illegal-informed-on"
        }
        find.assign(Responsibility.EXPORTER_SIDE, "2020-12-09", on="2020-12-10")
        (clock,) = [clock for _, clock in open_clocks(find.whole)]
        assert clock.start == date(2020, 12, 9)

    @both_finds
    def test_213_containers_return_and_the_rest_stays_open(self, finding):
        find = campania_to_sousse(finding)
        find.assign(Responsibility.EXPORTER_SIDE, "2020-12-09", on="2020-12-09")
        case = find.account(Fate.RETURNED, 213, "2022-02-19")
        assert (case.open_containers, case.counted(Fate.RETURNED)) == (69, 213)
        assert find.refused(find.take, "close", "CA-I", {"closed_on": "2022-02-20"}) == {"illegal-waste-accounted"}

    @both_finds
    def test_one_load_has_two_legal_futures(self, finding):
        find = campania_to_sousse(finding)
        find.assign(Responsibility.EXPORTER_SIDE, "2020-12-09", on="2020-12-09")
        find.account(Fate.RETURNED, 213, "2022-02-19")
        case = find.account(Fate.DESTROYED, 69, "2022-03-01", remark=[{"text": "Fire of 2021", "language": "en"}])
        assert (case.counted(Fate.RETURNED), case.counted(Fate.DESTROYED), case.open_containers) == (213, 69, 0)
        assert find.take("close", "CA-I", {"closed_on": "2022-03-02"}).state == "closed"
        assert find.clocks() == {}

    def test_a_remedy_that_is_late_is_on_record_once_and_the_case_goes_on(self):
        find = campania_to_sousse()
        find.assign(Responsibility.EXPORTER_SIDE, "2020-12-09", on="2020-12-09")
        find.at = datetime(2021, 1, 10, 12, tzinfo=UTC)
        assert [outcome.events[0].type for outcome in lapse(find.node)] == ["DeadlineBreached"]
        assert lapse(find.node) == []
        assert find.account(Fate.RETURNED, 213, "2022-02-19").open_containers == 69


@both_finds
def test_canada_to_the_philippines_2013_is_counted_by_the_container(finding):
    """103 containers: 69 returned, 26 disposed of locally, 8 otherwise accounted for; the ledger says what is open."""
    find = finding("CA", "PH", datetime(2013, 7, 1, 9, tzinfo=UTC))
    find.suspect("2450", 103, None, "Y46")
    grounds = (IllegalGround.NO_NOTIFICATION, IllegalGround.NO_CONSENT, IllegalGround.MATERIAL_NONCONFORMITY)
    find.confirm(*grounds, on="2014-02-01")
    find.assign(Responsibility.EXPORTER_SIDE, "2014-02-03", on="2014-02-03")
    assert find.account(Fate.DISPOSED_LOCALLY, 26, "2017-11-30").open_containers == 77
    assert find.account(Fate.RETURNED, 69, "2019-06-29").open_containers == 8
    assert find.refused(find.take, "close", "CA-I", {"closed_on": "2019-06-30"}) == {"illegal-waste-accounted"}
    case = find.account(Fate.OTHERWISE, 8, "2019-06-30")
    assert (case.grounds, case.open_containers) == (grounds, 0)
    assert find.take("close", "CA-I", {"closed_on": "2019-07-01"}, on="2019-07-01").state == "closed"


@both_finds
class TestBritainToSriLanka2017:
    """263 containers, about 3,000 t; some held clinical waste; 180 t went on to other States."""

    def find(self, finding):
        find = finding("GB", "LK", datetime(2019, 7, 1, 9, tzinfo=UTC))
        find.suspect("3000", 263, None, "Y1")
        find.confirm(IllegalGround.NO_NOTIFICATION, IllegalGround.NO_CONSENT, on="2019-08-01")
        find.assign(Responsibility.EXPORTER_SIDE, "2019-08-02", on="2019-08-02")
        return find

    def test_a_re_export_without_consent_is_recorded_and_pointed_out_as_new_illegal_traffic(self, finding):
        find = self.find(finding)
        find.account(Fate.REEXPORTED, 0, "2019-08-03", quantity={"amount": "180", "unit": "TNE"}, destination="IN")
        last = find.case
        assert last.part[-1].fate is Fate.REEXPORTED
        assert "illegal-reexport-consented" in find.flags()

    def test_the_case_closes_only_when_the_re_exported_180_tonnes_are_accounted_for_too(self, finding):
        find = self.find(finding)
        find.account(Fate.RETURNED, 21, "2020-09-30", quantity={"amount": "260", "unit": "TNE"})
        find.account(Fate.RETURNED, 242, "2022-02-21", quantity={"amount": "2560", "unit": "TNE"})
        assert find.refused(find.take, "close", "CA-I", {"closed_on": "2022-03-01"}) == {"illegal-waste-accounted"}
        case = find.account(Fate.REEXPORTED, 0, "2022-03-02", quantity={"amount": "180", "unit": "TNE"})
        assert case.open_quantity == tonnes(0)
        assert find.take("close", "CA-I", {"closed_on": "2022-03-03"}).state == "closed"


def test_no_more_is_accounted_for_than_was_found():
    find = campania_to_sousse()
    find.assign(Responsibility.EXPORTER_SIDE, "2020-12-09", on="2020-12-09")
    assert find.refused(find.account, Fate.RETURNED, 283, "2022-02-19") == {"illegal-part-left"}


def test_illegal_traffic_has_a_ground():
    find = Find("IT", "TN", datetime(2020, 7, 8, 9, tzinfo=UTC))
    find.suspect("7900", 282, "B3010", "Y46")
    assert find.refused(find.confirm, on="2020-11-20") == {"illegal-ground-named"}


def test_another_responsibility_changes_who_owes_and_not_what_was_recorded():
    """Given the exporter side, when the importer's conduct is found to be the cause, then its 30 days run (Art. 9(3))."""
    find = campania_to_sousse()
    find.assign(Responsibility.EXPORTER_SIDE, "2020-12-09", on="2020-12-09")
    find.assign(Responsibility.IMPORTER_SIDE, "2021-01-04", on="2021-01-05")
    assert find.clocks() == {"disposal_illegal_importer": date(2021, 2, 3)}
    kept = [event for event in find.case.clocks if event.rule == "take_back_illegal"]
    assert [clock.due for clock in kept] == [date(2021, 1, 8)]


def test_the_same_responsibility_with_another_day_starts_its_days_anew():
    find = campania_to_sousse()
    find.assign(Responsibility.EXPORTER_SIDE, "2020-12-09", on="2020-12-09")
    find.assign(Responsibility.EXPORTER_SIDE, "2020-12-20", on="2020-12-21")
    assert find.clocks() == {"take_back_illegal": date(2021, 1, 19)}


def test_a_fault_that_nobody_can_be_assigned_has_no_thirty_days():
    """Basel Art. 9(4): the Parties cooperate; the Convention names no number of days."""
    find = campania_to_sousse()
    find.assign(Responsibility.UNASSIGNED, "2020-12-09", on="2020-12-09")
    assert find.clocks() == {}


def test_the_authority_of_another_state_does_not_judge_what_was_found_here():
    find = campania_to_sousse()
    words = [{"text": "No", "language": "en"}]
    data = {"responsibility": "importer_side", "informed_on": "2020-12-09", "remedy": words, "reason": words}
    with pytest.raises(NotPermitted):
        find.take("assign", "CA-X", data, on="2020-12-09")


def test_trap_17_a_clerical_slip_is_not_made_illegal_by_itself():
    """Trap 17: nothing opens a case of illegal traffic but an officer's own step; no other row has it in tow."""
    towed = [name for process in PROCESSES.values() for step in process.steps for name in (*step.also, *step.follows)]
    assert [name for name in towed if name.startswith("illegal_case.")] == []


def test_a_suspicion_that_proves_wrong_is_dismissed_for_good():
    find = Find("IT", "TN", datetime(2020, 7, 8, 9, tzinfo=UTC))
    find.suspect("20", 1, "B3010", "Y46")
    evidence = [{"text": "Clean bales", "language": "en"}]
    assert find.take("dismiss", "CA-I", {"decided_on": "2020-07-09", "evidence": evidence}, on="2020-07-09").state == (
        "dismissed"
    )
    assert "step-not-from-here" in find.refused(find.confirm, IllegalGround.NO_CONSENT, on="2020-07-10")


def test_a_ground_that_the_file_contradicts_is_recorded_and_pointed_out():
    """Given a notification and every consent on file, when no notification is named as a ground, then that is flagged."""
    node = node_of(played("The facility receives shipment 1"))
    words = [{"text": "Papers missing in the cab", "language": "en"}]
    found = {
        "found_at": node.clock().isoformat(),
        "place": "Busan",
        "quantity": {"amount": "25", "unit": "TNE"},
        "description": words,
    }
    said = {
        "decided_on": node.clock().date().isoformat(),
        "grounds": ["no_notification", "no_consent"],
        "evidence": words,
    }
    for step, party, data in (("suspect", "KR-BUSAN", found), ("confirm", "KR-CA", said)):
        act(node, Request(case_id=case_id(), stream="illegal_case/KR/1", step=step, party=party, data=data))
    last = [event for event in events(node, case_id()) if event.stream == "illegal_case/KR/1"][-1]
    assert "illegal-ground-fits" in last.flags
    assert node.case(case_id()).streams["illegal_case/KR/1"].state == "confirmed"


def test_a_find_may_begin_in_each_state_of_a_file_with_the_next_number():
    """Given a file without any find, when it is asked what may begin, then a find in each State concerned may."""
    case = CaseFile("BASEL").transmitted().case
    begins = [stream for stream, _ in streams(case) if stream.startswith("illegal_case")]
    assert begins == ["illegal_case/KE/1", "illegal_case/SG/1", "illegal_case/KR/1"]
