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
