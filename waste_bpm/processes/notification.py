"""The notification, one per case: drafted, submitted, transmitted to the States concerned, closed (Basel Art. 6(1)).

Its stream also keeps the quantity ledger: each announced shipment reserves its part of what was consented to. Whether
the file is consented to is no state of it: that is what the answers of the authorities say together (`phase`).
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from waste_bpm.documents.answers import InformationReply, Withdrawal
from waste_bpm.documents.assessment import ChangesRefused, Reopening, Unlocking
from waste_bpm.documents.changes import ChangeAgreement
from waste_bpm.documents.movement import Movement as MovementDocument
from waste_bpm.documents.notification import Notification as NotificationDocument
from waste_bpm.documents.transport import MovementCancellation
from waste_bpm.processes import balance, lawful, seals
from waste_bpm.processes import notification_rules as rules
from waste_bpm.processes.answer_rules import file_is_not_prohibited, within
from waste_bpm.processes.case import Instance
from waste_bpm.processes.pre_consent_rules import pre_consent_holds
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, DEFAULT_REGIME, Code, Quantity, Role, Slot


@dataclass(frozen=True, kw_only=True)
class Notification(Instance):
    """What a case remembers of its notification.

    `content` is the digest of what the authorities consent to, `repeated` those of what a movement document repeats.
    """

    appends: ClassVar[frozenset[str]] = frozenset({"request"})
    timed: ClassVar[frozenset[str]] = frozenset({"request"})

    number: str | None = None
    regime: str = DEFAULT_REGIME
    category: str | None = None
    pre_consented: bool = False
    slots: tuple[Slot, ...] = ()
    waste_code: Code | None = None
    operations: tuple[str, ...] = ()
    packaging: tuple[str, ...] = ()
    intended_quantity: Quantity | None = None
    intended_shipments: int = 0
    first_departure: date | None = None
    last_departure: date | None = None
    content: str | None = None
    repeated: tuple[str, ...] = ()
    routings: tuple[str, ...] = ()
    shipment_quantity: Quantity | None = None
    request: tuple[str, ...] = ()


FACTS = (
    "number",
    "regime",
    "category",
    "pre_consented",
    "slots",
    "waste_code",
    "operations",
    "packaging",
    "intended_quantity",
    "intended_shipments",
    "first_departure",
    "last_departure",
    "content",
    "repeated",
    "routings",
    "shipment_quantity",
)
"""What the events keep of the document."""
_BEFORE_ALL = (*ALL_AUTHORITIES, Role.NOTIFIER)

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
        "unlocked": "Unlocked for changes",
        "resubmitted": "Changed, before the authority of export",
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
            guards=(rules.case_is_of_one_file, seals.submitted_fields_stand),
            replaces=True,
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
            guards=(rules.period_within_limit, file_is_not_prohibited, pre_consent_holds),
            seals=("submit",),
            starts={"dispatch_request": "occurred", "dispatch_completeness": "occurred"},
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
            to=_BEFORE_ALL,
            records=FACTS,
            guards=(
                within(("GB",), rules.was_assessed),
                lawful.parties_to_the_convention,
                lawful.not_under_the_ban,
                lawful.not_prohibited_otherwise,
                file_is_not_prohibited,
                pre_consent_holds,
            ),
            stops=("dispatch_request", "dispatch_completeness", "answer.dispatch_repeat"),
        ),
        Step(
            name="supply_information",
            title="Answer an information request",
            source=("submitted", "transmitted", "resubmitted"),
            target=None,
            event="InformationSupplied",
            by=(Role.NOTIFIER,),
            law="Basel Art. 6(2)",
            takes=InformationReply,
            says="InformationReply",
            to=ALL_AUTHORITIES,
            records=("request",),
            guards=(rules.request_is_open,),
            stops=("answer.dispatch_reply", "answer.destination_reply"),
        ),
        Step(
            name="unlock",
            title="Unlock the notification for changes",
            source=("transmitted",),
            target="unlocked",
            event="NotificationUnlocked",
            by=(Role.EXPORT_AUTHORITY,),
            law="Basel Art. 6(1)",
            takes=Unlocking,
            says="NotificationUnlocking",
            to=_BEFORE_ALL,
        ),
        Step(
            name="resubmit",
            title="Resubmit the changed notification",
            source=("unlocked",),
            target="resubmitted",
            event="NotificationResubmitted",
            by=(Role.NOTIFIER,),
            law="Basel Art. 6(1), Annex V A",
            takes=NotificationDocument,
            says="NotificationResubmission",
            to=_BEFORE_ALL,
            records=FACTS,
            guards=(
                rules.same_number,
                rules.same_authorities,
                rules.period_within_limit,
                rules.nobody_has_consented,
                file_is_not_prohibited,
            ),
        ),
        Step(
            name="accept_changes",
            title="Accept the changes",
            source=("resubmitted",),
            target="transmitted",
            event="NotificationChangesAccepted",
            by=(Role.EXPORT_AUTHORITY,),
            law="Basel Art. 6(1)",
            takes=NotificationDocument,
            repeats=True,
            says="ChangedNotificationTransmission",
            to=_BEFORE_ALL,
            records=FACTS,
            guards=(
                lawful.parties_to_the_convention,
                lawful.not_under_the_ban,
                lawful.not_prohibited_otherwise,
                file_is_not_prohibited,
            ),
        ),
        Step(
            name="reject_changes",
            title="Reject the changes",
            source=("resubmitted",),
            target="unlocked",
            event="NotificationChangesRejected",
            by=(Role.EXPORT_AUTHORITY,),
            law="Basel Art. 6(1)",
            takes=ChangesRefused,
            says="NotificationChangesRejection",
            to=_BEFORE_ALL,
        ),
        Step(
            name="correct",
            title="File the correction of a consented file",
            source=("unlocked",),
            target="transmitted",
            event="NotificationCorrected",
            by=(Role.NOTIFIER,),
            law="Regulation (EU) 2024/1157, Art. 17; Basel Art. 6(6)-(7)",
            takes=NotificationDocument,
            says="NotificationCorrection",
            to=_BEFORE_ALL,
            records=FACTS,
            guards=(
                rules.same_number,
                rules.same_authorities,
                rules.somebody_has_consented,
                rules.only_immaterial,
                file_is_not_prohibited,
            ),
        ),
        Step(
            name="amend",
            title="Put an agreed change on file",
            source=("transmitted",),
            target=None,
            event="NotificationAmended",
            by=(),
            law="Regulation (EU) 2024/1157, Art. 17",
            takes=ChangeAgreement,
            records=tuple(f"notification.{name}" for name in FACTS),
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
                file_is_not_prohibited,
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
            source=("submitted", "transmitted", "unlocked", "resubmitted"),
            target="withdrawn",
            event="NotificationWithdrawn",
            by=(Role.NOTIFIER,),
            law="Basel Art. 6(1)",
            takes=Withdrawal,
            says="NotificationWithdrawal",
            to=ALL_AUTHORITIES,
            guards=(rules.not_withdrawn_while_unlocked,),
        ),
        Step(
            name="close",
            title="Close the file",
            source=("transmitted",),
            target="closed",
            event="NotificationClosed",
            by=(Role.EXPORT_AUTHORITY,),
            law="Basel Art. 6(9)",
            guards=(rules.nothing_open,),
        ),
        Step(
            name="reopen",
            title="Open a closed file again",
            source=("closed",),
            target="transmitted",
            event="NotificationReopened",
            by=(Role.EXPORT_AUTHORITY,),
            law="Basel Art. 6(9)",
            takes=Reopening,
            says="NotificationReopening",
            to=_BEFORE_ALL,
        ),
    ],
)
