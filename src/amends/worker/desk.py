"""The desk's minute: files decisions of adjudicators once the time to undo them is over.

Everything is decided by the law as it is then. What is refused goes back to its author with its text; a decision acts
once, by its key, however often a worker tries.
"""

import asyncio
from contextlib import suppress

import structlog

from amends.answers import Accepted, Contended, KeyReused, Missing
from amends.handle import Hinge, decode_command, handle
from amends.law.actors import Actor
from amends.law.refusal import Refused
from amends.proof.hashes import canonical
from amends.store import desk_work, marketplaces
from amends.store.desk_work import Work
from amends.store.errors import DatabaseError

REST_SECONDS = 1.0
log = structlog.get_logger("amends.worker")


async def run(hinge: Hinge, stop: asyncio.Event, *, rest_seconds: float = REST_SECONDS) -> None:
    """File what is due, until `stop` is set."""
    while not stop.is_set():
        try:
            await one_round(hinge)
        except Exception as problem:  # a worker that died of a surprise would leave decisions lying
            log.error("desk_round_failed", error=str(problem), exc_info=not isinstance(problem, DatabaseError))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), rest_seconds)


async def one_round(hinge: Hinge) -> int:
    """File every decision whose minute is over; how many went out."""
    filed = 0
    for marketplace in await marketplaces.all_ids(hinge.db):
        for work in await desk_work.claim_staged(hinge.db, marketplace, hinge.clock()):
            filed += await _file(hinge, marketplace, work)
    return filed


async def _file(hinge: Hinge, marketplace: str, work: Work) -> bool:
    """File one decision; False when it was refused, or is to be tried again."""
    sheet = desk_work.sheet_of(work)
    command = decode_command(bytes(sheet.command))
    actor = Actor("adjudicator", work.staff_id, work.staff_name)
    answered = await handle(hinge, marketplace, work.case_id, command, actor, key=f"desk {sheet.key}"[:255])
    match answered:
        case Accepted():
            await desk_work.settle(hinge.db, marketplace, work, None)
            log.info("decision_filed", marketplace=marketplace, case=work.case_id)
            return True
        case Refused():
            await desk_work.settle(hinge.db, marketplace, work, canonical(answered))
        case KeyReused() | Missing():
            gone = Refused("unknown_reference", (), {"what": "case"})
            await desk_work.settle(hinge.db, marketplace, work, canonical(gone))
        case Contended():
            return False
    log.info("decision_came_back", marketplace=marketplace, case=work.case_id)
    return False
