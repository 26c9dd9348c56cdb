"""Who complains in a simulation, of what and when: read off the real facts of imported orders.

Delivered after the promised date: delayed. Shipped and never delivered: lost. Review of one or two stars: a product
reason. The orders keep their facts; they are only moved by whole weeks, to when the policy is in force.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from amends.lab.order_rows import Built
from amends.lab.players import Dice
from amends.law import commands as k
from amends.law.facts import Line, Order

WEEK = timedelta(weeks=1)
COMPLAINS: dict[str, int] = {
    "delivered after the promised date": 80,
    "shipped and never delivered": 95,
    "a review of one star": 90,
    "a review of two stars": 75,
    "nothing wrong": 4,
}
"""Percent of such order lines whose buyer complains; of several that apply the first counts."""

PRODUCT_REASONS: dict[str, int] = {
    "defective": 34, "item_wrong": 40, "item_missing": 14, "damaged_in_transit": 12, "wrong_quantity": 6,
    "counterfeit": 8, "unsafe": 4, "allergy": 2,
}  # fmt: skip
WANTED: dict[str, int] = {"refund": 45, "refund_after_return": 30, "replacement": 15, "partial_refund": 10}
HIDDEN_PERCENT = 25


class Complaint(msgspec.Struct, frozen=True):
    """One order line whose buyer files a request at an instant."""

    order_id: str
    line_id: str
    at: datetime
    buyer_id: str
    command: k.FileRequest

    @property
    def line(self) -> str:
        """The line's name, from which its chances are drawn."""
        return f"{self.order_id}/{self.line_id}"


def moved(built: Sequence[Built], since: datetime) -> tuple[list[Built], int]:
    """The orders moved by whole weeks so that none was placed before `since`, and by how many weeks."""
    first = min((item.order.placed_at for item in built), default=since)
    weeks = max(0, -((first - since) // WEEK))
    return [_moved(item, weeks * WEEK) for item in built] if weeks else list(built), weeks


def _moved(built: Built, by: timedelta) -> Built:
    def later(values: dict[str, Any]) -> dict[str, Any]:
        return {name: value + by if isinstance(value, datetime) else value for name, value in values.items()}

    order: Order = built.order
    fulfilment = msgspec.structs.replace(order.fulfilment, **later(msgspec.structs.asdict(order.fulfilment)))
    order = msgspec.structs.replace(order, placed_at=order.placed_at + by, fulfilment=fulfilment)
    return Built(built.order_id, order, later(built.signals))


def complaints(built: Iterable[Built], seed: int) -> Iterator[Complaint]:
    """Every complaint the orders' facts give rise to."""
    for item in built:
        for line in item.order.lines:
            dice = Dice(seed, f"{item.order_id}/{line.id}")
            why, start = _grievance(item)
            if dice.among({"yes": COMPLAINS[why], "no": 100 - COMPLAINS[why]}, "complains") == "yes" and start:
                yield Complaint(item.order_id, line.id, dice.after(start, 1, 40, "filing"), item.order.buyer.id,
                                _request(item, line, why, dice))  # fmt: skip


def sample(found: Sequence[Complaint], cases: int | None, seed: int) -> list[Complaint]:
    """At most `cases` of the complaints, chosen by the seed, in the order they are made."""
    chosen = list(found) if cases is None or cases >= len(found) else random.Random(seed).sample(list(found), cases)
    return sorted(chosen, key=lambda complaint: (complaint.at, complaint.line))


def _grievance(built: Built) -> tuple[str, datetime | None]:
    """Why a buyer would complain, and from when."""
    order, travelled = built.order, built.order.fulfilment
    delivered, promised = travelled.delivered_at, travelled.promised_by
    shipped = travelled.shipped_at or travelled.last_tracking_at
    if delivered and promised and delivered > promised:
        return "delivered after the promised date", delivered
    if shipped and not delivered and order.status != "canceled":
        seen = travelled.last_tracking_at or shipped
        return "shipped and never delivered", max(seen, promised or seen)
    stars, reviewed = built.signals.get("review_score"), built.signals.get("reviewed_at")
    start = max(delivered, reviewed) if delivered and reviewed else delivered
    if stars in (1, 2):
        return ("a review of one star" if stars == 1 else "a review of two stars"), start
    return "nothing wrong", start


def _request(built: Built, line: Line, why: str, dice: Dice) -> k.FileRequest:
    reason = {"delivered after the promised date": "delivery_late", "shipped and never delivered": "not_received",
              "nothing wrong": "changed_mind"}.get(why) or dice.among(PRODUCT_REASONS, "reason")  # fmt: skip
    wanted = "refund" if reason in ("delivery_late", "not_received") else dice.among(WANTED, "wanted")
    if wanted == "partial_refund" and line.paid < 2:
        wanted = "refund"
    if reason == "item_missing":
        wanted = "resend_missing" if wanted == "replacement" else wanted
    hidden = reason in ("defective", "counterfeit", "unsafe", "allergy") and (
        dice.among({"yes": HIDDEN_PERCENT, "no": 100 - HIDDEN_PERCENT}, "hidden") == "yes"
    )
    return msgspec.convert(
        {
            "order_id": built.order_id, "line_id": line.id, "reason": reason, "wanted": wanted,
            "visibility": "hidden" if hidden else "visible", "statement": f"Of my order: {why}",
            "amount": line.paid // 2 if wanted == "partial_refund" else None,
        },
        k.FileRequest,
    )  # fmt: skip
