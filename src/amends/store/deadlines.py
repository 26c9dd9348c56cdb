"""Deadlines as work to be done: which are due, who takes them, what happens to the one that cannot be fired.

A sweep claims cases with due deadlines, lets the hinge decide each lapse, and appends in the claim's own transaction:
a deadline fires with its effect or not at all. Several workers claim at once; each skips what another holds.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal

import asyncpg
import msgspec
from msgspec import Struct

from amends.store import drafts
from amends.store.cases import opened_state
from amends.store.connect import Connection, Database
from amends.store.rows import DueDeadline, StoredDeadline
from amends.store.statements import load
from amends.store.vault import CaseKeys, Vault

SQL = load("deadlines")
GIVE_UP_AFTER = 8
_decode_arrived = msgspec.json.Decoder(dict[str, datetime]).decode
FIELDS = StoredDeadline.__struct_fields__


class Claim(Struct):
    """Due deadlines, at most one of a case, whose cases are locked while the claim's transaction is open."""

    rows: list[DueDeadline]
    connection: Connection


@asynccontextmanager
async def claim_due(db: Database, marketplace: str, *, cutoff: datetime, limit: int = 200) -> AsyncIterator[Claim]:
    """Claims deadlines due at or before `cutoff` (the clock less the grace), earliest first.

    Leaving the block commits what was appended through `claim.connection`; an exception undoes all of it.
    """
    async with db.writing(marketplace) as connection:
        locked = await connection.fetch(SQL["lock_due"], marketplace, cutoff, limit)
        cases = [row["case_id"] for row in locked]
        found = await connection.fetch(SQL["due_of_locked"], marketplace, cutoff, cases) if cases else []
        yield Claim(rows=[_due(db.vault, marketplace, row) for row in found], connection=connection)


async def set_aside(
    db: Database,
    marketplace: str,
    case_id: str,
    deadline_id: str,
    *,
    error: str,
    at: datetime,
    connection: Connection | None = None,
    give_up_after: int = GIVE_UP_AFTER,
) -> Literal["retry", "set_aside", "gone"]:
    """Notes a failed attempt: the deadline waits 1 s, 2 s, 4 s … up to an hour, then stands aside until released.

    `gone` when it is no longer open.
    """
    arguments = (marketplace, case_id, deadline_id, error[:1000], at, give_up_after)
    if connection is not None:
        state = await connection.fetchval(SQL["set_aside"], *arguments)
    else:
        async with db.writing(marketplace) as own:
            state = await own.fetchval(SQL["set_aside"], *arguments)
    return "gone" if state is None else "set_aside" if state == "set_aside" else "retry"


async def release(db: Database, marketplace: str, case_id: str, deadline_id: str) -> bool:
    """Puts a deadline that stands aside, or waits after a failure, back among the due; False where there is none."""
    async with db.writing(marketplace) as connection:
        return bool(await connection.fetchval(SQL["release"], marketplace, case_id, deadline_id))


async def earliest_due(db: Database, marketplace: str) -> datetime | None:
    """When the next open deadline may fire (without the grace), failed ones at the end of their wait."""
    async with db.reading(marketplace) as connection:
        instant: datetime | None = await connection.fetchval(SQL["earliest_due"], marketplace)
        return instant


async def overdue(db: Database, marketplace: str, cutoff: datetime) -> int:
    """How many open deadlines were due at or before `cutoff`."""
    async with db.reading(marketplace) as connection:
        return int(await connection.fetchval(SQL["overdue"], marketplace, cutoff))


async def list_set_aside(db: Database, marketplace: str, *, limit: int = 100) -> list[StoredDeadline]:
    """Deadlines that failed to fire: those standing aside first, then those still to be tried again."""
    async with db.reading(marketplace) as connection:
        return [_stored(row) for row in await connection.fetch(SQL["troubled"], marketplace, limit)]


async def of_case(db: Database, marketplace: str, case_id: str) -> list[StoredDeadline]:
    """Every deadline of the case, open and past, by the instant it is due."""
    async with db.reading(marketplace) as connection:
        return [_stored(row) for row in await connection.fetch(SQL["of_case"], marketplace, case_id)]


def _due(vault: Vault, marketplace: str, row: asyncpg.Record) -> DueDeadline:
    keys = CaseKeys(vault, marketplace, str(row["case_id"]), row["keys"], row["key_generation"])
    return DueDeadline(
        case_id=str(row["case_id"]),
        deadline_id=row["deadline_id"],
        kind=row["kind"],
        party=row["party"],
        due_at=row["due_at"],
        attempts=row["attempts"],
        revision=row["revision"],
        state=opened_state(keys, row),
        last_hash=row["last_hash"],
        last_at=row["last_at"],
        keys=keys,
        drafts=drafts.waiting(str(row["case_id"]), row["drafts"], keys),
        arrived=_decode_arrived(row["arrived"] or b"{}"),
    )


def _stored(row: asyncpg.Record) -> StoredDeadline:
    return StoredDeadline(**{name: row[name] for name in FIELDS} | {"case_id": str(row["case_id"])})
