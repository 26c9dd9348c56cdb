"""The facts of orders, as the marketplace last told them: raw JSON, replaced whole when they change."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import asyncpg

from amends.store.connect import Database
from amends.store.rows import OrderRow
from amends.store.statements import load

SQL = load("orders")
PAGE = 500


async def upsert(db: Database, marketplace: str, order_id: str, facts: bytes, at: datetime) -> bool:
    """Writes an order's facts; True when they are new or differ, byte for byte, from those stored."""
    return await upsert_many(db, marketplace, [(order_id, facts)], at) == 1


async def upsert_many(db: Database, marketplace: str, orders: Sequence[tuple[str, bytes]], at: datetime) -> int:
    """Writes many orders in one statement and returns how many changed; of an order given twice the last counts."""
    latest = dict(orders)
    async with db.writing(marketplace) as connection:
        changed = await connection.fetch(SQL["upsert"], marketplace, list(latest), list(latest.values()), at)
    return len(changed)


async def get(db: Database, marketplace: str, order_id: str) -> OrderRow | None:
    """The order, or None where this marketplace never told of it."""
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(SQL["get"], marketplace, order_id)
    return _order(row) if row else None


async def iterate(db: Database, marketplace: str, *, after: str = "") -> AsyncIterator[OrderRow]:
    """Every order by id, read in pages; `after` skips up to and including that id."""
    while True:
        async with db.reading(marketplace) as connection:
            rows = await connection.fetch(SQL["page"], marketplace, after, PAGE)
        for row in rows:
            yield _order(row)
        if len(rows) < PAGE:
            return
        after = rows[-1]["order_id"]


def _order(row: asyncpg.Record) -> OrderRow:
    return OrderRow(
        order_id=row["order_id"], facts=row["facts"], revision=row["revision"], updated_at=row["updated_at"]
    )
