"""One case with something of everything in it, so that a view has something to show or to hide in each field."""

from datetime import timedelta

from amends.law import case as c
from amends.law.actors import Actor
from amends.law.calendar import Derivation, Window
from amends.law.commands import Findings, Tracking, Weighing
from amends.law.facts import Buyer, Fulfilment, Line, OrderLine, Seller
from amends.law.policy import Policy, Risk
from amends.law.table import Considered
from amends.store.policies import installed
from tests.cast import MONDAY

ALICE, BOB, CHARLIE = Actor("buyer", "alice"), Actor("seller", "bob"), Actor("carrier", "Charlie")
DANA, OLGA, AUDE = Actor("adjudicator", "dana"), Actor("operator", "olga"), Actor("auditor", "aude")
EVERYONE = (ALICE, BOB, CHARLIE, DANA, OLGA, AUDE)
STAFF = (DANA, OLGA, AUDE)
SECRETS = {
    "alice@example.com": "buyer", "Alice Aster": "buyer", "bob@example.com": "seller",
    "words of the buyer's diary": "buyer", "words of the certificate": "buyer", "words of the supplier": "seller",
}  # fmt: skip
"""Texts in the case that only one party (and staff) may ever read."""
NAMES_OF_STAFF = ("dana", "bima", "olga")
FULL_POLICY = installed().named("tiktok-shop-us@2025-11-11")
assert FULL_POLICY is not None
POLICY: Policy = FULL_POLICY
LATER = MONDAY + timedelta(days=2)
RISK = Risk("seller", "seller", "carrier")


def deadline(kind: str, party: str, subject: str | None = None, state: str = "open", days: int = 2) -> c.Deadline:
    """A deadline of this kind, due in some days."""
    due = MONDAY + timedelta(days=days)
    why = Derivation(MONDAY, "notice", Window(days, "calendar_days"), "America/Los_Angeles", "holidays-1/US", (), due)
    return c.Deadline(
        f"{kind}.1" if state == "open" else f"{kind}.0", kind, party, due, "alarm", ("US-44",), why, subject, state
    )  # type: ignore[arg-type]


def piece(n: int, party: str, kind: str, text: str, **more: object) -> c.Evidence:
    """A piece of evidence."""
    return c.Evidence(f"e{n}", party, party, kind, MONDAY, 1, text, **more)  # type: ignore[arg-type]


ORDER = OrderLine(
    "O1", "US", "USD", MONDAY - timedelta(days=9), "delivered",
    Buyer("alice", True, "id", "alice@example.com", "Alice Aster"),
    Seller("bob", "Bob's Lamps", "bob@example.com", "en"),
    Fulfilment("ship_by_platform", "charlie", "1Z999", delivered_at=MONDAY - timedelta(days=4)),
    Line("1", 4000, sku="L-1", title="Lamp"),
)  # fmt: skip
EVIDENCE = (
    piece(1, "buyer", "photo_of_item", "a dark screen", weight="relied_on", tracking=Tracking("UPS", "1Z9990")),
    piece(2, "buyer", "conversation", "words of the buyer's diary", private=True),
    piece(3, "buyer", "medical_certificate", "words of the certificate", private=True,
          weight="relied_on", why="Allergy shown"),
    piece(4, "seller", "supplier_contract", "words of the supplier", private=True,
          weight="not_considered", why="Not about it"),
    piece(5, "seller", "test_report", "passed", late=True),
    piece(6, "carrier", "proof_of_delivery", "signed by a neighbour"),
)  # fmt: skip
REMEDIES = (
    c.Remedy("r1", "refund", "platform", ("US-53",), "decision 1", 3000, due_at=LATER),
    c.Remedy("r2", "return_label", "seller", ("US-54",), "decision 1"),
)
DECISION = c.Decision(
    1, 1, MONDAY, "buyer_favour", "evidence", "person", "dana", Findings(claim="proved", fault="carrier"), "carrier",
    ("US-91",), "The photo shows it dead.", (Weighing("e1", "relied_on"),), ("r1", "r2"),
    (Considered("d1", True, ("US-91",)),), "buyer_favour", None, RISK, LATER,
)  # fmt: skip
APPEALS = (
    c.AppealRecord(1, "1", MONDAY, "bob", "procedure", "I was not heard", (), "stands", "stands", False,
                   "You were", "bima", LATER),
    c.AppealRecord(2, "x1", MONDAY, "bob", "procedure", "Not my listing", ()),
)  # fmt: skip
FULL = c.Case(
    id="11111111-1111-8111-8111-111111111111", order=ORDER, pack="tiktok-shop-us", edition="2025-11-11", revision=12,
    stage="decided", closed_as=None, opened_at=MONDAY, updated_at=MONDAY, claim_id="C1", reason="allergy",
    scenario="quality", visibility="hidden", severity="major", deceptive=True, noticed_at=MONDAY, refunded=1000,
    requests=(c.Request(MONDAY, "partial_refund", "It itches", 1, 1000, "rejected", MONDAY, "It should not"),),
    disputes=(c.Dispute(1, MONDAY, "refund", "It does", LATER, "decided"),), evidence=EVIDENCE,
    declined=(c.Declined("seller", 1, "test_report"), c.Declined("carrier", 1)),
    evidence_requests=(
        c.EvidenceRequest("q1", "buyer", ("photo_of_item",), "Closer please", MONDAY, LATER),
        c.EvidenceRequest("q2", "carrier", ("tracking",), "Where was it", MONDAY, LATER),
    ),
    verifications=(c.Verification(MONDAY, "Laboratory", "Nickel found"),),
    offers=(c.Offer("o1", "seller", "partial_refund", MONDAY, LATER, 500),),
    messages=(c.Message(MONDAY, "buyer", "all", "Please"),), decisions=(DECISION,), remedies=REMEDIES,
    return_leg=c.ReturnLeg("in_transit", "r1", RISK, ("US-96",)),
    recourse=c.Recourse("allocated", "platform", "carrier", 3000, ("US-95",), ("r1",), "carrier",
                        (c.CostShare("carrier", 3000),), "It broke it", "dana", MONDAY),
    appeals=APPEALS, enforcement=(c.Enforcement("x1", "warning", MONDAY, ("US-72",), "Careful"),),
    proceedings=(c.Proceedings("court", "C-1", "buyer", MONDAY, "decided", MONDAY),),
    chargebacks=(c.Chargeback(MONDAY, 100, "CB-1"),),
    deadlines=(
        deadline("buyer_evidence", "buyer", state="ended", days=1), deadline("appeal", "seller"),
        deadline("carrier_evidence", "carrier"), deadline("recourse", "adjudicator", days=3),
        deadline("enforcement", "seller", "x1", days=4), deadline("appeal_decision", "adjudicator", "x1", days=5),
    ),
    assigned_to="dana", assigned_until=LATER,
)  # fmt: skip
