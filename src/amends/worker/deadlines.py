"""The deadline engine: finds what is due and lets it lapse, with as many workers as one likes.

Each round asks the guard for the time, then sweeps every marketplace whose clock runs. Two workers never meet: a
batch locks its cases and others skip them. A stop lets the batch in hand commit and starts no other; what was due
meanwhile is caught up in due order at the next start. What cannot lapse is set aside (`amends deadlines`).
"""

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import datetime
from typing import TypeVar

import structlog
from prometheus_client import Counter, Gauge, Histogram

from amends.answers import Fate
from amends.handle import Hinge
from amends.store import deadlines, marketplaces
from amends.store.clock import database_now
from amends.store.errors import DatabaseError
from amends.sweep import BATCH, GRACE, sweep
from amends.worker.guard import ClockGuard

IDLE_SECONDS = 1.0
LONGEST_REST_SECONDS = 30.0
FIRED = Counter("amends_deadlines_fired_total", "Deadlines that lapsed", ["kind"])
FAILED = Counter("amends_deadlines_failed_total", "Attempts to lapse a deadline that failed", ["kind"])
LAG = Histogram(
    "amends_deadlines_lag_seconds",
    "From the moment a deadline could fire to its firing",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 3600, 86400),
)
TROUBLED = Gauge("amends_deadlines_troubled", "Deadlines that failed and wait for another try or a person")
T = TypeVar("T")
log = structlog.get_logger("amends.worker")


def guard_of(hinge: Hinge) -> ClockGuard:
    """The guard of the hinge's clock and its database's."""
    return ClockGuard(hinge.clock, lambda: database_now(hinge.db))


async def run(
    hinge: Hinge,
    stop: asyncio.Event,
    *,
    workers: int = 1,
    guard: ClockGuard | None = None,
    idle_seconds: float = IDLE_SECONDS,
    limit: int = BATCH,
) -> None:
    """Work until `stop` is set: `workers` sweepers under one guard, and one watch."""
    guard = guard or guard_of(hinge)
    await _compare(guard)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_watch(hinge, guard, stop, idle_seconds))
        for number in range(1, workers + 1):
            tasks.create_task(_work(hinge, guard, stop, number, idle_seconds, limit))


async def one_round(hinge: Hinge, guard: ClockGuard, limit: int = BATCH) -> int:
    """One batch for every marketplace whose clock runs; how many deadlines fired or failed."""
    done = 0
    for marketplace in await marketplaces.all_ids(hinge.db):
        now = guard.now()
        if now is None:
            return 0
        done += _tell(marketplace, await sweep(hinge, marketplace, now, limit=limit), now)
    return done


async def _work(
    hinge: Hinge, guard: ClockGuard, stop: asyncio.Event, number: int, idle_seconds: float, limit: int
) -> None:
    log.info("deadline_worker_started", worker=number)
    rest = idle_seconds
    while not stop.is_set():
        done = await _survived("deadline_round_failed", one_round(hinge, guard, limit))
        rest = idle_seconds if done is not None else min(rest * 2, LONGEST_REST_SECONDS)
        if not done:
            await _pause(stop, rest)
    log.info("deadline_worker_stopped", worker=number)


async def _watch(hinge: Hinge, guard: ClockGuard, stop: asyncio.Event, seconds: float) -> None:
    """Once in a while: the database's clock, and how many deadlines are in trouble."""
    while not stop.is_set():
        await _pause(stop, seconds)
        await _compare(guard)
        await _survived("deadline_watch_failed", _count_troubled(hinge))


async def _compare(guard: ClockGuard) -> None:
    await _survived("clock_not_compared", guard.compare_database())


async def _count_troubled(hinge: Hinge) -> None:
    everywhere = await marketplaces.all_ids(hinge.db)
    TROUBLED.set(sum([len(await deadlines.list_set_aside(hinge.db, place)) for place in everywhere]))


async def _survived(trouble: str, work: Awaitable[T]) -> T | None:
    """The work's result, or None and a line in the log: a worker that died of a surprise would miss what follows."""
    try:
        return await work
    except Exception as problem:
        log.error(trouble, error=str(problem), exc_info=not isinstance(problem, DatabaseError))
        return None


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Rest, but wake at once to stop."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _tell(marketplace: str, fates: Iterable[Fate], now: datetime) -> int:
    """Log and count what happened; how many deadlines are done with, for better or worse."""
    fired = answered = failed = 0
    for fate in fates:
        if fate.became == "fired":
            fired += 1
            FIRED.labels(fate.kind).inc()
            LAG.observe(max(0.0, (now - fate.due_at - GRACE).total_seconds()))
        elif fate.became == "answered":
            answered += 1
        elif fate.became == "failed":
            failed += 1
            FAILED.labels(fate.kind).inc()
            log.error(
                "deadline_failed",
                marketplace=marketplace,
                case=fate.case_id,
                deadline=fate.deadline_id,
                error=fate.error,
            )
    if fired:
        log.info("deadlines_fired", marketplace=marketplace, fired=fired)
    if answered:
        log.info("drafts_answered", marketplace=marketplace, answered=answered)
    return fired + answered + failed
