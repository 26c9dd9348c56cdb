"""The hinge: durable commands without HTTP, against pgbench running the same SQL on the same server in the same run.

Clients are tasks of one process over the connection pool, each playing whole stories with an idempotency key on every
command. Hinge and pgbench take turns, so that a busy moment of the machine hits both.
"""

import asyncio
from time import perf_counter, process_time

import uvloop

from amends.answers import Accepted
from amends.handle import case_id_of, handle
from amends.server import settle
from benchmarks import story
from benchmarks.ceiling import captured
from benchmarks.place import MARKETPLACE, Place, opened
from benchmarks.report import Budget, Report

CLIENTS = (1, 4, 16)
RATIO = 0.5
STORIES_A_SECOND = 1_200
ROUNDS = 2


def run(seconds: float = 4.0) -> Report:
    """Each number of clients in turn, `seconds` for the hinge and for pgbench in each of two rounds."""
    return uvloop.run(_run(seconds))


async def _run(seconds: float) -> Report:
    rows, best = [], dict[str, float]()
    async with opened() as place:
        await place.stock(100)
        ceiling = await captured(place)
        settle()
        for clients in CLIENTS:
            ours = theirs = busy = 0.0
            for _ in range(ROUNDS):
                theirs += await ceiling.rate(place, clients, seconds) / ROUNDS
                await place.stock(int(STORIES_A_SECOND * seconds))
                rate, share = await _rate(place, clients, seconds)
                ours, busy = ours + rate / ROUNDS, busy + share / ROUNDS
            best["ours"], best["theirs"] = max(best.get("ours", 0), ours), max(best.get("theirs", 0), theirs)
            rows.append((str(clients), f"{ours:,.0f}", f"{theirs:,.0f}", f"{ours / theirs:.2f}", f"{busy:.0%}"))
    written = ", ".join(f"{count} {name}" for name, count in ceiling.rows.items())
    return Report(
        name="hinge",
        title="Hinge: durable commands a second, no HTTP, one process",
        heads=("clients", "hinge", "pgbench", "ratio", "of a core in Python"),
        rows=tuple(rows),
        budgets=(Budget("hinge of pgbench, at the best of each", best["ours"] / best["theirs"], RATIO, "of it"),),
        notes=(f"PostgreSQL {place.postgres}; one story is {len(story.STEPS)} commands writing {written} rows.",),
    )


async def _rate(place: Place, clients: int, seconds: float) -> tuple[float, float]:
    """Commands a second through the hinge, and the share of one core our own process took for it."""
    start, used = perf_counter(), process_time()
    done = await asyncio.gather(*(_client(place, start + seconds) for _ in range(clients)))
    spent = perf_counter() - start
    return sum(done) / spent, (process_time() - used) / spent


async def _client(place: Place, until: float) -> int:
    """One client: story after story until the time is up; how many commands were done."""
    done = 0
    while perf_counter() < until:
        order_id = place.take()
        case_id = await case_id_of(place.hinge, MARKETPLACE, order_id, story.LINE)
        for number, (actor, command) in enumerate(story.commands(order_id)):
            answer = await handle(place.hinge, MARKETPLACE, case_id, command, actor, key=f"key-{number}")
            if not isinstance(answer, Accepted):
                raise SystemExit(f"{type(command).__name__} was not done: {answer}")
            done += 1
    return done


if __name__ == "__main__":
    print(run())
