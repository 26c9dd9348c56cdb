"""The log as it is read: its state, its tiles, and proofs made from them.

Tiles and bundles of entries lie in files under `log/` just as they are served; the rows say which leaf an event has.
Growing is the sequencer's (log_growth.py), checking everything against everything is log_check.py's.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from amends.proof.merkle import Node, consistency_plan, inclusion_plan, prove, root_of
from amends.proof.tlog import Checkpoint, Note, hashes_of, tile_path
from amends.store.connect import Connection, Database
from amends.store.errors import DatabaseError, readable_errors
from amends.store.statements import load

SQL = load("log")
FOLDER = "log"
NOBODYS = ""
"""The context of what belongs to no marketplace: with it, no row of any is seen."""


class LogBroken(DatabaseError):
    """What is kept of the log does not fit together; `str()` is one line saying where."""


class LogLost(LogBroken):
    """What was signed is not here any more: the database is older than its log."""


class LogState(Struct, frozen=True):
    """The one row of the log. `published` is a signed note over the first `published_size` leaves, None before any."""

    origin: str
    public_key: bytes
    size: int
    root: bytes
    frontier: bytes
    sequenced_to: int
    published_size: int | None
    published: str | None
    published_at: datetime | None

    @property
    def head(self) -> Checkpoint:
        """The log as it stands, signed or not."""
        return Checkpoint(self.origin, self.size, self.root)


class Proof(Struct, frozen=True):
    """Shows that a leaf is under a published checkpoint. `hashes` in hexadecimal, `checkpoint` a signed note."""

    leaf_index: int
    tree_size: int
    hashes: tuple[str, ...]
    checkpoint: str


class Leaf(Struct, frozen=True):
    """The leaf of one event: its place, and the 32 bytes that stand there."""

    case_id: str
    seq: int
    index: int
    entry: bytes


async def state(db: Database) -> LogState:
    """The log's row."""
    with readable_errors():
        async with db.reading(NOBODYS) as connection:
            return await state_within(connection)


async def state_within(connection: Connection) -> LogState:
    """The log's row, in a transaction already open."""
    row = await connection.fetchrow(SQL["state"])
    if row is None:
        raise LogBroken("The database has lost the row of its log; restore it from a backup.")
    return LogState(**dict(row) | {"sequenced_to": int(row["sequenced_to"])})


async def published(db: Database) -> str | None:
    """The last published checkpoint as a signed note; None before there was one."""
    return (await state(db)).published


async def proof_of(db: Database, marketplace: str, case_id: str, seq: int) -> Proof | None:
    """Shows one event under the published checkpoint; None while it is not under one."""
    now = await state(db)
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(SQL["leaf"], marketplace, case_id, seq)
    if row is None or now.published is None or row["leaf_index"] >= (now.published_size or 0):
        return None
    [proof] = await _inclusions(db, now, [row["leaf_index"]])
    return proof


async def proofs_of(db: Database, marketplace: str, case_id: str) -> dict[int, Proof]:
    """Every event of a case that is under the published checkpoint, by its number, all under that one checkpoint."""
    now = await state(db)
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["leaves_of_case"], marketplace, case_id)
    known = {row["leaf_index"]: row["seq"] for row in rows if row["leaf_index"] < (now.published_size or 0)}
    return {known[proof.leaf_index]: proof for proof in await _inclusions(db, now, list(known))}


async def leaves_of_case(db: Database, marketplace: str, case_id: str) -> list[Leaf]:
    """The leaves a case's events have, in their order; an event of the last second may have none yet."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["leaves_of_case"], marketplace, case_id)
    return [Leaf(case_id, row["seq"], row["leaf_index"], row["entry"]) for row in rows]


async def inclusion(db: Database, index: int, size: int, longest: int) -> list[bytes]:
    """The proof of leaf `index` in the first `size` leaves, from tiles of a log of `longest`. ValueError if outside."""
    plan = inclusion_plan(index, size)
    return prove(plan, (await _nodes(db, plan, longest)).__getitem__)


async def consistency(db: Database, first: int, second: int, longest: int) -> list[bytes]:
    """The proof that the log of `second` leaves grew out of that of `first`. ValueError when there is none."""
    plan = consistency_plan(first, second)
    return prove(plan, (await _nodes(db, plan, longest)).__getitem__)


async def tile(db: Database, level: int | str, index: int, width: int) -> bytes:
    """The bytes of a tile or bundle. Raises FileNotFoundError."""
    return await db.files.get_bytes(f"{FOLDER}/{tile_path(level, index, width)}")


async def witnessed(db: Database) -> dict[str, int]:
    """The size each witness, by its key, has last cosigned as far as we know."""
    with readable_errors():
        async with db.reading(NOBODYS) as connection:
            return {row["vkey"]: row["size"] for row in await connection.fetch(SQL["witnessed"])}


async def note_witness(db: Database, vkey: str, size: int) -> None:
    """Remember what a witness has cosigned."""
    async with db.writing(NOBODYS) as connection:
        await connection.execute(SQL["note_witness"], vkey, size)


async def publish(db: Database, checkpoint: Note) -> bool:
    """Publish a signed checkpoint of leaves already kept; False when a longer one is published already."""
    size = Checkpoint.parse(checkpoint.text).size
    async with db.writing(NOBODYS) as connection:
        return bool(await connection.fetchval(SQL["publish"], str(checkpoint), size))


async def waiting(db: Database, marketplace: str) -> int:
    """How many events of a marketplace have no leaf yet."""
    async with db.reading(marketplace) as connection:
        await connection.execute("SET LOCAL statement_timeout = '60s'")
        return int(await connection.fetchval(SQL["count_waiting"], marketplace))


async def _inclusions(db: Database, now: LogState, indexes: Sequence[int]) -> list[Proof]:
    size, note = now.published_size, now.published
    if not size or note is None:
        return []
    plans = {index: inclusion_plan(index, size) for index in indexes}
    nodes = await _nodes(db, [part for plan in plans.values() for part in plan], size)
    return [
        Proof(index, size, tuple(each.hex() for each in prove(plan, nodes.__getitem__)), note)
        for index, plan in plans.items()
    ]


async def _nodes(db: Database, plan: Iterable[Sequence[Node]], longest: int) -> dict[Node, bytes]:
    """The hashes of nodes, from the tiles of a log of `longest` leaves; each tile is read once."""
    wanted = {node for part in plan for node in part}
    places = {node: _place(node) for node in wanted}
    tiles: dict[tuple[int, int], list[bytes]] = {}
    for level, index, _, _ in places.values():
        if (level, index) not in tiles:
            width = min(256, (longest >> (8 * level)) - 256 * index)
            tiles[level, index] = hashes_of(await _tile_or_broken(db, level, index, width))
    return {
        node: root_of(tiles[level, index][start : start + count])
        for node, (level, index, start, count) in places.items()
    }


async def _tile_or_broken(db: Database, level: int, index: int, width: int) -> bytes:
    try:
        return await tile(db, level, index, width)
    except FileNotFoundError:
        path = tile_path(level, index, width)
        raise LogBroken(f"The log's {path} is missing; `amends log verify` says what else is.") from None


def _place(node: Node) -> tuple[int, int, int, int]:
    """Where a node's hash comes from: level and number of its tile, and which of the tile's hashes it is over."""
    level, index = node
    deep, within = divmod(level, 8)
    first = index << within
    return deep, first // 256, first % 256, 1 << within
