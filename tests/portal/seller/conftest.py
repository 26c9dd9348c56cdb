"""The seller's pages on a real database: Bob's browser, and Alice who asks him for things."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from amends.portal.seller.pages import ADDRESSES
from tests.api.callers import Callers
from tests.cast import MONDAY
from tests.portal.entry.conftest import (
    app,
    browser,
    callers,
    invite,
    link,
    new_browser,
    sandbox,
    settings,
    signed_in,
    wall,
)
from tests.portal.reading import Person, form_of

__all__ = [
    "ADDRESSES", "app", "browser", "callers", "invite", "link", "new_browser", "sandbox", "settings", "signed_in",
    "wall",
]  # fmt: skip


class Shop(Person):
    """Bob at his pages: reads them, and sends their forms as they stand with what he changes."""

    async def send(self, path: str, said: dict[str, Any] | None = None, page: Any = None, **more: Any) -> Any:
        """The page's form to that path, with what it holds and what is said; the answer, not followed."""
        found = await self.see(path) if page is None else page
        held = form_of(found, path)
        return await self.browser.post(path, held | (said or {}), **more)

    async def secret(self) -> str:
        return await self.browser.secret()


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
