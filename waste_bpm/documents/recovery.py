"""What a notification of recovery says of its yield: what is not recovered, what becomes of it, value and costs.

Source: the annex that the form instructions ask for in block 11 (Regulation (EC) 1013/2006, Annex IC).
"""

from typing import Annotated

from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.types import Currency, FormCode, Money, Percentage, Words
from waste_bpm.vocabulary import Unit


class Price(Document):
    """An amount of money for a quantity of waste."""

    amount: Annotated[Money, Block(says="Amount")]
    currency: Annotated[Currency, Block(says="Currency")]
    per: Annotated[Unit, Block(says="For one of this unit")]


class RecoveryData(Document):
    """Annex to block 11: how much is not recovered, how that is disposed of, what recovery yields and costs."""

    non_recoverable_share: Annotated[Percentage, Block(says="Share that cannot be recovered, percent")]
    residue_disposal: Annotated[tuple[Words, ...], Block(says="How the rest is disposed of")] = ()
    residue_operation: Annotated[FormCode | None, Block(says="D code for the rest", codes="D")] = None
    recovered_value: Annotated[Price | None, Block(says="Value of what is recovered")] = None
    recovery_cost: Annotated[Price | None, Block(says="Cost of the recovery")] = None
    disposal_cost: Annotated[Price | None, Block(says="Cost of the disposal of the rest")] = None
