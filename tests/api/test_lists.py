"""Lists: each caller's own, filtered by equality, in pages whose cursors lead through everything exactly once."""

import pytest

from amends.store import marketplaces
from amends.store.connect import Database
from tests.api.callers import Caller, Callers, adopt_keys
from tests.cast import MARKET

pytestmark = pytest.mark.database


async def ids(caller: Caller, query: str = "") -> list[str]:
    """Order ids of the cases a caller is shown."""
    return [case["order_id"] for case in (await caller.get(f"/v1/cases{query}"))["items"]]


async def test_pages_lead_through_everything_once(callers: Callers):
    for number in range(5):
        await callers.requested(f"O{number}")
    seen, cursor = list[str](), ""
    for _ in range(3):
        page = await callers.operator.get(f"/v1/cases?limit=2{cursor}")
        seen += [case["order_id"] for case in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert page["next"] is None
    assert sorted(seen) == [f"O{number}" for number in range(5)]


async def test_filters_are_equalities(callers: Callers):
    await callers.requested("O1", claim_id="C1")
    await callers.requested("O2", "US", claim_id="C1", reason="unsafe")
    decided = await callers.decided("O3", "US")
    for query, found in (
        ("?claim_id=C1", {"O1", "O2"}), ("?order_id=O2", {"O2"}), ("?stage=decided", {"O3"}),
        ("?reason=unsafe", {"O2"}),
        ("?buyer=alice", {"O1", "O2", "O3"}), ("?seller=bea", set()), ("?scenario=quality&claim_id=C1", {"O1", "O2"}),
        ("?assigned_to=dana", set(await ids(callers.dana, "?mine=true"))), ("?closed_as=remedied", set()),
        (f"?updated_after={decided['updated_at']}", set()), ("?due_before=2026-03-01T00:00:00Z", set()),
        ("?updated_after=2026-01-01T00:00:00Z", {"O1", "O2", "O3"}),
        ("?due_before=2027-01-01T00:00:00Z", {"O1", "O2", "O3"}),
    ):  # fmt: skip
        assert set(await ids(callers.operator, query)) == found, query


async def test_a_party_lists_its_own_whatever_it_asks_for(callers: Callers):
    await callers.requested("O1")
    await callers.order("O2", buyer={"id": "bea"}, seller={"id": "sam"})
    bea = await callers.party("buyer", "bea")
    await bea.post("/v1/cases", {"order_id": "O2", "line_id": "1", "reason": "defective", "wanted": "refund",
                                 "statement": "Dead"}, 201)  # fmt: skip
    assert await ids(callers.operator) in (["O2", "O1"], ["O1", "O2"])
    assert await ids(bea) == ["O2"]
    assert await ids(bea, "?buyer=alice") == []
    assert await ids(await callers.bob()) == ["O1"]
    assert set(await ids(await callers.charlie())) == {"O1", "O2"}


async def test_a_carrier_lists_parcels_without_people_or_money(callers: Callers):
    await callers.requested()
    [case] = (await (await callers.charlie()).get("/v1/cases"))["items"]
    assert (case["buyer"], case["paid"], case["refunded"], case["assigned_to"]) == (None, None, None, None)


async def test_the_queue_is_what_nobody_holds_and_next_takes_it(callers: Callers):
    first = await callers.reviewed("O1")
    await callers.dana.post(f"/v1/cases/{first['id']}/release")
    await callers.reviewed("O2")
    [waiting] = (await callers.operator.get("/v1/queue"))["items"]
    assert waiting["order_id"] == "O1"
    taken = await callers.dana.post("/v1/queue/next")
    assert (taken["order_id"], taken["assigned_to"]) == ("O1", "dana")
    empty = await callers.dana.ask("POST", "/v1/queue/next")
    assert (empty.status_code, empty.content) == (204, b"")


async def test_a_claim_expires_and_the_case_waits_again(callers: Callers):
    await callers.reviewed()
    assert (await callers.operator.get("/v1/queue"))["items"] == []
    held_until = (await callers.dana.get("/v1/cases"))["items"][0]["assigned_until"]
    await callers.operator.post("/v1/sandbox/clock", {"to": held_until})
    assert len((await callers.operator.get("/v1/queue"))["items"]) == 1


async def test_the_feed_tells_every_event_once_in_order(callers: Callers):
    case = await callers.decided()
    seen, after = [], ""
    while items := (await callers.operator.get(f"/v1/events?limit=3{after}"))["items"]:
        seen += items
        after = f"&after={items[-1]['cursor']}"
    assert [event["seq"] for event in seen] == list(range(1, case["revision"] + 1))
    assert seen[0]["names"][0] == "case.opened"
    assert seen[0]["data"]["order"]["buyer"]["id"] == "alice"
    history = (await callers.operator.get(f"/v1/cases/{case['id']}/events"))["items"]
    assert [event["hash"] for event in seen] == [event["hash"] for event in history]


async def test_the_feed_gives_its_cursor_back_when_there_is_nothing_new(callers: Callers):
    await callers.requested()
    page = await callers.auditor.get("/v1/events")
    later = await callers.auditor.get(f"/v1/events?after={page['next']}")
    assert later == {"items": [], "next": page["next"]}
    assert (await callers.auditor.get("/v1/events?limit=1"))["next"] is not None


async def test_the_ledger_lists_postings_whose_journals_are_zero(callers: Callers):
    case = await callers.decided()
    entries = (await callers.operator.get(f"/v1/ledger/entries?case_id={case['id']}"))["items"]
    journals: dict[str, int] = {}
    for entry in entries:
        journals[entry["journal_id"]] = journals.get(entry["journal_id"], 0) + entry["amount"]["amount"]
    assert entries
    assert set(journals.values()) == {0}
    account = entries[0]["account"]
    [balance] = (await callers.operator.get("/v1/ledger/balances", params={"account": account}))["items"]
    assert balance["balance"]["amount"] == sum(e["amount"]["amount"] for e in entries if e["account"] == account)


async def test_a_real_marketplace_has_no_movable_clock(callers: Callers, database: Database):
    await marketplaces.ensure(database, "m3")
    await adopt_keys(database, "m3", prefix="real-")
    operator = Caller(callers.client, "real-key-of-the-operator")
    clock = await operator.get("/v1/sandbox/clock")
    assert (clock["sandbox"], clock["standing"]) == (False, False)
    assert (await operator.post("/v1/sandbox/clock", {"advance": "PT1H"}, 409))["code"] == "not_a_sandbox"
    assert MARKET != "m3"


async def test_the_sandbox_clock_moves_forward_and_fires_in_order(callers: Callers):
    await callers.requested()
    clock = await callers.operator.get("/v1/sandbox/clock")
    assert clock == {"now": "2026-03-02T03:00:00Z", "sandbox": True, "standing": True}
    moved = await callers.operator.post("/v1/sandbox/clock", {"to": "2026-03-05T10:00:00+07:00"})
    assert moved == {"now": "2026-03-05T03:00:00Z", "fired": 1, "failed": 0}
    back = await callers.operator.post("/v1/sandbox/clock", {"to": "2026-03-04T00:00:00Z"}, 409)
    assert back["code"] == "clock_backwards"


@pytest.mark.parametrize("body", [
    {}, {"advance": "PT1H", "to": "2027-01-01T00:00:00Z"}, {"advance": "1 hour"}, {"advance": "P"}, {"advance": "PT"},
    {"advance": "-PT1H"}, {"to": "2026-03-05"}, {"to": "9999-01-01T00:00:00Z"}, {"advance": "P9999999D"},
    {"to": "2027-01-01T00:00:00"}, {"by": "PT1H"},
])  # fmt: skip
async def test_a_clock_move_that_makes_no_sense_is_422(callers: Callers, body: dict[str, str]):
    await callers.operator.post("/v1/sandbox/clock", body, 422)


async def test_who_is_not_shown_every_deadline_may_not_ask_by_them(callers: Callers):
    await callers.requested()
    query = "/v1/cases?due_before=2027-01-01T00:00:00Z"
    for party in (await callers.alice(), await callers.bob(), await callers.charlie()):
        assert (await party.get(query, 400))["code"] == "bad_query"
    for staff in (callers.operator, callers.auditor, callers.dana):
        assert len((await staff.get(query))["items"]) == 1
