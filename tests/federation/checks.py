"""What must be true of all nodes together when everything is quiet (I-27 to I-33), and of each by itself."""

from collections import Counter, defaultdict

from sqlalchemy import select

from tests.federation.story import CASE
from waste_bpm.casework.invariants import check
from waste_bpm.casework.log import verify
from waste_bpm.casework.projections import differing
from waste_bpm.casework.record import digest
from waste_bpm.casework.store import MESSAGE, OUTBOX
from waste_bpm.casework.traffic import LINE, PARCEL
from waste_bpm.casework.views import events, shared
from waste_bpm.errors import WasteBpmError
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.parcel import Parcel, signed_slip


def problems(federation):
    """Every breach, in words."""
    nodes = {name: site.node for name, site in federation.sites.items()}
    found = [f"{name}: {finding}" for name, node in nodes.items() for finding in check(node)]
    for name, node in nodes.items():
        verdict = verify(node.store)
        found += [] if verdict.whole else [f"{name}: {verdict.broken.what}"]
        found += [f"{name}: the table {table} is not what the log says" for table in differing(node)]
    for each in (numbered, effective_once, equal, proved, to_parties_only, as_said):
        found += [f"{each.__doc__.partition(':')[0]} {problem}" for problem in each(federation, nodes)]
    return found


def rows(node, table, *where):
    return node.store.rows(select(table).where(*where))


def numbered(federation, nodes):
    """I-27: what was applied of each line is 1 to n, in order, hashes linked, and is what was sent."""
    for name, node in nodes.items():
        lines = defaultdict(list)
        for row in rows(node, PARCEL):
            lines[row.sender].append(row)
        for row in lines.pop("stranger", ()):
            if row.state == "recorded":
                yield f"{name}: {row.message} of the stranger counts"
        for sender, arrived in lines.items():
            arrived.sort(key=lambda row: row.seq)
            before = ""
            for number, row in enumerate(arrived, start=1):
                parcel = Parcel.model_validate_json(row.parcel)
                if (parcel.seq, parcel.previous, parcel.receiver, parcel.sender) != (number, before, name, sender):
                    yield f"{name}: number {number} of {sender} is {parcel}"
                before = parcel.hash
            order = [row.received_at for row in arrived if row.state == "recorded"]
            if len(order) != len(arrived):
                yield f"{name}: of {sender} {Counter(row.state for row in arrived)}"
            end = rows(node, LINE, LINE.c.direction == "in", LINE.c.node == sender)
            if [(each.seq, each.hash) for each in end] != [(len(arrived), before)]:
                yield f"{name}: the line of {sender} does not end with its last parcel"


def effective_once(federation, nodes):
    """I-28: each letter is recorded exactly once at each receiving node, in the order in which it was written."""
    for name, node in nodes.items():
        for other, receiver in nodes.items():
            if other == name:
                continue
            written = rows(node, OUTBOX, OUTBOX.c.node == other)
            sent = [row.message for row in sorted(written, key=lambda row: row.seq)]
            letters = {row.id: row for row in rows(node, MESSAGE, MESSAGE.c.home)}
            here = [row for row in rows(receiver, MESSAGE) if not row.home and row.sender in _parties(node)]
            taken = [row.id for row in sorted(here, key=lambda row: row.position)]
            if taken != sent:
                yield f"{name} wrote {len(sent)} letters to {other}, in effect there: {len(taken)}, or another order"
            for row in here:
                if row.id not in letters or letters[row.id].body != row.body:
                    yield f"{other} has {row.id}, which {name} did not write so"


def _parties(node):
    return {party.id for party in node.directory.parties.values() if node.directory.hosts(party.id)}


def equal(federation, nodes):
    """I-29: the shared projection of the case is equal on all nodes that are party to it."""
    told = {name: shared(node, CASE) for name, node in nodes.items() if name != "stranger"}
    first = next(iter(told))
    for name, one in told.items():
        for stream in sorted(one.keys() | told[first].keys()):
            if one.get(stream) != told[first].get(stream):
                yield f"{stream} is not the same on {first} and {name}"


def proved(federation, nodes):
    """I-31: each letter that counts as delivered has a slip under the seal of its receiver, for the same bytes."""
    for name, node in nodes.items():
        for row in rows(node, OUTBOX):
            if row.state != "delivered" or not row.slip:
                yield f"{name}: {row.message} to {row.node} is {row.state}, slip {row.slip}"
                continue
            try:
                slip = signed_slip(row.slip, row.slip_seal, node.believes, federation.now)
            except WasteBpmError as error:
                yield f"{name}: {error}"
                continue
            sent = rows(node, MESSAGE, MESSAGE.c.id == row.message)[0]
            if (slip.digest, slip.by, slip.to) != (digest(sent.body), row.node, name):
                yield f"{name}: the slip for {row.message} is about other bytes or of another node"
            kept = rows(nodes[row.node], PARCEL, PARCEL.c.message == row.message, PARCEL.c.sender == name)
            if [bytes(each.slip or b"") for each in kept] != [row.slip]:
                yield f"{name}: the slip for {row.message} is not the one that {row.node} keeps"


def to_parties_only(federation, nodes):
    """I-33: a node holds what is addressed to a party of its own, or was said by one, and nothing else."""
    for name, node in nodes.items():
        mine = _parties(node)
        came = {row.message for row in rows(node, PARCEL)}
        for row in rows(node, MESSAGE):
            header = gate.read(row.body).header
            if not row.home and not mine & {ref.id for ref in header.receivers}:
                yield f"{name} holds {row.id}, which is for {[ref.id for ref in header.receivers]}"
            if not row.home and row.id not in came:
                yield f"I-32 {name} has {row.id} in effect, and no parcel brought it"
    if nodes["stranger"].store.newer(CASE, 0):
        yield "the stranger knows of the case"


def as_said(federation, nodes):
    """I-28b: a report has the true time, the facts and the clocks of the event at its home."""
    home = {
        (event.stream, event.version): event for node in nodes.values() for event in events(node, CASE) if event.home
    }
    for name, node in nodes.items():
        for event in events(node, CASE):
            true = home.get((event.stream, event.version))
            if event.home:
                continue
            if true is None:
                yield f"{name}: {event.type} on {event.stream} never happened at its home"
            elif _told(event) != _told(true):
                yield f"{name}: {event.type} on {event.stream} is not as it was said: {_told(event)} {_told(true)}"


def _told(event):
    return event.type, event.by, event.occurred_at, {name: str(fact) for name, fact in event.facts.items()}
