"""Asks axe-core what is inaccessible on a page as it stands. The debugger evaluates its source: no CSP is bent."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

SOURCE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
OF_COLOUR = ("color-contrast", "link-in-text-block")
"""What alone can change with the theme."""
SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Colours are computed afresh when the theme changes; the page is asked two frames later."""
MISSING = "node_modules/axe-core is missing: `make assets` brings it (npm ci)"

ASK = """
async ([tags, only]) => {
  const runOnly = only.length ? {type: 'rule', values: only} : {type: 'tag', values: tags};
  const found = await axe.run(document, {runOnly, resultTypes: ['violations']});
  return found.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n =>
    `${n.target.join(' ')}  ${n.html.slice(0, 200)}  ${(n.any[0] || n.all[0] || n.none[0] || {}).message || ''}`)}));
}
"""


@cache
def source() -> str:
    """The script, or a plain word why it is not there."""
    assert SOURCE.exists(), MISSING
    return SOURCE.read_text()


async def violations(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """Each violation in words; of all rules, or of these."""
    await page.evaluate(SETTLED)
    if not await page.evaluate("() => typeof axe === 'object'"):
        await page.evaluate(source() + ";0")
    found: list[dict[str, Any]] = await page.evaluate(ASK, [list(TAGS), list(rules)])
    return [f"{one['id']} ({one['help']}): {node}" for one in found for node in one["nodes"]]
