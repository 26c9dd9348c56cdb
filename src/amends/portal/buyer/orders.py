"""An order before its buyer: what can still be done about each thing in it, until when, and what else there is."""

import msgspec

from amends.access.order_lines import LineNow
from amends.law.eligibility import eligibility
from amends.orders import is_order_id
from amends.portal.buyer.claim import desk, unanswered
from amends.portal.figures import day
from amends.portal.reading import look
from amends.portal.refusals import said
from amends.portal.route import Address
from amends.portal.standing import Standing, standing
from amends.portal.visit import Lost, Page, Visit
from amends.store import claims

BUYER = frozenset({"buyer"})


class Offered(msgspec.Struct, frozen=True):
    """One line on the page: may something be asked for, or why not; and how its case stands, if there is one."""

    now: LineNow
    why_not: str | None
    clauses: tuple[str, ...]
    stands: Standing | None


async def find(visit: Visit) -> Page:
    """Find an order by its number, or go on with what was begun."""
    number = visit.query.get("number", "").strip()
    faults: dict[str, str] = {}
    if number:
        if is_order_id(number):
            try:
                visit.path = {"order_id": number}
                await desk(visit)
                return visit.to(f"/my/orders/{number}")
            except Lost:
                pass
        faults["number"] = visit.gettext("There is no order of yours with this number.")
    begun = await claims.of_buyer(visit.hinge.db, visit.marketplace, visit.actor.id)
    return visit.page("buyer/find.html", 404 if faults else 200, number=number, faults=faults, begun=begun)


async def show(visit: Visit) -> Page:
    """The order, line by line."""
    at = await desk(visit)
    zone = at.lines[0].policy.pack.zone if at.lines else "UTC"
    return visit.page(
        "buyer/order.html",
        at=at,
        zone=zone,
        lines=[_offered(visit, one) for one in at.lines],
        begun=next((one for one in at.claim.parts if not one.sent), None),
        unanswered=unanswered,
        placed=day(at.order.placed_at.date(), visit.locale, year=True),
    )


def _offered(visit: Visit, now: LineNow) -> Offered:
    found = eligibility(now.case, now.moment)
    stands = None
    if now.opened:
        shown = look(visit, now.case, now.moment.at).shown
        stands = standing(shown, "buyer", visit.gettext)
    refused = found.refused
    if refused is None:
        return Offered(now, None, (), stands)
    return Offered(now, said(refused, visit.locale, now.policy.pack.zone), refused.clauses, stands)


ADDRESSES = (
    Address(method="GET", path="/my/orders", name="find_order", does=find, roles=BUYER),
    Address(method="GET", path="/my/orders/{order_id:str}", name="order", does=show, roles=BUYER),
)
