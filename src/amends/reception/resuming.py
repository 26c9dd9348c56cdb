"""Resumable uploads by the tus protocol 1.0, without its HTTP: creation, appending, taking back, and its headers.

Making one is taking a ticket: name, type and SHA-256 come as `Upload-Metadata` (filename, filetype, sha256). An offset
is told only once the disk has the bytes, and the last of them count only once the whole file is stored: whoever was
cut off asks for the offset and goes on from there. See https://tus.io/protocols/resumable-upload (1.0.x).
"""

import asyncio
import base64
import binascii
import hashlib
import re
from collections.abc import AsyncIterable, AsyncIterator
from email.utils import format_datetime
from typing import BinaryIO, NamedTuple

from amends.reception.refusing import NotTaken, not_taken, plainly
from amends.reception.taking import Sender, arrived, deadline_of, new_ticket, own_ticket
from amends.store import quarantine, uploads
from amends.store.rows import UploadRow

VERSION = "1.0.0"
OFFSET_MEDIA = "application/offset+octet-stream"
ALGORITHMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
LONGEST_METADATA = 4096
METADATA = re.compile(r"[^ ,\x00-\x20\x7f-\uffff]{1,100}( [A-Za-z0-9+/=]*)?")
DIGEST = re.compile(r"[0-9a-f]{64}")
BEGINS_AGAIN = ("unsupported_media_type", "not_as_declared")
"""A whole file refused for these starts again at nothing."""


class Vouched(NamedTuple):
    """The algorithm and digest of Upload-Checksum."""

    algorithm: str
    digest: bytes


def capabilities(limit_bytes: int) -> dict[str, str]:
    """What this server can do (tus: OPTIONS), as headers."""
    return {
        "tus-version": VERSION,
        "tus-extension": EXTENSIONS,
        "tus-max-size": str(limit_bytes),
        "tus-checksum-algorithm": ",".join(ALGORITHMS),
    }


async def create(sender: Sender, length: str | None, metadata: str) -> UploadRow:
    """Takes a ticket for a resumable upload by the headers Upload-Length and Upload-Metadata. Raises NotTaken."""
    size, named = number(length), pairs(metadata)
    if size is None:
        raise not_taken("no_length")
    if not size:
        raise not_taken("empty")
    if not DIGEST.fullmatch(sha256 := named.get("sha256", "").lower()):
        raise not_taken("no_digest")
    return await new_ticket(sender, named.get("filename", ""), size, named.get("filetype"), sha256, metadata)


async def append(
    sender: Sender, row: UploadRow, at: int, chunks: AsyncIterable[bytes], vouched: Vouched | None = None
) -> int:
    """Writes bytes from `at` on; where the upload stands afterwards. Raises NotTaken, and what the chunks raise."""
    db = sender.hinge.db
    if row.received_at is not None:
        return _nothing_more(row, at)
    limits = plainly(sender.marketplace, row.size_bytes)
    with limits, quarantine.held(db.quarantine, row.upload_id) as file:
        row = await own_ticket(sender, row.upload_id)  # as it is now that nobody else writes
        if row.received_at is not None:
            return _nothing_more(row, at)
        stands = _standing(row, file)
        if stands != row.offset_bytes:
            await uploads.advance(db, sender.marketplace, row.upload_id, stands)
        if at != stands:
            raise not_taken("offset_mismatch", stands=stands, at=at)
        reached = await _write(sender, row, file, at, chunks, vouched)
        if reached == row.size_bytes:
            await _complete(sender, row, file)
    return reached


async def take_back(sender: Sender, row: UploadRow) -> None:
    """Takes a ticket back and drops what was sent. Raises NotTaken."""
    if row.received_at is not None:
        raise not_taken("already_received")
    db = sender.hinge.db
    with plainly(sender.marketplace, row.size_bytes), quarantine.held(db.quarantine, row.upload_id):
        if not await uploads.withdraw(db, sender.marketplace, row.upload_id):
            raise not_taken("upload_in_use")
        quarantine.resumable(db.quarantine, row.upload_id).unlink(missing_ok=True)


def offset_of(row: UploadRow) -> int:
    """How many bytes are safely here."""
    return row.size_bytes if row.received_at is not None else row.offset_bytes


def expires(row: UploadRow) -> dict[str, str]:
    """The header that says until when bytes are awaited; nothing once the file is here."""
    if row.received_at is not None:
        return {}
    return {"upload-expires": format_datetime(deadline_of(row), usegmt=True)}


def told(row: UploadRow) -> dict[str, str]:
    """The headers of an answer to HEAD."""
    found = {"upload-offset": str(offset_of(row)), "upload-length": str(row.size_bytes), **expires(row)}
    return found | ({"upload-metadata": row.metadata} if row.metadata else {})


def number(text: str | None) -> int | None:
    """A header that counts bytes; None where it does not."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,15}", text) else None


def pairs(text: str) -> dict[str, str]:
    """The pairs of Upload-Metadata, decoded. Raises NotTaken."""
    found: dict[str, str] = {}
    parts = [pair.strip() for pair in text.split(",") if pair.strip()]
    try:
        if len(text) > LONGEST_METADATA or not all(METADATA.fullmatch(pair) for pair in parts):
            raise ValueError("pairs of a name and a base64 value, separated by commas")
        for name, _, value in (pair.partition(" ") for pair in parts):
            if name in found:
                raise ValueError(f"{name} stands there twice")
            found[name] = base64.b64decode(value, validate=True).decode("utf-8")
    except (ValueError, binascii.Error) as fault:
        raise not_taken("bad_metadata", why=fault) from None
    return found


def vouched_for(text: str | None) -> Vouched | None:
    """What Upload-Checksum says. Raises NotTaken."""
    if text is None:
        return None
    algorithm, _, value = text.partition(" ")
    try:
        if algorithm not in ALGORITHMS:
            raise ValueError(f"the algorithm is one of {', '.join(ALGORITHMS)}")
        return Vouched(algorithm, base64.b64decode(value, validate=True))
    except (ValueError, binascii.Error) as fault:
        raise not_taken("bad_checksum", why=fault) from None


async def _write(
    sender: Sender, row: UploadRow, file: BinaryIO, at: int, chunks: AsyncIterable[bytes], vouched: Vouched | None
) -> int:
    """Writes what comes and makes it durable; what was cut off stays, unless a checksum was to vouch for it."""
    incoming = quarantine.Incoming(file, row.size_bytes - at)
    digest = ALGORITHMS[vouched.algorithm]() if vouched else None
    try:
        await incoming.take(_digested(chunks, digest))
        if vouched and digest and digest.digest() != vouched.digest:
            file.truncate(at)
            raise not_taken("checksum_mismatch")
    except BaseException:
        if vouched is None and 0 < incoming.size_bytes < row.size_bytes - at:
            await _settle(sender, row, file, at + incoming.size_bytes)
        raise
    reached = at + incoming.size_bytes
    if at < reached < row.size_bytes:
        await _settle(sender, row, file, reached)
    return reached


async def _settle(sender: Sender, row: UploadRow, file: BinaryIO, reached: int) -> None:
    await asyncio.to_thread(quarantine.force, file)
    await uploads.advance(sender.hinge.db, sender.marketplace, row.upload_id, reached)


async def _complete(sender: Sender, row: UploadRow, file: BinaryIO) -> None:
    """All bytes are here: the file is checked as a whole and stored. One that is refused starts again at nothing."""
    path = quarantine.resumable(sender.hinge.db.quarantine, row.upload_id)
    try:
        sha256 = await asyncio.to_thread(quarantine.digest_of, path)
        await arrived(sender, row, path, row.size_bytes, sha256)
    except NotTaken as refused:
        if refused.code in BEGINS_AGAIN:
            await uploads.advance(sender.hinge.db, sender.marketplace, row.upload_id, 0)
            file.truncate(0)
        raise
    path.unlink(missing_ok=True)


def _standing(row: UploadRow, file: BinaryIO) -> int:
    """Where the upload stands: at the offset last told, if this disk has the bytes, otherwise at nothing.

    Bytes beyond were never acknowledged and are cut off.
    """
    length = file.seek(0, 2)
    stands = row.offset_bytes if length >= row.offset_bytes else 0
    file.truncate(stands)
    return stands


def _nothing_more(row: UploadRow, at: int) -> int:
    if at != row.size_bytes:
        raise not_taken("arrived_already", size=row.size_bytes, stands=row.size_bytes)
    return at


async def _digested(chunks: AsyncIterable[bytes], digest: "hashlib._Hash | None") -> AsyncIterator[bytes]:
    async for chunk in chunks:
        if digest is not None:
            digest.update(chunk)
        yield chunk
