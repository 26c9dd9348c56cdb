"""The search: found among others, within its marketplace alone, forgotten with its file."""

from uuid import UUID

import pytest

from amends.media.likeness import hashes_of
from amends.store import marketplaces, pictures, vault
from amends.store.connect import Database
from benchmarks.picture_maker import CHANGES, picture
from tests.plugins_database import MARKETPLACE

pytestmark = pytest.mark.database
FOUND_OF_ALL = 0.97
SEEN = 12


def upload(number: int) -> str:
    return str(UUID(int=number))


async def kept(db: Database, number: int, hashes: tuple[str, ...], marketplace: str = MARKETPLACE) -> None:
    async with db.writing(marketplace) as connection:
        await vault.make_key(db, connection, marketplace, f"upload:{upload(number)}", "buyer")
    await pictures.add(db, marketplace, upload(number), hashes)


@pytest.fixture(scope="module")
def originals() -> list[tuple[str, ...]]:
    return [hashes_of(picture(number)) for number in range(SEEN)]


@pytest.fixture
async def stocked(database: Database, originals: list[tuple[str, ...]]) -> Database:
    for number, hashes in enumerate(originals):
        await kept(database, number, hashes)
    return database


async def test_what_was_done_to_a_picture_hardly_ever_hides_it(stocked: Database):
    found = asked = 0
    for number in range(SEEN):
        for change in CHANGES.values():
            near = await pictures.near(stocked, MARKETPLACE, hashes_of(change(picture(number), number)))
            assert {each.upload_id for each in near} <= {upload(number)}, "another picture is no lead"
            found, asked = found + bool(near), asked + 1
    assert found >= FOUND_OF_ALL * asked


async def test_the_nearest_comes_first(stocked: Database, originals: list[tuple[str, ...]]):
    cut = CHANGES["12 % cut off every side"]
    await kept(stocked, 99, hashes_of(cut(picture(3), 3)))
    near = await pictures.near(stocked, MARKETPLACE, originals[3])
    assert [each.upload_id for each in near] == [upload(3), upload(99)]
    assert near[0].distance == 0 < near[1].distance
    assert await pictures.near(stocked, MARKETPLACE, originals[3], 1) == near[:1]


async def test_another_marketplace_is_never_searched(stocked: Database, originals: list[tuple[str, ...]]):
    await marketplaces.ensure(stocked, "m2")
    assert await pictures.near(stocked, "m2", originals[0]) == []
    await kept(stocked, 50, originals[0], "m2")
    assert [each.upload_id for each in await pictures.near(stocked, MARKETPLACE, originals[0])] == [upload(0)]


async def test_kept_twice_is_kept_once(stocked: Database, originals: list[tuple[str, ...]]):
    await pictures.add(stocked, MARKETPLACE, upload(0), originals[1])
    assert await pictures.of_uploads(stocked, MARKETPLACE, [upload(0)]) == {upload(0): originals[0]}


async def test_forgotten_is_gone(stocked: Database, originals: list[tuple[str, ...]]):
    async with stocked.writing(MARKETPLACE) as connection:
        await pictures.forget(connection, MARKETPLACE, [upload(0), upload(77)])
        left = await connection.fetchval("SELECT count(*) FROM picture_key WHERE upload_id = $1", upload(0))
    assert left == 0
    assert await pictures.near(stocked, MARKETPLACE, originals[0]) == []
    assert await pictures.of_uploads(stocked, MARKETPLACE, [upload(0)]) == {}


async def test_a_file_erased_while_it_was_looked_at_gets_no_fingerprints(
    database: Database, originals: list[tuple[str, ...]]
):
    await pictures.add(database, MARKETPLACE, upload(0), originals[0])
    assert await pictures.near(database, MARKETPLACE, originals[0]) == []


async def test_a_picture_without_detail_is_nothing_to_keep_or_seek(database: Database):
    await kept(database, 1, ())
    assert await pictures.near(database, MARKETPLACE, ()) == []


async def test_the_search_looks_keys_up_and_reads_no_table_whole(stocked: Database, originals: list[tuple[str, ...]]):
    ways, keys = [0] * 40, list(range(40))
    async with stocked.reading(MARKETPLACE) as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        rows = await connection.fetch(f"EXPLAIN {pictures.SQL['near']}", MARKETPLACE, ways, keys, 60)
    plan = "\n".join(row[0] for row in rows)
    assert "picture_key_pkey" in plan
    assert "Index Cond: ((marketplace_id" in plan.replace('"', "")
    assert "Seq Scan" not in plan
