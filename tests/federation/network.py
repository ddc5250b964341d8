"""A network that loses, repeats, delays, reorders, parts and meddles, as its dice say."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from waste_bpm.casework.outbox import receivers
from waste_bpm.casework.posting import bundle, settle
from waste_bpm.casework.reception import take_in
from waste_bpm.errors import NotFound, Unavailable, WasteBpmError
from waste_bpm.utility_blocks.parcel import Parcel, digest
from waste_bpm.vocabulary import Finding

AWAY = Finding(rule_id="peer-away", message="The node does not answer.")


class Network:
    """All ways between the sites; parcels and slips under way lie in `under_way` until their time has come."""

    def __init__(self, dice, sites, clock):
        self.dice, self.sites, self.clock = dice, sites, clock
        self.under_way = []
        self.cut = set()
        self.loss = self.twice = self.late = self.meddles = self.carries = 0.0
        self.seen = Counter()
        self.copies = []

    def happens(self, what, chance):
        """Whether something goes wrong now; counted."""
        if self.dice.random() >= chance:
            return False
        self.seen[what] += 1
        return True

    def carry(self, origin):
        """How one site asks another at once: it may not get through, or the answer may not come back."""

        def carried(receiver, sent):
            if not self._open(origin, receiver):
                raise Unavailable(AWAY)
            self._kept(receiver, sent)
            if self.happens("lost", self.loss):
                self._changed_on_its_way(receiver, sent)
                raise Unavailable(AWAY)
            if self.happens("late", self.late):
                self.later(receiver, sent, origin)
                raise Unavailable(AWAY)
            slip = self.arrives(receiver, sent)
            if self.happens("twice", self.twice):
                self.later(receiver, sent, origin)
            if not self._open(receiver, origin) or self.happens("answer lost", self.loss):
                raise Unavailable(AWAY)
            return slip.written, self.sites[receiver].seals.sign(receiver, slip.written)

        return carried

    def _changed_on_its_way(self, receiver, sent):
        """Who keeps a message back may bring another in its place."""
        if self.happens("replaced", self.meddles):
            data = sent.data.replace(b"<IssuedAt>20", b"<IssuedAt>19", 1)
            with suppress(WasteBpmError):
                self.arrives(receiver, replace(sent, data=data))

    def _open(self, origin, receiver):
        site = self.sites.get(receiver)
        if site is None or not site.up:
            self.seen["away"] += 1
            return False
        if (origin, receiver) in self.cut:
            self.seen["cut off"] += 1
            return False
        return True

    def arrives(self, receiver, sent):
        """A parcel at its receiver."""
        with self.sites[receiver].program():
            return take_in(self.sites[receiver].node, sent)

    def later(self, receiver, sent, origin):
        """Let something arrive at some time: in any order, and perhaps weeks later."""
        hours = self.dice.choice((0.1, 1, 5, 20, 20, 100, 480))
        self.under_way.append((self.clock() + timedelta(hours=hours * self.dice.random()), receiver, sent, origin))

    def _kept(self, receiver, sent):
        if self.meddles and self.dice.random() < 0.3:
            self.copies.append((receiver, sent))

    def stick(self, origin):
        """Somebody carries what waits on a stick, or the receiver fetches it: in any order, and not all of it."""
        site = self.sites[origin]
        for receiver in receivers(site.node):
            if self.happens("carried", self.carries):
                for sent in bundle(site.node, receiver):
                    if self.dice.random() < 0.8:
                        self.later(receiver, sent, origin)

    def deliver(self, died):
        """What has been under way long enough arrives now, in any order."""
        now = self.clock()
        ready = [each for each in self.under_way if each[0] <= now]
        self.under_way = [each for each in self.under_way if each[0] > now]
        self.dice.shuffle(ready)
        for at, receiver, sent, origin in ready:
            if not self._open(origin, receiver):
                if self.dice.random() < 0.5:
                    self.under_way.append((at + timedelta(hours=1), receiver, sent, origin))
                continue
            with died(receiver):
                try:
                    slip = self.arrives(receiver, sent)
                except WasteBpmError:
                    self.seen["late refused"] += 1
                    continue
                self.seen["late arrived"] += 1
                self._slip_back(slip, origin, died)

    def _slip_back(self, slip, origin, died):
        site = self.sites[origin]
        if site.up and (slip.by, origin) not in self.cut:
            with died(origin):
                try:
                    settle(site.node, slip.written, site.seals.sign(slip.by, slip.written))
                except NotFound:
                    self.seen["slip for nothing"] += 1
                except Unavailable:
                    self.seen["no room for a slip"] += 1

    def meddle(self):
        """Somebody in the network who holds a key of another node tries what he can."""
        if not self.copies or not self.happens("meddled", self.meddles):
            return
        receiver, sent = self.dice.choice(self.copies)
        parcel = Parcel.model_validate_json(sent.parcel)
        attack = self.dice.choice(ATTACKS)
        others = [name for name in self.sites if name not in (parcel.sender, receiver)]
        target, forged = attack(self, receiver, sent, parcel, others)
        site = self.sites[target]
        if site.up:
            self.seen[attack.__name__] += 1
            with suppress(WasteBpmError):
                take_in(site.node, forged)


def altered(network, receiver, sent, parcel, others):
    """One byte of the message is another."""
    place = network.dice.randrange(len(sent.data))
    return receiver, replace(sent, data=sent.data[:place] + bytes([sent.data[place] ^ 1]) + sent.data[place + 1 :])


def resealed(network, receiver, sent, parcel, others):
    """Another message under the number of a genuine one, sealed with a key of another node."""
    signer = network.dice.choice(others or [receiver])
    data = sent.data.replace(b"<IssuedAt>20", b"<IssuedAt>19", 1)
    written = parcel.model_copy(update={"digest": digest(data)}).written
    return receiver, replace(sent, parcel=written, seal=network.sites[receiver].seals.sign(signer, written), data=data)


def unsealed(network, receiver, sent, parcel, others):
    """The number of a parcel is another, under the old seal."""
    return receiver, replace(sent, parcel=parcel.model_copy(update={"seq": parcel.seq + 1}).written)


def misaddressed(network, receiver, sent, parcel, others):
    """A genuine parcel for one node is brought to another."""
    return network.dice.choice(others or [receiver]), sent


def borrowed(network, receiver, sent, parcel, others):
    """A node says, under its own seal and name, what a party of another node would say."""
    if not others:
        return altered(network, receiver, sent, parcel, others)
    signer = network.dice.choice(others)
    said = {"sender": signer, "seq": network.dice.choice((1, 1, 2)), "previous": ""}
    written = parcel.model_copy(update=said).written
    target = network.sites[receiver]
    if not _would_be_first(target, signer, parcel.conversation):
        return altered(network, receiver, sent, parcel, others)
    return receiver, replace(sent, parcel=written, seal=target.seals.sign(signer, written))


def _would_be_first(site, sender, conversation):
    """A node that is party to the case would lose a number of its own line by this; only a stranger tries it."""
    parties = site.node.directory.parties.values()
    return sender == "stranger" or not any(party.node == sender for party in parties)


ATTACKS = (altered, resealed, unsealed, misaddressed, borrowed)
