"""The feed shows every event once, in an order that never has to be corrected, while writers are at work."""

import asyncio

import pytest

from amends.store import cases, marketplaces
from amends.store.append import append_within
from amends.store.connect import Database
from amends.store.errors import BadCursor
from amends.store.rows import FeedRow
from tests.plugins_database import MARKETPLACE
from tests.store.samples import following, opening


async def whole(db: Database, after: str | None = None, limit: int = 100) -> list[FeedRow]:
    rows: list[FeedRow] = []
    while found := await cases.feed(db, MARKETPLACE, after=rows[-1].cursor if rows else after, limit=limit):
        rows += found
    return rows


def named(rows: list[FeedRow]) -> list[tuple[str, int]]:
    return [(row.case_id, row.event.seq) for row in rows]


async def test_an_event_waits_for_older_transactions_that_could_still_bring_one_before_it(database: Database):
    slow, quick = opening(), opening()
    async with database.writing(MARKETPLACE) as connection:
        await append_within(connection, MARKETPLACE, [slow], False)
        await cases.append_events(database, MARKETPLACE, [quick])
        assert await whole(database) == []  # quick has committed; slow, which is older, has not
    assert named(await whole(database)) == [(slow.case_id, 1), (quick.case_id, 1)]


async def test_a_transaction_that_fails_leaves_no_gap(database: Database):
    quick = opening()

    async def fail() -> None:
        async with database.writing(MARKETPLACE) as connection:
            await append_within(connection, MARKETPLACE, [opening()], False)
            await cases.append_events(database, MARKETPLACE, [quick])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert named(await whole(database)) == [(quick.case_id, 1)]


async def test_a_reader_among_writers_misses_nothing_and_sees_nothing_twice(database: Database):
    written: set[tuple[str, int]] = set()
    seen: list[tuple[str, int]] = []
    writing = True

    async def write() -> None:
        for _ in range(12):
            first = opening()
            second = following(first)
            await cases.append_events(database, MARKETPLACE, [first])
            async with database.writing(MARKETPLACE) as connection:
                await append_within(connection, MARKETPLACE, [second], False)
                await asyncio.sleep(0.002)
            written.update({(first.case_id, 1), (first.case_id, 2)})

    async def read() -> None:
        cursor = None
        while True:
            last_round = not writing
            rows = await cases.feed(database, MARKETPLACE, after=cursor, limit=7)
            seen.extend(named(rows))
            cursor = rows[-1].cursor if rows else cursor
            if last_round and not rows:
                return
            await asyncio.sleep(0)

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write() for _ in range(5)))
    writing = False
    await reader
    assert len(seen) == len(set(seen))
    assert set(seen) == written
    of_each = [seq for case_id in {case_id for case_id, _ in seen} for case, seq in seen if case == case_id]
    assert of_each == [1, 2] * 60


async def test_pages_join_without_overlap(database: Database):
    await cases.append_events(database, MARKETPLACE, [opening(events=3) for _ in range(5)])
    rows = await whole(database)
    assert len(rows) == 15
    assert await whole(database, limit=4) == rows
    assert await whole(database, after=rows[6].cursor) == rows[7:]


async def test_another_marketplace_has_its_own_feed(database: Database):
    await marketplaces.ensure(database, "m2")
    await cases.append_events(database, MARKETPLACE, [opening()])
    assert await cases.feed(database, "m2") == []


@pytest.mark.parametrize("word", ["x", "é", "Zm9v", "%%%", "ZmVlZB8xHzIfMw"])
async def test_a_made_up_cursor_is_refused(database: Database, word: str):
    with pytest.raises(BadCursor):
        await cases.feed(database, MARKETPLACE, after=word)
