"""The stream of a page ends with the session that opened it, and looking on is no visit."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from amends.handle import Hinge
from amends.law.actors import Actor
from amends.portal import streams
from amends.store import sessions
from tests.cast import ALICE, MARKET
from tests.portal.desk.conftest import DANA, Desk, Reader

Come = Callable[[Actor], Awaitable[Reader]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "EVERY_SECONDS", 0.02)


@pytest.mark.parametrize("who", [ALICE, DANA], ids=["a party", "the staff"])
async def test_a_stream_ends_when_its_reader_signs_out(who: Actor, desk: Desk, signed_in: Come, hinge: Hinge):
    case, reader = await desk.disputed(), await signed_in(who)
    path = f"/cases/{case}/live" if who == ALICE else f"/desk/live?case={case}"
    listening = asyncio.create_task(reader.client.get(path))
    await asyncio.sleep(0.2)
    assert not listening.done(), "it goes on while the session does"
    session = await sessions.find(hinge.db, reader.client.cookies["amends"], hinge.clock())
    assert session is not None
    await sessions.end(hinge.db, session, hinge.clock())
    answer = await asyncio.wait_for(listening, 5)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (await reader.client.get(path)).status_code == 401


async def test_a_stream_ends_when_its_reader_takes_another_role(desk: Desk, signed_in: Come, hinge: Hinge):
    reader = await signed_in(DANA)
    opening = sessions.Opening(
        roles=("adjudicator", "operator"), person_id="both", person_name=None, opened_by="link"
    )  # fmt: skip
    token = await sessions.open_session(hinge.db, MARKET, opening, hinge.clock())
    reader.client.cookies.clear()
    reader.client.cookies.set("amends", token)
    listening = asyncio.create_task(reader.client.get("/desk/live"))
    await asyncio.sleep(0.2)
    assert not listening.done()
    session = await sessions.find(hinge.db, token, hinge.clock())
    assert session is not None
    assert await sessions.take_role(hinge.db, session, "operator")
    await asyncio.wait_for(listening, 5)
