"""Lists: filters by equality, stable pages, the desk's order."""

from datetime import timedelta

import pytest
from msgspec import structs

from amends.store import cases, queue
from amends.store.cases import CaseFilter
from amends.store.connect import Database
from amends.store.errors import BadCursor
from amends.store.rows import Append, CaseRow
from tests.plugins_database import MARKETPLACE
from tests.store.samples import following, new_id, now, opened, opening, plain

NOW = now()


async def store(db: Database, *batches: Append) -> None:
    outcomes = await cases.append_events(db, MARKETPLACE, batches)
    assert {outcome.kind for outcome in outcomes} == {"appended"}


def ids(rows: list[CaseRow]) -> list[str]:
    return [row.case_id for row in rows]


async def pages(db: Database, filters: CaseFilter, limit: int) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = await cases.list_cases(db, MARKETPLACE, filters, limit=limit, after=after)
        found += ids(page.rows)
        after = page.next
        if after is None:
            return found


async def test_pages_run_from_the_newest_opened_to_the_oldest(database: Database):
    batches = [opening(opened_at=NOW - timedelta(days=days // 2)) for days in range(7)]
    await store(database, *batches)
    expected = sorted(batches, key=lambda batch: (batch.projection.opened_at, batch.case_id), reverse=True)
    for limit in (1, 2, 3, 7, 50):
        assert await pages(database, CaseFilter(), limit) == [batch.case_id for batch in expected]


async def test_with_updated_after_pages_run_forward_from_there(database: Database):
    batches = [opening(updated_at=NOW + timedelta(seconds=second)) for second in range(5)]
    await store(database, *batches)
    filters = CaseFilter(updated_after=NOW + timedelta(seconds=1))
    for limit in (1, 2, 50):
        assert await pages(database, filters, limit) == [batch.case_id for batch in batches[2:]]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("stage", "under_review"),
        ("reason", "counterfeit"),
        ("scenario", "counterfeit"),
        ("order_id", "O2"),
        ("claim_id", "C1"),
        ("buyer_id", "carol"),
        ("seller_id", "dave"),
        ("carrier_id", "UPS"),
        ("assigned_to", "Bima"),
    ],
)
async def test_a_filter_keeps_what_is_equal(database: Database, column: str, value: str):
    wanted = opening(**{column: value})
    await store(database, opening(), wanted, opening())
    page = await cases.list_cases(database, MARKETPLACE, CaseFilter(**{column: value}))
    assert ids(page.rows) == [wanted.case_id]
    assert page.rows[0].projection == wanted.projection
    assert page.rows[0].state == plain(wanted)


async def test_filters_are_combined(database: Database):
    closed = opening(stage="closed", closed_as="settled", buyer_id="carol")
    await store(database, closed, opening(stage="closed", closed_as="expired", buyer_id="carol"), opening())
    filters = CaseFilter(stage="closed", closed_as="settled", buyer_id="carol")
    assert await pages(database, filters, 10) == [closed.case_id]


async def test_due_before_is_exclusive_and_leaves_out_what_waits_for_nothing(database: Database):
    soon = opening(next_due_at=NOW)
    await store(database, soon, opening())
    assert await pages(database, CaseFilter(due_before=NOW), 10) == []
    assert await pages(database, CaseFilter(due_before=NOW + timedelta(microseconds=1)), 10) == [soon.case_id]


async def test_a_value_is_never_read_as_sql(database: Database):
    await store(database, opening())
    assert await pages(database, CaseFilter(stage="' OR true --"), 10) == []


async def test_a_cursor_of_another_list_is_refused(database: Database):
    await store(database, *(opening() for _ in range(3)))
    page = await cases.list_cases(database, MARKETPLACE, CaseFilter(), limit=1)
    for word in (page.next, "x", "", "b3BlbmVkHzEfMg"):
        with pytest.raises(BadCursor):
            await cases.list_cases(database, MARKETPLACE, CaseFilter(updated_after=NOW), after=word)


async def test_histories_walk_every_case_with_its_events(database: Database):
    batches = [opening(events=2) for _ in range(5)]
    await store(database, *batches)
    longer = following(batches[0])
    await store(database, longer)
    found = {history.case.case_id: history async for history in cases.histories(database, MARKETPLACE)}
    assert list(found) == sorted(batch.case_id for batch in batches)
    assert tuple(found[longer.case_id].events) == opened(batches[0]) + opened(longer)
    assert found[longer.case_id].case.revision == 3
    assert found[longer.case_id].case.last_hash == longer.events[-1].hash


async def test_the_desk_takes_the_most_urgent_that_nobody_holds(database: Database):
    def waiting(**columns: object) -> Append:
        return opening(new_id(), **({"stage": "under_review", "next_due_at": NOW} | columns))

    late = waiting(next_due_at=NOW + timedelta(hours=1))
    high = waiting(priority=5, next_due_at=NOW + timedelta(days=1))
    appeal = waiting(stage="under_appeal", next_due_at=NOW - timedelta(hours=1))
    open_end = waiting(next_due_at=None)
    expired = waiting(assigned_to="Bima", assigned_until=NOW, next_due_at=NOW - timedelta(minutes=1))
    held = waiting(assigned_to="Bima", assigned_until=NOW + timedelta(microseconds=1))
    await store(database, late, high, appeal, open_end, expired, held, opening())
    found = await queue.waiting(database, MARKETPLACE, at=NOW)
    assert ids(found) == [batch.case_id for batch in (high, appeal, expired, late, open_end)]
    assert ids(await queue.waiting(database, MARKETPLACE, at=NOW, limit=2)) == [high.case_id, appeal.case_id]


async def test_no_case_no_row(database: Database):
    assert await cases.get_case(database, MARKETPLACE, new_id()) is None
    assert await cases.events_of(database, MARKETPLACE, new_id()) == []
    assert [history async for history in cases.histories(database, MARKETPLACE)] == []
    assert structs.asdict(await cases.list_cases(database, MARKETPLACE, CaseFilter())) == {"rows": [], "next": None}
