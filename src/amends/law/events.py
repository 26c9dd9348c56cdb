"""What has happened, in the past tense: one frozen Struct a fact, complete enough to rebuild the case from nothing.

Every event says when, by whom and on which clauses; which deadlines it `starts`, `ends` and `moves` travel in it with
their derivations, so replaying never needs a calendar. A stored event is readable for ever: fields are only ever added,
with defaults.
"""

from datetime import datetime
from typing import Literal

import msgspec

from amends.law.actors import Actor, Bearer
from amends.law.case import (
    AppealRecord,
    Chargeback,
    ClosedAs,
    CostShare,
    Deadline,
    Decision,
    Ended,
    Enforcement,
    Evidence,
    EvidenceRequest,
    Moved,
    Offer,
    Recourse,
    Remedy,
    ReturnLeg,
    Verification,
)
from amends.law.commands import (
    Area,
    Condition,
    EvidenceType,
    PartyName,
    Reason,
    Severity,
    Visibility,
    Wanted,
    snake,
)
from amends.law.facts import Fulfilment, OrderLine, Trait
from amends.law.policy import Scenario


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag=snake):
    """The base of all events."""

    at: datetime
    actor: Actor
    clauses: tuple[str, ...]
    starts: tuple[Deadline, ...] = ()
    ends: tuple[Ended, ...] = ()
    moves: tuple[Moved, ...] = ()


class RequestFiled(Event, frozen=True, kw_only=True):
    """The buyer asked the seller; carries the order's facts as they were."""

    order: OrderLine
    pack: str
    edition: str
    reason: Reason
    scenario: Scenario | None
    wanted: Wanted
    statement: str
    quantity: int
    amount: int | None = None
    claim_id: str | None = None
    visibility: Visibility | None = None
    severity: Severity | None = None
    noticed_at: datetime | None = None
    evidence: tuple[Evidence, ...] = ()


class RequestApproved(Event, frozen=True, kw_only=True):
    """The seller agreed, or was silent and so is taken to agree."""

    by_silence: bool
    remedies: tuple[Remedy, ...]
    return_leg: ReturnLeg | None = None
    recourse: Recourse | None = None
    statement: str | None = None


class RequestRejected(Event, frozen=True, kw_only=True):
    """The seller refused; the buyer may go to the platform."""

    statement: str
    evidence: tuple[Evidence, ...] = ()


class DisputeOpened(Event, frozen=True, kw_only=True):
    """The buyer brought the matter to the platform."""

    number: int
    reason: Reason
    scenario: Scenario
    wanted: Wanted
    visibility: Visibility | None = None
    severity: Severity | None = None
    amount: int | None = None
    statement: str | None = None
    evidence: tuple[Evidence, ...] = ()


class Withdrawn(Event, frozen=True, kw_only=True):
    """The buyer took the request or dispute back."""

    statement: str | None = None


class EvidenceSubmitted(Event, frozen=True, kw_only=True):
    """A party handed in evidence; `answers` names evidence requests it met."""

    items: tuple[Evidence, ...]
    last: bool = False
    answers: tuple[str, ...] = ()


class EvidenceDeclined(Event, frozen=True, kw_only=True):
    """A party said it has none, of one type or of anything."""

    party: Literal["buyer", "seller", "carrier"]
    evidence_type: EvidenceType | None = None
    statement: str | None = None
    answers: tuple[str, ...] = ()


class DeadlineLapsed(Event, frozen=True, kw_only=True):
    """A window ended in silence with no further effect of its own than its end (or an alarm)."""

    deadline_id: str
    alarm: bool = False


class ReviewBegan(Event, frozen=True, kw_only=True):
    """Every right-holder's window ended or was waived; the adjudicator may decide."""


class SettlementOffered(Event, frozen=True, kw_only=True):
    """One side offered to settle."""

    offer: Offer


class SettlementAccepted(Event, frozen=True, kw_only=True):
    """The other side accepted: terms became remedies."""

    offer_id: str
    remedies: tuple[Remedy, ...]
    waived: tuple[str, ...] = ()
    return_leg: ReturnLeg | None = None


class SettlementDeclined(Event, frozen=True, kw_only=True):
    """An offer was turned down, taken back, or lapsed."""

    offer_id: str
    status: Literal["declined", "taken_back", "lapsed"]
    statement: str | None = None


class MessagePosted(Event, frozen=True, kw_only=True):
    """A party wrote."""

    text: str
    to: Literal["buyer", "seller", "all"]


class ProceedingsReported(Event, frozen=True, kw_only=True):
    """A court, regulator or mediation took the matter up: all clocks stop."""

    kind: str
    reference: str
    statement: str | None = None


class ProceedingsEnded(Event, frozen=True, kw_only=True):
    """Outside proceedings ended: the case resumes where it was, its clocks moved by the time stopped, or it closes."""

    resumed: bool
    outcome: str | None = None


class EvidenceRequested(Event, frozen=True, kw_only=True):
    """The adjudicator asked a party for material."""

    request: EvidenceRequest


class Reclassified(Event, frozen=True, kw_only=True):
    """The adjudicator corrected how the case is classed."""

    statement: str
    reason: Reason
    scenario: Scenario
    visibility: Visibility | None = None
    severity: Severity | None = None
    deceptive: bool | None = None


class EvidenceAdmitted(Event, frozen=True, kw_only=True):
    """Late evidence will be weighed."""

    evidence_id: str
    statement: str


class VerificationRecorded(Event, frozen=True, kw_only=True):
    """A third party's word was recorded."""

    verification: Verification


class CaseClaimed(Event, frozen=True, kw_only=True):
    """An adjudicator took the case, until the lock expires."""

    until: datetime


class CaseReleased(Event, frozen=True, kw_only=True):
    """The adjudicator gave the case back."""


class Decided(Event, frozen=True, kw_only=True):
    """A decision was issued, with its remedies, return leg and recourse."""

    decision: Decision
    remedies: tuple[Remedy, ...] = ()
    waived: tuple[str, ...] = ()
    return_leg: ReturnLeg | None = None
    recourse: Recourse | None = None


class DecisionCorrected(Event, frozen=True, kw_only=True):
    """A slip was corrected; `remedies` are new ones, `waived` those they replace."""

    number: int
    kind: Literal["typing", "arithmetic", "omission"]
    statement: str
    rationale: str | None = None
    remedies: tuple[Remedy, ...] = ()
    waived: tuple[str, ...] = ()
    return_leg: ReturnLeg | None = None
    recourse: Recourse | None = None


class AppealLodged(Event, frozen=True, kw_only=True):
    """The seller appealed."""

    appeal: AppealRecord
    evidence: tuple[Evidence, ...] = ()


class AppealDecided(Event, frozen=True, kw_only=True):
    """Another adjudicator decided the appeal."""

    appeal: AppealRecord
    decision: Decision | None = None
    remedies: tuple[Remedy, ...] = ()
    waived: tuple[str, ...] = ()
    return_leg: ReturnLeg | None = None
    recourse: Recourse | None = None


class CarrierHeard(Event, frozen=True, kw_only=True):
    """The carrier's window ended: who bears the cost can now be said."""


class RecourseAllocated(Event, frozen=True, kw_only=True):
    """Who bears the cost was settled. `remedies` may make the seller whole."""

    bearer: Bearer
    shares: tuple[CostShare, ...]
    rationale: str
    remedies: tuple[Remedy, ...] = ()


class DeadlineExtended(Event, frozen=True, kw_only=True):
    """A deadline was put later by an adjudicator (see `moves`)."""

    deadline_id: str
    by: str
    statement: str


class FactsUpdated(Event, frozen=True, kw_only=True):
    """The marketplace sent new facts."""

    source: str
    fulfilment: Fulfilment
    traits: tuple[Trait, ...]
    return_trouble: Literal["wrong_address", "carrier"] | None = None


class ReturnShipped(Event, frozen=True, kw_only=True):
    """The goods are on their way back; risk passed."""

    carrier: str
    tracking_number: str


class ReturnReceived(Event, frozen=True, kw_only=True):
    """The seller accepted the returned goods, in words or by silence."""

    condition: Condition
    by_silence: bool = False
    borne_by: Bearer | None = None
    waived: tuple[str, ...] = ()


class ReturnRefused(Event, frozen=True, kw_only=True):
    """The seller refused the returned goods; the buyer may dispute."""

    condition: Condition
    statement: str
    borne_by: Bearer | None = None
    evidence: tuple[Evidence, ...] = ()
    waived: tuple[str, ...] = ()


class ReturnLapsed(Event, frozen=True, kw_only=True):
    """The goods were not sent back in time; what waited for them is waived."""

    waived: tuple[str, ...] = ()


class ReturnSentBack(Event, frozen=True, kw_only=True):
    """Refused goods that nobody disputes any more are ordered back to the buyer."""

    remedies: tuple[Remedy, ...]


class RemedyStarted(Event, frozen=True, kw_only=True):
    """A remedy that waited is now due."""

    remedy_id: str


class RemedyReported(Event, frozen=True, kw_only=True):
    """The seller says a payment was made; the payment system must confirm it."""

    remedy_id: str
    reference: str | None = None
    evidence: tuple[Evidence, ...] = ()


class RemedyFulfilled(Event, frozen=True, kw_only=True):
    """An owed remedy was performed (for money: paid)."""

    remedy_id: str
    reference: str | None = None
    evidence: tuple[Evidence, ...] = ()


class RemedyOverdue(Event, frozen=True, kw_only=True):
    """An owed remedy was not performed in time; `deduct` orders the payout deduction.

    Goods that were not sent become a refund `instead`.
    """

    remedy_id: str
    deduct: bool
    instead: Remedy | None = None


class RemedyDeducted(Event, frozen=True, kw_only=True):
    """The owed money was deducted from the seller's payout and paid to the buyer."""

    remedy_id: str
    reference: str


class RemedyWaived(Event, frozen=True, kw_only=True):
    """An owed remedy is no longer owed, and why."""

    remedy_id: str
    why: str


class ChargebackReported(Event, frozen=True, kw_only=True):
    """The bank took money back; owed refunds shrink so that paid is never exceeded."""

    chargeback: Chargeback
    reduced: tuple[Remedy, ...] = ()
    waived: tuple[str, ...] = ()


class EnforcementApplied(Event, frozen=True, kw_only=True):
    """The platform acted against the seller's shop."""

    enforcement: Enforcement
    remedies: tuple[Remedy, ...] = ()


class EnforcementReversed(Event, frozen=True, kw_only=True):
    """An enforcement was taken back."""

    enforcement_id: str
    statement: str
    waived: tuple[str, ...] = ()


class EnforcementExpired(Event, frozen=True, kw_only=True):
    """An enforcement ran its time."""

    enforcement_id: str


class FileNoted(Event, frozen=True, kw_only=True):
    """A file of the party's `evidence` arrived, or the check passed or refused it; `late`: after its grace."""

    upload: str
    state: Literal["received", "clean", "refused"]
    party: PartyName
    evidence: tuple[str, ...]
    why: str | None = None
    late: bool = False


class FileMissing(Event, frozen=True, kw_only=True):
    """A promised file did not come within its grace."""

    upload: str
    party: PartyName
    evidence: tuple[str, ...]


class EvidenceRedacted(Event, frozen=True, kw_only=True):
    """Areas of a piece were covered for the other side."""

    evidence_id: str
    party: PartyName
    areas: tuple[Area, ...]
    statement: str | None = None


class LegalHoldPlaced(Event, frozen=True, kw_only=True):
    """The case must be kept whole."""

    statement: str


class LegalHoldLifted(Event, frozen=True, kw_only=True):
    """The hold ended."""

    statement: str


class PersonalDataErased(Event, frozen=True, kw_only=True):
    """What is personal of these parties is to be unreadable from here on; the store destroys its keys."""

    subjects: tuple[PartyName, ...]
    statement: str | None = None


class CaseClosed(Event, frozen=True, kw_only=True):
    """The case is over."""

    closed_as: ClosedAs
    waived: tuple[str, ...] = ()


AnyEvent = (
    RequestFiled | RequestApproved | RequestRejected | DisputeOpened | Withdrawn | EvidenceSubmitted
    | EvidenceDeclined | DeadlineLapsed | ReviewBegan | SettlementOffered | SettlementAccepted | SettlementDeclined
    | MessagePosted | ProceedingsReported | ProceedingsEnded | EvidenceRequested | Reclassified | EvidenceAdmitted
    | VerificationRecorded | CaseClaimed | CaseReleased | Decided | DecisionCorrected | AppealLodged | AppealDecided
    | CarrierHeard | RecourseAllocated | DeadlineExtended | FactsUpdated | ReturnShipped | ReturnReceived
    | ReturnRefused
    | ReturnLapsed | ReturnSentBack | RemedyStarted | RemedyReported | RemedyFulfilled | RemedyOverdue | RemedyDeducted
    | RemedyWaived | ChargebackReported | EnforcementApplied | EnforcementReversed | EnforcementExpired | FileNoted
    | FileMissing | EvidenceRedacted | LegalHoldPlaced | LegalHoldLifted | PersonalDataErased | CaseClosed
)  # fmt: skip

EVENTS: dict[str, type[Event]] = {str(kind.__struct_config__.tag): kind for kind in Event.__subclasses__()}
"""Every event by its type."""


def type_of(event: Event) -> str:
    """The event's type name, e.g. `request_filed`."""
    return str(event.__struct_config__.tag)
