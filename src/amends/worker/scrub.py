"""The scrub at work: all of it when somebody asks (`amends scrub`), its sweeping alone once an hour beside the server.

Reading everything again costs time and disk, so the operator says when (a timer at night); sweeping up is cheap.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from amends.handle import Hinge, now_of
from amends.store import marketplaces, scrub
from amends.store.errors import DatabaseError

EVERY_SECONDS = 3600.0
TELL_EVERY = 1000
log = structlog.get_logger("amends.worker")


async def everything(
    hinge: Hinge,
    places: Sequence[str] | None = None,
    *,
    after: str | None = None,
    dry_run: bool = False,
    say: Callable[[str], None] = print,
    note: Callable[[str], None] = lambda _: None,
) -> int:
    """Look at every file and sweep up; one line for each finding. How many files are damaged or missing."""
    looked = bad = size = 0
    for place in places or await marketplaces.all_ids(hinge.db):
        async for found in scrub.look(hinge.db, place, after or scrub.FIRST):
            looked, size = looked + 1, size + found.size_bytes
            if found.state != "whole":
                bad += 1
                cases = ", ".join(await scrub.cases_of(hinge.db, place, found.upload_id)) or "no case"
                say(f"{place} upload {found.upload_id}: {found.state}: {found.path} (in {cases})")
            if looked % TELL_EVERY == 0:
                note(f"{looked:,} files, {place} up to {found.upload_id}")
        swept = await scrub.sweep_up(hinge.db, place, await now_of(hinge, place), dry_run=dry_run)
        for orphan in swept.orphans:
            say(f"{place} orphan: {orphan}")
        say(f"{place}: {len(swept.orphans)} orphans ({swept.orphan_bytes:,} bytes), {swept.tickets} tickets past their "
            f"time, {swept.unused} files never handed in {'would be removed' if dry_run else 'removed'}.")  # fmt: skip
    left = await asyncio.to_thread(scrub.sweep_quarantine, hinge.db, dry_run=dry_run)
    say(f"{left} unfinished files on their way in, untouched for a day, {'would be' if dry_run else 'were'} removed.")
    say(f"{looked:,} files ({size:,} bytes) read; {bad or 'none'} damaged or missing.")
    return bad


async def run(hinge: Hinge, stop: asyncio.Event, *, every_seconds: float = EVERY_SECONDS) -> None:
    """Sweep up once in a while until `stop` is set."""
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), every_seconds)
        except TimeoutError:
            await _survived(hinge)


async def _survived(hinge: Hinge) -> None:
    """One round; a surprise is logged and the next round comes."""
    try:
        for place in await marketplaces.all_ids(hinge.db):
            swept = await scrub.sweep_up(hinge.db, place, await now_of(hinge, place))
            if swept.orphans or swept.tickets or swept.unused:
                log.info("swept_up", marketplace=place, orphans=len(swept.orphans), tickets=swept.tickets,
                         unused=swept.unused)  # fmt: skip
        await asyncio.to_thread(scrub.sweep_quarantine, hinge.db)
    except Exception as problem:
        log.error("sweeping_up_failed", error=str(problem), exc_info=not isinstance(problem, DatabaseError))
