"""HTTP: the same commands through a real `amends serve` with everything on, against the same pgbench ceiling.

The server is a process of its own (uvicorn, credentials, idempotency keys, deadline workers), the load another one.
Buyer, seller and adjudicator bring party tokens, the operator an API key. Load and pgbench take turns. Then half of the
highest rate is offered steadily, and how long answers take is counted from when each command was due.
"""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
import msgspec
import uvloop

from benchmarks.ceiling import captured
from benchmarks.load import Job, Loaded
from benchmarks.place import Place, opened
from benchmarks.processes import amends
from benchmarks.report import Budget, Report

CLIENTS = (1, 4, 16)
RATIO, P99_MS = 0.25, 50.0
STORIES_A_SECOND = 400
ROUNDS = 2


def run(seconds: float = 3.0) -> Report:
    """Each number of clients in turn, `seconds` for HTTP and for pgbench in each of two rounds, then half load."""
    return uvloop.run(_run(seconds))


async def _run(seconds: float) -> Report:
    rows, ours, theirs = [], 0.0, 0.0
    async with opened() as place:
        await place.stock(100)
        ceiling = await captured(place)
        async with _serving(place) as served:
            await served.load(1, 0.5)
            for clients in CLIENTS:
                tops, loads = [], []
                for _ in range(ROUNDS):
                    tops.append(await ceiling.rate(place, clients, seconds))
                    loads.append(await served.load(clients, seconds))
                http, pgbench = sum(load.rate for load in loads) / ROUNDS, sum(tops) / ROUNDS
                ours, theirs = max(ours, http), max(theirs, pgbench)
                rows.append((f"{clients} clients", f"{http:,.0f}", f"{pgbench:,.0f}", f"{http / pgbench:.2f}",
                             *_times(loads[-1])))  # fmt: skip
            half = await served.load(CLIENTS[-1], 2 * seconds, rate=ours / 2)
            rows.append(("half load", f"{half.rate:,.0f}", "", "", *_times(half)))
    return Report(
        name="http",
        title="HTTP: commands a second with everything on, one server process",
        heads=("offered by", "HTTP", "pgbench", "ratio", "p50 ms", "p99 ms", "worst ms", "load's share of a core"),
        rows=tuple(rows),
        budgets=(
            Budget("HTTP of pgbench, at the best of each", ours / theirs, RATIO, "of it"),
            Budget("p99 at half load", half.p99_ms, P99_MS, "ms", "at most"),
        ),
        notes=(f"PostgreSQL {place.postgres}; server, database and load share the cores.",),
    )


def _times(load: Loaded) -> tuple[str, ...]:
    return f"{load.p50_ms:.1f}", f"{load.p99_ms:.1f}", f"{load.worst_ms:.1f}", f"{load.cpu:.0%}"


class _Served:
    """A running server and the credentials of the story's people."""

    def __init__(self, place: Place, url: str, tokens: dict[str, str]) -> None:
        self.place, self.tokens = place, tokens
        self.host, self.port = str(urlsplit(url).hostname), urlsplit(url).port or 80

    async def load(self, clients: int, seconds: float, rate: float = 0.0) -> Loaded:
        """Load the server from a process of its own."""
        count = int(STORIES_A_SECOND * (seconds + 1))
        await self.place.stock(count)
        job = Job(self.host, self.port, clients, seconds, self.tokens, self.place.used + 1, count, rate)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        said = (await process.communicate(msgspec.json.encode(job)))[0]
        if process.returncode:
            raise SystemExit("the load failed, see above")
        loaded = msgspec.json.decode(said, type=Loaded)
        self.place.used += loaded.stories
        return loaded


@asynccontextmanager
async def _serving(place: Place) -> AsyncIterator[_Served]:
    """`amends serve` on the place's database, until the block ends."""
    key = secrets.token_urlsafe(24)
    async with amends(place, "serve", "--port", "0", AMENDS_BOOTSTRAP_KEY=key) as server:
        url = str((await server.says("serving"))["url"])
        yield _Served(place, url, await _tokens(url, key))


async def _tokens(url: str, key: str) -> dict[str, str]:
    """A party token for each of the story's people, and the operator's key."""
    tokens = {"operator": key}
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}) as client:
        for role, person in (("buyer", "alice"), ("seller", "bob"), ("adjudicator", "dana")):
            answer = await client.post("/v1/party-tokens", json={"role": role, "id": person})
            tokens[role] = answer.raise_for_status().json()["token"]
    return tokens


if __name__ == "__main__":
    print(run())
