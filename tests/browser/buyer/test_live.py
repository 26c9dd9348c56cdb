"""With scripts: files go resumably and say how they stand, a case grows while one looks, an old form says it is old."""

import asyncio
from pathlib import Path

from playwright.async_api import expect

from tests.browser import photos
from tests.browser.hands import Pointer
from tests.browser.world import KILN, RANI

CLAIM = "/my/orders/LIVE-1/claim/0"


async def at_evidence(page):
    """The question for photographs, wholly there."""
    hand = Pointer(page)
    await page.goto("/my/orders/LIVE-1")
    await hand.press(page.locator("main a[href*='/claim']").first)
    await hand.choose(page.locator("[name=reason][value=defective]"))
    await hand.press(page.locator("form.ask button.pri"))
    await hand.choose(page.locator("[name=visibility][value=hidden]"))
    await hand.press(page.locator("form.ask button.pri"))
    await hand.choose(page.locator("[name=wanted][value=refund]"))
    await hand.press(page.locator("form.ask button.pri"))


async def test_files_are_sent_as_they_are_chosen_and_each_says_how_it_stands(
    market, signed_in, guard, axe, tmp_path: Path
):
    guard.expect(415)
    market.order("LIVE-1")
    page = await signed_in("buyer", RANI.id, width=390)
    await at_evidence(page)
    good, bad = tmp_path / "retak ✓.jpg", tmp_path / "letter.docx"
    good.write_bytes(photos.mug(cracked=True, seed=3))
    bad.write_bytes(b"PK\x03\x04 not a picture")
    await page.locator("input[type=file][multiple]").first.set_input_files([good, bad])
    rows = page.locator("[data-list] .filerow")
    await expect(rows.filter(has_text="retak")).to_contain_text("Received")
    await expect(rows.filter(has_text="letter.docx")).to_contain_text("Office document")
    await axe(page)
    await page.locator("form.ask button.pri").click()
    await page.goto(f"{CLAIM}/evidence")
    await expect(page.locator("[data-list] .filerow")).to_have_count(1)
    await expect(page.locator("[data-list] .filerow")).to_contain_text("retak")


async def test_a_line_that_breaks_goes_on_where_it_was(market, signed_in, guard, tmp_path: Path):
    market.order("LIVE-1")
    page = await signed_in("buyer", RANI.id)
    cut = 0

    async def unlucky(route):
        nonlocal cut
        cut += 1
        await (route.abort("connectionreset") if cut == 1 else route.continue_())

    # Before the first page: what is set up while a page is being left does not hold for the next one.
    await page.route("**/uploads/tus", unlucky)
    await at_evidence(page)
    photo = tmp_path / "crack.jpg"
    photo.write_bytes(photos.mug(cracked=True, seed=4))
    await page.locator("input[type=file][multiple]").first.set_input_files(photo)
    await expect(page.locator("[data-list] .filerow")).to_contain_text("Received")
    assert cut == 2
    guard.heard[:] = [said for said in guard.heard if "uploads/tus" not in said and "ERR_CONNECTION_RESET" not in said]


async def test_what_was_chosen_before_the_script_ran_is_sent_when_it_does(market, signed_in, tmp_path: Path):
    market.order("LIVE-1")
    page = await signed_in("buyer", RANI.id)
    chosen, photo = asyncio.Event(), tmp_path / "quick.jpg"
    photo.write_bytes(photos.mug(seed=5))

    async def slow(route):
        await chosen.wait()
        await route.continue_()

    await at_evidence(page)
    await page.route("**/assets/upload.*.js", slow)
    await page.reload(wait_until="commit")
    field = page.locator("input[type=file][multiple]").first
    await field.set_input_files(photo)
    assert await page.locator("[data-list] .filerow").count() == 0
    chosen.set()
    await expect(page.locator("[data-list] .filerow")).to_contain_text("Received")
    assert await field.evaluate("one => one.files.length") == 0, "it goes once"


WATCH = """
() => {
  window.said = [];
  const told = document.querySelector('[data-said]');
  new MutationObserver(() => window.said.push(told.textContent)).observe(told, {childList: true});
}
"""
HIDE = """
hidden => {
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}
"""


async def test_what_the_other_side_does_appears_and_is_said_once(market, signed_in):
    """Cut off after it was told, the page goes on from there: it asks for itself once for each change, and no more."""
    case = market.requested("LIVE-2", pictures=False)
    known = market.server.case(case)["revision"]
    page = await signed_in("buyer", RANI.id)
    happened, again, streams, asked = asyncio.Event(), asyncio.Event(), [], []

    async def stream(route):
        streams.append(route.request)
        if len(streams) > 1:
            again.set()
            return await route.continue_()
        await happened.wait()
        body = f"retry: 50\n\nevent: changed\nid: {known + 1}\ndata: {known + 1}\n\n"
        await route.fulfill(content_type="text/event-stream", body=body)

    page.on("request", lambda one: asked.append(one) if one.headers.get("hx-request") else None)
    await page.route("**/live?*", stream)
    await page.goto(f"/cases/{case}")
    await expect(page.locator("h1")).to_have_text("The seller has your request")
    await page.evaluate(WATCH)
    rule = page.locator("main summary").first
    await rule.click()
    market.say(case, KILN, "reject_request", statement="It left the workshop whole.")
    happened.set()
    await expect(page.locator("h1")).to_have_text("The seller contested your request")
    await expect(page.locator("[data-said]")).to_contain_text("contested the request")
    await again.wait()
    await asyncio.sleep(0.5)
    assert await page.evaluate("said.length") == len(asked) == 1
    assert await page.locator(".tl").get_by_text("It left the workshop whole.").count() == 1
    await expect(rule).to_be_focused()
    assert await rule.evaluate("one => one.parentElement.open"), "what was opened stays open"


async def test_a_hidden_tab_lets_go_of_its_stream_and_shown_again_has_what_it_missed(market, signed_in):
    case = market.requested("LIVE-4", pictures=False)
    page = await signed_in("buyer", RANI.id)
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    await page.goto(f"/cases/{case}")
    async with page.expect_event("requestfailed", lambda one: "/live" in one.url):
        await page.evaluate(HIDE, True)
    asked.clear()
    market.say(case, KILN, "reject_request", statement="It left the workshop whole.")
    await asyncio.sleep(0.5)
    assert not asked, "a hidden tab asks for nothing"
    await page.evaluate(HIDE, False)
    await expect(page.locator("h1")).to_have_text("The seller contested your request")
    assert sum("/live" in one for one in asked) == 1


async def test_a_form_that_grew_old_says_so_and_keeps_what_was_typed(market, signed_in):
    case = market.requested("LIVE-3", pictures=False)
    page = await signed_in("buyer", RANI.id)
    await page.goto(f"/cases/{case}/withdraw")
    await page.locator("#statement").fill("We found a way.")
    await expect(page.locator("[data-stale]")).to_be_hidden()
    market.say(case, KILN, "reject_request", statement="No.")
    await expect(page.locator("[data-stale]")).to_be_visible()
    assert await page.locator("#statement").input_value() == "We found a way."


async def test_a_stream_that_was_refused_is_asked_for_again(market, signed_in, guard):
    """A proxy whose server is away answers for it; a browser gives such a stream up for good."""
    guard.expect(429)
    case = market.requested("LIVE-5", pictures=False)
    page = await signed_in("buyer", RANI.id)
    refused, asked = asyncio.Event(), []

    async def away(route):
        asked.append(route.request.url)
        if len(asked) > 1:
            return await route.continue_()
        await route.fulfill(status=429)
        refused.set()

    await page.route("**/live?*", away)
    await page.clock.install()
    await page.goto(f"/cases/{case}/withdraw")
    await refused.wait()
    market.say(case, KILN, "reject_request", statement="No.")
    await page.clock.run_for(5_000)
    assert len(asked) == 1, "it is not asked over and over"
    await page.clock.run_for(15_000)
    await expect(page.locator("[data-stale]")).to_be_visible()
    await page.clock.run_for(60_000)
    assert len(asked) == 2, "what was told is not asked again"


async def test_a_case_stays_on_the_page_while_nobody_can_answer(market, signed_in, guard):
    guard.expect(429)
    case = market.requested("LIVE-6", pictures=False)
    page = await signed_in("buyer", RANI.id)
    asked = asyncio.Event()

    async def busy(route):
        if not route.request.headers.get("hx-request"):
            return await route.continue_()
        await route.fulfill(status=429, content_type="text/html", body="<main><h1>Busy</h1></main>")
        asked.set()

    await page.route(f"**/cases/{case}", busy)
    await page.goto(f"/cases/{case}")
    before = await page.locator("main").inner_text()
    await page.evaluate("window.htmx.trigger(document.querySelector('[data-live]'), 'desk:changed')")
    await asked.wait()
    await asyncio.sleep(0.5)
    assert await page.locator("main").inner_text() == before
    await page.unroute(f"**/cases/{case}")
    async with page.expect_response(lambda one: one.url.endswith(case) and one.ok):
        await page.evaluate("window.htmx.trigger(document.querySelector('[data-live]'), 'desk:changed')")
    await asyncio.sleep(0.5)
    assert await page.locator("[data-said]").text_content() == "", "nothing is new"
    market.say(case, KILN, "reject_request", statement="It left the workshop whole.")
    await expect(page.locator("h1")).to_have_text("The seller contested your request")
