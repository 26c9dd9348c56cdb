"""The seller's pages on a real database: Bob's browser, and Alice who asks him for things."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from amends.portal.seller.pages import ADDRESSES
from tests.api.callers import Callers
from tests.cast import MONDAY
from tests.portal.entry.conftest import (
    Browser,
    app,
    browser,
    callers,
    invite,
    link,
    new_browser,
    page_of,
    sandbox,
    settings,
    signed_in,
    wall,
)

__all__ = [
    "ADDRESSES", "app", "browser", "callers", "invite", "link", "new_browser", "sandbox", "settings", "signed_in",
    "wall",
]  # fmt: skip


class Shop:
    """Bob at his pages: reads them, and sends their forms as they stand with what he changes."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    async def see(self, path: str, status: int = 200) -> Any:
        """A page as a tree."""
        answer = await self.browser.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.headers.get('location')}"
        return page_of(answer)

    async def send(self, path: str, said: dict[str, Any] | None = None, page: Any = None, **more: Any) -> Any:
        """The page's form to that path, with what it holds and what is said; the answer, not followed."""
        found = await self.see(path) if page is None else page
        held = form_of(found, path)
        return await self.browser.post(path, held | (said or {}), **more)

    async def secret(self) -> str:
        return await self.browser.secret()


def form_of(page: Any, path: str) -> dict[str, Any]:
    """What the page's form to a path holds before anybody writes in it."""
    [form, *_] = [one for one in page.forms if one.get("action") == path]
    held: dict[str, Any] = {}
    for name, value in form.form_values():
        held[name] = [*held[name], value] if isinstance(held.get(name), list) else value
    held.pop("itself", None)
    return held


PART = re.compile(r"([.#])([\w-]+)|\[([\w-]+)(?:=([\w-]+))?\]|:not\(\.([\w-]+)\)|:(first-child)")


def find(page: Any, selector: str) -> list[Any]:
    """The elements a plain selector names: tags, classes, ids, attributes, `:not(.x)`, `:first-child`, descendants."""
    found = list[Any]()
    for one in selector.split(","):
        found += page.xpath("." + "".join(_step(step) for step in one.strip().replace("> ", ">").split()))
    return found


def _step(step: str) -> str:
    """One step of a selector as XPath."""
    tag = re.match(r">?(\w*)", step)[1] or "*"  # type: ignore[index]  # it matches everything
    said = ""
    for sign, name, attribute, value, unlike, first in PART.findall(step):
        has = f"contains(concat(' ', normalize-space(@class), ' '), ' {name or unlike} ')"
        if sign:
            said += f"[{has}]" if sign == "." else f"[@id='{name}']"
        elif attribute:
            said += f"[@{attribute}='{value}']" if value else f"[@{attribute}]"
        elif unlike:
            said += f"[not({has})]"
        elif first:
            said += "[not(preceding-sibling::*)]"
    return ("/" if step.startswith(">") else "//") + tag + said


def words_of(page: Any) -> str:
    """What one reads on a page, spaces made one."""
    return re.sub(r"\s+", " ", page.find(".//main").text_content())


@pytest.fixture
async def shop(signed_in: Callable[..., Any]) -> Shop:
    return Shop(await signed_in("seller", "bob"))


@pytest.fixture
def time_passes(callers: Callers) -> Callable[..., Any]:
    """`await time_passes(49)`: the sandbox clock that many hours after Monday."""

    async def moved(hours: float) -> None:
        at = (MONDAY + timedelta(hours=hours)).isoformat()
        await callers.operator.post("/v1/sandbox/clock", {"to": at}, key=f"clock-{hours}")

    return moved


@pytest.fixture
async def asked(callers: Callers) -> str:
    """The id of a case in which Bob's answer is awaited."""
    return str((await callers.requested())["id"])


@pytest.fixture
async def disputed(callers: Callers) -> str:
    """The id of a case in which Bob's evidence is awaited."""
    case = str((await callers.requested())["id"])
    await (await callers.bob()).post(f"/v1/cases/{case}/reject-request", {"statement": "It worked when it left"})
    await (await callers.alice()).post(f"/v1/cases/{case}/open-dispute", {"statement": "It never worked"})
    return case
