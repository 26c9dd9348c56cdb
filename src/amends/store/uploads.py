"""Files of parties: tickets, rows, and the one way plain bytes become a stored file and come out again.

The order is the promise: bytes are checked, sealed under the upload's own key, durable under the SHA-256 of what was
sealed, and only then does the row commit. A row never points at nothing; a blob without a row, left by a crash in
between, is only wasted space until the scrub. What the sender calls the file is sealed with the same key.
"""

import asyncio
import hashlib
import hmac
import os
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple
from uuid import uuid4

import asyncpg
import msgspec
from msgspec import structs

from amends.proof.blob import decrypt_stream, encrypt_file, sealed_range
from amends.proof.hashes import canonical
from amends.proof.seal import open_bytes, seal_bytes
from amends.store import ids, quarantine
from amends.store.connect import Connection, Database
from amends.store.files import blob_path
from amends.store.rows import UploadRow
from amends.store.statements import load

SQL = load("uploads")
KEY_BYTES = 32
DAY = timedelta(days=1)
BLOB_KEY = b"amends blob key v1"


class KeyReused(ValueError):
    """The Idempotency-Key belongs to another file."""


class OverQuota(Exception):
    """The party has sent as much as it may in a day."""


class Erased(Exception):
    """The file's key was destroyed: its bytes can never be read again."""


class Quota(NamedTuple):
    """What one party may send within a day, tickets and files together."""

    files: int
    bytes: int


class Unnoted(NamedTuple):
    """A case that was never told that a file it waited for has arrived."""

    upload_id: str
    case_id: str


class _Words(msgspec.Struct, frozen=True):
    """What the sender calls the file: kept sealed."""

    name: str
    metadata: str = ""


def new_id(what: Literal["file", "ticket"], marketplace: str, owner_role: str, owner_id: str, key: str | None) -> str:
    """A new upload id; with an Idempotency-Key always the same one, so the table itself holds what the key was for."""
    if key is None:
        return str(uuid4())
    purpose = b"amends/upload/1" if what == "file" else b"amends/ticket/1"
    return ids.from_parts(purpose, marketplace, owner_role, owner_id, key)


def same(before: UploadRow, row: UploadRow) -> UploadRow:
    """The file there is under an id, if it is the one meant. Raises KeyReused."""
    if (before.sha256, before.size_bytes, before.name) != (row.sha256, row.size_bytes, row.name):
        raise KeyReused("This key was used for another file.")
    return before


async def promise(db: Database, marketplace: str, ticket: UploadRow, quota: Quota) -> UploadRow:
    """Keeps a ticket; the same ticket again is the one there is. Raises KeyReused and OverQuota."""
    key = os.urandom(KEY_BYTES)
    async with db.writing(marketplace) as connection:
        before = await _get_within(db, connection, marketplace, ticket.upload_id)
        if before is not None:
            return same(before, ticket)
        await _spend(connection, marketplace, ticket, quota)
        values = (*_facts(marketplace, ticket, key), ticket.ticket_at, ticket.expires_at)
        if await connection.fetchval(SQL["promise"], *values):
            await _keep_key(db, connection, marketplace, ticket, key)
            return ticket
        kept = await _get_within(db, connection, marketplace, ticket.upload_id)
    assert kept is not None, "it was just added, or stood there"
    return same(kept, ticket)


async def keep(db: Database, marketplace: str, plain: Path, row: UploadRow, quota: Quota) -> UploadRow:
    """Keeps the whole file at `plain` as `row` says, without a ticket before. Raises KeyReused and OverQuota.

    The same file under the same id is the one there is.
    """
    key = os.urandom(KEY_BYTES)
    blob = await _store(db, marketplace, plain, key, row)
    try:
        async with db.writing(marketplace) as connection:
            await _spend(connection, marketplace, row, quota)
            values = (*_facts(marketplace, row, key), row.ticket_at, bytes.fromhex(blob))
            if await connection.fetchval(SQL["add"], *values):
                await _keep_key(db, connection, marketplace, row, key)
                return structs.replace(row, blob=blob, received_at=row.ticket_at, offset_bytes=row.size_bytes)
            kept = await _get_within(db, connection, marketplace, row.upload_id)
    except OverQuota:  # a sender without any quota left must not fill the disk until the scrub comes
        await db.files.delete(blob_path(marketplace, blob))
        raise
    assert kept is not None, "it was just added, or stood there"
    if kept.blob != blob:  # sealed with a key that nobody kept
        await db.files.delete(blob_path(marketplace, blob))
    return same(kept, row)


async def arrive(
    db: Database, marketplace: str, plain: Path, row: UploadRow, media_type: str, at: datetime
) -> UploadRow:
    """Keeps the bytes a ticket promised; `plain` was found to be what it says. Who comes second finds it kept.

    Raises Erased when the ticket's key is gone.
    """
    async with db.reading(marketplace) as connection:
        key = await _key_within(db, connection, marketplace, row)
    blob = await _store(db, marketplace, plain, key, row)
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["arrive"], marketplace, row.upload_id, at, bytes.fromhex(blob), media_type)
        kept = await _get_within(db, connection, marketplace, row.upload_id)
    if kept is None:
        raise Erased(f"the ticket {row.upload_id} was withdrawn")
    return kept


async def advance(db: Database, marketplace: str, upload_id: str, offset_bytes: int) -> None:
    """So many bytes of a resumable upload are safely on disk."""
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["advance"], marketplace, upload_id, offset_bytes)


async def withdraw(db: Database, marketplace: str, upload_id: str) -> bool:
    """Takes a ticket back; False when its bytes have arrived or a case rests on it."""
    async with db.writing(marketplace) as connection:
        gone = bool(await connection.fetchval(SQL["withdraw"], marketplace, upload_id))
        if gone:
            await connection.execute(SQL["drop_keys"], marketplace, [_scope(upload_id)])
    return gone


async def expire(db: Database, marketplace: str, now: datetime, *, dry_run: bool = False) -> list[str]:
    """Removes tickets past their time that no case rests on; their ids."""
    async with db.writing(marketplace) as connection:
        rows = await connection.fetch(SQL["expired" if dry_run else "expire"], marketplace, now)
        gone = [str(row["upload_id"]) for row in rows]
        if gone and not dry_run:
            await connection.execute(SQL["drop_keys"], marketplace, [_scope(one) for one in gone])
    return gone


async def get(db: Database, marketplace: str, upload_id: str) -> UploadRow | None:
    """The file or ticket, or None where this marketplace has none such."""
    return (await get_many(db, marketplace, [upload_id])).get(upload_id)


async def get_many(db: Database, marketplace: str, upload_ids: Iterable[str]) -> dict[str, UploadRow]:
    """The files and tickets there are of these, by id."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["get"], marketplace, list(upload_ids))
    found = [_upload(db, marketplace, row) for row in rows]
    return {row.upload_id: row for row in found}


async def spent(db: Database, marketplace: str, owner_role: str, owner_id: str, at: datetime) -> Quota:
    """What a party has sent and announced within the day before `at`."""
    async with db.reading(marketplace) as connection:
        return await _spent(connection, marketplace, (owner_role, owner_id), at)


async def plain(
    db: Database, marketplace: str, row: UploadRow, start: int = 0, end: int | None = None
) -> AsyncIterator[bytes]:
    """The file's own bytes from `start` up to but not including `end`, piece by piece.

    Raises Erased, FileNotFoundError when the blob is gone, and `proof.blob.Unsealable` when it was changed.
    """
    async with db.reading(marketplace) as connection:
        key = await _key_within(db, connection, marketplace, row)
    if row.blob is None:
        raise FileNotFoundError(f"the bytes of upload {row.upload_id} are not here")
    first, last = sealed_range(row.size_bytes, start, end)
    sealed = db.files.get(blob_path(marketplace, row.blob), first, last)
    async for piece in decrypt_stream(blob_key(key, row.sha256), row.size_bytes, sealed, start, end):
        yield piece


async def plain_to(db: Database, marketplace: str, row: UploadRow, path: Path) -> None:
    """Writes the file's own bytes to `path`."""
    with path.open("wb") as file:
        async for piece in plain(db, marketplace, row):
            file.write(piece)


async def uses(db: Database, marketplace: str, upload_id: str) -> list[tuple[str, str]]:
    """The pieces of evidence a file stands in: case id and evidence id."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["uses"], marketplace, upload_id)
    return [(str(row["case_id"]), row["evidence_id"]) for row in rows]


async def unnoted(db: Database, marketplace: str, upload_id: str | None = None, limit: int = 100) -> list[Unnoted]:
    """Cases that were never told that a file has arrived: of one upload, or of any."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["unnoted"], marketplace, upload_id, limit)
    return [Unnoted(str(row["upload_id"]), str(row["case_id"])) for row in rows]


async def noted(db: Database, marketplace: str, told: Unnoted, at: datetime) -> None:
    """The case has been told, or had no need to be."""
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["noted"], marketplace, told.upload_id, told.case_id, at)


async def forget(connection: Connection, marketplace: str, upload_ids: list[str]) -> list[str]:
    """Takes the blobs of erased files from their rows; the paths to delete. The caller destroys the keys."""
    rows = await connection.fetch(SQL["forget_blobs"], marketplace, upload_ids)
    return [blob_path(marketplace, row["blob"].hex()) for row in rows]


def blob_key(key: bytes, sha256: str) -> bytes:
    """The key a blob is sealed with: of the upload's key and its bytes, so that no key ever seals two contents."""
    return hmac.digest(key, BLOB_KEY + bytes.fromhex(sha256), "sha256")


class _Hashing:
    """A file that hashes what is written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        quarantine.write_all(self._file, data)
        return len(data)


async def _store(db: Database, marketplace: str, plain: Path, key: bytes, row: UploadRow) -> str:
    """Seals and stores a file durably; the SHA-256 of what was stored."""
    with quarantine.fresh(db.quarantine) as sealed:
        digest = await asyncio.to_thread(_seal, plain, sealed, blob_key(key, row.sha256))
        await db.files.put(blob_path(marketplace, digest), sealed)
    return digest


def _seal(plain: Path, sealed: Path, key: bytes) -> str:
    with quarantine.room(), open(plain, "rb") as source, quarantine.create(sealed) as target:
        hashing = _Hashing(target)
        encrypt_file(key, source, hashing)  # type: ignore[arg-type]  # it only writes
    return hashing.digest.hexdigest()


async def _spend(connection: Connection, marketplace: str, row: UploadRow, quota: Quota) -> None:
    """Counts a file against its sender's day, one file of a sender after the other."""
    owner = (row.owner_role, row.owner_id)
    await connection.execute(SQL["one_at_a_time"], marketplace, *owner)
    already = await _spent(connection, marketplace, owner, row.ticket_at, but=row.upload_id)
    if already.files + 1 > quota.files or already.bytes + row.size_bytes > quota.bytes:
        raise OverQuota(f"{quota.files} files and {quota.bytes} bytes a day")


async def _spent(
    connection: Connection, marketplace: str, owner: tuple[str, str], at: datetime, but: str | None = None
) -> Quota:
    found = await connection.fetchrow(SQL["spent"], marketplace, *owner, at - DAY, but)
    assert found is not None, "it counts"
    return Quota(found["files"], found["bytes"])


def _facts(marketplace: str, row: UploadRow, key: bytes) -> tuple[object, ...]:
    """The values of a row that are there from the beginning."""
    words = canonical(_Words(row.name, row.metadata))
    sealed = seal_bytes(key, words, _place(row.upload_id))
    return (marketplace, row.upload_id, row.owner_role, row.owner_id, bytes.fromhex(row.sha256), row.size_bytes,
            row.media_type, sealed)  # fmt: skip


async def _keep_key(db: Database, connection: Connection, marketplace: str, row: UploadRow, key: bytes) -> None:
    wrapped = db.vault.wrap(key, marketplace, _scope(row.upload_id), row.owner_role)
    await connection.execute(SQL["add_key"], marketplace, row.upload_id, row.owner_role, wrapped)


async def _key_within(db: Database, connection: Connection, marketplace: str, row: UploadRow) -> bytes:
    found = await connection.fetchval(SQL["key"], marketplace, _scope(row.upload_id), row.owner_role)
    if found is None:
        raise Erased(f"the key of upload {row.upload_id} was destroyed")
    return db.vault.unwrap(found, marketplace, _scope(row.upload_id))


async def _get_within(db: Database, connection: Connection, marketplace: str, upload_id: str) -> UploadRow | None:
    row = await connection.fetchrow(SQL["get"], marketplace, [upload_id])
    return _upload(db, marketplace, row) if row else None


def _scope(upload_id: str) -> str:
    return f"upload:{upload_id}"


def _place(upload_id: str) -> bytes:
    return f"upload|{upload_id}".encode()


def _upload(db: Database, marketplace: str, row: asyncpg.Record) -> UploadRow:
    upload_id = str(row["upload_id"])
    words = _Words(row["name"] or "")
    if row["words"] is not None and row["wrapped"] is not None:
        key = db.vault.unwrap(row["wrapped"], marketplace, _scope(upload_id))
        words = msgspec.json.decode(open_bytes(key, row["words"], _place(upload_id)), type=_Words)
    return UploadRow(
        upload_id=upload_id,
        owner_role=row["owner_role"],
        owner_id=row["owner_id"],
        sha256=row["sha256"].hex(),
        size_bytes=row["size_bytes"],
        media_type=row["media_type"],
        name=words.name,
        ticket_at=row["ticket_at"],
        received_at=row["received_at"],
        blob=row["blob"].hex() if row["blob"] else None,
        expires_at=row["expires_at"],
        offset_bytes=row["offset_bytes"],
        metadata=words.metadata,
        erased=row["wrapped"] is None,
    )
