"""Reused photos: how many changed pictures are found again, how many others are named by mistake, how fast.

Two thousand pictures, each asked for after every change of picture_maker.CHANGES, among a million stored keys; one
picture in four shares its room with four others, which is the hardest case. The other stored pictures are made of
details of the real ones, their bits and places shaken. Searching is the store's own, comparison included.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from time import perf_counter
from typing import NamedTuple
from uuid import UUID

import numpy as np
import uvloop

from amends.media import likeness
from amends.store import pictures
from amends.store.connect import Database
from benchmarks.picture_maker import CHANGES, picture
from benchmarks.place import MARKETPLACE, opened
from benchmarks.report import Budget, Report
from benchmarks.timing import percentile

PICTURES, KEYS = 2_000, 1_000_000
IN_ONE_ROOM = 5
AT_ONCE = 2_000
SCATTER = 0x9E3779B97F4A7C15F39CC0605CEDC835
HEADS = ("what was done to the picture", "asked", "found", "distance p50", "p95", "false alarms a query",
         "in shared rooms")  # fmt: skip
FOUND, FALSE_A_QUERY, P99_MS = 95.0, 0.01, 50.0
PLANTED = """
WITH held AS (
    INSERT INTO picture (marketplace_id, upload_id, details) SELECT $1, * FROM unnest($2::uuid[], $3::bytea[]))
INSERT INTO picture_key (marketplace_id, upload_id, key) SELECT $1, * FROM unnest($4::uuid[], $5::integer[])
"""

Hashes = tuple[str, ...]


class Made(NamedTuple):
    """One picture's fingerprints, as it is and after each change."""

    original: Hashes
    changed: tuple[Hashes, ...]


class Asked(NamedTuple):
    """What one search answered: the distance of the sought picture if it was found, and who else was named."""

    distance: int | None
    strangers: tuple[int, ...]
    neighbours: tuple[int, ...]
    seconds: float


def run(count: int = PICTURES, keys: int = KEYS) -> Report:
    """Make, store, ask, count."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(make, range(count), [count] * count, chunksize=8))
    return uvloop.run(_run(made, keys))


def make(number: int, count: int) -> Made:
    """The picture of this number among `count`, the last quarter of them in rooms they share."""
    image = picture(number, room_of(number, count))
    changed = tuple(likeness.hashes_of(change(image, number)) for change in CHANGES.values())
    return Made(likeness.hashes_of(image), changed)


def room_of(number: int, count: int) -> int | None:
    """The room a picture shares with others; None for one of its own."""
    return number // IN_ONE_ROOM if number >= count * 3 // 4 else None


async def _run(made: Sequence[Made], keys: int) -> Report:
    async with opened() as place:
        stored = await plant(place.db, [each.original for each in made], first=0)
        others = max(0, keys - stored)
        stored += await plant(place.db, list(_shaken([each.original for each in made], others)), first=len(made))
        asked: dict[str, list[Asked]] = {}
        for at, change in enumerate(CHANGES):
            asked[change] = [
                await ask(place.db, n, each.changed[at], len(made)) for n, each in enumerate(made) if each.original
            ]
        return _report(asked, stored, len(made), sum(not each.original for each in made), place.postgres)


async def plant(db: Database, hashes: Sequence[Hashes], first: int) -> int:
    """Store fingerprints under upload ids counted from `first`; how many keys that made."""
    planted = 0
    for start in range(0, len(hashes), AT_ONCE):
        batch = enumerate(hashes[start : start + AT_ONCE], first + start)
        rows = [(upload_id(n), each, likeness.keys_of(each)) for n, each in batch if each]
        keys = [(uuid, key) for uuid, _, found in rows for key in found]
        async with db.writing(MARKETPLACE) as connection:
            details = [bytes.fromhex("".join(each)) for _, each, _ in rows]
            uuids = [uuid for uuid, _, _ in rows]
            await connection.execute(PLANTED, MARKETPLACE, uuids, details, *zip(*keys, strict=True))
        planted += len(keys)
    return planted


async def ask(db: Database, number: int, hashes: Hashes, count: int) -> Asked:
    """Search for a changed picture, and tell the right one from the wrong."""
    start = perf_counter()
    near = await pictures.near(db, MARKETPLACE, hashes, limit=60)
    seconds = perf_counter() - start
    found = {_number_of(each.upload_id): each.distance for each in near}
    distance = found.pop(number, None)
    room = room_of(number, count)
    beside = {n for n in found if room is not None and n < count and room_of(n, count) == room}
    strangers = tuple(distance for n, distance in found.items() if n not in beside)
    return Asked(distance, strangers, tuple(found[n] for n in beside), seconds)


def upload_id(number: int) -> str:
    """The upload that stands for a picture; ids lie in no order, as real ones do."""
    return str(UUID(int=number * SCATTER % 2**128))


def _number_of(upload: str) -> int:
    return UUID(upload).int * pow(SCATTER, -1, 2**128) % 2**128


def _shaken(hashes: Sequence[Hashes], keys: int) -> Iterator[Hashes]:
    """Other pictures of about `keys` keys together: details of any of these, one bit in ten turned, places moved."""
    rng, pool = np.random.default_rng(1), np.array([list(bytes.fromhex(d)) for each in hashes for d in each], np.uint8)
    made = 0
    while made < keys:
        rows = pool[rng.integers(len(pool), size=34)]
        bits = rng.random((34, 64)) < 0.1
        rows[:, 6:] ^= np.packbits(bits, axis=1)
        rows[:, [1, 3]] = rng.integers(0, 256, (34, 2))
        rows[:, [0, 2]] = rng.integers(0x60, 0xA0, (34, 2))
        yield tuple(row.tobytes().hex() for row in rows)
        made += 34


def _report(asked: dict[str, list[Asked]], stored: int, count: int, blank: int, postgres: str) -> Report:
    every = [each for found in asked.values() for each in found]
    queries, times = len(every), [each.seconds * 1000 for each in every]
    strangers = Counter(distance // 20 * 20 for each in every for distance in each.strangers)
    beside = [distance for each in every for distance in each.neighbours]
    in_rooms = sum(len(found) * (count - count * 3 // 4) / count for found in asked.values())
    rows = tuple(_row(change, found) for change, found in asked.items())
    worst = min(100 * sum(each.distance is not None for each in found) / len(found) for found in asked.values())
    return Report(
        "pictures",
        f"Reused photos: {count:,} pictures asked for after each of {len(asked)} changes, among {stored:,} keys",
        HEADS,
        rows,
        (
            Budget("found again after the worst of the changes", worst, FOUND, "%"),
            Budget("false alarms, other rooms", sum(strangers.values()) / queries, FALSE_A_QUERY, "a query", "at most"),
            Budget("search at this size, p99", percentile(times, 0.99), P99_MS, "ms", "at most"),
        ),
        (
            f"Search p50 {percentile(times, 0.5):.1f} ms, p99 {percentile(times, 0.99):.1f} ms, "
            f"worst {max(times):.1f} ms; PostgreSQL {postgres}, one client, comparison in Python included.",
            f"Distances of the false alarms: {dict(sorted(strangers.items())) or 'none'} (by twenties).",
            f"Pictures in a shared room ({in_rooms:,.0f} queries, {IN_ONE_ROOM - 1} others each): "
            f"{len(beside):,} of them named, {sum(d < 40 for d in beside):,} nearer than 40. "
            f"{blank} pictures had too little detail.",
        ),
    )  # fmt: skip


def _row(change: str, found: Sequence[Asked]) -> tuple[str, ...]:
    distances = [float(each.distance) for each in found if each.distance is not None]
    false = sum(len(each.strangers) for each in found) / len(found)
    beside = sum(len(each.neighbours) for each in found)
    return (
        change,
        f"{len(found):,}",
        f"{100 * len(distances) / len(found):.1f} %",
        f"{percentile(distances, 0.5):.0f}",
        f"{percentile(distances, 0.95):.0f}",
        f"{false:.4f}",
        f"{beside:,}",
    )
