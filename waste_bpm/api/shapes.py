"""The shapes of the answers, as the reference shows them; what is rendered comes from the floors below."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from waste_bpm.vocabulary import Finding, Role


class Shape(BaseModel):
    """The root of the shapes: what is not named here does not come."""

    model_config = ConfigDict(extra="forbid")


class Problem(Shape):
    """A refusal (RFC 9457), with every reason at once."""

    type: str = Field(examples=["urn:waste-bpm:problem:the-step-is-refused"])
    title: str
    status: int
    detail: str
    instance: str
    trace_id: str = Field(description="Names this answer in the log of the node.")
    findings: list[Finding]


class Standing(Shape):
    """Where one process instance of a case stands."""

    stream: str
    process: str
    state: str
    says: str = Field(description="The state in plain words.")
    version: int


class Instance(Shape):
    """A process instance: its state, and the facts that its events have recorded."""

    id: str
    case: str
    process: str
    stream: str
    state: str
    says: str = Field(description="The state in plain words.")
    version: int
    facts: dict[str, Any]


class Flag(Shape):
    """Something that is so on top of a state: overdue, prohibited, suspended, consent withdrawn under way."""

    stream: str
    flag: str
    says: str
    law: str
    since: date | None


class Phase(Shape):
    """Where the file stands by all answers together, by which States it is so, and the flags on top of it."""

    phase: str
    says: str
    by: list[str]
    flags: list[Flag]


class CaseFile(Instance):
    """A notification, with every process instance of its case."""

    standing: Phase
    streams: list[Standing]


class Clock(Shape):
    """A deadline: the rule, its first and last day, who owes what, and where it is written."""

    rule: str
    start: date
    due: date
    owed_by: Role
    owes: str
    reference: str
    uncounted: int | None = Field(description="How many days of the period the rule did not count.")
    falls_on: str | None = Field(description="Why the last day is no working day.")
    zone: str | None = Field(description="The time zone in which its days are counted; UTC where it is null.")
    pauses: bool | None = Field(description="Whether it stands still during an information request.")
    since: datetime | None = Field(description="The moment of the event that started it.")
    stands: bool | None = Field(description="Whether it stands still now.")


class Event(Shape):
    """What did happen. `flags` are the rules by which this node would have answered a peer's report differently."""

    stream: str
    version: int
    type: str
    facts: dict[str, Any]
    by: str
    role: Role
    occurred_at: datetime
    law: str
    document: str | None = Field(description="The digest of the document that was filed with it.")
    clocks: list[Clock]
    stopped: list[str]
    home: bool = Field(description="Decided on this node; otherwise reported by another.")
    flags: list[str]
    edition: str | None = Field(description="The digest of the law by which it was decided here.")
    persons: list[str] = Field(description="The pseudonyms of those who acted; told to their own party only.")
    claimed: int | None = Field(
        default=None,
        description="Its version at its home, where two acted at once and another has its place here.",
    )
    on_paper: str | None = Field(description="Reported on paper: letter, e-mail or fax; no node has sealed it.")


class PaperIn(Shape):
    """What a paper led to: the event of the paper first, then what it reports."""

    case: str
    replayed: bool
    events: list[Event]
    warnings: list[Finding] = Field(description="What should be looked at although the paper was entered.")


class Sealed(Shape):
    """The first sealed message about what a paper reported, and the fields that are not the same."""

    message: str
    differs: list[str]


class Paper(Shape):
    """A paper on file: what it reports, of whom, how and when it came, and the digest of its scan."""

    stream: str
    version: int
    event: str
    said_by: str
    medium: str
    dated_on: date
    received_on: date
    scan: str
    sealed: Sealed | None = Field(description="None until a sealed message about the same thing has come.")


class Taken(Instance):
    """What a step did: the instance after it, and its events; none where what was sent is what is on file."""

    events: list[Event]
    warnings: list[Finding] = Field(description="What should be looked at although the step was taken.")


class Proposal(Shape):
    """What one person of a party proposed: nothing is effective and nothing is sent until a second one confirms it."""

    stream: str
    step: str
    party: str
    person: str
    proposed_at: datetime
    says: str = Field(description="`waits for a second person`, or how it ended.")
    digest: str | None = Field(description="The digest of the document.")
    document: dict[str, Any] | None = Field(description="The document, while the proposal waits.")


class Step(Shape):
    """A step: whether you may take it now, and every reason why not."""

    step: str
    title: str
    allowed: bool
    takes: str | None = Field(description="The document to send with it.")
    by: list[Role]
    law: str
    findings: list[Finding]
    proposal: Proposal | None = Field(description="What waits for a second person of your party to say the same.")


class Signature(Shape):
    """Who signed a document, in which role and when, with which step, and the stage that it reached."""

    by: str
    role: Role
    at: datetime
    step: str
    stage: str | None = Field(description="Null where the signature seals the entry of the party alone.")


class Sealing(Shape):
    """A field of the document on file: sealed by whom, or the step by which you may change it."""

    pointer: str
    block: str | None
    says: str
    sealed: Signature | None
    open_to: str | None = Field(description="The step by which you may change it now; null where you may not.")
    amended_by: str | None = Field(description="How what is sealed can still be changed.")


class Filed(Shape):
    """A document on file; `kind` and `document` are null once it was erased."""

    stream: str
    version: int
    digest: str
    kind: str | None
    document: dict[str, Any] | None


class Receiver(Shape):
    """A party that a message is for."""

    party: str
    role: Role


class Message(Shape):
    """A message on file; its bytes are had with `Accept: application/xml`."""

    id: str
    case: str
    name: str
    sender: str
    home: bool = Field(description="Written by this node; otherwise received from another.")
    digest: str = Field(description="SHA-256 of the bytes.")
    recorded_at: datetime
    receivers: list[Receiver]
    streams: list[str] = Field(description="The process instances that it reports on.")


class Receipt(Shape):
    """That these bytes are stored, since when, and whether they were before; it says nothing about the law."""

    message: str
    digest: str
    recorded_at: datetime
    duplicate: bool
    flags: list[str]


class Verdict(Shape):
    """Whether some bytes are a valid message, and if not, why."""

    valid: bool
    findings: list[Finding]


class Amount(Shape):
    """An amount with its unit; the amount is a decimal number as text."""

    amount: str
    unit: str


class Shipment(Shape):
    """What one shipment takes of the consented total, and why."""

    serial: int
    state: str
    shipment_date: date | None
    declared: Amount
    measured: Amount | None
    arrived: Amount | None
    accepted: Amount | None
    rejected: Amount | None
    returned: Amount | None
    treated: Amount | None
    finished: bool
    taken: Amount
    why: str


class Ledger(Shape):
    """What was consented to, what each shipment takes of it, and what is left."""

    consented: Amount
    left: Amount
    reserved: Amount
    under_way: Amount
    received: Amount
    rejected: Amount
    recovered: Amount
    returned: Amount
    remaining: Amount
    shipments_consented: int
    shipments_used: int
    shipments: list[Shipment]
    why: list[str]


class Deadline(Clock):
    """A deadline that runs, and whether its last day is near or has passed."""

    stream: str
    near: bool = Field(description="Most of the time has passed: the share that `late_warning` of the regime names.")
    overdue: bool


class Summary(Shape):
    """A notification in a list."""

    id: str
    number: str
    state: str
    says: str
    version: int


class Notifications(Shape):
    """A page of notifications; `next` is the cursor of the next page, null at the end."""

    items: list[Summary]
    next: str | None


class Line(Shape):
    """A line of the log: what happened where; the case tells the rest."""

    position: int
    case: str
    stream: str
    version: int
    type: str
    recorded_at: datetime


class Feed(Shape):
    """Lines of the log in order; ask again with `after` set to `next`. No items and an equal `next`: nothing new."""

    items: list[Line]
    next: int
