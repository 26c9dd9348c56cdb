"""Drafts over HTTP: prepared, looked at, changed and withdrawn by their author, and by nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar

from amends.store import drafts
from amends.store.connect import Database
from tests.api.callers import Caller, Callers
from tests.cast import MARKET, MONDAY

pytestmark = pytest.mark.database
REJECT = {"command": "reject_request", "statement": "It worked when it left"}


async def deleted(caller: Caller, path: str, status: int) -> None:
    response = await caller.ask("DELETE", path)
    assert response.status_code == status, response.text


async def at_of(callers: Callers) -> str:
    return f"/v1/cases/{(await callers.requested())['id']}/drafts"


async def moved(callers: Callers, hours: float) -> Any:
    at = (MONDAY + timedelta(hours=hours)).isoformat()
    return await callers.operator.post("/v1/sandbox/clock", {"to": at}, key=f"clock-{hours}")


async def test_a_draft_says_what_it_would_do_and_when_it_files_itself(callers: Callers):
    at, bob = await at_of(callers), await callers.bob()
    saved = await bob.put(f"{at}/reject-request", REJECT | {"file_at_deadline": True})
    assert (saved["state"], saved["would_be"], saved["deadline"]) == ("kept", "done", "seller_answer.1")
    assert saved["files_at"] == "2026-03-04T03:00:00Z"
    assert saved["says"] == REJECT | {"evidence": []}
    assert await bob.get(f"{at}/reject-request") == saved
    assert (await bob.get(at))["items"] == [saved]


async def test_without_the_wish_it_does_not_file_itself(callers: Callers):
    at, bob = await at_of(callers), await callers.bob()
    assert (await bob.put(f"{at}/reject-request", REJECT))["files_at"] is None


async def test_a_draft_the_law_refuses_now_is_kept_with_the_reason(callers: Callers):
    at, alice = await at_of(callers), await callers.alice()
    saved = await alice.put(f"{at}/open-dispute", {"command": "open_dispute", "statement": "It never worked"})
    assert (saved["would_be"], saved["files_at"]) == ("refused", None)
    assert saved["refusal"]["code"] == "seller_has_not_refused"


async def test_nobody_else_sees_it(callers: Callers):
    at, bob = await at_of(callers), await callers.bob()
    await bob.put(f"{at}/reject-request", REJECT)
    for other in (await callers.alice(), await callers.party("seller", "mallory"), await callers.party("carrier", "x")):
        await other.get(f"{at}/reject-request", 404)
        await deleted(other, f"{at}/reject-request", 404)
    for staff in (callers.dana, callers.operator, callers.auditor):
        await staff.get(f"{at}/reject-request", 403)
    assert (await (await callers.alice()).get(at))["items"] == []
    assert "It worked when it left" not in (await callers.operator.ask("GET", at.removesuffix("/drafts"))).text


async def test_it_can_be_changed_until_its_deadline_and_is_filed_as_it_stands(callers: Callers):
    at, bob = await at_of(callers), await callers.bob()
    await bob.put(f"{at}/reject-request", REJECT | {"file_at_deadline": True})
    await moved(callers, 47.9)
    await bob.put(f"{at}/reject-request", REJECT | {"statement": "The last word", "file_at_deadline": True})
    await moved(callers, 49)
    assert (await bob.get(f"{at}/reject-request"))["state"] == "filed"
    case = await bob.get(at.removesuffix("/drafts"))
    assert (case["stage"], case["requests"][0]["answer_statement"]) == ("refused", "The last word")


async def test_once_its_deadline_has_passed_it_is_not_written_over(callers: Callers):
    at, bob = await at_of(callers), await callers.bob()
    await bob.put(f"{at}/reject-request", REJECT | {"file_at_deadline": True})
    await moved(callers, 48 + 1 / 3600)
    refused = await bob.put(f"{at}/reject-request", REJECT | {"statement": "Too late"}, 409)
    assert refused["code"] == "draft_is_being_filed"
    await moved(callers, 49)
    case = await bob.get(at.removesuffix("/drafts"))
    assert case["requests"][0]["answer_statement"] == "It worked when it left"


async def test_a_withdrawn_draft_is_gone(callers: Callers):
    at, bob = await at_of(callers), await callers.bob()
    await bob.put(f"{at}/reject-request", REJECT | {"file_at_deadline": True})
    await deleted(bob, f"{at}/reject-request", 204)
    await bob.get(f"{at}/reject-request", 404)
    await deleted(bob, f"{at}/reject-request", 404)
    await moved(callers, 49)
    assert (await bob.get(at.removesuffix("/drafts")))["stage"] == "agreed"


async def test_evidence_given_by_hand_overtakes_the_draft(callers: Callers):
    at, bob, alice = await at_of(callers), await callers.bob(), await callers.alice()
    case = at.removesuffix("/drafts")
    await bob.post(f"{case}/reject-request", {"statement": "It worked"})
    await alice.post(f"{case}/open-dispute", {"statement": "It never worked"})
    items = [{"type": "conversation", "text": "He was warned"}]
    saved = await bob.put(f"{at}/submit-evidence",
                          {"command": "submit_evidence", "items": items, "file_at_deadline": True})  # fmt: skip
    assert saved["files_at"] is not None
    await bob.post(f"{case}/submit-evidence", {"items": items})
    again = await bob.get(f"{at}/submit-evidence")
    assert (again["state"], again["files_at"]) == ("overtaken", None)


@pytest.mark.parametrize("name", ["decide", "lapse", "file-request", "nonsense", "reject_request", "approve-request "])
async def test_only_commands_of_the_callers_role_can_be_prepared(callers: Callers, name: str):
    at, alice = await at_of(callers), await callers.alice()
    response = await alice.ask("PUT", f"{at}/{name}", json=REJECT)
    assert response.status_code == 404, response.text


async def test_the_command_must_be_the_one_of_the_address(callers: Callers):
    at, bob = await at_of(callers), await callers.bob()
    await bob.put(f"{at}/approve-request", REJECT, 422)
    await bob.put(f"{at}/reject-request", {"command": "reject_request"}, 422)


async def test_the_drafts_of_an_erased_side_are_gone(callers: Callers, app: Litestar, database: Database):
    at, bob = await at_of(callers), await callers.bob()
    await bob.put(f"{at}/reject-request", REJECT)
    case_id = at.split("/")[3]
    async with database.writing(MARKET) as connection:
        await connection.execute("DELETE FROM case_key WHERE case_id = $1 AND subject = 'seller'", case_id)
    assert await drafts.of_author(database, MARKET, case_id, "seller", "bob") == []
    async with database.writing(MARKET) as connection:
        await connection.execute("INSERT INTO erasure (case_id, hash, marketplace_id) VALUES ($1, $2, $3)",
                                 case_id, bytes(32), MARKET)  # fmt: skip
    await bob.put(f"{at}/reject-request", REJECT, 404)
    async with database.reading(MARKET) as connection:
        assert not await connection.fetchval("SELECT count(*) FROM case_key WHERE subject = 'seller'")
