"""Somebody at their pages, whoever they are: reads one as a tree, and knows what its forms hold."""

import re
from typing import Any

from tests.portal.entry.conftest import Browser, page_of

PART = re.compile(r"([.#])([\w-]+)|\[([\w-]+)(?:=([\w-]+))?\]|:not\(\.([\w-]+)\)|:(first-child)")


class Person:
    """A buyer or seller with a browser."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    async def see(self, path: str, status: int = 200) -> Any:
        """A page as a tree."""
        answer = await self.browser.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.headers.get('location')}"
        return page_of(answer)


def form_of(page: Any, path: str) -> dict[str, Any]:
    """What the page's form to a path holds before anybody writes in it."""
    [form, *_] = [one for one in page.forms if one.get("action") == path]
    held: dict[str, Any] = {}
    for name, value in form.form_values():
        held[name] = [*held[name], value] if isinstance(held.get(name), list) else value
    held.pop("itself", None)
    return held


def find(page: Any, selector: str) -> list[Any]:
    """The elements a plain selector names: tags, classes, ids, attributes, `:not(.x)`, `:first-child`, descendants."""
    found = list[Any]()
    for one in selector.split(","):
        found += page.xpath("." + "".join(_step(step) for step in one.strip().replace("> ", ">").split()))
    return found


def _step(step: str) -> str:
    """One step of a selector as XPath."""
    tag = re.match(r">?(\w*)", step)[1] or "*"  # type: ignore[index]  # it matches everything
    said = ""
    for sign, name, attribute, value, unlike, first in PART.findall(step):
        has = f"contains(concat(' ', normalize-space(@class), ' '), ' {name or unlike} ')"
        if sign:
            said += f"[{has}]" if sign == "." else f"[@id='{name}']"
        elif attribute:
            said += f"[@{attribute}='{value}']" if value else f"[@{attribute}]"
        elif unlike:
            said += f"[not({has})]"
        elif first:
            said += "[not(preceding-sibling::*)]"
    return ("/" if step.startswith(">") else "//") + tag + said


def words_of(page: Any) -> str:
    """What one reads on a page, spaces made one."""
    return re.sub(r"\s+", " ", page.find(".//main").text_content())
