"""The eraser: carries out the erasures the law ordered. What fails is told and tried again at the next round."""

import asyncio

import structlog

from amends.handle import Hinge
from amends.store import erasure, marketplaces
from amends.store.connect import Database
from amends.store.errors import DatabaseError

IDLE_SECONDS = 5.0
log = structlog.get_logger("amends.worker")


async def run(hinge: Hinge, stop: asyncio.Event, *, idle_seconds: float = IDLE_SECONDS) -> None:
    """Work until `stop` is set."""
    while not stop.is_set():
        try:
            done = await one_round(hinge.db)
        except Exception as problem:  # a worker that died of a surprise would erase nothing from then on
            log.error("erasure_round_failed", error=str(problem), exc_info=not isinstance(problem, DatabaseError))
            done = 0
        if not done:
            await _pause(stop, idle_seconds)


async def one_round(db: Database) -> int:
    """Carry out what is pending in every marketplace; how many erasures were done."""
    done = 0
    for marketplace in await marketplaces.all_ids(db):
        for ordered in await erasure.pending(db, marketplace):
            done += await _carried_out(db, ordered)
    return done


async def catch_up(db: Database) -> int:
    """Before the house opens: what the journal knows and this database does not, then what is pending."""
    done = 0
    async for ordered in erasure.again(db):
        log.warning("erased_again", marketplace=ordered.marketplace, case=ordered.case, subjects=ordered.subjects)
        done += 1
    return done + await one_round(db)


async def _carried_out(db: Database, ordered: erasure.Erasure) -> int:
    try:
        await erasure.apply(db, ordered)
    except Exception as problem:  # the other erasures go on
        log.error("erasure_failed", marketplace=ordered.marketplace, case=ordered.case, error=str(problem))
        return 0
    log.info("personal_data_erased", marketplace=ordered.marketplace, case=ordered.case, subjects=ordered.subjects)
    return 1


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
