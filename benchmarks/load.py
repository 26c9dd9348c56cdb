"""A process that loads a server with stories over HTTP/1.1 keep-alive and writes down how long each command took.

`python -m benchmarks.load` reads a Job as JSON from standard input and prints a Loaded. It shares the cores with what
it measures, so it does as little as it can: requests are made of bytes beforehand, answers are cut by their length.
With a rate, commands are due at fixed instants, and a late one's time counts from when it was due.
"""

import asyncio
import sys
from collections.abc import Mapping
from time import perf_counter, process_time
from typing import Any

import msgspec
import uvloop

from benchmarks import story
from benchmarks.timing import percentile

ID = b'"id":"'


class Job(msgspec.Struct, frozen=True):
    """What to do: so many clients for so long, at a rate (commands a second, 0 for as fast as they are answered).

    `tokens` is a credential by role; orders are taken from `first_order` on.
    """

    host: str
    port: int
    clients: int
    seconds: float
    tokens: dict[str, str]
    first_order: int
    orders: int
    rate: float = 0.0


class Loaded(msgspec.Struct, frozen=True):
    """What came of it. Times are milliseconds; `cpu` is the share of one core this process used."""

    commands: int
    stories: int
    seconds: float
    p50_ms: float
    p99_ms: float
    worst_ms: float
    cpu: float

    @property
    def rate(self) -> float:
        """Commands a second."""
        return self.commands / self.seconds


class Line(asyncio.Protocol):
    """One keep-alive connection: ask, then wait for the whole answer."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._heard = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back (asyncio)."""
        self._transport = transport

    def connection_lost(self, problem: Exception | None) -> None:
        """A server that hangs up in the middle spoils the measurement (asyncio)."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(problem or ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        """Collect until headers and body are there (asyncio)."""
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        if not end or self._answer is None:
            return
        _, _, length = head.lower().partition(b"content-length:")
        if len(body) >= int(length.partition(b"\r\n")[0]):
            self._heard = b""
            self._answer.set_result((int(head[9:12]), body))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer


class Load:
    """A job being done: the orders not yet used and the times taken."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.times: list[float] = []
        self.stories = 0
        self.start = perf_counter()

    async def run(self) -> Loaded:
        """All clients until the time is up."""
        used = process_time()
        await asyncio.gather(*map(self._client, range(self.job.clients)))
        seconds = perf_counter() - self.start
        cpu = (process_time() - used) / seconds
        p50, p99, worst = (1000 * percentile(self.times, share) for share in (0.5, 0.99, 1.0))
        return Loaded(len(self.times), self.stories, seconds, p50, p99, worst, cpu)

    async def _client(self, number: int) -> None:
        """Story after story on one connection."""
        job = self.job
        _, line = await asyncio.get_running_loop().create_connection(Line, job.host, job.port)
        apart = job.clients / job.rate if job.rate else 0.0
        due = self.start + apart * number / job.clients
        while perf_counter() < self.start + job.seconds:
            self.stories += 1
            if self.stories > job.orders:
                raise SystemExit(f"the load ran out of its {job.orders} orders: stock more a second")
            case_id = ""
            for at, step in enumerate(story.STEPS):
                request = _request(job, at, step, story.order_id(job.first_order + self.stories - 1), case_id)
                due = await self._wait(due) if apart else perf_counter()
                status, body = await line.ask(request)
                self.times.append(perf_counter() - due)
                if status not in (200, 201):
                    raise SystemExit(f"{step.name} was answered {status}: {body.decode()}")
                due += apart
                case_id = case_id or _case_id(body)

    async def _wait(self, due: float) -> float:
        if (rest := due - perf_counter()) > 0:
            await asyncio.sleep(rest)
        return due


def _request(job: Job, number: int, step: story.Step, order_id: str, case_id: str) -> bytes:
    """One command as bytes. The key is the step's number: keys are remembered by case and caller."""
    filing = step.name == "file_request"
    path = "/v1/cases" if filing else f"/v1/cases/{case_id}/{step.name.replace('_', '-')}"
    body = BODIES[number] if not filing else BODIES[number].replace(b"O0", order_id.encode(), 1)
    return (
        f"POST {path} HTTP/1.1\r\nHost: {job.host}\r\nAuthorization: Bearer {job.tokens[step.actor.role]}\r\n"
        f"Idempotency-Key: key-{number}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def _bodies() -> tuple[bytes, ...]:
    def body(step: story.Step) -> Mapping[str, object]:
        return {"order_id": "O0", **step.body} if step.name == "file_request" else step.body

    return tuple(msgspec.json.encode(body(step)) for step in story.STEPS)


def _case_id(body: bytes) -> str:
    return body[body.index(ID) + len(ID) :][:36].decode()


BODIES = _bodies()


if __name__ == "__main__":
    found = uvloop.run(Load(msgspec.json.decode(sys.stdin.buffer.read(), type=Job)).run())
    sys.stdout.buffer.write(msgspec.json.encode(found))
