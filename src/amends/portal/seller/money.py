"""Offers and acceptance: what it costs before it is sent, where the money comes from, and one offer at a time.

Amounts are checked by the law; the quick shares of 10, 30 and 50 percent are links that fill the field in.
"""

from typing import Any

from amends.access.shapes import OfferView
from amends.portal import figures, forms
from amends.portal.acting import Consequence, consequence
from amends.portal.reading import Failed, Seen, command_of, foresee, seen
from amends.portal.route import Address
from amends.portal.seller.answer import refundable, share_of, why_not
from amends.portal.seller.sending import Line, Sending, in_two_steps
from amends.portal.seller.shop import SELLER
from amends.portal.terms import REMEDY, WANTED, term
from amends.portal.visit import Page, Visit
from amends.portal.words import N_
from amends.text import whole_number

SHARES = (10, 30, 50)
FINAL = N_("You cannot take it back once it is sent.")
BINDING = N_("If the buyer accepts, it is binding and the matter ends.")
NOT_AN_AMOUNT = N_("Write an amount, for example 25000.")


async def show_offer(visit: Visit) -> Page:
    """The form of an offer."""
    found = await seen(visit)
    given = {"remedy": "partial_refund", "statement": ""} | {
        name: value for name, value in visit.query.items() if name in ("remedy", "share")
    }
    share = whole_number(given.pop("share", "")) or 0
    if 1 <= share <= 100:
        given["amount"] = _plain(found, share_of(refundable(found), share))
    return await _offer_form(visit, found, given, {}, None)


async def send_offer(visit: Visit) -> Page:
    """The offer: its effect, then sent."""
    found = await seen(visit)
    given = dict(visit.form)
    fields: dict[str, Any] = {"remedy": given.get("remedy"), "statement": given.get("statement")}
    amount = None
    if given.get("remedy") == "partial_refund":
        amount = forms.minor_units(given.get("amount", ""), found.case.order.currency)
        if not amount:
            faults = {"amount": visit.gettext(NOT_AN_AMOUNT)}
            return await _offer_form(visit, found, given, faults, None)
        fields["amount"] = amount
    built = command_of(visit, "offer_settlement", fields)
    if isinstance(built, Failed):
        return await _offer_form(visit, found, given, {"remedy": built.says}, None)
    _ = visit.gettext
    lines = [
        Line(_("You offer"), _(term("remedy", given["remedy"]))),
        Line(_("Your words"), given.get("statement", "")),
    ]
    what = Sending(
        built, "offer", _("Your offer"), _("Send offer"), tuple(lines),
        {name: given.get(name, "") for name in ("remedy", "amount", "statement")},
        effect=_effect(visit, found, amount), warning=_(BINDING),
    )  # fmt: skip

    async def form(faults: dict[str, str], refused: Failed | None) -> Page:
        return await _offer_form(visit, await seen(visit), given, faults, refused)

    return await in_two_steps(visit, found, what, form)


def _effect(visit: Visit, found: Seen, amount: int | None) -> tuple[Line, ...]:
    """What an amount does to the shop's account: what goes, what stays of what was paid."""
    left = refundable(found)
    if amount is None or left is None:
        return ()
    _ = visit.gettext

    def said(minor: int) -> str:
        return figures.money(minor, left.currency, visit.locale)

    return (
        Line(_("Paid by the buyer"), figures.money(found.case.paid, left.currency, visit.locale)),
        Line(_("Goes from your payout to the buyer"), said(-amount)),
        Line(_("You keep"), said(left.amount - amount)),
    )


async def _offer_form(
    visit: Visit, found: Seen, given: dict[str, str], faults: dict[str, str], refused: Failed | None
) -> Page:
    left = refundable(found)
    shares = [(n, share_of(left, n)) for n in SHARES] if left is not None and left.amount else []
    return visit.page(
        "seller/offer.html",
        409 if refused else 422 if faults else 200,
        found=found,
        given=given,
        faults=faults,
        refused=refused,
        why_not=why_not(visit, found, "offer_settlement"),
        standing=_open_offer(found, "seller"),
        options={code: REMEDY[code] for code in WANTED},
        left=left,
        shares=[(n, figures.money(amount, left.currency, visit.locale)) for n, amount in shares if left is not None],
    )


def _open_offer(found: Seen, by: str) -> OfferView | None:
    return next((one for one in reversed(found.shown.offers) if one.status == "open" and one.by == by), None)


def _plain(found: Seen, minor: int) -> str:
    """An amount as one types it."""
    currency = found.case.order.currency
    decimals = figures.MINOR.get(currency, 2)
    whole, part = divmod(minor, 10**decimals)
    return str(whole) if currency in figures.SHOWN_WITHOUT or not decimals else f"{whole}.{part:0{decimals}d}"


async def show_accept(visit: Visit) -> Page:
    """What accepting costs and leads to."""
    return await _accept_form(visit, await seen(visit), {}, {}, None)


async def send_accept(visit: Visit) -> Page:
    """Accepted: shown once more, then sent."""
    found = await seen(visit)
    given = dict(visit.form)
    built = command_of(visit, "approve_request", {"statement": given.get("statement"), "remedy": _instead(given)})
    if isinstance(built, Failed):
        return await _accept_form(visit, found, given, {built.field: built.says}, None)
    _ = visit.gettext
    wanted = _instead(given) or str(found.shown.wanted)
    what = Sending(
        built, "accept", _("Accept the request"), _("Accept and refund") if "refund" in wanted else _("Accept"),
        (Line(_("You agree to"), _(term("remedy", wanted))), Line(_("Your words"), given.get("statement", ""))),
        {name: given.get(name, "") for name in ("instead", "statement")}, warning=_(FINAL),
    )  # fmt: skip

    async def form(faults: dict[str, str], refused: Failed | None) -> Page:
        return await _accept_form(visit, await seen(visit), given, faults, refused)

    return await in_two_steps(visit, found, what, form)


def _instead(given: dict[str, str]) -> str | None:
    return "refund" if given.get("instead") == "refund" else None


async def _accept_form(
    visit: Visit, found: Seen, given: dict[str, str], faults: dict[str, str], refused: Failed | None
) -> Page:
    then: dict[str, Consequence] = {}
    for name in ("asked", "refund"):
        built = command_of(visit, "approve_request", {"remedy": "refund" if name == "refund" else None})
        would = None if isinstance(built, Failed) else await foresee(visit, found.case.id, built)
        if isinstance(would, Seen):
            then[name] = consequence(visit, found.shown, would.shown)
    return visit.page(
        "seller/accept.html",
        409 if refused else 422 if faults else 200,
        found=found,
        given=given,
        faults=faults,
        refused=refused,
        then=then,
        why_not=why_not(visit, found, "approve_request"),
    )


async def show_offered(visit: Visit) -> Page:
    """The buyer's offer beside the claim, with what yes and no lead to."""
    return await _offered(visit, await seen(visit), {}, None)


async def send_offered(visit: Visit) -> Page:
    """Yes or no to the buyer's offer; or one's own taken back."""
    found = await seen(visit)
    given = dict(visit.form)
    accepts = given.get("answer") == "accept"
    name = "accept_settlement" if accepts else "decline_settlement"
    fields = {"offer_id": given.get("offer_id")} | ({} if accepts else {"statement": given.get("statement")})
    built = command_of(visit, name, fields)
    if isinstance(built, Failed):
        return await _offered(visit, found, {"form": built.says}, None)
    offer = next((one for one in found.shown.offers if one.id == given.get("offer_id")), None)
    own = offer is not None and offer.by == "seller"
    _ = visit.gettext
    button = _("Accept the offer") if accepts else _("Take it back") if own else _("Decline the offer")
    what = Sending(
        built, "offered", button, button, _told(visit, offer, given),
        {key: given.get(key, "") for key in ("offer_id", "answer", "statement")}, warning=_(FINAL) if accepts else "",
    )  # fmt: skip

    async def form(faults: dict[str, str], refused: Failed | None) -> Page:
        return await _offered(visit, await seen(visit), faults, refused)

    return await in_two_steps(visit, found, what, form)


def _told(visit: Visit, offer: OfferView | None, given: dict[str, str]) -> tuple[Line, ...]:
    _ = visit.gettext
    words = Line(_("Your words"), given.get("statement", ""))
    if offer is None:
        return (words,)
    terms = _(term("remedy", offer.remedy))
    if offer.amount is not None:
        terms += f": {figures.money(offer.amount.amount, offer.amount.currency, visit.locale)}"
    return (Line(_("The offer"), terms), words)


async def _offered(visit: Visit, found: Seen, faults: dict[str, str], refused: Failed | None) -> Page:
    offer = _open_offer(found, "buyer")
    then = None
    if offer is not None:
        built = command_of(visit, "accept_settlement", {"offer_id": offer.id})
        would = None if isinstance(built, Failed) else await foresee(visit, found.case.id, built)
        then = consequence(visit, found.shown, would.shown) if isinstance(would, Seen) else None
    return visit.page(
        "seller/offered.html", 409 if refused else 422 if faults else 200, found=found, offer=offer, then=then,
        faults=faults, refused=refused, own=_open_offer(found, "seller"),
    )  # fmt: skip


def _both(page: str, show: Any, send: Any) -> tuple[Address, ...]:
    at = f"/shop/cases/{{case_id:str}}/{page}"
    return (
        Address(method="GET", path=at, name=f"shop_{page}", does=show, roles=SELLER),
        Address(method="POST", path=at, name=f"shop_{page}_sent", does=send, roles=SELLER),
    )


ADDRESSES = (
    *_both("offer", show_offer, send_offer),
    *_both("accept", show_accept, send_accept),
    *_both("offered", show_offered, send_offered),
)
