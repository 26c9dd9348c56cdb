"""Is it alive, can it work, how is it doing: for machines that look after this one. No credential is asked for."""

import asyncio

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from amends.api.call import Answer, Call, answer
from amends.api.problems import busy
from amends.api.route import Route
from amends.store import marketplaces

PATIENCE_SECONDS = 2.0


class Health(msgspec.Struct, frozen=True):
    """`ok`, or there would be no such answer."""

    status: str = "ok"


async def live(call: Call) -> Answer:
    """The process answers."""
    return answer(Health())


async def ready(call: Call) -> Answer:
    """The database answers too."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await marketplaces.get(call.hinge.db, call.house.settings.marketplace)
    except TimeoutError:
        raise busy() from None
    return answer(Health())


async def metrics(call: Call) -> Answer:
    """Figures in Prometheus' text format."""
    return Answer(generate_latest(), media=CONTENT_TYPE_LATEST.encode())


ROUTES = (
    Route(
        method="GET", path="/health/live", name="live", tag="health", summary="Whether the process answers", does=live,
        roles=None, answer=Health,
    ),
    Route(
        method="GET", path="/health/ready", name="ready", tag="health", summary="Whether the database answers too",
        does=ready, roles=None, answer=Health,
    ),
    Route(
        method="GET", path="/metrics", name="metrics", tag="health", summary="Figures in Prometheus' text format",
        does=metrics, roles=None, answer=str, answer_media="text/plain",
    ),
)  # fmt: skip
