"""The shapes a case is shown in: `GET /v1/cases/{id}` and its parts, as frozen Structs.

They are also the schemas of the API's documents; parts the law already keeps in the right shape (disputes, messages,
the return leg …) are shown as they are. Money is `{amount, currency}` in minor units, instants are RFC 3339 in
UTC, lists are never null. A field that is UNSET is hidden from the caller and is left out. Who sees what: view.py.
"""

from datetime import date, datetime

import msgspec
from msgspec import UNSET, Struct, UnsetType

from amends.law.actors import Bearer, Party, Role
from amends.law.calendar import Window
from amends.law.case import (
    AppealRecord,
    Basis,
    ClosedAs,
    DeadlineKind,
    Declined,
    Dispute,
    Enforcement,
    EvidenceRequest,
    Message,
    OnTimeout,
    Proceedings,
    ReturnLeg,
    Stage,
    Verification,
)
from amends.law.commands import (
    Area,
    EvidenceType,
    Fault,
    Findings,
    Outcome,
    PartyName,
    Reason,
    RemedyKind,
    Severity,
    Tracking,
    Visibility,
    Wanted,
    Weighing,
    Weight,
)
from amends.law.facts import FileState, Fulfilment, Trait
from amends.law.money import Money
from amends.law.policy import Risk, Scenario
from amends.law.table import Considered
from amends.proof.receipt import Receipt


class Shape(Struct, frozen=True, kw_only=True):
    """The base of what is shown."""


class Reference(msgspec.Struct, frozen=True):
    """A person by id."""

    id: str


class PolicyView(Shape, frozen=True):
    """The pack and edition a case is pinned to."""

    pack: str
    edition: str


class ItemView(Shape, frozen=True):
    """What was bought."""

    title: str | None
    sku: str | None
    quantity: int
    traits: tuple[Trait, ...]


class PersonView(Shape, frozen=True):
    """A buyer or seller; contact data only for themselves and for staff."""

    id: str
    name: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    locale: str | UnsetType | None = UNSET
    verified: bool | UnsetType = UNSET


class RequestView(Shape, frozen=True):
    """A request to the seller and its answer."""

    filed_at: datetime
    wanted: Wanted
    statement: str
    quantity: int
    amount: Money | None
    answer: str | None
    answered_at: datetime | None
    answer_statement: str | None


class Conclusion(Shape, frozen=True):
    """What the adjudicator made of a piece of evidence the caller may not read."""

    weight: Weight
    why: str | None


class FileView(Shape, frozen=True):
    """A file: its upload id, SHA-256 (hex) of the original, size in bytes, type, and how it stands.

    Only a `clean` one is shown to the other side. `why` it was refused is for its owner and staff.
    """

    id: str
    sha256: str
    size_bytes: int
    media_type: str
    state: FileState
    ticket_at: datetime | None
    why: str | UnsetType | None = UNSET


class RetentionView(Shape, frozen=True):
    """How long the case is kept: when what is personal is erased, whether a hold stops that, and whose is gone.

    `erases_at` is null while the case is open, held, or once all is erased.
    """

    erases_at: datetime | None
    held: bool
    held_since: datetime | None
    erased: tuple[PartyName, ...]
    erased_at: datetime | None


class EvidenceView(Shape, frozen=True):
    """One piece of evidence. Hidden ones say so (`hidden`, `why`) and keep their content; see `conclusion`.

    `visible_from`: a piece hidden for now is seen then at the latest. `redacted`: the caller sees a copy with the
    `redactions` covered, and nothing else. `erased`: its party's data was erased; its hash stays.
    """

    id: str
    party: Party
    type: EvidenceType
    received_at: datetime
    round: int
    late: bool
    admitted: bool | UnsetType = UNSET
    hidden: bool | UnsetType = UNSET
    text: str | UnsetType | None = UNSET
    file: FileView | UnsetType | None = UNSET
    tracking: Tracking | UnsetType | None = UNSET
    describes: str | UnsetType | None = UNSET
    private: bool | UnsetType = UNSET
    weight: Weight | UnsetType | None = UNSET
    why: str | UnsetType | None = UNSET
    conclusion: Conclusion | UnsetType = UNSET
    visible_from: datetime | UnsetType = UNSET
    redactions: tuple[Area, ...] | UnsetType = UNSET
    redacted: bool | UnsetType = UNSET
    erased: bool | UnsetType = UNSET


class ChecklistView(Shape, frozen=True):
    """One line of the evidence checklist; any of `types` meets it, `type` is the first of them."""

    party: Party
    type: EvidenceType
    types: tuple[EvidenceType, ...]
    required: bool
    status: str
    due_at: datetime | None
    clauses: tuple[str, ...]
    example: str | None


class OfferView(Shape, frozen=True):
    """A settlement offer."""

    id: str
    by: str
    remedy: Wanted
    amount: Money | None
    statement: str | None
    made_at: datetime
    valid_until: datetime
    status: str


class RemedyView(Shape, frozen=True):
    """An ordered act with an owner and a clock."""

    id: str
    kind: RemedyKind
    owner: str
    amount: Money | None
    status: str
    due_at: datetime | None
    awaits: str | None
    ordered_by: str
    reference: str | None
    reported_at: datetime | None
    clauses: tuple[str, ...]


class ShareView(Shape, frozen=True):
    """A part of the cost and who carries it."""

    bearer: Bearer
    amount: Money


class RecourseView(Shape, frozen=True):
    """Who bears the cost in the end."""

    status: str
    paid_by: str
    proposed: Bearer
    cost: Money
    remedies: tuple[str, ...]
    bearer: Bearer | None
    shares: tuple[ShareView, ...]
    rationale: str | None
    by: str | None
    allocated_at: datetime | None
    clauses: tuple[str, ...]


class DecisionView(Shape, frozen=True):
    """A reasoned decision. `adjudicator` is a pseudonym for the parties; `trace` is for staff."""

    number: int
    dispute: int
    at: datetime
    outcome: Outcome
    basis: Basis
    by: str
    adjudicator: str | None
    findings: Findings
    fault: Fault
    clauses: tuple[str, ...]
    rationale: str
    evidence: tuple[Weighing, ...]
    remedies: tuple[RemedyView, ...]
    recourse: tuple[RecourseView, ...]
    return_risk: Risk | None
    appeal_until: datetime | None
    recommended: Outcome
    departure: str | None
    overturned: bool
    corrections: tuple[str, ...]
    trace: tuple[Considered, ...] | UnsetType = UNSET


class ChargebackView(Shape, frozen=True):
    """Money the buyer's bank took back."""

    at: datetime
    amount: Money
    reference: str


class DeadlineView(Shape, frozen=True):
    """An open deadline: whose, until when, and in words what follows from silence."""

    id: str
    kind: DeadlineKind
    party: str
    due_at: datetime
    on_timeout: OnTimeout
    says: str
    clauses: tuple[str, ...]
    subject: str | None


class CountedView(Shape, frozen=True):
    """One day of a window: counted as the n-th `day`, or `skipped` and why."""

    date: date
    day: int | UnsetType = UNSET
    skipped: str | UnsetType = UNSET


class DerivationView(Shape, frozen=True):
    """How a `due_at` came about."""

    start: datetime
    start_event: str
    window: Window | None
    zone: str
    calendar: str
    counted: tuple[CountedView, ...]
    due_at: datetime
    capped_by: str | None
    clauses: tuple[str, ...]
    edition: str


class DerivedDeadline(DeadlineView, frozen=True):
    """A deadline, open or past, with its derivation."""

    state: str
    derivation: DerivationView


class ActionView(Shape, frozen=True):
    """Something that may be done now, by whom, until when, and where to send it."""

    command: str
    role: Role
    mandatory: bool
    due_at: datetime | None
    on_timeout: str | None
    requirements: tuple[str, ...]
    clauses: tuple[str, ...]
    href: str


class CaseView(Shape, frozen=True):
    """The whole case as one caller sees it."""

    id: str
    revision: int
    order_id: str
    line_id: str
    claim_id: str | None
    stage: Stage
    closed_as: ClosedAs | None
    opened_at: datetime | None
    updated_at: datetime | None
    policy: PolicyView
    reason: Reason | None
    scenario: Scenario | None
    visibility: Visibility | None
    severity: Severity | None
    deceptive: bool | None
    noticed_at: datetime | None
    item: ItemView | None
    fulfilment: Fulfilment
    buyer: PersonView | None
    seller: PersonView
    paid: Money | None
    refunded: Money | None
    wanted: Wanted | None
    requests: tuple[RequestView, ...]
    disputes: tuple[Dispute, ...]
    disputes_left: int
    evidence: tuple[EvidenceView, ...]
    declined: tuple[Declined, ...]
    checklist: tuple[ChecklistView, ...]
    offers: tuple[OfferView, ...]
    messages: tuple[Message, ...]
    evidence_requests: tuple[EvidenceRequest, ...]
    verifications: tuple[Verification, ...]
    decisions: tuple[DecisionView, ...]
    remedies: tuple[RemedyView, ...]
    return_: ReturnLeg | None = msgspec.field(name="return")
    appeals: tuple[AppealRecord, ...]
    recourse: RecourseView | None
    enforcement: tuple[Enforcement, ...]
    proceedings: tuple[Proceedings, ...]
    chargebacks: tuple[ChargebackView, ...]
    deadlines: tuple[DeadlineView, ...]
    retention: RetentionView
    assigned_to: str | None
    assigned_until: datetime | None
    available_actions: tuple[ActionView, ...]
    receipt: Receipt | UnsetType = UNSET
    """Of the last event the command brought; in the answers to commands only."""
