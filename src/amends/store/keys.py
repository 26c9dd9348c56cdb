"""API keys: made here, shown once, stored only as a hash."""

import hashlib
import secrets
from datetime import datetime
from uuid import uuid4

import asyncpg

from amends.store.connect import Database
from amends.store.errors import readable_errors
from amends.store.rows import KeyRow
from amends.store.statements import load

SQL = load("keys")
PREFIX, SECRET_BYTES = "amends_", 32


async def create(db: Database, marketplace: str, *, role: str, name: str, at: datetime) -> tuple[KeyRow, str]:
    """A new key and its secret, which nobody can read again."""
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    return await adopt(db, marketplace, secret=secret, role=role, name=name, at=at), secret


async def adopt(db: Database, marketplace: str, *, secret: str, role: str, name: str, at: datetime) -> KeyRow:
    """Makes a secret chosen elsewhere a working key; the same secret again finds the same key.

    Raises `ValueError` when another marketplace uses that secret.
    """
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["add"], marketplace, uuid4(), _hash(secret), role, name, at)
        row = await connection.fetchrow(SQL["by_hash"], marketplace, _hash(secret))
    if row is None:
        raise ValueError("This secret is already a key of another marketplace: choose another one.")
    return _key(row)


async def find(db: Database, secret: str) -> KeyRow | None:
    """The key a caller presents, of whichever marketplace; None when unknown or revoked."""
    with readable_errors():
        row = await db.pool.fetchrow(SQL["find"], _hash(secret))
    return _key(row) if row else None


async def find_hashed(db: Database, hashed: bytes) -> KeyRow | None:
    """The key of this hash, for whoever kept the hash and not the secret; None when unknown or revoked."""
    with readable_errors():
        row = await db.pool.fetchrow(SQL["find"], hashed)
    return _key(row) if row else None


async def revoke(db: Database, marketplace: str, key_id: str, at: datetime) -> bool:
    """Ends a key; False when it is unknown or ended before."""
    async with db.writing(marketplace) as connection:
        return bool(await connection.fetchval(SQL["revoke"], marketplace, key_id, at))


async def list_keys(db: Database, marketplace: str) -> list[KeyRow]:
    """Every key of the marketplace, oldest first, the ended ones too."""
    async with db.reading(marketplace) as connection:
        return [_key(row) for row in await connection.fetch(SQL["list"], marketplace)]


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _key(row: asyncpg.Record) -> KeyRow:
    return KeyRow(
        key_id=str(row["key_id"]),
        marketplace_id=row["marketplace_id"],
        role=row["role"],
        name=row["name"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )
