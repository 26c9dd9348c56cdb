"""New facts of an order reach its open cases as `update_facts`, through the hinge like everything else.

Whoever brings the facts, the API's `PUT` or an import, tells the same cases the same; telling again tells nothing.
"""

from typing import Any

import msgspec

from amends.answers import Accepted, Contended
from amends.handle import Hinge, handle
from amends.law.actors import Actor
from amends.law.commands import UpdateFacts
from amends.law.facts import Order, OrderLine, order_line
from amends.law.refusal import Refused
from amends.store import cases
from amends.store.cases import CaseFilter
from amends.store.rows import CaseRow
from amends.store.written import decode_case

TELLS = ("delivered_at", "shipped_at", "last_tracking_at", "promised_by")
"""Facts of an order that an open case follows."""
SOURCE = "order"
LONGEST_ID = 128
ID_RULE = "an order id has 1 to 128 printable ASCII characters, no space and no slash"
MOST_CASES = 500
"""An order has at most so many lines, and each line one case."""


class Told(msgspec.Struct, frozen=True):
    """An open case the facts were told to: `updated`, or refused by the law with its code."""

    case_id: str
    updated: bool
    code: str | None = None


def is_order_id(text: str) -> bool:
    """Whether an order may be called this: its id is a segment of a path."""
    return 1 <= len(text) <= LONGEST_ID and text.isascii() and text.isprintable() and not set(text) & {" ", "/"}


async def open_cases(hinge: Hinge, marketplace: str, order_id: str) -> list[CaseRow]:
    """The order's cases that are not closed."""
    page = await cases.list_cases(hinge.db, marketplace, CaseFilter(order_id=order_id), limit=MOST_CASES)
    return [row for row in page.rows if row.projection.stage != "closed"]


async def tell(hinge: Hinge, marketplace: str, row: CaseRow, order: Order, actor: Actor) -> Told | Contended | None:
    """Tell one open case what it does not know yet; None when it knows all."""
    case = decode_case(row.state)
    line = order_line(case.order.order_id, order, case.order.line.id)
    command = None if line is None else _news(case.order, line)
    if command is None:
        return None
    answered = await handle(hinge, marketplace, case.id, command, actor)
    if isinstance(answered, Contended):
        return answered
    if isinstance(answered, Accepted):
        return Told(case.id, True)
    return Told(case.id, False, answered.code if isinstance(answered, Refused) else None)


def _news(known: OrderLine, told: OrderLine) -> UpdateFacts | None:
    """The facts that differ; what the marketplace leaves out stays as the case knows it."""
    news: dict[str, Any] = {
        name: new
        for name in TELLS
        if (new := getattr(told.fulfilment, name)) is not None and new != getattr(known.fulfilment, name)
    }
    if told.line.traits != known.line.traits:
        news["traits"] = told.line.traits
    return UpdateFacts(source=SOURCE, **news) if news else None
