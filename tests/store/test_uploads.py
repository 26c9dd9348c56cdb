"""Files: the bytes that came are the bytes that are kept, under the digest they have."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from amends.store import marketplaces, uploads
from amends.store.connect import Database
from amends.store.rows import UploadRow
from tests.plugins_database import MARKETPLACE
from tests.store.samples import new_id, now

NOW = now()


async def pieces(*parts: bytes, fails: bool = False) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if fails:
        raise ConnectionResetError("the sender went away")


async def keep(db: Database, *parts: bytes, fails: bool = False, limit_bytes: int = 20_000_000) -> UploadRow:
    return await uploads.store(
        db,
        MARKETPLACE,
        pieces(*parts, fails=fails),
        owner_role="buyer",
        owner_id="alice",
        media_type="image/jpeg",
        name="foto kaus.jpg",
        at=NOW,
        limit_bytes=limit_bytes,
    )


async def read(db: Database, marketplace: str, row: UploadRow) -> bytes:
    return b"".join([piece async for piece in uploads.stream(db, marketplace, row)])


def kept_files(db: Database) -> list[Path]:
    return sorted(path for path in db.files_dir.rglob("*") if path.is_file())


@pytest.mark.parametrize("parts", [(b"one", b"two"), (b"",), (), (b"x" * 6_000_000, b"y" * 6_000_001)])
async def test_what_came_is_what_is_kept(database: Database, parts: tuple[bytes, ...]):
    row = await keep(database, *parts)
    content = b"".join(parts)
    assert (row.sha256, row.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert await uploads.get(database, MARKETPLACE, row.upload_id) == row
    assert await read(database, MARKETPLACE, row) == content
    assert [path.name for path in kept_files(database)] == [row.sha256]


async def test_the_same_bytes_are_kept_once_under_two_ids(database: Database):
    one, two = await keep(database, b"same"), await keep(database, b"same")
    assert one.upload_id != two.upload_id
    assert len(kept_files(database)) == 1
    assert await read(database, MARKETPLACE, two) == b"same"


@pytest.mark.parametrize(("limit", "kept"), [(7, True), (6, False)])
async def test_a_byte_too_many_keeps_nothing(database: Database, limit: int, kept: bool):
    if kept:
        assert (await keep(database, b"1234", b"567", limit_bytes=limit)).size_bytes == 7
        return
    with pytest.raises(uploads.TooLarge, match="more than 6 bytes"):
        await keep(database, b"1234", b"567", limit_bytes=limit)
    assert kept_files(database) == []


async def test_a_sender_that_goes_away_leaves_nothing(database: Database):
    with pytest.raises(ConnectionResetError):
        await keep(database, b"x" * 6_000_000, fails=True)
    assert kept_files(database) == []


async def test_another_marketplace_has_no_such_file(database: Database):
    await marketplaces.ensure(database, "m2")
    row = await keep(database, b"private")
    assert await uploads.get(database, "m2", row.upload_id) is None
    with pytest.raises(FileNotFoundError):
        await read(database, "m2", row)
    assert await uploads.get(database, MARKETPLACE, new_id()) is None
