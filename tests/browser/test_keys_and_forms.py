"""What every page owes a hand: keys that keep out of fields, errors that are found, telling addresses."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.browser import photos
from tests.browser.world import KILN, RANI, REVIEWER, Market

STAFF = ("adjudicator", REVIEWER.id)
LOUD = "jkxan?/c1"
PAINTED = "() => getComputedStyle(document.body).backgroundColor"


async def test_single_keys_keep_out_of_fields_dialogs_and_hidden_buttons_and_can_be_switched_off(
    market: Market, signed_in: Any
):
    case = market.reviewed("KEYS-1", pictures=False)
    page: Page = await signed_in(*STAFF)
    await page.goto("/desk")
    await page.keyboard.press("/")
    await expect(page.locator("#q")).to_be_focused()
    await page.keyboard.type(LOUD)
    await expect(page.locator("#q")).to_have_value(LOUD)
    await page.locator("h1").click()
    await page.keyboard.press("?")
    await expect(page.locator("#keysheet")).to_be_visible()
    await page.keyboard.type("jxn")
    await expect(page.locator("#keysheet")).to_be_visible()
    assert await page.locator("#rows :checked, #rows :focus").count() == 0
    assert page.url.endswith("/desk"), "nothing was opened or taken"
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("KEYS-1")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk?view=open&q=KEYS-1")

    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"/desk/cases/{case}")
    await page.keyboard.press("c")
    assert await page.locator(".stage.over").count() == 0, "a button that is not there is not pressed"

    await page.goto("/preferences")
    await page.select_option("#keys", "off")
    await page.get_by_role("button", name="Save").click()
    await page.goto("/desk")
    await page.keyboard.type("jx?")
    assert await page.locator("#rows :checked, #rows :focus, dialog[open]").count() == 0
    await page.keyboard.press("Control+k")
    await expect(page.locator("#cmdk")).to_be_visible()


async def test_an_error_takes_the_focus_leads_to_its_field_and_nothing_is_lost(
    market: Market, signed_in: Any, guard: Any, tmp_path: Path
):
    guard.expect(422)
    case = market.decided("WRONG-1")
    page: Page = await signed_in("seller", KILN.id, width=390)
    await page.goto(f"/shop/cases/{case}/appeal")
    photo = tmp_path / "laporan uji.jpg"
    photo.write_bytes(photos.mug(seed=14))
    await page.locator("#evidence").set_input_files(photo)
    await page.fill("#statement", "The maker tested this very mug.")
    await page.locator("main form[enctype] button.pri").click()
    summary = page.locator("#errors")
    await expect(summary).to_be_focused()
    assert (await page.title()).startswith("Error: ")
    await expect(page.locator("#statement")).to_have_value("The maker tested this very mug.")
    await expect(page.locator("main")).to_contain_text("laporan uji.jpg")
    link = summary.locator("a").first
    field = (str(await link.get_attribute("href"))).removeprefix("#")
    await link.press("Enter")
    reached = await page.evaluate("id => document.getElementById(id).contains(document.activeElement)", field)
    assert reached, f"the summary leads to {field}"
    await page.keyboard.press("Tab")
    assert await page.evaluate("id => document.getElementById(id).getBoundingClientRect().top >= 0", field)


async def test_what_one_sees_is_in_the_address_and_no_address_shows_more_than_ones_role(
    world: Market, signed_in: Any, guard: Any
):
    page: Page = await signed_in(*STAFF)
    await page.goto("/desk?view=open")
    await page.fill("#q", "MUG")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**q=MUG*")
    await page.locator("thead a", has_text="At stake").click()
    await page.wait_for_url("**sort=*")
    address, rows = page.url, await page.locator("#rows .rowlink").all_inner_texts()
    assert "q=MUG" in address, "the search stays when the order changes"
    assert len(rows) > 1
    await page.locator("#rows .rowlink").first.click()
    await page.wait_for_url("**/desk/cases/*")
    await page.go_back()
    assert page.url == address
    assert await page.locator("#rows .rowlink").all_inner_texts() == rows
    await expect(page.locator("#q")).to_have_value("MUG")
    other: Page = await signed_in(*STAFF, fresh=True)
    await other.goto(address)
    assert await other.locator("#rows .rowlink").all_inner_texts() == rows
    guard.expect(403, 404)
    party: Page = await signed_in("seller", KILN.id)
    answer = await party.goto(address)
    assert answer is not None
    assert answer.status in (403, 404)
    assert await party.locator("#rows").count() == 0


async def test_a_theme_that_was_chosen_is_there_from_the_first_paint(world: Market, signed_in: Any, guard: Any):
    page: Page = await signed_in("buyer", RANI.id, theme="light")
    await page.goto("/my/cases")
    light = await page.evaluate(PAINTED)
    await page.locator("[data-theme-toggle]").click()
    dark = await page.evaluate(PAINTED)
    assert dark != light
    await page.route("**/*.js", lambda route: route.abort())
    await page.reload()
    guard.heard.clear()  # the scripts that were kept away
    assert await page.evaluate(PAINTED) == dark, "the server says it; no script has to"
    await page.emulate_media(color_scheme="dark")
    assert await page.evaluate(PAINTED) == dark
