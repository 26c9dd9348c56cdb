"""The case every benchmark of the write path plays: one dispute from request to payment in nine commands.

Alice asks, Bob refuses, Alice disputes, both hand in their evidence, Dana claims and decides, the payment is confirmed.
Texts are as long as people write them. The orders are plain ones of the US pack, delivered the day before.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from amends.law.actors import Actor
from amends.law.commands import COMMANDS, Command
from amends.law.facts import Order
from amends.proof.hashes import canonical
from amends.store import orders
from amends.store.connect import Database

ALICE, BOB = Actor("buyer", "alice"), Actor("seller", "bob")
DANA, OLGA = Actor("adjudicator", "dana"), Actor("operator", "olga")
LINE = "1"
POLICY = "tiktok-shop-us@2025-11-11"
ORDERS_AT_ONCE = 1_000


class Step(NamedTuple):
    """One command of the story and who says it; `name` as in URLs, with underscores."""

    actor: Actor
    name: str
    body: dict[str, Any]


STEPS: tuple[Step, ...] = (
    Step(ALICE, "file_request", {
        "line_id": LINE, "reason": "defective", "visibility": "visible", "wanted": "refund",
        "statement": "It came yesterday. I charged it over night with the cable from the box, and it does not switch "
                     "on: no light, no sound. I tried a second charger this morning and nothing changed.",
        "evidence": [{"type": "photo_of_item", "text": "The device on the charger, the lamp stays dark."}]}),
    Step(BOB, "reject_request", {
        "statement": "Every device is switched on before it is packed, and this one was. Please hold the button for "
                     "ten seconds as the leaflet says. We cannot take it back for this.",
        "evidence": [{"type": "photo_of_packing", "text": "The packing table, the device lit, serial 5521."}]}),
    Step(ALICE, "open_dispute", {
        "statement": "I held the button for a minute. The seller does not answer any more. I want my money back.",
        "evidence": [{"type": "video_of_item", "text": "A minute with the button held, no reaction."}]}),
    Step(BOB, "submit_evidence", {
        "items": [{"type": "test_report", "text": "Test station 3, 14:02, current and lamp within limits."},
                  {"type": "shipping_label", "tracking": {"carrier": "charlie", "number": "TRK 4711 0815"}}],
        "last": True}),
    Step(ALICE, "submit_evidence", {
        "items": [{"type": "unpacking_video", "text": "Opening the parcel and first attempt to switch it on."}],
        "last": True}),
    Step(BOB, "decline_evidence", {"statement": "We have nothing to add."}),
    Step(DANA, "claim", {}),
    Step(DANA, "decide", {
        "findings": {"claim": "proved", "rebuttal": "insufficient", "fault": "seller", "returnable": False},
        "rationale": "The videos show the device failing from the first attempt, within the day of its delivery. The "
                     "test report names a station and an hour but no serial number, so it does not show that this "
                     "device worked when it left. The price is to be paid back.",
        "evidence": [{"id": "e1", "weight": "considered"}, {"id": "e3", "weight": "relied_on"},
                     {"id": "e4", "weight": "not_considered", "why": "It cannot be tied to this device."},
                     {"id": "e6", "weight": "relied_on"}]}),
    Step(OLGA, "confirm_payment", {"remedy_id": "r1", "reference": "PAY-2209-771"}),
)  # fmt: skip
"""The nine commands; `file_request` also needs its order's id."""


def order(delivered_at: datetime) -> bytes:
    """The facts of an order of one thing for 4000 from Bob, in their canonical JSON."""
    plain = {
        "market": "US", "currency": "USD", "placed_at": delivered_at - timedelta(days=5), "status": "delivered",
        "buyer": {"id": ALICE.id, "name": "Alice A."}, "seller": {"id": BOB.id, "name": "Bob's Electronics"},
        "fulfilment": {"mode": "ship_by_seller", "carrier": "charlie", "tracking_number": "TRK 4711 0815",
                       "shipped_at": delivered_at - timedelta(days=3), "delivered_at": delivered_at},
        "lines": [{"id": LINE, "sku": "LAMP-2", "title": "Reading lamp with battery", "unit_price": 4000}],
    }  # fmt: skip
    return canonical(msgspec.convert(plain, Order))


def order_id(number: int) -> str:
    """The id of the n-th order."""
    return f"O{number}"


async def stock(db: Database, marketplace: str, count: int, now: datetime, first: int = 1) -> None:
    """Register `count` orders, numbered from `first`, delivered the day before `now`."""
    facts = order(now - timedelta(days=1))
    numbers = range(first, first + count)
    for start in range(0, count, ORDERS_AT_ONCE):
        some = [(order_id(number), facts) for number in numbers[start : start + ORDERS_AT_ONCE]]
        await orders.upsert_many(db, marketplace, some, now)


def commands(order_id: str) -> Iterator[tuple[Actor, Command]]:
    """The story of one order line, each step as the command a door would decode."""
    for step in STEPS:
        body = {"order_id": order_id, **step.body} if step.name == "file_request" else step.body
        yield step.actor, msgspec.convert(body, COMMANDS[step.name])
