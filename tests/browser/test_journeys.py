"""One dispute from the first question to the decision on appeal: without scripts, and by keyboard alone.

Nobody speaks to the API here but for the order and the clock; what one side does, the other finds on its pages.
"""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser import photos
from tests.browser.hands import HANDS, Pointer
from tests.browser.world import KILN, NOW, RANI, REVIEWER, SECOND, Market

ORDER = "JOURNEY-1"
UNDONE_WITHIN_SECONDS = 90
PLAIN = ("pointer", False)
BY_KEYS = ("keyboard", True)
BY_POINTER = ("pointer", True)


class Journey:
    """Who goes it, by which hand, with or without scripts."""

    def __init__(self, market: Market, signed_in: Any, hand: str, js: bool, folder: Path) -> None:
        self.market, self.signed_in, self.hand, self.js, self.folder = market, signed_in, HANDS[hand], js, folder

    async def person(self, role: str, person: str) -> tuple[Page, Pointer]:
        page = await self.signed_in(role, person, js=self.js)
        return page, self.hand(page)

    def photo(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def seen(self, case: str) -> dict[str, Any]:
        return self.market.server.case(case)

    def stage(self, case: str) -> str:
        return str(self.seen(case)["stage"])

    async def comes_to(self, case: str, *stages: str) -> None:
        """A decision can be undone for a while; then it stands."""
        until = time.monotonic() + UNDONE_WITHIN_SECONDS
        while self.stage(case) not in stages:
            assert time.monotonic() < until, f"the case stands at {self.stage(case)}"
            await asyncio.sleep(0.5)

    async def files_are_checked(self, case: str) -> None:
        """Each check of a file is a change of the case, and a form that was opened before it would be stale."""
        until = time.monotonic() + UNDONE_WITHIN_SECONDS
        while any((one.get("file") or {}).get("state") == "received" for one in self.seen(case)["evidence"]):
            assert time.monotonic() < until, "the files were never checked"
            await asyncio.sleep(0.5)

    async def file_a_claim(self) -> str:
        """The buyer asks for a refund, with a photo; the case it becomes."""
        page, hand = await self.person("buyer", RANI.id)
        await page.goto(f"/my/orders/{ORDER}")
        await hand.press(page.locator("main a[href*='/claim']").first)
        await hand.choose(page.locator("[name=reason][value=defective]"))
        await hand.press(page.locator("form.ask button.pri"))
        await hand.choose(page.locator("[name=visibility][value=visible]"))
        await hand.write(page.locator("#noticed_on"), f"{NOW:%Y-%m-%d}")
        await hand.press(page.locator("form.ask button.pri"))
        await hand.choose(page.locator("[name=wanted][value=refund]"))
        await hand.press(page.locator("form.ask button.pri"))
        await self.add_photo(page, hand, page.locator("input[type=file]").first, "crack.jpg", cracked=True)
        await hand.press(page.locator("form.ask button.pri"))
        await hand.write(page.locator("#statement"), "The mug came with a crack.")
        await hand.press(page.locator("form.ask button.pri"))
        await expect(page.locator("main")).to_contain_text("The mug came with a crack.")
        await hand.press(page.locator("main form[action$='/check'] button.pri"))
        await hand.press(page.locator("main a[href^='/cases/']").first)
        return page.url.rpartition("/")[2]

    async def add_photo(self, page: Page, hand: Pointer, field: Any, name: str, *, cracked: bool = False) -> None:
        """Choose a photo; with scripts it is sent at once, and the page says so."""
        await hand.attach(field, self.photo(name, photos.mug(cracked=cracked, seed=len(name))))
        if self.js and await page.locator("form[data-uploads]").count():
            await expect(page.locator("form[data-uploads]")).to_contain_text(name)
            await page.wait_for_function(
                "() => !document.querySelector('[data-uploads] progress, [data-uploads] [aria-busy=true]')"
            )

    async def contest(self, case: str) -> None:
        """The seller says no, and why."""
        page, hand = await self.person("seller", KILN.id)
        await page.goto("/shop/cases")
        await hand.press(page.locator(f"main a[href*='{case}']").first)
        await hand.press(page.locator("main a[href$='/contest']").first)
        await hand.press(page.locator("main a[href$='/contest/words']").first)
        await hand.write(page.locator("#statement"), "It left the workshop whole.")
        await hand.press(page.locator("main form button.pri").first)
        await page.goto(f"/shop/cases/{case}/contest/anything")
        await self.show(page, hand, "before.jpg")
        await page.goto(f"/shop/cases/{case}/contest/review")
        await hand.press(page.locator("main form[action$='/review'] button.pri"))
        assert self.stage(case) == "refused"

    async def show(self, page: Page, hand: Pointer, name: str) -> None:
        """One more piece of the seller's."""
        await hand.select(page.locator("#type"), "photo_of_item")
        await self.add_photo(page, hand, page.locator("#evidence"), name)
        await hand.write(page.locator("#describes"), "The mug before packing")
        await hand.press(page.locator("main form[enctype] button.pri"))

    async def dispute(self, case: str) -> None:
        """The buyer brings it to the platform."""
        page, hand = await self.person("buyer", RANI.id)
        await page.goto(f"/cases/{case}")
        await hand.press(page.locator("main a[href$='/open-dispute']").first)
        await hand.write(page.locator("#statement"), "The shards lay in the box.")
        await self.add_photo(page, hand, page.locator("input[type=file]").first, "shards.jpg", cracked=True)
        await hand.press(page.locator("main form button.pri").last)
        await hand.press(page.locator("main form button.pri").last)
        assert self.stage(case) == "gathering_evidence"

    async def hand_in(self, case: str) -> None:
        """The seller's evidence, and that this is all."""
        page, hand = await self.person("seller", KILN.id)
        await page.goto(f"/shop/cases/{case}/evidence/anything")
        await self.show(page, hand, "workshop.jpg")
        await page.goto(f"/shop/cases/{case}/evidence")
        await hand.choose(page.locator("[name=last]"))
        await hand.press(page.locator("main form:has([name=last]) button:not([name])"))
        await page.goto(f"/shop/cases/{case}/evidence/review")
        await hand.press(page.locator("main form[action$='/review'] button.pri"))
        self.market.say(case, RANI, "decline_evidence")
        assert self.stage(case) == "under_review"
        await self.files_are_checked(case)

    async def decide(self, case: str) -> None:
        """The first adjudicator finds for the buyer."""
        page, hand = await self.person("adjudicator", REVIEWER.id)
        await page.goto(f"/desk/cases/{case}")
        found = {"claim": "proved", "rebuttal": "insufficient", "severity": "major", "returnable": "false"}
        for name, value in found.items():
            field = page.locator(f"#finding-{name}")
            options = await field.locator("option").evaluate_all("all => all.map(one => one.value)")
            await hand.select(field, value if value in options else {"false": "no"}[value])
        await hand.choose(page.locator("[name=option][value='buyer_favour+refund']"))
        await hand.write(page.locator("#rationale"), "The photos show the crack on unpacking; nothing shows it later.")
        await self.confirm(page, hand)
        await self.comes_to(case, "decided")

    async def confirm(self, page: Page, hand: Pointer) -> None:
        """Look at what follows, then decide."""
        await hand.press(page.locator("button[name=step][value=check]"))
        await hand.press(page.locator("main form button.pri").last)

    async def appeal(self, case: str) -> None:
        """The seller attacks the decision with something new."""
        page, hand = await self.person("seller", KILN.id)
        await page.goto(f"/cases/{case}")
        await hand.press(page.locator("main a[href$='/appeal']").first)
        await hand.choose(page.locator("[name=grounds][value=new_evidence]"))
        await hand.write(page.locator("#statement"), "The maker tested this very mug.")
        await self.add_photo(page, hand, page.locator("#evidence"), "report.jpg")
        await hand.press(page.locator("main form[enctype] button.pri"))
        await hand.press(page.locator("main form button.pri").last)
        assert self.stage(case) == "under_appeal"

    async def decide_appeal(self, case: str) -> None:
        """Another adjudicator lets it stand, once the buyer has answered."""
        await self.files_are_checked(case)
        self.market.say(case, RANI, "decline_evidence")
        page, hand = await self.person("adjudicator", SECOND.id)
        await page.goto(f"/desk/cases/{case}")
        await hand.choose(page.locator("[name=result][value=stands]"))
        await hand.write(page.locator("#rationale"), "The report is of another mug; the photos are of this one.")
        await self.confirm(page, hand)
        await self.comes_to(case, "decided", "closed")


@pytest.mark.parametrize(("hand", "js"), [PLAIN, BY_KEYS], ids=["without scripts", "by keyboard alone"])
async def test_a_dispute_goes_its_whole_way(hand: str, js: bool, market: Market, signed_in: Any, tmp_path: Path):
    journey = Journey(market, signed_in, hand, js, tmp_path)
    market.order(ORDER)
    case = await journey.file_a_claim()
    await journey.contest(case)
    await journey.dispute(case)
    await journey.hand_in(case)
    await journey.decide(case)
    await journey.appeal(case)
    await journey.decide_appeal(case)
