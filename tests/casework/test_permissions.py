"""Who may take which step: every step, by every role, in the own case and in another, against a table of its own.

The table (`permissions.yaml`) is reasoned from the law. It is compared with what the one line answers to people (`act`),
to the interface, and to the messages of peers (`receive`). A step without an entry, and an entry without a step, fail.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.api.conftest import TestClient
from waste_bpm.api.app import create_app
from waste_bpm.api.instances import COLLECTIONS
from waste_bpm.casework import arrivals
from waste_bpm.casework.arrivals import receive
from waste_bpm.casework.correspondence import Directory
from waste_bpm.casework.line import Request, act
from waste_bpm.casework.node import Folded, Node
from waste_bpm.casework.registers import admit
from waste_bpm.casework.store import CASE_FILE, Store
from waste_bpm.errors import NotFound, NotPermitted, Refused
from waste_bpm.exchange.specimens import specimens
from waste_bpm.law.rules import regimes
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case
from waste_bpm.simulation.world import named
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.utility_blocks.envelope import PartyRef, Recorded
from waste_bpm.vocabulary import ALL_AUTHORITIES, Party, Role, Slot

TABLE = yaml.safe_load(Path(__file__).with_name("permissions.yaml").read_text(encoding="utf-8"))
CASE = "11111111-2222-5333-8444-555555555555"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BEGUN_BY = {"annex_vii": "annex_vii", "pre_consent": "pre_consent"}
"""The process whose document names the parties, where it is not the notification."""


@dataclass(frozen=True)
class Somebody:
    """One of the fourteen roles of a deployment, and what ties it to the case: `word` is its name in the table."""

    id: str
    kind: str
    word: str | None = None
    country: str = "KE"
    role: Role | None = None


HERE = (
    Somebody("KE-EXPORTER", "notifier", "exporter", "KE", Role.NOTIFIER),
    Somebody("KR-IMPORTER", "importer", "importer", "KR", Role.CONSIGNEE),
    Somebody("SG-CARRIER", "carrier", "carrier", "SG", Role.CARRIER),
    Somebody("KR-FACILITY", "facility operator", "facility", "KR", Role.DISPOSER),
    Somebody("KE-CA", "case officer", "export authority", "KE", Role.EXPORT_AUTHORITY),
    Somebody("SG-CA", "decision maker", "transit authority", "SG", Role.TRANSIT_AUTHORITY),
    Somebody("LK-CA", "decision maker", "transit authority", "LK", Role.TRANSIT_AUTHORITY),
    Somebody("KR-CA", "decision maker", "import authority", "KR", Role.IMPORT_AUTHORITY),
    Somebody("KE-PORT", "customs", "exit customs", "KE", Role.CUSTOMS_EXIT),
    Somebody("SG-PORT", "customs", "transit customs", "SG", Role.CUSTOMS_TRANSIT),
    Somebody("KR-PORT", "customs", "entry customs", "KR", Role.CUSTOMS_ENTRY),
    Somebody("KE-MAKER", "notifier", "generator", "KE", Role.GENERATOR),
)
"""Who holds a role in the case. The generator signs where the notifier files; it takes no step alone."""
STRANGERS = (
    *(Somebody(f"{each.id}-2", each.kind, None, each.country, each.role) for each in HERE),
    Somebody("ZA-CA", "decision maker", None, "ZA", Role.IMPORT_AUTHORITY),
    Somebody("KR-INSPECTOR", "inspector", None, "KR"),
    Somebody("KE-AUDITOR", "auditor", None, "KE"),
    Somebody("KE-OPERATOR", "node operator", None, "KE"),
    Somebody("KE-TRAINER", "trainer", None, "KE"),
)
"""Who holds none here: the same roles in other cases, and the roles that have no part in any case."""
PEER = Somebody("KR-ELSEWHERE", "peer node", None, "KR", Role.IMPORT_AUTHORITY)
NOBODY = Somebody("NOBODY", "anonymous")
PLACES = [
    {"country": state, "office": f"{state}-PORT", "serial": "1", "number": "1", "part": "1"}
    for state in ("KE", "SG", "KR")
]
KINDS = 14


def cells(places=PLACES):
    """Every step on every place it can be taken at."""
    for process in PROCESSES.values():
        for step in process.steps:
            streams = {"/".join((process.name, *(place[part] for part in process.parts))) for place in places}
            yield from ((process, step, stream) for stream in sorted(streams))


def expected(process, step, stream, who):
    """What the table says: an authority or office only for its own State, at its own border point."""
    entry = TABLE[process.name][step.name]
    if who.word is None or who.word not in entry["may"]:
        return False
    place = process.place(stream)
    official = who.word.endswith(("authority", "customs"))
    if official and place.get("country", who.country) != who.country:
        return False
    return not who.word.endswith("customs") or place.get("office", who.id) == who.id


def case_of(process, step):
    """A case in which every role is filled, under a regime that has the step."""
    law = next(name for name in regimes() if not step.regimes or name in step.regimes)
    begun = BEGUN_BY.get(process.name, "notification")
    held = tuple(Slot(role=each.role, party=each.id, country=each.country, place=f"{each.country}AAA") for each in HERE)
    return Case(id=CASE).with_stream(begun, replace(PROCESSES[begun].instance(), slots=held, regime=law))


def registered():
    """A node that keeps everybody but the peer."""
    parties = {
        each.id: Party(
            id=each.id,
            name=each.id,
            country=each.country,
            roles=frozenset({each.role} if each.role else ()),
            node="there" if each is PEER else "here",
        )
        for each in (*HERE, *STRANGERS, PEER)
    }
    directory = Directory(own="here", parties=parties)
    made = Node(store=Store("sqlite://"), directory=directory, clock=lambda: NOW, ids=named(CASE))
    made.store.replace(CASE_FILE, [{"case_id": CASE, "number": "KE 000001"}])
    return made


@pytest.fixture(scope="module")
def node():
    made = registered()
    yield made
    made.store.close()


def stand(node, process, step):
    node.store.memory[CASE] = Folded(case=case_of(process, step))


def may(node, step, stream, who):
    """Whether the line lets the party go on to the guards of the step."""
    try:
        act(node, Request(case_id=CASE, stream=stream, step=step.name, party=who.id))
    except NotPermitted as refused:
        assert refused.findings[0].rule_id in ("role-missing", "party-at-home")
        return False
    except Refused:
        return True
    raise AssertionError(f"{step.name} on {stream} was taken without a document and out of its state")


def test_each_step_has_its_entry_and_each_entry_its_step():
    rows = {process.name: {step.name for step in process.steps} for process in PROCESSES.values()}
    missing = {name: sorted(steps - set(TABLE.get(name, {}))) for name, steps in rows.items()}
    assert {name: steps for name, steps in missing.items() if steps} == {}, (
        "write into permissions.yaml who may and why"
    )
    gone = {name: sorted(set(entries) - rows.get(name, set())) for name, entries in TABLE.items()}
    assert {name: steps for name, steps in gone.items() if steps} == {}


def test_each_entry_gives_a_reason_and_names_known_parties():
    words = {each.word for each in HERE} - {"generator"} | {"node"}
    for name, entries in TABLE.items():
        for step, entry in entries.items():
            assert set(entry["may"]) <= words, f"{name}.{step}"
            assert entry["why"], f"{name}.{step}"
            assert entry["may"] or entry["alone"] is False, f"{name}.{step}"


def test_the_fourteen_roles_of_a_deployment_are_all_asked():
    asked = {each.kind for each in (*HERE, *STRANGERS, PEER, NOBODY)}
    assert len(asked | {"integrator"}) == KINDS


@pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES.keys())
def test_people_may_take_what_the_table_says_and_nothing_else(process, node):
    wrong = []
    for each, step, stream in cells():
        if each is process:
            stand(node, process, step)
            for who in (*HERE, *STRANGERS, PEER, NOBODY):
                found = may(node, step, stream, who)
                if found != expected(process, step, stream, who):
                    wrong.append(f"{who.id} {'may' if found else 'may not'} take {step.name} on {stream}")
    assert wrong == []


class Entitled(Exception):  # noqa: N818 - what happened
    """The sender of a message was let through to what comes after entitlement."""


def reading(node):
    """The same case on a node that keeps none of its parties, only one that is told."""
    parties = {**node.directory.parties, "CH-READER": replace(node.directory.parties["ZA-CA"], node="reads")}
    return replace(node, directory=Directory(own="reads", parties=parties))


@pytest.fixture
def elsewhere(node, monkeypatch):
    """A node that reads, where what is entitled stops."""

    def stop(*_):
        raise Entitled

    monkeypatch.setattr(arrivals, "_flags", stop)
    return reading(node)


@cache
def example(message):
    """A message of this name, read."""
    return gate.read(next(specimens(MESSAGES[message])).data)


def said(process, step, stream, sender):
    """The bytes of the message by which a sender reports a step."""
    received = example(step.says)
    header = received.header.model_copy(
        update={
            "conversation": CASE,
            "sender": sender,
            "receivers": (PartyRef("CH-READER", Role.TRANSIT_AUTHORITY),),
            "recorded": (Recorded(stream=stream, version=1, event=step.event),),
            "law": step.law,
        }
    )
    return gate.build(MESSAGES[step.says], header, received.document)


def heard(node, data):
    """Whether a node takes the message from its sender."""
    try:
        receive(node, data)
    except NotPermitted:
        return False
    except Entitled:
        return True
    raise AssertionError("neither refused nor let through")


@pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES.keys())
def test_a_peer_may_say_what_its_party_may_do_and_nothing_else(process, elsewhere):
    wrong = []
    for each, step, stream in cells():
        if each is not process or not step.says:
            continue
        stand(elsewhere, process, step)
        for who in (*HERE, *STRANGERS):
            if who.role is None:
                continue
            clocked = Role.CLOCK in step.by
            own = who.word in ("export authority", "transit authority", "import authority") and who.country == (
                process.place(stream).get("country", who.country)
            )
            allowed = own if clocked else expected(process, step, stream, who)
            found = heard(elsewhere, said(process, step, stream, PartyRef(who.id, Role.CLOCK if clocked else who.role)))
            if found != allowed:
                wrong.append(f"{who.id} {'may' if found else 'may not'} say {step.says} on {stream}")
    assert wrong == []


@pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES.keys())
def test_a_message_in_a_role_that_its_sender_does_not_hold_is_refused(process, elsewhere):
    """The role in the header goes into the log, so a sender may not borrow one."""
    for each, step, stream in cells():
        if each is not process or not step.says or Role.CLOCK in step.by:
            continue
        stand(elsewhere, process, step)
        for who in HERE:
            if expected(process, step, stream, who):
                other = Role.CARRIER if who.role is not Role.CARRIER else Role.IMPORT_AUTHORITY
                assert not heard(elsewhere, said(process, step, stream, PartyRef(who.id, other))), (who.id, step.name)
                assert not heard(elsewhere, said(process, step, stream, PartyRef(who.id, Role.CLOCK))), (who.id, stream)


@pytest.fixture(scope="module")
def door(node):
    for each in (*HERE, *STRANGERS):
        admit(node.store, each.id, f"token of {each.id}")
    return TestClient(create_app(node), raise_server_exceptions=False)


@pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES.keys())
def test_the_interface_answers_as_the_line_does(process, door, node):
    """An integrator shows the token of the party for which it acts, and may do what that party may."""
    wrong = []
    for each, step, stream in cells(PLACES[-1:]):
        if each is not process or not step.by or step.by == (Role.CLOCK,):
            continue
        stand(node, process, step)
        key = stream.partition("/")[2].replace("/", ".")
        path = f"/api/v1/{COLLECTIONS[process.name]}/{CASE}{'.' + key if key else ''}/steps/{step.name}"
        for who in (*HERE, NOBODY, STRANGERS[0], STRANGERS[-3]):
            headers = {"Idempotency-Key": "k", "If-Match": '"v0"'}
            if who is not NOBODY:
                headers["Authorization"] = f"Bearer token of {who.id}"
            status = door.post(path, headers=headers).status_code
            permitted = status not in (401, 403, 404)
            if permitted != expected(process, step, stream, who) or (status == 401) != (who is NOBODY):
                wrong.append(f"{who.id} is answered {status} to {step.name} on {stream}")
    assert wrong == []


def test_who_may_do_nothing_in_any_case_is_never_named_by_a_row():
    """Only parties of a case and its authorities appear in the rows; no row opens a step to the Secretariat."""
    named_by_rows = {role for process in PROCESSES.values() for step in process.steps for role in step.by}
    assert named_by_rows <= {each.role for each in HERE if each.word != "generator"} | {Role.CLOCK}
    assert set(ALL_AUTHORITIES) < named_by_rows


def test_a_step_of_another_regime_is_not_there(node):
    step = PROCESSES["assessment"].by_name["begin"]
    node.store.memory[CASE] = Folded(
        case=case_of(PROCESSES["notification"], PROCESSES["notification"].by_name["draft"])
    )
    with pytest.raises(NotFound):
        act(node, Request(case_id=CASE, stream="assessment", step=step.name, party="KE-CA"))
