"""Pages as a phone on a slow line has them: when the largest thing stands, how long an answer to a key or tap takes.

Each page is opened cold in a browser of 390 px, 150 ms away at 1.6 Mbit/s, on a processor a quarter as fast (all three
through Chromium's own tools), several times; the median counts. The budgets are those of the portals' design: largest
paint within 1.8 s for customers and 2.5 s for staff, an answer within 200 ms. Needs Chromium, playwright and the
tests' furnished world.
"""

import asyncio
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from benchmarks.report import Budget, Report
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.pages import Example, buyer, desk, operator, seller
from tests.browser.world import Market, World

WIDTH, HEIGHT = 390, 844
SLOWER = 4
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
LCP_CUSTOMER_MS, LCP_STAFF_MS, INP_MS = 1800.0, 2500.0, 200.0
SETTLE_MS = 600
PAGES: dict[str, tuple[Example, str]] = {
    "buyer's cases": (buyer("/my/cases"), "[data-theme-toggle]"),
    "buyer's case": (buyer("/cases/{MUG-3}"), "main details summary"),
    "claim, photos": (buyer("/my/orders/MUG-8/claim/0/evidence"), "main details summary"),
    "seller's inbox": (seller("/shop/cases"), "[data-theme-toggle]"),
    "queue": (desk("/desk"), "details.filters summary"),
    "workbench": (desk("/desk/cases/{MUG-3}"), "main details summary"),
    "operator": (operator("/operator"), "main summary"),
}
"""Name: the page, and what is tapped on it."""
WATCH = """
window.seen = {lcp: 0, inp: 0, cls: 0};
const watch = (type, told, more) => new PerformanceObserver(list => list.getEntries().forEach(told))
  .observe({type, buffered: true, ...more});
watch('largest-contentful-paint', e => { seen.lcp = e.startTime; });
watch('layout-shift', e => { if (!e.hadRecentInput) seen.cls += e.value; });
watch('event', e => { if (e.interactionId) seen.inp = Math.max(seen.inp, e.duration); }, {durationThreshold: 16});
"""


def run(rounds: int = 5) -> Report:
    """Every page of PAGES, `rounds` times."""
    return asyncio.run(_run(rounds))


async def _run(rounds: int) -> Report:
    if CHROMIUM is None:
        raise SystemExit("there is no Chromium here: pages cannot be measured")
    rows, worst = [], {True: 0.0, False: 0.0}
    answered = 0.0
    with tempfile.TemporaryDirectory(prefix="amends-bench-") as folder:
        world = World(Path(folder))
        try:
            world.start()
            market = await asyncio.to_thread(world.furnish)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                for name, (example, tapped) in PAGES.items():
                    seen = [await _look(browser, market, example, tapped) for _ in range(rounds)]
                    lcp, inp, shift, kib = (median(one[key] for one in seen) for key in ("lcp", "inp", "cls", "kib"))
                    worst[example.staff] = max(worst[example.staff], lcp)
                    answered = max(answered, inp)
                    who = "staff" if example.staff else "customer"
                    rows.append((name, who, f"{lcp:,.0f}", f"{inp:,.0f}", f"{shift:.3f}", f"{kib:,.0f}"))
                await browser.close()
        finally:
            world.stop()
    return Report(
        name="pages",
        title=f"Pages: opened cold on a slow phone and line, median of {rounds}",
        heads=("page", "whose", "LCP ms", "INP ms", "CLS", "KiB sent"),
        rows=tuple(rows),
        budgets=(
            Budget("largest paint, the slowest page of customers", worst[False], LCP_CUSTOMER_MS, "ms", "at most"),
            Budget("largest paint, the slowest page of staff", worst[True], LCP_STAFF_MS, "ms", "at most"),
            Budget("answer to a tap or a key, the slowest page", answered, INP_MS, "ms", "at most"),
        ),
        notes=(f"{WIDTH} px wide, {LINE['latency']} ms, 1.6 Mbit/s, processor {SLOWER} times slower, nothing cached; "
               "server, database and browser share the cores.",),
    )  # fmt: skip


async def _look(browser: Browser, market: Market, example: Example, tapped: str) -> dict[str, float]:
    """One cold visit: open it, tap something, press a key."""
    context = await browser.new_context(
        base_url=market.url, viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=2, has_touch=True
    )
    cookies = market.cookies(example.role, example.person)
    await context.add_cookies([{"name": name, "value": value, "url": market.url} for name, value in cookies.items()])
    page = await context.new_page()
    await page.add_init_script(WATCH)
    tools = await context.new_cdp_session(page)
    await tools.send("Network.enable")
    await tools.send("Network.emulateNetworkConditions", LINE)
    await tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    sent = 0.0

    def came(event: dict[str, Any]) -> None:
        nonlocal sent
        sent += event["encodedDataLength"]

    tools.on("Network.loadingFinished", came)
    answer = await page.goto(example.at(market), wait_until="load")
    if answer is None or answer.status != example.status:
        raise SystemExit(f"{example.path} was not answered as it should be")
    await page.wait_for_timeout(SETTLE_MS)
    before = await page.evaluate("() => ({...seen})")
    await _touch(page, tapped)
    after = await page.evaluate("() => ({...seen})")
    await context.close()
    return {"lcp": before["lcp"], "cls": before["cls"], "inp": after["inp"], "kib": sent / 1024}


async def _touch(page: Page, tapped: str) -> None:
    await page.locator(f"{tapped} >> visible=true").first.tap()
    await page.keyboard.press("Tab")
    await page.keyboard.press("j")
    await page.wait_for_timeout(SETTLE_MS)


if __name__ == "__main__":
    print(run())
