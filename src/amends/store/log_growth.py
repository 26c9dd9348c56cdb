"""The log as it grows: events get their leaves, in one order and without a gap, and the tiles are written.

One sequencer at a time, by an advisory lock that goes with its transaction. It takes only events that nothing can
precede any more, writes tiles and bundles to files first and commits the new size last: a death in between leaves
files of a size nobody knows, and the next sequencer writes the same bytes again. Nothing is signed here.
"""

import asyncio
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from msgspec import Struct

from amends.proof.edge import WIDTH, Edge, Tile, widths
from amends.proof.merkle import leaf_hash
from amends.proof.receipt import leaf_entry, leaf_salt
from amends.proof.tlog import bundle, entries_of, hashes_of, tile_path
from amends.store import marketplaces
from amends.store.connect import Connection, Database
from amends.store.log import FOLDER, NOBODYS, Leaf, LogBroken, LogLost, LogState, state_within, tile
from amends.store.signing import LastSigned
from amends.store.statements import load

SQL, SECRETS = load("log"), load("marketplaces")
BATCH = 4096
FILES_AT_ONCE = 8
PATIENT = (
    "SET LOCAL statement_timeout = '60s'; SET LOCAL idle_in_transaction_session_timeout = '60s'; "
    "SET LOCAL lock_timeout = '5s'"
)
"""Files are written inside the transaction, and a database newly restored is looked through once."""

Waiting = tuple[int, str, str, int, bytes]
"""An event without a leaf: transaction, marketplace, case, number and hash; they are taken in this order."""


class Grown(Struct, frozen=True):
    """What a growth did: the log had `before` leaves and has `size`; `more` events may be waiting still."""

    before: int
    size: int
    more: bool


class Growth:
    """Grows the log of a database. Keeps the right edge in memory between growths, and trusts it only while it fits."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._edge = Edge()
        self._tail: list[bytes] = []
        self._secrets: dict[str, bytes] = {}

    async def waiting(self, limit: int = WIDTH) -> list[tuple[str, int]]:
        """The events, at most `limit`, that would get leaves now, by case and number."""
        everywhere = await marketplaces.all_ids(self._db)
        async with self._db.reading(NOBODYS) as connection:
            await connection.execute(PATIENT)
            found, _ = await _gather(connection, await state_within(connection), everywhere, limit)
        return [(case_id, seq) for _, _, case_id, seq, _ in found]

    async def grow(self, limit: int = BATCH) -> Grown | None:
        """Give leaves to at most `limit` events; None when another sequencer is at it."""
        everywhere = await marketplaces.all_ids(self._db)
        async with self._db.writing(NOBODYS) as connection:
            await connection.execute(PATIENT)
            if not await connection.fetchval(SQL["hold"]):
                return None
            now = await state_within(connection)
            found, to = await _gather(connection, now, everywhere, limit)
            if not found:
                return Grown(now.size, now.size, more=False)
            _insist_on_all_that_was_signed(now, self._db.signer.last)
            edge, tail = await self._at(connection, now, everywhere)
            leaves = await self._leaves(connection, now.size, found)
            entries = [each.entry for _, each in leaves]
            grown = edge.copy()
            full = grown.grow(map(leaf_hash, entries))
            await write_tiles(self._db, [*full, *grown.partial()])
            rest = await write_bundles(self._db, now.size, [*tail, *entries])
            await _keep(connection, leaves)
            kept = await connection.fetchval(
                SQL["grow"], now.size, grown.size, grown.root(), b"".join(grown.frontier()), str(to)
            )
            if not kept:
                raise LogBroken(f"The log's size changed from {now.size} under the lock.")
        self._edge, self._tail = grown, rest
        return Grown(now.size, grown.size, more=len(found) == limit)

    async def rewrite(self) -> None:
        """Make every file of the log again from the rows. Raises LogBroken when they are not what was signed."""
        everywhere = await marketplaces.all_ids(self._db)
        async with self._db.writing(NOBODYS) as connection:
            await connection.execute(PATIENT)
            now = await state_within(connection)
            await rewrite(self._db, now, await all_leaves(connection, everywhere, now.size))

    async def _at(self, connection: Connection, now: LogState, everywhere: Sequence[str]) -> tuple[Edge, list[bytes]]:
        """The edge and the entries of the last bundle for the log as it stands: remembered, read, or made again."""
        if (self._edge.size, self._edge.root()) == (now.size, now.root):
            return self._edge, self._tail
        read = await _read_edge(self._db, now)
        return read or await rewrite(self._db, now, await all_leaves(connection, everywhere, now.size))

    async def _leaves(self, connection: Connection, size: int, found: Sequence[Waiting]) -> list[tuple[str, Leaf]]:
        made: list[tuple[str, Leaf]] = []
        for index, (_, marketplace, case_id, seq, hashed) in enumerate(found, start=size):
            if marketplace not in self._secrets:
                self._secrets[marketplace] = await _secret(connection, marketplace)
            entry = leaf_entry(leaf_salt(self._secrets[marketplace], case_id, seq), hashed)
            made.append((marketplace, Leaf(case_id, seq, index, entry)))
        return made


async def write_tiles(db: Database, tiles: Iterable[Tile]) -> None:
    """Write tiles of hashes, durably."""
    await _put(db, [(tile_path(each.level, each.index, len(each.hashes)), b"".join(each.hashes)) for each in tiles])


async def write_bundles(db: Database, size: int, entries: Sequence[bytes]) -> list[bytes]:
    """Write the bundles of entries, durably; `entries` begins with the last, partial bundle of a log of `size`.

    Answers the entries of the bundle that is now the last, if it is partial.
    """
    first = size // WIDTH
    cut = [entries[at : at + WIDTH] for at in range(0, len(entries), WIDTH)]
    await _put(db, [(tile_path("entries", first + at, len(part)), bundle(part)) for at, part in enumerate(cut)])
    return list(cut[-1]) if cut and len(cut[-1]) < WIDTH else []


async def all_leaves(connection: Connection, everywhere: Sequence[str], size: int) -> list[Leaf]:
    """Every leaf of every marketplace in the order of the log. Raises LogBroken where one is missing."""
    found: list[Leaf] = []
    for marketplace in everywhere:
        await connection.fetchval(SQL["within"], marketplace)
        rows = await connection.fetch(SQL["leaves_by_place"], marketplace, 0, size)
        found += [Leaf(str(row["case_id"]), row["seq"], row["leaf_index"], row["entry"]) for row in rows]
    found.sort(key=lambda leaf: leaf.index)
    for place, leaf in enumerate(found):
        if leaf.index != place:
            raise LogBroken(f"Leaf {place} of the log is missing from the database.")
    if len(found) != size:
        raise LogBroken(f"Leaf {len(found)} of the log, which has {size}, is missing from the database.")
    return found


async def rewrite(db: Database, now: LogState, leaves: Sequence[Leaf]) -> tuple[Edge, list[bytes]]:
    """Make the files again from the rows. Raises LogBroken when the rows are not what the root was made of."""
    edge, entries = Edge(), [leaf.entry for leaf in leaves]
    full = edge.grow(map(leaf_hash, entries))
    if (edge.size, edge.root()) != (now.size, now.root):
        raise LogBroken(
            f"The leaves in the database give the root {edge.root().hex()}, the log of {now.size} leaves has "
            f"{now.root.hex()}: `amends log verify` names the place."
        )
    await write_tiles(db, [*full, *edge.partial()])
    return edge, await write_bundles(db, 0, entries)


async def _read_edge(db: Database, now: LogState) -> tuple[Edge, list[bytes]] | None:
    """The edge from the files, or None when they are missing or not what the log says."""
    levels: list[list[bytes]] = []
    tail: list[bytes] = []
    try:
        for level, width in enumerate(widths(now.size)):
            index = (now.size >> (8 * level)) // WIDTH
            levels.append(hashes_of(await tile(db, level, index, width)) if width else [])
        if now.size % WIDTH:
            tail = entries_of(await tile(db, "entries", now.size // WIDTH, now.size % WIDTH))
        edge = Edge(now.size, levels)
    except (FileNotFoundError, ValueError):
        return None
    held = [leaf_hash(entry) for entry in tail] == (edge.levels[0] if edge.levels else [])
    return (edge, tail) if held and edge.root() == now.root else None


async def _gather(
    connection: Connection, now: LogState, everywhere: Sequence[str], limit: int
) -> tuple[list[Waiting], int]:
    """The next events of all marketplaces, and the transaction up to which all have leaves once these have."""
    [horizon] = await connection.fetch(SQL["horizon"])
    below, above = int(horizon["below"]), int(horizon["above"])
    since = now.sequenced_to if now.sequenced_to <= below else 0  # this server's transactions are younger than the log
    found: list[Waiting] = []
    for marketplace in everywhere:
        await connection.fetchval(SQL["within"], marketplace)
        rows: list[Any] = await connection.fetch(SQL["waiting"], marketplace, str(since), str(below), str(above), limit)
        found += [(int(row["tx"]), marketplace, str(row["case_id"]), row["seq"], row["hash"]) for row in rows]
    found.sort()
    if len(found) < limit:
        return found, below
    return found[:limit], min(below, found[limit - 1][0])


def _insist_on_all_that_was_signed(now: LogState, last: LastSigned) -> None:
    """No place that was signed is given again: what was signed was committed before, so a shorter log lost it."""
    if last.size > now.size:
        raise LogLost(f"the log has {now.size} leaves, but {last.size} were signed: the database is older than its log")
    if last.size == now.size and last.root != now.root.hex():
        raise LogLost(f"the log of {now.size} leaves is not the one that was signed: the database was replaced")


async def _secret(connection: Connection, marketplace: str) -> bytes:
    await connection.fetchval(SQL["within"], marketplace)
    secret: bytes = await connection.fetchval(SECRETS["secret"], marketplace)
    return secret


async def _keep(connection: Connection, leaves: Sequence[tuple[str, Leaf]]) -> None:
    """The rows of new leaves, marketplace by marketplace."""
    for marketplace in sorted({place for place, _ in leaves}):
        own = [leaf for place, leaf in leaves if place == marketplace]
        columns = zip(*((leaf.case_id, leaf.seq, leaf.index, leaf.entry) for leaf in own), strict=True)
        await connection.fetchval(SQL["within"], marketplace)
        await connection.execute(SQL["add_leaves"], marketplace, *map(list, columns))


async def _put(db: Database, files: Sequence[tuple[str, bytes]]) -> None:
    turn = asyncio.Semaphore(FILES_AT_ONCE)

    async def put(path: str, data: bytes) -> None:
        async with turn:
            await db.files.put_bytes(f"{FOLDER}/{path}", data)

    async with asyncio.TaskGroup() as tasks:
        for path, data in sorted(files, key=itemgetter(0)):
            tasks.create_task(put(path, data))
