"""What is said in the procedures that need no notification: illegal traffic, green-listed waste, pre-consent."""

from datetime import date, timedelta
from decimal import Decimal

from tests.casefile import WORDS
from tests.documents.test_annex_vii import GREEN
from tests.documents.test_check import PRE_CONSENT
from tests.walks.shipments import BY_ROAD, other_carrier, take_over

DAY = date(2026, 6, 1)
SIGNED = {"name": "A. B", "function": "manager", "signed_on": DAY.isoformat()}
WASTES = [{"code": "A1160", "list": "BASEL-VIII"}, {"code": "A1181", "list": "BASEL-VIII"}]
_ROLES = {"export": "export_authority", "transit": "transit_authority", "import": "import_authority"}


def nothing_yet(walk):
    """The case begins with the first step of the walk."""


# illegal traffic


def _suspect(walk, stream, party):
    first, _, last = walk.file.states
    concerned = [
        (f"{first}-CA", "export_authority"),
        (f"{last}-CA", "import_authority"),
        (f"{last}-CU", "customs_entry"),
    ]
    return {
        "found_at": walk.now,
        "place": "Yard of the port",
        "declared": {"code": "B3011", "list": "BASEL-IX"},
        "found": {"code": "Y46", "list": "Y"},
        "quantity": walk.amount("80"),
        "containers": 8,
        "description": WORDS,
        "parties": [{"id": party, "role": role, "country": party[:2]} for party, role in concerned],
    }


def _judge(grounds):
    def said(walk, stream, party):
        named = [] if walk.slip() else grounds[: walk.some(1, len(grounds) or 1)]
        return {"decided_on": walk.today, "grounds": named, "evidence": WORDS}

    return said


def _assign(walk, stream, party):
    side = walk.some("exporter_side", "importer_side", "unassigned")
    return {"responsibility": side, "informed_on": walk.day(), "remedy": WORDS, "reason": WORDS}


def _account(walk, stream, party):
    found = walk.stream(stream)
    left = found.open_containers
    containers = max(1, left if walk.chance(0.5) else left // 2) + (20 if walk.slip() else 0)
    open_ = found.open_quantity
    tonnes = {} if open_ is None else {"quantity": walk.amount(open_.base * containers / max(left, containers, 1))}
    fate = walk.some("returned", "disposed_locally", "destroyed", "reexported", "otherwise")
    return {"on": walk.today, "fate": fate, "containers": containers, **tonnes}


# green-listed waste


def _green(walk, stream, party):
    first, _, last = walk.file.states
    person = {**GREEN["arranger"], "id": f"{first}-N", "country": first}
    plant = {**GREEN["facility"]["party"], "id": f"{last}-F", "country": last}
    route = zip(("export", "transit", "import"), walk.file.states, strict=True)
    filed = walk.stream(stream).quantity
    return {
        **GREEN,
        "regime": walk.regime if not walk.slip() else "BASEL",
        "number": f"GLW.{first}2600000042",
        "arranger": person,
        "consignee": {**plant, "id": f"{last}-T"},
        "quantity": walk.amount(filed.base if filed is not None else "24.5"),
        "shipment_date": (walk.file.today + timedelta(days=walk.some(7, 9) if not walk.slip() else 1)).isoformat(),
        "carriers": [
            {"party": {**person, "id": f"{state}-C", "country": state}, "means_of_transport": ["R"]}
            for state in (first, last)
        ],
        "facility": {"party": plant, "site": "Smelter"},
        "route": [{"role": role, "country": state, "authority": f"{state}-CA"} for role, state in route],
        "declaration": {**SIGNED, "signed_on": walk.today},
    }


def _green_departs(walk, stream, party):
    return {"departed_at": walk.now, "place": f"{party[:2]}AAA", "carrier": party, "conveyance": BY_ROAD}


def _green_arrives(walk, stream, party):
    return {"received_on": walk.day(), "received_quantity": walk.amount("24.5"), "place": "Gate 2"}


def _green_received(walk, stream, party):
    load = walk.stream(stream).quantity
    whole = load.base if load is not None else Decimal("24.5")
    rejected = whole / 5 if walk.chance(0.3) else Decimal(0)
    return {
        "received_on": walk.day(),
        "accepted_quantity": walk.amount(whole - rejected),
        "rejected_quantity": {"amount": format(rejected, "f"), "unit": "TNE"},
        "rejection": WORDS,
        "signature": {**SIGNED, "signed_on": walk.today},
    }


def _green_recovered(walk, stream, party):
    known = walk.stream(stream)
    accepted = known.accepted_quantity.base if known.accepted_quantity is not None else Decimal(24)
    return {
        "completed_on": walk.day(known.received_on),
        "recycled_quantity": walk.amount(accepted / 2),
        "recovered_quantity": {"amount": "0", "unit": "TNE"},
        "signature": {**SIGNED, "signed_on": walk.today},
    }


def _green_fails(walk, stream, party):
    return {"informed_on": walk.day(), "quantity": walk.amount("24.5"), "location": "Yard", "reason": WORDS}


def _green_back(walk, stream, party):
    return {"returned_on": walk.day(), "quantity": walk.amount("24.5"), "remark": WORDS}


# pre-consent


def _apply(walk, stream, party):
    last = walk.file.states[-1]
    plant = PRE_CONSENT["facility"]
    return {
        **PRE_CONSENT,
        "regime": "BASEL" if walk.slip() else walk.regime,
        "applied_on": walk.day(),
        "facility": {**plant, "party": {**plant["party"], "id": f"{last}-F", "country": last}},
        "authority": f"{last}-CA",
        "waste": WASTES,
        "operations": ["R13"] if walk.slip() else ["R4", "R3"],
    }


def _grant(walk, stream, party):
    years = 20 if walk.slip() else walk.some(1, 3)
    return {
        "decided_on": walk.today,
        "valid_from": walk.today,
        "valid_until": (walk.file.today + timedelta(days=360 * years)).isoformat(),
        "waste": WASTES[: walk.some(1, 2)],
        "operations": ["R1"] if walk.slip() else ["R4"],
    }


def _revoke(walk, stream, party):
    return {"effective_on": walk.today, "reason": WORDS}


def _revoke_in_part(walk, stream, party):
    return _revoke(walk, stream, party) | {"waste": [] if walk.slip() else WASTES[:1]}


SAYS = {
    ("illegal_case", "suspect"): _suspect,
    ("illegal_case", "dismiss"): _judge([]),
    ("illegal_case", "confirm"): _judge(["material_nonconformity", "no_consent", "no_notification"]),
    ("illegal_case", "assign"): _assign,
    ("illegal_case", "order"): lambda walk, stream, party: {
        "ordered_on": walk.today,
        "addressee": "Exporter",
        "remedy": WORDS,
    },
    ("illegal_case", "account"): _account,
    ("illegal_case", "close"): lambda walk, stream, party: {"closed_on": walk.today},
    ("annex_vii", "draft"): _green,
    ("annex_vii", "correct"): _green,
    ("annex_vii", "cancel"): lambda walk, stream, party: {"reason": WORDS},
    ("annex_vii", "depart"): _green_departs,
    ("annex_vii", "take_over"): take_over,
    ("annex_vii", "receive_by_consignee"): _green_arrives,
    ("annex_vii", "receive"): _green_received,
    ("annex_vii", "recover"): _green_recovered,
    ("annex_vii", "fail"): _green_fails,
    ("annex_vii", "return"): _green_back,
    ("annex_vii", "signal"): lambda walk, stream, party: {"seen_at": walk.now, "place": "A31", "text": WORDS},
    ("pre_consent", "apply"): _apply,
    ("pre_consent", "grant"): _grant,
    ("pre_consent", "refuse"): lambda walk, stream, party: {"decided_on": walk.today, "reason": WORDS},
    ("pre_consent", "revoke_in_part"): _revoke_in_part,
    ("pre_consent", "revoke"): _revoke,
}
WHO = {("annex_vii", "take_over"): other_carrier}
