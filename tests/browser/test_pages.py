"""Every page, looked at: accessible, whole on every width, light, quiet, and the same before and after the scripts.

Every page is seen in both languages, both themes and at both widths; the theme changes nothing but colours, so only
the rules about colour are asked again for it.
"""

import asyncio
import gzip
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page, Response

from amends.portal.app import ADDRESSES
from tests.browser import axe
from tests.browser.pages import EXAMPLES, LOST, NO_PAGES, Example
from tests.browser.world import Market

NARROW, WIDE = 390, 1440
WIDTHS = (320, NARROW, 768, WIDE)
KIB = 1024
HTML_GZ, TOTAL, SCRIPT_GZ, NODES = "HTML, gzip", "first view", "scripts, gzip", "DOM nodes"
BUDGETS = {
    False: {HTML_GZ: 15 * KIB, TOTAL: 150 * KIB, SCRIPT_GZ: 22 * KIB, NODES: 800},
    True: {HTML_GZ: 40 * KIB, TOTAL: 350 * KIB, SCRIPT_GZ: 30 * KIB, NODES: 1500},
}
"""UI.md 4.9: of customers, of staff. The script that only pages with an upload load is counted apart."""
DOCUMENTS = ("/policies", "/sandbox")
"""Pages that are read like a book: as many nodes as a page of the staff."""
TUS_GZ = 23 * KIB
STYLE_GZ = 14 * KIB
SHIFT = 0.02
HEADERS = {
    "content-security-policy": "default-src 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}

WATCH_SHIFTS = """
window.__shift = 0;
new PerformanceObserver(list => list.getEntries().forEach(e => { if (!e.hadRecentInput) window.__shift += e.value; }))
  .observe({type: 'layout-shift', buffered: true});
"""
TOO_WIDE = """
() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1
    && ![...ancestors(e)].some(a => ['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(a).overflowX)))
    .slice(0, 4).map(e => e.outerHTML.slice(0, 160)).concat([document.documentElement.scrollWidth + ' wide']);
function* ancestors(e) { while ((e = e.parentElement) && e !== document.body) yield e; }
"""
STRETCH = """
() => {
  const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), nodes = [];
  while (all.nextNode()) nodes.push(all.currentNode);
  const kept = 'script,style,svg,code,time,textarea,option,.mono,[data-exact]';
  for (const n of nodes) if (!n.parentElement.closest(kept))
    n.data = n.data.replace(/\\p{L}{3,}/gu, w => w + '\\u00e5\\u00e9'.repeat(99).slice(0, Math.ceil(w.length * .4)));
}
"""
COUNTS = """
() => {
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  return {nodes: document.querySelectorAll('*').length, lang: document.documentElement.lang,
          h1: document.querySelectorAll('h1').length, twice: [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))],
          shift: window.__shift, title: document.title,
          files: performance.getEntriesByType('resource').map(e => [e.name, e.encodedBodySize])};
}
"""
DUE = "d => [...d.querySelectorAll('due-time')].map(e => (e.querySelector('[data-out]') || e).textContent.trim())"


def _all() -> Iterator[Any]:
    """The first example of a page in both languages, further ones in turns in one of them."""
    for name, examples in EXAMPLES.items():
        for number, example in enumerate(examples):
            languages = ("en", "id") if number == 0 else (("id", "en")[number % 2],)
            yield pytest.param(example, languages, id=f"{name}-{number + 1}-{example.role or 'nobody'}")
    for example in LOST:
        yield pytest.param(example, ("en", "id"), id=f"lost-{example.status}")


def test_every_page_has_an_example():
    """Add yours to tests/browser/pages.py."""
    named = {address.name for address in ADDRESSES if address.method == "GET"}
    assert not named - EXAMPLES.keys() - NO_PAGES.keys(), "without an example"
    assert not (EXAMPLES.keys() | NO_PAGES.keys()) - named, "an example of no page"


@pytest.mark.parametrize(("example", "languages"), list(_all()))
async def test_the_page_is_as_pages_are(
    example: Example, languages: tuple[str, ...], world: Market, signed_in: Any, visitor: Any, guard: Any
):
    guard.expect(example.status)
    faults = await asyncio.gather(*(_look(example, language, world, signed_in, visitor) for language in languages))
    assert not any(faults), "\n".join(line for one in faults for line in one)


async def _look(example: Example, language: str, world: Market, signed_in: Any, visitor: Any) -> list[str]:
    who = (example.role, example.person) if example.role else ()
    page: Page = await (signed_in if who else visitor)(*who, language=language, width=WIDE)
    await page.add_init_script(WATCH_SHIFTS)
    answer = await page.goto(example.at(world))
    assert answer is not None
    assert answer.status == example.status, f"{page.url} answered {answer.status}"
    faults = [f"header {name}: {answer.headers.get(name)}" for name, starts in HEADERS.items()
              if not answer.headers.get(name, "").startswith(starts)]  # fmt: skip
    faults += await _measure(page, answer, example, language)
    faults += [f"wide, light: {one}" for one in await axe.violations(page)]
    await page.emulate_media(color_scheme="dark")
    faults += [f"wide, dark: {one}" for one in await axe.violations(page, axe.OF_COLOUR)]
    await page.set_viewport_size({"width": NARROW, "height": 844})
    faults += [f"narrow, dark: {one}" for one in await axe.violations(page, axe.OF_COLOUR)]
    await page.emulate_media(color_scheme="light")
    faults += [f"narrow, light: {one}" for one in await axe.violations(page)]
    faults += await _widths(page, "")
    await page.evaluate(STRETCH)
    faults += await _widths(page, "longer words, ")
    return [f"{example.path} [{language}] {one}" for one in faults]


async def _measure(page: Page, answer: Response, example: Example, language: str) -> list[str]:
    html = await answer.text()
    await page.wait_for_timeout(100)
    told = await page.evaluate(COUNTS)
    faults = []
    if told["lang"] != language or told["h1"] != 1 or told["twice"] or not told["title"]:
        faults.append(f"lang {told['lang']}, {told['h1']} h1, ids used twice: {told['twice']}, title {told['title']!r}")
    if told["shift"] > SHIFT:
        faults.append(f"the layout shifts by {told['shift']:.3f}")
    before = await page.evaluate(f"html => ({DUE})(new DOMParser().parseFromString(html, 'text/html'))", html)
    after = await page.evaluate(f"() => ({DUE})(document)")
    if before != after:
        faults.append(
            f"the first tick changes {[pair for pair in zip(before, after, strict=False) if pair[0] != pair[1]]}"
        )
    sent = len(gzip.compress(html.encode(), 6))
    scripts = {name: size for name, size in told["files"] if name.partition("?")[0].endswith(".js")}
    tus = sum(size for name, size in scripts.items() if "/tus" in name)
    weighed = {
        HTML_GZ: sent,
        SCRIPT_GZ: sum(scripts.values()) - tus,
        TOTAL: sent + sum(size for _, size in told["files"]) - tus,
        NODES: told["nodes"],
    }
    budget = BUDGETS[example.staff]
    if example.path.startswith(DOCUMENTS):
        budget = budget | {NODES: BUDGETS[True][NODES]}
    faults += [f"{name}: {weighed[name]:,} of {budget[name]:,}" for name in budget if weighed[name] > budget[name]]
    styles = Counter({name: size for name, size in told["files"] if name.endswith(".css")})
    if tus > TUS_GZ or styles.total() > STYLE_GZ:
        faults.append(f"tus {tus:,} of {TUS_GZ:,}, style {styles.total():,} of {STYLE_GZ:,}")
    return faults


async def _widths(page: Page, how: str) -> list[str]:
    faults = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        if beyond := await page.evaluate(TOO_WIDE):
            faults.append(f"{how}{width} px: scrolls sideways: {beyond}")
    return faults
