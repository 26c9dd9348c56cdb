"""The desk over HTTP: a sandbox whose clock stands, disputes ready to be decided, and staff who are signed in."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from lxml import html

from amends.answers import Accepted
from amends.api.app import create_app
from amends.handle import Hinge, case_id_of, handle
from amends.law.actors import Actor
from amends.law.case import Case
from amends.portal.app import Portals
from amends.proof.hashes import canonical
from amends.reception.taking import Sender, whole
from amends.settings import Settings
from amends.store import cases, marketplaces, orders, sessions
from amends.store.connect import Database
from amends.store.policies import installed
from amends.store.written import decode_case
from tests.cast import ALICE, BOB, MARKET, MONDAY, command, order

DANA, DINO, OLGA = Actor("adjudicator", "dana"), Actor("adjudicator", "dino"), Actor("operator", "olga")
FINDINGS = {"finding-claim": "proved", "finding-rebuttal": "insufficient", "finding-returnable": "false"}
REFUND = {"option": "buyer_favour+refund", "rationale": "The photo of the lamp shows that it does not switch on."}


class Wall:
    """The wall clock: real time, until it is moved."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Desk:
    """The marketplace behind the pages: cases brought to the desk, and how they stand."""

    def __init__(self, hinge: Hinge) -> None:
        self.hinge = hinge

    async def say(self, case_id: str, actor: Actor, name: str, **fields: Any) -> Case:
        """A command that must be accepted."""
        answered = await handle(self.hinge, MARKET, case_id, command(name, **fields), actor)
        assert isinstance(answered, Accepted), answered
        return answered.case

    async def disputed(self, number: int = 1, photo: str | None = None, **facts: Any) -> str:
        """A dispute of which both sides have said all; `photo` is an upload of Alice's, shown with her request."""
        name = f"LAMP-{number}"
        facts = {"lines": [{"id": "1", "unit_price": 400_000, "title": f"Desk lamp {number}"}]} | facts
        await orders.upsert(self.hinge.db, MARKET, name, canonical(order(**facts)), MONDAY)
        case = await case_id_of(self.hinge, MARKET, name, "1")
        filing = {"reason": "defective", "visibility": "visible", "wanted": "refund", "statement": "It stays dark"}
        piece = {"type": "conversation", "text": "I told the shop at once"}
        if photo is not None:
            piece = {"type": "photo_of_item", "upload": photo}
        await self.say(case, ALICE, "file_request", order_id=name, line_id="1", evidence=[piece], **filing)
        await self.say(case, BOB, "reject_request", statement="It was tested")
        await self.say(case, ALICE, "open_dispute", statement="Please look")
        await self.say(case, ALICE, "decline_evidence")
        answer = {"type": "conversation", "text": "We tested it before packing"}
        found = await self.say(case, BOB, "submit_evidence", items=[answer], last=True)
        if found.stage != "under_review":
            found = await self.say(case, ALICE, "decline_evidence")
        assert found.stage == "under_review"
        return case

    async def sent(self, who: Actor, content: bytes, name: str) -> str:
        """A file of somebody's; its upload id."""

        async def chunks() -> AsyncIterator[bytes]:
            yield content

        sender = Sender(self.hinge, Settings(marketplace=MARKET, sandbox=True), MARKET, who)
        return (await whole(sender, name, None, chunks())).upload_id

    async def stands(self, case_id: str) -> Case:
        """The case as it is stored."""
        row = await cases.get_case(self.hinge.db, MARKET, case_id)
        assert row is not None, "there is such a case"
        return decode_case(row.state)


class Reader:
    """Somebody's browser without scripts: reads pages and sends their forms."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def page(self, path: str, status: int = 200) -> Any:
        """A page as a tree."""
        answer = await self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:500])
        return html.fromstring(answer.text)

    async def text(self, path: str) -> str:
        """What a page says, in one line of words."""
        return words(await self.page(path))

    async def send(self, page: str, to: str, /, **fields: Any) -> httpx.Response:
        """Fill the form of a page that is sent to an address, hidden fields as they are."""
        tree = await self.page(page)
        form = next((each for each in tree.forms if each.get("action") == to), None)
        found = dict(form.form_values()) if form is not None else {"csrf": secret_in(tree)}
        return await self.client.post(to, data=found | fields)


def words(tree: Any) -> str:
    """The words of a page or of a part of it."""
    for script in tree.xpath("//script"):
        script.drop_tree()
    return " ".join(tree.text_content().split())


def secret_in(tree: Any) -> str:
    """The secret of the forms of a page."""
    return str(tree.xpath("//input[@name='csrf']/@value")[0])


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def hinge(database: Database, wall: Wall) -> Hinge:
    await marketplaces.ensure(database, MARKET, sandbox=True)
    assert await marketplaces.set_clock(database, MARKET, MONDAY)
    return Hinge(database, installed(), clock=wall)


@pytest.fixture
def desk(hinge: Hinge) -> Desk:
    return Desk(hinge)


@pytest.fixture
def app(hinge: Hinge) -> Litestar:
    settings = Settings(marketplace=MARKET, sandbox=True)
    return create_app(hinge, settings, Portals(hinge, settings))


@pytest.fixture
async def signed_in(app: Litestar, hinge: Hinge) -> AsyncIterator[Callable[[Actor], Awaitable[Reader]]]:
    """`await signed_in(DANA)`: the browser of somebody who came in."""
    opened: list[httpx.AsyncClient] = []

    async def come(who: Actor, language: str = "en") -> Reader:
        opening = sessions.Opening(roles=(who.role,), person_id=who.id, person_name=who.name, opened_by="link")
        token = await sessions.open_session(hinge.db, MARKET, opening, hinge.clock())
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://amends.test",
            cookies={"amends": token, "lang": language},
        )  # fmt: skip
        opened.append(client)
        return Reader(client)

    yield come
    for client in opened:
        await client.aclose()


@pytest.fixture
async def dana(signed_in: Callable[[Actor], Awaitable[Reader]]) -> Reader:
    return await signed_in(DANA)


def number_in(text: str) -> int:
    """The first number of a text."""
    found = re.search(r"\d+", text)
    assert found is not None, text
    return int(found[0])
