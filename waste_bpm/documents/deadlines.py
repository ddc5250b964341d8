"""What the clock puts on record: a deadline that passed without the act that was owed."""

from typing import Annotated

from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.types import Day, Line
from waste_bpm.vocabulary import Breach


class DeadlineBreach(Document):
    """A deadline has passed: of which stream and rule, from when to when, and where it is written."""

    stream: Annotated[Line, Block(says="The part of the file in which it ran")]
    rule: Annotated[Line, Block(says="Rule")]
    start: Annotated[Day, Block(says="First day")]
    due: Annotated[Day, Block(says="Last day")]
    reference: Annotated[Line, Block(says="Source")]

    @property
    def breached(self) -> Breach:
        """The breach as the file remembers it."""
        return Breach(stream=self.stream, rule=self.rule, start=self.start, due=self.due, reference=self.reference)
