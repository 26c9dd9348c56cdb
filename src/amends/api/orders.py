"""Orders: the marketplace tells the facts, anyone concerned reads them and asks what can still be done about a line.

How new facts reach the open cases of an order is `amends/orders.py`.
"""

from datetime import datetime
from typing import Any

import msgspec

from amends.access.order_lines import LineNow, lines_now, readable
from amends.access.shapes import PersonView
from amends.answers import Contended
from amends.api.call import Answer, Call, answer
from amends.api.problems import busy, not_found, problem
from amends.api.route import Route
from amends.handle import now_of
from amends.law import facts
from amends.law.commands import Reason
from amends.law.facts import Fulfilment, Line, Order, OrderStatus
from amends.law.refusal import says
from amends.orders import ID_RULE, Told, is_order_id, open_cases, tell
from amends.proof.hashes import canonical
from amends.store import orders
from amends.store.rows import CaseRow

READERS = frozenset({"buyer", "seller", "adjudicator", "operator", "auditor"})


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """An order's facts; of the other side's contact data a party sees nothing."""

    order_id: str
    market: str
    currency: str
    placed_at: datetime
    status: OrderStatus
    buyer: PersonView
    seller: PersonView
    fulfilment: Fulfilment
    lines: tuple[Line, ...]
    told: tuple[Told, ...] | msgspec.UnsetType = msgspec.UNSET


class LineEligibility(msgspec.Struct, frozen=True, kw_only=True):
    """What can still be done about one line, or why not."""

    line_id: str
    case_id: str | None
    requestable: bool
    disputable: bool
    reasons: tuple[Reason, ...]
    closes_at: datetime | None
    disputes_left: int
    code: str | None
    clauses: tuple[str, ...]
    says: str | None


class OrderEligibility(msgspec.Struct, frozen=True):
    """Line by line, at `at`, under the policy in force."""

    order_id: str
    at: datetime
    lines: tuple[LineEligibility, ...]


async def put(call: Call) -> Answer:
    """Register an order or replace its facts; open cases of its lines are told what changed."""
    order: Order = call.body
    order_id = order_id_in(call)
    if wrong := facts.faults(order):
        raise problem("does_not_fit", "; ".join(wrong) + ".")
    db, at = call.hinge.db, await now_of(call.hinge, call.marketplace)
    before = await orders.get(db, call.marketplace, order_id)
    await orders.upsert(db, call.marketplace, order_id, canonical(order), at)
    rows = await open_cases(call.hinge, call.marketplace, order_id) if before else []
    told = [await _tell(call, row, order) for row in rows]
    seen = shown(call, order_id, order)
    seen = msgspec.structs.replace(seen, told=tuple(one for one in told if one is not None))
    return answer(seen, 200 if before else 201)


async def get(call: Call) -> Answer:
    """An order's facts."""
    order_id, order = await _readable(call)
    return answer(shown(call, order_id, order))


async def eligible(call: Call) -> Answer:
    """What can still be done about each line."""
    order_id, order = await _readable(call)
    at = await now_of(call.hinge, call.marketplace)
    found = await lines_now(call.hinge, call.marketplace, order_id, order, at)
    if found is None:
        raise problem("no_policy_in_force", f"No policy pack is in force for the market {order.market}.")
    return answer(OrderEligibility(order_id, at, tuple(_eligible(call, order, one) for one in found)))


def order_id_in(call: Call) -> str:
    """The order id of the path, if it can be one."""
    order_id = call.path["order_id"]
    if not is_order_id(order_id):
        raise problem("bad_path", f"{ID_RULE[0].upper()}{ID_RULE[1:]}.")
    return order_id


def shown(call: Call, order_id: str, order: Order) -> OrderView:
    """The order as the caller sees it."""
    staff = call.caller is not None and call.caller.is_staff
    buyer, seller, role = order.buyer, order.seller, call.actor.role
    return OrderView(
        order_id=order_id,
        market=order.market,
        currency=order.currency,
        placed_at=order.placed_at,
        status=order.status,
        buyer=_whole(buyer) if staff or role == "buyer" else PersonView(id=buyer.id),
        seller=_whole(seller) if staff or role == "seller" else PersonView(id=seller.id, name=seller.name),
        fulfilment=order.fulfilment,
        lines=order.lines,
    )


def _whole(who: facts.Buyer | facts.Seller) -> PersonView:
    fields: dict[str, Any] = {name: getattr(who, name) for name in who.__struct_fields__}
    return PersonView(**fields)


async def _readable(call: Call) -> tuple[str, Order]:
    """The order of the path, if it exists for the caller."""
    order_id = order_id_in(call)
    order = await readable(call.hinge, call.marketplace, call.actor, order_id)
    if order is None:
        raise not_found()
    return order_id, order


async def _tell(call: Call, row: CaseRow, order: Order) -> Told | None:
    told = await tell(call.hinge, call.marketplace, row, order, call.actor)
    if isinstance(told, Contended):
        raise busy()
    return told


def _eligible(call: Call, order: Order, now: LineNow) -> LineEligibility:
    found, refused = now.found, now.found.refused
    locale = call.locale or order.buyer.locale or now.policy.pack.locale
    return LineEligibility(
        line_id=now.line.id,
        case_id=now.case.id if now.opened else None,
        requestable=found.requestable,
        disputable=found.disputable,
        reasons=found.reasons,
        closes_at=found.closes_at,
        disputes_left=found.disputes_left,
        code=refused.code if refused else None,
        clauses=refused.clauses if refused else (),
        says=says(refused, locale) if refused else None,
    )


ROUTES = (
    Route(
        method="PUT", path="/v1/orders/{order_id}", name="put_order", tag="orders", does=put,
        summary="Register an order or replace its facts", roles=frozenset({"operator"}), body=Order,
        answer=OrderView, also=(201,),
    ),
    Route(
        method="GET", path="/v1/orders/{order_id}", name="get_order", tag="orders", does=get,
        summary="An order's facts", roles=READERS, answer=OrderView, also=(404,),
    ),
    Route(
        method="GET", path="/v1/orders/{order_id}/eligibility", name="order_eligibility", tag="orders", does=eligible,
        summary="What can still be done about each line, or why not", roles=READERS, answer=OrderEligibility,
        also=(404, 409),
    ),
)  # fmt: skip
