"""The buyer's pages on a real database: Alice's browser, an order of two things, and Bob who sold them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.callers import Callers
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
from tests.portal.seller.conftest import time_passes

__all__ = [
    "app", "browser", "callers", "invite", "link", "new_browser", "sandbox", "settings", "signed_in", "time_passes",
    "wall",
]  # fmt: skip
LINES = [
    {"id": "1", "unit_price": 4000, "title": "Kettle"},
    {"id": "2", "unit_price": 1000, "quantity": 3, "title": "Filters"},
]


class Buyer(Person):
    """Alice at her pages: reads them, and answers one question after the other."""

    async def say(self, path: str, page: str | None = None, **said: Any) -> Any:
        """The form to that path as it stands on its page, with what is said; the answer, not followed."""
        files = said.pop("files", None)
        held = form_of(await self.see(page or path), path)
        return await self.browser.post(path, held | {name.replace("__", "-"): v for name, v in said.items()},
                                       **({"files": files} if files else {}))  # fmt: skip

    async def claimed(self, order_id: str = "O1", **said: Any) -> str:
        """All questions about the first line answered; where the check is."""
        at = f"/my/orders/{order_id}/claim/0"
        answers: dict[str, dict[str, Any]] = {
            "item": {"line": "1"}, "what": {"reason": "defective"}, "noticed": {"visibility": "hidden"},
            "wanted": {"wanted": "refund"}, "evidence": {}, "words": {"statement": "It stopped after an hour."},
        }  # fmt: skip
        for step, words in answers.items():
            answer = await self.say(f"{at}/{step}", **(words | said.get(step, {})))
            assert answer.status_code == 303, f"{step}: {answer.text[-2000:]}"
        return f"/my/orders/{order_id}/claim/check"


@pytest.fixture
async def alice(signed_in: Callable[..., Any]) -> Buyer:
    return Buyer(await signed_in("buyer", "alice"))


@pytest.fixture
async def order(callers: Callers) -> str:
    """An order of Alice's, delivered a day ago."""
    await callers.order("O1", lines=LINES)
    return "O1"
