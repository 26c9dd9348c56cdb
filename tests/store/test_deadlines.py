"""Deadlines as work: earliest first, each by one worker, a failing one put aside and still to be seen."""

import asyncio
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from amends.store import cases, deadlines, marketplaces
from amends.store.connect import Database
from amends.store.rows import Append
from tests.plugins_database import MARKETPLACE
from tests.store.samples import a_deadline, following, now, opening, plain

NOW = now()


def due(*minutes_ago: int, case_id: str | None = None) -> Append:
    rows = tuple(
        a_deadline(f"window.{number}", due_at=NOW - timedelta(minutes=minutes))
        for number, minutes in enumerate(minutes_ago, start=1)
    )
    return structs.replace(opening(case_id), deadlines=rows)


async def store(db: Database, *batches: Append) -> None:
    outcomes = await cases.append_events(db, MARKETPLACE, batches)
    assert {outcome.kind for outcome in outcomes} == {"appended"}


async def fire(db: Database, opened: dict[str, Append], limit: int = 200, cutoff: datetime = NOW) -> list[str]:
    """One sweep: every claimed deadline becomes `fired`."""
    async with deadlines.claim_due(db, MARKETPLACE, cutoff=cutoff, limit=limit) as claim:
        batches = []
        for row in claim.rows:
            last = opened[row.case_id]
            fired = a_deadline(row.deadline_id, due_at=row.due_at, state="fired")
            opened[row.case_id] = structs.replace(following(last), deadlines=(fired,))
            batches.append(opened[row.case_id])
        outcomes = await cases.append_events(db, MARKETPLACE, batches, connection=claim.connection)
    assert all(outcome.kind == "appended" for outcome in outcomes)
    return [row.case_id for row in claim.rows]


async def test_due_deadlines_come_earliest_first_and_one_of_a_case(database: Database):
    batches = [due(3), due(9, 8), due(5), due(0), due(-1)]
    await store(database, *batches)
    async with deadlines.claim_due(database, MARKETPLACE, cutoff=NOW) as claim:
        found = [(row.case_id, row.deadline_id) for row in claim.rows]
    assert found == [
        (batches[1].case_id, "window.1"),
        (batches[2].case_id, "window.1"),
        (batches[0].case_id, "window.1"),
        (batches[3].case_id, "window.1"),
    ]


async def test_equal_instants_are_ordered_by_case(database: Database):
    batches = [due(3) for _ in range(6)]
    await store(database, *batches)
    async with deadlines.claim_due(database, MARKETPLACE, cutoff=NOW) as claim:
        assert [row.case_id for row in claim.rows] == sorted(batch.case_id for batch in batches)


async def test_a_claim_carries_all_a_decision_needs(database: Database):
    batch = due(3)
    await store(database, batch)
    async with deadlines.claim_due(database, MARKETPLACE, cutoff=NOW) as claim:
        [row] = claim.rows
    assert (row.revision, row.state, row.last_hash, row.last_at) == (1, plain(batch), batch.events[-1].hash, batch.at)
    assert (row.kind, row.party, row.due_at, row.attempts) == ("window", "seller", NOW - timedelta(minutes=3), 0)


@pytest.mark.parametrize(("microseconds", "claimed"), [(-1, 0), (0, 1), (1, 1)])
async def test_the_cutoff_is_inclusive(database: Database, microseconds: int, claimed: int):
    await store(database, due(3))
    cutoff = NOW - timedelta(minutes=3) + timedelta(microseconds=microseconds)
    async with deadlines.claim_due(database, MARKETPLACE, cutoff=cutoff) as claim:
        assert len(claim.rows) == claimed


async def test_what_one_worker_holds_another_skips(database: Database):
    batches = [due(9), due(8), due(7), due(6)]
    await store(database, *batches)
    async with (
        deadlines.claim_due(database, MARKETPLACE, cutoff=NOW, limit=2) as one,
        deadlines.claim_due(database, MARKETPLACE, cutoff=NOW, limit=2) as other,
    ):
        assert [row.case_id for row in one.rows] == [batch.case_id for batch in batches[:2]]
        assert [row.case_id for row in other.rows] == [batch.case_id for batch in batches[2:]]


async def test_many_workers_fire_each_deadline_exactly_once_and_in_order(database: Database):
    opened = {batch.case_id: batch for batch in (due(9, 5) for _ in range(60))}
    await store(database, *opened.values())
    fired: list[str] = []

    async def work() -> None:
        while found := await fire(database, opened, limit=7):
            fired.extend(found)

    await asyncio.gather(*(work() for _ in range(4)))
    while found := await fire(database, opened):  # what the last worker skipped while others held it
        fired.extend(found)
    assert sorted(fired) == sorted([*opened, *opened])
    assert await deadlines.overdue(database, MARKETPLACE, NOW) == 0
    for case_id in opened:
        assert [row.state for row in await deadlines.of_case(database, MARKETPLACE, case_id)] == ["fired", "fired"]


async def test_a_claim_that_fails_leaves_everything_due(database: Database):
    opened = {batch.case_id: batch for batch in [due(9), due(8)]}
    await store(database, *opened.values())

    async def fail() -> None:
        async with deadlines.claim_due(database, MARKETPLACE, cutoff=NOW) as claim:
            batch = following(opened[claim.rows[0].case_id])
            await cases.append_events(database, MARKETPLACE, [batch], connection=claim.connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await deadlines.overdue(database, MARKETPLACE, NOW) == 2
    assert len(await fire(database, opened)) == 2


async def test_a_command_that_came_first_is_seen_by_the_claim(database: Database):
    """The lock is taken on a row that was newer than the claim's first snapshot; the second statement reads it."""
    batch = due(9)
    await store(database, batch)
    later = structs.replace(following(batch), deadlines=(a_deadline("window.1", due_at=NOW, state="ended"),))
    await store(database, later)
    async with deadlines.claim_due(database, MARKETPLACE, cutoff=NOW) as claim:
        assert claim.rows == []


async def test_a_command_waits_for_the_claim_and_then_meets_a_conflict(database: Database):
    batch = due(9)
    opened = {batch.case_id: batch}
    await store(database, batch)
    async with deadlines.claim_due(database, MARKETPLACE, cutoff=NOW) as claim:
        waiting = asyncio.create_task(cases.append_events(database, MARKETPLACE, [following(batch)]))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        fired = structs.replace(following(batch), deadlines=(a_deadline("window.1", due_at=NOW, state="fired"),))
        await cases.append_events(database, MARKETPLACE, [fired], connection=claim.connection)
    [outcome] = await waiting
    assert outcome.kind == "conflict"
    assert await fire(database, opened) == []


async def test_a_failing_deadline_waits_longer_each_time_and_then_stands_aside(database: Database):
    batch = due(9)
    opened = {batch.case_id: batch}
    await store(database, batch)
    arguments = (database, MARKETPLACE, batch.case_id, "window.1")
    for attempt in range(3):
        assert await deadlines.set_aside(*arguments, error="boom", at=NOW, give_up_after=4) == "retry"
        [row] = await deadlines.list_set_aside(database, MARKETPLACE)
        assert (row.state, row.attempts, row.last_error) == ("open", attempt + 1, "boom")
        assert row.not_before == NOW + timedelta(seconds=2**attempt)
        assert await deadlines.earliest_due(database, MARKETPLACE) == row.not_before
        assert await fire(database, opened) == []
    assert await deadlines.set_aside(*arguments, error="boom", at=NOW, give_up_after=4) == "set_aside"
    assert await deadlines.earliest_due(database, MARKETPLACE) is None
    assert await fire(database, opened, cutoff=NOW + timedelta(days=9)) == []
    assert [row.state for row in await deadlines.list_set_aside(database, MARKETPLACE)] == ["set_aside"]
    assert await deadlines.set_aside(*arguments, error="boom", at=NOW) == "gone"

    assert await deadlines.release(*arguments)
    assert not await deadlines.release(*arguments)
    assert await deadlines.list_set_aside(database, MARKETPLACE) == []
    assert await fire(database, opened) == [batch.case_id]


async def test_the_wait_after_failures_never_exceeds_an_hour(database: Database):
    batch = due(9)
    await store(database, batch)
    for _ in range(40):
        await deadlines.set_aside(
            database, MARKETPLACE, batch.case_id, "window.1", error="boom", at=NOW, give_up_after=99
        )
    [row] = await deadlines.list_set_aside(database, MARKETPLACE)
    assert row.not_before == NOW + timedelta(hours=1)


async def test_within_a_claim_one_is_set_aside_and_the_others_fire(database: Database):
    batches = sorted((due(9) for _ in range(3)), key=lambda batch: batch.case_id)
    await store(database, *batches)
    async with deadlines.claim_due(database, MARKETPLACE, cutoff=NOW) as claim:
        bad, *good = claim.rows
        await deadlines.set_aside(
            database, MARKETPLACE, bad.case_id, bad.deadline_id, error="boom", at=NOW, connection=claim.connection
        )
        fired = [
            structs.replace(following(batch), deadlines=(a_deadline("window.1", due_at=NOW, state="fired"),))
            for batch in batches[1:]
        ]
        await cases.append_events(database, MARKETPLACE, fired, connection=claim.connection)
    assert len(good) == 2
    assert [row.case_id for row in await deadlines.list_set_aside(database, MARKETPLACE)] == [bad.case_id]
    assert await deadlines.overdue(database, MARKETPLACE, NOW) == 1


async def test_a_deadline_the_law_touches_again_has_a_clean_slate(database: Database):
    batch = due(9)
    await store(database, batch)
    await deadlines.set_aside(database, MARKETPLACE, batch.case_id, "window.1", error="boom", at=NOW)
    extended = a_deadline("window.1", due_at=NOW + timedelta(days=1))
    await store(database, structs.replace(following(batch), deadlines=(extended,)))
    [row] = await deadlines.of_case(database, MARKETPLACE, batch.case_id)
    assert (row.state, row.attempts, row.last_error, row.not_before) == ("open", 0, None, None)
    assert await deadlines.earliest_due(database, MARKETPLACE) == NOW + timedelta(days=1)


async def test_the_earliest_is_over_open_ones_of_this_marketplace(database: Database):
    await marketplaces.ensure(database, "m2")
    assert await deadlines.earliest_due(database, MARKETPLACE) is None
    await store(database, due(3), due(5))
    await cases.append_events(database, "m2", [due(9)])
    assert await deadlines.earliest_due(database, MARKETPLACE) == NOW - timedelta(minutes=5)
    async with deadlines.claim_due(database, MARKETPLACE, cutoff=NOW) as claim:
        assert len(claim.rows) == 2
