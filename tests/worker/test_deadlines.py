"""The deadline engine at work: exactly once, in due order, through trouble, until told to stop."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from amends import handle
from amends.law import commands
from amends.store import cases, deadlines, marketplaces
from amends.store.connect import Database
from amends.store.errors import Busy
from amends.worker import deadlines as worker
from amends.worker.guard import ClockGuard
from tests.cast import BOB, MARKET, MONDAY, Clock, Stage, any_time_will_do, until
from tests.plugins_database import Server

pytestmark = pytest.mark.database
HOUR = timedelta(hours=1)
LATER = MONDAY + 72 * HOUR
"""When every request filed on Monday has been met with silence, and no payment is overdue yet."""


@pytest.fixture
async def stage(database: Database, database_server: Server) -> Stage:
    """Real time, except that it is whatever time the test says."""
    name = await database.pool.fetchval("SELECT current_database()")
    await any_time_will_do(database_server.url("admin", name))
    return Stage(database, Clock(MONDAY))


def guard_of(stage: Stage) -> ClockGuard:
    """A guard of clocks that agree."""

    async def agreed() -> datetime:
        return stage.hinge.clock()

    return ClockGuard(stage.hinge.clock, agreed, lambda: 0.0)


async def filed(stage: Stage, many: int) -> list[str]:
    """Requests of Monday that the seller leaves unanswered, filed a second apart."""
    ids = []
    for number in range(many):
        case_id = await stage.order(f"O{number}")
        await stage.file(case_id, f"O{number}", at=MONDAY + timedelta(seconds=number))
        ids.append(case_id)
    return ids


async def stages(stage: Stage) -> Counter[str]:
    rows = (await cases.list_cases(stage.db, stage.marketplace, cases.CaseFilter(), limit=100)).rows
    return Counter(row.projection.stage for row in rows)


def set_to(stage: Stage, at: datetime) -> ClockGuard:
    """It is now `at`, and the guard has known no other time."""
    assert isinstance(stage.hinge.clock, Clock)
    stage.hinge.clock.at = at
    return guard_of(stage)


async def test_several_workers_fire_everything_exactly_once(stage: Stage):
    ids = await filed(stage, 60)
    guard, stop = set_to(stage, LATER), asyncio.Event()
    running = asyncio.create_task(worker.run(stage.hinge, stop, workers=4, guard=guard, idle_seconds=0.05, limit=7))

    async def nothing_left() -> bool:
        return await deadlines.overdue(stage.db, MARKET, LATER - 2 * HOUR) == 0

    await until(nothing_left)
    stop.set()
    await running
    assert await stages(stage) == {"agreed": 60}
    for case_id in ids:
        types = [event.type for event in await cases.events_of(stage.db, MARKET, case_id)]
        assert types == ["request_filed", "request_approved"]
    assert await stage.differences() == []


async def test_after_downtime_it_catches_up_in_due_order(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    ids = await filed(stage, 9)
    decide, order = handle.decide, list[str]()

    def decide_seen(case, command, *rest):
        if isinstance(command, commands.Lapse):
            order.append(case.id)
        return decide(case, command, *rest)

    monkeypatch.setattr(handle, "decide", decide_seen)
    guard = set_to(stage, LATER)
    while await worker.one_round(stage.hinge, guard, limit=2):
        pass
    assert order == ids
    assert {event.at for id in ids for event in (await cases.events_of(stage.db, MARKET, id))[1:]} == {LATER}


async def test_every_marketplace_has_its_turn(stage: Stage):
    await marketplaces.ensure(stage.db, "m2")
    other = Stage(stage.db, marketplace="m2")
    other.hinge = stage.hinge
    await filed(stage, 2)
    await filed(other, 3)
    assert await worker.one_round(stage.hinge, set_to(stage, LATER)) == 5
    assert (await stages(stage), await stages(other)) == ({"agreed": 2}, {"agreed": 3})


async def test_a_poisoned_deadline_is_seen_and_stops_nobody(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    bad, _, _ = await filed(stage, 3)
    decide = handle.decide

    def decide_badly(case, *rest):
        if case.id == bad:
            raise ZeroDivisionError("the law has a hole")
        return decide(case, *rest)

    monkeypatch.setattr(handle, "decide", decide_badly)
    with capture_logs() as logs:
        assert await worker.one_round(stage.hinge, set_to(stage, LATER)) == 3
    assert await stages(stage) == {"agreed": 2, "awaiting_seller": 1}
    [row] = await deadlines.list_set_aside(stage.db, MARKET)
    assert (row.case_id, row.attempts, row.last_error) == (bad, 1, "ZeroDivisionError: the law has a hole")
    [failure] = [line for line in logs if line["event"] == "deadline_failed"]
    assert (failure["case"], failure["deadline"]) == (bad, "seller_answer.1")


async def test_a_poisoned_deadline_waits_longer_each_time_and_is_then_set_aside(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    await filed(stage, 1)

    def decide_badly(*_):
        raise ZeroDivisionError("the law has a hole")

    monkeypatch.setattr(handle, "decide", decide_badly)
    waits, now = list[float](), LATER
    for _ in range(8):
        assert await worker.one_round(stage.hinge, set_to(stage, now)) == 1
        assert await worker.one_round(stage.hinge, set_to(stage, now)) == 0
        [row] = await deadlines.list_set_aside(stage.db, MARKET)
        assert row.not_before is not None
        waits.append((row.not_before - now).total_seconds())
        now = row.not_before + 2 * timedelta(seconds=1)
    assert waits == sorted(set(waits))
    assert row.state == "set_aside"
    assert await worker.one_round(stage.hinge, set_to(stage, now + 24 * HOUR)) == 0


async def test_a_clock_that_jumps_fires_nothing_and_commands_go_on(stage: Stage):
    [case_id] = await filed(stage, 1)
    guard = guard_of(stage)
    stage.hinge.clock.at = LATER  # type: ignore[attr-defined]  # the guard's steady clock says no time has passed
    assert await worker.one_round(stage.hinge, guard) == 0
    assert await stages(stage) == {"awaiting_seller": 1}
    await stage.act(case_id, BOB, "approve_request", at=MONDAY + HOUR)


async def test_a_stop_lets_the_batch_in_hand_commit(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    await filed(stage, 4)
    append, stop = cases.append_events, asyncio.Event()

    async def stopped_meanwhile(*arguments, **options):
        stop.set()
        await asyncio.sleep(0.05)
        return await append(*arguments, **options)

    monkeypatch.setattr(cases, "append_events", stopped_meanwhile)
    guard = set_to(stage, LATER)
    async with asyncio.timeout(10):
        await worker.run(stage.hinge, stop, guard=guard, idle_seconds=60, limit=2)
    assert await stages(stage) == {"agreed": 2, "awaiting_seller": 2}
    assert await stage.differences() == []


async def test_an_idle_worker_stops_at_once(stage: Stage):
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stage.hinge, stop, workers=3, idle_seconds=60))
    await asyncio.sleep(0.2)
    stop.set()
    async with asyncio.timeout(5):
        await running


@pytest.mark.parametrize("trouble", [Busy("the database rests"), KeyError("a defect")])
async def test_trouble_with_a_round_does_not_end_the_work(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, trouble: Exception
):
    await filed(stage, 1)
    all_ids, stop, failures = marketplaces.all_ids, asyncio.Event(), [trouble] * 3

    async def all_ids_in_trouble(db: Database) -> list[str]:
        if failures:
            raise failures.pop()
        return await all_ids(db)

    monkeypatch.setattr(worker.marketplaces, "all_ids", all_ids_in_trouble)
    guard = set_to(stage, LATER)
    with capture_logs() as logs:
        running = asyncio.create_task(worker.run(stage.hinge, stop, guard=guard, idle_seconds=0.01))

        async def fired() -> bool:
            return await stages(stage) == {"agreed": 1}

        await until(fired)
        stop.set()
        await running
    assert "deadline_round_failed" in {line["event"] for line in logs}


async def test_a_worker_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    await filed(stage, 6)
    append, guard = cases.append_events, set_to(stage, LATER)
    holding = asyncio.Event()

    async def dying(*arguments, **options):
        await append(*arguments, **options)
        holding.set()
        await asyncio.sleep(3600)

    with monkeypatch.context() as patch:
        patch.setattr(cases, "append_events", dying)
        victim = asyncio.create_task(worker.one_round(stage.hinge, guard, limit=4))
        await holding.wait()
        victim.cancel()
        await asyncio.gather(victim, return_exceptions=True)
    assert await stages(stage) == {"awaiting_seller": 6}
    assert await worker.one_round(stage.hinge, guard) == 6
    assert await stage.differences() == []
