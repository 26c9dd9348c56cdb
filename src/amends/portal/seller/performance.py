"""How the shop does: answers in time, deadlines missed, decisions and what appeals changed, cost, and the top reasons.

Every number is a link to the very cases it counts (inbox.py asks the same store for the same fragments).
"""

from datetime import timedelta

from amends.portal import figures
from amends.portal.route import Address
from amends.portal.seller.shop import SELLER
from amends.portal.visit import Page, Visit
from amends.portal.words import N_
from amends.store import shop

SPANS = ((30, N_("30 days")), (90, N_("90 days")), (365, N_("12 months")))
SPAN = 90


async def show(visit: Visit) -> Page:
    """The numbers of a span of days."""
    asked = visit.query.get("days", "")
    days = next((n for n, _ in SPANS if str(n) == asked), SPAN)
    since = (visit.now - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    done, reasons, cost = await shop.performance(visit.hinge.db, visit.marketplace, visit.actor.id, since)
    return visit.page(
        "seller/performance.html",
        done=done,
        reasons=reasons,
        cost=[(figures.money(one.refunded, one.currency, visit.locale),
               figures.money(one.carried, one.currency, visit.locale)) for one in cost if one.refunded or one.carried],
        spans=SPANS,
        days=days,
        since=since,
        most=max((one.cases for one in reasons), default=1),
    )  # fmt: skip


ADDRESSES = (Address(method="GET", path="/shop/performance", name="shop_performance", does=show, roles=SELLER),)
