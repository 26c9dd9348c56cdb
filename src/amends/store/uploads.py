"""Files: their bytes in a folder under their SHA-256, their row in the database.

The bytes are safe on disk before the row exists, so a row never points at nothing. A file without a row, left by a
crash in between, is only wasted space. Nothing here looks into a file.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import obstore
from msgspec import structs
from obstore.store import LocalStore

from amends.store import ids
from amends.store.connect import Database
from amends.store.rows import UploadRow
from amends.store.statements import load

SQL = load("uploads")
READ_AT_ONCE_BYTES = 256 * 1024


class TooLarge(ValueError):
    """The file has more bytes than allowed; nothing of it was kept."""


class KeyReused(ValueError):
    """The key was used for a file of other bytes or another name."""


async def store(
    db: Database,
    marketplace: str,
    chunks: AsyncIterable[bytes],
    *,
    owner_role: str,
    owner_id: str,
    media_type: str,
    name: str,
    at: datetime,
    limit_bytes: int,
    key: str | None = None,
) -> UploadRow:
    """Keeps a file as it streams in and records it, received at `at`. The same file with the same `key` is kept once.

    Raises `TooLarge` above `limit_bytes`, and `KeyReused`.
    """
    incoming, upload_id = _Measured(chunks, limit_bytes), _id(marketplace, owner_role, owner_id, key)
    folder, arriving = _folder(db), f"{marketplace}/arriving/{uuid4()}"
    await obstore.put_async(folder, arriving, aiter(incoming))
    sha256 = incoming.digest.hexdigest()
    if key is not None and (before := await get(db, marketplace, upload_id)) is not None:
        await obstore.delete_async(folder, arriving)
        return _same(before, sha256, name)
    kept = _path(marketplace, sha256)
    await asyncio.to_thread(_make_durable, db.files_dir / arriving)
    await obstore.rename_async(folder, arriving, kept)
    await asyncio.to_thread(_make_durable, (db.files_dir / kept).parent)
    row = UploadRow(
        upload_id=upload_id,
        owner_role=owner_role,
        owner_id=owner_id,
        sha256=sha256,
        size_bytes=incoming.size_bytes,
        media_type=media_type,
        name=name,
        received_at=at,
    )
    values = structs.asdict(row) | {"sha256": incoming.digest.digest()}
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["add"], marketplace, *values.values())
        kept_row = await connection.fetchrow(SQL["get"], marketplace, upload_id)
    assert kept_row is not None, "it was just added, or stood there"
    return _same(_upload(kept_row), sha256, name)


async def get(db: Database, marketplace: str, upload_id: str) -> UploadRow | None:
    """The file's row, or None where this marketplace has no such file."""
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(SQL["get"], marketplace, upload_id)
    return _upload(row) if row else None


async def stream(db: Database, marketplace: str, row: UploadRow) -> AsyncIterator[bytes]:
    """The file's bytes, piece by piece."""
    found = await obstore.get_async(_folder(db), _path(marketplace, row.sha256))
    async for piece in found.stream(min_chunk_size=READ_AT_ONCE_BYTES):
        yield bytes(piece)


class _Measured:
    """Counts and hashes what passes through, and stops what is too large."""

    def __init__(self, chunks: AsyncIterable[bytes], limit_bytes: int) -> None:
        self.digest = hashlib.sha256()
        self.size_bytes = 0
        self._chunks = chunks
        self._limit_bytes = limit_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            self.size_bytes += len(chunk)
            if self.size_bytes > self._limit_bytes:
                raise TooLarge(f"The file has more than {self._limit_bytes} bytes.")
            self.digest.update(chunk)
            yield chunk


def _id(marketplace: str, owner_role: str, owner_id: str, key: str | None) -> str:
    """A new id; with a key always the same one, so that the table itself holds what was done with the key."""
    if key is None:
        return str(uuid4())
    return ids.from_parts(b"amends/upload/1", marketplace, owner_role, owner_id, key)


def _same(row: UploadRow, sha256: str, name: str) -> UploadRow:
    if (row.sha256, row.name) != (sha256, name):
        raise KeyReused("This key was used for another file.")
    return row


def _folder(db: Database) -> LocalStore:
    return LocalStore(prefix=db.files_dir, mkdir=True)


def _path(marketplace: str, sha256: str) -> str:
    return f"{marketplace}/{sha256[:2]}/{sha256}"


def _make_durable(path: Path) -> None:
    """Waits until the disk has the file's bytes, or the folder's entries."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _upload(row: asyncpg.Record) -> UploadRow:
    return UploadRow(
        upload_id=str(row["upload_id"]),
        owner_role=row["owner_role"],
        owner_id=row["owner_id"],
        sha256=row["sha256"].hex(),
        size_bytes=row["size_bytes"],
        media_type=row["media_type"],
        name=row["name"],
        received_at=row["received_at"],
    )
