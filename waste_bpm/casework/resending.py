"""Letters that a node has confirmed, handed over once more: it was restored from a backup, and lacks what came since.

The same bytes under the same numbers: what the node still has it answers with the slip that it gave before, what it
lost it records anew. The slip that comes last is the one that is kept.
"""

from datetime import datetime

from sqlalchemy import update

from waste_bpm.casework.node import Node
from waste_bpm.casework.posting import retry
from waste_bpm.casework.rows import instant
from waste_bpm.casework.store import OUTBOX

_ENDED = OUTBOX.c.state.in_(("delivered", "refused"))


def resend(node: Node, receiver: str, since: datetime) -> int:
    """Let each letter wait again that a node has answered for good since a moment; gives how many."""
    answered = (OUTBOX.c.node == receiver) & _ENDED
    later = (OUTBOX.c.delivered_at >= instant(since)) | (OUTBOX.c.written_at >= instant(since))
    with node.store.transaction():
        count = node.store.run(update(OUTBOX).where(answered & later).values(state="waiting", leased_until=None))
        if count:
            retry(node, receiver)
    return count
