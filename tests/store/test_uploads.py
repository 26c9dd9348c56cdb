"""Files: the bytes that came are the bytes that are kept; tickets keep their word; nothing lies in the clear."""

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from msgspec import structs

from amends.store import marketplaces, uploads, vault
from amends.store.connect import Database
from amends.store.files import blob_path
from amends.store.rows import UploadRow
from amends.store.uploads import Quota
from tests.plugins_database import MARKETPLACE
from tests.store.samples import new_id, now

NOW = now()
PLENTY = Quota(1000, 10**12)


def file_row(data: bytes, **changes: object) -> UploadRow:
    row = UploadRow(new_id(), "buyer", "alice", hashlib.sha256(data).hexdigest(), len(data), "image/jpeg",
                    "foto kaus.jpg", NOW)  # fmt: skip
    return structs.replace(row, **changes)


def ticket_row(data: bytes, **changes: object) -> UploadRow:
    return structs.replace(file_row(data), expires_at=NOW + timedelta(hours=1), **changes)


def written(db: Database, data: bytes) -> Path:
    path = db.data_dir / f"{uuid4()}.part"
    path.write_bytes(data)
    return path


async def keep(db: Database, data: bytes, **changes: object) -> UploadRow:
    return await uploads.keep(db, MARKETPLACE, written(db, data), file_row(data, **changes), PLENTY)


async def read(db: Database, row: UploadRow, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in uploads.plain(db, MARKETPLACE, row, start, end)])


async def stored(db: Database) -> list[str]:
    return sorted([found.path async for found in db.files.list("")])


def left_over(db: Database) -> list[Path]:
    return sorted(db.quarantine.iterdir()) if db.quarantine.exists() else []


@pytest.mark.parametrize("data", [b"onetwo", b"", b"x", b"x" * 65_536, b"x" * 65_537, b"y" * 6_000_001])
async def test_what_came_is_what_is_kept(database: Database, data: bytes):
    row = await keep(database, data)
    assert await uploads.get(database, MARKETPLACE, row.upload_id) == row
    assert await read(database, row) == data
    assert row.blob is not None
    assert await stored(database) == [blob_path(MARKETPLACE, row.blob)]
    assert left_over(database) == []


@pytest.mark.parametrize(("start", "end"), [(0, 1), (65_535, 65_537), (100_000, None), (3, 3)])
async def test_a_part_of_a_file_is_read_alone(database: Database, start: int, end: int | None):
    data = bytes(range(256)) * 600
    row = await keep(database, data)
    assert await read(database, row, start, end) == data[start:end]


async def test_what_lies_on_the_disk_is_named_by_its_digest_and_holds_nothing_in_the_clear(database: Database):
    data = b"the secret of the parcel " * 4000
    row = await keep(database, data)
    assert row.blob is not None
    sealed = await database.files.get_bytes(blob_path(MARKETPLACE, row.blob))
    assert hashlib.sha256(sealed).hexdigest() == row.blob
    assert b"secret" not in sealed
    async with database.reading(MARKETPLACE) as connection:
        words = await connection.fetchval("SELECT words FROM upload")
    assert b"kaus" not in words


async def test_the_same_bytes_twice_are_two_files_that_share_nothing(database: Database):
    one, two = await keep(database, b"same"), await keep(database, b"same")
    assert len({one.upload_id, two.upload_id, one.blob, two.blob}) == 4
    assert (await read(database, one), await read(database, two)) == (b"same", b"same")


async def test_the_same_file_under_the_same_id_is_kept_once(database: Database):
    upload_id = new_id()
    rows = await asyncio.gather(*(keep(database, b"same", upload_id=upload_id) for _ in range(8)))
    assert len({row.blob for row in rows}) == 1
    assert len(await stored(database)) == 1
    with pytest.raises(uploads.KeyReused):
        await keep(database, b"other", upload_id=upload_id)
    assert len(await stored(database)) == 1


async def test_a_ticket_waits_and_its_bytes_arrive_once(database: Database):
    data = b"promised" * 1000
    ticket = await uploads.promise(database, MARKETPLACE, ticket_row(data), PLENTY)
    waiting = await uploads.get(database, MARKETPLACE, ticket.upload_id)
    assert waiting == ticket
    assert (waiting.received_at, waiting.blob) == (None, None)
    later = NOW + timedelta(minutes=5)
    rows = await asyncio.gather(
        *(uploads.arrive(database, MARKETPLACE, written(database, data), ticket, "image/png", later) for _ in range(5))
    )
    assert {(row.ticket_at, row.received_at, row.media_type) for row in rows} == {(NOW, later, "image/png")}
    assert len(await stored(database)) == 1
    assert await read(database, rows[0]) == data


async def test_a_ticket_asked_for_twice_is_one_ticket(database: Database):
    ticket = ticket_row(b"1")
    first = await uploads.promise(database, MARKETPLACE, ticket, PLENTY)
    assert await uploads.promise(database, MARKETPLACE, ticket, PLENTY) == first
    with pytest.raises(uploads.KeyReused):
        await uploads.promise(database, MARKETPLACE, structs.replace(ticket, name="other.jpg"), PLENTY)


async def test_a_day_holds_so_many_files_and_bytes_and_no_more(database: Database):
    few, little = Quota(3, 10**9), Quota(100, 25)
    made = await asyncio.gather(
        *(uploads.promise(database, MARKETPLACE, ticket_row(b"1"), few) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(each, uploads.OverQuota) for each in made) == 3
    for owner, sizes, refused in (("bob", (10, 10), 6), ("carl", (25,), 1)):
        for size in sizes:
            await uploads.promise(database, MARKETPLACE, ticket_row(b"x" * size, owner_id=owner), little)
        with pytest.raises(uploads.OverQuota):
            await uploads.promise(database, MARKETPLACE, ticket_row(b"x" * refused, owner_id=owner), little)
    tomorrow = NOW + timedelta(days=1, seconds=1)
    assert await uploads.promise(database, MARKETPLACE, ticket_row(b"1", ticket_at=tomorrow), few)
    assert await uploads.spent(database, MARKETPLACE, "seller", "alice", NOW) == (0, 0)


async def test_what_is_over_the_days_quota_leaves_nothing_on_the_disk(database: Database):
    none = Quota(1, 10)
    for _ in range(3):
        with pytest.raises(uploads.OverQuota):
            await uploads.keep(database, MARKETPLACE, written(database, b"x" * 11), file_row(b"x" * 11), none)
    assert await stored(database) == []


async def test_tickets_past_their_time_go_and_files_stay(database: Database):
    kept = await keep(database, b"file")
    gone = await uploads.promise(database, MARKETPLACE, ticket_row(b"1"), PLENTY)
    later = NOW + timedelta(hours=1)
    assert await uploads.expire(database, MARKETPLACE, later - timedelta(seconds=1)) == []
    assert await uploads.expire(database, MARKETPLACE, later, dry_run=True) == [gone.upload_id]
    assert await uploads.expire(database, MARKETPLACE, later) == [gone.upload_id]
    assert await uploads.get(database, MARKETPLACE, gone.upload_id) is None
    assert await vault.keys_of(database, MARKETPLACE, f"upload:{gone.upload_id}") == {}
    assert await uploads.get(database, MARKETPLACE, kept.upload_id) == kept


async def test_what_has_arrived_can_be_neither_changed_nor_taken_back(database: Database):
    row = await keep(database, b"file")
    assert not await uploads.withdraw(database, MARKETPLACE, row.upload_id)
    for change in ("UPDATE upload SET received_at = now()", "UPDATE upload SET blob = sha256('x')",
                   "DELETE FROM upload", "UPDATE upload SET sha256 = blob",
                   "UPDATE upload SET ticket_at = now()"):  # fmt: skip
        with pytest.raises((asyncpg.CheckViolationError, asyncpg.InsufficientPrivilegeError)):
            async with database.writing(MARKETPLACE) as connection:
                await connection.execute(change)
    assert await uploads.get(database, MARKETPLACE, row.upload_id) == row


async def test_a_ticket_a_case_rests_on_stays_and_the_case_is_told_once(database: Database):
    ticket = await uploads.promise(database, MARKETPLACE, ticket_row(b"1"), PLENTY)
    case = new_id()
    await use(database, case, ticket.upload_id)
    assert not await uploads.withdraw(database, MARKETPLACE, ticket.upload_id)
    assert await uploads.expire(database, MARKETPLACE, NOW + timedelta(days=2)) == []
    assert await uploads.uses(database, MARKETPLACE, ticket.upload_id) == [(case, "e1")]
    assert await uploads.unnoted(database, MARKETPLACE) == []
    await uploads.arrive(database, MARKETPLACE, written(database, b"1"), ticket, "text/plain", NOW)
    told = uploads.Unnoted(ticket.upload_id, case)
    assert await uploads.unnoted(database, MARKETPLACE) == [told]
    assert await uploads.unnoted(database, MARKETPLACE, new_id()) == []
    await uploads.noted(database, MARKETPLACE, told, NOW)
    assert await uploads.unnoted(database, MARKETPLACE) == []


async def test_without_its_key_a_file_says_nothing_any_more(database: Database):
    row = await keep(database, b"private")
    async with database.writing(MARKETPLACE) as connection:
        paths = await uploads.forget(connection, MARKETPLACE, [row.upload_id])
        await vault.destroy(connection, MARKETPLACE, f"upload:{row.upload_id}")
    assert row.blob is not None
    assert paths == [blob_path(MARKETPLACE, row.blob)]
    seen = await uploads.get(database, MARKETPLACE, row.upload_id)
    assert seen is not None
    assert (seen.name, seen.blob, seen.sha256) == ("", None, row.sha256)
    with pytest.raises(uploads.Erased):
        await read(database, row)


async def test_a_changed_blob_is_never_given_out(database: Database):
    row = await keep(database, b"x" * 200_000)
    assert row.blob is not None
    path = database.data_dir / "files" / blob_path(MARKETPLACE, row.blob)
    sealed = bytearray(path.read_bytes())
    sealed[150_000] ^= 1
    path.write_bytes(sealed)
    with pytest.raises(Exception, match="not what was sealed"):
        await read(database, row)
    assert await read(database, row, 0, 100) == b"x" * 100


async def test_another_marketplace_has_no_such_file(database: Database):
    await marketplaces.ensure(database, "m2")
    row = await keep(database, b"private")
    assert await uploads.get(database, "m2", row.upload_id) is None
    with pytest.raises(uploads.Erased):
        await anext(uploads.plain(database, "m2", row))
    assert await uploads.get(database, MARKETPLACE, new_id()) is None


async def use(db: Database, case_id: str, upload_id: str) -> None:
    async with db.writing(MARKETPLACE) as connection:
        await connection.execute(
            "INSERT INTO upload_use (case_id, upload_id, evidence_id, marketplace_id) VALUES ($1, $2, 'e1', $3)",
            case_id, upload_id, MARKETPLACE,
        )  # fmt: skip
