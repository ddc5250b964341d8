"""The utility blocks and their messages: one row each, from which schemas, examples and pages are made.

A message is a root element with the header and one document. A block is versioned as a whole: a new optional field
raises `minor`, anything else a new major and so a new namespace.
"""

from dataclasses import dataclass

from waste_bpm.documents import (
    annex_vii,
    answers,
    assessment,
    border,
    changes,
    completeness,
    decisions,
    green,
    guarantee,
    illegal,
    movement,
    notification,
    pre_consent,
    returns,
    signals,
    transmission,
    transport,
    treatment,
)
from waste_bpm.documents.model import Document
from waste_bpm.utility_blocks.envelope import OF_A_CASE, SIGNAL

PREFIX = "urn:waste-bpm:utility-block"


@dataclass(frozen=True, kw_only=True)
class Package:
    """A utility block: its title, the version that this node speaks, and how much the header of its messages says."""

    id: str
    title: str
    major: int = 1
    minor: int = 0
    header: str = OF_A_CASE

    @property
    def namespace(self) -> str:
        """The XML namespace of the block: one per major version."""
        return f"{PREFIX}:{self.id}:{self.major}"

    @property
    def version(self) -> str:
        """Major and minor version, as messages state it."""
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message: its root element, its code, its block, and the document it carries at a stage of its life."""

    name: str
    code: str
    block: str
    document: type[Document]
    stage: str | None = None

    @property
    def body(self) -> str:
        """The name of the element that holds the document."""
        return self.document.__name__

    @property
    def package(self) -> Package:
        """The block that the message belongs to."""
        return BLOCKS[self.block]


BLOCKS = {
    package.id: package
    for package in (
        Package(id="UB-TMW-00", title="Technical signals", header=SIGNAL),
        Package(id="UB-TMW-01", title="Prior notification"),
        Package(id="UB-TMW-02", title="Decision and consent status"),
        Package(id="UB-TMW-03", title="Movement execution", minor=1),
        Package(id="UB-TMW-04", title="Border control"),
        Package(id="UB-TMW-05", title="Receipt and treatment"),
        Package(id="UB-TMW-06", title="Non-completion and take-back"),
        Package(id="UB-TMW-07", title="Illegal-traffic alert"),
        Package(id="UB-TMW-08", title="General information (Annex VII)"),
        Package(id="UB-TMW-09", title="Reporting and reference data", header=SIGNAL),
    )
}


def _message(code: str, name: str, document: type[Document], stage: str | None = None) -> Message:
    return Message(name=name, code=f"TMW.{code}", block=f"UB-TMW-{code[:2]}", document=document, stage=stage)


MESSAGES = {
    message.name: message
    for message in (
        _message("00.1", "Receipt", signals.Receipt),
        _message("00.2", "ValidationReport", signals.ValidationReport),
        _message("00.3", "BusinessRejection", signals.BusinessRejection),
        _message("00.4", "DuplicateNotice", signals.DuplicateNotice),
        _message("01.1", "NotificationSubmission", notification.Notification, "submit"),
        _message("01.2", "NotificationAcknowledgement", answers.Acknowledgement),
        _message("01.3", "InformationRequest", answers.InformationRequest),
        _message("01.4", "InformationReply", answers.InformationReply),
        _message("01.6", "NotificationTransmission", notification.Notification, "submit"),
        _message("01.5", "CompletenessStatement", completeness.CompletenessStatement),
        _message("01.7", "NotificationWithdrawal", answers.Withdrawal),
        _message("01.8", "NotificationReading", answers.NotificationReading),
        _message("01.9", "NotificationCompletion", completeness.NotificationCompletion),
        _message("01.10", "CompletenessPresumption", completeness.CompletenessStatement),
        _message("01.11", "NotificationInvalidity", completeness.Invalidity),
        _message("01.12", "NotificationUnlocking", assessment.Unlocking),
        _message("01.13", "NotificationResubmission", notification.Notification, "submit"),
        _message("01.14", "ChangedNotificationTransmission", notification.Notification, "submit"),
        _message("01.15", "NotificationChangesRejection", assessment.ChangesRefused),
        _message("01.16", "NotificationCorrection", notification.Notification, "submit"),
        _message("01.17", "NotificationReopening", assessment.Reopening),
        _message("01.18", "NotificationReceipt", completeness.NotificationReceipt),
        _message("01.19", "NotificationValidation", completeness.NotificationValidation),
        _message("02.1", "ConsentDecision", answers.ConsentDecision),
        _message("02.2", "ObjectionDecision", decisions.ObjectionDecision),
        _message("02.3", "TacitConsentNotice", decisions.TacitConsent),
        _message("02.4", "ConsentWithdrawal", decisions.ConsentWithdrawal),
        _message("02.5", "DecisionUpdate", decisions.DecisionUpdate),
        _message("02.6", "AmendmentRequest", changes.ChangeRequest),
        _message("02.8", "PreConsentNotice", pre_consent.PreConsentNotice),
        _message("02.9", "GuaranteeApplication", guarantee.GuaranteeApplication),
        _message("02.10", "GuaranteeCompletion", guarantee.GuaranteeCompletion),
        _message("02.11", "GuaranteeApproval", guarantee.GuaranteeApproval),
        _message("02.12", "GuaranteeRefusal", guarantee.GuaranteeRefusal),
        _message("02.13", "GuaranteeRelease", guarantee.GuaranteeRelease),
        _message("02.14", "PreConsentRefusal", pre_consent.PreConsentRefusal),
        _message("02.15", "PreConsentRevocation", pre_consent.PreConsentRevocation),
        _message("02.16", "ConsentRevision", decisions.DecisionUpdate),
        _message("02.17", "ConsentReplacement", decisions.DecisionUpdate),
        _message("02.18", "AmendmentConsent", changes.ChangeAnswer),
        _message("02.19", "AmendmentObjection", changes.ChangeAnswer),
        _message("02.20", "AmendmentAgreement", changes.ChangeAgreement),
        _message("02.21", "AmendmentRefusal", changes.ChangeRefusal),
        _message("02.22", "FileProhibition", decisions.Prohibition),
        _message("02.23", "ProhibitionEnd", decisions.ProhibitionEnd),
        _message("03.1", "MovementAnnouncement", movement.Movement, "announce"),
        _message("03.2", "MovementCancellation", transport.MovementCancellation),
        _message("03.3", "CarrierTransfer", transport.CarrierTransfer),
        _message("03.4", "DepartureNotice", transport.DepartureNotice),
        _message("03.5", "MovementAmendment", movement.Movement, "announce"),
        _message("04.1", "BorderArrival", transport.BorderArrival),
        _message("04.2", "BorderCheckResult", transport.BorderCheckResult),
        _message("04.3", "ExitConfirmation", border.ExitConfirmation),
        _message("04.4", "EntryConfirmation", border.EntryConfirmation),
        _message("04.5", "TransitPassage", border.TransitPassage),
        _message("04.6", "DetentionNotice", border.DetentionNotice),
        _message("04.7", "DetentionInstruction", border.DetentionInstruction),
        _message("04.8", "WeighingReport", transport.Weighing),
        _message("05.1", "ConsigneeReceipt", treatment.ConsigneeReceipt),
        _message("05.2", "FacilityReceipt", treatment.FacilityReceipt),
        _message("05.3", "ShipmentRejection", treatment.ShipmentRejection),
        _message("05.4", "TreatmentCompletion", treatment.TreatmentCompletion),
        _message("05.5", "InterimTreatmentCompletion", treatment.InterimTreatmentCompletion),
        _message("05.6", "SubsequentTreatmentCompletion", treatment.SubsequentTreatmentCompletion),
        _message("06.1", "OverdueEnquiry", transport.OverdueEnquiry),
        _message("06.2", "TakeBackRequest", returns.TakeBackRequest),
        _message("06.3", "TakeBackResponse", returns.TakeBackResponse),
        _message("06.4", "TakeBackClosure", returns.TakeBackClosure),
        _message("06.5", "MovementFailure", returns.FailedMovement),
        _message("06.6", "ReturnPart", returns.ReturnPart),
        _message("06.7", "PeriodAgreement", returns.PeriodAgreement),
        _message("06.8", "AlternativeAgreement", returns.AlternativeAgreement),
        _message("06.9", "ReturnReferral", returns.ReturnReferral),
        _message("06.10", "ReturnMovementAnnouncement", returns.ReturnMovement),
        _message("06.11", "ReturnMovementCancellation", transport.MovementCancellation),
        _message("06.12", "ReturnReceipt", returns.ReturnReceipt),
        _message("07.1", "IllegalTrafficWarning", illegal.IllegalTrafficWarning),
        _message("07.2", "IllegalTrafficFeedback", illegal.IllegalTrafficFeedback),
        _message("07.4", "IllegalTrafficOutcome", illegal.IllegalTrafficOutcome),
        _message("07.6", "RemedyOrder", illegal.RemedyOrder),
        _message("07.7", "WasteAccount", illegal.WasteAccount),
        _message("07.8", "IllegalTrafficClosure", illegal.IllegalTrafficClosure),
        _message("08.1", "AnnexVIIDocument", annex_vii.AnnexVII, "complete"),
        _message("08.2", "AnnexVIIUpdate", annex_vii.AnnexVII, "complete"),
        _message("08.3", "AnnexVIICarrierTransfer", transport.CarrierTransfer),
        _message("08.4", "AnnexVIIConsigneeReceipt", treatment.ConsigneeReceipt),
        _message("08.5", "AnnexVIIFacilityReceipt", annex_vii.GreenReceipt),
        _message("08.6", "AnnexVIICompletion", annex_vii.GreenCompletion),
        _message("08.7", "AnnexVIITakeBackRequest", green.GreenTakeBackRequest),
        _message("08.8", "AnnexVIISignal", green.GreenSignal),
        _message("08.9", "AnnexVIIDeparture", transport.DepartureNotice),
        _message("08.10", "AnnexVIICancellation", transport.MovementCancellation),
        _message("08.11", "AnnexVIIReturn", green.GreenReturn),
        _message("09.1", "AnnualTransmissionData", transmission.AnnualTransmissionData),
    )
}
