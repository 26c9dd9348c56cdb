"""The case: the whole after-sale life of one order line, as one frozen value.

What it holds is the sum of its events (evolve.py) and nothing else. Stages are named by whose turn it is; beside the
stage run remedies, the return leg, offers, evidence requests and recourse, each with its own state and clock.
Amounts are minor units of the order's currency. Clauses: the framework of US-77 and the stages of US-36 … US-64.
"""

from datetime import datetime
from typing import Literal

import msgspec

from amends.law.actors import Actor, Bearer, Party
from amends.law.calendar import Derivation
from amends.law.commands import (
    Area,
    Condition,
    EnforcementKind,
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
from amends.law.facts import FileState, OrderLine
from amends.law.money import split
from amends.law.policy import Risk, Scenario
from amends.law.table import Considered

Stage = Literal["unopened", "awaiting_seller", "refused", "gathering_evidence", "under_review", "agreed", "decided",
                "under_appeal", "suspended", "withdrawn", "closed"]  # fmt: skip
ClosedAs = Literal["remedied", "decided", "settled", "withdrawn", "expired", "external"]
Basis = Literal["evidence", "seller_silent", "buyer_silent", "settlement"]
DeadlineKind = Literal[
    "seller_answer", "open_dispute", "further_dispute", "refile_request", "buyer_evidence", "seller_evidence",
    "carrier_evidence", "requested_evidence", "reply", "decision", "remedy", "appeal", "appeal_decision",
    "return_shipment", "return_inspection", "settlement_offer", "recourse", "enforcement",
    "upload", "retention",
]  # fmt: skip
OnTimeout = Literal[
    "approve_request", "close_expired", "close_withdrawn", "end_window", "decide_on_buyer_material",
    "end_reply", "alarm", "deduct_from_payout", "escalate_to_operator", "decision_stands", "no_further_dispute",
    "return_lapses", "accept_return", "offer_lapses", "enforcement_expires", "enforcement_stands",
    "instruction_stands", "becomes_refund", "file_missing", "erase_personal_data",
]  # fmt: skip
EVIDENCE_WINDOWS: tuple[DeadlineKind, ...] = ("buyer_evidence", "seller_evidence", "carrier_evidence")
MONEY_KINDS = frozenset({"refund", "refund_after_return", "partial_refund"})
"""Remedies that pay the buyer money."""


class Deadline(msgspec.Struct, frozen=True):
    """A window of one party: when it ends, how that was computed, what follows from silence. `id` is `kind.n`.

    `subject` names the remedy, offer, evidence request, appeal or enforcement it belongs to.
    """

    id: str
    kind: DeadlineKind
    party: Literal["buyer", "seller", "carrier", "adjudicator", "operator"]
    due_at: datetime
    on_timeout: OnTimeout
    clauses: tuple[str, ...]
    derivation: Derivation
    subject: str | None = None
    state: Literal["open", "fired", "ended"] = "open"


class Ended(msgspec.Struct, frozen=True):
    """A deadline that is over: it `fired` (silence) or `ended` (done, declined, no longer needed)."""

    id: str
    state: Literal["fired", "ended"] = "ended"


class Moved(msgspec.Struct, frozen=True):
    """A deadline whose end was put later."""

    id: str
    due_at: datetime


class File(msgspec.Struct, frozen=True):
    """A file within a case: its upload id, SHA-256 (hex), size in bytes, detected type, and how it stands.

    `ticket_at` is the instant of receipt that counts; `why` is what the check said of a refused file.
    """

    id: str
    sha256: str
    size_bytes: int
    media_type: str
    state: FileState = "received"
    ticket_at: datetime | None = None
    why: str | None = None


class Evidence(msgspec.Struct, frozen=True):
    """One piece of evidence. `late` is kept and shown but weighed only once `admitted`; `round` 0 is the request's."""

    id: str
    party: Party
    by: str
    type: EvidenceType
    received_at: datetime
    round: int
    text: str | None = None
    file: File | None = None
    tracking: Tracking | None = None
    describes: str | None = None
    private: bool = False
    late: bool = False
    admitted: bool = False
    weight: Weight | None = None
    why: str | None = None
    redactions: tuple[Area, ...] = ()


class Request(msgspec.Struct, frozen=True):
    """A request to the seller and its answer."""

    filed_at: datetime
    wanted: Wanted
    statement: str
    quantity: int
    amount: int | None = None
    answer: Literal["approved", "approved_by_silence", "rejected", "withdrawn", "settled"] | None = None
    answered_at: datetime | None = None
    answer_statement: str | None = None


class Dispute(msgspec.Struct, frozen=True):
    """A dispute before the platform. At most two a line; `ended_as` once it ended in any way."""

    number: int
    opened_at: datetime
    wanted: Wanted
    statement: str | None = None
    amount: int | None = None
    ended_at: datetime | None = None
    ended_as: Literal["decided", "withdrawn", "settled", "external"] | None = None


class Declined(msgspec.Struct, frozen=True):
    """A party's word that it has none of a type (None: nothing at all) in one round."""

    party: Party
    round: int
    type: EvidenceType | None = None


class Remedy(msgspec.Struct, frozen=True):
    """An ordered act with an owner and a clock. `awaits` a returned item or irrevocability before the clock starts."""

    id: str
    kind: RemedyKind
    owner: Literal["seller", "platform", "buyer"]
    clauses: tuple[str, ...]
    ordered_by: str
    amount: int | None = None
    status: Literal["pending", "fulfilled", "overdue", "deducted", "waived"] = "pending"
    due_at: datetime | None = None
    awaits: Literal["return", "irrevocable"] | None = None
    deducting: bool = False
    reference: str | None = None
    reported_at: datetime | None = None


class ReturnLeg(msgspec.Struct, frozen=True):
    """Goods on their way back, who bears breakage, damage and loss, and since when."""

    state: Literal["awaiting_shipment", "in_transit", "received", "refused", "lapsed"]
    remedy_id: str
    risk: Risk
    clauses: tuple[str, ...]
    carrier: str | None = None
    tracking_number: str | None = None
    shipped_at: datetime | None = None
    ended_at: datetime | None = None
    condition: Condition | None = None
    accepted_by_silence: bool = False
    trouble: Literal["wrong_address", "carrier"] | None = None
    borne_by: Bearer | None = None


class Offer(msgspec.Struct, frozen=True):
    """A settlement offer from one side to the other."""

    id: str
    by: Literal["buyer", "seller"]
    remedy: Wanted
    made_at: datetime
    valid_until: datetime
    amount: int | None = None
    statement: str | None = None
    status: Literal["open", "accepted", "declined", "taken_back", "lapsed"] = "open"


class EvidenceRequest(msgspec.Struct, frozen=True):
    """Material the adjudicator asked a party for."""

    id: str
    party: Party
    types: tuple[EvidenceType, ...]
    statement: str
    asked_at: datetime
    due_at: datetime
    status: Literal["open", "answered", "declined", "lapsed", "ended"] = "open"


class Verification(msgspec.Struct, frozen=True):
    """What a third party said (US-65)."""

    at: datetime
    source: str
    result: str
    statement: str | None = None


class CostShare(msgspec.Struct, frozen=True):
    """A part of the cost, minor units, and who carries it."""

    bearer: Bearer
    amount: int


class Recourse(msgspec.Struct, frozen=True):
    """Who bears the cost in the end, apart from who made the buyer whole first."""

    status: Literal["pending", "allocated"]
    paid_by: Literal["seller", "platform"]
    proposed: Bearer
    cost: int
    clauses: tuple[str, ...]
    remedies: tuple[str, ...] = ()
    bearer: Bearer | None = None
    shares: tuple[CostShare, ...] = ()
    rationale: str | None = None
    by: str | None = None
    allocated_at: datetime | None = None


class Decision(msgspec.Struct, frozen=True):
    """A reasoned decision: what was found, what the policy recommends and why, what was ordered."""

    number: int
    dispute: int
    at: datetime
    outcome: Outcome
    basis: Basis
    by: Literal["person", "automatic"]
    adjudicator: str | None
    findings: Findings
    fault: Fault
    clauses: tuple[str, ...]
    rationale: str
    evidence: tuple[Weighing, ...]
    remedies: tuple[str, ...]
    trace: tuple[Considered, ...]
    recommended: Outcome
    departure: str | None = None
    return_risk: Risk | None = None
    appeal_until: datetime | None = None
    overturned: bool = False
    corrections: tuple[str, ...] = ()


class AppealRecord(msgspec.Struct, frozen=True):
    """A seller's appeal against a decision or an enforcement; money (`result`) and `fault` apart."""

    number: int
    against: str
    at: datetime
    by: str
    grounds: str
    statement: str
    evidence: tuple[str, ...]
    result: Literal["stands", "changed", "sent_back"] | None = None
    fault: Literal["stands", "cleared"] | None = None
    fraud: bool | None = None
    rationale: str | None = None
    adjudicator: str | None = None
    decided_at: datetime | None = None
    ended_as: Literal["settled", "reversed", "closed"] | None = None


class Enforcement(msgspec.Struct, frozen=True):
    """An action against the seller's shop."""

    id: str
    kind: EnforcementKind
    applied_at: datetime
    clauses: tuple[str, ...]
    statement: str
    points: int | None = None
    expires_at: datetime | None = None
    appeal_until: datetime | None = None
    status: Literal["in_force", "appealed", "upheld", "reversed", "expired"] = "in_force"


class Proceedings(msgspec.Struct, frozen=True):
    """Outside proceedings that suspend the case, and the stage it returns to."""

    kind: str
    reference: str
    by: str
    started_at: datetime
    stage_before: Stage
    ended_at: datetime | None = None
    outcome: str | None = None


class Message(msgspec.Struct, frozen=True):
    """A message between the parties."""

    at: datetime
    by: Literal["buyer", "seller"]
    to: Literal["buyer", "seller", "all"]
    text: str


class Hold(msgspec.Struct, frozen=True):
    """A legal hold: by whom, since when and why, and how it ended."""

    placed_at: datetime
    by: str
    statement: str
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lift_statement: str | None = None


class Chargeback(msgspec.Struct, frozen=True):
    """Money the buyer's bank took back, minor units."""

    at: datetime
    amount: int
    reference: str


class Case(msgspec.Struct, frozen=True):
    """Everything about one order line after the sale. `revision` counts its events."""

    id: str
    order: OrderLine
    pack: str
    edition: str
    revision: int = 0
    stage: Stage = "unopened"
    closed_as: ClosedAs | None = None
    opened_at: datetime | None = None
    updated_at: datetime | None = None
    claim_id: str | None = None
    reason: Reason | None = None
    scenario: Scenario | None = None
    visibility: Visibility | None = None
    severity: Severity | None = None
    deceptive: bool | None = None
    noticed_at: datetime | None = None
    reclassified: int = 0
    refunded: int = 0
    refused_at: datetime | None = None
    requests: tuple[Request, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    declined: tuple[Declined, ...] = ()
    evidence_requests: tuple[EvidenceRequest, ...] = ()
    verifications: tuple[Verification, ...] = ()
    offers: tuple[Offer, ...] = ()
    messages: tuple[Message, ...] = ()
    decisions: tuple[Decision, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    return_leg: ReturnLeg | None = None
    recourse: Recourse | None = None
    appeals: tuple[AppealRecord, ...] = ()
    enforcement: tuple[Enforcement, ...] = ()
    proceedings: tuple[Proceedings, ...] = ()
    chargebacks: tuple[Chargeback, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    assigned_to: str | None = None
    assigned_until: datetime | None = None
    holds: tuple[Hold, ...] = ()
    erased: tuple[PartyName, ...] = ()
    erased_at: datetime | None = None

    @property
    def held(self) -> Hold | None:
        """The legal hold that stands now."""
        return self.holds[-1] if self.holds and self.holds[-1].lifted_at is None else None

    @property
    def paid(self) -> int:
        """What the buyer paid for the line, minor units."""
        return self.order.line.paid

    @property
    def owed(self) -> int:
        """Money remedies not yet paid and not waived, minor units."""
        return sum(r.amount or 0 for r in self.remedies if r.kind in MONEY_KINDS and is_live(r))

    @property
    def refundable(self) -> int:
        """What may still be ordered: paid less refunded less owed. Never negative."""
        return self.paid - self.refunded - self.owed

    @property
    def round(self) -> int:
        """The number of the current dispute; 0 before the first."""
        return len(self.disputes)

    @property
    def wanted(self) -> Wanted:
        """What the buyer now asks for."""
        return self.disputes[-1].wanted if self.disputes else self.requests[-1].wanted

    @property
    def asked_amount(self) -> int | None:
        """The amount of a partial refund the buyer asks for, minor units; None when it asks for something else."""
        if self.wanted != "partial_refund":
            return None
        named = self.disputes[-1].amount if self.disputes else None
        return named or self.requests[-1].amount

    @property
    def decision(self) -> Decision | None:
        """The last decision."""
        return self.decisions[-1] if self.decisions else None

    def open_deadlines(self, *kinds: DeadlineKind) -> tuple[Deadline, ...]:
        """Deadlines still running, of the given kinds (all when none is given)."""
        return tuple(d for d in self.deadlines if d.state == "open" and (not kinds or d.kind in kinds))


def is_live(remedy: Remedy) -> bool:
    """Whether a remedy is still owed."""
    return remedy.status in ("pending", "overdue")


def under(case: Case, decision: Decision) -> tuple[Remedy, ...]:
    """The remedies of a decision, with those that took the place of one of them."""
    return tuple(r for r in case.remedies if r.id in decision.remedies or r.ordered_by in decision.remedies)


def claimed(case: Case, quantity: int) -> int:
    """The part of what was paid that belongs to `quantity` units, by the largest remainder; minor units."""
    line = case.order.line
    rest = line.quantity - quantity
    return line.paid if rest == 0 else split(line.paid, (quantity, rest))[0]


def returning(case: Case) -> bool:
    """Whether goods are to come back, or on their way, for a remedy that is still owed."""
    leg = case.return_leg
    if leg is None or leg.state not in ("awaiting_shipment", "in_transit"):
        return False
    return any(r.id == leg.remedy_id and is_live(r) for r in case.remedies)


def return_refused_since(case: Case) -> bool:
    """Whether the seller refused returned goods after the last dispute was opened: that is a matter of its own."""
    leg = case.return_leg
    if leg is None or leg.state != "refused" or leg.ended_at is None:
        return False
    return not case.disputes or leg.ended_at >= case.disputes[-1].opened_at


def is_pending(appeal: AppealRecord) -> bool:
    """Whether an appeal still waits for its result."""
    return appeal.result is None and appeal.ended_as is None


def initial(case_id: str, order: OrderLine, pack: str, edition: str) -> Case:
    """The case of an order line before anything was asked."""
    return Case(id=case_id, order=order, pack=pack, edition=edition)


def next_id(prefix: str, have: int) -> str:
    """Short ids within a case: e1, e2, …"""
    return f"{prefix}{have + 1}"


def actor_is_party(case: Case, actor: Actor) -> bool:
    """Whether a buyer, seller or carrier is the one of this case (a carrier: the one that carried it, if named)."""
    order = case.order
    match actor.role:
        case "buyer":
            return actor.id == order.buyer.id
        case "seller":
            return actor.id == order.seller.id
        case "carrier":
            return order.fulfilment.carrier is None or actor.id.lower() == order.fulfilment.carrier.lower()
    return True
