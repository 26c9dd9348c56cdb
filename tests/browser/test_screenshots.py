"""Pictures of the real pages: the same page is the same picture; forced colours and print; and README's pictures.

`AMENDS_SCREENSHOTS=docs/images pytest tests/browser/test_screenshots.py` writes README's pictures (make screenshots).
"""

import io
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.async_api import Page

from tests.browser.pages import Example, buyer, desk, operator, seller
from tests.browser.world import Market

FOLDER = os.environ.get("AMENDS_SCREENSHOTS")
MOST_BYTES = 200 * 1024
PICTURES: dict[str, tuple[Example, str, int, int]] = {
    "buyer-case": (buyer("/cases/{MUG-3}"), "light", 1200, 900),
    "buyer-case-dark": (buyer("/cases/{MUG-7}"), "dark", 390, 844),
    "seller-inbox": (seller("/shop/cases"), "light", 1280, 820),
    "queue": (desk("/desk"), "light", 1440, 900),
    "workbench": (desk("/desk/cases/{MUG-3}"), "light", 1440, 900),
    "policy": (operator("/policies"), "light", 1280, 860),
    "operator": (operator("/operator"), "dark", 1440, 900),
}
"""Name: page, theme, width, height."""


async def opened(example: Example, world: Market, signed_in: Any, **how: Any) -> Page:
    """The page with its pictures and font there."""
    page: Page = await signed_in(example.role, example.person, **how)
    answer = await page.goto(example.at(world), wait_until="load")
    assert answer is not None
    assert answer.status == 200, f"{page.url}: {answer.status}"
    await page.evaluate("() => document.fonts.ready.then(() => 0)")
    return page


@pytest.mark.parametrize("name", PICTURES)
async def test_the_pictures_of_the_readme_are_of_pages_that_are_there(
    name: str, world: Market, signed_in: Any, tmp_path: Path
):
    example, theme, width, height = PICTURES[name]
    page = await opened(example, world, signed_in, theme=theme, width=width, height=height)
    path = tmp_path / f"{name}.png"
    await page.screenshot(path=path)
    picture = Image.open(path)
    assert picture.size == (width, height)
    assert len(set(picture.resize((64, 64)).convert("RGB").get_flattened_data())) > 20, "an empty page"
    target = (Path(FOLDER) if FOLDER else tmp_path) / f"{name}.webp"
    target.parent.mkdir(parents=True, exist_ok=True)
    picture.save(target, "WEBP", quality=86, method=6)
    assert target.stat().st_size < MOST_BYTES


async def test_a_printed_decision_has_its_reasons_clauses_files_and_reference(world: Market, signed_in: Any):
    page = await opened(buyer("/cases/{MUG-4}/decisions/1"), world, signed_in, width=794)
    await page.emulate_media(media="print")
    printed = await page.locator("body").inner_text()
    for told in ("MUG-4", "The photos show the crack on unpacking", "US-", "Crack through the body"):
        assert told in printed, f"not on paper: {told}"
    assert len(await page.pdf(format="A4")) > 10_000
    assert await page.locator("form:visible, nav:visible").count() == 0


@pytest.mark.parametrize("example", [desk("/desk"), desk("/desk/cases/{MUG-3}"), buyer("/cases/{MUG-3}")],
                         ids=["queue", "workbench", "case"])  # fmt: skip
async def test_in_forced_colours_every_control_keeps_an_edge(example: Example, world: Market, signed_in: Any):
    page = await opened(example, world, signed_in)
    await page.emulate_media(forced_colors="active")
    edgeless = await page.evaluate("""
() => [...document.querySelectorAll('.btn, .inp, .card, .chip, .opt')].filter(e => e.offsetWidth && e.checkVisibility())
  .filter(e => !e.matches('.ghost, [type=file]') && getComputedStyle(e).borderTopStyle === 'none'
            && getComputedStyle(e).outlineStyle === 'none').map(e => e.outerHTML.slice(0, 120)).slice(0, 5)""")
    assert not edgeless, "\n".join(edgeless)
    assert len(await page.screenshot()) > 10_000


KEY_SCREENS = {
    "queue": desk("/desk"),
    "workbench": desk("/desk/cases/{MUG-3}"),
    "case": buyer("/cases/{MUG-3}"),
    "policy": operator("/policies/diff?a=tiktok-shop-us@2025-11-11&b=tokopedia-id@2025-07-02"),
}
MASKED = "due-time, time, .sandbox, #presence"
MOST_DIFFERENT = 0.001
REFRESH = "() => htmx.trigger(document.querySelector('[data-live]'), 'desk:changed')"


async def looks(page: Page) -> Image.Image:
    """The whole page, its times masked, nothing focused."""
    await page.evaluate("() => document.activeElement.blur()")
    taken = await page.screenshot(full_page=True, mask=[page.locator(MASKED)], animations="disabled", caret="hide")
    return Image.open(io.BytesIO(taken)).convert("RGB")


def differing(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that differ; all of them where the sizes do."""
    if one.size != other.size:
        return 1.0
    channels = ImageChops.difference(one, other).split()
    most = ImageChops.lighter(ImageChops.lighter(channels[0], channels[1]), channels[2])
    return 1 - most.histogram()[0] / (one.width * one.height)


@pytest.mark.parametrize("name", KEY_SCREENS)
async def test_the_same_page_is_the_same_picture_in_any_session_and_after_a_refresh(
    name: str, world: Market, signed_in: Any
):
    """Compared with itself, not with a picture kept from another day.

    A kept picture is true of one Chromium with one set of fonts: everywhere else the comparison would have to be
    skipped, or be so tolerant that it sees nothing. What can be asked everywhere is that a page does not depend on who
    came first, on the order in which things load, or on how it came to be: two sessions draw the same pixels, and a
    page that was refreshed in place is drawn like one that was opened. How pages look is kept in docs/images.
    """
    example = KEY_SCREENS[name]
    first = await opened(example, world, signed_in)
    second = await opened(example, world, signed_in, fresh=True)
    picture = await looks(first)
    assert differing(picture, await looks(second)) <= MOST_DIFFERENT
    if await first.locator("[data-live]").count():
        async with first.expect_response(lambda one: bool(one.request.headers.get("hx-request"))):
            await first.evaluate(REFRESH)
        await first.wait_for_function("() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")
        assert differing(picture, await looks(first)) <= MOST_DIFFERENT
    await first.emulate_media(color_scheme="dark")
    assert differing(picture, await looks(first)) > 0.5, "a comparison that cannot fail says nothing"
