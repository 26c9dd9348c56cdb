"""What happens when the world moves while a page is open: two adjudicators, a deadline, a stale tab, a second press.

Nothing is decided twice, nothing is lost that was typed, and the page says what happened.
"""

import asyncio
import re
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.world import RANI, REVIEWER, SECOND, Market, later

SAID = "It left the workshop whole, and was wrapped twice."
FOUND = {"claim": "proved", "rebuttal": "insufficient", "severity": "major", "returnable": "false"}


async def fill_decision(page: Page, case: str) -> None:
    """Everything an adjudicator must say, but the button."""
    await page.goto(f"/desk/cases/{case}")
    for name, value in FOUND.items():
        await page.select_option(f"#finding-{name}", value)
    await page.locator("[name=option][value='buyer_favour+refund']").check(force=True)
    await page.fill("#rationale", "The photos show the crack.")


async def test_of_two_adjudicators_at_once_one_decides_and_the_other_is_told_and_keeps_the_text(
    market: Market, signed_in: Any, guard: Any
):
    guard.expect(409)
    case = market.reviewed("TWO-1")
    first = await signed_in("adjudicator", REVIEWER.id, js=False)
    second = await signed_in("adjudicator", SECOND.id, js=False)
    await asyncio.gather(fill_decision(first, case), fill_decision(second, case))
    findings = {"claim": "proved", "rebuttal": "insufficient", "severity": "major", "returnable": False}
    market.say(case, REVIEWER, "decide", findings=findings, rationale="The photos show the crack.")
    await second.locator("button[name=step][value=decide]").click()
    await expect(second.locator("body")).to_contain_text("The photos show the crack.")
    await expect(second.locator("[role=alert]").first).to_be_visible()
    assert len(market.server.case(case)["decisions"]) == 1


async def test_both_see_that_the_other_is_looking(market: Market, signed_in: Any):
    case = market.reviewed("TWO-2")
    first = await signed_in("adjudicator", REVIEWER.id)
    second = await signed_in("adjudicator", SECOND.id)
    await first.goto(f"/desk/cases/{case}")
    await second.goto(f"/desk/cases/{case}")
    await expect(second.locator("body")).to_contain_text(re.compile(f"{REVIEWER.name}|{REVIEWER.id}"))


async def test_a_deadline_that_passes_while_a_seller_writes_is_said_and_nothing_is_sent(
    market: Market, signed_in: Any, guard: Any
):
    guard.expect(409, 422)
    case = market.requested("LATE-1", pictures=False)
    page = await signed_in("seller", "kilnhouse", js=False)
    await page.goto(f"/shop/cases/{case}/contest/words")
    await page.fill("#statement", SAID)
    market.stand(later(days=9))
    await page.locator("main form button.pri").first.click()
    stage = market.server.case(case)["stage"]
    assert stage != "refused"
    await page.goto(f"/cases/{case}")
    await expect(page.locator("h1")).to_be_visible()
    assert stage in ("agreed", "refunded", "closed", "remedying", "gathering_evidence", "under_review", "decided"), (
        stage
    )


async def test_a_tab_left_open_is_told_that_the_case_changed_and_keeps_what_was_written(
    market: Market, signed_in: Any, guard: Any
):
    guard.expect(409)
    case = market.requested("STALE-1", pictures=False)
    page = await signed_in("buyer", RANI.id, js=False)
    await page.goto(f"/cases/{case}/withdraw")
    if await page.locator("#statement").count():
        await page.fill("#statement", SAID)
    market.say(case, RANI, "post_message", text="Have you seen my request?", to="seller")
    await page.locator("main form button.pri, main form button.danger").last.click()
    await expect(page.locator("main")).to_be_visible()
    assert market.server.case(case)["stage"] == "awaiting_seller", "a withdrawal is checked before it is sent"
    if await page.locator("#statement").count():
        await expect(page.locator("#statement")).to_have_value(SAID)


async def test_a_form_sent_twice_acts_once(market: Market, signed_in: Any, guard: Any):
    guard.expect(409)
    case = market.requested("TWICE-1", pictures=False)
    page = await signed_in("buyer", RANI.id, js=False)
    await page.goto(f"/cases/{case}/post-message")
    await page.fill("[name=text]", SAID)
    await page.locator("main form button.pri").last.click()
    if await page.locator("main form input[name=key]").count() and "post-message" in page.url:
        form = await page.evaluate(
            "() => [...new FormData([...document.querySelectorAll('main form')].pop())].map(String)"
        )
        fields = dict(pair.split(",", 1) for pair in form)
        button = page.locator("main form button.pri").last
        if name := await button.get_attribute("name"):
            fields[name] = str(await button.get_attribute("value"))
        url = page.url
        for _ in range(2):
            await page.request.post(url, form=fields, max_redirects=0)
    events = market.server.read(f"/v1/cases/{case}/events")["items"]
    assert sum(SAID in str(event) for event in events) == 1


async def test_the_button_of_a_form_works_once_with_scripts(market: Market, signed_in: Any):
    case = market.requested("TWICE-2", pictures=False)
    page = await signed_in("buyer", RANI.id)
    await page.goto(f"/cases/{case}/post-message")
    await page.fill("[name=text]", SAID)
    await page.evaluate(
        "() => { const b = [...document.querySelectorAll('main form button.pri')].pop(); b.click(); b.click(); }"
    )
    await page.wait_for_load_state()
    if await page.locator("main form button.pri").count():
        async with page.expect_navigation():
            await page.locator("main form button.pri").last.click()
    events = market.server.read(f"/v1/cases/{case}/events")["items"]
    assert sum(SAID in str(event) for event in events) <= 1
