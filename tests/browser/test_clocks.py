"""Clocks on the page: the state of each moment, told by the server and by the script alike, whatever the device thinks.

Where the server's clock runs, the page counts on from the server's own now: a device that is days off shows the same.
"""

from datetime import datetime, timedelta
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.world import KILN, Market

MOMENTS = {
    timedelta(hours=4, minutes=1): ("ok", "4 hr 1 min"),
    timedelta(hours=3, minutes=59): ("soon", "3 hr 59 min"),
    timedelta(minutes=59): ("soon", "59:00"),
}
LATER = {
    timedelta(seconds=2): ("soon", "58:58"),
    timedelta(minutes=59): ("late", "0 min late"),
    timedelta(minutes=60): ("late", "1 min late"),
}
"""So long after the last of them."""
AGO = timedelta(days=3, hours=5)


def due_of(market: Market, case: str) -> datetime:
    [answer] = market.server.case(case)["deadlines"]
    return datetime.fromisoformat(answer["due_at"])


async def chip(page: Page) -> tuple[str, str]:
    """State and words of the page's first clock."""
    first = page.locator("main due-time").first
    return str(await first.get_attribute("data-state")), await first.locator("[data-out]").inner_text()


async def test_each_moment_has_its_state_and_a_device_that_is_off_changes_nothing(market: Market, signed_in: Any):
    case = market.requested("CLOCK-1", pictures=False)
    due = due_of(market, case)
    plain, slow, fast = [await signed_in("seller", KILN.id, js=js) for js in (False, True, True)]

    async def running(route: Any) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=(await answer.text()).replace(" data-standing", ""))

    device = {slow: due - AGO, fast: due + AGO}
    for page, at in device.items():
        await page.clock.set_fixed_time(at)
        await page.route(f"**/cases/{case}", running)
    for left, told in MOMENTS.items():
        market.stand(due - left)
        await plain.goto(f"/cases/{case}")
        assert await chip(plain) == told, "as the server has it"
        for page in device:
            await page.goto(f"/cases/{case}")
            assert await chip(page) == told, "as the script has it"
    for passed, told in LATER.items():
        for page, at in device.items():
            await page.clock.set_fixed_time(at + passed)
            await expect(page.locator("main due-time [data-out]").first).to_have_text(told[1])
            assert await chip(page) == told
    assert await slow.locator("[aria-live] due-time, [role=status] due-time").count() == 0, "no clock is read aloud"
