"""The shop's own texts: a return address, what one writes again and again. Kept with the seller's preferences.

They are offered where one writes an answer, evidence or an appeal, and fill an empty field in; nothing else is set here
that has no effect yet.
"""

from collections.abc import Mapping
from typing import Any

from amends.portal.route import Address
from amends.portal.seller.shop import SELLER
from amends.portal.visit import Page, Visit
from amends.portal.words import N_
from amends.store import sessions
from amends.text import whole_number

MOST_TEXTS = 12
NAMELESS = N_("Give the text a name.")
EMPTY = N_("Write the text.")
TOO_MANY = N_("You have twelve texts. Delete one first.")


def texts_of(chosen: Mapping[str, Any]) -> list[dict[str, str]]:
    """The shop's texts, each with `name` and `text`."""
    kept = chosen.get("texts")
    return [one for one in kept if isinstance(one, dict)] if isinstance(kept, list) else []


def filled(visit: Visit, text: str) -> str:
    """A field's text; where it is empty, the shop's text that the address names (`text=2`)."""
    number = whole_number(visit.query.get("text", "")) or 0
    own = texts_of(visit.chosen)
    if text or not 1 <= number <= len(own):
        return text
    return own[number - 1].get("text", "")


async def show(visit: Visit) -> Page:
    """The texts, and a form for one more."""
    return _page(visit, {})


async def change(visit: Visit) -> Page:
    """One text more, or one less."""
    own = texts_of(visit.chosen)
    gone = whole_number(visit.form.get("drop", ""))
    if gone is not None:
        own = [one for number, one in enumerate(own, start=1) if number != gone]
        return await _keep(visit, own)
    name, text = visit.form.get("name", "")[:60], visit.form.get("text", "")[:4000]
    faults = {
        field: visit.gettext(says)
        for field, says, wrong in (
            ("name", NAMELESS, not name), ("text", EMPTY, not text), ("name", TOO_MANY, len(own) >= MOST_TEXTS),
        )
        if wrong
    }  # fmt: skip
    if faults:
        return _page(visit, faults)
    same = [one for one in own if one.get("name") != name]
    return await _keep(visit, [*same, {"name": name, "text": text}])


async def _keep(visit: Visit, own: list[dict[str, str]]) -> Page:
    actor = visit.actor
    chosen = dict(visit.chosen) | {"texts": own}
    await sessions.prefer(visit.hinge.db, visit.marketplace, actor.role, actor.id, chosen)
    return visit.to("/shop/settings", done="kept")


def _page(visit: Visit, faults: dict[str, str]) -> Page:
    return visit.page(
        "seller/settings.html",
        422 if faults else 200,
        texts=texts_of(visit.chosen),
        faults=faults,
        given=visit.form,
        kept=visit.query.get("done") == "kept",
    )


ADDRESSES = (
    Address(method="GET", path="/shop/settings", name="shop_settings", does=show, roles=SELLER),
    Address(method="POST", path="/shop/settings", name="shop_settings_kept", does=change, roles=SELLER),
)
