"""Letters that a node fetches, because others cannot reach it: it asks, takes in what it gets, and gives slips back.

It asks those of its peers that have an address. Who has nothing for it is asked again after a short pause; who gives
only what cannot be taken in yet, after longer ones; and who does not answer is left alone as when letters go there.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from waste_bpm.casework.node import Node
from waste_bpm.casework.peers import peers
from waste_bpm.casework.posting import about_the_line, answered, delay, seal_of, silent, unanswered
from waste_bpm.casework.reception import take_in
from waste_bpm.casework.rows import instant
from waste_bpm.errors import InputInvalid, Unavailable, WasteBpmError
from waste_bpm.exchange.https import Postman
from waste_bpm.utility_blocks.parcel import Ask, Result, Sent, Slip

PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
"""How long a peer that answered is not asked again."""
_MOST_PAGES = 20
"""How often one peer is asked in one round, so that the others have their turn."""
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(kw_only=True, slots=True)
class _Pass:
    """How far a peer was asked, and when it is asked again."""

    after: str = ""
    useful: bool = False
    fruitless: int = 0
    not_before: datetime = _LONG_AGO


class Fetcher:
    """Fetches what waits for a node at its peers, with the postman of the node."""

    def __init__(self, postman: Postman) -> None:
        self.postman, self.node = postman, postman.node
        self._passes: dict[str, _Pass] = {}
        self._last = _LONG_AGO

    def __call__(self, node: Node) -> int:
        """One round over all peers; gives how many letters were taken in."""
        if node.sign is None:
            return 0
        return sum(self.fetch(peer.node) for peer in peers(node.store).values() if peer.url is not None)

    def fetch(self, giver: str) -> int:
        """Fetch what one peer has, unless it is to be left alone; gives how many letters were taken in."""
        progress = self._passes.setdefault(giver, _Pass())
        if self.node.clock() < progress.not_before or silent(self.node, giver):
            return 0
        taken = 0
        try:
            for _ in range(_MOST_PAGES):
                taken += self._page(giver, progress)
                if not progress.after:
                    break
        except (Unavailable, InputInvalid) as error:
            progress.after = ""
            unanswered(self.node, giver, error, self.postman.chance)
        return taken

    def _page(self, giver: str, progress: _Pass) -> int:
        ask = Ask(by=self.node.directory.own, to=giver, at=self._moment(), after=progress.after)
        sents, progress.after = self.postman.ask(giver, ask, seal_of(self.node, ask.written))
        answered(self.node, giver)
        slips = [slip for sent in sents if (slip := self._taken(sent)) is not None]
        for slip in slips:
            self.postman.hand_back(giver, slip, seal_of(self.node, slip.written))
        taken = sum(slip.result is Result.RECORDED for slip in slips)
        progress.useful |= any(slip.result is not Result.HELD for slip in slips)
        if not progress.after:
            self._rest(progress, empty=not sents)
        return taken

    def _taken(self, sent: Sent) -> Slip | None:
        """The slip for a parcel; None when there is none to give, and its sender keeps it."""
        try:
            return take_in(self.node, sent)
        except WasteBpmError as error:
            if isinstance(error, Unavailable) and not about_the_line(error):
                raise
            return None

    def _rest(self, progress: _Pass, *, empty: bool) -> None:
        """All was asked for: rest, and longer when nothing of it could be taken in."""
        progress.fruitless = 0 if empty or progress.useful else progress.fruitless + 1
        pause = min(LONGEST_PAUSE, delay(progress.fruitless, self.postman.chance)) if progress.fruitless else PAUSE
        progress.not_before, progress.useful = self.node.clock() + pause, False

    def _moment(self) -> str:
        """The time of now, and later than that of every ask before."""
        self._last = max(self.node.clock(), self._last + timedelta(milliseconds=1))
        return instant(self._last)
