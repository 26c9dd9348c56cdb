"""The stage of a sandbox: a link that opens it once, people to step into, and a clock that takes all with it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar
from lxml import html

from amends.access import stage
from amends.handle import Hinge
from amends.store import marketplaces
from tests.cast import MARKET
from tests.portal.desk.conftest import Reader, secret_in, words


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Reader]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://amends.test") as client:
        yield Reader(client)


@pytest.fixture
async def onstage(browser: Reader, hinge: Hinge) -> Reader:
    token = await stage.link(hinge.db, MARKET, hinge.clock())
    assert token is not None
    answer = await browser.client.post("/sandbox/open", data={"t": token})
    assert answer.headers["location"] == "/sandbox"
    return browser


async def test_a_link_opens_once(browser: Reader, hinge: Hinge) -> None:
    token = await stage.link(hinge.db, MARKET, hinge.clock())
    for _ in range(2):
        assert (await browser.client.get(f"/sandbox?t={token}")).status_code == 200, "looking uses nothing up"
    assert (await browser.client.post("/sandbox/open", data={"t": token})).status_code == 303
    assert (await browser.client.post("/sandbox/open", data={"t": token})).status_code == 401


async def test_a_forged_or_late_link_opens_nothing(browser: Reader, hinge: Hinge) -> None:
    token = await stage.link(hinge.db, MARKET, hinge.clock() - 2 * stage.LASTS)
    assert token is not None
    for forged in (token, token[:-4] + "AAAA", "stage_", "stage_x.y", ""):
        assert (await browser.client.post("/sandbox/open", data={"t": forged})).status_code == 401


async def test_a_real_marketplace_has_no_stage(hinge: Hinge) -> None:
    await marketplaces.ensure(hinge.db, "real")
    assert await stage.link(hinge.db, "real", hinge.clock()) is None


async def test_without_the_link_there_is_no_stage_even_for_an_operator(olga: Reader, browser: Reader) -> None:
    for reader in (olga, browser):
        assert "has not opened the sandbox" in words(await reader.page("/sandbox", 403))
        for path in ("/sandbox/step", "/sandbox/clock"):
            fields = {"role": "operator", "id": "x", "by": "24h"}
            assert (await reader.client.post(path, data=fields)).status_code == 401


async def test_one_steps_into_anybody_and_comes_back(onstage: Reader, played: dict[str, str]) -> None:
    secret = secret_in(await onstage.page("/sandbox"))
    fields = {"csrf": secret, "role": "buyer", "id": "alice", "name": "Alice", "to": "//evil.example"}
    answer = await onstage.client.post("/sandbox/step", data=fields)
    assert answer.headers["location"] == "/my/cases", "a step never leads elsewhere"
    assert "Be somebody else" in await onstage.text("/my/cases")
    await onstage.page("/operator", 404)
    onstage.client.cookies.delete("amends")
    assert (await onstage.client.get("/sandbox")).status_code == 200


async def test_a_step_needs_the_pages_secret(onstage: Reader) -> None:
    for fields in ({"role": "buyer", "id": "alice"}, {"csrf": "x", "role": "buyer", "id": "alice"}):
        assert (await onstage.client.post("/sandbox/step", data=fields)).status_code == 403


async def test_the_clock_moves_to_the_next_deadline_and_tells_what_happened(
    onstage: Reader, played: dict[str, str], hinge: Hinge
) -> None:
    before = await marketplaces.get(hinge.db, MARKET)
    answer = await onstage.send("/sandbox", "/sandbox/clock", by="next")
    after = await marketplaces.get(hinge.db, MARKET)
    assert before is not None
    assert after is not None
    assert str(after.clock_at) > str(before.clock_at)
    page = html.fromstring((await onstage.client.get(answer.headers["location"])).text)
    happened = page.xpath("//section[@id='happened']")[0]
    assert "1 deadline fired" in words(happened)
    assert "Time ended" in words(happened) or "Closed" in words(happened)
