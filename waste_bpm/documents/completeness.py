"""Around the completeness of a notification: received, complete for one authority, complete for all, invalid.

Regulation (EU) 2024/1157, Art. 8; Implementing Regulation (EU) 2025/1290, Art. 17(13).
"""

from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.types import CountryCode, Day, Line, Words


class NotificationReceipt(Document):
    """The notification has reached an authority: the day from which its terms to ask for more are counted."""

    country: Annotated[CountryCode, Block(says="State", codes="COUNTRY")]
    received_on: Annotated[Day, Block(says="Received on")]


class NotificationValidation(Document):
    """The notification is valid in form: it passed the schema and the rules of its message."""

    country: Annotated[CountryCode, Block(says="State", codes="COUNTRY")]
    validated_on: Annotated[Day, Block(says="Found valid on")]


class ReplyReceipt(Document):
    """The reply to an information request has reached the authority that asked."""

    country: Annotated[CountryCode, Block(says="State that asked", codes="COUNTRY")]
    reply: Annotated[Line, Block(says="Reference of the request")]
    reply_on: Annotated[Day, Block(says="Reply received on")]


class CompletenessStatement(Document):
    """An authority says that the notification is complete for it, or by silence counts as satisfied."""

    country: Annotated[CountryCode, Block(says="State", codes="COUNTRY")]
    complete_on: Annotated[Day, Block(says="Complete for this authority since")]
    deemed_by: Annotated[Line | None, Block(says="Provision by which silence counts as satisfaction")] = None


class NotificationCompletion(Document):
    """The authority of destination tells all that the notification is properly completed: the decision clock starts."""

    country: Annotated[CountryCode, Block(says="State of destination", codes="COUNTRY")]
    completed_on: Annotated[Day, Block(says="Told on")]


class DecisionPeriod(Document):
    """The period in which an authority has to decide has begun, by what the authority of destination told."""

    country: Annotated[CountryCode, Block(says="State", codes="COUNTRY")]
    period_from: Annotated[Day, Block(says="First day")]


class Invalidity(Document):
    """An authority declares the notification invalid: the information asked for did not come, or did not suffice."""

    country: Annotated[CountryCode, Block(says="State", codes="COUNTRY")]
    declared_on: Annotated[Day, Block(says="Declared on")]
    reason: Annotated[tuple[Words, ...], Block(says="What is still missing"), MinLen(1)]
