"""The log held against everything else: events, leaves, files, the published checkpoint, the signer's memory.

It reads what is stored as it is stored, opens no sealed text, writes nothing, and names every place that does not fit.
What it cannot see by itself is a log replaced whole, signer's memory and all: that is what witnesses are for.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import msgspec

from amends.proof.edge import WIDTH, Edge
from amends.proof.hashes import canonical, event_hash
from amends.proof.merkle import leaf_hash
from amends.proof.receipt import leaf_entry, leaf_salt
from amends.proof.tlog import Checkpoint, Malformed, Note, bundle, tile_path
from amends.store import cursors, log, marketplaces
from amends.store.connect import Database
from amends.store.log import FOLDER, Leaf, LogState
from amends.store.statements import load

SQL = load("log")


class Check:
    """One walk over the log. `findings` yields a line for each thing that is wrong; the counts are what was seen."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.events = self.waiting = self.size = 0

    async def findings(self) -> AsyncIterator[str]:
        """Everything that does not fit, place by place."""
        now = await log.state(self._db)
        self.size = now.size
        entries: dict[int, bytes] = {}
        for marketplace in await marketplaces.all_ids(self._db):
            leaves = await self._leaves(marketplace)
            for leaf in leaves.values():
                entries[leaf.index] = leaf.entry
            async for wrong in self._events(marketplace, leaves, now):
                yield wrong
        for wrong in _gaps(entries, now):
            yield wrong
        kept = [entries.get(index, b"") for index in range(now.size)]
        for wrong in _heads(self._db, now, kept):
            yield wrong
        async for wrong in self._files(kept):
            yield wrong

    async def _leaves(self, marketplace: str) -> dict[tuple[str, int], Leaf]:
        async with self._db.reading(marketplace) as connection:
            await connection.execute("SET LOCAL statement_timeout = '60s'")
            rows = await connection.fetch(SQL["leaves_by_place"], marketplace, 0, 2**62)
        made = (Leaf(str(row["case_id"]), row["seq"], row["leaf_index"], row["entry"]) for row in rows)
        return {(leaf.case_id, leaf.seq): leaf for leaf in made}

    async def _events(self, marketplace: str, leaves: dict[tuple[str, int], Leaf], now: LogState) -> AsyncIterator[str]:
        """Every event: its chain, and its leaf. What is left of the leaves has lost its event."""
        secret = await marketplaces.secret(self._db, marketplace)
        left = dict(leaves)
        last: tuple[str, int, bytes | None] = (cursors.FIRST_ID, 0, None)
        while rows := await self._page(marketplace, last, now):
            for row in rows:
                self.events += 1
                place = f"{marketplace} {row['case_id']} event {row['seq']}"
                for wrong in _link(row, last):
                    yield f"{place}: {wrong}"
                leaf = left.pop((str(row["case_id"]), row["seq"]), None)
                if leaf is None and not row["due"]:
                    self.waiting += 1
                elif leaf is None:
                    yield f"{place}: it has no leaf in the log"
                elif leaf.entry != leaf_entry(leaf_salt(secret, leaf.case_id, leaf.seq), row["hash"]):
                    yield f"{place}: leaf {leaf.index} of the log was made of another event"
                last = (str(row["case_id"]), row["seq"], row["hash"])
        for (case_id, seq), leaf in left.items():
            yield f"{marketplace} {case_id} event {seq}: it is gone, and leaf {leaf.index} of the log was made of it"

    async def _page(self, marketplace: str, last: tuple[str, int, bytes | None], now: LogState) -> Sequence[Any]:
        async with self._db.reading(marketplace) as connection:
            found: Sequence[Any] = await connection.fetch(
                SQL["chain"], marketplace, last[0], last[1], str(now.sequenced_to)
            )
        return found

    async def _files(self, entries: Sequence[bytes]) -> AsyncIterator[str]:
        """Every tile and bundle the log of this size is served by, byte for byte."""
        edge = Edge()
        tiles = [*edge.grow(map(leaf_hash, entries)), *edge.partial()]
        wanted = {tile_path(tile.level, tile.index, len(tile.hashes)): b"".join(tile.hashes) for tile in tiles}
        for at in range(0, len(entries), WIDTH):
            part = entries[at : at + WIDTH]
            wanted[tile_path("entries", at // WIDTH, len(part))] = bundle(part)
        for path, data in wanted.items():
            try:
                if await self._db.files.get_bytes(f"{FOLDER}/{path}") != data:
                    yield f"{path}: the file is not what the leaves give"
            except FileNotFoundError:
                yield f"{path}: the file is missing"


def _link(row: Any, last: tuple[str, int, bytes | None]) -> Iterator[str]:
    """What is wrong with an event in its chain."""
    case_id, (before, seq, hashed) = str(row["case_id"]), last
    expected, prev = (seq + 1, hashed) if case_id == before else (1, None)
    if row["seq"] != expected:
        yield f"event {expected} is missing before it"
    elif row["prev_hash"] != prev:
        yield "it does not follow from the event before it"
    try:
        body = canonical(msgspec.json.decode(row["body"]))
    except msgspec.DecodeError:
        yield "its body cannot be read"
        return
    if row["hash"] != event_hash(case_id, row["seq"], row["prev_hash"], body):
        yield "its hash is not that of what it says"


def _gaps(entries: dict[int, bytes], now: LogState) -> Iterator[str]:
    """Places without a leaf, and leaves beyond the end."""
    for index in range(now.size):
        if index not in entries:
            yield f"leaf {index}: it is gone from the database"
    for index in sorted(place for place in entries if place >= now.size):
        yield f"leaf {index}: the log ends at {now.size}"


def _heads(db: Database, now: LogState, entries: Sequence[bytes]) -> Iterator[str]:
    """The log's own root, the published checkpoint, and what the signer remembers."""
    heads: list[tuple[str, int, bytes]] = [("the log", now.size, now.root)]
    if now.published is not None:
        try:
            note = Note.parse(now.published)
            head = Checkpoint.parse(note.text)
            if not db.signer.verifier.check(note):
                yield "the published checkpoint: the log's key did not sign it"
            heads.append(("the published checkpoint", head.size, head.root))
        except Malformed as fault:
            yield f"the published checkpoint cannot be read: {fault}"
    last = db.signer.last
    heads.append(("the checkpoint signed last", last.size, bytes.fromhex(last.root)))
    roots = _roots(entries, {size for _, size, _ in heads})
    for name, size, root in heads:
        if size > len(entries):
            yield f"{name}: it is over {size} leaves, and there are {len(entries)}; the rest is lost"
        elif roots[size] != root:
            yield f"{name}: its root {root.hex()} over {size} leaves is not what the leaves give, {roots[size].hex()}"


def _roots(entries: Sequence[bytes], sizes: set[int]) -> dict[int, bytes]:
    edge, found, at = Edge(), dict[int, bytes](), 0
    for size in sorted(size for size in sizes if size <= len(entries)):
        edge.grow(map(leaf_hash, entries[at:size]))
        found[size], at = edge.root(), size
    return found
