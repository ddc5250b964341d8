"""What is said about a shipment of green-listed waste beside its Annex VII document.

Sources: Regulation (EU) 2024/1157, Art. 18 and 23; the operations of Implementing Regulation (EU) 2025/1290.
"""

from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.types import Amount, Day, Instant, Line, Words


class GreenSignal(Document):
    """An authority or an office points out a problem with a green-listed shipment; nothing stops by itself."""

    seen_at: Annotated[Instant, Block(says="Seen at")]
    place: Annotated[Line, Block(says="Where")]
    text: Annotated[tuple[Words, ...], Block(says="What was seen"), MinLen(1)]


class GreenTakeBackRequest(Document):
    """The shipment cannot be completed as intended: what has to go back, and from which day (Art. 23(1))."""

    informed_on: Annotated[
        Day, Block(says="Authority of dispatch informed on", law="Regulation (EU) 2024/1157, Art. 23")
    ]
    quantity: Annotated[Amount, Block(says="Quantity")]
    location: Annotated[Line, Block(says="Where the waste is kept")]
    reason: Annotated[tuple[Words, ...], Block(says="Why it cannot be completed"), MinLen(1)]


class GreenReturn(Document):
    """The waste is back, or was treated otherwise as the authorities agreed."""

    returned_on: Annotated[Day, Block(says="Back or treated on")]
    quantity: Annotated[Amount, Block(says="Quantity")]
    remark: Annotated[tuple[Words, ...], Block(says="What was done"), MinLen(1)]
