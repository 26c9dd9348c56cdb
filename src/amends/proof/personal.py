"""Which fields of events are personal, and whose: the one place where that is declared. Pure.

Every field that holds text is in PERSONAL or, with a reason, in NOT_PERSONAL; tests/proof walks all event types and
fails for one that is in neither. A personal field names its subject: the person whose erasure takes the text away.
Ids are no personal text here: they are the marketplace's own references, without which no case could be found.
"""

from collections.abc import Mapping
from typing import Any

from amends.law import case as c
from amends.law import events as e
from amends.law.actors import STAFF as OFFICES
from amends.law.actors import Actor
from amends.law.commands import Tracking, Weighing
from amends.law.facts import Buyer, Fulfilment, Line, OrderLine, Seller

BUYER, SELLER, CARRIER, STAFF = "buyer", "seller", "carrier", "staff"
AUTHOR = "author"
"""Whoever acted: the event's actor."""
PARTY, BY = "party", "by"
"""The role named in that field of the same struct."""
OFFICE = "office"
"""The house's people alone: their names and ids are theirs, a party's id is the marketplace's reference."""
PARTIES = frozenset({BUYER, SELLER, CARRIER})

PERSONAL: Mapping[type, Mapping[str, str]] = {
    Actor: {"id": OFFICE, "name": AUTHOR},
    Buyer: {"name": BUYER, "email": BUYER},
    Seller: {"name": SELLER, "email": SELLER},
    Fulfilment: {"tracking_number": BUYER},
    Tracking: {"carrier": AUTHOR, "number": AUTHOR},
    Weighing: {"why": STAFF},
    c.Evidence: {"text": PARTY, "describes": PARTY, "why": STAFF},
    c.Remedy: {"reference": BUYER},
    c.ReturnLeg: {"carrier": BUYER, "tracking_number": BUYER},
    c.Recourse: {"rationale": STAFF, "by": STAFF},
    c.Offer: {"statement": BY},
    c.EvidenceRequest: {"statement": STAFF},
    c.Verification: {"source": STAFF, "result": STAFF, "statement": STAFF},
    c.Decision: {"adjudicator": STAFF, "rationale": STAFF, "departure": STAFF, "corrections": STAFF},
    c.AppealRecord: {"statement": SELLER, "adjudicator": STAFF, "rationale": STAFF},
    c.Chargeback: {"reference": BUYER},
    c.Enforcement: {"statement": STAFF},
    e.RequestFiled: {"statement": BUYER},
    e.RequestApproved: {"statement": AUTHOR},
    e.RequestRejected: {"statement": AUTHOR},
    e.DisputeOpened: {"statement": AUTHOR},
    e.Withdrawn: {"statement": AUTHOR},
    e.EvidenceDeclined: {"statement": PARTY},
    e.SettlementDeclined: {"statement": AUTHOR},
    e.MessagePosted: {"text": AUTHOR},
    e.ProceedingsReported: {"kind": AUTHOR, "reference": AUTHOR, "statement": AUTHOR},
    e.ProceedingsEnded: {"outcome": AUTHOR},
    e.Reclassified: {"statement": STAFF},
    e.EvidenceAdmitted: {"statement": STAFF},
    e.DecisionCorrected: {"statement": STAFF, "rationale": STAFF},
    e.RecourseAllocated: {"rationale": STAFF},
    e.DeadlineExtended: {"statement": AUTHOR},
    e.FactsUpdated: {"source": AUTHOR},
    e.ReturnShipped: {"carrier": AUTHOR, "tracking_number": AUTHOR},
    e.ReturnRefused: {"statement": AUTHOR},
    e.RemedyReported: {"reference": BUYER},
    e.RemedyFulfilled: {"reference": BUYER},
    e.RemedyDeducted: {"reference": BUYER},
    e.RemedyWaived: {"why": AUTHOR},
    e.EnforcementReversed: {"statement": AUTHOR},
    e.EvidenceRedacted: {"statement": AUTHOR},
    e.LegalHoldPlaced: {"statement": AUTHOR},
    e.LegalHoldLifted: {"statement": AUTHOR},
    e.PersonalDataErased: {"statement": AUTHOR},
}
"""Personal text by struct and field, and whose it is. A tuple of texts is sealed text by text."""

_OURS = "given by the case itself: a short id such as e1, or a word of the law"
_REFERENCE = "the marketplace's own reference; it names nobody to whoever does not keep the marketplace's books"
_CLAUSE = "a clause of the policy"
_CALENDAR = "of the calendar or the policy"

NOT_PERSONAL: Mapping[type, Mapping[str, str]] = {
    Buyer: {"id": _REFERENCE},
    Seller: {"id": _REFERENCE},
    OrderLine: {"order_id": _REFERENCE, "market": "a market", "currency": "a currency"},
    Line: {"id": _REFERENCE, "sku": "names goods", "title": "names goods, as the shop lists them"},
    Fulfilment: {"carrier": "a company: what the marketplace knows the carrier by"},
    Weighing: {"id": _OURS},
    c.Evidence: {"id": _OURS, "by": _REFERENCE},
    c.File: {
        "id": "a random id of ours",
        "sha256": "says which bytes; the bytes go with the upload's key",
        "media_type": "a kind of file",
        "why": "what the check said of the file",
    },
    c.Remedy: {"id": _OURS, "ordered_by": _OURS},
    c.Recourse: {"remedies": _OURS},
    c.Offer: {"id": _OURS},
    c.EvidenceRequest: {"id": _OURS},
    c.Decision: {"remedies": _OURS},
    c.AppealRecord: {
        "against": _OURS,
        "by": _REFERENCE,
        "grounds": "a word of the law",
        "evidence": _OURS,
    },
    c.Enforcement: {"id": _OURS},
    c.Deadline: {"id": _OURS, "subject": _OURS},
    c.Ended: {"id": _OURS},
    c.Moved: {"id": _OURS},
    e.RequestFiled: {"pack": "a policy", "edition": "a policy", "claim_id": _REFERENCE},
    e.DeadlineExtended: {"by": "a length of time"},
    e.FileNoted: {"upload": "a random id of ours", "evidence": _OURS, "why": "what the check said of the file"},
    e.FileMissing: {"upload": "a random id of ours", "evidence": _OURS},
}
"""Text that is not personal, by struct and field, and why."""

NEVER_PERSONAL: Mapping[str, str] = {
    "clauses": _CLAUSE,
    "waived": _OURS,
    "answers": _OURS,
    "deadline_id": _OURS,
    "evidence_id": _OURS,
    "offer_id": _OURS,
    "remedy_id": _OURS,
    "enforcement_id": _OURS,
    "start_event": _CALENDAR,
    "zone": _CALENDAR,
    "calendar": _CALENDAR,
    "capped_by": _CALENDAR,
    "row": _CALENDAR,
    "column": _CALENDAR,
    "value": "a fact as the policy's table names it",
}
"""Fields that mean the same in every struct and are not personal, and why."""
NEVER_PERSONAL_TYPES = frozenset({"Skipped", "Window"})
"""Structs without anything of a person in them: days skipped in a calendar, and why."""


ORDER_PERSONS = (
    (BUYER, "buyer", ("name", "email")),
    (SELLER, "seller", ("name", "email")),
    (BUYER, "fulfilment", ("tracking_number",)),
)
"""What is personal in an order's facts: the subject, the part of the order, and the fields in it."""


def subject_of(rule: str, struct: Any, author: str) -> str | None:
    """Whose text a field with that rule is: `buyer`, `seller`, `carrier` or `staff`; None where it is nobody's."""
    if rule == AUTHOR:
        return author
    if rule == OFFICE:
        return STAFF if struct.role in OFFICES else None
    named = getattr(struct, rule) if rule in (PARTY, BY) else rule
    return named if named in PARTIES else STAFF


def author_of(actor: Actor) -> str:
    """The subject an actor's own words belong to; the house's people and its clock are `staff`."""
    return actor.role if actor.role in PARTIES else STAFF
