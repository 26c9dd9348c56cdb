"""Leads: the same photo in two cases is shown to staff with both sides, and to nobody else."""

import io
from typing import Any

import pytest
from PIL import Image

from amends.media.likeness import hashes_of
from amends.store import pictures
from amends.store.connect import Database
from benchmarks.picture_maker import CHANGES, picture
from tests.api.callers import Caller, Callers
from tests.cast import MARKET

pytestmark = pytest.mark.database


async def sent(who: Caller, database: Database, image: Image.Image) -> str:
    """An uploaded photo whose check has left its fingerprints."""
    held = io.BytesIO()
    image.save(held, "JPEG", quality=90)
    response = await who.ask("POST", "/v1/uploads", files={"file": ("photo.jpg", held.getvalue())})
    assert response.status_code == 201, response.text
    upload_id: str = response.json()["id"]
    await pictures.add(database, MARKET, upload_id, hashes_of(Image.open(io.BytesIO(held.getvalue()))))
    return upload_id


async def asked_with(callers: Callers, order_id: str, upload_id: str, who: str = "alice", **facts: Any) -> Any:
    """A request that brings this photo; the case."""
    await callers.order(order_id, buyer={"id": who}, **facts)
    body = {"order_id": order_id, "line_id": "1", "reason": "defective", "visibility": "visible", "wanted": "refund",
            "statement": "It is broken", "evidence": [{"type": "photo_of_item", "upload": upload_id}]}  # fmt: skip
    return await (await callers.party("buyer", who)).post("/v1/cases", body, 201)


@pytest.fixture
async def reused(callers: Callers, database: Database) -> tuple[Any, Any]:
    """Alice's case, and Carol's with Alice's photo, mirrored and cut."""
    change = CHANGES["mirrored, cut, shrunk and JPEG 50 together"]
    alice = await asked_with(callers, "O1", await sent(await callers.alice(), database, picture(1)))
    carol = await callers.party("buyer", "carol")
    other = await asked_with(callers, "O2", await sent(carol, database, change(picture(1), 1)), "carol")
    return alice, other


async def test_both_pictures_and_both_cases_lie_side_by_side(callers: Callers, reused: tuple[Any, Any]):
    alice, carol = reused
    found = await callers.dana.get(f"/v1/cases/{carol['id']}/reused-pictures")
    [lead] = found["items"]
    assert found["looked_at"] == 1
    assert lead["lead"] is True
    assert (lead["here"]["case_id"], lead["there"]["case_id"]) == (carol["id"], alice["id"])
    assert (lead["here"]["evidence_id"], lead["there"]["evidence_id"]) == ("e1", "e1")
    assert (lead["here"]["buyer"]["id"], lead["there"]["buyer"]["id"]) == ("carol", "alice")
    assert (lead["there"]["order_id"], lead["there"]["stage"]) == ("O1", "awaiting_seller")
    assert lead["there"]["picture"] == f"/v1/evidence/{lead['there']['upload']}/w640?case={alice['id']}"
    assert 0 <= lead["distance"] <= 60
    assert lead["shared"] <= lead["of"]
    assert lead["says"].endswith((".", "both."))


async def test_it_is_found_from_either_side(callers: Callers, reused: tuple[Any, Any]):
    alice, carol = reused
    [lead] = (await callers.auditor.get(f"/v1/cases/{alice['id']}/reused-pictures"))["items"]
    assert lead["there"]["case_id"] == carol["id"]


async def test_no_party_sees_leads_and_no_case_changes(callers: Callers, reused: tuple[Any, Any]):
    alice, carol = reused
    for who in (await callers.alice(), await callers.bob(), await callers.charlie()):
        await who.get(f"/v1/cases/{alice['id']}/reused-pictures", 403)
    before = await callers.operator.get(f"/v1/cases/{carol['id']}")
    await callers.operator.get(f"/v1/cases/{carol['id']}/reused-pictures")
    assert await callers.operator.get(f"/v1/cases/{carol['id']}") == before
    assert "reused" not in str(before)


async def test_says_it_in_indonesian(callers: Callers, reused: tuple[Any, Any]):
    found = await callers.dana.get(f"/v1/cases/{reused[1]['id']}/reused-pictures", headers={"Accept-Language": "id"})
    assert "foto" in found["items"][0]["says"] or "Sebagian" in found["items"][0]["says"]


async def test_one_persons_own_photo_in_one_claim_is_marked_and_no_lead(callers: Callers, database: Database):
    upload_id = await sent(await callers.alice(), database, picture(2))
    case = await asked_with(callers, "O1", upload_id)
    again = await sent(await callers.alice(), database, picture(2))
    bob, alice = await callers.bob(), await callers.alice()
    await bob.post(f"/v1/cases/{case['id']}/reject-request", {"statement": "No"})
    await alice.post(f"/v1/cases/{case['id']}/open-dispute", {"statement": "Yes"})
    await alice.post(f"/v1/cases/{case['id']}/submit-evidence",
                     {"items": [{"type": "photo_of_item", "upload": again}]})  # fmt: skip
    [lead] = (await callers.dana.get(f"/v1/cases/{case['id']}/reused-pictures"))["items"]
    assert (lead["lead"], lead["strength"], lead["distance"]) == (False, "the_same", 0)


async def test_one_persons_photo_in_two_orders_is_a_lead(callers: Callers, database: Database):
    upload_id = await sent(await callers.alice(), database, picture(3))
    await asked_with(callers, "O1", upload_id)
    case = await asked_with(callers, "O2", upload_id)
    [lead] = (await callers.dana.get(f"/v1/cases/{case['id']}/reused-pictures"))["items"]
    assert (lead["lead"], lead["strength"]) == (True, "the_same")


async def test_other_pictures_are_no_leads(callers: Callers, database: Database):
    await asked_with(callers, "O1", await sent(await callers.alice(), database, picture(4)))
    case = await asked_with(callers, "O2", await sent(await callers.alice(), database, picture(5)))
    found = await callers.dana.get(f"/v1/cases/{case['id']}/reused-pictures")
    assert found == {"items": [], "looked_at": 1}


async def test_a_case_without_pictures_has_none(callers: Callers):
    case = await callers.requested()
    assert await callers.dana.get(f"/v1/cases/{case['id']}/reused-pictures") == {"items": [], "looked_at": 0}
    await callers.dana.get("/v1/cases/00000000-0000-4000-8000-000000000000/reused-pictures", 404)
