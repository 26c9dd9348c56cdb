"""The portals behind TLS on a real database, a wall clock that can be moved, and browsers that keep their cookies."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from lxml import html

from amends.api.app import create_app
from amends.handle import Hinge
from amends.portal.app import Portals
from amends.settings import Settings
from amends.store import marketplaces, staff
from amends.store.connect import Database
from amends.store.policies import installed
from tests.api.callers import KEYS, Callers, adopt_keys
from tests.cast import MARKET, MONDAY

AT = "https://disputes.test"


class Wall:
    """The wall clock: real time, until it is moved."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move(self, **by: float) -> None:
        """Let time pass."""
        self.ahead += timedelta(**by)


class Browser:
    """Somebody's browser: follows no redirect by itself, and keeps cookies."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.client.get(path, **options)

    async def post(self, path: str, data: Any = None, **options: Any) -> httpx.Response:
        return await self.client.post(path, data=data or {}, **options)

    async def send(self, path: str, data: dict[str, Any] | None = None, page: str = "/preferences") -> httpx.Response:
        """A form as a page of ours would send it, with its secret."""
        return await self.post(path, (data or {}) | {"csrf": await self.secret(page)})

    async def secret(self, page: str = "/preferences") -> str:
        """The secret of this session's forms."""
        found = re.search(r'name="csrf" value="([^"]+)"', (await self.get(page)).text)
        assert found, f"{page} has no form"
        return found[1]

    @property
    def session(self) -> str:
        """The session's token, as the cookie has it."""
        return self.client.cookies.get("__Host-amends") or ""

    async def inside(self) -> bool:
        """Whether somebody is signed in."""
        return (await self.get("/preferences")).status_code == 200


def page_of(answer: httpx.Response) -> Any:
    """The page as a tree."""
    return html.fromstring(answer.text)


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def settings() -> Settings:
    return Settings(marketplace=MARKET, sandbox=True, public_url=AT)


@pytest.fixture
def sandbox() -> bool:
    """Whether the marketplace has a movable clock."""
    return True


@pytest.fixture
async def app(database: Database, wall: Wall, settings: Settings, sandbox: bool) -> Litestar:
    if sandbox:
        await marketplaces.ensure(database, MARKET, sandbox=True)
        assert await marketplaces.set_clock(database, MARKET, MONDAY)
    await adopt_keys(database)
    hinge = Hinge(database, installed(), clock=wall)
    return create_app(hinge, settings, Portals(hinge, settings))


@pytest.fixture
async def new_browser(app: Litestar) -> AsyncIterator[Callable[[], Browser]]:
    """Makes browsers."""
    opened: list[httpx.AsyncClient] = []

    def made() -> Browser:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=AT)
        opened.append(client)
        return Browser(client)

    yield made
    for client in opened:
        await client.aclose()


@pytest.fixture
def browser(new_browser: Callable[[], Browser]) -> Browser:
    return new_browser()


@pytest.fixture
async def callers(app: Litestar) -> AsyncIterator[Callers]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=AT) as client:
        yield Callers(client)


@pytest.fixture
def link(callers: Callers) -> Callable[..., Any]:
    """`await link("buyer", "alice", to=…)`: the path of a link, as the marketplace's backend gets it."""

    async def asked(role: str, person: str, **more: Any) -> str:
        made = await callers.operator.post("/v1/party-tokens", {"role": role, "id": person, **more}, 201)
        return str(made["portal_url"]).removeprefix(AT)

    return asked


@pytest.fixture
def invite(database: Database, wall: Wall) -> Callable[..., Any]:
    """`await invite("olga", "operator", …)`: the token of an invitation."""

    async def asked(staff_id: str, *roles: str, name: str = "Olga Okta") -> str:
        return await staff.invite(database, MARKET, staff_id=staff_id, name=name, email=None, roles=roles, now=wall())

    return asked


@pytest.fixture
def signed_in(new_browser: Callable[[], Browser], invite: Any, link: Any) -> Callable[..., Any]:
    """`await signed_in("operator", "olga")`: a browser of theirs; staff came by invitation."""

    async def opened(role: str, person: str, *more: str) -> Browser:
        browser = new_browser()
        if role in ("buyer", "seller"):
            token = (await link(role, person)).partition("t=")[2]
            answer = await browser.post("/enter", {"t": token})
        else:
            answer = await browser.post("/staff/invitation", {"t": await invite(person, role, *more)})
        assert answer.status_code == 303, answer.text[:2000]
        return browser

    return opened


__all__ = ["KEYS", "page_of"]
