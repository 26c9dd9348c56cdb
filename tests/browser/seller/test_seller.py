"""The seller in a real browser: the inbox by keyboard, drafts that save while one types, a photo without scripts."""

from playwright.async_api import expect

from tests.browser import photos
from tests.browser.world import KILN


async def test_the_inbox_is_walked_by_keyboard(market, signed_in):
    market.requested("P-1", pictures=False)
    market.stand()
    case = market.requested("P-2", pictures=False)
    page = await signed_in("seller", KILN.id)
    await page.goto("/shop/cases")
    await page.keyboard.press("j")
    await expect(page.locator("tr[data-row] .rowlink").nth(0)).to_be_focused()
    await page.keyboard.press("j")
    await expect(page.locator("tr[data-row] .rowlink").nth(1)).to_be_focused()
    await page.keyboard.press("k")
    await expect(page.locator("tr[data-row] .rowlink").nth(0)).to_be_focused()
    await page.keyboard.press("o")
    await page.wait_for_url("**/offer")
    await page.go_back()
    await page.keyboard.press("e")
    await page.wait_for_url("**/contest")
    await page.go_back()
    await page.keyboard.press("/")
    await page.keyboard.type("P-2")
    await page.keyboard.press("Enter")
    await expect(page.locator("tr[data-row]")).to_have_count(1)
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/cases/{case}")


async def test_what_one_types_is_saved_while_one_types(market, signed_in):
    case = market.requested("P-1", pictures=False)
    page = await signed_in("seller", KILN.id)
    await page.goto(f"/shop/cases/{case}/contest/words")
    await page.locator("#statement").press_sequentially("It was whole when it left")
    await expect(page.locator("#saved")).to_contain_text("Saved")
    await expect(page.locator("#statement")).to_be_focused()
    await expect(page.locator("#statement")).to_have_value("It was whole when it left")
    await page.goto(f"/shop/cases/{case}/contest")
    await expect(page.locator(".tasks li").first).to_contain_text("Done")


async def test_what_could_not_be_saved_says_so_until_it_is(market, signed_in, guard):
    guard.expect(429)
    case = market.requested("P-1", pictures=False)
    page = await signed_in("seller", KILN.id)
    path = f"/shop/cases/{case}/contest/words"
    await page.route(f"**{path}", lambda one: one.fulfill(status=429, body="<h1>Busy</h1>", content_type="text/html"))
    await page.route(f"**{path}", lambda one: one.continue_() if one.request.method == "GET" else one.fallback())
    await page.goto(path)
    await page.locator("#statement").press_sequentially("It was whole")
    await expect(page.locator("#saved")).to_contain_text("Not saved just now.")
    await expect(page.locator("h1")).to_have_count(1)
    await page.unroute_all()
    await page.locator("#statement").press_sequentially(" when it left")
    await expect(page.locator("#saved")).to_contain_text("Saved")
    await expect(page.locator("#statement")).to_have_value("It was whole when it left")


async def test_without_scripts_a_seller_contests_with_a_photo(market, signed_in):
    case = market.requested("P-1", pictures=False)
    page = await signed_in("seller", KILN.id, js=False, width=390)
    await page.goto("/shop/cases")
    await page.locator("td.do a.btn").click()
    await page.get_by_role("link", name="Contest it").click()
    await page.get_by_role("link", name="Write why you disagree").click()
    await page.locator("#statement").fill("It was whole when it left")
    await page.get_by_role("button", name="Save to the draft").click()
    await page.locator(".tasks a").nth(1).click()
    await page.locator("#evidence").set_input_files(
        {"name": "box.jpg", "mimeType": "image/jpeg", "buffer": photos.parcel()}
    )
    await page.get_by_role("button", name="Save to the draft").click()
    await page.get_by_role("link", name="Review and send").click()
    await expect(page.locator("main")).to_contain_text("What happens then")
    await expect(page.locator("main")).to_contain_text("box.jpg")
    await page.get_by_role("button", name="Send answer").click()
    await page.wait_for_url(f"**/cases/{case}?done=reject_request")
    await expect(page.locator("h1")).to_contain_text("You contested the request")
