"""A node: its store, its law, the parties it knows, its clock and its source of identities; and the cases it folds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from waste_bpm.casework import record
from waste_bpm.casework.correspondence import Directory, Ids, Speaks, newest
from waste_bpm.casework.four_eyes import FourEyes
from waste_bpm.casework.store import CASE_FILE, DOCUMENT, EVENT, Store
from waste_bpm.documents.model import D, Document
from waste_bpm.errors import NotFound
from waste_bpm.law.declarations import PreConsented
from waste_bpm.law.rules import Law, Waiver, regime
from waste_bpm.processes.case import Case
from waste_bpm.processes.decide import evolve, fold
from waste_bpm.utility_blocks.parcel import Believes, nobody
from waste_bpm.vocabulary import DEFAULT_REGIME, Finding

_DOCUMENT = select(DOCUMENT.c.kind, DOCUMENT.c.body)
_PRE_CONSENTS = select(EVENT.c.case_id).where(EVENT.c.stream == "pre_consent").distinct()
_KEPT = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Folded:
    """A case as far as it was read: up to which line of the log, its last moment, and the head of each chain."""

    case: Case
    position: int = 0
    heads: dict[str, str] = field(default_factory=dict)
    recorded_at: str = ""

    def recorded(self, moment: str) -> str:
        """The moment of recording for the next line: never before the last one, though a clock may go back."""
        return max(self.recorded_at, moment)


@dataclass(frozen=True, kw_only=True)
class Node:
    """Everything the line needs; clock, identities and what is on file beside the law are handed in."""

    store: Store
    directory: Directory
    clock: Callable[[], datetime]
    ids: Ids
    sign: Callable[[bytes], bytes] | None = None
    believes: Believes = nobody
    speaks: Speaks = newest
    uncover: Callable[[bytes], bytes] | None = None
    waivers: tuple[Waiver, ...] = ()
    calendars: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    four_eyes: FourEyes = field(default_factory=dict)
    laws: dict[str, Law] = field(default_factory=dict)

    def law(self, name: str = DEFAULT_REGIME) -> Law:
        """The law of a regime, with the waivers on file here; raises NotFound."""
        known = self.laws.get(name)
        if known is None:
            written = regime(name).with_waivers(self.waivers).with_calendars(self.calendars)
            known = self.laws[name] = written.with_policies(self.policies.get(name, {}))
        return known

    def law_of(self, case: Case, document: Document | None = None) -> Law:
        """The law of the regime under which a case runs: the one that its document names, or the one on file.

        Where block 3C names a pre-consented facility, with the pre-consents on file here.
        """
        law = self.law(getattr(document, "regime", None) or case.regime or DEFAULT_REGIME)
        said = getattr(document, "pre_consented", None)
        if said is None:
            said = getattr(case.streams.get("notification"), "pre_consented", False)
        return law.with_pre_consents(self._pre_consents()) if said else law

    def _pre_consents(self) -> Iterator[PreConsented]:
        for row in self.store.rows(_PRE_CONSENTS):
            file = self._folded(row.case_id).case.streams.get("pre_consent")
            if file is not None and file.given is not None:
                yield file.given

    def case(self, case_id: str) -> Case:
        """The case as the log says it now; raises NotFound."""
        case = self._folded(case_id).case
        if not case.streams:
            raise NotFound(Finding(rule_id="case-unknown", message=f"There is no case {case_id!r} on this node."))
        return case

    def folded(self, case_id: str) -> Folded:
        """The case with its place in the log, to decide on: nobody else changes it until the transaction ends."""
        self.store.hold(case_id)
        return self._folded(case_id)

    def _folded(self, case_id: str) -> Folded:
        """The case as it is remembered; lines written since the last look are folded on."""
        known: Folded | None = self.store.memory.get(case_id)
        if known is not None and self.store.exclusive:
            return known
        known = known or Folded(case=Case(id=case_id))
        newer = self.store.newer(case_id, known.position)
        return self.keep(_folded_on(self.store, known, newer)) if newer else known

    def keep(self, folded: Folded) -> Folded:
        """Remember a case; the one remembered longest gives way."""
        memory = self.store.memory
        if len(memory) >= _KEPT and folded.case.id not in memory:
            memory.pop(next(iter(memory)))
        memory[folded.case.id] = folded
        return folded

    def forget(self, case_id: str) -> None:
        """Read the case from the log again at the next look."""
        self.store.memory.pop(case_id, None)

    def find(self, name: str) -> str:
        """The identity of a case named by itself or by its notification number; raises NotFound."""
        query = select(CASE_FILE.c.case_id).where((CASE_FILE.c.case_id == name) | (CASE_FILE.c.number == name))
        without_notification = select(EVENT.c.case_id).where(EVENT.c.case_id == name).limit(1)
        found = self.store.rows(query) or self.store.rows(without_notification)
        if not found:
            raise NotFound(
                Finding(
                    rule_id="case-unknown",
                    message=f"There is no case {name!r} on this node.",
                    fix="Name it by its identity or by its notification number.",
                )
            )
        return str(found[0].case_id)

    def filed(self, case: Case, stream: str, kind: type[D]) -> D | None:
        """The last document of a kind that was filed on a stream; None when there is none."""
        instance = case.streams.get(stream)
        order = {digest: place for place, digest in enumerate(instance.documents if instance is not None else ())}
        query = select(DOCUMENT.c.digest, DOCUMENT.c.body)
        found = self.store.rows(query.where(DOCUMENT.c.case_id == case.id, DOCUMENT.c.kind == kind.__name__))
        mine = [row for row in found if row.digest in order]
        return kind.model_validate_json(max(mine, key=lambda row: order[row.digest]).body) if mine else None

    def document(self, case_id: str, digest: str) -> Document:
        """A document of a case by its digest; raises NotFound."""
        found = self.store.rows(_DOCUMENT.where(DOCUMENT.c.case_id == case_id, DOCUMENT.c.digest == digest))
        if not found:
            raise NotFound(Finding(rule_id="document-erased", message=f"The document {digest} is not on file here."))
        return record.document_of(found[0].kind, found[0].body)


def _folded_on(store: Store, known: Folded, newer: Sequence[Any]) -> Folded:
    """Fold new lines on; when one is older than what its stream already shows, fold all again in order of version."""
    case, heads, events = known.case, dict(known.heads), [record.event_of(line.body) for line in newer]
    for line, event in zip(newer, events, strict=True):
        heads[line.stream] = line.hash
        instance = case.streams.get(event.stream)
        if instance is not None and instance.version >= event.version:
            everything = [record.event_of(each.body) for each in store.newer(case.id, 0)]
            case = fold(case.id, sorted(everything, key=lambda each: each.version))
            heads = {each.stream: each.hash for each in store.newer(case.id, 0)}
            break
        case = evolve(case, event)
    last = max(known.recorded_at, *(line.recorded_at for line in newer))
    return Folded(case=case, position=newer[-1].position, heads=heads, recorded_at=last)
