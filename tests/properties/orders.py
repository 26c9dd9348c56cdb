"""Orders of every kind a marketplace knows: shipped by anyone, in time or late, lost, gifts, several units."""

from datetime import timedelta
from random import Random
from typing import Any, get_args

from amends.law.facts import FulfilmentMode, Order, Trait
from amends.law.policy import Policy
from tests.law.stories import MONDAY, order


def any_order(rnd: Random, policy: Policy) -> Order:
    """An order placed some days before Monday; most are paid for, sent and delivered, some are not."""
    return order(policy, status=_status(rnd), buyer={"id": "alice", "verified": rnd.random() > 0.03},
                 line=_line(rnd), fulfilment=_fulfilment(rnd))  # fmt: skip


def _status(rnd: Random) -> str:
    return rnd.choice(["paid", "shipped", *["delivered"] * 8, "canceled" if rnd.random() < 0.2 else "delivered"])


def _line(rnd: Random) -> dict[str, Any]:
    quantity, unit_price = rnd.choice([1, 1, 2, 3]), rnd.choice([0, 1, 99, 4000, 4000, 250_000_00])
    discount = rnd.choice([0, 0, 7, quantity * unit_price])
    traits = [trait for trait in get_args(Trait) if rnd.random() < 0.1]
    return {"id": "1", "unit_price": unit_price, "quantity": quantity, "traits": traits, "tax": rnd.choice([0, 3, 331]),
            "shipping": rnd.choice([0, 599]), "discount": min(discount, quantity * unit_price)}  # fmt: skip


def _fulfilment(rnd: Random) -> dict[str, Any]:
    mode = rnd.choice(["ship_by_seller", *get_args(FulfilmentMode)])
    made: dict[str, Any] = {"mode": mode, "carrier": "charlie" if rnd.random() < 0.9 else None}
    if rnd.random() < 0.15:  # nothing has come yet
        return made | {"delivered_at": None, "promised_by": MONDAY + rnd.choice([-3, 1]) * timedelta(days=1)}
    return made | {"delivered_at": MONDAY - rnd.choice([1, 1, 30, 200]) * timedelta(hours=1)}
