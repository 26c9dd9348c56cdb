"""What can still be done about each line of an order, for whoever may read the order: the law asked line by line."""

from datetime import datetime

import msgspec

from amends.handle import Hinge, case_id_of, policy_of
from amends.law.actors import Actor
from amends.law.case import Case, initial
from amends.law.eligibility import Eligibility, eligibility
from amends.law.facts import Line, Order, order_line
from amends.law.policy import Policy
from amends.law.rule import Moment
from amends.store import cases, orders
from amends.store.cases import CaseFilter
from amends.store.written import decode_case

MOST_LINES = 500
_decode = msgspec.json.Decoder(Order).decode


class LineNow(msgspec.Struct, frozen=True):
    """A line, its case (as it would open, where there is none: `opened` False), and what its buyer may still do."""

    line: Line
    case: Case
    opened: bool
    policy: Policy
    found: Eligibility
    moment: Moment


async def readable(hinge: Hinge, marketplace: str, actor: Actor, order_id: str) -> Order | None:
    """The order, if it exists for the actor: staff read all, a buyer and a seller their own."""
    row = await orders.get(hinge.db, marketplace, order_id)
    order = None if row is None else _decode(row.facts)
    if order is None or (actor.role == "buyer" and actor.id != order.buyer.id):
        return None
    return None if actor.role == "seller" and actor.id != order.seller.id else order


async def lines_now(hinge: Hinge, marketplace: str, order_id: str, order: Order, at: datetime) -> list[LineNow] | None:
    """Every line as it stands at an instant; None where no policy is in force for one that has no case yet."""
    page = await cases.list_cases(hinge.db, marketplace, CaseFilter(order_id=order_id), limit=MOST_LINES)
    known = {row.projection.line_id: decode_case(row.state) for row in page.rows}
    found: list[LineNow] = []
    for line in order.lines:
        case, opened = known.get(line.id), line.id in known
        if case is None:
            facts, policy = order_line(order_id, order, line.id), hinge.policy_for(order.market, at)
            if policy is None or facts is None:
                return None
            case_id = await case_id_of(hinge, marketplace, order_id, line.id)
            case = initial(case_id, facts, policy.pack.pack, policy.pack.edition)
        else:
            policy = policy_of(hinge, case)
        moment = Moment(case, Actor("buyer", order.buyer.id), at, policy)
        found.append(LineNow(line, case, opened, policy, eligibility(case, moment), moment))
    return found
