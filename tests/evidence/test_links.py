"""Links: one thing, one person, one minute; and never more than that person could have asked for."""

import time

import httpx
import pytest

from amends.access import links
from amends.store import keys
from amends.store.connect import Database
from tests.api.callers import Caller, Callers
from tests.cast import MARKET, MONDAY
from tests.evidence.pieces import Pipeline, picture, with_photo

pytestmark = pytest.mark.database


async def made(who: Caller, upload_id: str, **wanted: object) -> str:
    """The path of a new link."""
    link = await who.post(f"/v1/evidence/{upload_id}/links", {"variant": "w640"} | wanted, 201)
    return "/v1/" + link["url"].partition("/v1/")[2]


@pytest.fixture
async def upload_id(callers: Callers, pipeline: Pipeline) -> str:
    _, sent = await with_photo(callers)
    await pipeline.settle()
    return sent


async def follow(callers: Callers, path: str) -> httpx.Response:
    return await callers.nobody.ask("GET", path)


async def test_a_link_works_without_a_header_and_as_if_its_owner_asked(callers: Callers, upload_id: str):
    bob = await callers.bob()
    shown = await follow(callers, await made(bob, upload_id))
    asked = await bob.ask("GET", f"/v1/evidence/{upload_id}/w640")
    assert shown.status_code == 200
    assert (shown.content, shown.headers["content-disposition"]) == (
        asked.content,
        asked.headers["content-disposition"],
    )
    head = await callers.nobody.ask("HEAD", await made(bob, upload_id))
    assert (head.status_code, head.content) == (200, b"")
    part = await callers.nobody.ask("GET", await made(bob, upload_id), headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")


async def test_a_link_ends_after_a_minute(callers: Callers, upload_id: str, monkeypatch: pytest.MonkeyPatch):
    path = await made(await callers.bob(), upload_id)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 58)
    assert (await follow(callers, path)).status_code == 200
    monkeypatch.setattr(time, "time", lambda: now + 61)
    assert (await follow(callers, path)).status_code == 404


async def test_a_link_does_not_outlive_the_token_it_was_made_with(callers: Callers):
    now = time.time()
    authorization = f"Bearer {await callers.token('buyer', 'alice')}"
    assert links.lasts_until(authorization, now) == int(now + 60)
    late = now + 10**9
    assert links.lasts_until(authorization, late) < late


async def test_a_link_followed_by_somebody_else_is_not_there(callers: Callers, upload_id: str):
    path = await made(await callers.bob(), upload_id)
    eve = await callers.party("seller", "eve")
    for who in (eve, await callers.alice(), callers.dana):
        assert (await who.ask("GET", path)).status_code == 404
    assert (await callers.nobody.ask("GET", path, headers={"Authorization": "Bearer nonsense"})).status_code == 404
    assert (await (await callers.bob()).ask("GET", path)).status_code == 200


async def test_a_revoked_keys_links_die_with_it(callers: Callers, upload_id: str, database: Database):
    row, secret = await keys.create(database, MARKET, role="adjudicator", name="dora", at=MONDAY)
    dora = Caller(callers.client, secret)
    path = await made(dora, upload_id)
    assert (await follow(callers, path)).status_code == 200
    await keys.revoke(database, MARKET, row.key_id, MONDAY)
    assert (await follow(callers, path)).status_code == 404


async def test_no_link_is_made_to_what_its_maker_may_not_have(callers: Callers, upload_id: str):
    bob, eve = await callers.bob(), await callers.party("seller", "eve")
    for who, wanted, status in (
        (bob, {"variant": "original"}, 404),
        (bob, {"variant": "text"}, 404),
        (bob, {"variant": "w640", "page": 2}, 404),
        (eve, {"variant": "w640"}, 404),
        (callers.dana, {"variant": "original"}, 400),
        (bob, {"variant": "w9"}, 422),
        (bob, {"variant": "w640", "role": "operator"}, 422),
    ):
        await who.post(f"/v1/evidence/{upload_id}/links", wanted, status)


async def test_a_look_through_a_link_is_a_look(callers: Callers, pipeline: Pipeline):
    content = picture()
    case_id, upload_id = await with_photo(callers, content)
    await pipeline.settle()
    path = await made(callers.dana, upload_id, variant="original", reason="to read the label", case=case_id)
    assert (await callers.operator.get(f"/v1/cases/{case_id}/looks"))["items"] == []
    for _ in range(2):
        assert (await follow(callers, path)).content == content
    looks = (await callers.operator.get(f"/v1/cases/{case_id}/looks"))["items"]
    assert [(one["who"], one["reason"]) for one in looks] == [("dana", "to read the label")] * 2


async def test_a_link_changed_in_any_place_is_no_link_and_tells_nothing(callers: Callers, upload_id: str):
    path = await made(await callers.bob(), upload_id)
    before, _, text = path.rpartition("/")
    for place in range(0, len(text), 7):
        letter = "A" if text[place] != "A" else "B"
        changed = f"{before}/{text[:place]}{letter}{text[place + 1 :]}"
        assert (await follow(callers, changed)).status_code == 404, place
    for wrong in ("x", ".", "bTE.", "bTE.AAAA", "bm9uZQ.AAAA", text[:-1], text + "A", "A" * 5000, "AA.%00"):
        assert (await follow(callers, f"{before}/{wrong}")).status_code == 404, wrong[:20]
    assert "bob" not in text
    assert upload_id not in text
