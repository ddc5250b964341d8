"""What a node puts on record when it erases: why, and which documents and messages, by their digests."""

from typing import Annotated

from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.types import Day, Line


class Erasure(Document):
    """Documents and messages of a case were erased on this node; their digests stay, so that a copy can be told."""

    reason: Annotated[Line, Block(says="Why, without naming a person")]
    last_act_on: Annotated[Day, Block(says="Day of the last act that is on record here")]
    erased_documents: Annotated[tuple[Line, ...], Block(says="Digests of the documents")] = ()
    erased_messages: Annotated[tuple[Line, ...], Block(says="Digests of the messages")] = ()
