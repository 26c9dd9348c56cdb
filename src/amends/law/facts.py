"""What the marketplace tells us of an order, and what a door knows of an upload: plain facts, gathered outside.

An order's facts are snapshotted into the case when it opens, so replaying a case needs no outside world.
Clauses: US-3, US-10, US-13, US-14 (valid orders of verified buyers), ID-8 (system data such as order details).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from amends.law.money import MAX_AMOUNT

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=8000)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=MAX_AMOUNT)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=MAX_AMOUNT)]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]

FulfilmentMode = Literal["ship_by_seller", "ship_by_platform", "fulfilled_by_platform"]
OrderStatus = Literal["created", "paid", "shipped", "delivered", "canceled", "unavailable", "invalid"]
Trait = Literal["customised", "perishable", "durable", "digital", "cosmetic", "final_sale"]
Locale = Literal["en", "id"]
FileState = Literal["awaited", "received", "clean", "refused", "missing"]
"""A file in a case: its bytes are still to come, are here, passed the check, failed it, or did not come in time."""


class Buyer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The buyer: `verified` is the marketplace's word that this is a real buyer of its own (US-13)."""

    id: Id
    verified: bool = True
    locale: Locale | None = None
    email: Short | None = None
    name: Short | None = None


class Seller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The seller, with the registered contact that decisions are sent to (US-50, ID-9)."""

    id: Id
    name: Short | None = None
    email: Short | None = None
    locale: Locale | None = None


class Fulfilment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How and when the goods travelled. Every instant is the marketplace's word; None means not known."""

    mode: FulfilmentMode = "ship_by_seller"
    carrier: Short | None = None
    tracking_number: Short | None = None
    promised_by: Instant | None = None
    shipped_at: Instant | None = None
    last_tracking_at: Instant | None = None
    delivered_at: Instant | None = None


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One order line: `unit_price` each; `tax`, `shipping`, `discount` for the whole line; all in minor units."""

    id: Id
    unit_price: Amount
    quantity: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    sku: Short | None = None
    title: Short | None = None
    tax: Amount = 0
    shipping: Amount = 0
    discount: Amount = 0
    traits: tuple[Trait, ...] = ()

    @property
    def paid(self) -> int:
        """What the buyer paid for the line, minor units."""
        return self.quantity * self.unit_price + self.tax + self.shipping - self.discount


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order as `PUT /v1/orders/{order_id}` takes it."""

    market: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2,8}$")]
    currency: Currency
    placed_at: Instant
    buyer: Buyer
    seller: Seller
    lines: Annotated[tuple[Line, ...], msgspec.Meta(min_length=1, max_length=500)]
    status: OrderStatus = "paid"
    fulfilment: Fulfilment = Fulfilment()


class OrderLine(msgspec.Struct, frozen=True):
    """One line of one order with everything of the order that the law asks about it."""

    order_id: str
    market: str
    currency: str
    placed_at: datetime
    status: OrderStatus
    buyer: Buyer
    seller: Seller
    fulfilment: Fulfilment
    line: Line


class Upload(msgspec.Struct, frozen=True):
    """A file somebody sends: `sha256` hex of its bytes, `size_bytes`, `media_type`, who sends it.

    Its ticket fixed the instant that counts, `ticket_at` (None: `received_at`); the bytes have `arrived` or are still
    to come, and the check may already have said what it thinks of them.
    """

    id: str
    sha256: str
    size_bytes: int
    media_type: str
    name: str
    received_at: datetime | None
    owner_role: str
    owner_id: str
    ticket_at: datetime | None = None
    arrived: bool = True
    checked: Literal["clean", "refused"] | None = None


class Known(msgspec.Struct, frozen=True):
    """What a door looked up for one command: the uploads it names, by id."""

    uploads: Mapping[str, Upload] = {}


NOTHING = Known()


def order_line(order_id: str, order: Order, line_id: str) -> OrderLine | None:
    """The named line with its order's facts, or None when the order has no such line."""
    for line in order.lines:
        if line.id == line_id:
            return OrderLine(order_id, order.market, order.currency, order.placed_at, order.status,
                             order.buyer, order.seller, order.fulfilment, line)  # fmt: skip
    return None


def faults(order: Order) -> list[str]:
    """What is wrong with an order beyond its shape, one sentence each; empty when it is sound."""
    ids = [line.id for line in order.lines]
    found = [f"line id {twin!r} is used twice" for twin in sorted({i for i in ids if ids.count(i) > 1})]
    for line in order.lines:
        if not 0 <= line.paid <= MAX_AMOUNT:
            found.append(f"line {line.id!r}: quantity x unit_price + tax + shipping - discount = {line.paid}; "
                         f"it must lie between 0 and {MAX_AMOUNT}")  # fmt: skip
    return found
