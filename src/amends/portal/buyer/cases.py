"""The buyer's cases: what needs them first, then the rest, newest first."""

from amends.portal.reading import look
from amends.portal.route import Address
from amends.portal.standing import Standing, standing
from amends.portal.visit import Page, Visit
from amends.store import cases, claims
from amends.store.cases import CaseFilter
from amends.store.written import decode_case

PAGE = 25
FIRST = {"must": 0, "may": 1, "wait": 2, "over": 3}


async def listed(visit: Visit) -> Page:
    """My cases."""
    page = await cases.list_cases(
        visit.hinge.db, visit.marketplace, CaseFilter(buyer_id=visit.actor.id), limit=PAGE,
        after=visit.query.get("after") or None,
    )  # fmt: skip
    found = [look(visit, decode_case(row.state), visit.now) for row in page.rows]
    stands: dict[str, Standing] = {one.case.id: standing(one.shown, "buyer", visit.gettext) for one in found}
    begun = await claims.of_buyer(visit.hinge.db, visit.marketplace, visit.actor.id)
    found.sort(key=lambda one: FIRST[stands[one.case.id].turn])
    return visit.page(
        "buyer/cases.html",
        found=found,
        stands=stands,
        after=page.next,
        begun=begun,
        urgent=[key for key, one in stands.items() if one.turn == "must"],
    )


ADDRESSES = (Address(method="GET", path="/my/cases", name="my_cases", does=listed, roles=frozenset({"buyer"})),)
