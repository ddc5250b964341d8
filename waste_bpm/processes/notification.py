"""The notification, one per case: drafted, submitted, transmitted to the States concerned, closed (Basel Art. 6(1)).

Its stream also keeps the quantity ledger: each announced shipment reserves its part of what was consented to.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from waste_bpm.documents.answers import InformationReply, Withdrawal
from waste_bpm.documents.movement import Movement as MovementDocument
from waste_bpm.documents.notification import Notification as NotificationDocument
from waste_bpm.documents.transport import MovementCancellation
from waste_bpm.law.rules import Law
from waste_bpm.processes import balance, lawful
from waste_bpm.processes.case import Case, Command, Instance
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, Code, Finding, Quantity, Role, Slot


@dataclass(frozen=True, kw_only=True)
class Notification(Instance):
    """What a case remembers of its notification."""

    appends: ClassVar[frozenset[str]] = frozenset({"request"})

    number: str | None = None
    slots: tuple[Slot, ...] = ()
    waste_code: Code | None = None
    operations: tuple[str, ...] = ()
    packaging: tuple[str, ...] = ()
    intended_quantity: Quantity | None = None
    intended_shipments: int = 0
    first_departure: date | None = None
    last_departure: date | None = None
    request: tuple[str, ...] = ()


def period_within_limit(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(8): a general notification covers at most twelve months."""
    document = command.document
    if not isinstance(document, NotificationDocument):
        return None
    rule = law.rule("consent_validity")
    latest, held = rule.due(document.first_departure), rule.on(document.first_departure)
    if latest is None or held is None or document.last_departure < latest:
        return None
    return Finding(
        rule_id="notification-period",
        message=f"Departures from {document.first_departure} to {document.last_departure}: more than the law allows.",
        block="N6",
        law=held.reference,
        fix=f"Let the last departure lie before {latest}, or file two notifications.",
    )


def request_is_open(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """Basel Art. 6(2): a reply answers a request that an authority made."""
    document = command.document
    if not isinstance(document, InformationReply):
        return None
    answer = case.streams.get(f"answer/{document.country}")
    if answer is not None and document.request in answer.request:
        return None
    return Finding(
        rule_id="request-exists",
        message=f"{document.country} has made no request {document.request!r}.",
        law="Basel Art. 6(2)",
        fix="Name the reference of a request that is on file.",
    )


def nothing_open(case: Case, command: Command, law: Law, now: datetime) -> Finding | None:
    """A case closes when every shipment has its last certificate and no return is owed (Basel Art. 6(9), 8)."""
    owed = [f"shipment {serial} is {movement.state.replace('_', ' ')}" for serial, movement in _unfinished(case)]
    owed += [f"the return case of shipment {key} is {each.state}" for key, each in _unreturned(case)]
    if not owed:
        return None
    return Finding(
        rule_id="nothing-open",
        message=f"The file cannot be closed: {'; '.join(owed)}.",
        law="Basel Art. 6(9), 8",
        fix="Wait for the last certificates and for the return of what was rejected.",
    )


def _unfinished(case: Case) -> list[tuple[str, Instance]]:
    certified = {key for key, disposal in case.of("disposal") if disposal.state == "certified"}
    rejected = {key for key, receipt in case.of("receipt") if receipt.state == "rejected"}
    failed = {key for key, _ in case.of("return_case") if f"receipt/{key}" not in case.streams}
    return [
        (key, movement)
        for key, movement in case.of("movement")
        if movement.state not in ("planned", "cancelled") and key not in certified | rejected | failed
    ]


def _unreturned(case: Case) -> list[tuple[str, Instance]]:
    """The return cases whose waste is neither back and treated, nor dealt with in another procedure."""
    closed = {key for key, answer in case.of("take_back") if answer.state == "closed"}
    return [(key, each) for key, each in case.of("return_case") if each.state != "referred" and key not in closed]


FACTS = (
    "number",
    "slots",
    "waste_code",
    "operations",
    "packaging",
    "intended_quantity",
    "intended_shipments",
    "first_departure",
    "last_departure",
)

NOTIFICATION = Process(
    name="notification",
    title="Notification",
    one_per="case",
    instance=Notification,
    states={
        START: "Not begun",
        "draft": "Draft",
        "submitted": "Before the authority of export",
        "transmitted": "Before all States concerned",
        "withdrawn": "Withdrawn",
        "closed": "Closed",
    },
    steps=[
        Step(
            name="draft",
            title="Draft the notification",
            source=(START, "draft"),
            target="draft",
            event="NotificationDrafted",
            by=(Role.NOTIFIER,),
            law="Basel Art. 6(1), Annex V A",
            takes=NotificationDocument,
            records=FACTS,
        ),
        Step(
            name="submit",
            title="Submit to the authority of export",
            source=("draft",),
            target="submitted",
            event="NotificationSubmitted",
            by=(Role.NOTIFIER,),
            law="Basel Art. 6(1), Annex V A",
            takes=NotificationDocument,
            repeats=True,
            says="NotificationSubmission",
            to=(Role.EXPORT_AUTHORITY,),
            records=FACTS,
            guards=(period_within_limit,),
        ),
        Step(
            name="transmit",
            title="Transmit to the States concerned",
            source=("submitted",),
            target="transmitted",
            event="NotificationTransmitted",
            by=(Role.EXPORT_AUTHORITY,),
            law="Basel Art. 6(1)",
            takes=NotificationDocument,
            repeats=True,
            says="NotificationTransmission",
            to=(*ALL_AUTHORITIES, Role.NOTIFIER),
            records=FACTS,
            guards=(lawful.parties_to_the_convention, lawful.not_under_the_ban, lawful.not_prohibited_otherwise),
        ),
        Step(
            name="supply_information",
            title="Answer an information request",
            source=("submitted", "transmitted"),
            target=None,
            event="InformationSupplied",
            by=(Role.NOTIFIER,),
            law="Basel Art. 6(2)",
            takes=InformationReply,
            says="InformationReply",
            to=ALL_AUTHORITIES,
            records=("request",),
            guards=(request_is_open,),
        ),
        Step(
            name="reserve",
            title="Reserve a shipment in the ledger",
            source=("transmitted",),
            target=None,
            event="QuantityReserved",
            by=(),
            law="Basel Art. 6(6)-(8)",
            takes=MovementDocument,
            guards=(
                balance.number_is_free,
                balance.number_within_total,
                balance.shipments_left,
                balance.quantity_left,
            ),
        ),
        Step(
            name="rebook",
            title="Change a reservation in the ledger",
            source=("transmitted",),
            target=None,
            event="ReservationChanged",
            by=(),
            law="Basel Art. 6(6)-(8)",
            takes=MovementDocument,
            guards=(balance.quantity_left,),
        ),
        Step(
            name="release",
            title="Release a reservation",
            source=("transmitted",),
            target=None,
            event="ReservationReleased",
            by=(),
            law="Basel Art. 6(6)-(8)",
            takes=MovementCancellation,
        ),
        Step(
            name="withdraw",
            title="Withdraw the notification",
            source=("submitted", "transmitted"),
            target="withdrawn",
            event="NotificationWithdrawn",
            by=(Role.NOTIFIER,),
            law="Basel Art. 6(1)",
            takes=Withdrawal,
            says="NotificationWithdrawal",
            to=ALL_AUTHORITIES,
        ),
        Step(
            name="close",
            title="Close the file",
            source=("transmitted",),
            target="closed",
            event="NotificationClosed",
            by=(Role.EXPORT_AUTHORITY,),
            law="Basel Art. 6(9)",
            guards=(nothing_open,),
        ),
    ],
)
