"""The three plain choices: accept, offer, contest, side by side, each with what it costs and what follows.

Cost and consequence are the law's own preview of the very command, so what is shown is what would happen. Once the
case is a dispute the choices are to send evidence, to offer, or to have nothing to say.
"""

from typing import NamedTuple

from amends.law import commands as c
from amends.law.closed import not_open
from amends.law.money import Money
from amends.portal import acting
from amends.portal.acting import Consequence
from amends.portal.reading import Failed, Seen, foresee, seen
from amends.portal.refusals import said
from amends.portal.route import Address
from amends.portal.seller.shop import SELLER, own_clock
from amends.portal.visit import Page, Visit
from amends.portal.words import N_

EXAMPLE_SHARE = 30
"""The offer whose consequences are shown, in percent of what was paid."""


class Way(NamedTuple):
    """One choice. `then` is None where it is not open; `why` then says by which rule."""

    name: str
    icon: str
    title: str
    page: str
    button: str
    then: Consequence | None
    why: str = ""
    clauses: tuple[str, ...] = ()


async def show(visit: Visit) -> Page:
    """The choices."""
    found = await seen(visit)
    in_dispute = found.shown.stage not in ("awaiting_seller", "refused")
    ways = await (_in_dispute if in_dispute else _to_request)(visit, found)
    clock = own_clock(found.shown)
    return visit.page(
        "seller/answer.html",
        found=found,
        shown=found.shown,
        ways=ways,
        in_dispute=in_dispute,
        clock=next((one for one in found.shown.deadlines if clock and one.kind == clock[0]), None),
        evidence=[one for one in found.shown.evidence if one.party == "buyer"],
        share=EXAMPLE_SHARE,
    )


async def _to_request(visit: Visit, found: Seen) -> list[Way]:
    return [
        await _way(
            visit, found, "accept", "check", N_("Accept"), "accept", N_("Accept and refund"), c.ApproveRequest()
        ),
        await _way(visit, found, "offer", "hand-coins", N_("Offer"), "offer", N_("Make an offer"), an_offer(found)),
        await _way(visit, found, "contest", "scale", N_("Contest"), "contest", N_("Contest it"), c.RejectRequest("-")),
    ]  # fmt: skip


async def _in_dispute(visit: Visit, found: Seen) -> list[Way]:
    some = c.SubmitEvidence((c.Item("conversation", text="-"),), last=True)
    return [
        await _way(visit, found, "contest", "paperclip", N_("Send evidence"), "evidence", N_("Send evidence"), some),
        await _way(visit, found, "offer", "hand-coins", N_("Offer"), "offer", N_("Make an offer"), an_offer(found)),
        await _way(
            visit, found, "none", "ban", N_("Nothing to add"), "nothing", N_("Say that you have none"),
            c.DeclineEvidence(),
        ),
    ]  # fmt: skip


async def _way(
    visit: Visit, found: Seen, name: str, icon: str, title: str, page: str, button: str, command: c.Command
) -> Way:
    would = await foresee(visit, found.case.id, command)
    if isinstance(would, Failed):
        return Way(name, icon, title, page, button, None, would.says, would.clauses)
    return Way(name, icon, title, page, button, acting.consequence(visit, found.shown, would.shown))


def an_offer(found: Seen) -> c.OfferSettlement:
    """An offer as people make them: part of the price, or a replacement where nothing was paid or is left."""
    amount = share_of(refundable(found), EXAMPLE_SHARE)
    return c.OfferSettlement("partial_refund", amount) if amount else c.OfferSettlement("replacement")


def refundable(found: Seen) -> Money | None:
    """What may still go back to the buyer."""
    paid, refunded = found.shown.paid, found.shown.refunded
    return None if paid is None else Money(paid.amount - (refunded.amount if refunded else 0), paid.currency)


def share_of(money: Money | None, percent: int) -> int:
    """A share in whole percent, in minor units, whole rupiah where no decimals are shown."""
    if money is None:
        return 0
    unit = 100 if money.currency == "IDR" else 1
    return money.amount * percent // 100 // unit * unit


def why_not(visit: Visit, found: Seen, command: str) -> tuple[str, tuple[str, ...]] | None:
    """Why a command is not open to the seller now, with its clauses; None where it is, or nobody can say."""
    if found.action(command) is not None:
        return None
    open_now = [one.command for one in found.shown.available_actions]
    for one in not_open(found.case, visit.actor, found.at, found.policy, open_now):
        if one.command == command:
            return said(one.refused, visit.locale, found.zone, found.case.order.currency), one.refused.clauses
    return None


ADDRESSES = (
    Address(method="GET", path="/shop/cases/{case_id:str}/answer", name="shop_answer", does=show, roles=SELLER),
)
