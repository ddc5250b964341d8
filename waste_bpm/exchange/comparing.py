"""What two nodes hold of a case, compared over HTTPS: one says it under its seal, the other answers with its own.

Once a day for each case, a few in each round. A node that cannot be reached, or has a relay, is not asked: it asks.
"""

from datetime import datetime, timedelta

from waste_bpm.casework.digests import Compared, due, settle_state, state, untold
from waste_bpm.casework.node import Node
from waste_bpm.casework.peers import peers
from waste_bpm.casework.posting import seal_of, silent
from waste_bpm.errors import NotFound, WasteBpmError
from waste_bpm.exchange.https import Postman

MOST = 20
"""How many cases are compared with one node in one round."""
_PAUSE = timedelta(minutes=5)
"""How long a node that gave no answer, or with which all was compared, is not asked again."""


class Comparer:
    """Compares the cases of a node with its peers, with the postman of the node."""

    def __init__(self, postman: Postman) -> None:
        self.postman, self.node = postman, postman.node
        self._not_before: dict[str, datetime] = {}

    def __call__(self, node: Node) -> list[Compared]:
        """One round over all peers that are reached at their own address."""
        if node.sign is None:
            return []
        reached = [peer.node for peer in peers(node.store).values() if peer.reach == "push" and peer.via is None]
        return [found for name in reached if self._asks(name) for found in self._next(name)]

    def _next(self, name: str) -> list[Compared]:
        """The next cases; when these were the last, it is looked for others after a pause."""
        cases = due(self.node, name, MOST)
        if len(cases) < MOST:
            self._not_before[name] = self.node.clock() + _PAUSE
        return self.some(name, cases)

    def _asks(self, name: str) -> bool:
        before = self._not_before.get(name)
        return (before is None or self.node.clock() >= before) and not silent(self.node, name)

    def some(self, name: str, cases: list[str]) -> list[Compared]:
        """Compare cases with a node, until it gives no answer."""
        found = []
        for case_id in cases:
            try:
                found.append(self.compare(name, case_id))
            except NotFound:
                untold(self.node, name, case_id, None)
            except WasteBpmError as error:
                untold(self.node, name, case_id, str(error))
                self._not_before[name] = self.node.clock() + _PAUSE
                break
        return found

    def compare(self, name: str, case_id: str) -> Compared:
        """Compare one case with a node; raises NotFound where they do not share it, Unavailable without an answer."""
        ours = state(self.node, case_id, name)
        answer, seal = self.postman.tell(name, ours, seal_of(self.node, ours.written))
        return settle_state(self.node, ours, answer, seal)
