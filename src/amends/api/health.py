"""Is it alive, can it work, how is it doing: for machines that look after this one. No credential is asked for."""

import asyncio
from typing import Literal

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, Enum, Gauge, generate_latest

from amends.api.call import Answer, Call, answer
from amends.api.problems import busy
from amends.api.route import Route
from amends.media import clamd
from amends.store import checks, marketplaces
from amends.store.errors import DatabaseError

PATIENCE_SECONDS = 2.0
SCANNER = Enum("amends_scanner", "Whether the scanner answers, or is switched off", states=["off", "up", "away"])
WAITING = Gauge("amends_files_waiting", "Files that wait for the end of their check, in all marketplaces")


class Health(msgspec.Struct, frozen=True):
    """`ok`, or there would be no such answer."""

    status: str = "ok"


class Readiness(msgspec.Struct, frozen=True):
    """`ok`: the database answers. While the `scanner` is `away` files are taken in, and wait; none of them is shown."""

    status: str
    scanner: Literal["off", "up", "away"]
    files_waiting: int


async def live(call: Call) -> Answer:
    """The process answers."""
    return answer(Health())


async def ready(call: Call) -> Answer:
    """The database answers too, and all that was signed is there; and how the scanner is."""
    call.hinge.db.insist_on_writing()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await marketplaces.get(call.hinge.db, call.house.settings.marketplace)
            waiting = await _waiting(call)
    except TimeoutError:
        raise busy() from None
    return answer(Readiness("ok", await _scanner(call), waiting))


async def metrics(call: Call) -> Answer:
    """Figures in Prometheus' text format; they are given out also when the database is away."""
    SCANNER.state(await _scanner(call))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            WAITING.set(await _waiting(call))
    except (TimeoutError, DatabaseError):
        WAITING.set(float("nan"))
    return Answer(generate_latest(), media=CONTENT_TYPE_LATEST.encode())


async def _scanner(call: Call) -> Literal["off", "up", "away"]:
    address = call.house.settings.scanner
    if address == "off":
        return "off"
    return "up" if await clamd.ping(address) else "away"


async def _waiting(call: Call) -> int:
    """Files waiting in every marketplace of this server."""
    everywhere = await marketplaces.all_ids(call.hinge.db)
    return sum([await checks.waiting(call.hinge.db, place) for place in everywhere])


ROUTES = (
    Route(
        method="GET", path="/health/live", name="live", tag="health", summary="Whether the process answers", does=live,
        roles=None, answer=Health,
    ),
    Route(
        method="GET", path="/health/ready", name="ready", tag="health", summary="Whether the database answers too, and "
        "how the scanner is", does=ready, roles=None, answer=Readiness,
    ),
    Route(
        method="GET", path="/metrics", name="metrics", tag="health", summary="Figures in Prometheus' text format",
        does=metrics, roles=None, answer=str, answer_media="text/plain",
    ),
)  # fmt: skip
