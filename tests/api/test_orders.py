"""Orders: the marketplace's facts, who reads how much of them, what they still allow, and how they reach open cases."""

import pytest

from tests.api.callers import Callers, facts_of
from tests.cast import MONDAY

pytestmark = pytest.mark.database

CONTACT = {
    "buyer": {"id": "alice", "name": "Alice", "email": "alice@example.com", "locale": "en"},
    "seller": {"id": "bob", "name": "Bob's Lamps", "email": "bob@example.com"},
}


async def test_an_order_is_made_then_replaced(callers: Callers):
    await callers.operator.put("/v1/orders/O1", facts_of(), 201)
    told = await callers.operator.put("/v1/orders/O1", facts_of(status="canceled"), 200)
    assert (told["status"], told["told"]) == ("canceled", [])
    assert (await callers.operator.get("/v1/orders/O1"))["status"] == "canceled"


async def test_each_side_reads_the_order_without_the_others_contact_data(callers: Callers):
    await callers.order("O1", **CONTACT)
    buyer, seller = CONTACT["buyer"] | {"verified": True}, CONTACT["seller"] | {"locale": None}
    for caller, sees_buyer, sees_seller in (
        (await callers.alice(), buyer, {"id": "bob", "name": "Bob's Lamps"}),
        (await callers.bob(), {"id": "alice"}, seller),
        (callers.dana, buyer, seller),
    ):
        order = await caller.get("/v1/orders/O1")
        assert (order["buyer"], order["seller"]) == (sees_buyer, sees_seller)


async def test_new_facts_reach_the_open_cases_of_the_order(callers: Callers):
    case = await callers.requested()
    late = facts_of(delivered_at=MONDAY)
    late["fulfilment"]["last_tracking_at"] = late["fulfilment"]["delivered_at"]
    order = await callers.operator.put("/v1/orders/O1", late)
    assert order["told"] == [{"case_id": case["id"], "updated": True, "code": None}]
    seen = await callers.auditor.get(f"/v1/cases/{case['id']}")
    assert (seen["revision"], seen["fulfilment"]["delivered_at"]) == (2, "2026-03-02T03:00:00Z")
    again = await callers.operator.put("/v1/orders/O1", late)
    assert again["told"] == []
    assert (await callers.auditor.get(f"/v1/cases/{case['id']}"))["revision"] == 2


async def test_facts_that_are_left_out_stay_as_the_case_knows_them(callers: Callers):
    case = await callers.requested()
    silent = facts_of()
    del silent["fulfilment"]["delivered_at"]
    assert (await callers.operator.put("/v1/orders/O1", silent))["told"] == []
    assert (await callers.auditor.get(f"/v1/cases/{case['id']}"))["fulfilment"]["delivered_at"] is not None


async def test_a_closed_case_is_told_nothing(callers: Callers):
    case = await callers.requested()
    await (await callers.alice()).post(f"/v1/cases/{case['id']}/withdraw")
    await callers.operator.post("/v1/sandbox/clock", {"advance": "P60D"})
    assert (await callers.auditor.get(f"/v1/cases/{case['id']}"))["stage"] == "closed"
    assert (await callers.operator.put("/v1/orders/O1", facts_of(delivered_at=MONDAY)))["told"] == []


async def test_instants_with_an_offset_are_kept_in_utc(callers: Callers):
    facts = facts_of() | {"placed_at": "2026-02-24T10:00:00+07:00"}
    told = await callers.operator.put("/v1/orders/O1", facts, 201)
    assert told["placed_at"] == "2026-02-24T03:00:00Z"


async def test_twins_among_the_lines_are_refused(callers: Callers):
    lines = [{"id": "1", "unit_price": 1}, {"id": "1", "unit_price": 2}]
    problem = await callers.operator.put("/v1/orders/O1", facts_of(lines=lines), 422)
    assert "'1' is used twice" in problem["detail"]


async def test_eligibility_says_what_may_still_be_asked_and_until_when(callers: Callers):
    await callers.order("O1", "US", lines=[{"id": "1", "unit_price": 4000}, {"id": "2", "unit_price": 10}])
    case = await callers.filed()
    found = await (await callers.alice()).get("/v1/orders/O1/eligibility")
    first, second = found["lines"]
    assert (first["case_id"], first["requestable"], first["disputable"]) == (case["id"], False, False)
    assert (second["case_id"], second["requestable"], second["disputes_left"]) == (None, True, 2)
    assert "defective" in second["reasons"]
    assert second["closes_at"] > found["at"]
    await (await callers.bob()).post(f"/v1/cases/{case['id']}/reject-request", {"statement": "No"})
    first, _ = (await (await callers.bob()).get("/v1/orders/O1/eligibility"))["lines"]
    assert first["disputable"] is True


async def test_eligibility_says_why_not_with_clauses(callers: Callers):
    await callers.order("O1", "US", buyer={"id": "alice", "verified": False})
    [line] = (await (await callers.alice()).get("/v1/orders/O1/eligibility"))["lines"]
    assert (line["requestable"], line["code"], bool(line["clauses"])) == (False, "not_a_buyer", True)
    assert "verified buyer" in line["says"]
