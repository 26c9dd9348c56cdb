"""The desk in a browser: by keyboard, without scripts, two people at once, and what is typed outlives a refresh."""

from typing import Any

from playwright.async_api import expect

from tests.browser.world import REVIEWER, SECOND, Market

ZEPHYRINE, BALTHAZAR = ("adjudicator", REVIEWER.id), ("adjudicator", SECOND.id)
REASON = "The photo on unpacking shows the crack; the seller shows the mug only before packing."


def bench(case: str) -> str:
    return f"/desk/cases/{case}"


async def test_the_queue_is_walked_opened_and_taken_by_keyboard(market: Market, signed_in: Any):
    market.stand()
    cases = [market.reviewed(f"MUG-{n}", pictures=False) for n in (1, 2)]
    market.all_files_checked()
    page = await signed_in(*ZEPHYRINE)
    await page.goto("/desk")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await expect(page.locator("#rows tr").first.locator("input[type=checkbox]")).to_be_checked()
    await page.keyboard.press("?")
    assert await page.locator("#keysheet").is_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("Escape")
    await page.keyboard.press("a")
    await page.wait_for_selector("#rows .av.own")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk/cases/*")
    assert page.url.rpartition("/")[2] in cases
    await page.keyboard.press("u")
    await page.wait_for_url("**/desk")


async def test_findings_move_the_recommendation_and_typed_words_stay(market: Market, signed_in: Any):
    market.stand()
    case = market.reviewed("MUG-1")
    page = await signed_in(*ZEPHYRINE)
    await page.goto(bench(case))
    await page.fill("#rationale", REASON)
    await page.select_option("#finding-claim", "proved")
    await expect(page.locator("#rec .verdict")).to_contain_text("1 more finding")
    await page.select_option("#finding-rebuttal", "insufficient")
    await page.select_option("#finding-returnable", "false")
    await expect(page.locator("#rec .verdict")).to_contain_text("For the buyer")
    await page.wait_for_selector("#moneybox dl")
    assert await page.input_value("#rationale") == REASON


async def test_a_swap_keeps_reason_outcome_focus_and_zoom(market: Market, signed_in: Any):
    market.stand()
    case = market.reviewed("MUG-1")
    market.all_files_checked()
    page = await signed_in(*ZEPHYRINE)
    await page.goto(bench(case))
    await page.keyboard.press("+")
    zoom = "all => all.map(one => one.style.transform)"
    zoomed = await page.eval_on_selector_all(".pane img", zoom)
    await page.fill("#rationale", REASON)
    outcome = page.locator("[name=option][value='buyer_favour+refund']")
    async with page.expect_response("**/work"):
        await outcome.check(force=True)
    for finding, value in (("#finding-claim", "proved"), ("#finding-rebuttal", "insufficient")):
        before = await page.locator("#rec").inner_text()
        await page.locator(finding).focus()
        await page.locator(finding).select_option(value)
        await expect(page.locator("#rec")).not_to_have_text(before, use_inner_text=True)
        await expect(page.locator(finding)).to_be_focused()
    await page.locator("#rationale").press("End")
    await page.keyboard.type(" More.")
    await page.locator("#finding-rebuttal").focus()
    before = await page.locator("#rec").inner_text()
    await page.locator("#finding-returnable").select_option("false")
    await expect(page.locator("#rec")).not_to_have_text(before, use_inner_text=True)
    await expect(page.locator("#rationale")).to_have_value(f"{REASON} More.")
    await expect(outcome).to_be_checked()
    assert await page.eval_on_selector_all(".pane img", zoom) == zoomed != ["", ""]


async def test_a_decision_is_undone_without_scripts(market: Market, signed_in: Any):
    market.stand()
    case = market.reviewed("MUG-1", pictures=False)
    market.all_files_checked()
    page = await signed_in(*ZEPHYRINE, js=False)
    await page.goto(bench(case))
    for name, value in {"claim": "proved", "rebuttal": "insufficient", "returnable": "false"}.items():
        await page.select_option(f"#finding-{name}", value)
    await page.click("#decide button[value=save]")
    await page.fill("#rationale", REASON)
    await page.click("#decide button[value=decide]")
    assert await page.locator(".going").first.is_visible()
    await page.click(".going button")
    assert await page.input_value("#rationale") == REASON
    assert market.server.read(f"/v1/cases/{case}")["stage"] == "under_review"


async def test_pictures_are_zoomed_together_and_swapped(market: Market, signed_in: Any):
    market.stand()
    case = market.reviewed("MUG-1")
    market.all_files_checked()
    page = await signed_in(*ZEPHYRINE)
    await page.goto(bench(case))
    await page.keyboard.press("+")
    moved = await page.eval_on_selector_all(".pane img", "all => all.map(one => one.style.transform)")
    assert len(moved) == 2
    assert moved[0] == moved[1] != ""
    before = await page.get_attribute(".pane[data-side=buyer] img", "src")
    await page.locator(".strip ul").first.locator("[data-src]").nth(1).click()
    assert await page.get_attribute(".pane[data-side=buyer] img", "src") != before


async def test_two_at_once_see_each_other_and_only_the_holder_decides(market: Market, signed_in: Any):
    market.stand()
    case = market.reviewed("MUG-1", pictures=False)
    first, second = await signed_in(*ZEPHYRINE), await signed_in(*BALTHAZAR)
    await first.goto(bench(case))
    await first.click("text=Take the case >> nth=0")
    await second.goto(bench(case))
    assert "holds it until" in await second.inner_text("#presence")
    assert await second.locator("#decide").count() == 0
    await first.reload()
    assert "Also looking" in await first.inner_text("#presence")


async def test_files_are_walked_by_keys_that_press_what_is_seen(market: Market, signed_in: Any):
    market.stand()
    case = market.reviewed("MUG-1")
    market.all_files_checked()
    page = await signed_in(*ZEPHYRINE)
    await page.goto(bench(case))
    for side, key, first, second in (("seller", "s", "S1", "S2"), ("buyer", "b", "B1", "B2")):
        tag = page.locator(f".pane[data-side={side}] [data-ref]")
        await page.keyboard.press(key)
        await expect(page.locator(f"#film-{side}")).to_be_focused()
        await expect(tag).to_have_text(first)
        await page.keyboard.press("]")
        await expect(tag).to_have_text(second)
        await page.keyboard.press("[")
        await expect(tag).to_have_text(first)
    await page.keyboard.press("+")
    before = await page.locator(".pane img").first.evaluate("one => one.style.transform")
    await page.locator(".pane").first.focus()
    await page.keyboard.press("ArrowRight")
    by_key = await page.locator(".pane img").first.evaluate("one => one.style.transform")
    assert by_key != before
    await page.click("[data-act=l]")
    assert await page.locator(".pane img").first.evaluate("one => one.style.transform") == before
    await page.keyboard.press("?")
    sheet = await page.inner_text("#keysheet")
    for told in ("Give more time", "Previous, next file", "The buyer’s files", "Pan, while", "Ask a party for more"):
        assert told in sheet
    await page.keyboard.press("Escape")
    for key, form in (("e", "extend-deadline"), ("m", "request-evidence")):
        await page.goto(bench(case))
        await page.keyboard.press(key)
        await page.wait_for_url(f"**/{form}")


async def test_a_rectangle_is_drawn_by_hand_looked_at_and_sent(market: Market, signed_in: Any, axe: Any):
    market.stand()
    case = market.reviewed("MUG-1")
    market.all_files_checked()
    page = await signed_in(*ZEPHYRINE)
    await page.goto(f"{bench(case)}/pieces/e1/cover")
    box = await page.locator("svg[data-pic]").bounding_box()
    assert box is not None
    for n in range(3):  # one more than there are empty rows
        x, y = box["x"] + box["width"] * (0.1 + n / 4), box["y"] + box["height"] * 0.25
        await page.mouse.move(x, y)
        await page.mouse.down()
        await page.mouse.move(x + box["width"] / 10, y + box["height"] / 2)
        await page.mouse.up()
    assert abs(float(await page.input_value("#left-1")) - 10) < 1
    assert abs(float(await page.input_value("#height-3")) - 50) < 1
    assert await page.locator("svg [data-own] rect").count() == 3
    await page.fill("#left-1", "0")
    assert await page.locator("svg [data-own] rect").first.get_attribute("x") == "0"
    await page.fill("#statement", "A third person is named on the label.")
    await axe(page)
    await page.click("button[value=look] >> nth=0")
    await expect(page.locator("svg [data-own] rect")).to_have_count(3)
    await axe(page)
    await page.click("button[value=send]")
    await expect(page.locator("#piece-e1")).to_contain_text("3 parts covered")
    assert len(market.server.read(f"/v1/cases/{case}")["evidence"][0]["redactions"]) == 3


async def test_a_page_is_covered_without_scripts(market: Market, signed_in: Any):
    market.stand()
    case = market.reviewed("MUG-1")
    market.all_files_checked()
    page = await signed_in(*ZEPHYRINE, js=False)
    await page.goto(bench(case))
    await page.click("#piece-e1 >> text=Cover parts of B1")
    for side, value in {"left": "5", "top": "5", "width": "20", "height": "10"}.items():
        await page.fill(f"#{side}-1", value)
    await page.fill("#statement", "A third person is named on the label.")
    await page.keyboard.press("Tab")
    await page.click("button:has-text('Show on the picture')")
    assert await page.locator("svg [data-own] rect").get_attribute("x") == "500"
    await page.click("button:has-text('Look at the copy')")
    await page.click("button:has-text('Cover these parts')")
    await expect(page.locator("#piece-e1")).to_contain_text("1 part covered")
