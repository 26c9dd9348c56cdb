"""The rules on screen: two editions side by side, a clause's text where it is cited, a link that lands on it."""

from typing import Any

from playwright.async_api import expect

from tests.browser.world import RANI, Market

US, ID = "tiktok-shop-us@2025-11-11", "tokopedia-id@2025-07-02"
IN_SIGHT = """
one => { const box = one.getBoundingClientRect(), at = document.elementFromPoint(box.left + 8, box.top + 8);
         return box.top >= 0 && box.bottom <= innerHeight && one.contains(at); }
"""


async def test_two_editions_are_chosen_and_stand_side_by_side(world: Market, signed_in: Any):
    page = await signed_in("operator", "olga")
    await page.goto(f"/policies/diff?a={US}&b={US}")
    await expect(page.locator(".finding")).to_have_text("These are the same edition.")
    assert await page.locator("main table tr").count() == 0
    await page.locator("select[name=b]").select_option(ID)
    await page.get_by_role("button", name="Compare").click()
    await expect(page.locator(".finding")).to_contain_text("changed")
    assert f"b={ID.replace('@', '%40')}" in page.url
    changed = page.locator("tr.changed").first
    await expect(changed.locator("del, ins").first).to_be_visible()
    shown = await page.locator("main tbody tr").count()
    part = page.locator("nav.tabs.wrapping a:not([aria-current])").first
    await part.click()
    await expect(page.locator("nav.tabs.wrapping a[aria-current]")).not_to_have_text(await part.inner_text())
    assert shown > 0


async def test_a_clause_is_read_where_it_is_cited_and_in_its_edition(world: Market, signed_in: Any):
    page = await signed_in("buyer", RANI.id, width=390, height=844)
    await page.goto(f"/cases/{world.cases['MUG-3']}")
    cited = page.locator("main details.clause:not(.rules)").first
    name = await cited.locator("summary").inner_text()
    words = cited.locator(".pop")
    await expect(words).to_be_hidden()
    await cited.locator("summary").press("Enter")
    await expect(words).to_be_visible()
    says = (await words.inner_text()).partition(" · ")[2]
    rules = await page.locator("main a[href^='/policies/']").first.get_attribute("href")
    await page.goto(f"{rules}#{name}")
    clause = page.locator(f"[id='{name}']")
    assert await clause.evaluate(IN_SIGHT), "the address of a clause leads to it"
    text = await clause.locator("p").first.inner_text()
    assert text in " ".join(says.split()), "the same words in both places"


async def test_a_link_to_a_clause_lands_below_the_bar_that_sticks(world: Market, signed_in: Any):
    page = await signed_in("adjudicator", "staff-zephyrine")
    await page.goto(f"/desk/cases/{world.cases['MUG-3']}")
    link = page.locator("#timeline a.ref[href*='#']").first
    name = await link.inner_text()
    await link.click()
    await page.wait_for_url(f"**#{name}")
    assert await page.locator(f"[id='{name}']").evaluate(IN_SIGHT)
