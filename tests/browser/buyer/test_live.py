"""With scripts: files go resumably and say how they stand, a case grows while one looks, an old form says it is old."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser import photos
from tests.browser.world import KILN, RANI

CLAIM = "/my/orders/LIVE-1/claim/0"


async def at_evidence(page):
    """The question for photographs."""
    await page.goto("/my/orders/LIVE-1")
    await page.locator("main a[href*='/claim']").first.click()
    await page.locator("[name=reason][value=defective]").check()
    await page.locator("form.ask button.pri").click()
    await page.locator("[name=visibility][value=hidden]").check()
    await page.locator("form.ask button.pri").click()
    await page.locator("[name=wanted][value=refund]").check()
    await page.locator("form.ask button.pri").click()


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
    await at_evidence(page)
    cut = 0

    async def unlucky(route):
        nonlocal cut
        cut += 1
        await (route.abort("connectionreset") if cut == 1 else route.continue_())

    await page.route("**/uploads/tus", unlucky)
    photo = tmp_path / "crack.jpg"
    photo.write_bytes(photos.mug(cracked=True, seed=4))
    await page.locator("input[type=file][multiple]").first.set_input_files(photo)
    await expect(page.locator("[data-list] .filerow")).to_contain_text("Received")
    assert cut > 1
    guard.heard[:] = [said for said in guard.heard if "uploads/tus" not in said and "ERR_CONNECTION_RESET" not in said]


async def test_what_the_other_side_does_appears_and_is_said_once(market, signed_in):
    case = market.requested("LIVE-2", pictures=False)
    page = await signed_in("buyer", RANI.id)
    await page.goto(f"/cases/{case}")
    await expect(page.locator("h1")).to_have_text("The seller has your request")
    market.say(case, KILN, "reject_request", statement="It left the workshop whole.")
    await expect(page.locator("h1")).to_have_text("The seller contested your request")
    await expect(page.locator("[data-said]")).to_contain_text("contested the request")
    assert await page.locator(".tl").get_by_text("It left the workshop whole.").count() == 1


async def test_a_form_that_grew_old_says_so_and_keeps_what_was_typed(market, signed_in):
    case = market.requested("LIVE-3", pictures=False)
    page = await signed_in("buyer", RANI.id)
    await page.goto(f"/cases/{case}/withdraw")
    await page.locator("#statement").fill("We found a way.")
    await expect(page.locator("[data-stale]")).to_be_hidden()
    market.say(case, KILN, "reject_request", statement="No.")
    await expect(page.locator("[data-stale]")).to_be_visible()
    assert await page.locator("#statement").input_value() == "We found a way."
