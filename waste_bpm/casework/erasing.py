"""Erasing personal data: documents and the bytes of messages go, the log and its chains stay whole.

An event keeps the digest of a document and the facts that the procedure needs; a message keeps its digest. So it can
still be shown that something was filed, and whether a copy that somebody brings is the one. That it was erased, for
whom, when and why is an event itself. Documents go whole: the model has no contact person apart from the document that
names it. Copies in backups and on other nodes stay until they are erased there.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, delete, func, select, update

from waste_bpm.casework import proposals
from waste_bpm.casework.line import take
from waste_bpm.casework.node import Folded, Node
from waste_bpm.casework.permissions import slots
from waste_bpm.casework.store import DOCUMENT, EVENT, MESSAGE, OUTBOX
from waste_bpm.documents.erasure import Erasure
from waste_bpm.errors import Conflict, NotFound, NotPermitted
from waste_bpm.processes.case import Case, Command
from waste_bpm.vocabulary import ALL_AUTHORITIES, Finding, Role

STREAM = "erasure"
_KEPT = Erasure.__name__
_WAITING = select(OUTBOX.c.message).join(MESSAGE, MESSAGE.c.id == OUTBOX.c.message).where(OUTBOX.c.state == "waiting")
_LAST = select(func.max(EVENT.c.recorded_at)).where(EVENT.c.stream != STREAM)


@dataclass(frozen=True, kw_only=True, slots=True)
class Erased:
    """How much was erased."""

    documents: int
    messages: int


def erase(node: Node, case_id: str, *, reason: str, party: str) -> Erased:
    """Erase the documents and the message bytes of a case for a party of this node, and put that on record.

    Raises NotPermitted, Refused while the case is not over or its documents are to be kept, NotFound where nothing is
    left, Conflict while a letter of it waits.
    """
    with node.store.transaction():
        folded = node.folded(case_id)
        _entitled(node, folded.case, party)
        _none_waits(node, case_id)
        document = drawn_up(node, case_id, reason)
        _recorded(node, folded, document, party)
        filed = (DOCUMENT.c.case_id == case_id) & (DOCUMENT.c.kind != _KEPT)
        node.store.run(delete(DOCUMENT).where(filed))
        node.store.run(update(MESSAGE).where(_whole(case_id)).values(body=b""))
        proposals.erased(node, case_id, party, node.clock())
    return Erased(documents=len(document.erased_documents), messages=len(document.erased_messages))


def drawn_up(node: Node, case_id: str, reason: str) -> Erasure:
    """What would be erased now; raises NotFound where nothing is left."""
    filed = select(DOCUMENT.c.digest).where(DOCUMENT.c.case_id == case_id, DOCUMENT.c.kind != _KEPT)
    documents = sorted(row.digest for row in node.store.rows(filed))
    letters = sorted(row.digest for row in node.store.rows(select(MESSAGE.c.digest).where(_whole(case_id))))
    last = node.store.rows(_LAST.where(EVENT.c.case_id == case_id))[0][0]
    if last is None or not (documents or letters):
        message = f"Nothing of the case {case_id} is left to be erased on this node."
        raise NotFound(Finding(rule_id="erased-already", message=message, value=case_id))
    return Erasure(
        reason=reason,
        last_act_on=date.fromisoformat(last[:10]),
        erased_documents=tuple(documents),
        erased_messages=tuple(letters),
    )


def _recorded(node: Node, folded: Folded, document: Erasure, party: str) -> None:
    command = Command(stream=STREAM, step="erase", by=party, role=Role.CLOCK, document=document)
    take(node, folded, command, node.clock())


def _whole(case_id: str) -> ColumnElement[bool]:
    return (MESSAGE.c.case_id == case_id) & (MESSAGE.c.body != b"")


def _entitled(node: Node, case: Case, party: str) -> None:
    """An authority of the case at home here lets its documents be erased; where there is none, any party of it here."""
    here = [slot for slot in slots(case) if node.directory.hosts(slot.party)]
    authorities = [slot for slot in here if slot.role in ALL_AUTHORITIES]
    entitled = dict.fromkeys(slot.party for slot in authorities or here)
    if party in entitled:
        return
    raise NotPermitted(
        Finding(
            rule_id="erasure-by-authority",
            message=f"{party} does not decide what this node erases of the case.",
            value=party,
            fix=f"Have it asked by {' or '.join(entitled) or 'a node that hosts a party of the case'}.",
        )
    )


def _none_waits(node: Node, case_id: str) -> None:
    if waiting := node.store.rows(_WAITING.where(MESSAGE.c.case_id == case_id)):
        raise Conflict(
            Finding(
                rule_id="letters-waiting",
                message=f"{len(waiting)} letters of the case have no receipt yet.",
                fix="Deliver them first; what was never received cannot be erased.",
            ),
            status=409,
        )
