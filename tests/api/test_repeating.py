"""Asking again: the same key and body give the same answer, another body is 422, and an old revision is 412."""

import asyncio

import pytest

from amends.api.recent import Recent
from amends.law.commands import MOVES_MONEY
from tests.api.callers import DECISION, FILING_OF_O1, Callers

pytestmark = pytest.mark.database


async def test_the_same_key_and_body_get_the_same_bytes_even_later(callers: Callers):
    case = await callers.reviewed()
    at = f"/v1/cases/{case['id']}"
    once = await callers.dana.ask("POST", f"{at}/decide", json=DECISION, headers={"Idempotency-Key": "k1"})
    await callers.operator.post("/v1/sandbox/clock", {"advance": "PT1H"})
    remedy = once.json()["remedies"][0]["id"]
    await callers.operator.post(f"{at}/confirm-payment", {"remedy_id": remedy, "reference": "P"}, key="p1")
    again = await callers.dana.ask("POST", f"{at}/decide", json=DECISION, headers={"Idempotency-Key": "k1"})
    assert (again.status_code, again.content, again.headers["etag"]) == (200, once.content, once.headers["etag"])


async def test_filing_again_with_its_key_is_the_same_case(callers: Callers):
    await callers.order()
    alice = await callers.alice()
    first = await alice.ask("POST", "/v1/cases", json=FILING_OF_O1, headers={"Idempotency-Key": "f1"})
    again = await alice.ask("POST", "/v1/cases", json=FILING_OF_O1, headers={"Idempotency-Key": "f1"})
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    assert (await alice.post("/v1/cases", FILING_OF_O1, 409))["code"] == "request_open"


async def test_the_key_with_another_body_is_422(callers: Callers):
    case = await callers.requested()
    at, bob = f"/v1/cases/{case['id']}/reject-request", await callers.bob()
    await bob.post(at, {"statement": "No"}, key="k1")
    problem = await bob.post(at, {"statement": "No!"}, 422, key="k1")
    assert problem["code"] == "idempotency_key_reused"


async def test_a_key_is_its_callers_own(callers: Callers):
    case = await callers.requested()
    at = f"/v1/cases/{case['id']}/post-message"
    message = {"text": "Hello", "to": "all"}
    await (await callers.bob()).post(at, message, key="k1")
    after = await (await callers.alice()).post(at, message, key="k1")
    assert [one["by"] for one in after["messages"]] == ["seller", "buyer"]


async def test_a_refusal_is_not_kept_for_its_key(callers: Callers):
    case = await callers.requested()
    at, alice = f"/v1/cases/{case['id']}/open-dispute", await callers.alice()
    await alice.post(at, {}, 409, key="k1")
    await (await callers.bob()).post(f"/v1/cases/{case['id']}/reject-request", {"statement": "No"})
    assert (await alice.post(at, {}, key="k1"))["stage"] == "gathering_evidence"


async def test_ten_at_once_with_one_key_act_once(callers: Callers):
    case = await callers.requested()
    at, bob = f"/v1/cases/{case['id']}/approve-request", await callers.bob()
    answers = await asyncio.gather(
        *(bob.ask("POST", at, json={}, headers={"Idempotency-Key": "k1"}) for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len((await callers.auditor.get(f"/v1/cases/{case['id']}/events"))["items"]) == answers[0].json()["revision"]


async def test_what_moves_money_needs_a_key(callers: Callers):
    case = await callers.requested()
    callers_of = {"approve_request": await callers.bob(), "accept_settlement": await callers.alice()}
    for command in MOVES_MONEY:
        caller = callers_of.get(command, callers.operator)
        if command in ("decide", "correct_decision", "decide_appeal", "allocate_recourse"):
            caller = callers.dana
        problem = await caller.post(f"/v1/cases/{case['id']}/{command.replace('_', '-')}", {}, 400)
        assert problem["code"] == "idempotency_key_missing", command


@pytest.mark.parametrize("key", ["", "a b", "a" * 256, "é", "\t"])
async def test_a_key_is_printable_ascii(callers: Callers, key: str):
    response = await callers.operator.ask(
        "POST", "/v1/party-tokens", json={"role": "buyer", "id": "b"}, headers={"Idempotency-Key": key.encode()}
    )
    assert (response.status_code, response.json()["code"]) == (400, "bad_header")


async def test_the_next_case_is_taken_once_for_one_key(callers: Callers):
    for order_id in ("O1", "O2"):
        case = await callers.reviewed(order_id)
        await callers.dana.post(f"/v1/cases/{case['id']}/release")
    taken = [await callers.dana.post("/v1/queue/next", key="n1") for _ in range(2)]
    assert taken[0] == taken[1]
    assert (await callers.dana.post("/v1/queue/next", key="n2"))["id"] != taken[0]["id"]


async def test_the_clock_is_moved_once_for_one_key(callers: Callers):
    moves = [await callers.operator.post("/v1/sandbox/clock", {"advance": "PT1H"}, key="c1") for _ in range(2)]
    assert moves[0] == moves[1] == {"now": "2026-03-02T04:00:00Z", "fired": 0, "failed": 0}
    assert (await callers.operator.post("/v1/sandbox/clock", {"advance": "PT2H"}, 422, key="c1"))["code"] == (
        "idempotency_key_reused"
    )
    assert (await callers.operator.get("/v1/sandbox/clock"))["now"] == "2026-03-02T04:00:00Z"


def test_what_was_answered_lately_is_forgotten_oldest_first():
    recent = Recent(most=2)
    for key in ("a", "b", "c"):
        recent.keep(("m1", "olga"), key, 1, key.encode())
    assert [recent.given(("m1", "olga"), key, 1) for key in ("a", "b", "c")] == [None, b"b", b"c"]
    assert recent.given(("m1", "otto"), "b", 1) is None


async def test_a_case_carries_its_revision_and_a_command_may_insist_on_it(callers: Callers):
    case = await callers.requested()
    at, bob = f"/v1/cases/{case['id']}", await callers.bob()
    tag = (await bob.ask("GET", at)).headers["etag"]
    assert tag == '"1"'
    await (await callers.alice()).post(f"{at}/post-message", {"text": "Hello?", "to": "seller"})
    stale = await bob.ask("POST", f"{at}/reject-request", json={"statement": "No"}, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"], stale.headers["etag"]) == (412, "outdated", '"2"')
    fresh = await bob.ask("POST", f"{at}/reject-request", json={"statement": "No"}, headers={"If-Match": '"2"'})
    assert (fresh.status_code, fresh.headers["etag"]) == (200, '"3"')


@pytest.mark.parametrize(
    ("tag", "status"),
    [("*", 200), ('"1"', 200), ('W/"1"', 412), ('"01"', 412), ('"x"', 412), ("1", 400), ('"1", "2"', 400), ("", 400)],
)
async def test_if_match_is_one_strong_tag(callers: Callers, tag: str, status: int):
    case = await callers.requested()
    at = f"/v1/cases/{case['id']}/reject-request"
    response = await (await callers.bob()).ask("POST", at, json={"statement": "No"}, headers={"If-Match": tag})
    assert response.status_code == status, response.text


async def test_asking_again_with_the_old_revision_still_gets_the_answer(callers: Callers):
    case = await callers.requested()
    at, bob = f"/v1/cases/{case['id']}/reject-request", await callers.bob()
    headers = {"If-Match": '"1"', "Idempotency-Key": "k1"}
    answers = [await bob.ask("POST", at, json={"statement": "No"}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content


async def test_a_key_counts_in_one_case(callers: Callers):
    await callers.order("O1")
    await callers.order("O2")
    alice = await callers.alice()
    filed = [await alice.post("/v1/cases", FILING_OF_O1 | {"order_id": o}, 201, key="f1") for o in ("O1", "O2")]
    assert filed[0]["id"] != filed[1]["id"]
    assert (await alice.post("/v1/cases", FILING_OF_O1 | {"statement": "Other"}, 422, key="f1"))["code"] == (
        "idempotency_key_reused"
    )
