"""A real browser on a real server, for every test below this folder.

`signed_in(role, id)` gives a page of somebody who came in; `visitor()` one of nobody. Whatever a page writes to the
console, breaks of its content security policy or asks in vain fails the test. Tests here run on the loop of the
session, because the browser does.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.browser import axe as axe_of
from tests.browser.guard import Guard
from tests.browser.world import Market, World

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
PATIENCE_MS = 15_000
Theme = Literal["light", "dark"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here needs the browser and the database, and shares the session's loop."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.database)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="there is no Chromium here"))
            if pytest_asyncio.is_async_test(item):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def browser_world() -> Iterator[World]:
    """The server process, with nothing in it. (Its folder is not pytest's: PostgreSQL's own user must reach it.)"""
    with tempfile.TemporaryDirectory(prefix="amends-browser-") as folder:
        world = World(Path(folder))
        try:
            world.start()
            yield world
        finally:
            world.stop()


@pytest.fixture(scope="session")
def world(browser_world: World) -> Market:
    """The furnished marketplace that tests only look at; `world.cases[order_id]` names its cases."""
    return browser_world.furnish()


@pytest.fixture
def market(browser_world: World) -> Market:
    """A marketplace of this test's own, to act in and to move the clock of."""
    return browser_world.market()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


class Opener(Protocol):
    """Opens a page; the keyword arguments of `Pages.open`."""

    async def __call__(self, *who: str, **how: Any) -> Page: ...


class Pages:
    """Opens pages for one test and closes them."""

    def __init__(self, browser: Browser, guard: Guard, url: str) -> None:
        self.browser, self.guard, self.url = browser, guard, url
        self.contexts: list[BrowserContext] = []

    async def open(self, cookies: dict[str, str], *, js: bool = True, theme: Theme = "light", width: int = 1440,
                   height: int = 900, language: str = "en", **more: Any) -> Page:  # fmt: skip
        """A page in a context of its own."""
        context = await self.browser.new_context(
            java_script_enabled=js, color_scheme=theme, locale=language, reduced_motion="reduce",
            viewport={"width": width, "height": height},
            **({"base_url": self.url, "timezone_id": "Asia/Jakarta"} | more),
        )  # fmt: skip
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        named = {"lang": language} | cookies
        await context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in named.items()])
        await self.guard.watch(context, scripts=js)
        return await context.new_page()

    async def close(self) -> None:
        """Close all; where something was wrong, note what the pages said."""
        for context in self.contexts:
            for page in context.pages if self.guard.heard else ():
                said = " ".join(await page.locator("[role=alert]").all_inner_texts())
                if said.strip():
                    self.guard.heard.append(f"{page.url} ends with: {' '.join(said.split())}")
            await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def guard() -> AsyncIterator[Guard]:
    """Hears what the pages do wrong; `guard.expect(409)` where an answer is wanted."""
    listening = Guard()
    yield listening
    found = list(listening.found())
    assert not found, "the pages did what no page may:\n" + "\n".join(found)


@pytest_asyncio.fixture(loop_scope="session")
async def pages(browser: Browser, browser_world: World, guard: Guard) -> AsyncIterator[Pages]:
    """Opens pages with any cookies."""
    opened = Pages(browser, guard, browser_world.url)
    yield opened
    await opened.close()


@pytest.fixture
def signed_in(pages: Pages, request: pytest.FixtureRequest) -> Opener:
    """`await signed_in("buyer", "rani", js=…, theme=…, width=…, language=…, market=…, fresh=…)`: a page of theirs.

    Without `market` they are people of `market` when the test has one of its own, of `world` otherwise.
    """

    async def opened(role: str, person: str, *, market: Market | None = None, fresh: bool = False, **how: Any) -> Page:
        own = "market" if "market" in request.fixturenames else "world"
        place: Market = market or request.getfixturevalue(own)
        return await pages.open(place.cookies(role, person, fresh=fresh), **how)

    return opened  # type: ignore[return-value]  # the roles are named parameters


@pytest.fixture
def visitor(pages: Pages) -> Opener:
    """`await visitor(js=…)`: a page of nobody."""

    async def opened(**how: Any) -> Page:
        return await pages.open({}, **how)

    return opened  # type: ignore[return-value]  # nobody is named


@pytest.fixture
def axe() -> Callable[[Page], Awaitable[None]]:
    """`await axe(page)`: nothing on the page as it stands is inaccessible."""

    async def check(page: Page) -> None:
        found = await axe_of.violations(page)
        assert not found, f"{page.url}:\n" + "\n".join(found)

    return check
