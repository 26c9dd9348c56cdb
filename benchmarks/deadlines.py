"""Deadlines: a hundred thousand due at once, fired by real `amends worker` processes while others go on working.

One case is filed through the law ten days ago and copied under other ids, each copy sealed under its own keys, straight
through `append_events`. The marketplace's clock stands meanwhile; the run begins when it is let go. A deadline fired
twice, not at all or with another effect stops the benchmark.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from itertools import islice
from time import perf_counter

import asyncpg
import msgspec
import uvloop
from msgspec import structs

from amends.answers import Accepted
from amends.handle import case_id_of, handle, utc_now
from amends.law.case import initial
from amends.law.events import RequestFiled
from amends.law.facts import Order, order_line
from amends.law.moves import decide
from amends.law.refusal import Refused
from amends.store import cases, ids, marketplaces
from amends.store.rebuild import check
from amends.store.rows import Append
from amends.store.vault import CaseKeys
from amends.store.written import Writing
from benchmarks import story
from benchmarks.place import MARKETPLACE, Place, opened
from benchmarks.processes import Said, amends
from benchmarks.report import Budget, Report
from benchmarks.timing import percentile

DEADLINES = 100_000
RATE, P99_MS = 8_000.0, 200.0
AGO = timedelta(days=10)
AT_ONCE = 500
PROCESSES, WORKERS = 2, 2
OTHERS, OTHERS_A_SECOND = 4, 40.0
CHECKED = 500
LONGEST_SECONDS, SLOWEST_RATE = 60.0, 200.0
PATTERN_ORDER, PATTERN_CASE = "D0000000", "00000000-0000-8000-8000-000000000000"
FIRED = """
SELECT count(*) AS events, count(DISTINCT case_id) AS cases, count(*) FILTER (WHERE seq = 2) AS second
FROM event WHERE type = 'request_approved' AND actor_role = 'clock'
"""
LEFT = "SELECT count(*) FROM deadline WHERE kind = 'seller_answer' AND state <> 'fired' AND due_at < now()"


def run(count: int = DEADLINES, processes: int = PROCESSES, workers: int = WORKERS) -> Report:
    """Prepare, let go, wait until all have fired, check."""
    return uvloop.run(_run(count, processes, workers))


async def _run(count: int, processes: int, workers: int) -> Report:
    async with opened() as place, AsyncExitStack() as running:
        await _prepare(place, count)
        tally = _Tally(count)
        for _ in range(processes):
            worker = amends(place, "worker", "--workers", str(workers), heard=tally.hear)
            await (await running.enter_async_context(worker)).says("deadline_worker_started", workers)
        await place.stock(2_000)
        async with asyncio.TaskGroup() as tasks:
            others = [tasks.create_task(_other(place, tally, number)) for number in range(OTHERS)]
            start = await _let_go(place)
            await tally.all_fired()
            seconds = perf_counter() - start
        times = [time for other in others for time in other.result()]
        await _insist(place, count)
    rate, p99 = count / seconds, 1000 * percentile(times, 0.99)
    shown = f"{1000 * percentile(times, 0.5):.1f}", f"{p99:.1f}", f"{1000 * max(times):.1f}"
    return Report(
        name="deadlines",
        title=f"Deadlines: {count:,} due at once",
        heads=("workers", "fired", "seconds", "a second", "others' p50 ms", "p99 ms", "worst ms"),
        rows=((f"{processes} x {workers}", f"{count:,}", f"{seconds:.1f}", f"{rate:,.0f}", *shown),),
        budgets=(
            Budget("deadlines fired, each exactly once", rate, RATE, "a second"),
            Budget("others' commands meanwhile, p99", p99, P99_MS, "ms", "at most"),
        ),
        notes=(
            f"PostgreSQL {place.postgres}; {processes} processes of {workers} workers each, counted from the moment "
            f"all became due; {len(times)} other commands meanwhile at {OTHERS_A_SECOND:.0f} a second.",
        ),
    )


class _Tally:
    """How many deadlines the workers say they have fired."""

    def __init__(self, count: int) -> None:
        self.left = count
        self._done = asyncio.Event()

    def hear(self, word: Said) -> None:
        """One line of a worker's log."""
        if word["event"] == "deadlines_fired":
            self.left -= word["fired"]
            if self.left <= 0:
                self._done.set()

    def done(self) -> bool:
        """Whether every deadline has fired."""
        return self._done.is_set()

    async def all_fired(self) -> None:
        """Wait for it."""
        try:
            await asyncio.wait_for(self._done.wait(), LONGEST_SECONDS + self.left / SLOWEST_RATE)
        except TimeoutError:
            raise SystemExit(f"{self.left} deadlines did not fire in time") from None


async def _prepare(place: Place, count: int) -> None:
    """Fill the marketplace with cases whose seller's time to answer is over, its clock standing."""
    then = utc_now() - AGO
    await marketplaces.ensure(place.db, MARKETPLACE, sandbox=True)
    await marketplaces.set_clock(place.db, MARKETPLACE, then)
    pattern = _pattern(place, then)
    secret = await marketplaces.secret(place.db, MARKETPLACE)
    made = _copies(place, pattern, secret, count)
    for _ in range(0, count, AT_ONCE):
        some = list(islice(made, AT_ONCE))
        outcomes = await cases.append_events(place.db, MARKETPLACE, some, catching_up=True)
        assert all(outcome.kind == "appended" for outcome in outcomes), outcomes
    owner = await asyncpg.connect(place.owner_url)
    await owner.execute('ANALYZE amends."case", amends.deadline, amends.event')
    await owner.close()


def _pattern(place: Place, at: datetime) -> RequestFiled:
    """What filing the story's request decides."""
    order = msgspec.json.decode(story.order(at - timedelta(days=1)), type=Order)
    line = order_line(PATTERN_ORDER, order, story.LINE)
    policy = place.hinge.policy_for("US", at)
    assert line is not None, "the story is about a line of its order"
    assert policy is not None, "its market has a policy"
    actor, command = next(story.commands(PATTERN_ORDER))
    case = initial(PATTERN_CASE, line, policy.pack.pack, policy.pack.edition)
    events = decide(case, command, actor, at, policy)
    assert not isinstance(events, Refused), events
    [filed] = events
    assert isinstance(filed, RequestFiled), filed
    return filed


def _copies(place: Place, pattern: RequestFiled, secret: bytes, count: int) -> Iterator[Append]:
    """The request filed for that many order lines, each sealed under keys of its own."""
    for number in range(1, count + 1):
        order = structs.replace(pattern.order, order_id=f"D{number:07}")
        case_id = ids.case_id(secret, order.order_id, story.LINE)
        keys = CaseKeys(place.db.vault, MARKETPLACE, case_id)
        writing = Writing(initial(case_id, order, pattern.pack, pattern.edition), None, keys)
        writing.add([structs.replace(pattern, order=order)])
        yield writing.append()


async def _let_go(place: Place) -> float:
    """Let the marketplace's clock run with real time: everything is due now."""
    async with place.db.writing(MARKETPLACE) as connection:
        await connection.execute("UPDATE marketplace SET clock_at = NULL, sandbox = false WHERE id = $1", MARKETPLACE)
    return perf_counter()


async def _other(place: Place, tally: _Tally, number: int) -> list[float]:
    """Stories told at a steady pace by somebody else until all deadlines have fired; the time each command took."""
    times: list[float] = []
    due = perf_counter() + number / OTHERS_A_SECOND
    while not tally.done():
        order_id = place.take()
        case_id = await case_id_of(place.hinge, MARKETPLACE, order_id, story.LINE)
        for actor, command in story.commands(order_id):
            await asyncio.sleep(due - perf_counter())
            answer = await handle(place.hinge, MARKETPLACE, case_id, command, actor)
            if not isinstance(answer, Accepted):
                raise SystemExit(f"{type(command).__name__} was not done: {answer}")
            times.append(perf_counter() - due)
            due += OTHERS / OTHERS_A_SECOND
    return times


async def _insist(place: Place, count: int) -> None:
    """Each deadline fired exactly once, and the first cases are what their events say."""
    async with place.db.reading(MARKETPLACE) as connection:
        found = await connection.fetchrow(FIRED)
        left = await connection.fetchval(LEFT)
    if found is None or set(found.values()) != {count} or left:
        raise SystemExit(f"of {count} deadlines {dict(found or {})} fired and {left} did not")
    seen = 0
    async for case_id, differences in check(place.db, MARKETPLACE):
        if differences:
            raise SystemExit(f"case {case_id} is not what its events say: {differences[0]}")
        if (seen := seen + 1) >= CHECKED:
            return


if __name__ == "__main__":
    print(run())
