"""Fingerprints of pictures: kept for each upload of a marketplace, searched for the same photograph, forgotten with it.

What a fingerprint is and when two pictures are alike is said by media/likeness.py; here are rows and look-ups. Nothing
here knows cases or people, and a likeness is never more than that.
"""

import asyncio
from collections.abc import Iterable, Sequence

import asyncpg
from msgspec import Struct

from amends.media import likeness
from amends.store.connect import Connection, Database
from amends.store.statements import load

SQL = load("pictures")
CANDIDATES = 60
"""So many of those sharing the most keys are compared detail by detail."""
DETAIL_BYTES = 14


class Near(Struct, frozen=True):
    """A picture like the sought one: `shared` details of `of` were found again; `distance` 0 (same) to 100."""

    upload_id: str
    distance: int
    shared: int
    of: int


async def add(db: Database, marketplace: str, upload_id: str, hashes: Sequence[str]) -> None:
    """Keep a picture's fingerprints; those of an upload that has some already, or was erased, are left alone."""
    if not hashes:
        return
    details = bytes.fromhex("".join(hashes))
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["add"], marketplace, upload_id, details, likeness.keys_of(hashes))


async def of_uploads(db: Database, marketplace: str, upload_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The fingerprints of those uploads that have any."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["of_uploads"], marketplace, list(upload_ids))
    return {str(row["upload_id"]): _hashes(row["details"]) for row in rows}


async def near(db: Database, marketplace: str, hashes: Sequence[str], limit: int = 20) -> list[Near]:
    """The pictures of the marketplace that are like one with these fingerprints, nearest first; itself among them."""
    if not hashes:
        return []
    sought = likeness.read(hashes)
    ways, keys = zip(*likeness.sought(sought), strict=True)
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["near"], marketplace, ways, keys, CANDIDATES)
    return (await asyncio.to_thread(_alike, sought, rows))[:limit]


async def forget(connection: Connection, marketplace: str, upload_ids: Sequence[str]) -> None:
    """Delete the fingerprints of these uploads, in the transaction of `connection`."""
    await connection.execute(SQL["forget_keys"], marketplace, list(upload_ids))
    await connection.execute(SQL["forget"], marketplace, list(upload_ids))


def _alike(sought: likeness.Details, rows: Iterable[asyncpg.Record]) -> list[Near]:
    lying = [likeness.lying(sought, way) for way in range(8)]
    best = dict[str, Near]()
    for row in rows:
        found = likeness.resemblance(lying[row["way"]], likeness.read(_hashes(row["details"])))
        upload_id = str(row["upload_id"])
        if found.shared and (upload_id not in best or found.shared > best[upload_id].shared):
            best[upload_id] = Near(upload_id, found.distance, found.shared, found.of)
    return sorted(best.values(), key=lambda each: (each.distance, -each.shared, each.upload_id))


def _hashes(details: bytes) -> tuple[str, ...]:
    return tuple(details[at : at + DETAIL_BYTES].hex() for at in range(0, len(details), DETAIL_BYTES))
