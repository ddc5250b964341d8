"""Erasing personal data: documents and the bytes of messages go, the log and its chains stay whole.

An event keeps the digest of a document and the facts that the procedure needs; a message keeps its digest. So it can
still be shown that something was filed, and whether a copy that somebody brings is the one.
"""

from dataclasses import dataclass

from sqlalchemy import delete, select, update

from waste_bpm.casework.node import Node
from waste_bpm.casework.store import DOCUMENT, MESSAGE, OUTBOX
from waste_bpm.errors import Conflict
from waste_bpm.vocabulary import Finding

_WAITING = select(OUTBOX.c.message).join(MESSAGE, MESSAGE.c.id == OUTBOX.c.message).where(OUTBOX.c.state == "waiting")


@dataclass(frozen=True, kw_only=True, slots=True)
class Erased:
    """How much was erased."""

    documents: int
    messages: int


def erase(node: Node, case_id: str) -> Erased:
    """Erase the documents and the message bytes of a case; raises Conflict while a letter of it still waits."""
    with node.store.transaction():
        node.store.hold(case_id)
        if waiting := node.store.rows(_WAITING.where(MESSAGE.c.case_id == case_id)):
            raise Conflict(
                Finding(
                    rule_id="letters-waiting",
                    message=f"{len(waiting)} letters of the case have no receipt yet.",
                    fix="Deliver them first; what was never received cannot be erased.",
                ),
                status=409,
            )
        documents = node.store.run(delete(DOCUMENT).where(DOCUMENT.c.case_id == case_id))
        whole = (MESSAGE.c.case_id == case_id) & (MESSAGE.c.body != b"")
        messages = node.store.run(update(MESSAGE).where(whole).values(body=b""))
    return Erased(documents=documents, messages=messages)
