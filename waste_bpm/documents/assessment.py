"""The assessment of a notification by the authority of export, and the change of one that it has unlocked.

Receipt, payment, begin and end of the assessment are told where national practice has them.
"""

from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.types import Day, Line, Words


class FilingReceipt(Document):
    """The authority has received the filing."""

    filed_on: Annotated[Day, Block(says="Received on")]


class ChargePayment(Document):
    """The charge has been paid."""

    paid_on: Annotated[Day, Block(says="Paid on")]
    receipt: Annotated[Line | None, Block(says="Number of the receipt")] = None


class AssessmentStart(Document):
    """An officer begins the assessment."""

    begun_on: Annotated[Day, Block(says="Begun on")]
    officer: Annotated[Line, Block(says="Officer")]


class AssessmentEnd(Document):
    """The assessment is complete; it is said whether a facility carries out an interim operation."""

    assessed_on: Annotated[Day, Block(says="Completed on")]
    interim: Annotated[bool, Block(says="An interim operation is among those notified")]


class Unlocking(Document):
    """The authority lets the notifier change the notification."""

    unlocked_on: Annotated[Day, Block(says="Unlocked on")]
    reason: Annotated[tuple[Words, ...], Block(says="What is to be changed"), MinLen(1)]


class ChangesRefused(Document):
    """The authority does not accept the changes; the notifier changes again."""

    refused_on: Annotated[Day, Block(says="Refused on")]
    reason: Annotated[tuple[Words, ...], Block(says="What is wrong with them"), MinLen(1)]


class Reopening(Document):
    """A closed file is opened again."""

    reopened_on: Annotated[Day, Block(says="Reopened on")]
    reason: Annotated[tuple[Words, ...], Block(says="Reason"), MinLen(1)]
