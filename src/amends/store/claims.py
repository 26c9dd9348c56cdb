"""Claims a buyer has begun and not sent: one for each order, which its buyer alone sees.

What a claim says is sealed under the order's key of its buyer, so erasing the buyer takes it. One that nobody touches
for thirty days is deleted by the next that is saved.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from amends.proof.seal import Unsealable, open_bytes, seal_bytes
from amends.store.connect import Database
from amends.store.statements import load
from amends.store.vault import keys_within, make_key

SQL = load("claims")
KEPT = timedelta(days=30)
SUBJECT = "buyer"


class Begun(Struct, frozen=True):
    """A claim that was begun for an order."""

    order_id: str
    saved_at: datetime


async def save(db: Database, marketplace: str, buyer_id: str, order_id: str, body: bytes, at: datetime) -> None:
    """Keep a claim in the place of the one before."""
    async with db.writing(marketplace) as connection:
        key = await make_key(db, connection, marketplace, f"order:{order_id}", SUBJECT)
        sealed = seal_bytes(key, body, _place(buyer_id, order_id))
        await connection.execute(SQL["tidy"], marketplace, at - KEPT)
        await connection.execute(SQL["save"], marketplace, buyer_id, order_id, sealed, at)


async def get(db: Database, marketplace: str, buyer_id: str, order_id: str) -> bytes | None:
    """What the buyer has begun to say about an order; None where nothing was, or it was erased."""
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(SQL["get"], marketplace, buyer_id, order_id)
        if row is None:
            return None
        keys = await keys_within(db.vault, connection, marketplace, f"order:{order_id}")
    try:
        return open_bytes(keys[SUBJECT], row["body"], _place(buyer_id, order_id))
    except (KeyError, Unsealable):
        return None


async def of_buyer(db: Database, marketplace: str, buyer_id: str) -> list[Begun]:
    """What the buyer has begun, youngest first, at most 50."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["of_buyer"], marketplace, buyer_id)
    return [Begun(row["order_id"], row["saved_at"]) for row in rows]


async def drop(db: Database, marketplace: str, buyer_id: str, order_id: str) -> None:
    """Throw a begun claim away: it was sent, or is not wanted any more."""
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["drop"], marketplace, buyer_id, order_id)


def _place(buyer_id: str, order_id: str) -> bytes:
    return "|".join(("claim", order_id, buyer_id)).encode()
