"""Patterns and measures against a shop: when many is many, what each measure carries, and how it ends."""

from datetime import timedelta

import pytest

from amends.law.enforcement import Complaints, pattern
from amends.law.policy import Policy
from tests.law.stories import BOB, DANA, ID, OLGA, PHOTO, US, Story, disputed, requested

APPEAL = {"grounds": "procedure", "statement": "Look again", "enforcement_id": "x1"}


def measured(kind: str, *clauses: str, **more: int) -> Story:
    return requested().does(OLGA, "apply_enforcement", kind=kind, clauses=clauses, statement="Again", **more)


@pytest.mark.parametrize("policy", [US, ID], ids=["US", "ID"])
@pytest.mark.parametrize(
    ("buyers", "orders", "found"),
    [(5, 16, True), (5, 17, False), (4, 4, False), (5, 5, True), (30, 100, True), (29, 100, False), (6, 20, True),
     (0, 0, False), (5, 0, False)],
)  # fmt: skip
def test_a_pattern_is_five_buyers_and_three_in_ten_orders(
    policy: Policy, buyers: int, orders: int, found: bool
) -> None:
    made = pattern(Complaints("bob", "sku-1", buyers, orders), policy)
    assert (made is not None) == found
    if made is not None:
        assert made.action == "investigation"
        assert set(made.clauses) <= policy.pack.clauses.keys() | policy.pack.readings.keys()


def test_a_measure_cites_clauses_of_the_policy_in_force() -> None:
    told = {"kind": "warning", "statement": "Again"}
    assert requested().refused(OLGA, "apply_enforcement", clauses=[], **told).code == "missing_clause"
    refused = requested().refused(OLGA, "apply_enforcement", clauses=["ID-2"], **told)
    assert refused.code == "missing_clause"
    assert "ID-2" in refused.facts["what"]


@pytest.mark.parametrize(
    ("kind", "points", "code"),
    [("violation_points", None, "amount_invalid"), ("violation_points", 201, "amount_invalid"),
     ("warning", 3, "amount_invalid"), ("violation_points", 1, None), ("violation_points", 200, None)],
)  # fmt: skip
def test_points_belong_to_violation_points_within_their_range(kind: str, points: int | None, code: str | None) -> None:
    told = {"kind": kind, "clauses": ["US-73"], "statement": "Again"} | ({"points": points} if points else {})
    if code is None:
        requested().does(OLGA, "apply_enforcement", **told)
    else:
        assert requested().refused(OLGA, "apply_enforcement", **told).code == code


def test_a_warning_has_its_own_appeal_and_expires() -> None:
    story = measured("warning", "US-72")
    [measure] = story.case.enforcement
    assert measure.appeal_until is not None
    assert measure.expires_at is not None
    assert measure.expires_at - story.at > timedelta(days=180)
    assert {d.on_timeout for d in story.case.open_deadlines("enforcement")} == {
        "enforcement_stands", "enforcement_expires"}  # fmt: skip


def test_a_removed_listing_stays_removed_until_reversed() -> None:
    story = measured("listing_removed", "US-74")
    assert story.case.enforcement[0].expires_at is None
    story.does(OLGA, "reverse_enforcement", enforcement_id="x1", statement="Mistaken")
    assert story.case.enforcement[0].status == "reversed"
    assert story.case.open_deadlines("enforcement") == ()


def test_refunds_are_ordered_for_the_line_at_the_sellers_cost() -> None:
    [remedy] = measured("refunds", "US-67").case.remedies
    assert (remedy.kind, remedy.owner, remedy.amount, remedy.clauses) == ("refund", "seller", 4000, ("US-67",))


def test_a_recall_spares_the_batch_a_document_shows_to_be_safe() -> None:
    story = disputed().does(BOB, "submit_evidence", items=[PHOTO | {"type": "recall_scope_statement"}])
    told = {"kind": "refunds", "statement": "Recall"}
    refused = story.refused(OLGA, "apply_enforcement", clauses=["US-68"], **told)
    assert refused.code == "already_resolved"
    assert "US-70" in refused.clauses
    story.does(OLGA, "apply_enforcement", clauses=["US-67"], **told)


def test_a_measure_changes_no_stage_and_no_running_window() -> None:
    story = requested()
    before = story.due("seller_answer")
    story.does(OLGA, "apply_enforcement", kind="selling_revoked", clauses=["US-75"], statement="Again")
    assert story.case.stage == "awaiting_seller"
    assert story.due("seller_answer") == before
    story.does(BOB, "reject_request", statement="No")


def test_a_won_appeal_reverses_the_measure_and_a_lost_one_upholds_it() -> None:
    for result, status in (("changed", "reversed"), ("stands", "upheld")):
        story = measured("warning", "US-72").does(BOB, "appeal", **APPEAL)
        assert story.case.enforcement[0].status == "appealed"
        assert story.refused(BOB, "appeal", **APPEAL).code in ("already_resolved", "not_in_stage")
        story.does(DANA, "decide_appeal", result=result, rationale="Seen", enforcement_id="x1")
        assert story.case.enforcement[0].status == status
