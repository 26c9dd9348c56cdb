"""One case from request to closing over HTTP: what each side may do next is always in the answer before."""

from itertools import pairwise

import pytest

from tests.api.callers import Callers

pytestmark = pytest.mark.database


async def test_a_dispute_runs_from_request_to_a_paid_refund(callers: Callers):
    alice, bob, dana = await callers.alice(), await callers.bob(), callers.dana
    await callers.order("O1", "US")
    case = await callers.filed("O1")
    at = f"/v1/cases/{case['id']}"
    assert (case["stage"], case["revision"], case["paid"]) == (
        "awaiting_seller", 1, {"amount": 4000, "currency": "USD"},
    )  # fmt: skip
    [answer] = [a for a in (await bob.get(at))["available_actions"] if a["command"] == "approve_request"]
    assert (answer["mandatory"], answer["on_timeout"], answer["href"]) == (
        True,
        "approve_request",
        f"{at}/approve-request",
    )

    case = await bob.post(f"{at}/reject-request", {"statement": "It worked when it left"})
    assert case["stage"] == "refused"
    item = {"type": "photo_of_item", "text": "A dark screen"}
    case = await alice.post(f"{at}/open-dispute", {"statement": "It never worked", "evidence": [item]})
    assert (case["stage"], case["disputes_left"]) == ("gathering_evidence", 1)
    await alice.post(
        f"{at}/submit-evidence", {"items": [{"type": "video_of_item", "text": "Pressing it"}], "last": True}
    )
    report = {"type": "test_report", "text": "Passed"}
    case = await bob.post(f"{at}/submit-evidence", {"items": [report], "last": True})
    assert case["stage"] == "under_review"

    [waiting] = (await dana.get("/v1/queue"))["items"]
    assert waiting["id"] == case["id"]
    claimed = await dana.post("/v1/queue/next")
    assert (claimed["id"], claimed["assigned_to"]) == (case["id"], "dana")
    decision = {"findings": {"claim": "proved", "rebuttal": "insufficient", "returnable": False},
                "rationale": "The video shows it dead.",
                "evidence": [{"id": "e1", "weight": "relied_on"}]}  # fmt: skip
    foreseen = await dana.post(f"{at}/preview", {"command": "decide", **decision})
    assert foreseen["would_be"] == "done", foreseen["refusal"]
    assert foreseen["case"]["decisions"][0]["outcome"] == "buyer_favour"
    case = await dana.post(f"{at}/decide", decision, key="decide-1")
    assert (case["stage"], case["decisions"][0]["outcome"]) == ("decided", "buyer_favour")

    seen = await alice.get(at)
    assert seen["decisions"][0]["adjudicator"] == "Reviewer 1"
    refund = seen["remedies"][0]
    assert (refund["kind"], refund["amount"]["amount"]) == ("refund", 4000)
    paid = await callers.operator.post(
        f"{at}/confirm-payment", {"remedy_id": refund["id"], "reference": "P-1"}, key="p-1"
    )
    assert paid["refunded"] == {"amount": 4000, "currency": "USD"}
    moved = await callers.operator.post("/v1/sandbox/clock", {"advance": "P60D"})
    assert moved["fired"] >= 1
    closed = await alice.get(at)
    assert (closed["stage"], closed["closed_as"], closed["available_actions"]) == ("closed", "decided", [])

    history = (await callers.auditor.get(f"{at}/events"))["items"]
    assert [event["seq"] for event in history] == list(range(1, len(history) + 1))
    assert all(after["prev_hash"] == before["hash"] for before, after in pairwise(history))
    balances = (await callers.operator.get("/v1/ledger/balances"))["items"]
    assert sum(one["balance"]["amount"] for one in balances) == 0


async def test_a_silent_seller_has_approved(callers: Callers):
    await callers.order()
    case = await callers.filed()
    await callers.operator.post("/v1/sandbox/clock", {"advance": "PT48H"})
    at = f"/v1/cases/{case['id']}"
    assert (await (await callers.bob()).get(at))["stage"] == "awaiting_seller"
    moved = await callers.operator.post("/v1/sandbox/clock", {"advance": "PT2S"})
    assert moved["fired"] == 1
    after = await (await callers.alice()).get(at)
    assert (after["stage"], after["requests"][0]["answer"]) == ("agreed", "approved_by_silence")
