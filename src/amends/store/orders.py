"""The facts of orders, as the marketplace last told them: raw JSON, replaced whole when they change.

Names, e-mail addresses and tracking numbers in them are sealed under keys of the order, one for its buyer and one for
its seller; the rest lies as it was told.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from amends.proof.seal import SUBJECTS, open_order, persons_in, seal_order
from amends.store.connect import Connection, Database
from amends.store.rows import OrderRow
from amends.store.statements import load
from amends.store.vault import Vault, make_keys

SQL = load("orders")
PAGE = 500


async def upsert(db: Database, marketplace: str, order_id: str, facts: bytes, at: datetime) -> bool:
    """Writes an order's facts; True when they are new or differ, byte for byte, from those stored."""
    return await upsert_many(db, marketplace, [(order_id, facts)], at) == 1


async def upsert_many(db: Database, marketplace: str, orders: Sequence[tuple[str, bytes]], at: datetime) -> int:
    """Writes many orders in one go and returns how many changed; of an order given twice the last counts."""
    latest = dict(orders)
    async with db.writing(marketplace) as connection:
        sealed = await _sealed(db.vault, connection, marketplace, latest)
        facts, persons = [each for each, _ in sealed], [each for _, each in sealed]
        changed = await connection.fetch(SQL["upsert"], marketplace, list(latest), facts, at, persons)
    return len(changed)


async def get(db: Database, marketplace: str, order_id: str) -> OrderRow | None:
    """The order, or None where this marketplace never told of it."""
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(SQL["get"], marketplace, order_id)
    return _order(db.vault, marketplace, row) if row else None


async def iterate(db: Database, marketplace: str, *, after: str = "") -> AsyncIterator[OrderRow]:
    """Every order by id, read in pages; `after` skips up to and including that id."""
    while True:
        async with db.reading(marketplace) as connection:
            rows = await connection.fetch(SQL["page"], marketplace, after, PAGE)
        for row in rows:
            yield _order(db.vault, marketplace, row)
        if len(rows) < PAGE:
            return
        after = rows[-1]["order_id"]


def with_persons(
    vault: Vault, marketplace: str, order_id: str, facts: bytes, persons: bytes | None, keys: Iterable[bytes]
) -> bytes:
    """Stored facts with their persons put back; null for whoever was erased."""
    if persons is None:
        return facts
    scope = _scope(order_id)
    opened = {SUBJECTS[each[0]]: vault.unwrap(each, marketplace, scope) for each in keys}
    return open_order(order_id, facts, persons, opened)


async def _sealed(
    vault: Vault, connection: Connection, marketplace: str, orders: dict[str, bytes]
) -> list[tuple[bytes, bytes | None]]:
    """Facts and persons as they are stored; an order that names nobody stays as it was told."""
    decoded: dict[str, Any] = {order_id: msgspec.json.decode(facts) for order_id, facts in orders.items()}
    named = {order_id: {subject for subject, _, _ in persons_in(facts)} for order_id, facts in decoded.items()}
    wanted = [(_scope(order_id), subject) for order_id, subjects in named.items() for subject in subjects]
    keys = await make_keys(vault, connection, marketplace, wanted) if wanted else {}
    sealed: list[tuple[bytes, bytes | None]] = []
    for order_id, facts in orders.items():
        own = {subject: keys[_scope(order_id), subject] for subject in named[order_id]}
        sealed.append(seal_order(order_id, decoded[order_id], own.__getitem__) if own else (facts, None))
    return sealed


def _order(vault: Vault, marketplace: str, row: asyncpg.Record) -> OrderRow:
    facts = with_persons(vault, marketplace, row["order_id"], row["facts"], row["persons"], row["keys"])
    return OrderRow(order_id=row["order_id"], facts=facts, revision=row["revision"], updated_at=row["updated_at"])


def _scope(order_id: str) -> str:
    return f"order:{order_id}"
