"""The marketplaces of this server: their secret, and the clock of those that are sandboxes."""

import secrets
from datetime import datetime

import asyncpg

from amends.store.connect import Connection, Database
from amends.store.errors import readable_errors
from amends.store.rows import Marketplace
from amends.store.statements import load

SQL = load("marketplaces")
SECRET_BYTES = 32


async def ensure(db: Database, marketplace: str, *, sandbox: bool = False) -> Marketplace:
    """The marketplace of this id, made with a fresh secret if it is new.

    A sandbox may be made of an existing one; a sandbox never becomes a real one again.
    """
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["add"], marketplace, sandbox)
        await connection.execute(SQL["add_secret"], marketplace, secrets.token_bytes(SECRET_BYTES))
        if sandbox:
            await connection.execute(SQL["make_sandbox"], marketplace)
        [row] = await connection.fetch(SQL["get"], marketplace)
    return _marketplace(row)


async def get(db: Database, marketplace: str) -> Marketplace | None:
    """The marketplace, or None where this server has none of that id."""
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(SQL["get"], marketplace)
    return _marketplace(row) if row else None


async def has_cases(db: Database, marketplace: Marketplace) -> bool:
    """Whether anything was ever asked in it."""
    async with db.reading(marketplace.marketplace_id) as connection:
        return bool(await connection.fetchval(SQL["has_cases"], marketplace.marketplace_id))


async def all_ids(db: Database) -> list[str]:
    """Every marketplace's id: what a worker walks through, one context after the other."""
    with readable_errors():
        return [row["id"] for row in await db.pool.fetch(SQL["all_ids"])]


async def secret(db: Database, marketplace: str) -> bytes:
    """The root of its case ids and party tokens. Raises `LookupError` for an unknown marketplace."""
    async with db.reading(marketplace) as connection:
        value: bytes | None = await connection.fetchval(SQL["secret"], marketplace)
    if value is None:
        raise LookupError(f"there is no marketplace {marketplace}")
    return value


async def set_clock(db: Database, marketplace: str, at: datetime, *, connection: Connection | None = None) -> bool:
    """Makes the sandbox clock stand at `at`; False where time is real or would run backwards."""
    if connection is not None:
        return bool(await connection.fetchval(SQL["set_clock"], marketplace, at))
    async with db.writing(marketplace) as own:
        return bool(await own.fetchval(SQL["set_clock"], marketplace, at))


def _marketplace(row: asyncpg.Record) -> Marketplace:
    return Marketplace(marketplace_id=row["id"], sandbox=row["sandbox"], clock_at=row["clock_at"])
