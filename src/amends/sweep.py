"""Time speaks: due deadlines are claimed in batches and lapse through the hinge, each exactly once.

`sweep` serves real time: one batch of what is due now less the grace, for the worker to repeat. `advance` serves a
sandbox: it fires everything up to an instant in order, each deadline at its own time, and leaves the clock there.
A deadline that cannot lapse is set aside with its error, tried again later, and never stops the others.
`tell_arrivals` says to the cases that wait for a file that its bytes have come.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from amends.answers import Contended, Fate
from amends.handle import Hinge, handle, handle_many
from amends.law.actors import CLOCK
from amends.law.commands import NoteFile
from amends.store import cases, deadlines, marketplaces, uploads
from amends.store.cases import CaseFilter
from amends.store.rows import DueDeadline

GRACE = timedelta(seconds=2)
"""A deadline fires this long after it is due, so a command accepted in time has always committed first."""
BATCH = 200
NEXT_TRY_SECONDS = 0.01
LAST = "~"
"""Sorts after every case id."""


class Advanced(msgspec.Struct, frozen=True):
    """The sandbox clock now stands at `now`; on the way there `fired` deadlines fired and `failed` could not."""

    now: datetime
    fired: int
    failed: int = 0


class ClockRefused(msgspec.Struct, frozen=True):
    """The clock was not moved: the marketplace is no sandbox, or the instant lies behind its present."""

    why: Literal["not_a_sandbox", "backwards"]
    now: datetime | None = None


async def sweep(hinge: Hinge, marketplace: str, now: datetime, *, limit: int = BATCH) -> list[Fate]:
    """Fire one batch of what is due in real time, in one transaction. Where the clock stands nothing is."""
    place = await marketplaces.get(hinge.db, marketplace)
    if place is None or place.clock_at is not None:
        return []
    cutoff = now - GRACE
    async with deadlines.claim_due(hinge.db, marketplace, cutoff=cutoff, limit=limit) as claim:
        if not claim.rows:
            return []
        fates = await handle_many(hinge, marketplace, claim.rows, (cutoff, LAST), lambda _: now, claim.connection)
        await _set_aside(hinge, marketplace, fates, now, claim.connection)
    return fates


async def advance(hinge: Hinge, marketplace: str, to: datetime, *, limit: int = BATCH) -> Advanced | ClockRefused:
    """Move a sandbox clock to an instant, firing what falls due on the way, also what that starts in turn."""
    async with hinge.turns.setdefault(marketplace, asyncio.Lock()):
        place = await marketplaces.get(hinge.db, marketplace)
        if place is None or not place.sandbox:
            return ClockRefused("not_a_sandbox")
        if place.clock_at is None and (behind := await _first_stand(hinge, marketplace, to)):
            return behind
        if place.clock_at and to < place.clock_at:
            return ClockRefused("backwards", place.clock_at)
        fired, failed = await _catch_up(hinge, marketplace, to, limit)
        if not await marketplaces.set_clock(hinge.db, marketplace, to):
            return ClockRefused("backwards", (await marketplaces.get(hinge.db, marketplace) or place).clock_at)
        return Advanced(to, fired, failed)


async def tell_arrivals(hinge: Hinge, marketplace: str, upload_id: str | None = None) -> int:
    """Tell every case that was not told yet that a file has come: of one upload, or a batch of any; how many.

    Telling twice is harmless: a case that knows, or never waited, refuses. One that is busy is told the next time.
    """
    told = 0
    for each in await uploads.unnoted(hinge.db, marketplace, upload_id):
        answer = await handle(hinge, marketplace, each.case_id, NoteFile(each.upload_id, "arrived"), CLOCK)
        if not isinstance(answer, Contended):
            await uploads.noted(hinge.db, marketplace, each, hinge.clock())
            told += 1
    return told


async def _first_stand(hinge: Hinge, marketplace: str, to: datetime) -> ClockRefused | None:
    """Stop a clock that ran with real time. Only where nothing has happened yet may it be put back."""
    now = hinge.clock()
    if to < now and (await cases.list_cases(hinge.db, marketplace, CaseFilter(), limit=1)).rows:
        return ClockRefused("backwards", now)
    await marketplaces.set_clock(hinge.db, marketplace, min(to, now))
    return None


async def _catch_up(hinge: Hinge, marketplace: str, to: datetime, limit: int) -> tuple[int, int]:
    """Fire everything due by `to` less the grace; the clock goes along, batch by batch."""
    cutoff, fired, failed = to - GRACE, 0, 0
    while (earliest := await deadlines.earliest_due(hinge.db, marketplace)) and earliest <= cutoff:
        fates = await _one_batch(hinge, marketplace, cutoff, limit)
        if not fates:  # a command holds the case: its deadline waits for it
            await asyncio.sleep(NEXT_TRY_SECONDS)
        fired += sum(fate.became == "fired" for fate in fates)
        failed += sum(fate.became == "failed" for fate in fates)
    return fired, failed


async def _one_batch(hinge: Hinge, marketplace: str, cutoff: datetime, limit: int) -> list[Fate]:
    async with deadlines.claim_due(hinge.db, marketplace, cutoff=cutoff, limit=limit) as claim:
        if not claim.rows:
            return []
        fates = await handle_many(
            hinge, marketplace, claim.rows, _until(claim.rows), _fires_at, claim.connection, catching_up=True
        )
        stands_at = max(_fires_at(fate.due_at) for fate in fates)
        await _set_aside(hinge, marketplace, fates, stands_at, claim.connection)
        await marketplaces.set_clock(hinge.db, marketplace, stands_at, connection=claim.connection)
    return fates


def _until(rows: Sequence[DueDeadline]) -> tuple[datetime, str]:
    """How far a batch may go: what lies beyond its last deadline may have to wait for one not claimed yet."""
    return rows[-1].due_at, rows[-1].case_id


def _fires_at(due_at: datetime) -> datetime:
    return due_at + GRACE


async def _set_aside(hinge: Hinge, marketplace: str, fates: Sequence[Fate], at: datetime, connection: Any) -> None:
    for fate in fates:
        if fate.became == "failed":
            await deadlines.set_aside(
                hinge.db,
                marketplace,
                fate.case_id,
                fate.deadline_id,
                error=fate.error or "unknown",
                at=at,
                connection=connection,
            )
