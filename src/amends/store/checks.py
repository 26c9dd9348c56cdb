"""Checks: what became of a file's bytes, and what each case must be told of it.

A check goes received -> scanning -> clean | refused | unscannable. A claim is a lease: if its holder dies, the lease
runs out and another claims the file; the number of the claim is the fence, so that a holder who was only slow settles
nothing. An ended check stays as it ended, but that a clean file may be found damaged. Times are the database's own.
What a file claims of itself is stored sealed; nothing here opens a file or speaks to a scanner.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import asyncpg
import msgspec

from amends.store.connect import Connection, Database
from amends.store.statements import load

SQL = load("checks")
CheckState = Literal["received", "scanning", "clean", "refused", "unscannable"]
Ended = Literal["clean", "refused", "unscannable"]
Told = Literal["clean", "refused", "moot"]
OUTCOMES: Mapping[str, Literal["clean", "refused"]] = {
    "clean": "clean",
    "refused": "refused",
    "unscannable": "refused",
}
"""What an ended check means to a case."""


class Claim(msgspec.Struct, frozen=True):
    """A file this worker may check until its lease ends. `failures` counts the claims that came to nothing."""

    upload_id: str
    attempt: int
    failures: int


class CheckRow(msgspec.Struct, frozen=True):
    """A file's check. `says` tells a person why, by locale, where the sandbox knows; `sha256` (hex) is of the bytes
    scanned; `facts` is what the file claims of itself, still sealed."""

    upload_id: str
    state: CheckState
    why: str | None = None
    says: Mapping[str, str] | None = None
    infected: bool = False
    pages: int = 0
    checked_at: datetime | None = None
    sha256: str | None = None
    facts: bytes | None = None


class Finding(msgspec.Struct, frozen=True):
    """How a check ended. The fields are those of `CheckRow`."""

    state: Ended
    why: str | None = None
    says: Mapping[str, str] | None = None
    infected: bool = False
    sha256: str | None = None
    pages: int = 0
    facts: bytes | None = None


class Note(msgspec.Struct, frozen=True):
    """A case that has not been told yet how the check of a file it names ended."""

    upload_id: str
    case_id: str
    round: int
    state: Ended
    why: str | None


async def claim(db: Database, marketplace: str, *, limit: int, lease: timedelta) -> list[Claim]:
    """Files that wait for their check, now this worker's until `lease` ends."""
    async with db.writing(marketplace) as connection:
        rows = await connection.fetch(SQL["claim"], marketplace, limit, lease)
    return [Claim(str(row["upload_id"]), row["attempts"], row["failures"]) for row in rows]


async def settle(db: Database, marketplace: str, claim: Claim, finding: Finding) -> bool:
    """The check ended; False when another holder has the claim by now, and nothing was written."""
    sha256 = bytes.fromhex(finding.sha256) if finding.sha256 else None
    async with db.writing(marketplace) as connection:
        return bool(
            await connection.fetchval(
                SQL["settle"],
                marketplace,
                claim.upload_id,
                claim.attempt,
                finding.state,
                finding.why,
                finding.says,
                finding.infected,
                sha256,
                finding.pages,
                finding.facts,
            )
        )


async def put_back(db: Database, marketplace: str, claim: Claim, *, rest: timedelta, blameless: bool) -> bool:
    """The check could not be done now and waits for `rest`; `blameless`: the failure was not the file's."""
    async with db.writing(marketplace) as connection:
        values = (marketplace, claim.upload_id, claim.attempt, blameless, rest)
        return bool(await connection.fetchval(SQL["put_back"], *values))


async def found_damaged(db: Database, marketplace: str, upload_id: str) -> bool:
    """The stored bytes are no longer what was taken in: the file is nobody's from now on, and its cases are told."""
    async with db.writing(marketplace) as connection:
        changed = bool(await connection.fetchval(SQL["damaged"], marketplace, upload_id))
        if changed:
            await connection.execute(SQL["tell_again"], marketplace, upload_id)
    return changed


async def state_of(db: Database, marketplace: str, upload_ids: Sequence[str]) -> dict[str, CheckRow]:
    """The checks of these files, by upload id; a file whose bytes are still awaited has none."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["states"], marketplace, list(upload_ids))
    return {str(row["upload_id"]): _check(row) for row in rows}


async def waiting(db: Database, marketplace: str) -> int:
    """How many files wait for the end of their check."""
    async with db.reading(marketplace) as connection:
        found: int = await connection.fetchval(SQL["waiting"], marketplace)
    return found


async def untold(db: Database, marketplace: str, *, limit: int) -> list[Note]:
    """What cases must be told now, those waiting longest first."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["unsettled"], marketplace, limit)
    return [Note(str(row["upload_id"]), str(row["case_id"]), row["round"], row["state"], row["why"]) for row in rows]


async def told(db: Database, marketplace: str, note: Note, what: Told) -> None:
    """The case knows, or (`moot`) has no use for it."""
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["told"], marketplace, note.upload_id, note.case_id, note.round, what)


async def tell_later(db: Database, marketplace: str, note: Note) -> None:
    """The case could not be told now; it will be, after a rest that grows to ten minutes."""
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["tell_later"], marketplace, note.upload_id, note.case_id)


async def forget(connection: Connection, marketplace: str, upload_ids: Sequence[str]) -> list[str]:
    """Within an erasure: drop what the files claimed and what was made of them; how their checks ended stays.

    Answers the paths of the bytes to delete once the erasure has committed.
    """
    await connection.execute(SQL["forget_facts"], marketplace, list(upload_ids))
    await connection.execute(SQL["forget_copies"], marketplace, list(upload_ids))
    rows = await connection.fetch(SQL["forget_derivatives"], marketplace, list(upload_ids))
    return [row["blob"] for row in rows]


def _check(row: asyncpg.Record) -> CheckRow:
    return CheckRow(
        upload_id=str(row["upload_id"]),
        state=row["state"],
        why=row["why"],
        says=msgspec.json.decode(row["says"]) if row["says"] else None,
        infected=row["infected"],
        pages=row["pages"],
        checked_at=row["checked_at"],
        sha256=row["sha256"].hex() if row["sha256"] else None,
        facts=row["facts"],
    )
