"""Everything anyone may ask, in the imperative: one frozen Struct a command.

One definition is the law's input, the HTTP body, the OpenAPI schema and a worked case's `with:`.
No command carries the clock, a role or a money total that the server must compute; unknown fields are refused.
Field names and meanings: API.md, "Fields of the commands".
"""

import re
from typing import Annotated, Literal

import msgspec

from amends.law.facts import Amount, Id, Instant, Positive, Short, Text, Trait

Reason = Literal["item_missing", "item_wrong", "wrong_quantity", "counterfeit", "defective", "unsafe", "allergy",
                 "delivery_late", "not_received", "damaged_in_transit", "changed_mind"]  # fmt: skip
Visibility = Literal["visible", "hidden"]
Severity = Literal["major", "minor"]
Wanted = Literal["refund", "refund_after_return", "partial_refund", "replacement", "resend_missing"]
RemedyKind = Literal["refund", "refund_after_return", "partial_refund", "replacement", "resend_missing",
                     "discard_item", "return_label", "ship_back_to_buyer", "reimburse_seller"]  # fmt: skip
EvidenceType = Literal["photo_of_item", "video_of_item", "photo_of_packing", "unpacking_video", "tracking",
                       "shipping_label", "shipping_receipt", "proof_of_delivery", "delivery_signature",
                       "address_check", "carrier_statement", "commercial_invoice", "supplier_contract", "test_report",
                       "authority_certificate", "medical_certificate", "recall_scope_statement", "listing_snapshot",
                       "conversation", "proof_of_refund", "proof_of_return", "proof_of_replacement",
                       "appeal_statement"]  # fmt: skip
Outcome = Literal["buyer_favour", "seller_favour", "split"]
Weight = Literal["relied_on", "considered", "not_considered"]
Condition = Literal["as_expected", "broken", "damaged", "incomplete", "wrong_item", "empty"]
ClaimFinding = Literal["proved", "not_proved", "not_shown"]
Rebuttal = Literal["credible", "insufficient", "none"]
Fault = Literal["seller", "carrier", "buyer", "platform", "none"]
PartyName = Literal["buyer", "seller", "carrier"]
EnforcementKind = Literal["warning", "violation_points", "listing_removed", "selling_revoked", "refunds",
                          "investigation"]  # fmt: skip


class Tracking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A parcel: the carrier's name and its tracking number."""

    carrier: Short
    number: Annotated[str, msgspec.Meta(min_length=4, max_length=64, pattern=r"^[A-Za-z0-9 \-]+$")]


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One piece of evidence as it is handed in: a type and at least one of text, upload id, tracking."""

    type: EvidenceType
    text: Text | None = None
    upload: Id | None = None
    tracking: Tracking | None = None
    describes: Short | None = None
    private: bool = False


Tenthousandth = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class Area(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rectangle to cover on a page (from 1); whole numbers in 1/10000 of the page's width and height."""

    page: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    left: Tenthousandth
    top: Tenthousandth
    width: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    height: Annotated[int, msgspec.Meta(ge=1, le=10_000)]


Areas = Annotated[tuple[Area, ...], msgspec.Meta(min_length=1, max_length=50)]
Items = Annotated[tuple[Item, ...], msgspec.Meta(max_length=50)]
SomeItems = Annotated[tuple[Item, ...], msgspec.Meta(min_length=1, max_length=50)]


class Findings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The facts an adjudicator found. What the scenario's table does not ask may be left out."""

    claim: ClaimFinding | None = None
    rebuttal: Rebuttal | None = None
    fault: Fault | None = None
    severity: Severity | None = None
    deceptive: bool | None = None
    returnable: bool | None = None
    delivered_to_right_address: bool | None = None
    intact_at_handover: bool | None = None


class Weighing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was done with one piece of evidence; `not_considered` needs its `why`."""

    id: Id
    weight: Weight
    why: Short | None = None


class OrderedRemedy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A remedy an adjudicator orders; `amount` in minor units for money, left out for the whole line."""

    kind: RemedyKind
    amount: Positive | None = None


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the cost one bearer carries, minor units."""

    bearer: Literal["seller", "carrier", "platform", "buyer"]
    amount: Amount


def snake(name: str) -> str:
    """`FileRequest` to `file_request`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="command", tag=snake):
    """The base of all commands; its tag is the command's name."""


class FileRequest(Command, frozen=True):
    """Ask the seller to put one order line right."""

    order_id: Id
    line_id: Id
    reason: Reason
    wanted: Wanted
    statement: Text
    quantity: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    claim_id: Id | None = None
    visibility: Visibility | None = None
    severity: Severity | None = None
    noticed_at: Instant | None = None
    amount: Positive | None = None
    evidence: Items = ()


class ApproveRequest(Command, frozen=True):
    """Agree to what the buyer asked, or to a stated remedy instead."""

    remedy: Wanted | None = None
    amount: Positive | None = None
    statement: Text | None = None


class RejectRequest(Command, frozen=True):
    """Refuse the request, with a reason the buyer can read."""

    statement: Text
    evidence: Items = ()


class OpenDispute(Command, frozen=True):
    """Bring the matter to the platform; what is left out stays as in the request."""

    statement: Text | None = None
    reason: Reason | None = None
    visibility: Visibility | None = None
    severity: Severity | None = None
    wanted: Wanted | None = None
    amount: Positive | None = None
    evidence: Items = ()


class Withdraw(Command, frozen=True):
    """Take back the request or the dispute."""

    statement: Text | None = None


class SubmitEvidence(Command, frozen=True):
    """Hand in evidence; `last` says "that is all" and ends the party's window."""

    items: SomeItems
    last: bool = False


class DeclineEvidence(Command, frozen=True):
    """Say "we have none": of one type on the checklist, or, without `type`, of everything."""

    type: EvidenceType | None = None
    statement: Text | None = None


class OfferSettlement(Command, frozen=True):
    """Offer the other side a way to end the matter."""

    remedy: Wanted
    amount: Positive | None = None
    valid_until: Instant | None = None
    statement: Text | None = None


class AcceptSettlement(Command, frozen=True):
    """Accept an open offer of the other side."""

    offer_id: Id


class DeclineSettlement(Command, frozen=True):
    """Turn an open offer down (or take one's own offer back)."""

    offer_id: Id
    statement: Text | None = None


class PostMessage(Command, frozen=True):
    """Write to the other side within the case."""

    text: Text
    to: Literal["buyer", "seller", "all"]


class ReportProceedings(Command, frozen=True):
    """Tell the platform of a court, regulator or mediation; the case is suspended."""

    kind: Literal["court", "regulator", "mediation", "other"]
    reference: Short
    statement: Text | None = None


class RecordProceedingsOutcome(Command, frozen=True):
    """Record how outside proceedings ended: resume the case, or close it as decided elsewhere."""

    resume: bool
    outcome: Text | None = None


class ShipReturn(Command, frozen=True):
    """Upload the tracking of goods on their way back; return risk passes here."""

    carrier: Short
    tracking_number: Annotated[str, msgspec.Meta(min_length=4, max_length=64, pattern=r"^[A-Za-z0-9 \-]+$")]


class ReceiveReturn(Command, frozen=True):
    """Accept goods that came back."""

    condition: Condition


class RefuseReturn(Command, frozen=True):
    """Refuse goods that came back, saying what is wrong with them."""

    condition: Condition
    statement: Text
    evidence: Items = ()


class ReportRemedy(Command, frozen=True):
    """Say that an owed remedy was performed."""

    remedy_id: Id
    reference: Short | None = None
    evidence: Items = ()


class ConfirmPayment(Command, frozen=True):
    """The payment system's word that an owed refund reached the buyer (or the seller was made whole)."""

    remedy_id: Id
    reference: Short
    amount: Positive | None = None


class ConfirmDeduction(Command, frozen=True):
    """The payment system's word that an overdue refund was deducted from the seller's payout and paid."""

    remedy_id: Id
    reference: Short
    amount: Positive | None = None


class Claim(Command, frozen=True):
    """Take the case to work on it."""


class Release(Command, frozen=True):
    """Give the case back to the queue."""


class RequestEvidence(Command, frozen=True):
    """Ask a party for stated material."""

    party: PartyName
    types: Annotated[tuple[EvidenceType, ...], msgspec.Meta(min_length=1, max_length=10)]
    statement: Text


class Reclassify(Command, frozen=True):
    """Correct reason, visibility, severity or deceptiveness, once, with a reason."""

    statement: Text
    reason: Reason | None = None
    visibility: Visibility | None = None
    severity: Severity | None = None
    deceptive: bool | None = None


class AdmitEvidence(Command, frozen=True):
    """Let late evidence be weighed, with a reason; the other side may answer."""

    evidence_id: Id
    statement: Text


class RecordVerification(Command, frozen=True):
    """Record what a third party said."""

    source: Short
    result: Text
    statement: Text | None = None


class Decide(Command, frozen=True):
    """Decide the dispute: findings, what each piece of evidence was worth, and why."""

    findings: Findings
    rationale: Annotated[str, msgspec.Meta(max_length=8000)]
    evidence: Annotated[tuple[Weighing, ...], msgspec.Meta(max_length=200)] = ()
    outcome: Outcome | None = None
    remedies: Annotated[tuple[OrderedRemedy, ...], msgspec.Meta(max_length=10)] | None = None
    departure: Annotated[str, msgspec.Meta(max_length=8000)] | None = None


class CorrectDecision(Command, frozen=True):
    """Correct a slip of typing or arithmetic, or an omission, in the last decision."""

    kind: Literal["typing", "arithmetic", "omission"]
    statement: Text
    remedies: Annotated[tuple[OrderedRemedy, ...], msgspec.Meta(max_length=10)] | None = None
    rationale: Text | None = None


class Appeal(Command, frozen=True):
    """Ask for another adjudicator's look at a decision, or (with `enforcement_id`) at an enforcement."""

    grounds: Literal["new_evidence", "error_of_fact", "error_of_policy", "procedure"]
    statement: Text
    evidence: Items = ()
    enforcement_id: Id | None = None


class DecideAppeal(Command, frozen=True):
    """Decide an appeal: money (`result`) and `fault` are two separate results."""

    result: Literal["stands", "changed", "sent_back"]
    rationale: Annotated[str, msgspec.Meta(max_length=8000)]
    findings: Findings | None = None
    outcome: Outcome | None = None
    remedies: Annotated[tuple[OrderedRemedy, ...], msgspec.Meta(max_length=10)] | None = None
    fault: Literal["stands", "cleared"] | None = None
    fraud: bool | None = None
    enforcement_id: Id | None = None


class AllocateRecourse(Command, frozen=True):
    """Say who bears the cost in the end."""

    bearer: Literal["seller", "carrier", "platform", "buyer"]
    rationale: Annotated[str, msgspec.Meta(max_length=8000)]
    shares: Annotated[tuple[Share, ...], msgspec.Meta(max_length=4)] | None = None


class ExtendDeadline(Command, frozen=True):
    """Give a party more time; `by` is an ISO 8601 duration such as PT24H or P2D."""

    kind: Short
    party: Literal["buyer", "seller", "carrier", "adjudicator", "operator"]
    by: Annotated[str, msgspec.Meta(pattern=r"^P(?:\d{1,3}D)?(?:T(?:\d{1,4}H)?(?:\d{1,5}M)?)?$", max_length=20)]
    statement: Text


class UpdateFacts(Command, frozen=True):
    """New facts of the order: delivery, tracking, traits, and who says so.

    `return_trouble`: goods on their way back suffered by the seller's wrong return address, or by the carrier (US-117).
    """

    source: Short
    delivered_at: Instant | None = None
    shipped_at: Instant | None = None
    last_tracking_at: Instant | None = None
    promised_by: Instant | None = None
    traits: tuple[Trait, ...] | None = None
    return_trouble: Literal["wrong_address", "carrier"] | None = None


class ReportChargeback(Command, frozen=True):
    """The buyer's bank took the money back by its own route."""

    amount: Positive
    reference: Short


class ApplyEnforcement(Command, frozen=True):
    """Act against the seller's shop: warning, points, listing, access, refunds, or an investigation."""

    kind: EnforcementKind
    clauses: Annotated[tuple[Id, ...], msgspec.Meta(max_length=20)]
    statement: Text
    points: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None


class ReverseEnforcement(Command, frozen=True):
    """Take an enforcement back."""

    enforcement_id: Id
    statement: Text


class RedactEvidence(Command, frozen=True):
    """Cover areas of a picture or page: the other side then sees only the covered copy, staff and owner both.

    By the party that handed the piece in, or by an adjudicator with a reason. Areas are only ever added.
    """

    evidence_id: Id
    areas: Areas
    statement: Text | None = None


class PlaceLegalHold(Command, frozen=True):
    """Keep everything of this case, with a reason: nothing is erased while the hold stands."""

    statement: Text


class LiftLegalHold(Command, frozen=True):
    """End the hold; the retention clock goes on with the time it had left."""

    statement: Text


class ErasePersonalData(Command, frozen=True):
    """Erase what is personal of a party (or of all three) in a closed case; the ruling, figures and hashes stay.

    `party: all` means buyer, seller and carrier. It cannot be undone.
    """

    party: Literal["buyer", "seller", "carrier", "all"]
    statement: Text


class NoteFile(Command, frozen=True):
    """A file's bytes arrived, or the check passed or refused it; only the house itself says so."""

    upload: Id
    state: Literal["arrived", "clean", "refused"]
    why: Short | None = None


class Lapse(Command, frozen=True):
    """A deadline ran out in silence; only the clock says so."""

    deadline_id: Id


AnyCommand = (
    FileRequest | ApproveRequest | RejectRequest | OpenDispute | Withdraw | SubmitEvidence | DeclineEvidence
    | OfferSettlement | AcceptSettlement | DeclineSettlement | PostMessage | ReportProceedings
    | RecordProceedingsOutcome | ShipReturn | ReceiveReturn | RefuseReturn | ReportRemedy | ConfirmPayment
    | ConfirmDeduction | Claim | Release | RequestEvidence | Reclassify | AdmitEvidence | RecordVerification
    | Decide | CorrectDecision | Appeal | DecideAppeal | AllocateRecourse | ExtendDeadline | UpdateFacts
    | ReportChargeback | ApplyEnforcement | ReverseEnforcement | RedactEvidence | PlaceLegalHold | LiftLegalHold
    | ErasePersonalData | NoteFile | Lapse
)  # fmt: skip

COMMANDS: dict[str, type[Command]] = {str(kind.__struct_config__.tag): kind for kind in Command.__subclasses__()}
"""Every command by its name."""

OF_THE_HOUSE = frozenset({"lapse", "note_file"})
"""Commands only time and the house itself say; no door takes them."""

MOVES_MONEY = frozenset({"approve_request", "accept_settlement", "decide", "correct_decision", "decide_appeal",
                         "confirm_payment", "confirm_deduction", "report_chargeback", "allocate_recourse",
                         "apply_enforcement"})  # fmt: skip
"""Commands that must carry an Idempotency-Key over HTTP."""


def name_of(command: Command) -> str:
    """The command's name, as in URLs (with hyphens there) and worked cases."""
    return str(command.__struct_config__.tag)
