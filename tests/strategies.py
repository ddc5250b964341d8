"""Any document, made from what the models declare: the facets of each value, nesting, what may be missing or many."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from hypothesis import assume
from hypothesis import strategies as some

from tests.stage import consignment
from waste_bpm.documents.annex_vii import AnnexVII, GreenReceipt
from waste_bpm.documents.answers import ConsentDecision
from waste_bpm.documents.changes import ChangeAgreement, ChangeRequest
from waste_bpm.documents.check import complete
from waste_bpm.documents.decisions import DecisionUpdate
from waste_bpm.documents.model import is_enumeration, present_at
from waste_bpm.documents.movement import Movement
from waste_bpm.documents.notification import Notification
from waste_bpm.documents.signals import Overall, ValidationReport
from waste_bpm.documents.treatment import (
    FacilityReceipt,
    InterimTreatmentCompletion,
    ShipmentRejection,
    TreatmentCompletion,
)
from waste_bpm.documents.waste import CodeFamily, WasteIdentification
from waste_bpm.errors import InputInvalid
from waste_bpm.law import codes
from waste_bpm.law.rules import regimes
from waste_bpm.utility_blocks import lettering
from waste_bpm.utility_blocks.catalogue import MESSAGES
from waste_bpm.utility_blocks.envelope import SIGNAL, FunctionCode, Header, LegalClock, PartyRef, Recorded
from waste_bpm.vocabulary import Code, Quantity, Role, Severity, Text, Unit

DAY = date(2026, 6, 1)
_LETTERS = some.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
WORDS = some.one_of(
    some.text(_LETTERS, min_size=1, max_size=30),
    some.sampled_from(
        [
            '"quoted" & <tagged>',
            "]]>",
            "ünïcödé",
            "دراجة",
            "电池",
            "🔋 e\u0301",
            "  spaces  inside ",
            "a\u0085b",
            "&amp;",
            "two\nlines",
            "नमस्ते 한국 Ω",
        ]
    ),
).filter(lambda words: words.strip() and " ".join(words.split()) and not lettering.wrong(words, is_name=True))


def code_of(listed: str):
    if listed == "COUNTRY":
        return some.sampled_from(["KE", "KR", "LK", "SG", "DE"])
    if listed == "OPERATION":
        return some.sampled_from(["R4", "R3", "D10"])
    if listed == "REGIME":
        return some.sampled_from(regimes())
    return some.sampled_from([entry.code for entry in codes.entries(listed) if codes.in_force(entry, DAY)])


def amount(positive: bool):
    shown = some.decimals(Decimal("0.000001" if positive else "0"), Decimal("9999999999"), places=6)
    awkward = some.sampled_from([Decimal("1E+3"), Decimal("0.000001"), Decimal("12.50"), Decimal("9999999999")])
    return some.builds(Quantity, some.one_of(shown, awkward), some.sampled_from(list(Unit)))


def leaf(spec):
    kind, lexical = spec.type, spec.lexical
    if is_enumeration(kind):
        return some.sampled_from(list(kind))
    if kind is bool:
        return some.booleans()
    if kind is Quantity:
        return amount(lexical.positive)
    if kind is Decimal:
        return some.decimals(-999 if lexical.signed else 0, 100, places=lexical.digits[1])
    if kind is Text:
        return some.builds(Text, WORDS.map(str.strip), some.sampled_from(["en", "fr", "zh-Hans"]))
    if kind is Code:
        return some.sampled_from([Code("A1160", "BASEL-VIII"), Code("Y46", "BASEL-II"), Code("B1010", "BASEL-IX")])
    if kind is date:
        return some.dates(date(1900, 1, 1), date(2999, 12, 31))
    if kind is datetime:
        return some.datetimes(datetime(1990, 1, 1), datetime(2999, 1, 1), timezones=some.just(UTC)).map(
            lambda at: at.replace(microsecond=0)
        )
    if kind is int:
        return some.integers(lexical.least, lexical.most)
    if spec.block.codes:
        return code_of(spec.block.codes)
    if lexical.pattern:
        return some.from_regex(lexical.pattern, fullmatch=True, alphabet=_LETTERS).filter(
            lambda text: " ".join(text.split()) == text and not lettering.wrong(text, is_name=True)
        )
    return WORDS


def _language(text):
    return text.language


@cache
def data_of(model, stage=None, depth=0):
    """The data of a document: required fields always, others sometimes."""
    required, optional = {}, {}
    for spec, needed in present_at(model, stage, minor=99):
        one = data_of(spec.type, None, depth + 1) if spec.nested else leaf(spec)
        value = (
            some.lists(
                one,
                unique_by=_language if spec.type is Text else None,
                min_size=max(spec.least, int(needed)),
                max_size=max(spec.least, 1) + 1,
            ).map(tuple)
            if spec.many
            else one
        )
        (required if needed else optional)[spec.name] = value
    return some.fixed_dictionaries(required, optional=optional)


@some.composite
def document(draw, model, stage=None):
    """Any document that has the right shape and keeps its rules."""
    data = _MENDED.get(model, lambda data: data)(draw(data_of(model, stage)))
    made = model.model_validate(data)
    assume(_kept(made, stage))
    return made


def _waste(data):
    """Block 14 answered in every family: with codes as they were drawn, or with not applicable."""
    data = {**data, "y_codes": ("Y31",), "h_codes": ("H8", "H12"), "not_applicable": ()}
    if data["basel"].list == "BASEL-II":
        data["h_codes"] = ()
    made = WasteIdentification.model_construct(**WasteIdentification.model_validate(data).__dict__)
    return {**data, "not_applicable": tuple(made.unanswered(tuple(CodeFamily)))}


def _other(quantity):
    return Quantity(Decimal("1.5"), Unit.CUBIC_METRE if quantity.dimension == "mass" else Unit.TONNE)


def _notification(data):
    """Rules across blocks leave little to chance: mend what they tie together, leave all else as it was drawn."""
    data["scope"] = "individual" if data["intended_shipments"] == 1 else "multiple"
    data["operations"] = ("R4", "R3") if data["category"] == "recovery" else ("D10",)
    data["pre_consented"] = data["pre_consented"] and data["category"] == "recovery"
    data["first_departure"], data["last_departure"] = sorted((data["first_departure"], data["last_departure"]))
    for words in ("handling_instructions", "packaging_other", "physical_other", "generator_declaration_missing"):
        data[words] = data.get(words) or (Text("keep dry"),)
    data["waste"] = _waste(data["waste"])
    data["constituents"] = tuple({"name": each["name"]} for each in data.get("constituents", ()))
    _quantities(data)
    _route(data)
    if data.get("notifier_kind") in ("dealer", "broker"):
        data["notifier_kind"] = "producer"
    if data.get("regime") == "GB":
        data["regime"] = "EU"
    if data.get("declaration"):
        data["declaration"]["signed_on"] = DAY
    data["annex_count"] = len(data.get("annexes", ()))
    return data


def _quantities(data):
    total = data["intended_quantity"]
    for name in ("least_quantity", "shipment_quantity"):
        if name in data:
            data[name] = total
    if "other_quantity" in data:
        data["other_quantity"] = _other(total)


def _route(data):
    first, last = data["notifier"]["country"], data["consignee"]["country"]
    if first == last:
        last = data["consignee"]["country"] = "KR" if first != "KR" else "KE"
    data["facility"]["party"]["country"] = last
    data["number"] = f"{first} 000427"
    points = {"entry_point": "SGSIN", "exit_point": "SGSIN"}
    free = [each for each in ("SG", "LK", "MY", "TH", "VN") if each not in (first, last)]
    between = [
        {**state, **points, "role": "transit", "country": country}
        for state, country in zip(data["route"][1:-1], free, strict=False)
    ]
    ends = (
        {**data["route"][0], **points, "role": "export", "country": first},
        {**data["route"][-1], **points, "role": "import", "country": last},
    )
    data["route"] = (ends[0], *between, ends[1])
    data["alternative_routes"] = tuple(
        {"name": f"routing {number}", "states": data["route"]}
        for number, _ in enumerate(data.get("alternative_routes", ()))
    )


def _movement(data):
    data["serial"], data["total_shipments"] = sorted((data["serial"], data["total_shipments"]))
    for words in ("packaging_other", "physical_other"):
        data[words] = data.get(words) or (Text("keep dry"),)
    if "other_quantity" in data:
        data["other_quantity"] = _other(data["quantity"])
    if "notified_on" in data:
        data["notified_on"] = DAY
    data["waste"] = _waste(data["waste"])
    return data


def _consent(data):
    first, last = sorted((data["valid_from"], data["valid_until"]))
    data["valid_from"], data["valid_until"] = (first, last) if first < last else (date(1900, 1, 1), date(1901, 1, 1))
    return data


def _rejection(data):
    unit = data["received_quantity"].unit
    accepted, rejected = data["accepted_quantity"].amount / 2, data["rejected_quantity"].amount / 2
    cent = Decimal("0.000001")
    accepted, rejected = accepted.quantize(cent), rejected.quantize(cent) + cent
    data["accepted_quantity"], data["rejected_quantity"] = Quantity(accepted, unit), Quantity(rejected, unit)
    data["received_quantity"] = Quantity(accepted + rejected, unit)
    return data


def _receipt(data):
    data["accepted_quantity"] = data["received_quantity"]
    if "rejected_quantity" in data:
        data["rejected_quantity"] = Quantity(Decimal(0), data["received_quantity"].unit)
    return data


def _completion(data):
    for name in ("recycled_quantity", "recovered_quantity", "disposed_quantity"):
        if name in data:
            data[name] = Quantity(Decimal(0), data["treated_quantity"].unit)
    return data


def _green(data):
    """An Annex VII document: ties between its boxes are mended, the rest stays as it was drawn."""
    data["arranger_kind"], data["interim"], data["confidential"] = "producer", False, False
    data["operations"] = ("R4",)
    data["waste"]["entry"] = Code("B1010", "BASEL-IX")
    data.pop("consignee_receipt", None)
    data.pop("containers", None)
    for carrier in data["carriers"]:
        carrier.pop("transferred_on", None)
    if "other_quantity" in data:
        data["other_quantity"] = _other(data["quantity"])
    first, last = data["route"][0], data["route"][-1]
    data["route"] = ({**first, "role": "export", "country": "FR"}, {**last, "role": "import", "country": "DE"})
    data["facility"]["party"]["country"] = "DE"
    return data


def _green_receipt(data):
    data.pop("rejected_quantity", None)
    return data


def _interim(data):
    """The outputs take the whole of what was treated, in one dimension."""
    unit = data["treated_quantity"].unit
    share = Quantity(Decimal("0.5"), unit)
    for output in data["outputs"]:
        output["quantity"] = share
    data["treated_quantity"] = Quantity(Decimal("0.5") * len(data["outputs"]), unit)
    data.pop("residue", None)
    return data


def _changed(data):
    """The notification inside is that of the example: as such it is drawn elsewhere, and twice the size is twice slow."""
    return {**data, "notification": consignment().notification}


def _update(data):
    data["grounds"] = tuple(data.get("grounds", ())) or ({"text": (Text("a ground"),)},)
    return {**data, "valid_from": date(2026, 1, 1), "valid_until": date(2026, 12, 31)}


def _verdict(data):
    worst = {each["severity"] for each in data.get("findings", ())}
    passed = Overall.WITH_WARNINGS if worst else Overall.ACCEPTED
    return {**data, "overall": Overall.REJECTED if Severity.ERROR in worst else passed}


_MENDED = {
    ValidationReport: _verdict,
    AnnexVII: _green,
    GreenReceipt: _green_receipt,
    InterimTreatmentCompletion: _interim,
    Notification: _notification,
    ChangeRequest: _changed,
    ChangeAgreement: _changed,
    DecisionUpdate: _update,
    Movement: _movement,
    ConsentDecision: _consent,
    ShipmentRejection: _rejection,
    FacilityReceipt: _receipt,
    TreatmentCompletion: _completion,
}


def _kept(made, stage):
    try:
        complete(made, on=DAY, stage=stage)
    except InputInvalid:
        return False
    return True


@cache
def header(code: str):
    name = some.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", fullmatch=True)
    ref = some.builds(PartyRef, name, some.sampled_from(list(Role)))
    at = some.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 1), timezones=some.just(UTC)).map(
        lambda t: t.replace(microsecond=0)
    )
    clock = some.builds(
        LegalClock, rule=some.just("transit_answer"), start=some.just(DAY), due=some.just(DAY),
        owed_by=some.just(Role.DISPOSER), owes=some.just("an answer"), reference=some.just("Basel Convention, Art. 6(4)"),
    )  # fmt: skip
    whole = some.builds(
        Header, message=some.uuids().map(lambda each: f"urn:uuid:{each}"), type_code=some.just(code), profile=some.just("BASEL"),
        function=some.just(FunctionCode.ORIGINAL), issued_at=at, occurred_at=at, conversation=some.uuids().map(str),
        notification_number=some.just("KE 000427"), sender=ref, receivers=some.lists(ref, min_size=1, max_size=3).map(tuple),
        recorded=some.just((Recorded(stream="movement/1", version=1, event="MovementAnnounced"),)),
        clocks=some.lists(clock, max_size=1).map(tuple), law=some.just("Basel Art. 6"), exercise=some.booleans(),
    )  # fmt: skip
    if any(each.code == code and each.package.header == SIGNAL for each in MESSAGES.values()):
        return whole.map(lambda head: head.model_copy(update=_OF_NO_CASE))
    return whole


_OF_NO_CASE = {"recorded": (), "clocks": (), "conversation": None, "law": None, "profile": None}
