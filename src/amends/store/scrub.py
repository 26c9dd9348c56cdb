"""The scrub: reads every stored byte again, names what is damaged or missing, and sweeps up what belongs to nobody.

A blob lies under the SHA-256 of its bytes, so whether it is whole can be told without any key. What is found is given
out one by one, in the order of uploads, so that a scrub that was stopped can go on where it was. Nothing is repaired:
a damaged file must come back from a backup. Only what no row names, and is older than a day, is removed.
"""

import hashlib
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from amends.proof.blob import sealed_size
from amends.store import checks, erasure, pictures, quarantine, uploads
from amends.store.connect import Database
from amends.store.files import ARRIVING, Found
from amends.store.statements import load

SQL = load("scrub")
BATCH = 100
ORPHAN_AGE = timedelta(days=1)
"""Longer than any upload or ticket lives: a blob is put before its row, so a young one may still get its row."""
UNUSED_AGE = timedelta(days=90)
"""A file that nobody handed in within this time is erased: no case's retention clock would ever reach it."""
FIRST = "00000000-0000-0000-0000-000000000000"


class Looked(NamedTuple):
    """One file as it was found. `path` is where it lies; `state` what is wrong with it, if anything."""

    upload_id: str
    path: str
    size_bytes: int
    state: Literal["whole", "damaged", "missing"]


class Swept(NamedTuple):
    """What belonged to nobody, and how much of it: removed, or in a dry run only found."""

    orphans: tuple[str, ...]
    orphan_bytes: int
    tickets: int
    unused: int = 0


async def look(db: Database, marketplace: str, after: str = FIRST) -> AsyncIterator[Looked]:
    """Hash every stored file of the marketplace, and the pictures made of it, in the order of uploads after one."""
    while True:
        async with db.reading(marketplace) as connection:
            rows = await connection.fetch(SQL["stored"], marketplace, after, BATCH)
        if not rows:
            return
        for row in rows:
            expected = sealed_size(row["size_bytes"]) if row["original"] else None
            yield await _look(db, str(row["upload_id"]), row["path"], expected)
        after = str(rows[-1]["upload_id"])


async def cases_of(db: Database, marketplace: str, upload_id: str) -> list[str]:
    """The cases a file stands in."""
    return sorted({case_id for case_id, _ in await uploads.uses(db, marketplace, upload_id)})


async def sweep_up(db: Database, marketplace: str, now: datetime, *, dry_run: bool = False) -> Swept:
    """Remove blobs no row names, tickets past their time and files never handed in; `now` is the place's present."""
    tickets = await uploads.expire(db, marketplace, now, dry_run=dry_run)
    if not dry_run:
        for ticket in tickets:
            quarantine.resumable(db.quarantine, ticket).unlink(missing_ok=True)
    unused = await _erase_unused(db, marketplace, now - UNUSED_AGE, dry_run=dry_run)
    orphans, size = list[str](), 0
    async for orphan in _orphans(db, marketplace):
        orphans.append(orphan.path)
        size += orphan.size_bytes
        if not dry_run:
            await db.files.delete(orphan.path)
    return Swept(tuple(orphans), size, len(tickets), unused)


def sweep_quarantine(db: Database, *, dry_run: bool = False) -> int:
    """Remove what nobody has touched for a day on the way in; how many files."""
    folders = [db.quarantine] + ([db.files.root / ARRIVING] if db.files.root else [])
    gone = [path for folder in folders for path in quarantine.left_behind(folder)]
    if not dry_run:
        for path in gone:
            path.unlink(missing_ok=True)
    return len(gone)


async def _erase_unused(db: Database, marketplace: str, before: datetime, *, dry_run: bool) -> int:
    """Erase a batch of files that came before an instant and stand in no case: keys, bytes, then what was made of them.

    Killed on the way, the next round finds them again.
    """
    async with db.writing(marketplace) as connection:
        rows = await connection.fetch(SQL["unused"], marketplace, before, BATCH)
        ids = [str(row["upload_id"]) for row in rows]
        if not dry_run:
            await connection.execute(SQL["drop_keys"], marketplace, [f"upload:{each}" for each in ids])
    if not ids or dry_run:
        return len(ids)
    for path in await erasure.paths_of(db, marketplace, [(str(row["upload_id"]), row["blob"]) for row in rows]):
        await db.files.delete(path)
    async with db.writing(marketplace) as connection:
        await checks.forget(connection, marketplace, ids)
        await pictures.forget(connection, marketplace, ids)
        await uploads.forget(connection, marketplace, ids)
    return len(ids)


async def _look(db: Database, upload_id: str, path: str, expected: int | None) -> Looked:
    """Hash one blob, a piece at a time."""
    digest, size = hashlib.sha256(), 0
    try:
        async for piece in db.files.get(path):
            digest.update(piece)
            size += len(piece)
    except FileNotFoundError:
        return Looked(upload_id, path, 0, "missing")
    whole = digest.hexdigest() == path.rpartition("/")[2] and expected in (None, size)
    return Looked(upload_id, path, size, "whole" if whole else "damaged")


async def _orphans(db: Database, marketplace: str) -> AsyncIterator[Found]:
    waiting = list[Found]()
    async for found in db.files.list(f"{marketplace}/blobs"):
        if found.changed_at < datetime.now(UTC) - ORPHAN_AGE:
            waiting.append(found)
        if len(waiting) == BATCH:
            for orphan in await _unnamed(db, marketplace, waiting):
                yield orphan
            waiting = []
    for orphan in await _unnamed(db, marketplace, waiting):
        yield orphan


async def _unnamed(db: Database, marketplace: str, found: Iterable[Found]) -> list[Found]:
    """Those no row names."""
    by_path = {one.path: one for one in found}
    if not by_path:
        return []
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["named"], marketplace, list(by_path))
    named = {row["path"] for row in rows}
    return [one for path, one in by_path.items() if path not in named]
