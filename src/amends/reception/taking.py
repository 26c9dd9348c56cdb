"""What every file passes on its way in, however it was sent: room, length, digest, kind, then the store and the cases.

A file whose bytes are not what its ticket says, or not of a kind that is taken, is refused before anything of it is
kept. The answer to its sender is given after the commit, never before.
"""

import asyncio
from collections.abc import AsyncIterable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import structlog

from amends.handle import Hinge, now_of
from amends.law.actors import Actor
from amends.media.kinds import HEAD_BYTES, TAIL_BYTES, Kind, expected_kind, kind_of
from amends.media.names import shown_name
from amends.media.refusals import RefusedFile
from amends.reception.refusing import not_taken, plainly, refused_kind, too_large
from amends.settings import Settings
from amends.store import quarantine, uploads
from amends.store.rows import UploadRow
from amends.store.uploads import Quota
from amends.sweep import tell_arrivals

log = structlog.get_logger("amends.reception")


class Sender(msgspec.Struct, frozen=True):
    """Who sends files, and to which house. `key`: the Idempotency-Key of the request, if it has one."""

    hinge: Hinge
    settings: Settings
    marketplace: str
    actor: Actor
    key: str | None = None

    @property
    def quota(self) -> Quota:
        """What one party may send in a day here."""
        return Quota(self.settings.upload_files_a_day, self.settings.upload_bytes_a_day)

    @property
    def limit_bytes(self) -> int:
        """How long a file may be."""
        return self.settings.max_upload_bytes


async def new_ticket(
    sender: Sender, name: str, size_bytes: int, declared: str | None, sha256: str, metadata: str = ""
) -> UploadRow:
    """Keeps a promise of a file: the instant of its receipt is now. Raises NotTaken."""
    if size_bytes > sender.limit_bytes:
        raise too_large(sender.limit_bytes)
    kind, now = _taken(expected_kind(name, declared)), await now_of(sender.hinge, sender.marketplace)
    actor = sender.actor
    ticket = UploadRow(
        upload_id=uploads.new_id("ticket", sender.marketplace, actor.role, actor.id, sender.key),
        owner_role=actor.role,
        owner_id=actor.id,
        sha256=sha256,
        size_bytes=size_bytes,
        media_type=kind.media_type,
        name=shown_name(name),
        ticket_at=now,
        expires_at=now + timedelta(hours=sender.settings.ticket_hours),
        metadata=metadata,
    )
    with plainly(sender.marketplace, sender.limit_bytes):
        return await uploads.promise(sender.hinge.db, sender.marketplace, ticket, sender.quota)


async def own_ticket(sender: Sender, upload_id: str) -> UploadRow:
    """The sender's own ticket or file. NotTaken `not_found`, and `ticket_expired` once its time is over."""
    try:
        known = str(UUID(upload_id))
    except ValueError:
        raise not_taken("not_found") from None
    row = await uploads.get(sender.hinge.db, sender.marketplace, known)
    if row is None or (row.owner_role, row.owner_id) != (sender.actor.role, sender.actor.id):
        raise not_taken("not_found")
    awaited = row.received_at is None and row.expires_at is not None
    if awaited and deadline_of(row) <= await now_of(sender.hinge, sender.marketplace):
        raise not_taken("ticket_expired")
    return row


async def whole(sender: Sender, name: str, declared: str | None, chunks: AsyncIterable[bytes]) -> UploadRow:
    """Takes a whole file without a ticket: received now. Raises NotTaken, and whatever the chunks raise."""
    with plainly(sender.marketplace, sender.limit_bytes), quarantine.fresh(sender.hinge.db.quarantine) as path:
        incoming = await written(path, chunks, sender.limit_bytes)
        return await keep(sender, path, name, declared, incoming)


async def promised(sender: Sender, ticket: UploadRow, chunks: AsyncIterable[bytes]) -> UploadRow:
    """Takes the bytes of a ticket, all at once. Raises NotTaken, and whatever the chunks raise."""
    with plainly(sender.marketplace, ticket.size_bytes), quarantine.fresh(sender.hinge.db.quarantine) as path:
        incoming = await written(path, chunks, ticket.size_bytes)
        return await arrived(sender, ticket, path, incoming.size_bytes, incoming.digest.hexdigest())


async def written(path: Path, chunks: AsyncIterable[bytes], limit_bytes: int) -> quarantine.Incoming:
    """Writes a new file into quarantine, counted and hashed."""
    with quarantine.create(path) as file:
        incoming = quarantine.Incoming(file, limit_bytes)
        await incoming.take(chunks)
    return incoming


async def keep(sender: Sender, path: Path, name: str, declared: str | None, incoming: quarantine.Incoming) -> UploadRow:
    """Keeps the whole file at `path`; the same file under the same key is the one there is."""
    kind, actor = await _kind(path, name, declared), sender.actor
    row = UploadRow(
        upload_id=uploads.new_id("file", sender.marketplace, actor.role, actor.id, sender.key),
        owner_role=actor.role,
        owner_id=actor.id,
        sha256=incoming.digest.hexdigest(),
        size_bytes=incoming.size_bytes,
        media_type=kind.media_type,
        name=shown_name(name),
        ticket_at=await now_of(sender.hinge, sender.marketplace),
    )
    db = sender.hinge.db
    if sender.key is not None and (before := await uploads.get(db, sender.marketplace, row.upload_id)):
        return uploads.same(before, row)
    return await uploads.keep(db, sender.marketplace, path, row, sender.quota)


async def arrived(sender: Sender, row: UploadRow, path: Path, size_bytes: int, sha256: str) -> UploadRow:
    """The bytes a ticket waited for: checked against it, stored, and told to the cases that wait.

    The same bytes once more are the file there is. NotTaken where they are not what was announced.
    """
    if (size_bytes, sha256) != (row.size_bytes, row.sha256):
        raise not_taken("not_as_declared", size=row.size_bytes, sha256=row.sha256, sent=size_bytes, found=sha256)
    if row.received_at is not None:
        return row
    kind = await _kind(path, row.name, row.media_type)
    at = await now_of(sender.hinge, sender.marketplace)
    kept = await uploads.arrive(sender.hinge.db, sender.marketplace, path, row, kind.media_type, at)
    await _tell(sender, kept)
    return kept


def deadline_of(row: UploadRow) -> datetime:
    """Until when a ticket's bytes are awaited."""
    assert row.expires_at is not None, "a ticket expires"
    return row.expires_at


async def _tell(sender: Sender, row: UploadRow) -> None:
    """Tell the cases; what fails here the worker does again, since the file itself is safe by now."""
    try:
        await tell_arrivals(sender.hinge, sender.marketplace, row.upload_id)
    except Exception as trouble:
        log.warning("arrival_not_told", upload=row.upload_id, error=str(trouble))


async def _kind(path: Path, name: str, declared: str | None) -> Kind:
    """The kind of a whole file by its bytes, its name and its declared type. NotTaken where they disagree."""
    head, tail = await asyncio.to_thread(quarantine.ends_of, path, HEAD_BYTES, TAIL_BYTES)
    return _taken(kind_of(head, tail, name, declared))


def _taken(found: Kind | RefusedFile) -> Kind:
    if isinstance(found, RefusedFile):
        raise refused_kind(found)
    return found
